"""By what records are found: the fields that are indexed, and the form in which their values are compared."""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.metadata import version
from typing import Final

from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey
from sheet_templates.match import fold
from sheet_templates.record import Record, Value
from sync.edges.store.codec import write, write_value

_LONGEST: Final = 200
_LINKS: Final = (FieldType.LINK, FieldType.PERSON)


def indexed(field: Field) -> bool:
    """Return whether records are found by *field*: unique fields, links, persons, and those that are said to be."""
    return field.unique or field.found_by or field.type in _LINKS


def held(field: Field, value: Value) -> str | None:
    """Return *value* of *field* as it is compared: text folded, numbers of records as they are; None if empty."""
    match value:
        case None:
            return None
        case str() if field.type in _LINKS:
            return value
        case str():
            return _short(fold(value) or value)
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return write_value(value)


def _short(folded: str) -> str:
    """Return *folded*, or its hash if it is too long for the key of an index (PostgreSQL: 2,704 bytes)."""
    return folded if len(folded) <= _LONGEST else hashlib.sha256(folded.encode()).hexdigest()


def holds(form: Form, record: Record) -> Iterator[tuple[FieldKey, str]]:
    """Yield the indexed fields of *record* that hold something, and what."""
    for field in form.fields:
        if indexed(field):
            found = held(field, record.values.get(field.key))
            if found is not None:
                yield field.key, found


def signature(forms: Mapping[FormKey, Form]) -> str:
    """Return what an index depends on: the indexed fields, and this version's way of folding."""
    fields = sorted(
        (form.key, field.key, field.type)
        for form in forms.values()
        for field in form.fields
        if indexed(field)
    )
    return hashlib.sha256(write([version("deskbook"), fields]).encode()).hexdigest()
