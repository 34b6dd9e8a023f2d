"""The command that says what a change of forms, rules or settings would do, before it counts; changes nothing."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rich.text import Text as Line

from sheet_templates.form import FieldKey
from sheet_templates.record import Record, State, Text, text
from sync.asking import voice_of
from sync.copied import Copied
from sync.declared import Declared
from sync.differences import differences
from sync.edges.clock import SystemClock
from sync.edges.kept_declarations import files_of, folder_of, kept, mark_of
from sync.exits import Exit
from sync.faults import UsageError
from sync.look import Look, declarations, looked
from sync.overlay import Overlay, with_values
from sync.sets import COUNTED_ON, marks_of
from sync.setting import LIMITS, SETTING, VALUE, Wish, wish_of
from sync.shows.console import show
from sync.work import Work
from sync.world import World

_OPEN = frozenset({State.DRAFT, State.SUBMITTED, State.RETURNED, State.VOIDED, State.APPROVED})


def plan(root: Path, what: str) -> Exit:
    """Show what would be otherwise: with the declarations that lie in the workspace, and with each setting asked for.

    *what*: the number of one change of a setting, or `limit=value`; '' for all that waits.

    Raises DeclarationError, and UsageError if there is no such thing.
    """
    with looked(root, SystemClock, os.environ) as look:
        # Read once: what differs is looked for in all of it.
        now = World.open(look.declared, Copied.of(look.store, look.declared), look.store, look.clock.now())
        if not what:
            show(_declared(look, now))
        for title, then in _asked(look, now, what):
            show(_lines(look, title, differences(now, then)))
        show([voice_of(look).say("plan.untouched"), voice_of(look).say("plan.said")])
        return Exit.OK


def _declared(look: Look, now: World) -> Iterator[Line | str]:
    voice = voice_of(look)
    if mark_of(files_of(look.root)) == look.mark:
        yield from (Line(voice.say("plan.declared"), style="bold"), f"  {voice.say('plan.same')}")
        return
    then = _under(look, now, declarations(look.root, look.declared.lang))
    yield from _lines(look, voice.say("plan.declared"), differences(now, then))


def _under(look: Look, now: World, wanted: Declared) -> World:
    """Return the world in which *wanted* is in force."""
    wanted = replace(wanted, calendar=look.declared.calendar)
    return World.open(wanted, Copied.of(look.store, wanted), look.store, now.at)


def _asked(look: Look, now: World, what: str) -> Iterator[tuple[str, World]]:
    """Yield each setting that is asked for: in words, and the world in which it counts."""
    key, is_limit, value = what.partition("=")
    if is_limit:
        title, wish = _limit(look, key.strip(), value.strip())
        yield title, _with(now, wish)
        return
    waiting = [
        each
        for each in look.store.every(SETTING)
        if (each.number == what.strip().upper()) or (not what and each[COUNTED_ON] is None)
    ]
    if what and not waiting:
        raise UsageError("plan.unknown", name=what)
    lies = mark_of(files_of(look.root))
    for record in waiting:
        marks = marks_of(record)
        shown = not what and marks is not None and marks.mark == lies
        then = _then(look, now, record) if what or (record.state in _OPEN and not shown) else None
        if then is not None:
            # Of files it would say in one line what the plan says entry by entry.
            change = "" if marks is not None else f": {record['change']}"
            yield f"{record.number} {record['what']}{change}", then


def _then(look: Look, now: World, asked: Record) -> World | None:
    """Return the world in which a request counts; None if what it is about is gone."""
    marks = marks_of(asked)
    if marks is None:
        wish = wish_of(Work.start(look.declared, look.store, look.clock.now()), asked)
        return None if wish is None else _with(now, wish)
    if kept(look.state, marks.mark) is None:
        return None
    return _under(look, now, declarations(folder_of(look.state, marks.mark), look.declared.lang))


def _limit(look: Look, key: str, value: str) -> tuple[str, Wish]:
    found = next((each for each in look.store.every(LIMITS) if each["key"] == key), None)
    if found is None:
        known = voice_of(look).among([str(each["key"]) for each in look.store.every(LIMITS)])
        raise UsageError("limits.unknown", limit=key, known=known)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UsageError("limits.number", value=value) from None
    if not number.is_finite():
        raise UsageError("limits.number", value=value)
    wish = Wish(form=look.declared.forms[LIMITS], record=found.id, before=found, values={VALUE: number})
    return f"{found['meaning'] or key}: {found[VALUE]} → {number}", wish


def _with(now: World, wish: Wish) -> World:
    """Return the world in which *wish* has been carried out."""
    records = Overlay(now.records, now.declared.forms)
    # Which number a new row gets depends on what comes before.
    title = wish.form.title or FieldKey("")
    number = f"({wish.values.get(title) or wish.form.labels.in_(now.declared.lang)})"
    before = wish.before or Record(form=wish.form.key, id=wish.record, number=number)
    state = State.RETRACTED if wish.gone else before.state
    records.put(replace(with_values(before, wish.values), state=state))
    return World.open(now.declared, records, now.store, now.at)


def _lines(look: Look, title: str, found: Iterable[Text]) -> Iterator[Line | str]:
    voice = voice_of(look)
    yield Line(title, style="bold")
    said = tuple(voice.said(each) for each in found)
    yield from (f"  {each}" for each in said)
    if not said:
        yield f"  {voice.said(text('setting.effects.none'))}"
