"""Moves desks between the folder and online, when the settings say otherwise than where they lie.

What was saved is read first; then the desk is made where it belongs; then the old file is filed away. Each step may be
the last before a crash: what was made already is taken up, and an old file that still lies there is a copy of the desk.
"""

from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath

from rules.effect import Notify
from sheet_templates.form import MASTER, Desk
from sheet_templates.record import text
from sync.begun import underway
from sync.engine import Engine
from sync.log import Log
from sync.places import ONLINE
from sync.ports import Commit, DeskCopy, Hash, Refused, Why


@dataclass(slots=True, kw_only=True)
class Relocating:
    """Brings desks where the settings want them."""

    engine: Engine
    log: Log
    moving: dict[PurePath, Desk] = made(default_factory=dict)
    """Files of desks whose new file is being made."""
    left: dict[PurePath, Desk] = made(default_factory=dict)
    """Files of desks that have moved away, and wait to be filed."""

    def look(self) -> None:
        """Move every desk that is not where it belongs, if nobody has it open and all of it has been read."""
        for desk in self.engine.desks():
            known = self.engine.store.file(desk.key)
            if desk.role == MASTER or known is None:
                continue
            given = self.engine.places.given(desk)
            if (known.path.suffix == ONLINE) != (given.suffix == ONLINE):
                self._move(desk, known.path, given)
        for path, desk in tuple(self.moving.items()):
            if desk.key not in self.engine.writes.begun:
                del self.moving[path]
                self._moved(desk, path)
        for path, desk in tuple(self.left.items()):
            self._file_away(desk, path)

    def _move(self, desk: Desk, old: PurePath, new: PurePath) -> None:
        workbooks = self.engine.workbooks
        known = self.engine.store.file(desk.key)
        assert known is not None
        if old in self.moving:
            return
        if (
            workbooks.busy(old) is not None
            or workbooks.busy(new) is not None
            or self.engine.held(desk)
            or workbooks.digest(old) != known.file
        ):
            return
        try:
            ended = self.engine.writing.remake(desk, new)
            if underway(ended):
                self.moving[old] = desk
                return
            self._moved(desk, old)
        except Exception:
            self.log.exception("a desk could not be moved", desk=desk.name, to=str(new))
            return
        if isinstance(ended, Refused) and old not in self.left:
            self.log.info("waits", desk=desk.name, why=ended.why.value, detail=ended.detail)

    def _moved(self, desk: Desk, old: PurePath) -> None:
        """Have the old file filed away, if the desk has moved, now or before a crash."""
        new = self.engine.places.given(desk)
        if self.engine.path_of(desk) == old:
            copy = self.engine.workbooks.read(new)
            if not isinstance(copy, DeskCopy) or copy.desk != desk.key or not self.engine.adopt(desk, copy):
                return
        self.log.info("moved", desk=desk.name, to=str(new))
        self.left[old] = desk

    def _file_away(self, desk: Desk, path: PurePath) -> None:
        """Put the old file out of the way; what was saved there in the last moment is read first."""
        if self.engine.path_of(desk) == path:
            del self.left[path]
            return
        file = self.engine.workbooks.digest(path)
        if file is None:
            del self.left[path]
            return
        if not self.engine.store.ingested(file):
            self.engine.ingest(path)
        filed = self.engine.workbooks.file_away(path, file, near=True)
        if isinstance(filed, Refused):
            if filed.why is Why.MISSING:
                del self.left[path]
            return
        del self.left[path]
        self.log.info("filed away", file=str(path), to=str(filed))
        self._tell(desk, path, filed, file)

    def _tell(self, desk: Desk, old: PurePath, filed: PurePath, file: Hash) -> None:
        """Tell a desk's people, on their 待辦 and by mail, where they work now, and where what they had is."""
        engine, new = self.engine, self.engine.path_of(desk)
        key, name = ("online", filed.stem) if old.suffix == ONLINE else ("folder", filed.name)
        earlier = f"desk.earlier.{key}"
        # What was told of a former move is over.
        engine.notes.solve(
            each
            for each in engine.store.problems(desk.key)
            if each.what.key.startswith(("desk.moved", "desk.earlier")) and each.file != str(new)
        )
        engine.notes.tell(desk, earlier, new, file=name)
        notify = Notify(
            event=f"moved:{desk.key}:{file}",
            people=desk.people,
            urgent=True,
            headline=text("desk.moved.headline", file=new.name),
            lines=(text(earlier, file=name), text(f"{earlier}.mend")),
            rule="relocating",
            clause="",
        )
        engine.store.commit(Commit(at=engine.clock.now(), notices=(notify,)))
