"""What waits for a person: drafts, problems, conflicts."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Select, Table, bindparam, delete, select

from sheet_templates.form import DeskKey
from sheet_templates.record import Address, Problem
from sync.edges.store.codec import (
    read_moment,
    read_problem,
    read_value,
    write_moment,
    write_problem,
    write_value,
)
from sync.edges.store.database import AnyRow, upsert
from sync.edges.store.tables import conflicts, drafts, problems
from sync.ports import Commit, Conflict, Draft, about

_Select: TypeAlias = Select[*tuple[Any, ...]]

_DRAFTS: Final = select(drafts).where(drafts.c.desk == bindparam("desk")).order_by(drafts.c.seq)
_PROBLEMS: Final[_Select] = select(problems.c.content).order_by(problems.c.seq)
_PROBLEMS_OF: Final[_Select] = _PROBLEMS.where(problems.c.desk == bindparam("desk"))
_CONFLICTS: Final[_Select] = select(conflicts).order_by(conflicts.c.seq)
_CONFLICTS_OF: Final[_Select] = _CONFLICTS.where(conflicts.c.desk == bindparam("desk"))
_CELL: Final = ("desk", "form", "record", "field")
_PROBLEM: Final = (*_CELL, "what")
_CONFLICT: Final = (*_CELL, "hash")


def put(connection: Connection, commit: Commit) -> None:
    """Close what *commit* closes, then open what it opens: what is both closed and opened is open."""
    _delete(connection, drafts, [_cell(desk, address) for desk, address in commit.undrafted])
    _delete(connection, problems, [_problem_key(each) for each in commit.solved])
    _delete(connection, conflicts, [_conflict_key(each) for each in commit.settled])
    upsert(connection, drafts, [_draft_row(each) for each in commit.drafts], _CELL)
    upsert(connection, problems, [_problem_row(each) for each in commit.problems], _PROBLEM)
    upsert(connection, conflicts, [_conflict_row(each) for each in commit.conflicts], _CONFLICT)


def drafted(connection: Connection, desk: DeskKey) -> Mapping[Address, Draft]:
    """Return what waits in *desk* to be mended."""
    found = (
        Draft(desk=desk, address=_address(row), typed=read_value(row.typed))
        for row in connection.execute(_DRAFTS, {"desk": desk})
    )
    return {draft.address: draft for draft in found}


def open_problems(connection: Connection, desk: DeskKey | None) -> tuple[Problem, ...]:
    """Return the open problems, of one desk or of all, the oldest first."""
    found = connection.execute(*_of(desk, _PROBLEMS, _PROBLEMS_OF))
    return tuple(read_problem(each) for each in found.scalars())


def open_conflicts(connection: Connection, desk: DeskKey | None) -> tuple[Conflict, ...]:
    """Return the open conflicts, of one desk or of all, the oldest first."""
    return tuple(
        Conflict(
            desk=row.desk,
            address=_address(row),
            base=read_value(row.base),
            mine=read_value(row.mine),
            theirs=read_value(row.theirs),
            at=read_moment(row.at),
        )
        for row in connection.execute(*_of(desk, _CONFLICTS, _CONFLICTS_OF))
    )


def _of(desk: DeskKey | None, every: _Select, own: _Select) -> tuple[_Select, dict[str, object]]:
    return (every, {}) if desk is None else (own, {"desk": desk})


def _delete(connection: Connection, table: Table, keys: Iterable[Mapping[str, object]]) -> None:
    rows = [{f"this_{name}": value for name, value in key.items()} for key in keys]
    if rows:
        names = [name.removeprefix("this_") for name in rows[0]]
        wanted = delete(table).where(*(table.c[name] == bindparam(f"this_{name}") for name in names))
        connection.execute(wanted, rows)


def _cell(desk: DeskKey, address: Address) -> dict[str, object]:
    return {"desk": desk, "form": address.form, "record": address.record, "field": address.field}


def _address(row: AnyRow) -> Address:
    return Address(form=row.form, record=row.record, field=row.field)


def _draft_row(draft: Draft) -> dict[str, object]:
    return {**_cell(draft.desk, draft.address), "typed": write_value(draft.typed)}


def _problem_key(problem: Problem) -> dict[str, object]:
    """Return what a problem is known by (`sync.ports.Commit.problems`)."""
    return {
        "desk": problem.desk or "",
        "form": problem.form or "",
        "record": problem.record or "",
        "field": problem.field or "",
        "what": about(problem),
    }


def _problem_row(problem: Problem) -> dict[str, object]:
    return {**_problem_key(problem), "content": write_problem(problem)}


def _conflict_key(conflict: Conflict) -> dict[str, object]:
    """Return what a conflict is known by: the cell, and the value that did not win."""
    mine = hashlib.sha256(write_value(conflict.mine).encode()).hexdigest()
    return {**_cell(conflict.desk, conflict.address), "hash": mine}


def _conflict_row(conflict: Conflict) -> dict[str, object]:
    return {
        **_conflict_key(conflict),
        "mine": write_value(conflict.mine),
        "base": write_value(conflict.base),
        "theirs": write_value(conflict.theirs),
        "at": write_moment(conflict.at),
    }
