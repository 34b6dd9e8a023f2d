"""One write of one spreadsheet, in steps. It may be cut off after each of them without harm.

Lock; read inside the lock, and give up if it is not what the render was made for; write; read back; unlock. What then
differs from what was expected is a person's edit, and comes out at the next look, because the desk is known by what was
expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from sheet_templates.form import Form, FormKey
from sync.edges.google.faults import Rejected, Trouble
from sync.edges.google.known import Known
from sync.edges.google.lay import lay
from sync.edges.google.marking import render_request
from sync.edges.google.mirror import Mirror
from sync.edges.google.model import Model
from sync.edges.google.snapshot import dump
from sync.edges.google.strays import strays
from sync.edges.google.wire import Wire, placed
from sync.ports import Hash, Patch, Refused, Why, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes spreadsheets that are there."""

    mirror: Mirror
    forms: Mapping[FormKey, Form]

    def write(self, path: PurePath, expect: Hash, patch: Patch, model: Model | None) -> Written | Refused:
        """Put *patch* into a spreadsheet, if it still holds what *expect* is the hash of. Raises Trouble or Harm.

        *model*: the spreadsheet as its template has it, if the patch has a shape.
        """
        known = self.mirror.known.get(path)
        if known is None:
            return Refused(why=Why.MISSING)
        if known.hash != expect:
            return Refused(why=Why.CHANGED)
        drive = self.mirror.drive
        before = known.live if known.live is not None else self.mirror.fetch(known)
        if before.snapshot.hash != expect:
            return Refused(why=Why.CHANGED)
        lock = Wire(live=before, laid=lay(before.snapshot, patch, self.forms, model), patch=patch)
        try:
            self._begin(known.id, lock)
            inside = drive.read(known.id)
            if inside.snapshot.hash != expect:
                self._unlock(known.id, lock)
                self.mirror.take(path, inside)
                return Refused(why=Why.CHANGED)
            laid = lay(inside.snapshot, patch, self.forms, model)
            wire = Wire(live=inside, laid=laid, patch=patch, model=model)
            self.mirror.versions.keep(dump(laid.snapshot))
            drive.batches(known.id, wire.shape())
            drive.put(known.id, wire.values())
        except Trouble:
            self._unlock(known.id, lock)
            raise
        self._end(path, known, wire)
        return Written(path=path, file=laid.snapshot.hash, left=laid.left, placed=laid.placed)

    def _begin(self, id_: str, lock: Wire) -> None:
        try:
            self.mirror.drive.batch(id_, lock.begin())
        except Rejected as fault:
            # Our own lock, of this very write: it was set, and the answer was lost.
            if "already exists" not in fault.detail:
                raise

    def _end(self, path: PurePath, known: Known, wire: Wire) -> None:
        """Read back, mend, unlock. What fails here has been written all the same: the next look sets it right."""
        drive = self.mirror.drive
        try:
            after = drive.read(known.id)
            wrong = strays(wire.live.snapshot, wire.laid, after.snapshot, self.forms)
            if wrong:
                drive.put(known.id, placed(wrong))
                after = drive.read(known.id)
            try:
                drive.batches(known.id, [*wire.end(after), render_request(wire.patch.render)])
            except Rejected:
                # A mark that somebody's program made with an id of ours, or the like: nothing rests on marks.
                self._unlock(known.id, wire)
            self.mirror.take(path, after)
        except Trouble:
            self._unlock(known.id, wire)
            self.mirror.wait(path)

    def _unlock(self, id_: str, wire: Wire) -> None:
        """Take the locks away, if they can be: each by itself, because one may never have been set."""
        for each in wire.unlock():
            try:
                self.mirror.drive.batch(id_, [each])
            except Rejected:
                continue
            except Trouble:
                # The next look finds it (`wire.leftovers`).
                return
