"""A person at a real workbook: types, sorts, inserts, and saves it. What is more than typing, openpyxl does."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates.form import ID, FieldKey, Form, FormKey
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.folder import XlsxFolder
from sync.edges.xlsx.read import read_desk
from sync.edges.xlsx.versions import hash_of
from sync.ports import DeskCopy, RowCopy, Shown
from tests.support.pen import Pen

HEADER = 2


class Person:
    """Does to real files what `tests.support.workbooks.FakeWorkbooks` lets people do to fake ones."""

    def __init__(self, folder: XlsxFolder) -> None:
        self.folder = folder

    def place(self, path: PurePath) -> Path:
        return self.folder.workspace / path

    def open_by(self, path: PurePath, who: str) -> None:
        """Open the file in LibreOffice's way: its lock appears."""
        self._lock(path).write_text(f",{who},host,21.11.2026 16:07,file:///profile;", encoding="utf-8")

    def close(self, path: PurePath) -> None:
        self._lock(path).unlink()

    def take(self, path: PurePath) -> bytes:
        return self.place(path).read_bytes()

    def put_back(self, path: PurePath, raw: bytes) -> None:
        self.place(path).write_bytes(raw)

    def remove(self, path: PurePath) -> None:
        self.place(path).unlink()

    def type_cell(self, path: PurePath, form: FormKey, at: int, field: FieldKey, value: Shown) -> None:
        self.type_cells(path, form, at, {field: value})

    def type_cells(self, path: PurePath, form: FormKey, at: int, values: Mapping[FieldKey, Shown]) -> None:
        """Type into several cells of one row, and save once."""
        if not any(isinstance(each, (dt.date, dt.time)) for each in values.values()):
            pen = self._pen(path, form)
            self._typed(pen, path, at, values)
            return
        # A date in a cell of no date's format needs one: that is a program's work.
        with self.sheet(path, form) as sheet:
            for field, value in values.items():
                _type(sheet, at, _columns(sheet)[field], value)

    def add_row(self, path: PurePath, form: FormKey, values: Mapping[FieldKey, Shown]) -> int:
        if not any(isinstance(each, (dt.date, dt.time)) for each in values.values()):
            pen = self._pen(path, form)
            own = pen.columns[ID]
            rows = pen.rows()
            at = next(
                each
                for each in range(HEADER + 1, rows[-1] + 2)
                if all(value is None for column, value in pen.row(each).items() if column != own)
            )
            self._typed(pen, path, at, values)
            return at
        with self.sheet(path, form) as sheet:
            columns = _columns(sheet)
            at = next(at for at in range(HEADER + 1, sheet.max_row + 2) if _is_free(sheet, at, columns[ID]))
            for field, value in values.items():
                _type(sheet, at, columns[field], value)
        return at

    def sort(self, path: PurePath, form: FormKey, field: FieldKey, *, reverse: bool = False) -> None:
        with self.sheet(path, form) as sheet:
            at = _columns(sheet)[field] - 1
            rows = [_values(sheet, each) for each in range(HEADER + 1, sheet.max_row + 1)]
            rows = [row for row in rows if any(each is not None for each in row)]
            filled = sorted(
                (row for row in rows if row[at] is not None), key=lambda row: str(row[at]), reverse=reverse
            )
            empty = [row for row in rows if row[at] is None]
            for number, row in enumerate((*filled, *empty), start=HEADER + 1):
                for column, value in enumerate(row, start=1):
                    sheet.cell(row=number, column=column).value = value

    def insert_row(self, path: PurePath, form: FormKey, at: int) -> None:
        with self.sheet(path, form) as sheet:
            sheet.insert_rows(at)

    def delete_row(self, path: PurePath, form: FormKey, at: int) -> None:
        pen = self._pen(path, form)
        pen.delete(at)
        pen.save(self.place(path))

    def copy_row(self, path: PurePath, form: FormKey, at: int) -> int:
        with self.sheet(path, form) as sheet:
            new = sheet.max_row + 1
            for column, value in enumerate(_values(sheet, at), start=1):
                sheet.cell(row=new, column=column).value = value
        return new

    def bind(self, path: PurePath, form: FormKey, at: int, field: FieldKey) -> None:
        """Make one array formula of a cell and the one below it."""
        with self.sheet(path, form) as sheet:
            first, below = (sheet.cell(row=row, column=_columns(sheet)[field]) for row in (at, at + 1))
            below.value = None
            first.value = ArrayFormula(f"{first.coordinate}:{below.coordinate}", "=1*1")

    def drop_column(self, path: PurePath, form: FormKey, field: FieldKey) -> None:
        with self.book(path) as book:
            sheet = _sheet(book, self.folder.forms[form])
            at = _columns(sheet)[field]
            sheet.delete_cols(at)
            # openpyxl moves the cells only: a program moves the names with their columns.
            for name in [each for each in book.defined_names if each.startswith("_db_")]:
                del book.defined_names[name]

    def noted(self, beside: PurePath) -> dict[str, str]:
        """Return the notes that lie beside a file, as Notepad shows them."""
        notes = self.place(beside).parent.glob("*.txt")
        return {each.name: each.read_bytes().decode("utf-8-sig").replace("\r\n", "\n") for each in notes}

    def rows(self, path: PurePath, form: FormKey) -> tuple[RowCopy, ...]:
        return _read(self.take(path), path, _These(self.folder.forms), self.folder.limits).sheets[form].rows

    @contextmanager
    def sheet(self, path: PurePath, form: FormKey) -> Iterator[Worksheet]:
        """Open the sheet of *form*; save it at the end, as Excel does: into a new file that takes the name."""
        with self.book(path) as book:
            yield _sheet(book, self.folder.forms[form])

    @contextmanager
    def book(self, path: PurePath) -> Iterator[Workbook]:
        place = self.place(path)
        book = openpyxl.load_workbook(place)
        yield book
        fresh = place.with_name("1A2B3C4D")
        book.save(fresh)
        fresh.replace(place)

    def _pen(self, path: PurePath, form: FormKey) -> Pen:
        return Pen(self.place(path), self.folder.forms[form].labels.every())

    def _typed(self, pen: Pen, path: PurePath, at: int, values: Mapping[FieldKey, Shown]) -> None:
        for field, value in values.items():
            assert value is None or isinstance(value, (str, bool, Decimal, int, float))
            plain = value if value is None or isinstance(value, (str, bool)) else Decimal(str(value))
            pen.put(at, pen.columns[field], plain)
        pen.save(self.place(path))

    def _lock(self, path: PurePath) -> Path:
        return self.place(path).with_name(f".~lock.{path.name}#")


