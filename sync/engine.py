"""Wires the pure core to the world: reads desks that changed, commits, and writes the desks concerned.

An `Engine` does what it is told, once: when to look is the daemon's business. Every step may be cut off by a
crash and repeated: the commit is one transaction, and what follows it comes from queues in the store.
"""

from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath
from typing import Final

from sheet_templates.form import (
    NUMBER,
    Desk,
    DeskKey,
    FieldKey,
)
from sheet_templates.link import Nowhere
from sheet_templates.record import Problem, Severity, text
from sync import visible
from sync.ask import Asking
from sync.begun import Writes
from sync.cycle import Cycle, Outcome
from sync.declared import TODO, Declared
from sync.emergency import Emergency, emergency
from sync.holds import Answer, Hold, standing
from sync.not_me import Dispute, dispute
from sync.notes import Notes
from sync.one_time import Seal
from sync.places import Places
from sync.planning import Planner
from sync.ports import (
    Clock,
    Commit,
    DeskCopy,
    Hash,
    Ids,
    Refused,
    Store,
    Why,
    Workbooks,
    Writers,
    Written,
)
from sync.projection import Projection
from sync.publish import Publisher
from sync.sessions import Sessions
from sync.undoing import Asked, undo
from sync.work import Author, Work, identity
from sync.writing import Writing

MASTER_FILE: Final = PurePath("master.xlsx")

_PLAIN: Final = frozenset({NUMBER, FieldKey("state"), FieldKey("check"), FieldKey("_mark")})

_NOWHERE: Final = Nowhere()

_GRADES: Final = {Writers.ACCOUNT: "B", Writers.OWN: "C"}
"""What a sign-off in a desk of one person is worth, by who can write there."""


class FileChangedError(Exception):
    """A file was saved between two looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of one file that was looked at."""

    path: PurePath
    desk: DeskKey | None = None
    outcome: Outcome | None = None
    problem: Problem | None = None
    """The file could not be read at all."""
    known: bool = False
    """That was told before."""


