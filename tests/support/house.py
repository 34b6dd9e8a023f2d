"""The small company on real files: its store in memory, its desks as workbooks in a folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from sheet_templates.form import Desk, FormKey
from sheet_templates.record import Problem, text
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sync.edges.xlsx.folder import XlsxFolder
from sync.edges.xlsx.versions import Versions
from sync.engine import Engine
from sync.mailroom import Mailroom
from sync.ports import DeskCopy, Found, Hash, Patch, Refused, Workbooks, Written
from tests.support.clock import FakeClock
from tests.support.ids import SequentialIds
from tests.support.memory_store import MemoryStore
from tests.support.person import Person
from tests.support.small_company import cells, hire, small_company
from tests.support.town import AtWork, Loud


class Diary(Loud):
    """A log that keeps what it is told."""

    def __init__(self, *, calm: bool = False) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.calm = calm

    def exception(self, event: str, **what: object) -> None:
        if not self.calm:
            raise  # noqa: PLE0704 — called while the error is handled
        self.lines.append((event, what))

    def info(self, event: str, **what: object) -> None:
        self.lines.append((event, what))

    def warning(self, event: str, **what: object) -> None:
        self.lines.append((event, what))

    def told(self, event: str) -> list[dict[str, object]]:
        """Return what was said beside each line of *event*."""
        return [what for each, what in self.lines if each == event]


class House(AtWork):
    """The small company at work in the folder *root*."""

    store: MemoryStore

    def __init__(self, root: Path, declarations: Path) -> None:
        self.declared = small_company(declarations)
        self._build(root, MemoryStore(self.declared.forms), "h")
        self.folder.found()
        hire(self.store, self.declared, self.clock.now())
        self.start()
        self.settle()
        for rep, customer in (("Rae", "Acme"), ("Roy", "Coda")):
            self.adds(rep, "customer", name=customer)
        self.settle()

    def moved_to(self, root: Path) -> "House":
        """Return a house in *root* that stands as this one does and goes its own way from here."""
        house = House.__new__(House)
        house.declared = self.declared
        store = MemoryStore(self.declared.forms)
        store._state = self.store._state.copy()
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        house._build(root, store, "m")
        house.start()
        return house

    def _build(self, root: Path, store: MemoryStore, ids: str) -> None:
        self.root, self.store = root, store
        self.clock = FakeClock()
        self.folder = XlsxFolder(
            workspace=root,
            desks=Path("desks"),
            versions=Versions(folder=root / ".deskbook" / "versions"),
            forms=self.declared.forms,
            template=self._template,
            clock=self.clock,
        )
        self.hands = self.person = Person(self.folder)
        self.mailroom = Mailroom(declared=self.declared, store=store)
        self.diary = Diary()
        self.ids = SequentialIds(ids)

    def start(self, workbooks: Workbooks | None = None) -> None:
        """Start the daemon: anew, if it ran before. *workbooks*: in place of the folder itself."""
        self.engine = Engine(
            declared=self.declared,
            store=self.store,
            workbooks=workbooks or self.folder,
            clock=self.clock,
            ids=self.ids,
            folder=PurePath("desks"),
        )
        self.begin_rounds(self.diary)

    def place(self, key: str) -> Path:
        """Return where a desk's file lies on the disk."""
        return self.root / self.path(key)

    def raw(self, key: str) -> bytes:
        return self.place(key).read_bytes()

    def types_in(self, path: PurePath, named: str, **values: object) -> None:
        """Type into a customer's row of the workbook at *path*, wherever it lies, and save."""
        form = FormKey("customer")
        at = next(row.at for row in self.person.rows(path, form) if row.cells.get("name") == named)  # type: ignore[call-overload]
        self.person.type_cells(path, form, at, cells(**values))

    def files(self) -> list[str]:
        """Return every workbook in the desks' folder."""
        return [each.path.relative_to("desks").as_posix() for each in self.folder.scan()]

    def filed(self) -> list[str]:
        """Return what was filed away, without its date and hash."""
        folder = self.root / ".deskbook" / "filed"
        return sorted(each.name.split(" ", 2)[2] for each in folder.rglob("*.xlsx"))

    def waits(self, seconds: float = 25) -> None:
        """Let the time go by after which a file that is gone is believed to be gone."""
        self.settle()
        self.clock.step(seconds=seconds)
        self.settle()

    def hints(self, key: str) -> str:
        """Return all that a desk's 待辦 sheet says."""
        return "\n".join(str(line.get("hint") or "") for line in self.todo(key))  # type: ignore[call-overload]

    def _template(self, desk: Desk, form: FormKey | None) -> bytes:
        forms = [each for each in sheets_of(desk.role, self.declared.forms) if form in {None, each.key}]
        roles = {role: post.labels for role, post in self.declared.posts.items()}
        return render_template(desk, forms, self.declared.words, roles=roles)


class Shutting:
    """A folder of which some files cannot be read now, though nothing about them can be seen to change."""

    def __init__(self, folder: XlsxFolder) -> None:
        self._folder = folder
        self.shut: dict[PurePath, str] = {}
        """Which files, and what is wrong with them."""
        self.stale = False
        """Sizes and times are always the same, as on a share that keeps them for too long."""

    def scan(self) -> tuple[Found, ...]:
        found = self._folder.scan()
        return tuple(Found(path=each.path, size=1, modified=1) for each in found) if self.stale else found

    def digest(self, path: PurePath) -> Hash | None:
        return None if path in self.shut else self._folder.digest(path)

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        if path not in self.shut:
            return self._folder.read(path, keep=keep)
        key = self.shut[path]
        return Problem(what=text(key, name=path.name, detail="in use"), mend=text(f"{key}.mend"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._folder, name)


class Harming:
    """A folder in which one desk cannot be written."""

    def __init__(self, folder: XlsxFolder, path: PurePath, refused: Refused) -> None:
        self._folder, self._path, self._refused = folder, path, refused
        self.tries = 0

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        if path != self._path:
            return self._folder.write(path, expect, patch)
        self.tries += 1
        return self._refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._folder, name)


@contextmanager
def put_aside(place: Path) -> Iterator[None]:
    """Take a file or a folder away for a while, as when a share is not there."""
    away = place.with_name(f".{place.name}-away")
    place.rename(away)
    try:
        yield
    finally:
        away.rename(place)
