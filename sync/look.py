"""A company's folder as it is looked into: settings, declarations and the store, without the desks' files.

What only looks (`deskbook status`, `deskbook log`) needs no more than this, and starts in half the time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sheet_templates.declaration import DeclarationError
from sheet_templates.form import Lang
from sync.declared import Declared, load
from sync.edges.kept_declarations import files_of, folder_of, mark_in_force, mark_of
from sync.edges.public_holidays import public_calendar
from sync.edges.settings import STATE_FOLDER, Settings, desks_folder, load_settings, store_url
from sync.edges.store.sql import SqlStore, open_store
from sync.ports import Clock

ClockIn: TypeAlias = Callable[[ZoneInfo], Clock]
"""Makes the clock of a company, in its time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A company's folder, opened to be looked into."""

    root: Path
    settings: Settings
    declared: Declared
    mark: str
    """Which set of the company's own declarations *declared* was read from (`sync.edges.kept_declarations`)."""
    store: SqlStore
    clock: Clock

    @property
    def desks(self) -> Path:
        """The folder of the desks' workbooks."""
        return desks_folder(self.settings, self.root)

    @property
    def state(self) -> Path:
        """The folder of the store, kept versions, log and lock."""
        return self.root / STATE_FOLDER


@contextmanager
def looked(
    root: Path, clock_in: ClockIn, environment: Mapping[str, str], declared: Declared | None = None
) -> Iterator[Look]:
    """Open the folder *root*. Raises DeclarationError, SettingsError or StoreError, all in words.

    *declared*: the declarations of *root*, if they have been read already; else those in force are read.
    """
    settings = load_settings(root)
    if declared is None:
        declared, mark = in_force(root, settings.company.language)
    else:
        mark = mark_of(files_of(root))
    clock = clock_in(settings.zone)
    company = settings.company
    public = public_calendar(company.holidays, company.zone, clock.now().date())
    declared = replace(declared, calendar=public)
    store = open_store(store_url(settings, root, environment), declared.forms)
    try:
        yield Look(root=root, settings=settings, declared=declared, mark=mark, store=store, clock=clock)
    finally:
        store.close()


def in_force(root: Path, lang: Lang) -> tuple[Declared, str]:
    """Return the declarations that count in the workspace at *root*, and the mark of their set.

    They are those that were signed off last, or were there when Deskbook first began; what lies in the folders, if
    none is known, or if this version of Deskbook cannot read it any more. Raises DeclarationError.
    """
    state = root / STATE_FOLDER
    mark = mark_in_force(state)
    if mark is not None and mark != mark_of(files_of(root)):
        try:
            return declarations(folder_of(state, mark), lang), mark
        except DeclarationError:
            pass
    return declarations(root, lang), mark_of(files_of(root))


def declarations(root: Path, lang: Lang) -> Declared:
    """Read the forms, rules, roles, limits and words that are shipped and those of the workspace at *root*."""
    return load(lang, **places(root))


def places(root: Path) -> dict[str, Path]:
    """Return where the workspace at *root* has its own declarations, as `sync.declared` asks for them."""
    return {"own": root, "forms": root / "forms", "rules": root / "rules", "words": root / "words"}
