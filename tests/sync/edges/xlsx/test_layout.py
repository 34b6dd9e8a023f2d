"""A header that went elsewhere: a sort took it along, or somebody deleted it."""

import pytest
from openpyxl.workbook import Workbook

from tests.support.packages import filled, in_openpyxl, orders, readable, row

RAW = filled()
ROWS = {each.id: dict(each.cells) for each in orders(RAW).rows}


def with_header_at(book: Workbook, at: int) -> None:
    """Move the header down to row *at*, and the rows above it up by one."""
    sheet = book["order"]
    for target in range(2, at):
        for column in range(1, sheet.max_column + 1):
            above, below = sheet.cell(target, column), sheet.cell(target + 1, column)
            above.value, below.value = below.value, above.value


def found(raw: bytes) -> dict[object, dict[object, object]]:
    return {each.id: dict(each.cells) for each in orders(raw).rows}


@pytest.mark.parametrize("at", [3, 4, 6, 30])
def test_a_header_that_was_sorted_down_hides_no_record(at: int):
    raw = in_openpyxl(RAW, lambda book: with_header_at(book, at))

    assert found(raw) == ROWS
    assert orders(raw).rows[0].at == 2
    assert [each.what.key for each in readable(raw).problems] == ["sheet.header_moved"]


def test_a_header_that_was_deleted_hides_no_record_and_is_told():
    raw = in_openpyxl(RAW, lambda book: book["order"].delete_rows(2))

    assert found(raw) == ROWS
    assert [each.what.key for each in readable(raw).problems] == ["sheet.header_moved"]


def test_titles_above_the_header_are_no_records():
    def insert(book: Workbook) -> None:
        book["order"].insert_rows(2, 2)
        book["order"]["F2"] = "Orders of the East region"

    raw = in_openpyxl(RAW, insert)

    assert found(raw) == ROWS
    assert readable(raw).problems == ()


def test_a_header_that_was_pasted_once_more_among_the_records_is_no_record():
    def paste(book: Workbook) -> None:
        sheet = book["order"]
        sheet.insert_rows(4)
        for column in range(1, sheet.max_column + 1):
            sheet.cell(4, column).value = sheet.cell(2, column).value

    raw = in_openpyxl(RAW, paste)

    assert found(raw) == ROWS
    assert not any(each.at == 4 for each in orders(raw).rows)
    assert row(raw, 5).id is not None


@pytest.mark.parametrize("key", ["former_step", None])
def test_a_column_with_another_key_is_another_column_though_its_label_is_the_same(key: str | None):
    def rekey(book: Workbook) -> None:
        sheet = book["order"]
        at = next(each.column for each in sheet[1] if each.value == "buyer")
        sheet.cell(1, at).value = key
        del book.defined_names["_db_order_buyer"]

    raw = in_openpyxl(RAW, rekey)

    assert ("buyer" in orders(raw).columns) is (key is None)
