"""Shared texts that nothing shows any more: what was put out of a cell must not stay in the package (TX-5.1).

Programs keep a workbook's texts in one table and let cells name them by number. A cell that gets another value leaves
its old text behind there, where anybody who unzips the file can read it. Such a text is emptied; its place stays, so
that all numbers still fit.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from sync.edges.xlsx import parts
from sync.edges.xlsx.package import Package, SheetPart
from sync.edges.xlsx.sheetxml import INSIDE, SheetXml, cells

_TABLE: Final = "sharedStrings"
_CELL: Final = re.compile(
    rb"<(?:[\w.-]++:)?c(?=\s)(" + INSIDE + rb")>\s*+<(?:[\w.-]++:)?v(?=[\s>])[^<>]*+>\s*+(\d++)\s*+<"
)
_SHARED: Final = re.compile(rb"""\st\s*+=\s*+["']s["']""")
_TEXT: Final = re.compile(rb"<((?:[\w.-]++:)?)si(?=[\s/>])" + INSIDE + rb">")

Places = Collection[tuple[int, int]]
"""(row, column) of the cells that get another value."""


def emptied(
    package: Package, replaced: Mapping[SheetPart, Places], changes: Mapping[str, bytes | None]
) -> dict[str, bytes]:
    """Return the table of texts without those that only the *replaced* cells showed; nothing if there are none.

    *changes*: the parts as they will be. Raises Damaged.
    """
    tables = package.related(package.workbook, _TABLE)
    named = {text for sheet, places in replaced.items() for text in _named(package, sheet, places)}
    if not tables or not named:
        return {}
    for sheet in package.sheets:
        content = changes.get(sheet.part) or parts.content(package.archive, sheet.part)
        named -= _shown(content)
        if not named:
            return {}
    table = parts.content(package.archive, tables[0])
    without = _without(table, named)
    return {} if without == table else {tables[0]: without}


def _named(package: Package, sheet: SheetPart, places: Places) -> set[int]:
    """Return the numbers of the texts that the cells at *places* showed."""
    before = SheetXml.of(parts.content(package.archive, sheet.part))
    rows: dict[int, set[int]] = {}
    for at, column in places:
        rows.setdefault(at, set()).add(column)
    found: set[int] = set()
    for at, columns in rows.items():
        row = before.row(at)
        for cell in cells(row, before.prefix) if row is not None else ():
            if row is not None and cell.column in columns and cell.attributes.get(b"t") == b"s":
                found |= _shown(row[cell.start : cell.end])
    return found


def _shown(content: bytes) -> set[int]:
    """Return the numbers of the texts that cells in *content* show."""
    return {int(number) for inside, number in _CELL.findall(content) if _SHARED.search(inside)}


def _without(table: bytes, numbers: Collection[int]) -> bytes:
    """Return *table* with the texts of these *numbers* emptied; as it is where its texts cannot be counted safely."""
    if b"<!" in table:
        return table
    out: list[bytes] = []
    position = 0
    for number, opening in enumerate(_TEXT.finditer(table)):
        if number not in numbers or opening.group().endswith(b"/>"):
            continue
        closing = b"</%bsi" % opening[1]
        end = table.find(closing, opening.end())
        if end < 0:
            return table
        out += (table[position : opening.end()], b"<%bt/>" % opening[1])
        position = end
    return b"".join((*out, table[position:]))
