"""Where time comes from: the system, or, when a company's fortnight is lived in two minutes, a hand on the clock."""

import datetime as dt
from zoneinfo import ZoneInfo


class SystemClock:
    """The computer's clock, in the company's zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def now(self) -> dt.datetime:
        """Return the time."""
        return dt.datetime.now(self._zone)


class SteppedClock:
    """A clock that stands still until it is moved: for the demo and for simulations. Never goes back."""

    def __init__(self, start: dt.datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock's time needs a zone")
        self._now = start

    def now(self) -> dt.datetime:
        """Return the time to which it was moved last."""
        return self._now

    def step(self, by: dt.timedelta) -> None:
        """Let *by* pass."""
        self.move(self._now + by)

    def move(self, to: dt.datetime) -> None:
        """Let the time be *to*. Raises ValueError if that is earlier than now."""
        if to < self._now:
            raise ValueError(f"time does not go back: {to} is before {self._now}")
        self._now = to.astimezone(self._now.tzinfo)
