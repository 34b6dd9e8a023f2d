"""The manager's monthly summary: amount, profit, growth, new customers, pipeline, champions (IT-4.1). No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.books import Books, Scope, Staff, detail, numbers, so_far, staff, total, word
from reports.grouping import grouped, listed
from reports.lead_week import LEAD
from reports.page import Block, Figure, Figures, Kind, Page, Paragraph, Table, Tone, growth
from reports.period import Period
from reports.pipeline import QUOTATION, Pipeline, pipeline
from reports.sales import ORDER, ORDER_LINE, PRODUCT, Month, Sale, month, order_numbers, profit, sales, sold
from reports.sales_splits import Splits, trend
from reports.written import change, plain, plain_money
from sheet_templates.record import Text, text

_ORDER_DETAIL: Final = (
    "customer", "quotation", "owner", "date", "total", "status", "delivery_on", "contract_no", "profit_ok",
)  # fmt: skip
_LINE_DETAIL: Final = ("order", "product", "spec", "quantity", "unit_price", "amount")
_QUOTATION_DETAIL: Final = ("customer", "lead", "owner", "date", "valid_until", "total", "margin", "feedback")
_LEAD_DETAIL: Final = (
    "title",
    "customer",
    "customer_name",
    "owner",
    "status",
    "expected_amount",
    "next_step",
    "next_on",
)


def monthly(books: Books, period: Period, scope: Scope) -> Page:
    """Return the summary of the month *period*. The amount is that of the orders approved in it."""
    people = staff(books)
    inside = people.inside(scope)
    every = sales(books)
    days = int(books.limit("new_customer_days", "365"))
    now = month(every, period, inside, days)
    before = month(every, period.previous, inside, days)
    open_ = pipeline(books, people, scope, period)
    costs_shown = books.may_read(scope.role, PRODUCT, "cost")
    view = _View(now=now, before=before, people=people, costs_shown=costs_shown)
    splits = Splits(now=now, before=before, people=people, costs_shown=costs_shown)
    return Page(
        key="monthly",
        subject=text(
            "reports.monthly.subject",
            period=period.name,
            amount=plain_money(sold(now.sales)),
            growth=change(growth(sold(now.sales), sold(before.sales))),
        ),
        title=_say("title"),
        subtitle=period.name,
        period=period,
        blocks=(
            *so_far(books, period),
            view.tiles(open_),
            *view.champions(),
            *trend(every, period, inside),
            *splits.by_rep(people.holding("rep", scope, period.end)),
            *splits.by_team(),
            *splits.by_product(books.names(PRODUCT)),
            splits.largest(books.names("customer")),
            *_cancelled(every, period, inside),
        ),
        details=_details(books, scope, now, open_),
        footnotes=(
            *(_say(f"note.{each}") for each in ("amount", "growth", "pipeline")),
            text("reports.monthly.note.new", days=str(days)),
            *((_say("note.profit"),) if costs_shown else ()),
        ),
        clauses=("IT-4.1", "IT-4.2", "IT-4.3", "IT-4.4"),
        why=_say("why"),
        made=books.today,
        currency=books.currency,
    )


def _say(name: str) -> Text:
    return text(f"reports.monthly.{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A month beside the month before."""

    now: Month
    before: Month
    people: Staff
    costs_shown: bool

    def tiles(self, open_: Pipeline) -> Figures:
        """Return the indicators of IT-4.1 and the pipeline."""
        now, before = self.now, self.before
        return Figures(
            figures=(
                Figure(
                    label=_say("amount"),
                    value=sold(now.sales),
                    kind=Kind.MONEY,
                    before=sold(before.sales),
                    growth=Tone.GOOD,
                    numbers=order_numbers(now.sales),
                ),
                _counted("orders", now.sales, before.sales),
                _counted("new_customers", now.won, before.won),
                *((self._profit(),) if self.costs_shown else ()),
                Figure(
                    label=_say("open_leads"),
                    value=total(open_.leads, "expected_amount"),
                    kind=Kind.MONEY,
                    note=text("reports.monthly.leads", count=str(len(open_.leads))),
                    numbers=numbers(open_.leads),
                ),
                Figure(
                    label=_say("open_quotations"),
                    value=total(open_.quotations, "total"),
                    kind=Kind.MONEY,
                    note=text("reports.monthly.quotations", count=str(len(open_.quotations))),
                    numbers=numbers(open_.quotations),
                ),
            )
        )

    def _profit(self) -> Figure:
        now, before = profit(self.now.sales), profit(self.before.sales)
        note = _say("no_costs")
        if now.margin is not None:
            share = now.known / now.amount if now.amount else Decimal(0)
            note = text(
                "reports.monthly.margin",
                margin=plain(now.margin, Kind.PERCENT),
                share=plain(share, Kind.PERCENT),
            )
        return Figure(
            label=_say("profit"),
            value=now.profit,
            kind=Kind.MONEY,
            before=before.profit,
            growth=Tone.GOOD,
            note=note,
            numbers=order_numbers(each for each in self.now.sales if each.profit is not None),
        )

    def champions(self) -> tuple[Block, ...]:
        """Return who was first (IT-4.4); all of them, where several were."""
        own = grouped(self.now.sales, lambda each: each.owner)
        won = grouped(self.now.won, lambda each: each.owner)
        contests: list[tuple[str, Kind, Mapping[str, Decimal]]] = [
            ("champion.amount", Kind.MONEY, {who: sold(each) for who, each in own.items()}),
            ("champion.new", Kind.NUMBER, {who: Decimal(len(each)) for who, each in won.items()}),
        ]
        if self.costs_shown:
            gains = {who: profit(each).profit or Decimal(0) for who, each in own.items()}
            contests.insert(1, ("champion.profit", Kind.MONEY, gains))
        figures = tuple(figure for each in contests if (figure := self._champion(*each)) is not None)
        return (Figures(figures=figures),) if figures else ()

    def _champion(self, name: str, kind: Kind, scores: Mapping[str, Decimal]) -> Figure | None:
        best = max((score for who, score in scores.items() if who), default=Decimal(0))
        if best <= 0:
            return None
        first = sorted(who for who, score in scores.items() if who and score == best)
        names = ", ".join(str(self.people.name(each)) for each in first)
        orders = (each for each in self.now.sales if each.owner in first)
        return Figure(label=_say(name), value=best, kind=kind, note=names, numbers=order_numbers(orders))


