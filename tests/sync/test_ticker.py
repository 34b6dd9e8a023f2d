import datetime as dt
import math
import time

from sync.ticker import Ticker


def ticker() -> tuple[Ticker, list[tuple[str, str]]]:
    failed: list[tuple[str, str]] = []
    return Ticker(lambda name, error: failed.append((name, str(error)))), failed


def tick_for(ticker: Ticker, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ticker.tick()
        time.sleep(min(0.05, ticker.pause))


def test_an_action_is_called_again_and_again_and_others_are_not_stopped_by_its_failure():
    metronome, failed = ticker()
    called: list[str] = []

    def fail() -> None:
        raise OSError("no")

    metronome.every(1, "bad", fail)
    metronome.every(1, "good", lambda: called.append("good"))
    tick_for(metronome, 2.5)

    assert called == ["good"] * 2
    assert failed == [("bad", "no")] * 2


def test_it_says_how_long_there_is_nothing_to_do():
    metronome, _ = ticker()
    assert metronome.pause == math.inf
    metronome.tick()

    metronome.every(60, "a", list)
    metronome.every(0.2, "b", list)

    assert 0 < metronome.pause <= 1


def test_a_clock_that_is_set_back_does_not_silence_it():
    metronome, _ = ticker()
    called: list[str] = []
    metronome.every(5, "a", lambda: called.append("a"))
    for job in metronome._scheduler.jobs:  # as schedule sees it when the wall clock goes back by an hour
        assert job.next_run is not None
        job.next_run += dt.timedelta(hours=1)

    metronome.tick()

    assert called == ["a"]
    assert metronome.pause <= 5
