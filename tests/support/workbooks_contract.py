"""What every `sync.ports.Workbooks` promises, as tests: the real folder and the fake pass the same ones."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Protocol

import pytest

from sheet_templates.form import (
    CHECK,
    ID,
    MARK,
    NUMBER,
    STATE,
    Desk,
    DeskKey,
    FieldKey,
    FieldType,
    Form,
    FormKey,
    Role,
)
from sheet_templates.record import Problem, RecordId
from sync.ports import (
    DeskCopy,
    Hash,
    Patch,
    Put,
    Refused,
    RenderId,
    RowCopy,
    SheetPatch,
    Shown,
    Why,
    Workbooks,
    Written,
)
from tests.support.small import field, form

REP = Role("rep")
ORDER = FormKey("order")
CUSTOMER = FormKey("customer")
PATH = PurePath("desks/wang/wang.xlsx")
DESK = Desk(key=DeskKey("P-0007"), name="wang", role=REP, people=("P-0007",))


def contract_forms() -> Mapping[FormKey, Form]:
    """Return forms with a field of each kind."""
    every = {REP: "true"}
    made = (
        form(
            "order",
            field("buyer", FieldType.LINK, link="customer"),
            field("amount", FieldType.MONEY),
            field("share", FieldType.PERCENT),
            field("due", FieldType.DATE),
            field("hour", FieldType.TIME),
            field("paid", FieldType.YES_NO),
            field("notes", FieldType.LONG_TEXT),
            field("cost", FieldType.MONEY, owners=["finance"]),
            field("secret", owners=["finance"], readers=frozenset({Role("finance")})),
            views=every,
            order=2,
        ),
        form("customer", field("name", unique=True), field("phone", FieldType.PHONE), views=every, order=1),
        form("budget", field("limit", FieldType.MONEY), views={Role("finance"): "true"}, order=3),
    )
    return {each.key: each for each in made}


class Hands(Protocol):
    """What a person does with a file, as far as the promises need it."""

    def open_by(self, path: PurePath, who: str) -> None: ...
    def close(self, path: PurePath) -> None: ...
    def take(self, path: PurePath) -> Any: ...
    def put_back(self, path: PurePath, file: Any) -> None: ...
    def remove(self, path: PurePath) -> None: ...
    def type_cell(self, path: PurePath, form: FormKey, at: int, field: FieldKey, value: Shown) -> None: ...
    def add_row(self, path: PurePath, form: FormKey, values: Mapping[FieldKey, Shown]) -> int: ...
    def sort(self, path: PurePath, form: FormKey, field: FieldKey, *, reverse: bool = False) -> None: ...
    def insert_row(self, path: PurePath, form: FormKey, at: int) -> None: ...
    def delete_row(self, path: PurePath, form: FormKey, at: int) -> None: ...
    def copy_row(self, path: PurePath, form: FormKey, at: int) -> int: ...
    def drop_column(self, path: PurePath, form: FormKey, field: FieldKey) -> None: ...
    def bind(self, path: PurePath, form: FormKey, at: int, field: FieldKey) -> None: ...
    def rows(self, path: PurePath, form: FormKey) -> tuple[RowCopy, ...]: ...
    def noted(self, beside: PurePath) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Workbooks, and somebody who works with them."""

    workbooks: Workbooks
    hands: Hands
    vanish: Callable[[], None]
    """Take the desks' folder away."""
    race: Callable[[Callable[[], None]], None]
    """Let something happen once within the next write, after its last look at the file."""


def puts(at: int, **values: Shown) -> tuple[Put, ...]:
    """Return the cells of one row; `_id` and the like by their own names."""
    return tuple(Put(at=at, field=FieldKey(key), shown=value) for key, value in values.items())


def patch(render: str, *cells: Put, form: FormKey = ORDER) -> Patch:
    """Return a patch of one sheet."""
    return Patch(render=RenderId(render), sheets=(SheetPatch(form=form, puts=cells),))


def written(ended: Written | Refused) -> Written:
    """Return what must have been written."""
    assert isinstance(ended, Written), ended
    return ended


def copy(read: DeskCopy | Problem) -> DeskCopy:
    """Return what must have been readable."""
    assert isinstance(read, DeskCopy), read
    return read


