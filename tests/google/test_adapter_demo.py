"""The demo's company with one department at Google Sheets (emulated): the same fortnight, the same promises."""

import datetime as dt
import io
from pathlib import Path

import pytest
from rich.console import Console

from sheet_templates.form import Lang
from sync.demo.fortnight import Cast, live
from sync.demo.online import Online
from sync.edges.google.mirror import ENDING
from sync.edges.google.standing import online_standing
from sync.exits import Exit
from sync.workspace import opened
from tests.support.clock import FakeClock
from tests.support.google.emulator import google_emulator

TODAY = dt.date(2026, 11, 21)
AGENTS = frozenset({"Corliss Cosme", "Cassey Cress"})


@pytest.mark.long
def test_the_demo_runs_with_one_department_on_google_sheets(tmp_path: Path):
    keys = tmp_path / "keys"
    keys.mkdir()
    root = tmp_path / "company"
    with google_emulator(keys, unlimited=True) as google:
        online = Online(
            key_file=google.service_account_file,
            desks=("production",),
            address=google.base,
            requests=100_000,
        )
        console = Console(file=io.StringIO(), width=200, force_terminal=False)
        cast = Cast(agents=AGENTS, first=3, count=1, online=online)
        assert live(root, Lang.EN, TODAY, console, cast) is Exit.OK

        with opened(root, FakeClock(dt.datetime(2026, 11, 2, 18, tzinfo=dt.UTC)), {}) as here:
            desk = next(each for each in here.engine.desks() if each.role == "production")
            typed = [
                each.entry
                for each in here.store.journal()
                if each.entry.desk == desk.key and each.entry.kind == "change"
            ]
            assert here.engine.path_of(desk).suffix == ENDING
            assert {each.field for each in typed} & {"production_plan_on", "production_progress", "status"}
        told = online_standing(root / ".deskbook")
        assert told is not None
        assert told.fault is None
        assert [each.path for each in told.desks] == [f"desks/{desk.name}/{desk.name}{ENDING}"]
        mails = {each.mail for file in google.world.files.values() for each in file.permissions.values()}
        assert mails == {google.service_account_mail, "production@example.com"}
