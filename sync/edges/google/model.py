"""The spreadsheet that a desk's template means: its sheets, their columns and what their cells say.

A column is not described a second time: what the template makes as a workbook is what is read here. Pure, but for
openpyxl's reading of bytes.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates.form import Desk, FieldKey, Form, FormKey
from sync.edges.google.areas import Request
from sync.edges.google.marks import number_of, sheet_of
from sync.edges.google.snapshot import Held, Tab, trimmed
from sync.edges.xlsx.layout import HIDDEN_SHEET

KEY_ROW: Final = 1
HEADER_ROW: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a form's sheet, as the template has it."""

    field: FieldKey
    header: str
    at: int
    """Its number, from 1."""
    mine: bool
    """The desk's people write in it."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """The spreadsheet that the template of a desk means."""

    desk: Desk
    forms: Mapping[FormKey, Form]
    book: Workbook

    @classmethod
    def of(cls, raw: bytes, desk: Desk, forms: Mapping[FormKey, Form]) -> Self:
        """Take in the bytes of a desk's template."""
        return cls(desk=desk, forms=forms, book=load_workbook(io.BytesIO(raw)))

    @cached_property
    def sheets(self) -> Mapping[FormKey, Worksheet]:
        """The forms' sheets, in their order."""
        titles: dict[FormKey, str] = {}
        for name, defined in self.book.defined_names.items():
            found = re.fullmatch(r"_db_(.+)__id", name)
            if found is not None:
                titles[FormKey(found[1])] = next(iter(defined.destinations))[0]
        order = self.book.sheetnames
        return {
            key: self.book[titles[key]] for key in sorted(titles, key=lambda key: order.index(titles[key]))
        }

    def columns(self, form: FormKey) -> tuple[Column, ...]:
        """Return the columns of a form's sheet."""
        sheet, found = self.sheets[form], self.forms[form]
        owned = {each.key for each in found.columns(self.desk.role) if self.desk.role in each.owners}
        return tuple(
            Column(
                field=FieldKey(str(sheet.cell(KEY_ROW, at).value)),
                header=str(sheet.cell(HEADER_ROW, at).value or ""),
                at=at,
                mine=FieldKey(str(sheet.cell(KEY_ROW, at).value)) in owned,
            )
            for at in range(1, sheet.max_column + 1)
        )

    def tabs(self) -> tuple[Tab, ...]:
        """Return what all its sheets hold, in their order, the hidden one last."""
        return tuple(self._tab(sheet) for sheet in self.book.worksheets)

    def tab(self, form: FormKey) -> Tab:
        """Return what a form's sheet holds."""
        return self._tab(self.sheets[form])

    def _tab(self, sheet: Worksheet) -> Tab:
        # Of the hidden sheet the marks only: a drop-down lists its entries by itself.
        width = 1 if sheet.title == HIDDEN_SHEET else None
        cells: list[list[Held]] = [
            [str(v) if v is not None else None for v in row[:width]] for row in sheet.values
        ]
        merges = [(m.min_row, m.min_col, m.max_row, m.max_col) for m in sheet.merged_cells.ranges]
        return Tab(id=self.id(sheet), title=sheet.title, cells=trimmed(cells), merges=tuple(sorted(merges)))

    def id(self, sheet: Worksheet) -> int:
        """Return the id that a sheet has in a new spreadsheet."""
        form = next((key for key, each in self.sheets.items() if each is sheet), None)
        return sheet_of(form) if form is not None else number_of("other", sheet.title)

    def listed(self, refers: str) -> list[str]:
        """Return the entries of a drop-down that *refers* to cells, such as `_deskbook!$B$1:$B$9`."""
        title, _, area = refers.partition("!")
        sheet = self.book[title.strip("'")]
        return [str(row[0].value) for row in sheet[area.replace("$", "")] if row[0].value is not None]


def texts_request(sheet_id: int, cells: Sequence[Sequence[Held]], top: int = 0, left: int = 0) -> Request:
    """Return what writes texts, as texts, from a cell on."""
    rows = [{"values": [value_of(each) for each in row]} for row in cells]
    start = {"sheetId": sheet_id, "rowIndex": top, "columnIndex": left}
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def value_of(held: Held) -> Request:
    """Return a cell that shows what *held* shows: a formula by its value, because nobody knows what it refers to."""
    if isinstance(held, Mapping):
        for kind in ("v", "s"):
            if kind in held:
                return value_of(held[kind])
        return value_of(str(held["e"])) if "e" in held else value_of(float(held.get("d", held.get("t", 0.0))))
    if held is None:
        return {}
    kind = (
        "boolValue" if isinstance(held, bool) else "stringValue" if isinstance(held, str) else "numberValue"
    )
    return {"userEnteredValue": {kind: held}}
