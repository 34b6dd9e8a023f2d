"""Transfers: something has become true of a record, so departments are told and records are made. Pure."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Final

from rules import applying
from rules.effect import Create, Effect, Notify, Set
from rules.happened import Happened
from rules.notices import roles_of
from rules.rule import Book, Creation, Setting, Told, Transfer
from rules.saying import lines_said, rows_lines, said
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import Field, FieldKey, Form, FormKey, Role
from sheet_templates.functions import round_to
from sheet_templates.record import Address, Record, Text, Value
from sheet_templates.scope import linked_form
from sheet_templates.value import canonical

LINES: Final = 20
"""So many lines of an order are told one by one; of the others how many there are."""


def effects(
    book: Book, forms: Mapping[FormKey, Form], happened: Happened, after: Record
) -> tuple[Effect, ...]:
    """Return what the transfers want done, now that the record is *after*: in the state the rules put it in.

    A transfer happens when its condition is true and was not: a condition that was unknown counts as not
    true. However often the cycle asks, the notices and creations have the same keys, so they happen once.
    """
    found: list[Effect] = []
    context = happened.context(forms, after)
    for each in book.transfers:
        if each.form == after.form and each.when.true(context) and not _was(each, happened, forms):
            found.extend(_effects(each, happened, context))
    return tuple(found)


def notify(
    told: Told, context: ExpressionContext, *, event: str, rule: str, clause: str, more: tuple[str, ...] = ()
) -> Notify | None:
    """Return the notice that *told* declares about the context's record; None if there is nobody to tell."""
    record = context.record
    people = {str(who) for each in told.people if (who := each.value(context)) is not None} | set(more)
    if not people and not told.roles:
        return None
    return Notify(
        event=f"{event}:{record.form}:{record.id}",
        roles=told.roles,
        people=tuple(sorted(people)),
        urgent=told.urgent,
        headline=said(told.headline, context),
        lines=(*lines_said(told.show, record, context.forms, context.records), *_rows(told, people, context)),
        form=record.form,
        record=record.id,
        rule=rule,
        clause=clause,
    )


def _rows(told: Told, people: Collection[str], context: ExpressionContext) -> Iterator[Text]:
    """Yield the lines of the context's record, where they are told: what all may see who are told."""
    roles = {*told.roles, *roles_of(people, context.records)}
    if told.show_lines:
        reads = partial(read_by_all, roles)
        yield from rows_lines(context.record, context.forms, context.records, reads, LINES)


def read_by_all(roles: Collection[Role], field: Field) -> bool:
    """Return whether each of *roles* may see *field*."""
    return all(field.read_by(each) for each in roles)


def _was(transfer: Transfer, happened: Happened, forms: Mapping[FormKey, Form]) -> bool:
    """Return whether the condition was true before. The record itself is then its own `before`."""
    before = happened.before
    return before is not None and transfer.when.true(happened.context(forms, before))


def _effects(transfer: Transfer, happened: Happened, context: ExpressionContext) -> Iterator[Effect]:
    rule = f"transfer.{transfer.key}"
    # Once for each time it becomes true: the version that it was before tells these times apart.
    version = happened.before.version if happened.before is not None else 0
    if transfer.told is not None:
        event = f"{rule}.{version}"
        told = notify(transfer.told, context, event=event, rule=rule, clause=transfer.clause)
        if told is not None:
            yield told
    for setting in transfer.sets:
        wanted = _set(setting, context, rule)
        if wanted is not None:
            yield wanted
    yield from _creations(transfer, context, rule, version)
    if transfer.applies is not None:
        yield from applying.effects(transfer.applies, context, rule)


def _set(setting: Setting, context: ExpressionContext, rule: str) -> Set | None:
    """Return the value to set; None if it stands already, or the link leads nowhere."""
    target = _target(setting.link, context)
    if target is None:
        return None
    field = context.forms[target.form].field(setting.field)
    assert field is not None, "the book has seen to it"
    value = canonical(field, setting.value.value(context))
    if value == target[field.key]:
        return None
    return Set(address=Address(form=target.form, record=target.id, field=field.key), value=value, rule=rule)


def _target(link: FieldKey | None, context: ExpressionContext) -> Record | None:
    record = context.record
    if link is None:
        return record
    declared, number = context.forms[record.form].field(link), record[link]
    form = linked_form(declared) if declared is not None else None
    return context.linked(form, number) if form is not None and isinstance(number, str) else None


def _creations(transfer: Transfer, context: ExpressionContext, rule: str, version: int) -> Iterator[Create]:
    """Yield the records to create. Their shares of an amount add up to it exactly: the last takes the rest."""
    whole = transfer.split.of.value(context) if transfer.split is not None else None
    rest = whole if isinstance(whole, Decimal) else Decimal(0)
    for each in transfer.creates:
        if each.when is not None and not each.when.true(context):
            continue
        values = _values(each, context)
        if transfer.split is not None:
            part = _part(each, context, whole, rest)
            if not part:
                continue
            rest -= part
            values[transfer.split.field] = part
        key = f"{rule}.{each.key}:{context.record.form}:{context.record.id}"
        if each.each_time:
            key = f"{key}:{version}"
        yield Create(form=each.form, key=key, values=values, rule=rule)


def _part(creation: Creation, context: ExpressionContext, whole: Value, rest: Decimal) -> Decimal:
    if not isinstance(whole, Decimal):
        return Decimal(0)
    if creation.share is None:
        return rest
    share = creation.share.value(context)
    return min(round_to(whole * share), rest) if isinstance(share, Decimal) else Decimal(0)


def _values(creation: Creation, context: ExpressionContext) -> dict[FieldKey, Value]:
    form = context.forms[creation.form]
    found: dict[FieldKey, Value] = {}
    for key, expression in creation.values.items():
        field = form.field(key)
        assert field is not None, "the book has seen to it"
        value = canonical(field, expression.value(context))
        if value is not None:
            found[key] = value
    return found
