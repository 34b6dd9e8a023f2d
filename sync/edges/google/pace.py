"""How much may be asked of Google, and whether it is worth asking: one budget and one breaker for the whole company.

A service account is one user to Google: 60 reads and 60 writes of the Sheets API a minute, together for all desks.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

MINUTE: Final = 60.0
MOST: Final = 55
"""Requests of all kinds in a minute: below Google's 60 reads, though many are writes, which count apart."""
_FIRST: Final = 10.0
_LONGEST: Final = 300.0


@dataclass(slots=True, kw_only=True)
class Budget:
    """Counts requests; what is not free waits for a later round. Threads may share it."""

    tick: Callable[[], float]
    """Seconds that pass, whatever the calendar says."""
    most: int = MOST
    sent: deque[float] = made(default_factory=deque)
    guard: threading.Lock = made(default_factory=threading.Lock)

    def spent(self) -> int:
        """Return how many requests were sent within the last minute."""
        with self.guard:
            return self._spent()

    def room(self, wanted: int) -> bool:
        """Return whether so many requests are free now."""
        with self.guard:
            return self._spent() + wanted <= self.most

    def take(self) -> None:
        """Count one request."""
        with self.guard:
            self.sent.append(self.tick())

    def _spent(self) -> int:
        now = self.tick()
        while self.sent and not 0 <= now - self.sent[0] < MINUTE:
            self.sent.popleft()
        return len(self.sent)


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Remembers that Google could not be reached, so that nothing waits for it again and again.

    After a failure it stays open for ten seconds, then twice as long each time, five minutes at most; then one
    request is let through as a trial.
    """

    tick: Callable[[], float]
    until: float | None = None
    """Until then nothing is tried. None: all is well."""
    pause: float = _FIRST
    why: str = ""

    def closed(self) -> bool:
        """Return whether a request may be tried."""
        return self.until is None or self.tick() >= self.until

    @property
    def well(self) -> bool:
        """Whether the last request reached Google."""
        return self.until is None

    def failed(self, why: str, wait: float | None = None) -> None:
        """Note that Google could not be reached. *wait*: the seconds that it asks for."""
        self.until = self.tick() + max(self.pause, wait or 0.0)
        self.pause = min(self.pause * 2, _LONGEST)
        self.why = why

    def reached(self) -> None:
        """Note that Google answered."""
        self.until, self.pause, self.why = None, _FIRST, ""
