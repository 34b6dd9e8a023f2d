"""Approved requests for change: what they set in the record that they are about, and in its lines. Pure.

It is carried out in the commit of the last signature. The changed record's own sign-offs stand: what changed in
it has been signed for, on the request (TX-3.3.4).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rules.effect import Create, Effect, Set
from rules.rule import Applies, LineApplies
from sheet_templates.expression import Expression, ExpressionContext
from sheet_templates.form import Field, FieldKey, FormKey
from sheet_templates.record import Address, Record, RecordId, Value
from sheet_templates.scope import line_form, linked_form, parent_field
from sheet_templates.value import canonical


def effects(applies: Applies, context: ExpressionContext, rule: str) -> Iterator[Effect]:
    """Yield what the context's record, a request, changes. What is empty or unknown changes nothing."""
    target = _linked(applies.to, context)
    if target is None:
        return
    signed = (target.form, target.id)
    yield from _sets(target, applies.sets, context, rule, signed)
    if applies.lines is not None:
        yield from _lines(applies.lines, target, context, rule)


def _lines(applies: LineApplies, target: Record, context: ExpressionContext, rule: str) -> Iterator[Effect]:
    below = line_form(context.forms[context.record.form], context.forms)
    targets = line_form(context.forms[target.form], context.forms)
    assert below is not None, "the book has seen to it"
    assert targets is not None, "the book has seen to it"
    signed = (target.form, target.id)
    for each in context.holding(below.key, parent_field(below), context.record.number):
        within = replace(context, record=each, found={})
        line = _linked(applies.to, within)
        if line is not None:
            yield from _sets(line, applies.sets, within, rule, signed)
            continue
        values = {
            key: value
            for key, expression in applies.adds.items()
            if (value := _value(targets.field(key), expression, within)) is not None
        }
        values[parent_field(targets)] = target.number
        key = f"{rule}:{each.form}:{each.id}"
        yield Create(form=targets.key, key=key, values=values, rule=rule, signed=signed)


def _sets(
    target: Record,
    sets: Mapping[FieldKey, Expression],
    context: ExpressionContext,
    rule: str,
    signed: tuple[FormKey, RecordId],
) -> Iterator[Set]:
    form = context.forms[target.form]
    for key, expression in sets.items():
        value = _value(form.field(key), expression, context)
        if value is not None and value != target[key]:
            address = Address(form=target.form, record=target.id, field=key)
            yield Set(address=address, value=value, rule=rule, signed=signed)


def _value(field: Field | None, expression: Expression, context: ExpressionContext) -> Value:
    assert field is not None, "the book has seen to it"
    return canonical(field, expression.value(context))


def _linked(link: FieldKey, context: ExpressionContext) -> Record | None:
    declared, number = context.forms[context.record.form].field(link), context.record[link]
    form = linked_form(declared) if declared is not None else None
    return context.linked(form, number) if form is not None and isinstance(number, str) else None
