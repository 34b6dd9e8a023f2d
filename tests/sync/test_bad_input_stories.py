"""Bad input stops only itself: stories of files and cells that cannot be what they say."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest

from sheet_templates.form import FormKey
from sync.ports import MessageState
from tests.support.papers import submitted

CUSTOMER, QUOTATION, LINE = FormKey("customer"), FormKey("quotation"), FormKey("quotation_line")
EXPENSE, ORDER, ORDER_LINE = FormKey("expense"), FormKey("order"), FormKey("order_line")
TODAY = dt.date(2026, 10, 26)


def damaged(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def encrypted(_raw: bytes) -> bytes:
    return (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    )


def another_template(_raw: bytes) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Name", "Phone"])
    book.active.append(["Acme", "555"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (damaged, "file.half_written"),
        (lambda _raw: b"", "file.empty"),
        (lambda _raw: b"name,phone\nAcme,555\n", "file.csv"),
        (lambda _raw: bytes(range(1, 200)), "file.not_a_workbook"),
        (encrypted, "file.password"),
        (another_template, "file.not_a_desk"),
    ],
    ids=["half-written", "empty", "a csv", "not a workbook", "password-protected", "another template"],
)
def test_a_file_that_cannot_be_read_waits_with_a_word_and_the_rest_goes_on(
    office, spoil: Callable[[bytes], bytes], key: str
):
    good = office.raw("Rae")
    bad = spoil(good)
    office.place("Rae").write_bytes(bad)
    office.types("Roy", "customer", "Coda", remarks="meanwhile")
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()

    assert office.value("customer", "Coda", "remarks") == "meanwhile"
    problem = office.problem(office.desk("Rae").key, key)
    assert office.declared.words.say(problem.mend, office.declared.lang)
    assert office.raw("Rae") == bad, "it stays as it is"
    mails = office.mailroom.digests(office.clock.now()).messages
    assert "Rae.xlsx" in next(each.text for each in mails if each.to == "rae@example.com")

    office.place("Rae").write_bytes(good)
    office.settle()

    assert office.problems() == []
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"


def test_a_renamed_header_is_understood_and_the_column_goes_on(office):
    with office.person.sheet(office.path("Rae"), CUSTOMER) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "remarks")
        sheet.cell(row=2, column=column).value = "What I think"
    office.types("Rae", "customer", "Acme", remarks="renamed and edited")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "renamed and edited"


def test_a_number_that_is_another_records_waits_with_a_word(office):
    taken = office.record("customer", "Acme").number
    office.adds("Rae", "customer", number=taken, name="Impostor")
    office.types("Rae", "customer", "Acme", remarks="goes on")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "goes on"
    assert len(office.every("customer")) == 2
    assert "already another record's" in office.hints("Rae")
    assert office.has("Rae", "customer", "Impostor"), "what was typed stays"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("revenue", "a lot", "not a number"),
        ("first_contact_on", "some day in May", "date"),
        ("size", Decimal("2.5"), "whole"),
        ("likelihood", Decimal(3), "100%"),
        ("email", "a@x.com, b@x.com", "address"),
        ("need_price", "cheap!", "High"),
        ("presales", "Nobody", "Nobody"),
    ],
)
def test_a_cell_that_does_not_fit_waits_and_the_others_of_its_row_are_taken(office, field, typed, said):
    office.types("Rae", "customer", "Acme", **{field: typed, "remarks": "taken"})
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["remarks"], acme[field]) == (
        "taken",
        office.clock.now().date() if field == "first_contact_on" else None,
    )
    assert said in office.check("Rae", "customer", "Acme")
    stands = office.shows("Rae", "customer", "Acme", field)
    assert stands == (float(typed) if isinstance(typed, Decimal) else typed)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("revenue", "１，２００，０００．５０", Decimal("1200000.50")),
        ("revenue", "1,200", Decimal(1200)),
        ("first_contact_on", "2026-05-04", dt.date(2026, 5, 4)),
        ("first_contact_on", "2026年5月4日", dt.date(2026, 5, 4)),
        ("likelihood", "30%", Decimal("0.3")),
        ("phone", "００４４ ２０", "0044 20"),
    ],
)
def test_what_can_be_understood_is_understood(office, field, typed, value):
    office.types("Rae", "customer", "Acme", **{field: typed})
    office.settle()

    assert office.value("customer", "Acme", field) == value
    assert office.problems() == []


def test_a_formula_in_a_text_field_is_not_taken_for_an_empty_cell(office):
    with office.person.sheet(office.path("Rae"), CUSTOMER) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "remarks")
        sheet.cell(row=office.at("Rae", "customer", "Acme"), column=column).value = '="likes "&"rum"'
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "likes tea", (
        "it was never calculated: nothing to take"
    )
    assert office.problems() == ["cell.formula"]
    assert "likes" in office.check("Rae", "customer", "Acme")


def test_text_that_looks_like_a_formula_is_text_in_every_other_file(office):
    office.types("Rae", "customer", "Acme", remarks="=1+1")
    office.settle()

    sheet = openpyxl.load_workbook(office.place("master"))["Customers"]
    column = next(cell.column for cell in sheet[1] if cell.value == "remarks")
    cell = sheet.cell(row=office.at("master", "customer", "Acme"), column=column)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_quotation_for_an_unknown_customer_waits_until_the_customer_is_registered(office):
    office.adds("Rae", "quotation", customer="Newcomer")
    office.settle()
    assert office.every("quotation") == ()
    assert office.problems() == ["link.unknown"]

    office.adds("Rae", "customer", name="Newcomer")
    office.settle()

    (quotation,) = office.every("quotation")
    assert quotation["customer"] == office.record("customer", "Newcomer").number
    assert office.problems() == []


def test_a_customer_that_somebody_else_registered_already_is_told_and_not_entered_twice(office):
    office.adds("Rae", "customer", name="ＣＯＤＡ ")
    office.settle()

    assert len(office.every("customer")) == 2
    assert office.problems() == ["check.unique"]
    assert office.shows("Rae", "customer", "ＣＯＤＡ ", "name") == "ＣＯＤＡ "


def test_a_save_in_which_most_rows_are_gone_is_held_until_a_person_says_that_it_was_meant(office):
    for each in range(12):
        office.adds("Rae", "customer", name=f"Customer {each}")
    office.settle()
    path = office.path("Rae")
    for _ in range(10):
        office.person.delete_row(path, CUSTOMER, office.at("Rae", "customer", "Acme") + 1)
    office.types("Rae", "customer", "Acme", remarks="in the same save")
    held = office.hands.rows(path, CUSTOMER)
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "likes tea"
    assert office.problems() == ["file.held.missing"]
    assert office.hands.rows(path, CUSTOMER) == held, "only the list of to-dos is written"

    office.answers("Rae", "take")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "in the same save"
    assert office.has("Rae", "customer", "Customer 3"), "rows are never deleted by being absent"
    assert len(office.every("customer")) == 14


def test_one_event_is_one_message_however_often_it_is_asked_for(office):
    number = submitted(office)
    for _ in range(3):
        office.mailroom.urgent(office.clock.now())
        office.restart()
        office.settle()

    waiting = [
        each for each in office.store.messages(MessageState.PENDING) if number in each.subject + each.text
    ]
    assert [each.to for each in waiting] == ["mo@example.com"]
