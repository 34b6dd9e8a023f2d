"""The stories of docs/merge.md, played: people at their desks, the daemon's own rounds, and what stands afterwards."""

import re
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from sheet_templates.form import ID, FieldKey, FormKey
from sheet_templates.record import State
from sync.brake import Brake
from sync.declared import Declared
from sync.places import MASTER_FILE
from tests.support.small import field
from tests.support.small_company import MO, RAE, ROY, small_company
from tests.support.town import Town
from tests.support.workbooks import FakeFile

CUSTOMER = FormKey("customer")
CLAIM = FormKey("claim")
NOTE = FieldKey("note")


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return small_company(tmp_path_factory.mktemp("company"))


@pytest.fixture
def town(declared: Declared) -> Town:
    """Three customers of Rae, whom Mo, her manager, sees too."""
    return with_customers(declared, "A", "B", "C")


def with_customers(declared: Declared, *names: str) -> Town:
    town = Town(declared)
    for name in names:
        town.adds(RAE, "customer", name=name, note="old", size=3)
    town.settle()
    return town


def notes(town: Town) -> dict[str, object]:
    return {str(each["name"]): each["note"] for each in town.every("customer")}


def test_what_one_did_not_touch_never_overwrites_anybody(town):
    town.types(MO, "customer", "A", note="Mo's")
    town.types(RAE, "customer", "A", size=9)
    town.settle()

    record = town.record("customer", "A")
    assert (record["note"], record["size"]) == ("Mo's", 9)
    assert town.problems() == []


def test_of_two_who_change_one_cell_the_first_stands_and_the_other_is_told_everything(town):
    town.types(MO, "customer", "A", note="Mo's")
    town.types(RAE, "customer", "A", note="Rae's")
    town.settle()

    assert town.value("customer", "A", "note") == "Mo's"
    said = str(town.shows(RAE, "customer", "A", "check"))
    assert all(each in said for each in ("“Rae's”", "“Mo's”", "“old”", "Mo had changed it"))
    assert town.shows(RAE, "customer", "A", "_mark") == ",note,"
    assert [str(each[FieldKey("hint")]) for each in town.todo(RAE)] == [said]
    assert "Rae's" in town.journal("conflict")


def test_who_lost_types_it_again_and_it_is_taken(town):
    town.types(MO, "customer", "A", note="Mo's")
    town.types(RAE, "customer", "A", note="Rae's")
    town.settle()
    town.types(RAE, "customer", "A", note="Rae's")
    town.settle()

    assert town.value("customer", "A", "note") == "Rae's"
    assert town.shows(MO, "customer", "A", "note") == "Rae's"
    assert (town.store.conflicts(), town.problems(RAE)) == ((), [])
    assert town.problems(MO) == ["conflict.chosen"]


def test_what_is_typed_in_anothers_column_is_put_back_told_and_kept(town):
    town.types(RAE, "customer", "A", klass="A")
    town.settle()

    assert town.shows(RAE, "customer", "A", "klass") is None
    assert "belongs to Sales manager" in str(town.shows(RAE, "customer", "A", "check"))
    assert town.journal("reject") == ["A"]


def test_what_cannot_be_right_stays_in_its_desk_and_others_see_the_last_value_that_was(town):
    town.types(RAE, "customer", "A", size="many")
    town.settle()

    assert town.shows(RAE, "customer", "A", "size") == "many"
    assert town.shows(RAE, "customer", "A", "_mark") == ",size,"
    assert town.shows(MO, "customer", "A", "size") == 3
    assert town.value("customer", "A", "size") == 3


def test_an_emptied_required_cell_is_put_back(town):
    town.types(RAE, "customer", "A", name=None)
    town.settle()

    assert town.shows(RAE, "customer", "A", "name") == "A"
    assert town.problems(RAE) == ["schema.required"]


def test_what_waits_for_a_customer_is_taken_when_somebody_registers_him(town):
    town.adds(RAE, "claim", what="Train", amount=5, customer="Zeta")
    town.settle()
    assert town.every("claim") == ()
    town.adds(ROY, "customer", name="Zeta")
    town.settle()

    assert town.every("claim")[0]["customer"] == town.record("customer", "Zeta").number
    assert town.problems(RAE) == []


