"""`deskbook report`: a report of the catalogue made by hand, kept as files and, if asked for, mailed."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text as Line

from reports.catalogue import REPORTS, Report, due
from reports.catalogue import report as report_called
from reports.period import Period, PeriodKind
from sheet_templates.record import text
from sync.asking import voice_of
from sync.edges.clock import SystemClock
from sync.edges.files import write_whole
from sync.edges.settings import load_settings
from sync.edges.single import AlreadyRunningError, only_one
from sync.exits import Exit
from sync.exports import logged
from sync.faults import UsageError
from sync.outbox import deliver_all
from sync.reporting import Made, Reporting
from sync.shows.console import show
from sync.shows.voice import Voice
from sync.workspace import REPORTS_FOLDER, Workspace, opened


def make(root: Path, name: str, *, month: str, week: str, mail: bool) -> Exit:
    """Make the report *name* for a month or a week, or else for the last that is over; list all for no name."""
    clock = SystemClock(load_settings(root).zone)
    with opened(root, clock, os.environ) as here:
        voice = voice_of(here)
        if not name:
            show(_listed(voice))
            return Exit.OK
        report, now = _report(voice, name), here.clock.now()
        period = _period(report, month, week) or due(report, now)
        reporting = Reporting(
            declared=here.declared,
            store=here.store,
            zone=here.settings.zone,
            currency=here.settings.company.currency,
            save=lambda file, content: write_whole(root / REPORTS_FOLDER / file, content),
        )
        made = reporting.make(report, period, now)
        show(_made_lines(voice, root, report, period, made))
        if mail:
            show([_mailed(here, voice, reporting, made)])
        return Exit.OK


def _listed(voice: Voice) -> Iterator[Line]:
    """Yield the reports that there are."""
    yield Line(voice.say("report.list"), style="bold")
    width = max(len(each.key) for each in REPORTS)
    for each in REPORTS:
        line = Line(f"  {each.key:{width}}  ", style="cyan").append(voice.said(each.title), style="bold")
        yield line.append(f" ({voice.say(f'report.kind.{each.kind.value}')})", style="default")
        yield Line(f"  {'':{width}}  {voice.said(each.help)}", style="dim")


def _report(voice: Voice, name: str) -> Report:
    found = report_called(name)
    if found is None:
        raise UsageError("report.unknown", name=name, names=voice.among([each.key for each in REPORTS]))
    return found


def _period(report: Report, month: str, week: str) -> Period | None:
    """Return the period that was named, None if none was. Raises UsageError if the report has no such period."""
    if not month and not week:
        return None
    try:
        period = Period.parse(month or week)
    except ValueError:
        raise UsageError("report.period", typed=month or week) from None
    asked = PeriodKind.MONTH if month else PeriodKind.WEEK
    if (month and week) or period.kind is not asked or period.kind is not report.kind:
        raise UsageError(
            "report.other_kind", name=report.key, kind=text(f"cli.report.kind.{report.kind.value}")
        )
    return period


def _made_lines(
    voice: Voice, root: Path, report: Report, period: Period, made: Sequence[Made]
) -> Iterator[Line]:
    yield Line(f"{voice.said(report.title)} · {voice.said(period.name)}", style="bold")
    for each in made:
        names = voice.among([str(person["name"]) for person in each.receivers])
        yield Line(f"  {root / REPORTS_FOLDER / each.name}.html")
        yield Line(f"  {root / REPORTS_FOLDER / each.name}.xlsx").append(
            f"  {voice.say('report.for', people=names)}", style="dim"
        )
    if not made:
        yield Line(f"  {voice.say('report.nobody')}", style="yellow")


def _mailed(here: Workspace, voice: Voice, reporting: Reporting, made: Sequence[Made]) -> Line:
    """Post the report to its receivers, and deliver it at once unless a daemon runs that will."""
    now = here.clock.now()
    messages = reporting.addressed(made, f":by hand {now.isoformat(timespec='seconds')}")
    here.store.post(messages)
    try:
        with only_one(here.state, here.clock):
            deliver_all(
                here.store, here.mailer, here.clock, here.settings.mail.batch, handed=logged(here.store)
            )
    except AlreadyRunningError:
        return Line(voice.say("report.posted", count=len(messages)))
    return Line(voice.say("report.mailed", count=len(messages)))
