"""What goes wrong between us and Google ends in words, loses nothing, and holds up nobody else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path, PurePath
from threading import Event
from typing import Any, Final

import pytest

from sheet_templates.form import DeskKey, FieldKey
from sheet_templates.record import Problem
from sync.edges.google.follow import Follower
from sync.edges.google.standing import online_standing
from sync.edges.settings import Google
from sync.ports import Hash, Refused, Why, Writers, Written
from tests.support.google.faults import Line
from tests.support.google.people import NotAllowed
from tests.support.google_desks import Online, online, opened
from tests.support.town import Loud
from tests.support.workbooks_contract import DESK, ORDER, contract_forms, copy, patch, puts, written

PATH: Final = PurePath("desks/wang/wang.gsheet")
WANG: Final = "wang@firm.example"
BOSS: Final = "boss@firm.example"
MAILS: Final[Mapping[DeskKey, tuple[str, ...]]] = {DESK.key: (WANG,)}


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Online]:
    with online(tmp_path, contract_forms(), MAILS) as found:
        found.desks.mirror.drive.line.sleep = lambda _seconds: None
        yield found


@pytest.fixture
def made(far: Online) -> Hash:
    cells = (
        *puts(3, _id="aaaaaaaaaaaa", number="SO-0001", buyer="Acme", amount=Decimal(1)),
        *puts(4, _id="bbbbbbbbbbbb"),
    )
    return written(far.workbooks.create(PATH, DESK, patch("r1", *cells))).file


def write(far: Online, expect: Hash, render: str = "r2") -> Written | Refused:
    return far.workbooks.write(PATH, expect, patch(render, *puts(3, buyer="Ours", state="approved")))


def stands(far: Online) -> str:
    """Return what everybody sees in the cell that is written."""
    return far.google.person(WANG).open(far.id(PATH)).see("order!F3")[0][0]


TROUBLE: Final[Mapping[str, dict[str, Any]]] = {
    "503": {"status": 503},
    "a page": {"status": 502, "html": True},
    "a line that is dropped after": {"line": Line.DROP_AFTER},
    "half an answer": {"line": Line.HALF},
}


@pytest.mark.parametrize("what", ["a page"])
def test_what_passes_is_tried_again_and_nobody_notices(far: Online, made: Hash, what: str):
    for operation in ("spreadsheets.batchUpdate", "spreadsheets.get", "spreadsheets.values.*"):
        far.google.fault(operation, **TROUBLE[what])
    ended = written(write(far, made))
    far.look()

    assert far.workbooks.digest(PATH) == ended.file
    assert stands(far) == "Ours"


@pytest.mark.long
@pytest.mark.parametrize("what", ["503", "a line that is dropped after", "half an answer"])
@pytest.mark.parametrize("skip", range(5))
def test_a_write_that_is_cut_off_anywhere_is_made_up_later(far: Online, made: Hash, what: str, skip: int):
    far.google.fault("spreadsheets.*", times=40, skip=skip, **TROUBLE[what])
    first = write(far, made)
    far.google.well()
    far.look()
    far.look()
    read = copy(far.workbooks.read(PATH))
    assert isinstance(first, Written) or first.why is Why.BUSY
    assert read.render in ("r1", "r2")

    second = written(write(far, read.file, "r3"))
    far.look()
    assert far.workbooks.digest(PATH) == second.file
    assert stands(far) == "Ours"
    book = far.google.file(far.id(PATH)).book
    assert book is not None
    assert not [
        k for s in book.sheets for k in s.protected.values() if k.description.startswith("Deskbook is")
    ]


def test_a_google_that_is_gone_for_a_week_holds_nobody_up_and_then_all_goes_on(far: Online, made: Hash):
    far.google.fault("*", line=Line.DROP_BEFORE, times=10_000)
    far.look()
    asked = len(far.google.seen)
    for _ in range(50):
        assert far.workbooks.busy(PATH) == "Google Sheets"
        assert far.workbooks.digest(PATH) == made
        far.workbooks.scan()
    assert len(far.google.seen) == asked

    far.clock.step(days=7)
    far.pulse.at += 7 * 86_400
    far.google.person(WANG).open(far.id(PATH)).type("order!F4", "typed meanwhile")
    far.google.well()
    far.look()
    assert copy(far.workbooks.read(PATH)).sheets[ORDER].rows[1].cells["buyer"] == "typed meanwhile"


@pytest.mark.long
def test_a_daemon_that_starts_without_a_network_goes_on_from_what_it_knew(
    far: Online, made: Hash, tmp_path: Path
):
    far.look()
    far.google.fault("*", line=Line.DROP_BEFORE, times=10_000)
    again = opened(far.google, tmp_path, contract_forms(), MAILS, clock=far.clock)
    again.desks.mirror.drive.line.sleep = lambda _seconds: None

    assert [each.path for each in again.workbooks.scan()] == [PATH]
    assert again.workbooks.digest(PATH) == made
    assert copy(again.workbooks.read(PATH)).render == "r1"
    told = online_standing(tmp_path / ".deskbook")
    assert told is not None
    assert told.fault is not None
    assert told.fault.key == "google.away"


def test_a_line_that_hangs_is_waited_for_once_and_then_left_alone(far: Online, made: Hash):
    far.desks.mirror.drive.line.set_timeout((0.2, 0.2))  # type: ignore[attr-defined]
    far.google.fault("*", line=Line.HANG_BEFORE, times=10_000)
    asked = len(far.google.seen)
    refused = write(far, made)

    assert isinstance(refused, Refused)
    assert refused.why is Why.BUSY
    assert len(far.google.seen) == asked + 1
    assert far.workbooks.busy(PATH) == "Google Sheets"


def trash(far: Online) -> None:
    far.google.person(far.google.service_account_mail).trash(far.id(PATH))


def lock(far: Online) -> None:
    far.google.file(far.id(PATH)).locked = True


def turn_into_xlsx(far: Online) -> None:
    file = far.google.file(far.id(PATH))
    file.kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file.book = None


def revoke(far: Online) -> None:
    far.google.world.accounts[far.google.service_account_mail].disabled = True
    far.google.tokens.revoke()


@pytest.mark.parametrize(
    ("act", "told"),
    [(lock, "google.forbidden"), (revoke, "google.key_refused")],
    ids=["made read-only", "key revoked"],
)
def test_what_a_person_must_mend_is_said_when_a_desk_cannot_be_written(
    far: Online, made: Hash, act: Callable[[Online], None], told: str
):
    act(far)
    ended = write(far, made)

    assert isinstance(ended, Refused)
    assert ended.why is Why.DENIED
    assert ended.what is not None
    assert ended.what.key == told
    assert far.workbooks.digest(PATH) == made


@pytest.mark.long
def test_a_spreadsheet_that_became_an_excel_file_is_said_to_be_one(far: Online, made: Hash):
    turn_into_xlsx(far)
    far.look()
    read = far.workbooks.read(PATH)

    assert isinstance(read, Problem)
    assert dict(read.what.params)["detail"].key == "google.is_xlsx"
    assert [each.path for each in far.workbooks.scan()] == [PATH]


@pytest.mark.long
def test_out_of_the_bin_a_spreadsheet_comes_back_as_it_was(far: Online, made: Hash):
    id_ = far.id(PATH)
    trash(far)
    far.look()
    assert far.workbooks.scan() == ()

    refused = far.workbooks.create(PATH, DESK, patch("r2"), of=made)
    assert isinstance(refused, Refused)
    assert refused.why is Why.CHANGED
    assert (far.id(PATH), far.workbooks.digest(PATH)) == (id_, made)


def test_a_making_that_was_cut_off_is_made_anew_and_leaves_one_spreadsheet(far: Online):
    cells = puts(3, _id="aaaaaaaaaaaa", buyer="Acme")
    far.google.fault("drive.files.create", line=Line.DROP_AFTER)
    assert isinstance(far.workbooks.create(PATH, DESK, patch("r1", *cells)), Refused)
    far.pulse.at += 600
    far.google.fault("spreadsheets.batchUpdate", line=Line.DROP_AFTER, times=9)
    assert isinstance(far.workbooks.create(PATH, DESK, patch("r2", *cells)), Refused)
    far.google.well()
    far.pulse.at += 600

    written(far.workbooks.create(PATH, DESK, patch("r3", *cells)))
    assert len([each for each in far.google.world.files.values() if not each.trashed]) == 1
    assert copy(far.workbooks.read(PATH)).render == "r3"


@pytest.mark.long
def test_a_file_of_an_account_without_room_is_refused_with_what_to_do(far: Online):
    far.google.rules.service_account_has_storage = False
    refused = far.workbooks.create(PATH, DESK, patch("r1"))
    assert isinstance(refused, Refused)
    assert refused.what is not None
    assert refused.what.key == "google.no_room"


def test_a_list_that_leaves_a_spreadsheet_out_does_not_delete_it(far: Online, made: Hash):
    """Google's lists are made from an index that may lag behind, and may say that it did not search everything."""
    far.google.rules.unlisted = True
    far.look()
    assert [each.path for each in far.workbooks.scan()] == [PATH]
    assert far.workbooks.digest(PATH) == made
    assert isinstance(write(far, made), Written)

    far.google.person(far.google.service_account_mail).delete(far.id(PATH))
    far.google.rules.searched_partly = True
    far.look()
    assert [each.path for each in far.workbooks.scan()] == [PATH]

    far.google.rules.searched_partly = False
    far.look()
    assert far.workbooks.scan() == ()


