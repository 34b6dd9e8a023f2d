"""Requests that change a spreadsheet: all or nothing, ranges that move, protection for each user, people's hands."""

import gspread
import pytest

from tests.support.google.emulator import google_emulator
from tests.support.google.errors import Answer
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
    book.sheet1.update([["id", "name", "amount"], ["1", "b", 2], ["2", "a", 10], ["3", "c", ""]], "A1")
    return book


@pytest.fixture
def anna(google, book):
    book.share(ANNA, perm_type="user", role="writer", notify=False)
    return google.person(ANNA).open(book.id)


def refusal(book, requests) -> str:
    with pytest.raises(gspread.exceptions.APIError) as refused:
        book.batch_update({"requests": requests})
    assert refused.value.response.status_code == 400
    return refused.value.error["message"]


def rows(start, end):
    return {"sheetId": 0, "dimension": "ROWS", "startIndex": start, "endIndex": end}


def columns(start, end):
    return {"sheetId": 0, "startColumnIndex": start, "endColumnIndex": end}


def protect(area, users=(), free=()):
    kept = {"range": area, "editors": {"users": list(users)}, "unprotectedRanges": list(free)}
    return {"addProtectedRange": {"protectedRange": kept}}


def sheet_of(book, fields="sheets"):
    return book.fetch_sheet_metadata({"fields": fields})["sheets"][0]


def test_a_batch_that_fails_in_its_middle_leaves_nothing_behind(book):
    message = refusal(
        book,
        [
            {"insertDimension": {"range": rows(0, 1)}},
            {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Orders"}, "fields": "title"}},
            {"deleteSheet": {"sheetId": 0}},
        ],
    )

    assert message == "Invalid requests[2].deleteSheet: You can't remove all the sheets in a document."
    assert book.values_get("Sheet1!A1")["values"] == [["id"]]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"addSheet": {"properties": {"title": "sheet1"}}}, 'addSheet: A sheet with the name "sheet1" already exists. Please enter another name.'),
        ({"deleteSheet": {"sheetId": 9}}, "deleteSheet: No sheet with id: 9"),
        ({"deleteDimension": {"range": rows(0, 1000)}}, "deleteDimension: You can't delete all the rows on the sheet."),
        ({"insertDimension": {"range": rows(1000, 1001)}}, "insertDimension: range.startIndex must be less than the grid size (1000) if inheritFromBefore is false."),
        ({"insertDimension": {"range": rows(1001, 1002)}}, "insertDimension: range.startIndex is larger than current grid size (1000)"),
        ({"sortRange": {"range": {"sheetId": 0, "startRowIndex": 1000}}}, "sortRange: range.startRowIndex is larger than current grid size (1000)"),
        ({"moveDimension": {"source": rows(1, 2), "destinationIndex": 1}}, "moveDimension: destinationIndex[1] must be outside the requested range[1-2]"),
        ({"moveDimension": {"source": rows(1, 2), "destinationIndex": 1001}}, "moveDimension: destinationIndex[1001] is after last row[1000]"),
        ({"repeatCell": {"range": {"sheetId": 0, "startRowIndex": 1000, "startColumnIndex": 0, "endColumnIndex": 2}, "cell": {}, "fields": "note"}}, "repeatCell: Range (Sheet1!A1001:B) exceeds grid limits. Max rows: 1000, max columns: 26"),
        ({"repeatCell": {"range": columns(0, 1), "cell": {}}}, "repeatCell: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_googles_words(book, request_, message):
    assert refusal(book, [request_]) == f"Invalid requests[0].{message}"


@pytest.mark.parametrize(
    ("kind", "fields", "unknown"),
    [("repeatCell", "userEnteredFromat", "userEnteredFromat"), ("updateSheetProperties", "gridProperties.rows", "gridProperties.rows")],
)  # fmt: skip
def test_a_mask_with_a_misspelt_field_is_refused(book, kind, fields, unknown):
    message = refusal(
        book, [{kind: {"range": columns(0, 1), "cell": {}, "properties": {}, "fields": fields}}]
    )

    assert message == f"Invalid requests[0].{kind}: Invalid field: {unknown}"


def test_a_kind_of_request_that_google_does_not_have_is_refused_as_google_does(book):
    assert "Unknown name \"paintSheet\" at 'requests[0]': Cannot find field." in refusal(
        book, [{"paintSheet": {}}]
    )


def test_merges_names_protections_filters_and_conditional_formats_move_with_inserted_and_deleted_lines(book):
    grid = {"sheetId": 0, "startRowIndex": 2, "endRowIndex": 4, "startColumnIndex": 1, "endColumnIndex": 3}
    red = {
        "condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=TRUE"}]},
        "format": {"backgroundColor": {"red": 1}},
    }
    book.batch_update(
        {
            "requests": [
                {"mergeCells": {"range": grid, "mergeType": "MERGE_ALL"}},
                {"addNamedRange": {"namedRange": {"name": "here", "range": grid}}},
                protect(grid),
                {"setBasicFilter": {"filter": {"range": grid}}},
                {"addConditionalFormatRule": {"rule": {"ranges": [grid], "booleanRule": red}}},
                {"insertDimension": {"range": rows(1, 3)}},
                {
                    "insertDimension": {
                        "range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}
                    }
                },
                {"deleteDimension": {"range": rows(0, 1)}},
            ]
        }
    )
    found = book.fetch_sheet_metadata(
        {"fields": "sheets(merges,protectedRanges.range,basicFilter,conditionalFormats),namedRanges"}
    )
    moved = {"startRowIndex": 3, "endRowIndex": 5, "startColumnIndex": 1, "endColumnIndex": 4}

    sheet = found["sheets"][0]
    assert sheet["merges"] == [moved]
    assert sheet["protectedRanges"] == [{"range": moved}]
    assert sheet["basicFilter"] == {"range": moved}
    assert sheet["conditionalFormats"][0]["ranges"] == [moved]
    assert sheet["conditionalFormats"][0]["booleanRule"]["format"]["backgroundColorStyle"] == {
        "rgbColor": {"red": 1}
    }
    assert found["namedRanges"][0]["range"] == moved


