"""Files in the emulator's Drive: who may see and do what, when they changed, and what they are."""

import csv
import datetime as dt
import io

import gspread
import openpyxl
import pytest

from tests.support.google.drive import FOLDER, SPREADSHEET, XLSX
from tests.support.google.emulator import google_emulator
from tests.support.google.people import NotAllowed

FILES = "https://www.googleapis.com/drive/v3/files"
ANNA = "anna@firm.example"


@pytest.fixture
def google(tmp_path):
    with google_emulator(tmp_path, unlimited=True) as emulator:
        yield emulator


@pytest.fixture
def client(google):
    return google.point(gspread.service_account(google.service_account_file))


@pytest.fixture
def other(google):
    """Another service account: its client, and its address."""
    path = google.service_account("other")
    return google.point(gspread.service_account(path)), "other@deskbook-test.iam.gserviceaccount.com"


def ask(client, method, path="", params=None, json=None):
    return client.http_client.request(method, FILES + path, params=params, json=json)


def told(client, number, fields):
    return ask(client, "get", f"/{number}", params={"fields": fields, "supportsAllDrives": True}).json()


def refusal(action):
    with pytest.raises(
        (gspread.exceptions.APIError, PermissionError, gspread.SpreadsheetNotFound)
    ) as refused:
        action()
    error = refused.value
    while not isinstance(error, gspread.exceptions.APIError):
        error = error.__cause__ or error.__context__
    return (
        error.response.status_code,
        error.error.get("errors", [{}])[0].get("reason"),
        error.error["message"],
    )


def test_modified_time_moves_with_every_change_of_the_content_and_with_nothing_else(google, client):
    book = client.create("Desk")
    book.share(ANNA, perm_type="user", role="writer", notify=False)
    anna = google.person(ANNA).open(book.id)
    times = []
    for act in (
        lambda: None,
        lambda: book.sheet1.update([["x"]], "A1"),
        lambda: anna.type("Sheet1!A1", "y"),
        book.sheet1.get_all_values,
        lambda: anna.insert_rows("Sheet1", 1),
        lambda: google.clock.step(hours=1),
        lambda: book.batch_update({"requests": [{"addSheet": {"properties": {"title": "two"}}}]}),
    ):
        act()
        times.append(told(client, book.id, "modifiedTime")["modifiedTime"])

    assert [times.index(time) for time in times] == [0, 1, 2, 2, 4, 4, 6]
    assert times == sorted(times)
    assert times[-1] == "2026-11-02T02:00:00.000Z"
    assert told(client, book.id, "lastModifyingUser.me")["lastModifyingUser"]["me"] is True


def test_modified_time_may_lag_behind_the_edit(google, client):
    book = client.create("Desk")
    google.rules.modified_time_lags = dt.timedelta(seconds=30)
    before = told(client, book.id, "modifiedTime")
    book.sheet1.update([["x"]], "A1")

    assert told(client, book.id, "modifiedTime") == before

    google.clock.step(seconds=31)

    assert told(client, book.id, "modifiedTime")["modifiedTime"] > before["modifiedTime"]


def test_a_file_is_seen_by_those_it_is_shared_with_until_it_is_not(client, other):
    theirs, mail = other
    book = client.create("Desk")

    assert refusal(lambda: theirs.open_by_key(book.id)) == (403, None, "The caller does not have permission")
    assert refusal(lambda: ask(theirs, "get", f"/{book.id}")) == (
        404,
        "notFound",
        f"File not found: {book.id}.",
    )

    book.share(mail, perm_type="user", role="reader", notify=False)
    assert theirs.open_by_key(book.id).sheet1.get_all_values() == [[]]
    assert refusal(lambda: theirs.open_by_key(book.id).sheet1.update([["x"]], "A1"))[0] == 403
    assert told(theirs, book.id, "capabilities.canEdit,ownedByMe") == {
        "capabilities": {"canEdit": False},
        "ownedByMe": False,
    }

    (mine,) = [one for one in book.list_permissions() if one["role"] == "reader"]
    ask(client, "patch", f"/{book.id}/permissions/{mine['id']}", json={"role": "writer"})
    assert theirs.open_by_key(book.id).sheet1.update([["x"]], "A1")["updatedCells"] == 1

    book.remove_permissions(mail, role="writer")
    assert refusal(lambda: theirs.open_by_key(book.id))[0] == 403
    assert theirs.list_spreadsheet_files() == []


