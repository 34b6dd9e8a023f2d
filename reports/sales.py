"""What was sold: approved orders with their lines, and the customers that were new (IT-4.1). No I/O."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.books import Books, amount, day, numbers, word
from reports.grouping import grouped
from reports.period import Period
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State

ORDER: Final = FormKey("order")
ORDER_LINE: Final = FormKey("order_line")
PRODUCT: Final = FormKey("product")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """One line of an order."""

    order: Record
    product: str
    """Number of the product, '' if the line names none."""
    quantity: Decimal
    amount: Decimal
    cost: Decimal | None
    """Of the whole line; None if the product's cost is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One approved order."""

    order: Record
    on: dt.date | None
    """The day of its approval; the order's own date if the journal does not know."""
    amount: Decimal
    lines: tuple[SoldLine, ...]
    cancelled: bool

    @property
    def owner(self) -> str:
        """Number of the rep."""
        return word(self.order, "owner")

    @property
    def customer(self) -> str:
        """Number of the customer."""
        return word(self.order, "customer")

    @property
    def profit(self) -> Decimal | None:
        """The amount less the cost of its lines; None unless every line's cost is known."""
        costs = [each.cost for each in self.lines if each.cost is not None]
        if not self.lines or len(costs) < len(self.lines):
            return None
        return self.amount - sum(costs, Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profit:
    """What is known of the profit of some sales."""

    amount: Decimal
    known: Decimal
    """Of that, the amount of the orders whose costs are all known."""
    profit: Decimal | None
    """Of those orders; None if there is none."""

    @property
    def margin(self) -> Decimal | None:
        """The profit as a share of the amount whose costs are known."""
        return self.profit / self.known if self.profit is not None and self.known else None


def sales(books: Books) -> tuple[Sale, ...]:
    """Return all approved orders of the company, those cancelled afterwards too."""
    lines = grouped(books.every(ORDER_LINE), lambda each: word(each, "order"))
    costs = {each.number: amount(each, "cost") for each in books.every(PRODUCT) if each["cost"] is not None}
    # A company may have taken the approval of orders out of its rules: then every order counts.
    states = {State.APPROVED} if books.is_signed(ORDER) else {State.APPROVED, State.RECORDED}
    return tuple(
        _sale(books, each, lines.get(each.number, ()), costs)
        for each in books.every(ORDER)
        if each.state in states
    )


def _sale(books: Books, order: Record, lines: Sequence[Record], costs: Mapping[str, Decimal]) -> Sale:
    sold = tuple(_line(order, each, costs) for each in lines)
    own = (
        amount(order, "total")
        if order["total"] is not None
        else sum((each.amount for each in sold), Decimal(0))
    )
    return Sale(
        order=order,
        on=books.approved_on(ORDER, order) or day(order, "date") or books.made_on(order),
        amount=own,
        lines=sold,
        cancelled=order["status"] == "cancelled",
    )


def _line(order: Record, line: Record, costs: Mapping[str, Decimal]) -> SoldLine:
    quantity, product = amount(line, "quantity"), word(line, "product")
    priced = quantity * amount(line, "unit_price") if line["amount"] is None else amount(line, "amount")
    known = line["cost_amount"]
    cost = known if isinstance(known, Decimal) else quantity * costs[product] if product in costs else None
    return SoldLine(
        order=order,
        product=product,
        quantity=quantity,
        amount=priced,
        cost=cost,
    )


def within(every: Iterable[Sale], period: Period, inside: frozenset[str] | None) -> tuple[Sale, ...]:
    """Return the sales of *period* by the reps *inside* (None: by everybody) that were not cancelled since."""
    return tuple(
        each
        for each in every
        if each.on in period and not each.cancelled and (inside is None or each.owner in inside)
    )


def sold(some: Iterable[Sale]) -> Decimal:
    """Return the amount of *some* sales."""
    return sum((each.amount for each in some), Decimal(0))


def profit(some: Sequence[Sale]) -> Profit:
    """Return what is known of the profit of *some* sales."""
    known = [(each.amount, gain) for each in some if (gain := each.profit) is not None]
    return Profit(
        amount=sold(some),
        known=sum((each for each, _ in known), Decimal(0)),
        profit=sum((gain for _, gain in known), Decimal(0)) if known else None,
    )


def newly_won(every: Iterable[Sale], period: Period, days: int) -> tuple[Sale, ...]:
    """Return, for each customer that was new in *period*, its first order there.

    New is who bought nothing, from anybody in the company, during the *days* before that order (IT-4.1.4).
    """
    bought = grouped(
        (each for each in every if each.customer and not each.cancelled), lambda each: each.customer
    )
    return tuple(won for own in bought.values() if (won := _won(own, period, days)) is not None)


def _won(own: Iterable[Sale], period: Period, days: int) -> Sale | None:
    dated = sorted(
        ((each.on, each) for each in own if each.on is not None),
        key=lambda pair: (pair[0], pair[1].order.number),
    )
    first = next(((on, each) for on, each in dated if on in period), None)
    if first is None:
        return None
    on, won = first
    earlier = (each for each, _ in dated if each < period.start)
    return None if any((on - each).days <= days for each in earlier) else won


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What one month brought."""

    sales: tuple[Sale, ...]
    won: tuple[Sale, ...]
    """The first order of each new customer."""


def month(every: Sequence[Sale], period: Period, inside: frozenset[str] | None, days: int) -> Month:
    """Return what *period* brought to the reps *inside*; *days* say who is a new customer."""
    won = newly_won(every, period, days)
    return Month(
        sales=within(every, period, inside),
        won=tuple(each for each in won if inside is None or each.owner in inside),
    )


def order_numbers(some: Iterable[Sale]) -> tuple[str, ...]:
    """Return the numbers of the orders."""
    return numbers(each.order for each in some)
