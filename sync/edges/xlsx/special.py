"""What stands in cells beside values: formulas, and errors, which python-calamine shows as empty cells."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sheet_templates.record import Broken
from sync.edges.xlsx.a1 import LAST_COLUMN, column_number
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.sheetxml import INSIDE, CellXml, SheetXml, attributes, cells

_MARKS: Final = re.compile(rb"""<(?:[A-Za-z_][\w.-]*:)?f[\s/>]|\st=(?:"e"|'e')""")
_FORMULA: Final = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?f(?=[\s/>])(" + INSIDE + rb")(?:/>|>([^<]*)</(?:[A-Za-z_][\w.-]*:)?f\s*>)"
)
_VALUE: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?v(?=[\s>])[^>]*>([^<]*)</")
_BEYOND_Z: Final = re.compile(rb'\sr="([A-Za-z]{2,3})[0-9]')
_Z: Final = 26
"""The number of the last column whose name has one letter."""


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
                broken[place] = Broken(text=formula, formula=True)
        if kind == b"e":
            broken[place] = Broken(text=_plain(value.group(1)) if value else "#N/A")
    return Special(formulas=formulas, broken=broken)


def used_area(sheet: SheetXml, limits: Limits) -> tuple[int, int]:
    """Return the number of the last row and a bound of the last column of a sheet. Raises Damaged.

    python-calamine makes room for every cell of that area, so it must be known before.
    """
    rows = sheet.last_filled()
    if rows * LAST_COLUMN <= limits.cells:
        return rows, LAST_COLUMN if rows else 0
    if _all_named(sheet):
        beyond = set(_BEYOND_Z.findall(sheet.raw, sheet.top, sheet.bottom))
        return rows, max((column_number(each.decode()) for each in beyond), default=_Z)
    columns = 0
    for at in sheet.numbers:
        columns = max(columns, *(each.column for each in cells(sheet.row(at) or b"", sheet.prefix)), 0)
    return rows, columns


def _all_named(sheet: SheetXml) -> bool:
    """Return whether every cell's tag begins with its reference, as office programs write it."""
    tag = b"<" + sheet.prefix + b"c"
    named = sheet.raw.count(tag + b' r="', sheet.top, sheet.bottom)
    if sheet.raw.count(tag, sheet.top, sheet.bottom) == named:
        return True
    every = re.compile(re.escape(tag) + rb"(?=[\s/>])")
    return sum(1 for _ in every.finditer(sheet.raw, sheet.top, sheet.bottom)) == named


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
