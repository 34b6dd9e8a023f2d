"""How things stand: what `deskbook status` shows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Line

from sheet_templates.record import Problem, named
from sync.edges.google.standing import OnlineStanding
from sync.edges.single import Holder
from sync.ports import Message, MessageState
from sync.receipts import Receipt, moment
from sync.shows.history import told_to
from sync.shows.problems import conflict_lines, errors_first, problem_lines
from sync.shows.voice import Voice
from sync.standing import HELD, DeskStanding, Standing, Waits
from sync.undoing import TOLD

_MOST: Final = 10
"""So many lines of one kind are shown for one desk; the rest is counted."""


def standing_lines(voice: Voice, name: str, root: Path, found: Standing) -> Iterator[RenderableType]:
    """Yield how things stand, section by section; a section without anything in it is left out."""
    yield Line(f"{name} · {root}", style="bold")
    yield Line(_daemon(voice, found.daemon))
    yield from _section(voice, "desks", [_desks(voice, found.desks)])
    yield from _section(voice, "opened", [line for each in found.desks for line in _opened(voice, each)])
    yield from _section(voice, "held", [line for each in found.desks for line in _held(voice, each)])
    yield from _section(voice, "mend", [line for each in found.desks for line in _mend(voice, each)])
    yield from _section(voice, "elsewhere", list(_some(voice, found.elsewhere, "")))
    yield from _section(voice, "beside", [Line(f"  {each.file}") for each in found.beside[:_MOST]])
    yield from _section(voice, "undone", [line for each in found.desks for line in _undone(voice, each)])
    yield from _section(
        voice,
        "conflicts",
        [
            line
            for each in found.desks
            for conflict in each.conflicts
            for line in conflict_lines(voice, conflict)
        ],
    )
    yield from _section(voice, "waits", list(_waits(voice, found.waits)))
    yield from _section(voice, "receipts", list(_receipts(voice, found.receipts)))
    yield from _section(voice, "online", list(_online(voice, found.online)))
    yield from _section(voice, "mail", list(_mail(voice, found)))
    yield from _section(voice, "jobs", list(_jobs(voice, found)))
    yield from _section(voice, "journal", [Line(f"  {_head(voice, found.head)}")])
    yield Line()
    yield summary(voice, found)


def summary(voice: Voice, found: Standing) -> Line:
    """Return in one line whether somebody must do something."""
    if not found.errors and not found.conflicts:
        return Line(voice.say("status.well"), style="green")
    said = voice.say("status.todo", errors=found.errors, conflicts=found.conflicts)
    return Line(said, style="yellow")


def holder_said(voice: Voice, holder: Holder) -> str:
    """Return who works on the workspace."""
    since = "" if holder.since is None else voice.moment(holder.since)
    return voice.say("holder", pid=str(holder.pid), host=holder.host, since=since)


def _section(voice: Voice, key: str, lines: Sequence[RenderableType]) -> Iterator[RenderableType]:
    if lines:
        yield Line()
        yield Line(voice.say(f"status.{key}"), style="bold")
        yield from lines


def _daemon(voice: Voice, holder: Holder | None) -> str:
    if holder is None:
        return voice.say("status.no_daemon")
    return voice.say("status.daemon", who=holder_said(voice, holder))


def _desks(voice: Voice, desks: Sequence[DeskStanding]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for key in ("desk", "file", "open"):
        table.add_column(voice.say(f"status.column.{key}"), overflow="fold")
    for key in ("waiting", "errors", "notices", "conflicts"):
        table.add_column(voice.say(f"status.column.{key}"), justify="right")
    for each in desks:
        owner = each.open_by
        opened = "" if owner is None else voice.say("open", who=owner.who, since=voice.moment(owner.since))
        errors = len(each.errors)
        table.add_row(
            Line(f"  {voice.desk(each.desk.key)}"),
            Line(voice.say("status.no_file") if each.path is None else str(each.path)),
            Line(opened),
            _count(each.waiting),
            _count(errors, "red"),
            _count(len(each.problems) - errors),
            _count(len(each.conflicts), "red"),
        )
    return table


def _opened(voice: Voice, each: DeskStanding) -> Iterator[Line]:
    """Yield who keeps a desk from being written, since when, and what waits for him."""
    owner = each.open_by
    if owner is None:
        return
    said = voice.say("open", who=owner.who or voice.say("status.somebody"), since=voice.moment(owner.since))
    file = each.path.name if each.path is not None else voice.desk(each.desk.key)
    key = "status.waits_for" if each.records else "status.nothing_waits"
    yield Line(f"  {file}: {said} · {voice.say(key, records=each.records)}")


def _count(count: int, colour: str = "default") -> Line:
    return Line(str(count), style=colour) if count else Line("·", style="dim")


def _held(voice: Voice, each: DeskStanding) -> Iterator[Line]:
    for problem in each.held:
        yield from problem_lines(voice, problem)


def _mend(voice: Voice, each: DeskStanding) -> Iterator[Line]:
    file = each.path.name if each.path is not None else voice.desk(each.desk.key)
    yield from _some(voice, [one for one in each.errors if not one.what.key.startswith(HELD)], file)


def _undone(voice: Voice, each: DeskStanding) -> Iterator[Line]:
    """Yield what was taken back of a desk's saves, until its people have seen it."""
    told = [one for one in each.problems if one.what.key == TOLD]
    for problem in told[:_MOST]:
        where = voice.desk(each.desk.key)
        if problem.form is not None and problem.record is not None:
            where = f"{where} › {voice.record(problem.form, problem.record)}"
        yield Line(f"  {where}: ", style="bold").append(voice.said(problem.what), style="default")
    if len(told) > _MOST:
        yield Line(f"    {voice.say('more', count=len(told) - _MOST)}", style="dim")


