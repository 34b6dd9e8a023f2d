"""Whose a file in the desks' folder is, by where it lies and how it is called. Pure.

A desk is known by the marks inside its file, not by its name; but where a file lies says who may have written
it, and how it is called says whether a person made the copy or a synchronising program did.
"""

import re
import unicodedata
from pathlib import PurePath
from typing import Final

_TOLD: Final = r"conflict(?:ed|ing)?\b|SFConflict|(?:冲突|衝突)(?:的)?(?:副本|複本|文件|檔案|档案|版本)?"
_LATER: Final = r"(?: ?\(\d{1,3}\))?"
_AFTER: Final = re.compile(
    "|".join(
        (
            rf" ?[(（][^()（）]*(?:{_TOLD})[^()（）]*[)）]{_LATER}",
            rf" ?\[[^\[\]]*(?:{_TOLD})[^\[\]]*\]{_LATER}",
            r" ?\(\d{1,3}\)",
            r"[_-]conflict-[\w. +-]+",
            r"\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]*)?",
            r"\.conflict(?:[.-]?\w+)?",
            r"[ _-]?(?:的)?(?:冲突|衝突)(?:的)?(?:副本|複本|文件|檔案|档案|版本)[\w.() （）-]*",
        )
    ),
    re.IGNORECASE,
)
"""What follows the name: Dropbox, Maestral, Nextcloud, ownCloud since 2.5, OpenCloud, Seafile and 堅果雲 (brackets);
pCloud (square ones); OneDrive on the web, Google Drive and browsers (a number); ownCloud before 2.5 and Cozy;
Syncthing; Resilio; 堅果雲 (without brackets)."""

_COMPUTER: Final = re.compile(r"-(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{1,14}(?:-\d{1,2})?")
"""OneDrive: the computer's NetBIOS name, at most 15 capitals, digits and hyphens."""

_BY_HAND: Final = re.compile(r"-(?:BACKUP|BAK|OLD|NEW|COPY|FINAL|DRAFT|TEST|V\d+)", re.IGNORECASE)
"""What people write behind a name."""


def conflict_copy(name: str, of: str) -> bool:
    """Return whether a file called *name* was left beside one called *of* by a program that synchronises.

    Copies that people make (`backup of …`, `… - Copy`, `… - 副本`) are not: they stay where they are. What
    stands in brackets behind the name may come several times: a conflict of a conflict.
    """
    called, own = PurePath(_plain(name)), PurePath(_plain(of))
    if called.suffix.lower() != own.suffix.lower() or not called.stem.startswith(own.stem):
        return False
    rest = called.stem[len(own.stem) :]
    if _COMPUTER.fullmatch(rest) and not _BY_HAND.fullmatch(rest):
        return True
    while rest and (found := _AFTER.match(rest)) is not None:
        rest = rest[found.end() :]
    return not rest and called.stem != own.stem


_KEPT: Final = re.compile(
    r"\b(?:backup|bak|copy|copies|kopie|old|archive)\b|副本|複本|备份|備份|旧|舊|存檔|存档", re.IGNORECASE
)


def kept_copy(name: str) -> bool:
    """Return whether a file is called as people call a copy that they keep, and would not go on working in."""
    return _KEPT.search(PurePath(_plain(name)).stem.replace("_", " ")) is not None


def home(desks: PurePath, name: str, lies_at: PurePath) -> PurePath | None:
    """Return the folder that belongs to the desk called *name* whose file lies at *lies_at*.

    It is the folder that it was given, if the file is still somewhere in it; else the folder in which its user
    put it. None: it lies among all others, where no folder tells whose a file is.
    """
    given = desks / name
    folder = given if lies_at.is_relative_to(given) else lies_at.parent
    return folder if folder != desks and folder.is_relative_to(desks) else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)
