"""Stories of sign-off through real desks, in the words of the policy (TX-3.3.4, TX-3.4.2, IT-3.3, IT-5.3)."""

import datetime as dt
from decimal import Decimal

import pytest

from sheet_templates.form import Lang
from sheet_templates.record import State
from tests.support.office import Office
from tests.support.papers import DELIVERY, ordered, put_up, submitted

pytestmark = pytest.mark.long


LATER = dt.date(2026, 12, 15)


def told(office: Office) -> list[str]:
    """Return what people are told, as long as no mail went out."""
    return [office.declared.words.say(each.notify.headline, Lang.EN) for each in office.store.notices()]


def test_an_approved_order_is_changed_by_request_when_all_who_are_concerned_have_signed(office):
    number = ordered(office)
    run = office.store.run(office.record("order", number).form, office.record("order", number).id)

    # Typed over, it does not take effect: she is told which form to use.
    office.types("Rae", "order", number, delivery_on=LATER)
    office.settle()
    assert office.value("order", number, "delivery_on") == DELIVERY
    assert "Order changes" in office.check("Rae", "order", number)
    office.types("Rae", "order", number, delivery_on=DELIVERY)

    office.adds(
        "Rae",
        "order_change",
        number="oc1",
        order=number,
        kind="Delivery",
        reason="The site is not ready",
        loss="None",
        new_delivery_on=LATER,
    )
    office.adds(
        "Rae",
        "order_change_line",
        change="oc1",
        line=office.every("order_line")[0].number,
        new_quantity=Decimal(3),
    )
    office.settle()
    (change,) = office.every("order_change")
    office.types("Rae", "order_change", change.number, submit="Yes")
    office.settle()
    assert office.record("order_change", change.number).state is State.SUBMITTED
    assert office.shows("Production", "order_change", change.number, "old_delivery_on") == dt.date(
        2026, 12, 1
    )
    assert not office.tells("Production", "4821.77"), "production sees no prices"

    # There is nobody in logistics: that seat goes up to the leader.
    office.types(
        "Production", "order_change", change.number, assess_production="Agree", production_can="Yes, it can"
    )
    office.types("Finance", "order_change", change.number, assess_finance="Agree")
    office.types("Lena", "order_change", change.number, assess_logistics="Agree")
    office.settle()
    assert office.value("order", number, "delivery_on") == DELIVERY, "the old order is in force"
    office.types("Mo", "order_change", change.number, manager_manager="Agree")
    office.settle()

    stands = office.record("order", number)
    assert (stands["delivery_on"], stands["total"]) == (LATER, Decimal("14465.31"))
    assert stands.state is State.APPROVED
    after = office.store.run(stands.form, stands.id)
    assert run is not None
    assert after is not None
    assert (after.round, after.state) == (run.round, State.APPROVED), "its own approval stands"
    assert office.shows("Production", "order", number, "delivery_on") == LATER
    assert any("work to the changed order" in each for each in told(office))


def test_an_order_is_cancelled_by_request_and_each_department_reports_what_it_did(office):
    number = ordered(office)
    office.adds("Rae", "order_cancel", order=number, reason="The customer gave up", loss="300 for the steel")
    office.settle()
    (asked,) = office.every("order_cancel")
    office.types("Rae", "order_cancel", asked.number, submit="Yes")
    office.settle()
    office.types("Mo", "order_cancel", asked.number, manager_manager="Agree")
    office.settle()

    assert office.value("order", number, "status") == "cancelled"
    report = next(each for each in office.every("settlement") if each["department"] == "production")
    assert "what your department did" in office.hints("Production")
    office.types(
        "Production",
        "settlement",
        report.number,
        done="Stopped the line",
        cost=Decimal(120),
        done_on=dt.date(2026, 10, 26),
    )
    office.settle()
    assert "what your department did" not in office.hints("Production")
    assert office.shows("Rae", "order_cancel", asked.number, "cost") == Decimal(120)


