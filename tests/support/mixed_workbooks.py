"""Workbooks some of which are spreadsheets at Google: the real adapter over the emulator, beside files in memory.

To a scene all of them look alike: `files[path]` is what stands there now, `type_cell` types, `put_back` restores.
What a person may not do in a spreadsheet is done by its owner, whom no protection holds, where a scene is about rows
that move; where it is about somebody who types, it is not done.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, fields, replace
from dataclasses import field as made
from decimal import Decimal
from pathlib import PurePath
from random import Random
from typing import Any, Final

from sheet_templates.form import ID, Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Cell, Problem, Shown
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sheet_templates.words import Words
from sync.edges.google.answer import live
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.drive import READY
from sync.edges.google.lay import held_of
from sync.edges.google.mirror import ENDING
from sync.edges.google.opening import online_desks
from sync.edges.google.read import copy_of, layout_of
from sync.edges.google.snapshot import Snapshot, load
from sync.edges.settings import Google
from sync.edges.xlsx.a1 import letters, ref
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.layout import HIDDEN_SHEET
from sync.edges.xlsx.traces import DESK_ROW, RENDER_ROW
from sync.edges.xlsx.versions import hash_of
from sync.ports import DeskCopy, Found, Hash, Patch, Refused, RowCopy, Writers, Written
from tests.support.clock import FakeClock
from tests.support.google.book import Book
from tests.support.google.drive import File
from tests.support.google.masks import mask_of
from tests.support.google.people import Hand, NotAllowed, Person
from tests.support.google.view import cell_view
from tests.support.google.world import World
from tests.support.google_side import KeptInMemory, Pulse, Side, WatchedLine, twin_book, twin_of, workplace
from tests.support.planted import RacingWorkbooks
from tests.support.workbooks import FakeFile, FakeSheet, FakeWorkbooks

COMPANY: Final = "co-walk1234abcd"
WORDS: Final = Words.load()
LIMITS: Final = Limits()
Mails = Callable[[], Mapping[DeskKey, tuple[str, ...]]]
Place = tuple[str, int, str]
WRITING: Final[Sequence[Place]] = (
    ("", 0, ""),
    *(
        (on, skip, when)
        for on, skip in (
            ("spreadsheets.batchUpdate", 0),
            ("spreadsheets.get", 0),
            ("spreadsheets.values.batchUpdateByDataFilter", 0),
            ("spreadsheets.get", 1),
            ("spreadsheets.batchUpdate", 1),
        )
        for when in ("first", "then")
    ),
)
"""Before a write, and before and after each of its requests: lock, look inside, write, read back, unlock."""
PUTTING: Final[Sequence[Place]] = (
    ("spreadsheets.get", 0, "then"),
    ("spreadsheets.values.batchUpdateByDataFilter", 0, "first"),
)
"""When it is laid out already what goes where."""

_SEEN: Final = mask_of("userEnteredValue,effectiveValue,effectiveFormat.numberFormat")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineFile(FakeFile):
    """A spreadsheet as it stands, or stood: a version in its history."""

    book: Book = made(compare=False)
    content: Hash = made(compare=False)

    @property
    def hash(self) -> Hash:
        return self.content


class Files(MutableMapping[PurePath, FakeFile]):
    """What lies in the folder, and what is at Google."""

    def __init__(
        self,
        papers: dict[PurePath, FakeFile],
        online: Callable[[], Mapping[PurePath, File]],
        view: Callable[[File], FakeFile],
    ) -> None:
        self.papers, self._online, self._view = papers, online, view

    def __getitem__(self, path: PurePath) -> FakeFile:
        if path.suffix != ENDING:
            return self.papers[path]
        return self._view(self._online()[path])

    def __setitem__(self, path: PurePath, file: FakeFile) -> None:
        assert path.suffix != ENDING, "what stands in a spreadsheet is typed"
        self.papers[path] = file

    def __delitem__(self, path: PurePath) -> None:
        del self.papers[path]

    def __iter__(self) -> Iterator[PurePath]:
        return iter((*self.papers, *self._online()))

    def __len__(self) -> int:
        return len(self.papers) + len(self._online())


class KeptFiles(dict[Hash, FakeFile]):
    """Kept versions of workbooks, and of spreadsheets."""

    def __init__(self, snapshot: Callable[[Hash], FakeFile | None]) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._seen: dict[Hash, FakeFile] = {}

    def __missing__(self, file: Hash) -> FakeFile:
        if file not in self._seen:
            found = self._snapshot(file)
            if found is None:
                raise KeyError(file)
            self._seen[file] = found
        return self._seen[file]

    def get(self, file: Hash, default: Any = None) -> Any:
        try:
            return self[file]
        except KeyError:
            return default


class MixedWorkbooks(RacingWorkbooks):
    """Workbooks in a folder, and spreadsheets at Google. Fulfils `sync.ports.Workbooks`."""

    kind: type[GoogleDesks] = GoogleDesks
    lines: type[WatchedLine] = WatchedLine

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        super().__init__(forms)
        self.papers: dict[PurePath, FakeFile] = {}
        self.files = Files(self.papers, self.online, self.view)
        self.versions = KeptFiles(self._kept)
        self.refused = 0
        """Times that somebody was not let type, and that owners moved rows in their place."""
        self.raced = 0
        self.apart = False
        """What is done at Google is done beside the rounds, as a daemon has it."""
        self.pulse = Pulse()
        self._views: dict[str, tuple[Book, OnlineFile]] = {}
        self._templates: dict[Desk, bytes] = {}

    def settle_in(
        self,
        *,
        google: Side,
        world: World,
        clock: FakeClock,
        mails: Mails,
        people: Mails,
        given: Mapping[str, str],
    ) -> None:
        """Have a company's desks at Google. *given*: spreadsheets that were made by hand."""
        self.side, self.world, self.clock, self.given = google, world, clock, given
        self.mails, self.people = mails, people
        self.place = workplace("desks")
        self.raws = KeptInMemory(folder=self.place / ".deskbook" / "versions")
        self.side.play(world)
        self.desks = self._opened()

    def begin_as(self, other: FakeWorkbooks) -> None:
        assert isinstance(other, MixedWorkbooks)
        self.papers.update(other.papers)
        self.versions.update(other.versions)
        self._saved.update(other._saved)
        self._saves = other._saves

    def begin_beside(self, other: "MixedWorkbooks", clock: FakeClock, mails: Mails, people: Mails) -> None:
        """Have at Google what *other* has there now."""
        self._templates, self.pulse.at = other._templates, other.pulse.at
        self.side, self.world, self.clock = other.side, twin_of(other.world, clock), clock
        self.mails, self.people, self.given = mails, people, other.given
        self.place = workplace("desks")
        self.raws = KeptInMemory(folder=self.place / ".deskbook" / "versions", raws=dict(other.raws.raws))
        standing = other.desks.mirror.place
        kept = self.place / standing.relative_to(other.place)
        kept.parent.mkdir(parents=True)
        kept.write_bytes(standing.read_bytes())
        self.side.play(self.world)
        self.desks = self._opened()

    def follow(self) -> None:
        """Do what the thread does that follows Google."""
        if self.apart:
            self.side.play(self.world)
            self.desks.errands.run()
            self.desks.look()

    def restart(self, *, forgotten: bool = False) -> None:
        """Open the desks as a daemon does that starts. *forgotten*: what it had kept of Google is gone."""
        if forgotten:
            self.desks.mirror.place.unlink(missing_ok=True)
        self.side.play(self.world)
        self.desks = self._opened()

    def _opened(self) -> GoogleDesks:
        found = online_desks(
            settings=Google(
                key_file=self.side.google.service_account_file,
                desks=tuple(self.mails()),
                spreadsheets=self.given,
                quiet_seconds=0,
                poll_seconds=0,
                requests_a_minute=100_000,
                address=self.side.google.base,
            ),
            company=COMPANY,
            workspace=self.place,
            folder=self.root,
            versions=self.raws,
            forms=self.forms,
            template=self._whole,
            clock=self.clock,
            mails=self.mails,
            people=self.people,
            invitation=lambda _desk: "Your desk",
            tick=self.pulse,
        )
        mirror = found.mirror
        self.line = self.lines(self.side.connect(mirror.budget, mirror.breaker, self.pulse))
        mirror.drive = drive = replace(mirror.drive, line=self.line)
        found = replace(found, making=replace(found.making, drive=drive))
        found.errands.apart = self.apart
        return self.kind(**{each.name: getattr(found, each.name) for each in fields(found)})

    def _whole(self, desk: Desk) -> bytes:
        if desk not in self._templates:
            self._templates[desk] = render_template(desk, sheets_of(desk.role, self.forms), WORDS)
        return self._templates[desk]

    # What stands at Google

    def online(self) -> Mapping[PurePath, File]:
        """Return the spreadsheets that are desks, by where the engine sees them."""
        found: dict[PurePath, File] = {}
        for file in self.spreadsheets():
            name = "".join(
                file.app_properties[each] for each in sorted(file.app_properties) if "_name" in each
            )
            path = self.root / name / f"{name}{ENDING}"
            known = self.desks.mirror.known.get(path)
            if path not in found or (known is not None and known.id == file.id):
                found[path] = file
        return found

    def spreadsheets(self) -> tuple[File, ...]:
        """Return what is whole, and not in the bin."""
        with self.world.lock:
            return tuple(
                each
                for each in self.world.files.values()
                if each.app_properties.get("deskbook_state") == READY and not each.trashed
            )

    def view(self, file: File) -> OnlineFile:
        """Return what a spreadsheet holds now: nobody has to ask for it, so nothing can go wrong with asking."""
        book = file.book
        assert book is not None
        before = self._views.get(file.id)
        if before is None or before[0] is not book:
            snapshot = shown(book)
            found = _file(self._copy(snapshot, snapshot.hash))
            self._views[file.id] = before = (
                book,
                OnlineFile(
                    desk=found.desk,
                    render=found.render,
                    sheets=found.sheets,
                    book=book,
                    content=snapshot.hash,
                ),
            )
        return before[1]

    def _copy(self, snapshot: Snapshot, file: Hash) -> DeskCopy:
        copy = copy_of(snapshot, path=PurePath("seen"), file=file, forms=self.forms, limits=LIMITS)
        assert isinstance(copy, DeskCopy), copy
        return copy

    def _kept(self, file: Hash) -> FakeFile | None:
        raw = self.raws.get(file)
        return None if raw is None else _file(self._copy(load(raw), file))

    # What the daemon sees

    def scan(self) -> tuple[Found, ...]:
        self.pulse.at += 60
        if self.gone:
            raise FileNotFoundError(str(self.root))
        papers = (
            Found(
                path=path,
                size=sum(len(each.rows) for each in file.sheets.values()),
                modified=self._saved[path],
            )
            for path, file in self.papers.items()
            if path.is_relative_to(self.root)
        )
        return tuple(sorted((*papers, *self.desks.scan()), key=lambda each: each.path))

    def busy(self, path: PurePath) -> str | None:
        if not self.desks.mine(path):
            return super().busy(path)
        self.early.pop(path, lambda: None)()
        return self.desks.busy(path)

    def live(self, path: PurePath) -> bool:
        return self.desks.mine(path)

    def digest(self, path: PurePath) -> Hash | None:
        return self.desks.digest(path) if self._is_online(path) else super().digest(path)

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        if self._is_online(path):
            return self.desks.read(path)
        if path.parts[:1] == ("versions",) and (raw := self.raws.get(Hash(path.name))) is not None:
            return self.desks.understood(raw, path, hash_of(raw))
        return super().read(path, keep=keep)

    def writers(self, path: PurePath) -> Writers:
        return self.desks.writers(path) if self._is_online(path) else super().writers(path)

    def private(self, path: PurePath) -> bool:
        return self.writers(path) in (Writers.OWN, Writers.ACCOUNT)

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        if self._is_online(path):
            return self.desks.create(path, desk, patch, of)
        return super().create(path, desk, patch, of)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        if not self._is_online(path):
            return super().write(path, expect, patch)
        race = self.races.pop(path, None)
        if race is not None and path in self.online():
            self.between(path, race, Random(patch.render), WRITING[1:])
        return self.desks.write(path, expect, patch)

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        if self._is_online(path):
            return self.desks.file_away(path, expect, near=near)
        return super().file_away(path, expect, near=near)

    def note(self, beside: PurePath, name: str, said: str | None) -> None:
        if self._is_online(beside):
            self.desks.note(beside, said)
        else:
            super().note(beside, name, said)

    def between(
        self, path: PurePath, act: Callable[[], None], chance: Random, places: Sequence[Place] = WRITING
    ) -> None:
        """Let somebody act between two of the next requests about a desk's spreadsheet, or just before them."""
        on, skip, when = chance.choice(places)

        def acting() -> None:
            self.raced += 1
            act()

        if not on:
            self.early[path] = acting
        else:
            self.side.google.when(on, **{when: acting}, skip=skip, about=self.online()[path].id)

    def _is_online(self, path: PurePath) -> bool:
        return self.desks.mine(path) and path.is_relative_to(self.root)

    # What people do

    def hand(self, path: PurePath, *, owner: bool = False) -> Hand:
        """Return the hand of who works in a desk, or of its owner. Raises NotAllowed if it is not his (any more)."""
        file = self.online().get(path)
        if file is None:
            raise NotAllowed(f"{path} is not there")
        whose = DeskKey(file.app_properties["deskbook_desk"])
        mail = file.owner if owner else next(iter(self.mails().get(whose, ())), "nobody@example.com")
        return Person(world=self.world, mail=mail).open(file.id)

    def open_by(self, path: PurePath, who: str) -> None:
        # A spreadsheet has no lock file: people are in it at any time, and Deskbook with them.
        if not self.desks.mine(path):
            super().open_by(path, who)

    def put_back(self, path: PurePath, file: FakeFile) -> None:
        """Restore a version, and change in it what *file* has otherwise; or paste all of somebody's workbook into it."""
        if not self.desks.mine(path):
            # An online desk's: it was downloaded.
            super().put_back(path, FakeFile(desk=file.desk, render=file.render, sheets=file.sheets))
            return
        if path not in self.online():
            # Who has left has no spreadsheet: a copy that he made is his own, and nobody looks at it.
            return
        hand = self.hand(path, owner=True)
        if isinstance(file, OnlineFile) and file.book is not self.online()[path].book:
            hand.restore(twin_book(file.book))
        changes = list(self._changes(path, file))
        if changes:
            hand.request(*changes)

    def remove(self, path: PurePath) -> None:
        if not self.desks.mine(path):
            super().remove(path)
            return
        file = self.online()[path]
        Person(world=self.world, mail=file.owner).delete(file.id)

    def type_cell(self, path: PurePath, form: FormKey, at: int, field: FieldKey, value: Shown) -> bool:
        if not self.desks.mine(path):
            return super().type_cell(path, form, at, field, value)
        try:
            hand = self.hand(path)
            title, columns, _ = self.layout(path, form)
            if field not in columns:
                return False
            place = f"'{title}'!{ref(at, columns[field])}"
            if value in (None, ""):
                hand.clear(place)
            else:
                hand.type(place, f"{value:f}" if isinstance(value, Decimal) else str(value))
        except NotAllowed:
            self.refused += 1
            return False
        return True

    def add_row(self, path: PurePath, form: FormKey, values: Mapping[FieldKey, Shown]) -> int:
        if not self.desks.mine(path):
            return super().add_row(path, form, values)
        sheet = self.files[path].sheets[form]
        stamped = [at for at in sorted(sheet.rows) if set(sheet.rows[at]) == {ID}]
        at = stamped[0] if stamped else sheet.last + 1
        for key, value in values.items():
            self.type_cell(path, form, at, key, value)
        return at

    def sort(self, path: PurePath, form: FormKey, field: FieldKey, *, reverse: bool = False) -> None:
        if not self.desks.mine(path):
            super().sort(path, form, field, reverse=reverse)
            return
        title, columns, last = self.layout(path, form)
        if last > 2:
            area = f"'{title}'!A3:{ref(last, max(columns.values()))}"
            self._moved(path, lambda hand: hand.sort(area, letters(columns[field]), descending=reverse))

    def insert_row(self, path: PurePath, form: FormKey, at: int) -> None:
        if not self.desks.mine(path):
            super().insert_row(path, form, at)
        else:
            self._moved(path, lambda hand: hand.insert_rows(self.layout(path, form)[0], before=at))

    def delete_row(self, path: PurePath, form: FormKey, at: int) -> None:
        if not self.desks.mine(path):
            super().delete_row(path, form, at)
        else:
            self._moved(path, lambda hand: hand.delete_rows(self.layout(path, form)[0], at))

    def copy_row(self, path: PurePath, form: FormKey, at: int) -> int:
        if not self.desks.mine(path):
            return super().copy_row(path, form, at)
        title, columns, last = self.layout(path, form)
        right = max(columns.values())
        source, target = f"'{title}'!A{at}:{ref(at, right)}", f"'{title}'!A{last + 1}:{ref(last + 1, right)}"
        self._moved(path, lambda hand: hand.copy(source, target))
        return last + 1

    def drop_column(self, path: PurePath, form: FormKey, field: FieldKey) -> None:
        if not self.desks.mine(path):
            super().drop_column(path, form, field)
            return
        title, columns, _ = self.layout(path, form)
        self._moved(path, lambda hand: hand.delete_columns(title, letters(columns[field])))

    def rows(self, path: PurePath, form: FormKey) -> tuple[RowCopy, ...]:
        if not self.desks.mine(path):
            return super().rows(path, form)
        found = self.view(self.online()[path])
        return self._copy(shown(found.book), found.hash).sheets[form].rows

    def layout(self, path: PurePath, form: FormKey) -> tuple[str, Mapping[FieldKey, int], int]:
        """Return title, columns and last row of a form's sheet, as it is at Google now."""
        snapshot = shown(self.view(self.online()[path]).book)
        found = layout_of(snapshot, self.forms).sheets[form]
        tab = snapshot.tab(found.title)
        assert tab is not None
        return found.title, found.columns, len(tab.cells)

    def _moved(self, path: PurePath, act: Callable[[Hand], None]) -> None:
        """Move rows or columns: who works in the desk tries, then its owner does it."""
        try:
            act(self.hand(path))
        except NotAllowed:
            self.refused += 1
            act(self.hand(path, owner=True))

    def _changes(self, path: PurePath, wanted: FakeFile) -> Iterator[Mapping[str, Any]]:
        """Yield the requests that make a spreadsheet say what *wanted* says."""
        now = self.view(self.online()[path])
        snapshot = shown(now.book)
        layouts = layout_of(snapshot, self.forms).sheets
        for form, sheet in wanted.sheets.items():
            there, layout = now.sheets[form].rows, layouts[form]
            rows = len(now.book.sheet(int(layout.part)).rows)
            if sheet.last > rows:
                more = {"dimension": "ROWS", "length": sheet.last - rows}
                yield {"appendDimension": {"sheetId": int(layout.part), **more}}
            for at in sorted({*there, *sheet.rows}):
                before, after = there.get(at, {}), sheet.rows.get(at, {})
                for key in sorted({*before, *after}):
                    if before.get(key) != after.get(key) and key in layout.columns:
                        yield _put(int(layout.part), at, layout.columns[key], after.get(key))
        hidden = snapshot.tab(HIDDEN_SHEET)
        assert hidden is not None
        for row, was, is_ in ((RENDER_ROW, now.render, wanted.render), (DESK_ROW, now.desk, wanted.desk)):
            if was != is_:
                yield _put(hidden.id, row, 1, is_)


