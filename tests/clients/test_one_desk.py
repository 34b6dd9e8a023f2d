"""One person at her desk in LibreOffice: what she does to rows and cells, and what becomes of it."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from sheet_templates.form import ID, NUMBER, FieldKey, FormKey
from sheet_templates.record import State
from tests.clients.conftest import SitsDown
from tests.support.libreoffice import Client
from tests.support.office import Office, declares, moved_in, open_office
from tests.support.seat import HEADER, Seat

pytestmark = pytest.mark.client

CUSTOMER = FormKey("customer")
RAES = ("Acme", "Delta", "Borneo", "Elbe", "Cairo", "Fuji")


def names(office: Office, key: str = "Rae") -> list[object]:
    """Return the customers of a desk, from top to bottom."""
    rows = office.person.rows(office.path(key), CUSTOMER)
    return [row.cells[FieldKey("name")] for row in rows if row.cells[FieldKey("name")]]


def assert_nothing_doubled(office: Office) -> None:
    """Every customer is one record with a number of its own, and stands once in each desk that shows it."""
    numbers = [each.number for each in office.every("customer")]
    assert len(numbers) == len(set(numbers))
    for key in ("Rae", "Mo", "master"):
        here = names(office, key)
        assert len(here) == len(set(here)), key
        rows = [row for row in office.person.rows(office.path(key), CUSTOMER) if row.id is not None]
        assert len({row.id for row in rows}) == len(rows), key


def test_what_is_typed_and_saved_at_one_desk_stands_in_all_others_and_at_that_desk_too(
    office: Office, sits: SitsDown
):
    rae = sits("Rae")
    rae.types("customer", "Acme", remarks="called on Monday", revenue="1,250,000.50")
    rae.adds("customer", name="Gamma 股份有限公司", phone="010-5555")
    rae.leaves()
    office.settle()

    gamma = office.record("customer", "Gamma 股份有限公司")
    assert (gamma.number, gamma["phone"]) == ("CU-0008", "010-5555")
    assert gamma["owner"] == office.record("people", "Rae").number
    for key in ("Rae", "Mo", "master"):
        assert office.shows(key, "customer", "Acme", "remarks") == "called on Monday"
        assert office.shows(key, "customer", "Acme", "revenue") == 1250000.5
        assert office.shows(key, "customer", "Gamma 股份有限公司", NUMBER) == "CU-0008"
    assert office.problems() == []
    assert_nothing_doubled(office)

    office.types("Mo", "customer", "Gamma 股份有限公司", **{"class": "B ordinary"})
    office.settle()
    again = sits("Rae")
    assert again.shown("customer", "Gamma 股份有限公司", "class") == "B ordinary"
    assert again.shown("customer", "Gamma 股份有限公司", "owner") == "Rae"
    assert again.shown("customer", "Acme", "revenue") == "1,250,000.50"


def test_a_desk_that_is_saved_as_it_was_changes_nothing(office: Office, sits: SitsDown):
    head = office.store.head()
    sits("Mo").leaves()
    office.settle()

    assert office.store.head() == head
    assert office.problems() == []


def test_sorting_moves_the_rows_and_nothing_else(office: Office, sits: SitsDown):
    before = {each.number: each.values for each in office.every("customer")}
    rae = sits("Rae")
    rae.opened.sort("Customers", rae.column("customer", "name"), descending=True)
    rae.save()
    office.settle()

    assert names(office) == sorted(RAES, reverse=True)
    assert {each.number: each.values for each in office.every("customer")} == before

    office.types("Mo", "customer", "Elbe", **{"class": "A important"})
    rae.opened.sort("Customers", rae.column("customer", "industry"))
    rae.types("customer", "Cairo", remarks="sorted, then edited")
    rae.leaves()
    office.settle()

    assert names(office)[:2] != sorted(RAES, reverse=True)[:2]
    assert office.shows("Rae", "customer", "Elbe", "class") == "A important"
    assert office.value("customer", "Cairo", "remarks") == "sorted, then edited"
    assert office.problems() == []
    assert_nothing_doubled(office)


def test_a_sort_that_takes_the_header_along_moves_no_record_out_of_sight(office: Office, sits: SitsDown):
    """The button that sorts begins below the first row that it sees: the hidden one, not the header."""
    before = {each.number: each.values for each in office.every("customer")}
    rae = sits("Rae")
    rae.opened.press_sort("Customers", rae.cell("customer", 4, "name"), descending=True)
    assert rae.opened.rows("Customers")[HEADER - 1][rae.column("customer", "name") - 1] == "Fuji"
    rae.types("customer", "Fuji", remarks="above the header")
    rae.types("customer", "Acme", remarks="below it")
    rae.leaves()
    office.types("Mo", "customer", "Fuji", **{"class": "A important"})
    office.settle()

    assert (office.value("customer", "Fuji", "remarks"), office.value("customer", "Acme", "remarks")) == (
        "above the header",
        "below it",
    )
    assert {each.number for each in office.every("customer")} == before.keys()
    assert names(office) == ["Fuji", "Elbe", "Delta", "Cairo", "Borneo", "Acme"]
    assert office.at("Rae", "customer", "Fuji") == HEADER
    assert office.shows("Rae", "customer", "Fuji", "class") == "A important"
    assert office.problems() == ["sheet.header_moved"]
    assert_nothing_doubled(office)

    rae = sits("Rae")
    header = rae.at("customer", "No.")
    rae.opened.insert_rows("Customers", HEADER)
    rae.opened.copy_paste_rows("Customers", header + 1, HEADER)
    rae.opened.delete_rows("Customers", header + 1)
    rae.leaves()
    office.settle()
    assert office.problems() == []
    assert office.at("Rae", "customer", "Fuji") == HEADER + 1
    assert_nothing_doubled(office)


def test_edits_among_filtered_rows_reach_the_rows_that_are_seen(office: Office, sits: SitsDown):
    rae = sits("Rae")
    rae.opened.filter("Customers", rae.column("customer", "industry"), "mining")
    hidden = rae.opened.look("Customers")["hidden rows"]
    assert {rae.at("customer", each) for each in ("Acme", "Delta", "Elbe", "Cairo")} <= set(hidden)
    rae.types("customer", "Borneo", remarks="seen")
    rae.types("customer", "Fuji", remarks="seen too")
    rae.leaves()
    office.types("Mo", "customer", "Elbe", **{"class": "A important"})
    office.settle()

    remarks = {each["name"]: each["remarks"] for each in office.every("customer") if each["name"] in RAES}
    assert remarks == {**dict.fromkeys(RAES), "Acme": "likes tea", "Borneo": "seen", "Fuji": "seen too"}
    assert office.shows("Rae", "customer", "Elbe", "class") == "A important", "a hidden row is written too"
    assert sits("Rae").opened.look("Customers")["hidden rows"] == hidden, "and stays hidden"
    assert office.problems() == []
    assert_nothing_doubled(office)


def test_rows_inserted_in_the_middle_and_filled_are_records_where_they_stand(office: Office, sits: SitsDown):
    rae = sits("Rae")
    at = rae.at("customer", "Borneo")
    rae.opened.insert_rows("Customers", at, 3)
    rae.types_at("customer", at, name="Hanoi Ltd", phone="010-1")
    rae.types_at("customer", at + 2, name="Ijssel BV", phone="010-2")
    rae.save()
    office.settle()

    expected = ["Acme", "Delta", "Hanoi Ltd", "Ijssel BV", "Borneo", "Elbe", "Cairo", "Fuji"]
    assert names(office) == expected
    assert {office.record("customer", each)["phone"] for each in ("Hanoi Ltd", "Ijssel BV")} == {
        "010-1",
        "010-2",
    }
    assert office.at("Rae", "customer", "Ijssel BV") == at + 2

    rae.types("customer", "Hanoi Ltd", phone="010-3")
    rae.leaves()
    office.settle()

    assert office.value("customer", "Hanoi Ltd", "phone") == "010-3"
    assert len(office.every("customer")) == len(expected) + 1, "Roy has one"
    assert office.problems() == []
    assert_nothing_doubled(office)


def test_a_row_that_was_deleted_or_emptied_comes_back_with_a_word(office: Office, sits: SitsDown):
    rae = sits("Rae")
    rae.opened.delete_rows("Customers", rae.at("customer", "Delta"))
    at = rae.at("customer", "Elbe")
    rae.opened.clear("Customers", f"C{at}:AN{at}")
    rae.types("customer", "Cairo", remarks="stays")
    rae.leaves()
    office.settle()

    assert office.value("customer", "Cairo", "remarks") == "stays"
    assert names(office) == ["Acme", "Borneo", "Elbe", "Cairo", "Fuji", "Delta"]
    assert office.shows("Rae", "customer", "Delta", "phone") == "555-2001"
    assert office.shows("Rae", "customer", "Elbe", "phone") == "555-2003"
    for name in ("Delta", "Elbe"):
        assert "was deleted" in office.check("Rae", "customer", name)
    assert_nothing_doubled(office)


def test_a_pasted_row_is_a_record_of_its_own_and_carries_no_sign_off(office: Office, sits: SitsDown):
    office.adds("Rae", "quotation", number="new1", customer="Acme")
    office.adds("Rae", "quotation_line", quotation="new1", product="Valve", quantity=Decimal(2))
    office.settle()
    (first,) = office.every("quotation")
    office.types("Rae", "quotation", first.number, submit="Yes")
    office.settle()
    mo = sits("Mo")
    mo.types("quotation", first.number, manager_manager="Agree")
    mo.leaves()
    office.settle()
    assert office.record("quotation", first.number).state is State.APPROVED

    rae = sits("Rae")
    at, to = rae.at("quotation", first.number), rae.free("quotation")
    rae.opened.copy_paste_rows("Quotations", at, to)
    rae.types_at("quotation", to, remarks="another one")
    rae.leaves()
    office.settle()

    old, new = office.every("quotation")
    assert (old.number, old.state, old["remarks"]) == (first.number, State.APPROVED, None)
    assert (new.state, new["customer"], new["remarks"]) == (State.DRAFT, old["customer"], "another one")
    assert new.number != old.number
    assert office.decisions("quotation", new.number) == ()
    assert len(office.decisions("quotation", old.number)) == 1
    assert office.shows("Rae", "quotation", old.number, "manager_manager") == "Agree"
    for field in ("submit", "manager_manager"):
        assert office.shows("Rae", "quotation", new.number, field) is None
    assert office.at("Rae", "quotation", new.number) == to


def test_rows_pasted_over_others_are_no_loss(office: Office, sits: SitsDown):
    """The row that was pasted over is as good as deleted; the copy waits for a name of its own."""
    rae = sits("Rae")
    rae.opened.copy_paste_rows("Customers", rae.at("customer", "Acme"), rae.at("customer", "Fuji"))
    rae.leaves()
    office.settle()

    assert sorted(str(each["name"]) for each in office.every("customer")) == sorted((*RAES, "Coda"))
    assert office.shows("Rae", "customer", "Fuji", "phone") == "555-2005"
    assert names(office).count("Acme") == 2
    assert "Acme" in office.hints("Rae")

    rae = sits("Rae")
    rows = rae.opened.rows("Customers")
    copies = [at for at, row in enumerate(rows, start=1) if row[rae.column("customer", "name") - 1] == "Acme"]
    copy = next(at for at in copies if not rows[at - 1][rae.column("customer", NUMBER) - 1])
    rae.types_at("customer", copy, name="Acme South")
    rae.leaves()
    office.settle()

    south = office.record("customer", "Acme South")
    assert (south["phone"], south["remarks"]) == ("555-1001", "likes tea")
    assert office.value("customer", "Acme", "phone") == "555-1001"
    assert_nothing_doubled(office)


def test_a_renamed_header_and_a_column_of_ones_own_change_nothing(office: Office, sits: SitsDown):
    rae = sits("Rae")
    rae.opened.type("Customers", rae.cell("customer", HEADER, "remarks"), "What I think")
    rae.opened.insert_columns("Customers", "K")
    rae.opened.type("Customers", f"K{HEADER}", "Birthday")
    at = rae.at("customer", "Acme")
    rae.opened.type("Customers", f"K{at}", "in May")
    rae.opened.type("Customers", f"AO{at}", "renamed and edited")
    rae.opened.type("Customers", f"L{at}", "555-7777")
    rae.leaves()
    office.settle()
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["remarks"], acme["phone"]) == ("renamed and edited", "555-7777")
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"
    again = sits("Rae").opened
    assert again.shown("Customers", f"AO{HEADER}") == "Remarks", "put back, which is told (K1)"
    assert again.shown("Customers", f"K{at}") == "in May"


def test_an_undo_after_a_save_is_an_edit_like_any_other(office: Office, sits: SitsDown):
    rae = sits("Rae")
    rae.types("customer", "Acme", remarks="typing error")
    rae.save()
    office.settle()
    assert office.value("customer", "Acme", "remarks") == "typing error"

    rae.opened.undo()
    rae.save()
    office.settle()
    rae.opened.close()
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "likes tea"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "likes tea"
    assert office.problems() == []


def test_what_is_typed_over_a_column_of_others_or_over_the_hidden_id_is_put_back(
    office: Office, sits: SitsDown
):
    rae = sits("Rae")
    at = rae.at("customer", "Acme")
    record = rae.opened.rows("Customers")[at - 1][rae.column("customer", ID) - 1]
    rae.types("customer", "Acme", owner="Roy", number="CU-9999", phone="555-7777")
    rae.opened.type("Customers", rae.cell("customer", at, ID), "")
    rae.leaves()
    office.settle()

    acme = office.record("customer", "Acme")
    assert acme.id == record
    assert acme["owner"] == office.record("people", "Rae").number
    assert len(office.every("customer")) == len(RAES) + 1
    assert acme.number in [row.cells[NUMBER] for row in office.person.rows(office.path("Rae"), CUSTOMER)]


# What people type, as LibreOffice understands it ----------------------------------------------------------------

OWN_FIELD = """
extends = true
[fields.call_at]
type = "time"
labels = { zh-Hant = "致電時間", zh-Hans = "致电时间", en = "Call at" }
"""


@pytest.fixture
def with_a_time(furnished: Path, tmp_path: Path) -> Path:
    """A company that has given its customers a time of day."""
    root = moved_in(furnished, tmp_path / "own")
    declares(root, {"forms/customer.toml": OWN_FIELD})
    with open_office(root, "e") as office:
        office.place("Rae").unlink()
        office.settle()
        office.clock.step(minutes=1)
        office.settle()
        assert office.has("Rae", "customer", "Acme")
    return root


TYPED = {
    "first_contact_on": (
        "10/9/2026",
        "Oct 9, 2026",
        "2026/10/9",
        "2026年10月9日",
        "2026年10月9日",
        "9.10.2026",
    ),
    "revenue": ("1,234.50", "'1234.5", "1234.5", "¥1,234.50", "1,234.5", "1.234,50"),
    "size": ("1200", "'1200", "1,200", "１２００", "1200", "1.200"),
    "likelihood": ("35%", "'35%", "0.35", "35％", "35%", "35 %"),
    "call_at": ("9:30", "'9:30", "9:30:00", "9：30", "09:30", "9:30"),
    "contact_name": ("王小明", "Zoë O’Neill", "’s-Hertogenbosch", "李 四", "歐陽", "Groß"),
    "fax": ("010-1", "0086 10 1", "007", "+86 10 1", "02-1", "0049 1"),
    "need_model": ("007", "1-2", "1E5", "3/4", "=0", "1,5"),
}
MEANT = {
    "first_contact_on": dt.date(2026, 10, 9),
    "revenue": Decimal("1234.50"),
    "size": Decimal(1200),
    "likelihood": Decimal("0.35"),
    "call_at": dt.time(9, 30),
}


def test_what_is_typed_arrives_as_it_is_meant_in_whatever_country(with_a_time: Path, client: Client):
    locales = ("en-US", "en-US", "zh-CN", "zh-CN", "zh-TW", "de-DE")
    with open_office(with_a_time, "f") as office:
        rae = Seat.taken(office, client, "Rae")
        for at, (name, locale) in enumerate(zip(RAES, locales, strict=True)):
            client.type_as(locale)
            rae.types("customer", name, **{field: said[at] for field, said in TYPED.items()})
        rae.leaves()
        office.settle()

        assert {*office.problems()} == {"column.added"}, "the form gained a field, nothing else is to be said"
        for at, name in enumerate(RAES):
            record = office.record("customer", name)
            for field, said in TYPED.items():
                found = record[FieldKey(field)]
                assert (name, field, found) == (name, field, MEANT.get(field, said[at]))
