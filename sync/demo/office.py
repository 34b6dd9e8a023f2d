"""Deskbook at work in the demo: the real engine and duties on real files; only the calendar is moved by hand."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sync.edges.clock import SteppedClock, SystemClock
from sync.edges.log import log_to
from sync.edges.single import only_one
from sync.ports import Written
from sync.rounds import Rounds
from sync.running import Duties
from sync.settled import Settled
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
        """Run rounds until nothing is left to do: every save was read, every desk shows it, every mail is out."""
        busy = True
        while busy:
            read = [each for each in self.rounds.look() if each.outcome is not None]
            written = [each for each in self.rounds.write() if isinstance(each, Written)]
            self.duties.due()
            self.duties.tell()
            busy = bool(read or written)


@contextmanager
def open_office(workspace: Workspace, clock: SteppedClock) -> Iterator[Office]:
    """Begin to work on *workspace*, as the daemon does: alone, and with a log. Raises AlreadyRunningError."""
    with only_one(workspace.state, workspace.clock), log_to(workspace.state, workspace.clock) as log:
        rounds = Rounds(
            engine=workspace.engine,
            pulse=SystemClock(workspace.settings.zone),
            log=log,
            # People and daemon take turns here, so no file is ever half written when it is looked at.
            settled=Settled(dt.timedelta()),
        )
        duties = Duties(workspace=workspace, clock=clock, log=log)
        yield Office(rounds=rounds, duties=duties, clock=clock)
