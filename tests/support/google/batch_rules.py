"""Requests on filters, data validation and conditional formats."""

from dataclasses import replace

from tests.support.google.change import Change
from tests.support.google.errors import Json, Refused, not_modelled
from tests.support.google.looks import normal, validation
from tests.support.google.ranges import Area, area_of


def set_filter(change: Change, asked: Json) -> Json:
    """Set the basic filter; it hides nothing here, and criteria are refused aloud."""
    found = asked.get("filter") or {}
    sheet, area, box = change.area(found.get("range") or {})
    if found.get("criteria") or found.get("filterSpecs"):
        raise not_modelled("a basic filter with criteria")
    rest = {key: part for key, part in found.items() if key != "range" and part}
    bounded = box.area(sheet.id)
    sheet.filter = (rest, bounded if area == Area(sheet=sheet.id) else area)
    return {}


def clear_filter(change: Change, asked: Json) -> Json:
    change.book.sheet(asked.get("sheetId") or 0).filter = None
    return {}


def set_validation(change: Change, asked: Json) -> Json:
    """Validation is kept and shown; writes through the API are not checked against it, a person's typing is."""
    sheet, _, box = change.area(asked.get("range") or {})
    change.guard(sheet, box)
    rule = validation(asked["rule"]) if asked.get("rule") else None
    for row in box.rows:
        for column in box.columns:
            sheet.put(row, column, replace(sheet.at(row, column), validation=rule))
    return {}


def _rule(change: Change, look: Json) -> tuple[Json, tuple[Area, ...]]:
    if not look.get("ranges"):
        raise Refused("A conditional format rule must have at least one range.")
    if bool(look.get("booleanRule")) == bool(look.get("gradientRule")):
        raise Refused("Exactly one of booleanRule and gradientRule must be set.")
    areas = tuple(area_of(grid) for grid in look["ranges"])
    if len({area.sheet for area in areas}) != 1:
        raise Refused("All ranges of a conditional format rule must be on the same sheet.")
    change.book.sheet(areas[0].sheet)
    return {key: normal(part) for key, part in look.items() if key != "ranges"}, areas


def add_conditional(change: Change, asked: Json) -> Json:
    rule = _rule(change, asked.get("rule") or {})
    sheet = change.book.sheet(rule[1][0].sheet)
    index = asked.get("index") or 0
    if index > len(sheet.conditional):
        raise Refused(f"index {index} is larger than the number of rules ({len(sheet.conditional)}).")
    sheet.conditional.insert(index, rule)
    return {}


def update_conditional(change: Change, asked: Json) -> Json:
    index = asked.get("index") or 0
    rule = _rule(change, asked["rule"]) if asked.get("rule") else None
    sheet = change.book.sheet(rule[1][0].sheet if rule else asked.get("sheetId") or 0)
    if index >= len(sheet.conditional):
        raise Refused(f"No conditional format on sheet: {sheet.id} at index: {index}")
    old = sheet.conditional[index]
    if rule:
        sheet.conditional[index] = rule
        return {"newRule": _shown(rule), "newIndex": index, "oldRule": _shown(old)}
    new = asked.get("newIndex") or 0
    sheet.conditional.insert(new, sheet.conditional.pop(index))
    return {"newRule": _shown(old), "newIndex": new, "oldRule": _shown(old), "oldIndex": index}


def delete_conditional(change: Change, asked: Json) -> Json:
    sheet, index = change.book.sheet(asked.get("sheetId") or 0), asked.get("index") or 0
    if index >= len(sheet.conditional):
        raise Refused(f"No conditional format on sheet: {sheet.id} at index: {index}")
    return {"rule": _shown(sheet.conditional.pop(index))}


def _shown(rule: tuple[Json, tuple[Area, ...]]) -> Json:
    return {"ranges": [area.json() for area in rule[1]]} | rule[0]
