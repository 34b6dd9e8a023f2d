"""Nothing typed is lost silently: stories of a company, through real files and the real store."""

import datetime as dt
from decimal import Decimal

import pytest

from sheet_templates.form import NUMBER, FieldKey, FormKey

CUSTOMER, QUOTATION, LINE = FormKey("customer"), FormKey("quotation"), FormKey("quotation_line")
EXPENSE, ORDER, ORDER_LINE = FormKey("expense"), FormKey("order"), FormKey("order_line")
TODAY = dt.date(2026, 10, 26)


def test_what_a_rep_types_into_the_managers_column_is_put_back_journaled_and_told(office):
    office.types("Rae", "customer", "Acme", **{"class": "A important"})

    office.settle()

    assert office.value("customer", "Acme", "class") is None
    assert office.shows("Rae", "customer", "Acme", "class") is None
    assert office.journal("reject") == ["A important"]
    assert "belongs to Sales manager" in office.check("Rae", "customer", "Acme")
    assert "belongs to Sales manager" in office.hints("Rae")


def test_a_notice_is_over_when_its_person_has_saved_the_desk_that_shows_it(office):
    office.types("Rae", "customer", "Acme", **{"class": "A important"})
    office.settle()

    office.types("Rae", "customer", "Acme", remarks="seen")
    office.settle()

    assert office.problems() == []
    assert office.check("Rae", "customer", "Acme") == ""
    assert office.todo("Rae") == []


def test_what_no_amount_is_waits_in_the_desk_in_red_until_it_is_mended(office):
    office.types("Rae", "customer", "Acme", revenue="about a million")
    office.settle()

    assert office.value("customer", "Acme", "revenue") is None
    assert office.shows("Rae", "customer", "Acme", "revenue") == "about a million"
    assert office.shows("Rae", "customer", "Acme", "_mark") == ",revenue,"
    assert "about a million" in office.check("Rae", "customer", "Acme")
    assert office.journal("draft") == ["about a million"]
    assert office.shows("Mo", "customer", "Acme", "revenue") is None

    office.types("Rae", "customer", "Acme", revenue=Decimal(1_000_000))
    office.settle()

    assert office.value("customer", "Acme", "revenue") == Decimal(1_000_000)
    assert office.shows("Rae", "customer", "Acme", "_mark") is None
    assert office.check("Rae", "customer", "Acme") == ""
    assert office.problems() == []


def test_a_mistake_is_told_in_the_days_mail_with_file_sheet_row_and_remedy(office):
    office.types("Rae", "customer", "Acme", revenue="about a million")
    office.settle()

    posting = office.mailroom.digests(office.clock.now())

    (mail,) = posting.messages
    assert mail.to == "rae@example.com"
    for said in ("Rae.xlsx", "Customers", "Yearly revenue", "about a million"):
        assert said in mail.text
    assert str(office.at("Rae", "customer", "Acme")) in mail.text


def test_two_people_change_one_cell_and_both_values_are_kept(office):
    office.opens("Rae")
    office.types("Mo", "customer", "Acme", remarks="prefers mail")
    office.settle()
    office.types("Rae", "customer", "Acme", remarks="prefers calls")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "prefers mail"
    (conflict,) = office.store.conflicts()
    assert (conflict.base, conflict.mine, conflict.theirs) == ("likes tea", "prefers calls", "prefers mail")

    office.closes("Rae")
    office.settle()

    assert office.shows("Rae", "customer", "Acme", "remarks") == "prefers mail"
    said = office.check("Rae", "customer", "Acme")
    assert all(each in said for each in ("prefers calls", "prefers mail", "likes tea", "Mo"))


def test_a_conflict_is_settled_by_typing_what_is_right(office):
    test_two_people_change_one_cell_and_both_values_are_kept(office)

    office.types("Rae", "customer", "Acme", remarks="prefers calls")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "prefers calls"
    assert office.store.conflicts() == ()
    assert office.check("Rae", "customer", "Acme") == ""


