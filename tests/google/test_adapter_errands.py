"""What is done at Google is done apart from the daemon's rounds: none of them waits for it, and no outcome is lost."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath
from threading import Event

import pytest

from sync.daemon import Daemon
from sync.edges.google.follow import Follower
from sync.edges.google.mirror import ENDING
from sync.ports import Refused, Why, Written
from tests.support.google.faults import Line
from tests.support.google.people import NotAllowed
from tests.support.google_desks import Online, online
from tests.support.office import furnish
from tests.support.online_office import OnlineOffice, online_office
from tests.support.town import Loud
from tests.support.workbooks_contract import DESK, contract_forms, patch, puts, written

PATH = PurePath("desks/wang/wang.gsheet")
OTHER = PurePath("desks/li/li.gsheet")


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Online]:
    with online(tmp_path, contract_forms(), {DESK.key: ("wang@firm.example",)}) as found:
        yield found


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("furnished")
    furnish(root)
    return root


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[OnlineOffice]:
    with online_office(furnished, tmp_path, ("Mo",)) as found:
        found.online.errands.apart = True
        yield found


def test_a_write_is_begun_and_tells_how_it_ended_to_who_asks_again(far: Online):
    made = written(far.workbooks.create(PATH, DESK, patch("r1", *puts(3, _id="a", buyer="Acme")))).file
    errands = far.desks.errands
    errands.apart = True
    asked = len(far.google.seen)
    ours = patch("r2", *puts(3, buyer="Ours"))

    assert [far.workbooks.write(PATH, made, ours) for _ in range(3)] == [
        Refused(why=Why.UNDERWAY, who="Google Sheets")
    ] * 3
    assert (far.workbooks.busy(PATH), far.workbooks.busy(OTHER)) == (None, "Google Sheets")
    refused = far.workbooks.write(OTHER, made, ours)
    assert isinstance(refused, Refused)
    assert refused.why is Why.BUSY
    assert len(far.google.seen) == asked

    assert (errands.run(), errands.run()) == (True, False)
    assert isinstance(far.workbooks.write(PATH, made, ours), Written)
    assert len(far.google.seen) == asked + 5
    assert errands.open() == frozenset()


def test_a_bug_within_an_errand_is_raised_where_it_is_asked_for(far: Online):
    def bug() -> Written:
        raise ZeroDivisionError

    errands = far.desks.errands
    errands.apart = True
    errands.do(PATH, "this", lambda: bug)
    errands.run()
    with pytest.raises(ZeroDivisionError):
        errands.do(PATH, "this", lambda: bug)
    assert errands.open() == frozenset()


class Told:
    """A daemon's hints, that nobody waits for."""

    def wait(self, timeout: float) -> frozenset[Path]:
        return frozenset()

    def wake(self) -> None:
        pass


class Counting(Loud):
    """Counts what is noted; a bug is raised all the same."""

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()

    def warning(self, event: str, **what: object) -> None:
        self.told[event] += 1


def daemon_of(office: OnlineOffice) -> Daemon:
    return Daemon(rounds=office.rounds, hints=Told(), deliver=lambda: None, tick=lambda: None, scan=60)


SLOW = 2.0
"""Seconds of real time that a round may wait at most, for whatever it is, whatever becomes of Google."""


@pytest.mark.long
@pytest.mark.parametrize("line", [Line.HANG_BEFORE, Line.HANG_AFTER, Line.DROP_BEFORE])
def test_an_outage_at_google_never_delays_the_desks_in_the_folder(office: OnlineOffice, line: Line):
    """Every request hangs for longer than the whole test: Google's own thread waits, the rounds do not."""
    office.settle()
    office.online.mirror.drive.line.sleep = lambda seconds: time.sleep(min(seconds, 0.5))  # type: ignore[attr-defined]
    office.google.fault("*", line=line, times=10_000)
    daemon, woken = daemon_of(office), Event()
    longest = 0.0
    with Follower(office.online, woken.set, Loud()):
        for number in range(6):
            office.types("Roy", "customer", "Coda", remarks=f"Roy {number}")
            office.types("Rae", "customer", "Acme", remarks=f"Rae {number}")
            for _ in range(2):
                office.clock.step(seconds=1)
                office.pulse.at += 1
                began, worked = time.perf_counter(), time.thread_time()
                daemon.round()
                waited = time.perf_counter() - began - (time.thread_time() - worked)
                longest = max(longest, waited)
            # What goes from one workbook to others has arrived there, Google or no Google.
            assert office.shows("Lena", "customer", "Coda", "remarks") == f"Roy {number}"
            assert office.value("customer", "Acme", "remarks") == f"Rae {number}"
        assert longest < SLOW
        office.google.well()
        office.google.server.stop()
    office.online.errands.apart = True
    office.google.server = type(office.google.server)(office.google.desk)

    for _ in range(4):
        office.pulse.at += 900
        office.settle()
    assert office.shows("Mo", "customer", "Coda", "remarks") == "Roy 5"
    assert office.shows("Mo", "customer", "Acme", "remarks") == "Rae 5"


