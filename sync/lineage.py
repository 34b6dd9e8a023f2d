"""What the copy that is read was made from, and what its earlier saves brought: which row is which, by that. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sheet_templates.form import CHECK, ID, NUMBER, STATE, Desk, FieldKey, Form, FormKey, Source
from sheet_templates.record import Address, RecordId, Value
from sync.gone import GONE, MISSED, alike
from sync.identity import Row, Shows
from sync.merge import title_key
from sync.ports import Cell, DeskCopy, RowCopy, Store
from sync.understand import Understanding, plain
from sync.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The lineage of one copy of a desk."""

    store: Store
    work: Work
    desk: Desk
    copy: DeskCopy
    aside: bool
    """It lies beside the desk's own file."""
    base: Mapping[FormKey, Mapping[RecordId, Shows]]
    """What the copy's render showed."""
    delivered: Mapping[Address, tuple[Value, ...]]
    """What earlier saves of the copy brought, oldest first."""
    understanding: Understanding

    def shown(self, form: FormKey, record: RecordId) -> Shows:
        """Return what this copy's render showed of a record."""
        return self.base.get(form, {}).get(record, {})

    def last(self, form: Form, record: RecordId) -> Shows:
        """Return what this copy last showed of a record: its render, and what its earlier saves brought."""
        brought = {
            address.field: values[-1]
            for address, values in self.delivered.items()
            if (address.form, address.record) == (form.key, record)
        }
        return {**self.shown(form.key, record), **brought}

    def rows(self, form: Form, record: RecordId) -> tuple[Value, ...]:
        """Return whether the row was there in the earlier saves of this copy, as far as that changed."""
        return self.delivered.get(Address(form=form.key, record=record, field=ID), ())

    def like(self, form: Form, key: FieldKey, cell: Cell, value: Value) -> bool:
        """Return whether a cell holds *value*, as it is understood or as it is written."""
        typed = self.understanding.typed(form, key, cell)
        return value in (typed.value, typed.shown)

    def another(self, form: Form, row: RowCopy) -> bool:
        """Return whether a row holds something else than the record of its id (R7, R6)."""
        if row.id is not None and self.base.get(form.key, {}).get(row.id):
            return self._is_refilled(form, row, row.id)
        return self._is_filled_twice(form, row)

    def _is_refilled(self, form: Form, row: RowCopy, record: RecordId) -> bool:
        """Return whether a row that an earlier save of this copy had emptied is used for something new."""
        gone = self.rows(form, record)[-1:] in ((GONE,), (MISSED,))
        return gone and not alike([plain(each) for each in row.cells.values()], self.content(form, record))

    def _is_filled_twice(self, form: Form, row: RowCopy) -> bool:
        """Return whether an empty stamped row was filled twice, in two copies of the desk, for two records.

        In the copy that is being worked in it is the same record, however it was corrected since.
        """
        current = not self.aside and self.copy.render == self.store.latest(self.desk.key)
        found = self.work.records.get(form.key, row.id) if row.id is not None and not current else None
        if found is None:
            return False
        title = form.title if form.title is not None and row.cells.get(form.title) else None
        keys = (title,) if title is not None else tuple(found.values)
        return not any(
            self.like(form, key, row.cells.get(key), value)
            for key in keys
            for value in (
                found[key],
                *self.delivered.get(Address(form=form.key, record=found.id, field=key), ()),
            )
            if value is not None
        )

    def elsewhere(self, form: Form, record: RecordId) -> tuple[Shows, ...]:
        """Return what this desk's other renders showed of a record, oldest first (R10).

        What the desk itself brought counts as shown before that: a pasted row never reverts anybody.
        """
        showed = self.store.showed(self.desk.key, form.key, record)
        if not showed:
            return ()
        entries = (line.entry for line in self.store.journal(form.key, record))
        brought = tuple(
            {each.field: each.new}
            for each in entries
            if each.kind == "change" and each.desk == self.desk.key and each.field is not None
        )
        keys = {key for each in showed for key in each}
        return (*brought, *({key: each.get(key) for key in keys} for each in showed[:-1]), showed[-1])

    def is_moved(self, form: Form, record: RecordId, fresh: Iterable[Row]) -> bool:
        """Return whether a row that is gone seems to stand elsewhere in the file."""
        for key, sheet in self.copy.sheets.items():
            if key != form.key and any(row.id == record for row in sheet.rows):
                return True
        values = self.content(form, record)
        return any(
            alike([plain(cell) for cell in cells], values) for cells in (row.cells.values() for row in fresh)
        )

    def content(self, form: Form, record: RecordId) -> list[Value]:
        """Return what people saw of a record in this copy's render: its number, and what they fill in."""
        shown = self.shown(form.key, record)
        return [shown.get(title_key(key), shown.get(key)) for key in shown if _is_content(form, key)]


def _is_content(form: Form, key: FieldKey) -> bool:
    """Return whether *key* is a column that people fill, or the number."""
    field = form.field(key)
    return key == NUMBER or (field is not None and field.source is Source.TYPED and key not in (STATE, CHECK))