def _some(voice: Voice, problems: Sequence[Problem], file: str) -> Iterator[Line]:
    """Yield the first of *problems*, and how many more there are."""
    ordered = errors_first(problems)
    for problem in ordered[:_MOST]:
        yield from problem_lines(voice, problem, file=file)
    if len(ordered) > _MOST:
        yield Line(f"    {voice.say('more', count=len(ordered) - _MOST)}", style="dim")


def _waits(voice: Voice, waits: Sequence[Waits]) -> Iterator[Line]:
    by_person: defaultdict[str, list[Waits]] = defaultdict(list)
    for each in waits:
        people = voice.among([voice.person(number) for number in each.people])
        by_person[people or voice.say("status.nobody", role=voice.role(each.role))].append(each)
    for who, theirs in by_person.items():
        yield Line(f"  {who}", style="bold")
        for each in theirs[:_MOST]:
            record, step = voice.record(each.form, each.record), voice.said(named(each.step))
            said = voice.say("status.wait", record=record, step=step, since=voice.moment(each.since))
            yield Line(f"    {said}")
        if len(theirs) > _MOST:
            yield Line(f"    {voice.say('more', count=len(theirs) - _MOST)}", style="dim")


def _receipts(voice: Voice, receipts: Sequence[Receipt]) -> Iterator[Line]:
    for each in receipts[:_MOST]:
        record = voice.record(each.content.form, each.content.record)
        said = voice.say("status.receipt", to=told_to(voice, each.whom), record=record, due=moment(each.due))
        yield Line(f"  {said}")
    if len(receipts) > _MOST:
        yield Line(f"    {voice.say('more', count=len(receipts) - _MOST)}", style="dim")


def _online(voice: Voice, online: OnlineStanding | None) -> Iterator[Line]:
    """Yield how Google stands, what it is asked, and what is wrong with single spreadsheets."""
    if online is None:
        return
    since = voice.say("status.online_never") if online.reached is None else voice.moment(online.reached)
    said = voice.say("status.online_reached", since=since, spent=online.spent, most=online.most)
    yield Line(f"  {said}")
    if online.fault is not None:
        yield Line(f"  {voice.say('status.online_fault', fault=online.fault)}", style="yellow")
    for each in online.desks:
        told = voice.said(each.fault) if each.fault is not None else ""
        waits = voice.say("status.online_waits") if each.waits and not told else told
        yield Line(f"  {each.path}  {each.link}").append(f"  {waits}", style="yellow" if told else "dim")


def _mail(voice: Voice, found: Standing) -> Iterator[Line]:
    counts = [
        voice.say("status.count", what=voice.say(f"mail.{state.value}"), count=found.outbox[state])
        for state in MessageState
        if found.outbox.get(state)
    ]
    if counts:
        yield Line(f"  {voice.among(counts)}")
    for state in (MessageState.UNKNOWN, MessageState.FAILED):
        stuck = [each for each in found.stuck if each.state is state]
        if stuck:
            yield Line(f"  {voice.say(f'mail.{state.value}.mend')}", style="yellow")
            yield from (_message(each) for each in stuck[:_MOST])
            if len(stuck) > _MOST:
                yield Line(f"    {voice.say('more', count=len(stuck) - _MOST)}", style="dim")


def _message(message: Message) -> Line:
    line = Line(f"    {message.to}  {message.subject}")
    return line.append(f"  {message.detail}", style="dim") if message.detail else line


def _jobs(voice: Voice, found: Standing) -> Iterator[Line]:
    for name, period, at in found.jobs:
        yield Line(f"  {voice.say('status.job', job=voice.job(name), period=period, at=voice.moment(at))}")


def _head(voice: Voice, head: tuple[int, str]) -> str:
    number, digest = head
    return voice.say("status.head", number=str(number), hash=digest) if number else voice.say("status.empty")
