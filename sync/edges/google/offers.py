"""What may be typed into a column: drop-downs and other rules, as the template has them. Pure.

Nothing is refused: Google only marks what a rule does not know, as a workbook does; Deskbook says what is wrong.
Source: Google Sheets API v4, DataValidationRule, BooleanCondition.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation

from sheet_templates.form import FieldKey, FormKey
from sync.edges.google.areas import HEAD_ROWS, Request
from sync.edges.google.model import Column, Model
from sync.edges.google.snapshot import Held, Tab
from sync.edges.xlsx.layout import HIDDEN_SHEET

MOST_OFFERED: Final = 500
"""So many entries a drop-down lists by itself; more, and what looks like a formula, stand on the hidden sheet."""

_PARSED: Final = frozenset({"=", "+", "'"})
"""What Google takes for more than text at the beginning of an entry (BooleanCondition, ConditionValue)."""
_FIRST: Final = 3
"""The first column of the hidden sheet that lists entries."""
_HEAD: Final = 1
"""There a column of entries says whose they are."""
_COMPARED: Final = {
    "greaterThanOrEqual": "GREATER_THAN_EQ",
    "lessThanOrEqual": "LESS_THAN_EQ",
    "between": "BETWEEN",
}

Choices = Mapping[tuple[FormKey, FieldKey], Sequence[str]]
Conditions = Mapping[FieldKey, Request]
"""What a form's columns offer, where that is not what the template has."""


def listings(hidden: Tab, choices: Choices) -> Iterator[tuple[FormKey, FieldKey, int]]:
    """Yield which columns list their entries on the *hidden* sheet, and in which column of that: old and new ones."""
    heads = hidden.cells[_HEAD - 1] if hidden.cells else ()
    there = {str(said): at for at, said in enumerate(heads, start=1) if said is not None and at >= _FIRST}
    free = max((_FIRST - 1, *there.values())) + 1
    for (form, field), entries in choices.items():
        at = there.get(_whose(form, field))
        if at is None and entries and not _fits(entries):
            at, free = free, free + 1
        if at is not None and entries:
            yield form, field, at


def listed(form: FormKey, field: FieldKey, entries: Sequence[str], rows: int) -> Iterator[tuple[int, Held]]:
    """Yield the rows of a column that lists *entries*, and what they hold. *rows*: so many are filled there now."""
    yield _HEAD, _whose(form, field)
    for row in range(_HEAD + 1, max(rows, _HEAD + len(entries)) + 1):
        at = row - _HEAD - 1
        yield row, entries[at] if at < len(entries) else None


def _fits(entries: Sequence[str]) -> bool:
    """Return whether a rule can list *entries* by itself."""
    return len(entries) <= MOST_OFFERED and not any(each[:1] in _PARSED for each in entries)


def _whose(form: FormKey, field: FieldKey) -> str:
    return f"{form}.{field}"


def conditions(
    form: FormKey, choices: Choices, columns: Mapping[tuple[FormKey, FieldKey], int]
) -> Conditions:
    """Return what the columns of *form* offer. *columns*: where on the hidden sheet those are listed that are there."""
    found: dict[FieldKey, Request] = {}
    for (key, field), entries in choices.items():
        if key != form or not entries:
            continue
        at = columns.get((key, field))
        if at is None:
            found[field] = condition("ONE_OF_LIST", entries)
            continue
        letter = get_column_letter(at)
        area = f"='{HIDDEN_SHEET}'!${letter}${_HEAD + 1}:${letter}${_HEAD + len(entries)}"
        found[field] = condition("ONE_OF_RANGE", [area])
    return found


def condition(kind: str, values: Sequence[str] = ()) -> Request:
    """Return a condition of *kind*, with its values as somebody would type them."""
    found: Request = {"type": kind}
    if values:
        found["values"] = [{"userEnteredValue": each} for each in values]
    return found


def rule_of(
    model: Model, form: FormKey, column: Column, at: int, offered: Request | None = None
) -> Request | None:
    """Return the rule of a form's column that stands at column *at*; None if there is nothing to say.

    *offered*: what it offers, if that is not what the template has.
    """
    rule = next(
        (
            each
            for each in model.sheets[form].data_validations.dataValidation
            if any(range_boundaries(str(area))[0] == column.at for area in each.sqref.ranges)
        ),
        None,
    )
    says = rule.prompt if rule is not None and rule.showInputMessage else ""
    found = offered or (None if rule is None else _condition(model, rule, at))
    if found is None:
        if not says:
            return None
        # Google says nothing of a cell for which there is no rule.
        found = condition("CUSTOM_FORMULA", ["=TRUE"])
    told: Request = {"condition": found, "strict": False}
    if found["type"].startswith("ONE_OF"):
        told["showCustomUi"] = True
    if says:
        told["inputMessage"] = says
    return told


def _condition(model: Model, rule: DataValidation, at: int) -> Request | None:
    match rule.type:
        case "list" if (rule.formula1 or "").startswith('"'):
            return condition("ONE_OF_LIST", str(rule.formula1)[1:-1].split(","))
        case "list":
            entries = model.listed(str(rule.formula1))
            return condition("ONE_OF_LIST", entries) if entries and _fits(entries) else None
        case "decimal" | "whole" | "time":
            values = [each for each in (rule.formula1, rule.formula2) if each is not None]
            return condition(f"NUMBER_{_COMPARED[rule.operator or 'between']}", values)
        case "date":
            return condition("DATE_IS_VALID")
        case "textLength":
            first = f"{get_column_letter(at)}{HEAD_ROWS + 1}"
            return condition("CUSTOM_FORMULA", [f"=LEN({first})<={rule.formula1}"])
        case _:
            return None
