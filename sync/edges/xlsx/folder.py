"""The desks' files in a folder: the `Workbooks` of `sync.ports`."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath
from typing import Final

from sheet_templates.form import Desk, Form, FormKey
from sheet_templates.record import Problem, text
from sync.edges.files import write_whole
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.busy import STALE_AFTER, busy, is_owner_file
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.patch import patched
from sync.edges.xlsx.proof import prove
from sync.edges.xlsx.read import read_desk
from sync.edges.xlsx.renames import Exchange, exchange
from sync.edges.xlsx.replace import (
    Publication,
    Publisher,
    Replaced,
    creating,
    filing,
    finish,
    leftovers,
    replacing,
)
from sync.edges.xlsx.rights import writers_of
from sync.edges.xlsx.shape import Shaped, Template, shaped, writable
from sync.edges.xlsx.versions import Versions, hash_of
from sync.ports import Clock, DeskCopy, Found, Hash, Patch, Refused, Why, Writers, Written

CANARY: Final = ".deskbook-canary"
"""Lies in the desks' folder, so that an empty share differs from a share that is not there."""

_KINDS: Final = (".xlsx", ".xlsm")

_PASSED_OVER: Final = frozenset(
    {
        *("#recycle", "@recycle", "recycle", "recycler", "$recycle.bin", "network trash folder"),
        *("@eadir", "#snapshot", "~snapshot", "@recently-snapshot", "system volume information"),
        "lost+found",
    }
)
"""Where storage boxes and Windows keep what was deleted, and earlier states: no desk lives there."""

_BOM: Final = "\ufeff"
"""Without it Notepad takes a note for something else than UTF-8."""

