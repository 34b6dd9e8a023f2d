"""Rows that desks show otherwise by now though nobody changed anything: a sharing scope began, or ended. Pure."""

import datetime as dt
from collections.abc import Iterator

from sheet_templates.form import Desk, DeskKey, FormKey
from sheet_templates.record import RecordId
from sheet_templates.shared import SHARING
from sync.declared import Declared
from sync.eyes import Eyes
from sync.ports import Commit, Rows, Store
from sync.sharing import shares
from sync.visible import todo


def share(declared: Declared, store: Store, now: dt.datetime) -> None:
    """Have the rows written anew that desks show otherwise by now."""
    otherwise = lapsed(Eyes.open(declared, store, now.date()), store)
    if otherwise:
        store.commit(Commit(at=now, dirty=otherwise))


def lapsed(eyes: Eyes, store: Store) -> frozenset[tuple[DeskKey, FormKey, RecordId]]:
    """Return what of the desks' last renders is no longer, or not yet, what *eyes* see."""
    every = shares(store)
    found: set[tuple[DeskKey, FormKey, RecordId]] = set()
    for desk in eyes.desks:
        forms = {each.part.form for each in every if each.applies(desk)}
        latest = store.latest(desk.key) if forms else None
        base = store.base(desk.key, latest) if latest is not None else None
        if base is not None:
            rows = {(desk.key, *row) for row in _otherwise(desk, forms, base, eyes, store)}
            found |= {*rows, todo(desk.key)} if rows else set()
    return frozenset(found)


def _otherwise(
    desk: Desk, forms: set[FormKey], base: Rows, eyes: Eyes, store: Store
) -> Iterator[tuple[FormKey, RecordId]]:
    """Yield the rows of *desk* in which its last render showed more, or less, than it may show today."""
    for form in eyes.declared.stored():
        if form.key == SHARING or not forms.intersection(eyes.sharing.above(form.key)):
            continue
        columns = {each.key for each in form.columns(desk.role)}
        for record in store.every(form.key):
            row = (form.key, record.id)
            if eyes.sees(desk, record) is not bool(base.get(row)):
                yield row
            elif row in base:
                hidden = eyes.hides(desk, record)
                shown = {key for key in record.values if key in columns and key not in hidden}
                if any(key in hidden for key in base[row]) or shown - base[row].keys():
                    yield row
