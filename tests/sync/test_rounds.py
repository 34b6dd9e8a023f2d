"""What the daemon's rounds do when files, folders and the engine itself do not do as they should."""

from dataclasses import fields
from pathlib import Path, PurePath
from typing import Any

import pytest

from sheet_templates.form import Desk
from sync.daemon import Daemon
from sync.engine import Engine, Ingested
from sync.ports import Refused, Written
from sync.writing import Writing
from tests.support.house import Diary, House, Shutting

RAE = PurePath("desks/Rae/Rae.xlsx")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"), tmp_path_factory.mktemp("declared"))


@pytest.fixture
def house(built: House, tmp_path: Path) -> House:
    return built.moved_to(tmp_path)


def test_a_file_that_cannot_be_read_for_a_while_is_read_then_though_nobody_saved(house: House):
    """On Windows: a program keeps it for itself; it is let go without a trace in its size or times."""
    shutting = Shutting(house.folder)
    house.start(shutting)
    house.types_in(RAE, "Acme", note="typed")
    shutting.shut[RAE] = "file.denied"
    house.settle()
    assert house.problems() == ["file.denied"]
    assert len(house.diary.told("unreadable")) == 1
    house.clock.step(seconds=15)
    house.settle()
    assert len(house.diary.told("unreadable")) == 1, "said once"

    shutting.shut.clear()
    house.clock.step(seconds=15)
    house.settle()

    assert house.value("customer", "Acme", "note") == "typed"
    assert house.problems() == []


def test_a_share_that_shows_old_sizes_and_times_is_read_every_hour(house: House):
    shutting = Shutting(house.folder)
    shutting.stale = True
    house.start(shutting)
    house.settle()
    house.types_in(RAE, "Acme", note="not to be seen from outside")
    house.settle()
    assert house.value("customer", "Acme", "note") is None

    house.clock.step(minutes=61)
    house.settle()
    assert house.value("customer", "Acme", "note") == "not to be seen from outside"


class Faulty(Engine):
    """Has a bug that concerns Rae's desk alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        parts = {each.name: getattr(self.writing, each.name) for each in fields(self.writing) if each.init}
        self.writing = FaultyWriting(**parts)

    def reread(self, desk: Desk) -> Ingested | None:
        stumble(desk)
        return super().reread(desk)


class FaultyWriting(Writing):
    def write(self, desk: Desk) -> Written | Refused | None:
        stumble(desk)
        return super().write(desk)

    def remake(self, desk: Desk) -> Written | Refused:
        stumble(desk)
        return super().remake(desk)


def stumble(desk: Desk) -> None:
    if desk.name == "Rae":
        raise ZeroDivisionError


def faulty(house: House) -> None:
    whole = house.engine
    house.engine = Faulty(
        declared=whole.declared,
        store=whole.store,
        workbooks=whole.workbooks,
        clock=whole.clock,
        ids=whole.ids,
        folder=whole.folder,
    )
    house.diary = Diary(calm=True)
    house.begin_rounds(house.diary)


def test_a_bug_at_one_desk_is_told_and_keeps_no_other_from_its_work(house: House):
    faulty(house)
    house.engine.recheck.update(desk.key for desk in house.engine.desks())
    house.types("Mo", "customer", "Acme", note="news of Acme")
    house.types("Mo", "customer", "Coda", note="news of Coda")
    house.settle()

    assert house.shows("Roy", "customer", "Coda", "note") == "news of Coda"
    assert house.shows("master", "customer", "Acme", "note") == "news of Acme"
    assert len(house.diary.told("a desk could not be looked at again")) == 1
    assert {str(each["desk"]) for each in house.diary.told("a desk could not be written")} == {"Rae"}

    house.start()
    house.settle()
    assert house.shows("Rae", "customer", "Acme", "note") == "news of Acme"


def test_a_bug_while_one_desk_is_made_anew_keeps_no_other_from_being_made(house: House):
    faulty(house)
    house.place("Rae").unlink()
    house.place("Roy").unlink()
    house.waits()

    assert house.place("Roy").exists()
    assert not house.place("Rae").exists()
    assert house.diary.told("a desk could not be made anew")


class Counting:
    """A folder that counts how often it is asked for what costs something."""

    def __init__(self, folder: Any, *acts: str) -> None:
        self._folder = folder
        self._acts = acts
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in self._acts:
            self.asked.append(name)
        return getattr(self._folder, name)


def test_at_rest_no_file_is_opened(house: House):
    counting = Counting(house.folder, "digest", "read", "write", "note", "busy")
    house.start(counting)
    house.settle()
    counting.asked.clear()
    for _ in range(20):
        house.round()

    assert counting.asked == []


class Heard:
    """Hints as a test wants them; each wait is a second of the house's time."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.waits: list[float] = []
        self.then: dict[int, frozenset[Path]] = {}
        self.end = 0
        self.daemon: Daemon | None = None

    def wait(self, timeout: float) -> frozenset[Path]:
        self.waits.append(timeout)
        self.house.clock.step(seconds=timeout)
        if len(self.waits) >= self.end and self.daemon is not None:
            self.daemon.stop()
        return self.then.get(len(self.waits), frozenset())

    def wake(self) -> None:
        pass


def run(house: House, heard: Heard, beats: int, scan: float) -> list[str]:
    """Run a daemon for so many beats; return what it asked of the folder."""
    counting = Counting(house.folder, "scan")
    house.start(counting)
    daemon = Daemon(rounds=house.rounds, hints=heard, deliver=lambda: None, tick=lambda: None, scan=scan)
    heard.daemon, heard.end = daemon, beats
    daemon.run()
    return counting.asked


def test_when_nothing_is_heard_the_folder_is_listed_as_often_as_it_is_set(house: House):
    heard = Heard(house)
    asked = run(house, heard, beats=60, scan=60)

    waited = sum(heard.waits)
    assert 200 < waited < 400
    assert asked.count("scan") <= 3 + waited // 60


def test_what_is_heard_is_looked_at_at_once(house: House):
    heard = Heard(house)
    heard.then[30] = frozenset({house.place("Rae")})
    quiet = run(house, Heard(house), beats=40, scan=3600).count("scan")

    assert run(house, heard, beats=40, scan=3600).count("scan") == quiet + 1


def test_what_waits_is_written_when_it_can_be_though_nothing_is_heard(house: House):
    house.opens("Rae")
    house.types("Mo", "customer", "Acme", note="news")
    heard = Heard(house)
    run(house, heard, beats=5, scan=3600)
    house.closes("Rae")
    heard = Heard(house)
    run(house, heard, beats=5, scan=3600)

    assert house.shows("Rae", "customer", "Acme", "note") == "news"
