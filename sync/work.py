"""One cycle's work in progress: what has been taken so far, and what follows from it.

A `Work` gathers everything that will become one `Commit`. It changes nothing outside itself: a work that is
given up (because the file turned out to be held) leaves no trace.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from decimal import Decimal

from rules.effect import Decision, Notify, Run
from rules.frozen import thaw
from sheet_templates.expression import CALENDAR, ExpressionContext, calendar_in, limits_in
from sheet_templates.form import NUMBER, DeskKey, FieldKey, FormKey
from sheet_templates.record import Address, Change, Problem, Record, RecordId, State, Value
from sheet_templates.working_calendar import WorkingCalendar
from sync.declared import Declared
from sync.overlay import Overlay, with_values
from sync.ports import Commit, Conflict, Draft, Entry, Ingest, Store, about

_LIMITS = FormKey("limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who causes a change: a desk's save, or a rule."""

    desk: DeskKey | None
    person: str | None
    cause: str


@dataclass(slots=True, kw_only=True)
class Work:
    """What one cycle will commit."""

    declared: Declared
    store: Store
    at: dt.datetime
    records: Overlay
    entries: list[Entry] = made(default_factory=list)
    runs: dict[tuple[FormKey, RecordId], Run] = made(default_factory=dict)
    decisions: dict[tuple[FormKey, RecordId], list[Decision]] = made(default_factory=dict)
    notices: dict[str, Notify] = made(default_factory=dict)
    drafts: dict[tuple[DeskKey, Address], Draft] = made(default_factory=dict)
    undrafted: set[tuple[DeskKey, Address]] = made(default_factory=set)
    problems: list[Problem] = made(default_factory=list)
    judged: dict[tuple[FormKey, RecordId], tuple[Problem, ...]] = made(default_factory=dict)
    """What the rules find wrong with the records that they were asked about."""
    solved: list[Problem] = made(default_factory=list)
    conflicts: list[Conflict] = made(default_factory=list)
    settled: list[Conflict] = made(default_factory=list)
    nicknames: list[tuple[DeskKey, FormKey, str, RecordId]] = made(default_factory=list)
    delivered: list[tuple[Address, Value]] = made(default_factory=list)
    counts: dict[str, int] = made(default_factory=dict)
    started: dict[tuple[FormKey, RecordId], Record | None] = made(default_factory=dict)
    """Every record that was put, as it was before this work."""
    touched: list[tuple[FormKey, RecordId]] = made(default_factory=list)
    """The records that were put since somebody last looked here."""
    known_calendar: WorkingCalendar | None = None
    known_limits: Mapping[str, Decimal] | None = None
    sent: set[str] = made(default_factory=set)
    """The transfers that were sent: their notices say whom the company's sheet names."""
    signed: set[tuple[FormKey, RecordId]] = made(default_factory=set)
    """Records that a signed request changes: their own sign-offs stand."""

    @classmethod
    def start(cls, declared: Declared, store: Store, at: dt.datetime) -> "Work":
        """Return an empty work on top of *store*."""
        return cls(declared=declared, store=store, at=at, records=Overlay(store, declared.forms))

    def context(
        self, record: Record, *, me: Mapping[str, Value] | None = None, before: Record | None = None
    ) -> ExpressionContext:
        """Return what expressions about *record* are evaluated against, as things will stand."""
        return ExpressionContext(
            record=record,
            records=self.records,
            forms=self.declared.forms,
            today=self.at.date(),
            limits=self.limits(),
            calendar=self.calendar(),
            me=me or {},
            before=before,
        )

    def limits(self) -> Mapping[str, Decimal]:
        """Return the company's limits, as they will stand."""
        if self.known_limits is None:
            self.known_limits = limits_in(self.records)
        return self.known_limits

    def calendar(self) -> WorkingCalendar:
        """Return the company's working calendar, as it will stand."""
        if self.known_calendar is None:
            self.known_calendar = calendar_in(self.records, self.declared.calendar, self.limits())
        return self.known_calendar

    def put(self, after: Record, author: Author) -> Record:
        """Let *after* stand, and enter what differs in the journal; return it with its new version."""
        before = self.records.get(after.form, after.id)
        self.started.setdefault((after.form, after.id), before)
        changes = _changes(before, after, author)
        if before is not None and not changes and before.state == after.state:
            return before
        if before is None:
            after = replace(after, version=1, created_at=self.at, changed_at=self.at)
            self._enter("create", author, after, new=after.number)
        else:
            after = replace(after, version=before.version + 1, changed_at=self.at)
        for change in changes:
            self._enter("change", author, after, field=change.address.field, old=change.old, new=change.new)
        if before is not None and before.state != after.state:
            self._enter(
                "state", author, after, field=FieldKey("state"), old=before.state.value, new=after.state.value
            )
        self.records.put(after)
        self.touched.append((after.form, after.id))
        if after.form == _LIMITS:
            self.known_limits = None
        if after.form in {_LIMITS, CALENDAR}:
            self.known_calendar = None
        return after

    def set(self, form: FormKey, record: RecordId, values: Mapping[FieldKey, Value], author: Author) -> None:
        """Put *values* into a record that exists."""
        found = self.records.get(form, record)
        assert found is not None, f"{form} has no record {record}"
        self.put(with_values(found, values), author)

    def state(self, form: FormKey, record: RecordId, state: State, author: Author) -> None:
        """Put a record into *state*."""
        found = self.records.get(form, record)
        assert found is not None, f"{form} has no record {record}"
        if found.state != state:
            self.put(replace(found, state=state), author)

    def number(self, series: str) -> int:
        """Return the next count of *series*, as an entry of the journal will fix it."""
        last = self.counts[series] if series in self.counts else self.store.count(series)
        self.counts[series] = last + 1
        return last + 1

    def numbered(self, record: Record, series: str, n: int, author: Author, *, called: str = "") -> None:
        """Enter in the journal that *record* took the count *n* of *series*; *called*: as its desk called it before."""
        entry = self._entry("number", author, record, new=record.number)
        detail = {"series": series, "n": str(n), **({"called": called} if called else {})}
        self.entries.append(replace(entry, detail=detail))

    def run(self, form: FormKey, record: RecordId) -> Run | None:
        """Return the record's run as it will stand."""
        return self.runs.get((form, record)) or self.store.run(form, record)

    def decided(self, form: FormKey, record: RecordId) -> tuple[Decision, ...]:
        """Return the decisions on a record as they will stand, oldest first."""
        mine = self.decisions.get((form, record), [])
        keys = {_decision_key(each) for each in mine}
        below = [each for each in self.store.decisions(form, record) if _decision_key(each) not in keys]
        return tuple(sorted((*below, *mine), key=lambda each: each.at))

    def decide(self, decision: Decision, author: Author, behalf: str = "") -> None:
        """Enter a decision, or that it no longer counts. *behalf*: for whom, who is away, it was signed."""
        mine = self.decisions.setdefault((decision.form, decision.record), [])
        mine[:] = [each for each in mine if _decision_key(each) != _decision_key(decision)]
        mine.append(decision)
        self.entries.append(
            Entry(
                at=self.at,
                kind="decision" if decision.voided is None else "void",
                desk=decision.desk,
                person=decision.person,
                form=decision.form,
                record=decision.record,
                new=decision.verdict.value,
                cause=author.cause,
                detail={
                    "step": decision.step,
                    "role": decision.role,
                    "round": str(decision.round),
                    "opinion": decision.opinion,
                    "content": decision.content,
                    "grade": decision.grade,
                    **({"voided": decision.voided} if decision.voided else {}),
                    **({"behalf": behalf} if behalf else {}),
                },
            )
        )

    def advance(self, run: Run, author: Author) -> None:
        """Put a record's run, and its state, to *run*."""
        self.runs[run.form, run.record] = run
        frozen = thaw(run.frozen)
        self.entries.append(
            Entry(
                at=self.at,
                kind="run",
                form=run.form,
                record=run.record,
                new=run.state.value,
                cause=author.cause,
                detail={
                    "chain": run.chain,
                    "round": str(run.round),
                    "content": run.content,
                    "clause": frozen.clause,
                    "version": frozen.version,
                },
            )
        )
        self.state(run.form, run.record, run.state, author)

    def hold(self, problem: Problem, author: Author) -> None:
        """Enter that a whole save waits for a person."""
        self.problems.append(problem)
        self.entries.append(
            Entry(
                at=self.at,
                kind="hold",
                desk=author.desk,
                person=author.person,
                cause=author.cause,
                detail={"what": problem.what.key, "file": problem.file or ""},
            )
        )

    def word(self, kind: str, problem: Problem, author: Author, **detail: str) -> None:
        """Enter the word that ended a hold."""
        told = {"what": problem.what.key, "file": problem.file or "", **detail}
        self.entries.append(
            Entry(
                at=self.at,
                kind=kind,
                desk=author.desk,
                person=author.person,
                cause=author.cause,
                detail={key: value for key, value in told.items() if value},
            )
        )

    def told(self, problem: Problem, author: Author) -> None:
        """Enter what became of a file, that its people are told."""
        self.problems.append(problem)
        self.entries.append(
            Entry(
                at=self.at,
                kind="file",
                desk=author.desk,
                person=author.person,
                cause=author.cause,
                detail={"what": problem.what.key, "file": problem.file or ""},
            )
        )

    def note(
        self,
        kind: str,
        author: Author,
        address: Address,
        *,
        old: Value = None,
        new: Value = None,
        **detail: str,
    ) -> None:
        """Enter something that happened to a cell and changed no record: a draft, a refusal, a conflict."""
        self.entries.append(
            Entry(
                at=self.at,
                kind=kind,
                desk=author.desk,
                person=author.person,
                form=address.form,
                record=address.record,
                field=address.field,
                old=old,
                new=new,
                cause=author.cause,
                detail=detail,
            )
        )

    def found(self) -> tuple[Problem, ...]:
        """Return everything that is wrong, each thing once."""
        judged = (each for several in self.judged.values() for each in several)
        by_identity = {identity(each): each for each in (*self.problems, *judged)}
        return tuple(by_identity.values())

    def commit(self, ingest: Ingest | None, dirty: Iterable[tuple[DeskKey, FormKey, RecordId]]) -> Commit:
        """Return everything as one commit."""
        return Commit(
            at=self.at,
            entries=tuple(self.entries),
            records=self.records.changed(),
            runs=tuple(self.runs.values()),
            decisions=tuple(each for several in self.decisions.values() for each in several),
            notices=tuple(self.notices.values()),
            ingest=ingest,
            delivered=tuple(self.delivered),
            drafts=tuple(self.drafts.values()),
            undrafted=tuple(each for each in self.undrafted if each not in self.drafts),
            problems=self.found(),
            solved=tuple(self.solved),
            conflicts=tuple(self.conflicts),
            settled=tuple(self.settled),
            nicknames=tuple(self.nicknames),
            dirty=frozenset(dirty),
        )

    def _enter(
        self,
        kind: str,
        author: Author,
        record: Record,
        *,
        field: FieldKey | None = None,
        old: Value = None,
        new: Value = None,
    ) -> None:
        self.entries.append(self._entry(kind, author, record, field=field, old=old, new=new))

    def _entry(
        self,
        kind: str,
        author: Author,
        record: Record,
        *,
        field: FieldKey | None = None,
        old: Value = None,
        new: Value = None,
    ) -> Entry:
        return Entry(
            at=self.at,
            kind=kind,
            desk=author.desk,
            person=author.person,
            form=record.form,
            record=record.id,
            field=field,
            old=old,
            new=new,
            cause=author.cause,
        )


