"""What the command line asked of the daemon is never dropped because carrying it out failed."""

import datetime as dt

from sync.requested import Requested
from tests.support.clock import SHANGHAI
from tests.support.house import Diary

NOON = dt.datetime(2026, 11, 2, 12, tzinfo=SHANGHAI)


class Asked:
    """Requests in a list."""

    def __init__(self, *asked: str) -> None:
        self.waiting = [*asked]

    def asked(self) -> tuple[str, ...]:
        return tuple(self.waiting)

    def done(self, request: str) -> None:
        self.waiting.remove(request)


class Disk:
    """Carries requests out while it is not full."""

    def __init__(self) -> None:
        self.full: set[str] = set()
        self.tried: list[str] = []

    def act(self, request: str) -> bool:
        self.tried.append(request)
        if request in self.full:
            raise OSError(28, "No space left on device")
        return True


def requested(asked: Asked | None, disk: Disk, diary: Diary) -> Requested[str]:
    return Requested(requests=asked, act=disk.act, log=diary, failed="it failed", about=str.upper)


def test_what_fails_stays_asked_for_is_told_and_keeps_nothing_else_from_being_done():
    asked, disk, diary = Asked("bad", "good"), Disk(), Diary(calm=True)
    disk.full.add("bad")
    requested(asked, disk, diary).carry_out(NOON)

    assert asked.waiting == ["bad"]
    assert [each["about"] for each in diary.told("it failed")] == ["BAD"]


def test_it_is_tried_again_ever_more_seldom_and_done_once_it_can_be():
    asked, disk, diary = Asked("bad"), Disk(), Diary(calm=True)
    disk.full.add("bad")
    carrier = requested(asked, disk, diary)
    tried = []
    for second in range(3600):
        before = len(disk.tried)
        carrier.carry_out(NOON + dt.timedelta(seconds=second))
        tried += [second] * (len(disk.tried) - before)
    assert tried == [0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430, 3030]

    disk.full.clear()
    assert not carrier.due(NOON + dt.timedelta(seconds=3600))
    carrier.carry_out(NOON + dt.timedelta(seconds=3630))
    assert asked.waiting == []
    assert not carrier.due(NOON + dt.timedelta(hours=2))


def test_a_clock_that_was_put_back_does_not_hold_it_up():
    asked, disk, diary = Asked("bad"), Disk(), Diary(calm=True)
    disk.full.add("bad")
    carrier = requested(asked, disk, diary)
    carrier.carry_out(NOON)
    disk.full.clear()
    carrier.carry_out(NOON - dt.timedelta(hours=1))
    assert asked.waiting == []


def test_what_cannot_be_done_just_now_is_tried_in_the_next_round():
    asked = Asked("later")
    said = [False, True]
    carrier = Requested[str](
        requests=asked, act=lambda _: said.pop(0), log=Diary(), failed="it failed", about=str
    )
    carrier.carry_out(NOON)
    assert asked.waiting == ["later"]
    carrier.carry_out(NOON)
    assert asked.waiting == []


def test_where_nobody_can_ask_nothing_is_due():
    carrier = requested(None, Disk(), Diary())
    carrier.carry_out(NOON)
    assert carrier.due(NOON) == ()
