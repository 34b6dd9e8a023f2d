"""The commands that act on a workspace, or say what acting would do: they need the whole engine."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from sheet_templates.form import Desk, Lang
from sheet_templates.match import fold
from sheet_templates.record import Problem, Severity, text
from sync.amending import unsettled
from sync.asking import exit_of, voice_of
from sync.desks import ADMIN
from sync.edges.clock import SystemClock
from sync.edges.ids import RandomIds
from sync.edges.machine import machine_lang, machine_zone
from sync.edges.settings import load_settings, make_company
from sync.edges.single import only_one
from sync.edges.store.errors import StoreError
from sync.edges.store.place import network_file_system
from sync.engine import Ingested
from sync.exits import Exit
from sync.faults import NowhereError, UsageError
from sync.jobs import due_jobs
from sync.mailroom import Mailroom
from sync.running import Duties, daemon_of, once
from sync.shows.console import show
from sync.shows.deeds import made_lines, running_lines, synced_lines
from sync.shows.plan import Plan, Told, has_errors, plan_lines, preview_lines
from sync.shows.standing import summary
from sync.standing import standing
from sync.workspace import Workspace, create, opened, since

_PLACES: Final = {
    Lang.ZH_HANT: ("Asia/Taipei", "TWD"),
    Lang.ZH_HANS: ("Asia/Shanghai", "CNY"),
    Lang.EN: ("UTC", "USD"),
}
"""Zone and currency of a new company where neither it nor the computer says one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `init` was told about the company; '' and None: what the computer says, or what is usual."""

    name: str = ""
    lang: Lang | None = None
    zone: str = ""
    currency: str = ""


def init(root: Path, wanted: Wanted) -> Exit:
    """Make a workspace at *root* with the administrator's desk in it, and say what comes next."""
    lang = wanted.lang or machine_lang(os.environ)
    zone, currency = _PLACES[lang]
    company = make_company(
        id=f"co-{RandomIds().new()}",
        name=wanted.name or root.name or "Deskbook",
        language=lang,
        zone=wanted.zone or machine_zone(os.environ) or zone,
        currency=wanted.currency.upper() or currency,
    )
    share = network_file_system(root)
    if share is not None:
        raise StoreError(text("store.network", place=str(root), kind=share), text("store.network.mend"))
    try:
        create(root, company)
    except FileExistsError:
        raise UsageError("init.exists", folder=str(root)) from None
    with workspace(root) as made, only_one(made.state, made.clock):
        made.engine.writing.publish()
        admin = next(desk for desk in made.engine.desks() if desk.role == ADMIN)
        show(made_lines(voice_of(made), root, company.name, made.engine.path_of(admin)))
    return Exit.OK


def run(root: Path) -> Exit:
    """Run the daemon until a signal ends it; when other declarations have been signed, put together anew."""
    while _runs(root):
        pass
    return Exit.OK


def _runs(root: Path) -> bool:
    """Run the daemon; return whether it is to be put together anew."""
    with workspace(root) as here, only_one(here.state, here.clock):
        voice = voice_of(here)
        show(running_lines(voice, root, here.settings.company.name, here.desks))
        show(voice.said(each) for each in unsettled(here))
        with daemon_of(here, sys.stderr) as daemon, _signals(daemon.stop):
            daemon.run()
        if not daemon.anew:
            show([voice.say("stopped")])
    return daemon.anew


def sync(root: Path) -> Exit:
    """Look once at every desk, write what waits, tell people; show what came of it."""
    with workspace(root) as here, only_one(here.state, here.clock):
        _require_desks(here)
        done = once(here)
        voice = voice_of(here)
        found = standing(here)
        show(synced_lines(voice, done.ingested, done.written, done.waiting))
        show(voice.said(each) for each in unsettled(here))
        show([summary(voice, found)])
        if exit_of(found) is not Exit.OK:
            show([voice.say("status.list")])
        return exit_of(found)


def dry_run(root: Path) -> Exit:
    """Show what `sync` would do; nothing is changed, not even noted."""
    with workspace(root, enter=False) as here:
        _require_desks(here)
        plan = _plan(here)
        show(plan_lines(voice_of(here), plan))
        return Exit.PROBLEMS if plan.problems else Exit.OK


