"""A spreadsheet as a real .xlsx or .csv file, and back from one."""

import csv
import io

import openpyxl
from openpyxl.styles import Font

from tests.support.google import formula
from tests.support.google.book import Book, Cell
from tests.support.google.clock import moment
from tests.support.google.numberformat import is_moment
from tests.support.google.ranges import Axis
from tests.support.google.typed import understood
from tests.support.google.values import Rendering, effective, read


def as_xlsx(book: Book) -> bytes:
    """All sheets with their values and bold text."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for sheet in book.sheets:
        page = made.create_sheet(sheet.title[:31])
        for row, column, cell in sheet.filled():
            if cell.entered is None:
                continue
            try:
                value = effective(book, sheet, cell)
            except formula.Failed as error:
                value = str(error)
            there = page.cell(row + 1, column + 1)
            there.value = (
                moment(value) if isinstance(value, int | float) and is_moment(cell.format) else value
            )
            if isinstance(value, str) and value.startswith("="):
                there.data_type = "s"
            if ((cell.format or {}).get("textFormat") or {}).get("bold"):
                there.font = Font(bold=True)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def as_csv(book: Book) -> bytes:
    """The first sheet, as it is shown."""
    sheet = book.sheets[0]
    lines = read(book, sheet, sheet.whole, Rendering()).get("values", [])
    width = max((len(line) for line in lines), default=0)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([line + [""] * (width - len(line)) for line in lines])
    return written.getvalue().removesuffix("\r\n").encode()


def from_csv(book: Book, content: bytes) -> None:
    """Put a CSV file's lines into the first sheet, in place of all sheets; text is understood as if typed.

    The sheet takes the spreadsheet's title, and the time zone becomes that of Google's converter.
    """
    sheet = book.sheets[0]
    sheet.look = {"title": book.look["title"]}
    book.look["timeZone"] = "America/Los_Angeles"
    del book.sheets[1:]
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet.cells.clear()
    for axis, size in (
        (Axis.ROWS, len(lines)),
        (Axis.COLUMNS, max((len(line) for line in lines), default=0)),
    ):
        if size > len(sheet.lines(axis)):
            book.grow(sheet, axis, size - len(sheet.lines(axis)))
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            value, brought = understood(text, None, str(book.look["locale"]))
            sheet.put(row, column, Cell(entered=value, format={"numberFormat": brought} if brought else None))
