"""Who sees what, and whom a change concerns: the desks, their views, and the rows that must be shown anew. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal
from typing import Final

from rules.content import lines_of
from rules.leave import LEAVE, absent
from rules.turn import Turn, whose_turn
from sheet_templates.expression import CALENDAR, Expression, ExpressionContext, calendar_in, limits_in
from sheet_templates.form import MASTER, NUMBER, Desk, DeskKey, FieldKey, FormKey
from sheet_templates.record import Record, RecordId, Records, State, Value
from sheet_templates.scope import linked_form
from sheet_templates.shared import SHARING
from sheet_templates.working_calendar import WorkingCalendar
from sync import desks as people
from sync import receipts
from sync.declared import TODO, Declared
from sync.disputes import concerned
from sync.follow import Following
from sync.ports import Store
from sync.reach import Reach
from sync.sharing import Holds, Share, Sharing, shares
from sync.work import Work

TODO_ROW: Final = RecordId("*")
"""Stands for all rows of the 待辦 sheet: they are computed together."""

_TOLD: Final = frozenset({FormKey("people"), FormKey("limits"), CALENDAR, LEAVE})

_LATELY: Final = dt.timedelta(days=31)
"""So long after a leave its delegate's rows are looked at: the computer may have been off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Everybody's view at one moment: build it once for many questions."""

    declared: Declared
    records: Records
    today: dt.date
    desks: tuple[Desk, ...]
    limits: Mapping[str, Decimal]
    calendar: WorkingCalendar
    me: Mapping[DeskKey, Mapping[str, Value]]
    sharing: Sharing
    instead: Mapping[DeskKey, tuple[Desk, ...]] = made(default_factory=dict)
    """Desk → the desks of those for whom its people sign while they are away."""

    @classmethod
    def open(cls, declared: Declared, records: Records, today: dt.date) -> "Eyes":
        """Return everybody's view of *records* on *today*."""
        desks = people.desks(records, declared.posts, declared.lang, today)
        limits = limits_in(records)
        return cls(
            declared=declared,
            records=records,
            today=today,
            desks=desks,
            limits=limits,
            calendar=calendar_in(records, declared.calendar, limits),
            me={desk.key: people.me(desk, records) for desk in desks},
            sharing=Sharing.open(declared.forms, declared.reaches, records, today),
            instead=_instead(desks, records, today),
        )

    def sees(self, desk: Desk, record: Record) -> bool:
        """Return whether *desk* sees *record*. A view that is unknown hides it."""
        if record.state is State.RETRACTED:
            return False
        if desk.role == MASTER:
            return True
        if self._looks(desk, record):
            return True
        # Who signs for somebody sees what waits for a signature as that one would, and nothing else.
        away = self.instead.get(desk.key, ()) if self.instead and self._waits(record) else ()
        return bool(away) and not self.keeps(desk, record) and any(self._looks(each, record) for each in away)

    def _looks(self, desk: Desk, record: Record) -> bool:
        view = self.declared.views.get((record.form, desk.role))
        return view is not None and self._lets(desk, record, view=view.true(self._context(desk, record)))

    def hides(self, desk: Desk, record: Record) -> frozenset[FieldKey]:
        """Return the fields in the columns of *desk* that it does not see of *record*, which it sees (TX-3.1.3)."""
        return self.sharing.hidden(desk, record.form, self._holds(desk, record))

    def keeps(self, desk: Desk, record: Record) -> bool:
        """Return whether a sharing scope keeps *desk* from *record*, whatever else lets it see it."""
        return not self._lets(desk, record, view=True)

    def narrows(self, desk: Desk, record: Record) -> bool:
        """Return whether a sharing scope keeps *desk* from something that a notice about *record* may tell.

        That is the record, fields of it, and fields of the records that it refers to.
        """
        form = self.declared.forms[record.form]
        forms = {record.form, *(linked_form(each) for each in form.fields)}
        return self.keeps(desk, record) or any(
            each.reach is not Reach.ALL and each.part.form in forms and each.applies(desk)
            for each in self.sharing.shares
        )

    def reads(self, desk: Desk, record: Record, field: FieldKey) -> bool:
        """Return whether *desk* sees *field* of *record*."""
        declared = self.declared.forms[record.form].field(field)
        may = declared is not None and (declared.read_by(desk.role) or desk.role in declared.wider)
        return may and self.sees(desk, record) and field not in self.hides(desk, record)

    def who(self, record: Record) -> frozenset[DeskKey]:
        """Return the desks that see *record*.

        A view that does not ask who looks is evaluated once for all desks of a role.
        """
        if record.state is State.RETRACTED:
            return frozenset()
        found: set[DeskKey] = {DeskKey(MASTER)}
        same: dict[str, bool] = {}
        for desk in self.desks:
            view = self.declared.views.get((record.form, desk.role))
            if view is None:
                continue
            if any(name.startswith("me.") for name in view.names):
                seen = view.true(self._context(desk, record))
            else:
                seen = same.setdefault(desk.role, view.true(self._context(desk, record)))
            if self._lets(desk, record, view=seen):
                found.add(desk.key)
        if self.instead and self._waits(record):
            found |= {each.key for each in self.desks if each.key in self.instead and self.sees(each, record)}
        return frozenset(found)

    def _lets(self, desk: Desk, record: Record, *, view: bool) -> bool:
        return self.sharing.lets(desk, record.form, view=view, holds=self._holds(desk, record))

    def _holds(self, desk: Desk, record: Record) -> Holds:
        def holds(condition: Expression) -> bool:
            return condition.true(self._context(desk, record))

        return holds

    def _waits(self, record: Record) -> bool:
        """Return whether *record*, or the one of which it is a line, is up for sign-off."""
        form = self.declared.forms[record.form]
        link = form.field(form.parent) if form.parent is not None else None
        target, number = (
            linked_form(link) if link is not None else None,
            record.values.get(form.parent or NUMBER),
        )
        if target is not None and isinstance(number, str):
            head = self.records.numbered(target, number)
            return head is not None and head.state is State.SUBMITTED
        return record.state is State.SUBMITTED

    def _context(self, desk: Desk, record: Record) -> ExpressionContext:
        return ExpressionContext(
            record=record,
            records=self.records,
            forms=self.declared.forms,
            today=self.today,
            limits=self.limits,
            calendar=self.calendar,
            me=self.me.get(desk.key, {}),
        )


