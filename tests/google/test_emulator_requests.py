"""The rarer requests of a batch, each by what it leaves behind."""

import gspread
import pytest

from tests.support.google.emulator import google_emulator
from tests.support.google.people import NotAllowed

ANNA = "anna@firm.example"


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    with google_emulator(tmp_path_factory.mktemp("google"), unlimited=True) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def client(google):
    return google.point(gspread.service_account(google.service_account_file))


@pytest.fixture
def book(client):
    book = client.create("Desk")
    book.sheet1.update([["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]], "A1")
    book.share(ANNA, perm_type="user", role="writer", notify=False)
    return book


@pytest.fixture
def anna(google, book):
    return google.person(ANNA).open(book.id)


def area(top, bottom, left, right):
    return {
        "sheetId": 0,
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }


def do(book, one, *others: dict):
    return book.batch_update({"requests": [one, *others]})["replies"]


def sheet_of(book, fields):
    return book.fetch_sheet_metadata({"fields": f"sheets({fields})"})["sheets"][0]


def test_text_is_replaced_as_often_as_it_occurs(book):
    book.sheet1.update([["abcab", "b"], ["c", "ABC"]], "A1:B2")
    (reply,) = do(book, {"findReplace": {"find": "ab", "replacement": "x", "sheetId": 0}})

    assert reply == {
        "findReplace": {"valuesChanged": 2, "rowsChanged": 2, "sheetsChanged": 1, "occurrencesChanged": 3}
    }
    assert book.sheet1.get("A1:B2") == [["xcx", "b"], ["c", "xC"]]


def test_cells_are_pushed_down_and_pulled_back(book):
    do(book, {"insertRange": {"range": area(0, 1, 1, 2), "shiftDimension": "ROWS"}})
    assert book.sheet1.get_all_values() == [["a", "", "c"], ["d", "b", "f"], ["g", "e", "i"], ["", "h", ""]]

    do(book, {"deleteRange": {"range": area(0, 1, 0, 1), "shiftDimension": "COLUMNS"}})
    assert book.sheet1.get("A1:C1") == [["", "c"]]


def test_a_small_source_fills_a_larger_destination_and_may_be_turned_over(book):
    do(
        book,
        {
            "copyPaste": {
                "source": area(0, 1, 0, 1),
                "destination": area(3, 5, 0, 3),
                "pasteType": "PASTE_VALUES",
            }
        },
    )
    assert book.sheet1.get("A4:C5") == [["a", "a", "a"], ["a", "a", "a"]]

    turned = {"source": area(0, 1, 0, 3), "destination": area(0, 1, 5, 6), "pasteOrientation": "TRANSPOSE"}
    do(book, {"copyPaste": turned})
    assert book.sheet1.get("F1:F3") == [["a"], ["b"], ["c"]]


def test_conditional_formats_are_kept_in_their_order_changed_and_deleted(book):
    def rule(text: str, right: int = 1) -> dict:
        condition = {"type": "TEXT_EQ", "values": [{"userEnteredValue": text}]}
        return {"ranges": [area(0, 3, 0, right)], "booleanRule": {"condition": condition, "format": {}}}

    do(
        book,
        {"addConditionalFormatRule": {"rule": rule("one"), "index": 0}},
        {"addConditionalFormatRule": {"rule": rule("two"), "index": 0}},
    )
    changed, moved, deleted = do(
        book,
        {"updateConditionalFormatRule": {"index": 1, "rule": rule("three", 2)}},
        {"updateConditionalFormatRule": {"index": 1, "newIndex": 0, "sheetId": 0}},
        {"deleteConditionalFormatRule": {"index": 1, "sheetId": 0}},
    )

    assert changed["updateConditionalFormatRule"]["oldRule"]["ranges"][0]["endColumnIndex"] == 1
    assert moved["updateConditionalFormatRule"]["oldIndex"] == 1
    assert deleted["deleteConditionalFormatRule"]["rule"]["booleanRule"]["condition"]["values"] == [
        {"userEnteredValue": "two"}
    ]
    (left,) = sheet_of(book, "conditionalFormats")["conditionalFormats"]
    assert left["booleanRule"]["condition"]["values"] == [{"userEnteredValue": "three"}]
    with pytest.raises(gspread.exceptions.APIError, match="No conditional format on sheet: 0 at index: 5"):
        do(book, {"deleteConditionalFormatRule": {"index": 5, "sheetId": 0}})


def test_the_editors_of_a_protected_range_may_be_changed_by_an_editor_only(book, anna):
    (reply,) = do(
        book, {"addProtectedRange": {"protectedRange": {"protectedRangeId": 7, "range": area(0, 3, 0, 1)}}}
    )
    assert reply["addProtectedRange"]["protectedRange"]["protectedRangeId"] == 7
    with pytest.raises(NotAllowed):
        anna.request({"deleteProtectedRange": {"protectedRangeId": 7}})

    editors = {"protectedRangeId": 7, "editors": {"users": [ANNA]}, "description": "theirs"}
    do(book, {"updateProtectedRange": {"protectedRange": editors, "fields": "editors,description"}})
    anna.type("Sheet1!A1", "hers")
    anna.request({"deleteProtectedRange": {"protectedRangeId": 7}})

    assert anna.see("Sheet1!A1") == [["hers"]]
    assert "protectedRanges" not in sheet_of(book, "protectedRanges,properties")


def test_a_protected_range_may_follow_a_named_range(book, anna):
    (named,) = do(book, {"addNamedRange": {"namedRange": {"name": "ids", "range": area(0, 3, 0, 1)}}})
    number = named["addNamedRange"]["namedRange"]["namedRangeId"]
    do(
        book,
        {"addProtectedRange": {"protectedRange": {"namedRangeId": number}}},
        {
            "insertDimension": {
                "range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
            }
        },
    )

    anna.type("Sheet1!A1", "free")
    with pytest.raises(NotAllowed):
        anna.type("Sheet1!B1", "protected")


def test_exceptions_of_a_protected_sheet_that_lie_side_by_side_are_one(book, anna):
    free = [area(0, 3, 0, 1), area(0, 3, 1, 2)]
    do(book, {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0}, "unprotectedRanges": free}}})

    anna.type("Sheet1!A1", ["x", "y"])
    with pytest.raises(NotAllowed):
        anna.type("Sheet1!B1", ["y", "z"])