def check(root: Path, files: Sequence[Path]) -> Exit:
    """Show what workbooks would change and what is wrong in them, wherever they lie; nothing is changed."""
    wrong = False
    with workspace(root, enter=False) as here:
        voice = voice_of(here)
        for file in files:
            place = file.resolve()
            path = place.relative_to(root) if place.is_relative_to(root) else place
            found = here.engine.preview(PurePath(path), anew=True)
            stays = _stays(here, found)
            show(preview_lines(voice, found, stays))
            wrong = wrong or has_errors(found) or any(each.severity is Severity.ERROR for each in stays)
        if not wrong:
            show([voice.say("check.right")])
    return Exit.PROBLEMS if wrong else Exit.OK


@contextmanager
def workspace(root: Path, *, enter: bool = True) -> Iterator[Workspace]:
    """Open the workspace at *root* with the real clock and the real environment."""
    clock = SystemClock(load_settings(root).zone)
    with opened(root, clock, os.environ, enter=enter) as here:
        yield here


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first signal to end call *stop*; a second one ends the process at once, which loses nothing."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def heard(_number: int, _frame: object) -> None:
        _restore()
        stop()

    def _restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    for each in before:
        signal.signal(each, heard)
    try:
        yield
    finally:
        _restore()


def _require_desks(here: Workspace) -> None:
    """Raise NowhereError if the desks' folder is not there: what is on it cannot have been deleted by people."""
    try:
        here.engine.workbooks.scan()
    except OSError:
        raise NowhereError(here.desks) from None


def _plan(here: Workspace) -> Plan:
    engine = here.engine
    seen = [engine.preview(each.path) for each in engine.workbooks.scan()]
    # A file without outcome, problem or desk has bytes that are known: nothing would be done.
    previews = tuple(each for each in seen if each != Ingested(path=each.path))
    concerned = {
        desk for each in previews if each.outcome is not None for desk, _, _ in each.outcome.commit.dirty
    } | set(here.store.waiting_desks())
    writes = tuple(
        desk
        for desk in engine.desks()
        if (desk.key in concerned or here.store.latest(desk.key) is None) and not engine.held(desk)
    )
    busy = ((desk, engine.workbooks.busy(engine.path_of(desk))) for desk in writes)
    began = since(here.store)
    jobs = Duties(workspace=here, clock=here.clock, log=_Silence()).jobs()
    return Plan(
        previews=previews,
        told=tuple(_told(here, previews)),
        writes=writes,
        opened=tuple((desk, who) for desk, who in busy if who is not None),
        due=() if began is None else tuple(due_jobs(jobs, here.store, here.clock.now(), began)),
    )


def _told(here: Workspace, previews: Sequence[Ingested]) -> Iterator[Told]:
    """Yield the notices that wait and those that would come of *previews*, each with its receivers."""
    mailroom, now = (
        Mailroom(declared=here.declared, store=here.store, currency=here.settings.company.currency),
        here.clock.now(),
    )
    waiting = [each.notify for each in here.store.notices()]
    coming = [
        notify for each in previews if each.outcome is not None for notify in each.outcome.commit.notices
    ]
    for notify in {each.event: each for each in (*waiting, *coming)}.values():
        people = tuple(each.number for each in mailroom.receivers(notify, now))
        yield Told(notify=notify, people=people)


def _stays(here: Workspace, found: Ingested) -> tuple[Problem, ...]:
    """Return the open problems of a file's desk that the file neither mends nor shows again."""
    if found.outcome is None or found.desk is None:
        return ()
    commit = found.outcome.commit
    told = {
        (each.form, each.record, each.field, each.what.key) for each in (*commit.solved, *commit.problems)
    }
    return tuple(
        each
        for each in here.store.problems(found.desk)
        if (each.form, each.record, each.field, each.what.key) not in told
    )


def desk_called(here: Workspace, name: str) -> Desk:
    """Return the desk called *name*, by its name or its key. Raises UsageError."""
    desks = here.engine.desks()
    wanted = fold(name)
    found = next((each for each in desks if wanted in (fold(each.key), fold(each.name))), None)
    if found is None:
        raise UsageError("no_desk", desk=name, desks=", ".join(each.name for each in desks))
    return found


class _Silence:
    """A log that nobody reads: a dry run leaves no trace."""

    def info(self, event: str, **what: object) -> None:
        """Say nothing."""

    def warning(self, event: str, **what: object) -> None:
        """Say nothing."""

    def exception(self, event: str, **what: object) -> None:
        """Say nothing."""