def test_people_entered_in_one_save_may_be_each_others_superiors_in_any_order(town):
    for name, superior in (("Sub", "Mid"), ("Mid", "Top"), ("Top", None)):
        town.adds("admin", "people", name=name, role="rep", superior=superior)
    town.round()

    superiors = {str(each["name"]): each["superior"] for each in town.every("people")}
    assert superiors["Sub"] == town.record("people", "Mid").number
    assert superiors["Mid"] == town.record("people", "Top").number
    assert town.problems("admin") == []


def test_what_waits_is_looked_at_again_when_the_daemon_starts(town):
    town.adds(RAE, "claim", what="Train", amount=5, customer="Zeta")
    town.settle()
    town.adds(ROY, "customer", name="Zeta")
    town.engine.ingest(town.path(ROY))
    town.start()
    town.round()

    assert len(town.every("claim")) == 1


def test_a_copy_that_comes_back_late_changes_only_what_was_typed_into_it(town):
    home = town.workbooks.take(town.path(RAE))
    town.types(RAE, "customer", "A", note="newer")
    town.settle()
    town.types(MO, "customer", "B", note="Mo's")
    town.settle()
    town.workbooks.put_back(town.path(RAE), home)
    town.types(RAE, "customer", "C", note="typed at home")
    town.settle()

    assert notes(town) == {"A": "newer", "B": "Mo's", "C": "typed at home"}
    assert [town.shows(RAE, "customer", each, "note") for each in "ABC"] == ["newer", "Mo's", "typed at home"]
    assert town.problems(RAE) == ["merge.stale"]


def test_a_copy_beside_the_desk_is_read_like_another_save_and_one_elsewhere_counts_for_nothing(town):
    own = town.path(RAE)
    for place, typed in (
        (own.with_name("Rae - Copy.xlsx"), "beside"),
        (town.path(MO).with_name("x.xlsx"), "forged"),
    ):
        town.workbooks.put_back(place, town.workbooks.take(own))
        town.workbooks.type_cell(place, CUSTOMER, town.at(RAE, "customer", "A"), NOTE, typed)
        town.settle()

    assert town.value("customer", "A", "note") == "beside"
    assert town.shows(RAE, "customer", "A", "note") == "beside"
    assert town.problems(RAE) == ["file.astray"]
    assert not town.engine.held(town.desk(RAE))


@pytest.mark.parametrize("how", ["delete", "empty"])
def test_a_row_that_is_deleted_or_emptied_comes_back(town, how):
    at = town.at(RAE, "customer", "B")
    if how == "delete":
        town.workbooks.delete_row(town.path(RAE), CUSTOMER, at)
    else:
        for each in ("number", "name", "owner", "note", "size"):
            town.workbooks.type_cell(town.path(RAE), CUSTOMER, at, FieldKey(each), None)
    town.settle()

    assert town.shows(RAE, "customer", "B", "note") == "old"
    assert town.problems(RAE) == ["merge.missing"]
    assert len(town.every("customer")) == 3


def test_deleting_a_row_that_was_no_record_yet_deletes_it(town):
    record = town.adds(RAE, "claim", what="Train", amount="much")
    town.settle()
    assert record is not None
    assert town.has(RAE, "claim", record)
    town.workbooks.delete_row(town.path(RAE), CLAIM, town.at(RAE, "claim", record))
    town.settle()

    assert not town.has(RAE, "claim", record)
    assert town.problems(RAE) == []


def test_a_copied_row_is_a_new_record_without_the_sign_offs_of_the_first(town):
    town.adds(RAE, "claim", what="Train", amount=5, submit=True)
    town.settle()
    number = town.every("claim")[0].number
    town.types(MO, "claim", number, manager_manager="agree")
    town.settle()
    town.workbooks.copy_row(town.path(RAE), CLAIM, town.at(RAE, "claim", number))
    town.settle()

    first, second = town.every("claim")
    assert (first.state, second.state) == (State.APPROVED, State.DRAFT)
    assert second["submit"] is None
    assert second.number != first.number
    assert town.decisions("claim", second.number) == ()


