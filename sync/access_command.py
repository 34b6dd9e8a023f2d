"""The commands about who may see what: `deskbook access`, and `deskbook log --exports`."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rich.text import Text as Line

from sheet_templates.form import Desk, Form
from sheet_templates.match import fold
from sheet_templates.record import Record
from sync import desks as people
from sync.access import Sight, of_desk, of_form, of_record
from sync.asking import called, voice_of
from sync.edges.clock import SystemClock
from sync.exits import Exit
from sync.exports import exports
from sync.eyes import Eyes
from sync.faults import UsageError
from sync.look import Look, looked
from sync.sharing import Share
from sync.shows.access import Files, export_lines, sight_lines
from sync.shows.console import show
from sync.shows.voice import Voice


def access(root: Path, what: str, *, as_json: bool) -> Exit:
    """Show who sees what: all desks for nothing, one desk's forms, or all desks' sight of a form or a record."""
    with looked(root, SystemClock, os.environ) as look:
        voice = voice_of(look)
        eyes = Eyes.open(look.declared, look.store, look.clock.now().date())
        sights, by_desk = _sights(look, voice, eyes, what)
        files = _files(look, eyes)
        if as_json:
            show([Line(json.dumps([_plain(each, files) for each in sights], ensure_ascii=False, indent=1))])
        else:
            show(sight_lines(voice, sights, files, by_desk=by_desk))
        return Exit.OK


def left(root: Path, whom: str) -> Exit:
    """Show what left the house, oldest first: all of it, or what was for the person called *whom*."""
    with looked(root, SystemClock, os.environ) as look:
        voice = voice_of(look)
        person = _person(look, whom)
        if whom and person is None:
            raise UsageError("access.nobody", name=whom)
        number = "" if person is None else person.number
        addresses = () if person is None else (str(person["email"] or ""),)
        show(export_lines(voice, exports(look.store.journal(), number, addresses)))
        return Exit.OK


def _sights(look: Look, voice: Voice, eyes: Eyes, what: str) -> tuple[tuple[Sight, ...], bool]:
    """Return what *what* asks for, and whether it is told desk by desk. Raises UsageError if there is no such thing."""
    if not what:
        return tuple(each for desk in eyes.desks for each in of_desk(eyes, desk)), True
    desk = _desk(look, voice, eyes, what)
    if desk is not None:
        return tuple(of_desk(eyes, desk)), True
    form = _form(look, what)
    if form is not None:
        return tuple(of_form(eyes, form)), False
    records = called(look, voice, what)
    if not records:
        raise UsageError("access.unknown", name=what)
    return tuple(each for record in records for each in of_record(eyes, record)), False


def _desk(look: Look, voice: Voice, eyes: Eyes, what: str) -> Desk | None:
    """Return the desk that is called *what*, or in which the person called so works."""
    person = _person(look, what)
    for desk in eyes.desks:
        names = {fold(desk.name), fold(desk.key), fold(voice.desk(desk.key))}
        if fold(what) in names or (person is not None and person.number in desk.people):
            return desk
    return None


def _person(look: Look, what: str) -> Record | None:
    return next(
        (
            each
            for each in look.store.every(people.PEOPLE)
            if what and fold(what) in (fold(each.number), fold(str(each["name"] or "")))
        ),
        None,
    )


def _form(look: Look, what: str) -> Form | None:
    return next(
        (
            each
            for each in look.declared.stored()
            if fold(what) in {fold(each.key), *map(fold, each.labels.every())}
        ),
        None,
    )


def _files(look: Look, eyes: Eyes) -> Files:
    known = ((desk.key, look.store.file(desk.key)) for desk in eyes.desks)
    return {key: str(file.path) for key, file in known if file is not None}


def _plain(sight: Sight, files: Files) -> Mapping[str, object]:
    """Return *sight* as JSON says it."""
    return {
        "desk": sight.desk.key,
        "role": sight.desk.role,
        "people": sight.desk.people,
        "file": files.get(sight.desk.key),
        "form": sight.form.key,
        "clauses": sight.form.clauses,
        "view": sight.view,
        "seen": sight.seen,
        "of": sight.of,
        "scopes": list(_scopes(sight.shares)),
        "fields": sight.fields,
        "kept": [
            {"field": each.field, "records": each.records, "scopes": list(_scopes(each.shares))}
            for each in sight.kept
        ],
    }


def _scopes(shares: Iterable[Share]) -> Iterator[Mapping[str, object]]:
    for each in shares:
        yield {
            "number": each.number,
            "records": each.reach.value,
            "from": each.since.isoformat() if each.since is not None else None,
            "until": each.until.isoformat() if each.until is not None else None,
            "reason": each.reason,
            "clause": "TX-3.1.3",
        }
