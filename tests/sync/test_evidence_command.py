"""`deskbook dispute` and `deskbook verify`, on a real workspace."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from sheet_templates.record import State
from sync import asking, evidence_command
from sync.edges.requests import disputes as disputes_in
from sync.exits import Exit
from sync.faults import UsageError
from sync.not_me import Dispute
from sync.outbox import deliver_all
from tests.support.office import moved_in, open_office

pytestmark = pytest.mark.long


@pytest.fixture
def signed(furnished: Path, tmp_path: Path) -> tuple[Path, str]:
    """Return a workspace in which Mo's first review was forged, and the mail that he got."""
    root = moved_in(furnished, tmp_path)
    with open_office(root) as office:
        cells = {"date": "2026-10-26", "category": "travel", "description": "taxi", "amount": 90}
        office.adds("Rae", "expense", **cells, attachments="receipt.pdf", submit="Yes")
        office.settle()
        office.types("Mo", "expense", office.every("expense")[0].number, first_manager="Agree")
        office.settle()
        office.mailroom.urgent(office.clock.now())
        deliver_all(office.store, office.workspace.mailer, office.clock, 50)
    (mail,) = (each for each in (root / "mail").glob("*.eml") if "You-have-decided" in each.name)
    body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    return root, body.get_content()


def test_who_did_not_sign_lets_the_administrator_void_it(
    signed: tuple[Path, str], capsys: pytest.CaptureFixture[str]
):
    root, mail = signed
    code = re.search(r"[2-9B-Z]{4}-[2-9B-Z]{4}", mail)
    assert code is not None

    evidence_command.dispute(root, code[0])

    assert "EX-" in capsys.readouterr().out
    with open_office(root, "c") as office:
        (claim,) = office.every("expense")
        assert claim.state is State.SUBMITTED
        assert [each.voided for each in office.decisions("expense", claim.number)] == ["chain.void.not_me"]
        assert office.shows("Mo", "expense", claim.number, "first_manager") is None
    with pytest.raises(UsageError, match=r"dispute\.over"):
        evidence_command.dispute(root, code[0])
    with pytest.raises(UsageError, match=r"dispute\.unknown"):
        evidence_command.dispute(root, "BCDF-2345")


def test_the_log_of_a_record_says_who_was_asked_and_who_disowned_it(
    signed: tuple[Path, str], capsys: pytest.CaptureFixture[str]
):
    root, mail = signed
    code = re.search(r"[2-9B-Z]{4}-[2-9B-Z]{4}", mail)
    assert code is not None
    evidence_command.dispute(root, code[0])
    capsys.readouterr()

    asking.log(root, "EX-2026-0001")

    said = capsys.readouterr().out
    assert "Mo was asked by mail whether it was him" in said
    assert "Mo says that it was not him" in said
    assert "(confirm)" not in said


def test_the_journal_is_held_to_the_head_that_a_mail_says(
    signed: tuple[Path, str], capsys: pytest.CaptureFixture[str]
):
    root, mail = signed
    found = re.search(r"(\d+):([0-9a-f]{32})", mail)
    assert found is not None

    assert evidence_command.verify(root, found[0]) is Exit.OK
    assert f"Line {found[1]}" in capsys.readouterr().out
    assert evidence_command.verify(root, f"{found[1]}:{'0' * 32}") is Exit.PROBLEMS
    with pytest.raises(UsageError, match=r"verify\.head"):
        evidence_command.verify(root, "abc")


def test_a_daemon_that_runs_is_asked_and_the_code_is_not_written_down(tmp_path: Path):
    disputes = disputes_in(tmp_path / "dispute")
    asked = Dispute(about="0123456789abcdef0123456789abcdef01234567", by="anna")

    assert disputes.asked() == ()
    disputes.ask(asked)
    assert disputes.asked() == (asked,)
    disputes.done(asked)
    assert disputes.asked() == ()
