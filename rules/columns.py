"""The columns that approval chains add to their forms: the requester's tick, decisions and opinions. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from rules.chain import SUBMIT
from rules.effect import Verdict
from rules.rule import Adding, Book, Chain, Step
from rules.signing import ADDED, SIGNER, column
from rules.turn import LEADER, MANAGER
from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Labels, Role, Source

WHOM: Final = FieldKey("added_whom")
"""Where a signer names whom he adds."""


def with_chains(forms: Mapping[FormKey, Form], book: Book) -> Mapping[FormKey, Form]:
    """Return *forms* with the columns of the book's chains after their own fields.

    `submit` belongs to those who may add records. `<step>_<role>` and `<step>_<role>_opinion` belong to the
    role that signs there, to the leader, to whom the step may go up, and where the leader signs to managers as
    well, to whom he may leave it while he is away. Where signers may add others, `added_whom` belongs to all
    signers, `added_signer` and its opinion to all who see the form. Everybody who sees the record sees them.
    """
    return {key: _with_chain(form, book.chain(key)) for key, form in forms.items()}


def decision_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column in which *role* decides *step*."""
    return column(step, role)


def opinion_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column beside it."""
    return FieldKey(f"{column(step, role)}_opinion")


def _with_chain(form: Form, chain: Chain | None) -> Form:
    if chain is None:
        return form
    submit = Field(
        key=SUBMIT,
        type=FieldType.YES_NO,
        labels=chain.submit,
        source=Source.SUBMIT,
        owners=form.adders,
        width=8,
    )
    signed = [each for step in chain.steps for each in _columns(chain, step, form)]
    added = _added(chain.adding, chain, form) if chain.adding is not None else ()
    return replace(form, fields=(*form.fields, submit, *signed, *added))


def _columns(chain: Chain, step: Step, form: Form) -> Iterator[Field]:
    for role in step.roles:
        stand_ins = {MANAGER} & form.views.keys() if role == LEADER else set()
        yield from _pair(step.key, role, step.columns[role], frozenset({role, LEADER, *stand_ins}), chain)


def _added(adding: Adding, chain: Chain, form: Form) -> Iterator[Field]:
    signers = frozenset({LEADER, *(role for step in chain.steps for role in step.roles)})
    yield Field(
        key=WHOM,
        type=FieldType.PERSON,
        labels=adding.whom,
        source=Source.OPINION,
        owners=frozenset(signers & form.views.keys()),
        step=ADDED,
        width=16,
    )
    yield from _pair(ADDED, SIGNER, (adding.decision, adding.opinion), frozenset(form.views), chain)


def _pair(
    step: str, role: Role, called: tuple[Labels, Labels], owners: frozenset[Role], chain: Chain
) -> Iterator[Field]:
    """Yield a decision column and the opinion beside it."""
    decision, opinion = called
    yield Field(
        key=decision_key(step, role),
        type=FieldType.CHOICE,
        labels=decision,
        source=Source.DECISION,
        owners=owners,
        choices=tuple(each for each in chain.verdicts if chain.adding or each.key != Verdict.ADD),
        step=step,
        signer=role,
        width=12,
    )
    yield Field(
        key=opinion_key(step, role),
        type=FieldType.LONG_TEXT,
        labels=opinion,
        source=Source.OPINION,
        owners=owners,
        max_length=500,
        step=step,
        signer=role,
        width=24,
    )
