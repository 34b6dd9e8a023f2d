"""The daemon's metronome: what is to be done every so many seconds, while the daemon runs.

Only the library `schedule` counts the seconds here. What must happen once a day or a month, whether the computer
was on or not, stands in `sync.jobs`.
"""

import math
from collections.abc import Callable

import schedule


class Ticker:
    """Calls actions again and again. One that fails is told about and called again; the others go on."""

    def __init__(self, failed: Callable[[str, Exception], object]) -> None:
        self._failed = failed
        self._scheduler = schedule.Scheduler()
        self._longest = 0.0

    def every(self, seconds: float, name: str, action: Callable[[], object]) -> None:
        """Call *action* every so many *seconds* (whole ones, at least one), for the first time after as many."""
        whole = max(1, math.ceil(seconds))
        self._scheduler.every(whole).seconds.do(self._guarded, name, action)
        self._longest = max(self._longest, whole)

    def tick(self) -> None:
        """Call what is due now."""
        if self.pause > self._longest:
            # schedule goes by the local wall clock: it was set back, or summer time has ended.
            self._scheduler.run_all()
        else:
            self._scheduler.run_pending()

    @property
    def pause(self) -> float:
        """Seconds until something is due; 0 if something is; endless if there is nothing to call."""
        idle = self._scheduler.idle_seconds
        return math.inf if idle is None else max(0.0, idle)

    def _guarded(self, name: str, action: Callable[[], object]) -> None:
        # An exception would leave schedule's loop, and the actions behind this one would not be called.
        try:
            action()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must go on
            self._failed(name, error)
