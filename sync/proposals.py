"""What differs in a file of which nobody knows any more what it was made from (F5): told, never taken. Pure.

Without a base there is no telling what was typed in it and what is merely old. A value that stood in its cell once
is old; whatever else differs is listed, so that a person can type what is right into the desk that is made anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rules.saying import joined, value_said
from sheet_templates.form import CHECK, NUMBER, STATE, Desk, Field, FieldKey, Form, Source
from sheet_templates.record import Param, Record, RecordId, Text, Value, named, text
from sync.eyes import Eyes
from sync.ports import DeskCopy, RowCopy, Store
from sync.understand import Understanding, plain
from sync.work import Work

_MOST: Final = 12
"""So many differences are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """Compares one file with what stands."""

    work: Work
    store: Store
    desk: Desk
    copy: DeskCopy
    understanding: Understanding
    eyes: Eyes

    def said(self) -> Text | str:
        """Return the differences as one text; that there are none, if that is so."""
        found = tuple(self._every())
        if not found:
            return text("proposal.none")
        told = (
            *found[:_MOST],
            *((text("proposal.more", count=len(found) - _MOST),) if found[_MOST:] else ()),
        )
        return text("proposal.all", count=len(found), what=joined(told))

    def _every(self) -> Iterator[Text]:
        for form in self.work.declared.stored():
            sheet = self.copy.sheets.get(form.key)
            for row in sheet.rows if sheet is not None else ():
                record = self._record(form, row)
                if record is not None:
                    yield from self._cells(form, row, record)
                elif (typed := self._typed(form, row)) is not None:
                    yield typed

    def _record(self, form: Form, row: RowCopy) -> Record | None:
        """Return the record that a row is, by its id or else by its number, if the desk sees it."""
        found = self.store.get(form.key, row.id) if row.id is not None else None
        number = row.cells.get(NUMBER)
        if found is None and isinstance(number, str):
            found = self.store.numbered(form.key, number.strip())
        return found if found is not None and self.eyes.sees(self.desk, found) else None

    def _cells(self, form: Form, row: RowCopy, record: Record) -> Iterator[Text]:
        """Yield the cells of the desk's own columns that hold something that never stood there."""
        for field in self._own(form, row):
            typed = self.understanding.typed(form, field.key, row.cells[field.key])
            mine: Value = typed.value if typed.fault is None else typed.shown
            stands = record.values.get(field.key)
            if mine == stands or mine is None or mine in self._stood(record, field.key):
                continue
            yield text(
                "proposal.cell",
                number=record.number,
                label=named(field.labels),
                mine=self._said(field, mine) if typed.fault is None else str(mine),
                stands=self._said(field, stands),
            )

    def _stood(self, record: Record, key: FieldKey) -> tuple[Value, ...]:
        """Return what stood in a cell once, or was shown in it."""
        entries = (line.entry for line in self.store.journal(record.form, record.id))
        changed = (each for each in entries if each.kind == "change" and each.field == key)
        showed = (
            each.get(key) for each in self.store.showed(self.desk.key, record.form, RecordId(record.id))
        )
        return (*(value for each in changed for value in (each.old, each.new)), *showed)

    def _typed(self, form: Form, row: RowCopy) -> Text | None:
        """Return what stands in a row that is no record that the desk sees; None if that is nothing."""
        cells = [plain(row.cells[field.key]) for field in self._own(form, row)]
        filled = [str(each) for each in cells if each is not None]
        return text("proposal.row", form=named(form.labels), what=" | ".join(filled)) if filled else None

    def _own(self, form: Form, row: RowCopy) -> Iterator[Field]:
        for field in form.columns(self.desk.role):
            own = self.desk.role in field.owners and field.source is Source.TYPED
            if own and field.key in row.cells and field.key not in (NUMBER, STATE, CHECK):
                yield field

    def _said(self, field: Field, value: Value) -> Param:
        if value is None:
            return text("empty")
        return value_said(field, value, self.work.declared.forms, self.store)
