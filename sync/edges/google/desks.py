"""The desks that are Google spreadsheets: the `Workbooks` of `sync.ports`, as far as such desks are concerned.

Reading is reading the mirror, which asks nobody. Whatever needs Google is an errand (`errands`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from functools import partial
from pathlib import Path, PurePath
from typing import Final

from sheet_templates.form import Desk, DeskKey, Form, FormKey
from sheet_templates.record import Problem, Text, text
from sync.edges.files import write_whole
from sync.edges.google.drive import FILED, READY, OnlineFile
from sync.edges.google.errands import Act, Ended, Errands
from sync.edges.google.faults import AWAY, Away, Denied, Gone, Rejected, Trouble, away
from sync.edges.google.known import Known
from sync.edges.google.lay import Harm
from sync.edges.google.make import Making
from sync.edges.google.mirror import ENDING, Mirror
from sync.edges.google.model import Model
from sync.edges.google.read import read_snapshot
from sync.edges.google.sharing import Sharing
from sync.edges.google.snapshot import BEGINS, Snapshot, dump, load
from sync.edges.google.write import Writer
from sync.edges.xlsx.archive import Limits
from sync.ports import DeskCopy, Found, Hash, Patch, Refused, Why, Writers, Written

_WRITE: Final = 8
"""Requests that one write may need."""
_DIGITS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleDesks:
    """A company's online desks. Paths are seen from the workspace: `desks/財務/財務.gsheet`."""

    mirror: Mirror
    forms: Mapping[FormKey, Form]
    template: Callable[[Desk], bytes]
    """Makes a desk's empty workbook, which the spreadsheet is dressed as."""
    making: Making
    mails: Callable[[], Mapping[DeskKey, tuple[str, ...]]]
    """Says with whom each online desk is shared now: the addresses of its people."""
    people: Callable[[], Mapping[DeskKey, tuple[str, ...]]]
    """Says who works in each desk, online or not, likewise."""
    sharing: Sharing
    writer: Writer
    errands: Errands
    filed: Path
    """Where the content of spreadsheets is kept that are no desks any more."""
    workspace: Path
    limits: Limits = made(default_factory=Limits)
    notes: dict[PurePath, str | None] = made(default_factory=dict)
    """What is to be said in spreadsheets' details at the next look."""

    def mine(self, path: PurePath) -> bool:
        """Return whether *path* is an online desk's."""
        return path.suffix == ENDING

    def scan(self) -> tuple[Found, ...]:
        """Return what is known of the online desks; where nobody else does, ask Google first, if it is time."""
        self.mirror.shares, self.mirror.people = self.mails(), self.people()
        if not self.errands.apart and self.mirror.due():
            self.look()
        known = sorted(self.mirror.known.values(), key=lambda each: each.path.as_posix())
        return tuple(_found(each) for each in known if each.hash is not None or each.fault is not None)

    def look(self) -> bool:
        """Ask Google what changed, and let the right people in; return whether anything is new."""
        new = self.mirror.look(self.errands.open())
        try:
            if self.mirror.breaker.well:
                for each in tuple(self.mirror.known.values()):
                    self.sharing.share(each)
                    if each.path in self.notes:
                        self._note(each)
                self.sharing.keep_out()
        except Trouble as fault:
            self.mirror.fault = fault.what
        return new

    def busy(self, path: PurePath) -> str | None:
        """Return why *path* cannot be written now, though nothing is wrong with it; None if it can."""
        mirror = self.mirror
        if self.errands.occupied(path) or not mirror.breaker.closed() or not mirror.budget.room(_WRITE):
            return AWAY
        known = mirror.known.get(path)
        return AWAY if known is None and not mirror.breaker.well else None

    def digest(self, path: PurePath) -> Hash | None:
        """Return the hash of the latest snapshot."""
        known = self.mirror.known.get(path)
        return None if known is None or known.fault is not None else known.hash

    def read(self, path: PurePath) -> DeskCopy | Problem:
        """Return what the latest snapshot says; it is kept."""
        known = self.mirror.known.get(path)
        if known is None or (known.hash is None and known.fault is None):
            what = text("file.missing", name=path.name)
            return Problem(what=what, mend=text("file.missing.mend"), file=path.name)
        if known.fault is not None:
            what = text("file.online", name=path.name, detail=known.fault)
            return Problem(what=what, mend=text("file.online.mend"), file=path.name)
        assert known.hash is not None
        raw = self.mirror.versions.get(known.hash)
        return self.understood(raw or b"", path, known.hash)

    def understood(self, raw: bytes, path: PurePath, file: Hash) -> DeskCopy | Problem:
        """Return what the bytes of a snapshot say."""
        return read_snapshot(raw, path=path, file=file, forms=self.forms, limits=self.limits)

    def writers(self, path: PurePath) -> Writers:
        """Return who may write a spreadsheet, as Google says."""
        return self.sharing.writers(self.mirror.known.get(path))

    # Writing ----------------------------------------------------------------------------------------------

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        """Make *desk*'s spreadsheet, and share it with its people. One that is there already is never replaced."""

        def prepare() -> Act:
            self.mirror.shares = self.mails()
            return partial(self._create, path, desk, patch, self.template(desk), of)

        return self._written(path, f"create {patch.render}", prepare)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        """Put *patch* into a spreadsheet, if it still holds what *expect* is the hash of."""

        def prepare() -> Act:
            return partial(self.writer.write, path, expect, patch, self._model(patch))

        return self._written(path, f"write {patch.render}", prepare)

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        """Withdraw a spreadsheet from its people; return where its content is kept. *near*: they may read it still."""

        def prepare() -> Act:
            readers = self.people() if near else {}
            return partial(self._file_away, path, expect, readers)

        ended = self._done(path, f"file away {expect}", prepare)
        assert not isinstance(ended, Written)
        if isinstance(ended, PurePath):
            self.mirror.forget(path)
        return ended

    def note(self, beside: PurePath, said: str | None) -> None:
        """Have something said in a spreadsheet's details. Raises OSError."""
        self.notes[beside] = said
        known = self.mirror.known.get(beside)
        if self.errands.apart or known is None or not self.mirror.breaker.closed():
            return
        try:
            self._note(known)
        except Trouble as fault:
            raise OSError(str(fault)) from fault

    def _note(self, known: Known) -> None:
        """Say what is to be said in a spreadsheet's details. Raises Trouble; what passes by itself is said later."""
        said = self.notes.pop(known.path)
        try:
            self.mirror.drive.describe(known.id, said or "")
        except Away:
            self.notes.setdefault(known.path, said)
            raise

    def _written(self, path: PurePath, what: str, prepare: Callable[[], Act]) -> Written | Refused:
        ended = self._done(path, what, prepare)
        assert not isinstance(ended, PurePath)
        return ended

    def _done(self, path: PurePath, what: str, prepare: Callable[[], Act]) -> Ended:
        return self.errands.do(path, what, lambda: partial(self._talked, prepare()))

    def _talked(self, act: Act) -> Ended:
        """Do what needs Google; what comes in between is a refusal with words."""
        try:
            if not self.mirror.budget.room(_WRITE):
                raise away("quota")
            return act()
        except Away as fault:
            return Refused(why=Why.BUSY, who=AWAY, detail=str(fault))
        except Gone as fault:
            return Refused(why=Why.MISSING, detail=str(fault))
        except (Denied, Rejected) as fault:
            return Refused(why=Why.DENIED, detail=str(fault), what=fault.what)
        except Harm as harm:
            return Refused(why=Why.HARM, detail=str(harm), what=harm.what)
        except OSError as error:
            return Refused(why=Why.DENIED, detail=str(error))

    def _model(self, patch: Patch) -> Model | None:
        if patch.shape is None:
            return None
        return Model.of(self.template(patch.shape.desk), patch.shape.desk, self.forms)

    def _create(
        self, path: PurePath, desk: Desk, patch: Patch, template: bytes, of: Hash | None
    ) -> Written | Refused:
        start = self._kept(of) if of is not None else None
        if of is not None and start is None:
            return Refused(why=Why.HARM, detail="no snapshot of it is kept")
        halves = self.making.existing(desk)
        there = next((each for each in halves if each.state == READY), None)
        if there is not None:
            return self._again(path, there)
        title = desk.name
        id_ = self.making.start(desk, title, halves)
        laid, model = self.making.design(id_, desk, patch, template, start)
        first = self.mirror.drive.read(id_)
        if not first.facts and any(each.cells for each in first.snapshot.tabs):
            # Somebody made it by hand, and it was not empty.
            self._keep_aside(path, first.snapshot)
        self.mirror.versions.keep(dump(laid.snapshot))
        self.making.fill(first, desk, laid, model, patch)
        self.making.finish(id_)
        known = self.mirror.add(path, desk.key, self.mirror.drive.file(id_))
        self.mirror.take(path, self.mirror.drive.read(id_))
        self.sharing.share(known)
        self.mirror.keep()
        return Written(path=path, file=laid.snapshot.hash, left=laid.left, placed=laid.placed)

    def _again(self, path: PurePath, there: OnlineFile) -> Refused:
        """Take up a spreadsheet that is whole: it was made before a crash, or lay in the bin."""
        if there.trashed:
            self.mirror.drive.untrash(there.id)
        at, file = self.mirror.path_of(there.name), self.mirror.drive.file(there.id)
        known = self.mirror.add(at, there.desk, file, found=True)
        self.mirror.fetch(known)
        self.mirror.keep()
        return Refused(why=Why.CHANGED, detail=f"{path} is there already")

    def _kept(self, of: Hash) -> Snapshot | None:
        raw = self.mirror.versions.get(of)
        if raw is None or not raw.startswith(BEGINS):
            return None
        try:
            return load(raw)
        except (ValueError, KeyError, TypeError):
            return None

    def _file_away(
        self, path: PurePath, expect: Hash, readers: Mapping[DeskKey, Collection[str]]
    ) -> PurePath | Refused:
        known = self.mirror.known.get(path)
        if known is None:
            return Refused(why=Why.MISSING)
        drive = self.mirror.drive
        # First of all nobody may write any more: what was written until then is still read.
        file = drive.file(known.id)
        self.sharing.end(file, readers.get(known.desk, ()))
        found = self.mirror.fetch(known)
        if found.snapshot.hash != expect:
            return Refused(why=Why.CHANGED)
        target = self._keep_aside(path, found.snapshot)
        drive.retitle(known.id, target.stem)
        drive.call(known.id, FILED)
        inside = target.is_relative_to(self.workspace)
        return PurePath(target.relative_to(self.workspace)) if inside else PurePath(target)

    def _keep_aside(self, path: PurePath, held: Snapshot) -> Path:
        """Keep what a spreadsheet holds that is no desk, or not yet; return where."""
        now = self.mirror.clock.now()
        target = self.filed / path.parent.name / f"{now:%Y-%m-%d} {held.hash[:8]} {path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, dump(held))
        return target


def _found(known: Known) -> Found:
    """Return how a scan tells of a spreadsheet: it differs whenever its content does."""
    said: Text | None = known.fault
    mark = int(str(known.hash)[:_DIGITS], 16) if said is None else -sum(said.key.encode())
    return Found(path=known.path, size=0, modified=mark)
