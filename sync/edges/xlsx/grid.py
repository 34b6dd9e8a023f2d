"""Cells' values by python-calamine: of whole sheets, or of a few rows without reading the rest."""

import datetime as dt
import io
import itertools
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from sheet_templates.record import Broken, Problem
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import LAST_COLUMN
from sync.edges.xlsx.archive import Archive, Damaged, Excessive, Limits
from sync.edges.xlsx.package import Package, open_package
from sync.edges.xlsx.sheetxml import INSIDE, SheetXml, head
from sync.edges.xlsx.special import used_area
from sync.ports import Cell

Grid: TypeAlias = Sequence[Sequence[Cell]]
"""Rows of cells from A1 on; rows may differ in length. Errors and formulas without a value are None."""

_FIRST: Final = 1 << 16
"""So many bytes of a sheet are inflated at first to find its head."""

_LAST: Final = 99
"""No bound of the rows of a sheet's head is larger (`used_area` bounds them by their digits)."""
_KNOWN_ERRORS: Final = frozenset(
    (b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!", b"#GETTING_DATA")
)
_ERROR: Final = re.compile(
    rb"""(t=["']e["'][^<>]{0,200}+>\s*+(?:<(?:[\w.-]++:)?+f(?=[\s/>])[^<>]*+(?:(?<=/)>|>[^<>]*+</[^<>]*+>))?+"""
    rb"""\s*+<[^<>]*+(?<=v)>)([^<>]*+)"""
)
"""Bounded, so that hostile tags cost no more than others: see `sheetxml`."""
_USED: Final = re.compile(
    rb"""<(?:[\w.-]++:)?+dimension\s[^<>]{0,200}?ref=["'](?![A-Za-z]+[0-9]+(?::[A-Za-z]+[0-9]+)?["'])[^<>]*+(?<=/)>"""
)
"""A used area that is not one of cells: LibreOffice writes `1:4` where whole rows are formatted."""
_TAB: Final = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*+:)?+)sheet(?=[\s/>])" + INSIDE + rb"(?:(?<=/)>|>\s*+</\1sheet\s*+>)"
)
_STATE: Final = re.compile(rb"""\sstate=["'](?!(?:visible|hidden|veryHidden)["'])[^"']*["']""")
_PANIC: Final = "pyo3_runtime"
"""The module of what calamine raises where it should return an error."""
_DAY: Final = dt.timedelta(days=1)
_MIDNIGHT: Final = dt.datetime(1, 1, 1)  # noqa: DTZ001 — only its time of day is used


def heads(package: Package, rows: int, titles: Collection[str] | None = None) -> Mapping[str, Grid]:
    """Return the first rows of every sheet, or of those called *titles*. Raises Damaged or Entities.

    The cost does not depend on how long the sheets are.
    """
    looked_at = [each for each in package.sheets if titles is None or each.title in titles]
    cut: dict[str, bytes] = {}
    cells = texts = 0
    for each in looked_at:
        cut[each.part] = found = _head(package.archive, each.part, rows)
        last, columns = used_area(SheetXml.of(found))
        if last > _LAST or columns > LAST_COLUMN:
            raise Damaged(f"{each.part}: a cell is not where its row is")
        cells += rows * columns
        texts += package.texts.in_sheet(found, package.limits.texts)
        if cells > package.limits.head_cells or texts > package.limits.texts:
            raise Excessive("the first rows of its sheets")
    book = open_book(package.archive.rebuilt(cut, level=0))
    return {each.title: grid(book, each.title) for each in looked_at}


def open_book(raw: bytes) -> CalamineWorkbook:
    """Open a workbook for reading. Raises Damaged.

    calamine refuses a whole file for one tab that is no sheet of cells (of macros, of dialogs, one that leads
    nowhere), so that such tabs are kept from it.
    """
    try:
        with _reading("it cannot be opened"):
            return CalamineWorkbook.from_filelike(io.BytesIO(raw))
    except Damaged:
        plain = _of_cells_only(raw)
        if plain is None:
            raise
    with _reading("it cannot be opened"):
        return CalamineWorkbook.from_filelike(io.BytesIO(plain))


def _of_cells_only(raw: bytes) -> bytes | None:
    """Return a workbook without the tabs that are no sheets of cells; None if it has none."""
    package = open_package(raw, Limits(file=len(raw)))
    if isinstance(package, Problem):
        return None
    book = parts.content(package.archive, package.workbook)
    wanted = {each.index for each in package.sheets}
    count = itertools.count()
    plain = _TAB.sub(lambda tab: _STATE.sub(b"", tab.group()) if next(count) in wanted else b"", book)
    return None if plain == book else package.archive.rebuilt({package.workbook: plain}, level=0)


def sheet(book: CalamineWorkbook, title: str) -> CalamineSheet:
    """Return one sheet with its cells. Raises Damaged."""
    with _reading(f"the sheet {title} cannot be read"):
        return book.get_sheet_by_name(title)


def grid(book: CalamineWorkbook, title: str) -> Grid:
    """Return all cells of one sheet. Raises Damaged."""
    return grid_of(sheet(book, title))


def grid_of(read: CalamineSheet) -> list[list[Cell]]:
    """Return all cells of a sheet that was read. Raises Damaged."""
    with _reading("a sheet cannot be read"):
        values = read.to_python(skip_empty_area=False)
    # Most cells of a desk are empty.
    return [[None if value == "" else _cell(value) for value in row] for row in values]


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Say *what* could not be done, whatever calamine raises."""
    try:
        yield
    except (CalamineError, ValueError, IndexError, OverflowError, OSError) as error:
        raise Damaged(f"{what}: {error}") from error
    except BaseException as error:
        # A panic is no Exception, but the reader's own fault with this file, and not ours.
        if type(error).__module__ != _PANIC:
            raise
        raise Damaged(f"{what}: {error}") from error


def with_known_errors(archive: Archive, part_names: Sequence[str]) -> bytes:
    """Return the file as calamine can read it: error values that it does not know (`#SPILL!`) become #N/A.

    It does not know either that a used area may be one of whole rows.
    """
    changes: dict[str, bytes | None] = {}
    for name in part_names:
        raw = parts.content(archive, name)
        if b't="e"' not in raw and b"t='e'" not in raw and not _USED.search(raw, 0, _FIRST):
            continue
        mended = with_known_errors_only(raw)
        if mended != raw:
            changes[name] = mended
    return archive.rebuilt(changes, level=0) if changes else archive.raw


def with_known_errors_only(xml: bytes) -> bytes:
    """Return a sheet's XML without what calamine does not know: see `with_known_errors`."""
    used = _USED.search(xml, 0, _FIRST)
    if used is not None:
        xml = xml[: used.start()] + xml[used.end() :]
    return _ERROR.sub(lambda found: found.group(1) + _known(found.group(2)), xml)


def _known(error: bytes) -> bytes:
    return error if error in _KNOWN_ERRORS else b"#N/A"


def _head(archive: Archive, part: str, rows: int) -> bytes:
    size = min(_FIRST, archive.members[part].size)
    while True:
        whole = size >= archive.members[part].size
        raw = parts.content(archive, part) if whole else archive.head(part, size)
        cut = head(raw, rows)
        if cut is not None:
            return with_known_errors_only(cut)
        if whole:
            raise Damaged(f"{part} has no rows element")
        size = min(size * 8, archive.members[part].size)


def _cell(value: float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        # No program shows such a number; it is no number to reckon with either.
        return Broken(text=str(value))
    if isinstance(value, dt.timedelta):
        return (_MIDNIGHT + value).time() if dt.timedelta(0) <= value < _DAY else value / _DAY
    return value
