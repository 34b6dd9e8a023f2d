"""What may be typed into a column: drop-downs and other rules, as the template has them. Pure.

Nothing is refused: Google only marks what a rule does not know, as a workbook does; Deskbook says what is wrong.
Source: Google Sheets API v4, DataValidationRule, BooleanCondition.
"""

from collections.abc import Sequence
from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation

from sheet_templates.form import FormKey
from sync.edges.google.areas import HEAD_ROWS, Request
from sync.edges.google.model import Column, Model

MOST_OFFERED: Final = 500
"""So many entries a drop-down may list by itself."""
_COMPARED: Final = {
    "greaterThanOrEqual": "GREATER_THAN_EQ",
    "lessThanOrEqual": "LESS_THAN_EQ",
    "between": "BETWEEN",
}


def offering(choices: Sequence[str]) -> Request | None:
    """Return the condition of a drop-down; None if it cannot list so many."""
    if not choices or len(choices) > MOST_OFFERED:
        return None
    return condition("ONE_OF_LIST", choices)


def condition(kind: str, values: Sequence[str] = ()) -> Request:
    """Return a condition of *kind*, with its values as somebody would type them."""
    found: Request = {"type": kind}
    if values:
        found["values"] = [{"userEnteredValue": each} for each in values]
    return found


def rule_of(model: Model, form: FormKey, column: Column, at: int) -> Request | None:
    """Return the rule of a form's column that stands at column *at*; None if anything may be typed there."""
    for each in model.sheets[form].data_validations.dataValidation:
        if any(range_boundaries(str(area))[0] == column.at for area in each.sqref.ranges):
            return _translated(model, each, at)
    return None


def _translated(model: Model, rule: DataValidation, at: int) -> Request | None:
    found = _condition(model, rule, at)
    if found is None:
        return None
    told: Request = {"condition": found, "strict": False}
    if found["type"].startswith("ONE_OF"):
        told["showCustomUi"] = True
    if rule.showInputMessage and rule.prompt:
        told["inputMessage"] = rule.prompt
    return told


def _condition(model: Model, rule: DataValidation, at: int) -> Request | None:
    match rule.type:
        case "list" if (rule.formula1 or "").startswith('"'):
            return offering(str(rule.formula1)[1:-1].split(","))
        case "list":
            return offering(model.listed(str(rule.formula1)))
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
