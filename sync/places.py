"""Which desks there are, where their files lie, and whose a file is. Looks at the store only."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath
from typing import Final

from sheet_templates.form import MASTER, Desk, DeskKey
from sheet_templates.record import Problem
from sync import desks as people
from sync.declared import Declared
from sync.ports import Clock, DeskCopy, Store
from sync.whose import conflict_copy, home

ONLINE: Final = ".gsheet"
"""How the path of a desk ends that is online."""
MASTER_FILE: Final = PurePath("master.xlsx")


@dataclass(slots=True, kw_only=True)
class Places:
    """The desks of one workspace and their files."""

    declared: Declared
    store: Store
    clock: Clock
    folder: PurePath
    """The desks' folder, as the workbooks edge names it."""
    online: frozenset[str] = frozenset()
    """Which desks are online: by key, role, or name."""
    lying: dict[PurePath, DeskKey] = made(default_factory=dict)
    """Which desk's file lies where, as last seen; the store says whether it is still so."""

    def desks(self) -> tuple[Desk, ...]:
        """Return the desks that there are now, the master last."""
        found = people.desks(self.store, self.declared.posts, self.declared.lang, self.clock.now().date())
        return (*found, people.master(self.declared.lang))

    def of(self, desk: Desk) -> PurePath:
        """Return where *desk*'s file lies, or is to lie."""
        known = self.store.file(desk.key)
        if known is not None:
            return known.path
        return MASTER_FILE if desk.role == MASTER else self.given(desk)

    def given(self, desk: Desk) -> PurePath:
        """Return where the file of *desk*, which is not the master, is put when it is made."""
        return self.folder / desk.name / f"{desk.name}{ONLINE if is_online(desk, self.online) else '.xlsx'}"

    def lying_at(self, path: PurePath) -> DeskKey | None:
        """Return whose own file lies at *path*."""
        key = self.lying.get(path)
        known = self.store.file(key) if key is not None else None
        if known is None or known.path != path:
            self.lying = {self.of(each): each.key for each in self.desks()}
        return self.lying.get(path)

    def desk_of(self, path: PurePath, copy: DeskCopy) -> Desk | None:
        """Return whose file it is: by where it lies if a desk's file lies there, else by what it says."""
        desks = self.desks()
        for desk in desks:
            if self.of(desk) == path:
                return desk
        return next((desk for desk in desks if desk.key == copy.desk), None)

    def own(self, desk: Desk, path: PurePath) -> PurePath:
        """Return the desk's own file: *path*, unless that is just a copy beside it.

        One that is gone is still the desk's own: programs delete it while they save (`sync.moves`).
        """
        known = self.store.file(desk.key)
        return path if known is None else known.path

    def at_home(self, desk: Desk, path: PurePath) -> bool:
        """Return whether a file at *path* lies where nobody but the desk's people puts files."""
        own = self.of(desk)
        folder = home(self.folder, desk.name, own)
        return path == own or (folder is not None and path.is_relative_to(folder))

    def homes(self) -> frozenset[PurePath]:
        """Return the folders that belong to desks."""
        found = (home(self.folder, each.name, self.of(each)) for each in self.desks())
        return frozenset(each for each in found if each is not None)

    def conflicting(self, path: PurePath) -> Desk | None:
        """Return whose copy a synchronising program left at *path*; None if it is none, or is a desk's own file."""
        if self.lying_at(path) is not None:
            return None
        return next(
            (
                desk
                for desk in self.desks()
                if conflict_copy(path.name, self.of(desk).name) and self.at_home(desk, path)
            ),
            None,
        )

    def wrong(self, path: PurePath, desk: DeskKey | None = None) -> Iterator[Problem]:
        """Yield what is wrong with the file at *path* as a whole; copies beside a desk hold nothing up."""
        for problem in self.store.problems(desk):
            if problem.what.key.startswith("file.") and problem.file == str(path):
                yield problem


def is_online(desk: Desk, online: frozenset[str]) -> bool:
    """Return whether *online* names *desk*: its key, its role, what it is called. The master never is."""
    return desk.role != MASTER and not online.isdisjoint({str(desk.key), str(desk.role), desk.name})
