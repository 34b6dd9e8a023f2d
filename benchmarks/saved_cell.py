"""One saved cell, from save to visible in the master and in the other desks concerned.

A company of 50 desks with 400 rows each (20,000 leads). A rep changes one cell of his desk and saves. Timed is
what happens until the manager's desk and the master show it, in a warm process: Deskbook's round, without
the settling pause, against the script that a user would write (pandas reads every desk, concatenates, drops
duplicates and writes the master; it gives the other desks nothing). Printed: both times and their ratio.

    python benchmarks/saved_cell.py [--desks 50] [--rows 400] [--runs 5]
"""

import argparse
import cProfile
import datetime as dt
import os
import pstats
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from python_calamine import CalamineWorkbook

from sheet_templates.form import DeskKey, FieldKey, FormKey, Lang
from sheet_templates.record import Cell
from sync.edges.clock import SteppedClock
from sync.edges.ids import RandomIds
from sync.edges.settings import Company
from sync.opening import OldRow, enter
from sync.ports import DeskCopy, Patch, Put, RenderId, SheetPatch
from sync.workspace import Workspace, create, opened

LEAD = FormKey("lead")
TEAM = 10
"""Reps of one manager; the leader and the master see all leads."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="where Deskbook's time goes")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="deskbook-bench-"))
    try:
        measure(root, options.desks, options.rows, options.runs, profile=options.profile)
    finally:
        shutil.rmtree(root)


def measure(root: Path, desks: int, rows: int, runs: int, *, profile: bool) -> None:
    company = Company(id="co-benchmark", name="Bench", language=Lang.EN, zone="UTC", currency="USD")
    create(root, company)
    clock = SteppedClock(dt.datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("UTC")))
    with opened(root, clock, os.environ) as workspace:
        workspace.engine.workbooks.found()
        began = time.perf_counter()
        entered = enter(
            company_of(desks, rows), workspace.declared, workspace.store, RandomIds(), clock.now()
        )
        print(f"entered {sum(entered.taken.values())} records in {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        workspace.engine.writing.publish()
        print(
            f"made {len(workspace.engine.desks()) - 1} desks and the master in {time.perf_counter() - began:.1f} s"
        )
        mine = [saved(workspace, run) for run in range(-1, runs)][1:]
        if profile:
            profiler = cProfile.Profile()
            profiler.enable()
            saved(workspace, runs + 1)
            profiler.disable()
            pstats.Stats(profiler, stream=sys.stdout).sort_stats("cumulative").print_stats(45)
    theirs = [script(root) for _ in range(max(1, runs // 2))]
    ours, script_ = statistics.median(mine), statistics.median(theirs)
    print(f"Deskbook: median {ours * 1000:.0f} ms (of {', '.join(f'{each * 1000:.0f}' for each in mine)})")
    print(f"the script (pandas): median {script_ * 1000:.0f} ms")
    print(f"ratio: {script_ / ours:.0f}")


def company_of(desks: int, rows: int) -> list[OldRow]:
    chance = random.Random(7)  # the same company every time
    found = [_row("people", "admin", name="Lena Leader", role="leader", email="lena@example.com")]
    teams = range(-(-desks // TEAM))
    found += [
        _row("people", "admin", name=manager_of(team * TEAM), role="manager", superior="Lena Leader")
        for team in teams
    ]
    reps = [f"Rep {index:02}" for index in range(desks)]
    found += [
        _row("people", "admin", name=rep, role="rep", superior=manager_of(index))
        for index, rep in enumerate(reps)
    ]
    for index, rep in enumerate(reps):
        for number in range(rows):
            found.append(
                _row(
                    "lead",
                    f"P-{index + 2 + len(teams):04}",
                    title=f"Opportunity {index}-{number}",
                    customer_name=f"Customer {chance.randrange(900)}",
                    owner=rep,
                    reported_by=rep,
                    source=chance.choice(["campaign", "web", "referral", "trade_show"]),
                    description="wants a quotation for forty workstations",
                    industry=chance.choice(["retail", "medical", "software"]),
                    requirement="delivery before the end of the quarter",
                    expected_amount=chance.randrange(1_000, 90_000),
                    found_on=dt.date(2026, 9, 1) + dt.timedelta(days=chance.randrange(28)),
                )
            )
    return found


def manager_of(rep: int) -> str:
    return f"Manager {rep // TEAM:02}"


def _row(form: str, desk: str, **cells: Cell) -> OldRow:
    return OldRow(
        form=FormKey(form), desk=DeskKey(desk), cells={FieldKey(key): cell for key, cell in cells.items()}
    )


def saved(workspace: Workspace, run: int) -> float:
    """Let a rep save one changed cell; return the seconds until everybody concerned sees it."""
    rep = (run + 2) % TEAM
    desk = next(each for each in workspace.engine.desks() if each.name == f"Rep {rep:02}")
    path = workspace.engine.path_of(desk)
    text = f"asked for a visit {run} {time.time_ns()}"
    _type(workspace, path, text)
    began = time.perf_counter()
    workspace.engine.ingest(path)
    workspace.engine.writing.publish()
    took = time.perf_counter() - began
    for other in (manager_of(rep), "Lena Leader", "master"):
        seen = next(each for each in workspace.engine.desks() if each.name == other)
        assert _holds(workspace.root / workspace.engine.path_of(seen), text), f"{other} does not show it"
    return took


def _type(workspace: Workspace, path: Path, text: str) -> None:
    """Change one cell as a person does; by the patch: openpyxl would take seconds, and is not what is timed."""
    copy = workspace.engine.workbooks.read(path)
    assert isinstance(copy, DeskCopy)
    assert copy.render is not None
    sheet = copy.sheets[LEAD]
    row = sheet.rows[len(sheet.rows) // 2]
    patch = Patch(
        render=RenderId(copy.render),
        sheets=(SheetPatch(form=LEAD, puts=(Put(at=row.at, field=FieldKey("follow_up"), shown=text),)),),
    )
    workspace.engine.workbooks.write(path, copy.file, patch)


def _holds(path: Path, text: str) -> bool:
    book = CalamineWorkbook.from_path(path)
    return any(text in map(str, row) for row in book.get_sheet_by_name("Leads").to_python())


def script(root: Path) -> float:
    """Do what a user's script does after each save; return the seconds it took."""
    began = time.perf_counter()
    frames = [
        pd.read_excel(path, sheet_name="Leads", header=1, engine="openpyxl")
        for path in sorted((root / "desks").glob("Rep*/*.xlsx"))
    ]
    everything = pd.concat(frames).drop_duplicates(subset=["No."])
    everything.to_excel(root / "script-master.xlsx", index=False)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
