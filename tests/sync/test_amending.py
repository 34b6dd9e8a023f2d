"""Forms and rules of the company's own count once the leader has signed them (issue D; TX-3.4.2, IT-5.2.3)."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from rules.frozen import thaw
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State
from sync.amending import QUIET, Amending, unsettled
from sync.edges.kept_declarations import folder_of, mark_in_force
from sync.sets import marks_of
from tests.support.letters import Letters
from tests.support.office import Office, moved_in, open_office
from tests.support.papers import claim
from tests.support.town import Loud

TWO_STEPS = """
# Claims go to the manager, and at once to the leader.
[chain.expense]
form = "expense"
clauses = ["IT-5.2.2", "IT-5.2.3"]
show = ["owner", "date", "category", "amount"]
amount = "amount"

[chain.expense.steps.first]
labels = { zh-Hant = "經理", zh-Hans = "经理", en = "Manager" }
roles = ["manager"]

[chain.expense.steps.last]
labels = { zh-Hant = "領導", zh-Hans = "领导", en = "Leader" }
roles = ["leader"]
"""
pytestmark = pytest.mark.long

ONE_STEP = TWO_STEPS[: TWO_STEPS.index("[chain.expense.steps.last]")]


@pytest.fixture
def root(furnished: Path, tmp_path: Path) -> Path:
    return moved_in(furnished, tmp_path)


def lays(root: Path, content: str | None, name: str = "rules/expense.toml") -> None:
    """Let somebody write a file into the workspace's folders, or take it away."""
    path = root / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")


def requests(office: Office) -> list[Record]:
    return [each for each in office.every("setting_change") if marks_of(each) is not None]


def steps(office: Office, number: str) -> list[str]:
    """Return the steps that a claim must take."""
    run = office.store.run(FormKey("expense"), office.record("expense", number).id)
    assert run is not None
    return [each.key for each in thaw(run.frozen).taken()]


def states(office: Office) -> list[State]:
    return [each.state for each in requests(office)]


def says(office: Office) -> list[str]:
    """Return what the command line says about the files in the folders."""
    return [each.key.removeprefix("cli.declared.") for each in unsettled(office.workspace)]


def test_a_changed_rule_counts_once_the_leader_has_signed_it_and_never_for_what_runs(root: Path):
    with open_office(root, "c") as office:
        office.settle()
        running = claim(office, "Rae", invoice_no="I-1")
    lays(root, TWO_STEPS)

    with open_office(root, "d") as office:
        office.settle()
        (asked,) = requests(office)
        assert asked.state is State.SUBMITTED
        assert says(office) == ["waits"]
        change = str(office.shows("Lena", "setting_change", asked.number, "change"))
        assert "New file rules/expense.toml:" in change
        assert '+ chain.expense.steps.last.roles: ["leader"]' in change
        # The shipped chain goes as a whole: nobody has to find out for himself that finance is left out.
        assert '- chain.expense.steps.second.roles: ["finance"]' in change
        assert "chain.expense.clauses" not in change, "they stay the same"
        effects = str(office.shows("Lena", "setting_change", asked.number, "effects"))
        assert "chain.expense" in effects
        assert running in effects, "it goes on by the rules that it began with"
        (letter,) = Letters(office).to("lena")
        assert asked.number in letter.text
        assert "chain.expense.steps.last.roles" in letter.text

        old = claim(office, "Rae", invoice_no="I-2")
        assert steps(office, old) == steps(office, running), "what was in force still is"
        office.signs_settings()
        assert office.record("setting_change", asked.number)["counted_on"] == office.clock.now().date()
        assert says(office) == ["next"]

    with open_office(root, "e") as office:
        office.settle()
        assert says(office) == []
        assert steps(office, claim(office, "Rae", invoice_no="I-3")) == ["first", "last"]
        assert steps(office, old) == steps(office, running)
        assert "last" not in steps(office, running)


def test_what_is_refused_stays_out_and_is_asked_again_only_when_it_is_something_else(root: Path):
    lays(root, TWO_STEPS)
    with open_office(root, "c") as office:
        office.settle()
        (asked,) = requests(office)
        office.types("Lena", "setting_change", asked.number, decision_leader="Refuse")
        office.settle()

    with open_office(root, "d") as office:
        office.settle()
        assert states(office) == [State.REFUSED]
        assert says(office) == ["refused"]
        assert "last" not in steps(office, claim(office, "Rae"))
    lays(root, ONE_STEP)

    with open_office(root, "e") as office:
        office.settle()
        assert states(office) == [State.REFUSED, State.SUBMITTED]
        assert says(office) == ["waits"]


def test_files_that_are_put_back_withdraw_what_was_asked_for(root: Path):
    for content, expected in (
        (TWO_STEPS, [State.SUBMITTED]),
        (ONE_STEP, [State.WITHDRAWN, State.SUBMITTED]),
        (None, [State.WITHDRAWN, State.WITHDRAWN]),
        (ONE_STEP, [State.WITHDRAWN, State.WITHDRAWN, State.SUBMITTED]),
    ):
        lays(root, content)
        with open_office(root, str(len(expected)) + str(content is None)) as office:
            office.settle()
            assert states(office) == expected


