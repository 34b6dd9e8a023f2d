"""Values and records as rules say them: a choice's label, a link's title, a percentage. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from rules.content import lines_of
from rules.rule import Blank, Sentence
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import NUMBER, Field, FieldKey, FieldType, Form, FormKey
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
    fields = (field for key in show if (field := form.field(key)) is not None)
    said = ((field, field_said(field, record, forms, records)) for field in fields)
    return tuple(
        text("rule.line", label=named(field.labels), value=value)
        for field, value in said
        if value is not None
    )


def field_said(
    field: Field, record: Record, forms: Mapping[FormKey, Form], records: Records
) -> "Param | None":
    """Return what stands in a field, as people know it; old → new where it replaces another. None: nothing does."""
    value = record.number if field.key == NUMBER else record[field.key]
    if value is None:
        return None
    new = value_said(field, value, forms, records)
    before = forms[record.form].field(field.before) if field.before is not None else None
    if before is None or record[before.key] is None or record[before.key] == value:
        return new
    return text("rule.replaced", old=value_said(before, record[before.key], forms, records), new=new)


def rows_said(
    record: Record, forms: Mapping[FormKey, Form], records: Records, reads: Callable[[Field], bool], most: int
) -> Iterator[tuple[Record | None, Text]]:
    """Yield the lines of *record*, each with what is material in it and is read; then how many more there are.

    A line in which nothing may be read is passed over.
    """
    lines = lines_of(forms[record.form], record, forms, records)
    for line in lines[:most]:
        form = forms[line.form]
        fields = [each for each in form.fields if each.material and each.key != form.parent and reads(each)]
        found: Text | None = None
        for label, value in ((each.labels, field_said(each, line, forms, records)) for each in fields):
            if value is not None:
                said = text("rule.line", label=named(label), value=value)
                found = said if found is None else text("worded.and", one=found, other=said)
        if found is not None:
            yield line, found
    if len(lines) > most:
        yield None, text("worded.more", count=len(lines) - most)


def rows_lines(
    record: Record, forms: Mapping[FormKey, Form], records: Records, reads: Callable[[Field], bool], most: int
) -> Iterator[Text]:
    """Yield the lines of *record*, each in one sentence that says what it is, as `rows_said`."""
    for line, row in rows_said(record, forms, records, reads, most):
        yield row if line is None else text("worded.row", form=named(forms[line.form].labels), row=row)


def joined(texts: Iterable[Text | str]) -> Text | str:
    """Return several texts as one enumeration, `a, b and c`; '' if there are none."""
    several = tuple(texts)
    found: Text | str = ""
    for at, each in enumerate(several):
        last = at == len(several) - 1
        found = text("and" if last else "comma", one=found, other=each) if found else each
    return found


def _filled(blank: Blank, context: ExpressionContext) -> Param:
    value = blank.expression.value(context)
    return value_said(blank.field, value, context.forms, context.records, blank.type)
