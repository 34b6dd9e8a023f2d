"""A clock for tests: it stands still until it is moved."""

import datetime as dt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class FakeClock:
    """Fulfils `sync.ports.Clock`. May be set back, as people's computers are."""

    def __init__(self, at: dt.datetime = dt.datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        return self.at

    def step(self, **by: float) -> dt.datetime:
        """Let time pass: `clock.step(minutes=5)`."""
        self.at += dt.timedelta(**by)
        return self.at
