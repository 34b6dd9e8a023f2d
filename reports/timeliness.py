"""Timeliness of transfers (TX-6.2.1): from the time of record to that of transmission, and to acknowledgement. Pure."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from sheet_templates.form import FormKey
from sheet_templates.record import Record, Records

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


def timeliness(records: Records, start: dt.date, end: dt.date, now: dt.datetime) -> tuple[Timeliness, ...]:
    """Return how timely the transfers were that were recorded from *start* up to but without *end*, by recipient.

    *now*: in the zone of the workspace; what is overdue by then and open is late.
    """
    by_whom: dict[str, list[Record]] = {}
    for each in records.every(RECEIPT):
        recorded = _recorded(each)
        if each["status"] != "replaced" and recorded is not None and start <= recorded.date() < end:
            by_whom.setdefault(str(each["role"] or each["person"]), []).append(each)
    return tuple(_of(whom, found, now) for whom, found in sorted(by_whom.items()))


def _of(whom: str, receipts: list[Record], now: dt.datetime) -> Timeliness:
    local = now.replace(tzinfo=None)
    late = 0
    to_desk: list[dt.timedelta] = []
    to_receipt: list[dt.timedelta] = []
    for each in receipts:
        recorded, told = _recorded(each), _moment(each["told"])
        due, received = _moment(each["due"]), _moment(each["received"])
        late += due is not None and (received or local) > due
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
    )


def _minutes(spans: Iterable[dt.timedelta]) -> float | None:
    found = [each.total_seconds() / 60 for each in spans]
    return median(found) if found else None


def _recorded(receipt: Record) -> dt.datetime | None:
    content = receipt["content"]
    return _moment(json.loads(content).get("recorded")) if isinstance(content, str) else None


def _moment(said: object) -> dt.datetime | None:
    return dt.datetime.strptime(said, _FORMAT) if isinstance(said, str) else None  # noqa: DTZ007 — wall-clock time