def test_a_range_shrinks_with_the_rows_deleted_from_it_and_goes_with_the_last_of_them(book):
    book.batch_update(
        {
            "requests": [
                protect({"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3}),
                {"deleteDimension": {"range": rows(0, 2)}},
            ]
        }
    )

    assert sheet_of(book)["protectedRanges"][0]["range"] == {"startRowIndex": 0, "endRowIndex": 1}

    book.batch_update({"requests": [{"deleteDimension": {"range": rows(0, 1)}}]})

    assert "protectedRanges" not in sheet_of(book)


def test_an_inserted_row_takes_over_formats_and_validation_but_not_values(book):
    book.sheet1.format("A2:C2", {"textFormat": {"bold": True}})
    book.batch_update({"requests": [{"insertDimension": {"range": rows(2, 3), "inheritFromBefore": True}}]})
    found = book.fetch_sheet_metadata({"ranges": "Sheet1!A3", "fields": "sheets.data.rowData.values"})

    assert found["sheets"][0]["data"][0]["rowData"] == [
        {
            "values": [
                {
                    "userEnteredFormat": {"textFormat": {"bold": True}},
                    "effectiveFormat": found["sheets"][0]["data"][0]["rowData"][0]["values"][0][
                        "effectiveFormat"
                    ],
                }
            ]
        }
    ]


def test_only_the_fields_of_the_mask_are_written_and_only_those_of_the_mask_are_answered(book):
    cell = {
        "userEnteredValue": {"numberValue": 7},
        "note": "why",
        "userEnteredFormat": {"textFormat": {"bold": True, "italic": True}},
    }
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
    book.batch_update(
        {
            "requests": [
                {
                    "updateCells": {
                        "rows": [{"values": [cell]}],
                        "start": start,
                        "fields": "note,userEnteredFormat.textFormat.bold",
                    }
                }
            ]
        }
    )
    fields = "sheets.data.rowData.values(userEnteredValue,note,userEnteredFormat)"
    found = book.fetch_sheet_metadata({"ranges": "A1", "fields": fields})

    assert found == {
        "sheets": [{"data": [{"rowData": [{"values": [
            {"userEnteredValue": {"stringValue": "id"}, "note": "why", "userEnteredFormat": {"textFormat": {"bold": True}}}
        ]}]}]}]
    }  # fmt: skip
    with pytest.raises(
        gspread.exceptions.APIError, match=r"Cannot find matching fields for path 'sheets\.colour'"
    ):
        book.fetch_sheet_metadata({"fields": "sheets.colour"})


def test_cells_not_listed_in_the_range_of_update_cells_are_cleared(book):
    book.batch_update(
        {"requests": [{"updateCells": {"range": {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2},
                                       "rows": [{"values": [{"userEnteredValue": {"stringValue": "new"}}]}], "fields": "userEnteredValue"}}]}
    )  # fmt: skip

    assert book.sheet1.get("B1:B4") == [["name"], ["new"], [], ["c"]]


def test_append_cells_writes_behind_the_last_value_of_the_sheet(book):
    row = {"values": [{"userEnteredValue": {"stringValue": "4"}}]}
    book.batch_update(
        {"requests": [{"appendCells": {"sheetId": 0, "rows": [row], "fields": "userEnteredValue"}}]}
    )

    assert book.sheet1.get("A4:A6") == [["3"], ["4"]]


def test_numbers_sort_before_text_and_empty_cells_come_last_in_both_directions(book, anna):
    anna.type("Sheet1!C2", "text")

    anna.sort("Sheet1!A2:C4", "C")
    assert anna.see("Sheet1!C2:C4") == [["10"], ["text"]]

    anna.sort("Sheet1!A2:C4", "C", descending=True)
    assert anna.see("Sheet1!C2:C4") == [["text"], ["10"]]


def test_a_person_may_go_back_to_an_earlier_version(book, anna):
    before = anna.version()
    anna.type("Sheet1!A1", "other")
    book.batch_update({"requests": [{"addSheet": {"properties": {"title": "two"}}}]})
    anna.restore(before)

    assert anna.sheets() == ["Sheet1"]
    assert anna.see("Sheet1!A1") == [["id"]]


def test_a_hidden_row_stays_where_it_is_when_its_neighbours_are_sorted(book, anna):
    hidden = {"range": rows(2, 3), "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    book.batch_update({"requests": [{"updateDimensionProperties": hidden}]})
    anna.type("Sheet1!C4", "1")
    anna.sort("Sheet1!A2:C4", "C")

    assert anna.see("Sheet1!B2:C4") == [["c", "1"], ["a", "10"], ["b", "2"]]


def test_rows_that_hang_together_by_a_merge_are_neither_sorted_nor_moved(book, anna):
    book.batch_update(
        {
            "requests": [
                {
                    "mergeCells": {
                        "range": columns(0, 1) | {"startRowIndex": 1, "endRowIndex": 3},
                        "mergeType": "MERGE_ALL",
                    }
                }
            ]
        }
    )

    with pytest.raises(NotAllowed, match="There is a vertical merge at A2:A3"):
        anna.sort("Sheet1!A2:C4", "C")
    with pytest.raises(NotAllowed, match="crosses a merged cell"):
        anna.move_rows("Sheet1", first=2, count=1, before=5)
    assert (
        "merges" not in book.fetch_sheet_metadata({"ranges": "Sheet1!B1:C9", "fields": "sheets"})["sheets"][0]
    )


def test_a_person_may_edit_only_what_is_not_protected_from_her(book, anna):
    book.batch_update({"requests": [protect(columns(0, 1)), protect(columns(1, 2), [ANNA])]})

    for act in (
        lambda: anna.type("Sheet1!A2", "x"),
        lambda: anna.delete_rows("Sheet1", 2),
        lambda: anna.insert_rows("Sheet1", before=3),
        lambda: anna.sort("Sheet1!A2:C4", "B"),
        lambda: anna.copy("Sheet1!B2:C2", "Sheet1!A3"),
        lambda: anna.clear("Sheet1!A2:C2"),
    ):
        with pytest.raises(NotAllowed, match="trying to edit a protected cell or object"):
            act()
    anna.type("Sheet1!B2", ["hers", "also hers"])

    assert anna.see("Sheet1!A2:C2") == [["1", "hers", "also hers"]]


def test_protection_binds_another_program_as_it_binds_a_person_but_never_the_owner(google, book):
    book.batch_update({"requests": [protect(columns(0, 1))]})
    mail = "other@deskbook-test.iam.gserviceaccount.com"
    other = google.point(gspread.service_account(google.service_account("other")))
    book.share(mail, perm_type="user", role="writer", notify=False)
    theirs = other.open_by_key(book.id)

    with pytest.raises(
        gspread.exceptions.APIError, match=r"Invalid data\[0\]: You are trying to edit a protected"
    ):
        theirs.values_batch_update({"valueInputOption": "RAW", "data": [{"range": "A1", "values": [["x"]]}]})
    assert "editors" not in theirs.fetch_sheet_metadata()["sheets"][0]["protectedRanges"][0]
    assert book.sheet1.update([["mine"]], "A1")["updatedCells"] == 1


def test_a_protected_sheet_leaves_its_exceptions_open_and_a_warning_stops_nobody(book, anna):
    book.batch_update({"requests": [protect({"sheetId": 0}, free=[columns(2, 3)])]})
    anna.type("Sheet1!C2", "5")
    with pytest.raises(NotAllowed):
        anna.type("Sheet1!B2", "5")

    book.batch_update(
        {
            "requests": [
                {
                    "deleteProtectedRange": {
                        "protectedRangeId": sheet_of(book)["protectedRanges"][0]["protectedRangeId"]
                    }
                }
            ]
        }
    )
    book.batch_update(
        {
            "requests": [
                {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0}, "warningOnly": True}}}
            ]
        }
    )
    anna.type("Sheet1!B2", "5")

    assert anna.see("Sheet1!B2:C2") == [["5", "5"]]


