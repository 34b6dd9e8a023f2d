"""What the store remembers is never older than what is committed, whoever committed it."""

import threading
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
from sqlalchemy import event

from sheet_templates.form import FormKey
from sheet_templates.record import RecordId
from sync.edges.store.sql import SqlStore, open_store
from sync.ports import Hash, RenderId
from tests.support.store_samples import AT, FORMS, WANG, commit, customer, entry, message, render

C, C1 = FormKey("customer"), RecordId("c1")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deskbook.db'}"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    store = open_store(url, FORMS)
    yield store
    store.close()


@pytest.fixture
def other(url: str) -> Iterator[SqlStore]:
    store = open_store(url, FORMS)
    yield store
    store.close()


class _Statements:
    """Counts what is asked of the database."""

    def __init__(self, store: SqlStore) -> None:
        self.count = 0
        event.listen(store.database.engine, "before_cursor_execute", self._one_more)

    def _one_more(self, *_: object) -> None:
        self.count += 1


def test_a_record_that_nobody_changed_is_read_once(store: SqlStore):
    store.commit(commit(records=(customer("c1", name="一"), customer("c2"))))
    first = store.get(C, C1)
    asked = _Statements(store)
    again = store.get(C, C1)

    assert again is first
    assert asked.count == 0


def test_numbers_and_short_lists_that_nobody_changed_are_read_once(store: SqlStore):
    store.commit(commit(records=(customer("c1", "N-1", name="一"), customer("c2", "N-2"))))
    first = (
        store.numbered(C, "N-1"),
        store.numbered(C, "N-9"),
        store.every(C),
        store.every(FormKey("order")),
    )
    asked = _Statements(store)
    again = (
        store.numbered(C, "N-1"),
        store.numbered(C, "N-9"),
        store.every(C),
        store.every(FormKey("order")),
    )

    assert again == first
    assert asked.count == 0


def test_what_a_commit_makes_of_numbers_and_lists_is_seen_at_once(store: SqlStore, other: SqlStore):
    store.commit(commit(records=(customer("c1", "N-1"), customer("c2", "N-2"))))
    for writer, new in ((store, "N-3"), (other, "N-4"), (store, "N-5"), (other, "N-6")):
        seen = [(each.every(C), each.numbered(C, new), each.numbered(C, "N-1")) for each in (store, other)]
        assert all(len(listed) == int(new[-1]) - 1 and found is None for listed, found, _ in seen)
        version = int(new[-1])
        writer.commit(commit(records=(customer(f"c{new}", new), customer("c1", "N-1", version=version))))

        for each in (store, other):
            assert [record.number for record in each.every(C)] == [
                f"N-{n}" for n in range(1, int(new[-1]) + 1)
            ]
            assert each.numbered(C, new) is not None
            assert each.numbered(C, "N-1").version == version  # type: ignore[union-attr]
            assert each.every(C)[0].version == version


def test_what_is_asked_with_every_look_is_asked_once_between_two_commits(store: SqlStore, other: SqlStore):
    def asked(of: SqlStore) -> tuple[object, ...]:
        return (of.head(), of.file(WANG), of.latest(WANG), of.problems(), of.dirty(WANG), of.waiting_desks())

    for n, writer in enumerate((store, other, store, other), start=1):
        before = [asked(each) for each in (store, other)]
        counted = _Statements(store)
        assert [asked(each) for each in (store, other)] == before
        assert counted.count == 0

        writer.prepare(render(f"r{n}", None, {"c1": {}}))
        writer.publish(RenderId(f"r{n}"), PurePath("a.xlsx"), Hash(f"h{n}"), (), AT)
        writer.commit(commit(entries=(entry(),), dirty=frozenset({(WANG, C, RecordId(f"c{n}"))})))

        for each in (store, other):
            head, file, latest, _, dirty, desks = asked(each)
            assert head[0] == n  # type: ignore[index]
            assert file.file == f"h{n}"  # type: ignore[attr-defined]
            assert latest == f"r{n}"
            assert [row.record for row in dirty] == [f"c{m}" for m in range(1, n + 1)]  # type: ignore[attr-defined]
            assert desks == (WANG,)


def test_ones_own_commit_leaves_the_others_remembered(store: SqlStore):
    store.commit(commit(records=(customer("c1", name="一"), customer("c2"))))
    kept = store.get(C, C1)
    store.get(C, RecordId("c2"))
    store.commit(commit(records=(customer("c2", version=2),), entries=(entry(),)))

    assert store.get(C, C1) is kept
    assert store.get(C, RecordId("c2")).version == 2  # type: ignore[union-attr]