def test_a_writer_may_share_but_not_delete_and_a_deleted_file_is_gone(client, other):
    theirs, mail = other
    book = client.create("Desk")
    book.share(mail, perm_type="user", role="writer", notify=False)
    theirs.open_by_key(book.id).share(ANNA, perm_type="user", role="reader", notify=False)

    assert refusal(lambda: theirs.del_spreadsheet(book.id))[:2] == (403, "insufficientFilePermissions")

    client.del_spreadsheet(book.id)

    assert refusal(lambda: client.open_by_key(book.id)) == (404, None, "Requested entity was not found.")


def test_a_file_in_the_bin_can_still_be_read_and_says_that_it_is_there(google, client):
    book = client.create("Desk")
    ask(client, "patch", f"/{book.id}", json={"trashed": True})

    assert told(client, book.id, "trashed") == {"trashed": True}
    assert book.sheet1.get_all_values() == [[]]
    listed = ask(client, "get", params={"q": f"mimeType='{SPREADSHEET}' and trashed = false"}).json()
    assert listed["files"] == []
    with pytest.raises(NotAllowed):
        google.person(ANNA).trash(book.id)


def test_a_locked_file_refuses_every_write_but_not_reading(google, client):
    book = client.create("Desk")
    google.file(book.id).locked = True

    assert book.sheet1.get_all_values() == [[]]
    assert refusal(lambda: book.sheet1.update([["x"]], "A1"))[0] == 403
    assert told(client, book.id, "capabilities.canModifyContent")["capabilities"]["canModifyContent"] is False


def test_an_xlsx_in_drive_is_no_spreadsheet(google, client):
    number = google.put_file("Desk.xlsx", XLSX, ANNA, b"PK", {google.service_account_mail: "writer"})

    assert refusal(lambda: client.open_by_key(number)) == (
        400,
        None,
        "This operation is not supported for this document",
    )
    assert told(client, number, "mimeType,size") == {"mimeType": XLSX, "size": "2"}
    assert ask(client, "get", f"/{number}", params={"alt": "media"}).content == b"PK"


def test_an_account_without_storage_creates_files_on_a_shared_drive_only(google, client):
    google.rules.service_account_has_storage = False
    code, reason, message = refusal(lambda: client.create("Desk"))

    assert (code, reason) == (403, "storageQuotaExceeded")
    assert message.startswith("Service Accounts do not have storage quota.")

    drive = google.shared_drive("Sales", {google.service_account_mail: "fileOrganizer", ANNA: "reader"})
    book = client.create("Desk", folder_id=drive)
    book.sheet1.update([["x"]], "A1")

    assert told(client, book.id, "driveId,owners") == {"driveId": drive}
    assert google.person(ANNA).open(book.id).see("Sheet1") == [["x"]]
    assert refusal(lambda: ask(client, "get", f"/{book.id}"))[0] == 404, "supportsAllDrives was not said"
    assert [one["id"] for one in client.list_spreadsheet_files()] == [book.id]


def test_files_are_found_by_query_in_pages_latest_first(google, client):
    folder = ask(client, "post", json={"name": "Desks", "mimeType": FOLDER}).json()["id"]
    for name in ("Anna's desk", "Ben", "Cleo"):
        google.clock.step(minutes=1)
        client.create(name, folder_id=folder)
    query = f"'{folder}' in parents and mimeType='{SPREADSHEET}'"
    first = ask(client, "get", params={"q": query, "pageSize": 2}).json()
    second = ask(
        client, "get", params={"q": query, "pageSize": 2, "pageToken": first["nextPageToken"]}
    ).json()

    assert [one["name"] for one in first["files"] + second["files"]] == ["Cleo", "Ben", "Anna's desk"]
    assert "nextPageToken" not in second
    assert client.open("Anna's desk").title == "Anna's desk"
    later = ask(
        client, "get", params={"q": "modifiedTime > '2026-11-02T01:02:30' and name contains 'cl'"}
    ).json()
    assert [one["name"] for one in later["files"]] == ["Cleo"]
    assert refusal(lambda: ask(client, "get", params={"q": "name ="}))[:2] == (400, "invalid")


