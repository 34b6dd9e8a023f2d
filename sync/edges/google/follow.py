"""Follows what happens at Google beside the daemon's own rounds, and runs its errands: no round waits for Google."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from sync.edges.google.desks import GoogleDesks
from sync.log import Log

_SHORTEST: Final = 0.2
_LONGEST: Final = 5.0
"""Seconds that an errand under way is given to end when the daemon does; cut off it is harmless."""


class Follower:
    """A thread that talks to Google, and wakes the daemon when something is new. Use it as a context."""

    def __init__(self, online: GoogleDesks, wake: Callable[[], object], log: Log) -> None:
        self._online, self._wake, self._log = online, wake, log
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="google", daemon=True)
        self._told: str | None = None

    def __enter__(self) -> Self:
        self._online.errands.apart = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._online.errands.came.set()
        self._thread.join(timeout=_LONGEST)
        # Else it still waits for an answer: nobody else may talk to Google beside it.
        self._online.errands.apart = self._thread.is_alive()

    def _run(self) -> None:
        errands, mirror = self._online.errands, self._online.mirror
        while not self._end.is_set():
            errands.came.wait(max(mirror.pause(), _SHORTEST))
            if not self._end.is_set():
                self._turn()

    def _turn(self) -> None:
        """Run what was handed over, and look if it is time."""
        new = self._online.errands.run()
        mirror = self._online.mirror
        try:
            new = (mirror.due() and self._online.look()) or new
        except Exception:
            # A bug here must not end the following for good; nor may it make a noise every few seconds.
            self._log.exception("Google could not be looked at")
            mirror.slow()
        fault = None if mirror.fault is None else mirror.fault.key
        if fault != self._told:
            if fault is not None:
                self._log.warning("Google cannot be used", why=fault, detail=mirror.breaker.why)
            else:
                self._log.info("Google can be used again")
            self._told = fault
        if new:
            self._wake()
