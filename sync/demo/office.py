"""Deskbook at work in the demo: the real engine and duties on real files; only the calendar is moved by hand."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sync.daemon import Rounds
from sync.edges.clock import SteppedClock
from sync.edges.log import log_to
from sync.edges.single import only_one
from sync.ports import Written
from sync.running import Duties, rounds_of
from sync.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the daemon does, whenever people have saved and whenever the clock was moved."""

    rounds: Rounds
    duties: Duties
    clock: SteppedClock

    def at(self, moment: dt.datetime) -> None:
        """Let it be *moment*: what is due then is done."""
        self.clock.move(moment)
        self.rest()

    def rest(self) -> None:
        """Run rounds until nothing is left to do: every file has settled and was read, every desk shows it.

        The only waiting is for files to settle, which the daemon measures by the computer's own clock.
        """
        while True:
            ingested = self.rounds.look()
            written = self.rounds.write()
            self.duties.due()
            self.duties.tell()
            pause = self.rounds.pause()
            if pause is not None:
                time.sleep(pause)
            elif not ingested and not any(isinstance(each, Written) for each in written):
                return


@contextmanager
def open_office(workspace: Workspace, clock: SteppedClock) -> Iterator[Office]:
    """Begin to work on *workspace*, as the daemon does: alone, and with a log. Raises AlreadyRunningError."""
    with only_one(workspace.state, workspace.clock), log_to(workspace.state, workspace.clock) as log:
        duties = Duties(workspace=workspace, clock=clock, log=log)
        yield Office(rounds=rounds_of(workspace, log), duties=duties, clock=clock)