@pytest.mark.long
def test_a_making_that_was_cut_off_on_a_shared_drive_is_made_anew(far: Online, tmp_path: Path):
    """There, who manages content may throw files into the bin, but not delete them."""
    drive = far.google.shared_drive("Deskbook", {far.google.service_account_mail: "fileOrganizer"})
    settings = Google(
        key_file=far.google.service_account_file,
        desks=("P-0007",),
        folder=drive,
        quiet_seconds=0,
        poll_seconds=0,
        address=far.google.base,
    )
    shared = opened(far.google, tmp_path, contract_forms(), MAILS, clock=far.clock, settings=settings)
    shared.desks.mirror.drive.line.sleep = lambda _seconds: None
    far.google.fault("spreadsheets.batchUpdate", status=500, times=9)
    assert isinstance(shared.workbooks.create(PATH, DESK, patch("r1")), Refused)
    far.google.well()
    shared.pulse.at += 600

    written(shared.workbooks.create(PATH, DESK, patch("r2")))
    assert len([each for each in far.google.world.files.values() if not each.trashed]) == 1


def given(far: Online, tmp_path: Path, *names: str) -> Online:
    """Open the desks with spreadsheets that somebody else made for them, the last one of *names* named."""
    ids = [
        far.google.put_file(
            name,
            "application/vnd.google-apps.spreadsheet",
            "boss@firm.example",
            share={far.google.service_account_mail: "writer"},
        )
        if name not in {each.name for each in far.google.world.files.values()}
        else next(each.id for each in far.google.world.files.values() if each.name == name)
        for name in names
    ]
    settings = Google(
        key_file=far.google.service_account_file,
        spreadsheets={"wang": ids[-1]},
        quiet_seconds=0,
        poll_seconds=0,
        address=far.google.base,
    )
    found = opened(far.google, tmp_path, contract_forms(), MAILS, clock=far.clock, settings=settings)
    found.desks.mirror.drive.line.sleep = lambda _seconds: None
    return found


