"""Who has kept his desk open since when: what he takes back meanwhile is an undo, not an old copy (C3u)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import Desk, DeskKey
from sheet_templates.record import Address, Problem
from sync.ports import Commit, DeskCopy, RenderId, Store, Workbooks
from sync.remarks import STALE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """What is remembered of desks while they are open."""

    store: Store
    workbooks: Workbooks
    open: dict[DeskKey, bool] = made(default_factory=dict)
    """Desks that have been open without a break since their last save was read."""
    overtaken: dict[DeskKey, tuple[RenderId, frozenset[Address]]] = made(default_factory=dict)
    """Where a desk's file shows what stood there before other copies of its render brought something else."""

    def read(self, desk: Desk, copy: DeskCopy) -> None:
        """Take note that a save of a desk's own file was read."""
        self.open[desk.key] = self.workbooks.live(copy.path) or self.workbooks.busy(copy.path) is not None

    def lasts(self, desk: Desk, copy: DeskCopy) -> bool:
        """Return whether *copy* was saved by who has had the desk open since its last save was read.

        Bytes that were read before are no save of his: a file that was restored holds them. Where people are always
        at work, a former state that was restored is known by its render.
        """
        if self.workbooks.live(copy.path):
            return copy.render is not None and copy.render == self.store.latest(desk.key)
        still_open = self.workbooks.busy(copy.path) is not None
        return self.open.get(desk.key, False) and (still_open or not self.store.ingested(copy.file))

    def end(self) -> None:
        """End the sessions of desks that were closed; a save that was not read yet belongs to its session."""
        for key in [key for key, still_open in self.open.items() if still_open]:
            known = self.store.file(key)
            self.open[key] = known is not None and (
                self.workbooks.busy(known.path) is not None or self.workbooks.digest(known.path) != known.file
            )

    def remember(self, commit: Commit) -> None:
        """Remember where a desk's own file shows something old though nobody typed it there (C3, C3u)."""
        ingest = commit.ingest
        known = self.store.file(ingest.desk) if ingest is not None else None
        if ingest is None or ingest.render is None or known is None or known.render != ingest.render:
            return
        stale = (each for each in commit.problems if each.what.key == STALE and each.desk == ingest.desk)
        there = {address for address, _ in commit.delivered} if ingest.aside else set(_addresses(stale))
        render, before = self.overtaken.get(ingest.desk, (ingest.render, frozenset()))
        if there:
            stays = before if render == ingest.render else frozenset()
            self.overtaken[ingest.desk] = (ingest.render, stays | there)

    def behind(self, desk: Desk, copy: DeskCopy) -> frozenset[Address]:
        """Return where *copy* shows something old though nobody typed it there."""
        render, there = self.overtaken.get(desk.key, (None, frozenset[Address]()))
        return there if render == copy.render else frozenset()


def _addresses(problems: Iterable[Problem]) -> Iterator[Address]:
    for each in problems:
        if each.form is not None and each.record is not None and each.field is not None:
            yield Address(form=each.form, record=each.record, field=each.field)
