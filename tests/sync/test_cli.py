"""The command line on real workspaces: real processes, real files, a real store."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path, PurePath

import openpyxl
import pytest

from sheet_templates.form import DeskKey, FieldKey, FormKey, Lang
from sheet_templates.record import text
from sheet_templates.words import Words
from sync.edges.clock import SystemClock
from sync.edges.ids import RandomIds
from sync.edges.machine import machine_user
from sync.edges.settings import Company, load_settings
from sync.edges.store.digest import store_hash
from sync.edges.xlsx.folder import XlsxFolder
from sync.exits import Exit
from sync.opening import OldRow, enter
from sync.ports import Message, MessageState
from sync.workspace import Workspace, create, opened
from tests.support.person import Person
from tests.support.shell import ROOT, contents, deskbook, end, start, typed

CUSTOMER, EXPENSE, QUOTATION = FormKey("customer"), FormKey("expense"), FormKey("quotation")
ANNA = PurePath("desks/Anna Rep/Anna Rep.xlsx")
MAX = PurePath("desks/Max Manager/Max Manager.xlsx")
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)


def old(form: str, **cells: object) -> OldRow:
    return OldRow(
        form=FormKey(form),
        desk=DeskKey("admin"),
        cells={FieldKey(key): value for key, value in cells.items()},  # type: ignore[misc]
    )


PEOPLE = (
    old("people", name="Lea Leader", role="leader", email="lea@example.com"),
    old(
        "people",
        name="Max Manager",
        role="manager",
        email="max@example.com",
        superior="Lea Leader",
        team="East",
    ),
    old("people", name="Anna Rep", role="rep", email="anna@example.com", superior="Max Manager", team="East"),
    old("people", name="Fay Finance", role="finance", email="fay@example.com"),
)
GOODS = (
    old("product", name="GTX Pro", series="GTX", price=4821),
    *(old("customer", name=f"Acme {n:02}", owner="Anna Rep", industry="retail") for n in range(1, 16)),
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company in which nobody has worked yet."""
    root = tmp_path_factory.mktemp("original") / "company"
    company = Company(
        id="co-test1234", name="Acme Ltd", language=Lang.EN, zone="Asia/Shanghai", currency="CNY"
    )
    create(root, company)
    clock = SystemClock(load_settings(root).zone)
    with opened(root, clock, os.environ) as here:
        for rows in (PEOPLE, GOODS):
            enter(rows, here.declared, here.store, RandomIds(), clock.now())
        assert here.store.problems() == ()
        here.engine.writing.publish()
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    """A copy of the company, which the test may do anything with."""
    return Path(shutil.copytree(original, tmp_path / "company"))


def inside(root: Path) -> Iterator[Workspace]:
    with opened(root, SystemClock(load_settings(root).zone), os.environ) as here:
        yield here


def hands(root: Path) -> Person:
    """Return somebody who can work in the desks of *root*."""
    here = next(inside(root))
    assert isinstance(here.engine.workbooks, XlsxFolder)
    return Person(here.engine.workbooks)


def spoil(root: Path) -> None:
    """Let Anna change every customer in one save, as a shifted paste would."""
    with hands(root).sheet(ANNA, CUSTOMER) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "industry")
        for row in range(3, 18):
            sheet.cell(row=row, column=column).value = "mining"


def industries(root: Path) -> set[object]:
    for here in inside(root):
        return {record["industry"] for record in here.store.every(CUSTOMER)}
    raise AssertionError


# init -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "desk", "sheet"),
    [
        (Lang.ZH_HANT, "管理員", "人員名冊"),
        (Lang.ZH_HANS, "管理员", "人员名册"),
        (Lang.EN, "Administrator", "People"),
    ],
)
def test_init_makes_a_workspace_in_each_language_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang, desk: str, sheet: str
):
    root = tmp_path / "new"

    assert typed("init", root, "--lang", lang, "--company", "永信 Co") == Exit.OK

    admin = root / "desks" / desk / f"{desk}.xlsx"
    assert sheet in openpyxl.load_workbook(admin).sheetnames
    assert (root / "master.xlsx").is_file()
    assert load_settings(root).company.language is lang
    out = capsys.readouterr().out
    for said in (str(admin), sheet, f"deskbook run -w {root}", "永信 Co"):
        assert said in out