def test_a_row_in_a_desk_that_may_add_none_is_refused_whole_and_told(office):
    office.adds_unstamped("Finance", "customer", correction="a customer of mine")
    office.settle()

    assert len(office.every("customer")) == 2
    assert office.journal("reject") == ["a customer of mine"]
    assert "entered by" in office.hints("Finance")
    assert not office.has("Finance", "customer", "a customer of mine")

    office.types("Finance", "customer", "Acme", correction="seen")
    office.settle()
    assert office.problems("finance") == [], "it is over when its people have gone on"


def test_a_deleted_row_comes_back_with_a_word(office):
    office.person.delete_row(office.path("Rae"), CUSTOMER, office.at("Rae", "customer", "Acme"))
    office.settle()

    assert office.shows("Rae", "customer", "Acme", "phone") == "555-1001"
    assert "was deleted" in office.check("Rae", "customer", "Acme")


def test_every_version_of_a_file_that_was_read_or_replaced_can_be_found_again(office):
    office.types("Rae", "customer", "Acme", remarks="first")
    saved = office.raw("Rae")
    office.settle()
    replaced = office.raw("Rae")
    office.types("Rae", "customer", "Acme", remarks="second")
    office.settle()

    kept = {path.read_bytes() for path in (office.workspace.state / "versions").rglob("*") if path.is_file()}

    assert {saved, replaced} <= kept


def test_an_undo_in_one_session_is_an_edit_like_any_other(office):
    office.opens("Rae")
    office.types("Rae", "customer", "Acme", remarks="typing error")
    office.settle()
    office.types("Rae", "customer", "Acme", remarks="likes tea")
    office.settle()
    office.closes("Rae")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "likes tea"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "likes tea"


@pytest.mark.parametrize("waits", [False, True])
def test_an_undo_that_is_saved_on_closing_is_an_edit_like_any_other(office, waits: bool):
    office.opens("Rae")
    office.types("Rae", "customer", "Acme", remarks="typing error")
    office.settle()
    office.types("Rae", "customer", "Acme", remarks="likes tea")
    if waits:
        office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.closes("Rae")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "likes tea"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "likes tea"
    assert office.problems() == []


def test_an_older_version_that_is_restored_after_closing_is_no_undo(office):
    office.opens("Rae")
    older = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", remarks="newer")
    office.settle()
    office.closes("Rae")
    office.settle()

    office.person.put_back(office.path("Rae"), older)
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "newer"


def test_a_new_row_that_is_saved_half_done_is_taken_when_it_is_whole(office):
    """A rep saves while she types, and closes the file in the end: it is one customer."""
    office.opens("Rae")
    at = office.adds_unstamped("Rae", "customer", phone="555-3003", size="many")
    office.settle()
    assert len(office.every("customer")) == 2
    office.person.type_cell(office.path("Rae"), CUSTOMER, at, FieldKey("name"), "Dora Ltd")
    office.person.type_cell(office.path("Rae"), CUSTOMER, at, FieldKey("size"), Decimal(12))
    office.settle()

    dora = office.record("customer", "Dora Ltd")
    assert (dora["phone"], dora["size"]) == ("555-3003", Decimal(12))
    office.closes("Rae")
    office.settle()
    assert [each["name"] for each in office.every("customer")] == ["Acme", "Coda", "Dora Ltd"]
    assert office.problems() == []


def test_a_provisional_number_stands_until_its_row_has_one_of_its_own(office):
    office.adds("Rae", "quotation", number="new1")
    office.settle()
    assert office.shows("Rae", "quotation", "new1", NUMBER) == "new1"

    at = office.at("Rae", "quotation", "new1")
    office.person.type_cell(office.path("Rae"), QUOTATION, at, FieldKey("customer"), "Acme")
    office.settle()

    (quotation,) = office.every("quotation")
    assert office.shows("Rae", "quotation", quotation.number, "customer") == "Acme"
