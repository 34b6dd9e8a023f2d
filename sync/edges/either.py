"""Desks in a folder beside desks online: one `Workbooks` that sends each path where it belongs."""

from dataclasses import dataclass
from pathlib import PurePath

from sheet_templates.form import Desk
from sheet_templates.record import Problem
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.snapshot import BEGINS
from sync.edges.xlsx.folder import XlsxFolder
from sync.edges.xlsx.versions import hash_of
from sync.ports import DeskCopy, Found, Hash, Patch, Refused, Writers, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """All desks of a company. What is kept of them lies in one place, and is known by how its bytes begin."""

    folder: XlsxFolder
    online: GoogleDesks

    def scan(self) -> tuple[Found, ...]:
        """Return every workbook and every online desk. Raises OSError if the folder is gone; Google never is."""
        found = (*self.folder.scan(), *self.online.scan())
        return tuple(sorted(found, key=lambda each: each.path.as_posix()))

    def busy(self, path: PurePath) -> str | None:
        """Return who keeps *path* from being written, or None if nobody does."""
        return self.online.busy(path) if self.online.mine(path) else self.folder.busy(path)

    def live(self, path: PurePath) -> bool:
        """Return whether people work in *path* at any time, and each cell is saved at once."""
        return self.online.mine(path)

    def digest(self, path: PurePath) -> Hash | None:
        """Return the hash of what *path* holds; None if it cannot be read now."""
        if self._is_kept(path) or not self.online.mine(path):
            return self.folder.digest(path)
        return self.online.digest(path)

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        """Read *path*: a desk, or what is kept of one."""
        if not self._is_kept(path) and self.online.mine(path):
            return self.online.read(path)
        try:
            with (self.folder.workspace / path).open("rb") as file:
                begins = file.read(len(BEGINS))
                raw = begins + file.read() if begins == BEGINS else b""
        except OSError:
            raw = b""
        if not raw:
            return self.folder.read(path, keep=keep)
        return self.online.understood(raw, path, hash_of(raw))

    def writers(self, path: PurePath) -> Writers:
        """Return who may write *path*."""
        return self.online.writers(path) if self.online.mine(path) else self.folder.writers(path)

    def private(self, path: PurePath) -> bool:
        """Return whether nobody but its owner and the service may write *path*, as far as can be seen."""
        return self.writers(path) in (Writers.OWN, Writers.ACCOUNT)

    def sweep(self, *, clear: bool = True) -> tuple[Hash, ...]:
        """Clear what a crash left in the folder. Locks that it left online are taken away when they are seen."""
        return self.folder.sweep(clear=clear)

    def kept(self, file: Hash) -> PurePath:
        """Return where a kept version can be read."""
        return self.folder.kept(file)

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        """Make *desk*'s workbook or spreadsheet."""
        if self.online.mine(path):
            return self.online.create(path, desk, patch, of)
        return self.folder.create(path, desk, patch, of)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        """Put *patch* into *path*, if it still holds what *expect* is the hash of."""
        return (self.online if self.online.mine(path) else self.folder).write(path, expect, patch)

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        """Put *path* out of people's way; *near*: where they find it."""
        return (self.online if self.online.mine(path) else self.folder).file_away(path, expect, near=near)

    def note(self, beside: PurePath, name: str, said: str | None) -> None:
        """Put a note beside a desk. Raises OSError."""
        if self.online.mine(beside):
            self.online.note(beside, said)
        else:
            self.folder.note(beside, name, said)

    def _is_kept(self, path: PurePath) -> bool:
        """Return whether *path* is where something is kept, and no desk."""
        place = self.folder.workspace / path
        return not place.is_relative_to(self.folder.root) and place != self.folder.workspace / path.name
