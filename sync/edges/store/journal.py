"""The journal: lines are added, never changed; the counters of number series are kept with them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from sheet_templates.form import FormKey
from sheet_templates.record import RecordId
from sync.edges.store.chain import chained
from sync.edges.store.codec import read_moment, read_value, write, write_moment, write_value
from sync.edges.store.database import AnyRow, Database, upsert
from sync.edges.store.tables import counters, journal
from sync.ports import Chained, Entry

NUMBER: Final = "number"
"""The kind of an entry that gives a number: its detail says the `series` and which number, `n`."""

_PAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The journal's lines after *since*; read page by page, so that a long journal fits, as often as asked for."""

    database: Database
    form: FormKey | None
    record: RecordId | None
    since: int

    def __iter__(self) -> Iterator[Chained]:
        since = self.since
        while True:
            with self.database.reading() as connection:
                page = _page(connection, self.form, self.record, since)
            for row in page:
                yield _line(row)
            if len(page) < _PAGE:
                return
            since = page[-1].seq


def append(connection: Connection, entries: Iterable[Entry]) -> None:
    """Chain *entries* to the journal, and count the numbers that they give."""
    lines = tuple(chained(entries, head(connection)))
    if not lines:
        return
    connection.execute(insert(journal), [_row(line) for line in lines])
    given = last_numbers(line.entry for line in lines)
    for series, number in given.items():
        last = max(number, count(connection, series))
        upsert(connection, counters, [{"series": series, "n": last}], ("series",))


def last_numbers(entries: Iterable[Entry]) -> dict[str, int]:
    """Return the highest number that *entries* give in each series."""
    given: dict[str, int] = {}
    for entry in entries:
        if entry.kind == NUMBER and {"series", "n"} <= entry.detail.keys():
            series = entry.detail["series"]
            given[series] = max(int(entry.detail["n"]), given.get(series, 0))
    return given


def head(connection: Connection) -> tuple[int, str]:
    """Return the number and the hash of the last line; (0, "") if there is none."""
    found = connection.execute(_HEAD).one_or_none()
    return (0, "") if found is None else (found.seq, found.hash)


def count(connection: Connection, series: str) -> int:
    """Return the last number given in *series*, 0 if none."""
    return connection.execute(_COUNT, {"series": series}).scalar_one_or_none() or 0


_COUNT: Final = select(counters.c.n).where(counters.c.series == bindparam("series"))
_HEAD: Final = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)


def _page(
    connection: Connection, form: FormKey | None, record: RecordId | None, since: int
) -> Sequence[AnyRow]:
    wanted = select(journal).where(journal.c.seq > since).order_by(journal.c.seq).limit(_PAGE)
    if form is not None:
        wanted = wanted.where(journal.c.form == form)
    if record is not None:
        wanted = wanted.where(journal.c.record == record)
    return connection.execute(wanted).all()


def _row(line: Chained) -> dict[str, object]:
    entry = line.entry
    return {
        "seq": line.seq,
        "at": write_moment(entry.at),
        "kind": entry.kind,
        "desk": entry.desk,
        "person": entry.person,
        "form": entry.form,
        "record": entry.record,
        "field": entry.field,
        "old": write_value(entry.old),
        "new": write_value(entry.new),
        "cause": entry.cause,
        "detail": write(dict(entry.detail)),
        "previous": line.previous,
        "hash": line.hash,
    }


def _line(row: AnyRow) -> Chained:
    entry = Entry(
        at=read_moment(row.at),
        kind=row.kind,
        desk=row.desk,
        person=row.person,
        form=row.form,
        record=row.record,
        field=row.field,
        old=read_value(row.old),
        new=read_value(row.new),
        cause=row.cause,
        detail=json.loads(row.detail),
    )
    return Chained(seq=row.seq, entry=entry, previous=row.previous, hash=row.hash)
