"""The real folder keeps what every `Workbooks` promises, and what only files can show."""

import datetime as dt
import errno
import functools
import grp
import os
import pwd
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path, PurePath

import pytest

from sheet_templates.form import Desk, FieldKey, FormKey
from sheet_templates.record import Problem, text
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sync.edges.xlsx.folder import CANARY, XlsxFolder
from sync.edges.xlsx.renames import Exchange, exchange, no_exchange, rename_by_link, rename_free
from sync.edges.xlsx.replace import Publication, Publisher, Step, filing, finish, refusal
from sync.edges.xlsx.versions import Versions, hash_of
from sync.ports import Refused, Why, Written
from tests.support import shipped
from tests.support.clock import FakeClock
from tests.support.person import Person
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

NOW = FakeClock().now()
WORDS = shipped.words()


class Racing:
    """Exchanges names, after letting something happen once."""

    def __init__(self, really: Callable[[Path, Path], bool]) -> None:
        self.really = really
        self.race: Callable[[], None] | None = None

    def __call__(self, one: Path, other: Path) -> bool:
        race, self.race = self.race, None
        if race is not None:
            race()
        return self.really(one, other)

    def arm(self, race: Callable[[], None]) -> None:
        self.race = race


@functools.cache
def template(desk: Desk, form: FormKey | None) -> bytes:
    forms = [each for each in sheets_of(desk.role, contract_forms()) if form in {None, each.key}]
    return render_template(desk, forms, WORDS)


def folder(workspace: Path, really: Callable[[Path, Path], bool] = exchange) -> XlsxFolder:
    forms = contract_forms()
    made = XlsxFolder(
        workspace=workspace,
        desks=Path("desks"),
        versions=Versions(folder=workspace / ".deskbook" / "versions"),
        forms=forms,
        template=template,
        clock=FakeClock(),
        exchange=Racing(really),
    )
    made.found()
    return made


def world_of(made: XlsxFolder) -> World:
    racing = made.exchange
    assert isinstance(racing, Racing)
    return World(
        workbooks=made,
        hands=Person(made),
        vanish=lambda: made.root.rename(made.root.with_name("unmounted")) and None,
        race=racing.arm,
    )


