"""The loop: wait for a hint or a second, read what has settled, write what waits, tell people, again.

Nothing is decided here. Every round begins from what the folder and the store hold, so that a round that was
cut off is made up by the next one.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path, PurePath
from typing import Final, Protocol

from sheet_templates.form import Desk, DeskKey
from sync.engine import MASTER_FILE, Engine, Ingested
from sync.ports import Clock, Found, Refused, Why, Written
from sync.settled import Settled
from sync.undoing import Asked as Undo

GRACE: Final = dt.timedelta(seconds=20)
"""A desk's file may be gone so long while a program saves it, or while its user moves it over a share."""

_LONG_GRACE: Final = dt.timedelta(minutes=10)
"""And so long if many are gone at once: a share comes back piece by piece."""

_FEW: Final = 5
_PART: Final = 5
"""Many are more than five, and more than a fifth."""

_PASSING: Final = dt.timedelta(seconds=10)
"""After this a file that could not be read is tried again, though nothing about it changed."""

_PASSES: Final = frozenset({"file.half_written", "file.empty", "file.missing", "file.denied"})

_CONTENTS: Final = dt.timedelta(hours=1)
"""So often every file's content is looked at, whatever its size and times say."""

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


class Undos(Protocol):
    """What the command line asks to be taken back while the daemon runs."""

    def asked(self) -> tuple[Undo, ...]:
        """Return the undos that were asked for and not done."""
        ...

    def done(self, undo: Undo) -> None:
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
    undos: Undos | None = None
    """Likewise."""
    grace: dt.timedelta = GRACE
    """A desk's file may be gone so long before it is looked for elsewhere, or made anew."""
    looked: dt.datetime | None = None
    """When it was last looked."""
    swept: bool = False
    missing: dict[DeskKey, dt.datetime] = made(default_factory=dict)
    before: dict[DeskKey, frozenset[PurePath]] = made(default_factory=dict)
    """What lay in the desks' folder at the last look before a desk was missed."""
    waiting: dict[DeskKey, Refused] = made(default_factory=dict)
    """Desks that could not be written at the last try, and why."""
    passing: dict[PurePath, dt.datetime] = made(default_factory=dict)
    """Files that could not be read, for a reason that may pass without a save: when they were looked at."""
    later: dict[DeskKey, dt.datetime] = made(default_factory=dict)
    """Desks that could not be looked at again: when it was tried."""
    seen: tuple[tuple[Found, ...], tuple[int, str]] | None = None
    """What the last look at the desks found, and where the journal stood."""
    checked: dt.datetime | None = None
    """When all files' contents were last compared with what is known of them."""
    noted: dict[PurePath, str | None] | None = None
    """What the notes beside the desks say. None: not looked at yet."""
    noted_at: int = -1
    """How often the engine had committed when they were put."""
    away: str | None = None
    """Why the desks' folder is not there, as it was said."""

    def look(self) -> tuple[Ingested, ...]:
        """Read every file that changed and has settled. A folder that is gone is no news about its files."""
        self.looked = self.pulse.now()
        try:
            found = self.engine.workbooks.scan()
        except OSError as error:
            self._gone(str(error))
            return ()
        now = self.pulse.now()
        if self.away is not None:
            self.log.info("the desks' folder is back")
            # Nobody knows what became of the files meanwhile, nor how much of the share is back already.
            self.away, self.seen = None, None
            self.missing.clear()
            self.settled.again()
        if not self.swept:
            self.engine.recover()
            self.swept = True
        self.engine.end_sessions()
        self._release()
        self._undo()
        self._again(now)
        ingested = [self._ingest(each.path) for each in self.settled.look(found, now)]
        self._file_away()
        self._look_for_missing(found, now)
        self._recheck(now)
        return tuple(each for each in ingested if each is not None)

    def restless(self, scan: float) -> bool:
        """Return whether to look though nothing was heard: something is open, or it was *scan* seconds ago."""
        ago = None if self.looked is None else (self.pulse.now() - self.looked).total_seconds()
        return (
            ago is None
            or not 0 <= ago < scan
            or self.away is not None
            or bool(self.missing or self.passing or self.later or self.engine.spent or self.engine.recheck)
            or bool(self.releases is not None and self.releases.asked())
            or bool(self.undos is not None and self.undos.asked())
        )

    def pause(self) -> float | None:
        """Return the seconds until something may have settled; None if nothing is unsettled."""
        pause = self.settled.pause(self.pulse.now())
        return None if pause is None else pause.total_seconds()

    def write(self) -> tuple[Written | Refused, ...]:
        """Write the desks for which something waits, and the notes beside them."""
        done: list[Written | Refused] = []
        for desk in self.engine.due():
            written = self._write(desk)
            if isinstance(written, Refused):
                if self.waiting.get(desk.key) != written:
                    self.log.info("waits", desk=desk.name, why=written.why.value, who=written.who)
                self.waiting[desk.key] = written
                if written.why is Why.MISSING:
                    self.missing.setdefault(desk.key, self.pulse.now())
            elif written is not None:
                self.waiting.pop(desk.key, None)
                self.missing.pop(desk.key, None)
            if written is not None:
                done.append(written)
        self._put_notes()
        return tuple(done)

    def _gone(self, why: str) -> None:
        if self.away != why:
            self.log.warning("the desks' folder is not there", why=why)
        self.away = why

    def _write(self, desk: Desk) -> Written | Refused | None:
        try:
            return self.engine.write(desk)
        except Exception:
            # A bug in one desk's way must not keep the others from being written.
            self.log.exception("a desk could not be written", desk=desk.name)
            return None

    def _again(self, now: dt.datetime) -> None:
        """Have files looked at once more: what could not be read, and from time to time all of them.

        There are programs and shares that change a file and leave its size and times as they were.
        """
        for path, at in tuple(self.passing.items()):
            if now - at >= _PASSING:
                del self.passing[path]
                self.settled.again(path)
        if self.checked is None or now < self.checked:
            self.checked = now
        elif now - self.checked >= _CONTENTS:
            self.checked = now
            self.settled.again()

    def _ingest(self, path: PurePath, *, accept: bool = False) -> Ingested | None:
        try:
            ingested = self.engine.ingest(path, accept=accept)
        except Exception:
            # A bug in one file's way must not stop everybody else's work: it is told with its traceback.
            # What failed may have been the disk, or the store: the file is looked at again, saved or not.
            self.passing[path] = self.pulse.now()
            self.log.exception("a file could not be taken", file=str(path))
            return None
        if ingested.outcome is not None:
            changed = len(ingested.outcome.changed)
            self.log.info("read", file=str(path), changed=changed, held=ingested.outcome.held)
        elif ingested.problem is not None:
            if ingested.problem.what.key in _PASSES:
                self.passing[path] = self.pulse.now()
            if not ingested.known:
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

    def _undo(self) -> None:
        """Take back what a person asked for."""
        for each in self.undos.asked() if self.undos is not None else ():
            try:
                done = self.engine.undo(each)
            except Exception:
                self.log.exception("an undo could not be carried out", name=each.name)
            else:
                changed = len(done.records) if done is not None else 0
                self.log.info("taken back", name=each.name, by=each.by, changed=changed)
            assert self.undos is not None
            self.undos.done(each)

    def _recheck(self, now: dt.datetime) -> None:
        """Look again at desks whose drafts may be right by now."""
        for key, at in tuple(self.later.items()):
            if now - at >= _PASSING:
                del self.later[key]
                self.engine.recheck.add(key)
        while self.engine.recheck:
            # What one of them registers may be what another one waits for; it ends when nothing new comes of it.
            self._reread(self.engine.recheck.pop(), now)

    def _reread(self, key: DeskKey, now: dt.datetime) -> None:
        desk = next((each for each in self.engine.desks() if each.key == key), None)
        if desk is None:
            return
        try:
            self.engine.reread(desk)
        except Exception:
            self.later[key] = now
            self.log.exception("a desk could not be looked at again", desk=desk.name)

    def _file_away(self) -> None:
        """Put conflict copies that were merged out of the way."""
        for path, filed in self.engine.file_away():
            self.log.info("filed away", file=str(path), to=str(filed))

    def _look_for_missing(self, found: tuple[Found, ...], now: dt.datetime) -> None:
        """Find desks whose files are gone: let them live where they were moved to, or make them anew."""
        seen = (found, self.engine.store.head())
        if seen == self.seen and not self.missing:
            return
        there = {each.path for each in found}
        if self.seen is None or self.seen[0] != found:
            self.engine.forget(there)
        before, self.seen = self.seen, seen
        desks = self.engine.desks()
        gone = [each for each in desks if self._is_gone(each, there)]
        for key in self.missing.keys() - {each.key for each in gone}:
            del self.missing[key]
        for desk in gone:
            if desk.key not in self.missing:
                self.log.info("gone", desk=desk.name)
                self.missing[desk.key] = now
                self.before.pop(desk.key, None)
                if before is not None:
                    self.before[desk.key] = frozenset(each.path for each in before[0])
        many = len(gone) > max(_FEW, len(desks) // _PART)
        if many and any(self.missing[each.key] == now for each in gone):
            self.log.warning("many desks are gone at once: they are waited for", count=len(gone))
        due = [each for each in gone if now - self.missing[each.key] >= self.grace]
        if due:
            self._replace(due, found, now, patient=many)

    def _replace(
        self, due: Sequence[Desk], found: tuple[Found, ...], now: dt.datetime, *, patient: bool
    ) -> None:
        """Let desks whose files are gone live where they were moved to; make the others anew."""
        lives = self._moved(due, found)
        for desk in due:
            if desk.key in lives:
                self.log.info("moved", desk=desk.name, to=str(lives[desk.key]))
            elif patient and now - self.missing[desk.key] < _LONG_GRACE:
                continue
            else:
                self._remake(desk)
            self.missing.pop(desk.key, None)
            self.waiting.pop(desk.key, None)

    def _moved(self, due: Sequence[Desk], found: tuple[Found, ...]) -> Mapping[DeskKey, PurePath]:
        try:
            return self.engine.moved(due, found, self.before)
        except Exception:
            self.log.exception("files that moved could not be looked at")
            return {}

    def _remake(self, desk: Desk) -> None:
        try:
            if isinstance(self.engine.remake(desk), Written):
                self.log.warning("made anew", desk=desk.name)
        except Exception:
            self.log.exception("a desk could not be made anew", desk=desk.name)

    def _is_gone(self, desk: Desk, there: set[PurePath]) -> bool:
        """Return whether a desk's file is not there. The master's lies elsewhere: that shows when it is written."""
        known = self.engine.store.file(desk.key)
        if known is None:
            return False
        if known.path != MASTER_FILE:
            return known.path not in there
        refused = self.waiting.get(desk.key)
        return refused is not None and refused.why is Why.MISSING

    def _put_notes(self) -> None:
        """Put notes beside the files that are not written, and take away those that are no longer true."""
        stands = self.engine.notes.commits
        if self.away is not None or (self.noted is not None and self.noted_at == stands):
            return
        noted = dict(self.noted or {})
        beside = list(self.engine.notes.beside(self.engine.desks()))
        places = {path.with_name(name) for path, name, _ in beside}
        # A note that stayed where a desk was before it moved.
        beside.extend((each, each.name, None) for each, said in noted.items() if said and each not in places)
        for path, name, said in beside:
            place = path.with_name(name)
            if place in noted and noted[place] == said:
                continue
            try:
                self.engine.workbooks.note(path, name, said)
            except OSError as error:
                self.log.warning("a note could not be put", file=str(place), why=str(error))
                continue
            noted[place] = said
        self.noted, self.noted_at = noted, stands


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
    beat: float = 5
    """Seconds between rounds in which, if nothing is heard, only what waits is written and told."""
    stopping: bool = False

    def stop(self) -> None:
        """End the loop after the round under way. May be called from a signal handler."""
        self.stopping = True
        self.hints.wake()

    def round(self, *, look: bool = True) -> None:
        """Look, if asked to, write, tell. What fails is told, keeps nothing else from being done, and comes again."""
        if look:
            self._guarded("look", self.rounds.look)
        self._guarded("write", self.rounds.write)
        self._guarded("tell", self.deliver)
        self._guarded("tick", self.tick)

    def _guarded(self, name: str, part: Callable[[], object]) -> None:
        try:
            part()
        except Exception:
            # A disk that is full, a store that another program has locked: that passes, and nothing was lost.
            self.rounds.log.exception("a part of a round failed", part=name)

    def run(self) -> None:
        """Run until `stop`."""
        look = True
        while not self.stopping:
            self.round(look=look)
            pause = self.rounds.pause()
            if not self.stopping:
                nap = min(self.beat, self.scan)
                heard = self.hints.wait(nap if pause is None else min(max(pause, _SHORTEST), nap))
                look = bool(heard) or pause is not None or self.rounds.restless(self.scan)
