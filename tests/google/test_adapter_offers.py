"""What online desks offer in drop-downs, however many entries that are, and what they say beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

import pytest

from sheet_templates.form import FieldKey
from sync.edges.xlsx.a1 import letters
from sync.ports import Hash, Patch, RenderId, Shape, SheetPatch
from tests.support.google.people import Hand, NotAllowed
from tests.support.google_desks import Online, online
from tests.support.small import labels
from tests.support.workbooks_contract import DESK, ORDER, contract_forms, copy, patch, puts, written

PATH = PurePath("desks/wang/wang.gsheet")
WANG = "wang@firm.example"
BUYER = (ORDER, FieldKey("buyer"))
FEW = tuple(f"客戶 {number}" for number in range(3))
MANY = tuple(f"客戶 {number:04}" for number in range(700))


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Online]:
    forms = contract_forms()
    order = forms[ORDER]
    fields = tuple(
        replace(each, help=labels("Whose it is")) if each.key == "buyer" else each for each in order.fields
    )
    with online(tmp_path, {**forms, ORDER: replace(order, fields=fields)}, {DESK.key: (WANG,)}) as found:
        yield found


def offering(render: str, choices: tuple[str, ...]) -> Patch:
    shape = Shape(desk=DESK, choices={BUYER: choices}, offers=f"{len(choices)} entries")
    found = patch(render, *puts(3, _id="aaaaaaaaaaaa", buyer="客戶 1"))
    return Patch(render=found.render, sheets=found.sheets, shape=shape)


def hand(far: Online) -> Hand:
    return far.google.person(far.google.service_account_mail).open(far.id(PATH))


def rule(far: Online, column: int = 5) -> Mapping[str, Any]:
    """Return the rule of a cell in which somebody enters a buyer, or of one in another column."""
    book = far.google.file(far.id(PATH)).book
    assert book is not None
    sheet = book.titled("order")
    assert sheet is not None
    found = sheet.at(2, column).validation
    assert found is not None
    return dict(found)


def offered(far: Online) -> list[str]:
    """Return what its drop-down lists."""
    condition = rule(far)["condition"]
    said = [each["userEnteredValue"] for each in condition["values"]]
    if condition["type"] == "ONE_OF_LIST":
        return said
    assert condition["type"] == "ONE_OF_RANGE"
    return [cell for row in hand(far).see(said[0].removeprefix("=")) for cell in row]


def made(far: Online, choices: tuple[str, ...]) -> Hash:
    return written(far.workbooks.create(PATH, DESK, offering("r1", choices))).file


@pytest.mark.parametrize("choices", [FEW, MANY], ids=["few", "many"])
def test_a_new_desk_offers_every_entry(far: Online, choices: tuple[str, ...]):
    file = made(far, choices)
    far.look()

    assert offered(far) == [*choices]
    assert far.workbooks.digest(PATH) == file
    assert copy(far.workbooks.read(PATH)).offers == f"{len(choices)} entries"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FEW, MANY),
        pytest.param(MANY, MANY[1:300], marks=pytest.mark.long),
        pytest.param(MANY, (*MANY, "又一家"), marks=pytest.mark.long),
        pytest.param(FEW, FEW[1:], marks=pytest.mark.long),
    ],
)
def test_a_desk_that_is_written_offers_what_there_is_now(
    far: Online, before: tuple[str, ...], after: tuple[str, ...]
):
    file = made(far, before)
    prompt = rule(far).get("inputMessage")
    ended = written(far.workbooks.write(PATH, file, offering("r2", after)))
    far.look()

    assert offered(far) == [*after]
    assert far.workbooks.digest(PATH) == ended.file
    assert copy(far.workbooks.read(PATH)).render == "r2"
    assert rule(far).get("inputMessage") == prompt


def test_what_a_column_says_of_itself_stays_when_its_entries_change(far: Online):
    file = made(far, FEW)
    before = rule(far)
    written(far.workbooks.write(PATH, file, offering("r2", FEW[:2])))

    assert before["inputMessage"] == "Whose it is"
    assert rule(far)["inputMessage"] == before["inputMessage"]


def test_a_column_in_which_anything_may_be_typed_says_what_belongs_there_too(far: Online):
    """Google has no words beside a cell without a rule, so there is one that everything keeps."""
    written(far.workbooks.create(PATH, DESK, patch("r1")))

    assert rule(far)["inputMessage"] == "Whose it is"
    assert rule(far)["condition"] == {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=TRUE"}]}


@pytest.mark.long
@pytest.mark.parametrize("name", ["=1+1", "+49 GmbH", "'t Hart"])
def test_an_entry_that_google_would_take_for_a_formula_is_offered_as_it_is(far: Online, name: str):
    made(far, (*FEW, name))
    assert offered(far) == [*FEW, name]
    assert rule(far)["condition"]["type"] == "ONE_OF_RANGE"


@pytest.mark.long
def test_a_column_that_is_put_back_is_marked_red_and_kept_from_others_as_before(far: Online):
    made(far, FEW)
    hand(far).delete_columns("order", "M")
    far.look()
    read = copy(far.workbooks.read(PATH))
    cost = FieldKey("cost")
    assert cost not in read.sheets[ORDER].columns

    shape = Shape(desk=DESK, choices={BUYER: FEW}, offers="3 entries")
    wider = SheetPatch(form=ORDER, puts=puts(3, cost=Decimal(7)), columns=(cost,))
    ended = written(
        far.workbooks.write(PATH, read.file, Patch(render=RenderId("r2"), sheets=(wider,), shape=shape))
    )
    far.look()
    assert far.workbooks.digest(PATH) == ended.file

    at = copy(far.workbooks.read(PATH)).sheets[ORDER].columns[cost]
    book = far.google.file(far.id(PATH)).book
    assert book is not None
    sheet = book.titled("order")
    assert sheet is not None
    said = [
        rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"]
        for rule, areas in sheet.conditional
        if any((area.left or 0) <= at - 1 < (area.right or 99) for area in areas)
    ]
    assert [each for each in said if ",cost," in each]
    with pytest.raises(NotAllowed):
        far.google.person(WANG).open(far.id(PATH)).type(f"order!{letters(at)}3", "8")


def test_a_tick_is_not_taken_for_the_number_one(far: Online):
    file = written(
        far.workbooks.create(PATH, DESK, patch("r1", *puts(3, _id="aaaaaaaaaaaa", paid=Decimal(1))))
    ).file
    ended = written(far.workbooks.write(PATH, file, patch("r2", *puts(3, paid=True))))
    far.look()

    assert copy(far.workbooks.read(PATH)).sheets[ORDER].rows[0].cells[FieldKey("paid")] is True
    assert far.workbooks.digest(PATH) == ended.file


@pytest.mark.long
def test_people_see_no_list_and_may_not_write_one(far: Online):
    made(far, MANY)
    assert "_deskbook" not in far.google.person(WANG).open(far.id(PATH)).sheets()
