"""What an idle daemon costs: CPU seconds in a minute in which nobody saves anything.

A company of 500 desks on a local disk. Measured is the real daemon, with its watch, its jobs and its looks at the
folder: woken by events, and polling as it does on a share. Beside it one pass of a loop that knows no better, over
the same files, taken as often as the daemon polls: reading each file to compare its hash, and reading each file's
cells. Printed: CPU seconds a minute of each.

    python benchmarks/at_rest.py [--desks 500] [--seconds 60]
"""

import argparse
import datetime as dt
import hashlib
import io
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from python_calamine import CalamineWorkbook

from sheet_templates.form import DeskKey, FieldKey, FormKey, Lang
from sync.edges.clock import SteppedClock
from sync.edges.ids import RandomIds
from sync.edges.log import log_to
from sync.edges.settings import Company, Polling
from sync.edges.watch import Watch
from sync.opening import OldRow, enter
from sync.running import make_daemon
from sync.workspace import Workspace, create, opened

POLL_SECONDS = 2.0
"""As often as Deskbook polls unless it is told otherwise (`desks.poll_seconds`)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--desks", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="deskbook-bench-"))
    try:
        measure(root, options.desks, options.seconds)
    finally:
        shutil.rmtree(root)


def measure(root: Path, desks: int, seconds: float) -> None:
    create(root, Company(id="co-benchmark", name="Bench", language=Lang.EN, zone="UTC", currency="USD"))
    clock = SteppedClock(dt.datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("UTC")))
    with opened(root, clock, os.environ) as workspace:
        workspace.engine.workbooks.found()
        enter(staff(desks), workspace.declared, workspace.store, RandomIds(), clock.now())
        began = time.perf_counter()
        workspace.engine.writing.publish()
        made = len(workspace.engine.workbooks.scan())
        print(f"made {made} desks in {time.perf_counter() - began:.0f} s", flush=True)
        for polling in (Polling.NEVER, Polling.ALWAYS):
            spent, how = idle(workspace, polling, seconds)
            print(f"daemon at rest ({how}): {spent * 60 / seconds:.2f} CPU s a minute", flush=True)
    files = sorted((root / "desks").rglob("*.xlsx"))
    hashed, read = passing(files, whole=False), passing(files, whole=True)
    print(
        f"a loop that hashes each file every {POLL_SECONDS:.0f} s: {hashed * 60 / POLL_SECONDS:.1f} CPU s a minute"
    )
    print(f"a loop that reads each file's cells as often: {read * 60 / POLL_SECONDS:.1f} CPU s a minute")


def idle(workspace: Workspace, polling: Polling, seconds: float) -> tuple[float, str]:
    """Return the CPU seconds that the daemon takes in *seconds* without work, and how it listened."""
    with (
        log_to(workspace.state, workspace.clock) as log,
        Watch(workspace.desks, polling, POLL_SECONDS) as watch,
    ):
        daemon = make_daemon(workspace, log, watch)
        while True:  # the first look reads all files' hashes
            daemon.round()
            pause = daemon.rounds.pause()
            if pause is None:
                break
            time.sleep(pause)
        threading.Timer(10, daemon.stop).start()
        daemon.run()
        daemon.stopping = False
        threading.Timer(seconds, daemon.stop).start()
        before = time.process_time()
        daemon.run()
        return time.process_time() - before, watch.how


def passing(files: list[Path], *, whole: bool) -> float:
    """Return the CPU seconds of one pass over *files*."""
    before = time.process_time()
    for each in files:
        raw = each.read_bytes()
        hashlib.sha256(raw).hexdigest()
        if whole:
            book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
            for name in book.sheet_names:
                book.get_sheet_by_name(name).to_python()
    return time.process_time() - before


def staff(desks: int) -> Iterator[OldRow]:
    """Return a leader, managers and reps, a desk each."""
    yield person("Leader", "leader", None)
    for each in range(desks - 2):
        team = each // 11
        if each % 11 == 0:
            yield person(f"Manager {team}", "manager", "Leader")
        else:
            yield person(f"Rep {each}", "rep", f"Manager {team}")


def person(name: str, role: str, superior: str | None) -> OldRow:
    cells = {
        "name": name,
        "role": role,
        "superior": superior,
        "email": f"{name.replace(' ', '.')}@example.com",
    }
    filled = {FieldKey(key): value for key, value in cells.items() if value is not None}
    return OldRow(form=FormKey("people"), desk=DeskKey("admin"), cells=filled)


if __name__ == "__main__":
    main()
