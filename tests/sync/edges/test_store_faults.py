"""Whatever breaks while the store changes, and wherever: all of it happened or nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from sync.edges.store.chain import verify_journal
from sync.edges.store.errors import StoreError
from sync.edges.store.sql import SqlStore, open_store
from sync.ports import Attachment, Hash, RenderId
from tests.support.postgres import own_schema
from tests.support.store_samples import (
    AT,
    FILE,
    FORMS,
    LATER,
    WANG,
    commit,
    customer,
    entry,
    everything,
    message,
    notice,
    number_given,
    render,
)
from tests.support.store_seen import seen

Change = Callable[[SqlStore], object]


def _begin(store: SqlStore) -> None:
    """Let there be something of everything already, so that changes replace, close and cross off too."""
    store.commit(everything())
    store.prepare(render("r1", None, {"c1": {"name": "一"}}))
    store.publish(RenderId("r1"), FILE, Hash("f1"), (), AT)
    store.post((message("before"),))


def _commit(store: SqlStore) -> None:
    waiting = everything()
    store.commit(
        commit(
            entries=(entry("change", old="王記", new="王氏"), number_given("C", 2)),
            records=(customer("c1", "N-1", name="王氏", version=2), customer("c2", "N-2", name="李記")),
            undrafted=tuple((each.desk, each.address) for each in waiting.drafts),
            solved=waiting.problems,
            settled=waiting.conflicts,
            notices=(notice("second"),),
            dirty=waiting.dirty,
        )
    )


def _prepare(store: SqlStore) -> None:
    store.prepare(render("r2", "r1", {"c1": {"name": "二"}, "c2": {"name": "三"}}))


def _publish(store: SqlStore) -> None:
    store.publish(RenderId("r1"), FILE, Hash("f2"), [each.seq for each in store.dirty(WANG)], LATER)


def _post(store: SqlStore) -> None:
    told = [each.id for each in store.notices()]
    along = (Attachment(name="a.xlsx", mime="application/x", content=b"abc"),)
    store.post((message("a", attachments=along), message("b", attachments=along)), told, (entry("report"),))


def _done(store: SqlStore) -> None:
    store.done("report", "2026-10", AT, (message("a"), message("b")))


CHANGES: tuple[Change, ...] = (_commit, _prepare, _publish, _post, _done)


@contextmanager
def _at_statement(engine: Engine, number: int, happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen before the statement *number* of those that change something, or COMMIT."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == number:
            happens()

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SELECT", "PRAGMA")):
            step()

    def before_commit(_connection: object) -> None:
        step()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", before_commit)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", before_commit)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deskbook.db'}"
    else:
        with own_schema() as own:
            yield own


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url, FORMS)
    _begin(store)
    yield store
    store.close()


def _break() -> None:
    raise OSError("the disk is gone")


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_breaks_at_any_statement_changes_nothing(store: SqlStore, url: str, change: Change):
    before = seen(store)
    broken = 0
    while True:
        try:
            with _at_statement(store.database.engine, broken + 1, _break):
                change(store)
            break
        except OSError:
            broken += 1
            assert seen(store) == before
    other = open_store(url, FORMS)
    after = seen(other)
    other.close()

    assert broken >= 3
    assert seen(store) == after != before
    assert verify_journal(store) == ()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _in_a_child(url: str, number: int, change: Change) -> bool:
    """Carry out *change* in a process that is killed before its statement *number*; return whether it was."""
    child = os.fork()
    if child == 0:
        try:
            own = open_store(url, FORMS)
            with _at_statement(own.database.engine, number, _die):
                change(own)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("change", CHANGES)
def test_a_process_killed_at_any_statement_leaves_all_or_nothing(tmp_path: Path, change: Change):
    url = f"sqlite:///{tmp_path / 'deskbook.db'}"
    first = open_store(url, FORMS)
    _begin(first)
    before = seen(first)
    first.close()
    killed = 0
    while _in_a_child(url, killed + 1, change):
        killed += 1
        found = open_store(url, FORMS)
        assert seen(found) == before
        assert found.damage() == ()
        found.close()
    last = open_store(url, FORMS)

    assert killed >= 3
    assert seen(last) != before
    assert verify_journal(last) == ()
    last.close()


def test_a_process_killed_at_any_moment_leaves_whole_commits(tmp_path: Path):
    """Here the kill comes from outside, at random moments, the COMMIT itself included."""
    url = f"sqlite:///{tmp_path / 'deskbook.db'}"
    open_store(url, FORMS).close()
    for wait in (0.0, 0.003, 0.007, 0.011, 0.02):
        child = os.fork()
        if child == 0:
            try:
                _commit_forever(url)
            finally:
                os._exit(1)
        grown = _grown(url)
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        store = open_store(url, FORMS)
        lines, _ = store.head()
        store_records = len(store.every(customer("x").form))
        store.close()

        assert lines >= grown > 0
        assert lines == store_records


def _commit_forever(url: str) -> None:
    own = open_store(url, FORMS)
    while True:
        lines, _ = own.head()
        names = [f"c{lines + n}" for n in range(20)]
        own.commit(
            commit(
                records=tuple(customer(name, name, name=name) for name in names),
                entries=tuple(entry("create", name) for name in names),
            )
        )


def _grown(url: str) -> int:
    """Wait until the child has committed something more; return how much there is."""
    own = open_store(url, FORMS)
    start, _ = own.head()
    while (now := own.head()[0]) == start:
        time.sleep(0.001)
    own.close()
    return now


def test_a_writer_that_is_not_let_in_in_time_changes_nothing_and_says_why(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'deskbook.db'}"
    store, impatient = open_store(url, FORMS), open_store(url, FORMS, wait=0.05)
    with store.database.writing():
        with pytest.raises(StoreError) as refused:
            impatient.commit(everything())

        assert refused.value.problem.what.key == "store.busy"
        assert impatient.head() == (0, "")
    impatient.commit(everything())

    assert store.head()[0] == 1
    store.close()
    impatient.close()


def test_a_full_disk_changes_nothing_and_says_so(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path / 'deskbook.db'}", FORMS)
    _begin(store)
    before = seen(store)
    with store.database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    event.listen(store.database.engine, "connect", limit)
    store.database.engine.dispose()
    with pytest.raises(StoreError) as refused:
        store.commit(commit(records=tuple(customer(f"x{n}", name=f"{n}" * 200) for n in range(2000))))

    assert refused.value.problem.what.key == "store.full"
    assert seen(store) == before
    store.close()


def test_a_store_that_was_damaged_on_disk_is_found_out(tmp_path: Path):
    path = tmp_path / "deskbook.db"
    store = open_store(f"sqlite:///{path}", FORMS)
    store.commit(commit(records=tuple(customer(f"c{n}", f"N-{n}", name=f"name {n}") for n in range(500))))
    assert store.damage() == ()
    store.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = bytes(8192)
    path.write_bytes(content)
    again = open_store(f"sqlite:///{path}", FORMS)

    assert again.damage() != ()
    again.close()
