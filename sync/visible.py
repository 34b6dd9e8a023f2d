"""Whom a change concerns: the rows that must be shown anew, in which desks. Pure."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from rules.content import lines_of
from rules.effect import Run
from rules.leave import LEAVE
from rules.turn import Turn, whose_turn
from sheet_templates.expression import CALENDAR
from sheet_templates.form import DeskKey, FormKey
from sheet_templates.record import Record, RecordId, Records, State, Value
from sheet_templates.shared import SHARING
from sync import desks as people
from sync import receipts
from sync.declared import TODO, Declared
from sync.disputes import concerned
from sync.eyes import Eyes
from sync.follow import Following
from sync.ports import Store
from sync.sharing import Share, shares
from sync.work import Work

TODO_ROW: Final = RecordId("*")
"""Stands for all rows of the 待辦 sheet: they are computed together."""

_TOLD: Final = frozenset({FormKey("people"), FormKey("limits"), CALENDAR, LEAVE})

_LATELY: Final = dt.timedelta(days=31)
"""So long after a leave its delegate's rows are looked at: the computer may have been off."""
_DAY: Final = dt.timedelta(days=1)


def overnight(declared: Declared, store: Store, today: dt.date) -> set[tuple[DeskKey, FormKey, RecordId]]:
    """Return the rows and 待辦 sheets that show otherwise because a leave begins or ended lately, or somebody left.

    They are those of who is away and of his delegate, and of whoever sees for whom something waits. A day that passes
    changes no record, so nothing else says that these rows are to be shown anew.
    """
    eyes = Eyes.open(declared, store, today)
    leaves = [each for each in store.every(LEAVE) if _lately(each["start_on"], each["end_on"], today)]
    away = {who for each in leaves for who in (each["owner"], each["delegate"]) if isinstance(who, str)}
    concerned = {desk.key for who in away for desk in people.desks_of(eyes.desks, who)}
    days = {day - _DAY for each in leaves if isinstance(day := each["start_on"], dt.date)}
    days |= {min(day, today) for each in leaves if isinstance(day := each["end_on"], dt.date)}
    days |= {
        day - _DAY
        for each in store.every(people.PEOPLE)
        if isinstance(day := each["left"], dt.date) and _lately(day, day, today)
    }
    found = {todo(desk) for desk in concerned}
    for run in store.open_runs() if days else ():
        record = store.get(run.form, run.record)
        if record is None:
            continue
        moved = _moved(run, store, today, days)
        desks = {*concerned, *(eyes.who(record) if moved else ())}
        for each in (record, *lines_of(declared.forms[run.form], record, declared.forms, store)):
            found.update((desk, each.form, each.id) for desk in desks)
        signers = {who for turn in moved for who in turn.people}
        found.update(todo(desk.key) for who in signers for desk in people.desks_of(eyes.desks, who))
    return found


def _lately(start: Value, end: Value, today: dt.date) -> bool:
    return isinstance(start, dt.date) and isinstance(end, dt.date) and start <= today <= end + _LATELY


def _moved(run: Run, store: Store, today: dt.date, days: Iterable[dt.date]) -> list[Turn]:
    """Return for whom *run* waits today and waited on other *days*, if these are not the same."""
    decided = store.decisions(run.form, run.record)
    now = whose_turn(run, decided, store, today)
    others = (whose_turn(run, decided, store, day) for day in days)
    return [turn for other in others if other != now for turn in (*now, *other)]


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
    found.update(_what_waits_for_others(work, before, after))
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


def _what_waits_for_others(
    work: Work, before: Eyes, after: Eyes
) -> Iterator[tuple[DeskKey, FormKey, RecordId]]:
    """Yield the rows whose state says for whom they wait, where that is somebody else now, or is called otherwise."""
    changed = {(form, record) for form, record in work.started if form in _TOLD}
    renamed = {
        person.number
        for form, record in changed
        if form == people.PEOPLE
        and (person := work.records.get(form, record)) is not None
        and (was := work.started[form, record]) is not None
        and was["name"] != person["name"]
    }
    today = work.at.date()
    for run in work.store.open_runs() if changed else ():
        old, record = work.store.get(run.form, run.record), work.records.get(run.form, run.record)
        if old is None or record is None:
            continue
        then = whose_turn(run, work.store.decisions(run.form, run.record), work.store, today)
        now = whose_turn(
            work.run(run.form, run.record), work.decided(run.form, run.record), work.records, today
        )
        if then != now or any(renamed.intersection(turn.people) for turn in now):
            who = before.who(old) | after.who(record)
            yield from ((desk, run.form, run.record) for desk in who)


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
