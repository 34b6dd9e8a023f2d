"""Developer metadata in the emulator: tied to a row they stay with the row, and find it again."""

import gspread
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.support.google import batch, filters
from tests.support.google.batch_sheets import new_sheet
from tests.support.google.book import Book
from tests.support.google.change import Change
from tests.support.google.emulator import google_emulator
from tests.support.google.errors import Answer
from tests.support.google.protection import Caller

KEY = {"metadataKey": "row"}


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    with google_emulator(tmp_path_factory.mktemp("google"), unlimited=True) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def client(google):
    return google.point(gspread.service_account(google.service_account_file))


def mark(row, name, key="row"):
    return {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataKey": key,
                "metadataValue": name,
                "visibility": "DOCUMENT",
                "location": {
                    "dimensionRange": {
                        "sheetId": 0,
                        "dimension": "ROWS",
                        "startIndex": row,
                        "endIndex": row + 1,
                    }
                },
            }
        }
    }


@pytest.fixture
def book(client):
    """Three rows under a header, each with its name as metadata."""
    book = client.create("Desk")
    book.sheet1.update([["name", "number"], ["r1", 3], ["r2", 1], ["r3", 2]], "A1")
    book.batch_update({"requests": [mark(1, "r1"), mark(2, "r2"), mark(3, "r3")]})
    return book


def post(book, path, body):
    return book.client.request(
        "post", f"https://sheets.googleapis.com/v4/spreadsheets/{book.id}{path}", json=body
    ).json()


def by_name(name):
    return {"developerMetadataLookup": KEY | {"metadataValue": name}}


def test_a_value_written_by_metadata_reaches_its_row_although_rows_were_inserted_above(book):
    book.sheet1.insert_rows([["new"]], 2)
    answer = post(
        book,
        "/values:batchUpdateByDataFilter",
        {"valueInputOption": "RAW", "data": [{"dataFilter": by_name("r2"), "values": [[None, 99]]}]},
    )

    assert book.sheet1.get_all_values() == [
        ["name", "number"],
        ["new", ""],
        ["r1", "3"],
        ["r2", "99"],
        ["r3", "2"],
    ]
    assert answer["responses"] == [
        {
            "updatedRange": "Sheet1!A4:B4",
            "updatedRows": 1,
            "updatedColumns": 1,
            "updatedCells": 1,
            "dataFilter": by_name("r2"),
        }
    ]


def test_what_stands_in_the_whole_row_afterwards_is_answered_on_request(book):
    answer = post(
        book,
        "/values:batchUpdateByDataFilter",
        {"valueInputOption": "RAW", "includeValuesInResponse": True, "responseValueRenderOption": "UNFORMATTED_VALUE",
         "data": [{"dataFilter": by_name("r2"), "values": [["R2"]]}]},
    )  # fmt: skip

    assert answer["responses"][0]["updatedData"] == {
        "range": "Sheet1!A3:Z3",
        "majorDimension": "ROWS",
        "values": [["R2", 1]],
    }


def test_one_metadata_is_read_by_its_id_until_it_is_deleted(book):
    found = post(book, "/developerMetadata:search", {"dataFilters": [by_name("r1")]})[
        "matchedDeveloperMetadata"
    ]
    number = found[0]["developerMetadata"]["metadataId"]
    place = f"https://sheets.googleapis.com/v4/spreadsheets/{book.id}/developerMetadata/{number}"

    assert book.client.request("get", place).json() == found[0]["developerMetadata"]

    book.batch_update(
        {
            "requests": [
                {
                    "deleteDeveloperMetadata": {
                        "dataFilter": {"developerMetadataLookup": {"metadataId": number}}
                    }
                }
            ]
        }
    )
    with pytest.raises(gspread.exceptions.APIError, match=f"No developer metadata with ID {number}"):
        book.client.request("get", place)


def test_metadata_go_with_their_row_when_it_is_deleted_and_a_write_to_them_does_nothing(book):
    book.sheet1.delete_rows(3)
    answer = post(
        book,
        "/values:batchUpdateByDataFilter",
        {"valueInputOption": "RAW", "data": [{"dataFilter": by_name("r2"), "values": [["lost"]]}]},
    )

    assert "responses" not in answer
    assert book.sheet1.get_all_values() == [["name", "number"], ["r1", "3"], ["r3", "2"]]
    assert (
        len(
            post(book, "/developerMetadata:search", {"dataFilters": [{"developerMetadataLookup": KEY}]})[
                "matchedDeveloperMetadata"
            ]
        )
        == 2
    )


@pytest.mark.parametrize(("follows", "found"), [(True, ["r2", 1]), (False, ["r3", 2])])
def test_whether_metadata_follow_a_sort_is_a_switch_because_google_does_not_say(google, book, follows, found):
    google.rules.metadata_follows_a_sort = follows
    google.person("deskbook@deskbook-test.iam.gserviceaccount.com").open(book.id).sort("Sheet1!A2:B4", "B")
    answer = post(
        book,
        "/values:batchGetByDataFilter",
        {"valueRenderOption": "UNFORMATTED_VALUE", "dataFilters": [by_name("r2")]},
    )

    assert book.sheet1.get_all_values()[1:] == [["r2", "1"], ["r3", "2"], ["r1", "3"]]
    assert answer["valueRanges"][0]["valueRange"]["values"] == [found]


