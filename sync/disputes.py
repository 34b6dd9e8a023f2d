"""Conflicts as people see them: what stands and what was set aside, who has the last word, and how one ends. Pure.

A cell that two desks changed keeps the value that was saved first; the other one is set aside, in a `Conflict`.
Who decides (docs/merge.md, C8): the person whose record it is, if he may type in the column; else the department
whose column it is, if it is one department's; else whoever's value was set aside.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

from rules.effect import Notify
from rules.saying import value_said
from sheet_templates.expression import calendar_in, limits_in
from sheet_templates.form import Desk, DeskKey, Field, FieldKey, Form, FormKey
from sheet_templates.link import linked_form
from sheet_templates.numeral import shorten
from sheet_templates.record import Address, Param, Record, RecordId, Records, State, Text, Value, named, text
from sheet_templates.value import dump, word
from sheet_templates.working_calendar import FARTHEST
from sync import desks as people
from sync.declared import Declared
from sync.lookup import DeskLookUp
from sync.ports import Conflict, Entry, Store
from sync.work import Work, derived_id

BASE: Final = FieldKey("base")
MINE: Final = FieldKey("mine")
THEIRS: Final = FieldKey("theirs")
BY: Final = FieldKey("by")
PICK: Final = FieldKey("pick")
"""The columns of a conflict's line in 待辦."""

SUBJECT: Final = FieldKey("subject_number")

LINE: Final = FieldKey("&conflict")
"""Under this key a render remembers which conflict a line of 待辦 showed; it is no column."""

TOLD: Final = FieldKey("&told")
"""Likewise, that the line said what became of a choice in it."""

CONFLICTING: Final = "merge.conflict"
"""What is said beside the record, as long as the conflict is open."""

LIMIT: Final = "conflict_days"
_DAYS: Final = 3
_SENTENCE: Final = 200


def key_of(conflict: Conflict) -> RecordId:
    """Return what a conflict is known by, in whichever line of which copy it stands."""
    mine = json.dumps(dump(conflict.mine), ensure_ascii=False, sort_keys=True)
    address = conflict.address
    place = f"{conflict.desk}:{address.form}:{address.record}:{address.field}"
    return derived_id(f"conflict:{place}:{conflict.at.isoformat()}:{mine}")


def line_name(conflict: Conflict) -> str:
    """Return what a render remembers of the conflict that a line shows: its key, and the cell."""
    address = conflict.address
    return f"{key_of(conflict)} {address.form} {address.record} {address.field}"


def named_conflict(shows: Mapping[FieldKey, Value]) -> tuple[RecordId, Address]:
    """Return which conflict a line showed, and its cell."""
    key, form, record, field = str(shows[LINE]).split()
    return RecordId(key), Address(form=FormKey(form), record=RecordId(record), field=FieldKey(field))


def conflict_said(
    field: Field,
    declared: Declared,
    records: Records,
    *,
    mine: Value,
    theirs: Value,
    base: Value,
    who: Text,
) -> Text:
    """Return the sentence that tells of a conflict, to whom *mine* belongs."""
    values = {
        name: text("empty") if value is None else _shortly(value_said(field, value, declared.forms, records))
        for name, value in (("mine", mine), ("theirs", theirs), ("base", base))
    }
    return text(CONFLICTING, who=who, **values)


