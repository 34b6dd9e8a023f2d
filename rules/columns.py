"""The columns that approval chains add to their forms: the requester's tick, decisions and opinions. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from rules.course import SUBMIT
from rules.effect import Verdict
from rules.rule import Adding, Book, Chain, Step, Told
from rules.signing import ADDED, SIGNER, column
from rules.turn import LEADER, MANAGER
from sheet_templates.form import Choice, Field, FieldKey, FieldType, Form, FormKey, Labels, Lang, Role, Source
from sheet_templates.record import named, text
from sheet_templates.words import Words

TODO: Final = FormKey("todo")
NOT_ME: Final = FieldKey("not_me")
"""The column of 待辦 in which whoever did not decide what was confirmed to him types the confirmation's code."""
WHOM: Final = FieldKey("added_whom")
"""Where a signer names whom he adds."""


def with_chains(forms: Mapping[FormKey, Form], book: Book) -> Mapping[FormKey, Form]:
    """Return *forms* with the columns of the book's chains after their own fields.

    `submit` belongs to those who may add records, or who type in them if nobody may. `<step>_<role>` and
    `<step>_<role>_opinion` belong to the role that signs there, to the leader, to whom the step may go up, and
    where the leader signs to managers as well, to whom he may leave it while he is away. Where signers may add
    others, `added_whom` belongs to all signers, `added_signer` and its opinion to all who see the form. Everybody
    who sees the record sees them.
    """
    return {key: _with_chain(form, book.chain(key)) for key, form in forms.items()}


def with_not_me(forms: Mapping[FormKey, Form], words: Words) -> Mapping[FormKey, Form]:
    """Return *forms*, 待辦 with the column in which people disown decisions."""
    todo = forms.get(TODO)
    if todo is None:
        return forms
    hant, hans, english = (words.say(text("column.not_me"), lang) for lang in Lang)
    column = Field(
        key=NOT_ME,
        type=FieldType.TEXT,
        labels=Labels(zh_hant=hant, zh_hans=hans, en=english),
        source=Source.CODE,
        owners=frozenset(todo.views),
        max_length=40,
        width=12,
    )
    return {**forms, TODO: replace(todo, fields=(*todo.fields, column))}


def with_transfers(forms: Mapping[FormKey, Form], book: Book, words: Words) -> Mapping[FormKey, Form]:
    """Return *forms* with the choices of those fields that offer the transfers that the book declares."""
    choices = tuple(
        Choice(key=each.key, labels=_event(each.told, forms[each.form], words))
        for each in book.transfers
        if each.told is not None
    )
    return {key: _offering(form, choices) for key, form in forms.items()}


def _offering(form: Form, choices: tuple[Choice, ...]) -> Form:
    if not any(each.transfers for each in form.fields):
        return form
    fields = tuple(replace(each, choices=choices) if each.transfers else each for each in form.fields)
    return replace(form, fields=fields)


def _event(told: Told, form: Form, words: Words) -> Labels:
    """Return what a transfer is called: its headline, with the names of fields in place of their values."""
    blanks = {
        name: text("matrix.blank", label=named(field.labels)) if field is not None else "…"
        for name in told.headline.blanks
        for field in [form.field(FieldKey(name))]
    }
    said = text(told.headline.key, **blanks)
    hant, hans, english = (words.say(said, lang) for lang in Lang)
    return Labels(zh_hant=hant, zh_hans=hans, en=english)


def decision_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column in which *role* decides *step*."""
    return column(step, role)


def opinion_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column beside it."""
    return FieldKey(f"{column(step, role)}_opinion")


def code_key(step: str, role: Role) -> FieldKey:
    """Return the key of the column in which *role*'s one-time code for *step* is typed."""
    return FieldKey(f"{step}_{role}_code")


def _with_chain(form: Form, chain: Chain | None) -> Form:
    if chain is None:
        return form
    submit = Field(
        key=SUBMIT,
        type=FieldType.YES_NO,
        labels=chain.submit,
        source=Source.SUBMIT,
        owners=form.adders or _typing(form),
        width=8,
    )
    signed = [each for step in chain.steps for each in _columns(chain, step, form)]
    added = _added(chain.adding, chain, form) if chain.adding is not None else ()
    return replace(form, fields=(*form.fields, submit, *signed, *added))


def _typing(form: Form) -> frozenset[Role]:
    """Return who types in a form to which nobody adds: its records are made by rules, and put up by themselves."""
    return frozenset(role for each in form.fields for role in each.owners)


def _columns(chain: Chain, step: Step, form: Form) -> Iterator[Field]:
    for role in step.roles:
        stand_ins = {MANAGER} & form.views.keys() if role == LEADER else set()
        owners = frozenset({role, LEADER, *stand_ins})
        decision, opinion = _pair(step.key, role, step.columns[role], owners, chain)
        yield decision
        if role in step.codes:
            yield Field(
                key=code_key(step.key, role),
                type=FieldType.TEXT,
                labels=step.codes[role],
                source=Source.CODE,
                owners=owners,
                readers=frozenset(),
                max_length=40,
                step=step.key,
                signer=role,
                width=12,
            )
        yield opinion


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
