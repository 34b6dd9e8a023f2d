"""The store in a database: each method of `sync.ports.Store` is one transaction over the tables."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path, PurePath
from typing import TypeVar

from sqlalchemy import Connection

from rules.effect import Decision, Run
from sheet_templates.form import DeskKey, FieldKey, FormKey
from sheet_templates.record import Address, Problem, Record, RecordId, Value
from sync.edges.store import desks, journal, outbox, records, renders, schema, signing, thinning, waiting
from sync.edges.store.codec import write_moment
from sync.edges.store.database import Database
from sync.edges.store.digest import Truth
from sync.edges.store.errors import StoreError
from sync.edges.store.place import MOUNTS
from sync.edges.store.records import Forms
from sync.edges.store.remembered import Answers, Generations, Shown
from sync.ports import (
    Chained,
    Commit,
    Conflict,
    Dirty,
    Draft,
    Entry,
    Hash,
    KnownFile,
    Message,
    MessageState,
    Notice,
    Render,
    RenderId,
    Rows,
)

_Answer = TypeVar("_Answer")


def open_store(url: str, forms: Forms, *, wait: float = 30, mounts: Path = MOUNTS) -> "SqlStore":
    """Open the store at *url*: create it if nothing is there, migrate it if it is older.

    *url*: of SQLAlchemy's kind, `sqlite:////srv/firm/.deskbook/deskbook.db` or `postgresql://…`.
    *wait*: how many seconds a change waits for another program's. *mounts*: where Linux says what is mounted.

    Raises ValueError for another kind of database, and
    StoreError if the store lies on a network file system, is newer than this program, belongs to another
    one, or cannot be opened.
    """
    database = Database(url, wait=wait)
    try:
        schema.prepare(database, mounts)
        return SqlStore(database, forms)
    except BaseException:
        database.close()
        raise


class SqlStore:
    """A `sync.ports.Store` on SQLite or PostgreSQL. Threads may share it."""

    def __init__(self, database: Database, forms: Forms) -> None:
        """Read and write *database*, whose schema is the newest; bring its index up to *forms*."""
        self.database = database
        self._forms = forms
        self._generations = Generations() if database.on_sqlite else None
        self._answers = Answers() if database.on_sqlite else None
        self._shown = Shown()
        with database.reading() as connection:
            current = records.index_is_current(connection, forms)
        if not current:
            with database.writing() as connection:
                records.index_anew(connection, forms)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def commit(self, commit: Commit) -> None:
        """Carry out *commit* and chain its entries."""
        generation = None
        with self.database.writing() as connection:
            if commit.records and self._generations is not None:
                generation = self._generations.count_up(connection)
            records.put(connection, self._forms, commit.records)
            signing.put_runs(connection, commit.runs)
            signing.put_decisions(connection, commit.decisions)
            outbox.put_notices(connection, commit.notices, commit.at)
            desks.ingest(connection, commit)
            waiting.put(connection, commit)
            desks.put_nicknames(connection, commit.nicknames)
            desks.put_dirty(connection, commit.dirty)
            journal.append(connection, commit.entries)
        if generation is not None and self._generations is not None:
            self._generations.committed(generation, commit.records)

    def prepare(self, render: Render) -> None:
        """Make *render* durable, before its file appears."""
        with self.database.writing() as connection:
            rows = renders.put(connection, render)
        self._shown.follow(render.desk, render.id, render.parent, rows)

    def publish(
        self, render: RenderId, path: PurePath, file: Hash, shown: Iterable[int], at: dt.datetime
    ) -> None:
        """Say that the file of *render* is in place, and that the dirty rows *shown* (their seq) are done."""
        with self.database.writing() as connection:
            renders.publish(connection, render, path, file, rows=shown, at=write_moment(at))

    def thin(self, before: dt.datetime) -> int:
        """Forget the renders that were made before *before*, but for those that desks' files carry; return how many."""
        with self.database.writing() as connection:
            forgotten = thinning.thin(connection, before)
        self._shown.forget(forgotten)
        return len(forgotten)

    def post(
        self, messages: Iterable[Message], told: Iterable[int] = (), entries: Iterable[Entry] = ()
    ) -> None:
        """Put *messages* into the outbox and mark the notices *told* as carried; a known key is ignored."""
        with self.database.writing() as connection:
            outbox.post(connection, messages)
            outbox.tell(connection, told)
            journal.append(connection, entries)

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        """Say where the message *key* stands. Raises Contradiction if there is none."""
        with self.database.writing() as connection:
            outbox.mark(connection, key, state, tries=tries, due=due, detail=detail)

    def done(
        self,
        job: str,
        period: str,
        at: dt.datetime,
        messages: Iterable[Message] = (),
        told: Iterable[int] = (),
    ) -> bool:
        """Note that *job* is done for *period*, post its messages and mark the notices *told* as carried.

        False, and nothing, if it was done before.
        """
        with self.database.writing() as connection:
            first = outbox.done(connection, job, period, at)
            if first:
                outbox.post(connection, messages)
                outbox.tell(connection, told)
            return first

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the record, or None."""
        with self.database.reading() as connection:
            if self._generations is not None:
                return self._generations.get(connection, form, record)
            return records.get(connection, form, record)

    def numbered(self, form: FormKey, number: str) -> Record | None:
        """Return the record of *form* with this visible number, or None."""
        with self.database.reading() as connection:
            if self._generations is not None:
                return self._generations.numbered(connection, form, number)
            return records.numbered(connection, form, number)

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records whose unique, link or person *field* holds *value*.

        Raises Contradiction if *field* is none of these.
        """
        with self.database.reading() as connection:
            return records.holding(connection, self._forms, form, field, value)

    def every(self, form: FormKey) -> tuple[Record, ...]:
        """Return all records of *form*, in order of creation."""
        with self.database.reading() as connection:
            if self._generations is not None:
                return self._generations.every(connection, form)
            return records.every(connection, form)

    def journal(
        self, form: FormKey | None = None, record: RecordId | None = None, since: int = 0
    ) -> Iterable[Chained]:
        """Return the journal's lines after *since*, of one record or of all, oldest first."""
        return journal.Lines(database=self.database, form=form, record=record, since=since)

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the journal's last line; (0, "") if it is empty."""
        return self._asked("head", journal.head)

    def run(self, form: FormKey, record: RecordId) -> Run | None:
        """Return the record's latest run through its chain."""
        with self.database.reading() as connection:
            return signing.run(connection, form, record)

    def decisions(self, form: FormKey, record: RecordId) -> tuple[Decision, ...]:
        """Return all decisions on a record, voided ones too, oldest first."""
        with self.database.reading() as connection:
            return signing.decided(connection, form, record)

    def open_runs(self) -> tuple[Run, ...]:
        """Return the runs that wait for a decision, the oldest first."""
        with self.database.reading() as connection:
            return signing.open_runs(connection)

    def count(self, series: str) -> int:
        """Return the last number given in *series* (0 if none), as counted from `number` entries."""
        with self.database.reading() as connection:
            return journal.count(connection, series)

    def file(self, desk: DeskKey) -> KnownFile | None:
        """Return what is known of *desk*'s file."""
        return self._asked(("file", desk), lambda connection: desks.file(connection, desk))

    def ingested(self, file: Hash) -> bool:
        """Return whether a file with these bytes was read and committed, or written by us."""
        with self.database.reading() as connection:
            return desks.ingested(connection, file)

    def latest(self, desk: DeskKey) -> RenderId | None:
        """Return the desk's last published render."""
        return self._asked(("latest", desk), lambda connection: renders.latest(connection, desk))

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        """Return what *render* showed in *desk*, or None if it is not a render of this desk."""
        known = self._shown.get(desk, render)
        if known is not None:
            return known
        with self.database.reading() as connection:
            found = renders.base(connection, desk, render)
        return None if found is None else self._shown.keep(desk, render, found)

    def showed(self, desk: DeskKey, form: FormKey, record: RecordId) -> tuple[Mapping[FieldKey, Value], ...]:
        """Return what the renders of *desk* showed of a record, each time that it changed, oldest first."""
        with self.database.reading() as connection:
            return renders.showed(connection, desk, form, record)

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        """Return the values that earlier saves of this render's copy delivered, oldest first."""
        with self.database.reading() as connection:
            return desks.delivered_by(connection, render)

    def drafts(self, desk: DeskKey) -> Mapping[Address, Draft]:
        """Return what waits in *desk* to be mended."""
        with self.database.reading() as connection:
            return waiting.drafted(connection, desk)

    def problems(self, desk: DeskKey | None = None) -> tuple[Problem, ...]:
        """Return the open problems, of one desk or of all, the oldest first."""
        return self._asked(("problems", desk), lambda connection: waiting.open_problems(connection, desk))

    def conflicts(self, desk: DeskKey | None = None) -> tuple[Conflict, ...]:
        """Return the open conflicts, of one desk or of all, the oldest first."""
        return self._asked(("conflicts", desk), lambda connection: waiting.open_conflicts(connection, desk))

    def nickname(self, desk: DeskKey, form: FormKey, text: str) -> RecordId | None:
        """Return the record that *desk* called *text* before it had a number."""
        with self.database.reading() as connection:
            return desks.nickname(connection, desk, form, text)

    def dirty(self, desk: DeskKey) -> tuple[Dirty, ...]:
        """Return the rows that wait to be shown in *desk*, the longest waiting first."""
        return self._asked(("dirty", desk), lambda connection: desks.waiting_rows(connection, desk))

    def waiting_desks(self) -> tuple[DeskKey, ...]:
        """Return the desks that have rows waiting, the longest waiting first."""
        return self._asked("waiting", desks.waiting_desks)

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices that no message carries yet, oldest first."""
        with self.database.reading() as connection:
            return outbox.waiting_notices(connection)

    def messages(self, state: MessageState | None = None) -> tuple[Message, ...]:
        """Return the outbox, or what of it is in *state*, in the order of posting."""
        with self.database.snapshot() as connection:
            return outbox.posted(connection, state)

    def posted(self) -> Mapping[MessageState, int]:
        """Return how many messages of the outbox stand in each state."""
        with self.database.reading() as connection:
            return outbox.counted(connection)

    def last_runs(self) -> tuple[tuple[str, str, dt.datetime], ...]:
        """Return for each job its name, the period that it was last done for, and when."""
        with self.database.reading() as connection:
            return outbox.last_runs(connection)

    def ran(self, job: str, period: str) -> bool:
        """Return whether *job* was done for *period*."""
        with self.database.reading() as connection:
            return outbox.ran(connection, job, period)

    def _asked(self, question: Hashable, ask: Callable[[Connection], _Answer]) -> _Answer:
        """Return what *ask* says; what is asked with every look is not asked anew until somebody commits."""
        with self.database.reading() as connection:
            if self._answers is None:
                return ask(connection)
            return self._answers.answer(connection, question, lambda: ask(connection))

    def truth(self) -> Truth:
        """Return all records, runs and decisions, as they stand at one moment."""
        with self.database.snapshot() as connection:
            return Truth(
                records=records.everything(connection),
                runs=signing.all_runs(connection),
                decisions=signing.all_decisions(connection),
            )

    def damage(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong with the file, in its own words; it reads all of it.

        PostgreSQL checks its pages itself: nothing is returned for it.
        """
        if not self.database.on_sqlite:
            return ()
        try:
            with self.database.reading() as connection:
                found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        except StoreError as error:  # damaged so badly that it cannot even be checked
            return (str(error),)
        faults = tuple(each for each in found if each != "ok")
        return (*faults, *(f"{row[0]}: row {row[1]} names nothing in {row[2]}" for row in orphans))
