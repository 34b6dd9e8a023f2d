"""What must not be overwritten: it would break something that people made."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import Area, ref
from sync.edges.xlsx.package import Package, SheetPart
from sync.edges.xlsx.sheetxml import INSIDE, CellXml, SheetXml, attributes

_SPREAD: Final = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?f(?=\s)(" + INSIDE + rb"""\st=["'](?:array|dataTable)["']""" + INSIDE + rb")>"
)
_FORMULA: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?f(?=[\s/>])(" + INSIDE + rb")>")


class Harm(Exception):  # noqa: N818 — a refusal, not a fault
    """Writing would damage a part of the file; says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """Areas of one sheet whose cells belong to something larger."""

    title: str
    areas: tuple[tuple[Area, str], ...]
    """With what stands there."""

    def check(self, row: int, column: int, cell: CellXml | None) -> bool:
        """Return whether an existing cell holds a formula of its own that may be replaced. Raises Harm."""
        for area, what in self.areas:
            if area.holds(row, column):
                raise Harm(f"{self.title}!{ref(row, column)}: {what}")
        if cell is None:
            return False
        if b"cm" in cell.attributes or b"vm" in cell.attributes:
            raise Harm(f"{self.title}!{ref(row, column)}: picture or linked content in the cell")
        found = _FORMULA.search(cell.inner)
        if found is None:
            return False
        own = attributes(found[1])
        if own.get(b"t") == b"shared" and b"ref" in own:
            raise Harm(f"{self.title}!{ref(row, column)}: formula that other cells share")
        return True


def forbidden(package: Package, sheet: SheetPart, xml: SheetXml) -> Forbidden:
    """Find what must not be overwritten in a sheet. Raises Damaged or Entities."""
    return Forbidden(title=sheet.title, areas=(*_spread(xml), *_pivots(package, sheet)))


def check_package(package: Package) -> None:
    """Raise Harm if no part of the package may change: it is signed."""
    if package.related("", "origin"):
        raise Harm("the workbook carries a digital signature")


def _spread(sheet: SheetXml) -> Iterator[tuple[Area, str]]:
    """Yield the areas of array formulas and data tables: their cells have no formula of their own."""
    if sheet.raw.find(b"<" + sheet.prefix + b"f", sheet.top, sheet.bottom) < 0:
        return
    for found in _SPREAD.finditer(sheet.raw, sheet.top, sheet.bottom):
        area = Area.parse(attributes(found[1]).get(b"ref", b"").decode("ascii", "replace"))
        if area is not None:
            yield area, "array formula or data table"


def _pivots(package: Package, sheet: SheetPart) -> Iterable[tuple[Area, str]]:
    for part in package.related(sheet.part, "pivotTable"):
        for each in parts.children(parts.parsed(package.archive, part), "location"):
            area = Area.parse(each.get("ref") or "")
            if area is not None:
                yield area, "pivot table"
