"""What stands in cells beside values: formulas, and errors, which python-calamine shows as empty cells."""

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sheet_templates.record import Broken, Cell, Flaw
from sync.edges.xlsx.a1 import column_number, ref
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.sheetxml import INSIDE, CellXml, SheetXml, attributes, cells

_MARKS: Final = re.compile(rb"""<(?:[A-Za-z_][\w.-]*:)?f[\s/>]|\st=(?:"e"|'e')""")
_FORMULA: Final = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?f(?=[\s/>])(" + INSIDE + rb")(?:/>|>([^<]*)</(?:[A-Za-z_][\w.-]*:)?f\s*>)"
)
_VALUE: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?v(?=[\s>])[^>]*>([^<]*)</")
_CONTENT: Final = rb"[^<>]*+(?<!/)>(?!</)"
"""What follows a reference if the cell is not empty."""
_Z: Final = 26
"""The number of the last column whose name has one letter."""
_LEAP_SERIAL: Final = 60
_LEAP_DAY: Final = "1900-02-29"
_BEFORE_LEAP_DAY: Final = (1900, 2, 28)
_DAYS: Final = frozenset({dt.date, dt.datetime, dt.time})
_LETTERS: Final = 3
_DIGITS: Final = 7
_BEYOND: Final = 1 << 40
"""A row or a column that no sheet has."""
_MOST_UNNAMED: Final = 1_000_000
"""So many cells are looked at one by one, if they do not say where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """The cells of a sheet, by row and column, that hold more or less than a value."""

    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """With their leading `=`; of a formula that several cells share, as its first cell has it."""
    broken: Mapping[tuple[int, int], Broken] = field(default_factory=dict)


def special_cells(sheet: SheetXml) -> Special:
    """Find formulas and errors in a sheet. Costs next to nothing if there are none. Raises Damaged."""
    hints = (b"<" + sheet.prefix + b"f", b't="e"', b"t='e'")
    # A search for plain bytes is many times faster than one for a pattern.
    if all(sheet.raw.find(each, sheet.top, sheet.bottom) < 0 for each in hints):
        return Special()
    formulas: dict[tuple[int, int], str] = {}
    broken: dict[tuple[int, int], Broken] = {}
    shared: dict[bytes, str] = {}
    for at, cell in _marked(sheet):
        place = (at, cell.column)
        found = _FORMULA.search(cell.inner)
        value = _VALUE.search(cell.inner)
        kind = cell.attributes.get(b"t")
        if found is not None:
            formulas[place] = formula = _formula(found, shared)
            if kind != b"str" and (value is None or not value.group(1)):
                broken[place] = Broken(text=formula, flaw=Flaw.FORMULA)
        if kind == b"e":
            broken[place] = Broken(text=_plain(value.group(1)) if value else "#N/A")
    return Special(formulas=formulas, broken=broken)


def with_days_that_never_were(grid: list[list[Cell]], sheet: SheetXml) -> list[list[Cell]]:
    """Return *grid* with what stands in the cells that show a day or a time which no calendar has. Raises Damaged.

    python-calamine shows a number below 0 as midnight, and 60, which is 29 February 1900 to spreadsheets, as the
    day before.
    """
    below = sheet.raw.find(b">-", sheet.top, sheet.bottom) >= 0
    for at, row in enumerate(grid, start=1):
        if _DAYS.isdisjoint(map(type, row)) or not any(_may_hide(each, below=below) for each in row):
            continue
        for each in cells(sheet.row(at) or b"", sheet.prefix):
            found = _VALUE.search(each.inner)
            if found is None or each.column > len(row) or not _may_hide(row[each.column - 1], below=below):
                continue
            if found[1].startswith(b"-"):
                row[each.column - 1] = Broken(text=_plain(found[1]))
            elif isinstance(row[each.column - 1], dt.date) and _is_leap_day(found[1]):
                row[each.column - 1] = Broken(text=_LEAP_DAY, flaw=Flaw.NO_DAY)
    return grid


def _may_hide(cell: Cell, *, below: bool) -> bool:
    """Return whether *cell* may stand for a day that never was. *below*: some of the sheet's numbers are below 0."""
    if isinstance(cell, dt.date) and (cell.year, cell.month, cell.day) == _BEFORE_LEAP_DAY:
        return True
    return below and isinstance(cell, dt.date | dt.time)