def test_a_spreadsheet_of_somebody_that_was_half_made_and_is_no_longer_named_is_left_to_him(
    far: Online, tmp_path: Path
):
    first = given(far, tmp_path, "first")
    far.google.fault("spreadsheets.batchUpdate", status=500, times=9)
    assert isinstance(first.workbooks.create(PATH, DESK, patch("r1")), Refused)
    far.google.well()

    second = given(far, tmp_path, "first", "second")
    written(second.workbooks.create(PATH, DESK, patch("r2")))
    second.look()
    assert [each.name for each in far.google.world.files.values() if not each.trashed] == ["first", "second"]
    assert [each.path for each in second.workbooks.scan()] == [PATH]


def test_a_spreadsheet_that_is_another_desk_already_is_refused_with_what_to_do(far: Online, tmp_path: Path):
    desks = given(far, tmp_path, "one")
    written(desks.workbooks.create(PATH, DESK, patch("r1")))
    other = replace(DESK, key=DeskKey("P-0009"), name="wang")
    refused = desks.workbooks.create(PATH, other, patch("r2"))

    assert isinstance(refused, Refused)
    assert refused.what is not None
    assert refused.what.key == "google.taken"


def test_a_role_whose_people_have_a_desk_each_names_no_spreadsheet(far: Online, tmp_path: Path):
    desks = given(far, tmp_path, "one")
    making = desks.desks.making
    desks = replace(
        desks,
        workbooks=replace(
            desks.workbooks,
            online=replace(desks.desks, making=replace(making, given={"rep": making.given["wang"]})),
        ),
    )
    written(desks.workbooks.create(PATH, DESK, patch("r1")))
    assert desks.id(PATH) != making.given["wang"]


