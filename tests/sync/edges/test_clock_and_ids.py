import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest

from sync.edges.clock import SteppedClock, SystemClock
from sync.edges.ids import RandomIds
from sync.ports import Clock, Ids
from tests.support.clock import SHANGHAI, FakeClock
from tests.support.ids import SequentialIds

BEGIN = dt.datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize("clock", [SystemClock(SHANGHAI), SteppedClock(BEGIN), FakeClock(BEGIN)])
def test_every_clock_tells_the_time_in_the_companys_zone(clock: Clock):
    now = clock.now()

    assert now.utcoffset() == dt.timedelta(hours=8)
    assert clock.now() >= now


def test_the_systems_clock_is_right():
    assert abs(SystemClock(ZoneInfo("America/New_York")).now() - dt.datetime.now(dt.UTC)) < dt.timedelta(
        seconds=5
    )


def test_a_stepped_clock_stands_still_until_it_is_moved():
    clock = SteppedClock(BEGIN)
    assert clock.now() == clock.now() == BEGIN

    clock.step(dt.timedelta(hours=3))
    clock.move(dt.datetime(2026, 11, 3, 1, tzinfo=dt.UTC))

    assert clock.now().isoformat() == "2026-11-03T09:00:00+08:00"


def test_a_stepped_clock_never_goes_back_and_knows_its_zone():
    with pytest.raises(ValueError, match="does not go back"):
        SteppedClock(BEGIN).step(dt.timedelta(seconds=-1))
    with pytest.raises(ValueError, match="zone"):
        SteppedClock(dt.datetime(2026, 11, 2))


@pytest.mark.parametrize("ids", [RandomIds(), SequentialIds(), SequentialIds("b")])
def test_ids_have_their_shape_and_are_never_given_twice(ids: Ids):
    given = [ids.new() for _ in range(5000)]

    assert len(set(given)) == 5000
    assert all(re.fullmatch("[a-z2-7]{12}", each) for each in given)


def test_two_sources_of_random_ids_do_not_agree():
    assert {RandomIds().new() for _ in range(100)}.isdisjoint({RandomIds().new() for _ in range(100)})


def test_ids_in_sequence_are_the_same_every_time():
    assert [SequentialIds().new(), SequentialIds("x").new()] == ["aaaaaaaaaaaa", "xaaaaaaaaaaa"]
