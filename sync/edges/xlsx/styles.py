"""Which of a workbook's cell styles show dates or times."""

import re
from collections.abc import Mapping
from enum import Flag, auto
from typing import Final

from sync.edges.xlsx import parts
from sync.edges.xlsx.package import Package


class Look(Flag):
    """What a number format makes of a number."""

    DAY = auto()
    """A day of the calendar."""
    TIME = auto()
    """A time of day, or how long something takes."""


PLAIN: Final = Look(0)
"""It shows the number."""

_BUILT_IN: Final[Mapping[str, Look]] = {
    **dict.fromkeys(map(str, (14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58)), Look.DAY),
    **dict.fromkeys(map(str, (18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56)), Look.TIME),
    "22": Look.DAY | Look.TIME,
}
"""ECMA-376 part 1, 18.8.30; 27–36 and 50–58 are East Asian."""
_NOT_CODE: Final = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|e[+-]|am/pm|a/p|上午/下午', re.IGNORECASE
)
"""What does not show a day or a time, whatever its letters: words, colours, the exponent of `0.00E+00`."""
_TIME: Final = re.compile(r"[hs]|\[m+\]", re.IGNORECASE)
_DAY: Final = re.compile(r"[yde]", re.IGNORECASE)
_MONTH: Final = re.compile(r"m", re.IGNORECASE)


def date_styles(package: Package) -> Mapping[int, Look]:
    """Return the cell styles that show a day or a time, and what they show. Raises Damaged, Entities."""
    found = package.related(package.workbook, "styles")
    if not found:
        return {}
    root = parts.parsed(package.archive, found[0])
    own = {
        each.get("numFmtId") or "": each.get("formatCode") or ""
        for each in parts.children(root, "numFmts", "numFmt")
    }
    formats = [each.get("numFmtId") or "0" for each in parts.children(root, "cellXfs", "xf")]
    looks = {
        index: look_of(own[number]) if number in own else _BUILT_IN.get(number, PLAIN)
        for index, number in enumerate(formats)
    }
    return {index: look for index, look in looks.items() if look}


def look_of(code: str) -> Look:
    """Return what a number format shows: `yyyy"年"m"月"` a day, `[hh]:mm` a time, `0.00 "days"` a number."""
    shown = _NOT_CODE.sub("", code.partition(";")[0])
    if shown.strip().lower() == "general":
        return PLAIN
    time = Look.TIME if _TIME.search(shown) else PLAIN
    # Beside hours or seconds `m` means minutes, unless years or days stand there too.
    day = Look.DAY if _DAY.search(shown) or (_MONTH.search(shown) and not time) else PLAIN
    return day | time
