"""Reminders: what only the passing of time brings. Asked as often as one likes, told as declared. Pure."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rules.effect import Decision, Notify, Run
from rules.rule import Book, Every, Reminder
from rules.transfer import notify
from rules.turn import whose_turn
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import Form, FormKey
from sheet_templates.record import Record, RecordId, Records, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day on which reminders are asked for."""

    forms: Mapping[FormKey, Form]
    records: Records
    limits: Mapping[str, Decimal]
    today: dt.date
    runs: Mapping[tuple[FormKey, RecordId], tuple[Run, tuple[Decision, ...]]] = field(default_factory=dict)
    """The runs that wait for a decision, with all decisions on their records."""

    def context(self, record: Record, extra: Mapping[str, Value] | None = None) -> ExpressionContext:
        """Return what expressions about *record* are evaluated against."""
        return ExpressionContext(
            record=record,
            records=self.records,
            forms=self.forms,
            today=self.today,
            limits=self.limits,
            extra=extra or {},
        )


def notices(book: Book, day: Day) -> tuple[Notify, ...]:
    """Return what must be told on this day; each event's key says the period, so that asking again is harmless."""
    return tuple(told for each in book.reminders for told in _notices(each, day))


def _notices(reminder: Reminder, day: Day) -> Iterator[Notify]:
    for record in _asked(reminder, day):
        run, decisions = day.runs.get((record.form, record.id), (None, ()))
        extra = {"submitted_on": run.submitted_at.date()} if run is not None and reminder.turn else {}
        context = day.context(record, extra)
        due = reminder.due.value(context)
        if not isinstance(due, dt.date) or due > day.today:
            continue
        if reminder.unless is not None and reminder.unless.true(context):
            continue
        waiting = whose_turn(run, decisions, day.records, day.today) if reminder.turn else ()
        people = tuple(who for turn in waiting for who in turn.people)
        if reminder.turn and not people:
            continue
        rule = f"reminder.{reminder.key}"
        event = f"{rule}.{_period(reminder.every, due, day.today)}"
        told = notify(reminder.told, context, event=event, rule=rule, clause=reminder.clause, more=people)
        if told is not None:
            yield told


def _asked(reminder: Reminder, day: Day) -> Iterable[Record]:
    if not reminder.turn:
        return day.records.every(reminder.form)
    waiting = (day.records.get(*place) for place in day.runs if place[0] == reminder.form)
    return [each for each in waiting if each is not None]


def _period(every: Every, due: dt.date, today: dt.date) -> str:
    """Return what tells one telling from the next: the due date, and the day or week since then."""
    match every:
        case Every.ONCE:
            return due.isoformat()
        case Every.DAY:
            return f"{due.isoformat()}.{(today - due).days}d"
        case Every.WEEK:
            return f"{due.isoformat()}.{(today - due).days // 7}w"
