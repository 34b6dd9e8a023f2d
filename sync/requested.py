"""What the command line asked of the daemon that runs is carried out, and tried again where that fails.

Nothing that a person asked for is dropped: a full disk or a locked store passes, and a sign-off that somebody
disowned must not stand because of it.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final, Generic, Protocol, TypeVar

from sync.log import Log

T = TypeVar("T")

_SOON: Final = dt.timedelta(seconds=10)
_LATEST: Final = dt.timedelta(minutes=10)


class Requests(Protocol[T]):
    """Where the requests of one kind are."""

    def asked(self) -> tuple[T, ...]:
        """Return what was asked for and not done."""
        ...

    def done(self, request: T) -> None:
        """Say that it was done."""
        ...


@dataclass(slots=True, kw_only=True)
class Requested(Generic[T]):
    """Carries out the requests of one kind."""

    requests: Requests[T] | None
    """None: nobody can ask."""
    act: Callable[[T], bool]
    """Carries one out; False: it cannot be done just now, and is tried again in the next round."""
    log: Log
    failed: str
    """What the log says if one could not be carried out."""
    about: Callable[[T], str]
    """Which one that was."""
    waits: dict[T, tuple[dt.datetime, dt.timedelta]] = made(default_factory=dict)
    """What could not be carried out: when it was tried, and how long it waits."""

    def due(self, now: dt.datetime) -> tuple[T, ...]:
        """Return what was asked for and is to be tried now."""
        asked = () if self.requests is None else self.requests.asked()
        for each in self.waits.keys() - {*asked}:
            del self.waits[each]
        return tuple(each for each in asked if not self._waits(each, now))

    def carry_out(self, now: dt.datetime) -> None:
        """Carry out what was asked for."""
        for each in self.due(now):
            try:
                done = self.act(each)
            except Exception:
                _, waited = self.waits.get(each, (now, _SOON / 2))
                self.waits[each] = (now, min(waited * 2, _LATEST))
                self.log.exception(self.failed, about=self.about(each))
                continue
            if done and self.requests is not None:
                self.requests.done(each)

    def _waits(self, request: T, now: dt.datetime) -> bool:
        since, wait = self.waits.get(request, (now, dt.timedelta()))
        return dt.timedelta() <= now - since < wait
