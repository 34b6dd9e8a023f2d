"""Receipts: to whom something was transferred, whether he has acknowledged it, and who must now (TX-3.3.2, TX-4.1).

A receipt is a record, made for each transfer and each desk that must acknowledge it. While it is open it says for
whom: a role or a person. Which desk that is, is found anew each time: who has left is not asked, whoever stands in
for him is (TX-5.4). Pure.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.effect import Notify
from sheet_templates.expression import calendar_in, limits_in
from sheet_templates.form import Desk, DeskKey, FieldKey, FormKey, Role
from sheet_templates.record import Record, RecordId, Records, Text, named, text
from sheet_templates.role import Post
from sync import desks as people
from sync.declared import Declared
from sync.work import Work

RECEIPT: Final = FormKey("receipt")
RECEIVED: Final = "received"
"""The word of the pick list."""
OPEN_FOR: Final = FieldKey("open_for")
SHOWS: Final = FieldKey("&receipt")
"""Under this key a render remembers which receipt a line of 待辦 asks for; it is no column."""

LEADER: Final = Role("leader")
_CLAUSE: Final = "TX-4.1"
_FORMAT: Final = "%Y-%m-%d %H:%M"
_HANDS: Final = 20
"""So often what somebody left behind is handed on at most: people may stand in for each other in a ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a receipt remembers of what was told, in the workspace's language."""

    event: str
    form: FormKey
    record: RecordId
    headline: str
    lines: Mapping[str, tuple[str, str]]
    """Field → its label, and its value as it was told."""
    changed: tuple[str, ...] = ()
    """What is another than in the receipt that this one replaces."""
    urgent: bool
    recorded: str
    """When what is told was entered."""

    def dump(self) -> str:
        """Return it as the text of a field."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    @classmethod
    def load(cls, said: str) -> "Content":
        """Return what `dump` wrote."""
        told = json.loads(said)
        told["lines"] = {key: (label, value) for key, (label, value) in told["lines"].items()}
        told["changed"] = tuple(told["changed"])
        return cls(**told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One receipt that is open."""

    record: Record
    whom: str
    """A role, or the number of a person."""
    content: Content
    due: dt.datetime

    @property
    def id(self) -> RecordId:
        """What it is known by."""
        return self.record.id

    @classmethod
    def of(cls, record: Record, zone: dt.tzinfo | None) -> "Receipt | None":
        """Return the receipt that *record* is; None if it is not open."""
        whom, content, due = record[OPEN_FOR], record["content"], record["due"]
        if not (isinstance(whom, str) and isinstance(content, str) and isinstance(due, str)):
            return None
        return cls(record=record, whom=whom, content=Content.load(content), due=read_moment(due, zone))


def moment(at: dt.datetime) -> str:
    """Return *at* as a receipt says it: so that it sorts by time."""
    return at.strftime(_FORMAT)


def read_moment(said: str, zone: dt.tzinfo | None) -> dt.datetime:
    """Return the time that a receipt says."""
    return dt.datetime.strptime(said, _FORMAT).replace(tzinfo=zone)


def stands_for(person: str, records: Records, today: dt.date) -> str | None:
    """Return who answers for what *person* is told: himself; who succeeds him; his superior. None: nobody is left."""
    seen: set[str] = set()
    while person not in seen and len(seen) < _HANDS:
        seen.add(person)
        found = records.numbered(people.PEOPLE, person)
        if found is None:
            return None
        if people.works(found, today):
            return person
        person = str(found["successor"] or found["superior"] or "")
    return None


def addressees(whom: str, records: Records, posts: Mapping[Role, Post], today: dt.date) -> frozenset[DeskKey]:
    """Return the desk that must acknowledge what *whom*, a role or a person, was told; none if nobody is left."""
    if Role(whom) in posts:
        return frozenset({DeskKey(whom)})
    person = stands_for(whom, records, today)
    found = records.numbered(people.PEOPLE, person) if person is not None else None
    if found is None or person is None:
        return frozenset({DeskKey(people.ADMIN)})
    role = Role(str(found["role"]))
    return frozenset({DeskKey(person if role in posts and posts[role].personal else role)})


