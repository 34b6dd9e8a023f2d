"""A store in memory: what `sync.ports.Store` promises, fast, and able to be as it was before a crash."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import PurePath

from rules.effect import Decision, Run
from sheet_templates.form import DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Address, Problem, Record, RecordId, State, Value
from sync.edges.store.chain import chained
from sync.edges.store.digest import Truth
from sync.edges.store.errors import Contradiction
from sync.edges.store.held import held, holds, indexed
from sync.edges.store.journal import last_numbers
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
    about,
)

_Row = tuple[FormKey, RecordId]


@dataclass(slots=True, kw_only=True)
class _State:
    """Everything. A change is made on a copy, which then takes its place: wholly or not at all."""

    records: dict[_Row, Record] = field(default_factory=dict)
    held: dict[_Row, frozenset[tuple[FieldKey, str]]] = field(default_factory=dict)
    numbers: dict[tuple[FormKey, str], RecordId] = field(default_factory=dict)
    journal: list[Chained] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    runs: dict[_Row, Run] = field(default_factory=dict)
    decisions: dict[tuple[object, ...], Decision] = field(default_factory=dict)
    files: dict[DeskKey, KnownFile] = field(default_factory=dict)
    ingested: dict[Hash, None] = field(default_factory=dict)
    latest: dict[DeskKey, RenderId] = field(default_factory=dict)
    renders: dict[RenderId, tuple[DeskKey, Rows]] = field(default_factory=dict)
    rendered_at: dict[RenderId, dt.datetime] = field(default_factory=dict)
    delivered: dict[RenderId, dict[Address, tuple[Value, ...]]] = field(default_factory=dict)
    drafts: dict[tuple[DeskKey, Address], Draft] = field(default_factory=dict)
    problems: dict[tuple[object, ...], Problem] = field(default_factory=dict)
    conflicts: dict[tuple[object, ...], Conflict] = field(default_factory=dict)
    nicknames: dict[tuple[DeskKey, FormKey, str], RecordId] = field(default_factory=dict)
    dirty: dict[tuple[DeskKey, FormKey, RecordId], int] = field(default_factory=dict)
    last_dirty: int = 0
    notices: dict[str, Notice] = field(default_factory=dict)
    told: dict[int, None] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    ledger: dict[tuple[str, str], dt.datetime] = field(default_factory=dict)

    def copy(self) -> "_State":
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return _State(
            **{name: value if isinstance(value, int) else value.copy() for name, value in own.items()}
        )


class MemoryStore:
    """A `sync.ports.Store` that keeps all of it in dictionaries."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        self._forms = forms
        self._state = _State()

    def snapshot(self) -> "MemoryStore":
        """Return the store as a process that starts now would find it; what happens here does not reach it."""
        copy = MemoryStore(self._forms)
        copy._state = self._state.copy()
        return copy

    def close(self) -> None:
        """There is nothing to close."""

    def commit(self, commit: Commit) -> None:
        state = self._state.copy()
        for each in {(each.form, each.id): each for each in commit.records}.values():
            self._put_record(state, each)
        state.runs |= {
            (each.form, each.record): replace(each, material=dict(each.material)) for each in commit.runs
        }
        state.decisions |= {_decision_key(each): each for each in commit.decisions}
        for notify in commit.notices:
            notice = Notice(id=len(state.notices) + 1, notify=notify, at=commit.at)
            state.notices.setdefault(notify.event, notice)
        self._ingest(state, commit)
        self._wait(state, commit)
        for desk, form, name, record in commit.nicknames:
            state.nicknames[desk, form, name] = record
        for row in sorted(commit.dirty):
            state.dirty.pop(row, None)
            state.last_dirty += 1
            state.dirty[row] = state.last_dirty
        _append(state, commit.entries)
        self._state = state

    def _put_record(self, state: _State, record: Record) -> None:
        form = self._forms.get(record.form)
        if form is None:
            raise Contradiction(f"no form {record.form!r} is declared")
        key = (record.form, record.id)
        before = state.records.get(key)
        if before is not None and before.number:
            del state.numbers[record.form, before.number]
        if record.number:
            if (record.form, record.number) in state.numbers:
                raise Contradiction(f"{record.number!r} is given twice")
            state.numbers[record.form, record.number] = record.id
        state.records[key] = replace(record, values=dict(record.values))
        state.held[key] = frozenset(holds(form, record))

    def _ingest(self, state: _State, commit: Commit) -> None:
        reading = commit.ingest
        if reading is not None:
            known = KnownFile(desk=reading.desk, path=reading.path, file=reading.file, render=reading.render)
            if not reading.aside:
                state.files[reading.desk] = known
            state.ingested[reading.file] = None
        if not commit.delivered:
            return
        if reading is None or reading.render is None:
            raise Contradiction("values were delivered, but by no render")
        _deliver(state, reading.render, commit.delivered)

    def _wait(self, state: _State, commit: Commit) -> None:
        for draft_key in commit.undrafted:
            state.drafts.pop(draft_key, None)
        for problem in commit.solved:
            state.problems.pop(_problem_key(problem), None)
        for conflict in commit.settled:
            state.conflicts.pop(_conflict_key(conflict), None)
        state.drafts |= {(each.desk, each.address): each for each in commit.drafts}
        state.problems |= {_problem_key(each): each for each in commit.problems}
        state.conflicts |= {_conflict_key(each): each for each in commit.conflicts}

    def prepare(self, render: Render) -> None:
        state = self._state.copy()
        if render.id in state.renders:
            raise Contradiction(f"render {render.id!r} is known already")
        rows: dict[_Row, Mapping[FieldKey, Value]] = {}
        if render.parent is not None:
            desk, below = state.renders.get(render.parent, (None, {}))
            if desk != render.desk:
                raise Contradiction(f"render {render.parent!r} is no render of desk {render.desk!r}")
            rows.update(below)
        for key, values in render.rows.items():
            if values is None:
                rows.pop(key, None)
            else:
                rows[key] = dict(values)
        state.renders[render.id] = (render.desk, rows)
        state.rendered_at[render.id] = render.at
        _deliver(state, render.id, render.delivered)
        self._state = state

    def thin(self, before: dt.datetime) -> int:
        state = self._state.copy()
        carried = {*state.latest.values(), *(each.render for each in state.files.values())}
        gone = [each for each, at in state.rendered_at.items() if at < before and each not in carried]
        for each in gone:
            del state.renders[each], state.rendered_at[each]
            state.delivered.pop(each, None)
        self._state = state
        return len(gone)

    def publish(
        self, render: RenderId, path: PurePath, file: Hash, shown: Iterable[int], at: dt.datetime
    ) -> None:
        state = self._state.copy()
        if render not in state.renders:
            raise Contradiction(f"render {render!r} was never prepared")
        desk, _ = state.renders[render]
        state.files[desk] = KnownFile(desk=desk, path=path, file=file, render=render)
        state.ingested[file] = None
        state.latest[desk] = render
        done = set(shown)
        state.dirty = {row: seq for row, seq in state.dirty.items() if row[0] != desk or seq not in done}
        self._state = state

    def post(
        self, messages: Iterable[Message], told: Iterable[int] = (), entries: Iterable[Entry] = ()
    ) -> None:
        state = self._state.copy()
        _post(state, messages)
        state.told |= dict.fromkeys(told)
        _append(state, entries)
        self._state = state

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        if key not in self._state.messages:
            raise Contradiction(f"there is no message {key!r}")
        changed = replace(self._state.messages[key], state=state, tries=tries, due=due, detail=detail)
        self._state = self._state.copy()
        self._state.messages[key] = changed

    def done(
        self,
        job: str,
        period: str,
        at: dt.datetime,
        messages: Iterable[Message] = (),
        told: Iterable[int] = (),
    ) -> bool:
        state = self._state.copy()
        if (job, period) in state.ledger:
            return False
        state.ledger[job, period] = at
        _post(state, messages)
        state.told |= dict.fromkeys(told)
        self._state = state
        return True

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        return self._state.records.get((form, record))

    def numbered(self, form: FormKey, number: str) -> Record | None:
        found = self._state.numbers.get((form, number))
        return None if found is None else self._state.records[form, found]

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        declared = self._forms[form].field(field) if form in self._forms else None
        if declared is None or not indexed(declared):
            raise Contradiction(f"{form}.{field} is no unique, link or person field")
        wanted = (field, held(declared, value))
        state = self._state
        return tuple(
            record
            for key, record in state.records.items()
            if key[0] == form and wanted in state.held[key] and record.state is not State.RETRACTED
        )

    def every(self, form: FormKey) -> tuple[Record, ...]:
        return tuple(
            record
            for key, record in self._state.records.items()
            if key[0] == form and record.state is not State.RETRACTED
        )

    def journal(
        self, form: FormKey | None = None, record: RecordId | None = None, since: int = 0
    ) -> tuple[Chained, ...]:
        return tuple(
            line
            for line in self._state.journal[since:]
            if form in (None, line.entry.form) and record in (None, line.entry.record)
        )

    def head(self) -> tuple[int, str]:
        return _head(self._state)

    def run(self, form: FormKey, record: RecordId) -> Run | None:
        return self._state.runs.get((form, record))

    def decisions(self, form: FormKey, record: RecordId) -> tuple[Decision, ...]:
        return tuple(
            each for each in self._state.decisions.values() if (each.form, each.record) == (form, record)
        )

    def open_runs(self) -> tuple[Run, ...]:
        return tuple(each for each in self._state.runs.values() if each.state is State.SUBMITTED)

    def count(self, series: str) -> int:
        return self._state.counters.get(series, 0)

    def file(self, desk: DeskKey) -> KnownFile | None:
        return self._state.files.get(desk)

    def ingested(self, file: Hash) -> bool:
        return file in self._state.ingested

    def latest(self, desk: DeskKey) -> RenderId | None:
        return self._state.latest.get(desk)

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        of, rows = self._state.renders.get(render, (None, {}))
        return dict(rows) if of == desk else None

    def showed(self, desk: DeskKey, form: FormKey, record: RecordId) -> tuple[Mapping[FieldKey, Value], ...]:
        rows = (shown.get((form, record)) for of, shown in self._state.renders.values() if of == desk)
        written = [each for each in rows if each]
        return tuple(each for at, each in enumerate(written) if at == 0 or each != written[at - 1])

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        return dict(self._state.delivered.get(render, {}))

    def drafts(self, desk: DeskKey) -> Mapping[Address, Draft]:
        return {each.address: each for each in self._state.drafts.values() if each.desk == desk}

    def problems(self, desk: DeskKey | None = None) -> tuple[Problem, ...]:
        return tuple(each for each in self._state.problems.values() if desk in (None, each.desk))

    def conflicts(self, desk: DeskKey | None = None) -> tuple[Conflict, ...]:
        return tuple(each for each in self._state.conflicts.values() if desk in (None, each.desk))

    def nickname(self, desk: DeskKey, form: FormKey, text: str) -> RecordId | None:
        return self._state.nicknames.get((desk, form, text))

    def dirty(self, desk: DeskKey) -> tuple[Dirty, ...]:
        return tuple(
            Dirty(seq=seq, form=form, record=record)
            for (of, form, record), seq in self._state.dirty.items()
            if of == desk
        )

    def waiting_desks(self) -> tuple[DeskKey, ...]:
        return tuple(dict.fromkeys(desk for desk, _, _ in self._state.dirty))

    def notices(self) -> tuple[Notice, ...]:
        return tuple(each for each in self._state.notices.values() if each.id not in self._state.told)

    def messages(self, state: MessageState | None = None) -> tuple[Message, ...]:
        return tuple(each for each in self._state.messages.values() if state in (None, each.state))

    def ran(self, job: str, period: str) -> bool:
        return (job, period) in self._state.ledger

    def truth(self) -> Truth:
        """Return all records, runs and decisions."""
        state = self._state
        return Truth(
            records=tuple(state.records.values()),
            runs=tuple(state.runs.values()),
            decisions=tuple(state.decisions.values()),
        )


