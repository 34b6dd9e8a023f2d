"""Receipts: to whom something was transferred, whether he has acknowledged it, and who must now (TX-3.3.2, TX-4.1).

A receipt is a record, made for each transfer and each desk that must acknowledge it. While it is open it says for
whom: a role or a person. Which desk that is, is found anew each time: who has left is not asked, whoever stands in
for him is (TX-5.4). Pure.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sheet_templates.form import Desk, DeskKey, FieldKey, FormKey, Role
from sheet_templates.record import Record, RecordId, Records
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
                receipt = Receipt.of(each, work.at.tzinfo) if each is not None else None
                if receipt is not None:
                    found |= addressees(receipt.whom, records, posts, today)
                    if receipt.due < work.at:
                        found |= overseeing(work.declared, records, work.at)
        if form == people.PEOPLE:
            person = work.records.get(form, record)
            if person is not None and work.records.holding(RECEIPT, OPEN_FOR, person.number):
                found |= addressees(person.number, work.store, posts, today)
                found |= addressees(person.number, work.records, posts, today)
    return frozenset(found)


def overseeing(declared: Declared, records: Records, now: dt.datetime) -> frozenset[DeskKey]:
    """Return the desks of those to whom receipts may go up: the leaders, and whoever has somebody below him."""
    today = now.date()
    superiors = {str(each["superior"]) for each in records.every(people.PEOPLE) if each["superior"]}
    leaders = {each.number for each in records.every(people.PEOPLE) if each["role"] == LEADER}
    keys = (addressees(each, records, declared.posts, today) for each in superiors | leaders)
    return frozenset(key for each in keys for key in each)