@pytest.mark.long
def test_what_is_typed_between_a_write_and_the_round_that_hears_of_it_is_read_as_typed(office: OnlineOffice):
    office.settle()
    office.types("Rae", "customer", "Acme", remarks="Rae says")
    while not office.engine.writes.begun:
        office.round()
    office.online.errands.run()
    office.types("Mo", "customer", "Acme", phone="555-7777")
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "Rae says"
    assert office.value("customer", "Acme", "phone") == "555-7777"
    assert office.shows("Mo", "customer", "Acme", "remarks") == "Rae says"
    changes = [
        e.entry for e in office.store.journal() if e.entry.kind == "change" and e.entry.new == "Rae says"
    ]
    assert [each.desk for each in changes] == [office.desk("Rae").key]


@pytest.mark.long
@pytest.mark.parametrize("ran", [False, True], ids=["before it ended", "after it ended"])
def test_a_daemon_that_is_killed_before_it_heard_how_a_write_ended_finds_out(office: OnlineOffice, ran: bool):
    office.settle()
    office.types("Rae", "customer", "Acme", remarks="Rae says")
    while not office.engine.writes.begun:
        office.round()
    if ran:
        office.online.errands.run()
    office.online.errands.current = None
    office.online.errands.over.clear()
    office.restart()
    office.settle()

    assert office.shows("Mo", "customer", "Acme", "remarks") == "Rae says"
    assert set(office.problems()) <= {"desk.moved", "desk.earlier.folder"}


@pytest.mark.long
def test_who_leaves_loses_his_spreadsheet_and_the_journal_says_so(office: OnlineOffice):
    office.settle()
    key, id_ = office.desk("Mo").key, office.id("Mo")
    office.types("Administrator", "people", "Mo", left="2026-10-25")
    office.settle()
    office.signs_settings()
    office.settle()

    with pytest.raises(NotAllowed):
        office.google.person("mo@example.com").open(id_)
    withdrawn = [e.entry for e in office.store.journal() if e.entry.kind == "withdraw"]
    assert {each.desk for each in withdrawn} == {key}
    # The spreadsheet, and the workbook that he had before.
    assert {PurePath(each.detail["name"]).suffix for each in withdrawn} == {ENDING, ".xlsx"}
    assert not list(office.workspace.desks.glob("Mo/*.xlsx"))
    assert not office.online.mirror.known


@pytest.mark.long
def test_a_spreadsheet_that_is_deleted_is_made_anew_while_rounds_go_by_and_that_is_told(office: OnlineOffice):
    office.types("Mo", "customer", "Acme", remarks="typed online")
    office.settle()
    told = Counting()
    office.begin_rounds(told)
    office.settle()
    office.google.person(office.google.service_account_mail).delete(office.id("Mo"))
    for _ in range(4):
        office.clock.step(seconds=30)
        office.settle()

    assert office.shows("Mo", "customer", "Acme", "remarks") == "typed online"
    assert told.told["made anew"] == 1
    assert "desk.revived" in office.problems()


@pytest.mark.long
def test_a_desk_moves_into_the_folder_and_back_while_rounds_go_by(office: OnlineOffice):
    office.types("Mo", "customer", "Acme", remarks="typed online")
    office.settle()
    engine, id_ = office.engine, office.id("Mo")
    engine.online = engine.places.online = frozenset()
    office.settle()
    assert office.path("Mo").suffix == ".xlsx"
    assert office.shows("Mo", "customer", "Acme", "remarks") == "typed online"
    assert not office.online.mirror.known
    assert office.google.file(id_).name in office.hints("Mo")
    mo = office.google.person("mo@example.com").open(id_)
    title = next(each for each in mo.sheets() if "ustomer" in each)
    assert "typed online" in [cell for row in mo.see(f"'{title}'!A1:ZZ20") for cell in row]
    with pytest.raises(NotAllowed):
        mo.type(f"'{title}'!F3", "still here")

    office.types("Mo", "customer", "Acme", remarks="typed here")
    engine.online = engine.places.online = frozenset({"Mo"})
    office.settle()
    office.settle()
    assert office.path("Mo").suffix == ENDING
    assert office.shows("Mo", "customer", "Acme", "remarks") == "typed here"
    # It moved there twice: when it was first named, and now.
    old = [each.name for each in office.workspace.desks.glob("Mo/*.xlsx")]
    assert len(old) == 2
    assert [each in office.hints("Mo") for each in old].count(True) == 1, "only the last move is told"
    assert office.hints("Mo").count("Your desk has moved") == 1
    moved = [each.notify for each in office.store.notices() if each.notify.event.startswith("moved:")]
    assert [each.people for each in moved] == [office.desk("Mo").people] * 3
    assert {name for name in old if any(name in str(each.lines) for each in moved)} == {*old}
