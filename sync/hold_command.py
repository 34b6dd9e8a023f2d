"""The command for held saves: lists them, and says the word to one, here or by the daemon that runs."""

import os
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text as Line

from sheet_templates.form import Desk
from sheet_templates.record import Problem
from sync.acting import desk_called, workspace
from sync.asking import exit_of, voice_of
from sync.edges.clock import SystemClock
from sync.edges.machine import machine_user
from sync.edges.requests import answers
from sync.edges.single import AlreadyRunningError, only_one
from sync.exits import Exit
from sync.faults import UsageError
from sync.holds import Answer, Hold, Word, due, standing
from sync.look import Look, looked
from sync.running import ANSWERS_FOLDER
from sync.shows.console import show
from sync.shows.deeds import read_lines
from sync.shows.voice import Voice
from sync.standing import DeskStanding
from sync.standing import standing as things
from sync.workspace import Workspace


def listed(root: Path) -> Exit:
    """Show what is held: whose, since when, why, and what can be done."""
    with looked(root, SystemClock, os.environ) as look:
        voice = voice_of(look)
        found = [(each, problem) for each in things(look).desks for problem in each.held]
        show(_lines(look, voice, found) if found else [voice.say("hold.none")])
        return Exit.PROBLEMS if found else Exit.OK


def _lines(look: Look, voice: Voice, found: list[tuple[DeskStanding, Problem]]) -> Iterator[Line]:
    for each, problem in found:
        desk = each.desk
        hold = standing(look.store, desk.key)
        file = problem.file or str(each.path or "")
        since = (
            voice.moment(hold.since)
            if hold is not None and hold.problem == problem
            else _since(look, voice, problem)
        )
        yield Line(f"{voice.desk(desk.key)}", style="bold").append(f"  {file}", style="default")
        yield Line(f"  {voice.say('hold.since', since=since)}")
        yield Line(f"  {voice.said(problem.what)}")
        if hold is not None and hold.problem == problem:
            yield from _answerable(look, voice, desk, hold)
        else:
            yield Line(f"  → {voice.said(problem.mend)}", style="dim")


def _answerable(look: Look, voice: Voice, desk: Desk, hold: Hold) -> Iterator[Line]:
    """Yield how to answer a held save."""
    day = due(hold, look.declared, look.store)
    version = f"{hold.save[:2]}/{hold.save[:12]}"
    yield Line(f"  {voice.say('hold.due', day=day, version=version)}")
    yield Line(f"  → {voice.say('hold.how', desk=_quoted(voice.desk(desk.key)))}", style="dim")


def _since(look: Look, voice: Voice, problem: Problem) -> str:
    """Return since when a file has been held that cannot be answered about: the journal knows."""
    told = [
        line.entry
        for line in look.store.journal()
        if line.entry.kind == "hold"
        and (line.entry.detail.get("what"), line.entry.detail.get("file"))
        == (problem.what.key, problem.file or "")
    ]
    return voice.moment(told[-1].at) if told else "?"


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def say(root: Path, name: str, word: Word) -> Exit:
    """Say *word* to the held save of a desk, and have it carried out: by the daemon that runs, or else here."""
    with workspace(root, enter=False) as here:
        voice = voice_of(here)
        desk = desk_called(here, name)
        hold = _hold(here, voice, desk)
        before = here.store.head()[0]
        answer = Answer(desk=desk.key, hold=hold.key, word=word, by=machine_user(os.environ))
        try:
            with only_one(here.state, here.clock):
                done = here.engine.answer(answer)
                here.engine.writing.publish()
                if done is not None:
                    show(read_lines(voice, done))
        except AlreadyRunningError:
            if not answers(here.state / ANSWERS_FOLDER).ask_and_wait(answer):
                raise UsageError("hold.asked", desk=str(answer.desk)) from None
        version = _said(here, hold, before)
        if version is None:
            still = standing(here.store, desk.key)
            raise UsageError("hold.over" if still is None else "hold.still", desk=voice.desk(desk.key))
        show([voice.say(f"hold.{word.value}", desk=voice.desk(desk.key), version=version)])
        return exit_of(things(here))


def _hold(here: Workspace, voice: Voice, desk: Desk) -> Hold:
    """Return what is held of *desk*. Raises UsageError if nothing is, or nothing that a word could end."""
    hold = standing(here.store, desk.key)
    wrong = list(here.engine.places.wrong(here.engine.path_of(desk), desk.key))
    others = [each for each in wrong if hold is None or each != hold.problem]
    if others:
        why = " ".join(voice.said(each.what) for each in others)
        raise UsageError("hold.unsafe", desk=voice.desk(desk.key), why=why)
    if hold is None:
        raise UsageError("hold.nothing", desk=voice.desk(desk.key))
    return hold


def _said(here: Workspace, hold: Hold, before: int) -> str | None:
    """Return the version to which the word was said that ended *hold*; None if none did.

    *before*: how far the journal went when it was asked.
    """
    for line in here.store.journal(since=before):
        if line.entry.kind in (Word.TAKE, Word.DROP) and line.entry.detail.get("hold") == hold.key:
            return f"{line.entry.cause[:2]}/{line.entry.cause}"
    return None
