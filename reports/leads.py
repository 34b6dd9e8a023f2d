"""The manager's weekly lead report: what came in, what was done about it, and what was not (TX-3.2.3). No I/O."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.books import Books, Scope, Staff, amount, day, detail, numbers, so_far, staff, total, word
from reports.grouping import as_said, bars, count, grouped, money
from reports.lead_week import CONTACT, LEAD, Week, closed_on, concerned, due, found_on, lead_week
from reports.page import (
    Block,
    Chart,
    ChartKind,
    Column,
    Figure,
    Figures,
    Kind,
    Page,
    PageCell,
    Row,
    Table,
    Tone,
    with_total,
)
from reports.period import Period, PeriodKind
from reports.written import plain_money
from sheet_templates.record import Record, Text, text

_WEEKS_SHOWN: Final = 8

_DETAIL: Final = (
    "title", "description", "customer", "customer_name", "owner", "source", "region", "found_on", "follow_up_by",
    "follow_up", "next_step", "next_on", "status", "expected_amount", "important", "closed_on", "lost_reason",
)  # fmt: skip

_CONTACT_DETAIL: Final = ("customer", "owner", "on", "how", "content", "next_step", "next_on")


def leads(books: Books, period: Period, scope: Scope) -> Page:
    """Return the lead report of the week *period*."""
    people = staff(books)
    week = lead_week(books, people, scope, period)
    before = lead_week(books, people, scope, period.previous)
    lists = _Lists(
        week=week,
        people=people,
        customers=books.names("customer"),
        statuses=books.choices(LEAD, "status"),
        sources=books.choices(LEAD, "source"),
    )
    return Page(
        key="leads",
        subject=text(
            "reports.leads.subject",
            period=period.name,
            new=str(len(week.new)),
            converted=str(len(week.converted)),
            lost=str(len(week.lost)),
        ),
        title=_say("title"),
        subtitle=period.name,
        period=period,
        blocks=(
            *so_far(books, period),
            _tiles(week, before),
            *_trend(books, concerned(books, people, scope), period),
            *lists.by_rep(people.holding("rep", scope, period.end)),
            lists.silent(people.holding("rep", scope, period.end)),
            lists.unassigned(),
            lists.late(),
            lists.important(),
            lists.coming(),
            lists.by_source(),
        ),
        details=(
            detail(books, scope, LEAD, week.seen, _DETAIL),
            *(
                (detail(books, scope, CONTACT, week.contacts, _CONTACT_DETAIL),)
                if CONTACT in books.forms
                else ()
            ),
        ),
        footnotes=tuple(
            _say(f"note.{each}") for each in ("new", "assigned", "followed", "closed", "late", "silent")
        ),
        clauses=("TX-3.2.3", "TX-3.2.2", "TX-2.2"),
        why=_say("why"),
        made=books.today,
        currency=books.currency,
    )


def _say(name: str) -> Text:
    return text(f"reports.leads.{name}")


def _tiles(week: Week, before: Week) -> Figures:
    def tile(name: str, now: Sequence[Record], earlier: Sequence[Record], growth: Tone) -> Figure:
        return Figure(
            label=_say(name),
            value=Decimal(len(now)),
            before=Decimal(len(earlier)),
            growth=growth,
            numbers=numbers(now),
        )

    return Figures(
        figures=(
            tile("new", week.new, before.new, Tone.GOOD),
            tile("assigned", week.assigned, before.assigned, Tone.PLAIN),
            tile("followed", week.followed, before.followed, Tone.GOOD),
            tile("converted", week.converted, before.converted, Tone.GOOD),
            tile("lost", week.lost, before.lost, Tone.BAD),
            Figure(
                label=_say("open"),
                value=Decimal(len(week.open)),
                before=Decimal(len(before.open)),
                note=text("reports.leads.expected", amount=plain_money(total(week.open, "expected_amount"))),
                numbers=numbers(week.open),
            ),
        )
    )


def _trend(books: Books, every: Sequence[Record], period: Period) -> tuple[Chart, ...]:
    """Return the last weeks' new, converted and lost leads as a chart."""
    found = grouped(every, lambda each: _key(found_on(books, each)))
    closed = grouped(every, lambda each: (word(each, "status"), _key(closed_on(books, each))))
    drawn = []
    for week in period.back(_WEEKS_SHOWN):
        counts = (
            found.get(week.key, ()),
            closed.get(("converted", week.key), ()),
            closed.get(("lost", week.key), ()),
        )
        drawn.append((week.key, tuple(Decimal(len(each)) for each in counts)))
    labels = (_say("new"), _say("converted"), _say("lost"))
    return bars(_say("trend"), labels, drawn, kind=ChartKind.LINE, value=Kind.NUMBER)


