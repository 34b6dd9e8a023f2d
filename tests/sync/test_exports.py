"""What leaves is marked with whom it was made for, and entered in the journal."""

import io
import zipfile

from openpyxl import load_workbook

from reports.catalogue import report
from reports.period import Period
from sync.exports import exports, logged
from sync.outbox import deliver_all
from sync.reporting import Reporting
from tests.support.office import MONDAY


def reporting(office, saved) -> Reporting:
    return Reporting(
        declared=office.declared,
        store=office.store,
        zone=MONDAY.tzinfo,
        currency="CNY",
        save=saved.__setitem__,
    )


def test_a_desk_says_on_each_printed_page_for_whom_it_is(office):
    book = load_workbook(office.place("Rae"))

    assert all(
        "Made for Rae, printed on &D" in sheet.oddFooter.left.text
        for sheet in book
        if sheet.sheet_state == "visible"
    )
    assert {each.name: each.value for each in book.custom_doc_props.props}["deskbook_made_for"] == "Rae"
    assert not any("Made for" in str(cell.value) for sheet in book for row in sheet for cell in row)


def test_each_receiver_of_a_report_gets_a_copy_that_names_him(office):
    office.adds("Administrator", "people", name="Fred", role="Finance", email="fred@example.com")
    office.settle()
    office.signs_settings()
    saved: dict[str, bytes] = {}
    expense = report("expense")
    assert expense is not None

    messages = reporting(office, saved).messages(expense, Period.parse("2026-10"), office.clock.now())

    mine = next(each for each in messages if each.to == "fred@example.com")
    assert "Made for Fred on" in mine.text
    assert "Made for Fred on" in mine.html
    with zipfile.ZipFile(io.BytesIO(mine.attachments[-1].content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert b"Made for Fred on" in parts["docProps/core.xml"]
    assert all(b"Made for Fred on" in part for name, part in parts.items() if "worksheets/sheet" in name)
    assert b"Fay" not in parts["xl/worksheets/sheet1.xml"]
    assert "Made for Fay, Fred on" in saved["expense-2026-10-finance.html"].decode()


def test_what_leaves_is_entered_with_whom_it_was_for_and_its_hash(office):
    office.types("Rae", "customer", "Acme", remarks="new")
    office.settle()
    saved: dict[str, bytes] = {}
    expense = report("expense")
    assert expense is not None
    office.store.post(reporting(office, saved).messages(expense, Period.parse("2026-10"), office.clock.now()))
    deliver_all(office.store, office.workspace.mailer, office.clock, 50, handed=logged(office.store))

    mo = office.record("people", "Mo").number
    left = list(exports(office.store.journal(), mo, ["mo@example.com"]))

    assert {each.what for each in left} == {"desk", "report", "mail"}
    desk = [each for each in left if each.what == "desk"][-1]
    known = office.store.file(desk.desk)
    assert (desk.name, desk.hash) == (str(known.path), known.file)
    assert [each.to for each in left if each.what == "mail"] == ["mo@example.com"]
    assert all(len(each.hash) == 64 for each in left)
