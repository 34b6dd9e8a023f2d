"""What an expression is evaluated against: a record, how the other records stand, who looks and when."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias

from sheet_templates.form import Field, FieldKey, Form, FormKey
from sheet_templates.record import Record, Records, Value
from sheet_templates.scope import line_form, linked_form, parent_field
from sheet_templates.working_calendar import PLAIN, WorkingCalendar

CALENDAR: Final = FormKey("calendar")
"""The form in which a company enters days on which it works, or does not, other than everybody does."""

_LIMITS: Final = FormKey("limits")
_Found: TypeAlias = "Record | tuple[Record, ...] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionContext:
    """One record at one moment. Links and lines are looked up when an expression asks, and then kept."""

    record: Record
    records: Records
    """How all records stand, or will stand."""
    forms: Mapping[FormKey, Form]
    today: dt.date
    limits: Mapping[str, Decimal]
    calendar: WorkingCalendar = PLAIN
    """The days and hours on which people work."""
    me: Mapping[str, Value] = field(default_factory=dict)
    """The person whose desk it is, by the names of `scope.ME`."""
    before: Record | None = None
    """The record as it was; None if it is new."""
    lines: tuple[Record, ...] | None = None
    """The record's lines; None: look them up."""
    extra: Mapping[str, Value] = field(default_factory=dict)
    """Values of the names that only one kind of rule has."""
    found: dict[tuple[str, ...], _Found] = field(default_factory=dict, repr=False, compare=False)
    """What was looked up already."""

    def linked(self, form: FormKey, number: str) -> Record | None:
        """Return the record of *form* with this number."""
        key = ("link", form, number)
        if key not in self.found:
            self.found[key] = self.records.numbered(form, number)
        found = self.found[key]
        return found if isinstance(found, Record) else None

    def holding(self, form: FormKey, field_: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records of *form* whose *field_* holds *value*."""
        key = ("holding", form, field_, str(value))
        if key not in self.found:
            self.found[key] = self.records.holding(form, field_, value)
        found = self.found[key]
        return found if isinstance(found, tuple) else ()


def limits_in(records: Records) -> Mapping[str, Decimal]:
    """Return the limits that *records* hold, by key; a limit without a value is left out."""
    found = ((each["key"], each["value"]) for each in records.every(_LIMITS))
    return {str(key): value for key, value in found if isinstance(value, Decimal)}


def calendar_in(records: Records, public: WorkingCalendar, limits: Mapping[str, Decimal]) -> WorkingCalendar:
    """Return the working calendar in force: the *public* one, the company's days and its working hours.

    A limit that makes no sense is passed over: the others still count. A year counts as known, too, once the
    company has entered one of its announced days.
    """
    days: dict[dt.date, bool] = {}
    years: set[int] = set()
    for each in records.every(CALENDAR):
        day = each["on"]
        if isinstance(day, dt.date) and each["works"] is not None:
            days[day] = each["works"] == "works"
            years |= {day.year} if each["announced"] is True else set()
    opens, closes = (
        int(limits.get(key, Decimal(default)) * 60)
        for key, default in (("work_start_hour", public.opens / 60), ("work_end_hour", public.closes / 60))
    )
    if not 0 <= opens < closes <= 24 * 60:
        opens, closes = public.opens, public.closes
    week = int(limits.get("work_days", Decimal(public.week)))
    known = None if public.known is None else public.known | years
    plain = replace(
        public, week=week if week in range(1, 8) else public.week, known=known, opens=opens, closes=closes
    )
    return plain.with_days(days)


class Thing(Protocol):
    """Something with names in an expression: a record, its links, the limits."""

    def get(self, name: str) -> Any:
        """Return what *name* stands for; None if it is empty."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """Plain values by name."""

    values: Mapping[str, Any]

    def get(self, name: str) -> Any:
        """Return the value, as expressions see it."""
        return seen(self.values.get(name))


@dataclass(frozen=True, slots=True)
class Whole:
    """A record: its fields, number, state and id, its links, lines, and what refers to it."""

    record: Record
    context: ExpressionContext

    def get(self, name: str) -> Any:
        """Return a field's value, or the thing that *name* stands for."""
        match name:
            case "number":
                return self.record.number or None
            case "state":
                return str(self.record.state)
            case "id":
                return str(self.record.id)
            case "link":
                return Links(self.record, self.context)
            case "back":
                return Back(self.record, self.context, None)
            case "others":
                return Others(self.record, self.context)
            case "lines":
                return self._lines()
            case _:
                return seen(self.record[name])

    def _lines(self) -> tuple["Whole", ...]:
        context = self.context
        if self.record is context.record and context.lines is not None:
            found = context.lines
        else:
            form = line_form(context.forms[self.record.form], context.forms)
            assert form is not None, "the scope has no lines here"
            number = self.record.number
            found = context.holding(form.key, parent_field(form), number) if number else ()
        return tuple(Whole(each, context) for each in found)


@dataclass(frozen=True, slots=True)
class Links:
    """The records that a record refers to, by field."""

    record: Record
    context: ExpressionContext

    def get(self, name: str) -> Any:
        """Return the linked record, None if the link is empty or leads nowhere."""
        number = self.record[name]
        target = linked_form(_declared(self.context, self.record.form, name))
        if not isinstance(number, str) or target is None:
            return None
        found = self.context.linked(target, number)
        return Whole(found, self.context) if found is not None else None


@dataclass(frozen=True, slots=True)
class Back:
    """The records that refer to a record, by their form and field."""

    record: Record
    context: ExpressionContext
    form: FormKey | None

    def get(self, name: str) -> Any:
        """Return the form's fields, or the records whose field names this record."""
        if self.form is None:
            return Back(self.record, self.context, FormKey(name))
        number = self.record.number
        found = self.context.holding(self.form, FieldKey(name), number) if number else ()
        return tuple(Whole(each, self.context) for each in found)


@dataclass(frozen=True, slots=True)
class Others:
    """The other records of the same form that hold the same value, by field."""

    record: Record
    context: ExpressionContext

    def get(self, name: str) -> Any:
        """Return the records; none if the field is empty."""
        value = self.record[name]
        if value is None:
            return ()
        found = self.context.holding(self.record.form, FieldKey(name), value)
        return tuple(Whole(each, self.context) for each in found if each.id != self.record.id)


def seen(value: Any) -> Any:
    """Return a value as expressions see it: a time is its text."""
    return value.isoformat(timespec="minutes") if isinstance(value, dt.time) else value


def _declared(context: ExpressionContext, form: FormKey, name: str) -> Field:
    return next(each for each in context.forms[form].fields if each.key == name)