def _key(on: dt.date | None) -> str:
    return Period.holding(PeriodKind.WEEK, on).key if on else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """The week's leads in tables, and what the people and customers in them are called."""

    week: Week
    people: Staff
    customers: Mapping[str, str]
    statuses: Mapping[str, PageCell]
    sources: Mapping[str, PageCell]

    def by_rep(self, reps: Iterable[str]) -> tuple[Block, ...]:
        """Return each rep's week, and a chart of who has what in hand."""
        owners = {word(each, "owner") for each in self.week.seen}
        table = self._split("by_rep", lambda each: word(each, "owner"), self.people.name, {*owners, *reps})
        drawn = tuple((as_said(row.cells[0]), _three(row)) for row in table.rows)
        labels = (_say("open"), _say("followed"), _say("late"))
        return (table, *bars(_say("by_rep.chart"), labels, drawn, value=Kind.NUMBER))

    def by_source(self) -> Table:
        """Return where the leads come from and what becomes of them (TX-2.2)."""
        sources = {word(each, "source") for each in self.week.seen}
        return self._split("by_source", lambda each: word(each, "source"), self._source, sources)

    def _split(
        self, title: str, key: Callable[[Record], str], name: Callable[[str], PageCell], keys: Iterable[str]
    ) -> Table:
        week = self.week
        parts = (week.open, week.new, week.followed, week.converted, week.lost, week.late)
        names = ("open", "new", "followed", "converted", "lost", "late")
        split = tuple(grouped(part, key) for part in parts)
        rows = []
        for each in keys:
            own = tuple(part.get(each, ()) for part in split)
            counts = tuple(Decimal(len(part)) for part in own)
            cells = (name(each), *counts, total(own[0], "expected_amount"))
            seen = tuple(record for part in own for record in part)
            rows.append((-len(own[0]), each, Row(cells=cells, numbers=numbers(seen))))
        columns = (
            Column(label=_say(title.removeprefix("by_"))),
            *(count(_say(each)) for each in names),
            money(_say("expected_amount")),
        )
        ordered = tuple(row for _, _, row in sorted(rows, key=lambda each: each[:2]))
        return with_total(Table(title=_say(title), columns=columns, rows=ordered, empty=_say("no_leads")))

    def silent(self, reps: Iterable[str]) -> Table:
        """Return the reps who have leads in hand and reported nothing: no follow-up, no contact, no new lead."""
        week = self.week
        own = grouped(week.open, lambda each: word(each, "owner"))
        active = {word(each, "owner") for each in (*week.followed, *week.contacts)}
        active |= {word(each, "reported_by") for each in week.new}
        rows = tuple(
            Row(
                cells=(self.people.name(rep), Decimal(len(own[rep])), total(own[rep], "expected_amount")),
                numbers=numbers(own[rep]),
                tone=Tone.BAD,
            )
            for rep in reps
            if rep in own and rep not in active
        )
        columns = (Column(label=_say("rep")), count(_say("open")), money(_say("expected_amount")))
        return Table(title=_say("silent"), columns=columns, rows=rows, empty=_say("none_silent"))

    def unassigned(self) -> Table:
        """Return the open leads that nobody has been given yet."""
        waiting = [each for each in self.week.open if not each["owner"]]
        days = ((each, self._days(day(each, "found_on"))) for each in waiting)
        last = Column(label=_say("days_waiting"), kind=Kind.NUMBER)
        return self._table("unassigned", days, last, empty="none_unassigned", third="region")

    def late(self) -> Table:
        """Return the open leads whose day to do something has passed, longest first."""
        late = sorted(self.week.late, key=lambda each: (due(each) or self.week.as_of, each.number))
        days = ((each, self._days(due(each))) for each in late)
        last = Column(label=_say("days_late"), kind=Kind.NUMBER)
        return self._table("late_list", days, last, empty="none_late")

    def important(self) -> Table:
        """Return what the manager should know of at once: important leads, open or closed this week."""
        shown = (each for each in self.week.seen if each["important"] is True)
        status = ((each, self.statuses.get(word(each, "status"), word(each, "status"))) for each in shown)
        return self._table("important", status, Column(label=text("reports.state")), empty="none_important")

    def coming(self) -> Table:
        """Return the next steps of the seven days to come."""
        last_day = self.week.as_of + dt.timedelta(days=7)
        soon = [each for each in self.week.open if (on := due(each)) and self.week.as_of < on <= last_day]
        soon.sort(key=lambda each: (due(each) or last_day, each.number))
        days = ((each, due(each)) for each in soon)
        return self._table("coming", days, Column(label=_say("due"), kind=Kind.DATE), empty="none_coming")

    def _table(
        self,
        title: str,
        leads_: Iterable[tuple[Record, PageCell]],
        last: Column,
        *,
        empty: str,
        third: str = "rep",
    ) -> Table:
        columns = (
            Column(label=text("reports.number")),
            Column(label=_say("customer")),
            Column(label=_say(third)),
            Column(label=_say("next_step")),
            Column(label=_say("expected_amount"), kind=Kind.MONEY),
            last,
        )
        rows = tuple(
            Row(cells=(*self._cells(each, third), cell), numbers=(each.number,)) for each, cell in leads_
        )
        return Table(title=_say(title), columns=columns, rows=rows, empty=_say(empty))

    def _cells(self, lead: Record, third: str) -> tuple[PageCell, ...]:
        customer = word(lead, "customer")
        return (
            lead.number,
            self.customers.get(customer, customer) or word(lead, "customer_name") or word(lead, "title"),
            self.people.name(lead["owner"]) if third == "rep" else word(lead, third),
            word(lead, "next_step"),
            amount(lead, "expected_amount") if lead["expected_amount"] is not None else None,
        )

    def _source(self, key: str) -> PageCell:
        return self.sources.get(key) or key or text("reports.none")

    def _days(self, since: dt.date | None) -> PageCell:
        return Decimal((self.week.as_of - since).days) if since else None


def _three(row: Row) -> tuple[Decimal, ...]:
    """Return how many leads are open, followed and late, of a row by rep."""
    _, open_, _, followed, _, _, late, _ = row.cells
    return tuple(each if isinstance(each, Decimal) else Decimal(0) for each in (open_, followed, late))
