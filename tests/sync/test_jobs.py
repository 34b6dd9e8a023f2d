import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest

from reports.period import Period, PeriodKind
from sync.jobs import Job, JobRun, Missed, Posting, due_jobs, run_due
from sync.ports import Message
from tests.support.clock import SHANGHAI

BEGIN = dt.datetime(2026, 8, 15, 12, tzinfo=SHANGHAI)


class MemoryLedger:
    """Fulfils `sync.jobs.Ledger`."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], tuple[str, ...]] = {}

    def ran(self, job: str, period: str) -> bool:
        return (job, period) in self.entries

    def done(
        self,
        job: str,
        period: str,
        at: dt.datetime,
        messages: Iterable[Message] = (),
        told: Iterable[int] = (),
    ) -> bool:
        if self.ran(job, period):
            return False
        self.entries[job, period] = tuple(each.key for each in messages)
        return True


def report(period: Period, at: dt.datetime) -> Posting:
    message = Message(key=f"report:{period.key}", to="a@b.c", subject="", text="", html="")
    return Posting(messages=(message,))


def job(name: str = "expense", kind: PeriodKind = PeriodKind.MONTH, **given: object) -> Job:
    return Job(**{"name": name, "kind": kind, "run": report, **given})  # type: ignore[arg-type]


def keys(jobs: list[Job], ledger: MemoryLedger, now: dt.datetime) -> list[str]:
    return [period.key for _, period in due_jobs(jobs, ledger, now, BEGIN)]


def when(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_a_monthly_report_is_due_at_its_hour_on_the_first_of_the_next_month():
    assert keys([job()], MemoryLedger(), when("2026-09-01T07:59:59")) == []
    assert keys([job()], MemoryLedger(), when("2026-09-01T08:00:00")) == ["2026-08"]


def test_a_weekly_report_is_due_on_monday():
    weekly = job(kind=PeriodKind.WEEK, reach=1)

    assert keys([weekly], MemoryLedger(), when("2026-11-02T08:00")) == ["2026-W44"]
    assert keys([weekly], MemoryLedger(), when("2026-11-08T23:00")) == ["2026-W44"]
    assert keys([weekly], MemoryLedger(), when("2026-11-09T08:00")) == ["2026-W45"]


def test_a_digest_is_due_on_its_own_day():
    digest = job(kind=PeriodKind.DAY, at_end=False, missed=Missed.LATEST, hour=18)

    assert keys([digest], MemoryLedger(), when("2026-11-02T17:00")) == ["2026-11-01"]
    assert keys([digest], MemoryLedger(), when("2026-11-02T18:00")) == ["2026-11-02"]


def test_each_month_that_was_missed_is_made_up_for_once_and_oldest_first():
    ledger = MemoryLedger()

    runs = run_due([job()], ledger, when("2026-12-03T10:00"), BEGIN, {})
    again = run_due([job()], ledger, when("2026-12-03T10:01"), BEGIN, {})

    assert [each.period.key for each in runs] == ["2026-08", "2026-09", "2026-10", "2026-11"]
    assert runs[-1].late == dt.timedelta(days=2, hours=2)
    assert again == ()
    assert ledger.entries["expense", "2026-09"] == ("report:2026-09",)


def test_of_the_digests_of_a_long_weekend_only_the_newest_is_made():
    digest = job("digest", PeriodKind.DAY, at_end=False, missed=Missed.LATEST)

    assert keys([digest], MemoryLedger(), when("2026-11-05T09:00")) == ["2026-11-05"]


def test_nothing_from_before_the_beginning_is_made_up_for():
    assert keys([job()], MemoryLedger(), when("2026-08-31T23:59")) == []
    assert keys([job(kind=PeriodKind.DAY, reach=60)], MemoryLedger(), when("2026-08-17T09:00")) == [
        "2026-08-15",
        "2026-08-16",
    ]


def test_a_clock_that_is_set_back_or_jumps_does_nothing_twice():
    ledger, moments = (
        MemoryLedger(),
        ["2026-11-01T08:30", "2026-10-31T07:00", "2026-11-01T08:30", "2026-11-01T07:59"],
    )

    done = [
        [each.period.key for each in run_due([job(reach=1)], ledger, when(each), BEGIN, {})]
        for each in moments
    ]

    assert done == [["2026-10"], ["2026-09"], [], []]


def test_an_hour_that_comes_twice_or_never_does_the_job_once():
    berlin = ZoneInfo("Europe/Berlin")
    nightly, ledger, done = (
        job(kind=PeriodKind.DAY, at_end=False, missed=Missed.LATEST, hour=2),
        MemoryLedger(),
        [],
    )
    for day in (dt.datetime(2026, 3, 28, tzinfo=dt.UTC), dt.datetime(2026, 10, 24, tzinfo=dt.UTC)):
        for quarter in range(3 * 96):
            now = (day + dt.timedelta(minutes=15 * quarter)).astimezone(berlin)
            done += [each.period.key for each in run_due([nightly], ledger, now, day - dt.timedelta(1), {})]

    assert [key for key in done if key.endswith(("-29", "-25"))] == ["2026-03-29", "2026-10-25"]
    assert len(done) == len(set(done))


def test_a_job_that_fails_stops_no_other_and_is_tried_again_after_a_while():
    def fail(period: Period, at: dt.datetime) -> Posting:
        raise OSError("disk full")

    ledger, now = MemoryLedger(), when("2026-09-01T09:00")
    jobs = [job("bad", run=fail), job("good")]

    runs = run_due(jobs, ledger, now, BEGIN, {})
    failures = {(each.job, each.period.key): now for each in runs if each.error}

    assert [(each.job, str(each.error or "")) for each in runs] == [("bad", "disk full"), ("good", "")]
    assert run_due(jobs, ledger, now + dt.timedelta(minutes=14), BEGIN, failures) == ()
    mended = run_due([job("bad")], ledger, now + dt.timedelta(minutes=15), BEGIN, failures)
    assert [(each.job, each.messages) for each in mended] == [("bad", 1)]


def test_a_month_that_failed_is_made_up_for_although_the_next_one_went_well():
    ledger = MemoryLedger()
    ledger.done("expense", "2026-10", BEGIN)
    ledger.done("expense", "2026-08", BEGIN)

    assert keys([job()], ledger, when("2026-11-01T09:00")) == ["2026-09"]


def test_a_job_whose_messages_break_halfway_is_not_noted_as_done():
    def halfway(period: Period, at: dt.datetime) -> Posting:
        report(period, at)
        raise RuntimeError("template")

    ledger = MemoryLedger()
    [run] = run_due([job(run=halfway)], ledger, when("2026-09-01T09:00"), BEGIN, {})

    assert isinstance(run.error, RuntimeError)
    assert ledger.entries == {}


def test_an_interruption_by_a_person_is_not_swallowed():
    def interrupted(period: Period, at: dt.datetime) -> Posting:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_due([job(run=interrupted)], MemoryLedger(), when("2026-09-01T09:00"), BEGIN, {})


def test_a_second_daemon_that_was_faster_leaves_nothing_to_do():
    class Raced(MemoryLedger):
        def ran(self, job: str, period: str) -> bool:
            return False

        def done(
            self,
            job: str,
            period: str,
            at: dt.datetime,
            messages: Iterable[Message] = (),
            told: Iterable[int] = (),
        ) -> bool:
            return False

    assert run_due([job()], Raced(), when("2026-09-01T09:00"), BEGIN, {}) == ()
    assert JobRun(job="x", period=Period.parse("2026-08"), late=dt.timedelta()).error is None
