"""The daemon itself, at a folder that comes and goes as shares do."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

import pytest

from sync.daemon import Daemon
from sync.edges.settings import Polling
from sync.edges.watch import Watch
from sync.edges.xlsx.folder import CANARY
from tests.support.house import House, put_aside

RAE = PurePath("desks/Rae/Rae.xlsx")


class Running:
    """A house whose daemon runs, in a thread of its own; each of its rounds takes five seconds of the house's time."""

    def __init__(self, house: House, watch: Watch) -> None:
        self.house = house
        self.rounds = 0
        self.daemon = Daemon(
            rounds=house.rounds, hints=watch, deliver=lambda: None, tick=self._tick, scan=0.05
        )
        self.thread = threading.Thread(target=self.daemon.run)
        self.thread.start()

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until *true* says so."""
        patience = time.monotonic() + seconds
        while not true():
            assert self.thread.is_alive(), "the daemon fell over"
            assert time.monotonic() < patience, "it never came"
            time.sleep(0.02)

    def let_by(self, rounds: int) -> None:
        """Let so many rounds go by."""
        end = self.rounds + rounds
        self.until(lambda: self.rounds >= end)

    def _tick(self) -> None:
        self.rounds += 1
        self.house.clock.step(seconds=5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"), tmp_path_factory.mktemp("declared"))


@pytest.fixture(params=[Polling.NEVER, Polling.ALWAYS])
def running(built: House, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    house = built.moved_to(tmp_path)
    with Watch(tmp_path / "desks", request.param, poll_seconds=0.2) as watch:
        running = Running(house, watch)
        try:
            running.let_by(3)
            yield running
        finally:
            running.daemon.stop()
            running.thread.join(20)
    assert not running.thread.is_alive()


def everything(house: House) -> tuple[object, ...]:
    """Return all that a share's coming and going must not change."""
    records = [record for form in ("people", "customer", "claim") for record in house.every(form)]
    return house.files(), records, house.store.head(), house.problems()


def test_a_share_that_goes_and_comes_back_loses_and_makes_nothing(running: Running):
    house = running.house
    before = everything(house)
    with put_aside(house.root / "desks"):
        running.let_by(10)
        assert not (house.root / "desks").exists(), "nothing is made in an empty place"
    running.until(lambda: bool(house.diary.told("the desks' folder is back")))
    running.let_by(10)

    assert everything(house) == before
    assert len(house.diary.told("the desks' folder is not there")) == 1, "said once, not each second"
    assert house.diary.told("gone") == house.diary.told("made anew") == []


def test_an_empty_mount_point_is_no_empty_share(running: Running):
    """The share is not mounted: its place is there, and empty."""
    house = running.house
    before = everything(house)
    with put_aside(house.root / "desks"):
        (house.root / "desks").mkdir()
        running.let_by(10)
        assert list((house.root / "desks").iterdir()) == []
        (house.root / "desks").rmdir()
    running.let_by(10)

    assert everything(house) == before


def test_what_was_saved_while_the_share_was_away_is_taken(running: Running):
    house = running.house
    with put_aside(house.root / "desks"):
        running.let_by(3)
        away = house.root / ".desks-away"
        place = away / "Rae" / "Rae.xlsx"
        (house.root / "work").mkdir()
        shutil.copytree(away, house.root / "work", dirs_exist_ok=True)
        house.types_in(PurePath("work/Rae/Rae.xlsx"), "Acme", note="saved meanwhile")
        shutil.copy2(house.root / "work" / "Rae" / "Rae.xlsx", place)
    running.until(lambda: house.value("customer", "Acme", "note") == "saved meanwhile")


def test_one_desks_folder_that_goes_for_a_moment_is_not_missed(running: Running):
    house = running.house
    before = everything(house)
    with put_aside(house.root / "desks" / "Rae"):
        running.let_by(1)
    running.let_by(10)

    assert everything(house) == before
    assert house.diary.told("made anew") == []


def test_one_desks_folder_that_stays_away_is_made_anew_and_its_return_loses_nothing(running: Running):
    house = running.house
    people, customers = house.every("people"), house.every("customer")
    with put_aside(house.root / "desks" / "Rae"):
        running.until(lambda: bool(house.diary.told("made anew")))
        running.let_by(3)
        shutil.rmtree(house.root / "desks" / "Rae")
    running.let_by(10)

    assert (house.every("people"), house.every("customer")) == (people, customers)
    assert house.files().count("Rae/Rae.xlsx") == 1
    assert len(house.diary.told("made anew")) == 1
    assert house.shows("Rae", "customer", "Acme", "name") == "Acme"


def test_a_share_that_is_back_without_its_canary_is_not_believed(running: Running):
    house = running.house
    canary = house.root / "desks" / CANARY
    with put_aside(canary):
        running.let_by(2)
        away = house.place("Rae").rename(house.root / "Rae.away")
        running.let_by(10)
        assert house.diary.told("made anew") == []
        away.rename(house.place("Rae"))
    running.let_by(3)

    assert house.problems() == []
