import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sync.edges.settings import Polling
from sync.edges.watch import Watch, deaf_file_system, matters

POLL = 0.1
FIRST = 0.2
"""Seconds after which a poller has taken its first picture."""

LINUX = Path("/proc/self/mountinfo").exists()


@pytest.fixture(params=[Polling.NEVER, Polling.ALWAYS])
def watch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watch]:
    root = tmp_path / "desks"
    root.mkdir()
    with Watch(root, request.param, poll_seconds=POLL) as listening:
        assert listening.wait(0) == {root}
        if request.param is Polling.ALWAYS:
            time.sleep(FIRST)
        yield listening


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "desks"


def heard(watch: Watch, wanted: Path, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if wanted in watch.wait(0.2):
            return True
    return False


def quiet(watch: Watch, seconds: float = 4 * POLL) -> frozenset[Path]:
    end, hints = time.monotonic() + seconds, frozenset[Path]()
    while time.monotonic() < end:
        hints |= watch.wait(end - time.monotonic())
    return hints


def save_in_place(root: Path) -> None:
    (root / "表.xlsx").write_bytes(b"new content")


def save_as_excel_does(root: Path) -> None:
    (root / "1A2B3C4D").write_bytes(b"new content")
    (root / "表.xlsx").rename(root / "表~RF12ab34.TMP")
    (root / "1A2B3C4D").rename(root / "表.xlsx")
    (root / "表~RF12ab34.TMP").unlink()


def save_as_libreoffice_does(root: Path) -> None:
    (root / "lu4711.tmp").write_bytes(b"new content")
    (root / "lu4711.tmp").replace(root / "表.xlsx")


@pytest.mark.parametrize("save", [save_in_place, save_as_excel_does, save_as_libreoffice_does])
def test_every_way_of_saving_is_heard(watch: Watch, root: Path, save: Callable[[Path], None]):
    (root / "表.xlsx").write_bytes(b"old")
    assert heard(watch, root / "表.xlsx")
    quiet(watch)

    save(root)

    assert heard(watch, root / "表.xlsx")


def test_a_file_that_is_deleted_and_one_in_a_new_folder_are_heard(watch: Watch, root: Path):
    (root / "a.xlsx").write_bytes(b"a")
    assert heard(watch, root / "a.xlsx")
    (root / "a.xlsx").unlink()
    assert heard(watch, root / "a.xlsx")

    (root / "north").mkdir()
    assert heard(watch, root / "north")
    (root / "north" / "b.xlsx").write_bytes(b"b")
    assert heard(watch, root / "north" / "b.xlsx")


def test_reading_and_the_programs_own_files_are_not_heard(watch: Watch, root: Path):
    (root / "表.xlsx").write_bytes(b"x")
    assert heard(watch, root / "表.xlsx")
    quiet(watch)

    (root / "表.xlsx").read_bytes()
    for name in ("~$表.xlsx", ".~lock.表.xlsx#", "lu1.tmp", "1A2B3C4D", ".表.xlsx.part"):
        (root / name).write_bytes(b"x")

    assert quiet(watch) == frozenset()


def test_that_somebody_closed_his_file_is_heard(watch: Watch, root: Path):
    lock = root / "~$表.xlsx"
    lock.write_bytes(b"x")
    quiet(watch)

    lock.unlink()

    assert heard(watch, lock)


def test_a_folder_that_vanishes_and_returns_is_heard_again(watch: Watch, root: Path):
    aside = root.with_name("aside")
    root.rename(aside)
    quiet(watch, 0.5)
    assert watch.how.startswith("not listening")

    aside.rename(root)
    assert heard(watch, root)
    quiet(watch)
    (root / "a.xlsx").write_bytes(b"a")

    assert heard(watch, root / "a.xlsx")


def test_another_folder_in_its_place_is_noticed(watch: Watch, root: Path):
    root.rename(root.with_name("aside"))
    root.mkdir()
    quiet(watch)

    (root / "a.xlsx").write_bytes(b"a")

    assert heard(watch, root / "a.xlsx")


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path):
    with Watch(tmp_path / "later") as watch:
        assert watch.wait(0.1) == frozenset()
        (tmp_path / "later").mkdir()

        assert watch.wait(5) == {tmp_path / "later"}


def test_waiting_ends_at_its_time(watch: Watch):
    begun = time.monotonic()

    assert watch.wait(0.5) == frozenset()
    assert 0.45 < time.monotonic() - begun < 1.5


def test_waking_from_another_thread_ends_the_wait(watch: Watch):
    threading.Timer(0.2, watch.wake).start()
    begun = time.monotonic()

    assert watch.wait(10) == frozenset()
    assert time.monotonic() - begun < 2


def test_a_signal_ends_the_wait(watch: Watch):
    before = signal.signal(signal.SIGUSR1, lambda *_: watch.wake())
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        begun = time.monotonic()
        watch.wait(10)
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert time.monotonic() - begun < 2


def test_stopping_ends_all_threads_and_waiting_begins_anew(watch: Watch, root: Path):
    before = threading.active_count()

    watch.stop()
    watch.stop()

    assert threading.active_count() < before
    assert watch.how == "not listening"
    assert watch.wait(5) == {root}


