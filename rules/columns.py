"""The columns that approval chains add to their forms: the requester's tick, decisions and opinions. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rules.chain import SUBMIT
from rules.rule import Book, Chain, Step
from rules.turn import LEADER
from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Role, Source


def with_chains(forms: Mapping[FormKey, Form], book: Book) -> Mapping[FormKey, Form]:
    """Return *forms* with the columns of the book's chains after their own fields.

    `submit` belongs to those who may add records. `<step>_<role>` and `<step>_<role>_opinion` belong to the
    role that signs there, and to the leader, to whom the step may go up. Everybody who sees the record sees
    them.
    """
    return {key: _with_chain(form, book.chain(key)) for key, form in forms.items()}


def decision_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column in which *role* decides *step*."""
    return FieldKey(f"{step}_{role}")


def opinion_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column beside it."""
    return FieldKey(f"{step}_{role}_opinion")


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
    signed = (column for step in chain.steps for column in _columns(chain, step))
    return replace(form, fields=(*form.fields, submit, *signed))


def _columns(chain: Chain, step: Step) -> Iterator[Field]:
    for role in step.roles:
        decision, opinion = step.columns[role]
        owners = frozenset({role, LEADER})
        yield Field(
            key=decision_key(step.key, role),
            type=FieldType.CHOICE,
            labels=decision,
            source=Source.DECISION,
            owners=owners,
            choices=chain.verdicts,
            step=step.key,
            signer=role,
            width=12,
        )
        yield Field(
            key=opinion_key(step.key, role),
            type=FieldType.LONG_TEXT,
            labels=opinion,
            source=Source.OPINION,
            owners=owners,
            max_length=500,
            step=step.key,
            signer=role,
            width=24,
        )
