"""The departments carry approved orders out, each in its own columns of its own desk (TX-3.3.2, TX-3.3.3, IT-3.4.1)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sheet_templates.record import State
from sync.demo.company import Company
from sync.demo.deals import CARRIERS, DELIVERY, PAYMENT, drawn
from sync.demo.house import House
from sync.demo.records import Deal, Opportunity
from sync.demo.seat import Book, Sheet

_MARGIN: Final = Decimal("0.10")
_DAY: Final = dt.timedelta(days=1)
_SHIP_BEFORE: Final = 3
_PLAN_BEFORE: Final = 5
_TASK_DAYS: Final = 5
_FIFTHS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """What one department does in its open desk."""

    house: House
    book: Book

    @property
    def orders(self) -> Sheet:
        """The orders that it sees: the approved ones."""
        return self.book.sheet("order")

    def marketing(self) -> None:
        """Say whether new orders fit the promotion strategy."""
        said, orders = self.house.speech, self.orders
        for at in orders.find(marketing_fit=None):
            orders.type(at, {"marketing_fit": said.choice("order", "marketing_fit", "fits")})

    def corrects(self) -> None:
        """Tell sales what is wrong with a customer's data (TX-3.1.3)."""
        customers, said = self.book.sheet("customer"), self.house.speech
        for at in customers.find(industry=said.said("wrong_industry"), correction=None)[:1]:
            customers.type(at, {"correction": said.said("correction")})
            owner = str(customers.read(at, "owner"))
            self.house.called.add(owner)
            self.house.tells("finds_wrong", customer=str(customers.read(at, "name")), agent=owner)

    def service(self) -> None:
        """Confirm new orders to the customers, and announce what was shipped."""
        orders, today = self.orders, self.house.today
        for at in orders.find(service_confirmed_on=None):
            orders.type(at, {"service_confirmed_on": today})
        for at in orders.find(shipping_notice_on=None):
            if orders.read(at, "tracking_no"):
                orders.type(at, {"shipping_notice_on": today})

    def finance(self) -> None:
        """Review the profit of new orders, enter what was received, pay what was approved."""
        said, orders = self.house.speech, self.orders
        for at in orders.find(profit_ok=None):
            margin = orders.read(at, "margin")
            low = isinstance(margin, int | float) and Decimal(str(margin)) < _MARGIN
            orders.type(
                at,
                {
                    "profit_ok": said.choice("order", "profit_ok", "no" if low else "yes"),
                    "profit_note": said.said("low_margin") if low else None,
                },
            )
        self._receive()
        claims = self.book.sheet("expense")
        for at in self.house.in_state(claims, State.APPROVED):
            if claims.read(at, "paid_on") is not None:
                continue
            claims.type(at, {"paid_on": self.house.today})
            self.house.tells("pays", number=str(claims.read(at, "number")), who=str(claims.read(at, "owner")))

    def production(self) -> None:
        """Plan new orders, and report how far the others have come; one is late, and that is said at once."""
        said, orders, today = self.house.speech, self.orders, self.house.today
        for at in orders.find(production_plan_on=None):
            ordered, delivery = _date(orders, at, "date"), _date(orders, at, "delivery_on")
            planned = max(delivery - dt.timedelta(days=_PLAN_BEFORE), ordered + _DAY)
            orders.type(at, {"production_plan_on": planned})
        begun = said.choice("order", "status", "in_production")
        for at in orders.find(status=said.choice("order", "status", "confirmed")):
            if _date(orders, at, "date") < today:
                orders.type(at, {"status": begun})
        for at in orders.find(status=begun):
            start, planned = _date(orders, at, "date"), _date(orders, at, "production_plan_on")
            share = Decimal(_FIFTHS * (today - start) // max(planned - start, _DAY)) / _FIFTHS
            before = orders.read(at, "production_progress")
            if min(share, Decimal(1)) > Decimal(str(before or 0)):
                orders.type(at, {"production_progress": min(share, Decimal(1))})

    def delay(self) -> None:
        """Report that one order will be late."""
        orders, said = self.orders, self.house.speech
        for at in orders.find(status=said.choice("order", "status", "in_production"))[-1:]:
            late = _date(orders, at, "delivery_on") + dt.timedelta(days=_TASK_DAYS)
            orders.type(at, {"production_delay_to": late, "production_note": said.said("delay")})
            self.house.tells("delays", number=str(orders.read(at, "number")))

    def logistics(self) -> None:
        """Ship what is to be delivered within the next days, and report the tracking numbers."""
        orders, said, today = self.orders, self.house.speech, self.house.today
        shipped = 0
        for at in orders.find(tracking_no=None, production_delay_to=None):
            if _date(orders, at, "delivery_on") > self.house.after(_SHIP_BEFORE):
                continue
            number = str(orders.read(at, "number"))
            orders.type(
                at,
                {
                    "transport": said.said("transport"),
                    "carrier": CARRIERS[drawn(number, len(CARRIERS))],
                    "tracking_no": f"{number[-4:]}-{drawn(number, 9000) + 1000}",
                    "shipped_on": today,
                    "status": said.choice("order", "status", "shipped"),
                },
            )
            shipped += 1
        if shipped:
            self.house.tells("ships", count=shipped)

    def technical(self) -> None:
        """Set a date for what is to be installed, and say when it is done."""
        self._tasks("technical")

    def procurement(self) -> None:
        """Set a date for what is to be bought, and say when it is there."""
        self._tasks("procurement")

    def _tasks(self, kind: str) -> None:
        orders, today = self.orders, self.house.today
        for at in orders.rows():
            if not orders.read(at, f"{kind}_task") or orders.read(at, f"{kind}_done_on"):
                continue
            due = orders.read(at, f"{kind}_due")
            if due is None:
                orders.type(at, {f"{kind}_due": self.house.after(_TASK_DAYS)})
            elif isinstance(due, dt.date) and due <= today:
                orders.type(at, {f"{kind}_done_on": today})

    def _receive(self) -> None:
        """Enter what came in since yesterday."""
        orders, plans = self.orders, self.book.sheet("collection")
        numbers = {orders.read(at, "contract_no"): orders.read(at, "number") for at in orders.rows()}
        kinds = {
            kind: self.house.speech.choice("collection", "kind", kind) for kind in ("deposit", "balance")
        }
        received = Decimal(0)
        house = self.house
        for deal, kind in payments(house.company, house.paid_until, house.today):
            number = numbers.get(deal.id)
            for at in plans.find(order=number, kind=kinds[kind], received=None) if number else ():
                amount = plans.read(at, "amount")
                assert isinstance(amount, int | float)
                plans.type(at, {"received": Decimal(str(amount)), "received_on": self.house.today})
                received += Decimal(str(amount))
        house.paid_until = house.today
        if received:
            house.tells("receives", amount=received)


def payments(company: Company, after: dt.date, until: dt.date) -> tuple[tuple[Opportunity, str], ...]:
    """Return what customers pay after the day *after*, up to *until*: late by half of the time that they took."""
    found = []
    for deal in company.deals():
        if deal.stage is Deal.WON and deal.closed is not None:
            late = dt.timedelta(days=deal.lasted.days // 2)
            for kind, due in (("deposit", deal.closed), ("balance", deal.closed + DELIVERY + PAYMENT)):
                if after < due + late <= until:
                    found.append((deal, kind))
    return tuple(found)


def _date(sheet: Sheet, at: int, key: str) -> dt.date:
    found = sheet.read(at, key)
    assert isinstance(found, dt.date), f"row {at} has no date under {key}"
    return found
