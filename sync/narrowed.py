"""Records as far as sharing scopes let certain desks see them: what reports for their people are made of. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from sheet_templates.form import Desk, FieldKey, FormKey
from sheet_templates.record import Record, RecordId, Records, Value
from sync.eyes import Eyes

_PEOPLE: Final = FormKey("people")
"""Who is whose superior says which records a report counts: people are never left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """The records that none of *desks* is kept from, without the fields that any of them is kept from."""

    records: Records
    eyes: Eyes
    desks: tuple[Desk, ...]

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the record, or None."""
        return self._seen(self.records.get(form, record))

    def numbered(self, form: FormKey, number: str) -> Record | None:
        """Return the record of *form* with this visible number, or None."""
        return self._seen(self.records.numbered(form, number))

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records whose unique, link or person *field* holds *value*."""
        return tuple(self._all(self.records.holding(form, field, value)))

    def every(self, form: FormKey) -> tuple[Record, ...]:
        """Return all records of *form*, in order of creation."""
        return tuple(self._all(self.records.every(form)))

    def _all(self, found: Iterable[Record]) -> Iterator[Record]:
        for each in found:
            seen = self._seen(each)
            if seen is not None:
                yield seen

    def _seen(self, record: Record | None) -> Record | None:
        if record is None or record.form == _PEOPLE:
            return record
        if any(self.eyes.keeps(desk, record) for desk in self.desks):
            return None
        hidden = frozenset[FieldKey]().union(*(self.eyes.hides(desk, record) for desk in self.desks))
        values = {key: value for key, value in record.values.items() if key not in hidden}
        return replace(record, values=values) if hidden else record
