"""A person at a workbook: sees labels and values, and does to the file what a spreadsheet program does."""

import datetime as dt
from decimal import Decimal
from pathlib import Path, PurePath

import openpyxl
import pytest

from sheet_templates.form import Desk, DeskKey, FormKey, Lang, Role
from sheet_templates.record import RecordId
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sync.demo.seat import Seat, owner_record
from sync.edges.xlsx.busy import busy
from tests.support import shipped

FORMS = shipped.forms()


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    desk = Desk(key=DeskKey("P-0007"), name="王小明", role=Role("rep"), people=("P-0007",), lang=Lang.ZH_HANT)
    path = tmp_path / "王小明.xlsx"
    blanks = {FormKey("lead"): [RecordId(f"id{at}") for at in range(9)]}
    path.write_bytes(render_template(desk, sheets_of(desk.role, FORMS), shipped.words(), blanks=blanks))
    return Seat(who="王小明", path=path, forms=FORMS, lang=Lang.ZH_HANT)


def test_while_the_workbook_is_open_its_owner_file_says_by_whom(seat: Seat):
    now = dt.datetime.now(dt.UTC)
    with seat.open():
        assert busy(seat.path, now) == "王小明"
    assert busy(seat.path, now) is None
    assert [each.name for each in seat.path.parent.iterdir()] == [seat.path.name]


def test_the_owner_file_goes_even_if_the_program_crashes(seat: Seat):
    before = seat.path.read_bytes()
    with pytest.raises(KeyError), seat.open() as book:
        book.sheet("customer").add({"name": "Acme", "colour": "blue"})
    assert busy(seat.path, dt.datetime.now(dt.UTC)) is None
    assert seat.path.read_bytes() == before


def test_an_owner_record_has_the_length_and_the_places_that_excel_gives_it():
    record = owner_record("Zoë")
    assert len(record) == 165
    assert record[1:5] == "Zoë".encode()
    assert record[55:57] == b"\x03\x00"
    assert record[57:63].decode("utf-16-le") == "Zoë"


def test_columns_are_found_by_their_labels_and_typed_values_are_found_again(seat: Seat):
    with seat.open() as book:
        at = book.sheet("lead").add(
            {"title": "GTX", "found_on": dt.date(2026, 11, 3), "expected_amount": Decimal("12.50")}
        )
        assert at == 3
    leads = seat.look().sheet("lead")
    assert leads.find(title="GTX", found_on=dt.date(2026, 11, 3), customer=None) == (3,)
    assert leads.read(3, "expected_amount") == 12.5
    sheet = openpyxl.load_workbook(seat.path)[FORMS[FormKey("lead")].labels.zh_hant]
    cell = next(cell for cell in sheet[3] if cell.value == dt.datetime(2026, 11, 3))
    assert cell.number_format == "yyyy-mm-dd"
    assert cell.font.sz == 10


def test_a_label_that_is_not_there_is_not_guessed(seat: Seat):
    with pytest.raises(KeyError, match="no column “單位成本”"):
        seat.look().sheet("product").read(3, "cost")
    with pytest.raises(KeyError, match="has no field"):
        seat.look().sheet("product").column("colour")


def test_sorting_takes_the_hidden_columns_along_and_leaves_empty_cells_last(seat: Seat):
    with seat.open() as book:
        for title, amount in (("small", 1), ("none", None), ("large", 9)):
            book.sheet("lead").add({"title": title, "expected_amount": amount})
    ids = _hidden(seat)
    assert ids == {"small": "id0", "none": "id1", "large": "id2"}
    with seat.open() as book:
        book.sheet("lead").sort("expected_amount", descending=True)
    leads = seat.look().sheet("lead")
    assert [leads.read(at, "title") for at in (3, 4, 5)] == ["large", "small", "none"]
    assert _hidden(seat) == ids


def test_an_inserted_row_moves_those_below_down(seat: Seat):
    with seat.open() as book:
        contacts = book.sheet("contact")
        contacts.add({"content": "first"})
        contacts.insert(3)
        contacts.type(3, {"content": "before"})
    contacts = seat.look().sheet("contact")
    assert [contacts.read(at, "content") for at in (3, 4)] == ["before", "first"]


def test_a_copy_that_was_taken_along_comes_back_as_it_was_changed(seat: Seat, tmp_path: Path):
    copy = seat.take_along(tmp_path / "bag" / "copy.xlsx")
    with copy.open() as book:
        book.sheet("customer").add({"name": "On the plane"})
    with seat.open() as book:
        book.sheet("customer").add({"name": "At home"})
    seat.bring_back(copy)
    assert seat.look().sheet("customer").find(name="On the plane") == (3,)
    assert seat.look().sheet("customer").find(name="At home") == ()
    assert PurePath(seat.path).name in {each.name for each in seat.path.parent.iterdir()}


def _hidden(seat: Seat) -> dict[object, object]:
    """Return title → what stands in the hidden first column, where the sheet keeps the rows' identity."""
    sheet = openpyxl.load_workbook(seat.path)[FORMS[FormKey("lead")].labels.zh_hant]
    column = next(cell.column for cell in sheet[2] if str(cell.value).startswith("線索名稱"))
    return {
        row[column - 1].value: row[0].value
        for row in sheet.iter_rows(min_row=3)
        if row[column - 1].value is not None
    }
