"""Cell formats, colours and CellData in JSON, in the one shape that Google answers them in."""

import struct
from functools import cache
from typing import Any

from tests.support.google.book import Cell
from tests.support.google.errors import Json, Refused, not_modelled

WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": WHITE},
}
COLOURS = ("backgroundColor", "foregroundColor", "tabColor", "color")
KINDS_OF_VALUE = ("stringValue", "numberValue", "boolValue", "formulaValue")
KEPT = ("textFormatRuns", "chipRuns")


def normal(look: Any) -> Any:
    """A look as Google gives it back: each colour also as a style, parts that are zero or null left out."""
    if isinstance(look, list):
        return [normal(one) for one in look]
    if not isinstance(look, dict):
        return look
    found = {key: normal(part) for key, part in look.items() if part is not None}
    for name in COLOURS:
        style = found.get(f"{name}Style")
        if isinstance(style, dict) and "rgbColor" in style:
            found[name] = style["rgbColor"] = colour(style["rgbColor"])
        elif isinstance(found.get(name), dict):
            found[name] = colour(found[name])
            found[f"{name}Style"] = {"rgbColor": found[name]}
    return found


def colour(parts: Json) -> Json:
    """A colour as it is given back: in 256 steps, written as single floats, without what is zero."""
    found = {part: _step(amount) for part, amount in parts.items() if amount}
    return {part: amount for part, amount in found.items() if amount}


@cache
def _step(amount: float) -> float:
    (single,) = struct.unpack("f", struct.pack("f", int(amount * 255 + 1e-6) / 255))
    digits = next(
        size
        for size in range(6, 10)
        if struct.pack("f", float(f"{single:.{size}g}")) == struct.pack("f", single)
    )
    return float(f"{single:.{digits}g}")


def without(mask_words: list[str], look: Json) -> Json:
    """*look* without both spellings of the colours in *mask_words*."""
    gone = {word.removesuffix("Style") for word in mask_words}
    return {key: part for key, part in look.items() if key.removesuffix("Style") not in gone}


def cell_data(cell: Cell) -> Json:
    """The parts of CellData that were entered."""
    found: Json = {}
    if cell.entered is not None:
        found["userEnteredValue"] = cell.entered
    if cell.format:
        found["userEnteredFormat"] = cell.format
    if cell.note:
        found["note"] = cell.note
    if cell.validation:
        found["dataValidation"] = cell.validation
    return found | (cell.extra or {})


def cell_of(found: Json) -> Cell:
    """A cell from CellData. Raises Refused for a value that is none or several, Answer (501) for a pivot table."""
    if found.get("pivotTable"):
        raise not_modelled("pivot tables")
    value = {key: part for key, part in (found.get("userEnteredValue") or {}).items() if part is not None}
    if len(value) > 1 or set(value) - set(KINDS_OF_VALUE):
        raise Refused("userEnteredValue must have exactly one kind of value.")
    if value.get("stringValue") == "":
        value = {}
    if len(str(value.get("stringValue", ""))) > 50_000:
        raise Refused("Your input contains more than the maximum of 50000 characters in a single cell.")
    extra = {key: found[key] for key in KEPT if found.get(key)}
    return Cell(
        entered=value or None,
        format=normal(found.get("userEnteredFormat")) or None,
        note=found.get("note") or "",
        validation=validation(found["dataValidation"]) if found.get("dataValidation") else None,
        extra=extra or None,
    )


def validation(rule: Json) -> Json:
    """A DataValidationRule as it is given back: what is false or empty is left out."""
    if not (rule.get("condition") or {}).get("type"):
        raise Refused("No condition specified for the data validation rule.")
    return {key: part for key, part in rule.items() if part not in (None, False, "")}