def test_a_copy_of_what_must_be_unique_waits_until_it_is_changed(town):
    at = town.workbooks.copy_row(town.path(RAE), CUSTOMER, town.at(RAE, "customer", "B"))
    town.settle()
    assert "check.unique" in town.problems(RAE)
    assert len(town.every("customer")) == 3
    town.workbooks.type_cell(town.path(RAE), CUSTOMER, at, FieldKey("name"), "D")
    town.settle()

    assert [each["name"] for each in town.every("customer")] == ["A", "B", "C", "D"]
    assert "check.unique" not in town.problems(RAE)


def test_sorting_changes_nothing_and_nothing_is_moved_back(town):
    town.workbooks.sort(town.path(RAE), CUSTOMER, FieldKey("name"), reverse=True)
    before = town.workbooks.digest(town.path(RAE))
    town.settle()

    assert town.workbooks.digest(town.path(RAE)) == before
    assert town.at(RAE, "customer", "A") > town.at(RAE, "customer", "C")
    assert town.problems() == []


def test_a_column_that_is_gone_empties_nothing_and_comes_back_with_what_it_showed(town):
    town.workbooks.drop_column(town.path(RAE), CUSTOMER, NOTE)
    town.settle()

    assert set(notes(town).values()) == {"old"}
    assert town.problems() == ["column.added"]
    assert {town.shows(RAE, "customer", each, "note") for each in "ABC"} == {"old"}


def test_a_column_that_is_gone_is_told_once_while_the_workbook_stays_open(town):
    town.opens(RAE)
    town.workbooks.drop_column(town.path(RAE), CUSTOMER, NOTE)
    town.settle()
    town.types(RAE, "customer", "A", size=4)
    town.settle()
    town.types(RAE, "customer", "B", size=4)
    town.settle()

    assert town.problems() == ["column.absent"]
    assert set(notes(town).values()) == {"old"}


def test_that_a_column_came_back_is_told_until_its_person_saves(town):
    town.workbooks.drop_column(town.path(RAE), CUSTOMER, NOTE)
    town.settle()
    town.types(RAE, "customer", "A", size=4, note="new")
    town.settle()

    assert town.problems() == []
    assert notes(town)["A"] == "new"


def test_an_id_that_nobody_knows_makes_a_new_row_and_is_kept_in_what_is_told(town):
    at = town.adds_unstamped(RAE, "customer", name="D")
    town.workbooks.type_cell(town.path(RAE), CUSTOMER, at, ID, "typed by hand")
    town.settle()

    assert town.problems(RAE) == ["merge.unknown"]
    assert "typed by hand" in str(town.shows(RAE, "customer", "D", "check"))
    assert town.journal("mark") == ["typed by hand"]
    assert town.row(RAE, "customer", "D").id == town.record("customer", "D").id != "typed by hand"


def test_a_new_row_that_may_be_what_an_earlier_save_brought_is_told_with_the_number(town):
    town.opens(RAE)
    at = town.adds_unstamped(RAE, "customer", name="Dora")
    town.settle()
    town.workbooks.type_cell(town.path(RAE), CUSTOMER, at, FieldKey("name"), "Wholly different")
    town.settle()

    assert [each["name"] for each in town.every("customer")] == ["A", "B", "C", "Dora", "Wholly different"]
    problem = town.problem(RAE, "merge.doubled")
    assert dict(problem.what.params) == {"number": town.record("customer", "Dora").number}


def test_columns_of_others_sorted_apart_hold_the_save(town):
    rows = town.workbooks.rows(town.path(RAE), CUSTOMER)
    owners = {"A": "A", "B": "B", "C": "A"}
    for name, klass in owners.items():
        town.types(MO, "customer", name, klass=klass, owner="Rae")
    town.settle()
    for row, klass in zip(rows, ("B", "A", "B"), strict=False):
        town.workbooks.type_cell(town.path(RAE), CUSTOMER, row.at, FieldKey("klass"), klass)
    town.settle()

    assert town.problems(RAE) == ["file.held.apart"]
    assert town.engine.held(town.desk(RAE))


