"""What is known of one spreadsheet: what it held when it was read last, and whether it is to be read again. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final, Self

from sheet_templates.form import DeskKey
from sheet_templates.record import Text
from sync.edges.google.answer import Live
from sync.edges.google.drive import KIND, OnlineFile
from sync.edges.google.faults import denied
from sync.ports import Hash

_PATIENCE: Final = 5
"""Who types without a pause is read all the same after so many times the quiet moment."""
_AUDIT: Final = 3600.0
"""So often a spreadsheet is read though its version has not grown."""
_AGAIN: Final = 15.0
_AGAIN_LONGEST: Final = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one desk's spreadsheet."""

    path: PurePath
    id: str
    desk: DeskKey
    file: OnlineFile | None = None
    """As it was listed last; None: not since the start."""
    version: str = ""
    """The version that was read last, or an earlier one."""
    hash: Hash | None = None
    """Its latest snapshot."""
    live: Live | None = None
    """The same with what is beside the cells; None: not read since the start."""
    fault: Text | None = None
    """Why it cannot be read."""
    changed: float | None = None
    """Since when a version waits to be read."""
    moved: float = 0.0
    """When it was last seen to have another version than before."""
    later: float = 0.0
    """It is not tried before."""
    read: float | None = None
    """When it was last read."""
    pause: float = _AGAIN
    mixed: bool = True
    """Somebody else than whose desk it is could write since it was last read, or nobody knows."""
    doubtful: bool = True
    """What was read last may be somebody else's, though he may have lost his right since."""

    def listed(self, file: OnlineFile, now: float, mine: Collection[str]) -> Self:
        """Return what is known now that Drive has listed it as *file*. *mine*: see `crowded`."""
        found = replace(self, file=file, mixed=self.mixed or crowded(file, mine))
        if file.kind != KIND:
            return replace(found, fault=denied("is_xlsx").what, changed=None)
        if self.file is None or self.file.version != file.version:
            found = replace(found, moved=now)
        audited = self.read is not None and 0 <= now - self.read < _AUDIT
        if file.version != self.version or self.hash is None or not audited:
            return replace(found, changed=now if self.changed is None else self.changed)
        return replace(found, changed=None)

    def waits(self, now: float, quiet: float) -> bool:
        """Return whether it is to be read: it changed, and was left alone for *quiet* seconds, or never is."""
        if self.changed is None or self.later > now:
            return False
        return self.hash is None or now - self.moved >= quiet or now - self.changed >= quiet * _PATIENCE

    def taken(self, hash_: Hash, live: Live, version: str | None, now: float, mine: Collection[str]) -> Self:
        """Return what is known now that it was read. *version*: one that it had before. *mine*: see `crowded`.

        Without one it is looked at again: nobody knows whether it changed just afterwards.
        """
        return replace(
            self,
            hash=hash_,
            live=live,
            fault=None,
            version=self.version if version is None else version,
            changed=self.changed if version is None else None,
            later=0.0,
            read=now,
            pause=_AGAIN,
            mixed=self.file is None or crowded(self.file, mine),
            doubtful=self.mixed or (self.doubtful and self.hash == hash_),
        )

    def failed(self, now: float, fault: Text | None = None) -> Self:
        """Return what is known now that it could not be read. *fault*: what a person must mend; None: it passes."""
        if fault is not None:
            return replace(self, fault=fault, later=now + self.pause)
        return replace(self, later=now + self.pause, pause=min(self.pause * 2, _AGAIN_LONGEST))

    def unknown(self, now: float, quiet: float) -> Self:
        """Return that nobody knows what it holds: it is to be read at once."""
        return replace(self, changed=now - quiet * _PATIENCE, version="", live=None)

    # On the disk ------------------------------------------------------------------------------------------

    def kept(self) -> Mapping[str, Any]:
        """Return what is kept of it for the next start, and for `deskbook status`."""
        return {
            "path": self.path.as_posix(),
            "id": self.id,
            "desk": self.desk,
            "version": self.version,
            "hash": self.hash,
            "link": self.file.link if self.file is not None else "",
            "fault": None if self.fault is None else told(self.fault),
            "waits": self.changed is not None,
            "mixed": self.mixed,
            "doubtful": self.doubtful,
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Return what was kept. Raises KeyError or TypeError if it is nothing of the kind."""
        return cls(
            path=PurePath(said["path"]),
            id=said["id"],
            desk=DeskKey(said["desk"]),
            version=said["version"],
            hash=None if said["hash"] is None else Hash(said["hash"]),
            mixed=said.get("mixed", True),
            doubtful=said.get("doubtful", True),
        )


def crowded(file: OnlineFile, mine: Collection[str]) -> bool:
    """Return whether, as listed, others than *mine* may write a file, or were the last who did. *mine*: addresses."""
    writers = {each.mail for each in file.rights or () if each.writes}
    return file.rights is None or not writers <= {*mine} or file.last not in ("", *mine)


def told(what: Text) -> Mapping[str, Any]:
    """Return a text as it is kept."""
    return {"key": what.key, "params": [[name, str(each)] for name, each in what.params]}
