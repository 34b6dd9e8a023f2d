"""Receivables by age: what is outstanding, since when, from whom, and what came in (TX-3.3.2, TX-2.3). No I/O."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.ageing import COLLECTION, Buckets, Instalment, Plan, plan
from reports.books import Books, Scope, day, detail, numbers, staff, total
from reports.grouping import as_said, bars, count, grouped, listed, money
from reports.page import (
    Block,
    ChartKind,
    Column,
    Figure,
    Figures,
    Kind,
    Page,
    PageCell,
    Paragraph,
    Row,
    Table,
    Tone,
    with_total,
)
from reports.period import Period
from reports.written import plain, plain_money
from sheet_templates.record import Record, Text, text

_DETAIL: Final = (
    "order", "customer", "owner", "kind", "due_on", "amount", "received", "received_on", "outstanding", "promise_on",
)  # fmt: skip

_CUSTOMERS_DRAWN: Final = 10


def receivables(books: Books, period: Period, scope: Scope) -> Page:
    """Return the ageing at the end of *period* (of today, if it is not over) and what came in during it.

    Raises ArithmeticError if the buckets do not add up to what is outstanding.
    """
    people = staff(books)
    inside = people.inside(scope)
    now = plan(books, inside, min(period.end, books.today))
    before = plan(books, inside, period.previous.end)
    view = _View(
        plan=now,
        buckets=_buckets(books),
        people=people.name,
        customers=_namer(books.names("customer")),
        kinds=books.choices(COLLECTION, "kind"),
    )
    received = tuple(each for each in now.instalments if day(each.record, "received_on") in period)
    outstanding = now.planned - now.received
    overdue = _owed(now.overdue)
    return Page(
        key="receivables",
        subject=text(
            "reports.ageing.subject",
            as_of=now.as_of,
            outstanding=plain_money(outstanding),
            overdue=plain_money(overdue),
        ),
        title=_say("title"),
        subtitle=text("reports.ageing.as_of", as_of=now.as_of),
        period=period,
        blocks=(
            view.tiles(before, received, period),
            *view.by_age(),
            *view.by_customer(),
            *view.by_rep(),
            view.overdue(),
            view.received(received),
            _reconciliation(now),
            *_dropped(now.dropped),
        ),
        details=(detail(books, scope, COLLECTION, tuple(each.record for each in now.instalments), _DETAIL),),
        footnotes=tuple(
            _say(f"note.{each}") for each in ("due", "outstanding", "as_of", "received", "promise")
        ),
        clauses=("TX-3.3.2", "TX-2.3"),
        why=_say("why"),
        made=books.today,
        currency=books.currency,
    )


def _say(name: str) -> Text:
    return text(f"reports.ageing.{name}")


def _buckets(books: Books) -> Buckets:
    bounds = (
        books.limit("receivable_days_1", "30"),
        books.limit("receivable_days_2", "60"),
        books.limit("receivable_days_3", "90"),
    )
    return Buckets(bounds=tuple(int(each) for each in bounds))


def _namer(names: Mapping[str, str]) -> Callable[[str], PageCell]:
    return lambda number: names.get(number, number) or text("reports.none")


def _owed(instalments: Sequence[Instalment]) -> Decimal:
    return sum((each.outstanding for each in instalments), Decimal(0))


def _numbers(instalments: Sequence[Instalment]) -> tuple[str, ...]:
    return numbers(each.record for each in instalments)


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """The plan of one day, and what its people and customers are called."""

    plan: Plan
    buckets: Buckets
    people: Callable[[str], PageCell]
    customers: Callable[[str], PageCell]
    kinds: Mapping[str, PageCell]

    def tiles(self, before: Plan, received: Sequence[Instalment], period: Period) -> Figures:
        """Return the figures that matter."""
        now = self.plan
        last = self.buckets.bounds[-1]
        oldest = tuple(each for each in now.overdue if each.overdue(now.as_of) > last)
        undated = tuple(each for each in now.open if each.due is None)
        earlier = sum(
            (
                each.received
                for each in before.instalments
                if day(each.record, "received_on") in period.previous
            ),
            Decimal(0),
        )
        share = _of(_owed(now.overdue), _owed(now.open)) or Decimal(0)
        late = text("reports.ageing.share", share=plain(share, Kind.PERCENT))
        return Figures(
            figures=(
                _money("outstanding", now.open, before=_owed(before.open)),
                _money("overdue", now.overdue, before=_owed(before.overdue), growth=Tone.BAD, note=late),
                _money("oldest", oldest, growth=Tone.BAD, note=text("reports.ageing.beyond", last=str(last))),
                Figure(
                    label=_say("received"),
                    value=total((each.record for each in received), "received"),
                    kind=Kind.MONEY,
                    before=earlier,
                    growth=Tone.GOOD,
                    note=period.name,
                    numbers=_numbers(received),
                ),
                _money("not_due", tuple(each for each in now.open if self._place(each) == 0)),
                _money("no_date", undated, note=_say("no_date.note")),
            )
        )

    def by_age(self) -> tuple[Block, ...]:
        """Return the buckets as a table and a chart."""
        columns = (
            Column(label=_say("age")),
            count(_say("instalments")),
            money(_say("outstanding")),
            Column(label=text("reports.share"), kind=Kind.PERCENT),
        )
        inside = grouped(self.plan.open, self._place)
        sums = self._sums(self.plan.open)
        rows = tuple(self._age_row(place, inside.get(place, ()), sums[place]) for place in self._places)
        labels = self.buckets.labels
        drawn = tuple((labels[place], (sums[place],)) for place in self._places)
        return (
            with_total(Table(title=_say("by_age"), columns=columns, rows=rows)),
            *bars(_say("by_age"), (_say("outstanding"),), drawn, kind=ChartKind.COLUMN),
        )

    def _age_row(self, place: int, lines: Sequence[Instalment], owed: Decimal) -> Row:
        share = _of(owed, self.plan.planned - self.plan.received)
        return Row(
            cells=(self.buckets.labels[place], Decimal(len(lines)), owed, share),
            numbers=_numbers(lines),
            tone=Tone.BAD if owed and place in self.buckets.late else Tone.PLAIN,
        )

    def by_customer(self) -> tuple[Block, ...]:
        """Return who owes what, the most overdue first; the largest as a chart."""
        table = self._split("by_customer", lambda each: each.customer, self.customers)
        labels = tuple(self.buckets.labels[place] for place in self._places)
        drawn = tuple(
            (as_said(row.cells[0]), tuple(cell for cell in row.cells[1:-1] if isinstance(cell, Decimal)))
            for row in table.rows
        )
        title = _say("by_customer.chart")
        return (table, *bars(title, labels, drawn, kind=ChartKind.STACKED, most=_CUSTOMERS_DRAWN))

    def by_rep(self) -> tuple[Block, ...]:
        """Return whose customers owe what."""
        return (self._split("by_rep", lambda each: each.owner, self.people),)

    def _split(self, title: str, key: Callable[[Instalment], str], name: Callable[[str], PageCell]) -> Table:
        columns = (
            Column(label=_say(title.removeprefix("by_"))),
            *(money(self.buckets.labels[place]) for place in self._places),
            money(text("reports.total")),
        )
        rows = []
        for each, lines in grouped(self.plan.open, key).items():
            sums = self._sums(lines)
            late = sum((sums[place] for place in self.buckets.late), Decimal(0))
            cells = (name(each), *(sums[place] for place in self._places), sum(sums, Decimal(0)))
            rows.append((-late, each, Row(cells=cells, numbers=_numbers(lines))))
        ordered = tuple(row for _, _, row in sorted(rows, key=lambda each: each[:2]))
        return with_total(Table(title=_say(title), columns=columns, rows=ordered, empty=_say("none_open")))

    def overdue(self) -> Table:
        """Return the overdue instalments, longest first, with what was promised."""
        as_of = self.plan.as_of
        columns = (
            Column(label=text("reports.number")),
            Column(label=_say("customer")),
            Column(label=_say("rep")),
            Column(label=_say("kind"), mailed=False),
            Column(label=_say("due_on"), kind=Kind.DATE),
            Column(label=_say("days_late"), kind=Kind.NUMBER),
            money(_say("outstanding")),
            Column(label=_say("promise_on"), kind=Kind.DATE),
        )
        rows = []
        for each in self.plan.overdue:
            promise = day(each.record, "promise_on")
            kind = each.record["kind"]
            cells = (
                each.record.number,
                self.customers(each.customer),
                self.people(each.owner),
                self.kinds.get(kind, kind) if isinstance(kind, str) else None,
                each.due,
                Decimal(each.overdue(as_of)),
                each.outstanding,
                promise,
            )
            broken = promise is not None and promise < as_of
            rows.append(
                Row(cells=cells, numbers=(each.record.number,), tone=Tone.BAD if broken else Tone.PLAIN)
            )
        return with_total(
            Table(
                title=_say("overdue_list"),
                columns=columns,
                rows=tuple(rows),
                note=_say("overdue_list.note"),
                empty=_say("none_overdue"),
            )
        )

    def received(self, lines: Sequence[Instalment]) -> Table:
        """Return what came in during the period."""
        columns = (
            Column(label=text("reports.number")),
            Column(label=_say("customer")),
            Column(label=_say("rep")),
            Column(label=_say("received_on"), kind=Kind.DATE),
            money(_say("received")),
        )
        rows = tuple(
            Row(
                cells=(
                    each.record.number,
                    self.customers(each.customer),
                    self.people(each.owner),
                    day(each.record, "received_on"),
                    each.received,
                ),
                numbers=(each.record.number,),
            )
            for each in lines
        )
        return with_total(
            Table(title=_say("received"), columns=columns, rows=rows, empty=_say("none_received"))
        )

    def _place(self, line: Instalment) -> int:
        return self.buckets.place(line, self.plan.as_of)

    def _sums(self, lines: Sequence[Instalment]) -> tuple[Decimal, ...]:
        return self.buckets.sums(lines, self.plan.as_of)

    @property
    def _places(self) -> tuple[int, ...]:
        """The buckets that are shown: the last, overpaid, only if there is one."""
        every = tuple(range(len(self.buckets.labels)))
        return every if any(each.outstanding < 0 for each in self.plan.open) else every[:-1]


def _money(
    name: str,
    lines: Sequence[Instalment],
    *,
    before: Decimal | None = None,
    growth: Tone = Tone.PLAIN,
    note: Text | None = None,
) -> Figure:
    return Figure(
        label=_say(name),
        value=_owed(lines),
        kind=Kind.MONEY,
        before=before,
        growth=growth,
        note=note,
        numbers=_numbers(lines),
    )


def _of(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole > 0 else None


def _reconciliation(now: Plan) -> Paragraph:
    """Return the sum that a clerk checks first: planned less received is outstanding, is the buckets' sum."""
    return Paragraph(
        heading=_say("reconciliation"),
        text=text(
            "reports.ageing.reconciled",
            planned=plain_money(now.planned),
            received=plain_money(now.received),
            outstanding=plain_money(now.planned - now.received),
        ),
        tone=Tone.GOOD,
    )


def _dropped(lines: Sequence[Record]) -> tuple[Paragraph, ...]:
    """Return how much of the plan does not count because its order was cancelled or refused."""
    if not lines:
        return ()
    owed = total(lines, "amount") - total(lines, "received")
    said = text(
        "reports.ageing.dropped",
        count=str(len(lines)),
        amount=plain_money(owed),
        numbers=listed(numbers(lines)),
    )
    return (Paragraph(text=said),)
