"""Convergence: stories of a company whose desks, copies and store come to say the same."""

import datetime as dt

import pytest

from sheet_templates.form import FieldKey, FormKey
from tests.support.papers import quote
from tests.support.small_company import cells

CUSTOMER, QUOTATION, LINE = FormKey("customer"), FormKey("quotation"), FormKey("quotation_line")
EXPENSE, ORDER, ORDER_LINE = FormKey("expense"), FormKey("order"), FormKey("order_line")
TODAY = dt.date(2026, 10, 26)


def test_what_is_typed_anywhere_is_seen_everywhere_it_belongs(office):
    office.types("Rae", "customer", "Acme", remarks="rae was here")
    office.types("Mo", "customer", "Coda", **{"class": "B ordinary"})
    office.types("Finance", "customer", "Acme", correction="wrong fax")

    office.settle()

    assert office.shows("Mo", "customer", "Acme", "remarks") == "rae was here"
    assert office.shows("Roy", "customer", "Coda", "class") == "B ordinary"
    assert office.shows("Rae", "customer", "Acme", "correction") == "wrong fax"
    assert office.shows("master", "customer", "Acme", "correction") == "wrong fax"
    assert office.shows("master", "customer", "Coda", "class") == "B ordinary"


def test_another_round_writes_nothing(office):
    office.types("Rae", "customer", "Acme", remarks="rae was here", **{"class": "C low potential"})
    office.settle()
    head, files = office.store.head(), {desk.key: office.raw(desk.key) for desk in office.engine.desks()}

    office.round()
    office.restart()
    office.round()

    assert office.store.head() == head
    assert {desk.key: office.raw(desk.key) for desk in office.engine.desks()} == files


def test_a_copy_that_was_taken_home_for_two_weeks_is_merged_against_what_it_was_taken_from(office):
    home = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", phone="555-9999")
    office.settle()
    office.clock.step(days=14)
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()

    office.person.put_back(office.path("Rae"), home)
    office.types("Rae", "customer", "Acme", remarks="written on the train")
    office.adds("Rae", "customer", name="Met on the train")
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["class"], acme["remarks"]) == ("555-9999", "A", "written on the train")
    assert office.shows("Rae", "customer", "Acme", "phone") == "555-9999"
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"
    assert office.has("Mo", "customer", "Met on the train")
    assert len(office.every("customer")) == 3


def test_the_same_empty_row_filled_at_home_and_in_the_office_is_two_customers(office):
    path = office.path("Rae")
    home = office.person.take(path)
    office.adds("Rae", "customer", name="From the office")
    office.settle()
    there = office.person.take(path)
    office.person.put_back(path, home)
    office.adds("Rae", "customer", name="From home")
    home = office.person.take(path)
    office.person.put_back(path, there)
    office.settle()

    office.person.put_back(path, home)
    office.settle()

    assert [each["name"] for each in office.every("customer")] == [
        "Acme",
        "Coda",
        "From the office",
        "From home",
    ]
    assert office.has("Rae", "customer", "From the office")
    assert office.has("Rae", "customer", "From home")


def test_an_older_version_of_a_file_that_was_restored_is_brought_up_to_date(office):
    older = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", remarks="newer")
    office.settle()

    office.person.put_back(office.path("Rae"), older)
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "newer"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "newer"


def test_the_copy_that_a_sync_program_leaves_beside_the_desk_is_merged_too(office):
    conflicted = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", phone="555-4444")
    office.settle()
    place = office.place("Rae").with_name("Rae (Rae's conflicted copy 2026-10-26).xlsx")
    place.write_bytes(conflicted)
    beside = office.path("Rae").with_name(place.name)
    office.person.type_cell(
        beside, CUSTOMER, office.at("Rae", "customer", "Acme"), FieldKey("remarks"), "offline"
    )

    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["remarks"]) == ("555-4444", "offline")
    assert office.shows("Rae", "customer", "Acme", "remarks") == "offline"


def test_a_customer_that_is_renamed_is_renamed_wherever_it_is_referred_to(office):
    number = quote(office)
    office.types("Rae", "customer", "Acme", name="Acme Industries")
    office.settle()

    assert office.shows("Rae", "quotation", number, "customer") == "Acme Industries"
    assert office.shows("Mo", "quotation", number, "customer") == "Acme Industries"
    assert office.problems() == []


def test_a_copy_that_still_shows_the_old_name_was_not_edited(office):
    number = quote(office)
    home = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", name="Acme Industries")
    office.settle()

    office.person.put_back(office.path("Rae"), home)
    office.types("Rae", "quotation", number, remarks="from home")
    office.settle()

    assert office.value("quotation", number, "remarks") == "from home"
    assert office.shows("Rae", "quotation", number, "customer") == "Acme Industries"
    assert (
        office.value("customer", office.value("quotation", number, "customer"), "name") == "Acme Industries"
    )
    assert office.problems() == ["merge.stale"], "her copy called the customer by the name that she changed"


@pytest.mark.long
def test_wherever_the_plug_is_pulled_the_next_start_makes_up_for_it(office):
    """A new customer without a stamped row, an edit, and a refused entry, in one save; cut off before every other act.

    The company at random (test_engine_machine) is cut off before and after any of them.
    """
    acts, came_so_far = 0, True
    while came_so_far:
        name = f"Customer {acts}"
        at = max(row.at for row in office.person.rows(office.path("Rae"), CUSTOMER)) + 1
        office.person.type_cells(office.path("Rae"), CUSTOMER, at, cells(name=name, phone=f"555-{acts}"))
        office.types("Rae", "customer", "Acme", remarks=name, **{"class": "A important"})

        came_so_far = office.round_cut_off(acts, after=False)
        office.settle()

        assert office.value("customer", "Acme", "remarks") == name
        assert [each["name"] for each in office.every("customer")].count(name) == 1
        shown = [row.cells.get(FieldKey("name")) for row in office.person.rows(office.path("Rae"), CUSTOMER)]
        assert shown.count(name) == 1
        assert office.shows("Rae", "customer", "Acme", "class") is None
        assert office.shows("master", "customer", name, "phone") == f"555-{acts}"
        acts += 2
    assert acts > 6, "there was little to cut off"


def test_a_desk_whose_writing_was_cut_off_at_its_birth_is_written_at_the_next_start(office):
    office.types("Administrator", "people", "Roy", superior="Lena")
    office.adds("Administrator", "people", name="Ria", role="Sales representative", superior="Mo")
    office.settle()
    for each in office.every("setting_change"):
        office.types("Lena", "setting_change", each.number, decision_leader="Agree")
    office.round()
    office.place("Ria").unlink()
    office.store.file(office.desk("Ria").key)
    office.settle()

    office.clock.step(seconds=60)
    office.settle()

    assert office.place("Ria").exists()
