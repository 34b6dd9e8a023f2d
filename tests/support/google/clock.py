"""Times as Google writes them; the clock itself is a `tests.support.clock.FakeClock` that the test moves."""

import datetime as dt
from typing import Protocol

EPOCH = dt.datetime(1899, 12, 30)


class Ticking(Protocol):
    """Whatever tells the time."""

    def now(self) -> dt.datetime:
        """The time, with its zone."""
        ...


def stamp(at: dt.datetime) -> str:
    """RFC 3339 with milliseconds, as Drive writes it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def serial(at: dt.datetime) -> float:
    """The serial number of a local time: days since 30 December 1899."""
    return (at - EPOCH) / dt.timedelta(days=1)


def moment(number: float) -> dt.datetime:
    """The local time that a serial number means, to the nearest millisecond."""
    return EPOCH + dt.timedelta(milliseconds=round(number * 86_400_000))
