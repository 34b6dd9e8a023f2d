"""Transfers with receipts: who is told, who says that he has received it, and what happens where nobody does."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State
from sync.running import Duties
from tests.support.office import MONDAY, Office, moved_in, open_office
from tests.support.papers import ordered
from tests.support.town import Loud

pytestmark = pytest.mark.long


TODAY = MONDAY.date()
DELIVERY = {"delivery_on": dt.date(2026, 12, 15), "delivery_place": "Shanghai, gate 4"}


@pytest.fixture(scope="module")
def approved(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company with an approved order of which everybody has been told."""
    root = moved_in(furnished, tmp_path_factory.mktemp("approved"))
    with open_office(root) as office:
        ordered(office, **DELIVERY)
    return root


@pytest.fixture
def busy(approved: Path, tmp_path: Path) -> Iterator[Office]:
    with open_office(moved_in(approved, tmp_path), "c") as found:
        yield found


NUMBER = "SO-2026-0001"


def asked(office: Office, key: str) -> list[str]:
    """Return what a desk is asked to acknowledge."""
    return [
        str(line[FieldKey("what")])
        for line in office.todo(key)
        if str(line[FieldKey("what")]).startswith("Please acknowledge")
    ]


def receives(office: Office, key: str, word: str = "Received", number: str | None = None) -> None:
    """Choose a word beside each line that asks for a receipt, and save."""
    for row in office.hands.rows(office.path(key), FormKey("todo")):
        if str(row.cells.get(FieldKey("what"))).startswith("Please acknowledge"):
            office.hands.type_cell(office.path(key), FormKey("todo"), row.at, FieldKey("pick"), word)
    office.settle()


def receipts(office: Office, whom: str, rule: str = "order_approved") -> list[str]:
    """Return how the receipts of a department or a person stand, oldest first."""
    return [
        str(each["status"])
        for each in office.every("receipt")
        if whom in (each["role"], each["person"]) and each["rule"] == rule
    ]


def test_an_approved_order_reaches_each_department_which_acknowledges_it_and_the_rep_sees_who_has_not(busy):
    number = NUMBER

    assert asked(busy, "Production") == [
        f"Please acknowledge: Order {number} for Acme is approved; delivery on 15 Dec 2026"
    ]
    (line,) = [each for each in busy.todo("Production") if each[FieldKey("due")]]
    assert line[FieldKey("subject_number")] == number
    assert line[FieldKey("due")] == TODAY, "urgent: four working hours"
    assert "Shanghai, gate 4" in str(line[FieldKey("hint")])
    mine = {
        each.cells[FieldKey("role")]: each for each in busy.hands.rows(busy.path("Rae"), FormKey("receipt"))
    }
    assert mine["Production"].cells[FieldKey("status")] == "Not acknowledged"

    receives(busy, "Production")

    assert asked(busy, "Production") == []
    assert receipts(busy, "production") == ["received"]
    assert receipts(busy, "finance") == ["open"]
    (entry,) = [each.entry for each in busy.store.journal() if each.entry.kind == "received"]
    assert (entry.desk, entry.record) == ("production", busy.record("order", number).id)
    mine = {
        each.cells[FieldKey("role")]: each for each in busy.hands.rows(busy.path("Rae"), FormKey("receipt"))
    }
    assert mine["Production"].cells[FieldKey("status")] == "Received"
    assert mine["Production"].cells[FieldKey("received_by")] == "Pia"
    assert mine["Finance"].cells[FieldKey("status")] == "Not acknowledged"


