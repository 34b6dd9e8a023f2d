"""Values in the emulator: facts of the real API, from its documents, recorded exchanges and probes that others published."""

import gspread
import pytest

from tests.support.google.emulator import google_emulator
from tests.support.google.numberformat import shown
from tests.support.google.ranges import Area, Box, a1, a1_of, cells_of, split_title
from tests.support.google.typed import understood

EPOCH_OF_2026_09_27 = 46292


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with google_emulator(tmp_path_factory.mktemp("google"), unlimited=True) as google:
        yield google.point(gspread.service_account(google.service_account_file))


@pytest.fixture
def book(client):
    return client.create("Desk")


def refusal(action) -> str:
    with pytest.raises(gspread.exceptions.APIError) as refused:
        action()
    assert refused.value.response.status_code == 400
    return refused.value.error["message"]


@pytest.mark.parametrize(
    ("typed", "entered", "pattern"),
    [
        ("00123", {"numberValue": 123}, None),
        ("'00123", {"stringValue": "00123"}, None),
        ("3.00", {"numberValue": 3}, None),
        ("1,234.50", {"numberValue": 1234.5}, "#,##0.00"),
        ("50%", {"numberValue": 0.5}, "0%"),
        ("$1,234.50", {"numberValue": 1234.5}, '"$"#,##0.00'),
        ("2026-09-27", {"numberValue": EPOCH_OF_2026_09_27}, "yyyy-mm-dd"),
        ("9/27/2026", {"numberValue": EPOCH_OF_2026_09_27}, "m/d/yyyy"),
        ("2026-09-27 10:30:15", {"numberValue": 46292.43767361111}, "yyyy-mm-dd h:mm:ss"),
        ("true", {"boolValue": True}, None),
        ("=1+2", {"formulaValue": "=1+2"}, None),
        ("１２３", {"stringValue": "１２３"}, None),
        ("2026-13-01", {"stringValue": "2026-13-01"}, None),
        ("12 boxes", {"stringValue": "12 boxes"}, None),
    ],
)
def test_typed_text_becomes_what_google_makes_of_it(typed, entered, pattern):
    value, brought = understood(typed, None, "en_US")

    assert value == pytest.approx(entered) if "numberValue" in entered else value == entered
    assert (brought or {}).get("pattern") == pattern


def test_nothing_is_interpreted_in_a_cell_formatted_as_plain_text():
    form = {"numberFormat": {"type": "TEXT"}}

    assert understood("00123", form, "en_US") == ({"stringValue": "00123"}, None)
    assert understood("=1+2", form, "en_US") == ({"stringValue": "=1+2"}, None)


def test_the_locale_decides_what_a_date_and_a_currency_are():
    assert understood("9/27/2026", None, "zh_TW")[0] == {"stringValue": "9/27/2026"}
    assert understood("2026年9月27日", None, "zh_TW")[0] == {"numberValue": EPOCH_OF_2026_09_27}
    assert understood("¥12", None, "zh_CN")[0] == {"numberValue": 12}
    assert understood("¥12", None, "en_US")[0] == {"stringValue": "¥12"}


@pytest.mark.parametrize(
    ("number", "kind", "pattern", "text"),
    [
        (0.0009765625, "", "", "0.0009765625"),
        (1 / 3, "", "", "0.3333333333"),
        (12.0, "", "", "12"),
        (1e20, "", "", "1E+20"),
        (1234.5, "NUMBER", "#,##0.00", "1,234.50"),
        (-0.5, "NUMBER", "#,##0.00", "-0.50"),
        (0.155, "PERCENT", "0.0%", "15.5%"),
        (1234.5, "CURRENCY", '"¥"#,##0', "¥1,235"),
        (1234.5, "CURRENCY", "[$¥-804]#,##0.00", "¥1,234.50"),
        (-3, "NUMBER", "0;(0)", "(3)"),
        (46292.37847, "DATE_TIME", "yyyy-mm-dd h:mm", "2026-09-27 9:05"),
        (46292.9999999884, "DATE_TIME", "m/d/yyyy h:mm:ss", "9/28/2026 0:00:00"),
        (46292, "DATE", 'yyyy"年"m"月"d"日"', "2026年9月27日"),
        (0.75, "TIME", "h:mm AM/PM", "6:00 PM"),
    ],
)
def test_a_number_is_shown_by_its_format(number, kind, pattern, text):
    assert shown(number, {"numberFormat": {"type": kind, "pattern": pattern}}, "en_US") == text


@pytest.mark.parametrize(
    ("word", "area"),
    [
        ("B2", (1, 2, 1, 2)),
        ("A:C", (None, None, 0, 3)),
        ("2:5", (1, 5, None, None)),
        ("A5:A", (4, None, 0, 1)),
        ("A2:2", (1, 2, 0, None)),
        ("C3:A1", (0, 3, 0, 3)),
        ("AA10", (9, 10, 26, 27)),
    ],
)
def test_references_mean_what_they_mean_in_google(word, area):
    top, bottom, left, right = area

    assert cells_of(word, 7) == Area(sheet=7, top=top, bottom=bottom, left=left, right=right)


def test_titles_are_quoted_only_where_they_must_be():
    one = Box(top=0, bottom=1, left=0, right=2)

    assert a1("Sheet1", one) == "Sheet1!A1:B1"
    assert a1("Bob's 訂單", one) == "'Bob''s 訂單'!A1:B1"
    assert a1("D3", one) == "'D3'!A1:B1"
    assert split_title("'Bob''s 訂單'!A1:B1") == ("Bob's 訂單", "A1:B1")
    assert a1_of("T", Area(sheet=0, top=1000, left=0, right=2)) == "T!A1001:B"
    assert a1_of("T", Area(sheet=0, top=0, bottom=2, left=26)) == "T!AA1:2"