_OURS: Final = "Deskbook"
"""How a note begins: one that does not is somebody else's, and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What is to be told of one writing."""

    left: list[Problem] = field(default_factory=list)
    placed: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class XlsxFolder:
    """All workbooks of a workspace. Paths are seen from the workspace: `desks/王小明/王小明.xlsx`, `master.xlsx`."""

    workspace: Path
    desks: Path
    """The desks' folder; absolute, or seen from the workspace. May be a share."""
    versions: Versions
    forms: Mapping[FormKey, Form]
    """All forms, with the columns that their chains add."""
    template: Template
    """Makes a desk's empty workbook (`sheet_templates.template.render_template`)."""
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    stale_after: dt.timedelta = STALE_AFTER
    exchange: Exchange = exchange

    @property
    def root(self) -> Path:
        """The desks' folder."""
        return self.workspace / self.desks

    def found(self) -> None:
        """Make the desks' folder with its canary. Raises OSError."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / CANARY).touch()

    def sweep(self, *, clear: bool = True) -> tuple[Hash, ...]:
        """Clear what a crash left beside the desks and the master; return the versions that may be unread.

        To be called at start; without *clear* what is returned stays where it lies. Each is to be read at
        `kept`: it may be a save that was being displaced. Raises OSError.
        """
        self._check_canary()
        self.versions.tidy()
        swept: list[Hash] = []
        for folder in sorted({self.workspace, *self._folders()}):
            try:
                swept.extend(leftovers(folder, self.versions, self.limits, clear=clear))
            except PermissionError:
                # We cannot have written there either.
                continue
        return tuple(swept)

    def scan(self) -> tuple[Found, ...]:
        """Return every workbook below the desks' folder, in order of their paths.

        Raises OSError if the folder or its canary is gone: an unmounted share is not a mass deletion.
        """
        self._check_canary()
        root, workspace = str(self.root), os.path.join(str(self.workspace), "")  # noqa: PTH118 — ends in a slash
        above = workspace if root.startswith(workspace) else ""
        return tuple(sorted(self._workbooks(root, above), key=lambda each: each.path.as_posix()))

    def busy(self, path: PurePath) -> str | None:
        """Return who has *path* open ('' if the owner file does not say), or None if nobody has."""
        return self._busy(self.workspace / path)

    def live(self, path: PurePath) -> bool:  # noqa: ARG002 — as the port asks it
        """Return False: a file is saved as a whole, by whoever has it open."""
        return False

    def private(self, path: PurePath) -> bool:
        """Return whether nobody but its owner and the service may write the folder of *path*.

        As far as can be seen; the folders above it up to the desks' folder count too: who may rename the
        folder may put another in its place.
        """
        return self.writers(path) is Writers.OWN

    def writers(self, path: PurePath) -> Writers:
        """Return who may write *path*, its folder, or those above it up to the desks' folder."""
        place = self.workspace / path
        folder = place.parent
        above = [each for each in folder.parents if each == self.root or each.is_relative_to(self.root)]
        found = {writers_of(each) for each in (place, folder, *above)}
        return next(each for each in (Writers.OTHERS, Writers.UNSEEN, Writers.OWN) if each in found)

    def kept(self, file: Hash) -> PurePath:
        """Return the path under which the bytes with this hash are kept, to be read like any other."""
        return self._seen(self.versions.path(file))

    def digest(self, path: PurePath) -> Hash | None:
        """Return the hash of *path*'s bytes without understanding them; None if it cannot be read now."""
        try:
            return hash_of((self.workspace / path).read_bytes())
        except OSError:
            return None

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        """Read *path*; its bytes are kept by content hash before they are parsed, unless *keep* is False."""
        try:
            raw = (self.workspace / path).read_bytes()
        except FileNotFoundError:
            what = text("file.missing", name=path.name)
            return Problem(what=what, mend=text("file.missing.mend"), file=path.name)
        except OSError as error:
            what = text("file.denied", name=path.name, detail=error.strerror or "")
            return Problem(what=what, mend=text("file.denied.mend"), file=path.name)
        file = self.versions.keep(raw) if keep else hash_of(raw)
        return read_desk(raw, path=path, file=file, forms=self.forms, limits=self.limits)

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        """Make *desk*'s workbook from its template with the cells of *patch*. Never replaces a file.

        *of*: a kept version, which is patched in the template's place.
        """
        said = _Said()
        return self._ended(path, finish(self.creating(path, desk, patch, of, said)), said)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        """Put *patch* into *path*, if nobody has it open and its bytes still are *expect*."""
        said = _Said()
        return self._ended(path, finish(self.writing(path, expect, patch, said)), said)

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        """Move *path* into the state folder's `filed`, if nobody has it open and its bytes still are *expect*.

        It lies there by the name of its folder, with the date of its filing and the hash before its own name. *near*:
        it stays where it is, but has the name that it would have there.
        """
        name = f"{self.clock.now():%Y-%m-%d} {expect[:8]} {path.name}"
        filed = self.versions.folder.with_name("filed") / path.parent.name / name
        target = (self.workspace / path).with_name(name) if near else filed
        publisher = Publisher(versions=self.versions, busy=self._busy, exchange=self.exchange)
        ended = finish(filing(self.workspace / path, target, expect, publisher))
        return ended if isinstance(ended, Refused) else self._seen(target)

    def note(self, beside: PurePath, name: str, said: str | None) -> None:
        """Put the note *name* beside a desk's file, for Windows' Notepad; None: take it away. Raises OSError.

        A file of that name that is not ours is left alone.
        """
        place = (self.workspace / beside).with_name(name)
        lies = place.read_bytes() if place.exists() else None
        if lies is not None and not lies.startswith(f"{_BOM}{_OURS}".encode()):
            return
        if said is None:
            place.unlink(missing_ok=True)
            return
        raw = (_BOM + said.replace("\n", "\r\n")).encode()
        if raw != lies and place.parent.exists():
            write_whole(place, raw)

    def creating(
        self,
        path: PurePath,
        desk: Desk,
        patch: Patch,
        of: Hash | None = None,
        said: _Said | None = None,
    ) -> Publication:
        """Return the steps of `create`; what is to be told is added to *said*."""
        place = self.workspace / path
        try:
            if place.is_relative_to(self.root):
                self._check_canary()
            raw = self.template(desk, None) if of is None else self.versions.get(of)
            if raw is None:
                return Refused(why=Why.HARM, detail="no version of it is kept")
            new = self._patched(patch, raw, said=said)
        except OSError as error:
            return Refused(why=Why.MISSING, detail=str(error))
        except Harm as harm:
            return Refused(why=Why.HARM, detail=str(harm))
        return (yield from creating(place, new))

    def writing(self, path: PurePath, expect: Hash, patch: Patch, said: _Said | None = None) -> Publication:
        """Return the steps of `write`; what is to be told is added to *said*."""
        publisher = Publisher(versions=self.versions, busy=self._busy, exchange=self.exchange)
        return replacing(self.workspace / path, expect, partial(self._patched, patch, said=said), publisher)

    def _patched(self, patch: Patch, raw: bytes, *, said: _Said | None = None) -> bytes:
        """Return *raw* with *patch* in it, kept: should the file go, it is made again from these bytes.

        Raises Harm or OSError.
        """
        said = said or _Said()
        made = self._shaped(patch, raw, said)
        wanted = writable(patch, made)
        new = patched(made.raw, wanted, self.forms, self.limits)
        prove(made.raw, new.file, self.limits)
        said.left.extend((*made.left, *new.left))
        said.placed.extend(made.told)
        self.versions.keep(new.raw)
        return new.raw

    def _shaped(self, patch: Patch, raw: bytes, said: _Said) -> Shaped:
        """Return *raw* in the shape that *patch* asks for; as it is, which is told, if that would harm it."""
        try:
            return shaped(raw, patch, self.forms, self.limits, self.template)
        except Harm as harm:
            what = text("desk.shape", file=patch.shape.desk.name if patch.shape else "", detail=str(harm))
            said.left.append(Problem(what=what, mend=text(f"{what.key}.mend")))
            return Shaped(raw=raw)

    def _busy(self, path: Path) -> str | None:
        return busy(path, self.clock.now(), self.stale_after)

    def _check_canary(self) -> None:
        if not (self.root / CANARY).exists():
            raise FileNotFoundError(f"{self.root} is not there, or its file {CANARY} is not")

    def _workbooks(self, folder: str, above: str) -> Iterator[Found]:
        """Yield the workbooks in *folder*, whose paths are seen from *above*. Texts: this is what a rest costs."""
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or is_owner_file(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if entry.name.casefold() not in _PASSED_OVER:
                        yield from self._below(entry.path, above)
                elif entry.name.lower().endswith(_KINDS) and (found := _found(entry, above)) is not None:
                    yield found

    def _folders(self) -> Iterator[Path]:
        for folder, names, _ in os.walk(self.root):
            names[:] = [each for each in names if each[0] != "." and each.casefold() not in _PASSED_OVER]
            yield Path(folder)

    def _below(self, folder: str, above: str) -> Iterator[Found]:
        """Yield what is in a folder below the desks'; one that is gone or closed to us stops only itself."""
        try:
            yield from self._workbooks(folder, above)
        except (FileNotFoundError, PermissionError):
            return

    def _seen(self, path: Path) -> PurePath:
        """Return *path* as seen from the workspace, or absolute if it lies elsewhere."""
        if path.is_relative_to(self.workspace):
            return PurePath(path.relative_to(self.workspace))
        return PurePath(path)

    def _ended(
        self, path: PurePath, ended: Replaced | Refused, said: _Said | None = None
    ) -> Written | Refused:
        if isinstance(ended, Refused):
            return ended
        told = said or _Said()
        return Written(
            path=path,
            file=ended.file,
            displaced=ended.displaced,
            left=tuple(told.left),
            placed=tuple(told.placed),
        )


def _found(entry: os.DirEntry[str], above: str) -> Found | None:
    try:
        seen = entry.stat()
    except FileNotFoundError:
        # Saved at this very moment: programs delete the old file first.
        return None
    return Found(
        path=PurePath(entry.path.removeprefix(above)),
        size=seen.st_size,
        modified=seen.st_mtime_ns,
        changed=seen.st_ctime_ns,
    )
