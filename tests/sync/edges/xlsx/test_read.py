"""What people do to a workbook's shape, and what stands in their cells."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook import Workbook

from sheet_templates.form import FieldKey
from sheet_templates.record import Broken, Flaw, Problem, Severity
from tests.support.packages import (
    LIMITS,
    cell,
    filled,
    in_openpyxl,
    orders,
    part_of,
    read,
    readable,
    rezipped,
    row,
    swap,
)
from tests.support.workbooks_contract import ORDER

RAW = filled()
SHEET = part_of(RAW, "order")
KEYS = [str(key) for key in orders(RAW).columns]


def changed(change) -> bytes:
    return in_openpyxl(RAW, change)


def keys(raw: bytes) -> list[str]:
    return [each.what.key for each in readable(raw).problems]


def columns(raw: bytes) -> dict[str, int]:
    return {str(key): at for key, at in orders(raw).columns.items()}


def with_cell(xml: bytes, ref: bytes = b"G3", raw: bytes = RAW) -> bytes:
    """Put a cell's XML in place of the cell at *ref*."""
    old = re.compile(rb'<c r="%b"[^>]*>.*?</c>' % ref)
    return rezipped(raw, {SHEET: lambda part: old.sub(lambda _: xml, part, count=1)})


@pytest.fixture(scope="module", autouse=True)
def amount_is_where_the_tests_expect_it():
    assert columns(RAW)["amount"] == 7


# Shape -----------------------------------------------------------------------


def test_columns_that_were_moved_are_found_by_their_keys():
    def move(book: Workbook) -> None:
        sheet = book["order"]
        sheet.move_range("F1:F10", cols=15)
        sheet.move_range("G1:G10", cols=-1)

    assert columns(changed(move))["buyer"] == 21
    assert cell(changed(move), 3, "buyer") == "ACME"
    assert cell(changed(move), 3, "amount") == 12.5


def test_a_renamed_header_is_still_its_field_and_is_told():
    def rename(book: Workbook) -> None:
        book["order"]["G2"] = "Betrag"

    (problem,) = readable(changed(rename)).problems
    assert cell(changed(rename), 3, "amount") == 12.5
    assert (problem.what.key, problem.severity, problem.field) == (
        "column.renamed",
        Severity.NOTICE,
        "amount",
    )


def test_a_header_with_a_star_or_in_another_language_is_not_renamed():
    def decorate(book: Workbook) -> None:
        book["order"]["G2"] = "*amount（元）："

    assert keys(changed(decorate)) == []


def test_a_deleted_column_is_absent():
    def delete(book: Workbook) -> None:
        book["order"].delete_cols(7)
        for name in [each for each in book.defined_names if each.startswith("_db_")]:
            del book.defined_names[name]

    assert "amount" not in orders(changed(delete)).columns
    assert "amount" not in row(changed(delete), 3).cells
    assert cell(changed(delete), 3, "buyer") == "ACME"


def test_a_column_whose_key_is_gone_is_found_by_its_defined_name():
    def wipe(book: Workbook) -> None:
        book["order"]["G1"] = None
        book["order"]["G2"] = "something else"

    assert columns(changed(wipe))["amount"] == 7


def test_a_column_whose_key_and_name_are_gone_is_found_by_its_label():
    def wipe(book: Workbook) -> None:
        book["order"]["G1"] = None
        del book.defined_names["_db_order_amount"]

    assert columns(changed(wipe))["amount"] == 7


def test_without_key_row_and_names_the_labels_tell():
    def wipe(book: Workbook) -> None:
        book["order"].delete_rows(1)
        for name in [each for each in book.defined_names if each.startswith("_db_")]:
            del book.defined_names[name]

    sheet = orders(changed(wipe))
    assert {"number", "buyer", "amount"} <= {*sheet.columns}
    assert [(each.at, each.cells[FieldKey("buyer")]) for each in sheet.rows] == [(2, "ACME"), (3, "Zhou 周")]