@dataclass(slots=True, kw_only=True)
class Engine:
    """The engine of one workspace."""

    declared: Declared
    store: Store
    workbooks: Workbooks
    clock: Clock
    ids: Ids
    folder: PurePath
    """The desks' folder, as the workbooks edge names it."""
    online: frozenset[str] = frozenset()
    """Which desks are online: by key, role, or the name of whose it is."""
    seal: Seal = made(default_factory=Seal)
    """Of the one-time codes that people type; without a secret none of them counts."""
    places: Places = made(init=False)
    projection: Projection = made(init=False)
    publisher: Publisher = made(init=False)
    asking: Asking = made(init=False)
    notes: Notes = made(init=False)
    sessions: Sessions = made(init=False)
    writing: Writing = made(init=False)
    writes: Writes = made(default_factory=Writes)
    """Writes that were begun and have not ended."""
    spent: dict[PurePath, tuple[Desk, Hash]] = made(default_factory=dict)
    """Copies beside the desks that were merged, and wait to be filed away."""
    recheck: set[DeskKey] = made(default_factory=set)
    """Desks whose drafts may be right by now, because somebody registered what they refer to."""

    def __post_init__(self) -> None:
        self.places = Places(
            declared=self.declared,
            store=self.store,
            clock=self.clock,
            folder=self.folder,
            online=self.online,
        )
        self.projection = Projection(declared=self.declared, store=self.store, clock=self.clock)
        self.notes = Notes(declared=self.declared, store=self.store, clock=self.clock)
        self.publisher = Publisher(
            store=self.store,
            workbooks=self.workbooks,
            clock=self.clock,
            ids=self.ids,
            forms=self.declared.forms,
            planner=Planner(
                forms=self.declared.forms,
                clock=self.clock,
                ids=self.ids,
                show=self.projection.show,
                instead=self.projection.instead,
                offers=self.projection.offers,
            ),
            project=self.projection.rows,
            everything=self.projection.everything,
            look=self._look_again,
            writes=self.writes,
        )
        self.asking = Asking(
            declared=self.declared,
            store=self.store,
            workbooks=self.workbooks,
            clock=self.clock,
            ids=self.ids,
            writes=self.writes,
        )
        self.sessions = Sessions(store=self.store, workbooks=self.workbooks)
        self.writing = Writing(
            declared=self.declared,
            store=self.store,
            workbooks=self.workbooks,
            clock=self.clock,
            places=self.places,
            projection=self.projection,
            publisher=self.publisher,
            notes=self.notes,
            read=self.ingest,
            ask=self._ask,
            held=self.held,
            displaced=self._displaced,
            writes=self.writes,
        )

    # Reading ----------------------------------------------------------------------------------------------

    def desks(self) -> tuple[Desk, ...]:
        """Return the desks that there are now, the master last."""
        return self.places.desks()

    def path_of(self, desk: Desk) -> PurePath:
        """Return where *desk*'s file lies, or is to lie."""
        return self.places.of(desk)

    def ingest(self, path: PurePath) -> Ingested:
        """Read one file, decide and commit. A file whose bytes are known is left as it is.

        Unless something was wrong with it: a good version may have been put back.
        """
        if self._known(path) and not any(True for _ in self.places.wrong(path)):
            self._spent(path)
            return Ingested(path=path)
        copy = self.workbooks.read(path)
        if not isinstance(copy, DeskCopy):
            return self._unreadable(path, copy, self.places.lying_at(path))
        ingested = self._cycle(path, copy)
        self._spent(path)
        return ingested

    def answer(self, answer: Answer) -> Ingested | None:
        """Carry out what a person said of a held save; None if nothing of that is held any more.

        What was saved since is looked at first: it may be no mistake. Raises FileChangedError if yet another save
        came in that moment, which is to be read before anything is done.
        """
        desk = next((each for each in self.desks() if each.key == answer.desk), None)
        if desk is None or self._hold(desk, answer.hold) is None:
            return None
        path = self.path_of(desk)
        self.ingest(path)
        known = self.store.file(desk.key)
        if self._hold(desk, answer.hold) is None or known is None:
            return None
        copy = self.workbooks.read(path)
        if not isinstance(copy, DeskCopy) or copy.file != known.file:
            raise FileChangedError(str(path))
        return self._cycle(path, copy, answer)

    def _hold(self, desk: Desk, key: str) -> Hold | None:
        hold = standing(self.store, desk.key)
        return hold if hold is not None and hold.key == key else None

    def _known(self, path: PurePath) -> bool:
        """Return whether the bytes at *path* were read already, and still are what we think lies there.

        A desk's own file that went back to older bytes (a restored version) must be read: it is a stale copy.
        """
        file = self.workbooks.digest(path)
        if file is None or not self.store.ingested(file):
            return False
        key = self.places.lying_at(path)
        known = self.store.file(key) if key is not None else None
        return known is None or known.file == file

    def _spent(self, path: PurePath) -> None:
        """Note a copy that a synchronising program left and that was merged: it can be filed away."""
        desk = self.places.conflicting(path)
        file = self.workbooks.digest(path) if desk is not None else None
        if (
            desk is not None
            and file is not None
            and self.store.ingested(file)
            and not any(self.places.wrong(path))
        ):
            self.spent[path] = (desk, file)

    def reread(self, desk: Desk) -> Ingested | None:
        """Look at a desk's file again although its bytes are known: what it refers to may exist by now."""
        known = self.store.file(desk.key)
        if known is None:
            return None
        copy = self.workbooks.read(known.path)
        if not isinstance(copy, DeskCopy) or copy.file != known.file:
            return None
        return self._cycle(known.path, copy)

    def _cycle(self, path: PurePath, copy: DeskCopy, answer: Answer | None = None) -> Ingested:
        desk = self.places.desk_of(path, copy)
        if desk is None:
            return self._unreadable(path, _nobodys(path), None)
        own = self.places.own(desk, path)
        outcome = self._decide(desk, copy, own, answer=answer, astray=not self.places.at_home(desk, path))
        if outcome.held and self._told(outcome):
            return Ingested(path=path, desk=desk.key, outcome=outcome)
        self._commit(outcome)
        if own == path and not outcome.held:
            self.publisher.saw(desk, copy, outcome.taken, set(outcome.deviating))
        if own == path:
            self.sessions.read(desk, copy)
        self._recheck_after(outcome)
        return Ingested(path=path, desk=desk.key, outcome=outcome)

    def _told(self, outcome: Outcome) -> bool:
        """Return whether what holds a file up was told before: the same file was looked at once more."""
        return (
            outcome.commit.ingest is not None
            and self.store.ingested(outcome.commit.ingest.file)
            and all(
                any(
                    identity(each) == identity(known) and each.file == known.file
                    for known in self.store.problems()
                )
                for each in outcome.commit.problems
            )
        )

    def _commit(self, outcome: Outcome) -> None:
        self.notes.enter(outcome.commit)
        self.projection.forget()
        self.sessions.remember(outcome.commit)

    def _decide(
        self,
        desk: Desk,
        copy: DeskCopy,
        own: PurePath,
        *,
        answer: Answer | None = None,
        astray: bool = False,
    ) -> Outcome:
        """Decide what *copy* changes. *astray*: it lies where others may have put it, so it counts for nothing."""
        cycle = Cycle(declared=self.declared, store=self.store, ids=self.ids, seal=self.seal)
        return cycle.run(
            desk,
            copy,
            own,
            self.clock.now(),
            session=own == copy.path and self.sessions.lasts(desk, copy),
            overtaken=self.sessions.behind(desk, copy),
            answer=answer,
            aside=own != copy.path,
            astray=astray,
            again=self.store.ingested(copy.file),
            grade=self._grade(desk, copy.path),
        )

    def _look_again(self, desk: Desk, copy: DeskCopy) -> Outcome:
        """Decide once more about a file that was committed: which row is which is not in the store."""
        return self._decide(desk, copy, copy.path)

    def preview(self, path: PurePath, *, anew: bool = False) -> Ingested:
        """Say what `ingest` would do with *path*. Nothing is committed, kept or remembered.

        *anew*: look at it even if its bytes are known, and as if it lay where it belongs.
        """
        if not anew and self._known(path):
            return Ingested(path=path)
        copy = self.workbooks.read(path, keep=False)
        if not isinstance(copy, DeskCopy):
            return Ingested(path=path, desk=self.places.lying_at(path), problem=copy)
        desk = self.places.desk_of(path, copy)
        if desk is None:
            return Ingested(path=path, desk=copy.desk)
        astray = not anew and not self.places.at_home(desk, path)
        outcome = self._decide(desk, copy, self.places.own(desk, path), astray=astray)
        return Ingested(path=path, desk=desk.key, outcome=outcome)

    def _grade(self, desk: Desk, path: PurePath) -> str:
        """Return what a sign-off in this file is worth as evidence: who else could have written it."""
        if desk.shared:
            return "D"
        return _GRADES.get(self.workbooks.writers(path), "D")

    def _recheck_after(self, outcome: Outcome) -> None:
        if any(record.version == 1 for record in outcome.changed):
            self._recheck()

    def _recheck(self) -> None:
        """Have the desks looked at again in which something refers to what is not known."""
        self.recheck.update(
            problem.desk
            for problem in self.store.problems()
            if problem.desk is not None and problem.what.key.startswith("link.")
        )

    def _unreadable(self, path: PurePath, problem: Problem, desk: DeskKey | None) -> Ingested:
        """Keep the problem of a file that cannot be read, with the desk whose it is."""
        work = Work.start(self.declared, self.store, self.clock.now())
        known = {(each.desk, each.file, each.what.key) for each in self.store.problems()}
        # People keep other workbooks beside their desks: that is said, but there is nothing to mend.
        beside = desk is None and path.is_relative_to(self.folder)
        placed = Problem(
            what=problem.what,
            mend=text("file.beside.mend") if beside else problem.mend,
            severity=Severity.NOTICE if beside else problem.severity,
            desk=desk,
            file=str(path),
        )
        told = (placed.desk, placed.file, placed.what.key) in known
        if not told:
            kept = self.workbooks.digest(path)
            work.hold(placed, Author(desk=placed.desk, person=None, cause=kept or "file"))
            self.notes.enter(work.commit(None, (visible.todo(desk),) if desk is not None else ()))
        return Ingested(path=path, desk=placed.desk, problem=placed, known=told)

    def undo(self, asked: Asked) -> Commit | None:
        """Take back what *asked* means; None if nothing of it is, or nothing more."""
        done = undo(asked, self.declared, self.store, self.clock.now())
        if done is not None:
            self.notes.enter(done)
            self.projection.forget()
            self._recheck()
        return done

    def dispute(self, asked: Dispute) -> Commit | None:
        """Void the decisions that *asked* disowns; None if none of them counts any more."""
        done = dispute(asked, self.declared, self.store, self.clock.now())
        if done is not None:
            self.notes.enter(done)
            self.projection.forget()
        return done

    def emergency(self, asked: Emergency) -> Commit | None:
        """Let a limit count at once; None if it does already, or may not have that value."""
        done = emergency(asked, self.declared, self.store, self.clock.now())
        if done is not None:
            self.notes.enter(done)
            self.projection.forget()
            self._recheck()
        return done

    def adopt(self, desk: Desk, copy: DeskCopy) -> bool:
        """Let *desk* live where *copy* was found, unless that cannot be taken as its file."""
        outcome = self._decide(desk, copy, copy.path)
        if outcome.held:
            return False
        old = self.path_of(desk)
        self._commit(outcome)
        self.publisher.saw(desk, copy, outcome.taken, set(outcome.deviating))
        self.notes.solve([*self.places.wrong(old, desk.key), *self.places.wrong(copy.path)])
        self._recheck_after(outcome)
        return True

    # Writing ----------------------------------------------------------------------------------------------

    def _ask(self, desk: Desk, hold: Hold) -> Written | Refused | None:
        """Write the line that asks about a held save, and nothing else."""
        if not any(each.form == TODO for each in self.store.dirty(desk.key)):
            return None
        opened = self.workbooks.busy(self.path_of(desk))
        if opened is not None:
            return Refused(why=Why.BUSY, who=opened)
        written = self.asking.write(desk, hold)
        if isinstance(written, Refused) and written.why is Why.CHANGED:
            self.ingest(self.path_of(desk))
        if isinstance(written, Written) and written.displaced is not None:
            self._displaced(desk, written.displaced)
        return written

    def recover(self) -> None:
        """Read what a crash left unread: saves that were displaced at the very moment of a publication.

        What was registered since a desk was read may be known by now: that is looked at again as well.
        """
        self._recheck()
        swept = self.workbooks.sweep(clear=False)
        for file in swept:
            copy = self.workbooks.read(self.workbooks.kept(file))
            whose = copy.desk if isinstance(copy, DeskCopy) else None
            desk = next((each for each in self.desks() if each.key == whose), None)
            if desk is not None and not self.store.ingested(file):
                self._displaced(desk, file)
        if swept:
            self.workbooks.sweep()

    def _displaced(self, desk: Desk, file: Hash) -> None:
        """Somebody saved at the very moment of the exchange: what he saved is read as a copy of the desk."""
        path = self.workbooks.kept(file)
        copy = self.workbooks.read(path)
        if isinstance(copy, DeskCopy):
            self._commit(self._decide(desk, copy, self.path_of(desk)))
        else:
            self._unreadable(path, copy, desk.key)

    def held(self, desk: Desk) -> bool:
        """Return whether *desk*'s file waits for a person and must not be touched."""
        return any(True for _ in self.places.wrong(self.path_of(desk), desk.key))


def _nobodys(path: PurePath) -> Problem:
    """Return that the file at *path* is a desk's that there is not, or not any more."""
    return Problem(what=text("file.nobodys", file=path.name), mend=text("file.nobodys.mend"), file=path.name)
