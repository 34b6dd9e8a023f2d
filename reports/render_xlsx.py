"""A page as a workbook: the report with native charts, the records behind it, and where each figure comes from."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.page import Block, Chart, Column, Figures, Kind, Page, Paragraph, Points, Row, Said, Table, Tone
from reports.render_text import about, made_for
from reports.written import said, written
from reports.xlsx_charts import WIDTH as CHART_WIDTH
from reports.xlsx_charts import ChartSheet, height
from reports.xlsx_sheets import ROW, Look, table_sheet, wide
from sheet_templates.form import Lang
from sheet_templates.record import text
from sheet_templates.words import Words

_FIRST_WIDTH: Final = 34
_WIDTH: Final = 16
_COLUMNS: Final = 10
_FEWEST_COLUMNS: Final = 6
_LETTER: Final = 8
"""Pixels a letter of column width, generously."""
_PAGE_WIDTH: Final = 690
_PAGE_HEIGHT: Final = 860
"""Pixels inside the margins of an upright A4 page, less some for rows that are higher than others."""
_BEGINNING: Final = 10

_LETTERS: Final = {Lang.ZH_HANT: "Microsoft JhengHei", Lang.ZH_HANS: "Microsoft YaHei", Lang.EN: "Calibri"}

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_row_height": ROW,
}


def workbook(page: Page, words: Words, lang: Lang) -> bytes:
    """Return *page* as an xlsx file in *lang*: the same bytes for the same page."""
    target = io.BytesIO()
    options = {**_OPTIONS, "default_format_properties": {"font_name": _LETTERS[lang], "font_size": 10}}
    with Workbook(target, options) as book:
        mark = said(made_for(page), words, lang) if page.receivers else ""
        look = Look(book=book, words=words, lang=lang, mark=mark)
        made = dt.datetime.combine(page.made or dt.date(1980, 1, 1), dt.time())
        book.set_properties(
            {
                "title": look.say(page.title),
                "subject": look.say(page.subtitle),
                "comments": mark,
                "created": made,
            }
        )
        _fill(page, look)
    return target.getvalue()


def _fill(page: Page, look: Look) -> None:
    header = f"{look.say(page.title)} · {look.say(page.subtitle)}"
    front = look.sheet(text("reports.sheet.summary"), header)
    lists = {
        id(each): table_sheet(look, each, header)
        for each in page.blocks
        if isinstance(each, Table) and _own(each)
    }
    for each in page.details:
        table_sheet(look, each, header)
    table_sheet(look, _sources(page, look), header, text("reports.sheet.sources.help"))
    charts: ChartSheet | None = None
    if any(isinstance(each, Chart) for each in page.blocks):
        sheet = look.sheet(text("reports.sheet.charts"), header)
        sheet.set_column(0, 0, _FIRST_WIDTH)
        sheet.set_column(1, _COLUMNS, _WIDTH)
        charts = ChartSheet(look=look, sheet=sheet)
    _Front(look=look, sheet=front, lists=lists, charts=charts).fill(page)
    front.activate()


def _own(table: Table) -> bool:
    """Return whether *table* lists single things, so that it gets a sheet with columns and a filter of its own."""
    return any(column.kind in {Kind.TEXT, Kind.DATE} for column in table.columns[1:])


@dataclass(slots=True, kw_only=True)
class _Front:
    """The report's first sheet, filled from the top."""

    look: Look
    sheet: Worksheet
    lists: dict[int, Worksheet]
    """Table, by identity → the sheet that it has of its own."""
    charts: ChartSheet | None
    at: int = 0
    """The next free row, from 0."""
    top: int = 0
    """The first row of the printed page."""
    span: int = 0
    """How many columns it uses."""
    page: int = 0
    """How many rows a printed page has."""
    breaks: list[int] = field(default_factory=list)
    """The rows before which a printed page ends: a chart is not cut in two."""

    def fill(self, page: Page) -> None:
        """Write *page*."""
        self.sheet.set_column(0, 0, _FIRST_WIDTH)
        self.sheet.set_column(1, _COLUMNS, _WIDTH)
        self.sheet.set_row_pixels(0, 2 * ROW)
        self._set_up(page)
        self._line(page.title, self.look.title())
        self._line(page.subtitle, self.look.heading())
        for line in about(page, self.look.words, self.look.lang, mailed=False):
            self._line(line, self.look.faint())
        for block in page.blocks:
            self.at += 1
            self._keep(_rows_needed(block))
            match block:
                case Paragraph():
                    self._paragraph(block)
                case Figures():
                    self._figures(block)
                case Table():
                    self._table(block)
                case Chart():
                    self._chart(block)
                case Points():
                    self._points(block)
        self.at += 1
        self._line(text("reports.page.definitions"), self.look.heading())
        for place, note in enumerate(page.footnotes, start=1):
            self._wrapped(f"{place}. {self.look.say(note)}")
        self.sheet.set_h_pagebreaks(self.breaks)

    def _set_up(self, page: Page) -> None:
        """Print upright, one page wide. Excel ignores page breaks then; other programs follow them."""
        tables = (each for each in page.blocks if isinstance(each, Table) and id(each) not in self.lists)
        self.span = max([_FEWEST_COLUMNS, *(len(each.columns) for each in tables)])
        width = max((_FIRST_WIDTH + (self.span - 1) * _WIDTH) * _LETTER, CHART_WIDTH)
        self.page = _PAGE_HEIGHT * width // _PAGE_WIDTH // ROW
        self.sheet.set_portrait()

    def _keep(self, rows: int) -> None:
        """Begin a printed page if the next *rows* rows would not fit on this one."""
        while self.at - self.top >= self.page:
            self.top += self.page
        if self.at + rows - self.top > self.page:
            self.breaks.append(self.at)
            self.top = self.at

    def _line(self, what: Said, style: Format) -> None:
        self.sheet.write_string(self.at, 0, self.look.say(what), style)
        self.at += 1

    def _wrapped(self, line: str, tone: Tone = Tone.PLAIN) -> None:
        """Write a sentence across the sheet, on as many lines as it needs."""
        room = _FIRST_WIDTH + (self.span - 1) * _WIDTH
        self.sheet.merge_range(self.at, 0, self.at, self.span - 1, "")
        self.sheet.write_string(self.at, 0, line, self.look.cell(Kind.TEXT, line, tone))
        self.sheet.set_row_pixels(self.at, ROW * (1 + wide(line) // room))
        self.at += 1

    def _paragraph(self, block: Paragraph) -> None:
        if block.heading:
            self._line(block.heading, self.look.heading())
        self._wrapped(self.look.say(block.text), block.tone)

    def _figures(self, block: Figures) -> None:
        """Write the tiles: now, before, change, and what is said beside them."""
        labels = ("figures", "value", "before", "change", "note")
        for place, name in enumerate(labels):
            label = text("reports.change") if name == "change" else text(f"reports.sheet.{name}")
            kind = Kind.NUMBER if 0 < place < len(labels) - 1 else Kind.TEXT
            self.sheet.write_string(
                self.at,
                place,
                self.look.say(label),
                self.look.head(kind, indent=1 if place == len(labels) - 1 else 0),
            )
        for figure in block.figures:
            self.at += 1
            cells = (
                (figure.label, Kind.TEXT, Tone.PLAIN),
                (figure.value, figure.kind, Tone.PLAIN),
                (figure.before, figure.kind, Tone.PLAIN),
                (figure.change, Kind.PERCENT, figure.tone),
            )
            for place, (cell, kind, tone) in enumerate(cells):
                bold = {"bold": True} if place == 1 else {}
                self.look.put(self.sheet, self.at, place, cell, self.look.cell(kind, cell, tone, **bold))
            if figure.note:
                self.sheet.write_string(
                    self.at, len(cells), self.look.say(figure.note), self.look.faint(indent=1)
                )
        self.at += 1

    def _table(self, table: Table) -> None:
        self._line(table.title, self.look.heading())
        own = self.lists.get(id(table))
        if not table.rows:
            self._line(table.empty, self.look.faint())
        elif own is not None:
            told = self.look.say(text("reports.sheet.rows", count=str(len(table.rows)), sheet=own.get_name()))
            target = own.get_name().replace("'", "''")
            self.sheet.write_url(self.at, 0, f"internal:'{target}'!A1", self.look.link(), told)
            self.at += 1
        else:
            self._rows(table)
        if table.note and table.rows:
            self._line(table.note, self.look.faint())

    def _rows(self, table: Table) -> None:
        self.look.heads(self.sheet, self.at, table)
        for row in table.rows:
            self.at += 1
            self.look.row(self.sheet, self.at, table, row)
        if table.total:
            self.at += 1
            self.look.total(self.sheet, self.at, table, table.total)
        self.at += 1

    def _chart(self, chart: Chart) -> None:
        if self.charts is None:
            return
        self.sheet.insert_chart(self.at, 0, self.charts.add(chart), {"x_offset": 4, "y_offset": 4})
        self.at += height(chart) // ROW + 1

    def _points(self, block: Points) -> None:
        self._line(block.title, self.look.heading())
        for point in block.points:
            self._wrapped(
                " ".join(self.look.say(each) for each in (point.headline, *point.lines)), point.tone
            )


def _rows_needed(block: Block) -> int:
    """Return how many rows of *block* must stay on one printed page: all of a chart, the beginning of a table."""
    match block:
        case Chart():
            return height(block) // ROW + 1
        case Table():
            return min(len(block.rows), _BEGINNING) + 4
        case Figures():
            return len(block.figures) + 2
        case _:
            return 3


def _sources(page: Page, look: Look) -> Table:
    """Return one line for each figure and each record that it was computed from."""
    columns = (
        Column(label=text("reports.sheet.sources.section")),
        Column(label=text("reports.sheet.sources.figure")),
        Column(label=text("reports.sheet.sources.number")),
    )
    rows = tuple(
        Row(cells=(section, figure, number), numbers=(number,))
        for section, figure, numbers in _traced(page, look)
        for number in numbers
    )
    return Table(
        title=text("reports.sheet.sources"), columns=columns, rows=rows, empty=text("reports.no_records")
    )


def _traced(page: Page, look: Look) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (section, figure, record numbers) of all figures; a list's rows are records themselves."""
    for block in page.blocks:
        match block:
            case Figures():
                section = look.say(text("reports.sheet.figures"))
                for figure in block.figures:
                    yield section, look.say(figure.label), figure.numbers
            case Table():
                for row in block.rows:
                    name = written(row.cells[0], block.columns[0].kind, look.words, look.lang)
                    if row.numbers != (name,):
                        yield look.say(block.title), name, row.numbers
            case _:
                continue