def test_title_rows_above_the_header_do_no_harm():
    def insert(book: Workbook) -> None:
        book["order"].insert_rows(1, 3)
        book["order"]["C1"] = "Orders of 2026"

    assert [each.at for each in orders(changed(insert)).rows] == [6, 7, 8]


def test_rows_between_key_row_and_header_do_no_harm():
    def insert(book: Workbook) -> None:
        book["order"].insert_rows(2)

    assert next((each.at, each.id) for each in orders(changed(insert)).rows) == (4, "aaaaaaaaaaaa")


def test_a_sheet_without_any_header_is_a_problem_and_the_others_are_read():
    def wipe(book: Workbook) -> None:
        book["order"].delete_rows(1, 2)
        for name in [each for each in book.defined_names if each.startswith("_db_")]:
            del book.defined_names[name]

    copy = readable(changed(wipe))
    assert [each.what.key for each in copy.problems] == ["sheet.no_header"]
    assert {*copy.sheets} == {"customer"}


def test_a_renamed_and_moved_sheet_is_found():
    def rename(book: Workbook) -> None:
        book["order"].title = "Bestellungen"
        book.move_sheet("Bestellungen", -1)
        for name in [each for each in book.defined_names if each.startswith("_db_")]:
            del book.defined_names[name]

    assert orders(changed(rename)).title == "Bestellungen"
    assert cell(changed(rename), 3, "buyer") == "ACME"


def test_a_copied_sheet_is_told_and_not_read():
    def copy(book: Workbook) -> None:
        book.copy_worksheet(book["order"])["F3"] = "typed in the copy"

    assert keys(changed(copy)) == ["sheet.doubled"]
    assert cell(changed(copy), 3, "buyer") == "ACME"


def test_a_deleted_sheet_is_absent():
    def delete(book: Workbook) -> None:
        del book["order"]

    assert {*readable(changed(delete)).sheets} == {"customer"}


def test_a_column_that_was_copied_with_its_contents_is_told_and_read_once():
    def copy(book: Workbook) -> None:
        for at in range(1, 6):
            book["order"].cell(row=at, column=20).value = book["order"].cell(row=at, column=7).value

    (problem,) = readable(changed(copy)).problems
    assert (problem.what.key, problem.severity) == ("column.copied", Severity.NOTICE)
    assert columns(changed(copy))["amount"] == 7


def test_a_column_that_stands_twice_with_other_contents_is_not_read():
    def copy(book: Workbook) -> None:
        for at in range(1, 6):
            book["order"].cell(row=at, column=20).value = book["order"].cell(row=at, column=7).value
        book["order"]["T4"] = 99

    (problem,) = readable(changed(copy)).problems
    assert (problem.what.key, problem.severity, problem.field) == ("column.doubled", Severity.ERROR, "amount")
    assert dict(problem.what.params)["second"] == "T"
    assert "amount" not in row(changed(copy), 4).cells


def test_columns_and_notes_of_ones_own_are_left_alone():
    def add(book: Workbook) -> None:
        book["order"]["X2"] = "My remark"
        book["order"]["X3"] = "call him"
        book["order"]["X40"] = "far below"

    sheet = orders(changed(add))
    assert keys(changed(add)) == []
    assert [each.at for each in sheet.rows] == [3, 4, 5]
    assert sheet.last == 40


def test_cells_that_a_merge_swallows_are_absent_not_cleared():
    def merge(book: Workbook) -> None:
        book["order"].merge_cells("F3:F4")

    (problem,) = readable(changed(merge)).problems
    assert problem.what.key == "cells.merged"
    assert dict(problem.what.params)["area"] == "F3:F4"
    assert cell(changed(merge), 3, "buyer") == "ACME"
    assert "buyer" not in row(changed(merge), 4).cells
    assert cell(changed(merge), 4, "amount") == 7.0


