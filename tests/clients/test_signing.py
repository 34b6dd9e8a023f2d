"""Signing lived through in LibreOffice: a joint review, an order change, and every forgery that a desk invites."""

import datetime as dt

import pytest

from sheet_templates.record import State
from tests.clients.conftest import SitsDown
from tests.support.letters import Letters
from tests.support.office import Office
from tests.support.papers import ordered

pytestmark = pytest.mark.client

LATER = dt.date(2026, 12, 15)


def state(office: Office, number: str, form: str = "order") -> str:
    """Return what the rep's desk says of a record's approval."""
    return str(office.shows("Rae", form, number, "state"))


def test_an_order_split_in_two_is_reviewed_jointly_returned_revised_and_signed_by_whom_each_change_concerns(
    office: Office, sits: SitsDown
):
    letters = Letters(office)
    ordered(office, quantity=6)
    letters.fresh()

    # Half of it again: each is below the limit, both together are not.
    rae = sits("Rae")
    rae.adds(
        "order",
        number="new2",
        customer="Acme",
        delivery_on="12/1/2026",
        delivery_place="Harbour 7",
        submit="Yes",
    )
    rae.adds("order_line", order="new2", product="Pump", quantity="5")
    rae.leaves()
    office.settle()
    number = office.every("order")[-1].number
    assert office.value("order", number, "total") < 50_000
    assert state(office, number) == "Joint review: waits for Finance and Marketing"
    told = letters.fresh()
    assert [each.to for each in told] == ["fay@example.com", "max@example.com"]
    for each, column in zip(told, ("Finance: decision", "Marketing: decision"), strict=True):
        assert f"in the sheet “Sales orders”, in the column “{column}”" in each.text
        assert "Customer's orders in the period: 53,039.47" in each.text, (
            "why a small order is reviewed jointly"
        )
    assert "Margin" in told[0].text
    assert "Margin" not in told[1].text

    finance = sits("Finance")
    assert finance.shown("order", number, "period_total") == "53,039.47"
    finance.types("order", number, joint_finance="Agree", joint_finance_opinion="The margin is fine")
    finance.leaves()
    marketing = sits("Marketing")
    marketing.types("order", number, joint_marketing="Return", joint_marketing_opinion="Not during the fair")
    marketing.leaves()
    office.settle()
    assert office.record("order", number).state is State.RETURNED
    (told_rae,) = letters.to("rae")
    assert "Max (Marketing): Return. Not during the fair" in told_rae.text

    rae = sits("Rae")
    assert rae.shown("order", number, "joint_marketing_opinion") == "Not during the fair"
    rae.types("order", number, delivery_on="12/15/2026", submit="Yes")
    rae.leaves()
    office.settle()
    again = letters.fresh()
    assert [each.to for each in again] == ["fay@example.com", "max@example.com"]
    for each in again:
        assert "Changed since the last round: Delivery date: 1 Dec 2026 → 15 Dec 2026" in each.text
        assert "Max (Marketing): Return. Not during the fair" in each.text

    office.types("Finance", "order", number, joint_finance="Agree")
    office.types("Marketing", "order", number, joint_marketing="Agree")
    office.settle()
    assert "Mo" in state(office, number)
    letters.fresh()

    # What marketing cannot see is none of its business: finance alone signs again.
    rae = sits("Rae")
    rae.types("order", number, payment_days="60")
    rae.leaves()
    office.settle()
    assert state(office, number) == "Joint review: waits for Finance"
    assert office.shows("Marketing", "order", number, "joint_marketing") == "Agree"
    told = letters.fresh()
    assert {each.to for each in told} == {"fay@example.com", "rae@example.com"}
    assert all("Payment term (days): 30 → 60" in each.text for each in told)
    finance = sits("Finance")
    assert finance.shown("order", number, "joint_finance") == ""
    assert "Payment term (days): 30 → 60" in finance.shown("order", number, "check")
    finance.types("order", number, joint_finance="Agree")
    finance.leaves()
    office.settle()
    mo = sits("Mo")
    mo.types("order", number, manager_manager="Agree")
    mo.leaves()
    office.settle()

    assert office.record("order", number).state is State.APPROVED
    last = {each.role: each for each in office.decisions("order", number) if each.voided is None}
    assert {role: each.round for role, each in last.items() if each.round > 1} == {
        "finance": 3,
        "marketing": 2,
        "manager": 3,
    }
    assert office.problems() == []
