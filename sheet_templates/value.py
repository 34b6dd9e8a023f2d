"""Cells to values and back: what people typed is understood by the field's type, cell by cell.

`parse` takes what stands in a cell to its canonical value (or to a Problem that says how to mend it), `shown`
takes the value to what a cell shows; parsing what is shown gives the value again. Whether a value is
*allowed* (required, ranges, patterns) is `sheet_templates.schema`'s question.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from sheet_templates.cell import CONTROL, choice_of, clean, understand, write_cell
from sheet_templates.form import YES, Field, FieldType, Lang
from sheet_templates.link import LookUp, linked_form, name_of
from sheet_templates.moment import fit_time
from sheet_templates.numeral import round_number, shorten
from sheet_templates.record import Cell, Problem, Severity, Shown, Text, Value, text
from sheet_templates.words import write_date

Dumped: TypeAlias = str | bool | Mapping[str, str] | None
"""A value as JSON has it: `{"d": "12.50"}`, `{"D": "2026-01-31"}`, `{"T": "09:30:00"}`, or as it is."""

_TEXTS: Final = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE, FieldType.FILE})
_NUMBERS: Final = frozenset({FieldType.NUMBER, FieldType.MONEY, FieldType.PERCENT})


def parse(field: Field, cell: Cell, look_up: LookUp) -> Value | Problem:
    """Return the canonical value of *cell* in *field*, or a Problem with what is wrong and how to mend it.

    The Problem says the field and what was typed; form, record and row are the caller's to add. Of a formula
    the caller passes the cached value. None is an empty cell.
    """
    found = understand(field, cell, look_up)
    if isinstance(found, Text):
        return _problem(field, cell, found, text(f"{found.key}.mend"))
    if isinstance(found, tuple):
        return _problem(field, cell, *found)
    return found


def notice(field: Field, cell: Cell) -> Problem | None:
    """Return a NOTICE if the value of *cell* is taken, but may not be what was typed; else None.

    Characters that no cell can carry were left out; or a program took a text for a date (`12-3`).
    """
    if isinstance(cell, str) and CONTROL.search(cell):
        visible = CONTROL.sub("\N{SYMBOL FOR SUBSTITUTE FORM TWO}", cell)
        what = text("text.control_left_out", value=shorten(visible))
    elif isinstance(cell, dt.date | dt.time) and field.type in _TEXTS:
        what = text("text.was_a_date", value=write_cell(cell))
    else:
        return None
    return _problem(field, cell, what, text(f"{what.key}.mend"), Severity.NOTICE)


def shown(field: Field, value: Value, lang: Lang, look_up: LookUp) -> Shown:
    """Return what a cell of *field* shows for *value* to people who read *lang*."""
    match field.type, value:
        case _, None:
            return None
        case FieldType.CHOICE, str():
            choice = choice_of(field, value)
            return value if choice is None else choice.labels.in_(lang)
        case FieldType.YES_NO, _:
            return YES.in_(lang) if value else None
        case ((FieldType.LINK | FieldType.PERSON), str()):
            return name_of(linked_form(field), value, look_up)
        case _:
            return value


def word(field: Field, value: Value, lang: Lang, look_up: LookUp) -> str:
    """Return *value* as a sentence or a mail says it: `12,500.00`, `15%`, `3 Nov 2026`; '' if it is empty."""
    match shown(field, value, lang, look_up):
        case None:
            return ""
        case Decimal() as number if field.type is FieldType.PERCENT:
            return f"{(number * 100).normalize():,f}%"
        case Decimal() as number:
            return f"{number:,f}"
        case dt.date() as day:
            return write_date(day, lang)
        case dt.time() as time:
            return f"{time:%H:%M}" if not time.second else f"{time:%H:%M:%S}"
        case said:
            return str(said)


def canonical(field: Field, value: Value) -> Value:
    """Return a *computed* value as `parse` would give it, so that equal values are equal.

    Money is rounded half up to cents, other numbers to what a cell keeps; empty text and False are empty; a
    date has no time of day. A number beyond all limits is empty.
    """
    match value:
        case bool():
            return value or None
        case Decimal() if field.type in _NUMBERS:
            return round_number(field.type, value)
        case dt.datetime():
            return value.date()
        case dt.time():
            return fit_time(value)
        case str():
            return clean(value, lines=field.type is FieldType.LONG_TEXT) or None
        case _:
            return value


def dump(value: Value) -> Dumped:
    """Return *value* as JSON for the store; equal values give equal JSON."""
    match value:
        case Decimal():
            return {"d": f"{value:f}"}
        case dt.date():
            return {"D": value.isoformat()}
        case dt.time():
            return {"T": value.isoformat()}
        case _:
            return value


def undump(dumped: Dumped) -> Value:
    """Return the value that `dump` made *dumped* of. Raises ValueError if it made nothing like it."""
    if dumped is None or isinstance(dumped, str | bool):
        return dumped
    match dict(dumped):
        case {"d": number, **rest} if not rest:
            return Decimal(number)
        case {"D": day, **rest} if not rest:
            return dt.date.fromisoformat(day)
        case {"T": time, **rest} if not rest:
            return dt.time.fromisoformat(time)
        case _:
            raise ValueError(f"not a value: {dumped!r}")


def _problem(
    field: Field, cell: Cell, what: Text, mend: Text, severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(what=what, mend=mend, severity=severity, field=field.key, value=write_cell(cell))
