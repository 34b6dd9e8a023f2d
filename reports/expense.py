"""Finance's monthly expense report: what was claimed, approved, waits and was refused (IT-5.3.2). No I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from reports.anomalies import Anomaly, Bar, anomalies
from reports.books import Books, Scope, Staff, amount, day, detail, numbers, owned, so_far, staff, total, word
from reports.grouping import as_said, bars, grouped, money
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
    Said,
    Table,
    growth,
    with_total,
)
from reports.period import Period
from reports.written import plain_money
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State, Text, text

EXPENSE: Final = FormKey("expense")

_MONTHS_SHOWN: Final = 6

_DETAIL: Final = (
    "owner", "team", "date", "category", "amount", "description", "invoice_no", "attachments", "paid_on",
)  # fmt: skip


class Standing(Enum):
    """Where a claim stands, as finance counts it."""

    APPROVED = "approved"
    WAITING = "waiting"
    RETURNED = "returned"
    REFUSED = "refused"


_STANDING: Final[Mapping[State, Standing]] = {
    State.APPROVED: Standing.APPROVED,
    State.RECORDED: Standing.APPROVED,
    State.SUBMITTED: Standing.WAITING,
    State.RETURNED: Standing.RETURNED,
    State.VOIDED: Standing.RETURNED,
    State.REFUSED: Standing.REFUSED,
}
"""Drafts and withdrawn claims are nobody's claim, so they are missing. RECORDED: a company without that chain."""


_DRAWN: Final = (Standing.APPROVED, Standing.WAITING)


def expense(books: Books, period: Period, scope: Scope) -> Page:
    """Return the expense report of the month *period*: every split adds up to what was claimed."""
    people = staff(books)
    every = _counted(books, owned(books, people, scope, EXPENSE))
    now = _claims(every, period)
    before = _claims(every, period.previous)
    categories = books.choices(EXPENSE, "category")
    by_category = _Split(by="category", key=lambda each: word(each, "category"), name=_named(categories))
    by_person = _Split(by="person", key=lambda each: word(each, "owner"), name=people.name)
    by_team = _Split(by="team", key=lambda each: _team(each, people), name=_or_none)
    bar = Bar(
        ratio=books.limit("expense_unusual_ratio", "3"), large=books.limit("expense_large_amount", "10000")
    )
    unusual = anomalies(_counted(books, books.every(EXPENSE)), period, bar)
    lists = _Lists(people=people, categories=categories)
    return Page(
        key="expense",
        subject=text(
            "reports.expense.subject",
            period=period.name,
            approved=plain_money(total(_standing(now, Standing.APPROVED), "amount")),
            waiting=str(len(_standing(now, Standing.WAITING))),
        ),
        title=_say("title"),
        subtitle=period.name,
        period=period,
        blocks=(
            *so_far(books, period),
            _tiles(now, before),
            *by_category.blocks(now, before),
            *_trend(every, period),
            *by_person.blocks(now, before),
            *by_team.blocks(now, before),
            _waiting(books, lists, now),
            _back(lists, now),
            _unusual(lists, now, unusual),
        ),
        details=(detail(books, scope, EXPENSE, now, _DETAIL),),
        footnotes=tuple(_say(f"note.{each}") for each in ("date", "counted", "before", "unusual")),
        clauses=("IT-5.3.2", "IT-5.2.2", "IT-5.2.3"),
        why=_say("why"),
        made=books.today,
        currency=books.currency,
    )


def _say(name: str) -> Text:
    return text(f"reports.expense.{name}")


def _counted(books: Books, claims: Iterable[Record]) -> tuple[Record, ...]:
    """Return the claims that were submitted."""
    unsigned = {State.RECORDED} if books.is_signed(EXPENSE) else frozenset[State]()
    return tuple(each for each in claims if each.state in _STANDING and each.state not in unsigned)


def _claims(records: Iterable[Record], period: Period) -> tuple[Record, ...]:
    return tuple(each for each in records if day(each, "date") in period)


def _standing(claims: Iterable[Record], *those: Standing) -> tuple[Record, ...]:
    return tuple(each for each in claims if _STANDING[each.state] in those)


