"""Columns that lost all that names them, in real workbooks: what stands in them tells which they are, or nothing does."""

import pytest

from sheet_templates.form import FormKey
from tests.support.office import Office

pytestmark = pytest.mark.long


CUSTOMER = FormKey("customer")
NAMES = ("Beta", "Gamma", "Delta", "Epsilon")


@pytest.fixture
def many(office: Office) -> Office:
    """Rae has five customers with phones and remarks."""
    for number, name in enumerate(NAMES):
        office.adds("Rae", "customer", name=name, phone=f"555-900{number}", remarks=f"remark {number}")
    office.settle()
    return office


def unnamed(office: Office, field: str) -> int:
    """Take away what names a column of Rae's customers: key, defined name and header; return where it stands."""
    with office.person.book(office.path("Rae")) as book:
        sheet = book["Customers"]
        at = next(cell.column for cell in sheet[1] if cell.value == field)
        sheet.cell(row=1, column=at).value = None
        sheet.cell(row=2, column=at).value = "whatever"
        del book.defined_names[f"_db_customer_{field}"]
    return at


def types_at(office: Office, name: str, column: int, value: str) -> None:
    with office.person.sheet(office.path("Rae"), CUSTOMER) as sheet:
        sheet.cell(row=office.at("Rae", "customer", name), column=column).value = value


def test_a_column_of_which_more_than_a_tenth_changed_is_absent_not_guessed(many: Office):
    many.opens("Rae")
    at = unnamed(many, "remarks")
    types_at(many, "Delta", at, "typed into it")
    many.settle()

    assert many.value("customer", "Delta", "remarks") == "remark 2"
    assert many.problems(many.desk("Rae").key) == ["column.absent"]


def test_what_is_typed_into_a_column_that_is_known_by_its_content_is_taken(many: Office):
    for number in range(8):
        many.adds("Rae", "customer", name=f"More {number}", remarks=f"other remark {number}")
    many.settle()
    many.opens("Rae")
    at = unnamed(many, "remarks")
    types_at(many, "Delta", at, "typed into it")
    many.settle()

    assert many.value("customer", "Delta", "remarks") == "typed into it"
    assert many.value("customer", "Gamma", "remarks") == "remark 1"
    assert many.problems(many.desk("Rae").key) == ["column.recognised"]
    many.closes("Rae")
    many.settle()
    assert many.shows("Rae", "customer", "Delta", "remarks") == "typed into it"
    many.types("Rae", "customer", "Delta", remarks="typed into the one that was added")
    many.settle()
    assert many.value("customer", "Delta", "remarks") == "typed into the one that was added"


def test_a_column_that_is_like_two_is_absent_and_nothing_is_emptied(many: Office):
    with many.person.sheet(many.path("Rae"), CUSTOMER) as sheet:
        columns = {cell.value: cell.column for cell in sheet[1] if cell.value}
        free = sheet.max_column + 1
        for at in range(3, sheet.max_row + 1):
            sheet.cell(row=at, column=free).value = sheet.cell(row=at, column=columns["remarks"]).value
    many.settle()
    many.opens("Rae")
    unnamed(many, "remarks")
    many.settle()

    assert {many.value("customer", name, "remarks") for name in NAMES} == {f"remark {n}" for n in range(4)}
    assert many.problems(many.desk("Rae").key) == ["column.absent"]
