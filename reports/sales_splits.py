"""A month's sales by rep, team and product, beside the month before (IT-4.1, IT-4.3). No I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.books import Staff
from reports.grouping import as_said, bars, count, grouped, money
from reports.page import Block, Chart, ChartKind, Column, Kind, PageCell, Row, Table, growth, with_total
from reports.period import Period
from reports.sales import Month, Sale, SoldLine, order_numbers, profit, sold, within
from sheet_templates.record import Text, text

_MONTHS_SHOWN: Final = 12
_PRODUCTS_DRAWN: Final = 7
_LARGEST: Final = 10


def _say(name: str) -> Text:
    return text(f"reports.monthly.{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """The ways to divide a month's sales. Each table adds up to the month's amount."""

    now: Month
    before: Month
    people: Staff
    costs_shown: bool
    """Whether the reader may know what things cost."""

    def by_rep(self, reps: Iterable[str]) -> tuple[Block, ...]:
        """Return what each rep sold; *reps* are those who should have."""
        table = self._split("by_rep", lambda each: each.owner, self.people.name, reps)
        drawn = tuple((as_said(row.cells[0]), _two(row)) for row in table.rows)
        return (table, *bars(_say("by_rep.chart"), (_say("amount"), _say("month_before")), drawn))

    def by_team(self) -> tuple[Block, ...]:
        """Return what each team sold; nothing if there is only one."""
        table = self._split("by_team", lambda each: self.people.team(each.owner), _or_none, ())
        return (table,) if len(table.rows) > 1 else ()

    def _split(
        self, title: str, key: Callable[[Sale], str], name: Callable[[str], PageCell], keys: Iterable[str]
    ) -> Table:
        now, before, won = (grouped(each, key) for each in (self.now.sales, self.before.sales, self.now.won))
        rows = []
        for each in {*now, *before, *keys}:
            own, earlier, first = now.get(each, ()), before.get(each, ()), won.get(each, ())
            cells = (
                name(each),
                sold(own),
                sold(earlier),
                growth(sold(own), sold(earlier)),
                Decimal(len(own)),
                Decimal(len(first)),
                *((profit(own).profit,) if self.costs_shown else ()),
            )
            rows.append((-sold(own), each, Row(cells=cells, numbers=order_numbers(own))))
        columns = (
            Column(label=_say(title.removeprefix("by_"))),
            money(_say("amount")),
            money(_say("month_before")),
            Column(label=text("reports.change"), kind=Kind.PERCENT, compares=(1, 2)),
            count(_say("orders")),
            count(_say("new_customers")),
            *((money(_say("profit")),) if self.costs_shown else ()),
        )
        ordered = tuple(row for _, _, row in sorted(rows, key=lambda each: each[:2]))
        return with_total(Table(title=_say(title), columns=columns, rows=ordered, empty=_say("no_orders")))

    def by_product(self, products: Mapping[str, str]) -> tuple[Block, ...]:
        """Return what was sold of each product: the sum of the order lines."""
        now, before = _by_product(self.now.sales), _by_product(self.before.sales)
        whole = _sum(line for own in now.values() for line in own)
        rows = []
        for each in {*now, *before}:
            own, earlier = now.get(each, ()), before.get(each, ())
            cells = (
                products.get(each, each) or text("reports.none"),
                sum((line.quantity for line in own), Decimal(0)),
                _sum(own),
                _sum(own) / whole if whole else None,
                _sum(earlier),
                growth(_sum(own), _sum(earlier)),
            )
            orders = tuple(dict.fromkeys(line.order.number for line in own))
            rows.append((-_sum(own), each, Row(cells=cells, numbers=orders)))
        columns = (
            Column(label=_say("product")),
            count(_say("quantity")),
            money(_say("line_amount")),
            Column(label=text("reports.share"), kind=Kind.PERCENT),
            money(_say("month_before")),
            Column(label=text("reports.change"), kind=Kind.PERCENT, compares=(2, 4)),
        )
        ordered = tuple(row for _, _, row in sorted(rows, key=lambda each: each[:2]))
        table = Table(title=_say("by_product"), columns=columns, rows=ordered, empty=_say("no_orders"))
        return (with_total(table), *_shares(ordered))

    def largest(self, customers: Mapping[str, str]) -> Table:
        """Return the largest orders of the month."""
        columns = (
            Column(label=text("reports.number")),
            Column(label=_say("customer")),
            Column(label=_say("rep")),
            Column(label=_say("approved_on"), kind=Kind.DATE),
            Column(label=_say("amount"), kind=Kind.MONEY),
        )
        first = sorted(self.now.sales, key=lambda each: (-each.amount, each.order.number))[:_LARGEST]
        rows = tuple(
            Row(
                cells=(
                    each.order.number,
                    customers.get(each.customer, each.customer) or text("reports.none"),
                    self.people.name(each.owner),
                    each.on,
                    each.amount,
                ),
                numbers=(each.order.number,),
            )
            for each in first
        )
        return Table(title=_say("largest"), columns=columns, rows=rows, empty=_say("no_orders"))


def trend(every: Sequence[Sale], period: Period, inside: frozenset[str] | None) -> tuple[Chart, ...]:
    """Return the amounts of the last twelve months as a chart."""
    drawn = tuple((month.key, (sold(within(every, month, inside)),)) for month in period.back(_MONTHS_SHOWN))
    return bars(_say("trend"), (_say("amount"),), drawn, kind=ChartKind.COLUMN)


def _by_product(some: Iterable[Sale]) -> dict[str, tuple[SoldLine, ...]]:
    return grouped((line for each in some for line in each.lines), lambda line: line.product)


def _sum(lines: Iterable[SoldLine]) -> Decimal:
    return sum((each.amount for each in lines), Decimal(0))


def _shares(rows: Sequence[Row]) -> tuple[Chart, ...]:
    """Return the products' shares as a chart; none if a product came out below zero."""
    drawn = tuple(
        (as_said(row.cells[0]), (cell,)) for row in rows if isinstance(cell := row.cells[2], Decimal) and cell
    )
    if any(amount < 0 for _, (amount,) in drawn):
        return ()
    title = _say("by_product.chart")
    return bars(title, (_say("line_amount"),), drawn, kind=ChartKind.PIE, most=_PRODUCTS_DRAWN)


def _two(row: Row) -> tuple[Decimal, ...]:
    return tuple(cell for cell in row.cells[1:3] if isinstance(cell, Decimal))


def _or_none(name: str) -> PageCell:
    return name or text("reports.none")
