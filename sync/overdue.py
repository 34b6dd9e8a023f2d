"""Receipts that are overdue: who is reminded, to whom they go up, and what stands in 待辦 there (TX-4.1). Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.effect import Notify
from sheet_templates.expression import calendar_in, limits_in
from sheet_templates.form import Desk, DeskKey, Role
from sheet_templates.record import Records, Text, named, text
from sheet_templates.working_calendar import WorkingCalendar
from sync import desks as people
from sync.declared import Declared
from sync.receipts import (
    LEADER,
    OPEN_FOR,
    RECEIPT,
    Receipt,
    addressees,
    every_open,
    moment,
    overseeing,
    stands_for,
)

_CLAUSE: Final = "TX-4.1"


def late(declared: Declared, records: Records, now: dt.datetime) -> tuple[tuple[Notify, ...], set[DeskKey]]:
    """Return what is told today of receipts that are overdue, and the desks whose 待辦 tells of open ones.

    Who must acknowledge is reminded once a day; after so many working days his superior is told, then the leader,
    each once (`limit.remind_superior_days`, `limit.remind_leader_days`).
    """
    notices: list[Notify] = []
    concerned_: set[DeskKey] = set()
    rungs = _Rungs.open(declared, records, now)
    for receipt in every_open(records, now.tzinfo):
        concerned_ |= addressees(receipt.whom, records, declared.posts, now.date())
        if receipt.due < now:
            overdue, days = rungs.late(receipt), rungs.days(receipt)
            notices.append(overdue.reminder())
            if days >= rungs.superior:
                concerned_ |= overseeing(declared, records, now)
                notices.append(overdue.to_superior())
            if days >= rungs.leader:
                notices.append(overdue.told("leader", (LEADER,), ()))
    return tuple(notices), concerned_


def overdue_below(
    desk: Desk, declared: Declared, records: Records, now: dt.datetime
) -> Iterator[tuple[Receipt, Text]]:
    """Yield the receipts that went up to the people of *desk*, and who has not acknowledged them."""
    if RECEIPT not in declared.forms or desk.key not in overseeing(declared, records, now):
        return
    rungs = _Rungs.open(declared, records, now)
    whoms = [*declared.posts, *(each.number for each in records.every(people.PEOPLE))]
    for record in (each for whom in whoms for each in records.holding(RECEIPT, OPEN_FOR, str(whom))):
        receipt = Receipt.of(record, now.tzinfo)
        if receipt is None or receipt.due >= now:
            continue
        overdue, days = rungs.late(receipt), rungs.days(receipt)
        above = overdue.above()
        mine = bool({*above} & {*desk.people}) or (not above and desk.role == LEADER)
        if (mine and days >= rungs.superior) or (desk.role == LEADER and days >= rungs.leader):
            yield receipt, overdue.who()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rungs:
    """When receipts that nobody acknowledges go up, and to whom."""

    declared: Declared
    records: Records
    now: dt.datetime
    calendar: WorkingCalendar
    desks: tuple[Desk, ...]
    superior: Decimal
    """So many working days after it was due his superior is told; below likewise the leader."""
    leader: Decimal

    @classmethod
    def open(cls, declared: Declared, records: Records, now: dt.datetime) -> "_Rungs":
        """Look up how the company counts."""
        limits = limits_in(records)
        superior, leader = (limits.get(f"remind_{who}_days", days) for who, days in _RUNGS)
        return cls(
            declared=declared,
            records=records,
            now=now,
            calendar=calendar_in(records, declared.calendar, limits),
            desks=people.desks(records, declared.posts, declared.lang, now.date()),
            superior=superior,
            leader=leader,
        )

    def days(self, receipt: Receipt) -> int:
        """Return for how many working days it is overdue."""
        return self.calendar.between(receipt.due.date(), self.now.date())

    def late(self, receipt: Receipt) -> "_Late":
        keys = addressees(receipt.whom, self.records, self.declared.posts, self.now.date())
        desks = tuple(each for each in self.desks if each.key in keys)
        return _Late(
            receipt=receipt,
            desks=desks,
            declared=self.declared,
            records=self.records,
            today=self.now.date(),
        )


_RUNGS: Final = (("superior", Decimal(2)), ("leader", Decimal(5)))
"""To whom it goes up, and after how many working days, where a company has no such limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """A receipt that is overdue, and the desks that should have acknowledged it."""

    receipt: Receipt
    desks: tuple[Desk, ...]
    declared: Declared
    records: Records
    today: dt.date

    def reminder(self) -> Notify:
        """Return what those are told who must acknowledge: once a day."""
        receipt, who = self.receipt, tuple(person for desk in self.desks for person in desk.people)
        return Notify(
            event=f"receipt.late:{receipt.id}:{self.today.isoformat()}",
            people=who,
            roles=() if who else (people.ADMIN,),
            headline=text("receipt.late", headline=receipt.content.headline, due=moment(receipt.due)),
            lines=(text("receipt.late.mend"),),
            form=receipt.content.form,
            record=receipt.content.record,
            rule="reminder.receipt",
            clause=_CLAUSE,
        )

    def to_superior(self) -> Notify:
        """Return what their superiors are told, or where nobody is above the leader."""
        above = self.above()
        return self.told("superior", () if above else (LEADER,), above)

    def told(self, rung: str, roles: tuple[Role, ...], above: tuple[str, ...]) -> Notify:
        """Return what those above are told, once on each rung."""
        receipt = self.receipt
        return Notify(
            event=f"receipt.{rung}:{receipt.id}",
            people=above,
            roles=roles,
            urgent=True,
            headline=text("receipt.escalated", who=self.who(), headline=receipt.content.headline),
            lines=(text("receipt.escalated.line", due=moment(receipt.due)),),
            form=receipt.content.form,
            record=receipt.content.record,
            rule="reminder.receipt",
            clause=_CLAUSE,
        )

    def above(self) -> tuple[str, ...]:
        """Return the superiors of those who should have acknowledged it."""
        return tuple(sorted(set(self._superiors())))

    def who(self) -> Text:
        """Return who should have acknowledged it."""
        post = self.declared.posts.get(Role(self.receipt.whom))
        if post is not None:
            return named(post.labels)
        person = self.records.numbered(people.PEOPLE, self.receipt.whom)
        return text("plain", value=str(person["name"] if person is not None else self.receipt.whom))

    def _superiors(self) -> Iterator[str]:
        for person in (person for desk in self.desks for person in desk.people):
            found = self.records.numbered(people.PEOPLE, person)
            above = found["superior"] if found is not None else None
            superior = stands_for(above, self.records, self.today) if isinstance(above, str) else None
            if superior is not None and superior != person:
                yield superior