class WorkbooksContract:
    """The promises. A subclass gives the fixture `world`."""

    @pytest.fixture
    def made(self, world: World) -> Written:
        """A desk with two orders and two rows stamped for new ones."""
        cells = (
            *puts(3, _id="aaaaaaaaaaaa", number="SO-0001", buyer="ACME", amount=Decimal("12.50")),
            *puts(4, _id="bbbbbbbbbbbb", number="SO-0002", buyer="Zhou 周", amount=Decimal(7)),
            *puts(5, _id="cccccccccccc"),
            *puts(6, _id="dddddddddddd"),
        )
        return written(world.workbooks.create(PATH, DESK, patch("r1", *cells)))

    def test_a_new_desk_shows_what_was_put_and_which_render_it_is(self, world: World, made: Written):
        read = copy(world.workbooks.read(PATH))

        assert (read.file, read.render, read.desk) == (made.file, "r1", "P-0007")
        assert [(row.at, row.id, row.cells[NUMBER]) for row in read.sheets[ORDER].rows] == [
            (3, "aaaaaaaaaaaa", "SO-0001"),
            (4, "bbbbbbbbbbbb", "SO-0002"),
            (5, "cccccccccccc", None),
            (6, "dddddddddddd", None),
        ]
        assert read.sheets[ORDER].last == 6
        assert not read.problems

    def test_a_desk_has_the_sheets_and_columns_that_its_role_sees_and_no_others(
        self, world: World, made: Written
    ):
        read = copy(world.workbooks.read(PATH))

        assert {*read.sheets} == {ORDER, CUSTOMER}
        shown = {
            ID,
            MARK,
            NUMBER,
            STATE,
            CHECK,
            "buyer",
            "amount",
            "share",
            "due",
            "hour",
            "paid",
            "notes",
            "cost",
        }
        assert {*read.sheets[ORDER].columns} == shown
        assert all({*row.cells} == shown - {ID} for row in read.sheets[ORDER].rows)

    def test_a_file_is_never_replaced_by_a_new_desk(self, world: World, made: Written):
        again = world.workbooks.create(PATH, DESK, patch("r2"))

        assert isinstance(again, Refused)
        assert again.why is Why.CHANGED
        assert copy(world.workbooks.read(PATH)).file == made.file

    @pytest.mark.parametrize(
        ("key", "shown", "cell"),
        [
            ("notes", "first line\nsecond  ", "first line\nsecond  "),
            ("notes", "=1+1", "=1+1"),
            ("notes", "_x0041_ <&> \"'", "_x0041_ <&> \"'"),
            ("buyer", "001", "001"),
            ("buyer", "NA", "NA"),
            ("buyer", "𠮷野家 😀", "𠮷野家 😀"),
            ("amount", Decimal("-1234567.89"), -1234567.89),
            ("amount", Decimal(0), 0.0),
            ("share", Decimal("0.075"), 0.075),
            ("due", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
            ("hour", dt.time(9, 30), dt.time(9, 30)),
            ("paid", "是", "是"),
            ("paid", True, True),
            ("amount", "about 500", "about 500"),
            ("due", "next week", "next week"),
            ("amount", None, None),
            ("buyer", "", None),
        ],
    )
    def test_what_is_put_is_what_is_read(
        self, world: World, made: Written, key: str, shown: Shown, cell: object
    ):
        ended = written(world.workbooks.write(PATH, made.file, patch("r2", *puts(3, **{key: shown}))))
        read = copy(world.workbooks.read(PATH))

        assert (read.file, read.render) == (ended.file, "r2")
        assert read.sheets[ORDER].rows[0].cells[FieldKey(key)] == cell

    def test_a_write_changes_nothing_but_its_cells(self, world: World, made: Written):
        before = copy(world.workbooks.read(PATH))
        written(world.workbooks.write(PATH, made.file, patch("r2", *puts(4, amount=Decimal(8)))))
        after = copy(world.workbooks.read(PATH))

        assert after.sheets[CUSTOMER] == before.sheets[CUSTOMER]
        assert [row for row in after.sheets[ORDER].rows if row.at != 4] == [
            row for row in before.sheets[ORDER].rows if row.at != 4
        ]
        assert after.sheets[ORDER].rows[1].cells == {
            **before.sheets[ORDER].rows[1].cells,
            FieldKey("amount"): 8.0,
        }

    def test_rows_beyond_the_last_are_appended(self, world: World, made: Written):
        cells = (*puts(7, _id="eeeeeeeeeeee", buyer="New"), *puts(9, _id="ffffffffffff"))
        written(world.workbooks.write(PATH, made.file, patch("r2", *cells)))
        sheet = copy(world.workbooks.read(PATH)).sheets[ORDER]

        assert [(row.at, row.id) for row in sheet.rows[-2:]] == [(7, "eeeeeeeeeeee"), (9, "ffffffffffff")]
        assert sheet.last == 9

    def test_a_row_that_is_emptied_with_its_id_is_gone(self, world: World, made: Written):
        cells = puts(3, _id=None, number=None, buyer=None, amount=None)
        written(world.workbooks.write(PATH, made.file, patch("r2", *cells)))

        assert [row.at for row in copy(world.workbooks.read(PATH)).sheets[ORDER].rows] == [4, 5, 6]

    def test_what_a_person_typed_is_read_beside_the_render_it_was_typed_into(
        self, world: World, made: Written
    ):
        world.hands.type_cell(PATH, ORDER, 3, FieldKey("amount"), Decimal("99.5"))
        read = copy(world.workbooks.read(PATH))

        assert read.file != made.file
        assert read.render == "r1"
        assert read.sheets[ORDER].rows[0].cells[FieldKey("amount")] == 99.5

    def test_a_new_row_takes_a_stamped_id(self, world: World, made: Written):
        at = world.hands.add_row(
            PATH, ORDER, {FieldKey("buyer"): "Isdom", FieldKey("due"): dt.date(2026, 3, 1)}
        )
        row = next(row for row in world.hands.rows(PATH, ORDER) if row.at == at)

        assert (at, row.id) == (5, "cccccccccccc")
        assert row.cells[FieldKey("due")] == dt.date(2026, 3, 1)

    def test_rows_keep_their_ids_when_they_are_sorted(self, world: World, made: Written):
        world.hands.sort(PATH, ORDER, FieldKey("buyer"), reverse=True)
        rows = world.hands.rows(PATH, ORDER)

        assert [(row.id, row.cells[FieldKey("buyer")]) for row in rows[:2]] == [
            ("bbbbbbbbbbbb", "Zhou 周"),
            ("aaaaaaaaaaaa", "ACME"),
        ]

    def test_inserted_and_deleted_rows_move_the_others(self, world: World, made: Written):
        world.hands.insert_row(PATH, ORDER, 4)
        assert [(row.at, row.id) for row in world.hands.rows(PATH, ORDER)][:2] == [
            (3, "aaaaaaaaaaaa"),
            (5, "bbbbbbbbbbbb"),
        ]
        world.hands.delete_row(PATH, ORDER, 3)
        assert next((row.at, row.id) for row in world.hands.rows(PATH, ORDER)) == (4, "bbbbbbbbbbbb")

    def test_a_copied_row_has_the_same_id_twice(self, world: World, made: Written):
        new = world.hands.copy_row(PATH, ORDER, 3)
        rows = world.hands.rows(PATH, ORDER)

        assert [row.at for row in rows if row.id == "aaaaaaaaaaaa"] == [3, new]

    def test_a_deleted_column_is_absent_and_is_passed_over_when_written(self, world: World, made: Written):
        world.hands.drop_column(PATH, ORDER, FieldKey("amount"))
        read = copy(world.workbooks.read(PATH))
        assert "amount" not in read.sheets[ORDER].columns
        assert all("amount" not in row.cells for row in read.sheets[ORDER].rows)

        cells = puts(3, amount=Decimal(1), buyer="B")
        written(world.workbooks.write(PATH, read.file, patch("r2", *cells)))
        assert world.hands.rows(PATH, ORDER)[0].cells[FieldKey("buyer")] == "B"

    def test_a_cell_that_belongs_to_something_larger_is_left_and_told(self, world: World, made: Written):
        world.hands.bind(PATH, ORDER, 3, FieldKey("amount"))
        read = copy(world.workbooks.read(PATH))
        stands = read.sheets[ORDER].rows[0].cells
        cells = (*puts(3, amount=Decimal(1), buyer="B"), *puts(4, amount=Decimal(2)))
        ended = written(world.workbooks.write(PATH, read.file, patch("r2", *cells)))

        assert read.sheets[ORDER].binds(3, FieldKey("amount"))
        assert not read.sheets[ORDER].binds(3, FieldKey("buyer"))
        assert not read.sheets[ORDER].binds(7, FieldKey("amount"))
        assert {(each.form, each.row, each.field) for each in ended.left} == {
            (ORDER, at, "amount") for at in (3, 4) if read.sheets[ORDER].binds(at, FieldKey("amount"))
        }
        first = world.hands.rows(PATH, ORDER)[0].cells
        assert first[FieldKey("buyer")] == "B"
        assert first[FieldKey("amount")] == stands[FieldKey("amount")]

    def test_a_file_that_somebody_has_open_is_not_written(self, world: World, made: Written):
        world.hands.open_by(PATH, "銷售員甲")
        ended = world.workbooks.write(PATH, made.file, patch("r2", *puts(3, amount=Decimal(1))))

        assert ended == Refused(why=Why.BUSY, who="銷售員甲")
        assert world.workbooks.busy(PATH) == "銷售員甲"
        assert world.workbooks.digest(PATH) == made.file

        world.hands.close(PATH)
        assert world.workbooks.busy(PATH) is None
        written(world.workbooks.write(PATH, made.file, patch("r2", *puts(3, amount=Decimal(1)))))

    def test_a_file_that_was_saved_since_it_was_read_is_not_written(self, world: World, made: Written):
        world.hands.type_cell(PATH, ORDER, 3, FieldKey("buyer"), "Typed")
        ended = world.workbooks.write(PATH, made.file, patch("r2", *puts(3, buyer="Ours")))

        assert isinstance(ended, Refused)
        assert ended.why is Why.CHANGED
        assert world.hands.rows(PATH, ORDER)[0].cells[FieldKey("buyer")] == "Typed"

    def test_a_save_within_a_write_is_displaced_and_can_be_read(self, world: World, made: Written):
        world.race(lambda: world.hands.type_cell(PATH, ORDER, 4, FieldKey("buyer"), "Typed in between"))
        ended = written(world.workbooks.write(PATH, made.file, patch("r2", *puts(3, buyer="Ours"))))
        assert ended.displaced is not None

        kept = copy(world.workbooks.read(world.workbooks.kept(ended.displaced)))
        assert (kept.file, kept.render, kept.desk) == (ended.displaced, "r1", "P-0007")
        assert kept.sheets[ORDER].rows[1].cells[FieldKey("buyer")] == "Typed in between"
        assert world.hands.rows(PATH, ORDER)[0].cells[FieldKey("buyer")] == "Ours"

    def test_every_version_that_was_read_or_replaced_can_be_read_again(self, world: World, made: Written):
        written(world.workbooks.write(PATH, made.file, patch("r2", *puts(3, buyer="Ours"))))

        kept = copy(world.workbooks.read(world.workbooks.kept(made.file)))
        assert (kept.file, kept.render) == (made.file, "r1")

    def test_who_only_looks_leaves_no_version_behind(self, world: World, made: Written):
        world.hands.type_cell(PATH, ORDER, 3, FieldKey("buyer"), "Seen")
        seen = copy(world.workbooks.read(PATH, keep=False))

        assert seen.sheets[ORDER].rows[0].cells[FieldKey("buyer")] == "Seen"
        assert isinstance(world.workbooks.read(world.workbooks.kept(seen.file)), Problem)

    def test_an_old_copy_that_comes_back_says_which_render_it_was_taken_from(
        self, world: World, made: Written
    ):
        taken = world.hands.take(PATH)
        written(world.workbooks.write(PATH, made.file, patch("r2", *puts(3, buyer="Ours"))))
        world.hands.put_back(PATH, taken)

        assert copy(world.workbooks.read(PATH)).render == "r1"
        assert world.workbooks.digest(PATH) == made.file

    def test_a_missing_file_is_a_problem_and_no_deletion(self, world: World, made: Written):
        world.hands.remove(PATH)
        read = world.workbooks.read(PATH)
        ended = world.workbooks.write(PATH, made.file, patch("r2"))

        assert isinstance(read, Problem)
        assert read.what.key == "file.missing"
        assert isinstance(ended, Refused)
        assert ended.why is Why.MISSING
        assert world.workbooks.digest(PATH) is None
        assert world.workbooks.scan() == ()

    def test_a_scan_finds_every_desk_and_sees_when_one_is_saved(self, world: World, made: Written):
        other = PurePath("desks/li/li.xlsx")
        written(world.workbooks.create(other, DESK, patch("r9")))
        written(world.workbooks.create(PurePath("master.xlsx"), DESK, patch("r8")))
        before = world.workbooks.scan()
        assert [found.path for found in before] == [other, PATH]

        world.hands.type_cell(PATH, ORDER, 3, FieldKey("notes"), "a longer text than before")
        after = world.workbooks.scan()
        assert after[0] == before[0]
        assert after[1] != before[1]

    def test_a_folder_that_is_gone_is_no_empty_folder(self, world: World, made: Written):
        world.vanish()

        with pytest.raises(OSError, match="desks"):
            world.workbooks.scan()
        assert isinstance(world.workbooks.create(PurePath("desks/li/li.xlsx"), DESK, patch("r9")), Refused)

    def test_the_master_lies_outside_the_desks_and_is_written_like_them(self, world: World):
        path = PurePath("master.xlsx")
        made = written(
            world.workbooks.create(path, DESK, patch("r1", *puts(3, _id="aaaaaaaaaaaa", buyer="A")))
        )
        written(world.workbooks.write(path, made.file, patch("r2", *puts(3, buyer="B"))))

        assert world.hands.rows(path, ORDER)[0].cells[FieldKey("buyer")] == "B"

    def test_a_form_that_the_file_lacks_is_passed_over(self, world: World, made: Written):
        both = Patch(
            render=RenderId("r2"),
            sheets=(
                SheetPatch(form=FormKey("budget"), puts=puts(3, limit=Decimal(1))),
                SheetPatch(form=ORDER, puts=puts(3, buyer="B")),
            ),
        )
        written(world.workbooks.write(PATH, made.file, both))

        assert world.hands.rows(PATH, ORDER)[0].cells[FieldKey("buyer")] == "B"

    def test_equal_bytes_have_equal_hashes_and_other_bytes_others(self, world: World, made: Written):
        first: Hash = made.file
        second = written(world.workbooks.write(PATH, first, patch("r2", *puts(3, buyer="B")))).file

        assert first != second
        assert world.workbooks.digest(PATH) == second
        assert copy(world.workbooks.read(PATH)).file == second
        assert RecordId("aaaaaaaaaaaa") == copy(world.workbooks.read(PATH)).sheets[ORDER].rows[0].id

    def test_a_copy_that_was_merged_is_filed_away_and_can_be_read_there(self, world: World, made: Written):
        beside = PATH.with_name("wang (1).xlsx")
        world.hands.put_back(beside, world.hands.take(PATH))
        filed = world.workbooks.file_away(beside, made.file)

        assert isinstance(filed, PurePath)
        assert [each.path for each in world.workbooks.scan()] == [PATH]
        assert copy(world.workbooks.read(filed)).file == made.file
        assert copy(world.workbooks.read(world.workbooks.kept(made.file))).file == made.file

    def test_a_desk_that_is_filed_near_its_people_can_be_read_by_them_until_they_leave(
        self, world: World, made: Written
    ):
        filed = world.workbooks.file_away(PATH, made.file, near=True)

        assert isinstance(filed, PurePath)
        assert filed.parent == PATH.parent
        assert filed != PATH
        assert [each.path for each in world.workbooks.scan()] == [filed]
        assert copy(world.workbooks.read(filed)).file == made.file

    def test_a_copy_is_filed_twice_under_one_name_without_harm(self, world: World, made: Written):
        beside = PATH.with_name("wang (1).xlsx")
        for _ in range(2):
            world.hands.put_back(beside, world.hands.take(PATH))
            assert isinstance(world.workbooks.file_away(beside, made.file), PurePath)

        assert [each.path for each in world.workbooks.scan()] == [PATH]

    def test_a_copy_that_somebody_has_open_or_saved_meanwhile_is_not_filed_away(
        self, world: World, made: Written
    ):
        beside = PATH.with_name("wang (1).xlsx")
        world.hands.put_back(beside, world.hands.take(PATH))
        world.hands.open_by(beside, "Wang")
        assert world.workbooks.file_away(beside, made.file) == Refused(why=Why.BUSY, who="Wang")

        world.hands.type_cell(beside, ORDER, 3, FieldKey("buyer"), "Typed")
        world.hands.close(beside)
        refused = world.workbooks.file_away(beside, made.file)
        assert isinstance(refused, Refused)
        assert refused.why is Why.CHANGED
        assert world.hands.rows(beside, ORDER)[0].cells[FieldKey("buyer")] == "Typed"

    def test_a_note_lies_beside_the_file_until_it_is_taken_away(self, world: World, made: Written):
        world.workbooks.note(PATH, "王.txt", "Deskbook: 請看\n第二行\n")
        assert world.hands.noted(PATH) == {"王.txt": "Deskbook: 請看\n第二行\n"}

        world.workbooks.note(PATH, "王.txt", "Deskbook: 另一句\n")
        assert world.hands.noted(PATH) == {"王.txt": "Deskbook: 另一句\n"}
        assert [each.path for each in world.workbooks.scan()] == [PATH]

        world.workbooks.note(PATH, "王.txt", None)
        world.workbooks.note(PATH, "王.txt", None)
        assert world.hands.noted(PATH) == {}
