"""Pulls the plug between any two acts of the engine on the world, or lets its disks fail."""

import errno
from collections.abc import Callable
from random import Random
from typing import Any, Final

from sheet_templates.record import text
from sync.edges.store.errors import StoreError
from sync.ports import Refused, Why

STORE: Final = frozenset({"commit", "prepare", "publish", "post", "done", "mark"})
WORKBOOKS: Final = frozenset({"write", "create", "file_away", "note", "sweep", "read"})
"""Reading keeps the version that is read, and sweeping clears what lies about: both change something."""

ACTS: Final = frozenset({*STORE, *WORKBOOKS, "deliver"})
"""What changes something: in the store, in a file, or at the post office.

What only looks needs no fuse: a crash just before or after it is a crash after the act before it.
"""


class Crash(BaseException):
    """The process is gone. No exception that anybody handles."""


class Fuse:
    """Stands before a port: lets *left* acts go by, then crashes, before the next one or just after it.

    Several fuses may share one count.
    """

    def __init__(self, port: Any, left: list[int], *, after: bool) -> None:
        self._port, self._left, self._after = port, left, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._guarded(found) if name in ACTS else found

    def _guarded(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*args: Any, **kwargs: Any) -> Any:
            self._left[0] -= 1
            if self._left[0] >= 0:
                return act(*args, **kwargs)
            if self._after:
                act(*args, **kwargs)
            raise Crash

        return acting


DISK_FAULTS: Final = (errno.ENOSPC, errno.EACCES, errno.EIO)
STORE_FAULTS: Final = ("store.full", "store.busy", "store.unreadable", "store.denied")


class Failing:
    """Stands before a port whose disk fails: each act fails with the chance *often*, as long as *fails* says so.

    An act that fails does nothing. The store says it as `sync.edges.store` does; a workbook that cannot be
    written is refused, or the error comes through, as it may from any other act on files.
    """

    def __init__(self, port: Any, chance: Random, often: float) -> None:
        self._port, self._chance, self._often = port, chance, often
        self.fails = True
        self.faults = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name in STORE:
            return self._guarded(found, self._store_fault)
        if name in WORKBOOKS or name == "scan":
            return self._guarded(found, self._disk_fault(name))
        return found

    def _guarded(self, act: Callable[..., Any], fault: Callable[[], Any]) -> Callable[..., Any]:
        def acting(*args: Any, **kwargs: Any) -> Any:
            if not self.fails or self._chance.random() >= self._often:
                return act(*args, **kwargs)
            self.faults += 1
            return fault()

        return acting

    def _store_fault(self) -> Any:
        key = self._chance.choice(STORE_FAULTS)
        raise StoreError(text(key, place="store", why="a fault"), text(f"{key}.mend", place="store"))

    def _disk_fault(self, name: str) -> Callable[[], Any]:
        def fault() -> Any:
            if name in ("write", "create", "file_away") and self._chance.random() < 0.5:
                return Refused(why=Why.DENIED, detail="a fault")
            number = self._chance.choice(DISK_FAULTS)
            raise OSError(number, errno.errorcode[number], name)

        return fault
