"""Records to views: who sees which record, and what a desk shows of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules.chain import state_text
from sheet_templates.expression import Expression, ExpressionContext

from rules.effect import Decision, Run
from sheet_templates.form import (
    CHECK,
    MARK,
    MASTER,
    NUMBER,
    STATE,
    Desk,
    Field,
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


def sees(views: Views, form: Form, desk: Desk, context: ExpressionContext) -> bool:
    """Return whether *desk* sees the record of *context*; a view that is unknown hides it."""
    if desk.role == MASTER:
        return True
    view = views.get((form.key, desk.role))
    return view is not None and view.true(context)


def row(
    form: Form,
    desk: Desk,
    record: Record,
    *,
    signed: Signed,
    beside: Beside,
    words: Words,
    records: Records,
) -> dict[FieldKey, Value]:
    """Return what *desk* shows of *record*: its columns by key, drafts apart (see `sync.merge.DRAFT`).

    Only fields that the desk's role may read are in it: a file never contains anything else (promise 3).
    """
    shown: dict[FieldKey, Value] = {NUMBER: record.number}
    if signed.run is not None or record.state.value != "recorded":
        shown[STATE] = words.say(state_text(record, signed.run, signed.decisions, records), desk.lang)
    standing = {(each.step, each.role): each for each in signed.decisions if _counts(each, signed.run)}
    for field in form.columns(desk.role):
        if field.source in (Source.DECISION, Source.OPINION):
            value = _decision(field, standing)
        else:
            value = record.values.get(field.key)
        if value is not None:
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


def _counts(decision: Decision, run: Run | None) -> bool:
    return decision.voided is None and run is not None and decision.round == run.round


def _decision(field: Field, standing: Mapping[tuple[str | None, Role], Decision]) -> Value:
    if field.signer is None:
        return None
    found = standing.get((field.step, field.signer))
    if found is None:
        return None
    return found.verdict.value if field.source is Source.DECISION else (found.opinion or None)


def beside(
    form: FormKey,
    record: RecordId,
    drafts: Mapping[Address, Draft],
    problems: Iterable[Problem],
    conflicts: Iterable[Conflict],
) -> Beside:
    """Return what stands beside one record, out of what stands in a whole desk."""
    return Beside(
        drafts={
            address.field: draft
            for address, draft in drafts.items()
            if address.form == form and address.record == record
        },
        problems=[each for each in problems if each.form == form and each.record == record],
        conflicts=[each for each in conflicts if each.address.form == form and each.address.record == record],
    )