def test_several_rows_are_read_at_once_each_with_the_filters_that_found_it(book):
    answer = post(
        book,
        "/values:batchGetByDataFilter",
        {"dataFilters": [{"developerMetadataLookup": KEY}, by_name("r1"), {"a1Range": "Sheet1!B1:B2"}]},
    )

    assert [(one["valueRange"]["range"], len(one["dataFilters"])) for one in answer["valueRanges"]] == [
        ("Sheet1!A2:Z2", 2),
        ("Sheet1!A3:Z3", 1),
        ("Sheet1!A4:Z4", 1),
        ("Sheet1!B1:B2", 1),
    ]


def test_a_spreadsheet_is_answered_by_data_filter_with_the_rows_it_matches(book):
    answer = post(
        book,
        ":getByDataFilter?fields=sheets.data(startRow,rowData.values.formattedValue)",
        {"dataFilters": [by_name("r3")]},
    )

    assert answer == {
        "sheets": [
            {
                "data": [
                    {
                        "startRow": 3,
                        "rowData": [{"values": [{"formattedValue": "r3"}, {"formattedValue": "2"}]}],
                    }
                ]
            }
        ]
    }


def test_metadata_are_changed_and_deleted_by_filter_and_cells_are_cleared_by_it(book):
    change = {
        "dataFilters": [by_name("r1")],
        "developerMetadata": {"metadataValue": "first"},
        "fields": "metadataValue",
    }
    answer = book.batch_update(
        {
            "requests": [
                {"updateDeveloperMetadata": change},
                {"deleteDeveloperMetadata": {"dataFilter": by_name("r2")}},
            ]
        }
    )
    cleared = post(book, "/values:batchClearByDataFilter", {"dataFilters": [by_name("first")]})

    updated, deleted = answer["replies"]
    assert updated["updateDeveloperMetadata"]["developerMetadata"][0]["metadataValue"] == "first"
    assert [
        one["metadataValue"] for one in deleted["deleteDeveloperMetadata"]["deletedDeveloperMetadata"]
    ] == ["r2"]
    assert cleared["clearedRanges"] == ["Sheet1!A2:Z2"]


def test_metadata_on_two_rows_at_once_are_refused_and_so_is_more_than_a_sheet_holds(book):
    both = mark(1, "both")
    both["createDeveloperMetadata"]["developerMetadata"]["location"]["dimensionRange"]["endIndex"] = 3
    with pytest.raises(gspread.exceptions.APIError, match="single row or column"):
        book.batch_update({"requests": [both]})

    with pytest.raises(gspread.exceptions.APIError, match="30000 characters"):
        book.batch_update({"requests": [mark(row, "x" * 97) for row in range(1, 302)]})


def test_metadata_of_a_project_are_invisible_to_another_project(google, book):
    private = mark(1, "mine", key="secret")
    private["createDeveloperMetadata"]["developerMetadata"]["visibility"] = "PROJECT"
    book.batch_update({"requests": [private]})
    other = google.service_account("other", project="2")
    google.person("deskbook@deskbook-test.iam.gserviceaccount.com").share(
        book.id, "other@deskbook-test.iam.gserviceaccount.com"
    )
    theirs = google.point(gspread.service_account(other)).open_by_key(book.id)
    asked = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "secret"}}]}

    assert len(post(book, "/developerMetadata:search", asked)["matchedDeveloperMetadata"]) == 1
    assert post(theirs, "/developerMetadata:search", asked) == {}


moves = some.lists(
    some.tuples(
        some.sampled_from(["insert", "delete", "move"]),
        some.integers(0, 7),
        some.integers(1, 3),
        some.integers(0, 8),
    ),
    max_size=12,
)


@given(moves=moves)
@settings(max_examples=60)
def test_whatever_rows_are_inserted_deleted_and_moved_metadata_and_values_stay_together(moves):
    """A list of names is moved about beside the book: what the list says is what metadata and cells say."""
    book = Book(id="b", look={"title": "b", "locale": "en_US"})
    book.sheets.append(
        new_sheet(book, {"sheetId": 0, "gridProperties": {"rowCount": 6, "columnCount": 1}}, "Sheet1")
    )
    change = Change(book=book, caller=Caller(mail="a", owner=True), owner="a", project="p")
    rows = [{"values": [{"userEnteredValue": {"stringValue": f"r{row}"}}]} for row in range(6)]
    start = [mark(row, f"r{row}") for row in range(6)]
    write = {"updateCells": {"rows": rows, "fields": "userEnteredValue", "start": {"sheetId": 0}}}
    book, _ = batch.applied(change, [*start, write])
    names: list[str | None] = [f"r{row}" for row in range(6)]
    for kind, at, count, to in moves:
        span = {"sheetId": 0, "dimension": "ROWS", "startIndex": at, "endIndex": at + count}
        request = {
            "insert": {"insertDimension": {"range": span}},
            "delete": {"deleteDimension": {"range": span}},
            "move": {"moveDimension": {"source": span, "destinationIndex": to}},
        }[kind]
        before = book
        try:
            book, _ = batch.applied(change.on(book), [request])
        except Answer:
            assert book is before
            continue
        if kind == "insert":
            names[at:at] = [None] * count
        elif kind == "delete":
            del names[at : at + count]
        else:
            taken = names[at : at + count]
            del names[at : at + count]
            place = to - count if to > at else to
            names[place:place] = taken
    found = {filters.span_of_mark(book, one).start: one.value for one in book.marks.values()}

    assert found == {at: name for at, name in enumerate(names) if name}
    assert {row: cell.entered["stringValue"] for row, _, cell in book.sheets[0].filled()} == found