def _shortly(said: Param) -> Param:
    """Return a long text as a sentence has room for it, several in one cell; the columns of 待辦 show it whole."""
    return shorten(said, _SENTENCE) if isinstance(said, str) and len(said) > _SENTENCE else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """An open conflict, and how things stand with it."""

    key: RecordId
    conflict: Conflict
    form: Form
    field: Field
    record: Record
    stands: Value
    last: Entry | None
    """Who changed the cell last, if the journal says so."""
    decider: Desk | None
    """Who has the last word; None if nobody is left who could."""

    @property
    def address(self) -> Address:
        """The cell."""
        return self.conflict.address

    @property
    def author(self) -> DeskKey | None:
        """The desk from which the value that stands came."""
        return None if self.last is None else self.last.desk

    def told(self, desk: Desk) -> bool:
        """Return whether *desk* may choose: its value was set aside, or it has the last word."""
        last_word = self.decider is not None and self.decider.key == desk.key
        return (desk.key == self.conflict.desk or last_word) and self.field.read_by(desk.role)

    def sides(self, desk: DeskKey) -> tuple[Value, Value]:
        """Return both values as *desk* sees them: its own, and the other.

        Who typed neither finds the one that was set aside under his own, beside the one that stands.
        """
        if self.author == desk and self.conflict.desk != desk:
            return self.stands, self.conflict.mine
        return self.conflict.mine, self.stands

    def chosen(self, desk: DeskKey, pick: str) -> Value:
        """Return the value that *desk* means by a choice of the pick list."""
        mine, theirs = self.sides(desk)
        return {"mine": mine, "theirs": theirs, "stands": self.stands}[pick]

    def other(self, chosen: Value) -> Value:
        """Return the value that was given up for *chosen*."""
        return self.conflict.mine if chosen == self.stands else self.stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputes:
    """The open conflicts of a company at one moment."""

    declared: Declared
    store: Store
    records: Records
    today: dt.date
    written: tuple[Entry, ...] = ()
    """Entries that the journal will have, after those that it has."""
    desks: tuple[Desk, ...] = made(init=False)

    def __post_init__(self) -> None:
        found = people.desks(self.records, self.declared.posts, self.declared.lang, self.today)
        object.__setattr__(self, "desks", found)

    @classmethod
    def stored(cls, declared: Declared, store: Store, today: dt.date) -> "Disputes":
        """Return the conflicts as they stand in the store."""
        return cls(declared=declared, store=store, records=store, today=today)

    @classmethod
    def working(cls, work: Work) -> "Disputes":
        """Return the store's conflicts with the records as *work* will leave them."""
        return cls(
            declared=work.declared,
            store=work.store,
            records=work.records,
            today=work.at.date(),
            written=tuple(work.entries),
        )

    def every(self) -> tuple[Dispute, ...]:
        """Return all that are open, the oldest first."""
        found = (self.of(each) for each in self.store.conflicts())
        return tuple(each for each in found if each is not None)

    def of(self, conflict: Conflict) -> Dispute | None:
        """Return how things stand with *conflict*; None if its record or column is out of use."""
        address = conflict.address
        form = self.declared.forms.get(address.form)
        field = form.field(address.field) if form is not None else None
        record = self.records.get(address.form, address.record)
        if form is None or field is None or record is None or record.state is State.RETRACTED:
            return None
        return Dispute(
            key=key_of(conflict),
            conflict=conflict,
            form=form,
            field=field,
            record=record,
            stands=record.values.get(address.field),
            last=self._last(address),
            decider=self._decider(conflict, form, field, record),
        )

    def superiors(self, dispute: Dispute) -> tuple[str, ...]:
        """Return the superiors of those who should decide; nobody's if nobody should."""
        whose = dispute.decider.people if dispute.decider is not None else ()
        found = (self.records.numbered(people.PEOPLE, each) for each in whose)
        above = {each["superior"] for each in found if each is not None}
        working = (self.records.numbered(people.PEOPLE, each) for each in above if isinstance(each, str))
        return tuple(
            sorted(each.number for each in working if each is not None and people.works(each, self.today))
        )

    def late(self, dispute: Dispute) -> bool:
        """Return whether *dispute* should have been decided by now."""
        return self.due(dispute) <= self.today

    def due(self, dispute: Dispute) -> dt.date:
        """Return the working day from which on nobody waits any more (TX-4.1)."""
        limits = limits_in(self.records)
        days = limits.get(LIMIT)
        if days is None:
            declared = self.declared.limits.get(LIMIT)
            days = declared.value if declared is not None else None
        calendar = calendar_in(self.records, self.declared.calendar, limits)
        return calendar.add(dispute.conflict.at.date(), _DAYS if days is None else min(int(days), FARTHEST))

    def _decider(self, conflict: Conflict, form: Form, field: Field, record: Record) -> Desk | None:
        owner = self._owner(form, record)
        for desk in self.desks:
            if owner is not None and owner in desk.people and desk.role in field.owners:
                return desk
        departments = [
            desk
            for desk in self.desks
            if desk.role in field.owners and not self.declared.posts[desk.role].personal
        ]
        if len(departments) == 1:
            return departments[0]
        return next((desk for desk in self.desks if desk.key == conflict.desk), None)

    def _owner(self, form: Form, record: Record | None) -> str | None:
        """Return whose record it is; whose a line is, says the record that it belongs to."""
        if record is None:
            return None
        if form.owner is not None:
            value = record.values.get(form.owner)
            return value if isinstance(value, str) else None
        parent = form.field(form.parent) if form.parent is not None else None
        target = linked_form(parent) if parent is not None else None
        number = record.values.get(parent.key) if parent is not None else None
        if target is None or not isinstance(number, str):
            return None
        return self._owner(self.declared.forms[target], self.records.numbered(target, number))

    def _last(self, address: Address) -> Entry | None:
        journal = (line.entry for line in self.store.journal(address.form, address.record))
        last = None
        for entry in (*journal, *self.written):
            place = (entry.form, entry.record, entry.field)
            if entry.kind == "change" and place == (address.form, address.record, address.field):
                last = entry
        return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Says what a conflict's line in 待辦 holds, in the words of one desk."""

    desk: Desk
    declared: Declared
    store: Store

    def cells(self, dispute: Dispute) -> Mapping[FieldKey, str]:
        """Return the line's own columns: base, mine, theirs, and who typed which and when."""
        mine, theirs = dispute.sides(self.desk.key)
        return {
            BASE: self.value(dispute, dispute.conflict.base),
            MINE: self.value(dispute, mine),
            THEIRS: self.value(dispute, theirs),
            BY: self._by(dispute),
        }

    def value(self, dispute: Dispute, value: Value) -> str:
        """Return a value on one line, as its column shows it; a word if it is empty."""
        look_up = DeskLookUp(
            desk=self.desk.key,
            forms=self.declared.forms,
            records=self.store,
            store=self.store,
            sees=lambda _record: False,
        )
        said = word(dispute.field, value, self.desk.lang, look_up)
        return " ".join(said.split()) or self._say(text("empty"))

    def _by(self, dispute: Dispute) -> str:
        conflict, last = dispute.conflict, dispute.last
        stands = self._say(author(self.declared, self.store, dispute.author))
        aside = self._say(author(self.declared, self.store, conflict.desk))
        when = conflict.at if last is None else last.at.astimezone(conflict.at.tzinfo)
        return self._say(
            text(
                "todo.conflict.by",
                aside=aside,
                aside_at=f"{conflict.at:%m-%d %H:%M}",
                stands=stands,
                stands_at=f"{when:%m-%d %H:%M}",
            )
        )

    def _say(self, said: Text) -> str:
        return self.declared.words.say(said, self.desk.lang)


