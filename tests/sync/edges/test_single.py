import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from sync.edges.single import AlreadyRunningError, Holder, only_one, running
from tests.support.clock import FakeClock

HOLD = """
import sys, time
from pathlib import Path
from zoneinfo import ZoneInfo
from sync.edges.clock import SystemClock
from sync.edges.single import only_one
with only_one(Path(sys.argv[1]), SystemClock(ZoneInfo("UTC"))):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_refused_and_told_by_whom(tmp_path: Path):
    clock = FakeClock()
    with only_one(tmp_path, clock) as holder:
        with pytest.raises(AlreadyRunningError) as refused, only_one(tmp_path, clock):
            pytest.fail("two at once")
        assert running(tmp_path) == holder

    assert holder == Holder(pid=os.getpid(), host=socket.gethostname(), since=clock.now())
    assert refused.value.holder == holder
    assert str(refused.value) == (
        f"Deskbook process {os.getpid()} on {socket.gethostname()} works on this workspace since 2026-11-02 09:00"
    )


def test_who_only_asks_at_that_moment_keeps_nobody_from_beginning(tmp_path: Path):
    """`deskbook status` takes the lock for a moment to see whether it is free."""
    asking = FileLock(tmp_path / "lock", thread_local=False)
    asking.acquire()
    done = threading.Timer(0.1, asking.release)
    done.start()
    with only_one(tmp_path, FakeClock()) as holder:
        assert holder.pid == os.getpid()
    done.join()


def test_when_the_first_one_ends_the_next_may_begin(tmp_path: Path):
    for _ in range(2):
        with only_one(tmp_path, FakeClock()):
            pass

    assert running(tmp_path) is None


def test_workspaces_do_not_hinder_each_other(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    with only_one(tmp_path / "a", FakeClock()), only_one(tmp_path / "b", FakeClock()):
        assert running(tmp_path / "b") is not None


def test_another_process_is_refused_until_it_is_killed(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunningError) as refused, only_one(tmp_path, FakeClock()):
            pytest.fail("two at once")
        other.send_signal(signal.SIGKILL)

    assert refused.value.holder is not None
    assert refused.value.holder.pid == other.pid
    assert running(tmp_path) is None
    with only_one(tmp_path, FakeClock()) as holder:
        assert holder.pid == os.getpid()


@pytest.mark.parametrize("said", [b"", b"{", b"{}", b'{"pid": 1, "host": "a", "since": null}', b"[1]"])
def test_one_that_does_not_say_who_it_is_is_refused_all_the_same(tmp_path: Path, said: bytes):
    with only_one(tmp_path, FakeClock()):
        (tmp_path / "running.json").write_bytes(said)
        with (
            pytest.raises(AlreadyRunningError, match="another Deskbook works"),
            only_one(tmp_path, FakeClock()),
        ):
            pytest.fail("two at once")
