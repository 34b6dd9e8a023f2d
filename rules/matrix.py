"""Who must be told of what (TX-3.3.2, IT-3.4.1): what transfers declare, and what a company says beside it in a sheet.

A row of the sheet is about one transfer and one recipient: a role, a person, or the people whom the record itself
names. It changes how he is told (urgency, acknowledgement, deadline), adds him, or leaves him out; from its day on,
and until a row with a later day. Whom a clause demands is not left out. Pure.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeAlias

from rules.effect import Notify
from rules.rule import Transfer
from sheet_templates.form import FormKey, Role
from sheet_templates.record import Record, Records

MATRIX: Final = FormKey("matrix")
"""The settings form of the sheet."""

NAMED: Final = ""
"""Stands for the people whom the record itself names, such as its owner."""

Whom: TypeAlias = str
"""A role, the number of a person, or `NAMED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the sheet."""

    transfer: str
    whom: Whom
    personal: bool
    """Whether *whom* is the number of a person."""
    urgent: bool | None
    """None, here and below: as the transfer declares it."""
    acknowledge: bool | None
    hours: Decimal | None
    """The working hours within which an acknowledgement is expected."""
    off: bool
    since: dt.date | None

    @classmethod
    def of(cls, record: Record) -> "Entry | None":
        """Return the row that *record* is; None if it does not say which transfer it is about."""
        transfer, hours, since = record["rule"], record["hours"], record["from_on"]
        if not isinstance(transfer, str):
            return None
        return cls(
            transfer=transfer,
            whom=str(record["role"] or record["person"] or NAMED),
            personal=record["role"] is None and record["person"] is not None,
            urgent=_flag(record["urgent"]),
            acknowledge=_flag(record["acknowledge"]),
            hours=hours if isinstance(hours, Decimal) else None,
            off=record["off"] is True,
            since=since if isinstance(since, dt.date) else None,
        )

    @property
    def says(self) -> bool:
        """Whether it says anything else than what the transfer declares for this recipient."""
        return self.off or any(each is not None for each in (self.urgent, self.acknowledge, self.hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is told of a transfer, and how."""

    whom: Whom
    personal: bool = False
    urgent: bool
    acknowledge: bool
    hours: Decimal | None = None
    """None: as the transfer or the limits say."""
    added: bool = False
    """The company added him: the transfer does not name him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The rows in force on one day, at most one for each transfer and recipient."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def open(cls, records: Records, today: dt.date) -> "Matrix":
        """Return what is in force on *today*. Of several rows the one with the latest day counts, then the newest."""
        foremost: dict[tuple[str, Whom], Entry] = {}
        for entry in entries(records):
            if entry.since is not None and entry.since > today:
                continue
            key = (entry.transfer, entry.whom)
            before = foremost.get(key)
            if before is None or (before.since or dt.date.min) <= (entry.since or dt.date.min):
                foremost[key] = entry
        return cls(entries=tuple(foremost.values()))

    def recipients(self, transfer: Transfer, notify: Notify) -> tuple[Recipient, ...]:
        """Return who is told of *notify*, which *transfer* wants told: those it names first."""
        said = {each.whom: each for each in self.entries if each.transfer == transfer.key}
        declared: tuple[Whom, ...] = (*notify.roles, *((NAMED,) if notify.people else ()))
        found = [
            _as_said(
                Recipient(whom=whom, urgent=notify.urgent, acknowledge=transfer.acknowledge), said.get(whom)
            )
            for whom in declared
            if not ((row := said.get(whom)) is not None and row.off and may_leave_out(transfer, whom))
        ]
        for row in said.values():
            if not names(transfer, row.whom) and not row.off:
                blank = Recipient(
                    whom=row.whom,
                    personal=row.personal,
                    urgent=notify.urgent,
                    acknowledge=transfer.acknowledge,
                    added=True,
                )
                found.append(_as_said(blank, row))
        return tuple(found)


def entries(records: Records) -> Iterator[Entry]:
    """Yield every row of the sheet, those that are not in force too."""
    for record in records.every(MATRIX):
        entry = Entry.of(record)
        if entry is not None:
            yield entry


def names(transfer: Transfer, whom: Whom) -> bool:
    """Return whether *transfer* itself declares that *whom* is told."""
    told = transfer.told
    if told is None:
        return False
    return bool(told.people) if whom == NAMED else whom in told.roles


def may_leave_out(transfer: Transfer, whom: Whom) -> bool:
    """Return whether no clause demands that *whom* is told of *transfer*."""
    return not names(transfer, whom) or Role(whom) in transfer.optional


def declared_recipients(transfers: Iterable[Transfer]) -> Iterator[tuple[Transfer, Whom]]:
    """Yield each transfer with each recipient that it names: what the sheet shows without anybody's doing."""
    for transfer in transfers:
        for role in transfer.told.roles if transfer.told is not None else ():
            yield transfer, str(role)
        if names(transfer, NAMED):
            yield transfer, NAMED


def _as_said(recipient: Recipient, row: Entry | None) -> Recipient:
    if row is None:
        return recipient
    return replace(
        recipient,
        urgent=recipient.urgent if row.urgent is None else row.urgent,
        acknowledge=recipient.acknowledge if row.acknowledge is None else row.acknowledge,
        hours=row.hours,
    )


def _flag(value: object) -> bool | None:
    return {"yes": True, "no": False}.get(str(value))
