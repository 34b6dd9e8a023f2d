"""A person at a real workbook: opens it, finds columns by their labels, types, sorts, inserts rows and saves.

Nothing here knows the engine, and nothing looks at the hidden key row or the hidden ids: only what stands on
the screen. The program is played as Excel behaves (research: owner file `~$name` while it is open, a save goes
to a nameless file that then takes the name). openpyxl is the person's spreadsheet program here, never ours.
"""

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates.form import FieldKey, Form, FormKey, Lang

Typed: TypeAlias = str | int | float | Decimal | dt.date | None
"""What a person types into a cell; None clears it."""

Cells: TypeAlias = Mapping[str, Typed]
"""Field key → what is typed there. The key only says which label the person looks for."""

_LABELS_ROW: Final = 2
_OWNER_SIZE: Final = 165
_OWNER_NAME: Final = 54
_LOOKS: Final = ("font", "fill", "border", "alignment", "number_format")
_FRESH: Final = "5D1C08F2"
"""Excel saves under eight hexadecimal digits first."""


class Sheet:
    """One tab, as the person sees it."""

    def __init__(self, sheet: Worksheet, form: Form, lang: Lang) -> None:
        self._sheet = sheet
        self._form = form
        self._lang = lang
        # A star behind a label says that the field must be filled; nobody reads it as part of the name.
        self._labels = {
            str(cell.value).rstrip("* "): cell.column
            for cell in sheet[_LABELS_ROW]
            if cell.value not in (None, "")
        }

    def column(self, key: str) -> int:
        """Return the column under a field's label. Raises KeyError if no label says so."""
        field = self._form.field(FieldKey(key))
        if field is None:
            raise KeyError(f"{self._form.key} has no field {key}")
        label = field.labels.in_(self._lang)
        if label not in self._labels:
            raise KeyError(f"no column “{label}” in the sheet “{self._sheet.title}”")
        return self._labels[label]

    def read(self, at: int, key: str) -> object:
        """Return what stands in row *at* under a label; None if nothing does."""
        value = self._sheet.cell(row=at, column=self.column(key)).value
        if isinstance(value, dt.datetime):
            return value.date()
        return None if value == "" else value

    def rows(self) -> tuple[int, ...]:
        """Return the rows in which something stands, from the top."""
        columns = tuple(self._labels.values())
        return tuple(
            at
            for at in range(_LABELS_ROW + 1, self._sheet.max_row + 1)
            if any(self._sheet.cell(row=at, column=column).value not in (None, "") for column in columns)
        )

    def find(self, **looks: object) -> tuple[int, ...]:
        """Return the rows that show these values under these labels (None: nothing stands there)."""
        return tuple(
            at for at in self.rows() if all(self.read(at, key) == value for key, value in looks.items())
        )

    def type(self, at: int, cells: Cells) -> None:
        """Type into cells of row *at*."""
        for key, typed in cells.items():
            self._put(at, self.column(key), typed)

    def add(self, cells: Cells) -> int:
        """Type a new row into the first empty one; return its number."""
        filled = set(self.rows())
        at = next(at for at in range(_LABELS_ROW + 1, self._sheet.max_row + 2) if at not in filled)
        self.type(at, cells)
        return at

    def sort(self, key: str, *, descending: bool = False) -> None:
        """Sort all rows with all their columns, as the sort button does; empty cells come last."""
        by = self.column(key) - 1
        rows = [[cell.value for cell in row] for row in self._sheet.iter_rows(min_row=_LABELS_ROW + 1)]
        filled = [row for row in rows if row[by] not in (None, "")]
        empty = [row for row in rows if row[by] in (None, "")]
        filled.sort(key=lambda row: (str(type(row[by])), row[by]), reverse=descending)
        for at, row in enumerate((*filled, *empty), start=_LABELS_ROW + 1):
            for column, value in enumerate(row, start=1):
                self._sheet.cell(row=at, column=column).value = value

    def insert(self, above: int) -> None:
        """Insert an empty row above row *above*."""
        self._sheet.insert_rows(above)

    def _put(self, at: int, column: int, typed: Typed) -> None:
        cell = self._sheet.cell(row=at, column=column)
        if not cell.has_style:
            # A program formats a new cell like its column; openpyxl leaves that to whoever uses it.
            like = self._sheet.column_dimensions[get_column_letter(column)]
            for name in _LOOKS:
                setattr(cell, name, copy(getattr(like, name)))
        cell.value = float(typed) if isinstance(typed, Decimal) else typed
        if isinstance(typed, dt.date) and cell.number_format == "General":
            cell.number_format = "yyyy-mm-dd"


class Book:
    """An open workbook."""

    def __init__(self, book: Workbook, forms: Mapping[FormKey, Form], lang: Lang) -> None:
        self._book = book
        self._forms = forms
        self._lang = lang

    def sheet(self, form: str) -> Sheet:
        """Return the tab that is named after *form*. Raises KeyError if there is none."""
        declared = self._forms[FormKey(form)]
        return Sheet(self._book[declared.labels.in_(self._lang)], declared, self._lang)

    def form_called(self, label: object) -> FormKey | None:
        """Return the form whose tab has this name."""
        return next((key for key, form in self._forms.items() if form.labels.in_(self._lang) == label), None)

    def save_to(self, path: Path) -> None:
        """Write the workbook: into a file without a name first, which then takes the name."""
        fresh = path.with_name(_FRESH)
        self._book.save(fresh)
        fresh.replace(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where a person sits: his name, and the file before him."""

    who: str
    path: Path
    forms: Mapping[FormKey, Form]
    lang: Lang

    @contextmanager
    def open(self) -> Iterator[Book]:
        """Open the workbook, with its owner file beside it; save and close it at the end.

        What was not saved because of an error is lost, as it is when a program crashes.
        """
        owner = self.path.with_name(f"~${self.path.name}")
        owner.write_bytes(owner_record(self.who))
        try:
            book = self.look()
            yield book
            book.save_to(self.path)
        finally:
            owner.unlink()

    def look(self) -> Book:
        """Read the workbook without opening it for work."""
        return Book(openpyxl.load_workbook(self.path), self.forms, self.lang)

    def take_along(self, to: Path) -> "Seat":
        """Copy the file as it is, to work on the copy elsewhere."""
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path, to)
        return Seat(who=self.who, path=to, forms=self.forms, lang=self.lang)

    def bring_back(self, copy: "Seat") -> None:
        """Put a copy that was taken along in the place of the file."""
        fresh = self.path.with_name(_FRESH)
        shutil.copyfile(copy.path, fresh)
        fresh.replace(self.path)


def owner_record(who: str) -> bytes:
    """Return what Excel writes into its owner file: the user's name twice, padded (as `edges.xlsx.busy` reads it)."""
    narrow = who.encode("utf-8")[:_OWNER_NAME]
    wide = who[:_OWNER_NAME].encode("utf-16-le")
    count = len(wide) // 2
    head = bytes([len(narrow)]) + narrow.ljust(_OWNER_NAME, b" ")
    return (head + count.to_bytes(2, "little") + wide).ljust(_OWNER_SIZE, b"\0")