def _changes(before: Record | None, after: Record, author: Author) -> list[Change]:
    old = before.values if before is not None else {}
    keys = dict.fromkeys((*old, *after.values))
    changes = [
        Change(
            address=Address(form=after.form, record=after.id, field=key),
            old=old.get(key),
            new=after.values.get(key),
            desk=author.desk,
            person=author.person,
            cause=author.cause,
        )
        for key in keys
        if old.get(key) != after.values.get(key)
    ]
    if before is not None and before.number != after.number:
        address = Address(form=after.form, record=after.id, field=NUMBER)
        changes.append(
            Change(
                address=address,
                old=before.number,
                new=after.number,
                desk=author.desk,
                person=author.person,
                cause=author.cause,
            )
        )
    return changes


def _decision_key(decision: Decision) -> tuple[int, str, str, str]:
    return decision.round, decision.step, decision.role, decision.person


def derived_id(key: str) -> RecordId:
    """Return the id of a record that a rule creates once for each *key*: the same key, the same record."""
    digest = hashlib.sha256(key.encode()).digest()
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return RecordId("".join(alphabet[byte % 32] for byte in digest[:12]))


def said(value: Value) -> str:
    """Return a value as a sentence about it says it; '' if it is empty."""
    return "" if value is None else str(value)


def identity(problem: Problem) -> tuple[object, ...]:
    """Return what makes two problems the same one: it is told once, however often it is found."""
    return (problem.desk, problem.form, problem.record, problem.field, about(problem))
