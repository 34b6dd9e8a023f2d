"""Workbooks in memory: what `sync.ports.Workbooks` promises, fast, with hands that type into the files."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import PurePath

from sheet_templates.form import ID, Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Problem, RecordId, Severity, text
from sheet_templates.sheets import sheets_of
from sync.ports import (
    Cell,
    DeskCopy,
    Found,
    Hash,
    Patch,
    Put,
    Refused,
    RenderId,
    RowCopy,
    SheetCopy,
    Shown,
    Why,
    Writers,
    Written,
)

HEADER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSheet:
    """A form's sheet: its columns, and what stands in its rows by their number."""

    columns: tuple[FieldKey, ...]
    rows: Mapping[int, Mapping[FieldKey, Cell]]
    bound: frozenset[tuple[int, FieldKey]] = frozenset()
    """Cells that belong to something larger: writes leave them."""

    def put(self, at: int, field: FieldKey, cell: Cell) -> "FakeSheet":
        row = {**self.rows.get(at, {}), field: cell}
        kept = {key: value for key, value in row.items() if value is not None}
        rows = {**self.rows, at: kept}
        if not kept:
            del rows[at]
        return replace(self, rows=rows)

    @property
    def last(self) -> int:
        return max((HEADER, *self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeFile:
    """One version of a workbook. Never changed: a save puts another one in its place."""

    desk: DeskKey
    render: RenderId | None
    sheets: Mapping[FormKey, FakeSheet]

    @property
    def hash(self) -> Hash:
        said = [
            (
                form,
                sheet.columns,
                [(at, sorted(sheet.rows[at].items())) for at in sorted(sheet.rows)],
                sorted(sheet.bound),
            )
            for form, sheet in sorted(self.sheets.items())
        ]
        return Hash(hashlib.sha256(repr((self.desk, self.render, said)).encode()).hexdigest())


class FakeWorkbooks:
    """A `sync.ports.Workbooks` without files, and the hands of the people who use it.

    *race*, if set, happens once within the next write: after the last look at the file, before it is replaced.
    """

    def __init__(self, forms: Mapping[FormKey, Form], root: str = "desks") -> None:
        self.forms = forms
        self.root = PurePath(root)
        self.files: MutableMapping[PurePath, FakeFile] = {}
        self.versions: dict[Hash, FakeFile] = {}
        self.open: dict[PurePath, str] = {}
        self.shared: set[PurePath] = set()
        """Files in folders in which others may write."""
        self.gone = False
        """The desks' folder cannot be reached."""
        self.race: Callable[[], None] | None = None
        self.displaced: list[Hash] = []
        """Versions that were displaced unread."""
        self.notes: dict[PurePath, str] = {}
        self._saves = 0
        self._saved: dict[PurePath, int] = {}

    def begin_as(self, other: "FakeWorkbooks") -> None:
        """Hold what *other* holds now."""
        self.files.update(other.files)
        self.versions.update(other.versions)
        self._saved.update(other._saved)
        self._saves = other._saves

    # What the daemon sees

    def scan(self) -> tuple[Found, ...]:
        if self.gone:
            raise FileNotFoundError(str(self.root))
        return tuple(
            Found(
                path=path,
                size=sum(len(each.rows) for each in file.sheets.values()),
                modified=self._saved[path],
            )
            for path, file in sorted(self.files.items())
            if path.is_relative_to(self.root)
        )

    def busy(self, path: PurePath) -> str | None:
        return self.open.get(path)

    def digest(self, path: PurePath) -> Hash | None:
        file = self._at(path)
        return None if file is None else file.hash

    def live(self, path: PurePath) -> bool:
        return False

    def private(self, path: PurePath) -> bool:
        return self.writers(path) is Writers.OWN

    def writers(self, path: PurePath) -> Writers:
        if self._at(path) is None:
            return Writers.UNSEEN
        return Writers.OTHERS if path in self.shared else Writers.OWN

    def sweep(self, *, clear: bool = True) -> tuple[Hash, ...]:
        if self.gone:
            raise FileNotFoundError(str(self.root))
        swept = tuple(self.displaced)
        if clear:
            self.displaced = []
        return swept

    def kept(self, file: Hash) -> PurePath:
        return PurePath("versions") / file[:2] / file

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        file = self._at(path)
        if file is None:
            what = text("file.missing", name=path.name)
            return Problem(what=what, mend=text("file.missing.mend"), file=path.name)
        if keep:
            self.versions[file.hash] = file
        return DeskCopy(
            path=path,
            file=file.hash,
            render=file.render,
            desk=file.desk,
            sheets={form: _sheet_copy(form, sheet) for form, sheet in file.sheets.items()},
        )

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        if self.gone:
            return Refused(why=Why.MISSING)
        if path in self.files:
            return Refused(why=Why.CHANGED)
        if of is not None and of not in self.versions:
            return Refused(why=Why.HARM)
        sheets = {form.key: self._template(form, desk) for form in sheets_of(desk.role, self.forms)}
        start = FakeFile(desk=desk.key, render=None, sheets=sheets) if of is None else self.versions[of]
        placed = self._placed(start, patch)
        file, left = _patched(self._shaped(start, patch), patch)
        self._put(path, file)
        self.versions[file.hash] = file
        return Written(path=path, file=file.hash, left=left, placed=placed)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        refused = self._look(path, expect)
        if refused is not None:
            return refused
        placed = self._placed(self.files[path], patch)
        new, left = _patched(self._shaped(self.files[path], patch), patch)
        self.versions[new.hash] = new
        race, self.race = self.race, None
        if race is not None:
            race()
        displaced = self.files[path]
        self.versions[displaced.hash] = displaced
        self._put(path, new)
        unread = displaced.hash if displaced.hash != expect else None
        if unread is not None:
            self.displaced.append(unread)
        return Written(path=path, file=new.hash, displaced=unread, left=left, placed=placed)

    def _template(self, form: Form, desk: Desk) -> FakeSheet:
        return FakeSheet(columns=tuple(field.key for field in form.columns(desk.role)), rows={})

    def _shaped(self, file: FakeFile, patch: Patch) -> FakeFile:
        """Return a file with the sheets and columns that a patch puts in place."""
        if patch.shape is None:
            return file
        sheets = dict(file.sheets)
        for each in patch.sheets:
            if each.anew and each.form not in sheets:
                sheets[each.form] = self._template(self.forms[each.form], patch.shape.desk)
            elif each.form in sheets:
                there = sheets[each.form].columns
                new = tuple(key for key in each.columns if key not in there)
                sheets[each.form] = replace(sheets[each.form], columns=(*there, *new))
        return replace(file, sheets=sheets)

    def _placed(self, file: FakeFile, patch: Patch) -> tuple[Problem, ...]:
        def told(key: str, form: FormKey, **params: str) -> Problem:
            what, mend = text(key, sheet=form, **params), text(f"{key}.mend")
            return Problem(what=what, mend=mend, form=form, severity=Severity.NOTICE)

        after = self._shaped(file, patch).sheets
        anew = [told("sheet.added", key) for key in after if key not in file.sheets]
        wider = [
            told("column.added", key, columns=", ".join(after[key].columns[len(sheet.columns) :]))
            for key, sheet in file.sheets.items()
            if len(after[key].columns) > len(sheet.columns)
        ]
        return (*anew, *wider)

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        refused = self._look(path, expect)
        if refused is not None:
            return refused
        if near:
            found = path.with_name(f"filed {expect[:8]} {path.name}")
            self.versions[expect] = self.files[found] = self.files.pop(path)
            self._saved[found] = self._saved.pop(path)
            return found
        self.versions[expect] = self.files.pop(path)
        return self.kept(expect)

    def note(self, beside: PurePath, name: str, said: str | None) -> None:
        place = beside.with_name(name)
        if said is None:
            self.notes.pop(place, None)
        else:
            self.notes[place] = said

    # What people do

    def noted(self, beside: PurePath) -> dict[str, str]:
        """Return the notes that lie beside a file: what they are called, and what they say."""
        return {place.name: said for place, said in self.notes.items() if place.parent == beside.parent}

    def open_by(self, path: PurePath, who: str) -> None:
        """Somebody opens the file: it is busy until it is closed."""
        self.open[path] = who

    def close(self, path: PurePath) -> None:
        self.open.pop(path, None)

    def take(self, path: PurePath) -> FakeFile:
        """Return the file as it is: a copy that somebody takes home."""
        return self.files[path]

    def put_back(self, path: PurePath, file: FakeFile) -> None:
        """Put a copy, as it was taken or changed since, in the file's place."""
        self._put(path, file)

    def remove(self, path: PurePath) -> None:
        del self.files[path]

    def type_cell(self, path: PurePath, form: FormKey, at: int, field: FieldKey, value: Shown) -> bool:
        """Type a value into a cell (None: clear it) and save; return whether that could be done."""
        self._save(path, form, lambda sheet: sheet.put(at, field, _cell(value)))
        return True

    def add_row(self, path: PurePath, form: FormKey, values: Mapping[FieldKey, Shown]) -> int:
        """Type into the first empty row, a stamped one if there is one, and save; return its number."""
        sheet = self.files[path].sheets[form]
        stamped = [at for at in sorted(sheet.rows) if set(sheet.rows[at]) == {ID}]
        at = stamped[0] if stamped else sheet.last + 1
        cells = {key: cell for key, value in values.items() if (cell := _cell(value)) is not None}
        self._save(path, form, lambda sheet: _with_row(sheet, at, {**sheet.rows.get(at, {}), **cells}))
        return at

    def sort(self, path: PurePath, form: FormKey, field: FieldKey, *, reverse: bool = False) -> None:
        """Sort the whole rows by a column and save; empty cells come last."""

        def ordered(sheet: FakeSheet) -> FakeSheet:
            filled = sorted(
                (row for row in sheet.rows.values() if field in row),
                key=lambda row: str(row[field]),
                reverse=reverse,
            )
            empty = [row for row in sheet.rows.values() if field not in row]
            return replace(sheet, rows=dict(enumerate((*filled, *empty), start=HEADER + 1)))

        self._save(path, form, ordered)

    def insert_row(self, path: PurePath, form: FormKey, at: int) -> None:
        """Insert an empty row above row *at* and save."""
        self._save(
            path,
            form,
            lambda sheet: replace(sheet, rows={n + (n >= at): row for n, row in sheet.rows.items()}),
        )

    def delete_row(self, path: PurePath, form: FormKey, at: int) -> None:
        """Delete row *at*, so that those below move up, and save."""
        self._save(
            path,
            form,
            lambda sheet: replace(
                sheet, rows={n - (n > at): row for n, row in sheet.rows.items() if n != at}
            ),
        )

    def copy_row(self, path: PurePath, form: FormKey, at: int) -> int:
        """Copy row *at*, with its hidden id, below all others and save; return the copy's number."""
        new = self.files[path].sheets[form].last + 1
        self._save(path, form, lambda sheet: _with_row(sheet, new, sheet.rows[at]))
        return new

    def drop_column(self, path: PurePath, form: FormKey, field: FieldKey) -> None:
        """Delete a whole column and save."""

        def without(sheet: FakeSheet) -> FakeSheet:
            rows = {
                at: {key: cell for key, cell in row.items() if key != field} for at, row in sheet.rows.items()
            }
            return FakeSheet(
                columns=tuple(key for key in sheet.columns if key != field),
                rows={at: row for at, row in rows.items() if row},
            )

        self._save(path, form, without)

    def bind(self, path: PurePath, form: FormKey, at: int, field: FieldKey) -> None:
        """Make a cell part of an array formula, with the value that stands there, and save."""

        def bound(sheet: FakeSheet) -> FakeSheet:
            return replace(sheet, bound=sheet.bound | {(at, field)})

        self._save(path, form, bound)

    def unbind(self, path: PurePath, form: FormKey) -> None:
        """Put plain values in place of all array formulas of a sheet, and save."""
        self._save(path, form, lambda sheet: replace(sheet, bound=frozenset()))

    def rows(self, path: PurePath, form: FormKey) -> tuple[RowCopy, ...]:
        """Return what stands in a form's sheet."""
        copy = self.read(path)
        assert isinstance(copy, DeskCopy)
        return copy.sheets[form].rows

    def _save(self, path: PurePath, form: FormKey, change: Callable[[FakeSheet], FakeSheet]) -> None:
        file = self.files[path]
        self._put(path, replace(file, sheets={**file.sheets, form: change(file.sheets[form])}))

    def _put(self, path: PurePath, file: FakeFile) -> None:
        self._saves += 1
        self._saved[path] = self._saves
        self.files[path] = file

    def _at(self, path: PurePath) -> FakeFile | None:
        return self.versions.get(Hash(path.name)) if path.parts[:1] == ("versions",) else self.files.get(path)

    def _look(self, path: PurePath, expect: Hash) -> Refused | None:
        if path in self.open:
            return Refused(why=Why.BUSY, who=self.open[path])
        if path not in self.files:
            return Refused(why=Why.MISSING)
        return None if self.files[path].hash == expect else Refused(why=Why.CHANGED)


def _patched(file: FakeFile, patch: Patch) -> tuple[FakeFile, tuple[Problem, ...]]:
    sheets = dict(file.sheets)
    left: list[Problem] = []
    for each in patch.sheets:
        if each.form in sheets and not (each.anew and sheets[each.form].rows):
            bound = sheets[each.form].bound
            sheets[each.form] = _with_puts(
                sheets[each.form], [put for put in each.puts if (put.at, put.field) not in bound]
            )
            left += [_left(each.form, put) for put in each.puts if (put.at, put.field) in bound]
    return replace(file, render=patch.render, sheets=sheets), tuple(left)


def _left(form: FormKey, put: Put) -> Problem:
    what = text("cell.array", cell=f"{form}!{put.field}{put.at}")
    return Problem(what=what, mend=text("cell.array.mend"), form=form, field=put.field, row=put.at)


def _with_puts(sheet: FakeSheet, puts: Iterable[Put]) -> FakeSheet:
    for put in puts:
        if put.field in sheet.columns:
            sheet = sheet.put(put.at, put.field, _cell(put.shown))
    return sheet


def _with_row(sheet: FakeSheet, at: int, row: Mapping[FieldKey, Cell]) -> FakeSheet:
    return replace(sheet, rows={**sheet.rows, at: dict(row)})


def _cell(value: Shown) -> Cell:
    """Return a value as it would be read from a file."""
    match value:
        case "" | None:
            return None
        case Decimal():
            return float(value)
        case dt.datetime():
            return value.date() if value.time() == dt.time(0) else value
        case _:
            return value


def _sheet_copy(form: FormKey, sheet: FakeSheet) -> SheetCopy:
    rows = tuple(
        RowCopy(
            at=at,
            id=_id(row.get(ID)),
            cells={key: row.get(key) for key in sheet.columns if key != ID},
        )
        for at, row in sorted(sheet.rows.items())
        if any(key in sheet.columns for key in row)
    )
    columns = {key: at for at, key in enumerate(sheet.columns, start=1)}
    bound = {
        key: tuple(range(at, at + 1) for at, field in sorted(sheet.bound) if field == key)
        for key in {field for _, field in sheet.bound}
    }
    return SheetCopy(form=form, title=form, columns=columns, rows=rows, last=sheet.last, bound=bound)


def _id(cell: Cell) -> RecordId | None:
    return RecordId(str(cell)) if cell is not None else None
