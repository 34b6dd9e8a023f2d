"""Records in memory: the same promises as the store's reading half, for tests of what is computed from records."""

from collections.abc import Iterable

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.match import fold
from sheet_templates.record import Record, RecordId, State, Value


class MemoryRecords:
    """Records by form, in the order in which they were given."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._forms: dict[FormKey, dict[RecordId, Record]] = {}
        for each in records:
            self._forms.setdefault(each.form, {})[each.id] = each

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        return self._forms.get(form, {}).get(record)

    def numbered(self, form: FormKey, number: str) -> Record | None:
        return next((each for each in self._forms.get(form, {}).values() if each.number == number), None)

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        wanted = _comparable(value)
        return tuple(each for each in self.every(form) if _comparable(each[field]) == wanted)

    def every(self, form: FormKey) -> Iterable[Record]:
        return tuple(each for each in self._forms.get(form, {}).values() if each.state is not State.RETRACTED)


def _comparable(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value
