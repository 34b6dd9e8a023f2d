"""The commands that only ask: how things stand, what happened to a record, whether declarations are right."""

import os
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text as Line

from rules.chain import state_text
from rules.numbering import number as first_number
from sheet_templates.declaration import DeclarationError
from sheet_templates.form import FormKey
from sheet_templates.page import keep_pages, pages
from sheet_templates.record import Record, State, text
from sync.amending import unsettled
from sync.declared import Declared, faults
from sync.edges.clock import SystemClock
from sync.edges.settings import load_settings
from sync.exits import Exit
from sync.faults import UsageError
from sync.look import Look, declarations, looked, places
from sync.lookup import DeskLookUp
from sync.receipts import about, moment
from sync.shows.console import show
from sync.shows.history import history, told_to
from sync.shows.standing import standing_lines
from sync.shows.voice import Voice
from sync.standing import Standing, standing


def voice_of(look: Look) -> Voice:
    """Return the voice of an opened workspace."""
    return Voice(declared=look.declared, store=look.store, zone=look.settings.zone, records=look.store)


def exit_of(found: Standing) -> Exit:
    """Return the exit code that says whether something waits for people."""
    if found.conflicts:
        return Exit.CONFLICTS
    return Exit.PROBLEMS if found.errors else Exit.OK


def status(root: Path) -> Exit:
    """Show how things stand."""
    with looked(root, SystemClock, os.environ) as look:
        found = standing(look)
        show(standing_lines(voice_of(look), look.settings.company.name, root, found))
        show(voice_of(look).said(each) for each in unsettled(look))
        return exit_of(found)


def log(root: Path, number: str) -> Exit:
    """Show the history of the record called *number*, by number or title."""
    with looked(root, SystemClock, os.environ) as look:
        voice = voice_of(look)
        records = called(look, voice, number)
        if not records:
            today = look.clock.now().date()
            examples = [first_number(form, today, 1)[1] for form in look.declared.stored()]
            raise UsageError("log.unknown", number=number, patterns=voice.among(examples))
        for record in records:
            entries = (each.entry for each in look.store.journal(record.form, record.id))
            show(_heading(look, voice, record))
            show(history(voice, entries))
        return Exit.OK


def _heading(look: Look, voice: Voice, record: Record) -> Iterator[Line]:
    """Yield which record it is, and where it stands in its approval."""
    yield Line(voice.record(record.form, record.id), style="bold")
    run = look.store.run(record.form, record.id)
    if run is not None or record.state is not State.RECORDED:
        decisions = look.store.decisions(record.form, record.id)
        yield Line(voice.said(state_text(record, run, decisions, look.store, look.clock.now().date())))
    for receipt in about(record, look.store, look.settings.zone):
        said = voice.say("log.waiting", to=told_to(voice, receipt.whom), due=moment(receipt.due))
        yield Line(f"    {said}", style="yellow")


def called(look: Look, voice: Voice, said: str) -> list[Record]:
    """Return the records that *said* may mean, in whatever form they are; one that was taken back by its number."""
    look_up: DeskLookUp = voice.look_up
    gone = [
        record
        for form in look.declared.stored()
        if (record := look.store.numbered(form.key, said.strip().upper())) is not None
        and record.state is State.RETRACTED
    ]
    if gone:
        return gone
    for find in (_by_number, _by_title):
        found = [
            record
            for form in look.declared.stored()
            for number in find(look_up, form.key, said)
            if (record := look.store.numbered(form.key, number)) is not None
        ]
        if found:
            return found
    return []


def _by_number(look_up: DeskLookUp, form: FormKey, said: str) -> tuple[str, ...]:
    found = look_up.numbered(form, said)
    return () if found is None else (found,)


def _by_title(look_up: DeskLookUp, form: FormKey, said: str) -> tuple[str, ...]:
    return look_up.titled(form, said)


def forms_check(root: Path) -> Exit:
    """Show that the workspace's declarations are right. Raises DeclarationError with every fault of all of them."""
    declared = _right(root)
    counts = {
        "forms": len(declared.order),
        "rules": len(declared.book.every()),
        "own": sum(1 for _ in _own_files(root)),
    }
    show([declared.words.say(text("cli.forms.right", **counts), declared.lang)])
    return Exit.OK


def rules_check(root: Path) -> Exit:
    """Show that the workspace's rules are right, and how many there are. Raises DeclarationError like `forms_check`."""
    declared = _right(root)
    book = declared.book
    kinds = {
        "checks": book.checks,
        "chains": book.chains,
        "transfers": book.transfers,
        "reminders": book.reminders,
    }
    own = sum(1 for each in _own_files(root) if each.parent.name == "rules")
    counts = {kind: len(rules) for kind, rules in kinds.items()}
    show([declared.words.say(text("cli.rules.right", own=own, **counts), declared.lang)])
    return Exit.OK


def _right(root: Path) -> Declared:
    """Return the workspace's declarations. Raises DeclarationError with every fault of all of them."""
    settings = load_settings(root)
    found = faults(**places(root))
    if found:
        raise DeclarationError(found)
    return declarations(root, settings.company.language)


def forms_docs(root: Path, folder: Path) -> Exit:
    """Write a page for each of the workspace's forms into *folder*, and show which changed."""
    settings = load_settings(root)
    declared = declarations(root, settings.company.language)
    made = pages(declared.forms, declared.posts, declared.limits, shipped=False)
    changed = keep_pages(folder, made)
    said = text("cli.forms.written", count=len(changed), total=len(made), folder=str(folder))
    show([*(str(each) for each in changed), declared.words.say(said, declared.lang)])
    return Exit.OK


def _own_files(root: Path) -> Iterator[Path]:
    for folder in ("forms", "rules", "words"):
        yield from (root / folder).glob("*.toml")
    yield from (root / name for name in ("roles.toml", "limits.toml") if (root / name).is_file())
