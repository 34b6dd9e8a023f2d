"""Every store keeps the same promises: the fake, SQLite, PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.edges.store.sql import SqlStore, open_store
from tests.support.memory_store import MemoryStore
from tests.support.postgres import own_schema
from tests.support.store_contract import StoreContract
from tests.support.store_samples import FORMS

Reopen = Callable[[SqlStore], SqlStore]


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore(FORMS)

    @pytest.fixture
    def reopen(self) -> Callable[[MemoryStore], MemoryStore]:
        return MemoryStore.snapshot

    def test_a_snapshot_is_not_reached_by_what_happens_later(self, store):
        before = store.snapshot()
        self.test_publishing_again_changes_nothing(store)

        self.test_an_empty_store_knows_nothing(before)


class _OnDatabase(StoreContract):
    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        store = open_store(url, FORMS)
        yield store
        store.close()

    @pytest.fixture
    def reopen(self, url: str) -> Iterator[Reopen]:
        """Open the database once more, beside the store: nothing is shared but what was committed."""
        opened: list[SqlStore] = []

        def open_again(_store: SqlStore) -> SqlStore:
            opened.append(open_store(url, FORMS))
            return opened[-1]

        yield open_again
        for each in opened:
            each.close()


class TestSqlite(_OnDatabase):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'deskbook.db'}"


class TestPostgresql(_OnDatabase):
    @pytest.fixture
    def url(self) -> Iterator[str]:
        with own_schema() as url:
            yield url
