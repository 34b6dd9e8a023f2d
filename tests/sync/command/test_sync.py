"""`deskbook sync`, `log` and `status` on real workspaces."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from sheet_templates.form import FieldKey
from sync.edges.store.digest import store_hash
from sync.exits import Exit
from sync.ports import Message, MessageState
from tests.support.acme import ANNA, CUSTOMER, EXPENSE, MAX, hands, inside
from tests.support.shell import contents, deskbook, typed


def test_what_a_person_saves_is_foretold_taken_and_told(root: Path, capsys: pytest.CaptureFixture[str]):
    person = hands(root)
    person.type_cell(ANNA, CUSTOMER, 3, FieldKey("industry"), "aviation")
    person.add_row(ANNA, CUSTOMER, {FieldKey("name"): "Zeta Ltd", FieldKey("email"): "zoe at zeta"})
    before = contents(root)
    for here in inside(root):
        hashed = store_hash(here.store)
    assert contents(root) == before  # looking at the store changes nothing either

    foretold = deskbook("sync", "--dry-run", "-w", root, at=root.parent)
    assert (foretold.code, foretold.err) == (3, "")
    assert contents(root) == before
    for here in inside(root):
        assert store_hash(here.store) == hashed
    for said in (
        "Customers CU-0001 Acme 01\n    Industry: retail → aviation",
        "✗ Anna Rep.xlsx › Customers › row 18 › E-mail  “zoe at zeta”",
        "Enter one address and nothing else: name@example.com.",
        "Desks that would be written: Lea Leader, Max Manager, Anna Rep, Finance, master",
        "nothing was changed",
    ):
        assert said in foretold.out

    synced = deskbook("sync", at=root / "desks" / "Anna Rep")
    assert (synced.code, synced.err) == (3, "")
    assert "records changed: 1 · to mend: 1" in synced.out
    assert "“Max Manager”" in synced.out
    assert openpyxl.load_workbook(root / "master.xlsx")["Customers"]["B3"].value is None
    for here in inside(root):
        changed = here.store.numbered(CUSTOMER, "CU-0001")
        assert changed is not None
        assert changed["industry"] == "aviation"
        assert store_hash(here.store) != hashed

    assert typed("log", "cu-0001", "-w", root) == Exit.OK
    log = capsys.readouterr().out
    assert log.startswith("Customers CU-0001 Acme 01\n")
    assert "Taken over from the registers as they stood before Deskbook\n    entered as CU-0001\n" in log
    assert "the desk “Anna Rep”, version " in log
    assert log.endswith("    Industry: retail → aviation\n")
    version = log.rpartition("version ")[2][:12]
    assert len(list((root / ".deskbook/versions" / version[:2]).glob(f"{version}*"))) == 1

    assert typed("status", "-w", root) == Exit.PROBLEMS
    status = capsys.readouterr().out
    assert "“zoe at zeta” is not an e-mail address." in status
    for here in inside(root):
        number, head = here.store.head()
    assert f"line {number}, {head}" in status
    assert status.endswith("Something waits for people: to mend 1, conflicts 0.\n")


def test_a_dry_run_says_which_mail_would_go_out_and_to_whom(root: Path, capsys: pytest.CaptureFixture[str]):
    row = {
        "date": "2026-11-02",
        "category": "Travel",
        "description": "Visit",
        "amount": 60,
        "attachments": "a.pdf",
    }
    hands(root).add_row(
        ANNA, EXPENSE, {FieldKey(key): value for key, value in {**row, "submit": "Yes"}.items()}
    )

    assert typed("sync", "--dry-run", "-w", root) == Exit.OK
    out = capsys.readouterr().out
    assert "Mail that would go out:" in out
    assert "→ Max Manager" in out
    assert "State: Draft → Submitted" in out


@pytest.mark.long
def test_sign_offs_are_shown_with_opinion_and_worth(root: Path, capsys: pytest.CaptureFixture[str]):
    person = hands(root)
    row = {
        "date": "2026-11-02",
        "category": "Travel",
        "description": "Visit",
        "amount": 60,
        "attachments": "a.pdf",
    }
    person.add_row(ANNA, EXPENSE, {FieldKey(key): value for key, value in {**row, "submit": "Yes"}.items()})
    assert typed("sync", "-w", root) == Exit.OK
    capsys.readouterr()

    assert typed("status", "-w", root) == Exit.OK
    waits = capsys.readouterr().out
    assert "  Max Manager\n    Expense claims EX-2026-0001: Manager's first review, since " in waits

    at = next(each.at for each in person.rows(MAX, EXPENSE) if each.cells[FieldKey("number")])
    person.type_cell(MAX, EXPENSE, at, FieldKey("first_manager_opinion"), "fair")
    person.type_cell(MAX, EXPENSE, at, FieldKey("first_manager"), "Agree")
    assert typed("sync", "-w", root) == Exit.OK
    capsys.readouterr()

    assert typed("log", "EX-2026-0001", "-w", root) == Exit.OK
    out = capsys.readouterr().out
    assert "State: Draft → Submitted  · by the rule expense (IT-5." in out
    assert "Agree (Max Manager), “fair” · evidence " in out
    assert "Amount: 60" in out

    at = next(each.at for each in person.rows(ANNA, EXPENSE) if each.cells[FieldKey("number")])
    person.type_cell(ANNA, EXPENSE, at, FieldKey("amount"), Decimal(90))
    assert typed("sync", "-w", root) == Exit.OK
    capsys.readouterr()
    assert typed("log", "EX-2026-0001", "-w", root) == Exit.OK
    anna = capsys.readouterr().out.rpartition("the desk “Anna Rep”")[2]
    assert "Amount: 60.00 → 90.00\n    no longer counts: " in anna
    assert "Agree (Max Manager). The content was changed." in anna
    assert "submitted for sign-off (round 2)" in anna


def test_status_says_who_has_what_open_and_which_mail_is_stuck(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    hands(root).open_by(ANNA, "Anna at home")
    for here in inside(root):
        message = Message(key="k1", to="anna@example.com", subject="Hello", text="t", html="<p>t</p>")
        here.store.post([message])
        here.store.mark("k1", MessageState.UNKNOWN, tries=1, detail="line cut")
        here.store.done("report:expense", "2026-10", here.clock.now())

    assert typed("status", "-w", root) == Exit.OK
    out = capsys.readouterr().out
    assert "Anna at home since " in out
    opened = out.partition("Open now")[2].splitlines()[1]
    assert opened.startswith("  Anna Rep.xlsx: Anna at home since ")
    assert opened.endswith("nothing waits")
    assert "unknown: 1" in out
    assert "anna@example.com  Hello  line cut" in out
    assert "It may have arrived; ask the receiver." in out
    assert "Monthly expense report, 2026-10: " in out
    assert "No daemon runs" in out
    assert out.endswith("All is well.\n")


def test_a_record_is_found_by_its_name_and_an_unknown_one_shows_how_numbers_look(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    assert typed("log", "ACME 07", "-w", root) == Exit.OK
    assert capsys.readouterr().out.startswith("Customers CU-0007 Acme 07\n")

    assert typed("log", "SO-9", "-w", root) == Exit.USAGE
    said = capsys.readouterr().err
    assert "no record “SO-9”" in said
    assert "CU-0001" in said


def test_sync_waits_for_desks_that_are_not_there(root: Path, capsys: pytest.CaptureFixture[str]):
    (root / "desks").rename(root / "elsewhere")

    assert typed("sync", "-w", root) == Exit.LATER
    assert typed("sync", "--dry-run", "-w", root) == Exit.LATER
    assert ".deskbook-canary" in capsys.readouterr().err
    assert not (root / "desks").exists()


@pytest.mark.long
def test_a_single_round_finds_a_desk_that_was_moved_and_makes_a_deleted_one_anew(root: Path):
    anna, max_ = root / ANNA, root / "desks" / "Max Manager" / "Max Manager.xlsx"
    anna.rename(anna.with_name("My customers.xlsx"))
    max_.unlink()

    assert typed("sync", "-w", root) == Exit.OK

    assert max_.exists()
    assert [each.name for each in anna.parent.glob("*.xlsx")] == ["My customers.xlsx"]
    for here in inside(root):
        desk = next(each for each in here.engine.desks() if each.name == "Anna Rep")
        assert here.engine.path_of(desk) == ANNA.with_name("My customers.xlsx")