@pytest.mark.skipif(not LINUX, reason="the list of open files is Linux's")
def test_listening_anew_leaves_no_files_open(watch: Watch, root: Path):
    counts = []
    for _ in range(4):
        watch.stop()
        assert watch.wait(5) == {root}
        counts.append(len(list(Path("/proc/self/fd").iterdir())))

    assert len(set(counts[1:])) == 1


def test_at_rest_it_costs_next_to_nothing(tmp_path: Path):
    with Watch(tmp_path, Polling.NEVER) as watch:
        watch.wait(0)
        before = resource.getrusage(resource.RUSAGE_SELF)
        watch.wait(2)
        after = resource.getrusage(resource.RUSAGE_SELF)

    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 0.1


@contextmanager
def room_for_files(more: int) -> Iterator[None]:
    """Let this process open only so many files more than it has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
    fillers = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1 + more, hard))
    try:
        with suppress(OSError):
            while True:
                fillers.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(more):
            os.close(fillers.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in fillers:
            os.close(each)


@pytest.mark.skipif(not LINUX, reason="inotify is Linux's")
def test_without_room_for_listeners_it_polls_and_says_so(tmp_path: Path):
    with Watch(tmp_path, Polling.NEVER, poll_seconds=POLL) as watch:
        with room_for_files(2):
            assert watch.wait(0) == {tmp_path}
        assert watch.how.startswith("polling: ")
        time.sleep(FIRST)

        (tmp_path / "a.xlsx").write_bytes(b"a")

        assert heard(watch, tmp_path / "a.xlsx")


@pytest.mark.skipif(not LINUX, reason="inotify is Linux's")
def test_when_it_cannot_even_poll_it_says_so_and_goes_on_trying(tmp_path: Path):
    with Watch(tmp_path, Polling.NEVER) as watch:
        with room_for_files(0):
            assert watch.wait(0) == frozenset()
            assert watch.how.startswith("not listening: ")

        assert watch.wait(5) == {tmp_path}
        assert watch.how == "events"


@pytest.mark.parametrize(
    ("name", "worth"),
    [
        ("表.xlsx", True),
        ("表 (conflicted copy).xlsx", True),
        ("north", True),
        ("~$表.xlsx", False),
        (".~lock.表.xlsx#", False),
        (".~表.xlsx", False),
        ("lu123.tmp", False),
        ("表~RF12ab34.TMP", False),
        ("1A2B3C4D", False),
        ("Cedd4100", False),
        ("12345678.xlsx", True),
        (".syncthing.表.xlsx.tmp", False),
        ("~syncthing~表.xlsx.tmp", False),
        (".表.xlsx.~3f2a", False),
        (".sync_d41d8cd98f.db", False),
        (".sync_d41d8cd98f.db-wal", False),
        (".owncloudsync.log", False),
        (".nextcloudsync.log", False),
        (".dropbox.cache", False),
        ("表.xlsx.partial", False),
        ("表.xlsx.crdownload", False),
        ("~WRL0001.tmp", False),
        ("表.xlsx~", False),
        ("desktop.ini", False),
        ("表.sync-conflict-20261121-160700-ABCDEFG.xlsx", True),
    ],
)
def test_which_names_are_worth_a_look(name: str, worth: bool):
    assert matters(name) is worth


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/desks rw - cifs //server/desks rw
31 30 0:41 / /srv/desks/local rw - tmpfs tmpfs rw
32 22 0:42 / /mnt/with\\040blank rw - fuse.sshfs host:/ rw
33 22 0:43 / /mnt/usb rw - fuseblk /dev/sdb rw
34 22 0:44 / /mnt/nas rw - nfs4 server:/ rw
35 22 0:40 /east /srv/bound rw - cifs //server/desks rw
36 22 8:1 /data/desks /srv/local rw - ext4 /dev/sda1 rw
37 36 0:45 / /srv/local/Rae rw - nfs4 server:/rae rw
38 22 0:46 / /mnt/c rw,noatime - 9p C:\\134 rw,aname=drvfs
39 22 0:47 / /shared rw - fakeowner grpcfuse rw
40 22 0:48 / /mnt/twice rw - cifs //server/old rw
41 40 8:2 / /mnt/twice rw - ext4 /dev/sdc rw
42 22 0:49 / /mnt/deep/down rw - nfs4 server:/ rw
43 22 8:3 / /mnt/deep rw - ext4 /dev/sdd rw
44 22 0:50 / /mnt/tab\\011and\\134slash rw - fuse.rclone remote: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/desks/north/a.xlsx", "cifs"),
        ("/mnt/with blank", "fuse.sshfs"),
        ("/mnt/nas", "nfs4"),
        ("/srv/desks/local/x", None),
        ("/srv/desksother", None),
        ("/mnt/usb", None),
        ("/srv/bound/x", "cifs"),
        ("/srv/local/Roy", None),
        ("/srv/local", "nfs4"),
        ("/srv/local/Rae/a", "nfs4"),
        ("/mnt/c/desks", "9p"),
        ("/shared/desks", "fakeowner"),
        ("/mnt/twice/x", None),
        ("/mnt/deep/down/x", None),
        ("/mnt/tab\tand\\slash", "fuse.rclone"),
    ],
)
def test_file_systems_that_tell_nothing_are_known(tmp_path: Path, path: str, kind: str | None):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)

    assert deaf_file_system(Path(path), mounts) == kind


def test_without_a_list_of_mounts_every_file_system_is_listened_to(tmp_path: Path):
    assert deaf_file_system(tmp_path, tmp_path / "nowhere") is None
