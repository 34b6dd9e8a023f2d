"""Records to views: who sees which record, and what a desk shows of it. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.chain import state_text
from rules.effect import Decision, Run
from rules.signing import column
from rules.turn import in_force
from sheet_templates.expression import Expression
from sheet_templates.form import (
    CHECK,
    MARK,
    NUMBER,
    STATE,
    Desk,
    FieldKey,
    Form,
    FormKey,
    Role,
    Source,
)
from sheet_templates.record import Address, Problem, Record, RecordId, Records, Severity, Value
from sheet_templates.words import Words
from sync.merge import draft_key
from sync.ports import Conflict, Draft

Views = Mapping[tuple[FormKey, Role], Expression]
"""The conditions under which roles see records, loaded once."""


_DECIDED: Final = frozenset({Source.DECISION, Source.OPINION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a record in one desk: what is wrong with it, and what waits there."""

    drafts: Mapping[FieldKey, Draft]
    problems: Sequence[Problem]
    conflicts: Sequence[Conflict] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Where a record stands in its approval chain."""

    run: Run | None
    decisions: Sequence[Decision]


def row(
    form: Form,
    desk: Desk,
    record: Record,
    *,
    signed: Signed,
    beside: Beside,
    words: Words,
    records: Records,
    today: dt.date,
    hidden: Collection[FieldKey] = (),
) -> dict[FieldKey, Value]:
    """Return what *desk* shows of *record*: its columns by key, drafts apart (see `sync.merge.DRAFT`).

    *hidden*: columns in which it does not see what stands there.

    Only fields that the desk's role may read are in it: a file never contains anything else (promise 3).
    """
    shown: dict[FieldKey, Value] = {NUMBER: record.number}
    if signed.run is not None or record.state.value != "recorded":
        shown[STATE] = words.say(state_text(record, signed.run, signed.decisions, records, today), desk.lang)
    decided = decided_values(form, signed)
    for field in form.columns(desk.role):
        value = decided.get(field.key) if field.source in _DECIDED else record.values.get(field.key)
        if value is not None and field.key not in hidden:
            shown[field.key] = value
    return {**shown, **_overlay(beside, words, desk)}


def draft_row(desk: Desk, *, beside: Beside, words: Words) -> dict[FieldKey, Value]:
    """Return what *desk* shows of a row that is not yet a record: what its person typed, and what is wrong."""
    return _overlay(beside, words, desk)


def _overlay(beside: Beside, words: Words, desk: Desk) -> dict[FieldKey, Value]:
    shown: dict[FieldKey, Value] = {}
    for key, draft in beside.drafts.items():
        shown[draft_key(key)] = draft.typed
    told = _sentences(beside.problems, words, desk)
    if told:
        shown[CHECK] = told
    marked = sorted(
        {each.field for each in beside.problems if each.field is not None and each.severity is Severity.ERROR}
        | {each.address.field for each in beside.conflicts}
    )
    if marked:
        shown[MARK] = f",{','.join(marked)},"
    return shown


def _sentences(problems: Iterable[Problem], words: Words, desk: Desk) -> str:
    lines = [
        f"{words.say(each.what, desk.lang)} {words.say(each.mend, desk.lang)}".strip() for each in problems
    ]
    return "\n".join(dict.fromkeys(lines))


def decided_values(form: Form, signed: Signed) -> dict[FieldKey, Value]:
    """Return the decisions in force, and the opinions beside them, as the form's columns show them."""
    if signed.run is None:
        return {}
    standing = {column(each.step, each.role): each for each in in_force(signed.run, signed.decisions)}
    found: dict[FieldKey, Value] = {}
    for field in form.fields:
        if field.source not in _DECIDED or field.step is None or field.signer is None:
            continue
        decision = standing.get(column(field.step, field.signer))
        if decision is None:
            continue
        if field.source is Source.DECISION:
            found[field.key] = decision.verdict.value
        elif decision.opinion:
            found[field.key] = decision.opinion
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskBeside:
    """What stands beside the records of one desk, by record."""

    drafts: Mapping[tuple[FormKey, RecordId], Mapping[FieldKey, Draft]]
    problems: Mapping[tuple[FormKey | None, RecordId | None], Sequence[Problem]]
    conflicts: Mapping[tuple[FormKey, RecordId], Sequence[Conflict]]

    @classmethod
    def gather(
        cls, drafts: Mapping[Address, Draft], problems: Iterable[Problem], conflicts: Iterable[Conflict]
    ) -> "DeskBeside":
        """Sort by record what stands in one desk."""
        by_row: defaultdict[tuple[FormKey, RecordId], dict[FieldKey, Draft]] = defaultdict(dict)
        for address, draft in drafts.items():
            by_row[address.form, address.record][address.field] = draft
        said: defaultdict[tuple[FormKey | None, RecordId | None], list[Problem]] = defaultdict(list)
        for problem in problems:
            said[problem.form, problem.record].append(problem)
        crossed: defaultdict[tuple[FormKey, RecordId], list[Conflict]] = defaultdict(list)
        for conflict in conflicts:
            crossed[conflict.address.form, conflict.address.record].append(conflict)
        return cls(drafts=by_row, problems=said, conflicts=crossed)

    def of(self, form: FormKey, record: RecordId) -> Beside:
        """Return what stands beside one record."""
        key = (form, record)
        return Beside(
            drafts=self.drafts.get(key, {}),
            problems=self.problems.get(key, ()),
            conflicts=self.conflicts.get(key, ()),
        )
