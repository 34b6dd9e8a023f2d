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
from sync.declared import Declared, load
from sync.differences import differences
from sync.edges.clock import SystemClock
from sync.edges.kept_declarations import kept_folder, unchanged
from sync.edges.settings import STATE_FOLDER, load_settings
from sync.exits import Exit
from sync.faults import UsageError
from sync.look import Look, declarations, looked, places
from sync.overlay import Overlay, with_values
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
    lang = load_settings(root).company.language
    wanted = declarations(root, lang)
    with looked(root, SystemClock, os.environ, in_force(root, wanted)) as look:
        # Read once: what differs is looked for in all of it.
        now = World.open(look.declared, Copied.of(look.store, look.declared), look.store, look.clock.now())
        if not what:
            show(_declared(look, now, wanted))
        for title, wish in _asked(look, what):
            show(_lines(look, title, differences(now, _with(now, wish))))
        show([voice_of(look).say("plan.untouched"), voice_of(look).say("plan.said")])
        return Exit.OK


def in_force(root: Path, wanted: Declared) -> Declared:
    """Return what Deskbook last began to work with; *wanted*, what lies in the workspace, if it never did."""
    state = root / STATE_FOLDER
    return wanted if unchanged(root, state) else load(wanted.lang, **places(kept_folder(state)))


def _declared(look: Look, now: World, wanted: Declared) -> Iterator[Line | str]:
    voice = voice_of(look)
    if unchanged(look.root, look.state):
        yield from (Line(voice.say("plan.declared"), style="bold"), f"  {voice.say('plan.same')}")
        return
    wanted = replace(wanted, calendar=look.declared.calendar)
    then = World.open(wanted, Copied.of(look.store, wanted), look.store, now.at)
    yield from _lines(look, voice.say("plan.declared"), differences(now, then))


def _asked(look: Look, what: str) -> Iterator[tuple[str, Wish]]:
    """Yield each setting that is asked for: in words, and as it is wanted."""
    key, is_limit, value = what.partition("=")
    if is_limit:
        yield _limit(look, key.strip(), value.strip())
        return
    waiting = [
        each
        for each in look.store.every(SETTING)
        if (each.number == what.strip().upper()) or (not what and each["counted_on"] is None)
    ]
    if what and not waiting:
        raise UsageError("plan.unknown", name=what)
    for record in waiting:
        wish = wish_of(Work.start(look.declared, look.store, look.clock.now()), record)
        if wish is not None and (what or record.state in _OPEN):
            yield f"{record.number} {record['what']}: {record['change']}", wish


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
