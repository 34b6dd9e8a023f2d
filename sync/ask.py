"""Asks in the desk about a held save: writes one line of 待辦 into the file, and no other cell of it.

The file keeps all that its person typed. The render that is written is the file's own with that line: what earlier
saves of the copy brought goes on to count, and what else waits to be shown in the desk goes on waiting.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sheet_templates.form import ID, Desk, FieldKey
from sheet_templates.record import RecordId, Shown, Value
from sync.begun import Begun, Writes
from sync.declared import TODO, Declared
from sync.disputes import PICK
from sync.holds import ASKS, Hold, line
from sync.identity import Shows
from sync.merge import draft_key
from sync.ports import (
    Clock,
    DeskCopy,
    Ids,
    KnownFile,
    Patch,
    Put,
    Refused,
    Render,
    RenderId,
    SheetCopy,
    SheetPatch,
    Store,
    Why,
    Workbooks,
    Written,
)
from sync.todo import line_id

_HEADER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Writes the lines that ask, through the `Workbooks` edge."""

    declared: Declared
    store: Store
    workbooks: Workbooks
    clock: Clock
    ids: Ids
    writes: Writes

    def write(self, desk: Desk, hold: Hold) -> Written | Refused | None:
        """Write the line that asks about *hold*; None if nothing of 待辦 waits to be written."""
        known = self.store.file(desk.key)
        waiting = [each.seq for each in self.store.dirty(desk.key) if each.form == TODO]
        if known is None or known.render is None or not waiting:
            return None
        copy = self.workbooks.read(known.path)
        if not isinstance(copy, DeskCopy):
            return Refused(why=Why.MISSING)
        if copy.file != known.file:
            return Refused(why=Why.CHANGED)
        base = self.store.base(desk.key, known.render) or {}
        lines = {record: shows for (form, record), shows in base.items() if form == TODO}
        found = self._line(desk, copy, lines, line(hold, desk, self.declared, self.store))
        if found is None:
            self.store.publish(known.render, known.path, known.file, waiting, self.clock.now())
            return None
        record, shows, puts = found
        render = Render(
            id=RenderId(self.ids.new()),
            desk=desk.key,
            parent=known.render,
            at=self.clock.now(),
            rows={(TODO, record): shows},
            delivered=tuple(
                (address, value)
                for address, values in self.store.delivered(known.render).items()
                for value in values
            ),
        )
        return self._put(desk, known, render, puts, waiting)

    def _put(
        self, desk: Desk, known: KnownFile, render: Render, puts: tuple[Put, ...], waiting: list[int]
    ) -> Written | Refused:
        self.store.prepare(render)
        patch = Patch(render=render.id, sheets=(SheetPatch(form=TODO, puts=puts),))

        def end(written: Written | Refused) -> Written | Refused:
            if isinstance(written, Written):
                self.store.publish(render.id, written.path, written.file, waiting, self.clock.now())
            return written

        def write() -> Written | Refused:
            return self.workbooks.write(known.path, known.file, patch)

        return self.writes.carry_out(desk, Begun(write=write, end=end))

    def _line(
        self, desk: Desk, copy: DeskCopy, lines: Mapping[RecordId, Shows], wanted: Mapping[FieldKey, Value]
    ) -> tuple[RecordId, Shows, tuple[Put, ...]] | None:
        """Return which line asks, what it shows and its cells; None if it stands there, or has no place."""
        form, sheet = self.declared.forms.get(TODO), copy.sheets.get(TODO)
        if form is None or sheet is None or PICK not in sheet.columns:
            return None
        columns = [field.key for field in form.columns(desk.role) if field.key in sheet.columns]
        record, at = _place(sheet, lines)
        row = next((each for each in sheet.rows if each.at == at), None)
        cells = {key: wanted.get(draft_key(key), wanted.get(key)) for key in columns if key != ID}
        if (
            lines.get(record) == wanted
            and row is not None
            and all(_same(row.cells.get(key), cell) for key, cell in cells.items())
        ):
            return None
        puts = (Put(at=at, field=ID, shown=record), *_puts(at, cells))
        return record, wanted, puts


def _puts(at: int, cells: Mapping[FieldKey, Shown]) -> Iterator[Put]:
    return (Put(at=at, field=key, shown=cell) for key, cell in cells.items())


def _place(sheet: SheetCopy, lines: Mapping[RecordId, Shows]) -> tuple[RecordId, int]:
    """Return the line that asks already, else the first free one, else a new one below all others; and its row."""
    rows = {row.id: row for row in reversed(sheet.rows) if row.id is not None}
    asking = next((each for each, shows in lines.items() if ASKS in shows and each in rows), None)
    if asking is not None:
        return asking, rows[asking].at
    for record in sorted(each for each, shows in lines.items() if not shows and each in rows):
        if all(cell in (None, "") for key, cell in rows[record].cells.items() if key != ID):
            return record, rows[record].at
    taken = {*lines, *rows}
    index = next(n for n in range(len(taken) + 1) if line_id(n) not in taken)
    return line_id(index), max(sheet.last, _HEADER) + 1


def _same(cell: object, wanted: Shown) -> bool:
    said = ["" if each is None else " ".join(str(each).split()) for each in (cell, wanted)]
    return said[0] == said[1]
