"""The 待辦 sheet: what waits for the people of a desk, in the order in which it should be done. Pure.

It is computed anew whenever something of it may have changed, never stored, and nothing typed in it counts.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.turn import whose_turn
from sheet_templates.form import Desk, FieldKey, FormKey
from sheet_templates.record import Problem, Record, RecordId, Severity, Text, Value, named, text
from sheet_templates.words import Words
from sync.declared import TODO, Declared
from sync.identity import Shows
from sync.ports import Store

LINES: Final = 200
"""The sheet shows so many lines at most; the last one then says that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that waits."""

    what: Text
    form: FormKey | None
    record: Record | None
    since: dt.date | None
    hint: str
    urgent: bool


def rows(
    desk: Desk, declared: Declared, store: Store, now: dt.datetime, had: Collection[RecordId]
) -> Mapping[tuple[FormKey, RecordId], Shows]:
    """Return what the 待辦 sheet of *desk* shows.

    *had*: the lines that it has shown before. Those that it no longer needs are empty, and are used again.
    """
    lines = sorted(_lines(desk, declared, store, now), key=_urgency)
    shown: dict[tuple[FormKey, RecordId], Shows] = {}
    for index in range(LINES):
        key = (TODO, RecordId(f"todo{index + 1:08}"))
        if index < len(lines):
            rest = len(lines) - LINES if index == LINES - 1 else 0
            shown[key] = _shows(desk, declared, lines[index], rest)
        elif key[1] in had:
            shown[key] = {}
    return shown


def _lines(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Iterator[Line]:
    yield from _decisions(desk, store, now)
    for problem in store.problems(desk.key):
        yield _problem(desk, declared.words, store, problem)


def _decisions(desk: Desk, store: Store, now: dt.datetime) -> Iterator[Line]:
    for run in store.open_runs():
        record = store.get(run.form, run.record)
        turns = whose_turn(run, store.decisions(run.form, run.record), store, now.date())
        for turn in turns:
            if record is not None and set(turn.people) & set(desk.people):
                yield Line(
                    what=text("todo.decide", step=named(turn.labels)),
                    form=run.form,
                    record=record,
                    since=run.submitted_at.date(),
                    hint="",
                    urgent=True,
                )


def _problem(desk: Desk, words: Words, store: Store, problem: Problem) -> Line:
    record = None
    if problem.form is not None and problem.record is not None:
        record = store.get(problem.form, problem.record)
    said = f"{words.say(problem.what, desk.lang)} {words.say(problem.mend, desk.lang)}".strip()
    error = problem.severity is Severity.ERROR
    return Line(
        what=text("todo.mend" if error else "todo.notice"),
        form=problem.form,
        record=record,
        since=None,
        hint=said,
        urgent=error,
    )


def _urgency(line: Line) -> tuple[bool, str, str]:
    number = line.record.number if line.record is not None else ""
    return not line.urgent, str(line.form or ""), number


def _shows(desk: Desk, declared: Declared, line: Line, rest: int) -> Shows:
    words = declared.words
    if rest:
        return {FieldKey("what"): words.say(text("todo.more", count=rest), desk.lang)}
    values: dict[str, Value] = {
        "what": words.say(line.what, desk.lang),
        "form_label": None if line.form is None else declared.forms[line.form].labels.in_(desk.lang),
        "subject_number": None if line.record is None else line.record.number or None,
        "title": _title(declared, line),
        "since": line.since,
        "hint": line.hint or None,
    }
    return {FieldKey(key): value for key, value in values.items() if value is not None}


def _title(declared: Declared, line: Line) -> str | None:
    if line.record is None:
        return None
    title = declared.forms[line.record.form].title
    value = line.record.values.get(title) if title is not None else None
    return None if value is None else str(value)
