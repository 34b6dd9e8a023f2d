"""Which of a workbook's cell styles show dates or times."""

import re
from collections.abc import Sequence
from typing import Final

from sync.edges.xlsx import parts
from sync.edges.xlsx.package import Package

_BUILT_IN_DATES: Final = frozenset(
    str(number) for number in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
)
"""ECMA-376 part 1, 18.8.30; 27–36 and 50–58 are East Asian dates."""
_NOT_CODE: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_CODE: Final = re.compile(r"[ymdhs]", re.IGNORECASE)


def date_styles(package: Package) -> frozenset[int]:
    """Return the numbers of the cell styles whose format shows a date or a time. Raises Damaged, Entities."""
    found = package.related(package.workbook, "styles")
    if not found:
        return frozenset()
    root = parts.parsed(package.archive, found[0])
    own = {
        each.get("numFmtId") or "": each.get("formatCode") or ""
        for each in parts.children(root, "numFmts", "numFmt")
    }
    formats = [each.get("numFmtId") or "0" for each in parts.children(root, "cellXfs", "xf")]
    return frozenset(index for index in _indexes(formats, own))


def _indexes(formats: Sequence[str], own: dict[str, str]) -> list[int]:
    return [
        index
        for index, number in enumerate(formats)
        if (is_date_code(own[number]) if number in own else number in _BUILT_IN_DATES)
    ]


def is_date_code(code: str) -> bool:
    """Return whether a number format shows a date or a time: `yyyy\\年m\\月`, but not `0.00 "days"`."""  # noqa: D301
    shown = _NOT_CODE.sub("", code.partition(";")[0])
    return shown.strip().lower() != "general" and bool(_DATE_CODE.search(shown))