def _deliver(state: _State, render: RenderId, delivered: Iterable[tuple[Address, Value]]) -> None:
    brought = dict(state.delivered.get(render, {}))
    for address, value in delivered:
        brought[address] = (*brought.get(address, ()), value)
    if brought:
        state.delivered[render] = brought


def _append(state: _State, entries: Iterable[Entry]) -> None:
    lines = [
        replace(line, entry=replace(line.entry, detail=dict(line.entry.detail)))
        for line in chained(entries, _head(state))
    ]
    state.journal += lines
    for series, number in last_numbers(line.entry for line in lines).items():
        state.counters[series] = max(number, state.counters.get(series, 0))


def _head(state: _State) -> tuple[int, str]:
    return (state.journal[-1].seq, state.journal[-1].hash) if state.journal else (0, "")


def _post(state: _State, messages: Iterable[Message]) -> None:
    for message in messages:
        state.messages.setdefault(message.key, message)


def _decision_key(decision: Decision) -> tuple[object, ...]:
    return (
        decision.form,
        decision.record,
        decision.round,
        decision.step,
        decision.role,
        decision.person,
    )


def _problem_key(problem: Problem) -> tuple[object, ...]:
    return (problem.desk, problem.form, problem.record, problem.field, about(problem))


def _conflict_key(conflict: Conflict) -> tuple[object, ...]:
    mine = conflict.mine
    return (conflict.desk, conflict.address, type(mine), str(mine))