def _instead(desks: tuple[Desk, ...], records: Records, today: dt.date) -> Mapping[DeskKey, tuple[Desk, ...]]:
    found: defaultdict[DeskKey, list[Desk]] = defaultdict(list)
    for leave, delegate in absent(records, today):
        away = people.desks_of(desks, str(leave["owner"]))
        for desk in people.desks_of(desks, delegate):
            found[desk.key].extend(each for each in away if not each.shared)
    return {key: tuple(several) for key, several in found.items()}


def overnight(declared: Declared, store: Store, today: dt.date) -> set[tuple[DeskKey, FormKey, RecordId]]:
    """Return the rows of delegates that a leave which begins or ended lately shows, or no longer shows.

    A day that passes changes no record, so nothing else says that these rows are to be shown anew.
    """
    desks = people.desks(store, declared.posts, declared.lang, today)
    concerned: set[DeskKey] = set()
    for leave in store.every(LEAVE):
        start, end = leave["start_on"], leave["end_on"]
        if isinstance(start, dt.date) and isinstance(end, dt.date) and start <= today <= end + _LATELY:
            for who in (leave["owner"], leave["delegate"]):
                if isinstance(who, str):
                    concerned.update(desk.key for desk in people.desks_of(desks, who))
    rows = {
        (desk, each.form, each.id)
        for run in (store.open_runs() if concerned else ())
        if (record := store.get(run.form, run.record)) is not None
        for each in (record, *lines_of(declared.forms[run.form], record, declared.forms, store))
        for desk in concerned
    }
    return rows | {todo(desk) for desk in concerned}


def dirty(work: Work) -> set[tuple[DeskKey, FormKey, RecordId]]:
    """Return the rows that desks must be shown anew because of what *work* changed.

    A row is shown anew where it is seen now or was seen before: what is no longer seen is taken out.
    """
    if not work.started:
        return set()
    declared = work.declared
    after = Eyes.open(declared, work.records, work.at.date())
    before = Eyes.open(declared, work.store, work.at.date())
    found: set[tuple[DeskKey, FormKey, RecordId]] = set()
    looked: set[tuple[FormKey, RecordId]] = set()
    for (form, key), was in work.started.items():
        record = work.records.get(form, key)
        assert record is not None
        for each in _concerned(was, record, declared.seeing, work.records):
            if (each.form, each.id) in looked:
                continue
            looked.add((each.form, each.id))
            old = work.store.get(each.form, each.id)
            who = after.who(each) | (before.who(old) if old is not None else frozenset())
            found.update((desk, each.form, each.id) for desk in who)
    found.update(_everything_of_new_people(work, before, after))
    found.update(_everything_shared_anew(work, before, after))
    return found


def _concerned(was: Record | None, record: Record, seeing: Following, records: Records) -> tuple[Record, ...]:
    """Return the records that may be seen otherwise now: *record*, those that follow it, and their followers."""
    changed = _changed(was, record)
    found: dict[tuple[FormKey, RecordId], Record] = {(record.form, record.id): record}
    waiting = [*seeing.of(record, changed, records)]
    if was is not None and (was.values != record.values or was.state != record.state):
        waiting.extend(seeing.of(was, changed, records))
    while waiting:
        each = waiting.pop()
        if (each.form, each.id) not in found:
            found[each.form, each.id] = each
            # Nothing of it changed, but who looks through it to what did change sees another thing.
            waiting.extend(seeing.of(each, frozenset(), records))
    return tuple(found.values())


