"""Quotations and orders, as a rep writes them at her desk and her manager signs them."""

import datetime as dt
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sheet_templates.record import Shown, State
from tests.support.office import Office

DELIVERY: Final = dt.date(2026, 12, 1)
"""When what is ordered is to be delivered, unless it is said."""

_ORDER: Final = MappingProxyType(
    {
        "customer": "Acme",
        "delivery_on": DELIVERY,
        "delivery_place": "Harbour 7",
        "payment_method": "Cheque",
        "deposit_percent": Decimal("0.3"),
    }
)


def quote(
    office: Office, rep: str = "Rae", customer: str = "Acme", quantity: int = 2, product: str = "Valve"
) -> str:
    """Let a rep write a quotation with one line; return its number."""
    office.adds(rep, "quotation", number="new1", customer=customer)
    office.adds(rep, "quotation_line", quotation="new1", product=product, quantity=Decimal(quantity))
    office.settle()
    return office.every("quotation")[-1].number


def submitted(office: Office, **given: object) -> str:
    """Let Rae quote and submit it; return its number."""
    number = quote(office, **given)  # type: ignore[arg-type]
    office.types("Rae", "quotation", number, submit="Yes")
    office.settle()
    assert office.record("quotation", number).state is State.SUBMITTED
    return number


def approved(office: Office, **given: object) -> str:
    """Let Rae quote and Mo agree; return the quotation's number."""
    number = submitted(office, **given)
    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()
    assert office.record("quotation", number).state is State.APPROVED
    return number


def put_up(office: Office, quantity: int = 2, product: str = "Pump", **given: Shown) -> str:
    """Let Rae write an order with one line and submit it; return its number. *given*: what its head says besides."""
    office.adds("Rae", "order", number="new1", **{**_ORDER, **given})
    office.adds("Rae", "order_line", order="new1", product=product, quantity=Decimal(quantity))
    office.settle()
    number = office.every("order")[-1].number
    office.types("Rae", "order", number, submit="Yes")
    office.settle()
    assert office.record("order", number).state is State.SUBMITTED
    return number


def ordered(office: Office, quantity: int = 2, product: str = "Pump", **given: Shown) -> str:
    """Let Rae's order be written, submitted and approved; return its number."""
    number = put_up(office, quantity, product, **given)
    office.types("Mo", "order", number, manager_manager="Agree")
    office.settle()
    assert office.record("order", number).state is State.APPROVED
    return number


def claim(office: Office, desk: str, **given: object) -> str:
    """Let somebody claim an expense and submit it; return the claim's number."""
    cells = {
        "date": office.clock.now().date(),
        "category": "Travel",
        "description": "Train",
        "amount": Decimal(80),
        "attachments": "ticket.pdf",
        "invoice_no": "I-1",
        "submit": "Yes",
        **given,
    }
    office.adds(desk, "expense", **cells)  # type: ignore[arg-type]
    office.settle()
    found = office.every("expense")[-1]
    assert found.state is State.SUBMITTED, office.store.problems()
    return found.number
