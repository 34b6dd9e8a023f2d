"""Who has a workbook open: the owner files that office programs leave beside it while they do.

Excel writes `~$name`, LibreOffice `.~lock.name#`, WPS `.~name` or `~$name` (sometimes without the name's first one
or two characters). They may stay behind after a crash, so one that is older than a limit counts as stale.
Source: research/ecosystem.md, sections 5 and 6; the owner file's layout as in LibreOffice's msodocumentlockfile.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LIBREOFFICE: Final = ".~lock."
_EXCEL: Final = "~$"
_WPS: Final = ".~"
_EXCEL_WIDE: Final = 55
"""Where Excel's owner file repeats the name in UTF-16, after its length."""
_MOST: Final = 4096

STALE_AFTER: Final = dt.timedelta(days=4)
"""Longer than a weekend with an open desk; shorter than a week with a forgotten lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An owner file that is there."""

    path: Path
    who: str
    """'' if it does not say."""
    since: dt.datetime


def owners(path: Path) -> Iterator[Owner]:
    """Yield the owner files beside *path*, stale ones too."""
    for lock in _candidates(path):
        try:
            since = lock.stat().st_mtime
        except OSError:
            continue
        yield Owner(path=lock, who=_who(lock), since=dt.datetime.fromtimestamp(since, dt.UTC))


def busy(path: Path, now: dt.datetime, stale_after: dt.timedelta = STALE_AFTER) -> str | None:
    """Return who has *path* open ('' if it is not said), or None if nobody has.

    An owner file from the future is fresh: the share's clock may differ from ours.
    """
    fresh = [each for each in owners(path) if now - each.since < stale_after]
    return max((each.who for each in fresh), default=None, key=bool)


def is_owner_file(name: str) -> bool:
    """Return whether a file's name is one that office programs give to owner files."""
    return name.startswith((_EXCEL, _WPS))


def _candidates(path: Path) -> Iterator[Path]:
    name = path.name
    yield path.with_name(f"{_LIBREOFFICE}{name}#")
    for cut in (0, 1, 2):
        if len(path.stem) > cut:
            yield path.with_name(f"{_EXCEL}{name[cut:]}")
            yield path.with_name(f"{_WPS}{name[cut:]}")


def _who(lock: Path) -> str:
    try:
        with lock.open("rb") as file:
            written = file.read(_MOST)
    except OSError:
        # On Windows Excel keeps its owner file locked: it is there, and that is what counts.
        return ""
    if lock.name.startswith(_LIBREOFFICE):
        return _libreoffice_user(written)
    return _excel_user(written)


def _libreoffice_user(written: bytes) -> str:
    """Return the user of `name,login,host,date,profile;`: the name, or else the login."""
    fields = written.decode("utf-8", "replace").strip().rstrip(";").split(",")
    return next((each.strip() for each in fields[:2] if each.strip()), "")


def _excel_user(written: bytes) -> str:
    """Return the user of a record of 165 bytes: a length, the name in the system's code, the same in UTF-16."""
    wide = written[_EXCEL_WIDE + 2 :]
    count = int.from_bytes(written[_EXCEL_WIDE : _EXCEL_WIDE + 2], "little")
    if count and len(wide) >= 2 * count:
        return wide[: 2 * count].decode("utf-16-le", "replace").strip(" \0")
    length = written[0] if written else 0
    narrow = written[1 : 1 + length].decode("utf-8", "replace").strip(" \0")
    # WPS does not always keep to that record: who it is, is then not said rather than guessed.
    return narrow if narrow.isprintable() and "\ufffd" not in narrow else ""
