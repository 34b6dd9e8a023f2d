"""Being told that something happened in the desks' folder. Hints only: what is true, a scan says."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path, PurePath
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self

from watchdog.events import (
    EVENT_TYPE_CLOSED,
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_MOVED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from sync.edges.settings import Polling
from sync.edges.store.place import MOUNTS, mounted, mounts_in

_LOCK: Final = re.compile(r"~\$.*|\.~.*")
"""Excel's, LibreOffice's and WPS's marks of an open file."""

_PASSING: Final = re.compile(
    r"\..*|~.*|.*~|.*\.(tmp|temp|part|partial|crdownload|download|filepart)|[0-9A-F]{8}|desktop\.ini|thumbs\.db",
    re.IGNORECASE,
)
"""Files that programs make while they save, and that synchronising programs make while they fetch: Syncthing
(`.syncthing.*.tmp`, `~syncthing~*.tmp`), Nextcloud and ownCloud (`.*.~abc`, `.sync_*.db`, `.owncloudsync.log`),
Dropbox (`.dropbox.cache`), browsers."""

_DEAF: Final = re.compile(
    r"nfs4?|cifs|smb[23]?|smbfs|ncpfs|afs|coda|9p|v9fs|drvfs|wslfs|virtiofs|vboxsf|vmhgfs|prl_fs|ceph|lustre|gpfs"
    r"|beegfs|glusterfs|ocfs2|gfs2|pvfs2|orangefs|davfs|fakeowner|grpcfuse|osxfs|gofer|fuse(\..*)?"
)
"""File systems that other computers, or the host of a container, write to: the kernel here is not told of it
(watchdog #409, #504, #668; Windows' drives in WSL, microsoft/WSL #4739; Docker Desktop's folders, docker/for-win
#12766; gVisor, google/gvisor #8089)."""

_NOT_LISTENING: Final = "not listening"

_GONE_SECONDS: Final = 2.0
"""How often a folder that is gone is looked for."""

_SLICE_SECONDS: Final = 1.0 if os.name == "nt" else 3600.0
"""On Windows a waiting thread does not hear Ctrl-C, so it must not wait long at a time."""


class Watch:
    """Listens to a folder. Start it with the first `wait`, end it with `stop`, or use it as a context.

    It survives that the folder vanishes and comes back (an unmounted share), and that the system has no
    more room for listeners: then it looks for itself, which `how` says.
    """

    def __init__(self, root: Path, polling: Polling = Polling.AUTO, poll_seconds: float = 2.0) -> None:
        self._root = root
        self._polling = polling
        self._poll_seconds = poll_seconds
        self._hints: SimpleQueue[Path | None] = SimpleQueue()
        self._observer: BaseObserver | None = None
        self._listens_to: tuple[int, int] | None = None
        self._how = _NOT_LISTENING

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def how(self) -> str:
        """In which way it listens now, for the log: `events`, `polling: nfs`, `not listening: …`."""
        return self._how

    def wait(self, timeout: float) -> frozenset[Path]:
        """Return the paths where something happened, at once if it has, at the latest after *timeout* seconds.

        Empty if nothing happened or somebody called `wake`. The folder itself: look at everything.
        """
        end = time.monotonic() + timeout
        while True:
            self._attend()
            left = end - time.monotonic()
            nap = min(left, _SLICE_SECONDS if self._observer is not None else _GONE_SECONDS)
            try:
                first = self._hints.get(timeout=max(nap, 0))
            except Empty:
                if left <= nap:
                    return frozenset()
                continue
            return frozenset(each for each in (first, *self._drained()) if each is not None)

    def hint(self, path: Path) -> None:
        """End a `wait`, and let it return *path*: something happened there. May be called from any thread."""
        self._hints.put(path)

    def wake(self) -> None:
        """End a `wait`. May be called from a signal handler and from any thread."""
        self._hints.put(None)

    def stop(self) -> None:
        """Stop listening and end all threads."""
        observer, self._observer, self._listens_to = self._observer, None, None
        self._how = _NOT_LISTENING
        if observer is not None:
            observer.stop()
            observer.join()

    def _drained(self) -> list[Path | None]:
        drained = []
        while not self._hints.empty():
            drained.append(self._hints.get())
        return drained

    def _attend(self) -> None:
        """See to it that the folder that is there now is the one listened to."""
        there = _identity(self._root)
        listening = self._observer is not None and _alive(self._observer)
        if there == self._listens_to and (listening or there is None):
            return
        self.stop()
        if there is None:
            self._how = f"{_NOT_LISTENING}: the folder is not there"
            return
        self._observer = self._listen()
        if self._observer is not None:
            self._listens_to = there
            self._hints.put(self._root)

    def _listen(self) -> BaseObserver | None:
        kind = deaf_file_system(self._root)
        deaf = kind is not None
        if self._polling is Polling.ALWAYS or (self._polling is Polling.AUTO and deaf):
            return self._begun(self._poller, "polling" + (f": {kind}" if deaf else ""), modified=True)
        observer = self._begun(Observer, "events", modified=False)
        if observer is not None:
            return observer
        # Most often there are no more inotify watches or instances: a folder that is polled is better than
        # one that is not heard.
        why = self._how.removeprefix(_NOT_LISTENING)
        return self._begun(self._poller, f"polling{why}", modified=True)

    def _poller(self) -> BaseObserver:
        return PollingObserver(timeout=self._poll_seconds)

    def _begun(self, make: Callable[[], BaseObserver], how: str, *, modified: bool) -> BaseObserver | None:
        """Return an observer that has begun to listen, or None if that is not possible now."""
        ear = _Ear(self._hints, self._root, modified=modified)
        try:
            observer = make()
            observer.schedule(ear, str(self._root), recursive=True)
            observer.start()
        except OSError as fault:
            self._how = f"{_NOT_LISTENING}: {fault.strerror or fault}"
            return None
        self._how = how
        return observer


