"""A form as a pandera schema: which values of its records are allowed.

Cells are parsed one by one before (`sheet_templates.value`), because pandera hides the other errors of a column
once one cell cannot be coerced; here the columns hold parsed values as objects and nothing is coerced. All
records of a form that changed in a cycle are validated in one lazy call: a call costs milliseconds, a row
microseconds.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from sheet_templates.cell import list_choices
from sheet_templates.form import Field, FieldKey, FieldType, Form, Source, Stage
from sheet_templates.match import fold
from sheet_templates.numeral import shorten
from sheet_templates.record import Param, Problem, RecordId, Text, Value, named, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One kind of demand on a field. It becomes one pandera check a column."""

    key: str
    """Its sentences are `schema.<key>` and `schema.<key>.mend`."""
    applies: Callable[[Field], bool]
    holds: Callable[[Field, Value], bool]
    """Whether one value is as it must be."""
    blanks: Callable[[Field, Value], Mapping[str, Param]]
    """What its sentences say besides field and value."""
    of_empty: bool = False
    """Empty cells are asked about, too."""


def schema_of(form: Form) -> pa.DataFrameSchema:
    """Return the schema of *form*: one object column a field, the index is the record's id.

    Columns may be missing (a record has only filled fields), but those that are required at SAVE may not.
    """
    return _schema(form.fields)


def check_rows(form: Form, rows: Mapping[RecordId, Mapping[FieldKey, Value]]) -> tuple[Problem, ...]:
    """Return what is wrong with the values of *rows*, each wrong cell once: its first fault in table order.

    Checked: required at SAVE, ranges, whole numbers, lengths, patterns, choices, and unique fields among
    these rows (text is compared folded; the rest of the store is the caller's to ask). One pandera call.
    """
    if not rows or (frame := _frame(form, rows)).empty:
        return ()
    try:
        schema_of(form).validate(frame, lazy=True, inplace=True)
    except SchemaErrors as errors:
        return tuple(_problems(form, rows, errors))
    return ()


def _frame(form: Form, rows: Mapping[RecordId, Mapping[FieldKey, Value]]) -> pd.DataFrame:
    filled = {key for values in rows.values() for key, value in values.items() if value is not None}
    columns = {
        field.key: pd.Series(
            [values.get(field.key) for values in rows.values()], index=list(rows), dtype=object
        )
        for field in form.fields
        if field.key in filled or _required(field)
    }
    return pd.DataFrame(columns, index=list(rows), dtype=object)


@functools.lru_cache(maxsize=256)
def _schema(fields: tuple[Field, ...]) -> pa.DataFrameSchema:
    columns = {
        str(field.key): pa.Column(object, list(_checks(field)), nullable=True, required=_required(field))
        for field in fields
    }
    return pa.DataFrameSchema(columns)


def _checks(field: Field) -> Iterator[pa.Check]:
    for each in CONSTRAINTS:
        if each.applies(field):
            yield pa.Check(
                functools.partial(_held, each, field), name=each.key, error=each.key, ignore_na=False
            )
    if field.unique:
        yield pa.Check(_alone, name="unique", error="unique", ignore_na=False)


def _held(constraint: Constraint, field: Field, column: "pd.Series[Any]") -> "pd.Series[bool]":
    held = [
        constraint.holds(field, value) if value is not None or constraint.of_empty else True
        for value in column.tolist()
    ]
    return pd.Series(held, index=column.index, dtype=bool)


def _alone(column: "pd.Series[Any]") -> "pd.Series[bool]":
    """Return which values stand only once in *column*."""
    values = [fold(each) if isinstance(each, str) else each for each in column.tolist()]
    counts: dict[object, int] = {}
    for each in values:
        counts[each] = counts.get(each, 0) + 1
    alone = [each is None or counts[each] == 1 for each in values]
    return pd.Series(alone, index=column.index, dtype=bool)


