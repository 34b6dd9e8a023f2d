"""What reports are computed from: the records, the people, and what the journal knows. No I/O."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from reports.page import Column, Kind, PageCell, Paragraph, Row, Table
from reports.period import Period
from reports.signed import Awaited, SignOff
from sheet_templates.form import (
    NUMBER,
    STATE,
    Field,
    FieldKey,
    FieldType,
    Form,
    FormKey,
    Role,
    Source,
)
from sheet_templates.record import Record, Records, Value, text

PEOPLE: Final = FormKey("people")
LIMITS: Final = FormKey("limits")

Turn: TypeAlias = Callable[[FormKey, Record], str]
"""Says whose decision a record waits for, by name; '' if nobody's."""

ApprovedOn: TypeAlias = Callable[[FormKey, Record], dt.date | None]
"""Says on which day a record was approved; None if the journal does not know."""

Filled: TypeAlias = Callable[[FormKey, Record, FieldKey, Period], bool | None]
"""Says whether a field was filled or changed during a period; None if the journal does not reach back."""

SignOffs: TypeAlias = Callable[[Period], tuple[SignOff, ...]]
"""Gives the sign-offs of a period, as the journal knows them."""

Waiting: TypeAlias = Callable[[], tuple[Awaited, ...]]
"""Gives the sign-offs that are waited for now."""


def nobodys_turn(_form: FormKey, _record: Record) -> str:
    """Say that nothing is known of whose turn it is."""
    return ""


def never_approved(_form: FormKey, _record: Record) -> dt.date | None:
    """Say that nothing is known of an approval: the record's own date counts."""
    return None


def not_known(_form: FormKey, _record: Record, _field: FieldKey, _period: Period) -> bool | None:
    """Say that nothing is known of when a field was filled: the record's own dates count."""
    return None


def none_signed(_period: Period) -> tuple[SignOff, ...]:
    """Say that nothing is known of sign-offs."""
    return ()


