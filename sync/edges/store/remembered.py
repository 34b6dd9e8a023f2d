"""What need not be read again: records that are still true, answers since the last commit, what renders showed.

A cycle looks at every row of the desk that was saved, though one cell of it changed. Nothing here is needed
for the store to be right: forgetting everything only makes it slower.
"""

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection

from sheet_templates.form import DeskKey, FormKey
from sheet_templates.record import Record, RecordId
from sync.edges.store import records
from sync.edges.store.renders import Differences
from sync.ports import RenderId, Rows

_Answer = TypeVar("_Answer")
_Row: TypeAlias = tuple[FormKey, RecordId]
_MOST_RECORDS: Final = 20_000
_MOST_LISTED: Final = 1_000
"""All records of a form are remembered together up to so many: that is people, limits, calendars."""
_MOST_RENDERS: Final = 64
_GENERATIONS: Final = 2**31 - 1


class Generations:
    """Records of an SQLite store, as of its present generation.

    Each transaction that changes records counts the file's `user_version` up. SQLite's `data_version` says,
    without any reading, whether another connection has committed since; only then is the generation looked
    at. If somebody else made it, all is forgotten. Threads may share it.
    """

    def __init__(self) -> None:
        self._generation = -1
        self._records: dict[_Row, Record | None] = {}
        self._numbered: dict[FormKey, dict[str, Record | None]] = {}
        self._every: dict[FormKey, tuple[Record, ...]] = {}
        self._lock = threading.Lock()
        self._seen = threading.local()

    def get(self, connection: Connection, form: FormKey, record: RecordId) -> Record | None:
        """Return the record as it is now, read over *connection* if it is not remembered."""
        generation = self._look(connection)
        key = (form, record)
        with self._lock:
            if self._generation == generation and key in self._records:
                return self._records[key]
        found = records.get(connection, form, record)
        with self._lock:
            if self._generation == generation:
                self._make_room()
                self._records[key] = found
        return found

    def numbered(self, connection: Connection, form: FormKey, number: str) -> Record | None:
        """Return the record with this number as it is now, read over *connection* if it is not remembered."""
        generation = self._look(connection)
        with self._lock:
            if self._generation == generation and number in self._numbered.get(form, ()):
                return self._numbered[form][number]
        found = records.numbered(connection, form, number)
        with self._lock:
            if self._generation == generation:
                self._make_room()
                self._numbered.setdefault(form, {})[number] = found
        return found

    def every(self, connection: Connection, form: FormKey) -> tuple[Record, ...]:
        """Return all records of *form* as they are now, read over *connection* if they are not remembered."""
        generation = self._look(connection)
        with self._lock:
            if self._generation == generation and form in self._every:
                return self._every[form]
        found = records.every(connection, form)
        with self._lock:
            if self._generation == generation and len(found) <= _MOST_LISTED:
                self._every[form] = found
        return found

    def count_up(self, connection: Connection) -> int:
        """Begin a new generation in *connection*'s transaction, which changes records; return which it is."""
        generation = (_pragma(connection, "user_version") + 1) % _GENERATIONS
        connection.exec_driver_sql(f"PRAGMA user_version = {generation}")
        return generation

    def committed(self, generation: int, changed: Iterable[Record]) -> None:
        """Take over what the transaction of *generation* changed, unless others were there meanwhile."""
        with self._lock:
            if (self._generation + 1) % _GENERATIONS != generation:
                return
            self._make_room()
            self._generation = generation
            for each in changed:
                self._records.pop((each.form, each.id), None)
                self._numbered.pop(each.form, None)
                self._every.pop(each.form, None)

    def _look(self, connection: Connection) -> int:
        """Return the present generation, having forgotten what an older one knew."""
        now = (connection, _pragma(connection, "data_version"))
        if getattr(self._seen, "at", None) != now:
            generation = _pragma(connection, "user_version")
            with self._lock:
                if generation != self._generation:
                    self._forget()
                    self._generation = generation
            self._seen.at = now
        return self._generation

    def _make_room(self) -> None:
        if len(self._records) + sum(map(len, self._numbered.values())) >= _MOST_RECORDS:
            self._forget()

    def _forget(self) -> None:
        self._records.clear()
        self._numbered.clear()
        self._every.clear()


class Answers:
    """What was asked of an SQLite store since somebody last committed: until then all answers stay the same.

    SQLite's `data_version` says whether anybody has: another connection, which every one of ours that writes is to
    those that read. Only answers that nobody can change may be given to remember.
    """

    def __init__(self) -> None:
        self._mine = threading.local()

    def answer(self, connection: Connection, question: Hashable, ask: Callable[[], _Answer]) -> _Answer:
        """Return what *ask* says to *question*, asked at most once over *connection* between two commits."""
        try:
            now = (connection, _pragma(connection, "data_version"))
        except sqlite3.Error:
            # Whatever is wrong with the file, the question itself says it in words.
            return ask()
        if getattr(self._mine, "at", None) != now or len(self._mine.known) >= _MOST_RECORDS:
            self._mine.at, self._mine.known = now, {}
        known: dict[Hashable, _Answer] = self._mine.known
        if question not in known:
            known[question] = ask()
        return known[question]


class Shown:
    """What the renders that were used last showed. A render never changes, so nothing grows old here."""

    def __init__(self) -> None:
        self._rows: dict[RenderId, tuple[DeskKey, Rows]] = {}
        self._lock = threading.Lock()

    def get(self, desk: DeskKey, render: RenderId) -> Rows | None:
        """Return what *render* showed in *desk*, if it is remembered."""
        with self._lock:
            found = self._rows.get(render)
        return found[1] if found is not None and found[0] == desk else None

    def keep(self, desk: DeskKey, render: RenderId, rows: Rows) -> Rows:
        """Remember what *render* showed, in place of what was remembered first; return it, read-only."""
        kept = MappingProxyType(rows)
        with self._lock:
            if len(self._rows) >= _MOST_RENDERS:
                del self._rows[next(iter(self._rows))]
            self._rows[render] = (desk, kept)
        return kept

    def forget(self, renders: Iterable[RenderId]) -> None:
        """Forget *renders*: the store has thinned them out."""
        with self._lock:
            for each in renders:
                self._rows.pop(each, None)

    def follow(self, desk: DeskKey, render: RenderId, parent: RenderId | None, rows: Differences) -> None:
        """Remember what *render* showed by its difference to *parent*, if that is remembered."""
        below = {} if parent is None else self.get(desk, parent)
        if below is None:
            return
        whole = dict(below)
        for key, shows in rows.items():
            if shows is None:
                whole.pop(key, None)
            else:
                whole[key] = shows
        self.keep(desk, render, whole)


def _pragma(connection: Connection, name: str) -> int:
    """Return what SQLite says of itself, asked without the ceremony that would cost more than the answer."""
    raw: Any = connection.connection.dbapi_connection
    value: int = raw.execute(f"PRAGMA {name}").fetchone()[0]
    return value