@pytest.mark.long
def test_a_chinese_computer_makes_a_chinese_workspace_and_people_entered_in_it_get_desks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    root = tmp_path / "永信科技"
    made = deskbook("init", root, at=tmp_path, lang="zh_TW.UTF-8")
    assert (made.code, made.err) == (0, "")
    assert "接下來：" in made.out
    assert load_settings(root).company.name == "永信科技"
    assert load_settings(root).company.zone == "Asia/Shanghai"  # what the computer's TZ says

    admin = PurePath("desks/管理員/管理員.xlsx")
    row = {"name": "王小明", "role": "銷售代表", "email": "wang@example.com"}
    hands(root).add_row(admin, FormKey("people"), {FieldKey(key): value for key, value in row.items()})

    assert typed("sync", "-w", root) == Exit.OK
    out = capsys.readouterr().out
    assert "更改記錄 1 筆 · 待更正 0 項" in out
    assert "「王小明」" in out
    assert (root / "desks/王小明/王小明.xlsx").is_file()


@pytest.mark.long
def test_a_second_init_leaves_everything_as_it_is(root: Path, capsys: pytest.CaptureFixture[str]):
    before = contents(root)

    assert typed("init", root) == Exit.USAGE
    assert f"There is a workspace in {root} already" in capsys.readouterr().err
    assert contents(root) == before


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "--zone",
            "Asia/Taipeh",
            "company.zone: “Asia/Taipeh” is not a time zone; did you mean Asia/Taipei?",
        ),
        ("--currency", "yuan", "company.currency"),
    ],
)
def test_init_refuses_settings_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
):
    assert typed("init", tmp_path / "new", option, value) == Exit.USAGE
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


# sync, sync --dry-run, log, status ------------------------------------------------------------------------


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


