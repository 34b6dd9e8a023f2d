"""Records as they will stand: what the store holds with the changes of one cycle on top."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.match import fold
from sheet_templates.record import Record, RecordId, Records, State, Value
from sheet_templates.scope import searchable


class Overlay:
    """A `Records` view that carries a cycle's new versions; the records below are never touched."""

    def __init__(self, below: Records, forms: Mapping[FormKey, Form]) -> None:
        self._below = below
        self._above: dict[tuple[FormKey, RecordId], Record] = {}
        self._numbers: dict[tuple[FormKey, str], RecordId] = {}
        self._holding: defaultdict[tuple[FormKey, FieldKey, Value], dict[RecordId, None]] = defaultdict(dict)
        self._searched = {
            form.key: tuple(field.key for field in form.fields if searchable(field))
            for form in forms.values()
        }

    def put(self, record: Record) -> None:
        """Let *record* stand in place of the version below."""
        before = self._above.get((record.form, record.id))
        for key in self._searched[record.form]:
            if before is not None:
                self._holding[record.form, key, _folded(before.values.get(key))].pop(record.id, None)
            self._holding[record.form, key, _folded(record.values.get(key))][record.id] = None
        self._above[record.form, record.id] = record
        self._numbers[record.form, record.number] = record.id

    def changed(self) -> tuple[Record, ...]:
        """Return the records that differ from the store, in the order in which they were first put."""
        return tuple(self._above.values())

    def below(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the version that the store holds."""
        return self._below.get(form, record)

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the record as it will stand, or None."""
        return self._above.get((form, record)) or self._below.get(form, record)

    def numbered(self, form: FormKey, number: str) -> Record | None:
        """Return the record with this number, as it will stand."""
        found = self._numbers.get((form, number))
        if found is not None:
            return self._above[form, found]
        below = self._below.numbered(form, number)
        return None if below is None else self.get(form, below.id)

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records that will count whose *field* will hold *value*, those of the store first."""
        below = [
            each
            for each in self._below.holding(form, field, value)
            if (each.form, each.id) not in self._above
        ]
        above = self._holding.get((form, field, _folded(value)), {})
        mine = (self._above[form, record] for record in above)
        return (*below, *(each for each in mine if each.state is not State.RETRACTED))

    def every(self, form: FormKey) -> Iterable[Record]:
        """Return all records of *form* that will count, in order of creation."""
        return self._every(form)

    def _every(self, form: FormKey) -> Iterator[Record]:
        told = set()
        for each in self._below.every(form):
            told.add(each.id)
            stands = self._above.get((form, each.id), each)
            if stands.state is not State.RETRACTED:
                yield stands
        for record in tuple(self._above.values()):
            if record.form == form and record.id not in told and record.state is not State.RETRACTED:
                yield record


def with_values(record: Record, values: Mapping[FieldKey, Value]) -> Record:
    """Return *record* with *values* on top; an empty value takes the field out."""
    merged = {**record.values, **values}
    return replace(record, values={key: value for key, value in merged.items() if value is not None})


def _folded(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value
