"""One opportunity of the records as the registers of its time would have it: lead, quotation, order, collections.

What is derived is said in `company`.
"""

import datetime as dt
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sheet_templates.record import Cell
from sync.demo.records import Account, Deal, Opportunity
from sync.opening import OldRow

SOURCES: Final = ("campaign", "web", "referral", "trade_show")
CARRIERS: Final = ("SF Express", "DHL", "DB Schenker")
DELIVERY: Final = dt.timedelta(days=21)
DEPOSIT: Final = Decimal("0.3")

_CENT: Final = Decimal("0.01")
_DAY: Final = dt.timedelta(days=1)
_QUOTED_BEFORE: Final = dt.timedelta(days=14)
_VALID: Final = dt.timedelta(days=30)
_PLANNED_BEFORE: Final = dt.timedelta(days=5)
_SHIPPED_BEFORE: Final = dt.timedelta(days=3)
_ACCEPTED_AFTER: Final = dt.timedelta(days=7)
PAYMENT: Final = dt.timedelta(days=30)
_CONTACT_DAYS: Final = 14
_FIFTHS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Writes opportunities into registers, as far as they had come by a day."""

    opening: dt.date
    """The first day that the registers know nothing of."""
    accounts: Mapping[str, Account]
    prices: Mapping[str, Decimal]
    offices: Mapping[str, str]
    """Agent → regional office."""
    no_reason: str

    def rows(self, deal: Opportunity, desk: DeskKey) -> Iterator[OldRow]:
        """Yield the rows of *deal*; *desk* is its agent's."""
        assert deal.engaged is not None
        yield self._lead(deal, deal.engaged, desk)
        closed = self._closed(deal)
        if closed is not None and deal.stage is Deal.WON:
            yield from self._quotation(deal, desk, closed)
            yield from self._order(deal, desk, closed)
            yield from self._collections(deal, desk, closed)

    def _closed(self, deal: Opportunity) -> dt.date | None:
        return deal.closed if deal.closed is not None and deal.closed < self.opening else None

    def _lead(self, deal: Opportunity, engaged: dt.date, desk: DeskKey) -> OldRow:
        closed = self._closed(deal)
        account = self.accounts.get(deal.account)
        stage = deal.stage if closed is not None else Deal.ENGAGING
        row = old_row(
            "lead",
            desk,
            title=title_of(deal),
            source=SOURCES[drawn(deal.id, len(SOURCES))],
            found_on=engaged,
            reported_by=deal.agent,
            owner=deal.agent,
            customer=deal.account,
            industry=account.sector if account is not None else None,
            region=self.offices[deal.agent],
            product=deal.product,
            status=stage.value,
            expected_amount=deal.value if stage is Deal.WON else self.prices.get(deal.product),
            closed_on=closed,
            lost_reason=self.no_reason if stage is Deal.LOST else None,
            next_on=None if closed is not None else self._next_contact(engaged),
        )
        return replace(row, called=deal.id)

    def _next_contact(self, engaged: dt.date) -> dt.date:
        """Return the first day from the opening on that is a whole number of fortnights after *engaged*."""
        return self.opening + dt.timedelta(days=-(self.opening - engaged).days % _CONTACT_DAYS)

    def _quotation(self, deal: Opportunity, desk: DeskKey, closed: dt.date) -> Iterator[OldRow]:
        quoted = quoted_on(deal, closed)
        row = old_row(
            "quotation",
            desk,
            customer=deal.account,
            lead=deal.id,
            owner=deal.agent,
            date=quoted,
            valid_until=quoted + _VALID,
            sent_on=quoted,
            feedback="accepted",
        )
        yield replace(row, called=deal.id, approved=True)
        yield self._line("quotation", deal, desk)

    def _order(self, deal: Opportunity, desk: DeskKey, closed: dt.date) -> Iterator[OldRow]:
        account = self.accounts.get(deal.account)
        row = old_row(
            "order",
            desk,
            customer=deal.account,
            quotation=deal.id,
            contract_no=deal.id,
            date=closed,
            owner=deal.agent,
            delivery_on=closed + DELIVERY,
            delivery_place=account.country if account is not None else None,
            payment_method="transfer",
            **self._progress(deal, closed),
        )
        yield replace(row, called=deal.id, approved=True)
        yield self._line("order", deal, desk)

    def _line(self, parent: str, deal: Opportunity, desk: DeskKey) -> OldRow:
        cells: dict[str, Cell] = {parent: deal.id}
        return old_row(
            f"{parent}_line", desk, product=deal.product, quantity=1, unit_price=deal.value, **cells
        )

    def _progress(self, deal: Opportunity, closed: dt.date) -> Mapping[str, Cell]:
        """Return what the departments had filled in by the opening."""
        shipped = closed + DELIVERY - _SHIPPED_BEFORE
        accepted = shipped + _ACCEPTED_AFTER
        planned = closed + DELIVERY - _PLANNED_BEFORE
        begun = closed + _SHIPPED_BEFORE
        made = Decimal(_FIFTHS * (self.opening - begun) // max(planned - begun, _DAY)) / _FIFTHS
        cells: dict[str, Cell] = {
            "status": "confirmed",
            "marketing_fit": "fits",
            "service_confirmed_on": closed,
            "profit_ok": "yes",
            "production_plan_on": planned,
        }
        if begun < self.opening:
            cells |= {"status": "in_production", "production_progress": min(made, Decimal(1))}
        if shipped < self.opening:
            cells |= {
                "status": "shipped",
                "carrier": CARRIERS[drawn(deal.id, len(CARRIERS))],
                "tracking_no": tracking_no(deal),
                "shipped_on": shipped,
                "shipping_notice_on": shipped,
            }
        if accepted < self.opening:
            cells |= {"status": "completed", "accepted_on": accepted}
        return cells

    def _collections(self, deal: Opportunity, desk: DeskKey, closed: dt.date) -> Iterator[OldRow]:
        deposit = (deal.value * DEPOSIT).quantize(_CENT, ROUND_HALF_UP)
        for kind, due, amount in (
            ("deposit", closed, deposit),
            ("balance", closed + DELIVERY + PAYMENT, deal.value - deposit),
        ):
            paid = due + dt.timedelta(days=deal.lasted.days // 2)
            received = paid < self.opening
            yield old_row(
                "collection",
                desk,
                order=deal.id,
                kind=kind,
                due_on=due,
                amount=amount,
                received=amount if received else None,
                received_on=paid if received else None,
            )


def old_row(form: str, desk: DeskKey, /, **cells: Cell) -> OldRow:
    """Return a row of an old register; empty cells are left out."""
    filled = {FieldKey(key): cell for key, cell in cells.items() if cell not in (None, "")}
    return OldRow(form=FormKey(form), desk=desk, cells=filled)


def title_of(deal: Opportunity) -> str:
    """Return what a lead is called: its product and its customer, or its id if nobody entered a customer."""
    return f"{deal.product} · {deal.account or deal.id}"


def quoted_on(deal: Opportunity, closed: dt.date) -> dt.date:
    """Return the day of the quotation of a deal that was *closed* then."""
    return closed - min(dt.timedelta(days=deal.lasted.days // 2), _QUOTED_BEFORE)


def tracking_no(deal: Opportunity) -> str:
    """Return the number under which a deal's goods travel."""
    return f"{deal.id[:4]}-{drawn(deal.id, 9000) + 1000}"


def drawn(id_: str, count: int) -> int:
    """Return a number below *count*, drawn by *id_*: the same for the same id, wherever it is computed."""
    return zlib.crc32(id_.encode()) % count