def _is_leap_day(number: bytes) -> bool:
    try:
        return _LEAP_SERIAL <= float(number) < _LEAP_SERIAL + 1
    except ValueError:
        return False


def used_area(sheet: SheetXml) -> tuple[int, int]:
    """Return bounds of the last row and the last column in which a sheet has content. Raises Damaged.

    python-calamine makes room for every cell of that area, so it must be known before; and it believes a
    cell's reference more than the row that the cell stands in.
    """
    rows = sheet.last_filled()
    if not _all_named(sheet):
        if sheet.raw.count(b"<" + sheet.prefix + b"c", sheet.top, sheet.bottom) > _MOST_UNNAMED:
            return rows, _BEYOND
        return rows, max((_widest(sheet, at) for at in sheet.numbers), default=0)
    names = set(_references(sheet, rb"([A-Za-z]{2,}+)[0-9]++"))
    columns = max((_column(each) for each in names), default=_Z)
    digits = len(str(rows))
    # Rows with more digits than the last one are told exactly; those with as many are bounded, which is quick.
    beyond = {_row(each) for each in _references(sheet, rb"[A-Za-z]++([0-9]{%d,}+)" % (digits + 1))}
    return max((10**digits - 1 if rows else 0, *beyond)), columns


def is_within(sheet: SheetXml, most: int) -> bool:
    """Return whether the area in which a sheet has content has at most so many cells. Raises Damaged."""
    rows, columns = used_area(sheet)
    if rows * columns <= most:
        return True
    exact = max((_row(each) for each in set(_references(sheet, rb"[A-Za-z]++([0-9]++)"))), default=0)
    return max(sheet.last_filled(), exact) * columns <= most


def _references(sheet: SheetXml, reference: bytes) -> list[bytes]:
    """Return what *reference* captures of each cell's that is not empty, in a sheet whose cells begin with theirs."""
    tag = rb"<" + re.escape(sheet.prefix) + rb'c r="'
    return re.compile(tag + reference + b'"' + _CONTENT).findall(sheet.raw, sheet.top, sheet.bottom)


def _column(name: bytes) -> int:
    return column_number(name.decode()) if len(name) <= _LETTERS else _BEYOND


def _row(digits: bytes) -> int:
    return int(digits) if len(digits) <= _DIGITS else _BEYOND


def _all_named(sheet: SheetXml) -> bool:
    """Return whether every cell's tag begins with its reference, as office programs write it."""
    tag = b"<" + sheet.prefix + b"c"
    named = sheet.raw.count(tag + b' r="', sheet.top, sheet.bottom)
    if sheet.raw.count(tag, sheet.top, sheet.bottom) == named:
        return True
    every = re.compile(re.escape(tag) + rb"(?=[\s/>])")
    return sum(1 for _ in every.finditer(sheet.raw, sheet.top, sheet.bottom)) == named


def _widest(sheet: SheetXml, at: int) -> int:
    """Return the last column of a row. Raises Damaged if one of its cells says that it stands elsewhere."""
    columns = 0
    for each in cells(sheet.row(at) or b"", sheet.prefix):
        said = each.attributes.get(b"r")
        if said is not None and said.upper() != ref(at, each.column).encode():
            raise Damaged(f"a cell of row {at} says that it stands elsewhere")
        columns = each.column
    return columns


def _marked(sheet: SheetXml) -> Iterator[tuple[int, CellXml]]:
    """Yield each cell with a mark in it, once."""
    position = sheet.top
    while (found := _MARKS.search(sheet.raw, position, sheet.bottom)) is not None:
        at, start, end = sheet.row_of(found.start())
        row = sheet.raw[start:end]
        yield from (
            (at, each) for each in cells(row, sheet.prefix) if _MARKS.search(row, each.start, each.end)
        )
        position = end


def _formula(found: re.Match[bytes], shared: dict[bytes, str]) -> str:
    own = attributes(found.group(1))
    written = "=" + _plain(found.group(2) or b"")
    group = own.get(b"si")
    if group is None:
        return written
    if len(written) > 1:
        shared[group] = written
    return shared.get(group, written)


def _plain(escaped: bytes) -> str:
    return html.unescape(escaped.decode("utf-8", "replace"))
