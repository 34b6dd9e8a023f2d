"""Changes and cancellations of approved orders by the shipped book: each test is a passage of TX-3.3.4."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rules.apply import apply
from rules.check import check
from rules.effect import Advance, Effects
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import FieldKey, Lang, Stage
from sheet_templates.record import Record, State
from tests.rules.test_book import (
    BOOK,
    DEPARTMENTS,
    FORMS,
    STAFF,
    TODAY,
    all_agree,
    approved_order,
    change,
    faults,
    follow,
    sign,
    told,
    turns,
)
from tests.support import shipped
from tests.support.book import Desk
from tests.support.small import record

WORDS = shipped.words()
MORE = (
    record("people", "P-0006", name="Pia", role="production", superior="P-0001"),
    record("people", "P-0007", name="Lou", role="logistics", superior="P-0001"),
)
LATER = TODAY + dt.timedelta(40)
LINE = record(
    "order_line",
    "OL-1",
    order="SO-2026-0001",
    product="PR-001",
    quantity=Decimal(3),
    unit_price=Decimal(1000),
    amount=Decimal(3000),
)
ORDER = record(
    "order",
    "SO-2026-0001",
    state=State.APPROVED,
    customer="CU-0001",
    owner="P-0003",
    date=TODAY,
    delivery_on=TODAY + dt.timedelta(20),
    delivery_place="Dock 4",
    total=Decimal(3000),
    status="confirmed",
)


def request(*lines: Record, order: Record = ORDER, **values: Any) -> Desk:
    """Return a request for a change of the order, before it is put up."""
    given = {
        "order": ORDER.number,
        "owner": "P-0003",
        "date": TODAY,
        "kind": "delivery",
        "reason": "The site is not ready",
        "loss": "None",
        "old_total": ORDER["total"],
        **values,
    }
    start = record("order_change", "OC-2026-0001", **given)
    return Desk(BOOK, start, others=(*STAFF, *MORE, order, LINE, *lines), forms=FORMS)


def line(**values: Any) -> Record:
    given = {
        "change": "OC-2026-0001",
        "line": "OL-1",
        "product": "PR-001",
        "old_quantity": Decimal(3),
        "old_unit_price": Decimal(1000),
        **values,
    }
    return record(
        "order_change_line", "OCL-1", **{key: value for key, value in given.items() if value is not None}
    )


def order(desk: Desk) -> Record:
    found = desk.shelf.get(ORDER.form, ORDER.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("values", "lines", "asked"),
    [
        ({"new_delivery_on": LATER}, [], ["production", "logistics"]),
        ({"new_delivery_place": "Dock 9"}, [], ["logistics"]),
        ({"new_payment_days": Decimal(60)}, [], ["finance"]),
        ({"new_requirements": "In blue"}, [], ["production"]),
        ({}, [line(new_quantity=Decimal(2))], ["production", "logistics", "finance"]),
    ],
)
def test_who_assesses_follows_from_what_is_to_change_and_the_manager_always_signs(values, lines, asked):
    desk = request(*lines, **values)
    change(desk, submit=True)

    assert turns(desk) == asked
    for role in asked:
        assert desk.record.state is State.SUBMITTED
        people = {"production": "P-0006", "logistics": "P-0007", "finance": "P-0004"}
        sign(desk, "assess", role, people[role])
    assert turns(desk) == ["manager"]


def test_the_order_stays_in_force_until_all_have_signed_then_it_is_changed_and_all_are_told():
    desk = request(new_delivery_on=LATER)
    change(desk, submit=True)
    assert desk.record["old_delivery_on"] == ORDER["delivery_on"]
    sign(desk, "assess", "production", "P-0006")
    sign(desk, "assess", "logistics", "P-0007")
    assert order(desk) == ORDER

    all_agree(desk)

    assert order(desk)["delivery_on"] == LATER
    assert order(desk)["delivery_place"] == "Dock 4", "what is empty changes nothing"
    (notice,) = told(desk, "order_change_approved")
    assert notice.roles == DEPARTMENTS
    assert notice.people == ("P-0002",)
    assert notice.urgent


@pytest.mark.parametrize("verdict", ["return", "refuse"])
def test_a_request_that_is_not_agreed_to_changes_nothing(verdict):
    desk = request(new_delivery_on=LATER)
    change(desk, submit=True)
    sign(desk, "assess", "production", "P-0006")
    sign(desk, "assess", "logistics", "P-0007", verdict)

    assert order(desk) == ORDER
    assert told(desk, "order_change_approved") == []


def test_a_request_that_is_withdrawn_changes_nothing():
    desk = request(new_delivery_on=LATER)
    change(desk, submit=True)
    sign(desk, "assess", "production", "P-0006")
    change(desk, submit=None)

    assert order(desk) == ORDER
    assert desk.record.state is State.WITHDRAWN


@pytest.mark.parametrize(
    ("values", "quantity", "price", "total"),
    [
        ({"new_quantity": Decimal(2)}, Decimal(2), Decimal(1000), Decimal(2000)),
        ({"new_unit_price": Decimal(900)}, Decimal(3), Decimal(900), Decimal(2700)),
        ({"drop": True}, Decimal(0), Decimal(1000), Decimal(0)),
    ],
)
def test_a_line_is_changed_or_taken_out(values, quantity, price, total):
    desk = request(line(**values, difference=total - 3000))
    change(desk, submit=True)
    assert desk.record["new_total"] == total
    all_agree(desk)

    changed = desk.shelf.get(LINE.form, LINE.id)
    assert changed is not None
    assert (changed["quantity"], changed["unit_price"]) == (quantity, price)


def test_a_new_product_becomes_a_line_of_the_order():
    more = line(line=None, old_quantity=None, old_unit_price=None, new_quantity=Decimal(4), spec="blue")
    desk = request(more)
    change(desk, submit=True)
    all_agree(desk)

    (created,) = desk.created.values()
    assert created.form == "order_line"
    assert created.values == {
        "order": ORDER.number,
        "product": "PR-001",
        "spec": "blue",
        "quantity": Decimal(4),
        "unit_price": Decimal(1000),
    }
    assert created.signed == (ORDER.form, ORDER.id)


def test_a_request_says_what_is_wrong_with_it():
    assert "order_change_something" in faults(change(request(), submit=True))
    draft = replace(ORDER, state=State.DRAFT)
    assert "order_change_order" in faults(change(request(order=draft, new_delivery_on=LATER), submit=True))
    other = record("order_change", "OC-2", state=State.SUBMITTED, order=ORDER.number, owner="P-0003")
    assert "order_change_single" in faults(change(request(other, new_delivery_on=LATER), submit=True))
    stale = line(new_quantity=Decimal(2), old_quantity=Decimal(9))
    assert "order_change_stale" in faults(change(request(stale), submit=True))
    early = request(new_delivery_on=TODAY - dt.timedelta(1))
    assert "order_change_delivery" in faults(change(early))
    foreign = replace(ORDER, values={**ORDER.values, FieldKey("owner"): "P-0009"})
    assert "order_change_owner" in faults(change(request(order=foreign)))


def _line_faults(made: Record) -> set[str]:
    start = request(made).record
    shelf = request(made).shelf
    context = ExpressionContext(record=made, records=shelf, forms=FORMS, today=TODAY, limits={})
    assert start.number == made["change"]
    return {each.what.key for each in check(BOOK, context, Stage.SAVE)}


def test_a_line_of_a_request_belongs_to_its_order_and_a_new_one_has_a_quantity():
    assert _line_faults(line(new_quantity=Decimal(1))) == set()
    assert _line_faults(line(line=None)) == {"check.order_change_line_new"}
    other = replace(LINE, values={**LINE.values, FieldKey("order"): "SO-9"})
    start = line(new_quantity=Decimal(1))
    shelf = request(start).shelf.put(other)
    context = ExpressionContext(record=start, records=shelf, forms=FORMS, today=TODAY, limits={})
    assert {each.what.key for each in check(BOOK, context, Stage.SAVE)} == {"check.order_change_line_order"}


# The order itself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["delivery_on", "delivery_place", "payment_days"])
def test_what_was_approved_is_not_typed_over_but_asked_for(key):
    desk = approved_order()
    new = {"delivery_on": LATER, "delivery_place": "Dock 9", "payment_days": Decimal(1)}[key]
    wanted = apply(BOOK, desk.forms, desk.change(**{key: new}))

    (problem,) = (each for each in wanted.problems if each.what.key == "check.changed_by")
    assert problem.field == key
    assert "訂單變更申請表" in WORDS.say(problem.mend, Lang.ZH_HANT)


def test_a_line_of_an_approved_order_is_not_typed_over_nor_added():
    desk = approved_order()
    for before, expected in (
        (LINE, ("check.changed_by", "quantity")),
        (None, ("check.changed_by.line", "order")),
    ):
        after = replace(LINE, values={**LINE.values, FieldKey("quantity"): Decimal(9)})
        shelf = desk.shelf.put(after)
        context = ExpressionContext(
            record=after, records=shelf, forms=desk.forms, today=TODAY, limits={}, before=before
        )
        found = [(each.what.key, each.field) for each in check(BOOK, context, Stage.SAVE)]
        assert [each for each in found if each[0].startswith("check.changed_by")] == [expected]
        assert check(BOOK, context, Stage.SAVE, bound=False) == ()


def test_a_change_that_was_signed_for_lets_the_orders_own_sign_offs_stand():
    desk = approved_order()
    assert desk.run is not None
    before = desk.run
    asked = replace(desk.change(None, delivery_on=LATER), signed=True)
    wanted: Effects = desk.carry_out(apply(BOOK, desk.forms, asked))

    assert desk.record.state is State.APPROVED
    assert wanted.problems == ()
    assert [type(each) for each in wanted.effects] == [Advance]
    assert desk.run.round == before.round
    assert desk.run.content == desk.content
    assert follow(desk, desk.happened(desk.record)) == Effects()


# Cancellations --------------------------------------------------------------------------------------------


def cancellation(**values: Any) -> Desk:
    given = {
        "order": ORDER.number,
        "owner": "P-0003",
        "date": TODAY,
        "reason": "The customer gave up",
        "loss": "300 for the steel",
        **values,
    }
    return Desk(BOOK, record("order_cancel", "OX-2026-0001", **given), others=(*STAFF, ORDER), forms=FORMS)


def test_the_manager_approves_a_cancellation_and_each_department_is_asked_what_it_did():
    desk = cancellation()
    change(desk, submit=True)
    assert turns(desk) == ["manager"]
    assert order(desk)["status"] == "confirmed"
    all_agree(desk)

    assert order(desk)["status"] == "cancelled"
    created = list(desk.created.values())
    assert tuple(each.values["department"] for each in created) == DEPARTMENTS
    assert {each.values["order"] for each in created} == {ORDER.number}


def test_a_refused_cancellation_cancels_nothing():
    desk = cancellation()
    change(desk, submit=True)
    sign(desk, "manager", "manager", "P-0002", "refuse")

    assert order(desk) == ORDER
    assert desk.created == {}


def test_only_orders_that_are_in_force_and_ones_own_are_cancelled_by_request():
    desk = cancellation(owner="P-0002")
    desk.shelf = desk.shelf.put(replace(ORDER, state=State.DRAFT))

    assert set(faults(change(desk, submit=True))) >= {"order_cancel_order", "order_cancel_owner"}


def test_an_approved_order_is_cancelled_by_request_only():
    desk = approved_order()
    assert "order_cancelled_by_request" in faults(change(desk, status="cancelled"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"check.settlement_open"}),
        ({"done": "Stopped the line"}, {"check.settlement_open"}),
        ({"done": "Stopped the line", "done_on": TODAY}, set()),
        ({"done": "Will stop", "done_on": LATER}, {"check.settlement_future"}),
    ],
)
def test_a_department_is_asked_until_it_has_said_what_it_did(values, expected):
    made = record("settlement", "CR-1", order=ORDER.number, department="production", **values)
    context = ExpressionContext(
        record=made, records=cancellation().shelf.put(made), forms=FORMS, today=TODAY, limits={}
    )

    assert {each.what.key for each in check(BOOK, context, Stage.SAVE)} == expected
