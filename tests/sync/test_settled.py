import datetime as dt
from pathlib import PurePath

from hypothesis import given
from hypothesis import strategies as st

from sync.ports import Found
from sync.settled import Settled

BEGIN = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
TWO = dt.timedelta(seconds=2)


def at(seconds: float) -> dt.datetime:
    return BEGIN + dt.timedelta(seconds=seconds)


def found(name: str = "wang.xlsx", size: int = 10, modified: int = 1) -> Found:
    return Found(path=PurePath(name), size=size, modified=modified)


def test_a_file_settles_when_two_looks_far_enough_apart_see_the_same():
    settled = Settled(TWO)

    assert settled.look([found()], at(0)) == ()
    assert settled.look([found()], at(1.9)) == ()
    assert settled.look([found()], at(2)) == (found(),)


def test_a_settled_file_is_told_once():
    settled = Settled(TWO)
    for second in (0, 2):
        settled.look([found()], at(second))

    assert [settled.look([found()], at(second)) for second in (3, 60)] == [(), ()]


def test_every_change_begins_the_wait_anew():
    settled = Settled(TWO)
    settled.look([found(size=10)], at(0))
    settled.look([found(size=20)], at(1.5))

    assert settled.look([found(size=20)], at(3)) == ()
    assert settled.look([found(size=20, modified=2)], at(4)) == ()
    assert settled.look([found(size=20, modified=2)], at(6)) == (found(size=20, modified=2),)


def test_a_file_that_was_away_for_a_moment_begins_anew():
    settled = Settled(TWO)
    settled.look([found()], at(0))
    settled.look([], at(1))

    assert settled.look([found()], at(2)) == ()
    assert settled.look([found()], at(4)) == (found(),)


def test_a_file_that_was_open_is_told_again_when_asked_for():
    settled = Settled(TWO)
    for second in (0, 2):
        settled.look([found("a.xlsx"), found("b.xlsx")], at(second))

    settled.again(PurePath("a.xlsx"), PurePath("gone.xlsx"))
    assert settled.look([found("a.xlsx"), found("b.xlsx")], at(3)) == (found("a.xlsx"),)

    settled.again()
    assert settled.look([found("a.xlsx"), found("b.xlsx")], at(4)) == (found("a.xlsx"), found("b.xlsx"))


def test_it_says_when_to_look_again():
    settled = Settled(TWO)
    assert settled.pause(at(0)) is None
    settled.look([found("a.xlsx")], at(0))
    settled.look([found("a.xlsx"), found("b.xlsx")], at(1))

    assert settled.pause(at(1)) == dt.timedelta(seconds=1)
    settled.look([found("a.xlsx"), found("b.xlsx")], at(2))
    assert settled.pause(at(2)) == dt.timedelta(seconds=1)
    assert settled.pause(at(9)) == dt.timedelta()
    settled.look([found("a.xlsx"), found("b.xlsx")], at(9))
    assert settled.pause(at(9)) is None


def test_a_clock_that_is_set_back_delays_by_the_settling_time_only():
    settled = Settled(TWO)
    settled.look([found()], at(3600))

    assert settled.look([found()], at(0)) == ()
    assert settled.look([found()], at(2)) == (found(),)


@given(st.lists(st.tuples(st.sampled_from([0.5, 1, 2, 5]), st.integers(0, 2)), min_size=1, max_size=30))
def test_a_file_is_told_exactly_when_it_stood_still_long_enough(looks):
    """Compared with the plain sentence: equal on all looks of at least the settling time, and not told since it changed."""
    settled, seen, now, told = Settled(TWO), [], 0.0, None
    for pause, size in looks:
        now += pause
        seen.append((now, size))
        still = now
        for earlier, before in reversed(seen):
            if before != size:
                break
            still = earlier
        if told is not None and told < still:
            told = None
        expected = now - still >= 2 and told is None

        assert settled.look([found(size=size)], at(now)) == ((found(size=size),) if expected else ())
        told = now if expected else told