@pytest.mark.parametrize(("bottom", "allowed"), [(1000, True), (None, False)])
def test_rows_are_added_below_a_protected_range_only_if_it_ends(book, anna, bottom, allowed):
    grid = {key: part for key, part in area(0, bottom, 0, 1).items() if part is not None}
    do(book, {"addProtectedRange": {"protectedRange": {"range": grid}}})

    if allowed:
        anna.add_rows("Sheet1", 5)
    else:
        with pytest.raises(NotAllowed):
            anna.add_rows("Sheet1", 5)
    assert sheet_of(book, "properties")["properties"]["gridProperties"]["rowCount"] == (
        1005 if allowed else 1000
    )


def test_a_merge_keeps_its_first_value_and_must_be_taken_whole(book):
    do(book, {"mergeCells": {"range": area(0, 2, 0, 2), "mergeType": "MERGE_ALL"}})

    assert book.sheet1.get("A1:C2") == [["a", "", "c"], ["", "", "f"]]
    with pytest.raises(gspread.exceptions.APIError, match="You must select all cells in a merged range"):
        do(book, {"mergeCells": {"range": area(1, 3, 0, 2), "mergeType": "MERGE_ALL"}})


def test_hidden_rows_frozen_lines_and_the_last_visible_sheet(book):
    hidden = {
        "range": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2},
        "properties": {"hiddenByUser": True},
        "fields": "hiddenByUser",
    }
    frozen = {
        "properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 2}},
        "fields": "gridProperties.frozenRowCount",
    }
    do(book, {"updateDimensionProperties": hidden}, {"updateSheetProperties": frozen})
    data = sheet_of(book, "properties.gridProperties,data.rowMetadata")

    assert data["properties"]["gridProperties"]["frozenRowCount"] == 2
    assert data["data"][0]["rowMetadata"][:3] == [
        {"pixelSize": 21},
        {"pixelSize": 21, "hiddenByUser": True},
        {"pixelSize": 21},
    ]
    with pytest.raises(gspread.exceptions.APIError, match="You can't hide all the sheets"):
        book.sheet1.hide()


def test_a_file_that_is_moved_or_locked_keeps_its_id(google, client, book):
    drive = google.shared_drive("Sales", {google.service_account_mail: "writer"})
    owner = google.person(google.service_account_mail)
    owner.move(book.id, drive)
    owner.lock(book.id)

    assert google.file(book.id).owner == ""
    assert client.open_by_key(book.id).sheet1.acell("A1").value == "a"
    with pytest.raises((PermissionError, gspread.exceptions.APIError)):
        book.sheet1.update([["x"]], "A1")
