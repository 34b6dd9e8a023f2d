"""What a desk can refer to: records by number and title, and what it called them before they had a number."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import DeskKey, Form, FormKey
from sheet_templates.match import fold
from sheet_templates.record import Record, RecordId, Records, State
from sync.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLookUp:
    """A `sheet_templates.link.LookUp` over the records as they will stand after this cycle."""

    desk: DeskKey
    forms: Mapping[FormKey, Form]
    records: Records
    store: Store
    sees: Callable[[Record], bool]
    """Only what the desk sees may be suggested to its people."""
    fresh: dict[tuple[FormKey, str], RecordId] = made(default_factory=dict)
    """Provisional numbers that this very save brings, folded."""

    def call(self, form: FormKey, nickname: str, record: RecordId) -> None:
        """Remember that this save calls *record* by a provisional number."""
        self.fresh[form, fold(nickname)] = record

    def numbered(self, form: FormKey, typed: str) -> str | None:
        """Return the number of the record that is typed by its number."""
        found = self.records.numbered(form, typed) or self.records.numbered(form, typed.strip().upper())
        return _counting(found)

    def titled(self, form: FormKey, typed: str) -> tuple[str, ...]:
        """Return the numbers of the records with this title."""
        title = self.forms[form].titled
        if title is None:
            return ()
        return tuple(each.number for each in self.records.holding(form, title.key, typed))

    def nickname(self, form: FormKey, typed: str) -> str | None:
        """Return the number of the record that this desk called *typed*."""
        record = self.fresh.get((form, fold(typed))) or self.store.nickname(self.desk, form, typed)
        found = None if record is None else self.records.get(form, record)
        return _counting(found)

    def title(self, form: FormKey, number: str) -> str | None:
        """Return the title of a record, if its form's title is unique."""
        return title_of(self.forms[form], self.records, number)

    def known(self, form: FormKey) -> Iterable[str]:
        """Return what may be suggested: titles, or numbers, of records that the desk sees."""
        title = self.forms[form].titled
        for record in self.records.every(form):
            if self.sees(record):
                named = record.values.get(title.key) if title is not None else None
                yield str(named) if named is not None else record.number


def _counting(found: Record | None) -> str | None:
    """Return the number of a record that can be referred to."""
    return None if found is None or found.state is State.RETRACTED else found.number


def title_of(form: Form, records: Records, number: str) -> str | None:
    """Return the title of the record of *form* with *number*, if titles of the form are unique."""
    if form.titled is None:
        return None
    found = records.numbered(form.key, number)
    title = None if found is None else found.values.get(form.titled.key)
    return str(title) if title is not None else None
