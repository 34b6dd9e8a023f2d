"""What is noted of what the daemon does."""

from typing import Protocol


class Log(Protocol):
    """What the daemon needs of a log."""

    def info(self, event: str, **what: object) -> object:
        """Note what happened."""
        ...

    def warning(self, event: str, **what: object) -> object:
        """Note what somebody should look at."""
        ...

    def exception(self, event: str, **what: object) -> object:
        """Note an error with its traceback."""
        ...
