"""`deskbook run` and `hold` on real workspaces: real processes, real files, a real store."""

import hashlib
import os
import signal
from pathlib import Path

import pytest

from sheet_templates.form import FieldKey
from sync.edges.machine import machine_user
from sync.exits import Exit
from tests.support.acme import ANNA, CUSTOMER, hands, industries, inside, spoil, until
from tests.support.shell import deskbook, end, start, typed


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
