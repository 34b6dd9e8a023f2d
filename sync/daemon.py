"""The loop: wait for a hint or a second, read what has settled, write what waits, tell people, again.

Nothing is decided here. Every round begins from what the folder and the store hold, so that a round that was
cut off is made up by the next one.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path, PurePath
from typing import Final, Protocol

from sheet_templates.form import DeskKey
from sync.engine import MASTER_FILE, Engine, Ingested
from sync.ports import Clock, Found, Refused, Why, Written
from sync.settled import Settled

_GRACE: Final = dt.timedelta(seconds=20)
"""A desk's file may be gone so long while a program saves it, before it is made anew."""

_SHORTEST: Final = 0.02
"""Seconds to wait at least: two looks must not be the same look."""


class Log(Protocol):
    """What the daemon needs of a log."""

    def info(self, event: str, **what: object) -> object:
        """Note what happened."""
        ...

    def warning(self, event: str, **what: object) -> object:
        """Note what somebody should look at."""
        ...

    def exception(self, event: str, **what: object) -> object:
        """Note an error with its traceback."""
        ...


class Hints(Protocol):
    """What tells the daemon that something happened in the desks' folder."""

    def wait(self, timeout: float) -> frozenset[Path]:
        """Return where something happened, at the latest after *timeout* seconds."""
        ...

    def wake(self) -> None:
        """End a wait."""
        ...


class Asked(Protocol):
    """What the command line asks for while the daemon runs."""

    def asked(self) -> tuple[DeskKey, ...]:
        """Return the desks whose held save is to be taken as it is."""
        ...

    def done(self, desk: DeskKey) -> None:
        """Say that it was done."""
        ...


@dataclass(slots=True, kw_only=True)
class Rounds:
    """What is remembered from one look at the folder to the next."""

    engine: Engine
    pulse: Clock
    """Measures how long a file stands still: always the computer's own clock, even where a demo's time flies."""
    log: Log
    settled: Settled
    releases: Asked | None = None
    """None: nobody can ask."""
    swept: bool = False
    missing: dict[DeskKey, dt.datetime] = made(default_factory=dict)
    waiting: dict[DeskKey, Refused] = made(default_factory=dict)
    """Desks that could not be written at the last try, and why."""

    def look(self) -> tuple[Ingested, ...]:
        """Read every file that changed and has settled. A folder that is gone is no news about its files."""
        try:
            found = self.engine.workbooks.scan()
        except OSError as error:
            self.log.warning("the desks' folder is not there", why=str(error))
            return ()
        if not self.swept:
            self.engine.recover()
            self.swept = True
        now = self.pulse.now()
        self._release()
        ingested = [self._ingest(each.path) for each in self.settled.look(found, now)]
        self._remake_missing(found, now)
        while self.engine.recheck:
            # What one of them registers may be what another one waits for; it ends when nothing new comes of it.
            self._reread(self.engine.recheck.pop())
        return tuple(each for each in ingested if each is not None)

    def pause(self) -> float | None:
        """Return the seconds until something may have settled; None if nothing is unsettled."""
        pause = self.settled.pause(self.pulse.now())
        return None if pause is None else pause.total_seconds()

    def write(self) -> tuple[Written | Refused, ...]:
        """Write the desks for which something waits."""
        done = self.engine.publish()
        for desk, written in done:
            if isinstance(written, Refused):
                if self.waiting.get(desk.key) != written:
                    self.log.info("waits", desk=desk.name, why=written.why.value, who=written.who)
                self.waiting[desk.key] = written
                if written.why is Why.MISSING:
                    self.missing.setdefault(desk.key, self.pulse.now())
            else:
                self.waiting.pop(desk.key, None)
                self.missing.pop(desk.key, None)
        return tuple(written for _, written in done)

    def _ingest(self, path: PurePath, *, accept: bool = False) -> Ingested | None:
        try:
            ingested = self.engine.ingest(path, accept=accept)
        except Exception:
            # A bug in one file's way must not stop everybody else's work: it is told with its traceback.
            self.log.exception("a file could not be taken", file=str(path))
            return None
        if ingested.outcome is not None:
            changed = len(ingested.outcome.changed)
            self.log.info("read", file=str(path), changed=changed, held=ingested.outcome.held)
        elif ingested.problem is not None:
            self.log.warning("unreadable", file=str(path), what=ingested.problem.what.key)
        return ingested

    def _release(self) -> None:
        """Take the held saves that a person said were meant."""
        asked = self.releases.asked() if self.releases is not None else ()
        if self.releases is None or not asked:
            return
        desks = {desk.key: desk for desk in self.engine.desks()}
        for key in asked:
            if key in desks:
                self.log.info("released", desk=desks[key].name)
                self._ingest(self.engine.path_of(desks[key]), accept=True)
            self.releases.done(key)

    def _reread(self, key: DeskKey) -> None:
        desk = next((each for each in self.engine.desks() if each.key == key), None)
        if desk is not None:
            self.engine.reread(desk)

    def _remake_missing(self, found: tuple[Found, ...], now: dt.datetime) -> None:
        """Make a desk's file again that has been gone for a while: its deletion deletes nothing."""
        there = {each.path for each in found}
        for desk in self.engine.desks():
            known = self.engine.store.file(desk.key)
            if known is None or not self._is_gone(desk.key, known.path, there):
                self.missing.pop(desk.key, None)
                continue
            since = self.missing.setdefault(desk.key, now)
            if now - since >= _GRACE:
                self.log.warning("made anew", desk=desk.name)
                self.engine.remake(desk)
                self.missing.pop(desk.key, None)
                self.waiting.pop(desk.key, None)

    def _is_gone(self, key: DeskKey, path: PurePath, there: set[PurePath]) -> bool:
        """Return whether a desk's file is not there. The master's lies elsewhere: that shows when it is written."""
        if path != MASTER_FILE:
            return path not in there
        refused = self.waiting.get(key)
        return refused is not None and refused.why is Why.MISSING


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Runs rounds until it is told to stop."""

    rounds: Rounds
    hints: Hints
    deliver: Callable[[], object]
    """Tells people what is to be told at once."""
    tick: Callable[[], object]
    """Does what the time of day, week or month demands."""
    scan: float
    """Seconds between full looks when nothing is heard."""
    stopping: bool = False

    def stop(self) -> None:
        """End the loop after the round under way. May be called from a signal handler."""
        self.stopping = True
        self.hints.wake()

    def round(self) -> None:
        """Look, write, tell."""
        self.rounds.look()
        self.rounds.write()
        self.deliver()
        self.tick()

    def run(self) -> None:
        """Run until `stop`."""
        while not self.stopping:
            self.round()
            pause = self.rounds.pause()
            if not self.stopping:
                self.hints.wait(self.scan if pause is None else min(max(pause, _SHORTEST), self.scan))