class TestFolder(WorkbooksContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return world_of(folder(tmp_path))


class TestFolderWithoutExchange(WorkbooksContract):
    """Where names cannot be exchanged in one step: Windows, macOS, many shares."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return world_of(folder(tmp_path, no_exchange))


# What only files can show -----------------------------------------------------


def made(workspace: Path, really: Exchange = exchange) -> tuple[XlsxFolder, Written]:
    """Return a folder with one desk that has one order."""
    books = folder(workspace, really)
    cells = puts(3, _id="aaaaaaaaaaaa", buyer="ACME", amount=Decimal(1))
    return books, written(books.create(PATH, DESK, patch("r1", *cells)))


def names(books: XlsxFolder) -> set[str]:
    return {each.name for each in (books.workspace / PATH).parent.iterdir()}


def steps(publication: Publication, count: int) -> Step | None:
    """Go so many steps and stop dead, as if the plug were pulled; return the last step."""
    last = None
    for _ in range(count):
        last = next(publication, None)
    return last


def buyer(books: XlsxFolder) -> object:
    read = copy(books.read(PATH))
    return read.sheets[ORDER].rows[0].cells[FieldKey("buyer")]


CHANGE = patch("r2", *puts(3, buyer="Ours"))
ALL_STEPS = [
    Step.LOOKED,
    Step.KEPT,
    Step.BUILT,
    Step.STAGED,
    Step.LOOKED_AGAIN,
    Step.SWAPPED,
    Step.DISPLACED,
    Step.CLEARED,
]


@pytest.mark.parametrize("really", [exchange, no_exchange])
def test_a_write_goes_through_its_steps_in_order(tmp_path: Path, really: Exchange):
    books, first = made(tmp_path, really)
    aside = [] if really is exchange else [Step.ASIDE]

    assert list(books.writing(PATH, first.file, CHANGE)) == [*ALL_STEPS[:5], *aside, *ALL_STEPS[5:]]
    assert names(books) == {"wang.xlsx"}


@pytest.mark.parametrize("really", [exchange, no_exchange])
@pytest.mark.parametrize("count", range(10))
def test_a_crash_after_any_step_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, count: int, really: Exchange
):
    books, first = made(tmp_path, really)
    last = steps(books.writing(PATH, first.file, CHANGE), count)
    swept = books.sweep()

    assert buyer(books) == (
        "Ours" if last in {Step.SWAPPED, Step.DISPLACED, Step.CLEARED, None} and count else "ACME"
    )
    assert names(books) == {"wang.xlsx"}
    assert {copy(books.read(books.kept(each))).render for each in swept} <= {"r1", "r2"}
    if buyer(books) == "ACME":
        written(books.write(PATH, first.file, CHANGE))
    assert buyer(books) == "Ours"
    assert copy(books.read(books.kept(first.file))).render == "r1"


@pytest.mark.parametrize("really", [exchange, no_exchange])
def test_a_save_that_was_displaced_by_a_write_that_crashed_is_found_at_the_next_start(
    tmp_path: Path, really: Exchange
):
    books, first = made(tmp_path, really)
    hands = Person(books)
    racing = books.exchange
    assert isinstance(racing, Racing)
    racing.arm(lambda: hands.type_cell(PATH, ORDER, 3, FieldKey("buyer"), "Typed"))
    publication = books.writing(PATH, first.file, CHANGE)
    while next(publication) is not Step.SWAPPED:
        pass
    del publication

    found = [copy(books.read(books.kept(each))) for each in books.sweep()]
    assert [each.sheets[ORDER].rows[0].cells[FieldKey("buyer")] for each in found] == ["Typed"]


def test_without_exchange_a_save_into_the_free_name_stays(tmp_path: Path):
    books, first = made(tmp_path, no_exchange)
    taken = (tmp_path / PATH).read_bytes()
    publication = books.writing(PATH, first.file, CHANGE)
    while next(publication) is not Step.ASIDE:
        pass
    (tmp_path / PATH).write_bytes(taken + b"saved meanwhile")

    assert finish(publication) == Refused(why=Why.CHANGED)
    assert (tmp_path / PATH).read_bytes() == taken + b"saved meanwhile"
    assert names(books) == {"wang.xlsx"}
    assert copy(books.read(books.kept(first.file))).render == "r1"


def test_without_exchange_the_old_file_goes_back_if_the_new_one_cannot_take_its_name(tmp_path: Path):
    books, first = made(tmp_path, no_exchange)
    publication = books.writing(PATH, first.file, CHANGE)
    while next(publication) is not Step.ASIDE:
        pass
    (staged,) = (tmp_path / PATH).parent.glob(".deskbook-new-*")
    staged.unlink()

    ended = finish(publication)
    assert isinstance(ended, Refused)
    assert buyer(books) == "ACME"
    assert names(books) == {"wang.xlsx"}


def test_what_cannot_be_read_is_denied_with_the_systems_words(tmp_path: Path):
    books, _ = made(tmp_path)
    path = PurePath("desks/wang")
    problem = books.read(path)

    assert isinstance(problem, Problem)
    assert problem.what == text("file.denied", name="wang", detail="Is a directory")
    assert books.digest(path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_keeps_its_owner(tmp_path: Path):
    books, first = made(tmp_path)
    os.chown(tmp_path / PATH, 12345, 23456)
    written(books.write(PATH, first.file, CHANGE))

    seen = (tmp_path / PATH).stat()
    assert (seen.st_uid, seen.st_gid) == (12345, 23456)


def test_a_half_written_leftover_is_removed_and_other_peoples_files_are_not(tmp_path: Path):
    books, _ = made(tmp_path)
    place = (tmp_path / PATH).parent
    (place / ".deskbook-new-0123456789ab-wang.xlsx").write_bytes(b"PK\3\4half")
    (tmp_path / ".deskbook-new-0123456789ab-master.xlsx").write_bytes(b"")
    (place / "~$wang.xlsx").write_bytes(b"")
    (place / ".my notes").write_text("mine")
    (place / "1A2B3C4D").write_bytes(b"excel's")

    assert books.sweep() == ()
    assert names(books) == {"wang.xlsx", "~$wang.xlsx", ".my notes", "1A2B3C4D"}
    assert not (tmp_path / ".deskbook-new-0123456789ab-master.xlsx").exists()


def test_creating_stops_anywhere_without_a_half_file(tmp_path: Path):
    books = folder(tmp_path)
    steps(books.creating(PATH, DESK, patch("r1")), 1)
    assert books.scan() == ()
    books.sweep()

    written(books.create(PATH, DESK, patch("r1")))
    assert names(books) == {"wang.xlsx"}


def test_a_version_that_a_crash_left_half_kept_is_cleared_at_the_next_start(tmp_path: Path):
    made = folder(tmp_path)
    kept = made.versions.keep(b"whole")
    half = made.versions.path(kept).with_name(".abcd.part")
    half.write_bytes(b"ha")
    made.sweep(clear=False)

    assert not half.exists()
    assert made.versions.get(kept) == b"whole"


def test_a_file_that_is_opened_between_the_looks_is_left(tmp_path: Path):
    books, first = made(tmp_path)
    publication = books.writing(PATH, first.file, CHANGE)
    while next(publication) is not Step.STAGED:
        pass
    Person(books).open_by(PATH, "Wang")

    assert finish(publication) == Refused(why=Why.BUSY, who="Wang")
    assert names(books) == {"wang.xlsx", ".~lock.wang.xlsx#"}


def test_a_file_keeps_its_rights(tmp_path: Path):
    books, first = made(tmp_path)
    (tmp_path / PATH).chmod(0o640)
    written(books.write(PATH, first.file, CHANGE))

    assert (tmp_path / PATH).stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_safely_is_refused_with_the_reason(tmp_path: Path):
    books, _ = made(tmp_path)
    (tmp_path / PATH).write_bytes(b"a,b\n")
    now = books.digest(PATH)
    assert now is not None

    ended = books.write(PATH, now, CHANGE)
    assert isinstance(ended, Refused)
    assert (ended.why, ended.detail) == (Why.HARM, "file.csv")
    assert (tmp_path / PATH).read_bytes() == b"a,b\n"


def test_a_system_that_refuses_is_denied_with_its_words(tmp_path: Path):
    books, first = made(tmp_path)

    def broken(one: Path, other: Path) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(one))

    ended = replace(books, exchange=broken).write(PATH, first.file, CHANGE)
    assert ended == Refused(why=Why.DENIED, detail="No space left on device", what=text("denied.full"))
    assert names(books) == {"wang.xlsx"}
    assert buyer(books) == "ACME"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (FileNotFoundError(errno.ENOENT, "gone"), Why.MISSING),
        (PermissionError(errno.EACCES, "no"), Why.DENIED),
        (OSError(errno.EBUSY, "busy"), Why.BUSY),
        (OSError(errno.EROFS, "read-only"), Why.DENIED),
    ],
)
def test_why_the_system_refused_is_told_apart(error: OSError, why: Why):
    assert refusal(error).why is why


def test_a_share_that_is_gone_takes_no_new_desks(tmp_path: Path):
    books = folder(tmp_path)
    (books.root / CANARY).unlink()

    ended = books.create(PATH, DESK, patch("r1"))
    assert isinstance(ended, Refused)
    assert ended.why is Why.MISSING
    assert not (tmp_path / PATH).exists()
    with pytest.raises(FileNotFoundError, match="canary"):
        books.scan()
    with pytest.raises(FileNotFoundError, match="canary"):
        books.sweep()


def test_a_scan_passes_over_what_is_no_desk(tmp_path: Path):
    books, _ = made(tmp_path)
    place = (tmp_path / PATH).parent
    for name in (
        "~$wang.xlsx",
        ".~lock.wang.xlsx#",
        ".~wang.xlsx",
        ".hidden.xlsx",
        "notes.txt",
        "old.xls",
        "a.csv",
    ):
        (place / name).write_bytes(b"")
    for name in ("macro.XLSM", "wang (conflict).xlsx"):
        (place / name).write_bytes(b"")

    assert [each.path.name for each in books.scan()] == ["macro.XLSM", "wang (conflict).xlsx", "wang.xlsx"]


def test_desks_that_lie_elsewhere_are_seen_by_their_whole_path(tmp_path: Path):
    share = tmp_path / "share"
    books = replace(folder(tmp_path / "work"), desks=share)
    books.found()
    path = PurePath(share / "wang" / "wang.xlsx")
    first = written(books.create(path, DESK, patch("r1", *puts(3, _id="aaaaaaaaaaaa", buyer="A"))))

    assert [each.path for each in books.scan()] == [path]
    written(books.write(path, first.file, CHANGE))
    assert copy(books.read(path)).render == "r2"


def test_versions_are_kept_before_a_file_is_understood(tmp_path: Path):
    books, _ = made(tmp_path)
    (tmp_path / PATH).write_bytes(b"PK\3\4 half a file")
    problem = books.read(PATH)
    now = books.digest(PATH)
    assert now is not None

    assert isinstance(problem, Problem)
    assert problem.what.key == "file.half_written"
    assert books.versions.get(now) == b"PK\3\4 half a file"


def test_a_folder_in_which_others_may_write_is_not_private(tmp_path: Path):
    books, _ = made(tmp_path)
    place = tmp_path / PATH
    for each in (books.root, place.parent):
        each.chmod(0o755)
    place.chmod(0o644)
    assert books.private(PATH)

    for each, mode in ((place, 0o666), (place.parent, 0o757), (books.root, 0o777)):
        before = each.stat().st_mode
        each.chmod(mode)
        assert not books.private(PATH), each
        each.chmod(before)
    assert books.private(PATH)
    assert not books.private(PurePath("desks/nobody/nobody.xlsx"))


def test_a_group_that_only_root_and_the_service_belong_to_may_write(tmp_path: Path):
    books, _ = made(tmp_path)
    place = (tmp_path / PATH).parent
    books.root.chmod(0o755)
    place.chmod(0o775)
    alone = all(
        each.pw_uid in {0, os.geteuid()} for each in pwd.getpwall() if each.pw_gid == place.stat().st_gid
    )
    members_ = grp.getgrgid(place.stat().st_gid).gr_mem

    assert books.private(PATH) is (alone and not set(members_) - {"root", pwd.getpwuid(os.geteuid()).pw_name})


# Owner files -------------------------------------------------------------------


def excel_owner(name: str) -> bytes:
    narrow = name.encode("utf-8")[:54]
    return (
        bytes([len(narrow)])
        + narrow.ljust(54)
        + len(name).to_bytes(2, "little")
        + name.encode("utf-16-le").ljust(108, b" \0"[:1])
    )


@pytest.mark.parametrize(
    ("lock", "content", "who"),
    [
        ("~$wang.xlsx", excel_owner("王小明"), "王小明"),
        ("~$wang.xlsx", excel_owner("Wang"), "Wang"),
        ("~$wang.xlsx", b"", ""),
        ("~$wang.xlsx", b"\x04Wang", "Wang"),
        (".~lock.wang.xlsx#", "王小明,root,host,21.11.2026 16:07,file:///p;".encode(), "王小明"),
        (".~lock.wang.xlsx#", b",root,host,21.11.2026 16:07,file:///p;", "root"),
        (".~lock.wang.xlsx#", b"", ""),
        (".~wang.xlsx", excel_owner("Li"), "Li"),
        (".~ang.xlsx", b"", ""),
        (".~ng.xlsx", b"", ""),
        ("~$other.xlsx", b"", None),
        (".~lock.other.xlsx#", b"", None),
    ],
)
def test_owner_files_of_every_program_say_who_has_it_open(
    tmp_path: Path, lock: str, content: bytes, who: str | None
):
    books, first = made(tmp_path)
    place = (tmp_path / PATH).with_name(lock)
    place.write_bytes(content)
    os.utime(place, (NOW.timestamp() - 60, NOW.timestamp() - 60))

    assert books.busy(PATH) == who
    ended = books.write(PATH, first.file, CHANGE)
    assert (ended == Refused(why=Why.BUSY, who=who)) if who is not None else isinstance(ended, Written)


def test_an_owner_file_that_a_crash_left_behind_counts_no_more_after_its_time(tmp_path: Path):
    books, first = made(tmp_path)
    lock = (tmp_path / PATH).with_name("~$wang.xlsx")
    lock.write_bytes(excel_owner("Wang"))
    for age, who in (
        (dt.timedelta(days=3, hours=23), "Wang"),
        (dt.timedelta(days=4, seconds=1), None),
        (-dt.timedelta(days=1), "Wang"),
    ):
        os.utime(lock, ((NOW - age).timestamp(),) * 2)
        assert books.busy(PATH) == who
    os.utime(lock, ((NOW - dt.timedelta(hours=2)).timestamp(),) * 2)

    assert replace(books, stale_after=dt.timedelta(hours=1)).busy(PATH) is None
    assert isinstance(books.write(PATH, first.file, CHANGE), Refused)


def test_the_name_is_taken_from_the_owner_file_that_says_one(tmp_path: Path):
    books, _ = made(tmp_path)
    for name, content in (("~$wang.xlsx", b""), (".~lock.wang.xlsx#", b"Li,li,host,x,y;")):
        place = (tmp_path / PATH).with_name(name)
        place.write_bytes(content)
        os.utime(place, (NOW.timestamp(),) * 2)

    assert books.busy(PATH) == "Li"


def no_link(old: Path, new: Path) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(old))


@pytest.mark.parametrize(
    "rename", [rename_free, rename_by_link, functools.partial(rename_by_link, link=no_link)]
)
def test_a_name_is_taken_only_if_it_is_free(tmp_path: Path, rename: Callable[[Path, Path], None]):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    with pytest.raises(FileExistsError):
        rename(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "b"

    rename(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").read_text() == "a"
    assert not (tmp_path / "a").exists()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "c")


# Filing away --------------------------------------------------------------------


@pytest.mark.parametrize("count", range(6))
def test_a_filing_that_is_cut_off_anywhere_is_done_or_undone_by_the_next_start(tmp_path: Path, count: int):
    books, first = made(tmp_path)
    beside = PATH.with_name("wang (1).xlsx")
    (tmp_path / beside).write_bytes((tmp_path / PATH).read_bytes())
    target = tmp_path / ".deskbook" / "filed" / "wang" / "x.xlsx"
    publisher = Publisher(versions=books.versions, busy=lambda _: None, exchange=exchange)
    last = steps(filing(tmp_path / beside, target, first.file, publisher), count)
    folder(tmp_path).sweep()

    lies = [each.path.name for each in folder(tmp_path).scan()]
    assert lies == (
        ["wang.xlsx"] if last in {Step.CLEARED, None} and count else ["wang (1).xlsx", "wang.xlsx"]
    )
    assert "wang (1).xlsx" in lies or hash_of(target.read_bytes()) == first.file
    assert [each.name for each in (tmp_path / PATH).parent.iterdir() if each.name.startswith(".")] == []


def test_what_is_saved_within_a_filing_stays(tmp_path: Path):
    books, first = made(tmp_path)
    beside = tmp_path / PATH.with_name("wang (1).xlsx")
    beside.write_bytes((tmp_path / PATH).read_bytes())
    publisher = Publisher(versions=books.versions, busy=lambda _: None, exchange=exchange)
    publication = filing(beside, tmp_path / "x.xlsx", first.file, publisher)
    while next(publication) is not Step.KEPT:
        pass
    beside.write_bytes(b"saved in this moment")
    ended = finish(publication)

    assert isinstance(ended, Refused)
    assert ended.why is Why.CHANGED
    assert beside.read_bytes() == b"saved in this moment"


def test_what_a_crash_left_is_found_wherever_a_desk_lives(tmp_path: Path):
    books, _ = made(tmp_path)
    deep = tmp_path / "desks" / "east" / "2026"
    deep.mkdir(parents=True)
    (deep / ".deskbook-old-0123456789ab-li.xlsx").write_bytes(b"was aside")
    (deep / "#recycle").mkdir()
    books.sweep()

    assert (deep / "li.xlsx").read_bytes() == b"was aside"


def windows(code: int, path: Path) -> OSError:
    """Return what Windows raises."""
    error = PermissionError(errno.EACCES, "Access is denied", str(path))
    error.winerror = code  # type: ignore[attr-defined]
    return error


def test_what_windows_refuses_because_somebody_has_it_open_is_busy_and_not_denied(tmp_path: Path):
    place = tmp_path / "a.xlsx"
    place.write_bytes(b"")
    assert [refusal(windows(code, place)).why for code in (5, 32, 33)] == [Why.BUSY] * 3

    if os.access(os.devnull, os.W_OK) and os.geteuid() != 0:
        place.chmod(0o400)
        assert refusal(windows(5, place)).why is Why.DENIED


def test_a_save_that_keeps_size_and_time_is_seen_by_the_scan(tmp_path: Path):
    books, _ = made(tmp_path)
    (before,) = books.scan()
    place = tmp_path / PATH
    seen, raw = place.stat(), place.read_bytes()
    time.sleep(0.02)
    place.write_bytes(raw[:-1] + b"x")
    os.utime(place, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    (after,) = books.scan()

    assert (after.size, after.modified) == (before.size, before.modified)
    assert after != before


@pytest.mark.parametrize(
    "name",
    [
        ".syncthing.wang.xlsx.tmp",
        "~syncthing~wang.xlsx.tmp",
        ".wang.xlsx.~3f2a",
        "wang.xlsx.partial",
        "wang.xlsx.crdownload",
        "wang~RF12ab34.TMP",
        ".sync_d41d8cd98f.db",
        ".~wang.xlsx",
        "~$wang.xlsx",
        ".dropbox.cache/wang.xlsx",
        "#recycle/wang.xlsx",
        ".stversions/wang~20261121-160700.xlsx",
        "@eaDir/wang.xlsx",
    ],
)
def test_what_programs_keep_for_themselves_is_no_desk(tmp_path: Path, name: str):
    books, _ = made(tmp_path)
    place = (tmp_path / PATH).with_name("x").parent / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes((tmp_path / PATH).read_bytes())

    assert [each.path for each in books.scan()] == [PATH]


@pytest.mark.parametrize("content", [b"\xff" * 165, b"\x10\x00\x01\x02", "\u738b".encode("gbk") * 40])
def test_an_owner_file_in_no_known_layout_says_nobody(tmp_path: Path, content: bytes):
    books, _ = made(tmp_path)
    place = (tmp_path / PATH).with_name(".~wang.xlsx")
    place.write_bytes(content)
    os.utime(place, (NOW.timestamp(),) * 2)

    who = books.busy(PATH)
    assert who is not None
    assert who.isprintable()