@pytest.fixture
def many(declared: Declared) -> Town:
    return with_customers(declared, *(f"C{n:02}" for n in range(12)))


def test_a_save_in_which_much_is_gone_is_held_whole_until_it_is_released(many):
    many.types(RAE, "customer", "C11", note="typed with it")
    for _ in range(6):
        many.workbooks.delete_row(many.path(RAE), CUSTOMER, 3)
    file = many.workbooks.take(many.path(RAE)).sheets[CUSTOMER]
    many.settle()
    many.types(MO, "customer", "C10", note="Mo's")
    many.settle()

    assert many.problems(RAE) == ["file.held.missing"]
    assert many.value("customer", "C11", "note") == "old"
    assert many.workbooks.take(many.path(RAE)).sheets[CUSTOMER] == file, "only 待辦 is written"

    many.answers(RAE, "take")
    many.settle()
    assert many.value("customer", "C11", "note") == "typed with it"
    assert many.shows(RAE, "customer", "C10", "note") == "Mo's"
    assert many.has(RAE, "customer", "C00")


def test_a_save_in_which_much_changed_is_held_and_goes_on_when_it_was_undone(many):
    saved = many.workbooks.take(many.path(RAE))
    for n in range(8):
        many.types(RAE, "customer", f"C{n:02}", note="all the same")
    many.settle()
    assert many.problems(RAE) == ["file.held.changed"]

    many.workbooks.put_back(many.path(RAE), saved)
    many.types(RAE, "customer", "C00", note="just this")
    many.settle()
    assert many.problems(RAE) == []
    assert notes(many)["C00"] == "just this"
    assert notes(many)["C01"] == "old"


def test_five_rows_or_fewer_are_never_held(many):
    for _ in range(5):
        many.workbooks.delete_row(many.path(RAE), CUSTOMER, 3)
    many.settle()

    assert many.problems(RAE) == ["merge.missing"] * 5


def test_a_workbook_that_is_open_is_written_when_it_is_closed(town):
    town.opens(RAE)
    town.types(MO, "customer", "A", note="Mo's")
    town.settle()
    assert town.shows(RAE, "customer", "A", "note") == "old"
    town.closes(RAE)
    town.settle()

    assert town.shows(RAE, "customer", "A", "note") == "Mo's"


def test_an_undo_while_the_workbook_stays_open_is_an_edit(town):
    town.opens(RAE)
    town.types(RAE, "customer", "A", note="new")
    town.settle()
    town.types(RAE, "customer", "A", note="old")
    town.settle()

    assert town.value("customer", "A", "note") == "old"


def test_a_workbook_that_is_gone_is_made_anew_after_a_while(town):
    town.types(RAE, "customer", "A", note="typed")
    town.settle()
    town.workbooks.remove(town.path(RAE))
    for _ in range(15):
        town.round()
    assert town.path(RAE) not in town.workbooks.files
    for _ in range(10):
        town.round()

    assert town.shows(RAE, "customer", "A", "note") == "typed"
    assert len(town.every("customer")) == 3


def test_a_master_that_is_gone_is_made_anew_after_the_next_change(town):
    town.workbooks.remove(MASTER_FILE)
    town.types(RAE, "customer", "A", note="typed")
    for _ in range(25):
        town.round()

    assert [each.cells[NOTE] for each in town.workbooks.rows(MASTER_FILE, CUSTOMER) if each.cells[NOTE]] == [
        "typed",
        "old",
        "old",
    ]
    assert town.settle() == 0


def test_anothers_workbook_in_ones_folder_is_held(town):
    town.workbooks.put_back(town.path(RAE), town.workbooks.take(town.path(MO)))
    town.types(RAE, "customer", "A", note="where am I")
    town.settle()

    assert town.problems(RAE) == ["file.other_desk"]
    assert set(notes(town).values()) == {"old"}


def submitted(town: Town) -> str:
    town.adds(RAE, "claim", what="Train", amount=100, submit=True)
    town.settle()
    return town.every("claim")[0].number


