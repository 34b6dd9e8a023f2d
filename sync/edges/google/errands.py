"""What is to be done at Google: one errand at a time, and no round of the daemon waits for it.

One request may take half a minute, and an outage begins with such requests. So the daemon's rounds only hand an errand
over, to the thread that follows Google (`follow`), and ask again in a later round how it ended. Where nobody follows
(a command that looks once, a test), an errand is done while its asker waits.

What has ended is kept until it is asked for, or until something else is begun with the same spreadsheet. A daemon that
is killed before it asked finds out as it does after any crash: by reading the spreadsheet.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath
from typing import Final, TypeAlias

from sync.edges.google.faults import AWAY
from sync.ports import Refused, Why, Written

Ended: TypeAlias = Written | Refused | PurePath
Act: TypeAlias = Callable[[], Ended]

UNDERWAY: Final = Refused(why=Why.UNDERWAY, who=AWAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing to be done at Google."""

    path: PurePath
    """Which desk it is about."""
    what: str
    """What it is; said again by who asks how it ended."""
    act: Act


@dataclass(slots=True, kw_only=True)
class Errands:
    """The errands of one company. Threads may share it; only one begins them, and one runs them."""

    apart: bool = False
    """Somebody else than who begins errands runs them."""
    came: threading.Event = made(default_factory=threading.Event)
    """Set when an errand was handed over."""
    guard: threading.Lock = made(default_factory=threading.Lock)
    current: Errand | None = None
    """It was handed over, and has not ended."""
    over: dict[PurePath, tuple[str, Ended | Exception]] = made(default_factory=dict)
    """How errands ended of which nobody has heard yet."""

    def occupied(self, path: PurePath) -> bool:
        """Return whether nothing can be begun with *path* now, because of another errand."""
        with self.guard:
            return self.current is not None and self.current.path != path

    def open(self) -> frozenset[PurePath]:
        """Return with which desks something is done, or was done of which nobody has heard yet."""
        with self.guard:
            return frozenset({*self.over, *((self.current.path,) if self.current is not None else ())})

    def do(self, path: PurePath, what: str, prepare: Callable[[], Act]) -> Ended:
        """Do something, or begin it, or say how it ended, if the same was asked for before.

        *prepare* returns what is done at Google; it is called at once, and only if that is begun. Raises what it
        raises, and what was raised while it was done.
        """
        if not self.apart:
            return prepare()()
        with self.guard:
            before = self.over.get(path)
            if before is not None and before[0] == what:
                del self.over[path]
                if isinstance(before[1], Exception):
                    raise before[1]
                return before[1]
            if self.current is not None:
                mine = (self.current.path, self.current.what) == (path, what)
                return UNDERWAY if mine else Refused(why=Why.BUSY, who=AWAY)
        errand = Errand(path=path, what=what, act=prepare())
        with self.guard:
            self.over.pop(path, None)
            self.current = errand
        self.came.set()
        return UNDERWAY

    def run(self) -> bool:
        """Do what was handed over; return whether there was anything."""
        self.came.clear()
        errand = self.current
        if errand is None:
            return False
        ended: Ended | Exception
        try:
            ended = errand.act()
        except Exception as error:
            # A bug: it is raised where the daemon tells of bugs, when it is asked how this ended.
            ended = error
        with self.guard:
            self.current, self.over[errand.path] = None, (errand.what, ended)
        return True
