"""Carries an undo out: one ordinary commit, with checks, rules and notices like every change. Pure.

It lands under a cause of its own, `undo:<name>`, beside every record concerned stands who asked for it and what
was taken back; so it can be followed, and itself be undone.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from rules.effect import Notify
from rules.saying import joined, value_said
from sheet_templates.form import Desk, DeskKey, Field, FieldKey
from sheet_templates.record import Param, Problem, Severity, Text, Value, named, text
from sync import visible
from sync.allowed import allowed
from sync.chosen import UNDO, Act, Choice, chosen
from sync.consequences import settle
from sync.cycle import beside, drafted
from sync.declared import Declared
from sync.eyes import Eyes
from sync.ports import Commit, Entry, Store
from sync.retract import restore, retract
from sync.undo import TAKES, Back, Place, Undoing, wish
from sync.work import Author, Work, identity

TOLD: Final = "undo.told"
"""The problem that tells whose save was taken back."""
_SINGLY: Final = 100
"""So many records are told of one by one in the desk whose save was taken back."""
_MAILED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An undo that somebody asked for."""

    name: str
    """Unique: the same one asked for again does nothing."""
    by: str
    """The user of the computer who asked."""
    choice: Choice


def plan(choice: Choice, declared: Declared, store: Store, at: dt.datetime) -> Undoing:
    """Return what an undo of what *choice* means comes to now."""
    acts = chosen(store.journal(), choice)
    return allowed(wish(acts, declared, store), Work.start(declared, store, at))


def undo(asked: Asked, declared: Declared, store: Store, at: dt.datetime) -> Commit | None:
    """Return what *asked* comes to as one commit; None if nothing, or nothing more, is to be taken back."""
    undoing = plan(asked.choice, declared, store, at)
    return None if undoing.empty else carried_out(undoing, asked, Work.start(declared, store, at))


def carried_out(undoing: Undoing, asked: Asked, work: Work) -> Commit:
    """Return *undoing* as one commit. *work*: an empty one."""
    author = Author(desk=None, person=None, cause=f"{UNDO}{asked.name}")
    _note(undoing, asked, author, work)
    for (form, record), state in undoing.restored.items():
        restore(work, form, record, state, author)
    values: defaultdict[Place, dict[FieldKey, Value]] = defaultdict(dict)
    for each in undoing.back:
        values[each.address.form, each.address.record][each.address.field] = each.to
    for (form, record), several in values.items():
        work.set(form, record, several, author)
    for form, record in undoing.retracted:
        retract(work, form, record, author)
    settle(work, author)
    _tell(undoing, asked, work)
    _close(work)
    dirty = {*visible.dirty(work), *visible.todos(work), *beside(work)}
    return work.commit(None, dirty)


def _note(undoing: Undoing, asked: Asked, author: Author, work: Work) -> None:
    """Enter beside every record concerned who took back what."""
    choice = asked.choice
    what = {
        "by": asked.by,
        "cause": choice.cause,
        "desk": choice.desk or "",
        "since": choice.since.isoformat() if choice.since is not None else "",
        "until": choice.until.isoformat() if choice.until is not None else "",
    }
    detail = {key: each for key, each in what.items() if each}
    taken: defaultdict[Place, list[int]] = defaultdict(list)
    for back in undoing.back:
        taken[back.address.form, back.address.record].extend(back.lines)
    for place in undoing.places:
        lines = {TAKES: " ".join(str(each) for each in taken[place])} if taken[place] else {}
        entry = Entry(at=work.at, kind="undo", form=place[0], record=place[1], cause=author.cause)
        work.entries.append(replace(entry, detail={**detail, **lines}))


def _close(work: Work) -> None:
    """Close what is no longer wrong with the records that the rules looked at."""
    still = {identity(each) for each in work.found()}
    for problem in work.store.problems():
        place = (problem.form, problem.record)
        if problem.rule is not None and place in work.judged and not drafted(problem, work):
            work.solved.append(problem)
    work.solved[:] = [each for each in work.solved if identity(each) not in still]


# Telling --------------------------------------------------------------------------------------------------


def _tell(undoing: Undoing, asked: Asked, work: Work) -> None:
    """Tell those whose saves were taken back what of them was, and by whom."""
    eyes = Eyes.open(work.declared, work.store, work.at.date())
    whose = _whose(undoing.acts)
    for desk in eyes.desks:
        said = {
            place: lines
            for place in undoing.places
            if desk.key in whose.get(place, ()) and (lines := tuple(_said(undoing, place, desk, work, eyes)))
        }
        if said:
            _tell_desk(desk, said, asked, work)


def _tell_desk(desk: Desk, said: Mapping[Place, tuple[Text, ...]], asked: Asked, work: Work) -> None:
    for (form, record), lines in tuple(said.items())[:_SINGLY]:
        work.problems.append(
            Problem(
                what=text(TOLD, by=asked.by, what=joined(lines)),
                mend=text("undo.told.mend", by=asked.by),
                severity=Severity.NOTICE,
                desk=desk.key,
                form=form,
                record=record,
            )
        )
    headline = text("undo.headline", by=asked.by, count=len(said))
    mailed = [
        text("undo.line", record=_record(place, work), what=joined(lines))
        for place, lines in tuple(said.items())[:_MAILED]
    ]
    if len(said) > _MAILED:
        mailed.append(text("undo.more", count=len(said) - _MAILED))
    event = f"{UNDO}{asked.name}:{desk.key}"
    work.notices[event] = Notify(
        event=event, people=desk.people, headline=headline, lines=tuple(mailed), rule="undo", clause=""
    )


def _whose(acts: Iterable[Act]) -> Mapping[Place, set[DeskKey]]:
    found: defaultdict[Place, set[DeskKey]] = defaultdict(set)
    for act in acts:
        for line in act.lines:
            if act.desk is not None and line.entry.form is not None and line.entry.record is not None:
                found[line.entry.form, line.entry.record].add(act.desk)
    return found


def _said(undoing: Undoing, place: Place, desk: Desk, work: Work, eyes: Eyes) -> Iterator[Text]:
    """Yield what became of one record, as far as *desk* may read it."""
    if place in undoing.retracted:
        yield text("undo.retracted")
    elif place in undoing.restored:
        yield text("undo.restored")
    before = work.store.get(*place)
    hidden = eyes.hides(desk, before) if before is not None else frozenset()
    for each in undoing.back:
        if (each.address.form, each.address.record) == place:
            field = work.declared.forms[place[0]].field(each.address.field)
            if field is not None and field.read_by(desk.role) and field.key not in hidden:
                yield _back_said(each, field, work)


def _back_said(back: Back, field: Field, work: Work) -> Text:
    now, to = (_value(each, field, work) for each in (back.now, back.to))
    return text("undo.back", label=named(field.labels), now=now, to=to)


def _value(value: Value, field: Field, work: Work) -> Param:
    return text("empty") if value is None else value_said(field, value, work.declared.forms, work.records)


def _record(place: Place, work: Work) -> Text:
    found = work.records.get(*place)
    number = found.number if found is not None else ""
    return text("undo.record", form=named(work.declared.forms[place[0]].labels), number=number)
