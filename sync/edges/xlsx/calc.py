"""Formulas after a patch: the chain of calculation forgets replaced ones, and programs calculate anew."""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from sync.edges.xlsx import parts
from sync.edges.xlsx.package import Package, SheetPart
from sync.edges.xlsx.sheetxml import INSIDE

_CALC: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?calcPr(?=[\s/>])" + INSIDE + rb"(/?>)")
_FULL: Final = re.compile(rb'\sfullCalcOnLoad="[^"]*"')
_NAME_END: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?calcPr")


def recalculating(package: Package, workbook: bytes) -> bytes:
    """Return the workbook part so that Excel calculates anew on opening, if a chain says there are formulas.

    Otherwise it would go on showing sums of what stood there before.
    """
    found = _CALC.search(workbook)
    if found is None or not package.related(package.workbook, "calcChain"):
        return workbook
    tag = _FULL.sub(b"", found.group())
    name = _NAME_END.match(tag)
    at = name.end() if name else 0
    return workbook[: found.start()] + tag[:at] + b' fullCalcOnLoad="1"' + tag[at:] + workbook[found.end() :]


def unchained(package: Package, replaced: Mapping[SheetPart, frozenset[str]]) -> dict[str, bytes | None]:
    """Return the parts that change so that the chain of calculation forgets the *replaced* formula cells.

    Excel calls a file damaged whose chain names a cell without formula. Raises Damaged or Entities.
    """
    chains = package.related(package.workbook, "calcChain")
    if not chains or not any(replaced.values()):
        return {}
    numbers = _sheet_numbers(package)
    gone = {(numbers[sheet.title], cell) for sheet, cells in replaced.items() for cell in cells}
    root = parts.parsed(package.archive, chains[0])
    current, carried = "", False
    for entry in list(parts.children(root, "c")):
        own = entry.get("i")
        current = own or current
        if (current, entry.get("r") or "") in gone:
            root.remove(entry)
            carried = carried or own is not None
        elif own is None and carried:
            entry.set("i", current)
            carried = False
        else:
            carried = False
    if len(root):
        written = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return {chains[0]: written}
    return _without_chain(package, chains[0])


def _without_chain(package: Package, chain: str) -> dict[str, bytes | None]:
    """Return the parts that change so that the package has no chain of calculation: an empty one is not allowed."""
    name = chain.rpartition("/")[2].encode()
    types = parts.content(package.archive, "[Content_Types].xml")
    relations_name = parts.relations_part(package.workbook)
    relations = parts.content(package.archive, relations_name)
    override = re.compile(
        rb"<(?:\w+:)?Override(?=\s)"
        + INSIDE
        + rb'\sPartName="[^"]*/'
        + re.escape(name)
        + rb'"'
        + INSIDE
        + rb">"
    )
    relation = re.compile(
        rb"<(?:\w+:)?Relationship(?=\s)"
        + INSIDE
        + rb'\sTarget="[^"]*'
        + re.escape(name)
        + rb'"'
        + INSIDE
        + rb">"
    )
    return {
        chain: None,
        "[Content_Types].xml": override.sub(b"", types),
        relations_name: relation.sub(b"", relations),
    }


def _sheet_numbers(package: Package) -> Mapping[str, str]:
    """Return title → the sheet's own number, by which the chain calls it."""
    root = parts.parsed(package.archive, package.workbook)
    return {
        each.get("name") or "": each.get("sheetId") or "" for each in parts.children(root, "sheets", "sheet")
    }