def _problems(
    form: Form, rows: Mapping[RecordId, Mapping[FieldKey, Value]], errors: SchemaErrors
) -> Iterator[Problem]:
    fields = {str(each.key): each for each in form.fields}
    ranks = [*(each.key for each in CONSTRAINTS), "unique"]
    found: dict[tuple[RecordId, FieldKey], str] = {}
    for error in errors.schema_errors:
        field, kind = fields[error.schema.name], _kind(error)
        for record in error.failure_cases["index"]:
            cell = (RecordId(record), field.key)
            if cell not in found or ranks.index(kind) < ranks.index(found[cell]):
                found[cell] = kind
    order = {record: at for at, record in enumerate(rows)}
    places = {each.key: at for at, each in enumerate(form.fields)}
    for (record, key), kind in sorted(
        found.items(), key=lambda each: (order[each[0][0]], places[each[0][1]])
    ):
        value = rows[record].get(key)
        what, mend = _said(kind, fields[key], value)
        typed = None if value is None else str(value)
        yield Problem(what=what, mend=mend, form=form.key, record=record, field=key, value=typed)


def _kind(error: SchemaError) -> str:
    """Return which constraint failed. A check that raised, or a column of another kind, is a bug: raises it."""
    if error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK or error.check is None:
        raise error
    return str(error.check.error)


def _said(kind: str, field: Field, value: Value) -> tuple[Text, Text]:
    """Return what is wrong and how to mend it. Every sentence gets all blanks; it uses those that it has."""
    blanks: dict[str, Param] = {"field": named(field.labels), "value": _written(field, value)}
    constraint = next((each for each in CONSTRAINTS if each.key == kind), None)
    if constraint is not None:
        blanks |= constraint.blanks(field, value)
    return text(f"schema.{kind}", **blanks), text(f"schema.{kind}.mend", **blanks)


def _written(field: Field, value: Value) -> Param:
    match value:
        case Decimal() if field.type is FieldType.PERCENT:
            return f"{(value * 100).normalize():,f}%"
        case Decimal():
            return value
        case None:
            return text("empty")
        case _:
            return shorten(str(value))


def _required(field: Field) -> bool:
    return field.required is Stage.SAVE and field.source is Source.TYPED


def _whole(value: Value) -> bool:
    return not isinstance(value, Decimal) or value == value.to_integral_value()


def _at_least(field: Field, value: Value) -> bool:
    return not isinstance(value, Decimal) or field.minimum is None or value >= field.minimum


def _at_most(field: Field, value: Value) -> bool:
    return not isinstance(value, Decimal) or field.maximum is None or value <= field.maximum


def _help(field: Field) -> Text:
    if field.help is not None:
        return named(field.help)
    return text("schema.pattern.look", field=named(field.labels))


CONSTRAINTS: Final = (
    Constraint(
        key="required",
        applies=_required,
        holds=lambda _, value: value is not None,
        blanks=lambda _, __: {},
        of_empty=True,
    ),
    Constraint(
        key="choices",
        applies=lambda field: bool(field.choices),
        holds=lambda field, value: any(each.key == value for each in field.choices),
        blanks=lambda field, _: {"allowed": list_choices(field.choices)},
    ),
    Constraint(
        key="max_length",
        applies=lambda field: (
            field.type in {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.FILE, FieldType.PHONE}
        ),
        holds=lambda field, value: not isinstance(value, str) or len(value) <= field.max_length,
        blanks=lambda field, value: {"length": len(str(value)), "limit": field.max_length},
    ),
    Constraint(
        key="pattern",
        applies=lambda field: field.pattern is not None,
        holds=lambda field, value: re.fullmatch(field.pattern or "", str(value)) is not None,
        blanks=lambda field, _: {"help": _help(field)},
    ),
    Constraint(
        key="integer",
        applies=lambda field: field.integer,
        holds=lambda _, value: _whole(value),
        blanks=lambda _, __: {},
    ),
    Constraint(
        key="minimum",
        applies=lambda field: field.minimum is not None,
        holds=_at_least,
        blanks=lambda field, _: {"limit": _written(field, field.minimum)},
    ),
    Constraint(
        key="maximum",
        applies=lambda field: field.maximum is not None,
        holds=_at_most,
        blanks=lambda field, _: {"limit": _written(field, field.maximum)},
    ),
)
"""What a form can demand of a value, the most telling fault first."""
