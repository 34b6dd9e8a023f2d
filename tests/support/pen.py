"""Types into one sheet of a workbook without loading the rest: a quick hand for tests that type a great deal.

It knows nothing of Deskbook's own patch: lxml and the format (ECMA-376) are all it uses. Whole programs at work
are `tests.support.person` (openpyxl, which loads and saves everything) and tests/clients (LibreOffice).
"""

import re
import zipfile
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path

from lxml import etree
from openpyxl.utils import get_column_letter

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class Pen:
    """One sheet, its rows and cells as they stand in the file."""

    def __init__(self, place: Path, titles: Collection[str]) -> None:
        with zipfile.ZipFile(place) as package:
            self._members = {each.filename: package.read(each) for each in package.infolist()}
        self._part = self._find(titles)
        self._tree = etree.fromstring(self._members[self._part])
        body = self._tree.find(f"{MAIN}sheetData")
        assert body is not None
        self._body = body
        self._rows = {int(each.get("r", "0")): each for each in body}
        self._strings = self._shared()
        self.columns = {str(key): at for at, key in self.row(1).items() if key is not None}

    def row(self, at: int) -> dict[int, str | None]:
        """Return what stands in a row's cells, as it is written, by column."""
        found = self._rows.get(at)
        return {} if found is None else {_column(each): self._text(each) for each in found}

    def rows(self) -> tuple[int, ...]:
        return tuple(sorted(self._rows))

    def put(self, at: int, column: int, value: str | Decimal | bool | None) -> None:
        """Type one value; the cell keeps its look."""
        cell = self._cell(at, column)
        style = cell.get("s")
        for each in list(cell):
            cell.remove(each)
        cell.attrib.clear()
        cell.set("r", f"{get_column_letter(column)}{at}")
        if style is not None:
            cell.set("s", style)
        if isinstance(value, bool):
            cell.set("t", "b")
            etree.SubElement(cell, f"{MAIN}v").text = str(int(value))
        elif isinstance(value, Decimal):
            etree.SubElement(cell, f"{MAIN}v").text = str(value)
        elif value is not None:
            cell.set("t", "inlineStr")
            said = etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t")
            said.text = value
            said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")

    def delete(self, at: int) -> None:
        """Delete a row: those below move up."""
        gone = self._rows.pop(at, None)
        if gone is not None:
            self._body.remove(gone)
        for number, row in sorted(self._rows.items()):
            if number > at:
                row.set("r", str(number - 1))
                for cell in row:
                    cell.set("r", f"{get_column_letter(_column(cell))}{number - 1}")
        self._rows = {number - (number > at): row for number, row in self._rows.items()}

    def save(self, place: Path) -> None:
        """Write the workbook into a new file that takes the name, as office programs do."""
        self._members[self._part] = etree.tostring(
            self._tree, xml_declaration=True, encoding="UTF-8", standalone=True
        )
        fresh = place.with_name("1A2B3C4D")
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            for name, content in self._members.items():
                package.writestr(name, content)
        fresh.replace(place)

    def _find(self, titles: Collection[str]) -> str:
        book = etree.fromstring(self._members["xl/workbook.xml"])
        links = etree.fromstring(self._members["xl/_rels/workbook.xml.rels"])
        targets: Mapping[str | None, str] = {each.get("Id"): each.get("Target", "") for each in links}
        sheet = next(each for each in book.iter(f"{MAIN}sheet") if each.get("name") in titles)
        target = targets[sheet.get(f"{LINKS}id")]
        return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"

    def _shared(self) -> list[str]:
        raw = self._members.get("xl/sharedStrings.xml")
        if raw is None:
            return []
        return ["".join(each.itertext(f"{MAIN}t")) for each in etree.fromstring(raw)]

    def _text(self, cell: etree._Element) -> str | None:
        said = "".join(cell.itertext(f"{MAIN}v", f"{MAIN}t"))
        if cell.get("t") == "s":
            return self._strings[int(said)]
        return said or None

    def _cell(self, at: int, column: int) -> etree._Element:
        row = self._rows.get(at)
        if row is None:
            row = etree.Element(f"{MAIN}row", r=str(at))
            self._body.insert(sum(each < at for each in self._rows), row)
            self._rows[at] = row
        before = 0
        for each in row:
            if _column(each) == column:
                return each
            before += _column(each) < column
        cell = etree.Element(f"{MAIN}c")
        row.insert(before, cell)
        return cell


def _column(cell: etree._Element) -> int:
    letters = re.sub(r"\d", "", cell.get("r", ""))
    at = 0
    for each in letters:
        at = at * 26 + ord(each) - 64
    return at
