"""Saves that a soak came upon: rare, and each of them once was read wrongly."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from sheet_templates.form import NUMBER, FieldKey, FormKey
from tests.support.small_company import RAE, small_company
from tests.support.town import Town

CUSTOMER, CLAIM, SUBMIT = FormKey("customer"), FormKey("claim"), FieldKey("submit")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(small_company(Path(tmp_path_factory.mktemp("company"))))
    town.adds(RAE, "customer", name="Acme", note="old")
    town.adds(RAE, "claim", what="a trip", amount=Decimal(100))
    town.settle()
    return town


@pytest.mark.parametrize("saves_between", [0, 1])
def test_what_a_copy_beside_an_open_desk_brought_is_not_undone_by_the_next_save(
    settled: Town, saves_between: int
):
    town = settled.twin()
    path = town.path(RAE)
    copy = town.workbooks.take(path)
    town.opens(RAE)
    town.types(RAE, "claim", "a trip", note="one")
    town.round()
    at = town.at(RAE, "customer", "Acme")
    sheet = copy.sheets[CUSTOMER].put(at, FieldKey("note"), "from the copy")
    town.workbooks.put_back(
        path.with_name("Rae copy.xlsx"), replace(copy, sheets={**copy.sheets, CUSTOMER: sheet})
    )
    town.round()
    assert town.value("customer", "Acme", "note") == "from the copy"

    for n in range(saves_between + 1):
        town.types(RAE, "claim", "a trip", note=f"save {n}")
        town.round()
        assert town.value("customer", "Acme", "note") == "from the copy"
    town.closes(RAE)
    town.settle()
    assert town.shows(RAE, "customer", "Acme", "note") == "from the copy"


@pytest.mark.parametrize("is_open", [False, True])
def test_what_cannot_be_right_in_a_copy_still_waits_after_a_save_of_the_desk_itself(
    settled: Town, is_open: bool
):
    town = settled.twin()
    path, at = town.path(RAE), town.at(RAE, "customer", "Acme")
    copy = town.workbooks.take(path)
    sheet = copy.sheets[CUSTOMER].put(at, FieldKey("size"), "abc")
    town.workbooks.put_back(
        path.with_name("Rae copy.xlsx"), replace(copy, sheets={**copy.sheets, CUSTOMER: sheet})
    )
    if is_open:
        town.opens(RAE)
    for n in range(2):
        town.types(RAE, "customer", "Acme", note=f"save {n}")
        town.round()
    if is_open:
        town.closes(RAE)
    town.settle()

    assert "number.not_a_number" in town.problems(RAE)
    assert town.shows(RAE, "customer", "Acme", "size") == "abc"
    assert town.value("customer", "Acme", "note") == "save 1"


def test_what_somebody_typed_and_took_back_while_his_desk_was_open_is_still_an_undo(settled: Town):
    town = settled.twin()
    town.opens(RAE)
    for note in ("new", "old"):
        town.types(RAE, "customer", "Acme", note=note)
        town.round()
        assert town.value("customer", "Acme", "note") == note
    town.closes(RAE)


def test_a_row_that_was_ticked_and_copied_in_one_save_asks_once(settled: Town):
    town = settled.twin()
    town.types(RAE, "claim", "a trip", submit="Yes")
    town.workbooks.copy_row(town.path(RAE), CLAIM, town.at(RAE, "claim", "a trip"))
    town.settle()

    states = [town.store.run(CLAIM, each.id) is not None for each in town.every("claim")]
    assert sorted(states) == [False, True]


def test_a_copied_row_that_is_ticked_afterwards_asks_too(settled: Town):
    town = settled.twin()
    at = town.workbooks.copy_row(town.path(RAE), CLAIM, town.at(RAE, "claim", "a trip"))
    town.workbooks.type_cell(town.path(RAE), CLAIM, at, SUBMIT, "Yes")
    town.settle()

    states = [town.store.run(CLAIM, each.id) is not None for each in town.every("claim")]
    assert sorted(states) == [False, True]


def test_a_number_that_is_typed_into_a_copied_row_is_what_its_desk_calls_it(settled: Town):
    town = settled.twin()
    at = town.workbooks.copy_row(town.path(RAE), CLAIM, town.at(RAE, "claim", "a trip"))
    town.workbooks.type_cell(town.path(RAE), CLAIM, at, NUMBER, "new7")
    town.settle()

    numbers = [each.number for each in town.every("claim")]
    assert len(set(numbers)) == 2
    assert "new7" not in numbers
    called = [line.entry.detail.get("called") for line in town.store.journal() if line.entry.kind == "number"]
    assert called[-1] == "new7"


def test_a_copied_row_takes_no_number_along(settled: Town):
    town = settled.twin()
    town.workbooks.copy_row(town.path(RAE), CLAIM, town.at(RAE, "claim", "a trip"))
    town.settle()

    assert len({each.number for each in town.every("claim")}) == 2
    assert "merge.number_taken" not in town.problems(RAE)
