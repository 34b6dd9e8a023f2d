"""What the computer says of whoever sits at it: which language, which time zone."""

import getpass
import locale
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sheet_templates.form import Lang

LOCALTIME: Final = Path("/etc/localtime")
"""On Linux and macOS a link into the folder of time zones."""

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX has them count (IEEE 1003.1, 8.2)."""

_TRADITIONAL: Final = (
    "zh_tw",
    "zh_hk",
    "zh_mo",
    "zh_hant",
    "chinese (traditional)",
    "chinese_taiwan",
    "chinese_hong",
    "chinese_macau",
)
_CHINESE: Final = ("zh", "chinese")


def machine_user(environment: Mapping[str, str]) -> str:
    """Return who sits at the computer, as the system calls him; '?' where it calls him nothing."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        # A container may run under a number that has no name.
        return environment.get("USERNAME") or "?"


def machine_lang(environment: Mapping[str, str]) -> Lang:
    """Return the language of the computer's locale if Deskbook speaks it, else English."""
    said = next((environment[each] for each in _VARIABLES if environment.get(each)), "")
    if not said and os.name == "nt":
        # Windows has no such variables; there the locale is that of the user's account.
        said = locale.getlocale()[0] or ""
    return _lang(said)


def _lang(named: str) -> Lang:
    folded = named.lower().replace("-", "_")
    if folded.startswith(_TRADITIONAL):
        return Lang.ZH_HANT
    return Lang.ZH_HANS if folded.startswith(_CHINESE) else Lang.EN


def machine_zone(environment: Mapping[str, str], localtime: Path = LOCALTIME) -> str:
    """Return the name of the computer's time zone (`Asia/Taipei`), '' if it does not say it."""
    named = environment.get("TZ", "").removeprefix(":")
    if not named and localtime.is_symlink():
        named = str(localtime.readlink()).partition("zoneinfo/")[2]
    if "/" not in named:
        return ""
    try:
        return ZoneInfo(named).key
    except (KeyError, ValueError, OSError):
        return ""