def test_a_signer_adds_another_and_takes_his_own_decision_back(office):
    number = submitted(office)

    office.types(
        "Mo",
        "quotation",
        number,
        manager_manager="Add a signer",
        added_whom="Fay",
        manager_manager_opinion="Price?",
    )
    office.settle()
    assert office.shows("Mo", "quotation", number, "manager_manager") is None
    assert office.shows("Mo", "quotation", number, "added_whom") is None
    assert "Fay" in str(office.shows("Rae", "quotation", number, "state"))
    office.types("Finance", "quotation", number, added_signer="Agree", added_signer_opinion="Fine")
    office.settle()
    assert office.shows("Mo", "quotation", number, "added_signer_opinion") == "Fine"

    office.types("Finance", "quotation", number, added_signer="Take back")
    office.settle()
    assert office.shows("Mo", "quotation", number, "added_signer") is None
    office.types("Finance", "quotation", number, added_signer="Agree")
    office.settle()
    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()
    assert office.record("quotation", number).state is State.APPROVED


def test_a_delegate_sees_what_waits_for_whom_is_away_and_signs_on_his_behalf(office):
    office.adds(
        "Administrator", "people", name="Nia", role="Sales manager", superior="Lena", email="nia@example.com"
    )
    office.settle()
    office.signs_settings()
    submitted(office)
    (quotation,) = office.every("quotation")
    nia = office.record("people", "Nia").number
    assert not office.has(nia, "quotation", quotation.number)

    office.adds("Mo", "leave", start_on=dt.date(2026, 10, 26), end_on=dt.date(2026, 10, 30), delegate="Nia")
    office.settle()

    assert office.has(nia, "quotation", quotation.number)
    assert office.has(nia, "quotation_line", office.every("quotation_line")[0].number)
    assert "waits" in office.hints(nia) or quotation.number in str(office.todo(nia))
    office.types(nia, "quotation", quotation.number, manager_manager="Agree")
    office.settle()
    assert office.record("quotation", quotation.number).state is State.APPROVED
    line = next(
        each.entry
        for each in office.store.journal(quotation.form, quotation.id)
        if each.entry.kind == "decision"
    )
    assert (line.person, line.detail["behalf"]) == (nia, office.record("people", "Mo").number)
    assert not office.has(nia, "quotation", quotation.number), (
        "what is decided is none of her business any more"
    )


def test_a_change_voids_the_sign_off_of_those_who_see_it_and_says_old_and_new_beside_it(office):
    """Marketing and finance review jointly; marketing sees no payment terms, so its sign-off is not about them."""
    number = put_up(office, quantity=12)
    office.types("Finance", "order", number, joint_finance="Agree")
    office.types("Marketing", "order", number, joint_marketing="Agree")
    office.settle()
    assert "Mo" in str(office.shows("Rae", "order", number, "state"))

    office.types("Rae", "order", number, payment_days=Decimal(60))
    office.settle()

    assert {each.role: each.voided for each in office.decisions("order", number)} == {
        "finance": "chain.void.changed",
        "marketing": None,
    }
    assert office.shows("Marketing", "order", number, "joint_marketing") == "Agree"
    assert office.shows("Finance", "order", number, "joint_finance") is None
    assert "Payment term (days): 30 → 60" in office.check("Finance", "order", number)
    state = str(office.shows("Rae", "order", number, "state"))
    assert "Finance" in state
    assert "Marketing" not in state
    office.mailroom.urgent(office.clock.now())
    again = [each for each in office.store.messages() if "changed after it was submitted" in each.subject]
    assert {each.to for each in again} == {"rae@example.com", "fay@example.com"}

    office.types("Finance", "order", number, joint_finance="Agree")
    office.settle()
    assert "Mo" in str(office.shows("Rae", "order", number, "state")), "it goes on where it was"
    line = office.every("order_line")[0].number
    office.types("Rae", "order_line", line, quantity=Decimal(13))
    office.settle()
    assert all(each.voided for each in office.decisions("order", number)), "quantities concern both"
    assert "Order lines (Pump), Quantity: 12 → 13" in office.check("Marketing", "order", number)
