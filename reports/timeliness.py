"""Timeliness of transfers (TX-6.2.1): from the time of record to that of transmission, and to acknowledgement. Pure."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from sheet_templates.form import FormKey
from sheet_templates.record import Record

RECEIPT: Final = FormKey("receipt")
_FORMAT: Final = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeliness:
    """How quickly transfers reached one role or person, and were acknowledged."""

    whom: str
    """A role, or the number of a person."""
    count: int
    """Transfers that were to be acknowledged; those that a newer one replaced do not count."""
    acknowledged: int
    late: int
    """Acknowledged after the deadline, or overdue and not acknowledged."""
    to_desk: float | None
    """Median minutes from the time of record until it stood in the desk. None: nothing has reached it."""
    to_receipt: float | None
    """Median minutes from there until it was acknowledged. None: nothing was."""
    numbers: tuple[str, ...] = ()
    """The receipts."""


def timeliness(
    receipts: Iterable[Record], start: dt.date, end: dt.date, now: dt.datetime
) -> tuple[Timeliness, ...]:
    """Return how timely the transfers were that were recorded from *start* up to but without *end*, by recipient.

    *now*: in the zone of the workspace; what is overdue by then and open is late.
    """
    by_whom: dict[str, list[Record]] = {}
    for each in receipts:
        recorded = recorded_at(each)
        if each["status"] != "replaced" and recorded is not None and start <= recorded.date() < end:
            by_whom.setdefault(str(each["role"] or each["person"]), []).append(each)
    return tuple(_of(whom, found, now) for whom, found in sorted(by_whom.items()))


def _of(whom: str, receipts: list[Record], now: dt.datetime) -> Timeliness:
    local = now.replace(tzinfo=None)
    late = 0
    to_desk: list[dt.timedelta] = []
    to_receipt: list[dt.timedelta] = []
    for each in receipts:
        recorded, told = recorded_at(each), moment(each["told"])
        received = moment(each["received"])
        late += is_late(each, local)
        if recorded is not None and told is not None:
            to_desk.append(told - recorded)
        if told is not None and received is not None:
            to_receipt.append(received - told)
    return Timeliness(
        whom=whom,
        count=len(receipts),
        acknowledged=sum(each["received"] is not None for each in receipts),
        late=late,
        to_desk=_minutes(to_desk),
        to_receipt=_minutes(to_receipt),
        numbers=tuple(each.number for each in receipts),
    )


def is_late(receipt: Record, now: dt.datetime) -> bool:
    """Return whether it was acknowledged after the deadline, or is overdue *now* (wall-clock time) and open."""
    due = moment(receipt["due"])
    return due is not None and (moment(receipt["received"]) or now) > due


def _minutes(spans: Iterable[dt.timedelta]) -> float | None:
    found = [each.total_seconds() / 60 for each in spans]
    return median(found) if found else None


def recorded_at(receipt: Record) -> dt.datetime | None:
    """Return when that was recorded which was transferred."""
    content = receipt["content"]
    return moment(json.loads(content).get("recorded")) if isinstance(content, str) else None


def moment(said: object) -> dt.datetime | None:
    """Return a moment of a receipt, wall-clock time of the workspace; None if it is empty."""
    return dt.datetime.strptime(said, _FORMAT) if isinstance(said, str) else None  # noqa: DTZ007 — wall-clock time
