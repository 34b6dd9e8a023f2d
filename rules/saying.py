"""Values and records as rules say them: a choice's label, a link's title, a percentage. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

from rules.rule import Blank, Sentence
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey
from sheet_templates.record import Param, Record, Records, Text, Value, named, text
from sheet_templates.scope import linked_form

_CENTS = Decimal("0.01")


def said(sentence: Sentence, context: ExpressionContext) -> Text:
    """Return *sentence* with its blanks filled from the record of *context*."""
    params = {name: _filled(blank, context) for name, blank in sentence.blanks.items()}
    return text(sentence.key, **params)


def value_said(
    field: Field | None,
    value: Value,
    forms: Mapping[FormKey, Form],
    records: Records,
    type_: FieldType | None = None,
) -> Param:
    """Return *value* as people know it: of *field* if it is a field's, else as a value of *type_*."""
    kind = field.type if field is not None else type_
    match value:
        case None:
            return text("empty") if kind is not FieldType.YES_NO else text("no")
        case bool():
            return text("yes" if value else "no")
        case Decimal() if kind is FieldType.PERCENT:
            return f"{(value * 100).normalize():f}%"
        case Decimal() if kind is FieldType.MONEY:
            return value.quantize(_CENTS)
        case str() if field is not None and field.type is FieldType.CHOICE:
            choice = next((each for each in field.choices if each.key == value), None)
            return named(choice.labels) if choice is not None else value
        case str() if field is not None and (target := linked_form(field)) is not None:
            return title(forms[target], value, records)
        case str():
            return value
        case dt.time():
            return f"{value:%H:%M}"
        case _:
            return value


def title(form: Form, number: str, records: Records) -> str:
    """Return how people call the record of *form* with *number*: its title, or else the number."""
    found = records.numbered(form.key, number)
    called = found[form.title] if found is not None and form.title is not None else None
    return called if isinstance(called, str) else number


def lines_said(
    show: Iterable[FieldKey], record: Record, forms: Mapping[FormKey, Form], records: Records
) -> tuple[Text, ...]:
    """Return one line for each filled field of *show*: its label and its value."""
    form = forms[record.form]
    lines: list[Text] = []
    for key in show:
        field = form.field(key)
        value = record.number if key == "number" else record[key]
        if field is not None and value is not None:
            shown = value_said(field, value, forms, records)
            lines.append(text("rule.line", label=named(field.labels), value=shown))
    return tuple(lines)


def joined(texts: Iterable[Text | str]) -> Text | str:
    """Return several texts as one enumeration, `a, b and c`; '' if there are none."""
    found: Text | str = ""
    for each in texts:
        found = text("and", one=found, other=each) if found else each
    return found


def _filled(blank: Blank, context: ExpressionContext) -> Param:
    value = blank.expression.value(context)
    return value_said(blank.field, value, context.forms, context.records, blank.type)
