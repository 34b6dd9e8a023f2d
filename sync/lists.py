"""The names that a desk's people may choose from where a column names a record: of what their desk shows."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from sheet_templates.form import NUMBER, Desk, FieldKey, Form, FormKey
from sheet_templates.record import Record, RecordId
from sync.declared import Declared
from sync.desks import PEOPLE
from sync.eyes import Eyes
from sync.identity import Shows
from sync.ports import Store
from sync.shape import linked

_NAMED_TO_ALL: Final = frozenset({PEOPLE})
"""Whom everybody may name, though his desk does not show them."""

Lists = Mapping[tuple[FormKey, FieldKey], tuple[str, ...]]


def lists(
    desk: Desk,
    forms: Iterable[Form],
    declared: Declared,
    store: Store,
    today: dt.date,
    *,
    rows: Mapping[FormKey, Mapping[RecordId, Shows]] | None = None,
) -> Lists:
    """Return what the drop-downs of *desk*'s columns offer that name records, in the order of their numbers.

    *rows*: what the desk shows, form by form, where that is known: it need not be computed then.
    """
    known: dict[FormKey, tuple[str, ...]] = {}
    found: dict[tuple[FormKey, FieldKey], tuple[str, ...]] = {}
    for place, target in linked(desk, forms).items():
        if target not in known:
            form = declared.forms[target]
            here = None if rows is None or target in _NAMED_TO_ALL else rows.get(target)
            known[target] = (
                _seen(form, desk, Eyes.open(declared, store, today), store)
                if here is None
                else _shown(form, here)
            )
        found[place] = known[target]
    return found


def _seen(form: Form, desk: Desk, eyes: Eyes, store: Store) -> tuple[str, ...]:
    named = [
        (record.number, _title(record, form, desk, eyes))
        for record in store.every(form.key)
        if form.key in _NAMED_TO_ALL or eyes.sees(desk, record)
    ]
    return _in_order(named)


def _title(record: Record, form: Form, desk: Desk, eyes: Eyes) -> object:
    title = form.titled
    hidden = title is None or (form.key not in _NAMED_TO_ALL and title.key in eyes.hides(desk, record))
    return None if title is None or hidden else record.values.get(title.key)


def _shown(form: Form, rows: Mapping[RecordId, Shows]) -> tuple[str, ...]:
    title = form.titled
    return _in_order(
        [
            (str(number), shows.get(title.key) if title is not None else None)
            for shows in rows.values()
            if (number := shows.get(NUMBER)) is not None
        ]
    )


def _in_order(named: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    return tuple(str(title) if title is not None else number for number, title in sorted(named, key=_number))


def _number(named: tuple[str, object]) -> str:
    return named[0]
