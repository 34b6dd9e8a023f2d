"""All records at once, found by what certain declarations want to find them by: those of the next start."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.match import fold
from sheet_templates.record import Record, RecordId, Records, Value
from sheet_templates.scope import searchable
from sync.declared import Declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Records by form, in order of creation; a `Records`. What was retracted is not among them."""

    forms: dict[FormKey, dict[RecordId, Record]] = made(default_factory=lambda: defaultdict(dict))
    numbers: dict[tuple[FormKey, str], Record] = made(default_factory=dict)
    held: dict[tuple[FormKey, FieldKey, Value], list[Record]] = made(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def of(cls, records: Records, declared: Declared) -> "Copied":
        """Return the records of the forms that are *declared*."""
        copied = cls()
        for form in declared.stored():
            sought = tuple(each.key for each in form.fields if searchable(each))
            for record in records.every(form.key):
                copied.forms[form.key][record.id] = record
                copied.numbers[form.key, record.number] = record
                for key in sought:
                    copied.held[form.key, key, _folded(record.values.get(key))].append(record)
        return copied

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the record, or None."""
        return self.forms.get(form, {}).get(record)

    def numbered(self, form: FormKey, number: str) -> Record | None:
        """Return the record of *form* with this visible number, or None."""
        return self.numbers.get((form, number))

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records whose unique, link or person *field* holds *value*."""
        return tuple(self.held.get((form, field, _folded(value)), ()))

    def every(self, form: FormKey) -> Iterable[Record]:
        """Return all records of *form*, in order of creation."""
        return tuple(self.forms.get(form, {}).values())


def _folded(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value