def test_only_who_was_told_acknowledges_and_only_what_he_saw(busy):
    path, todo, pick = busy.path("Production"), FormKey("todo"), FieldKey("pick")
    old = busy.raw("Production")
    (row,) = [
        each for each in busy.hands.rows(path, todo) if "acknowledge" in str(each.cells[FieldKey("what")])
    ]

    receives(busy, "Production", word="Take mine")
    assert receipts(busy, "production") == ["open"]
    assert "Only “Received” can be chosen here" in busy.hints("Production")

    busy.hands.type_cells(path, todo, row.at, {FieldKey("what"): "Nothing", pick: "Received"})
    busy.settle()
    assert receipts(busy, "production") == ["open"]
    assert "did not show any more what it had shown" in busy.hints("Production")

    receives(busy, "Production")
    assert receipts(busy, "production") == ["received"]
    assert receipts(busy, "finance") == ["open"]

    # The old copy comes back with the word in it: what it asked for is acknowledged, and nothing else is.
    busy.place("Production").write_bytes(old)
    receives(busy, "Production")
    assert receipts(busy, "production") == ["received"]
    assert len(busy.journal("received")) == 1


def test_a_delay_that_is_put_off_again_is_one_line_that_says_what_changed(busy):
    number = NUMBER
    busy.types("Production", "order", number, production_delay_to=dt.date(2026, 12, 20))
    busy.settle()
    first = asked(busy, "Rae")
    assert first == [
        f"Please acknowledge: Order {number} is delayed to 20 Dec 2026: please tell the customer"
    ]

    busy.types("Production", "order", number, production_delay_to=dt.date(2026, 12, 28))
    busy.settle()

    assert asked(busy, "Rae") == [
        f"Please acknowledge: Order {number} is delayed to 28 Dec 2026: please tell the customer"
    ]
    assert "Changed, Delayed to: 20 Dec 2026 → 28 Dec 2026" in busy.hints("Rae")
    rae = busy.record("people", "Rae").number
    assert receipts(busy, rae, "order_delayed") == ["replaced", "open"]
    receives(busy, "Rae")
    assert asked(busy, "Rae") == []
    assert receipts(busy, rae, "order_delayed") == ["replaced", "received"]


def test_what_nobody_acknowledges_is_reminded_each_working_day_then_goes_up(busy):
    duties = Duties(workspace=busy.workspace, clock=busy.clock, log=Loud())
    receives(busy, "Finance")

    def notices(kind: str) -> set[str]:
        told = {each.notify.event for each in busy.store.notices()}
        told |= {each.key.partition("|")[0] for each in busy.store.messages()}
        return {each for each in told if each.startswith(f"receipt.{kind}:")}

    counts = []
    for _ in range(9):
        busy.clock.step(seconds=24 * 3600)
        duties.due()
        duties.tell()
        counts.append((len(notices("superior")), len(notices("leader"))))

    assert counts[0] == (0, 0)
    assert counts[1] == (2, 0), "marketing and production have not"
    assert counts[-1] == (2, 2)

    busy.settle()
    above = [str(each[FieldKey("what")]) for each in busy.todo("Lena")]
    told = "Order SO-2026-0001 for Acme is approved; delivery on 15 Dec 2026"
    assert [each for each in above if told in each] == [
        f"Not acknowledged by Marketing: {told}",
        f"Not acknowledged by Production: {told}",
    ]
    assert "choose “Received” in their desk" in busy.hints("Lena")
    receives(busy, "Marketing")
    assert not any("by Marketing" in str(each[FieldKey("what")]) for each in busy.todo("Lena"))
    assert any("by Production" in str(each[FieldKey("what")]) for each in busy.todo("Lena"))
    late = [each for each in busy.store.messages() if "Not acknowledged" in each.text]
    saturdays = [each for each in late if "2026-10-31" in each.key]
    assert late
    assert not saturdays
    assert not any("fay@" in each.to for each in late), "finance has acknowledged it"


def test_whom_the_record_named_has_left_so_his_successor_is_told(busy):
    number = NUMBER
    busy.types("Administrator", "people", "Rae", left=TODAY, successor="Roy")
    busy.settle()

    busy.types("Production", "order", number, production_delay_to=dt.date(2026, 12, 20))
    busy.settle()

    assert any("is delayed to" in each for each in asked(busy, "Roy"))
    receives(busy, "Roy")
    assert not any("is delayed to" in each for each in asked(busy, "Roy"))


