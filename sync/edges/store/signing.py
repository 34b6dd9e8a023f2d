"""What is decided on records: their runs through chains of approval, and each sign-off."""

import json
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, select

from rules.effect import Decision, Run, Verdict
from sheet_templates.form import FormKey
from sheet_templates.record import RecordId, State
from sync.edges.store.codec import read_moment, write, write_moment
from sync.edges.store.database import AnyRow, upsert
from sync.edges.store.tables import decisions, runs

_DECISION: Final = ("form", "record", "round", "step", "role", "person")
"""What a decision is known by."""

_RUN: Final = select(runs).where(runs.c.form == bindparam("form"), runs.c.record == bindparam("record"))
_OPEN_RUNS: Final = select(runs).where(runs.c.state == State.SUBMITTED).order_by(runs.c.seq)
_DECIDED: Final = (
    select(decisions)
    .where(decisions.c.form == bindparam("form"), decisions.c.record == bindparam("record"))
    .order_by(decisions.c.seq)
)


def put_runs(connection: Connection, changed: Iterable[Run]) -> None:
    """Insert or replace *changed*."""
    upsert(connection, runs, [_run_row(each) for each in changed], ("form", "record"))


def put_decisions(connection: Connection, changed: Iterable[Decision]) -> None:
    """Insert or replace *changed*."""
    upsert(connection, decisions, [_decision_row(each) for each in changed], _DECISION)


def run(connection: Connection, form: FormKey, record: RecordId) -> Run | None:
    """Return the record's latest run."""
    found = connection.execute(_RUN, {"form": form, "record": record}).one_or_none()
    return None if found is None else _run(found)


def open_runs(connection: Connection) -> tuple[Run, ...]:
    """Return the runs that wait for a decision, the oldest first."""
    return tuple(_run(row) for row in connection.execute(_OPEN_RUNS))


def all_runs(connection: Connection) -> tuple[Run, ...]:
    """Return every record's run."""
    return tuple(_run(row) for row in connection.execute(select(runs).order_by(runs.c.seq)))


def decided(connection: Connection, form: FormKey, record: RecordId) -> tuple[Decision, ...]:
    """Return all decisions on a record, voided ones too, oldest first."""
    return tuple(_decision(row) for row in connection.execute(_DECIDED, {"form": form, "record": record}))


def all_decisions(connection: Connection) -> tuple[Decision, ...]:
    """Return all decisions on all records, oldest first."""
    return tuple(_decision(row) for row in connection.execute(select(decisions).order_by(decisions.c.seq)))


def _run_row(run: Run) -> dict[str, object]:
    return {
        "form": run.form,
        "record": run.record,
        "chain": run.chain,
        "frozen": run.frozen,
        "round": run.round,
        "state": run.state,
        "content": run.content,
        "submitted_by": run.submitted_by,
        "submitted_at": write_moment(run.submitted_at),
        "material": write(dict(run.material)),
    }


def _run(row: AnyRow) -> Run:
    return Run(
        form=row.form,
        record=row.record,
        chain=row.chain,
        frozen=row.frozen,
        round=row.round,
        state=State(row.state),
        content=row.content,
        submitted_by=row.submitted_by,
        submitted_at=read_moment(row.submitted_at),
        material=json.loads(row.material),
    )


def _decision_row(decision: Decision) -> dict[str, object]:
    return {
        "form": decision.form,
        "record": decision.record,
        "round": decision.round,
        "step": decision.step,
        "role": decision.role,
        "person": decision.person,
        "desk": decision.desk,
        "verdict": decision.verdict,
        "opinion": decision.opinion,
        "content": decision.content,
        "grade": decision.grade,
        "at": write_moment(decision.at),
        "voided": decision.voided,
    }


def _decision(row: AnyRow) -> Decision:
    return Decision(
        form=row.form,
        record=row.record,
        round=row.round,
        step=row.step,
        role=row.role,
        person=row.person,
        desk=row.desk,
        verdict=Verdict(row.verdict),
        opinion=row.opinion,
        content=row.content,
        grade=row.grade,
        at=read_moment(row.at),
        voided=row.voided,
    )
