"""Own fields only: stories of desks that change, hold and show nothing that is not theirs."""

import datetime as dt
from decimal import Decimal

import pytest

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State
from tests.support.papers import ordered, submitted

CUSTOMER, QUOTATION, LINE = FormKey("customer"), FormKey("quotation"), FormKey("quotation_line")
EXPENSE, ORDER, ORDER_LINE = FormKey("expense"), FormKey("order"), FormKey("order_line")
TODAY = dt.date(2026, 10, 26)


@pytest.mark.parametrize(
    ("desk", "form", "named", "field", "typed"),
    [
        ("Rae", "customer", "Acme", "owner", "Roy"),
        ("Finance", "customer", "Acme", "phone", "0"),
        ("Marketing", "customer", "Acme", "name", "Ours"),
        ("Rae", "customer", "Acme", "ordered_total", Decimal(9)),
        ("Administrator", "people", "Roy", "number", "P-9999"),
        ("master", "customer", "Acme", "remarks", "by hand"),
        ("Mo", "customer", "Acme", "state", "Approved"),
    ],
)
def test_a_change_in_a_field_that_is_not_the_desks_never_reaches_the_store(  # noqa: PLR0917
    office, desk, form, named, field, typed
):
    before = office.record(form, named)
    shown = office.shows(desk, form, named, field)
    if desk == "master":
        office.settle()
    office.types(desk, form, named, **{field: typed})
    office.types("Rae", "customer", "Acme", address="so that everybody is written")
    office.settle()

    after = office.record(form, named)
    assert {**after.values, "address": None} == {**before.values, "address": None}
    assert after.number == before.number
    assert office.shows(desk, form, named, field) == shown


def test_a_desks_file_holds_no_field_that_its_people_may_not_see(office):
    number = ordered(office)

    assert office.has("Production", "order", number)
    assert office.tells("Finance", "9643.54"), "finance sees the total: 2 pumps"
    assert not office.tells("Production", "4821.77")
    assert not office.tells("Production", "9643.54")
    assert not office.tells("Production", "3333.33")
    assert not office.tells("Rae", "3333.33"), "reps do not see costs"
    assert not office.tells("Marketing", "555-1001"), "nor marketing phone numbers"
    assert office.tells("Rae", "555-1001")


def test_a_desks_file_holds_no_record_that_its_people_may_not_see(office):
    assert office.tells("Roy", "555-2002")
    assert not office.tells("Rae", "555-2002")
    assert not office.tells("Rae", "likes coffee")


def test_what_is_no_longer_seen_leaves_no_trace_in_the_file(office):
    office.types("Mo", "customer", "Acme", owner="Roy")
    office.settle()

    assert office.has("Roy", "customer", "Acme")
    for secret in ("555-1001", "likes tea"):
        assert not office.tells("Rae", secret)


def test_what_waits_to_be_mended_in_one_desk_is_in_no_other(office):
    office.types("Rae", "customer", "Acme", revenue="unmentionable")
    office.settle()

    assert office.tells("Rae", "unmentionable")
    for other in ("Roy", "Mo", "Lena", "Finance", "Marketing", "Production", "Administrator", "master"):
        assert not office.tells(other, "unmentionable"), other


def test_a_suggestion_never_names_a_customer_of_somebody_else(office):
    office.adds("Rae", "quotation", customer="Codda")
    office.settle()

    assert "Codda" in office.hints("Rae")
    assert not office.tells("Rae", "Coda")


def test_who_left_has_no_desk_any_more_and_signs_nothing(office):
    number = submitted(office)
    path, at = office.path("Mo"), office.at("Mo", "quotation", number)
    copy = office.person.take(path)
    office.types("Administrator", "people", "Mo", left=TODAY, successor="Lena")
    office.settle()
    assert not (office.workspace.root / path).exists(), "the desk is withdrawn"
    office.person.put_back(path, copy)
    office.person.type_cell(path, QUOTATION, at, FieldKey("manager_manager"), "Agree")
    office.settle()

    assert office.record("quotation", number).state is State.SUBMITTED