class _These:
    """Forms that are the same if they are the very same."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        self.forms = forms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _These) and self.forms is other.forms

    def __hash__(self) -> int:
        return id(self.forms)


@lru_cache(maxsize=64)
def _read(raw: bytes, path: PurePath, these: _These, limits: Limits) -> DeskCopy:
    """Return what a file says: people look at the same one again and again."""
    copy = read_desk(raw, path=path, file=hash_of(raw), forms=these.forms, limits=limits)
    assert isinstance(copy, DeskCopy), copy
    return copy


def _sheet(book: Workbook, form: Form) -> Worksheet:
    return next(sheet for sheet in book.worksheets if sheet.title in form.labels.every())


def _columns(sheet: Worksheet) -> dict[FieldKey, int]:
    return {FieldKey(str(cell.value)): cell.column for cell in sheet[1] if cell.value is not None}


def _values(sheet: Worksheet, at: int) -> list[Any]:
    return [cell.value for cell in sheet[at]]


def _is_free(sheet: Worksheet, at: int, id_column: int) -> bool:
    return all(cell.value is None for cell in sheet[at] if cell.column != id_column)


def _type(sheet: Worksheet, at: int, column: int, value: Shown) -> None:
    cell = sheet.cell(row=at, column=column)
    cell.value = float(value) if isinstance(value, Decimal) else value
    if isinstance(value, str):
        cell.data_type = "s"
    if isinstance(value, dt.date):
        cell.number_format = "yyyy-mm-dd"