def test_strict_validation_stops_typing_but_neither_pasting_nor_programs(book, anna):
    rule = {
        "condition": {
            "type": "ONE_OF_LIST",
            "values": [{"userEnteredValue": "yes"}, {"userEnteredValue": "no"}],
        },
        "strict": True,
        "inputMessage": "yes or no",
    }
    area = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 1, "endColumnIndex": 2}
    book.batch_update({"requests": [{"setDataValidation": {"range": area, "rule": rule}}]})

    with pytest.raises(NotAllowed, match="yes or no"):
        anna.type("Sheet1!B2", "maybe")
    anna.type("Sheet1!B2", "yes")
    anna.copy("Sheet1!B3", "Sheet1!B2", "PASTE_VALUES")
    assert anna.see("Sheet1!B2") == [["a"]]

    book.sheet1.update([["maybe"]], "B2")
    assert anna.see("Sheet1!B2") == [["maybe"]]


def test_a_reader_may_look_and_nobody_else_may_even_that(google, book):
    book.share("boss@firm.example", perm_type="user", role="reader", notify=False)
    boss = google.person("boss@firm.example").open(book.id)

    assert boss.see("Sheet1!A1") == [["id"]]
    with pytest.raises(NotAllowed, match="does not have permission"):
        boss.type("Sheet1!A1", "x")
    with pytest.raises(NotAllowed, match="does not have permission"):
        google.person("stranger@firm.example").open(book.id)


