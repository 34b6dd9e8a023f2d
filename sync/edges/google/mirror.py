"""What is known of the company's spreadsheets: the latest snapshot of each, and which of them changed since.

One request lists them all, however many they are, with the version that each has; only those are read whose version
grew, when their people have been quiet for a moment, those first that wait longest. What is known is kept on the disk,
so that a start without a network goes on from it.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import Path, PurePath
from typing import Any, Final

from sheet_templates.form import DeskKey
from sheet_templates.record import Text
from sync.edges.files import write_whole
from sync.edges.google.answer import Live
from sync.edges.google.drive import KIND, READY, Drive, OnlineFile
from sync.edges.google.faults import Away, Trouble, denied
from sync.edges.google.pace import Breaker, Budget
from sync.edges.google.snapshot import dump
from sync.edges.google.wire import leftovers
from sync.edges.xlsx.versions import Versions
from sync.ports import Clock, Hash

ENDING: Final = ".gsheet"
"""How the path of a desk ends that is a Google spreadsheet."""

_EAGER: Final = 5.0
"""Seconds between two looks while something happens."""
_IDLE: Final = 30.0
"""And when nothing has changed for long."""
_SLOWER: Final = 1.25
_PATIENCE: Final = 5
"""Who types without a pause is read all the same after so many times the quiet moment."""
_AUDIT: Final = 3600.0
"""So often a spreadsheet is read though its version has not grown."""
_RESERVE: Final = 12
"""Requests of the budget that reading leaves for writing."""
_AGAIN: Final = 15.0
_AGAIN_LONGEST: Final = 900.0
_LOCK_SECONDS: Final = 0.5
"""So long the engine waits for a look that is under way."""


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


class Occupied(Exception):  # noqa: N818 — nothing is wrong
    """Another thread is talking to Google."""


@dataclass(slots=True, kw_only=True)
class Mirror:
    """All spreadsheets of a company's desks, as last seen. Threads may share it."""

    drive: Drive
    versions: Versions
    budget: Budget
    breaker: Breaker
    tick: Callable[[], float]
    clock: Clock
    place: Path
    """Where what is known is kept."""
    folder: PurePath
    """The desks' folder, as the engine names it."""
    quiet: float = 8.0
    """Seconds without a change after which a spreadsheet is read."""
    eager: float = _EAGER
    known: dict[PurePath, Known] = made(default_factory=dict)
    talk: threading.RLock = made(default_factory=threading.RLock)
    """Held by who talks to Google."""
    every: float = made(init=False)
    """Seconds until the next look."""
    looked: float | None = None
    fault: Text | None = None
    """Why the last look came to nothing."""
    since: str = ""
    """When Google was last reached."""
    said: str = ""
    """What was kept last."""
    followed: bool = False
    """A thread looks at Google; nobody else needs to."""
    shares: Mapping[DeskKey, tuple[str, ...]] = made(default_factory=dict)
    """With whom desks should be shared."""

    def __post_init__(self) -> None:
        self.every = self.eager
        self._load()

    def path_of(self, name: str) -> PurePath:
        """Return where the desk called *name* lies, or is to lie."""
        return self.folder / name / f"{name}{ENDING}"

    @contextmanager
    def talking(self) -> Any:
        """Have Google to oneself. Raises Occupied if another thread has not done within half a second."""
        if not self.talk.acquire(timeout=_LOCK_SECONDS):
            raise Occupied
        try:
            yield
        finally:
            self.talk.release()

    def pause(self) -> float:
        """Return the seconds until the next look is due."""
        return 0.0 if self.looked is None else max(self.looked + self.every - self.tick(), 0.0)

    def slow(self) -> None:
        """Look less often."""
        self.looked, self.every = self.tick(), _IDLE

    def due(self) -> bool:
        """Return whether it is time to look."""
        return self.looked is None or not 0 <= self.tick() - self.looked < self.every

    def look(self) -> bool:
        """Ask which spreadsheets changed, and read those that are due; return whether anything is new."""
        with self.talk:
            self.looked = self.tick()
            if not self.breaker.closed() or not self.budget.room(_RESERVE):
                return False
            before = {path: (each.hash, each.fault) for path, each in self.known.items()}
            try:
                self._list(self.drive.files())
                self.fault = None
                self.since = self.clock.now().isoformat(timespec="seconds")
                for each in self._waiting():
                    self._read(each)
            except Trouble as fault:
                self.fault = fault.what
            new = before != {path: (each.hash, each.fault) for path, each in self.known.items()}
            stirs = new or any(each.changed is not None for each in self.known.values())
            self.every = self.eager if stirs else min(self.every * _SLOWER, max(_IDLE, self.eager))
            self.keep()
            return new

    def _list(self, files: Iterable[OnlineFile]) -> None:
        now = self.tick()
        chosen: dict[PurePath, OnlineFile] = {}
        for file in sorted(files, key=lambda each: (each.made, each.id)):
            if file.state != READY or file.trashed or not file.name:
                continue
            path = self.path_of(file.name)
            mine = self.known.get(path)
            if path not in chosen or (mine is not None and mine.id == file.id):
                chosen[path] = file
        for path in self.known.keys() - chosen.keys():
            del self.known[path]
        for path, file in chosen.items():
            before = self.known.get(path)
            if before is None or before.id != file.id:
                before = Known(path=path, id=file.id, desk=file.desk)
            self.known[path] = self._listed(before, file, now)

    def _listed(self, before: Known, file: OnlineFile, now: float) -> Known:
        found = replace(before, file=file)
        if file.kind != KIND:
            return replace(found, fault=denied("is_xlsx").what, changed=None)
        if before.file is None or before.file.version != file.version:
            found = replace(found, moved=now)
        audited = before.read is not None and 0 <= now - before.read < _AUDIT
        if file.version != before.version or before.hash is None or not audited:
            return replace(found, changed=now if before.changed is None else before.changed)
        return replace(found, changed=None)

    def _waiting(self) -> list[Known]:
        """Return the spreadsheets to be read now, those first that wait longest."""
        now = self.tick()
        waiting = [
            each
            for each in self.known.values()
            if each.changed is not None
            and each.later <= now
            and (
                each.hash is None
                or now - each.moved >= self.quiet
                or now - each.changed >= self.quiet * _PATIENCE
            )
        ]
        return sorted(waiting, key=lambda each: each.changed or 0.0)

    def _read(self, each: Known) -> None:
        """Read one spreadsheet. Raises Away if it is no use to go on with others."""
        if not self.budget.room(_RESERVE):
            return
        try:
            self.fetch(each)
        except Away as fault:
            now = self.tick()
            pause = min(each.pause * 2, _AGAIN_LONGEST)
            self.known[each.path] = replace(self.known[each.path], later=now + each.pause, pause=pause)
            if fault.whole:
                raise
        except Trouble as fault:
            self.known[each.path] = replace(
                self.known[each.path], fault=fault.what, later=self.tick() + each.pause
            )

    def fetch(self, each: Known) -> Live:
        """Read one spreadsheet, and take away locks that a crash left there. Raises Trouble."""
        version = each.file.version if each.file is not None else ""
        found = self.drive.read(each.id)
        left = leftovers(found)
        if left:
            self.drive.batch(each.id, left)
        self.take(each.path, found, version)
        return found

    def take(self, path: PurePath, found: Live, version: str | None = None) -> Hash:
        """Take note of what a spreadsheet holds; return its hash. *version*: one that it had before it was read.

        Without one it is looked at again: nobody knows whether it changed just afterwards.
        """
        hash_ = self.versions.keep(dump(found.snapshot))
        before = self.known[path]
        self.known[path] = replace(
            before,
            hash=hash_,
            live=found,
            fault=None,
            version=before.version if version is None else version,
            changed=before.changed if version is None else None,
            later=0.0,
            read=self.tick(),
            pause=_AGAIN,
        )
        return hash_

    def add(self, path: PurePath, desk: DeskKey, file: OnlineFile) -> Known:
        """Take note of a spreadsheet that was just made, or found."""
        self.known[path] = Known(path=path, id=file.id, desk=desk, file=file, moved=self.tick())
        return self.known[path]

    def relist(self, path: PurePath) -> None:
        """Ask anew at the next look who may do what."""
        known = self.known.get(path)
        if known is not None and known.file is not None:
            self.known[path] = replace(known, file=self.drive.file(known.id))

    def wait(self, path: PurePath) -> None:
        """Have a spreadsheet read at the next look: nobody knows what it holds."""
        known = self.known.get(path)
        if known is not None:
            self.known[path] = replace(
                known, changed=self.tick() - self.quiet * _PATIENCE, version="", live=None
            )
        self.looked = None

    def forget(self, path: PurePath) -> None:
        """Forget a spreadsheet that is no desk any more."""
        self.known.pop(path, None)
        self.keep()

    # On the disk ------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep what is known, and how Google stands, for the next start and for `deskbook status`."""
        said = {
            "reached": self.since,
            "fault": None if self.fault is None else _told(self.fault),
            "why": self.breaker.why,
            "desks": [
                {
                    "path": each.path.as_posix(),
                    "id": each.id,
                    "desk": each.desk,
                    "version": each.version,
                    "hash": each.hash,
                    "link": each.file.link if each.file is not None else "",
                    "fault": None if each.fault is None else _told(each.fault),
                    "waits": each.changed is not None,
                }
                for each in sorted(self.known.values(), key=lambda each: each.path)
            ],
        }
        plain = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1)
        if plain != self.said or self._minute():
            spent = {"spent": self.budget.spent(), "most": self.budget.most}
            self.place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.place, json.dumps(said | spent, ensure_ascii=False, indent=1).encode())
            self.said = plain

    def _minute(self) -> bool:
        return self.looked is None

    def _load(self) -> None:
        try:
            said = json.loads(self.place.read_text(encoding="utf-8"))
            for each in said["desks"]:
                path = PurePath(each["path"])
                self.known[path] = Known(
                    path=path,
                    id=each["id"],
                    desk=DeskKey(each["desk"]),
                    version=each["version"],
                    hash=None if each["hash"] is None else Hash(each["hash"]),
                )
            self.since = said["reached"]
        except (OSError, ValueError, KeyError, TypeError):
            # It is only remembered for speed: everything is asked anew.
            self.known.clear()


def _told(what: Text) -> Mapping[str, Any]:
    return {"key": what.key, "params": [[name, str(each)] for name, each in what.params]}
