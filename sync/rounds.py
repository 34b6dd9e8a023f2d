"""What the daemon does in one round: reads what has settled, does what was asked for, writes what waits.

Nothing is decided here, and nothing is lost if a round is cut off: the next one begins from what the folder and
the store hold.
"""

import datetime as dt
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath
from typing import Any, Final

from sheet_templates.form import Desk, DeskKey
from sync.absent import GRACE, Absent
from sync.begun import underway
from sync.beside import Beside
from sync.emergency import Emergency
from sync.engine import Engine, FileChangedError, Ingested
from sync.holds import Answer
from sync.leaving import Leaving
from sync.log import Log
from sync.moves import Moves
from sync.not_me import Dispute
from sync.ports import Clock, Refused, Why, Written
from sync.relocating import Relocating
from sync.requested import Requested, Requests
from sync.settled import Settled
from sync.undoing import Asked as Undo

_PASSING: Final = dt.timedelta(seconds=10)
"""After this a file that could not be read is tried again, though nothing about it changed."""

_PASSES: Final = frozenset({"file.half_written", "file.empty", "file.missing", "file.denied"})

_CONTENTS: Final = dt.timedelta(hours=1)
"""So often every file's content is looked at, whatever its size and times say."""


@dataclass(slots=True, kw_only=True)
class Rounds:
    """What is remembered from one look at the folder to the next."""

    engine: Engine
    pulse: Clock
    """Measures how long a file stands still: always the computer's own clock, even where a demo's time flies."""
    log: Log
    settled: Settled
    answers: Requests[Answer] | None = None
    """What the command line says of held saves. None: nobody can ask."""
    undos: Requests[Undo] | None = None
    """What it asks to be taken back; likewise."""
    disputes: Requests[Dispute] | None = None
    """The decisions that were disowned there; likewise."""
    emergencies: Requests[Emergency] | None = None
    """The limits that are to count at once; likewise."""
    grace: dt.timedelta = GRACE
    """A desk's file may be gone so long before it is looked for elsewhere, or made anew."""
    looked: dt.datetime | None = None
    """When it was last looked."""
    swept: bool = False
    waiting: dict[DeskKey, Refused] = made(default_factory=dict)
    """Desks that could not be written at the last try, and why."""
    passing: dict[PurePath, dt.datetime] = made(default_factory=dict)
    """Files that could not be read, for a reason that may pass without a save: when they were looked at."""
    later: dict[DeskKey, dt.datetime] = made(default_factory=dict)
    """Desks that could not be looked at again: when it was tried."""
    checked: dt.datetime | None = None
    """When all files' contents were last compared with what is known of them."""
    moves: Moves = made(init=False)
    absent: Absent = made(init=False)
    beside: Beside = made(init=False)
    leaving: Leaving = made(init=False)
    relocating: Relocating = made(init=False)
    requested: tuple[Requested[Any], ...] = made(init=False)
    """What the command line asks of the daemon, in the order in which it is carried out."""
    away: str | None = None
    """Why the desks' folder is not there, as it was said."""

    def __post_init__(self) -> None:
        self.moves = Moves(engine=self.engine)
        self.absent = Absent(
            engine=self.engine, moves=self.moves, log=self.log, waiting=self.waiting, grace=self.grace
        )
        self.beside = Beside(engine=self.engine, log=self.log)
        self.leaving = Leaving(engine=self.engine, log=self.log)
        self.relocating = Relocating(engine=self.engine, log=self.log)
        self.requested = (
            Requested(
                requests=self.answers,
                act=self._answer,
                log=self.log,
                failed="an answer could not be carried out",
                about=lambda each: each.desk,
            ),
            Requested(
                requests=self.undos,
                act=self._undo,
                log=self.log,
                failed="an undo could not be carried out",
                about=lambda each: each.name,
            ),
            Requested(
                requests=self.disputes,
                act=self._dispute,
                log=self.log,
                failed="a decision could not be voided",
                about=lambda each: each.about,
            ),
            Requested(
                requests=self.emergencies,
                act=self._emergency,
                log=self.log,
                failed="a limit could not be set",
                about=lambda each: each.key,
            ),
        )

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
            self.away = None
            self.absent.forget()
            self.settled.again()
        if not self.swept:
            self.engine.recover()
            self.swept = True
        self.engine.sessions.end()
        self._take_up()
        for each in self.requested:
            each.carry_out(now)
        self._again(now)
        ingested = [self._ingest(each.path) for each in self.settled.look(found, now)]
        self._file_away()
        self.leaving.look(found)
        self.relocating.look()
        self.absent.look(found, now)
        self._recheck(now)
        return tuple(each for each in ingested if each is not None)

    def restless(self, scan: float) -> bool:
        """Return whether to look though nothing was heard: something is open, or it was *scan* seconds ago."""
        ago = None if self.looked is None else (self.pulse.now() - self.looked).total_seconds()
        return (
            ago is None
            or not 0 <= ago < scan
            or self.away is not None
            or bool(
                self.absent.since or self.passing or self.later or self.engine.spent or self.engine.recheck
            )
            or any(each.due(self.pulse.now()) for each in self.requested)
        )

    def pause(self) -> float | None:
        """Return the seconds until something may have settled; None if nothing is unsettled."""
        pause = self.settled.pause(self.pulse.now())
        return None if pause is None else pause.total_seconds()

    def write(self) -> tuple[Written | Refused, ...]:
        """Write the desks for which something waits, and the notes beside them."""
        done: list[Written | Refused] = []
        for desk in self.engine.writing.due():
            written = self._write(desk)
            if underway(written):
                continue
            if isinstance(written, Refused):
                if self.waiting.get(desk.key) != written:
                    self.log.info("waits", desk=desk.name, why=written.why.value, who=written.who)
                self.waiting[desk.key] = written
                if written.why is Why.MISSING:
                    self.absent.since.setdefault(desk.key, self.pulse.now())
            elif written is not None:
                self.waiting.pop(desk.key, None)
                self.absent.since.pop(desk.key, None)
            if written is not None:
                done.append(written)
        if self.away is None:
            self.beside.put()
        return tuple(done)

    def _gone(self, why: str) -> None:
        if self.away != why:
            self.log.warning("the desks' folder is not there", why=why)
        self.away = why

    def _write(self, desk: Desk) -> Written | Refused | None:
        try:
            return self.engine.writing.write(desk)
        except Exception:
            # A bug in one desk's way must not keep the others from being written.
            self.log.exception("a desk could not be written", desk=desk.name)
            return None

    def _take_up(self) -> None:
        """Learn how writes ended that were begun in an earlier round, before the files are read that they made."""
        begun = self.engine.writes.begun
        if not begun:
            return
        desks = {each.key: each for each in self.engine.desks()}
        for key in tuple(begun):
            if key in desks:
                self._write(desks[key])
            else:
                # Nobody works there any more: what became of it is seen when its file is put away.
                del begun[key]

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

    def _ingest(self, path: PurePath) -> Ingested | None:
        try:
            ingested = self.engine.ingest(path)
        except Exception:
            # A bug in one file's way must not stop everybody else's work: it is told with its traceback.
            # What failed may have been the disk, or the store: the file is looked at again, saved or not.
            self.passing[path] = self.pulse.now()
            self.log.exception("a file could not be taken", file=str(path))
            return None
        if ingested.outcome is not None:
            changed = len(ingested.outcome.changed)
            held, dropped = ingested.outcome.held, ingested.outcome.dropped
            self.log.info("read", file=str(path), changed=changed, held=held, dropped=dropped)
        elif ingested.problem is not None:
            if ingested.problem.what.key in _PASSES:
                self.passing[path] = self.pulse.now()
            if not ingested.known:
                self.log.warning("unreadable", file=str(path), what=ingested.problem.what.key)
        return ingested

    def _answer(self, answer: Answer) -> bool:
        """Carry out what was said of a held save."""
        try:
            done = self.engine.answer(answer)
        except FileChangedError:
            # What was saved in that moment is read first; the word is still there then.
            return False
        self.log.info(
            "answered", desk=answer.desk, word=answer.word.value, by=answer.by, done=done is not None
        )
        return True

    def _undo(self, undo: Undo) -> bool:
        """Take back what a person asked for."""
        done = self.engine.undo(undo)
        changed = len(done.records) if done is not None else 0
        self.log.info("taken back", name=undo.name, by=undo.by, changed=changed)
        return True

    def _dispute(self, dispute: Dispute) -> bool:
        """Void a decision that was disowned."""
        done = self.engine.dispute(dispute)
        self.log.info("disowned", by=dispute.by, done=done is not None)
        return True

    def _emergency(self, asked: Emergency) -> bool:
        """Let a limit count at once."""
        done = self.engine.emergency(asked)
        self.log.info("limit set", limit=asked.key, by=asked.by, done=done is not None)
        return True

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
        for path, filed in self.moves.file_away():
            self.log.info("filed away", file=str(path), to=str(filed))
