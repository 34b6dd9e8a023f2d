"""Writes the desks for which something waits: which they are, what keeps one from being written, and making it anew."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from functools import partial
from pathlib import PurePath

from sheet_templates.form import MASTER, Desk, DeskKey
from sheet_templates.sheets import sheets_of
from sync.begun import Writes, underway
from sync.declared import Declared
from sync.exports import of_desk
from sync.holds import HELD, Hold, standing
from sync.notes import Notes
from sync.places import Places
from sync.ports import Clock, Commit, Hash, KnownFile, Refused, Store, Why, Workbooks, Written
from sync.projection import Projection
from sync.publish import Publisher
from sync.reached import reached


@dataclass(slots=True, kw_only=True)
class Writing:
    """The engine's writing half. What it needs of the reading half it is given."""

    declared: Declared
    store: Store
    workbooks: Workbooks
    clock: Clock
    places: Places
    projection: Projection
    publisher: Publisher
    notes: Notes
    read: Callable[[PurePath], object]
    """Reads a file that somebody has saved meanwhile."""
    ask: Callable[[Desk, Hold], Written | Refused | None]
    """Writes the line that asks about a held save, and nothing else."""
    held: Callable[[Desk], bool]
    """Whether a desk's file waits for a person."""
    displaced: Callable[[Desk, Hash], None]
    """Reads what somebody saved at the very moment of the exchange."""
    writes: Writes
    """Writes that were begun and have not ended."""
    refusals: dict[DeskKey, tuple[tuple[Hash, tuple[int, ...]], Refused]] = made(default_factory=dict)
    """Desks that could not be written without harm: not tried again until the file or what waits is another."""
    all_made: tuple[tuple[int, str], dt.date] | None = None
    """The head and the day at which every desk had a file."""
    begun: set[DeskKey] = made(default_factory=set)
    """Desks that are known to have been made."""
    turns: dict[DeskKey, int] = made(default_factory=dict)
    """In which order desks had their turn whose writing may take long."""
    left: dict[DeskKey, tuple[dt.date, tuple[str, ...]]] = made(default_factory=dict)
    """On which day, and for whom, it was last entered that a desk's file was written."""

    def publish(self) -> tuple[tuple[Desk, Written | Refused], ...]:
        """Write every desk for which something waits, except those that are open or held; say what happened."""
        done = ((desk, self.write(desk)) for desk in self.due())
        return tuple((desk, written) for desk, written in done if written is not None)

    def due(self) -> tuple[Desk, ...]:
        """Return the desks for which something waits to be written, those without a file, and those under way.

        Those that may take long come last, and among them those first that had their turn longest ago.
        """
        self.projection.forget()
        now = (self.store.head(), self.clock.now().date())
        waiting = set(self.store.waiting_desks())
        if not waiting and not self.publisher.lacking and not self.writes.begun and self.all_made == now:
            return ()
        desks = self.places.desks()
        waiting |= self.publisher.misshapen(desks) | self.writes.begun.keys()
        unmade = {each.key for each in desks if each.key not in self.begun and self._unmade(each)}
        self.begun.update({each.key for each in desks} - unmade)
        self.all_made = None if unmade else now
        found = (each for each in desks if each.key in waiting or each.key in unmade)
        return tuple(sorted(found, key=lambda each: self.turns.get(each.key, 0)))

    def _unmade(self, desk: Desk) -> bool:
        return self.store.latest(desk.key) is None

    def write(self, desk: Desk) -> Written | Refused | None:
        """Write what waits for *desk*; None if nothing had to be written.

        While a save is held, only the line is written that asks about it, and that only if its hold can be answered.
        """
        known = self.store.file(desk.key)
        written = self.writes.again(desk)
        if written is None or (isinstance(written, Refused) and written.why is Why.CHANGED):
            hold = standing(self.store, desk.key)
            if self.held(desk) and (hold is None or self._unsafe(desk)):
                return None
            refused = self._refused(desk)
            if refused is not None:
                return refused
            written = self._publish(desk) if hold is None else self.ask(desk, hold)
        if underway(written):
            self.turns[desk.key] = max(self.turns.values(), default=0) + 1
        else:
            self._ended(desk, known, written)
        return written

    def _refused(self, desk: Desk) -> Refused | None:
        """Return why *desk* could not be written without harm, if neither its file nor what waits is another since."""
        before = self.refusals.get(desk.key)
        return before[1] if before is not None and before[0] == self._tried(desk) else None

    def _ended(self, desk: Desk, known: KnownFile | None, written: Written | Refused | None) -> None:
        """Note how the writing of a desk ended, of whose file *known* was known before."""
        self.refusals.pop(desk.key, None)
        if isinstance(written, Written) and (known is None or known.file != written.file):
            self._left(desk, written)
        if written is None:
            return
        self.notes.ended(desk, self.places.of(desk), written)
        if isinstance(written, Written):
            self._reached(desk)
        tried = self._tried(desk)
        if isinstance(written, Refused) and written.why is Why.HARM and tried is not None:
            self.refusals[desk.key] = (tried, written)

    def _left(self, desk: Desk, written: Written) -> None:
        """Enter, once a day, that a desk's file was written, and for whom. Each version is known by its hash anyway."""
        now = self.clock.now()
        if self.left.get(desk.key) == (now.date(), desk.people):
            return
        self.left[desk.key] = (now.date(), desk.people)
        self.store.commit(Commit(at=now, entries=(of_desk(desk, str(written.path), written.file, now),)))

    def _reached(self, desk: Desk) -> None:
        """Note which transfers have reached *desk*, now that its file is written."""
        told = reached(desk, self.declared, self.store, self.clock.now())
        if told is not None:
            self.notes.enter(told)
            self.projection.forget()

    def _tried(self, desk: Desk) -> tuple[Hash, tuple[int, ...]] | None:
        known = self.store.file(desk.key)
        return (known.file, tuple(each.seq for each in self.store.dirty(desk.key))) if known else None

    def _publish(self, desk: Desk) -> Written | Refused | None:
        path = self.places.of(desk)
        known = self.store.file(desk.key)
        if known is not None and self.workbooks.busy(path) is not None:
            return Refused(why=Why.BUSY, who=self.workbooks.busy(path) or "")
        forms = sheets_of(desk.role, self.declared.forms)
        written = self.publisher.publish(desk, path, forms)
        if isinstance(written, Refused) and written.why is Why.CHANGED:
            self.read(path)
            if self.held(desk):
                return written
            written = self.publisher.publish(desk, path, forms)
        if isinstance(written, Written) and written.displaced is not None:
            self.displaced(desk, written.displaced)
        return written

    def _unsafe(self, desk: Desk) -> bool:
        """Return whether something else is wrong with *desk*'s file than that a save looks like a mistake."""
        wrong = self.places.wrong(self.places.of(desk), desk.key)
        return any(not each.what.key.startswith(HELD) for each in wrong)

    def remake(self, desk: Desk, path: PurePath | None = None) -> Written | Refused:
        """Make a desk's file again that is gone. Its people's work up to the last save is in the store.

        *path*: elsewhere than where it lay.
        """
        written = self.writes.again(desk)
        if written is not None:
            return written
        moved = path is not None
        path = path or self.places.of(desk)
        written, whole = self.publisher.recreate(desk, path, sheets_of(desk.role, self.declared.forms))
        told = "desk.moved" if moved else "desk.revived" if whole else "desk.remade"
        remade = partial(self._remade, desk, path, told)
        if underway(written):
            self.writes.then(desk, remade)
            return written
        return remade(written)

    def _remade(self, desk: Desk, path: PurePath, told: str, written: Written | Refused) -> Written | Refused:
        """Note how making a desk's file again ended; *told*: what its people are told."""
        if isinstance(written, Written):
            self._left(desk, written)
            self.notes.ended(desk, path, written)
            # What was wrong with the file went with the file.
            self.notes.solve(self.places.wrong(path, desk.key))
            if desk.role != MASTER:
                self.notes.tell(desk, told, path, file=path.name)
        return written
