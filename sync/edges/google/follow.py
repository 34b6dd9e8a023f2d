"""Follows what happens at Google beside the daemon's own rounds: no round waits for a look at Google."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from sync.edges.google.desks import GoogleDesks
from sync.log import Log

_SHORTEST: Final = 0.2


class Follower:
    """A thread that looks at Google, and wakes the daemon when something is new. Use it as a context."""

    def __init__(self, online: GoogleDesks, wake: Callable[[], object], log: Log) -> None:
        self._online, self._wake, self._log = online, wake, log
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="google", daemon=True)

    def __enter__(self) -> Self:
        self._online.mirror.followed = True
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(timeout=1)
        self._online.mirror.followed = False

    def _run(self) -> None:
        mirror = self._online.mirror
        well: str | None = ""
        while not self._end.wait(max(mirror.pause(), _SHORTEST)):
            try:
                new = self._online.look()
            except Exception:
                # A bug here must not end the following for good; nor may it make a noise every few seconds.
                self._log.exception("Google could not be looked at")
                new = False
                mirror.slow()
            fault = None if mirror.fault is None else mirror.fault.key
            if fault != well:
                if fault is not None:
                    self._log.warning("Google cannot be used", why=fault, detail=mirror.breaker.why)
                elif well:
                    self._log.info("Google can be used again")
                well = fault
            if new:
                self._wake()