@pytest.mark.long
def test_merged_cells_of_somebodys_own_sheet_come_back_with_it(far: Online, made: Hash):
    service = far.google.person(far.google.service_account_mail)
    hand = service.open(far.id(PATH))
    hand.add_sheet("Mine")
    hand.type("Mine!A1", "a heading")
    book = far.google.file(far.id(PATH)).book
    assert book is not None
    sheet = book.titled("Mine")
    assert sheet is not None
    area = {
        "sheetId": sheet.id,
        "startRowIndex": 0,
        "endRowIndex": 1,
        "startColumnIndex": 0,
        "endColumnIndex": 3,
    }
    hand.request({"mergeCells": {"range": area, "mergeType": "MERGE_ALL"}})
    far.look()
    kept = copy(far.workbooks.read(PATH)).file
    service.delete(far.id(PATH))
    far.look()

    again = written(far.workbooks.create(PATH, DESK, patch("r9"), of=kept))
    far.look()
    assert far.workbooks.digest(PATH) == again.file


def test_what_stood_in_a_spreadsheet_that_becomes_a_desk_is_kept(far: Online, tmp_path: Path):
    desks = given(far, tmp_path, "not empty")
    (id_,) = far.google.world.files
    far.google.person("boss@firm.example").open(id_).type("Sheet1!B2", "somebody's own")
    written(desks.workbooks.create(PATH, DESK, patch("r1")))

    kept = [each.read_bytes() for each in (tmp_path / ".deskbook" / "filed").rglob("*.gsheet")]
    assert [b"somebody's own" in each for each in kept] == [True]


@pytest.mark.long
def test_on_a_shared_drive_there_is_room(far: Online, tmp_path: Path):
    far.google.rules.service_account_has_storage = False
    drive = far.google.shared_drive("Deskbook", {far.google.service_account_mail: "fileOrganizer"})
    settings = Google(
        key_file=far.google.service_account_file,
        desks=("P-0007",),
        folder=drive,
        quiet_seconds=0,
        poll_seconds=0,
        address=far.google.base,
    )
    shared = opened(far.google, tmp_path, contract_forms(), MAILS, clock=far.clock, settings=settings)
    made = written(shared.workbooks.create(PATH, DESK, patch("r1", *puts(3, _id="a", buyer="A"))))
    shared.look()
    assert shared.workbooks.digest(PATH) == made.file
    assert written(write(shared, made.file))


def by_hand(far: Online, root: Path) -> Online:
    """Open desks of which one is a spreadsheet that the boss has made."""
    id_ = far.google.put_file(
        "empty",
        "application/vnd.google-apps.spreadsheet",
        BOSS,
        share={far.google.service_account_mail: "writer"},
    )
    settings = Google(
        key_file=far.google.service_account_file,
        spreadsheets={"wang": f"https://docs.google.com/spreadsheets/d/{id_}/edit#gid=0"},
        quiet_seconds=0,
        poll_seconds=0,
        address=far.google.base,
    )
    return opened(far.google, root, contract_forms(), MAILS, clock=far.clock, settings=settings)


def test_a_spreadsheet_that_was_made_by_hand_is_filled_and_its_owner_keeps_it_from_proving_who_signed(
    far: Online, tmp_path: Path
):
    far.google.rules.service_account_has_storage = False
    given = by_hand(far, tmp_path)
    made = written(given.workbooks.create(PATH, DESK, patch("r1", *puts(3, _id="a", buyer="A"))))
    given.look()

    assert given.workbooks.digest(PATH) == made.file
    assert given.workbooks.writers(PATH) is Writers.OTHERS
    assert far.google.person(BOSS).open(given.id(PATH)).see("order!F3") == [["A"]]


@pytest.mark.long
def test_who_comes_back_has_the_spreadsheet_again_that_was_made_for_him_by_hand(far: Online, tmp_path: Path):
    given = by_hand(far, tmp_path)
    made = written(given.workbooks.create(PATH, DESK, patch("r1", *puts(3, _id="a", buyer="A"))))
    id_ = given.id(PATH)
    assert isinstance(given.workbooks.file_away(PATH, made.file), PurePath)

    again = written(given.workbooks.create(PATH, DESK, patch("r2", *puts(3, _id="b", buyer="B"))))
    given.look()

    assert (given.id(PATH), given.workbooks.digest(PATH)) == (id_, again.file)
    assert far.google.person(WANG).open(id_).see("order!F3") == [["B"]]


@pytest.mark.long
@pytest.mark.parametrize("skip", range(3))
def test_the_making_of_one_by_hand_that_was_cut_off_is_made_up_later(far: Online, tmp_path: Path, skip: int):
    given = by_hand(far, tmp_path)
    far.google.fault("spreadsheets.batchUpdate", status=503, times=3, skip=skip, applied=True)
    cells = patch("r1", *puts(3, _id="a", buyer="A"))
    for _ in range(3):
        given.pulse.at += 400
        ended = given.workbooks.create(PATH, DESK, cells)
        if isinstance(ended, Written):
            break
    given.look()

    assert given.workbooks.digest(PATH) == written(ended).file


