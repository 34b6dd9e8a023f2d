"""Connections to one database, and its two kinds of transaction; the same on SQLite and PostgreSQL.

SQLite's driver would begin transactions by itself, late and not before a SELECT or a CREATE; here it is
told not to, and the BEGIN that a transaction needs is said by us: IMMEDIATE for one that writes, so that it
never finds out half-way that another one was faster. On PostgreSQL a lock gives the same order: one writer
at a time, which the journal's chain needs.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Engine, Row, Table, create_engine, event, literal, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from sync.edges.store.errors import explained

_BEGIN: Final = "deskbook_begin"
_WRITERS: Final = 0x6465736B626F6F6B
"""The advisory lock that writers on PostgreSQL take ("deskbook" in ASCII)."""
_ONE_WRITER: Final = text("SELECT pg_advisory_xact_lock(:key)")
_PATIENCE: Final = text("SELECT set_config('lock_timeout', :wait, true)")

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of whatever columns."""


class Database:
    """One database. Threads may share it; each reads over a connection of its own, which stays open."""

    def __init__(self, url: str, *, wait: float = 30) -> None:
        """Open nothing yet. *wait*: how many seconds a writer waits for another one."""
        self.url = _complete(url)
        self.place = self.url.render_as_string(hide_password=True)
        self.engine = _engine(self.url, wait)
        self._wait = wait
        self._mine = threading.local()
        self._readers: list[Connection] = []
        self._lock = threading.Lock()

    @property
    def on_sqlite(self) -> bool:
        """Whether it is an SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection on which each statement sees what is committed when it runs."""
        connection = self._reader()
        try:
            yield connection
        except DBAPIError as error:
            self._forget(connection)
            raise explained(error, self.place) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection on which all statements see one and the same state."""
        level = {} if self.on_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._transaction({_BEGIN: "BEGIN", **level}) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that happens wholly or, on an exception, not at all."""
        with self._transaction({_BEGIN: "BEGIN IMMEDIATE"}) as connection:
            if not self.on_sqlite:
                connection.execute(_PATIENCE, {"wait": f"{self._wait:.3f}s"})
                connection.execute(_ONE_WRITER, {"key": _WRITERS})
            yield connection

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            readers, self._readers = self._readers, []
        self._mine = threading.local()
        for each in readers:
            each.close()
        self.engine.dispose()

    @contextmanager
    def _transaction(self, options: Mapping[str, Any]) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            raise explained(error, self.place) from error

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            try:
                connection = self.engine.connect().execution_options(
                    **({} if self.on_sqlite else {"isolation_level": "AUTOCOMMIT"})
                )
            except DBAPIError as error:
                raise explained(error, self.place) from error
            self._mine.connection = connection
            with self._lock:
                self._readers.append(connection)
        return connection

    def _forget(self, connection: Connection) -> None:
        self._mine.connection = None
        with self._lock:
            self._readers = [each for each in self._readers if each is not connection]
        connection.invalidate()
        connection.close()


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], key: Iterable[str]
) -> None:
    """Insert *rows*, or replace the rows that have the same *key*; a replaced row keeps its `seq`."""
    if not rows:
        return
    names = tuple(key)
    insert = _insert(connection, table)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in names}
    connection.execute(insert.on_conflict_do_update(index_elements=names, set_=changed), rows)


def insert_new(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert *row*, unless one with the same key is there; return whether it was inserted."""
    insert = _insert(connection, table).values(row).on_conflict_do_nothing()
    return connection.execute(insert.returning(literal(1))).first() is not None


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the INSERT that knows ON CONFLICT, which both databases spell alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _complete(url: str) -> URL:
    """Return *url* with the driver that we use on PostgreSQL. Raises ValueError for another database."""
    made = make_url(url)
    match made.get_backend_name():
        case "postgresql":
            return made.set(drivername="postgresql+psycopg")
        case "sqlite" if made.database not in (None, "", ":memory:"):
            return made
        case _:
            raise ValueError(f"a store is an SQLite file or a PostgreSQL database, not {made!r}")


def _engine(url: URL, wait: float) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": wait})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get(_BEGIN)
    if begin is not None:
        connection.exec_driver_sql(begin)
