"""Texts that no cell can hold (docs/hostile.md): they hold up nobody's desk, and nothing is cut without a word."""

from sheet_templates.form import FieldKey, FieldType, FormKey
from tests.support.hostile import inline, with_cells
from tests.support.office import Office
from tests.support.packages import part_of

CUSTOMER = FormKey("customer")
LONG = "y" * 40_000
INSTEAD = "(This text has more than 32767 characters: no cell can hold it, and it is not shown here.)"


def put(office: Office, who: str, said: str, name: str = "Acme") -> None:
    """Put a text into the remarks of a customer as no program would write it."""
    copy = office.folder.read(office.path(who))
    sheet = copy.sheets[CUSTOMER]
    place = (office.at(who, "customer", name), sheet.columns[FieldKey("remarks")])
    office.place(who).write_bytes(
        with_cells(office.raw(who), part_of(office.raw(who), sheet.title), {place: inline(said)})
    )


def test_a_desk_that_is_made_anew_shows_all_but_the_text_that_no_cell_can_hold(office: Office):
    put(office, "Rae", LONG)
    office.settle()
    # Else it would be made of its last version, in which the text stands as it was typed.
    for each in (office.workspace.state / "versions").rglob("*"):
        if each.is_file():
            each.unlink()
    office.place("Rae").unlink()
    office.settle()
    office.clock.step(seconds=60)
    office.settle()

    assert office.shows("Rae", "customer", "Acme", "phone") == "555-1001"
    assert office.shows("Rae", "customer", "Acme", "remarks") == INSTEAD
    assert "40000 characters" in office.check("Rae", "customer", "Acme")

    office.types("Rae", "customer", "Acme", phone="555-7777")
    office.settle()
    assert office.value("customer", "Acme", "phone") == "555-7777"
    assert office.value("customer", "Acme", "remarks") == "likes tea"

    office.types("Rae", "customer", "Acme", remarks="short")
    office.settle()
    assert office.value("customer", "Acme", "remarks") == "short"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "short"
    assert office.problems() == []


def test_a_text_that_no_cell_can_hold_and_that_came_by_a_copy_stays_in_the_copy(office: Office):
    conflicted = office.raw("Rae")
    place = office.place("Rae").with_name("Rae (Rae's conflicted copy 2026-10-26).xlsx")
    put(office, "Rae", LONG)
    place.write_bytes(office.raw("Rae"))
    office.place("Rae").write_bytes(conflicted)

    office.settle()

    assert office.shows("Rae", "customer", "Acme", "remarks") == INSTEAD
    assert office.value("customer", "Acme", "remarks") == "likes tea"
    office.types("Mo", "customer", "Acme", owner="Roy")
    office.types("Rae", "customer", "Acme", phone="555-4444")
    office.settle()
    assert office.value("customer", "Acme", "phone") == "555-4444"


def test_many_conflicts_over_long_texts_hold_up_no_desk(office: Office):
    fields = [
        str(each.key) for each in office.declared.forms[CUSTOMER].fields if each.type is FieldType.LONG_TEXT
    ]
    office.opens("Rae")
    office.types("Mo", "customer", "Acme", **{each: each + "甲" * 1900 for each in fields})
    office.settle()
    office.types("Rae", "customer", "Acme", **{each: each + "乙" * 1900 for each in fields})
    office.settle()
    office.closes("Rae")
    office.settle()

    said = office.check("Rae", "customer", "Acme")
    assert "甲" * 100 in said
    assert said.count("Mo had changed it") == office.problems("P-0006").count("merge.conflict") >= 5
    shown = [str(each.get(FieldKey("mine"))) for each in office.todo("Rae") if each.get(FieldKey("mine"))]
    assert len(shown) >= 5
    assert all(each.endswith("乙" * 1900) for each in shown), "whole in its own column"
