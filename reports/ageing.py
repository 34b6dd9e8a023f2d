"""What customers owe, by how long it has been due (TX-3.3.2). No I/O.

The buckets are a partition: every instalment lies in exactly one, the one without a due date in a bucket of
its own and an overpaid one in another, so that they always add up to what is outstanding.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from reports.books import Books, amount, day, word
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State, Text, text

COLLECTION: Final = FormKey("collection")
ORDER: Final = FormKey("order")

_NOT_STANDING: Final = frozenset({State.VOIDED, State.REFUSED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One line of the collection plan, as it stood at the end of a day."""

    record: Record
    customer: str
    """Number of the customer, '' if the line names none."""
    owner: str
    """Number of the rep, '' if nobody's."""
    planned: Decimal
    received: Decimal
    due: dt.date | None

    @property
    def outstanding(self) -> Decimal:
        """What is still to come; negative if too much was paid."""
        return self.planned - self.received

    def overdue(self, as_of: dt.date) -> int:
        """Return for how many days it has been due; 0 if it is not, or nothing is open."""
        if self.due is None or self.outstanding <= 0:
            return 0
        return max((as_of - self.due).days, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The collection plan as it stood on a day."""

    as_of: dt.date
    instalments: tuple[Instalment, ...]
    dropped: tuple[Record, ...]
    """Lines of orders that were cancelled or refused: they are owed by nobody."""

    @property
    def planned(self) -> Decimal:
        """What was to be paid in all."""
        return sum((each.planned for each in self.instalments), Decimal(0))

    @property
    def received(self) -> Decimal:
        """What was paid by then."""
        return sum((each.received for each in self.instalments), Decimal(0))

    @property
    def open(self) -> tuple[Instalment, ...]:
        """The lines that are not settled to the cent."""
        return tuple(each for each in self.instalments if each.outstanding)

    @property
    def overdue(self) -> tuple[Instalment, ...]:
        """The lines that are overdue, longest first."""
        late = (each for each in self.instalments if each.overdue(self.as_of))
        return tuple(sorted(late, key=lambda each: (-each.overdue(self.as_of), each.record.number)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """The classes of age: not due, then up to each bound, then beyond the last, no due date, overpaid."""

    bounds: tuple[int, ...]
    """Days, rising: (30, 60, 90)."""

    def __post_init__(self) -> None:
        if not self.bounds or list(self.bounds) != sorted(set(self.bounds)) or self.bounds[0] < 1:
            raise ValueError(f"Bounds of age must be days that rise: {self.bounds}")

    @property
    def labels(self) -> tuple[Text, ...]:
        """What the buckets are called, in order."""
        ranges = zip((1, *(each + 1 for each in self.bounds[:-1])), self.bounds, strict=True)
        return (
            text("reports.ageing.not_due"),
            *(text("reports.ageing.days", first=str(first), last=str(last)) for first, last in ranges),
            text("reports.ageing.beyond", last=str(self.bounds[-1])),
            text("reports.ageing.no_date"),
            text("reports.ageing.overpaid"),
        )

    @property
    def late(self) -> range:
        """The places of the buckets that are overdue."""
        return range(1, len(self.bounds) + 2)

    def place(self, instalment: Instalment, as_of: dt.date) -> int:
        """Return the place of the bucket in which *instalment* lies."""
        no_date = len(self.bounds) + 2
        if instalment.outstanding < 0:
            return no_date + 1
        if instalment.due is None:
            return no_date
        days = instalment.overdue(as_of)
        if not days:
            return 0
        return 1 + sum(days > bound for bound in self.bounds)

    def sums(self, instalments: Iterable[Instalment], as_of: dt.date) -> tuple[Decimal, ...]:
        """Return what is outstanding in each bucket.

        Raises ArithmeticError if the buckets do not add up to what is outstanding: a report that does not
        reconcile must not go out.
        """
        lines = tuple(instalments)
        found = [Decimal(0)] * len(self.labels)
        for each in lines:
            found[self.place(each, as_of)] += each.outstanding
        owed = sum((each.planned for each in lines), Decimal(0)) - sum(
            (each.received for each in lines), Decimal(0)
        )
        if sum(found, Decimal(0)) != owed:
            raise ArithmeticError(f"The buckets add up to {sum(found, Decimal(0))}, outstanding is {owed}")
        return tuple(found)


def plan(books: Books, inside: frozenset[str] | None, as_of: dt.date) -> Plan:
    """Return the collection plan of the reps *inside* (None: everybody's) as it stood at the end of *as_of*.

    A line counts from the date of its order on. What was received later than *as_of* was not yet received.
    """
    orders = {each.number: each for each in books.every(ORDER)}
    counted: list[Instalment] = []
    dropped: list[Record] = []
    for each in books.every(COLLECTION):
        order = orders.get(word(each, "order"))
        line = _instalment(each, order, as_of)
        begun = day(order, "date") if order else books.made_on(each)
        if (begun is not None and begun > as_of) or (inside is not None and line.owner not in inside):
            continue
        if order is not None and (order["status"] == "cancelled" or order.state in _NOT_STANDING):
            dropped.append(each)
        else:
            counted.append(line)
    return Plan(as_of=as_of, instalments=tuple(counted), dropped=tuple(dropped))


def _instalment(record: Record, order: Record | None, as_of: dt.date) -> Instalment:
    received_on = day(record, "received_on")
    later = received_on is not None and received_on > as_of
    return Instalment(
        record=record,
        customer=word(record, "customer") or (word(order, "customer") if order else ""),
        owner=word(record, "owner") or (word(order, "owner") if order else ""),
        planned=amount(record, "amount"),
        received=Decimal(0) if later else amount(record, "received"),
        due=day(record, "due_on"),
    )
