"""Puts the daemon together: what it does at once, every day, every week and every month, and how it logs."""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final, TextIO

from reports.catalogue import REPORTS, Report
from reports.period import PeriodKind
from sheet_templates.expression import limits_in
from sheet_templates.form import DeskKey
from sync.amending import Amending, settle
from sync.code_letters import CodeLetters
from sync.counting import count
from sync.daemon import Daemon
from sync.edges import requests
from sync.edges.clock import SystemClock
from sync.edges.either import Either
from sync.edges.files import write_whole
from sync.edges.google.follow import Follower
from sync.edges.log import log_to
from sync.edges.watch import Watch
from sync.engine import Ingested
from sync.exports import logged
from sync.jobs import Failures, Job, Missed, Posting, run_due
from sync.lapsed import share
from sync.log import Log
from sync.mailroom import Mailroom
from sync.outbox import deliver_all
from sync.ports import Clock, Refused, Written
from sync.reminding import remind, reminds_on
from sync.reporting import Reporting
from sync.rounds import Rounds
from sync.settled import Settled
from sync.ticker import Ticker
from sync.trust import look_at_rights
from sync.workspace import REPORTS_FOLDER, Workspace, since

ANSWERS_FOLDER: Final = "hold"
"""In the state folder: what `deskbook hold` asks of a daemon that runs."""

UNDO_FOLDER: Final = "undo"
"""Likewise, of `deskbook undo`."""

DISPUTES_FOLDER: Final = "dispute"
"""Likewise, of `deskbook dispute`."""

EMERGENCIES_FOLDER: Final = "emergency"
"""Likewise, of `deskbook limits set`."""

_NIGHT: Final = 3
"""The hour at which nobody waits for anything."""

_JOBS_SECONDS: Final = 10
_RETRY_SECONDS: Final = 5

_ONCE_GRACE: Final = dt.timedelta(seconds=2)
"""So long a single round waits for files that are gone."""


@dataclass(slots=True, kw_only=True)
class Duties:
    """What has to be done besides reading and writing desks."""

    workspace: Workspace
    clock: Clock
    log: Log
    failures: dict[tuple[str, str], dt.datetime] = made(default_factory=dict)
    began: dt.datetime | None = None
    """When the workspace began; None until it is known."""

    @property
    def mailroom(self) -> Mailroom:
        """Who composes what people are told."""
        return Mailroom(
            declared=self.workspace.declared,
            store=self.workspace.store,
            currency=self.workspace.settings.company.currency,
        )

    @property
    def codes(self) -> CodeLetters:
        """Who mails one-time codes."""
        return CodeLetters(
            declared=self.workspace.declared,
            store=self.workspace.store,
            currency=self.workspace.settings.company.currency,
        )

    @property
    def reporting(self) -> Reporting:
        """Who makes the reports."""
        settings = self.workspace.settings
        return Reporting(
            declared=self.workspace.declared,
            store=self.workspace.store,
            zone=settings.zone,
            currency=settings.company.currency,
            save=self._save,
        )

    def tell(self) -> None:
        """Tell at once what is urgent, and try again what could not leave."""
        now = self.clock.now()
        self.mailroom.urgent(now)
        self.codes.send(now)
        settings = self.workspace.settings.mail
        store, mailer = self.workspace.store, self.workspace.mailer
        delivered = deliver_all(store, mailer, self.clock, settings.batch, handed=logged(store))
        if delivered:
            self.log.info("mail", sent=delivered.sent, later=delivered.later, unknown=delivered.unknown)

    def due(self) -> None:
        """Do what the day, the week or the month demands and was not done."""
        self.began = self.began or since(self.workspace.store)
        if self.began is None:
            return
        now = self.clock.now()
        failures: Failures = self.failures
        for run in run_due(self.jobs(), self.workspace.store, now, self.began, failures):
            key = (run.job, run.period.key)
            if run.error is None:
                self.failures.pop(key, None)
                self.log.info("done", job=run.job, period=run.period.key, messages=run.messages)
            else:
                self.failures[key] = now
                self.log.warning("failed", job=run.job, period=run.period.key, why=repr(run.error))

    def jobs(self) -> tuple[Job, ...]:
        """Return every duty that comes back with the calendar, in the order in which they are done."""
        hour = int(limits_in(self.workspace.store).get("digest_hour", 8))
        reminders = Job(
            name="reminders",
            kind=PeriodKind.DAY,
            hour=hour,
            at_end=False,
            missed=Missed.LATEST,
            on=self._reminds_on,
            run=lambda _period, now: self._remind(now),
        )
        digest = Job(
            name="digest",
            kind=PeriodKind.DAY,
            hour=hour,
            at_end=False,
            missed=Missed.LATEST,
            on=self._reminds_on,
            run=lambda _period, now: self.mailroom.digests(now),
        )
        sharing = Job(
            name="sharing",
            kind=PeriodKind.DAY,
            hour=0,
            at_end=False,
            missed=Missed.LATEST,
            run=lambda _period, now: self._share(now),
        )
        settings = Job(
            name="settings",
            kind=PeriodKind.DAY,
            hour=0,
            at_end=False,
            missed=Missed.LATEST,
            run=lambda _period, now: self._count(now),
        )
        reports = (self._report_job(each) for each in REPORTS)
        return (self._rights(), settings, sharing, reminders, *reports, digest, self._thinning())

    def _rights(self) -> Job:
        return Job(
            name="rights",
            kind=PeriodKind.DAY,
            hour=_NIGHT,
            at_end=False,
            missed=Missed.LATEST,
            run=lambda _period, _now: self._look_at_rights(),
        )

    def _look_at_rights(self) -> Posting:
        look_at_rights(self.workspace.engine)
        return Posting()

    def _reminds_on(self, day: dt.date) -> bool:
        return reminds_on(self.workspace.declared, self.workspace.store, day)

    def _thinning(self) -> Job:
        return Job(
            name="thin_renders",
            kind=PeriodKind.MONTH,
            hour=_NIGHT,
            at_end=False,
            missed=Missed.LATEST,
            run=lambda _period, now: self._thin(now),
        )

    def _thin(self, now: dt.datetime) -> Posting:
        kept = dt.timedelta(days=self.workspace.settings.store.keep_renders_days)
        thinned = self.workspace.store.thin(now - kept)
        if thinned:
            self.log.info("renders thinned", count=thinned)
        return Posting()

    def _report_job(self, report: Report) -> Job:
        return Job(
            name=f"report:{report.key}",
            kind=report.kind,
            hour=report.hour,
            run=lambda period, now: Posting(messages=self.reporting.messages(report, period, now)),
        )

    def _count(self, now: dt.datetime) -> Posting:
        """Let settings count that were signed off for today."""
        count(self.workspace.declared, self.workspace.store, now)
        return Posting()

    def _share(self, now: dt.datetime) -> Posting:
        """Have desks written anew where a sharing scope begins today, or has ended."""
        share(self.workspace.declared, self.workspace.store, now)
        return Posting()

    def _remind(self, now: dt.datetime) -> Posting:
        remind(self.workspace.declared, self.workspace.store, now)
        return Posting()

    def _save(self, name: str, content: bytes) -> None:
        write_whole(self.workspace.root / REPORTS_FOLDER / name, content)


