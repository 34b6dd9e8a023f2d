"""Every version of every file that was read or displaced, by content hash. Nothing here is ever changed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sync.edges.files import write_whole
from sync.ports import Hash


def hash_of(raw: bytes) -> Hash:
    """Return the SHA-256 of a file's bytes, as hex."""
    return Hash(hashlib.sha256(raw).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """A folder of kept files: `versions/ab/abcd…`."""

    folder: Path

    def path(self, file: Hash) -> Path:
        """Return where the bytes with this hash are kept, if they are."""
        return self.folder / file[:2] / file

    def keep(self, raw: bytes) -> Hash:
        """Keep *raw* durably; return its hash. Raises OSError."""
        file = hash_of(raw)
        path = self.path(file)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, raw)
        return file

    def tidy(self) -> None:
        """Clear what was in the making when the daemon was killed: it is kept whole, or its file still lies there.

        To be called at start. Raises OSError.
        """
        for each in self.folder.glob("??/.*.part"):
            each.unlink(missing_ok=True)

    def get(self, file: Hash) -> bytes | None:
        """Return the bytes with this hash, None if they are not kept. Raises OSError."""
        path = self.path(file)
        return path.read_bytes() if path.exists() else None