def _cancelled(every: Sequence[Sale], period: Period, inside: frozenset[str] | None) -> tuple[Paragraph, ...]:
    """Return the orders of the month that were cancelled after their approval: they do not count."""
    gone = [
        each
        for each in every
        if each.cancelled and each.on in period and (inside is None or each.owner in inside)
    ]
    if not gone:
        return ()
    said = text(
        "reports.monthly.cancelled",
        count=str(len(gone)),
        amount=plain_money(sold(gone)),
        numbers=listed(order_numbers(gone)),
    )
    return (Paragraph(text=said),)


def _counted(name: str, now: Sequence[Sale], before: Sequence[Sale]) -> Figure:
    return Figure(
        label=_say(name),
        value=Decimal(len(now)),
        before=Decimal(len(before)),
        growth=Tone.GOOD,
        numbers=order_numbers(now),
    )


def _details(books: Books, scope: Scope, now: Month, open_: Pipeline) -> tuple[Table, ...]:
    """Return the records behind the figures: orders, their lines, and the pipeline."""
    orders = tuple(each.order for each in now.sales)
    ordered = {each.number for each in orders}
    lines = tuple(each for each in books.every(ORDER_LINE) if word(each, "order") in ordered)
    wanted = (
        (ORDER, orders, _ORDER_DETAIL),
        (ORDER_LINE, lines, _LINE_DETAIL),
        (QUOTATION, open_.quotations, _QUOTATION_DETAIL),
        (LEAD, open_.leads, _LEAD_DETAIL),
    )
    return tuple(
        detail(books, scope, form, records, fields) for form, records, fields in wanted if form in books.forms
    )
