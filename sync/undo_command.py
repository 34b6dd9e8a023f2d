"""The command that takes something back: shows what would be, asks, and has it done here or by the daemon."""

import datetime as dt
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sheet_templates.match import fold
from sync.acting import desk_called, workspace
from sync.asking import exit_of, voice_of
from sync.chosen import UNDO, Choice
from sync.edges.ids import RandomIds
from sync.edges.machine import machine_user
from sync.edges.requests import undos
from sync.edges.single import AlreadyRunningError, only_one
from sync.exits import Exit
from sync.faults import UsageError
from sync.running import UNDO_FOLDER
from sync.shows.console import show
from sync.shows.undo import act_said, undo_lines
from sync.shows.voice import Voice
from sync.standing import standing
from sync.undo import Undoing
from sync.undoing import Asked, plan
from sync.workspace import Workspace

_YES: Final = frozenset({"y", "yes", "是", "好", "確定", "确定"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What is to be taken back, as it was typed."""

    what: str = ""
    desk: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def undo(root: Path, meant: Meant, *, yes: bool = False, dry_run: bool = False) -> Exit:
    """Show what taking back *meant* comes to; carry it out if that is agreed to."""
    with workspace(root, enter=False) as here:
        voice = voice_of(here)
        choice = _choice(here, meant)
        undoing = plan(choice, here.declared, here.store, here.clock.now())
        choice = replace(choice, cause=_one_cause(voice, undoing, choice))
        show(undo_lines(voice, undoing))
        if undoing.empty:
            return Exit.OK
        if dry_run:
            show([voice.say("plan.dry")])
            return Exit.OK
        if not yes and not _agreed(voice):
            show([voice.say("undo.left")])
            return Exit.OK
        asked = Asked(name=RandomIds().new(), by=machine_user(os.environ), choice=choice)
        _carry_out(here, asked)
        show([voice.say("undo.done", name=f"{UNDO}{asked.name}")])
        return exit_of(standing(here))


def _choice(here: Workspace, meant: Meant) -> Choice:
    """Return what is meant. Raises UsageError if that is not said, or there is no such desk."""
    if not meant.what and not (meant.desk and meant.since is not None):
        raise UsageError("undo.what")
    zone = here.settings.zone
    return Choice(
        cause=meant.what,
        desk=desk_called(here, meant.desk).key if meant.desk else None,
        since=meant.since.replace(tzinfo=zone) if meant.since is not None else None,
        until=meant.until.replace(tzinfo=zone) if meant.until is not None else None,
        upto=here.store.head()[0],
    )


def _one_cause(voice: Voice, undoing: Undoing, choice: Choice) -> str:
    """Return the cause that is meant, in full. Raises UsageError if there is none, or more than one."""
    if not undoing.acts:
        what = choice.cause or (voice.desk(choice.desk) if choice.desk is not None else "")
        raise UsageError("undo.unknown", what=what)
    causes = {each.cause: each for each in undoing.acts}
    if choice.cause and len(causes) > 1:
        raise UsageError("undo.several", what=choice.cause, acts=_listed(voice, undoing))
    return next(iter(causes)) if choice.cause else ""


def _listed(voice: Voice, undoing: Undoing) -> str:
    return voice.among([f"{voice.moment(each.at)} {act_said(voice, each)}" for each in undoing.acts])


def _agreed(voice: Voice) -> bool:
    """Return whether a person agrees. Raises UsageError if nobody is there to be asked."""
    show([voice.say("undo.agree")])
    answer = sys.stdin.readline()
    if not answer:
        raise UsageError("undo.nobody")
    return fold(answer.strip()) in _YES


def _carry_out(here: Workspace, asked: Asked) -> None:
    """Have it done: by the daemon that runs, or else here."""
    before = here.store.head()[0]
    try:
        with only_one(here.state, here.clock):
            here.engine.undo(asked)
            here.engine.writing.publish()
    except AlreadyRunningError:
        if not undos(here.state / UNDO_FOLDER).ask_and_wait(asked):
            raise UsageError("undo.asked") from None
    cause = f"{UNDO}{asked.name}"
    if not any(line.entry.cause == cause for line in here.store.journal(since=before)):
        raise UsageError("undo.failed")
