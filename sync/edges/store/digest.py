"""One hash for all that a store holds to be true, whatever database it lies in (design, promise 10)."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from rules.effect import Decision, Run
from sheet_templates.record import Record
from sheet_templates.value import dump
from sync.edges.store.codec import write, write_moment, written_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """All records, runs and decisions, as they stood at one moment."""

    records: tuple[Record, ...]
    runs: tuple[Run, ...]
    decisions: tuple[Decision, ...]


class Whole(Protocol):
    """A store that can say all of it at once."""

    def truth(self) -> Truth:
        """Return everything, of one moment."""
        ...


def store_hash(store: Whole) -> str:
    """Return SHA-256, as hex, over all current records, runs and decisions of *store*, in canonical order.

    Two stores have the same hash if and only if they hold the same; in which order it came does not matter.
    """
    truth = store.truth()
    lines = (
        *(write(_record(each)) for each in truth.records),
        *(write(_run(each)) for each in truth.runs),
        *(write(_decision(each)) for each in truth.decisions),
    )
    made = hashlib.sha256()
    for line in sorted(lines):
        made.update(line.encode())
        made.update(b"\n")
    return made.hexdigest()


def _record(record: Record) -> list[object]:
    return [
        "record",
        record.form,
        record.id,
        record.number,
        record.state,
        record.version,
        {key: dump(value) for key, value in record.values.items()},
        written_or_none(record.created_at),
        written_or_none(record.changed_at),
    ]


def _run(run: Run) -> list[object]:
    return [
        "run",
        run.form,
        run.record,
        run.chain,
        run.frozen,
        run.round,
        run.state,
        run.content,
        run.submitted_by,
        write_moment(run.submitted_at),
        dict(run.material),
    ]


def _decision(decision: Decision) -> list[object]:
    return [
        "decision",
        decision.form,
        decision.record,
        decision.round,
        decision.step,
        decision.role,
        decision.person,
        decision.desk,
        decision.verdict,
        decision.opinion,
        decision.content,
        decision.grade,
        write_moment(decision.at),
        decision.voided,
    ]
