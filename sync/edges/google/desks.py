"""The desks that are Google spreadsheets: the `Workbooks` of `sync.ports`, as far as such desks are concerned.

Reading is reading the mirror. Writing goes in steps, and may be cut off after each of them without harm: lock; read
inside the lock, and give up if it is not what the render was made for; write; unlock; read back. What then differs from
what was expected is a person's edit, and comes out at the next look, because the desk is known by what was expected.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from functools import partial
from pathlib import Path, PurePath
from typing import Final, TypeVar

from sheet_templates.form import Desk, DeskKey, Form, FormKey
from sheet_templates.record import Problem, Text, text
from sync.edges.files import write_whole
from sync.edges.google.dress import Model
from sync.edges.google.drive import FILED, READY, OnlineFile
from sync.edges.google.faults import AWAY, Away, Denied, Gone, Rejected, Trouble, away
from sync.edges.google.lay import Harm, lay
from sync.edges.google.make import Making
from sync.edges.google.mirror import ENDING, Known, Mirror, Occupied
from sync.edges.google.read import read_snapshot
from sync.edges.google.snapshot import BEGINS, Snapshot, dump, load
from sync.edges.google.strays import strays
from sync.edges.google.wire import Wire, placed, render_request
from sync.edges.xlsx.archive import Limits
from sync.ports import DeskCopy, Found, Hash, Patch, Refused, Why, Writers, Written

_WRITE: Final = 8
"""Requests that one write may need."""
_VALUES: Final = 1_500_000
"""Characters of values that go with one request."""
_DIGITS: Final = 15

Done = TypeVar("Done")


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
    invitation: Callable[[DeskKey], str]
    """What somebody is told with whom a desk is shared."""
    filed: Path
    """Where the content of spreadsheets is kept that are no desks any more."""
    workspace: Path
    limits: Limits = made(default_factory=Limits)

    def mine(self, path: PurePath) -> bool:
        """Return whether *path* is an online desk's."""
        return path.suffix == ENDING

    def scan(self) -> tuple[Found, ...]:
        """Return what is known of the online desks; where nobody else does, ask Google first, if it is time."""
        self.mirror.shares = self.mails()
        if not self.mirror.followed and self.mirror.due():
            self.look()
        known = sorted(self.mirror.known.values(), key=lambda each: each.path.as_posix())
        return tuple(_found(each) for each in known if each.hash is not None or each.fault is not None)

    def look(self) -> bool:
        """Ask Google what changed, and let the right people in; return whether anything is new."""
        new = self.mirror.look()
        with self.mirror.talk:
            try:
                for each in tuple(self.mirror.known.values()) if self.mirror.breaker.well else ():
                    self._share(each)
            except Trouble as fault:
                self.mirror.fault = fault.what
        return new

    def busy(self, path: PurePath) -> str | None:
        """Return why *path* cannot be written now, though nothing is wrong with it; None if it can."""
        mirror = self.mirror
        if not mirror.breaker.closed() or not mirror.budget.room(_WRITE):
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
        known = self.mirror.known.get(path)
        if known is None or known.file is None or known.file.rights is None:
            return Writers.UNSEEN
        us = self.mirror.drive.line.mail.lower()
        others = [each for each in known.file.rights if each.writes and each.mail != us]
        wanted = self.mirror.shares.get(known.desk, ())
        if len(others) != 1 or others[0].kind != "user" or wanted != (others[0].mail,):
            return Writers.OTHERS if others else Writers.UNSEEN
        return Writers.ACCOUNT if known.file.last in ("", others[0].mail) else Writers.OTHERS

    # Writing ----------------------------------------------------------------------------------------------

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        """Make *desk*'s spreadsheet, and share it with its people. One that is there already is never replaced."""
        return self._talked(partial(self._create, path, desk, patch, of))

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        """Put *patch* into a spreadsheet, if it still holds what *expect* is the hash of."""
        return self._talked(partial(self._write, path, expect, patch))

    def file_away(self, path: PurePath, expect: Hash) -> PurePath | Refused:
        """Withdraw a spreadsheet from its people; return where its content is kept."""
        return self._talked(partial(self._file_away, path, expect))

    def note(self, beside: PurePath, said: str | None) -> None:
        """Say something in a spreadsheet's details. Raises OSError."""
        known = self.mirror.known.get(beside)
        if known is None or not self.mirror.breaker.closed():
            return
        try:
            with self.mirror.talking():
                self.mirror.drive.describe(known.id, said or "")
        except (Trouble, Occupied) as fault:
            raise OSError(str(fault)) from fault

    def _talked(self, act: Callable[[], Done | Refused]) -> Done | Refused:
        """Do what needs Google; what comes in between is a refusal with words."""
        try:
            if not self.mirror.budget.room(_WRITE):
                raise away("quota")
            with self.mirror.talking():
                return act()
        except (Occupied, Away) as fault:
            return Refused(why=Why.BUSY, who=AWAY, detail=str(fault))
        except Gone as fault:
            return Refused(why=Why.MISSING, detail=str(fault))
        except (Denied, Rejected) as fault:
            return Refused(why=Why.DENIED, detail=str(fault), what=fault.what)
        except Harm as harm:
            return Refused(why=Why.HARM, detail=str(harm), what=harm.what)
        except OSError as error:
            return Refused(why=Why.DENIED, detail=str(error))

    def _write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        known = self.mirror.known.get(path)
        if known is None:
            return Refused(why=Why.MISSING)
        if known.hash != expect:
            return Refused(why=Why.CHANGED)
        drive, model = self.mirror.drive, self._model(patch)
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
            drive.batch(known.id, wire.shape())
            self._put(known.id, wire)
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

    def _put(self, id_: str, wire: Wire) -> None:
        """Write the values; the cell that names the render goes last, with all that came before in place."""
        chunk: list[Mapping[str, object]] = []
        size = 0
        for each in wire.values():
            weight = len(str(each))
            if chunk and size + weight > _VALUES:
                self.mirror.drive.put(id_, chunk)
                chunk, size = [], 0
            chunk.append(each)
            size += weight
        self.mirror.drive.put(id_, chunk)

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
                drive.batch(known.id, [*wire.end(after), render_request(wire.patch.render)])
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

    def _model(self, patch: Patch) -> Model | None:
        if patch.shape is None:
            return None
        return Model.of(self.template(patch.shape.desk), patch.shape.desk, self.forms)

    def _create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None) -> Written | Refused:
        start = self._kept(of) if of is not None else None
        if of is not None and start is None:
            return Refused(why=Why.HARM, detail="no snapshot of it is kept")
        halves = self.making.existing(desk)
        there = next((each for each in halves if each.state == READY), None)
        if there is not None:
            return self._again(path, there)
        title = desk.name
        id_ = self.making.start(desk, title, halves)
        laid, model = self.making.design(id_, desk, patch, self.template(desk), start)
        self.mirror.versions.keep(dump(laid.snapshot))
        self.making.fill(id_, desk, laid, model, patch.render)
        self.making.finish(id_)
        known = self.mirror.add(path, desk.key, self.mirror.drive.file(id_))
        self.mirror.take(path, self.mirror.drive.read(id_))
        self.mirror.shares = self.mails()
        self._share(known)
        self.mirror.keep()
        return Written(path=path, file=laid.snapshot.hash, left=laid.left, placed=laid.placed)

    def _again(self, path: PurePath, there: OnlineFile) -> Refused:
        """Take up a spreadsheet that is whole: it was made before a crash, or lay in the bin."""
        if there.trashed:
            self.mirror.drive.untrash(there.id)
        known = self.mirror.add(self.mirror.path_of(there.name), there.desk, self.mirror.drive.file(there.id))
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

    def _file_away(self, path: PurePath, expect: Hash) -> PurePath | Refused:
        known = self.mirror.known.get(path)
        if known is None:
            return Refused(why=Why.MISSING)
        drive = self.mirror.drive
        # First of all nobody may write any more: what was written until then is still read.
        file = drive.file(known.id)
        for right in file.rights or ():
            if right.role != "owner" and not right.inherited and right.mail != drive.line.mail.lower():
                drive.withdraw(known.id, right)
        found = self.mirror.fetch(known)
        if found.snapshot.hash != expect:
            return Refused(why=Why.CHANGED)
        now = self.mirror.clock.now()
        target = self.filed / path.parent.name / f"{now:%Y-%m-%d} {expect[:8]} {path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, dump(found.snapshot))
        drive.retitle(known.id, f"{file.title} ({now:%Y-%m-%d})")
        drive.call(known.id, FILED)
        self.mirror.forget(path)
        inside = target.is_relative_to(self.workspace)
        return PurePath(target.relative_to(self.workspace)) if inside else PurePath(target)

    # Sharing ----------------------------------------------------------------------------------------------

    def _share(self, known: Known) -> None:
        """Let in who works in a desk, and nobody else. Raises Trouble."""
        file, shares = known.file, self.mirror.shares
        if file is None or file.rights is None or known.desk not in shares:
            return
        us = self.mirror.drive.line.mail.lower()
        wanted = {each.lower() for each in shares[known.desk]}
        given = {
            each.mail: each
            for each in file.rights
            if each.role != "owner" and not each.inherited and each.mail != us
        }
        let_in = {mail for mail, each in given.items() if each.role == "writer" and each.kind == "user"}
        for mail in sorted(wanted - let_in):
            self.mirror.drive.share(known.id, mail, self.invitation(known.desk))
        for mail, right in sorted(given.items()):
            if mail not in wanted:
                self.mirror.drive.withdraw(known.id, right)
        if wanted != {*given}:
            self.mirror.relist(known.path)


def _found(known: Known) -> Found:
    """Return how a scan tells of a spreadsheet: it differs whenever its content does."""
    said: Text | None = known.fault
    mark = int(str(known.hash)[:_DIGITS], 16) if said is None else -sum(said.key.encode())
    return Found(path=known.path, size=0, modified=mark)
