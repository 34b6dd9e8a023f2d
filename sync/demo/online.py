"""A department at a Google spreadsheet: sees what the browser shows, and types as people do there.

Played through the API, by the service account: a demo has no people's passwords. What is typed is understood by Google
as if somebody had typed it (`USER_ENTERED`), cell by cell, when the person is done.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.workbook import Workbook

from sheet_templates.form import Form, FormKey, Lang
from sheet_templates.record import Broken, Cell
from sync.demo.seat import Book
from sync.edges.google.call import Call
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.read import grid_of
from sync.edges.google.snapshot import Snapshot
from sync.edges.xlsx.a1 import ref

_VALUES: Final = "https://sheets.googleapis.com/v4/spreadsheets/{id}/values:batchUpdate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """What of a demo's company is online, and how Google is reached."""

    key_file: Path
    desks: tuple[str, ...]
    address: str = ""
    """In place of Google's: a relay, or an emulator."""
    folder: str = ""
    """On a shared drive."""
    requests: int = 55
    """So many may be sent in a minute."""

    def settings(self) -> str:
        """Return the lines of `deskbook.toml`."""
        desks = ", ".join(f'"{each}"' for each in self.desks)
        return (
            f'\n[google]\nkey_file = "{self.key_file.resolve().as_posix()}"\ndesks = [{desks}]\n'
            f'address = "{self.address}"\nfolder = "{self.folder}"\n'
            f"requests_a_minute = {self.requests}\nquiet_seconds = 0\npoll_seconds = 0\n"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineSeat:
    """Where somebody sits before a spreadsheet."""

    who: str
    id: str
    desks: GoogleDesks
    forms: Mapping[FormKey, Form]
    lang: Lang

    @contextmanager
    def open(self) -> Iterator[Book]:
        """Look at the spreadsheet, and type into it what was changed by the end."""
        book = _book(self._seen())
        before = _cells(book)
        yield Book(book, self.forms, self.lang)
        changed = [
            {"range": f"'{title}'!{ref(row, column)}", "values": [[_typed(value)]]}
            for (title, row, column), value in _cells(book).items()
            if before.get((title, row, column)) != value
        ]
        changed += [
            {"range": f"'{title}'!{ref(row, column)}", "values": [[""]]}
            for title, row, column in before.keys() - _cells(book).keys()
        ]
        if changed:
            body = {"valueInputOption": "USER_ENTERED", "data": changed}
            call = Call(method="post", url=_VALUES.format(id=self.id), body=body)
            self.desks.mirror.drive.line.ask(call)

    def look(self) -> Book:
        """Look at the spreadsheet."""
        return Book(_book(self._seen()), self.forms, self.lang)

    def _seen(self) -> Snapshot:
        return self.desks.mirror.drive.read(self.id).snapshot


def _book(snapshot: Snapshot) -> Workbook:
    """Return what the browser shows, as the hands of `seat` know it."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for tab in snapshot.tabs:
        sheet = book.create_sheet(tab.title)
        for at, row in enumerate(grid_of(tab), start=1):
            for column, cell in enumerate(row, start=1):
                if cell is not None:
                    sheet.cell(row=at, column=column).value = _shown(cell)
    return book


def _shown(cell: Cell) -> Any:
    return cell.text if isinstance(cell, Broken) else cell


def _cells(book: Workbook) -> dict[tuple[str, int, int], Any]:
    return {
        (sheet.title, cell.row, cell.column): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value not in (None, "")
    }


def _typed(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)
