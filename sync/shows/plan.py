"""What would be: what a dry run and the checking of one workbook show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from rich.text import Text as Line

from rules.effect import Notify
from sheet_templates.form import Desk, FormKey
from sheet_templates.record import Problem, RecordId, Severity
from sync.cycle import Outcome
from sync.engine import Ingested
from sync.jobs import Due
from sync.overlay import Overlay
from sync.ports import Entry
from sync.shows.history import by_record, changes
from sync.shows.problems import conflict_lines, errors_first, problem_lines
from sync.shows.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notice that would go out."""

    notify: Notify
    people: tuple[str, ...]
    """Numbers in `people` of those who would be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one round would do."""

    previews: tuple[Ingested, ...]
    """Of the files whose bytes are not known."""
    told: tuple[Told, ...]
    writes: tuple[Desk, ...]
    """Desks that would be written: something waits for them, or would."""
    opened: tuple[tuple[Desk, str], ...]
    """Of those the ones that somebody has open, and who: they would wait."""
    due: tuple[Due, ...]
    """Reports and other duties that would be done."""

    @property
    def problems(self) -> bool:
        """Whether something would have to be mended."""
        return any(has_errors(each) for each in self.previews)


def plan_lines(voice: Voice, plan: Plan) -> Iterator[Line]:
    """Yield what one round would do, file by file; then whom it would tell and what it would write."""
    for each in plan.previews:
        yield from preview_lines(voice, each)
    if plan.told:
        yield Line(voice.say("plan.told"), style="bold")
        yield from (_told(voice, each) for each in plan.told)
    if plan.due:
        yield Line(voice.say("plan.due"), style="bold")
        yield from (Line(f"  {voice.job(job.name)} {period.key}") for job, period in plan.due)
    if plan.writes:
        desks = voice.among([voice.desk(each.key) for each in plan.writes])
        yield Line(voice.say("plan.writes", desks=desks))
    for desk, who in plan.opened:
        yield Line(voice.say("plan.open", desk=voice.desk(desk.key), who=who or "?"), style="yellow")
    if not (plan.previews or plan.told or plan.due or plan.writes):
        yield Line(voice.say("plan.nothing"))
    yield Line(voice.say("plan.dry"), style="dim")


def preview_lines(voice: Voice, ingested: Ingested, standing: Iterable[Problem] = ()) -> Iterator[Line]:
    """Yield what one file would change and what is wrong with it.

    *standing*: problems of its desk that are open already and would stay.
    """
    line = Line(str(ingested.path), style="bold cyan")
    if ingested.desk is not None:
        line.append(f"  {voice.say('plan.desk', desk=voice.desk(ingested.desk))}", style="default")
    yield line
    if ingested.problem is not None:
        yield from problem_lines(voice, ingested.problem, file=ingested.path.name)
        return
    if ingested.outcome is None:
        yield Line(f"  {voice.say('plan.nobodys')}", style="yellow")
        return
    yield from _outcome_lines(voice, ingested.path, ingested.outcome, standing)


def has_errors(ingested: Ingested) -> bool:
    """Return whether a file has something that must be mended, or is nobody's."""
    if ingested.outcome is None:
        return True
    found = ingested.outcome.commit
    return bool(found.conflicts) or any(each.severity is Severity.ERROR for each in found.problems)


def _outcome_lines(
    voice: Voice, path: PurePath, outcome: Outcome, standing: Iterable[Problem]
) -> Iterator[Line]:
    commit = outcome.commit
    then = _as_it_would_be(voice, outcome)
    changed = by_record(commit.entries)
    for (form, record), entries in changed.items():
        lines = list(changes(then, _worth_telling(entries)))
        if lines:
            yield Line(f"  {_record(voice, then, form, record)}", style="bold")
            yield from lines
    for conflict in commit.conflicts:
        yield from conflict_lines(then, conflict)
    problems = errors_first((*commit.problems, *standing))
    for problem in problems:
        yield from problem_lines(then, problem, file=path.name)
    if commit.solved:
        yield Line(f"  {voice.say('plan.solved', count=len(commit.solved))}", style="green")
    if not changed and not problems and not commit.conflicts:
        yield Line(f"  {voice.say('plan.unchanged')}", style="green")


def _as_it_would_be(voice: Voice, outcome: Outcome) -> Voice:
    """Return a voice that knows the records as they would stand."""
    records = Overlay(voice.store, voice.declared.forms)
    for record in outcome.changed:
        records.put(record)
    return Voice(declared=voice.declared, store=voice.store, zone=voice.zone, records=records)


def _worth_telling(entries: Iterable[Entry]) -> list[Entry]:
    # What was typed and not taken is told by its problem, a new record by its heading.
    return [each for each in entries if each.kind not in ("draft", "reject", "conflict", "create")]


def _record(voice: Voice, then: Voice, form: FormKey, record: RecordId) -> str:
    """Return which record it is; one that would be new has no number before it is really taken."""
    if voice.records.get(form, record) is not None:
        return voice.record(form, record)
    found, declared = then.records.get(form, record), voice.declared.forms[form]
    title = None if found is None or declared.title is None else found.values.get(declared.title)
    new = voice.say("row.new", form=voice.form(form))
    if title is None or declared.title is None:
        return new
    return f"{new}: {then.value(form, declared.title, title)}"


def _told(voice: Voice, told: Told) -> Line:
    people = voice.among([voice.person(each) for each in told.people]) or voice.say("plan.told.nobody")
    key = "plan.told.now" if told.notify.urgent else "plan.told.digest"
    return Line(f"  {voice.say(key, headline=told.notify.headline, people=people)}")