# Traces ----------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["property", "name", "cell"])
def test_two_traces_of_three_tell_the_render(lost: str):
    def lose(book: Workbook) -> None:
        if lost == "property":
            book.custom_doc_props.props.clear()
        if lost == "name":
            book.defined_names["_deskbook_render"].attr_text = '"another"'
        if lost == "cell":
            del book["_deskbook"]

    assert readable(changed(lose)).render == "r1"
    assert readable(changed(lose)).desk == "P-0007" if lost != "both" else None


def test_traces_that_disagree_tell_nothing():
    def disagree(book: Workbook) -> None:
        book["_deskbook"]["A1"] = "r2"
        book.defined_names["_deskbook_render"].attr_text = '"r3"'

    assert readable(changed(disagree)).render is None


def test_a_workbook_without_traces_has_no_render_and_no_desk():
    def lose(book: Workbook) -> None:
        book.custom_doc_props.props.clear()
        del book.defined_names["_deskbook_render"]
        del book["_deskbook"]

    assert (readable(changed(lose)).render, readable(changed(lose)).desk) == (None, None)


# Cells -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "found"),
    [
        (b'<c r="G3" t="e"><v>#REF!</v></c>', Broken(text="#REF!")),
        (b'<c r="G3" t="e"><v>#SPILL!</v></c>', Broken(text="#SPILL!")),
        (b'<c r="G3" t="e"><f>1/0</f><v>#DIV/0!</v></c>', Broken(text="#DIV/0!")),
        (b'<c r="G3"><f>SUM(A1:A2)&amp;"x"</f></c>', Broken(text='=SUM(A1:A2)&"x"', flaw=Flaw.FORMULA)),
        (b'<c r="G3"><f>1+1</f><v></v></c>', Broken(text="=1+1", flaw=Flaw.FORMULA)),
        (b'<c r="G3"><f>1+1</f><v>2</v></c>', 2.0),
        (b'<c r="G3" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "ab"),
        (b'<c r="G3" t="str"><f>""</f><v></v></c>', None),
        (
            b'<c r="G3" t="inlineStr"><is><r><t>ri</t></r><r><t xml:space="preserve"> ch</t></r></is></c>',
            "ri ch",
        ),
        (b'<c r="G3" t="b"><v>0</v></c>', False),
        (b'<c r="G3" t="d"><v>2026-01-31</v></c>', dt.date(2026, 1, 31)),
        (b'<c r="G3" t="inlineStr"><is><t>NA</t></is></c>', "NA"),
        (b'<c r="G3" t="inlineStr"><is><t xml:space="preserve"> \t</t></is></c>', " \t"),
        (b'<c r="G3" t="inlineStr"><is><t></t></is></c>', None),
        (b'<c r="G3"/>', None),
        (b"", None),
    ],
)
def test_a_cell_is_read_as_it_stands(xml: bytes, found: object):
    raw = with_cell(xml)

    assert cell(raw, 3, "amount") == found
    assert type(cell(raw, 3, "amount")) is type(found)
    assert cell(raw, 4, "amount") == 7.0


def test_formulas_are_told_beside_their_values():
    raw = with_cell(b'<c r="G3"><f>2*6</f><v>12</v></c>')

    assert orders(raw).formulas == {(3, "amount"): "=2*6"}


def test_a_formula_that_cells_share_is_told_for_each_of_them():
    master = with_cell(b'<c r="G3"><f t="shared" ref="G3:G4" si="0">H3*2</f><v>2</v></c>')
    raw = with_cell(b'<c r="G4"><f t="shared" si="0"/><v>4</v></c>', b"G4", master)

    assert orders(raw).formulas == {(3, "amount"): "=H3*2", (4, "amount"): "=H3*2"}
    assert cell(raw, 4, "amount") == 4.0


