"""`deskbook report` and `forms` on real workspaces."""

import time
from pathlib import Path

import pytest

from sync.exits import Exit
from sync.ports import MessageState
from tests.support.acme import inside
from tests.support.shell import typed


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