def test_a_sign_off_beside_an_overtyped_amount_does_not_count(town):
    number = submitted(town)
    town.types(MO, "claim", number, amount=90, manager_manager="agree")
    town.settle()

    assert town.record("claim", number).state is State.SUBMITTED
    assert set(town.problems(MO)) == {"ownership.field", "sign.stale"}
    town.types(MO, "claim", number, manager_manager="agree")
    town.settle()
    assert town.record("claim", number).state is State.APPROVED


def test_a_sign_off_on_an_amount_that_changed_meanwhile_does_not_count(town):
    number = submitted(town)
    opened = town.workbooks.take(town.path(MO))
    town.types(RAE, "claim", number, amount=900)
    town.settle()
    town.workbooks.put_back(town.path(MO), opened)
    town.types(MO, "claim", number, manager_manager="agree")
    town.settle()

    assert town.record("claim", number).state is State.SUBMITTED
    assert "sign.stale" in town.problems(MO)


def test_a_material_change_voids_the_decisions_and_puts_it_up_anew(town):
    number = submitted(town)
    town.types(MO, "claim", number, manager_manager="agree")
    town.settle()
    town.types(RAE, "claim", number, amount=200)
    town.settle()

    assert town.record("claim", number).state is State.SUBMITTED
    assert [each.voided for each in town.decisions("claim", number)] == ["chain.void.changed"]
    assert town.shows(MO, "claim", number, "manager_manager") is None


def test_the_page_quotes_the_brakes_as_they_are():
    page = (Path(__file__).parents[2] / "docs" / "merge.md").read_text(encoding="utf-8")

    for said in (
        "in a sheet of ten rows or more,",
        "over a fifth of the rows are gone",
        "over thirty percent of what the edited rows held was emptied",
        "in over thirty percent of the rows or in more than twenty of them",
        "over sixty percent of the rows had something typed over",
        "always in more than five rows",
        "columns of *others* stand in other rows, in three rows or more",
    ):
        assert said in page
    assert Brake() == Brake(least=10, few=5, missing=0.2, changed=0.6, cleared=0.3, alike=0.3, many=20)


def pasted(town: Town, source: FakeFile, at: int) -> None:
    """Let Rae paste a row of *source* below all others of her workbook."""
    file = town.workbooks.take(town.path(RAE))
    sheet = file.sheets[CUSTOMER]
    rows = {**sheet.rows, sheet.last + 1: source.sheets[CUSTOMER].rows[at]}
    town.workbooks.put_back(
        town.path(RAE), replace(file, sheets={**file.sheets, CUSTOMER: replace(sheet, rows=rows)})
    )


def handed_over(town: Town) -> tuple[FakeFile, int]:
    """Let Rae see a customer's note change twice and then not see him; return her second copy, and his row there."""
    town.types(MO, "customer", "A", note="second")
    town.settle()
    copy, at = town.workbooks.take(town.path(RAE)), town.at(RAE, "customer", "A")
    town.types(MO, "customer", "A", note="third")
    town.settle()
    town.types(MO, "customer", "A", owner="Roy")
    town.settle()
    assert not town.has(RAE, "customer", "A")
    return copy, at


def test_a_row_pasted_from_another_copy_is_merged_against_what_was_shown_last(town):
    copy, at = handed_over(town)
    pasted(town, copy, at)
    town.settle()

    assert len(town.every("customer")) == 3
    assert notes(town)["A"] == "third"
    assert town.journal("conflict") == []

    row = copy.sheets[CUSTOMER].put(at, FieldKey("size"), 8.0)
    pasted(town, replace(copy, sheets={**copy.sheets, CUSTOMER: row}), at)
    town.settle()
    assert (town.value("customer", "A", "size"), notes(town)["A"]) == (8, "third")


def test_what_was_typed_into_a_pasted_row_meets_what_others_changed_as_a_conflict(town):
    copy, at = handed_over(town)
    town.types(MO, "customer", "A", note="fourth, which Rae was never shown")
    town.settle()
    pasted(
        town, replace(copy, sheets={**copy.sheets, CUSTOMER: copy.sheets[CUSTOMER].put(at, NOTE, "mine")}), at
    )
    town.settle()

    assert notes(town)["A"].startswith("fourth")
    assert town.journal("conflict") == ["mine"]


