"""Where in a spreadsheet: GridRanges, and the requests that are about a place and nothing else. Pure.

Source: Google Sheets API v4, GridRange: from 0, its end not included.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

Request = dict[str, Any]

HEAD_ROWS: Final = 2
"""The key row and the header."""
SPARE_ROWS: Final = 25
"""So many rows a sheet has beyond those that are filled: writing never has to wait for more of them."""
SPARE_COLUMNS: Final = 6
"""Likewise for columns, which are for its people."""


def grid(
    sheet_id: int,
    *,
    top: int | None = None,
    bottom: int | None = None,
    left: int | None = None,
    right: int | None = None,
) -> Request:
    """Return a GridRange: from 0, its end not included; what is left out reaches to the edge."""
    bounds = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": sheet_id, **{key: each for key, each in bounds.items() if each is not None}}


def runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of numbers that follow each other: 1, 2, 3, 7 are (1, 3) and (7, 7)."""
    first = last = None
    for each in numbers:
        if last is not None and each == last + 1:
            last = each
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = each
    if first is not None and last is not None:
        yield first, last
