"""What is known of the company's spreadsheets: the latest snapshot of each, and which of them changed since.

One request lists them all, however many they are, with the version that each has; only those are read whose version
grew, when their people have been quiet for a moment, those first that wait longest. What is known is kept on the disk,
so that a start without a network goes on from it.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from pathlib import Path, PurePath
from typing import Final

from sheet_templates.form import DeskKey
from sheet_templates.record import Text
from sync.edges.files import write_whole
from sync.edges.google.answer import Live
from sync.edges.google.drive import FILED, READY, Drive, OnlineFile
from sync.edges.google.faults import Away, Gone, Trouble
from sync.edges.google.guards import leftovers
from sync.edges.google.known import Known, told
from sync.edges.google.pace import Breaker, Budget
from sync.edges.google.snapshot import dump
from sync.edges.xlsx.versions import Versions
from sync.ports import Clock, Hash

ENDING: Final = ".gsheet"
"""How the path of a desk ends that is a Google spreadsheet."""

_EAGER: Final = 5.0
"""Seconds between two looks while something happens."""
_IDLE: Final = 30.0
"""And when nothing has changed for long."""
_SLOWER: Final = 1.25
_RESERVE: Final = 12
"""Requests of the budget that reading leaves for writing."""


@dataclass(slots=True, kw_only=True)
class Mirror:
    """All spreadsheets of a company's desks, as last seen. One thread asks Google, others may look at what is known."""

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
    every: float = made(init=False)
    """Seconds until the next look."""
    looked: float | None = None
    fault: Text | None = None
    """Why the last look came to nothing."""
    since: str = ""
    """When Google was last reached."""
    said: str = ""
    """What was kept last."""
    shares: Mapping[DeskKey, tuple[str, ...]] = made(default_factory=dict)
    """With whom desks should be shared."""
    people: Mapping[DeskKey, tuple[str, ...]] | None = None
    """Who works in any desk: they may read what theirs was before. None: nobody has said it yet."""
    filed: tuple[OnlineFile, ...] = ()
    """Spreadsheets that are no desks any more."""

    def __post_init__(self) -> None:
        self.every = self.eager
        self._load()

    def path_of(self, name: str) -> PurePath:
        """Return where the desk called *name* lies, or is to lie."""
        return self.folder / name / f"{name}{ENDING}"

    def pause(self) -> float:
        """Return the seconds until the next look is due."""
        return 0.0 if self.looked is None else max(self.looked + self.every - self.tick(), 0.0)

    def slow(self) -> None:
        """Look less often."""
        self.looked, self.every = self.tick(), _IDLE

    def due(self) -> bool:
        """Return whether it is time to look."""
        return self.looked is None or not 0 <= self.tick() - self.looked < self.every

    def look(self, busy: Collection[PurePath] = ()) -> bool:
        """Ask which spreadsheets changed, and read those that are due; return whether anything is new.

        *busy*: of these something was done, and nobody has heard of it yet: they are not forgotten.
        """
        self.looked = self.tick()
        if not self.breaker.closed() or not self.budget.room(_RESERVE):
            return False
        before = self._stands()
        try:
            self._list(self.drive.files(), busy)
            self.fault = None
            self.since = self.clock.now().isoformat(timespec="seconds")
            for each in self._waiting():
                self._read(each)
        except Trouble as fault:
            self.fault = fault.what
        new = before != self._stands()
        stirs = new or any(each.changed is not None for each in tuple(self.known.values()))
        self.every = self.eager if stirs else min(self.every * _SLOWER, max(_IDLE, self.eager))
        self.keep()
        return new

    def _stands(self) -> Mapping[PurePath, tuple[Hash | None, Text | None]]:
        return {each.path: (each.hash, each.fault) for each in tuple(self.known.values())}

    def _list(self, files: Iterable[OnlineFile], busy: Collection[PurePath]) -> None:
        now = self.tick()
        files = tuple(files)
        self.filed = tuple(each for each in files if each.state == FILED)
        chosen: dict[PurePath, OnlineFile] = {}
        for file in sorted(files, key=lambda each: (each.made, each.id)):
            if file.state != READY or file.trashed or not file.name:
                continue
            path = self.path_of(file.name)
            mine = self.known.get(path)
            if path not in chosen or (mine is not None and mine.id == file.id):
                chosen[path] = file
        for path, known in tuple(self.known.items()):
            if path in chosen or path in busy:
                continue
            still = self._unlisted(known)
            if still is None:
                self.known.pop(path, None)
            else:
                chosen[path] = still
        for path, file in chosen.items():
            before = self.known.get(path)
            if before is None or before.id != file.id:
                before = Known(path=path, id=file.id, desk=file.desk)
            self.known[path] = before.listed(file, now, self._mine(before))

    def _unlisted(self, known: Known) -> OnlineFile | None:
        """Return a desk's spreadsheet that was not listed, if it is there: lists come from an index that lags."""
        try:
            file = self.drive.file(known.id)
        except Gone:
            return None
        return file if file.state == READY and not file.trashed else None

    def _waiting(self) -> list[Known]:
        """Return the spreadsheets to be read now, those first that wait longest."""
        now = self.tick()
        waiting = (each for each in tuple(self.known.values()) if each.waits(now, self.quiet))
        return sorted(waiting, key=lambda each: each.changed or 0.0)

    def _read(self, each: Known) -> None:
        """Read one spreadsheet. Raises Away if it is no use to go on with others."""
        if not self.budget.room(_RESERVE):
            return
        try:
            self.fetch(each)
        except Away as fault:
            self.known[each.path] = self.known[each.path].failed(self.tick())
            if fault.whole:
                raise
        except Trouble as fault:
            self.known[each.path] = self.known[each.path].failed(self.tick(), fault.what)

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
        self.known[path] = before.taken(hash_, found, version, self.tick(), self._mine(before))
        return hash_

    def _mine(self, each: Known) -> tuple[str, ...]:
        """Return who may write in a desk and leave no doubt whose its words are: we, and its only person."""
        own = self.shares.get(each.desk, ())
        return (self.drive.line.mail.lower(), *(own if len(own) == 1 else ()))

    def add(self, path: PurePath, desk: DeskKey, file: OnlineFile, *, found: bool = False) -> Known:
        """Take note of a spreadsheet that was just made, or *found*: then others may have written in it."""
        now = self.tick()
        self.known[path] = Known(path=path, id=file.id, desk=desk, file=file, moved=now, mixed=found)
        return self.known[path]

    def relist(self, path: PurePath) -> None:
        """Ask anew who may do what with a spreadsheet. Raises Trouble."""
        known = self.known.get(path)
        if known is not None and known.file is not None:
            self.known[path] = replace(known, file=self.drive.file(known.id))

    def wait(self, path: PurePath) -> None:
        """Have a spreadsheet read at the next look: nobody knows what it holds."""
        known = self.known.get(path)
        if known is not None:
            self.known[path] = known.unknown(self.tick(), self.quiet)
        self.looked = None

    def forget(self, path: PurePath) -> None:
        """Forget a spreadsheet that is no desk any more."""
        self.known.pop(path, None)

    # On the disk ------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep what is known, and how Google stands, for the next start and for `deskbook status`."""
        said = {
            "reached": self.since,
            "fault": None if self.fault is None else told(self.fault),
            "why": self.breaker.why,
            "desks": [each.kept() for each in sorted(self.known.values(), key=lambda each: each.path)],
        }
        plain = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1)
        if plain != self.said:
            spent = {"spent": self.budget.spent(), "most": self.budget.most}
            self.place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.place, json.dumps(said | spent, ensure_ascii=False, indent=1).encode())
            self.said = plain

    def _load(self) -> None:
        try:
            said = json.loads(self.place.read_text(encoding="utf-8"))
            found = [Known.of(each) for each in said["desks"]]
            self.known.update((each.path, each) for each in found)
            self.since = said["reached"]
        except (OSError, ValueError, KeyError, TypeError):
            # It is only remembered for speed: everything is asked anew.
            self.known.clear()