def none_awaited() -> tuple[Awaited, ...]:
    """Say that nothing is known of sign-offs that are waited for."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that a report may look at."""

    records: Records
    forms: Mapping[FormKey, Form]
    """As desks show them, with the columns that approval chains add."""
    today: dt.date
    """In the workspace's zone. A report on a period that is not over counts up to today."""
    zone: dt.tzinfo
    currency: str = ""
    turn: Turn = nobodys_turn
    approved_on: ApprovedOn = never_approved
    filled: Filled = not_known
    sign_offs: SignOffs = none_signed
    awaited: Waiting = none_awaited
    now: dt.datetime | None = None
    """The moment at which it is made, in the workspace's zone. None: the end of *today*."""

    def every(self, form: str) -> tuple[Record, ...]:
        """Return all records of *form*; none if the workspace has no such form."""
        key = FormKey(form)
        return tuple(self.records.every(key)) if key in self.forms else ()

    def limit(self, key: str, default: str) -> Decimal:
        """Return the value of the limit *key*, or *default* where the company has set none."""
        found = (each["value"] for each in self.every(LIMITS) if each["key"] == key)
        value = next(found, None)
        return value if isinstance(value, Decimal) else Decimal(default)

    def names(self, form: str) -> Mapping[str, str]:
        """Return number → what people call the record, for all records of *form*."""
        known = self.forms.get(FormKey(form))
        if known is None or known.title is None:
            return {}
        return {each.number: word(each, known.title) or each.number for each in self.every(form)}

    def made_on(self, record: Record) -> dt.date | None:
        """Return the day on which *record* was created, in the workspace's zone."""
        return record.created_at.astimezone(self.zone).date() if record.created_at else None

    def choices(self, form: str, field: str) -> Mapping[str, PageCell]:
        """Return key → labels of a choice field; empty if the form has no such field."""
        known = self.forms.get(FormKey(form))
        found = known.field(FieldKey(field)) if known else None
        return {each.key: each.labels for each in found.choices} if found else {}

    def is_signed(self, form: str) -> bool:
        """Return whether records of *form* go through an approval chain: one that is only RECORDED waits."""
        known = self.forms.get(FormKey(form))
        return known is not None and any(each.source is Source.SUBMIT for each in known.fields)

    def may_read(self, role: Role, form: str, field: str) -> bool:
        """Return whether *role* may see *field* of a record of *form*."""
        known = self.forms.get(FormKey(form))
        found = known.field(FieldKey(field)) if known else None
        return found is not None and found.read_by(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whose eyes a report is made."""

    role: Role
    """Fields that this role may not read are not in the report, not even in its workbook (TX-5.1)."""
    me: str | None = None
    """The number of a superior: only his people's records count. None: the whole company's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The people of the company, and who is whose superior."""

    people: Mapping[str, Record]

    def name(self, number: Value) -> PageCell:
        """Return what *number* is called; words for nobody if it is empty."""
        if not isinstance(number, str) or not number:
            return text("reports.nobody")
        found = self.people.get(number)
        return (word(found, "name") or number) if found else number

    def team(self, number: Value) -> str:
        """Return the team of *number*, '' if it has none."""
        found = self.people.get(number) if isinstance(number, str) else None
        return word(found, "team") if found else ""

    def below(self, me: str) -> frozenset[str]:
        """Return *me* and everybody who reports to *me*, directly or not."""
        found = {me}
        waiting = [me]
        while waiting:
            above = waiting.pop()
            new = {number for number, each in self.people.items() if each["superior"] == above} - found
            found |= new
            waiting += new
        return frozenset(found)

    def inside(self, scope: Scope) -> frozenset[str] | None:
        """Return the numbers of those whose records count in *scope*; None: everybody's."""
        return None if scope.me is None else self.below(scope.me)

    def holding(self, role: str, scope: Scope, on: dt.date) -> tuple[str, ...]:
        """Return the numbers of those in *scope* who hold *role* and had not left by the day *on*."""
        inside = self.inside(scope)
        return tuple(
            number
            for number, each in self.people.items()
            if (inside is None or number in inside) and each["role"] == role and not _left(each, on)
        )


def staff(books: Books) -> Staff:
    """Return the company's people."""
    return Staff(people={each.number: each for each in books.every(PEOPLE)})


def owned(books: Books, people: Staff, scope: Scope, form: str) -> tuple[Record, ...]:
    """Return the records of *form* whose owner counts in *scope*."""
    inside = people.inside(scope)
    return tuple(each for each in books.every(form) if inside is None or each["owner"] in inside)


def so_far(books: Books, period: Period) -> tuple[Paragraph, ...]:
    """Return a warning if *period* is not over: its figures will still grow."""
    if books.today >= period.end:
        return ()
    return (Paragraph(text=text("reports.so_far", today=books.today)),)


def amount(record: Record, field: str) -> Decimal:
    """Return a number of *record*; 0 if it is empty."""
    value = record[field]
    return value if isinstance(value, Decimal) else Decimal(0)


def day(record: Record, field: str) -> dt.date | None:
    """Return a date of *record*; None if it is empty."""
    value = record[field]
    return value if isinstance(value, dt.date) else None


def word(record: Record, field: str) -> str:
    """Return a text, a choice's key or a number of *record*; '' if it is empty."""
    value = record[field]
    return value if isinstance(value, str) else ""


def total(records: Iterable[Record], field: str) -> Decimal:
    """Return the sum of *field* over *records*."""
    return sum((amount(each, field) for each in records), Decimal(0))


def numbers(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the records' numbers, each once."""
    return tuple(dict.fromkeys(each.number for each in records))


_KINDS: Final = {
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.MONEY: Kind.MONEY,
    FieldType.PERCENT: Kind.PERCENT,
    FieldType.DATE: Kind.DATE,
}


def detail(books: Books, scope: Scope, form: str, records: Sequence[Record], fields: Sequence[str]) -> Table:
    """Return the table of *records*: number, state and those of *fields* that the scope's role may read."""
    known = books.forms[FormKey(form)]
    shown = [each for key in fields if (each := known.field(FieldKey(key))) and each.read_by(scope.role)]
    names = {each.key: _shown_names(books, each) for each in shown}
    number, state = (next(each for each in known.system if each.key == key) for key in (NUMBER, STATE))
    heads = (
        Column(label=number.labels),
        Column(label=state.labels),
        *(
            Column(
                label=each.labels, kind=_KINDS.get(each.type, Kind.TEXT), summed=each.type is FieldType.MONEY
            )
            for each in shown
        ),
    )
    rows = tuple(
        Row(
            cells=(
                each.number,
                text(f"reports.state.{each.state}"),
                *(_shown(names[field.key], each[field.key]) for field in shown),
            ),
            numbers=(each.number,),
        )
        for each in records
    )
    return Table(title=known.labels, columns=heads, rows=rows, empty=text("reports.no_records"))


def _shown_names(books: Books, field: Field) -> Mapping[str, PageCell]:
    match field.type:
        case FieldType.CHOICE:
            return {each.key: each.labels for each in field.choices}
        case FieldType.PERSON:
            return dict(books.names(PEOPLE))
        case FieldType.LINK if field.link:
            return dict(books.names(field.link))
        case _:
            return {}


def _shown(names: Mapping[str, PageCell], value: Value) -> PageCell:
    match value:
        case bool():
            return text("yes") if value else text("no")
        case str():
            return names.get(value, value)
        case dt.time():
            return value.isoformat("minutes")
        case _:
            return value


def _left(person: Record, on: dt.date) -> bool:
    left = day(person, "left")
    return left is not None and left <= on
