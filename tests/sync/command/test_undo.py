"""`deskbook undo` on real workspaces."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sheet_templates.form import FieldKey
from sync.exits import Exit
from tests.support.acme import ANNA, CUSTOMER, hands, industries, until
from tests.support.shell import ROOT, deskbook, end, start, typed


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
