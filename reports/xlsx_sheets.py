"""How a report's workbook looks: formats, column widths, sheet names, and a sheet with one table on it.

Text is written by `write_string` alone, whatever it begins with; the only formulas are the sums above a
table, which are ours and follow its filter.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from reports.page import Kind, PageCell, Row, Said, Table, Tone, with_total
from reports.written import said, written
from sheet_templates.cell import cut
from sheet_templates.form import Lang
from sheet_templates.words import Words

INK: Final = "#1b3a5c"
_PALE: Final = "#eef2f7"
_LINE: Final = "#9fb3c8"
_BAD: Final = "#b3261e"
_GOOD: Final = "#2e7d4f"

ROW: Final = 20
"""Height of a row, in pixels."""
HEAD_ROW: Final = 2 * ROW
"""Labels of columns may take two lines."""
_A4: Final = 9
_NARROWEST: Final = 9
_WIDEST: Final = 48
_LONGEST_NAME: Final = 31
_LONGEST_TEXT: Final = 32_767
_LONGEST_HEADER: Final = 120

_FORMATS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "@",
    Kind.NUMBER: "#,##0",
    Kind.MONEY: "#,##0.00;[Red]-#,##0.00",
    Kind.PERCENT: "0.0%",
    Kind.DATE: "yyyy-mm-dd",
}
_BROKEN_NUMBER: Final = "#,##0.##"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The formats of one workbook, made once each, and the language it speaks."""

    book: Workbook
    words: Words
    lang: Lang
    mark: str = ""
    """For whom the workbook is made: stands at the foot of each printed page."""
    made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)
    """Grows: properties → format. A workbook may not have thousands of equal ones."""
    names: set[str] = field(default_factory=set)
    """Grows: the sheets' names so far, in lower case."""

    def say(self, what: Said) -> str:
        """Return *what* in the workbook's language."""
        return said(what, self.words, self.lang)

    def format(self, **properties: Any) -> Format:
        """Return the format with *properties*."""
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"valign": "top", **properties})
        return self.made[key]

    def cell(self, kind: Kind, value: PageCell, tone: Tone = Tone.PLAIN, **more: Any) -> Format:
        """Return the format of *value* in a column of *kind*."""
        broken = kind is Kind.NUMBER and isinstance(value, Decimal) and value != value.to_integral_value()
        colour = {Tone.BAD: {"font_color": _BAD}, Tone.GOOD: {"font_color": _GOOD}}.get(tone, {})
        place = {"text_wrap": True} if kind is Kind.TEXT else {"align": "right"}
        return self.format(num_format=_BROKEN_NUMBER if broken else _FORMATS[kind], **place, **colour, **more)

    def head(self, kind: Kind, indent: int = 0) -> Format:
        """Return the format of a column's label."""
        align = "left" if kind is Kind.TEXT else "right"
        return self.format(
            bold=True,
            valign="bottom",
            indent=indent,
            text_wrap=True,
            align=align,
            font_color=INK,
            bg_color=_PALE,
            bottom=2,
            bottom_color=_LINE,
        )

    def title(self) -> Format:
        """Return the format of a sheet's title."""
        return self.format(bold=True, font_size=16, font_color=INK)

    def heading(self) -> Format:
        """Return the format of a table's title."""
        return self.format(bold=True, font_size=12, font_color=INK)

    def faint(self, indent: int = 0) -> Format:
        """Return the format of remarks."""
        return self.format(font_color="#61707f", indent=indent)

    def link(self) -> Format:
        """Return the format of a way to another sheet."""
        return self.format(font_color="#1f6fb2", underline=1)

    def sheet(self, name: Said, header: str) -> Worksheet:
        """Return a new sheet called *name*, set up to be printed: A4 across, one page wide, pages numbered."""
        sheet = self.book.add_worksheet(self._sheet_name(self.say(name)))
        sheet.hide_gridlines(2)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&R&9{header[:_LONGEST_HEADER].replace('&', '&&')}")
        mark = self.mark[:_LONGEST_HEADER].replace("&", "&&")
        sheet.set_footer(f"&L&8{mark}&R&9&P / &N" if mark else "&R&9&P / &N")
        return sheet

    def _sheet_name(self, wanted: str) -> str:
        r"""Return a name that a sheet may have: 31 characters, none of `[]:*?/\`, no quote at its ends, unique."""
        clean = " ".join(re.sub(r"[\[\]:*?/\\]", " ", wanted).split()).strip("'") or "-"
        name, count = cut(clean, _LONGEST_NAME).rstrip("' "), 1
        while name.lower() in self.names or name.lower() == "history":
            count += 1
            name = f"{cut(clean, _LONGEST_NAME - 4).rstrip()} ({count})"
        self.names.add(name.lower())
        return name

    def put(self, sheet: Worksheet, row: int, column: int, cell: PageCell, style: Format) -> None:
        """Write one value with its type; row and column from 0."""
        match cell:
            case None:
                sheet.write_blank(row, column, None, style)
            case Decimal():
                sheet.write_number(row, column, float(cell), style)
            case dt.date():
                sheet.write_datetime(row, column, dt.datetime.combine(cell, dt.time()), style)
            case _:
                sheet.write_string(row, column, cut(self.say(cell), _LONGEST_TEXT), style)

    def row(self, sheet: Worksheet, at: int, table: Table, row: Row) -> None:
        """Write one line of *table*; row from 0."""
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
            indent = {"indent": 1} if place and column.kind is Kind.TEXT else {}
            self.put(sheet, at, place, cell, self.cell(column.kind, cell, row.tone, **indent))

    def total(self, sheet: Worksheet, at: int, table: Table, row: Row) -> None:
        """Write the sums of *table*."""
        for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
            self.put(sheet, at, place, cell, self.cell(column.kind, cell, bold=True, top=1, top_color=_LINE))

    def heads(self, sheet: Worksheet, at: int, table: Table) -> None:
        """Write the labels of *table*'s columns."""
        for place, column in enumerate(table.columns):
            indent = 1 if place and column.kind is Kind.TEXT else 0
            sheet.write_string(at, place, self.say(column.label), self.head(column.kind, indent))
        sheet.set_row_pixels(at, HEAD_ROW)


