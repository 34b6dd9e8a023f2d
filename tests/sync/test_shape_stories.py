"""Desks that lack something, or are gone: what comes back, and what stays as its people made it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook

from sheet_templates.form import FieldKey, FormKey
from tests.support.office import Office, declares, moved_in, open_office

pytestmark = pytest.mark.long


CUSTOMER: Final = FormKey("customer")
NAME: Final = FieldKey("name")
SHEET: Final = "Customers"

WEBSITE: Final = """
extends = true

[fields.website]
type = "text"
labels = { zh-Hant = "網站", zh-Hans = "网站", en = "Website" }
readers = ["marketing", "leader"]
"""


def changed(place: Path, change: Callable[[Workbook], None]) -> None:
    """Change a workbook as an office program does: into a new file that takes the name."""
    book = openpyxl.load_workbook(place)
    change(book)
    fresh = place.with_name("1A2B3C4D")
    book.save(fresh)
    fresh.replace(place)


def furnish(book: Workbook) -> None:
    """Make oneself at home: a column of one's own, a colour, a sheet of one's own."""
    sheet = book[SHEET]
    own = sheet.max_column + 1
    sheet.cell(row=2, column=own).value = "my own column"
    sheet.cell(row=3, column=own).value = "my own words"
    sheet["F3"].fill = PatternFill("solid", fgColor="FFFFFF00")
    book.create_sheet("Mine")["A1"] = "notes"


def at_home(place: Path) -> None:
    """Hold that what `furnish` made is there."""
    book = openpyxl.load_workbook(place)
    said = [str(cell.value) for row in book[SHEET].iter_rows(max_row=3) for cell in row]
    assert "my own column" in said
    assert "my own words" in said
    assert book[SHEET]["F3"].fill.fgColor.rgb == "FFFFFF00"
    assert book["Mine"]["A1"].value == "notes"


def wait(office: Office) -> None:
    """Let the time go by after which a file that is gone is believed to be gone."""
    office.settle()
    office.clock.step(seconds=25)
    office.settle()


def column(place: Path, key: str) -> int | None:
    keys = [cell.value for cell in openpyxl.load_workbook(place)[SHEET][1]]
    return keys.index(key) + 1 if key in keys else None


def test_a_column_that_its_user_deletes_comes_back_with_its_values(office: Office):
    place = office.place("Rae")

    def without_phone(book: Workbook) -> None:
        furnish(book)
        at = [cell.value for cell in book[SHEET][1]].index("phone") + 1
        book[SHEET].delete_cols(at)
        # openpyxl moves the cells only: a program moves the names with their columns.
        for name in [each for each in book.defined_names if each.startswith("_db_customer")]:
            del book.defined_names[name]

    changed(place, without_phone)
    assert column(place, "phone") is None
    office.settle()

    assert office.shows("Rae", "customer", "Acme", "phone") == "555-1001"
    assert office.problems() == ["column.added"]
    assert "Phone" in office.hints("Rae")

    office.types("Rae", "customer", "Acme", phone="555-1009")
    office.settle()
    assert office.value("customer", "Acme", "phone") == "555-1009"
    assert office.problems() == []


def test_a_sheet_that_its_user_deletes_comes_back_with_its_records(office: Office):
    place = office.place("Rae")

    def without_customers(book: Workbook) -> None:
        book.create_sheet("Mine")["A1"] = "notes"
        del book[SHEET]
        for name in [each for each in book.defined_names if each.startswith("_db_customer")]:
            del book.defined_names[name]

    before = openpyxl.load_workbook(place).sheetnames
    changed(place, without_customers)
    office.settle()

    assert openpyxl.load_workbook(place).sheetnames == [*before, "Mine"]
    assert office.shows("Rae", "customer", "Acme", "remarks") == "likes tea"
    assert office.problems() == ["sheet.added"]
    office.adds("Rae", "customer", name="Delta")
    office.settle()
    assert office.record("customer", "Delta").number
    assert len(office.every("customer")) == 3


def test_a_header_that_was_overtyped_says_what_it_said(office: Office):
    place = office.place("Rae")
    at = column(place, "phone")
    assert at is not None

    def rename(book: Workbook) -> None:
        book[SHEET].cell(row=2, column=at).value = "Call them"

    changed(place, rename)
    office.settle()

    assert openpyxl.load_workbook(place)[SHEET].cell(row=2, column=at).value == "Phone"
    assert office.problems() == ["column.renamed"]


def test_a_form_gains_a_field_and_every_desk_that_is_there_shows_it(furnished: Path, tmp_path: Path):
    root = moved_in(furnished, tmp_path)
    rae = root / "desks" / "Rae" / "Rae.xlsx"
    changed(rae, furnish)
    with open_office(root) as office:
        office.settle()
    old = rae.read_bytes()
    declares(root, {"forms/customer.toml": WEBSITE})

    with open_office(root, "c") as office:
        office.settle()
        assert column(rae, "website") is not None
        assert "website" in office.row("Marketing", "customer", "Acme").cells
        assert "website" not in office.row("Finance", "customer", "Acme").cells
        assert "Website" in office.hints("Rae")
        at_home(rae)
        office.types("Rae", "customer", "Acme", website="acme.example")
        office.settle()
        assert office.shows("Marketing", "customer", "Acme", "website") == "acme.example"

        # A copy from before is merged against what it showed, and brought up to date.
        rae.write_bytes(old)
        office.types("Rae", "customer", "Acme", remarks="likes coffee now")
        office.settle()
        assert office.value("customer", "Acme", "remarks") == "likes coffee now"
        assert office.shows("Rae", "customer", "Acme", "website") == "acme.example"
        at_home(rae)

    with open_office(root, "d") as office:
        stands = rae.read_bytes()
        office.settle()
        assert rae.read_bytes() == stands


def test_a_desk_made_anew_keeps_what_was_its_peoples(office: Office):
    place = office.place("Rae")
    changed(place, furnish)
    office.types("Rae", "customer", "Acme", phone="555-7")
    office.settle()
    place.unlink()
    wait(office)

    at_home(place)
    assert office.shows("Rae", "customer", "Acme", "phone") == "555-7"
    assert office.problems() == ["desk.revived"]


def test_a_desk_whose_last_version_is_not_kept_is_made_from_its_template(office: Office):
    place = office.place("Rae")
    known = office.store.file(office.desk("Rae").key)
    assert known is not None
    office.folder.versions.path(known.file).unlink()
    place.unlink()
    wait(office)

    assert office.shows("Rae", "customer", "Acme", "phone") == "555-1001"
    assert office.problems() == ["desk.remade"]


def test_a_desk_made_anew_brings_nothing_back_that_may_no_longer_be_seen(furnished: Path, tmp_path: Path):
    root = moved_in(furnished, tmp_path)
    place = root / "desks" / "Lena" / "Lena.xlsx"
    secret = '\n[fields.remarks]\nreaders = ["presales"]\n'
    declares(root, {"forms/customer.toml": f"extends = true\n{secret}"})

    with open_office(root, "c") as office:
        assert office.tells("Lena", "likes tea")
        place.unlink()
        wait(office)
        assert office.shows("Lena", "customer", "Acme", "name") == "Acme"
        assert not office.tells("Lena", "likes tea")
        assert office.problems() == ["desk.remade"]


def offered(place: Path, sheet: str, key: str) -> tuple[str, ...]:
    book = openpyxl.load_workbook(place)
    at = [cell.value for cell in book[sheet][1]].index(key) + 1
    cell = book[sheet].cell(row=3, column=at).coordinate
    (rule,) = (each for each in book[sheet].data_validations.dataValidation if cell in each.sqref)
    source = str(rule.formula1)
    if source.startswith('"'):
        return tuple(source.strip('"').split(","))
    title, _, area = source.rpartition("!")
    return tuple(str(each.value) for (each,) in book[title.strip("'")][area])


def test_a_customer_registered_today_is_offered_in_yesterdays_desk(office: Office):
    place = office.place("Rae")
    assert offered(place, "Quotations", "customer") == ("Acme",)
    office.adds("Rae", "customer", name="Delta")
    office.settle()

    assert offered(place, "Quotations", "customer") == ("Acme", "Delta")
    assert offered(office.place("Roy"), "Quotations", "customer") == ("Coda",)
