"""A company with the shipped forms and rules, on real files and the real store."""

import datetime as dt
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sheet_templates.form import DeskKey, FieldKey, FormKey, Lang
from sheet_templates.record import Shown, State
from sync.edges.either import Either
from sync.edges.kept_declarations import files_of, keep, put_in_force
from sync.edges.settings import STATE_FOLDER, Company
from sync.edges.xlsx.folder import XlsxFolder
from sync.engine import Engine
from sync.mailroom import Mailroom
from sync.opening import OldRow, enter
from sync.workspace import Workspace, create, opened
from tests.support import shipped
from tests.support.clock import SHANGHAI, FakeClock
from tests.support.fuse import Crash, Fuse
from tests.support.ids import SequentialIds
from tests.support.person import Person
from tests.support.small_company import cells
from tests.support.town import AtWork

MONDAY: Final = dt.datetime(2026, 10, 26, 9, 0, tzinfo=SHANGHAI)

STAFF: Final = (
    ("Lena", "leader", None),
    ("Mo", "manager", "Lena"),
    ("Fay", "finance", "Lena"),
    ("Max", "marketing", "Lena"),
    ("Pia", "production", "Lena"),
    ("Rae", "rep", "Mo"),
    ("Roy", "rep", "Mo"),
)
"""The desks are called Lena, Mo, Rae, Roy, Finance, Marketing, Production and Administrator."""


def furnish(root: Path, more: Iterable[OldRow] = (), language: Lang = Lang.EN) -> None:
    """Make a workspace with people, two products and a customer for each rep, and write all desks.

    *more*: what is entered besides.
    """
    company = Company(
        id="co-test1234abcd", name="Test", language=language, zone="Asia/Shanghai", currency="CNY"
    )
    create(root, company)
    with open_office(root, "a") as office:
        office.folder.found()
        enter((*_registers(), *more), office.declared, office.store, SequentialIds("o"), MONDAY)
        assert not office.store.problems()
        office.settle()


def _registers() -> Iterator[OldRow]:
    for name, role, superior in STAFF:
        email = f"{name.lower()}@example.com"
        yield _old("people", "admin", name=name, role=role, superior=superior, email=email, team="East")
    yield _old("product", "admin", name="Pump", price=4821.77, cost=3333.33)
    yield _old("product", "admin", name="Valve", price=50, cost=20)
    yield _old("customer", "admin", name="Acme", owner="Rae", phone="555-1001", remarks="likes tea")
    yield _old("customer", "admin", name="Coda", owner="Roy", phone="555-2002", remarks="likes coffee")


def _old(form: str, desk: str, **cells: Any) -> OldRow:
    filled = {FieldKey(key): value for key, value in cells.items() if value is not None}
    return OldRow(form=FormKey(form), desk=DeskKey(desk), cells=filled)


@contextmanager
def open_office(root: Path, ids: str = "b") -> Iterator["Office"]:
    """Open the workspace at *root* as the daemon does, with a clock and ids of our own."""
    clock = FakeClock(MONDAY)
    source = SequentialIds(ids)
    with opened(root, clock, {}, source, declared=shipped.known(root)) as workspace:
        yield Office(workspace, clock)


def moved_in(furnished: Path, root: Path) -> Path:
    """Return *root*, made a copy of a furnished workspace."""
    shutil.copytree(furnished, root, dirs_exist_ok=True)
    return root


def declares(root: Path, files: Mapping[str, str]) -> None:
    """Let a company's own declarations, by the names of their files, be in force as if they had been signed.

    For stories that are about something else than that sign-off (tests/sync/test_amending.py).
    """
    for name, content in files.items():
        (root / name).write_text(content, encoding="utf-8")
    state = root / STATE_FOLDER
    put_in_force(state, keep(state, files_of(root)))


class Office(AtWork):
    """A real workspace at work."""

    def __init__(self, workspace: Workspace, clock: FakeClock) -> None:
        folder = workspace.engine.workbooks
        if isinstance(folder, Either):
            folder = folder.folder
        assert isinstance(folder, XlsxFolder)
        self.workspace = workspace
        self.declared = workspace.declared
        self.clock = clock
        self.store = workspace.store
        self.engine = workspace.engine
        self.folder = folder
        self.hands = self.person = Person(folder)
        self.mailroom = Mailroom(declared=workspace.declared, store=workspace.store)
        self.begin_rounds()

    def place(self, key: str) -> Path:
        """Return where a desk's file lies on the disk."""
        return self.workspace.root / self.path(key)

    def raw(self, key: str) -> bytes:
        return self.place(key).read_bytes()

    def parts(self, key: str) -> dict[str, bytes]:
        """Return what a desk's file is made of, unzipped."""
        with zipfile.ZipFile(self.place(key)) as package:
            return {each: package.read(each) for each in package.namelist()}

    def types(self, key: str, form: str, named: str, **values: Shown) -> None:
        """Type into a row that is there and save, once for all cells."""
        at = self.at(key, form, named)
        self.person.type_cells(self.path(key), FormKey(form), at, cells(**values))

    def signs_settings(self) -> None:
        """Let Lena, and finance where it is asked, agree to every change of a setting that waits."""
        waiting = [each for each in self.every("setting_change") if each.state is State.SUBMITTED]
        for each in waiting:
            if each["answers"] == "finance":
                self.types("Finance", "setting_change", each.number, decision_finance="Agree")
            self.types("Lena", "setting_change", each.number, decision_leader="Agree")
        if waiting:
            self.settle()

    def tells(self, key: str, secret: str) -> list[str]:
        """Return the parts of a desk's file in which *secret* can be read."""
        return [name for name, part in self.parts(key).items() if secret.encode() in part]

    def restart(self) -> None:
        """Start the daemon anew on the same store and the same files."""
        old = self.engine
        self.engine = Engine(
            declared=old.declared,
            store=self.store,
            workbooks=old.workbooks,
            clock=self.clock,
            ids=old.ids,
            folder=old.folder,
            online=old.online,
        )
        self.begin_rounds()

    def round_cut_off(self, acts: int, *, after: bool) -> bool:
        """Let one round begin and pull the plug after *acts* acts; return whether it came that far."""
        left, whole = [acts], self.engine
        self.engine = Engine(
            declared=whole.declared,
            store=Fuse(self.store, left, after=after),
            workbooks=Fuse(whole.workbooks, left, after=after),
            clock=self.clock,
            ids=whole.ids,
            folder=whole.folder,
            online=whole.online,
        )
        self.begin_rounds()
        try:
            self.round()
        except Crash:
            return True
        finally:
            self.engine = whole
            self.restart()
        return False

    def check(self, key: str, form: str, named: str) -> str:
        """Return what the 檢查 column says."""
        return str(self.shows(key, form, named, "check") or "")

    def hints(self, key: str) -> str:
        """Return all that a desk's 待辦 sheet says."""
        return "\n".join(str(line.get(FieldKey("hint")) or "") for line in self.todo(key))
