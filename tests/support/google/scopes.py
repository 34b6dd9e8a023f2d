"""What a token's scopes allow: `drive.file` reaches only files that the same account made through the API."""

from tests.support.google.drive import File
from tests.support.google.errors import no_such_entity, no_such_file, too_few_scopes

PREFIX = "https://www.googleapis.com/auth/"
FEEDS = "https://spreadsheets.google.com/feeds"
"""The scope of the API's versions before the fourth; it still opens all spreadsheets."""
READS = frozenset({"spreadsheets", "spreadsheets.readonly", "drive", "drive.readonly", FEEDS})
WRITES = frozenset({"spreadsheets", "drive", FEEDS})
DRIVE_READS = frozenset({"drive", "drive.readonly", "drive.metadata", "drive.metadata.readonly"})
DRIVE_WRITES = frozenset({"drive"})
OWN = "drive.file"
WIDE = {
    (False, True): READS,
    (False, False): WRITES,
    (True, True): DRIVE_READS,
    (True, False): DRIVE_WRITES,
}
"""Scopes that reach all files that the account may see, by: is it the Drive API, is it reading."""


def narrow(scopes: frozenset[str], counts: str, method: str) -> bool:
    """Do *scopes* reach only files of the account's own making? Raises Answer (403) if they do not even reach those."""
    short = {scope.removeprefix(PREFIX) for scope in scopes}
    reading = method == "GET" or counts == "Read"
    wide = WIDE[counts == "Drive", reading]
    if short & wide:
        return False
    if OWN not in short:
        raise too_few_scopes()
    return True


def check_own(file: File | None, mail: str, number: str, counts: str) -> None:
    """Raise Answer (404) for a file that *mail* did not make, as if it were not there."""
    if file is not None and file.made_by != mail:
        raise no_such_file(number) if counts == "Drive" else no_such_entity()
