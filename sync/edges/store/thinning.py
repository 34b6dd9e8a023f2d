"""Forgets old renders: what a version of a desk showed is needed only as long as somebody may bring a copy of it back.

Those that stay show what they showed: one whose parent goes is kept whole from then on.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from sync.edges.store.codec import read_moment, write_moment
from sync.edges.store.renders import whole
from sync.edges.store.tables import delivered, desks, renders, shown
from sync.ports import RenderId

_ZONES: Final = dt.timedelta(hours=26)
"""So far apart may two moments be whose texts sort the other way round."""

_AT_ONCE: Final = 500


def thin(connection: Connection, before: dt.datetime) -> tuple[RenderId, ...]:
    """Forget the renders that were made before *before*; return which.

    Never one that a desk's file carries, or a desk's latest one.
    """
    gone = _old(connection, before)
    going = set(gone)
    for some in _parts(tuple(gone)):
        children = select(renders.c.seq).where(renders.c.parent.in_(some))
        for seq in [each for each in connection.execute(children).scalars() if each not in going]:
            _keep_whole(connection, seq)
    for some in _parts(tuple(gone)):
        connection.execute(update(renders).where(renders.c.seq.in_(some)).values(parent=None))
        connection.execute(delete(shown).where(shown.c.render.in_(some)))
        connection.execute(delete(delivered).where(delivered.c.render.in_([gone[each] for each in some])))
    for some in _parts(tuple(gone)):
        connection.execute(delete(renders).where(renders.c.seq.in_(some)))
    return tuple(gone.values())


def _old(connection: Connection, before: dt.datetime) -> dict[int, RenderId]:
    """Return the renders that may go, by their place."""
    pinned = {
        each for row in connection.execute(select(desks.c.render, desks.c.latest)) for each in row if each
    }
    around = write_moment(before + _ZONES)
    found = connection.execute(select(renders.c.seq, renders.c.id, renders.c.at).where(renders.c.at < around))
    return {
        row.seq: RenderId(row.id) for row in found if row.id not in pinned and read_moment(row.at) < before
    }


def _keep_whole(connection: Connection, seq: int) -> None:
    """Let the render *seq* stand upon no other one."""
    rows = whole(connection, seq)
    connection.execute(delete(shown).where(shown.c.render == seq))
    kept = [
        {"render": seq, "form": form, "record": record, "fields": written}
        for (form, record), written in rows.items()
        if written is not None
    ]
    if kept:
        connection.execute(insert(shown), kept)
    connection.execute(_STAND_ALONE, {"this": seq})


_STAND_ALONE: Final = update(renders).where(renders.c.seq == bindparam("this")).values(parent=None, depth=0)


def _parts(seqs: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seqs), _AT_ONCE):
        yield seqs[start : start + _AT_ONCE]