def author(declared: Declared, records: Records, desk: DeskKey | None) -> Text:
    """Return whose desk it is: a person's name, a department's, or Deskbook itself."""
    if desk is None:
        return text("role.daemon")
    person = records.numbered(people.PEOPLE, desk)
    if person is not None:
        return text("plain", value=str(person["name"] or person.number))
    return text(f"role.{desk}") if f"role.{desk}" in declared.words else text("role.daemon")


def end(work: Work, dispute: Dispute, desk: DeskKey, chosen: Value) -> None:
    """Let *dispute* end by what *desk* chose.

    If another desk has the last word and what stood was replaced, it goes on there, the other way round.
    """
    work.settled.append(dispute.conflict)
    decider = dispute.decider
    if decider is None or decider.key == desk or chosen == dispute.stands:
        return
    conflict = dispute.conflict
    work.conflicts.append(
        Conflict(
            desk=decider.key,
            address=conflict.address,
            base=conflict.base,
            mine=dispute.stands,
            theirs=chosen,
            at=work.at,
        )
    )


def concerned(work: Work) -> frozenset[DeskKey]:
    """Return the desks whose 待辦 tells of a conflict that *work* opens, ends or changes."""
    standing = work.store.conflicts()
    if not standing and not work.conflicts:
        return frozenset()
    # Before and after: who decides may be another one now.
    views = (Disputes.stored(work.declared, work.store, work.at.date()), Disputes.working(work))
    settled = {key_of(each) for each in work.settled}
    found: set[DeskKey] = set()
    for conflict in (*standing, *work.conflicts):
        place = (conflict.address.form, conflict.address.record)
        if place in work.started or conflict in work.conflicts or key_of(conflict) in settled:
            found.add(conflict.desk)
            for disputes in views:
                dispute = disputes.of(conflict)
                if dispute is not None:
                    found.update(_listing(disputes, dispute))
    return frozenset(found)


def _listing(disputes: Disputes, dispute: Dispute) -> Iterator[DeskKey]:
    if dispute.decider is not None:
        yield dispute.decider.key
    above = {*disputes.superiors(dispute)}
    yield from (desk.key for desk in disputes.desks if above & {*desk.people})


def escalated(declared: Declared, store: Store, now: dt.datetime) -> tuple[tuple[Notify, ...], set[DeskKey]]:
    """Return what the superiors of those who should have decided are to be told, and whose 待辦 tells of it.

    Each conflict is told once: the event is its key. Where nobody is above, the administrator is told. The 待辦 of
    whoever may choose is named as well: who that is, may have changed with people.
    """
    notices: list[Notify] = []
    desks: set[DeskKey] = set()
    disputes = Disputes.stored(declared, store, now.date())
    for dispute in disputes.every():
        desks.update({dispute.conflict.desk, *_listing(disputes, dispute)})
        if disputes.late(dispute):
            notices.append(_late(declared, store, dispute, disputes.superiors(dispute)))
    return tuple(notices), desks


def _late(declared: Declared, store: Store, dispute: Dispute, above: Iterable[str]) -> Notify:
    who = author(declared, store, dispute.decider.key if dispute.decider is not None else None)
    told = tuple(above)
    return Notify(
        event=f"conflict.late:{dispute.key}",
        people=told,
        roles=() if told else (people.ADMIN,),
        urgent=True,
        headline=text(
            "conflict.late",
            form=named(dispute.form.labels),
            number=dispute.record.number,
            label=named(dispute.field.labels),
            who=who,
        ),
        lines=(text("conflict.late.line", since=dispute.conflict.at.date(), who=who),),
        form=dispute.form.key,
        record=dispute.record.id,
        rule="conflict",
        clause=_clause(declared),
    )


def _clause(declared: Declared) -> str:
    limit = declared.limits.get(LIMIT)
    return limit.clause if limit is not None else ""