def open_at(
    desk: Desk, declared: Declared, records: Records, today: dt.date, zone: dt.tzinfo | None
) -> Iterator[Receipt]:
    """Yield the receipts that *desk* must acknowledge, the oldest first."""
    if RECEIPT not in declared.forms:
        return
    asked: dict[str, None] = {str(desk.role): None} if str(desk.key) == str(desk.role) else {}
    asked |= dict.fromkeys(desk.people)
    for person in records.every(people.PEOPLE):
        if not people.works(person, today):
            asked[person.number] = None
    for whom in asked:
        found = records.holding(RECEIPT, OPEN_FOR, whom)
        if found and desk.key in addressees(whom, records, declared.posts, today):
            for record in found:
                receipt = Receipt.of(record, zone)
                if receipt is not None:
                    yield receipt


def about(record: Record, records: Records, zone: dt.tzinfo | None) -> Iterator[Receipt]:
    """Yield the receipts that are open about *record*."""
    for each in records.holding(RECEIPT, FieldKey("subject"), record.number) if record.number else ():
        receipt = Receipt.of(each, zone)
        if receipt is not None and receipt.content.form == record.form:
            yield receipt


def every_open(records: Records, zone: dt.tzinfo | None) -> Iterator[Receipt]:
    """Yield every receipt that is open."""
    for record in records.every(RECEIPT):
        receipt = Receipt.of(record, zone)
        if receipt is not None:
            yield receipt


def concerned(work: Work) -> frozenset[DeskKey]:
    """Return the desks whose 待辦 tells of a receipt that *work* opens, closes, or hands to somebody else."""
    found: set[DeskKey] = set()
    if RECEIPT not in work.declared.forms:
        return frozenset()
    posts, today = work.declared.posts, work.at.date()
    for form, record in work.started:
        if form == RECEIPT:
            for records in (work.store, work.records):
                each = records.get(form, record)
                whom = each[OPEN_FOR] if each is not None else None
                if isinstance(whom, str):
                    found |= addressees(whom, records, posts, today)
        if form == people.PEOPLE:
            person = work.records.get(form, record)
            if person is not None and work.records.holding(RECEIPT, OPEN_FOR, person.number):
                found |= addressees(person.number, work.store, posts, today)
                found |= addressees(person.number, work.records, posts, today)
    return frozenset(found)


# What nobody acknowledged ---------------------------------------------------------------------------------


def late(declared: Declared, records: Records, now: dt.datetime) -> tuple[tuple[Notify, ...], set[DeskKey]]:
    """Return what is told today of receipts that are overdue, and the desks whose 待辦 tells of open ones.

    Who must acknowledge is reminded once a day; after so many working days his superior is told, then the leader,
    each once (`limit.remind_superior_days`, `limit.remind_leader_days`).
    """
    notices: list[Notify] = []
    concerned_: set[DeskKey] = set()
    limits = limits_in(records)
    calendar = calendar_in(records, declared.calendar, limits)
    everybody = people.desks(records, declared.posts, declared.lang, now.date())
    superior, leader = (limits.get(f"remind_{who}_days", days) for who, days in _RUNGS)
    for receipt in every_open(records, now.tzinfo):
        keys = addressees(receipt.whom, records, declared.posts, now.date())
        concerned_ |= keys
        if receipt.due < now:
            desks = tuple(each for each in everybody if each.key in keys)
            overdue = _Late(
                receipt=receipt, desks=desks, declared=declared, records=records, today=now.date()
            )
            days = calendar.between(receipt.due.date(), now.date())
            notices.append(overdue.reminder())
            if days >= superior:
                notices.append(overdue.to_superior())
            if days >= leader:
                notices.append(overdue.told("leader", (LEADER,), ()))
    return tuple(notices), concerned_


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
        above = tuple(sorted(set(self._superiors())))
        return self.told("superior", () if above else (LEADER,), above)

    def told(self, rung: str, roles: tuple[Role, ...], above: tuple[str, ...]) -> Notify:
        """Return what those above are told, once on each rung."""
        receipt = self.receipt
        return Notify(
            event=f"receipt.{rung}:{receipt.id}",
            people=above,
            roles=roles,
            urgent=True,
            headline=text("receipt.escalated", who=self._who(), headline=receipt.content.headline),
            lines=(text("receipt.escalated.line", due=moment(receipt.due)),),
            form=receipt.content.form,
            record=receipt.content.record,
            rule="reminder.receipt",
            clause=_CLAUSE,
        )

    def _who(self) -> Text:
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