# check ----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_check_says_for_each_workbook_what_is_wrong_where_and_how_to_mend_it(root: Path, tmp_path: Path):
    person = hands(root)
    fresh = person.take(ANNA)
    mail = tmp_path / "from the mail"
    mail.mkdir()

    def arrived(name: str) -> Path:
        """Let what stands in Anna's desk arrive by mail, and put her desk back."""
        path = mail / f"{name}.xlsx"
        path.write_bytes(person.take(ANNA))
        person.put_back(ANNA, fresh)
        return path

    def claim(amount: object) -> None:
        row = {"date": "2026-11-02", "category": "Travel", "description": "Taxi", "amount": amount}
        person.add_row(ANNA, EXPENSE, {FieldKey(key): value for key, value in row.items()})  # type: ignore[misc]

    said: dict[Path, tuple[str, ...]] = {}
    (mail / "letter.xlsx").write_bytes(bytes(range(256)))
    said[mail / "letter.xlsx"] = ("✗ letter.xlsx", "not a workbook")
    (mail / "secret.xlsx").write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))
    said[mail / "secret.xlsx"] = ("✗ secret.xlsx", "protected with a password", "Save it without a password")
    (mail / "half.xlsx").write_bytes(fresh[: len(fresh) // 2])
    said[mail / "half.xlsx"] = ("✗ half.xlsx", "not complete", "save the workbook again")
    claim("twelve")
    said[arrived("words")] = (
        "› Expense claims › row 3 › Amount  “twelve”",
        "is not a number",
        "→ Enter digits only",
    )
    claim("１２００")
    said[arrived("wide")] = ("Expense claims (new)", "    Amount: 1,200.00\n")
    person.add_row(ANNA, QUOTATION, {FieldKey("customer"): "Akme 03"})
    said[arrived("unknown")] = ("› Quotations › row 3 › Customer  “Akme 03”", "Acme 03")
    with person.sheet(ANNA, CUSTOMER) as sheet:
        header = next(cell for cell in sheet[2] if cell.value == "Industry")
        header.value = "Branch of trade"
    said[arrived("renamed")] = (
        "• renamed.xlsx › Customers",
        "now called “Branch of trade”. It is still read as Industry",
    )
    with person.sheet(ANNA, CUSTOMER) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "contact_name")
        sheet.cell(row=4, column=column).value = '="Mr "&C4'
    said[arrived("formula")] = ("› Customers › row 4 › Contact person",)
    before = contents(root)

    ended = deskbook("check", *said, "-w", root, at=tmp_path)

    assert (ended.code, ended.err) == (3, "")
    assert contents(root) == before
    parts = ended.out.split(f"{mail}/")[1:]
    for (path, expected), part in zip(said.items(), parts, strict=True):
        assert part.startswith(path.name)
        for each in expected:
            assert each in part, (path.name, part)


def test_check_of_a_desk_in_which_all_is_well_finds_its_workspace_by_itself(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    hands(root).type_cell(ANNA, CUSTOMER, 3, FieldKey("industry"), "aviation")
    before = contents(root)

    assert typed("check", root / ANNA) == Exit.OK
    out = capsys.readouterr().out
    assert "Industry: retail → aviation" in out
    assert out.endswith("All is well: everything in it would be taken.\n")
    assert contents(root) == before


def test_check_of_a_file_that_is_not_there_says_so(root: Path, capsys: pytest.CaptureFixture[str]):
    assert typed("check", root / "desks" / "nobody.xlsx", "-w", root) == Exit.PROBLEMS
    assert "The file nobody.xlsx is not there." in capsys.readouterr().out


# hold, run ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_held_save_is_listed_and_taken_by_a_word(root: Path, capsys: pytest.CaptureFixture[str]):
    assert typed("hold", "-w", root) == Exit.OK
    assert capsys.readouterr().out == "Nothing is held.\n"

    spoil(root)
    assert typed("sync", "-w", root) == Exit.PROBLEMS
    assert "held: nothing of this save was taken" in capsys.readouterr().out
    assert industries(root) == {"retail"}

    assert typed("hold", "-w", root) == Exit.PROBLEMS
    listed = capsys.readouterr().out
    assert listed.startswith(f"Anna Rep  {ANNA}\n  held since ")
    assert "15 of 15 rows of the sheet “Customers” were typed over" in " ".join(listed.split())
    assert 'deskbook hold take "Anna Rep"' in listed

    taken = deskbook("hold", "take", "anna rep", "-w", root, at=root.parent)
    assert (taken.code, taken.err) == (0, "")
    assert "The held save of “Anna Rep” was taken (version " in taken.out
    assert industries(root) == {"mining"}
    assert typed("hold", "-w", root) == Exit.OK


@pytest.mark.long
def test_a_held_save_is_dropped_by_a_word_and_kept(root: Path, capsys: pytest.CaptureFixture[str]):
    spoil(root)
    bad = (root / ANNA).read_bytes()
    typed("sync", "-w", root)
    capsys.readouterr()

    assert typed("hold", "-w", root, "drop", "Anna Rep") == Exit.OK
    said = capsys.readouterr().out
    assert "Nothing of the held save of “Anna Rep” was taken" in said
    assert industries(root) == {"retail"}
    assert "mining" not in {str(cell) for row in rows_of(root) for cell in row}
    assert hashlib.sha256(bad).hexdigest() in {each.name for each in (root / ".deskbook/versions").rglob("*")}
    for here in inside(root):
        entry = next(each.entry for each in here.store.journal() if each.entry.kind == "drop")
        assert entry.detail["by"] == machine_user(os.environ)


def rows_of(root: Path) -> list[tuple[object, ...]]:
    with hands(root).sheet(ANNA, CUSTOMER) as sheet:
        return list(sheet.iter_rows(min_row=3, values_only=True))


@pytest.mark.long
def test_only_what_is_held_can_be_answered(root: Path, capsys: pytest.CaptureFixture[str]):
    for word in ("take", "drop"):
        assert typed("hold", word, "Anna Rep", "-w", root) == Exit.USAGE
        assert "Nothing of “Anna Rep” is held" in capsys.readouterr().err

    assert typed("hold", "take", "Otto", "-w", root) == Exit.USAGE
    said = capsys.readouterr().err
    assert "There is no desk “Otto”." in said
    assert "Max Manager" in said

    (root / ANNA).write_bytes(bytes(range(256)))
    assert typed("sync", "-w", root) == Exit.PROBLEMS
    capsys.readouterr()
    assert typed("hold", "take", "Anna Rep", "-w", root) == Exit.USAGE
    assert "cannot be answered about as it is. This file is not a workbook." in capsys.readouterr().err
    assert typed("hold", "-w", root) == Exit.PROBLEMS
    listed = capsys.readouterr().out
    assert "This file is not a workbook." in listed
    assert "held since ?" not in listed


def test_a_daemon_takes_what_is_saved_refuses_a_second_one_and_stops_cleanly(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    settings = root / "deskbook.toml"
    settings.write_text(settings.read_text().replace("settle_seconds = 0.5", "settle_seconds = 0.2"))
    daemon = start("run", "-w", root, at=root.parent)
    try:
        until((root / ".deskbook" / "running.json").exists)
        second = deskbook("run", "-w", root, at=root.parent)
        assert (second.code, second.out) == (5, "")
        assert f"Another Deskbook works on this workspace: process {daemon.pid} on " in second.err

        hands(root).type_cell(ANNA, CUSTOMER, 3, FieldKey("industry"), "aviation")
        until(lambda: "aviation" in industries(root))

        assert typed("status", "-w", root) == Exit.OK
        assert f"The daemon runs: process {daemon.pid} on " in capsys.readouterr().out

        spoil(root)
        until(
            lambda: "held" in (root / ".deskbook/log/deskbook.log").read_text().replace('"held": false', "")
        )
        assert typed("hold", "take", "Anna Rep", "-w", root) == Exit.OK
        assert industries(root) == {"mining"}
    finally:
        daemon.send_signal(signal.SIGTERM)
        ended = end(daemon)
    assert ended.code == 0
    assert ended.out.endswith("Deskbook has stopped. What people save now is read when it runs again.\n")
    assert not (root / ".deskbook" / "running.json").exists()


def until(true: object, seconds: float = 60) -> None:
    """Wait until *true* says so."""
    assert callable(true)
    patience = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < patience, "it never came"
        time.sleep(0.05)


# undo -----------------------------------------------------------------------------------------------------


def industry_typed(root: Path, value: str) -> None:
    """Let Anna type an industry for her first customer, and have it read."""
    hands(root).type_cell(ANNA, CUSTOMER, 3, FieldKey("industry"), value)
    assert typed("sync", "-w", root) == Exit.OK


def version(root: Path, said: str) -> str:
    """Return the version that a history names last."""
    return said.rpartition("version ")[2][:12]


@pytest.mark.long
def test_a_save_is_taken_back_by_its_version_after_it_was_shown_and_agreed_to(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOGNAME", "wang")
    industry_typed(root, "aviation")
    assert typed("log", "Acme 01", "-w", root) == Exit.OK
    save = version(root, capsys.readouterr().out)

    assert typed("undo", save, "--dry-run", "-w", root) == Exit.OK
    shown = capsys.readouterr().out
    assert f"saved in the desk “Anna Rep”, version {save}" in shown
    row = next(line for line in shown.splitlines() if "Acme 01" in line)
    assert row.split("  ")[-1].strip() == "retail"
    assert "aviation" in row
    assert "aviation" in industries(root)

    asked = subprocess.run(
        [sys.executable, "-m", "sync", "undo", save, "-w", root],
        cwd=ROOT,
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (asked.returncode, asked.stdout.splitlines()[-1]) == (0, "Nothing was changed.")
    nobody = deskbook("undo", save, "-w", root, at=root.parent)
    assert nobody.code == Exit.USAGE
    assert "say --yes" in nobody.err
    assert "aviation" in industries(root)

    assert typed("undo", save, "--yes", "-w", root) == Exit.OK
    said = capsys.readouterr().out
    assert industries(root) == {"retail"}
    assert typed("log", "Acme 01", "-w", root) == Exit.OK
    assert f"wang took back version {save}" in capsys.readouterr().out
    assert typed("status", "-w", root) == Exit.OK
    status = capsys.readouterr().out
    assert "Taken back, not yet seen" in status
    assert "wang took back what was saved from here" in status

    assert typed("undo", save, "--yes", "-w", root) == Exit.OK
    assert "There is nothing (left) to take back." in capsys.readouterr().out
    assert typed("undo", said.split()[-1], "--yes", "-w", root) == Exit.OK
    assert "aviation" in industries(root)


@pytest.mark.long
def test_only_what_is_known_can_be_taken_back(root: Path, capsys: pytest.CaptureFixture[str]):
    for words, said in (
        ((), "Say what is to be taken back"),
        (("--desk", "Anna Rep"), "Say what is to be taken back"),
        (("0123456789ab",), "Nothing is known of “0123456789ab”"),
        (("--desk", "Otto", "--from", "2026-01-01"), "There is no desk “Otto”."),
        (("--desk", "Anna Rep", "--from", "2026-01-01"), "Nothing is known of “Anna Rep”"),
    ):
        assert typed("undo", *words, "-w", root) == Exit.USAGE
        assert said in capsys.readouterr().err


@pytest.mark.long
def test_a_running_daemon_takes_back_what_a_desk_saved_since_a_moment(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    industry_typed(root, "aviation")
    daemon = start("run", "-w", root, at=root.parent)
    try:
        until((root / ".deskbook" / "running.json").exists)
        desk = ("--desk", "anna rep", "--from", "2020-01-01 00:00")
        assert typed("undo", *desk, "--yes", "-w", root) == Exit.OK
        assert "Taken back." in capsys.readouterr().out
        until(lambda: industries(root) == {"retail"})
        assert not list((root / ".deskbook" / "undo").iterdir())
    finally:
        daemon.send_signal(signal.SIGTERM)
        assert end(daemon).code == 0


# report, forms --------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_report_is_made_and_mailed_by_hand(root: Path, capsys: pytest.CaptureFixture[str]):
    for _ in range(2):  # by hand as often as one likes
        assert typed("report", "expense", "--month", "2026-10", "--mail", "-w", root) == Exit.OK
        time.sleep(1.1)
    out = capsys.readouterr().out
    assert "Monthly expense report · October 2026" in out
    assert "for Fay Finance" in out
    assert {each.name for each in (root / "reports").glob("expense-2026-10-finance*")} == {
        "expense-2026-10-finance.html",
        "expense-2026-10-finance.xlsx",
    }
    for here in inside(root):
        sent = [each.to for each in here.store.messages(MessageState.SENT)]
    assert sorted(sent) == sorted(2 * ["fay@example.com", "lea@example.com", "max@example.com"])
    assert len(list((root / "mail").glob("*.eml"))) == 6


@pytest.mark.long
def test_reports_and_periods_that_do_not_exist_are_named(root: Path, capsys: pytest.CaptureFixture[str]):
    assert typed("report", "-w", root) == Exit.OK
    listed = capsys.readouterr().out
    assert "Receivables by age (monthly: --month 2026-10)" in listed
    assert "Weekly lead report (weekly: --week 2026-W45)" in listed

    for words, said in (
        (("costs",), "There are: expense, receivables, leads, monthly"),
        (("expense", "--month", "October"), "“October” is no period."),
        (("expense", "--month", "2026-W40"), "which is monthly"),
        (("leads", "--month", "2026-10"), "which is weekly: --week"),
        (("leads", "--month", "2026-10", "--week", "2026-W40"), "which is weekly"),
    ):
        assert typed("report", *words, "-w", root) == Exit.USAGE
        assert said in capsys.readouterr().err


def test_all_faults_of_the_declarations_are_said_at_once(root: Path, capsys: pytest.CaptureFixture[str]):
    assert typed("forms", "check", "-w", root) == Exit.OK
    assert "files of your own: 0" in capsys.readouterr().out

    (root / "words" / "own.toml").write_text('["state.draft"]\nfr = "Brouillon"\n')
    (root / "rules" / "own.toml").write_text(
        '[check.own]\nform = "ordre"\nclauses = ["X-1"]\nholds = "true"\n'
    )
    (root / "forms" / "order.toml").write_text('extends = true\n[fields.bonus]\ntype = "mony"\n')
    assert typed("forms", "check", "-w", root) == Exit.USAGE
    said = capsys.readouterr().err
    for fault in (
        "forms/order.toml:3:1: fields.bonus.type: must be one of text,",
        "not mony; did you mean money?",
        "forms/order.toml:2:2: fields.bonus.labels: is missing",
        "words/own.toml:2:1: state.draft.fr",
    ):
        assert fault in said
    assert "rules: not looked at" in said

    (root / "forms" / "order.toml").unlink()
    (root / "words" / "own.toml").unlink()
    assert typed("forms", "check", "-w", root) == Exit.USAGE
    assert (
        "rules/own.toml:2:1: check.own.form: there is no form ordre; did you mean order?"
        in capsys.readouterr().err
    )
    # What was in force goes on.
    assert typed("status", "-w", root) == Exit.OK
    assert "look for faults with deskbook forms check" in capsys.readouterr().out


def test_forms_docs_describe_the_company_s_own_fields(root: Path, capsys: pytest.CaptureFixture[str]):
    labels = '{ zh-Hant = "紅利", zh-Hans = "红利", en = "Bonus points" }'
    own = f'extends = true\n[fields.bonus]\ntype = "number"\nlabels = {labels}\n'
    (root / "forms" / "order.toml").write_text(own)

    assert typed("forms", "docs", root / "handbook", "-w", root) == Exit.OK
    assert "Bonus points" in (root / "handbook" / "order.md").read_text()
    assert "sheet_templates" not in (root / "handbook" / "order.md").read_text()
    capsys.readouterr()
    assert typed("forms", "docs", root / "handbook", "-w", root) == Exit.OK
    assert "Pages written: 0 of " in capsys.readouterr().out


# What stops a command -------------------------------------------------------------------------------------


def test_outside_a_workspace_every_command_says_so_in_the_computer_s_language(tmp_path: Path):
    ended = deskbook("status", at=tmp_path, lang="zh_CN.UTF-8")

    assert (ended.code, ended.out) == (2, "")
    assert f"{tmp_path} 中没有工作区" in ended.err


def test_wrong_settings_are_all_said_in_the_workspace_s_language(
    root: Path, capsys: pytest.CaptureFixture[str]
):
    settings = root / "deskbook.toml"
    settings.write_text(
        settings.read_text().replace('"en"', '"zh-Hant"').replace("scan_seconds = 60", "scan_second = 0")
        + "\n[male]\n"
    )

    assert typed("status", "-w", root) == Exit.USAGE
    said = capsys.readouterr().err
    assert said.startswith("設定有誤，須先更正才能啟動：\n")
    assert "desks.scan_second: 沒有這項設定；是否為 scan_seconds？" in said
    assert "male: 沒有這項設定；是否為 mail？" in said


@pytest.mark.parametrize(
    ("spoilt", "said", "code"),
    [
        ("newer", "was written by a newer Deskbook", Exit.USAGE),
        ("foreign", "belongs to another program", Exit.USAGE),
        ("damaged", "is damaged, or is no database at all", Exit.ERROR),
    ],
)
def test_a_store_that_cannot_be_used_is_said_with_what_to_do(
    root: Path, capsys: pytest.CaptureFixture[str], spoilt: str, said: str, code: Exit
):
    store = root / ".deskbook" / "deskbook.db"
    match spoilt:
        case "newer":
            with sqlite3.connect(store) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.close()
        case "foreign":
            store.unlink()
            with sqlite3.connect(store) as connection:
                connection.execute("CREATE TABLE songs (title TEXT)")
            connection.close()
        case _:
            store.write_bytes(b"once upon a time " * 200)

    assert typed("status", "-w", root) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.strip().splitlines()) == 2
    assert "Traceback" not in err


# Help -----------------------------------------------------------------------------------------------------

COMMANDS = ("init", "run", "sync", "status", "check", "log", "report", "hold", "undo", "demo")


def test_help_comes_at_once():
    before = time.monotonic()
    ended = deskbook("--help", at=Path(__file__).parent)

    assert ended.code == 0
    assert all(each in ended.out for each in COMMANDS)
    assert time.monotonic() - before < 5  # a fraction of a second, on a computer that is not busy


@pytest.mark.parametrize("lang", Lang)
def test_the_help_of_every_command_says_what_it_is_for_with_an_example(
    lang: Lang, capsys: pytest.CaptureFixture[str]
):
    words = Words.load()
    below = (("forms", "check"), ("forms", "docs"), ("hold", "take"), ("hold", "drop"))
    for command in (*((each,) for each in COMMANDS), *below):
        assert typed(*command, "--help", lang=lang) == 0
        out = capsys.readouterr().out
        first = words.say(text(f"cli.help.{'.'.join(command)}"), lang).strip().splitlines()[0]
        assert first in out
        assert f"    deskbook {' '.join(command)}" in out
        assert "cli.help" not in out