def test_rows_that_are_cut_copied_and_moved_arrive_whole(book, anna):
    anna.note("Sheet1!B2", "a note")
    anna.copy("Sheet1!A2:C2", "Sheet1!A6")
    anna.cut("Sheet1!A3:C3", "Sheet1!A7")
    anna.move_rows("Sheet1", first=2, count=1, before=5)

    assert anna.see("Sheet1") == [
        ["id", "name", "amount"],
        [],
        ["3", "c"],
        ["1", "b", "2"],
        [],
        ["1", "b", "2"],
        ["2", "a", "10"],
    ]
    notes = book.sheet1.get_notes()
    assert [row for row, line in enumerate(notes) if "a note" in line] == [3, 5]


def test_references_follow_inserted_and_deleted_lines_and_nothing_else_may_move_them(book, anna):
    anna.type("Sheet1!D2", "=C2*2", '=SUM($C$2:C3)&"C2"', "=sheet1!B4&C4")
    anna.insert_rows("Sheet1", before=3)
    anna.insert_columns("Sheet1", "A")
    formulas = {"valueRenderOption": "FORMULA"}

    assert book.values_get("Sheet1!E2:E5", formulas)["values"] == [
        ["=D2*2"], [], ['=SUM($D$2:D4)&"C2"'], ["=sheet1!C5&D5"],
    ]  # fmt: skip
    assert anna.see("Sheet1!E2:E5") == [["4"], [], ["12C2"], ["c"]]

    anna.delete_rows("Sheet1", 2)
    anna.delete_columns("Sheet1", "C")

    assert book.values_get("Sheet1!D3:D4", formulas)["values"] == [['=SUM($C$2:C3)&"C2"'], ["=#REF!&C4"]]
    assert anna.see("Sheet1!D4") == [["#REF!"]]
    with pytest.raises(Answer, match="formulas refer to cells"):
        anna.sort("Sheet1!A2:D4", "A")


def test_a_copied_sheet_has_its_own_ids_and_keeps_protection_and_metadata(book):
    location = {"dimensionRange": rows(1, 2)}
    metadata = {"metadataKey": "row", "metadataValue": "r1", "visibility": "DOCUMENT", "location": location}
    book.batch_update(
        {"requests": [protect(columns(0, 1)), {"createDeveloperMetadata": {"developerMetadata": metadata}}]}
    )
    copy = book.duplicate_sheet(0, new_sheet_name="Copy")
    sheets = book.fetch_sheet_metadata()["sheets"]

    assert copy.get_all_values() == book.sheet1.get_all_values()
    assert (
        sheets[0]["protectedRanges"][0]["protectedRangeId"]
        != sheets[1]["protectedRanges"][0]["protectedRangeId"]
    )
    assert sheets[1]["protectedRanges"][0]["range"]["sheetId"] == copy.id
    marked = book.fetch_sheet_metadata(
        {"fields": "sheets.data.rowMetadata.developerMetadata(metadataId,metadataValue)"}
    )
    values = [sheet["data"][0]["rowMetadata"][1]["developerMetadata"][0] for sheet in marked["sheets"]]
    assert [one["metadataValue"] for one in values] == ["r1", "r1"]
    assert values[0]["metadataId"] != values[1]["metadataId"]