def matrix(office: Office, rule: str, whom: str) -> str:
    """Return the number of the row that says how a role is told of a transfer."""
    return next(
        each.number
        for each in office.every("matrix")
        if each["rule"] == rule and (each["role"] or "") == whom
    )


def test_the_sheet_of_who_is_told_adds_changes_and_leaves_out_from_its_day_on(office):
    change = {"from_on": TODAY, "reason": "agreed in the meeting"}
    number = matrix(office, "order_approved", "production")
    assert office.shows("Administrator", "matrix", number, "clause") == "TX-3.3.2, TX-3.3.3, IT-3.4.1"
    assert "demanded by the clause" in str(office.shows("Administrator", "matrix", number, "declared"))

    office.types("Administrator", "matrix", number, off="Yes", **change)
    office.settle()
    assert "clause TX-3.3.2" in office.hints("Administrator"), "he is told why not"
    office.types("Administrator", "matrix", number, off=None, hours=Decimal(16))
    office.settle()
    assert office.value("matrix", number, "hours") is None, "nobody has signed it"
    (waits,) = [each for each in office.every("setting_change") if each.state is State.SUBMITTED]
    assert "16" in str(waits["change"])
    assert "26 Oct 2026" in str(waits["change"]), "the day that was typed before is signed with it"
    office.types(
        "Administrator", "matrix", matrix(office, "order_approved", "finance"), acknowledge="No", **change
    )
    office.settle()
    rule = next(
        each.labels.en
        for each in office.declared.forms[FormKey("matrix")].fields[0].choices
        if each.key == "expense_approved"
    )
    office.adds("Administrator", "matrix", rule=rule, role="Production", acknowledge="Yes", **change)
    office.settle()
    assert "cannot see" in office.hints("Administrator"), "expenses are none of production's business"
    office.signs_settings()
    assert office.value("matrix", number, "hours") == 16

    ordered(office, **DELIVERY)

    (line,) = [each for each in office.todo("Production") if "acknowledge" in str(each[FieldKey("what")])]
    assert line[FieldKey("due")] == TODAY + dt.timedelta(days=1), "sixteen working hours from nine o'clock"
    assert asked(office, "Finance") == []


def test_finance_stops_an_order_whose_profit_is_not_enough_until_the_leader_lets_it_go_on(busy):
    busy.types("Finance", "order", NUMBER, profit_ok="Does not meet it", profit_note="below ten percent")
    busy.settle()

    assert any("is on financial hold" in each for each in asked(busy, "Production"))
    assert any("profit of order" in each for each in asked(busy, "Rae"))
    assert not any("below ten percent" in str(each) for each in busy.todo("Production")), (
        "finance's words are not for all"
    )
    assert busy.shows("Production", "order", NUMBER, "financial_hold") == "Yes"
    busy.types("Production", "order", NUMBER, status="In production")
    busy.settle()
    assert busy.value("order", NUMBER, "status") == "confirmed"
    assert "nothing is produced or shipped" in busy.check("Production", "order", NUMBER)

    busy.types("Lena", "order", NUMBER, profit_ok="Released nevertheless")
    busy.settle()
    assert busy.value("order", NUMBER, "financial_hold"), "a reason is needed"
    busy.types("Lena", "order", NUMBER, profit_note="a customer for years")
    busy.settle()
    assert busy.value("order", NUMBER, "profit_ok") == "waived"
    assert any("hold of order" in each for each in asked(busy, "Production"))
    busy.types("Production", "order", NUMBER, status="Confirmed")
    busy.settle()
    busy.types("Production", "order", NUMBER, status="In production")
    busy.settle()
    assert busy.value("order", NUMBER, "status") == "in_production"