def _tiles(now: Sequence[Record], before: Sequence[Record]) -> Figures:
    approved = _standing(now, Standing.APPROVED)
    tiles = (
        ("claimed", now, total(before, "amount")),
        ("approved", approved, total(_standing(before, Standing.APPROVED), "amount")),
        ("paid", tuple(each for each in approved if each["paid_on"]), None),
        ("waiting", _standing(now, Standing.WAITING), None),
        ("returned", _standing(now, Standing.RETURNED), None),
        ("refused", _standing(now, Standing.REFUSED), None),
    )
    return Figures(
        figures=tuple(
            Figure(
                label=_say(name),
                value=total(records, "amount"),
                kind=Kind.MONEY,
                before=earlier,
                note=text("reports.expense.claims", count=str(len(records))),
                numbers=numbers(records),
            )
            for name, records, earlier in tiles
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """One way to divide the month's claims: a table that adds up to what was claimed, and its chart."""

    by: str
    """What it goes by: `category`."""
    key: Callable[[Record], str]
    name: Callable[[str], PageCell]

    def blocks(self, now: Sequence[Record], before: Sequence[Record]) -> tuple[Block, ...]:
        """Return the table and the chart, the largest first."""
        title = _say(f"by_{self.by}")
        inside, earlier = grouped(now, self.key), grouped(before, self.key)
        keys = sorted({*inside, *earlier}, key=lambda each: (-total(inside.get(each, ()), "amount"), each))
        rows = tuple(self._row(key, inside.get(key, ()), earlier.get(key, ())) for key in keys)
        columns = (
            Column(label=_say(self.by)),
            *(
                money(_say(each))
                for each in ("approved", "waiting", "not_approved", "claimed", "month_before")
            ),
            Column(label=text("reports.change"), kind=Kind.PERCENT, compares=(4, 5)),
        )
        table = Table(title=title, columns=columns, rows=rows, empty=_say("no_claims"))
        drawn = tuple(
            (
                as_said(self.name(key)),
                (total(inside.get(key, ()), "amount"), total(earlier.get(key, ()), "amount")),
            )
            for key in keys
        )
        return (with_total(table), *bars(title, (_say("claimed"), _say("month_before")), drawn))

    def _row(self, key: str, now: Sequence[Record], before: Sequence[Record]) -> Row:
        claimed, earlier = total(now, "amount"), total(before, "amount")
        amounts = (
            total(_standing(now, Standing.APPROVED), "amount"),
            total(_standing(now, Standing.WAITING), "amount"),
            total(_standing(now, Standing.RETURNED, Standing.REFUSED), "amount"),
            claimed,
            earlier,
            growth(claimed, earlier),
        )
        return Row(cells=(self.name(key), *amounts), numbers=numbers(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """Lists of single claims, with one column of their own."""

    people: Staff
    categories: Mapping[str, PageCell]

    def table(
        self, title: str, claims: Iterable[tuple[Record, PageCell]], *, last: Said, empty: str
    ) -> Table:
        """Return a table of *claims*, each with what stands in its *last* column."""
        columns = (
            Column(label=text("reports.number")),
            Column(label=_say("person")),
            Column(label=_say("category")),
            Column(label=text("reports.date"), kind=Kind.DATE),
            Column(label=_say("amount"), kind=Kind.MONEY),
            Column(label=last),
        )
        rows = tuple(Row(cells=(*self._cells(each), cell), numbers=(each.number,)) for each, cell in claims)
        return Table(title=_say(title), columns=columns, rows=rows, empty=_say(empty))

    def _cells(self, claim: Record) -> tuple[PageCell, ...]:
        category = word(claim, "category")
        return (
            claim.number,
            self.people.name(claim["owner"]),
            self.categories.get(category, category),
            day(claim, "date"),
            amount(claim, "amount"),
        )


def _trend(every: Sequence[Record], period: Period) -> tuple[Chart, ...]:
    """Return the approved and waiting amounts of the last months as a chart."""
    amounts = []
    for month in period.back(_MONTHS_SHOWN):
        claims = _claims(every, month)
        amounts.append((month.name, tuple(total(_standing(claims, each), "amount") for each in _DRAWN)))
    labels = tuple(_say(each.value) for each in _DRAWN)
    return bars(_say("trend"), labels, amounts, kind=ChartKind.COLUMN)


def _waiting(books: Books, claims: _Lists, now: Sequence[Record]) -> Table:
    """Return the claims that wait for a decision, and for whose."""
    waiting = ((each, books.turn(EXPENSE, each) or None) for each in _standing(now, Standing.WAITING))
    return claims.table("waiting_list", waiting, last=text("reports.turn"), empty="none_waiting")


def _back(claims: _Lists, now: Sequence[Record]) -> Table:
    """Return the claims that were returned or refused."""
    back = _standing(now, Standing.RETURNED, Standing.REFUSED)
    states = ((each, text(f"reports.state.{each.state}")) for each in back)
    return claims.table("back_list", states, last=text("reports.state"), empty="none_back")


def _unusual(claims: _Lists, now: Sequence[Record], found: Iterable[Anomaly]) -> Table:
    """Return those of the claims *now* that stand out, with the reason."""
    mine = {each.id for each in now}
    reasons = ((each.claim, each.reason) for each in found if each.claim.id in mine)
    table = claims.table("unusual", reasons, last=_say("reason"), empty="none_unusual")
    return replace(table, note=_say("unusual.note"))


def _team(claim: Record, people: Staff) -> str:
    return word(claim, "team") or people.team(claim["owner"])


def _or_none(name: str) -> PageCell:
    return name or text("reports.none")


def _named(choices: Mapping[str, PageCell]) -> Callable[[str], PageCell]:
    return lambda key: choices.get(key) or key or text("reports.none")
