"""Reminders: what only the passing of time brings. Asked as often as one likes, told as declared. Pure."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from rules.effect import Decision, Notify, Run
from rules.ladder import ABOVE
from rules.notices import person
from rules.rule import Book, Every, Reminder, Rung, Whom
from rules.transfer import notify
from rules.turn import LEADER, PEOPLE, Turn, in_force, whose_turn
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import Form, FormKey, Role
from sheet_templates.record import Record, RecordId, Records, Text, Value, text
from sheet_templates.working_calendar import FARTHEST, PLAIN, WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day on which reminders are asked for."""

    forms: Mapping[FormKey, Form]
    records: Records
    limits: Mapping[str, Decimal]
    today: dt.date
    calendar: WorkingCalendar = PLAIN
    zone: dt.tzinfo | None = None
    """In which a time of a run is said; None: as the run says it."""
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
            calendar=self.calendar,
            extra=extra or {},
        )


def notices(book: Book, day: Day) -> tuple[Notify, ...]:
    """Return what must be told on this day; each event's key says the period, so that asking again is harmless."""
    return tuple(told for each in book.reminders for told in _notices(each, day))


def _notices(reminder: Reminder, day: Day) -> Iterator[Notify]:
    for record in _asked(reminder, day):
        run, decisions = day.runs.get((record.form, record.id), (None, ()))
        waiting = whose_turn(run, decisions, day.records, day.today) if reminder.turn else ()
        signers = tuple(dict.fromkeys(who for turn in waiting for who in turn.people))
        if reminder.turn and not signers:
            continue
        extra = _waits(run, decisions, waiting, day) if run is not None and reminder.turn else {}
        context = day.context(record, extra)
        due = reminder.due.value(context)
        if not isinstance(due, dt.date) or due > day.today:
            continue
        if reminder.unless is not None and reminder.unless.true(context):
            continue
        told = _Telling(reminder=reminder, context=context, due=due, signers=signers).notice()
        if told is not None:
            yield told


def _asked(reminder: Reminder, day: Day) -> Iterable[Record]:
    if not reminder.turn:
        return day.records.every(reminder.form)
    waiting = (day.records.get(*place) for place in day.runs if place[0] == reminder.form)
    return [each for each in waiting if each is not None]


def _waits(run: Run, decisions: Iterable[Decision], waiting: Iterable[Turn], day: Day) -> Mapping[str, Value]:
    """Return since when a run waits: as a whole, and for those whose turn it is.

    Who signs beside them in the same step does not make it wait anew.
    """
    steps = {turn.step for turn in waiting}
    before = [each.at for each in in_force(run, decisions) if each.step not in steps]
    submitted, since = (
        each if day.zone is None else each.astimezone(day.zone)
        for each in (run.submitted_at, max([run.submitted_at, *before]))
    )
    return {
        "submitted_on": submitted.date(),
        "waiting_on": since.date(),
        "waiting_at": since.time().isoformat(timespec="minutes"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """What a reminder tells of one record today, whose time has come."""

    reminder: Reminder
    context: ExpressionContext
    due: dt.date
    signers: tuple[str, ...]

    def notice(self) -> Notify | None:
        """Return what is told on the highest rung that has been reached; the lower ones are made up for by it."""
        rung, since = self._reached()
        rule = f"reminder.{self.reminder.key}"
        event = f"{rule}.{self.due.isoformat()}"
        if rung is not None:
            event += f".{rung.key}"
        rungs = self.reminder.rungs
        if rung == (rungs[-1] if rungs else None):
            event += self._period(since)
        declared = self.reminder.told
        first = notify(
            declared, self.context, event=event, rule=rule, clause=self.reminder.clause, more=self.signers
        )
        return first if first is None or rung is None else self._on(rung, first)

    def _reached(self) -> tuple[Rung | None, dt.date]:
        """Return the last rung whose time has come, None before the first one, and since when it has."""
        calendar, today = self.context.calendar, self.context.today
        begun = calendar.add(self.due, 0)
        found: tuple[Rung | None, dt.date] = (None, self.due)
        for each in self.reminder.rungs:
            after = each.after.value(self.context)
            if isinstance(after, Decimal) and 0 <= after <= FARTHEST:
                since = calendar.add(begun, int(after))
                found = (each, since) if since <= today else found
        return found

    def _period(self, since: dt.date) -> str:
        """Return what tells one telling from the next: the day or week since then."""
        days = (self.context.today - since).days
        match self.reminder.every:
            case Every.ONCE:
                return ""
            case Every.DAY:
                return f".{days}d"
            case Every.WEEK:
                return f".{days // 7}w"

    def _on(self, rung: Rung, first: Notify) -> Notify:
        """Return *first* as it is told on *rung*: to whom, and why to him."""
        records = self.context.records
        here = {*first.people, *self._holders(first.roles)}
        people = {*first.people} if Whom.WHO in rung.to else set()
        roles = {*first.roles} if Whom.WHO in rung.to else set()
        if Whom.SUPERIOR in rung.to:
            people |= {*self._superiors(here)}
        if Whom.LEADER in rung.to:
            roles.add(LEADER)
        days = self.context.calendar.between(self.due, self.context.today)
        who = ", ".join(person(each, records) for each in sorted(here))
        said: Text = text("reminder.again", days=Decimal(days), due=self.due)
        if rung.escalates:
            said = text("reminder.escalated", days=Decimal(days), due=self.due, who=who)
        return replace(
            first, people=tuple(sorted(people)), roles=tuple(sorted(roles)), lines=(said, *first.lines)
        )

    def _holders(self, roles: Iterable[Role]) -> Iterator[str]:
        wanted = frozenset(roles)
        for each in self.context.records.every(PEOPLE) if wanted else ():
            if each["role"] in wanted and self._works(each):
                yield each.number

    def _superiors(self, people: Iterable[str]) -> Iterator[str]:
        for each in people:
            found = self.context.records.numbered(PEOPLE, each)
            above = found["superior"] if found is not None else None
            superior = self.context.records.numbered(PEOPLE, above) if isinstance(above, str) else None
            if superior is not None and superior["role"] in ABOVE and self._works(superior):
                yield superior.number

    def _works(self, person_: Record) -> bool:
        left = person_["left"]
        return not (isinstance(left, dt.date) and left <= self.context.today)
