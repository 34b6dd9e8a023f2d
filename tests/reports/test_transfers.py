import datetime as dt
import json

from reports.books import Scope
from reports.period import Period
from reports.transfers import transfers
from sheet_templates.form import Role
from tests.support.company import ZONE, books, record
from tests.support.pages import figure, rows, table

OCTOBER = Period.parse("2026-10")
LEADER = Scope(role=Role("leader"))
MIA = Scope(role=Role("manager"), me="P-1")
NOW = dt.datetime(2026, 11, 1, 8, tzinfo=ZONE)


def receipt(number: int, recorded: str, owner: str = "P-2", **more: str):
    more = {"role": "finance", "status": "open", "rule": "order_approved", "subject": f"SO-{number}", **more}
    content = json.dumps({"recorded": recorded})
    return record("receipt", f"RC-{number}", owner=owner, content=content, **more)


RECEIPTS = (
    receipt(1, "2026-10-26 09:00", told="2026-10-26 09:02", due="2026-10-26 13:00",
            received="2026-10-26 10:02", status="received"),
    receipt(2, "2026-10-27 09:00", told="2026-10-27 09:04", due="2026-10-27 13:00"),
    receipt(3, "2026-10-27 09:00", owner="P-5", role="production", due="2026-12-27 13:00"),
    receipt(4, "2026-10-27 09:00", status="replaced"),
    receipt(5, "2026-09-30 23:59", told="2026-10-01 00:10", due="2026-10-01 13:00"),
)  # fmt: skip


def test_transfers_are_counted_by_the_day_on_which_they_were_recorded():
    page = transfers(books(*RECEIPTS, now=NOW), OCTOBER, LEADER)

    assert figure(page, "reports.transfers.count").value == 3
    assert figure(page, "reports.transfers.count").before == 1
    assert figure(page, "reports.transfers.acknowledged").value == 1
    assert figure(page, "reports.transfers.late").value == 1
    assert rows(table(page, "reports.transfers.by_recipient")) == [
        ("Finance", 2, 1, 1, 3, 60),
        ("Production", 1, 0, 0, None, None),
    ]


def test_what_is_overdue_and_not_acknowledged_is_named():
    page = transfers(books(*RECEIPTS, now=NOW), OCTOBER, LEADER)

    assert [(row[0], row[2]) for row in rows(table(page, "reports.transfers.open"))] == [("SO-2", "Finance")]
    assert [row[1:] for row in rows(table(page, "reports.transfers.by_event"))] == [(3, 1)]


def test_a_manager_sees_the_transfers_of_his_peoples_records():
    page = transfers(books(*RECEIPTS, now=NOW), OCTOBER, MIA)

    assert figure(page, "reports.transfers.count").numbers == ("RC-1", "RC-2")