class _Ear(FileSystemEventHandler):
    """Turns the observer's events into hints. Runs in the observer's thread."""

    def __init__(self, hints: SimpleQueue[Path | None], root: Path, *, modified: bool) -> None:
        self._hints = hints
        self._root = root
        self._kinds = frozenset({EVENT_TYPE_MOVED, EVENT_TYPE_CREATED, EVENT_TYPE_CLOSED, EVENT_TYPE_DELETED})
        if modified:
            # Polling knows no end of writing; with events, a save has a dozen of these and one `closed`.
            self._kinds |= {EVENT_TYPE_MODIFIED}

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass on what may be the end of somebody's saving, or of his having a file open."""
        if event.event_type not in self._kinds or (
            event.is_directory and event.event_type == EVENT_TYPE_MODIFIED
        ):
            return
        # Saving ends in a rename onto the name, so where it went matters as much as where it was.
        for place in (os.fsdecode(event.src_path), os.fsdecode(event.dest_path)):
            if place and matters(PurePath(place).name, deleted=event.event_type == EVENT_TYPE_DELETED):
                self._hints.put(Path(place))


def matters(name: str, *, deleted: bool = False) -> bool:
    """Return whether a file called *name* is worth a look; of a program's lock, only that it is *deleted*."""
    if _LOCK.fullmatch(name):
        return deleted
    return _PASSING.fullmatch(name) is None


def deaf_file_system(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of file system that *path* lies on, if it does not tell of what other computers change.

    What is mounted below it counts too: one desk's folder may be a share of its own.
    """
    try:
        mountinfo = mounts.read_text(encoding="utf-8", errors="surrogateescape")
        whole = path.resolve()
    except OSError:  # not Linux: Windows and macOS tell of shares too, more or less
        return None
    below = (each.point for each in mounts_in(mountinfo) if each.point.is_relative_to(whole))
    kinds = (mounted(mountinfo, each) for each in (whole, *below))
    return next((each for each in kinds if _DEAF.fullmatch(each)), None)


def _identity(root: Path) -> tuple[int, int] | None:
    try:
        found = root.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _alive(observer: BaseObserver) -> bool:
    return observer.is_alive() and all(each.is_alive() for each in observer.emitters)
