"""People who type, sort, insert and delete between any two requests of a write: nothing of theirs is lost, nothing of
ours lands in a wrong row, and no edit is ever taken for our own."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final

import pytest

from sync.edges.google.snapshot import Snapshot
from sync.ports import Hash, Refused, Why
from tests.support.google.people import Hand, NotAllowed
from tests.support.google_desks import Online, online
from tests.support.workbooks_contract import DESK, contract_forms, patch, puts, written

PATH: Final = PurePath("desks/wang/wang.gsheet")
WANG: Final = "wang@firm.example"
OPERATIONS: Final = (
    ("spreadsheets.batchUpdate", 0),
    ("spreadsheets.get", 0),
    ("spreadsheets.values.batchUpdateByDataFilter", 0),
    ("spreadsheets.get", 1),
    ("spreadsheets.batchUpdate", 1),
)
"""The requests of one write, in their order: lock, look inside, write, read back, unlock."""

TYPED: Final = "what Wang typed"
TYPING: Final[Mapping[str, Callable[[Hand], None]]] = {
    "into the cell that is written": lambda hand: hand.type("order!F3", TYPED),
    "beside it": lambda hand: hand.type("order!L3", TYPED),
    "into another row": lambda hand: hand.type("order!F4", TYPED),
    "into a new row": lambda hand: hand.type("order!F5", TYPED),
    "into a column of his own": lambda hand: hand.type("order!P3", TYPED),
    "over it, to empty it": lambda hand: hand.clear("order!F3"),
}
MOVING: Final[Mapping[str, Callable[[Hand], None]]] = {
    "a row above": lambda hand: hand.insert_rows("order", before=3),
    "a row below": lambda hand: hand.insert_rows("order", before=4, count=2),
    "a sort": lambda hand: hand.sort("order!A3:M6", "F", descending=True),
    "a row less": lambda hand: hand.delete_rows("order", 4),
    "the row less": lambda hand: hand.delete_rows("order", 3),
    "a column": lambda hand: hand.insert_columns("order", before="F"),
}


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Online]:
    with online(tmp_path_factory.mktemp("far"), contract_forms(), {DESK.key: (WANG,)}) as found:
        yield found


def begin(far: Online) -> Hash:
    """Make the desk as it stands before each race."""
    known = far.desks.mirror.known.get(PATH)
    if known is not None:
        far.google.person(far.google.service_account_mail).delete(known.id)
        far.look()
    cells = (
        *puts(3, _id="aaaaaaaaaaaa", number="SO-0001", buyer="Acme", amount=Decimal(1)),
        *puts(4, _id="bbbbbbbbbbbb", number="SO-0002", buyer="Zhou", amount=Decimal(2)),
        *puts(5, _id="cccccccccccc"),
        *puts(6, _id="dddddddddddd"),
    )
    return written(far.workbooks.create(PATH, DESK, patch("r1", *cells))).file


def content(far: Online) -> Snapshot:
    """Return what stands at Google now."""
    return far.desks.mirror.drive.read(far.id(PATH)).snapshot


def rows(snapshot: Snapshot) -> dict[Any, dict[str, Any]]:
    """Return the rows by their ids, by the keys above the columns."""
    tab = snapshot.tab("order")
    assert tab is not None
    keys = tab.cells[0]
    return {
        row[keys.index("_id")]: dict(zip(keys, row, strict=False))
        for row in tab.cells[2:]
        if len(row) > keys.index("_id") and row[keys.index("_id")]
    }


def holds(snapshot: Snapshot, said: str) -> bool:
    return any(cell == said for tab in snapshot.tabs for row in tab.cells for cell in row)


def locked(far: Online) -> list[str]:
    book = far.google.file(far.id(PATH)).book
    assert book is not None
    return [
        kept.description
        for sheet in book.sheets
        for kept in sheet.protected.values()
        if kept.description.startswith("Deskbook is writing")
    ]


WRITES: Final = puts(3, number="SO-0009", state="approved", buyer="Acme Ltd", amount=Decimal(9))


def play(far: Online, on: tuple[str, int], act: Callable[[Hand], None], mail: str, *, after: bool) -> None:
    """Race one act with one write, and hold it to the promises."""
    before = begin(far)
    hand = far.google.person(mail).open(far.id(PATH))
    happened: list[bool] = []

    def acting() -> None:
        try:
            act(hand)
            happened.append(True)
        except NotAllowed:
            happened.append(False)

    far.google.when(on[0], **{"then" if after else "first": acting}, skip=on[1])
    ended = far.workbooks.write(PATH, before, patch("r2", *WRITES))
    far.google.well()
    far.look()
    now = content(far)

    assert happened, "nobody acted"
    assert not locked(far)
    assert far.workbooks.digest(PATH) == now.hash
    if isinstance(ended, Refused):
        assert ended.why is Why.CHANGED
        assert happened == [True]
        assert rows(now).get("aaaaaaaaaaaa", {}).get("state") is None
    else:
        # Either nothing was done, or what the desk is known by is not what it holds: it will be read.
        assert (now.hash == ended.file) is not happened[0]
        keep(now)
    if happened[0] and act in TYPING.values() and act is not TYPING["over it, to empty it"]:
        assert holds(now, TYPED)


def keep(now: Snapshot) -> None:
    """What was written stands in its row, and in no other."""
    found = rows(now)
    others = {key: row for key, row in found.items() if key != "aaaaaaaaaaaa"}
    assert not any("SO-0009" in row.values() or "approved" in row.values() for row in others.values())
    if "aaaaaaaaaaaa" in found:
        row = found["aaaaaaaaaaaa"]
        assert (row["number"], row["state"]) == ("SO-0009", "approved")
        assert row["buyer"] in ("Acme Ltd", TYPED, None)
        assert row["amount"] == 9.0


@pytest.mark.parametrize("on", OPERATIONS, ids=["lock", "look", "write", "read back", "unlock"])
def test_what_is_typed_between_any_two_requests_is_neither_lost_nor_taken_for_ours(
    far: Online, on: tuple[str, int]
):
    play(far, on, TYPING["into the cell that is written"], WANG, after=False)


@pytest.mark.long
@pytest.mark.parametrize("what", [*TYPING])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("on", OPERATIONS, ids=["lock", "look", "write", "read back", "unlock"])
def test_whatever_is_typed_wherever_is_neither_lost_nor_taken_for_ours(
    far: Online, on: tuple[str, int], after: bool, what: str
):
    play(far, on, TYPING[what], WANG, after=after)


@pytest.mark.long
@pytest.mark.parametrize("follows", [False, True], ids=["marks stay", "marks follow"])
@pytest.mark.parametrize("what", [*MOVING])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("on", OPERATIONS, ids=["lock", "look", "write", "read back", "unlock"])
def test_who_may_move_rows_in_spite_of_the_lock_gets_no_value_into_a_wrong_row(
    far: Online, on: tuple[str, int], after: bool, what: str, follows: bool
):
    """The owner of a spreadsheet that was made by hand is held up by no protection."""
    far.google.rules.metadata_follows_a_sort = follows
    play(far, on, MOVING[what], far.google.service_account_mail, after=after)
