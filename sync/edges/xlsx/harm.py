"""What must not be overwritten: it would break something that people made."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sheet_templates.form import FieldKey
from sheet_templates.record import Text, text
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import Area
from sync.edges.xlsx.package import Package
from sync.edges.xlsx.sheetxml import INSIDE, CellXml, SheetXml, attributes, cells

_SPREAD: Final = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?f(?=\s)(" + INSIDE + rb"""\st=["'](array|dataTable)["']""" + INSIDE + rb")>"
)
_FORMULA: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?f(?=[\s/>])")


class Harm(Exception):  # noqa: N818 — a refusal, not a fault
    """Writing would damage a part of the file.

    *detail* says which, for the log; *what* says so to its people, as a part of a sentence.
    """

    def __init__(self, detail: str, what: Text | None = None) -> None:
        super().__init__(detail)
        self.what = what or text("harm.structure")


class Bound(StrEnum):
    """What a cell belongs to, so that it cannot change alone. Each is the key of the words that say so."""

    ARRAY = "cell.array"
    DATA_TABLE = "cell.data_table"
    PIVOT = "cell.pivot"
    HEADER = "cell.header"
    """The header of a table, whose words its part has too: Excel calls a file damaged where they differ."""
    RICH = "cell.rich"
    """A picture in the cell, or linked content such as a share's price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What of one sheet cannot change cell by cell."""

    areas: tuple[tuple[Area, Bound], ...]
    cells: bool
    """Some cells hold more than a value."""

    def area(self, row: int, column: int) -> Bound | None:
        """Return what the place belongs to, if it belongs to something larger."""
        return next((what for area, what in self.areas if area.holds(row, column)), None)

    def cell(self, cell: CellXml) -> Bound | None:
        """Return what a cell is, if it is more than a value or a formula."""
        return Bound.RICH if b"vm" in cell.attributes else None


def holds_formula(cell: CellXml | None) -> bool:
    """Return whether a cell holds a formula."""
    return cell is not None and _FORMULA.search(cell.inner) is not None


def closed(package: Package, part: str, xml: SheetXml) -> Closed:
    """Find what must not be overwritten in the sheet that *part* holds. Raises Damaged or Entities."""
    rich = xml.raw.find(b" vm=", xml.top, xml.bottom) >= 0
    return Closed(areas=(*_spread(xml), *_pivots(package, part), *_headers(package, part)), cells=rich)


def bound_rows(
    bound: Closed, sheet: SheetXml, columns: Mapping[FieldKey, int], first: int
) -> Mapping[FieldKey, tuple[range, ...]]:
    """Return the rows, from row *first* on, in which the cell of a column cannot change alone. Raises Damaged."""
    found: dict[FieldKey, list[range]] = {}
    for field, column in columns.items():
        rows = [range(max(area.top, first), area.bottom + 1) for area, _ in bound.areas if area.spans(column)]
        rows += [range(row, row + 1) for row, at in _rich(bound, sheet) if at == column and row >= first]
        if rows:
            found[field] = rows
    return {field: tuple(rows) for field, rows in found.items()}


def _rich(bound: Closed, sheet: SheetXml) -> Iterator[tuple[int, int]]:
    """Yield the places of the cells that are more than a value or a formula. Raises Damaged."""
    position = sheet.top
    while bound.cells and (position := sheet.raw.find(b" vm=", position, sheet.bottom)) >= 0:
        at, start, position = sheet.row_of(position)
        for each in cells(sheet.raw[start:position], sheet.prefix):
            if bound.cell(each) is not None:
                yield at, each.column


def check_package(package: Package) -> None:
    """Raise Harm if no part of the package may change: it is signed."""
    if package.related("", "origin"):
        raise Harm("the workbook carries a digital signature", text("harm.signed"))


def _spread(sheet: SheetXml) -> Iterator[tuple[Area, Bound]]:
    """Yield the areas of array formulas and data tables: their cells have no formula of their own.

    An array formula of one cell is a formula like any other, and gives way to a value.
    """
    if sheet.raw.find(b"<" + sheet.prefix + b"f", sheet.top, sheet.bottom) < 0:
        return
    for found in _SPREAD.finditer(sheet.raw, sheet.top, sheet.bottom):
        area = Area.parse(attributes(found[1]).get(b"ref", b"").decode("ascii", "replace"))
        table = found[2] == b"dataTable"
        if area is not None and (table or (area.top, area.left) != (area.bottom, area.right)):
            yield area, Bound.DATA_TABLE if table else Bound.ARRAY


def _pivots(package: Package, sheet: str) -> Iterable[tuple[Area, Bound]]:
    for part in package.related(sheet, "pivotTable"):
        for each in parts.children(parts.parsed(package.archive, part), "location"):
            area = Area.parse(each.get("ref") or "")
            if area is not None:
                yield area, Bound.PIVOT


def _headers(package: Package, sheet: str) -> Iterable[tuple[Area, Bound]]:
    for part in package.related(sheet, "table"):
        table = parts.parsed(package.archive, part)
        area = Area.parse(table.get("ref") or "")
        if area is not None and table.get("headerRowCount") != "0":
            yield replace(area, bottom=area.top), Bound.HEADER