_TITLE_ROW: Final = 0
_SUM_ROW: Final = 1
_LABELS: Final = 2
_FIRST_ROW: Final = 3


def table_sheet(look: Look, table: Table, header: str, help_: Said | None = None) -> Worksheet:
    """Add a sheet with *table* alone: title, sums that follow the filter, frozen labels, rows; return it."""
    sheet = look.sheet(table.title, header)
    sheet.write_string(_TITLE_ROW, 0, look.say(table.title), look.title())
    if help_ is not None:
        sheet.write_string(_SUM_ROW, 0, look.say(help_), look.faint())
    look.heads(sheet, _LABELS, table)
    for at, row in enumerate(table.rows, start=_FIRST_ROW):
        look.row(sheet, at, table, row)
    if not table.rows:
        sheet.write_string(_FIRST_ROW, 0, look.say(table.empty), look.faint())
    for place, width in enumerate(widths(look, table)):
        sheet.set_column(place, place, width)
    last = max(_LABELS + len(table.rows), _FIRST_ROW)
    if table.rows:
        sheet.autofilter(_LABELS, 0, last, len(table.columns) - 1)
        _sums(look, sheet, table, last)
    sheet.freeze_panes(_FIRST_ROW, 1)
    sheet.repeat_rows(_LABELS)
    sheet.set_row_pixels(_TITLE_ROW, HEAD_ROW)
    return sheet


def _sums(look: Look, sheet: Worksheet, table: Table, last: int) -> None:
    """Write above the labels what the rows that the filter shows add up to."""
    if not any(column.summed for column in table.columns):
        return
    for place, (column, cell) in enumerate(zip(table.columns, totalled_cells(table), strict=True)):
        style = look.cell(column.kind, cell, bold=True)
        if column.summed and isinstance(cell, Decimal):
            rows = f"{xl_rowcol_to_cell(_FIRST_ROW, place)}:{xl_rowcol_to_cell(last, place)}"
            sheet.write_formula(_SUM_ROW, place, f"=SUBTOTAL(109,{rows})", style, float(cell))
        elif place == 0:
            look.put(sheet, _SUM_ROW, place, cell, style)


def totalled_cells(table: Table) -> tuple[PageCell, ...]:
    """Return the sums of *table*, with a label in the first column."""
    total = with_total(table).total
    return total.cells if total else ()


def widths(look: Look, table: Table) -> tuple[int, ...]:
    """Return how wide each column of *table* must be, in letters; labels may take two lines."""
    found = []
    for place, column in enumerate(table.columns):
        cells = (written(row.cells[place], column.kind, look.words, look.lang) for row in table.rows)
        longest = max((wide(each) for each in cells), default=0)
        label = look.say(column.label)
        two_lines = max((wide(label) + 1) // 2, *(wide(each) for each in label.split()))
        found.append(min(max(longest + 3, two_lines + 5, _NARROWEST), _WIDEST))
    return tuple(found)


def wide(shown: str) -> int:
    """Return how many letters *shown* takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in shown)
