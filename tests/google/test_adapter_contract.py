"""Online desks keep what every `Workbooks` promises, as far as a promise is not about a file system."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

import pytest

from sheet_templates.form import DeskKey, FieldKey
from sheet_templates.record import Problem
from sync.edges.google.lay import lay
from sync.edges.google.mirror import ENDING
from sync.edges.google.snapshot import dump
from sync.ports import DeskCopy, Found, Hash, Patch, Refused, Why, Writers, Written
from tests.support.google.faults import Line
from tests.support.google.people import NotAllowed
from tests.support.google_desks import Online, OnlineHands, online
from tests.support.workbooks_contract import (
    DESK,
    ORDER,
    PATH,
    WorkbooksContract,
    World,
    contract_forms,
    copy,
    patch,
    puts,
    written,
)

WANG = "wang@firm.example"


def there(path: PurePath) -> PurePath:
    """Return where the desk is online that the contract names as a file."""
    return path.with_suffix(ENDING) if path.suffix == ".xlsx" and path.parts[0] == "desks" else path


def here(path: PurePath) -> PurePath:
    return path.with_suffix(".xlsx") if path.suffix == ENDING else path


class Named:
    """Online desks under the names that the contract uses."""

    def __init__(self, world: Online) -> None:
        self.world = world
        self.desks = world.workbooks

    def scan(self) -> tuple[Found, ...]:
        return tuple(replace(each, path=here(each.path)) for each in self.desks.scan())

    def busy(self, path: PurePath) -> str | None:
        return self.desks.busy(there(path))

    def live(self, path: PurePath) -> bool:
        return self.desks.live(there(path))

    def digest(self, path: PurePath) -> Hash | None:
        return self.desks.digest(there(path))

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        return self.desks.read(there(path), keep=keep)

    def writers(self, path: PurePath) -> Writers:
        return self.desks.writers(there(path))

    def private(self, path: PurePath) -> bool:
        return self.desks.private(there(path))

    def sweep(self, *, clear: bool = True) -> tuple[Hash, ...]:
        return self.desks.sweep(clear=clear)

    def kept(self, file: Hash) -> PurePath:
        return self.desks.kept(file)

    def create(self, path: PurePath, desk: Any, patch: Patch, of: Hash | None = None) -> Written | Refused:
        found = there(path)
        named = replace(
            desk, key=DeskKey(f"P-{found.stem}") if found.stem != "wang" else desk.key, name=found.stem
        )
        return self.desks.create(found, named, patch, of)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        return self.desks.write(there(path), expect, patch)

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        return self.desks.file_away(there(path), expect, near=near)

    def note(self, beside: PurePath, name: str, said: str | None) -> None:
        self.desks.note(there(beside), name, said)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Online]:
    mails = {DESK.key: (WANG,), DeskKey("P-li"): ("li@firm.example",)}
    with online(tmp_path, contract_forms(), mails) as found:
        yield found


@pytest.mark.long
class TestOnline(WorkbooksContract):
    @pytest.fixture
    def world(self, far: Online) -> World:
        hands = OnlineHands(world=far, mail=WANG, owner=far.google.service_account_mail, wrap=there)

        def race(act: Any) -> None:
            far.google.when("spreadsheets.values.batchUpdateByDataFilter", first=act)

        return World(workbooks=Named(far), hands=hands, vanish=lambda: None, race=race)  # type: ignore[arg-type]

    # What a file system has and Google has not, said for online desks ---------------------------------------

    def test_a_cell_that_belongs_to_something_larger_is_left_and_told(self, world: World, made: Written):
        """The emulator evaluates no formula that fills several cells: its cells are put into what it answers."""
        known = world.workbooks.world.desks.mirror.known[there(PATH)]
        snapshot = known.live.snapshot
        tab = snapshot.tab("order")
        cells = [list(row) for row in tab.cells]
        cells[2][6], cells[3][6] = {"f": "=ARRAYFORMULA(A1:A2)", "v": 1.0}, {"s": 2.0}
        bound = replace(tab, cells=tuple(tuple(row) for row in cells))
        changed = replace(
            snapshot, tabs=tuple(bound if each.id == tab.id else each for each in snapshot.tabs)
        )
        read = copy(world.workbooks.world.desks.understood(dump(changed), there(PATH), changed.hash))
        both = (*puts(3, amount=Decimal(1), buyer="B"), *puts(4, amount=Decimal(2)))
        laid = lay(changed, patch("r2", *both), contract_forms())

        assert [read.sheets[ORDER].binds(at, FieldKey("amount")) for at in (3, 4, 5)] == [True, True, False]
        assert not read.sheets[ORDER].binds(3, FieldKey("buyer"))
        assert {(each.row, each.field) for each in laid.left} == {(3, "amount"), (4, "amount")}
        assert laid.puts[tab.id] == {(3, 6): "B"}

    def test_a_file_that_somebody_has_open_is_not_written(self, world: World, made: Written):
        """Online, people are always at work, and Deskbook with them."""
        world.hands.type_cell(PATH, ORDER, 4, FieldKey("buyer"), "Mine")
        read = copy(world.workbooks.read(PATH))
        assert world.workbooks.busy(PATH) is None
        assert world.workbooks.live(PATH)

        written(world.workbooks.write(PATH, read.file, patch("r2", *puts(3, amount=Decimal(1)))))
        rows = world.hands.rows(PATH, ORDER)
        assert (rows[0].cells[FieldKey("amount")], rows[1].cells[FieldKey("buyer")]) == (1.0, "Mine")

    def test_a_save_within_a_write_is_displaced_and_can_be_read(self, world: World, made: Written):
        """Online, nothing is displaced: what was typed stands, and is read as an edit of the new render."""
        world.race(lambda: world.hands.type_cell(PATH, ORDER, 4, FieldKey("buyer"), "Typed in between"))
        ended = written(world.workbooks.write(PATH, made.file, patch("r2", *puts(3, buyer="Ours"))))
        rows = world.hands.rows(PATH, ORDER)
        read = copy(world.workbooks.read(PATH))

        assert ended.displaced is None
        assert (read.file == ended.file, read.render) == (False, "r2")
        assert [row.cells[FieldKey("buyer")] for row in rows[:2]] == ["Ours", "Typed in between"]
        assert copy(world.workbooks.read(world.workbooks.kept(ended.file))).render == "r2"

    def test_who_only_looks_leaves_no_version_behind(self, world: World, made: Written):
        """Online, whatever was seen is kept: to see it again costs nothing, and asks nobody."""
        world.hands.type_cell(PATH, ORDER, 3, FieldKey("buyer"), "Seen")
        asked = len(world.workbooks.world.google.seen)
        seen = copy(world.workbooks.read(PATH, keep=False))

        assert seen.sheets[ORDER].rows[0].cells[FieldKey("buyer")] == "Seen"
        assert copy(world.workbooks.read(world.workbooks.kept(seen.file))).file == seen.file
        assert len(world.workbooks.world.google.seen) == asked

    def test_a_folder_that_is_gone_is_no_empty_folder(self, world: World, made: Written):
        """Nor is a Google that cannot be reached."""
        google = world.workbooks.world.google
        before = world.workbooks.scan()
        google.fault("*", line=Line.DROP_BEFORE, times=100)
        world.workbooks.world.pulse.at += 60

        assert world.workbooks.scan() == before
        assert copy(world.workbooks.read(PATH)).file == made.file
        assert world.workbooks.busy(PATH) == "Google Sheets"
        ended = world.workbooks.write(PATH, made.file, patch("r2", *puts(3, buyer="Ours")))
        assert isinstance(ended, Refused)
        assert ended.why is Why.BUSY

        google.well()
        world.workbooks.world.look()
        assert world.workbooks.busy(PATH) is None
        written(world.workbooks.write(PATH, made.file, patch("r3", *puts(3, buyer="Ours"))))

    def test_a_copy_that_was_merged_is_filed_away_and_can_be_read_there(self, world: World, made: Written):
        """Online, who has no desk any more loses his rights at once; what he had is kept."""
        google, id_ = world.workbooks.world.google, world.workbooks.world.id(there(PATH))
        filed = world.workbooks.file_away(PATH, made.file)
        world.workbooks.world.look()

        assert isinstance(filed, PurePath)
        assert world.workbooks.scan() == ()
        assert copy(world.workbooks.desks.read(filed)).file == made.file
        with pytest.raises(NotAllowed):
            google.person(WANG).open(id_)

    def test_a_desk_that_is_filed_near_its_people_can_be_read_by_them_until_they_leave(
        self, world: World, made: Written
    ):
        """Online, they may read the spreadsheet, which says when it was put aside, and no longer write there."""
        far = world.workbooks.world
        google, id_ = far.google, far.id(there(PATH))
        filed = world.workbooks.file_away(PATH, made.file, near=True)
        far.look()

        assert isinstance(filed, PurePath)
        assert world.workbooks.scan() == ()
        assert google.file(id_).name == filed.stem
        wang = google.person(WANG).open(id_)
        assert wang.see("order!F3") == [["ACME"]]
        with pytest.raises(NotAllowed):
            wang.type("order!F3", "still here")

        far.mails[DESK.key] = ()
        far.workbooks.scan()
        far.look()
        with pytest.raises(NotAllowed):
            google.person(WANG).open(id_)

    def test_a_copy_is_filed_twice_under_one_name_without_harm(self, world: World, made: Written):
        for render in ("r2", "r3"):
            assert isinstance(world.workbooks.file_away(PATH, made.file), PurePath)
            made = written(world.workbooks.create(PATH, DESK, patch(render, *puts(3, _id="a", buyer="A"))))

        assert [each.path for each in world.workbooks.scan()] == [PATH]

    def test_a_copy_that_somebody_has_open_or_saved_meanwhile_is_not_filed_away(
        self, world: World, made: Written
    ):
        hand = world.hands.hand(PATH)
        world.workbooks.world.google.when(
            "drive.permissions.delete", first=lambda: hand.type("order!F3", "Typed")
        )
        refused = world.workbooks.file_away(PATH, made.file)

        assert isinstance(refused, Refused)
        assert refused.why is Why.CHANGED
        assert copy(world.workbooks.read(PATH)).sheets[ORDER].rows[0].cells[FieldKey("buyer")] == "Typed"

    def test_a_note_lies_beside_the_file_until_it_is_taken_away(self, world: World, made: Written):
        """Online, it stands in the details that Drive shows."""
        world.workbooks.note(PATH, "王.txt", "Deskbook: 請看\n第二行\n")
        assert world.hands.noted(PATH) == {"": "Deskbook: 請看\n第二行\n"}

        world.workbooks.note(PATH, "王.txt", None)
        assert world.hands.noted(PATH) == {}
