"""Follows files that their people move, and puts merged copies out of the way."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from sheet_templates.form import Desk, DeskKey
from sync.engine import Engine
from sync.ports import DeskCopy, Found, Refused, Why
from sync.whose import conflict_copy, kept_copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What becomes of desks' files that are not where they were."""

    engine: Engine

    def moved(
        self, gone: Iterable[Desk], found: Iterable[Found], before: Mapping[DeskKey, Collection[PurePath]]
    ) -> Mapping[DeskKey, PurePath]:
        """Let desks whose files are gone live on where their people put them; return where.

        *before*: what lay there when the desk still had its file; a desk that is missing from it may have been
        gone for longer than anybody looked. A file is known by the marks in it, whatever it is called. It is a
        move only if it lies in the desk's own folder or in nobody's: in another desk's folder others may have
        written it. A copy that a synchronising program left is none either: the desk gets its name back, and
        the copy is filed away. Nor is a copy that lay beside the desk, unless it is one to go on working in.
        """
        wanted = {desk.key: desk for desk in gone}
        ranked: dict[DeskKey, tuple[tuple[bool, bool, int], DeskCopy]] = {}
        homes = self.engine.places.homes()
        for each in found:
            if not wanted or self.engine.places.lying_at(each.path) is not None:
                continue
            copy = self.engine.workbooks.read(each.path)
            desk = wanted.get(copy.desk) if isinstance(copy, DeskCopy) and copy.desk is not None else None
            if desk is None or not isinstance(copy, DeskCopy) or not self._may_live(desk, each.path, homes):
                continue
            known = self.engine.store.file(desk.key)
            same = known is not None and copy.file == known.file
            newest = copy.render == self.engine.store.latest(desk.key)
            fresh = desk.key in before and each.path not in before[desk.key]
            if not fresh and (not newest or kept_copy(each.path.name)):
                continue
            rank = (same, newest, each.modified)
            if desk.key not in ranked or rank > ranked[desk.key][0]:
                ranked[desk.key] = (rank, copy)
        return {key: copy.path for key, (_, copy) in ranked.items() if self.engine.adopt(wanted[key], copy)}

    def _may_live(self, desk: Desk, path: PurePath, homes: Iterable[PurePath]) -> bool:
        free = self.engine.places.at_home(desk, path) or not any(path.is_relative_to(each) for each in homes)
        return free and not conflict_copy(path.name, self.engine.places.of(desk).name)

    def file_away(self) -> tuple[tuple[PurePath, PurePath], ...]:
        """Put the copies that were merged out of the desks' folder; return what went where.

        One that somebody has open waits, one that was saved since is read first.
        """
        done: list[tuple[PurePath, PurePath]] = []
        for path, (desk, file) in tuple(self.engine.spent.items()):
            filed = self.engine.workbooks.file_away(path, file)
            if isinstance(filed, Refused) and filed.why in (Why.BUSY, Why.DENIED):
                continue
            del self.engine.spent[path]
            if not isinstance(filed, Refused):
                done.append((path, filed))
                self.engine.notes.tell(
                    desk, "desk.filed", path, copy=path.name, own=self.engine.places.of(desk).name
                )
        return tuple(done)

    def forget(self, there: Iterable[PurePath]) -> None:
        """Close what was wrong with files that lay beside the desks and are gone."""
        stay = {*there}
        self.engine.notes.solve(
            each
            for each in self.engine.store.problems()
            if each.what.key.startswith("file.")
            and each.file is not None
            and (path := PurePath(each.file)).is_relative_to(self.engine.folder)
            and path not in stay
            and self.engine.places.lying_at(path) is None
        )
