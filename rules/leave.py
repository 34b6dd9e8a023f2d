"""Who is away, and who acts for him: leave and delegation by dates, as people declare them. Pure.

A delegate acts for whom he stands in for, never for himself: whose own request it is cannot sign it by way of
anybody (`rules.turn` sees to it). He does not pass it on: who is away himself has an empty seat, unless the
company allows more hops (`limit.delegation_hops`).
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, Records, Value

LEAVE: Final = FormKey("leave")
PEOPLE: Final = FormKey("people")
HOPS: Final = "delegation_hops"
"""The limit that says how often a delegation may be passed on."""


def works(person: Record, today: dt.date) -> bool:
    """Return whether *person* has not left."""
    left = person["left"]
    return not (isinstance(left, dt.date) and left <= today)


def away(person: str, records: Records, today: dt.date, form: FormKey) -> Record | None:
    """Return the leave because of which *person* signs nothing of *form* today; the one entered last counts."""
    found = [
        each
        for each in records.every(LEAVE)
        if each["owner"] == person and _covers(each, today) and each["scope"] in (None, "all", form)
    ]
    return found[-1] if found else None


def stand_in(
    person: str, records: Records, today: dt.date, form: FormKey, amount: Value = None
) -> str | None:
    """Return who signs for *person* today: himself, his delegate, or None if nobody does.

    *amount*: how much is at stake. A delegate who was given a limit signs nothing beyond it, and nothing of which
    it is not known.
    """
    seen = {person}
    here = person
    for _ in range(_hops(records)):
        leave = away(here, records, today, form)
        if leave is None:
            return here
        delegate = leave["delegate"] if _within(leave["up_to"], amount) else None
        found = records.numbered(PEOPLE, delegate) if isinstance(delegate, str) else None
        if found is None or found.number in seen or not works(found, today):
            return None
        seen.add(found.number)
        here = found.number
    return here if away(here, records, today, form) is None else None


def absent(records: Records, today: dt.date) -> Iterator[tuple[Record, str]]:
    """Yield the leaves that count today, each with who stands in for whom is away."""
    for each in records.every(LEAVE):
        owner, delegate = each["owner"], each["delegate"]
        if isinstance(owner, str) and isinstance(delegate, str) and _covers(each, today):
            yield each, delegate


def _covers(leave: Record, today: dt.date) -> bool:
    start, end = leave["start_on"], leave["end_on"]
    return isinstance(start, dt.date) and isinstance(end, dt.date) and start <= today <= end


def _within(limit: Value, amount: Value) -> bool:
    if not isinstance(limit, Decimal):
        return True
    return isinstance(amount, Decimal) and amount <= limit


def _hops(records: Records) -> int:
    limits = records.holding(FormKey("limits"), FieldKey("key"), HOPS)
    value = limits[0]["value"] if limits else None
    return int(value) if isinstance(value, Decimal) and value >= 1 else 1
