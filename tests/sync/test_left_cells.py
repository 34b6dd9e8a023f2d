"""Cells that cannot be written one by one (an array formula, a pivot table): what a render may say of them."""

from decimal import Decimal
from pathlib import Path

import pytest

from sheet_templates.form import FieldKey, FormKey
from sync.ports import Refused, Written
from tests.support.small_company import small_company
from tests.support.town import Town

CUSTOMER = FormKey("customer")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(small_company(tmp_path))
    town.adds("Rae", "customer", name="Acme", note="old", size=Decimal(3))
    town.settle()
    town.hands.bind(town.path("Rae"), CUSTOMER, town.at("Rae", "customer", "Acme"), FieldKey("note"))
    town.settle()
    return town


def left(written: tuple[Written | Refused, ...]) -> list[tuple[str | None, str | None]]:
    return [(each.form, each.field) for one in written if isinstance(one, Written) for each in one.left]


def changed_by_the_manager(town: Town) -> list[tuple[str | None, str | None]]:
    """Let the manager change what stands in the bound cell, and the cell beside it."""
    town.types("Mo", "customer", "Acme", note="new", size=Decimal(4))
    _, written = town.round()
    town.settle()
    return left(written)


def test_the_rest_of_the_row_is_written_and_the_cell_is_told(town: Town):
    assert changed_by_the_manager(town) == [("customer", "note")]

    assert town.shows("Rae", "customer", "Acme", "note") == "old"
    assert town.shows("Rae", "customer", "Acme", "size") == 4


def test_what_stands_in_a_cell_that_was_left_is_no_edit(town: Town):
    changed_by_the_manager(town)
    town.types("Rae", "customer", "Acme", size=Decimal(5))
    town.settle()

    assert town.value("customer", "Acme", "note") == "new"
    assert town.value("customer", "Acme", "size") == 5
    assert [each for each in town.problems() if not each.startswith("cell.")] == []


def test_a_cell_that_can_be_written_again_shows_what_stands(town: Town):
    changed_by_the_manager(town)
    town.workbooks.unbind(town.path("Rae"), CUSTOMER)
    town.settle()

    assert town.shows("Rae", "customer", "Acme", "note") == "new"
    assert town.value("customer", "Acme", "note") == "new"
    town.types("Rae", "customer", "Acme", note="newer")
    town.settle()
    assert town.value("customer", "Acme", "note") == "newer"
    assert [each for each in town.problems() if not each.startswith("cell.")] == []


def test_what_is_typed_over_a_cell_that_was_left_was_typed_without_seeing_what_stands(town: Town):
    changed_by_the_manager(town)
    town.workbooks.unbind(town.path("Rae"), CUSTOMER)
    town.types("Rae", "customer", "Acme", note="mine")
    town.settle()

    assert town.value("customer", "Acme", "note") == "new"
    assert "merge.conflict" in town.problems()
    assert town.journal("conflict") == ["mine"]


def test_a_cell_that_was_left_comes_to_rest_and_survives_a_restart(town: Town):
    changed_by_the_manager(town)
    town.start()

    assert town.settle() <= 1
    town.types("Mo", "customer", "Acme", note="newest")
    town.settle()
    assert town.shows("Rae", "customer", "Acme", "note") == "old"
    town.workbooks.unbind(town.path("Rae"), CUSTOMER)
    town.settle()
    assert town.shows("Rae", "customer", "Acme", "note") == "newest"


def test_a_new_record_whose_cell_is_left_claims_nothing_for_it(town: Town):
    path = town.path("Rae")
    at = max(each.at for each in town.hands.rows(path, CUSTOMER) if each.cells.get(FieldKey("name"))) + 1
    town.hands.bind(path, CUSTOMER, at, FieldKey("note"))
    town.settle()
    town.adds("Mo", "customer", name="Beta", note="for Rae")
    town.settle()
    town.types("Mo", "customer", "Beta", owner="Rae")
    town.settle()

    assert town.at("Rae", "customer", "Beta") == at
    assert town.shows("Rae", "customer", "Beta", "note") is None
    town.types("Rae", "customer", "Beta", size=Decimal(1))
    town.settle()
    assert town.value("customer", "Beta", "note") == "for Rae"
    assert [each for each in town.problems() if not each.startswith("cell.")] == []
