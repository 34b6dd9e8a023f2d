"""The emulator itself: gspread talks to it unchanged, and what goes wrong goes wrong as told."""

import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError

from tests.support.google.emulator import google_emulator
from tests.support.google.faults import Line
from tests.support.google.quota import Quota


@pytest.fixture
def google(tmp_path):
    with google_emulator(tmp_path) as emulator:
        yield emulator


@pytest.fixture
def client(google):
    return google.point(gspread.service_account(google.service_account_file))


def test_gspread_logs_in_with_its_own_code_and_keeps_its_token_for_an_hour(google, client):
    sheet = client.create("Desk").sheet1
    sheet.acell("A1")

    assert [seen.operation for seen in google.seen].count("token") == 1

    google.clock.step(minutes=61)
    sheet.acell("A1")

    assert [(seen.operation, seen.code) for seen in google.seen][-3:] == [
        ("spreadsheets.values.get", 401),
        ("token", 200),
        ("spreadsheets.values.get", 200),
    ]


def test_a_key_that_google_does_not_know_any_more_gets_no_token(google, client):
    google.world.accounts[google.service_account_mail].disabled = True

    with pytest.raises(RefreshError, match="account disabled"):
        client.create("Desk")


def test_the_sixty_first_read_of_a_minute_is_refused_and_the_next_minute_is_new(google, client):
    book = client.create("Desk")
    google.quota.reads_of_user = 5
    while google.quota.used("Read", google.service_account_mail) < 5:
        book.sheet1.acell("A1")

    with pytest.raises(gspread.exceptions.APIError, match="Read requests per minute per user") as refusal:
        book.sheet1.acell("A1")
    assert refusal.value.response.status_code == 429

    google.clock.step(minutes=1)

    assert book.sheet1.acell("A1").value is None


def test_googles_own_numbers_hold_unless_told_otherwise():
    assert (Quota().reads_of_user, Quota().writes_of_user, Quota().reads) == (60, 60, 300)


@pytest.mark.parametrize(
    ("line", "applied"),
    [(Line.DROP_BEFORE, False), (Line.DROP_AFTER, True), (Line.CUT, True)],
)
def test_a_dropped_line_may_or_may_not_have_done_its_work(google, client, line, applied):
    sheet = client.create("Desk").sheet1
    google.fault("spreadsheets.values.update", line=line)

    with pytest.raises(requests.exceptions.RequestException):
        sheet.update([["typed"]], "A1")

    assert (sheet.acell("A1").value == "typed") is applied


@pytest.mark.parametrize("line", [Line.HANG_BEFORE, Line.HANG_AFTER, Line.HALF])
def test_an_answer_that_never_comes_ends_by_the_clients_timeout_only(google, client, line):
    sheet = client.create("Desk").sheet1
    client.set_timeout(0.1)
    google.fault("spreadsheets.values.get", line=line)

    with pytest.raises((requests.exceptions.Timeout, requests.exceptions.ConnectionError)):
        sheet.acell("A1")

    assert sheet.acell("A1").value is None


def test_a_fault_answers_in_googles_words_as_often_as_told(google, client):
    sheet = client.create("Desk").sheet1
    google.fault("spreadsheets.values.*", status=503, html=True, times=2, skip=1)

    codes = []
    for _ in range(4):
        try:
            sheet.acell("A1")
            codes.append(200)
        except gspread.exceptions.APIError as error:
            codes.append((error.code, "temporarily unavailable" in error.response.text))

    assert codes == [200, (-1, True), (-1, True), 200]


def test_a_person_may_act_between_two_of_our_requests(google, client):
    book = client.create("Desk")
    book.share("anna@firm.example", perm_type="user", role="writer", notify=False)
    anna = google.person("anna@firm.example").open(book.id)
    google.when("spreadsheets.values.get", first=lambda: anna.type("Sheet1!A1", "mine"))
    google.when("spreadsheets.values.update", then=lambda: anna.insert_rows("Sheet1", before=1))

    assert book.sheet1.acell("A1").value == "mine"

    book.sheet1.update([["ours"]], "A1")

    assert anna.see("Sheet1") == [[], ["ours"]]


def test_google_is_out_of_reach_for_a_while_and_everything_is_there_afterwards(google, client):
    sheet = client.create("Desk").sheet1
    sheet.update([["x"]], "A1")
    with google.out_of_reach(), pytest.raises(requests.exceptions.ConnectionError):
        sheet.acell("A1")

    assert sheet.acell("A1").value == "x"


def test_what_is_not_modelled_says_so(google, client):
    book = client.create("Desk")

    with pytest.raises(gspread.exceptions.APIError, match="does not model the request addChart") as refusal:
        book.batch_update({"requests": [{"addChart": {}}]})
    assert refusal.value.response.status_code == 501

    with pytest.raises(gspread.exceptions.APIError, match="VLOOKUP"):
        book.sheet1.update([["=VLOOKUP(1,A1:B2,2)"]], "A1", raw=False)
