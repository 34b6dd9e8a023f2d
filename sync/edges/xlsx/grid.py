"""Cells' values by python-calamine: of whole sheets, or of a few rows without reading the rest."""

import datetime as dt
import io
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Archive, Damaged
from sync.edges.xlsx.package import Package
from sync.edges.xlsx.sheetxml import SheetXml, head
from sync.edges.xlsx.special import is_within
from sync.ports import Cell

Grid: TypeAlias = Sequence[Sequence[Cell]]
"""Rows of cells from A1 on; rows may differ in length. Errors and formulas without a value are None."""

_FIRST: Final = 1 << 16
"""So many bytes of a sheet are inflated at first to find its head."""

_HEAD_CELLS: Final = 2_000_000
"""As many as some rows over all columns that a sheet can have."""
_KNOWN_ERRORS: Final = frozenset(
    (b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!", b"#GETTING_DATA")
)
_ERROR: Final = re.compile(
    rb"""(t=["']e["'][^<>]*>(?:<[^<>]*f\b[^<>]*(?:/>|>[^<>]*</[^<>]*>))?\s*<[^<>]*v>)([^<>]*)"""
)
_DAY: Final = dt.timedelta(days=1)
_MIDNIGHT: Final = dt.datetime(1, 1, 1)  # noqa: DTZ001 — only its time of day is used


def heads(package: Package, rows: int, titles: Collection[str] | None = None) -> Mapping[str, Grid]:
    """Return the first rows of every sheet, or of those called *titles*. Raises Damaged or Entities.

    The cost does not depend on how long the sheets are.
    """
    looked_at = [each for each in package.sheets if titles is None or each.title in titles]
    cut = {each.part: _head(package.archive, each.part, rows) for each in looked_at}
    book = open_book(package.archive.rebuilt(cut, level=0))
    return {each.title: grid(book, each.title) for each in looked_at}


def open_book(raw: bytes) -> CalamineWorkbook:
    """Open a workbook for reading. Raises Damaged."""
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(raw))
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise Damaged(f"it cannot be opened: {error}") from error


def sheet(book: CalamineWorkbook, title: str) -> CalamineSheet:
    """Return one sheet with its cells. Raises Damaged."""
    try:
        return book.get_sheet_by_name(title)
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise Damaged(f"the sheet {title} cannot be read: {error}") from error


def grid(book: CalamineWorkbook, title: str) -> Grid:
    """Return all cells of one sheet. Raises Damaged."""
    return grid_of(sheet(book, title))


def grid_of(read: CalamineSheet) -> Grid:
    """Return all cells of a sheet that was read."""
    return [[_cell(value) for value in row] for row in read.to_python(skip_empty_area=False)]


def with_known_errors(archive: Archive, part_names: Sequence[str]) -> bytes:
    """Return the file as calamine can read it: error values that it does not know (`#SPILL!`) become #N/A."""
    changes: dict[str, bytes | None] = {}
    for name in part_names:
        raw = parts.content(archive, name)
        if b't="e"' not in raw and b"t='e'" not in raw:
            continue
        mended = with_known_errors_only(raw)
        if mended != raw:
            changes[name] = mended
    return archive.rebuilt(changes, level=0) if changes else archive.raw


def with_known_errors_only(xml: bytes) -> bytes:
    """Return a sheet's XML with error values that calamine does not know turned into #N/A."""
    return _ERROR.sub(lambda found: found.group(1) + _known(found.group(2)), xml)


def _known(error: bytes) -> bytes:
    return error if error in _KNOWN_ERRORS else b"#N/A"


def _head(archive: Archive, part: str, rows: int) -> bytes:
    size = min(_FIRST, archive.members[part].size)
    while True:
        whole = size >= archive.members[part].size
        raw = parts.content(archive, part) if whole else archive.head(part, size)
        cut = head(raw, rows)
        if cut is not None and not is_within(SheetXml.of(cut), _HEAD_CELLS):
            raise Damaged(f"{part}: a cell is not where its row is")
        if cut is not None:
            return with_known_errors_only(cut)
        if whole:
            raise Damaged(f"{part} has no rows element")
        size = min(size * 8, archive.members[part].size)


def _cell(value: float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta) -> Cell:
    if isinstance(value, str):
        return value or None
    if isinstance(value, dt.timedelta):
        return (_MIDNIGHT + value).time() if dt.timedelta(0) <= value < _DAY else value / _DAY
    return value