@pytest.fixture
def two_tables(book):
    """The example of Google's own guide to appending."""
    book.sheet1.update([["x", "y", "z"], ["x", "y", "z"]], "A1")
    book.sheet1.update([["x", "y"], ["", "y", "z"], ["", "", "z"]], "B4")
    return book


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Sheet1", "B7"), ("Sheet1!B4", "B7"), ("Sheet1!C5:D5", "B7"), ("Sheet1!B2:D4", "B7"), ("Sheet1!A3:G10", "B7"),
        ("Sheet1!A1", "A3"), ("Sheet1!E4", "E4"), ("Sheet1!A4", "A4"),
    ],
)  # fmt: skip
def test_appending_goes_below_the_last_table_that_the_range_touches(two_tables, asked, written):
    answer = two_tables.values_append(asked, {"valueInputOption": "RAW"}, {"values": [["new"]]})

    assert answer["updates"]["updatedRange"] == f"Sheet1!{written}"


def test_a_row_that_begins_with_empty_cells_makes_the_next_append_shift_right(book):
    book.sheet1.append_row(["a", "", "c"])
    book.sheet1.append_row(["a", "", "c"])

    assert book.sheet1.get_all_values() == [["a", "", "c", "", ""], ["", "", "a", "", "c"]]


def test_appending_makes_the_sheet_longer_and_updating_never_does(book):
    sheet = book.sheet1
    sheet.resize(rows=2, cols=2)
    sheet.append_rows([["1", "2"], ["3", "4"], ["5", "6"]])

    assert book.fetch_sheet_metadata()["sheets"][0]["properties"]["gridProperties"]["rowCount"] == 3
    assert refusal(lambda: sheet.update([["7"]], "A4")) == (
        "Range (Sheet1!A4) exceeds grid limits. Max rows: 3, max columns: 2"
    )
    assert refusal(lambda: sheet.update([["7"], ["8"]], "A3")) == (
        "Requested writing within range [Sheet1!A3], but tried writing to row [4]"
    )
    assert refusal(lambda: sheet.update([["7", "8"]], "A1:A2")) == (
        "Requested writing within range [Sheet1!A1:A2], but tried writing to column [B]"
    )
    assert refusal(lambda: sheet.batch_clear(["A4:ZZ"])) == (
        "Invalid range[0]: Range (Sheet1!A4:ZZ) exceeds grid limits. Max rows: 3, max columns: 2"
    )
    assert refusal(lambda: book.values_get("Nowhere!A1")) == "Unable to parse range: Nowhere!A1"


def test_null_leaves_a_cell_and_an_empty_string_clears_it_and_both_keep_the_format(book):
    sheet = book.sheet1
    sheet.update([[1, 2, 3]], "A1:C1")
    sheet.format("A1:C1", {"numberFormat": {"type": "NUMBER", "pattern": "0.00"}})
    sheet.update([[None, "", 4]], "A1:C1")

    assert sheet.get_all_values() == [["1.00", "", "4.00"]]

    sheet.update([[5]], "B1")

    assert sheet.acell("B1").value == "5.00"


def test_the_same_cells_in_three_ways(book):
    sheet = book.sheet1
    sheet.update([["2026-09-27", "00123", "=1/4", "TRUE"]], "A1", raw=False)
    sheet.update([["2026-09-27", "00123", "=1/4", True]], "A2", raw=True)

    plain = {"valueRenderOption": "UNFORMATTED_VALUE"}
    assert book.values_get("Sheet1")["values"] == [
        ["2026-09-27", "123", "0.25", "TRUE"],
        ["2026-09-27", "00123", "=1/4", "TRUE"],
    ]
    assert book.values_get("Sheet1", plain)["values"] == [
        [EPOCH_OF_2026_09_27, 123, 0.25, True],
        ["2026-09-27", "00123", "=1/4", True],
    ]
    text = plain | {"dateTimeRenderOption": "FORMATTED_STRING"}
    assert book.values_get("Sheet1!A1", text)["values"] == [["2026-09-27"]]
    assert book.values_get("Sheet1!C1", {"valueRenderOption": "FORMULA"})["values"] == [["=1/4"]]


def test_a_batch_of_values_is_written_wholly_or_not_at_all(book):
    written = [{"range": "Sheet1!A1", "values": [["kept"]]}, {"range": "Nowhere!A1", "values": [["lost"]]}]
    message = refusal(lambda: book.values_batch_update({"valueInputOption": "RAW", "data": written}))

    assert message == "Invalid data[1]: Unable to parse range: Nowhere!A1"
    assert book.sheet1.get_all_values() == [[]]


def test_what_is_no_list_of_lists_is_refused_in_protobufs_words(book):
    message = refusal(
        lambda: book.client.values_update(
            book.id, "Sheet1!A1", params={"valueInputOption": "RAW"}, body={"values": ["X"]}
        )
    )

    assert (
        message == "Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), \"X\""
    )


def test_formulas_of_sums_and_references_are_evaluated_and_errors_are_shown(book):
    book.sheet1.update([[1, 2, "=A1+B1*2", '=SUM(A1:B1)&"!"', "=A1/0", "=E1"]], "A1", raw=False)

    assert book.sheet1.get_all_values() == [["1", "2", "5", "3!", "#DIV/0!", "#DIV/0!"]]
