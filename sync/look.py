"""A company's folder as it is looked into: settings, declarations and the store, without the desks' files.

What only looks (`deskbook status`, `deskbook log`) needs no more than this, and starts in half the time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sheet_templates.form import Lang
from sync.declared import Declared, load
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

    *declared*: the declarations of *root*, if they have been read already.
    """
    settings = load_settings(root)
    declared = declared or declarations(root, settings.company.language)
    clock = clock_in(settings.zone)
    company = settings.company
    public = public_calendar(company.holidays, company.zone, clock.now().date())
    declared = replace(declared, calendar=public)
    store = open_store(store_url(settings, root, environment), declared.forms)
    try:
        yield Look(root=root, settings=settings, declared=declared, store=store, clock=clock)
    finally:
        store.close()


def declarations(root: Path, lang: Lang) -> Declared:
    """Read the forms, rules, roles, limits and words that are shipped and those of the workspace at *root*."""
    return load(lang, **places(root))


def places(root: Path) -> dict[str, Path]:
    """Return where the workspace at *root* has its own declarations, as `sync.declared` asks for them."""
    return {"own": root, "forms": root / "forms", "rules": root / "rules", "words": root / "words"}