def test_who_owns_the_spreadsheet_of_his_desk_is_not_invited_to_it_at_every_look(far: Online, tmp_path: Path):
    id_ = far.google.put_file(
        "empty",
        "application/vnd.google-apps.spreadsheet",
        WANG,
        share={far.google.service_account_mail: "writer"},
    )
    settings = Google(
        key_file=far.google.service_account_file,
        spreadsheets={"wang": id_},
        quiet_seconds=0,
        poll_seconds=0,
        address=far.google.base,
    )
    given = opened(far.google, tmp_path, contract_forms(), MAILS, clock=far.clock, settings=settings)
    written(given.workbooks.create(PATH, DESK, patch("r1", *puts(3, _id="a", buyer="A"))))
    for _ in range(3):
        given.look()

    assert not [each for each in far.google.seen if each.operation.startswith("drive.permissions.")]
    assert far.google.person(WANG).open(id_).see("order!F3") == [["A"]]


@pytest.mark.long
def test_rights_that_somebody_gave_are_withdrawn_and_those_of_its_people_given(far: Online, made: Hash):
    far.look()
    assert far.workbooks.writers(PATH) is Writers.ACCOUNT
    far.google.person(far.google.service_account_mail).share(far.id(PATH), "friend@firm.example")
    far.mails[DESK.key] = ("li@firm.example",)
    far.workbooks.scan()
    far.look()
    far.look()

    held = {each.mail for each in far.google.file(far.id(PATH)).permissions.values()}
    assert held == {far.google.service_account_mail, "li@firm.example"}


@pytest.mark.long
def test_what_somebody_else_may_have_typed_proves_nothing_though_she_is_out_when_it_is_taken(
    far: Online, made: Hash
):
    far.look()
    id_, mallory = far.id(PATH), "mallory@firm.example"
    assert far.workbooks.writers(PATH) is Writers.ACCOUNT
    far.google.person(far.google.service_account_mail).share(id_, mallory)
    far.google.person(mallory).open(id_).type("order!F3", "Agreed")
    wang = far.google.person(WANG).open(id_)
    wang.type("order!F4", "Mine")

    far.look()
    with pytest.raises(NotAllowed):
        far.google.person(mallory).open(id_)
    assert far.workbooks.writers(PATH) is Writers.OTHERS
    again = opened(far.google, far.google.folder, contract_forms(), MAILS, clock=far.clock)
    again.look()
    assert again.workbooks.writers(PATH) is Writers.OTHERS, "what she typed waits to be read after a restart"

    for typed in ("Mine too", "And mine"):
        wang.type("order!F4", typed)
        far.look()
    assert far.workbooks.writers(PATH) is Writers.ACCOUNT


@pytest.mark.long
def test_no_more_is_asked_in_a_minute_than_google_allows(tmp_path: Path):
    with online(tmp_path, contract_forms(), MAILS, unlimited=False) as far:
        cells = puts(3, _id="aaaaaaaaaaaa", buyer="0")
        made = written(far.workbooks.create(PATH, DESK, patch("r0", *cells))).file
        refused = 0
        for number in range(1, 30):
            ended = far.workbooks.write(PATH, made, patch(f"r{number}", *puts(3, buyer=str(number))))
            if isinstance(ended, Written):
                made = ended.file
            else:
                refused += 1
                assert ended.why is Why.BUSY
                far.clock.step(minutes=1)
                far.pulse.at += 61
        assert refused
        assert {each.code for each in far.google.seen} == {200}


@pytest.mark.long
def test_the_daemon_is_woken_when_somebody_types_and_never_waits_for_google_itself(far: Online, made: Hash):
    far.look()
    woken = Event()
    with Follower(far.desks, woken.set, Loud()):
        far.google.person(WANG).open(far.id(PATH)).type("order!F4", "typed")
        assert woken.wait(20)
        asked = len([each for each in far.google.seen if each.operation == "spreadsheets.get"])
        read = copy(far.workbooks.read(PATH))
        assert read.sheets[ORDER].rows[1].cells[FieldKey("buyer")] == "typed"
        far.workbooks.scan()
        assert len([each for each in far.google.seen if each.operation == "spreadsheets.get"]) == asked
    assert not far.desks.errands.apart
