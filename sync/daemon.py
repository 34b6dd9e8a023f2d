"""The loop: wait for a hint or a second, read what has settled, write what waits, tell people, again.

Nothing is decided here. Every round begins from what the folder and the store hold, so that a round that was
cut off is made up by the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sync.rounds import Rounds

_SHORTEST: Final = 0.02
"""Seconds to wait at least: two looks must not be the same look."""


class Hints(Protocol):
    """What tells the daemon that something happened in the desks' folder."""

    def wait(self, timeout: float) -> frozenset[Path]:
        """Return where something happened, at the latest after *timeout* seconds."""
        ...

    def wake(self) -> None:
        """End a wait."""
        ...


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Runs rounds until it is told to stop."""

    rounds: Rounds
    hints: Hints
    deliver: Callable[[], object]
    """Tells people what is to be told at once."""
    tick: Callable[[], object]
    """Does what the time of day, week or month demands."""
    scan: float
    """Seconds between full looks when nothing is heard."""
    beat: float = 5
    """Seconds between rounds in which, if nothing is heard, only what waits is written and told."""
    stopping: bool = False
    anew: bool = False
    """Whether it ended because it is to be put together anew, from other declarations."""

    def start_anew(self) -> None:
        """End the loop after the round under way, for a daemon that is put together anew."""
        self.anew = True
        self.stop()

    def stop(self) -> None:
        """End the loop after the round under way. May be called from a signal handler."""
        self.stopping = True
        self.hints.wake()

    def round(self, *, look: bool = True) -> None:
        """Look, if asked to, write, tell. What fails is told, keeps nothing else from being done, and comes again."""
        if look:
            self._guarded("look", self.rounds.look)
        self._guarded("write", self.rounds.write)
        self._guarded("tell", self.deliver)
        self._guarded("tick", self.tick)

    def _guarded(self, name: str, part: Callable[[], object]) -> None:
        try:
            part()
        except Exception:
            # A disk that is full, a store that another program has locked: that passes, and nothing was lost.
            self.rounds.log.exception("a part of a round failed", part=name)

    def run(self) -> None:
        """Run until `stop`."""
        look = True
        while not self.stopping:
            self.round(look=look)
            pause = self.rounds.pause()
            if not self.stopping:
                nap = min(self.beat, self.scan)
                heard = self.hints.wait(nap if pause is None else min(max(pause, _SHORTEST), nap))
                look = bool(heard) or pause is not None or self.rounds.restless(self.scan)
