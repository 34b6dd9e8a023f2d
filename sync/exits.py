"""What the process ends with."""

from enum import IntEnum


class Exit(IntEnum):
    """An exit code; docs/operations.md says what follows from each."""

    OK = 0
    ERROR = 1
    USAGE = 2
    """The command, the settings or the declarations are wrong: trying again does not help."""
    PROBLEMS = 3
    CONFLICTS = 4
    BUSY = 5
    LATER = 75
    """EX_TEMPFAIL of sysexits.h: what is missing now may be there again later."""