def test_a_row_that_holds_nothing_but_an_uncalculated_formula_is_read():
    raw = rezipped(
        RAW, {SHEET: swap(b"</sheetData>", b'<row r="9"><c r="G9"><f>A1</f></c></row></sheetData>')}
    )

    assert cell(raw, 9, "amount") == Broken(text="=A1", flaw=Flaw.FORMULA)
    assert orders(raw).last == 9


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_dates_are_days_in_either_calendar(epoch):
    def typed(book: Workbook) -> None:
        if epoch is not None:
            book.epoch = epoch
        for at, value in (
            (3, dt.date(2026, 1, 31)),
            (4, dt.datetime(2026, 1, 31, 14, 30)),
            (5, dt.datetime(2026, 1, 31)),
        ):
            book["order"].cell(row=at, column=columns(RAW)["due"]).value = value

    raw = changed(typed)
    assert cell(raw, 3, "due") == dt.date(2026, 1, 31)
    assert cell(raw, 4, "due") == dt.datetime(2026, 1, 31, 14, 30)
    assert cell(raw, 5, "due") == dt.date(2026, 1, 31)


def test_hidden_and_filtered_rows_are_read_like_others():
    def hide(book: Workbook) -> None:
        book["order"].row_dimensions[3].hidden = True

    assert cell(changed(hide), 3, "buyer") == "ACME"


def test_an_id_that_was_typed_over_is_read_as_it_is():
    def fill(book: Workbook) -> None:
        book["order"]["A3"] = 5
        book["order"]["A4"] = "  "

    assert [each.id for each in orders(changed(fill)).rows] == ["5", None, "cccccccccccc"]


# Too much --------------------------------------------------------------------


def test_a_cell_far_away_does_not_take_the_memory_of_all_between():
    raw = rezipped(
        RAW,
        {SHEET: swap(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')},
    )

    copy = readable(raw)
    (problem,) = copy.problems
    assert problem.what.key == "sheet.too_big"
    assert dict(problem.what.params)["rows"] == 1048576
    assert {*copy.sheets} == {"customer"}


def test_empty_rows_and_formats_far_below_are_no_matter():
    raw = rezipped(
        RAW,
        {SHEET: swap(b"</sheetData>", b'<row r="1048576" ht="12"><c r="A1048576" s="1"/></row></sheetData>')},
    )

    assert orders(raw).last == 5
    assert not readable(raw).problems


def test_a_long_sheet_that_is_wide_only_by_name_is_read():
    rows = b"".join(b'<row r="%d"><c r="F%d"><v>1</v></c></row>' % (at, at) for at in range(10, 2000))
    raw = rezipped(RAW, {SHEET: swap(b"</sheetData>", rows + b"</sheetData>")})

    assert len(orders(raw).rows) == 3 + 1990
    narrow = read(raw, replace(LIMITS, rows=1000))
    assert not isinstance(narrow, Problem)
    assert [each.what.key for each in narrow.problems] == ["sheet.too_big"]


def test_a_workbook_that_is_no_desk_says_so():
    def foreign(book: Workbook) -> None:
        del book["order"], book["customer"]
        for name in list(book.defined_names):
            del book.defined_names[name]

    problem = read(changed(foreign))
    assert isinstance(problem, Problem)
    assert problem.what.key == "file.not_a_desk"


def test_sheets_that_leave_out_references_are_read_and_prefixes_too():
    def bare(part: bytes) -> bytes:
        for name in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"is", b"t", b"f"):
            part = part.replace(b"<" + name + b">", b"<x:" + name + b">").replace(
                b"<" + name + b" ", b"<x:" + name + b" "
            )
            part = part.replace(b"</" + name + b">", b"</x:" + name + b">")
        return part.replace(b"xmlns=", b"xmlns:x=")

    # What stands before and after the rows is the default namespace's no longer: programs pass it over.
    raw = rezipped(RAW, {SHEET: bare})
    assert cell(raw, 3, "buyer") == "ACME"
    assert orders(raw).columns == orders(RAW).columns
    assert ORDER in readable(raw).sheets
