"""What the command line asks of the daemon that runs: only one of them may write to the store's desks at a time."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sheet_templates.form import DeskKey
from sync.edges.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Desks whose held save is to be taken as it is: one file for each, until it is done."""

    folder: Path

    def ask(self, desk: DeskKey) -> None:
        """Ask for the release of *desk*. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(desk), desk.encode())

    def asked(self) -> tuple[DeskKey, ...]:
        """Return the desks for which it was asked and not done."""
        if not self.folder.is_dir():
            return ()
        names = sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))
        return tuple(DeskKey(each.read_text(encoding="utf-8")) for each in names)

    def done(self, desk: DeskKey) -> None:
        """Say that it was done, whatever came of it."""
        self._path(desk).unlink(missing_ok=True)

    def _path(self, desk: DeskKey) -> Path:
        # A company numbers its people as it likes; what it likes need not be a file's name.
        return self.folder / hashlib.sha256(desk.encode()).hexdigest()[:16]
