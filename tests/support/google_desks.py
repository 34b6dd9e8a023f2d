"""Online desks over the emulator, and the hands of the people who work in them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from sheet_templates.form import Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Shown
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sheet_templates.words import Words
from sync.edges.either import Either
from sync.edges.google.answer import live
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.opening import online_desks
from sync.edges.google.read import copy_of, layout_of
from sync.edges.google.snapshot import Snapshot
from sync.edges.settings import Google
from sync.edges.xlsx.a1 import letters, ref
from sync.edges.xlsx.folder import XlsxFolder
from sync.edges.xlsx.versions import Versions
from sync.ports import DeskCopy, RowCopy
from tests.support.clock import FakeClock
from tests.support.google.change import Change
from tests.support.google.emulator import GoogleEmulator, google_emulator
from tests.support.google.masks import mask_of
from tests.support.google.people import Hand
from tests.support.google.protection import Caller
from tests.support.google.view import Wanted, spreadsheet

COMPANY = "co-test1234abcd"
WORDS = Words.load()


_MASK = mask_of("sheets.data.rowData.values(userEnteredValue,effectiveValue,effectiveFormat.numberFormat)")


class Pulse:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass(slots=True, kw_only=True)
class Online:
    """A folder with desks, some of which are online, and what a test needs of both sides."""

    google: GoogleEmulator
    workbooks: Either
    clock: FakeClock
    pulse: Pulse
    mails: dict[DeskKey, tuple[str, ...]]

    @property
    def desks(self) -> GoogleDesks:
        return self.workbooks.online

    def id(self, path: PurePath) -> str:
        return self.desks.mirror.known[path].id

    def look(self) -> bool:
        """Let the mirror ask Google, as often as it takes to read all that changed."""
        self.pulse.at += 60
        return self.desks.look()


@contextmanager
def online(
    root: Path,
    forms: Mapping[FormKey, Form],
    mails: Mapping[DeskKey, tuple[str, ...]],
    *,
    clock: FakeClock | None = None,
    unlimited: bool = True,
    settings: Google | None = None,
) -> Iterator[Online]:
    clock = clock or FakeClock()
    with google_emulator(root, clock=clock, unlimited=unlimited) as google:
        yield opened(google, root, forms, mails, clock=clock, settings=settings)


def opened(
    google: GoogleEmulator,
    root: Path,
    forms: Mapping[FormKey, Form],
    mails: Mapping[DeskKey, tuple[str, ...]],
    *,
    clock: FakeClock,
    settings: Google | None = None,
) -> Online:
    """Open the desks, as a daemon does that starts."""
    pulse = Pulse()
    versions = Versions(folder=root / ".deskbook" / "versions")
    people = dict(mails)

    def template(desk: Desk, form: FormKey | None = None) -> bytes:
        return render_template(desk, sheets_of(desk.role, forms), WORDS)

    folder = XlsxFolder(
        workspace=root, desks=Path("desks"), versions=versions, forms=forms, template=template, clock=clock
    )
    folder.found()
    found = online_desks(
        settings=settings
        or Google(
            key_file=google.service_account_file,
            desks=tuple(mails),
            quiet_seconds=0,
            poll_seconds=0,
            address=google.base,
        ),
        company=COMPANY,
        workspace=root,
        folder=PurePath("desks"),
        versions=versions,
        forms=forms,
        template=template,
        clock=clock,
        mails=lambda: people,
        people=lambda: people,
        invitation=lambda _desk: "Your desk",
        tick=pulse,
    )
    workbooks = Either(folder=folder, online=found)
    return Online(google=google, workbooks=workbooks, clock=clock, pulse=pulse, mails=people)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineHands:
    """What a person does in a spreadsheet, named as the hands at a workbook are.

    Each act is saved by itself, and Deskbook hears of it at once. *mail*: who types; *owner*: who may move rows and
    columns in spite of what is protected there.
    """

    world: Online
    mail: str
    owner: str
    wrap: Callable[[PurePath], PurePath] = field(default=lambda path: path)

    def hand(self, path: PurePath, *, owner: bool = False) -> Hand:
        return self.world.google.person(self.owner if owner else self.mail).open(
            self.world.id(self.wrap(path))
        )

    def seen(self, path: PurePath) -> Snapshot:
        """Return what stands at Google now: nobody has to ask for it, so nothing can go wrong with asking."""
        world = self.world.google.world
        with world.lock:
            book = world.files[self.world.id(self.wrap(path))].book
            assert book is not None
            caller = Caller(mail=self.owner, owner=True)
            change = Change(book=book, caller=caller, owner=self.owner, project="")
            return live(spreadsheet(change, Wanted(data=True, mask=_MASK))).snapshot

    def layout(self, path: PurePath, form: FormKey) -> tuple[str, Mapping[FieldKey, int], int]:
        """Return title, columns and last row of a form's sheet, as it is at Google now."""
        answer = self.seen(path)
        found = layout_of(answer, self.world.desks.forms).sheets[form]
        tab = answer.tab(found.title)
        assert tab is not None
        return found.title, found.columns, len(tab.cells)

    def type_cell(self, path: PurePath, form: FormKey, at: int, key: FieldKey, value: Shown) -> None:
        self.type_cells(path, form, at, {key: value})

    def type_cells(self, path: PurePath, form: FormKey, at: int, values: Mapping[FieldKey, Shown]) -> None:
        title, columns, _ = self.layout(path, form)
        hand = self.hand(path)
        for key, value in values.items():
            place = f"'{title}'!{ref(at, columns[key])}"
            if value in (None, ""):
                hand.clear(place)
            else:
                hand.type(place, _typed(value))
        self.world.look()

    def add_row(self, path: PurePath, form: FormKey, values: Mapping[FieldKey, Shown]) -> int:
        rows = self.rows(path, form)
        stamped = [row.at for row in rows if not any(cell not in (None, "") for cell in row.cells.values())]
        at = stamped[0] if stamped else self.layout(path, form)[2] + 1
        self.type_cells(path, form, at, values)
        return at

    def sort(self, path: PurePath, form: FormKey, key: FieldKey, *, reverse: bool = False) -> None:
        title, columns, last = self.layout(path, form)
        area = f"'{title}'!A3:{ref(last, max(columns.values()))}"
        self.hand(path, owner=True).sort(area, letters(columns[key]), descending=reverse)
        self.world.look()

    def insert_row(self, path: PurePath, form: FormKey, at: int) -> None:
        self.hand(path, owner=True).insert_rows(self.layout(path, form)[0], before=at)
        self.world.look()

    def delete_row(self, path: PurePath, form: FormKey, at: int) -> None:
        self.hand(path, owner=True).delete_rows(self.layout(path, form)[0], at)
        self.world.look()

    def copy_row(self, path: PurePath, form: FormKey, at: int) -> int:
        title, columns, last = self.layout(path, form)
        right = max(columns.values())
        source = f"'{title}'!A{at}:{ref(at, right)}"
        self.hand(path, owner=True).copy(source, f"'{title}'!A{last + 1}:{ref(last + 1, right)}")
        self.world.look()
        return last + 1

    def drop_column(self, path: PurePath, form: FormKey, key: FieldKey) -> None:
        title, columns, _ = self.layout(path, form)
        self.hand(path, owner=True).delete_columns(title, letters(columns[key]))
        self.world.look()

    def rows(self, path: PurePath, form: FormKey) -> tuple[RowCopy, ...]:
        self.world.look()
        desks, found = self.world.desks, self.wrap(path)
        if found in desks.mirror.known:
            seen = self.seen(path)
            copy = copy_of(seen, path=path, file=seen.hash, forms=desks.forms, limits=desks.limits)
        else:
            copy = self.world.workbooks.read(found)
        assert isinstance(copy, DeskCopy), copy
        return copy.sheets[form].rows

    def take(self, path: PurePath) -> Any:
        """A version in the spreadsheet's history."""
        file = self.world.google.file(self.world.id(self.wrap(path)))
        assert file.book is not None
        return file.book.copy()

    def put_back(self, path: PurePath, book: Any) -> None:
        """Restore a version."""
        file = self.world.google.file(self.world.id(self.wrap(path)))
        with self.world.google.world.lock:
            self.world.google.world.keep(file, book.copy(), self.mail)
        self.world.look()

    def remove(self, path: PurePath) -> None:
        self.world.google.person(self.owner).delete(self.world.id(self.wrap(path)))
        self.world.look()

    def noted(self, beside: PurePath) -> dict[str, str]:
        said = self.world.google.file(self.world.id(self.wrap(beside))).description
        return {"": said} if said else {}


def _typed(value: Shown) -> Any:
    match value:
        case Decimal():
            return f"{value:f}"
        case bool():
            return str(value).upper()
        case str():
            return value
        case _:
            return str(value)
