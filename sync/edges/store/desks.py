"""Desks: their files, what saves of them delivered, what they call records, and the rows they wait for."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select

from sheet_templates.form import DeskKey, FormKey
from sheet_templates.record import Address, RecordId, Value
from sync.edges.store.codec import read_value, write_moment, write_value
from sync.edges.store.database import upsert
from sync.edges.store.errors import Contradiction
from sync.edges.store.tables import delivered, desks, dirty, files, nicknames
from sync.ports import Commit, Dirty, Hash, KnownFile, RenderId


def ingest(connection: Connection, commit: Commit) -> None:
    """Note the file that *commit* carries, and the values that it delivered.

    Raises Contradiction if values were delivered by no render: nobody could ever look them up.
    """
    reading = commit.ingest
    if reading is not None:
        known = KnownFile(desk=reading.desk, path=reading.path, file=reading.file, render=reading.render)
        put_file(connection, known, write_moment(commit.at), aside=reading.aside)
    if not commit.delivered:
        return
    if reading is None or reading.render is None:
        raise Contradiction("values were delivered, but by no render")
    deliver(connection, reading.render, commit.delivered)


def deliver(connection: Connection, render: RenderId, brought: Iterable[tuple[Address, Value]]) -> None:
    """Note what saves of *render*'s copy delivered."""
    rows = [
        {
            "render": render,
            "form": address.form,
            "record": address.record,
            "field": address.field,
            "value": write_value(value),
        }
        for address, value in brought
    ]
    if rows:
        connection.execute(insert(delivered), rows)


def put_file(connection: Connection, known: KnownFile, at: str, *, aside: bool = False) -> None:
    """Note that a desk's file was read or written; a copy *aside* only counts as read."""
    row = {
        "desk": known.desk,
        "path": known.path.as_posix(),
        "file": known.file,
        "render": known.render,
    }
    if not aside:
        upsert(connection, desks, [row], ("desk",))
    upsert(connection, files, [{**row, "at": at}], ("file",))


def file(connection: Connection, desk: DeskKey) -> KnownFile | None:
    """Return what is known of *desk*'s file."""
    found = connection.execute(_FILE, {"desk": desk}).one_or_none()
    if found is None:
        return None
    return KnownFile(desk=found.desk, path=PurePath(found.path), file=found.file, render=found.render)


def ingested(connection: Connection, content: Hash) -> bool:
    """Return whether a file with these bytes was read and committed, or written by us."""
    return connection.execute(_INGESTED, {"file": content}).scalar_one()


def delivered_by(connection: Connection, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
    """Return the values that earlier saves of *render*'s copy delivered, oldest first."""
    found: dict[Address, tuple[Value, ...]] = {}
    for row in connection.execute(_DELIVERED, {"render": render}):
        address = Address(form=row.form, record=row.record, field=row.field)
        found[address] = (*found.get(address, ()), read_value(row.value))
    return found


def put_nicknames(connection: Connection, given: Iterable[tuple[DeskKey, FormKey, str, RecordId]]) -> None:
    """Note what desks called records; a name that is used again means the newer record."""
    rows = [
        {"desk": desk, "form": form, "text": text, "record": record} for desk, form, text, record in given
    ]
    upsert(connection, nicknames, rows, ("desk", "form", "text"))


def nickname(connection: Connection, desk: DeskKey, form: FormKey, text: str) -> RecordId | None:
    """Return the record that *desk* called *text*."""
    found = connection.execute(_NICKNAME, {"desk": desk, "form": form, "text": text}).scalar_one_or_none()
    return None if found is None else RecordId(found)


def put_dirty(connection: Connection, waiting: Iterable[tuple[DeskKey, FormKey, RecordId]]) -> None:
    """Let rows wait to be shown.

    One that waits already gets a fresh number: a render that was made before must not cross it off.
    """
    rows = [{"desk": desk, "form": form, "record": record} for desk, form, record in sorted(waiting)]
    if rows:
        connection.execute(_STOP_WAITING, [{f"this_{name}": row[name] for name in row} for row in rows])
        connection.execute(insert(dirty), rows)


def waiting_rows(connection: Connection, desk: DeskKey) -> tuple[Dirty, ...]:
    """Return the rows that wait to be shown in *desk*, the longest waiting first."""
    found = connection.execute(_WAITING, {"desk": desk})
    return tuple(Dirty(seq=seq, form=form, record=record) for seq, form, record in found)


def waiting_desks(connection: Connection) -> tuple[DeskKey, ...]:
    """Return the desks that have rows waiting, the longest waiting first."""
    return tuple(DeskKey(desk) for desk in connection.execute(_WAITING_DESKS).scalars())


def cross_off(connection: Connection, desk: DeskKey, seqs: Iterable[int]) -> None:
    """Say that the rows *seqs* of *desk* are shown."""
    rows = [{"this_desk": desk, "this_seq": seq} for seq in seqs]
    if rows:
        connection.execute(_CROSS_OFF, rows)


# Made once: to make a statement takes as long as to carry it out, and these are asked with every look.
_FILE: Final = select(desks).where(desks.c.desk == bindparam("desk"))
_INGESTED: Final = select(exists().where(files.c.file == bindparam("file")))
_DELIVERED: Final = (
    select(delivered).where(delivered.c.render == bindparam("render")).order_by(delivered.c.seq)
)
_NICKNAME: Final = select(nicknames.c.record).where(
    nicknames.c.desk == bindparam("desk"),
    nicknames.c.form == bindparam("form"),
    nicknames.c.text == bindparam("text"),
)
_WAITING: Final = (
    select(dirty.c.seq, dirty.c.form, dirty.c.record)
    .where(dirty.c.desk == bindparam("desk"))
    .order_by(dirty.c.seq)
)
_WAITING_DESKS: Final = select(dirty.c.desk).group_by(dirty.c.desk).order_by(func.min(dirty.c.seq))
_STOP_WAITING: Final = delete(dirty).where(
    dirty.c.desk == bindparam("this_desk"),
    dirty.c.form == bindparam("this_form"),
    dirty.c.record == bindparam("this_record"),
)
_CROSS_OFF: Final = delete(dirty).where(
    dirty.c.desk == bindparam("this_desk"), dirty.c.seq == bindparam("this_seq")
)