def test_a_signed_set_counts_from_its_day_unless_nobody_wants_it_any_more(root: Path):
    lays(root, TWO_STEPS)
    with open_office(root, "c") as office:
        office.settle()
        (asked,) = requests(office)
        tomorrow = office.clock.now().date() + dt.timedelta(days=1)
        office.types("Administrator", "setting_change", asked.number, from_on=tomorrow)
        office.settle()
        office.signs_settings()
        assert states(office) == [State.APPROVED]
        assert says(office) == ["signed"]
    lays(root, ONE_STEP)

    with open_office(root, "d") as office:
        office.settle()
        other = requests(office)[-1]
        assert states(office) == [State.APPROVED, State.SUBMITTED]
        office.signs_settings()
        office.clock.step(days=2)
        amending(office, []).turn()
        assert [each["counted_on"] is None for each in requests(office)] == [True, False]

    with open_office(root, "e") as office:
        office.settle()
        assert steps(office, claim(office, "Rae")) == ["first"]
        marks = marks_of(other)
        assert marks is not None
        assert mark_in_force(office.workspace.state) == marks.mark


def test_while_nobody_could_sign_files_count_at_once_and_it_is_entered(tmp_path: Path, furnished: Path):
    root = moved_in(furnished, tmp_path)
    for each in ("deskbook.db", "deskbook.db-wal", "deskbook.db-shm"):
        (root / ".deskbook" / each).unlink(missing_ok=True)
    shutil.rmtree(root / "desks")
    (root / "desks").mkdir()
    with open_office(root, "c"):
        pass
    lays(root, TWO_STEPS)

    with open_office(root, "d") as office:
        assert says(office) == []
        assert [(each.state, each["emergency"]) for each in requests(office)] == [(State.RECORDED, None)]
        assert office.declared.book.chain(FormKey("expense")).steps[-1].key == "last"


def test_files_with_faults_stop_nobody_the_administrator_is_told(root: Path):
    with open_office(root, "c") as office:
        office.types("Administrator", "people", "Max", role="Administrator")
        office.settle()
        office.signs_settings()
    lays(root, TWO_STEPS.replace('roles = ["manager"]', 'roles = ["mangler"]'))

    for start in ("d", "e"):
        with open_office(root, start) as office:
            office.settle()
            assert not requests(office)
            assert says(office) == ["new"]
            assert "last" not in steps(office, claim(office, "Rae", invoice_no=start))
            told = [
                each for each in office.store.notices() if each.notify.event.startswith("declared.broken")
            ]
            assert len(told) == 1, "however often it starts"
            assert "mangler" in repr(told)


def test_what_was_signed_is_what_counts_whatever_is_written_into_the_state_folder(root: Path):
    lays(root, TWO_STEPS)
    with open_office(root, "c") as office:
        office.settle()
        office.signs_settings()
        (asked,) = requests(office)
    marks = marks_of(asked)
    assert marks is not None
    state = root / ".deskbook"
    with open_office(root, "d") as office:
        assert mark_in_force(state) == marks.mark

    # Somebody makes the kept copies what he would like, and his files the same.
    lays(root, ONE_STEP)
    shutil.rmtree(state / "declared" / marks.base, ignore_errors=True)
    (state / "declared" / "in_force").write_text(marks.base, encoding="utf-8")
    with open_office(root, "e") as office:
        office.settle()
        assert mark_in_force(state) == marks.mark
        assert states(office)[-1] is State.SUBMITTED, "his files wait like any others"

    # What was signed itself is gone: nothing else can hold than what lies there, and the leader hears of it at once.
    shutil.rmtree(folder_of(state, marks.mark))
    with open_office(root, "f") as office:
        office.settle()
        last = requests(office)[-1]
        assert (last.state, last["emergency"]) == (State.RECORDED, True)
        told = Letters(office).to("lena")
        assert any(last.number in each.text and "without a sign-off" in each.text for each in told)


def amending(office: Office, anew: list[bool]) -> Amending:
    return Amending(look=office.workspace, anew=lambda: anew.append(True), log=Loud())


def test_a_daemon_that_runs_asks_when_nobody_writes_any_more_and_starts_anew_when_it_is_signed(root: Path):
    with open_office(root, "c") as office:
        anew: list[bool] = []
        daemon = amending(office, anew)
        daemon.turn()
        for content in (TWO_STEPS.replace("last", "final"), TWO_STEPS):
            lays(root, content)
            daemon.turn()
            office.clock.step(seconds=QUIET.total_seconds() / 2)
            daemon.turn()
            assert not requests(office), "somebody may still be writing"
        office.clock.step(seconds=QUIET.total_seconds())
        daemon.turn()
        daemon.turn()
        office.settle()
        assert states(office) == [State.SUBMITTED]
        assert not anew
        office.signs_settings()
        daemon.turn()
        assert anew == [True]
    with open_office(root, "d") as office:
        assert office.declared.book.chain(FormKey("expense")).steps[-1].key == "last"


def test_who_takes_the_tick_away_has_withdrawn_it(root: Path):
    lays(root, TWO_STEPS)
    with open_office(root, "c") as office:
        office.settle()
        (asked,) = requests(office)
        office.types("Administrator", "setting_change", asked.number, submit=None)
        office.settle()
        assert states(office) == [State.WITHDRAWN]
    with open_office(root, "d") as office:
        office.settle()
        assert states(office) == [State.WITHDRAWN], "he said so"
        office.types("Administrator", "setting_change", asked.number, submit="Yes")
        office.settle()
        assert states(office) == [State.SUBMITTED]