def test_what_another_program_commits_is_seen_at_once(store: SqlStore, other: SqlStore):
    for version in range(1, 6):
        writer, reader = (store, other) if version % 2 else (other, store)
        writer.commit(commit(records=(customer("c1", f"N-{version}", version=version),)))

        assert reader.get(C, C1).version == version  # type: ignore[union-attr]
        assert writer.get(C, C1).version == version  # type: ignore[union-attr]
        assert reader.numbered(C, f"N-{version}").version == version  # type: ignore[union-attr]


def test_that_there_is_no_such_record_is_not_remembered_too_long(store: SqlStore, other: SqlStore):
    assert store.get(C, C1) is None
    other.commit(commit(records=(customer("c1"),)))
    assert store.get(C, C1) is not None

    assert store.get(C, RecordId("c2")) is None
    store.commit(commit(records=(customer("c2"),)))
    assert store.get(C, RecordId("c2")) is not None


def test_two_who_write_in_turn_never_see_an_old_version(store: SqlStore, other: SqlStore):
    """Each has the record remembered when the other one changes it between its own two commits."""
    store.commit(commit(records=(customer("c1", version=1), customer("c2"))))
    assert store.get(C, C1).version == other.get(C, C1).version == 1  # type: ignore[union-attr]
    other.commit(commit(records=(customer("c1", version=2),)))
    store.commit(commit(records=(customer("c2", version=2),)))

    assert store.get(C, C1).version == 2  # type: ignore[union-attr]
    assert other.get(C, RecordId("c2")).version == 2  # type: ignore[union-attr]


def test_a_commit_that_failed_is_not_remembered(store: SqlStore):
    store.commit(commit(records=(customer("c1", "N-1"), customer("c2", "N-2"))))
    store.get(C, C1)
    with pytest.raises(ValueError, match="UNIQUE"):
        store.commit(commit(records=(customer("c1", "N-2", version=2),)))

    assert store.get(C, C1).version == 1  # type: ignore[union-attr]


def test_what_others_do_besides_records_costs_nothing(store: SqlStore, other: SqlStore):
    store.commit(commit(records=(customer("c1"),)))
    kept = store.get(C, C1)
    other.post((message(),))

    assert store.get(C, C1) is kept


def test_what_is_read_cannot_be_changed_for_the_next_reader(store: SqlStore):
    store.commit(commit(records=(customer("c1", name="一"),)))
    store.prepare(render("r1", None, {"c1": {"name": "一"}}))
    with pytest.raises(TypeError):
        store.get(C, C1).values["name"] = "二"  # type: ignore[index, union-attr]
    shown = store.base(WANG, RenderId("r1"))
    with pytest.raises(TypeError):
        shown[C, C1] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        shown[C, C1]["name"] = "二"  # type: ignore[index]


def test_a_render_that_was_just_prepared_need_not_be_read(store: SqlStore):
    store.prepare(render("r1", None, {"c1": {"name": "一"}, "c2": {}}))
    store.prepare(render("r2", "r1", {"c1": {"name": "二"}, "c2": None}))
    asked = _Statements(store)
    shown = store.base(WANG, RenderId("r2"))

    assert asked.count == 0
    assert shown == {(C, C1): {"name": "二"}}


def test_renders_are_right_long_after_they_were_forgotten(store: SqlStore):
    for n in range(100):
        store.prepare(render(f"r{n}", f"r{n - 1}" if n else None, {f"c{n}": {"name": f"{n}"}}))

    for n in (0, 1, 50, 99, 0):
        assert len(store.base(WANG, RenderId(f"r{n}")) or ()) == n + 1


def test_threads_that_read_and_write_at_once_never_go_back(store: SqlStore, other: SqlStore):
    """Versions only grow: a reader that sees a smaller one than before was told something old."""
    store.commit(commit(records=(customer("c1", version=1),)))
    stop = threading.Event()
    steps_back: list[tuple[int, int]] = []

    def read(own: SqlStore) -> None:
        last = 0
        while not stop.is_set():
            found = own.get(C, C1)
            version = found.version if found is not None else 0
            if version < last:
                steps_back.append((last, version))
            last = version

    readers = [threading.Thread(target=read, args=(own,)) for own in (store, store, other)]
    for each in readers:
        each.start()
    for version in range(2, 120):
        (store if version % 3 else other).commit(commit(records=(customer("c1", version=version),)))
        writer_sees = store.get(C, C1).version  # type: ignore[union-attr]
        assert writer_sees == version
    stop.set()
    for each in readers:
        each.join()

    assert steps_back == []