def test_a_copy_of_a_copy_is_merged_against_what_it_was_copied_from(town):
    own = town.path(RAE)
    first, second = own.with_name("first.xlsx"), own.with_name("second.xlsx")
    town.workbooks.put_back(first, town.workbooks.take(own))
    town.workbooks.type_cell(first, CUSTOMER, town.at(RAE, "customer", "A"), NOTE, "in the first copy")
    at = town.at(RAE, "customer", "B")
    copied = town.workbooks.take(first)
    town.settle()
    town.types(MO, "customer", "A", note="Mo's, after that")
    town.settle()
    town.workbooks.put_back(second, copied)
    town.workbooks.type_cell(second, CUSTOMER, at, NOTE, "in the second copy")
    town.settle()

    assert notes(town) == {"A": "Mo's, after that", "B": "in the second copy", "C": "old"}
    assert town.journal("conflict") == []


@pytest.mark.parametrize("order", tuple(permutations(range(3))))
def test_copies_of_a_desk_may_be_brought_back_in_any_order(town, order):
    copies = []
    for number, name in enumerate("ABC"):
        file, at = town.workbooks.take(town.path(RAE)), town.at(RAE, "customer", name)
        typed = file.sheets[CUSTOMER].put(at, NOTE, f"typed in copy {number}")
        copies.append(replace(file, sheets={**file.sheets, CUSTOMER: typed}))
        town.types(MO, "customer", name, size=5 + number)
        town.settle()
    for number in order:
        town.clock.step(hours=24 * 9)
        town.workbooks.put_back(town.path(RAE), copies[number])
        town.settle()

    assert notes(town) == {name: f"typed in copy {number}" for number, name in enumerate("ABC")}
    assert [town.value("customer", name, "size") for name in "ABC"] == [5, 6, 7]
    assert town.journal("conflict") == []
    assert [town.shows(RAE, "customer", name, "size") for name in "ABC"] == [5, 6, 7]


def test_a_copy_from_before_a_column_was_added_to_its_form_empties_nothing_in_it(town):
    before = town.workbooks.take(town.path(RAE))
    form = town.declared.forms[CUSTOMER]
    phone = field("phone", owners=("rep", "manager"))
    forms = {**town.declared.forms, CUSTOMER: replace(form, fields=(*form.fields, phone))}
    later = town.twin(replace(town.declared, forms=forms))
    later.workbooks.forms = forms
    for key in (RAE, MO):
        later.workbooks.remove(later.path(key))
    for _ in range(25):
        later.round()
    later.types(MO, "customer", "A", phone="555")
    later.settle()
    later.workbooks.put_back(later.path(RAE), before)
    later.types(RAE, "customer", "A", note="typed in the old copy")
    later.settle()

    assert (later.value("customer", "A", "phone"), notes(later)["A"]) == ("555", "typed in the old copy")
    assert later.problems(RAE) == ["column.added"]
    assert later.shows(RAE, "customer", "A", "phone") == "555"


PAGE = Path(__file__).parents[2] / "docs" / "merge.md"


def test_every_case_of_the_tables_names_a_test_that_there_is():
    page = PAGE.read_text(encoding="utf-8")
    cases = re.findall(r"^\| ([CRKF]\d+u?) \|", page, re.MULTILINE)
    _, listed = page.split("## What tests each case")
    named = {
        case: re.findall(r"`(test_\w+)`", tests)
        for case, tests in re.findall(r"^- \*\*(\w+)\*\*: ((?:.|\n  )+)$", listed, re.MULTILINE)
    }
    there = {
        test
        for place in PAGE.parents[1].joinpath("tests").rglob("*.py")
        for test in re.findall(r"^ *def (test_\w+)\(", place.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert len(cases) == len(set(cases)) >= 42
    assert list(named) == cases
    assert not [case for case, tests in named.items() if not tests]
    assert not {*re.findall(r"`(test_\w+)`", listed)} - there
