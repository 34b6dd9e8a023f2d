"""What a strict validation lets a person type."""

from typing import Any

from tests.support.google import formula
from tests.support.google.book import Book, Cell, Sheet
from tests.support.google.errors import Refused, not_modelled
from tests.support.google.values import effective, resolve


def check_validation(book: Book, sheet: Sheet, cell: Cell) -> None:
    """Raise Refused if a strict rule of the cell does not allow what is in it now. Empty cells are always allowed."""
    rule = cell.validation or {}
    if not rule.get("strict") or cell.entered is None:
        return
    kind = rule["condition"]["type"]
    wanted = [one.get("userEnteredValue", "") for one in rule["condition"].get("values") or []]
    value = effective(book, sheet, cell)
    if not _allows(book, sheet, kind, wanted, value):
        raise Refused(
            rule.get("inputMessage")
            or "The data you entered violates the data validation rules set on this cell."
        )


def _allows(book: Book, sheet: Sheet, kind: str, wanted: list[str], value: Any) -> bool:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind == "ONE_OF_LIST":
        return str(value) in wanted or (number is not None and formula.text(float(number)) in wanted)
    if kind == "ONE_OF_RANGE":
        where, area = resolve(book, wanted[0].removeprefix("="))
        box = where.box(area)
        return value in [
            effective(book, where, where.at(row, column)) for row in box.rows for column in box.columns
        ]
    if kind == "BOOLEAN":
        return isinstance(value, bool) or str(value) in wanted
    if kind == "DATE_IS_VALID":
        return number is not None
    if kind == "TEXT_IS_EMAIL":
        return isinstance(value, str) and "@" in value
    tests = {
        "NUMBER_GREATER": lambda one: one > float(wanted[0]),
        "NUMBER_GREATER_THAN_EQ": lambda one: one >= float(wanted[0]),
        "NUMBER_LESS": lambda one: one < float(wanted[0]),
        "NUMBER_LESS_THAN_EQ": lambda one: one <= float(wanted[0]),
        "NUMBER_EQ": lambda one: one == float(wanted[0]),
        "NUMBER_BETWEEN": lambda one: float(wanted[0]) <= one <= float(wanted[1]),
    }
    if kind not in tests:
        raise not_modelled(f"typing into a cell with a strict validation {kind}")
    return number is not None and tests[kind](number)
