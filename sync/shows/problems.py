"""What must be mended: where it stands, what was typed, what is wrong with it, and what to do."""

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final

from rich.text import Text as Line

from sheet_templates.record import Problem, Severity
from sync.ports import Conflict
from sync.shows.voice import Voice

_MARKS: Final = {Severity.ERROR: ("✗", "red"), Severity.NOTICE: ("•", "yellow")}

_ORDER: Final = (Severity.ERROR, Severity.NOTICE)


def errors_first(problems: Iterable[Problem]) -> list[Problem]:
    """Return *problems* with what holds something up first, else in the order of the sheet."""
    return sorted(
        problems, key=lambda each: (_ORDER.index(each.severity), str(each.form or ""), each.row or 0)
    )


def problem_lines(voice: Voice, problem: Problem, *, file: str = "") -> Iterator[Line]:
    """Yield one problem: a line that says where and what was typed, one that says what, one that says how to mend it.

    *file*: what the file is called, if the problem does not say it.
    """
    mark, colour = _MARKS[problem.severity]
    line = Line(f"  {mark} ", style=colour)
    line.append(" › ".join(_place(voice, problem, file)), style="bold")
    if problem.value is not None:
        line.append(f"  {voice.say('quoted', value=problem.value)}", style="default")
    yield line
    yield Line(f"      {voice.said(problem.what)}")
    yield Line(f"      → {voice.said(problem.mend)}", style="dim")


def conflict_lines(voice: Voice, conflict: Conflict) -> Iterator[Line]:
    """Yield one conflict: where, and the three values, of which the second is what stands by now."""
    address = conflict.address
    record = voice.records.get(address.form, address.record)
    theirs = conflict.theirs if record is None else record.values.get(address.field)
    place = f"{voice.record(address.form, address.record)} › {voice.field(address.form, address.field)}"
    values = {
        name: voice.value(address.form, address.field, value)
        for name, value in (("mine", conflict.mine), ("theirs", theirs), ("base", conflict.base))
    }
    yield Line("  ⇄ ", style="red").append(place, style="bold")
    said = voice.say("conflict", who=voice.desk(conflict.desk), at=voice.moment(conflict.at), **values)
    yield Line(f"      {said}")
    yield Line(f"      → {voice.say('conflict.mend')}", style="dim")


def _place(voice: Voice, problem: Problem, file: str) -> Iterator[str]:
    name = PurePath(problem.file).name if problem.file else file
    if name:
        yield name
    if problem.form is not None:
        yield voice.form(problem.form)
    if problem.row is not None:
        yield voice.say("row", row=problem.row)
    if problem.form is not None and problem.record is not None and problem.row is None:
        found = voice.records.get(problem.form, problem.record)
        if found is not None:
            yield found.number
    if problem.form is not None and problem.field is not None:
        yield voice.field(problem.form, problem.field)
