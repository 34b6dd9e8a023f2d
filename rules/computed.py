"""Computed fields and defaults of a record, and which other records a change makes compute anew. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from rules.formula import sources
from rules.rule import Book, Formula
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.record import Record, RecordId, Records, Value
from sheet_templates.scope import linked_form, parent_field
from sheet_templates.value import canonical

Place: TypeAlias = tuple[FormKey, RecordId]


def with_computed(book: Book, context: ExpressionContext) -> Record:
    """Return the context's record with its computed fields as they are now; what is unknown is empty."""
    mine = [each for each in book.formulas if each.form == context.record.form and not each.default]
    return _filled(mine, context)


def with_defaults(book: Book, context: ExpressionContext) -> Record:
    """Return the context's new record with defaults in its empty fields.

    Computed fields are computed on the way, because defaults may read them and they may read defaults.
    """
    mine = [each for each in book.formulas if each.form == context.record.form]
    return _filled(
        [each for each in mine if not each.default or context.record[each.field.key] is None], context
    )


def affected(
    book: Book, forms: Mapping[FormKey, Form], records: Records, before: Record | None, after: Record
) -> tuple[Place, ...]:
    """Return the other records that must be looked at again because *before* became *after*.

    These are the record's parent, old and new (its lines belong to what is signed), and the records whose
    formulas read a field that changed, over a link in one direction or the other.
    """
    form = forms[after.form]
    changed: set[str] = {
        key for key in _keys(before, after) if (before[key] if before else None) != after[key]
    }
    if before is None or before.state is not after.state:
        changed.add("state")
    found: dict[Place, None] = {}
    if form.parent is not None:
        for each in _linked(forms, records, parent_field(form), before, after):
            found[each] = None
    for formula in book.formulas:
        if formula.default:
            continue
        for name in formula.expression.names:
            read = {field for at, field in sources(name, forms[formula.form], forms) if at == form.key}
            if read & changed:
                found |= dict.fromkeys(
                    _readers(name, formula, forms=forms, records=records, before=before, after=after)
                )
    found.pop((after.form, after.id), None)
    return tuple(found)


def _filled(formulas: Iterable[Formula], context: ExpressionContext) -> Record:
    record = context.record
    for each in formulas:
        value = canonical(each.field, each.expression.value(replace(context, record=record)))
        if value != record[each.field.key]:
            record = replace(record, values=_with(record.values, each.field.key, value))
    return record


def _with(values: Mapping[FieldKey, Value], key: FieldKey, value: Value) -> Mapping[FieldKey, Value]:
    kept = {each: old for each, old in values.items() if each != key}
    return kept if value is None else {**kept, key: value}


def _keys(before: Record | None, after: Record) -> frozenset[FieldKey]:
    return frozenset(after.values) | frozenset(before.values if before is not None else ())


def _readers(
    name: str,
    formula: Formula,
    *,
    forms: Mapping[FormKey, Form],
    records: Records,
    before: Record | None,
    after: Record,
) -> Iterator[Place]:
    """Yield the records of the formula's form that see this one under *name*."""
    match name.split("."):
        case ["link", field, *_] if after.number:
            for each in records.holding(formula.form, FieldKey(field), after.number):
                yield each.form, each.id
        case ["back", _, field, *_]:
            yield from _linked(forms, records, FieldKey(field), before, after)
        case _:
            pass


def _linked(
    forms: Mapping[FormKey, Form],
    records: Records,
    field: FieldKey,
    before: Record | None,
    after: Record,
) -> Iterator[Place]:
    """Yield the records that *field* refers to now, and referred to before."""
    declared = forms[after.form].field(field)
    target = linked_form(declared) if declared is not None else None
    for number in dict.fromkeys(each[field] for each in (before, after) if each is not None):
        found = records.numbered(target, number) if target is not None and isinstance(number, str) else None
        if found is not None:
            yield found.form, found.id
