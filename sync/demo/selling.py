"""A rep's quotations and orders: written under provisional numbers, submitted, mended, seen through."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sheet_templates.record import State
from sync.demo.house import House
from sync.demo.mishaps import misspelling
from sync.demo.prospects import lead_of
from sync.demo.records import Opportunity
from sync.demo.seat import Book, Cells

_STOCK_PRICE: Final = Decimal(1200)
"""What costs less lies in stock."""
_STOCK_DAYS: Final = 7
_MADE_DAYS: Final = 21
_ACCEPTED_DAYS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Selling:
    """What one rep does with quotations and orders in an open desk."""

    house: House
    name: str
    book: Book

    def quote(self, deal: Opportunity) -> None:
        """Write a quotation and its line, under a number of one's own until it has one, and submit it."""
        said, mishaps, leads = self.house.speech, self.house.mishaps, self.book.sheet("lead")
        lead = lead_of(leads, deal)
        nickname = self.house.nickname()
        self.book.sheet("quotation").add(
            {
                "number": nickname,
                "customer": deal.account,
                "lead": str(leads.read(lead, "number")) if lead is not None else None,
                "tax_included": said.yes,
                "payment_terms": said.said("payment_terms") if deal != mishaps.forgetful else None,
                "delivery": said.said("delivery", days=_days(deal)),
                "price_basis": said.said("price_basis"),
                "submit": said.yes,
            }
        )
        line: Cells = {
            "quotation": nickname,
            "product": deal.product,
            "quantity": 1,
            "unit_price": deal.value,
        }
        self.book.sheet("quotation_line").add({**line, **mishaps.typed(deal, said)})
        if mishaps.typed(deal, said):
            self.house.called.add(self.name)
        self._tell("quotes", deal)

    def mend(self) -> None:
        """Mend the lines that wait in red since yesterday: what is wrong stands beside them."""
        lines, said = self.book.sheet("quotation_line"), self.house.speech
        for deal in self.house.mishaps.of(self.name):
            wrong = (
                *lines.find(product=misspelling(deal.product)),
                *lines.find(unit_price=said.said("about", amount=deal.value)),
            )
            for at in wrong:
                lines.type(at, {"product": deal.product, "unit_price": deal.value})
                self._tell("mends", deal)

    def answer_returned(self) -> None:
        """Complete what the manager sent back, and submit it again."""
        quotations, said = self.book.sheet("quotation"), self.house.speech
        for at in self.house.in_state(quotations, State.RETURNED):
            quotations.type(at, {"payment_terms": said.said("payment_terms"), "submit": said.yes})
            self.house.tells("resubmits", who=self.name, number=str(quotations.read(at, "number")))

    def order_late(self) -> None:
        """Turn into orders what the customers have decided for and the manager has approved."""
        waiting = self.house.late.get(self.name, [])
        for deal in [each for each in self.house.plan.won() if each.id in waiting]:
            if self._order(deal):
                waiting.remove(deal.id)

    def accept(self) -> None:
        """Enter the customers' acceptance of what was shipped some days ago (IT-3.4.3)."""
        orders, said = self.book.sheet("order"), self.house.speech
        for at in orders.find(status=said.choice("order", "status", "shipped"), accepted_on=None):
            on = orders.read(at, "shipped_on")
            if isinstance(on, dt.date) and on <= self.house.after(-_ACCEPTED_DAYS):
                done = said.choice("order", "status", "completed")
                orders.type(at, {"status": done, "accepted_on": self.house.today})

    def _order(self, deal: Opportunity) -> bool:
        """Draft the order in full, if its quotation is approved, and submit it; say whether it was."""
        said, leads, quotations = self.house.speech, self.book.sheet("lead"), self.book.sheet("quotation")
        lead = lead_of(leads, deal)
        number = leads.read(lead, "number") if lead is not None else None
        approved = [
            at
            for at in self.house.in_state(quotations, State.APPROVED)
            if quotations.read(at, "lead") == number
        ]
        if lead is None or number is None or not approved:
            return False
        accepted = said.choice("quotation", "feedback", "accepted")
        quotations.type(approved[0], {"sent_on": self.house.today, "feedback": accepted})
        converted = said.choice("lead", "status", "converted")
        leads.type(lead, {"status": converted, "closed_on": self.house.today})
        self._write_order(deal, str(quotations.read(approved[0], "number")))
        self._tell("orders", deal)
        return True

    def _write_order(self, deal: Opportunity, quotation: str) -> None:
        said, nickname, made = self.house.speech, self.house.nickname(), deal.value >= _STOCK_PRICE
        self.book.sheet("order").add(
            {
                "number": nickname,
                "customer": deal.account,
                "quotation": quotation,
                "contract_no": deal.id,
                "delivery_on": self.house.after(_days(deal)),
                "delivery_place": self._country(deal.account),
                "payment_method": said.choice("order", "payment_method", "transfer"),
                "technical_task": said.said("technical_task") if made else None,
                "procurement_task": said.said("procurement_task", product=deal.product) if made else None,
                "submit": said.yes,
            }
        )
        line: Cells = {"order": nickname, "product": deal.product, "quantity": 1, "unit_price": deal.value}
        self.book.sheet("order_line").add(line)

    def _country(self, account: str) -> str:
        return next(each.country for each in self.house.company.crm.accounts if each.name == account)

    def _tell(self, key: str, deal: Opportunity) -> None:
        self.house.tells(key, who=self.name, product=deal.product, customer=deal.account, amount=deal.value)


def _days(deal: Opportunity) -> int:
    return _STOCK_DAYS if deal.value < _STOCK_PRICE else _MADE_DAYS
