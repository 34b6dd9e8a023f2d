"""Small forms and records for tests, and a shelf of records that keeps what `Records` promises."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sheet_templates.form import Choice, Field, FieldKey, FieldType, Form, FormKey, Labels, Role
from sheet_templates.match import fold
from sheet_templates.record import Record, RecordId, State, Value


def labels(name: str) -> Labels:
    """Return *name* in all languages."""
    return Labels(zh_hant=name, zh_hans=name, en=name)


def field(
    key: str,
    type: FieldType = FieldType.TEXT,  # noqa: A002 — reads as the declaration does
    *,
    choices: Iterable[str] = (),
    link: str | None = None,
    owners: Iterable[str] = ("rep",),
    **other: Any,
) -> Field:
    """Return a field that needs only a key."""
    return Field(
        key=FieldKey(key),
        type=type,
        labels=labels(key),
        choices=tuple(Choice(key=each, labels=labels(each)) for each in choices),
        link=FormKey(link) if link else None,
        owners=frozenset(Role(each) for each in owners),
        **other,
    )


def form(key: str, *fields: Field, adders: Iterable[str] = ("rep",), **other: Any) -> Form:
    """Return a form that needs only a key and fields."""
    return Form(
        key=FormKey(key),
        labels=labels(key),
        fields=fields,
        number=f"{key}-{{n:04}}",
        help=labels(key),
        adders=frozenset(Role(each) for each in adders),
        **other,
    )


def record(form: str, number: str, *, state: State = State.DRAFT, **values: Value) -> Record:
    """Return a record whose id is its form and number."""
    return Record(
        form=FormKey(form),
        id=RecordId(f"{form}/{number}"),
        number=number,
        values={FieldKey(key): value for key, value in values.items() if value is not None},
        state=state,
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


class Shelf:
    """Records in memory, by what `sheet_templates.record.Records` promises. Later ones replace earlier ones."""

    def __init__(self, *records: Record) -> None:
        self.by_id = {(each.form, each.id): each for each in records}

    def put(self, *records: Record) -> "Shelf":
        """Return a shelf on which *records* stand too, in the place of earlier versions."""
        return type(self)(*{**self.by_id, **{(each.form, each.id): each for each in records}}.values())

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the record, or None."""
        return self.by_id.get((form, record))

    def numbered(self, form: FormKey, number: str) -> Record | None:
        """Return the record of *form* with this number, or None."""
        return next((each for each in self.every(form) if each.number == number), None)

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records of *form* whose *field* holds *value*; text is compared folded."""
        sought = _folded(value)
        return tuple(
            each for each in self.every(form) if each[field] is not None and _folded(each[field]) == sought
        )

    def every(self, form: FormKey) -> Iterable[Record]:
        """Return all records of *form*, in order of creation."""
        return [each for each in self.by_id.values() if each.form == form]


def _folded(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value