def test_exports_are_real_files_and_a_csv_comes_in_as_if_typed(client):
    book = client.create("Desk")
    book.sheet1.update([["名稱", "00123", 1.5], ["", "", ""], ["a,b", '"', "=1+1"]], "A1")
    sheet = openpyxl.load_workbook(io.BytesIO(book.export(gspread.utils.ExportFormat.EXCEL))).active
    text = book.export(gspread.utils.ExportFormat.CSV).decode()

    assert [list(row) for row in sheet.iter_rows(values_only=True)] == [
        ["名稱", "00123", 1.5], [None, None, None], ["a,b", '"', "=1+1"],
    ]  # fmt: skip
    assert list(csv.reader(io.StringIO(text))) == [
        ["名稱", "00123", "1.5"],
        ["", "", ""],
        ["a,b", '"', "=1+1"],
    ]
    assert not text.endswith("\r\n")

    client.import_csv(book.id, b"id,00123\r\n")

    assert book.fetch_sheet_metadata()["sheets"][0]["properties"]["title"] == "Desk"
    assert book.values_get("Desk")["values"] == [["id", "123"]]


def test_a_copy_belongs_to_who_made_it_and_is_shared_with_nobody(client):
    book = client.create("Desk")
    book.share(ANNA, perm_type="user", role="writer", notify=False)
    book.sheet1.update([["x"]], "A1")
    copy = client.copy(book.id, title="Copy")
    copy.sheet1.update([["y"]], "A1")

    assert [one["role"] for one in copy.list_permissions()] == ["owner"]
    assert (book.sheet1.acell("A1").value, copy.sheet1.acell("A1").value) == ("x", "y")


def test_properties_of_the_program_are_kept_and_removed_by_null(client):
    book = client.create("Desk")
    ask(client, "patch", f"/{book.id}", json={"appProperties": {"desk": "anna", "old": "1"}})
    ask(client, "patch", f"/{book.id}", json={"appProperties": {"old": None}, "name": "Renamed"})

    assert told(client, book.id, "name,appProperties") == {
        "name": "Renamed",
        "appProperties": {"desk": "anna"},
    }
    assert client.open_by_key(book.id).title == "Renamed"


def test_renaming_the_spreadsheet_renames_the_file(client):
    book = client.create("Desk")
    book.update_title("Orders")

    assert told(client, book.id, "name") == {"name": "Orders"}


def test_ownership_cannot_be_taken_by_a_permission(client):
    book = client.create("Desk")

    code, _, message = refusal(lambda: book.share(ANNA, perm_type="user", role="owner", notify=False))
    assert (code, "transferOwnership" in message) == (403, True)
    (owner,) = book.list_permissions()
    assert refusal(lambda: ask(client, "delete", f"/{book.id}/permissions/{owner['id']}"))[0] == 403


def test_the_narrowest_scope_reaches_only_files_that_the_account_made(google, client, other):
    theirs, _ = other
    book = theirs.create("Theirs")
    book.share(google.service_account_mail, perm_type="user", role="writer", notify=False)
    narrow = ["https://www.googleapis.com/auth/drive.file"]
    mine = google.point(gspread.service_account(google.service_account_file, scopes=narrow))
    own = mine.create("Mine")

    assert own.sheet1.update([["x"]], "A1")["updatedCells"] == 1
    assert [one["id"] for one in mine.list_spreadsheet_files()] == [own.id]
    assert refusal(lambda: mine.open_by_key(book.id)) == (404, None, "Requested entity was not found.")
    assert client.open_by_key(book.id).title == "Theirs"


def test_scopes_for_reading_do_not_write(google):
    reading = [
        "https://www.googleapis.com/auth/spreadsheets.readonly",
        "https://www.googleapis.com/auth/drive.metadata.readonly",
    ]
    reader = google.point(gspread.service_account(google.service_account_file, scopes=reading))

    assert reader.list_spreadsheet_files() == []
    assert refusal(lambda: reader.create("Desk"))[2] == "Request had insufficient authentication scopes."
