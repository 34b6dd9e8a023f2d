"""One daemon a workspace: a second one is refused, and told by whom."""

import datetime as dt
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from sync.edges.files import write_whole
from sync.ports import Clock

_LOCK: Final = "lock"
_PROBE_SECONDS: Final = 0.5
"""Who asks whether somebody works here (`running`) holds the lock for a moment: that is nobody at work."""
_HOLDER: Final = "running.json"
"""Beside the lock, because on Windows a locked file cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who works on a workspace."""

    pid: int
    host: str
    since: dt.datetime | None
    """None: it has not said so yet."""


class AlreadyRunningError(Exception):
    """Another Deskbook works on this workspace."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(holder)
        self.holder = holder
        """None: it holds the lock, but does not say who it is."""

    def __str__(self) -> str:
        if self.holder is None:
            return "another Deskbook works on this workspace"
        since = f" since {self.holder.since:%Y-%m-%d %H:%M}" if self.holder.since else ""
        return f"Deskbook process {self.holder.pid} on {self.holder.host} works on this workspace{since}"


@contextmanager
def only_one(state: Path, clock: Clock) -> Iterator[Holder]:
    """Hold the lock of the workspace whose state folder is *state*; it falls with the process, however it ends.

    Raises AlreadyRunningError.
    """
    holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=clock.now())
    lock = FileLock(state / _LOCK)
    try:
        lock.acquire(timeout=_PROBE_SECONDS)
    except Timeout:
        raise AlreadyRunningError(_said(state)) from None
    try:
        write_whole(state / _HOLDER, _written(holder))
        yield holder
    finally:
        (state / _HOLDER).unlink(missing_ok=True)
        lock.release()


def running(state: Path) -> Holder | None:
    """Return who works on the workspace now, or None."""
    if not (state / _HOLDER).exists():
        return None
    try:
        # A process that was killed leaves its name behind, but not its lock.
        with FileLock(state / _LOCK).acquire(timeout=0):
            return None
    except Timeout:
        return _said(state)


def _written(holder: Holder) -> bytes:
    since = holder.since.isoformat() if holder.since else None
    return json.dumps({"pid": holder.pid, "host": holder.host, "since": since}).encode()


def _said(state: Path) -> Holder | None:
    """Return who the holder of the lock says it is, or None if it has not said so (yet)."""
    try:
        said = json.loads((state / _HOLDER).read_bytes())
        return Holder(
            pid=int(said["pid"]), host=str(said["host"]), since=dt.datetime.fromisoformat(said["since"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