def _changed(was: Record | None, record: Record) -> frozenset[str]:
    if was is None or (was.state is State.RETRACTED) is not (record.state is State.RETRACTED):
        return frozenset({*record.values, *(was.values if was is not None else ()), "state", "number"})
    keys: set[str] = {
        key for key in {*was.values, *record.values} if was.values.get(key) != record.values.get(key)
    }
    if was.state != record.state:
        keys.add("state")
    return frozenset(keys)


def _everything_of_new_people(
    work: Work, before: Eyes, after: Eyes
) -> set[tuple[DeskKey, FormKey, RecordId]]:
    """Return all rows of the desks whose person's role, team or superior changed: their views are others now.

    A limit that a view asks for changes everybody's, and so does the working calendar where a view counts by it.

    New desks need nothing: a desk without a file is made with everything that it shows.
    """
    if not any(form in _TOLD for form, _ in work.started):
        return set()
    moved = {
        desk.key: desk
        for desk in after.desks
        if desk.key in before.me
        and (
            dict(before.me[desk.key]) != dict(after.me[desk.key])
            or before.instead.get(desk.key) != after.instead.get(desk.key)
        )
    }
    views = work.declared.views.values()
    asked = {
        name.removeprefix("limit.") for view in views for name in view.names if name.startswith("limit.")
    }
    counting = before.calendar != after.calendar and any("working_" in view.text for view in views)
    if counting or any(before.limits.get(key) != after.limits.get(key) for key in asked):
        moved |= {desk.key: desk for desk in after.desks}
    found: set[tuple[DeskKey, FormKey, RecordId]] = set()
    for form in work.declared.stored() if moved else ():
        for record in work.records.every(form.key):
            found.update((desk, form.key, record.id) for desk in after.who(record) if desk in moved)
            old = work.store.get(form.key, record.id)
            if old is not None:
                found.update((desk, form.key, record.id) for desk in before.who(old) if desk in moved)
    return found


def _everything_shared_anew(
    work: Work, before: Eyes, after: Eyes
) -> Iterator[tuple[DeskKey, FormKey, RecordId]]:
    """Yield the rows about which a sharing scope says something else than it did, in the desks that it concerns."""
    if not any(form == SHARING for form, _ in work.started):
        return
    changed = _reshared(work)
    for form in work.declared.stored():
        key = form.key
        desks = {
            desk.key: desk
            for desk in after.desks
            if any(each.applies(desk) and each.part.form in after.sharing.above(key) for each in changed)
        }
        for record in work.records.every(key) if desks else ():
            old = work.store.get(key, record.id)
            for desk in desks.values():
                if after.sees(desk, record) or (old is not None and before.sees(desk, old)):
                    yield desk.key, key, record.id
    for desk in after.desks:
        if any(each.applies(desk) for each in changed):
            yield todo(desk.key)


def _reshared(work: Work) -> set[Share]:
    """Return the sharing scopes that were entered, changed or withdrawn."""
    return set(shares(work.store)) ^ set(shares(work.records))


def todos(work: Work) -> set[tuple[DeskKey, FormKey, RecordId]]:
    """Return the 待辦 sheets that must be shown anew: of those who have something to mend, to choose or to sign.

    Whose turn it was counts too, and so does what stands there about a record that changed: it is called by
    its title.
    """
    about = (each for each in work.store.problems() if (each.form, each.record) in work.started)
    found = {each.desk for each in (*work.found(), *work.solved, *about) if each.desk is not None}
    found.update(concerned(work))
    found.update(receipts.concerned(work))
    if any(form == CALENDAR for form, _ in work.started):
        everybody = people.desks(work.records, work.declared.posts, work.declared.lang, work.at.date())
        found.update(desk.key for desk in everybody if desk.role == people.ADMIN)
    who = {person for turn in _turns(work) for person in turn.people}
    if who:
        desks = people.desks(work.records, work.declared.posts, work.declared.lang, work.at.date())
        found.update(desk.key for desk in desks if who & set(desk.people))
    return {todo(desk) for desk in found}


def _turns(work: Work) -> Iterator[Turn]:
    """Yield whose turn it was, and is, in the approvals that *work* may have moved."""
    places = {*work.started, *work.runs, *work.decisions}
    if any(form in {people.PEOPLE, LEAVE} for form, _ in work.started):
        places.update((run.form, run.record) for run in work.store.open_runs())
    today = work.at.date()
    for form, record in places:
        if work.declared.book.chain(form) is not None:
            store = work.store
            yield from whose_turn(store.run(form, record), store.decisions(form, record), store, today)
            yield from whose_turn(work.run(form, record), work.decided(form, record), work.records, today)


def todo(desk: DeskKey) -> tuple[DeskKey, FormKey, RecordId]:
    """Return the mark that says: the 待辦 sheet of *desk* must be shown anew."""
    return desk, TODO, TODO_ROW
