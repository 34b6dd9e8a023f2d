"""People who work in a spreadsheet by hand, at the same time as the program."""

from dataclasses import dataclass
from typing import Any

from tests.support.google import batch, values
from tests.support.google.book import Book, Sheet
from tests.support.google.change import Change
from tests.support.google.checks import check_validation
from tests.support.google.drive import ROLES, File
from tests.support.google.errors import Answer, Json, Refused
from tests.support.google.ranges import Area, column_number
from tests.support.google.values import Rendering
from tests.support.google.world import MANAGERS, World

WRITERS = ("writer", *MANAGERS)


class NotAllowed(Exception):  # noqa: N818 - what a person is told
    """What Google shows a person who may not do this, or whose input a strict validation refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an address."""

    world: World
    mail: str

    def open(self, spreadsheet: str) -> "Hand":
        """The spreadsheet under this person's hands. Raises NotAllowed if it is not shared with them."""
        hand = Hand(world=self.world, mail=self.mail, spreadsheet=spreadsheet)
        hand.sheets()
        return hand

    def trash(self, file: str) -> None:
        """Throw a file into the bin."""
        with self.world.lock:
            self._may(file, MANAGERS).trashed = True
            self.world.touch(self.world.files[file], self.mail)

    def delete(self, file: str) -> None:
        """Delete a file for ever."""
        with self.world.lock:
            self._may(file, ("owner", "organizer"))
            del self.world.files[file]

    def share(self, file: str, mail: str, role: str = "writer") -> None:
        with self.world.lock:
            self.world.grant(self._may(file, WRITERS), "user", role, mail)

    def unshare(self, file: str, mail: str) -> None:
        """Take away what *mail* was given directly."""
        with self.world.lock:
            found = self._may(file, WRITERS)
            found.permissions = {key: one for key, one in found.permissions.items() if one.mail != mail}

    def move(self, file: str, folder: str) -> None:
        """Drag a file into another folder, or onto a shared drive; its id stays."""
        with self.world.lock:
            self.world.move(self._may(file, WRITERS), folder)

    def lock(self, file: str, locked: bool = True) -> None:
        """Make a file read-only for everybody, or end that."""
        with self.world.lock:
            self._may(file, WRITERS).locked = locked

    def copy(self, file: str, name: str) -> str:
        """Make a copy, which is their own and shared with nobody; its id."""
        with self.world.lock:
            return self.world.copy(self._may(file, ROLES), name, self.mail).id

    def _may(self, number: str, roles: tuple[str, ...]) -> File:
        file = self.world.files.get(number)
        if file is None or self.world.role_of(file, self.mail) not in roles:
            raise NotAllowed(f"{self.mail} may not do this with {number}")
        return file


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A person in one spreadsheet. Places are in A1 notation (`Orders!B3`), rows count from 1."""

    world: World
    mail: str
    spreadsheet: str

    def sheets(self) -> list[str]:
        """Titles of the sheets that are not hidden."""
        return [sheet.title for sheet in self._read().sheets if not sheet.look.get("hidden")]

    def see(self, place: str) -> list[list[str]]:
        """What cells show."""
        with self.world.lock:
            book = self._read()
            sheet, area = values.resolve(book, place)
            shown: list[list[str]] = values.read(book, sheet, sheet.box(area), Rendering()).get("values", [])
            return shown

    def type(self, place: str, *lines: Any) -> None:
        """Type into cells from *place* on: one text for one cell, or lists for rows. Text is understood as typed.

        Raises NotAllowed for a protected cell, and where a strict validation refuses the input.
        """
        rows = [list(line) if isinstance(line, list | tuple) else [line] for line in lines]
        with self.world.lock:
            book = self._writable().copy()
            sheet, area = self._place(book, place)
            file = self.world.files[self.spreadsheet]
            try:
                caller = self.world.caller(file, self.mail)
                box = values.write(book, sheet, area, rows, option="USER_ENTERED", caller=caller)
                for row in box.rows:
                    for column in box.columns:
                        check_validation(book, sheet, sheet.at(row, column))
            except Refused as no:
                raise NotAllowed(str(no)) from None
            self.world.keep(file, book, self.mail)

    def clear(self, place: str) -> None:
        """Press the delete key on a range."""
        self._do(lambda book: [self._cells(book, place, {}, "userEnteredValue")])

    def insert_rows(self, sheet: str, before: int, count: int = 1) -> None:
        self._lines("insertDimension", sheet, "ROWS", before - 1, count)

    def delete_rows(self, sheet: str, first: int, count: int = 1) -> None:
        self._lines("deleteDimension", sheet, "ROWS", first - 1, count)

    def insert_columns(self, sheet: str, before: str, count: int = 1) -> None:
        """Put in columns before the one of that letter."""
        self._lines("insertDimension", sheet, "COLUMNS", column_number(before), count)

    def delete_columns(self, sheet: str, first: str, count: int = 1) -> None:
        self._lines("deleteDimension", sheet, "COLUMNS", column_number(first), count)

    def add_rows(self, sheet: str, count: int) -> None:
        """The button below the last row: more empty rows."""
        self._do(
            lambda book: [
                {"appendDimension": {"sheetId": _id(book, sheet), "dimension": "ROWS", "length": count}}
            ]
        )

    def move_rows(self, sheet: str, first: int, count: int, before: int) -> None:
        """Drag rows to above row *before*."""

        def asked(book: Book) -> list[Json]:
            span = {
                "sheetId": _id(book, sheet),
                "dimension": "ROWS",
                "startIndex": first - 1,
                "endIndex": first - 1 + count,
            }
            return [{"moveDimension": {"source": span, "destinationIndex": before - 1}}]

        self._do(asked)

    def sort(self, place: str, column: str, descending: bool = False) -> None:
        """Sort a range by one column."""

        def asked(book: Book) -> list[Json]:
            spec = {
                "dimensionIndex": column_number(column),
                "sortOrder": "DESCENDING" if descending else "ASCENDING",
            }
            return [{"sortRange": {"range": self._grid(book, place), "sortSpecs": [spec]}}]

        self._do(asked)

    def copy(self, source: str, target: str, kind: str = "PASTE_NORMAL") -> None:
        """Copy a range and paste it; also over what a validation would refuse, as pasting does."""
        self._do(
            lambda book: [
                {
                    "copyPaste": {
                        "source": self._grid(book, source),
                        "destination": self._grid(book, target),
                        "pasteType": kind,
                    }
                }
            ]
        )

    def cut(self, source: str, target: str) -> None:
        """Cut a range and paste it; *target* is its first cell."""

        def asked(book: Book) -> list[Json]:
            sheet, area = self._place(book, target)
            start = {"sheetId": sheet.id, "rowIndex": area.top or 0, "columnIndex": area.left or 0}
            return [{"cutPaste": {"source": self._grid(book, source), "destination": start}}]

        self._do(asked)

    def rename(self, sheet: str, title: str) -> None:
        self._do(
            lambda book: [
                {
                    "updateSheetProperties": {
                        "properties": {"sheetId": _id(book, sheet), "title": title},
                        "fields": "title",
                    }
                }
            ]
        )

    def add_sheet(self, title: str) -> None:
        self._do(lambda book: [{"addSheet": {"properties": {"title": title}}}])

    def delete_sheet(self, sheet: str) -> None:
        self._do(lambda book: [{"deleteSheet": {"sheetId": _id(book, sheet)}}])

    def format(self, place: str, form: Json) -> None:
        """Give cells a userEnteredFormat, such as a number format."""
        self._do(
            lambda book: [
                {
                    "repeatCell": {
                        "range": self._grid(book, place),
                        "cell": {"userEnteredFormat": form},
                        "fields": ",".join(f"userEnteredFormat.{name}" for name in form),
                    }
                }
            ]
        )

    def note(self, place: str, text: str) -> None:
        self._do(lambda book: [self._cells(book, place, {"note": text}, "note")])

    def version(self) -> Book:
        """The spreadsheet as it stands, to be restored later."""
        return self._read()

    def restore(self, version: Book) -> None:
        """Go back to an earlier version, as from the version history: values, formats, sheets, developer metadata."""
        with self.world.lock:
            self._writable()
            self.world.keep(self.world.files[self.spreadsheet], version, self.mail)

    def request(self, *requests: Json) -> None:
        """Anything else, as requests of a batchUpdate."""
        self._do(lambda book: list(requests))

    def _cells(self, book: Book, place: str, cell: Json, fields: str) -> Json:
        return {"repeatCell": {"range": self._grid(book, place), "cell": cell, "fields": fields}}

    def _lines(self, kind: str, sheet: str, axis: str, start: int, count: int) -> None:
        def asked(book: Book) -> list[Json]:
            span = {
                "sheetId": _id(book, sheet),
                "dimension": axis,
                "startIndex": start,
                "endIndex": start + count,
            }
            return [{kind: {"range": span}}]

        self._do(asked)

    def _place(self, book: Book, place: str) -> tuple[Sheet, Area]:
        return values.resolve(book, place)

    def _grid(self, book: Book, place: str) -> Json:
        sheet, area = self._place(book, place)
        return area.json() | {"sheetId": sheet.id}

    def _read(self) -> Book:
        try:
            return self.world.readable(self.spreadsheet, self.mail)[1]
        except Answer as no:
            raise NotAllowed(str(no)) from None

    def _writable(self) -> Book:
        try:
            return self.world.writable(self.spreadsheet, self.mail)[1]
        except Answer as no:
            raise NotAllowed(str(no)) from None

    def _do(self, asked: Any) -> None:
        with self.world.lock:
            book = self._writable()
            file = self.world.files[self.spreadsheet]
            book.marks_follow_a_sort = self.world.rules.metadata_follows_a_sort
            change = Change(
                book=book,
                caller=self.world.caller(file, self.mail),
                owner=file.owner,
                project="a person's hand",
            )
            try:
                new, _ = batch.applied(change, asked(book))
            except Answer as no:
                if no.code == 501:
                    raise
                raise NotAllowed(str(no)) from None
            self.world.keep(file, new, self.mail)


def _id(book: Book, title: str) -> int:
    sheet = book.titled(title)
    if sheet is None:
        raise NotAllowed(f"there is no sheet {title}")
    return sheet.id