def shown(book: Book) -> Snapshot:
    """Return what a spreadsheet holds, as the adapter would read it."""
    sheets = []
    for sheet in book.sheets:
        rows: list[list[Mapping[str, Any]]] = []
        for row, column, cell in sheet.filled():
            if cell.entered is not None:
                rows += [[] for _ in range(row + 1 - len(rows))]
                rows[row] += [{}] * (column + 1 - len(rows[row]))
                rows[row][column] = cell_view(book, sheet, cell, _SEEN)
        sheets.append(
            {
                "properties": {"sheetId": sheet.id, "title": sheet.title},
                "merges": [each.json() for each in sheet.merges],
                "data": [{"rowData": [{"values": each} for each in rows]}],
            }
        )
    return live({"spreadsheetId": book.id, "sheets": sheets}).snapshot


def _file(copy: DeskCopy) -> FakeFile:
    """Return a version that was read as a scene sees it."""
    return FakeFile(
        desk=copy.desk or DeskKey(""),
        render=copy.render,
        sheets={
            form: FakeSheet(
                columns=tuple(sorted(sheet.columns, key=lambda key: sheet.columns[key])),
                rows={each.at: _row(each) for each in sheet.rows},
            )
            for form, sheet in copy.sheets.items()
        },
    )


def _row(row: RowCopy) -> Mapping[FieldKey, Cell]:
    found = {key: cell for key, cell in row.cells.items() if cell is not None}
    return found if row.id is None else {ID: row.id, **found}


def _put(sheet: int, row: int, column: int, cell: Shown) -> Mapping[str, Any]:
    held = held_of(Decimal(str(cell)) if isinstance(cell, float) else cell)
    if isinstance(held, Mapping):
        held = held.get("d", held.get("t"))
    value: Mapping[str, Any] = {}
    if isinstance(held, bool):
        value = {"boolValue": held}
    elif held is not None:
        value = {"stringValue": held} if isinstance(held, str) else {"numberValue": held}
    return {
        "updateCells": {
            "start": {"sheetId": sheet, "rowIndex": row - 1, "columnIndex": column - 1},
            "rows": [{"values": [{"userEnteredValue": value} if value else {}]}],
            "fields": "userEnteredValue",
        }
    }
