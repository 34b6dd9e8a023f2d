"""What has to be done once a day, week or month: what is due, what was missed, and doing each once.

The store's run ledger says what was done for which period. It decides, not the clock: a computer that was off
makes up for it, and one whose clock is set back does nothing twice.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from reports.period import Period, PeriodKind
from sync.ports import Message

PAUSE_AFTER_FAILURE: Final = dt.timedelta(minutes=15)


class Ledger(Protocol):
    """What a job needs of the store."""

    def ran(self, job: str, period: str) -> bool:
        """Return whether *job* was done for *period*."""
        ...

    def done(
        self,
        job: str,
        period: str,
        at: dt.datetime,
        messages: Iterable[Message] = (),
        told: Iterable[int] = (),
    ) -> bool:
        """Note that it is done, with all that it posts, in one transaction; False if it was done before."""
        ...


class Missed(StrEnum):
    """What to do about periods that passed while the computer was off."""

    ALL = "all"
    """Each is made up for: a month's report."""
    LATEST = "latest"
    """Only the newest: yesterday's digest says nothing that today's does not say better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What a job leaves behind, in the transaction that notes that it is done."""

    messages: tuple[Message, ...] = ()
    told: tuple[int, ...] = ()
    """The notices that the messages carry."""


def _any_day(_day: dt.date) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that is done once for each period."""

    name: str
    """Its name in the ledger: never changed, or everything is done again."""
    kind: PeriodKind
    hour: int = 8
    """Of the day on which it is due, in the company's zone."""
    at_end: bool = True
    """Due on the day after the period (a report on it); False: on its first day (a digest, a reminder)."""
    missed: Missed = Missed.ALL
    reach: int = 12
    """So many periods back at most are made up for."""
    on: Callable[[dt.date], bool] = _any_day
    """Whether it is done on a day at all: on others it is neither done nor made up for."""
    run: Callable[[Period, dt.datetime], Posting]
    """Does it for a period, at a time; returns what is to be posted together with the note that it is done."""

    def due(self, period: Period, zone: dt.tzinfo | None) -> dt.datetime:
        """Return when the job is due for *period*."""
        day = period.next.start if self.at_end else period.start
        return dt.datetime.combine(day, dt.time(self.hour), tzinfo=zone)


Due: TypeAlias = tuple[Job, Period]

Failures: TypeAlias = Mapping[tuple[str, str], dt.datetime]
"""(job, period) → when it last failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """How one job went for one period."""

    job: str
    period: Period
    late: dt.timedelta
    """How long after its time it was done."""
    messages: int = 0
    error: Exception | None = None


def due_jobs(jobs: Iterable[Job], ledger: Ledger, now: dt.datetime, since: dt.datetime) -> Iterator[Due]:
    """Yield what of *jobs* is due at *now* and not done, for each job the oldest period first.

    Nothing that was due before *since*, the beginning of the workspace, is ever made up for.
    """
    for job in jobs:
        for period in _due_periods(job, now, since):
            if not ledger.ran(job.name, period.key):
                yield job, period


def run_due(
    jobs: Iterable[Job], ledger: Ledger, now: dt.datetime, since: dt.datetime, failures: Failures
) -> tuple[JobRun, ...]:
    """Do what is due; a job that fails stops no other, and is left alone for a quarter of an hour.

    *failures* is what earlier calls returned with an error; the caller keeps it.
    """
    runs = []
    for job, period in tuple(due_jobs(jobs, ledger, now, since)):
        failed = failures.get((job.name, period.key))
        if failed is not None and dt.timedelta() <= now - failed < PAUSE_AFTER_FAILURE:
            continue
        late = now - job.due(period, now.tzinfo)
        try:
            posting = job.run(period, now)
            if ledger.done(job.name, period.key, now, posting.messages, posting.told):
                runs.append(JobRun(job=job.name, period=period, late=late, messages=len(posting.messages)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other jobs must go on
            runs.append(JobRun(job=job.name, period=period, late=late, error=error))
    return tuple(runs)


def _due_periods(job: Job, now: dt.datetime, since: dt.datetime) -> list[Period]:
    """Return the periods for which *job* was due between *since* and *now*, oldest first."""
    if not job.on(now.date()):
        return []
    period = Period.holding(job.kind, now.date())
    while job.due(period, now.tzinfo) > now:
        period = period.previous
    reach = 1 if job.missed is Missed.LATEST else job.reach
    return [
        each
        for each in period.back(reach)
        if job.due(each, now.tzinfo) >= since and job.on(job.due(each, now.tzinfo).date())
    ]