@contextmanager
def daemon_of(workspace: Workspace, console: TextIO | None) -> Iterator[Daemon]:
    """Return the daemon of *workspace*, with its log and its watch; both end with the context."""
    with (
        log_to(workspace.state, workspace.clock, console) as log,
        Watch(
            workspace.desks,
            workspace.settings.desks.polling,
            workspace.settings.desks.poll_seconds,
        ) as watch,
        _followed(workspace, log, watch),
    ):
        yield make_daemon(workspace, log, watch)


def _followed(workspace: Workspace, log: Log, watch: Watch) -> AbstractContextManager[object]:
    """Return what looks at the online desks while the daemon runs, if there are any."""
    workbooks = workspace.engine.workbooks
    if not isinstance(workbooks, Either):
        return nullcontext()
    return Follower(workbooks.online, lambda: watch.hint(workspace.desks), log)


def make_daemon(workspace: Workspace, log: Log, hints: Watch) -> Daemon:
    """Wire a daemon: rounds over the engine, duties, and what wakes it."""
    settings = workspace.settings.desks
    duties = Duties(workspace=workspace, clock=workspace.clock, log=log)
    look_at_rights(workspace.engine)
    ticker = Ticker(lambda name, error: log.warning("failed", what=name, why=repr(error)))
    ticker.every(_JOBS_SECONDS, "jobs", duties.due)
    ticker.every(_RETRY_SECONDS, "mail", duties.tell)
    daemon = Daemon(
        rounds=rounds_of(workspace, log),
        hints=hints,
        deliver=duties.tell,
        tick=ticker.tick,
        scan=settings.scan_seconds,
        beat=_RETRY_SECONDS,
    )
    amending = Amending(look=workspace, anew=daemon.start_anew, log=log)
    ticker.every(_JOBS_SECONDS, "declarations", amending.turn)
    return daemon


def rounds_of(workspace: Workspace, log: Log) -> Rounds:
    """Return the rounds over a workspace's engine."""
    return Rounds(
        engine=workspace.engine,
        pulse=SystemClock(workspace.settings.zone),
        log=log,
        settled=Settled(dt.timedelta(seconds=workspace.settings.desks.settle_seconds)),
        answers=requests.answers(workspace.state / ANSWERS_FOLDER),
        undos=requests.undos(workspace.state / UNDO_FOLDER),
        disputes=requests.disputes(workspace.state / DISPUTES_FOLDER),
        emergencies=requests.emergencies(workspace.state / EMERGENCIES_FOLDER),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What one look at everything came to."""

    ingested: tuple[Ingested, ...]
    written: tuple[Written | Refused, ...]
    waiting: Mapping[DeskKey, Refused]
    """Desks that could not be written, and why: they are written at another time."""


def once(workspace: Workspace) -> Once:
    """Look at every desk now, without waiting for it to settle; write what waits; tell people."""
    with log_to(workspace.state, workspace.clock) as log:
        rounds = Rounds(
            engine=workspace.engine,
            pulse=SystemClock(workspace.settings.zone),
            log=log,
            settled=Settled(dt.timedelta()),
            answers=requests.answers(workspace.state / ANSWERS_FOLDER),
            grace=_ONCE_GRACE,
        )
        duties = Duties(workspace=workspace, clock=workspace.clock, log=log)
        ingested = rounds.look()
        if rounds.absent.since:
            # Longer than a program that saves leaves its file's name free.
            threading.Event().wait(_ONCE_GRACE.total_seconds())
            ingested += rounds.look()
        written = rounds.write()
        duties.due()
        settle(workspace)
        duties.tell()
        return Once(ingested=ingested, written=written, waiting=rounds.waiting)
