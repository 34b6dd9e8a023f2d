"""Renders: what each written version of a desk showed, kept as the difference to the version before it.

Versions form a tree, not a line: an older copy may come back and be written into, and a render may never
have got its file. So a render names its parent, and what it showed is found along its own path.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sheet_templates.record import RecordId, Value
from sync.edges.store.codec import read_values, write_moment, write_values
from sync.edges.store.database import AnyRow
from sync.edges.store.desks import cross_off, deliver, put_file
from sync.edges.store.errors import Contradiction
from sync.edges.store.tables import desks, renders, shown
from sync.ports import Hash, KnownFile, Render, RenderId, Rows

CHECKPOINT: Final = 200
"""So many differences may lie on top of each other; then a render is kept whole, so that paths stay short."""

Written: TypeAlias = dict[tuple[FormKey, RecordId], str | None]
"""The rows of a render as they stand in the table; None: no longer shown."""

Differences: TypeAlias = Mapping[tuple[FormKey, RecordId], Mapping[FieldKey, Value] | None]
"""The rows by which a render differs from its parent."""


def put(connection: Connection, render: Render) -> Differences:
    """Keep *render*; return the rows by which it differs from its parent, as they will be read back.

    Raises Contradiction if a render with its id is known, or if its parent is no render of its desk.
    """
    if _find(connection, render.id) is not None:
        raise Contradiction(f"render {render.id!r} is known already")
    rows: Written = {
        key: None if values is None else write_values(values) for key, values in render.rows.items()
    }
    if render.parent is None:
        _insert(connection, render, rows)
    else:
        below = _find(connection, render.parent)
        if below is None or below.desk != render.desk:
            raise Contradiction(f"render {render.parent!r} is no render of desk {render.desk!r}")
        if below.depth < CHECKPOINT:
            _insert(connection, render, rows, parent=below.seq, depth=below.depth + 1)
        else:
            _insert(connection, render, whole(connection, below.seq) | rows)
    deliver(connection, render.id, render.delivered)
    return {key: None if written is None else read_values(written) for key, written in rows.items()}


def publish(
    connection: Connection, render: RenderId, path: PurePath, file: Hash, *, rows: Iterable[int], at: str
) -> None:
    """Say that the file of *render* is in place and shows the dirty *rows*; saying it again changes nothing.

    Raises Contradiction if *render* was never prepared.
    """
    found = _find(connection, render)
    if found is None:
        raise Contradiction(f"render {render!r} was never prepared")
    put_file(connection, KnownFile(desk=found.desk, path=path, file=file, render=render), at)
    connection.execute(update(desks).where(desks.c.desk == found.desk).values(latest=render))
    if found.published_at is None:
        connection.execute(update(renders).where(renders.c.seq == found.seq).values(published_at=at))
    cross_off(connection, found.desk, rows)


def latest(connection: Connection, desk: DeskKey) -> RenderId | None:
    """Return the desk's last published render."""
    found = connection.execute(_LATEST, {"desk": desk}).scalar_one_or_none()
    return None if found is None else RenderId(found)


def base(connection: Connection, desk: DeskKey, render: RenderId) -> Rows | None:
    """Return what *render* showed in *desk*, or None if it is not a render of this desk."""
    found = _find(connection, render)
    if found is None or found.desk != desk:
        return None
    rows = whole(connection, found.seq)
    return {key: read_values(written) for key, written in rows.items() if written is not None}


def showed(
    connection: Connection, desk: DeskKey, form: FormKey, record: RecordId
) -> tuple[Mapping[FieldKey, Value], ...]:
    """Return what the renders of *desk* showed of a record, each time that it changed, oldest first."""
    wanted = (
        select(shown.c.fields)
        .join(renders, shown.c.render == renders.c.seq)
        .where(renders.c.desk == desk, shown.c.form == form, shown.c.record == record)
        .order_by(renders.c.seq)
    )
    written = [each for each in connection.execute(wanted).scalars() if each is not None]
    changed = [each for at, each in enumerate(written) if at == 0 or each != written[at - 1]]
    return tuple(values for each in changed if (values := read_values(each)))


def _find(connection: Connection, render: RenderId) -> AnyRow | None:
    return connection.execute(_FIND, {"render": render}).one_or_none()


def whole(connection: Connection, seq: int) -> Written:
    """Return all rows that the render *seq* showed, and those that it no longer showed."""
    rows = connection.execute(_PATH_ROWS, {"tip": seq})
    return {(form, record): written for form, record, written in rows}


def _insert(
    connection: Connection, render: Render, rows: Written, *, parent: int | None = None, depth: int = 0
) -> None:
    """Insert *render*; without a parent its *rows* are all that it shows."""
    place = {
        "id": render.id,
        "desk": render.desk,
        "parent": parent,
        "depth": depth,
        "at": write_moment(render.at),
    }
    seq = connection.execute(insert(renders).values(place).returning(renders.c.seq)).scalar_one()
    kept = [
        {"render": seq, "form": form, "record": record, "fields": written}
        for (form, record), written in rows.items()
        if written is not None or parent is not None
    ]
    if kept:
        connection.execute(insert(shown), kept)


_LATEST: Final = select(desks.c.latest).where(desks.c.desk == bindparam("desk"))
_FIND: Final = select(renders.c.seq, renders.c.desk, renders.c.depth, renders.c.published_at).where(
    renders.c.id == bindparam("render")
)

_TIP: Final = (
    select(renders.c.seq, renders.c.parent)
    .where(renders.c.seq == bindparam("tip"))
    .cte("path", recursive=True)
)
_PATH: Final = _TIP.union_all(
    select(renders.c.seq, renders.c.parent).join(_TIP, renders.c.seq == _TIP.c.parent)
)
_PATH_ROWS: Final = (
    select(shown.c.form, shown.c.record, shown.c.fields)
    .join(_PATH, shown.c.render == _PATH.c.seq)
    .order_by(shown.c.render)
)
"""All differences along a path, from the root up: of two for the same row the later one holds."""
