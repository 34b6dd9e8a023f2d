"""Requests that move cells about: copy, cut, sort, and ranges that are pushed or pulled."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from tests.support.google import formula
from tests.support.google.book import EMPTY, Book, Cell, Sheet
from tests.support.google.change import Change
from tests.support.google.errors import Json, Refused, not_modelled
from tests.support.google.ranges import Axis, Box, area_of
from tests.support.google.values import effective

PASTED = {
    "PASTE_NORMAL": ("entered", "format", "note", "validation", "extra"),
    "PASTE_VALUES": ("entered",),
    "PASTE_FORMULA": ("entered",),
    "PASTE_FORMAT": ("format",),
    "PASTE_DATA_VALIDATION": ("validation",),
}


def refers(cell: Cell) -> bool:
    """Is this a formula that refers to other cells?"""
    return "formulaValue" in (cell.entered or {}) and formula.refers((cell.entered or {})["formulaValue"])


def refuse_references(book: Book, what: str) -> None:
    """Raise Answer (501) if a formula refers to cells: the emulator does not rewrite references."""
    if any(refers(cell) for sheet in book.sheets for cell in sheet.cells.values()):
        raise not_modelled(f"{what} in a spreadsheet whose formulas refer to cells")


def copy_paste(change: Change, asked: Json) -> Json:
    kind = asked.get("pasteType") or "PASTE_NORMAL"
    if kind not in PASTED:
        raise not_modelled(f"copyPaste with {kind}")
    source, _, from_box = change.area(asked.get("source") or {})
    target, _, to_box = change.area(asked.get("destination") or {})
    across = asked.get("pasteOrientation") == "TRANSPOSE"
    taken = [[source.at(row, column) for column in from_box.columns] for row in from_box.rows]
    if across:
        taken = [list(line) for line in zip(*taken, strict=True)]
    if any(source.box(area).meets(from_box) for area in source.merges):
        raise not_modelled("copyPaste of merged cells")
    height, width = len(taken), len(taken[0]) if taken else 0
    times_down = max(to_box.height // height, 1) if to_box.height % height == 0 else 1
    times_over = max(to_box.width // width, 1) if to_box.width % width == 0 else 1
    to_box = replace(to_box, bottom=to_box.top + times_down * height, right=to_box.left + times_over * width)
    if to_box.bottom > len(target.rows) or to_box.right > len(target.columns):
        raise Refused("The destination is too small for what is pasted.")
    change.guard(target, to_box)
    for row in to_box.rows:
        for column in to_box.columns:
            cell = taken[(row - to_box.top) % height][(column - to_box.left) % width]
            target.put(row, column, _pasted(change.book, source, target.at(row, column), cell, kind))
    return {}


def _pasted(book: Book, source: Sheet, old: Cell, new: Cell, kind: str) -> Cell:
    if kind == "PASTE_VALUES":
        value = effective(book, source, new)
        names = {bool: "boolValue", str: "stringValue", int: "numberValue", float: "numberValue"}
        return replace(old, entered=None if value is None else {names[type(value)]: value})
    if refers(new):
        raise not_modelled("copyPaste of a formula that refers to cells")
    return replace(old, **{name: getattr(new, name) for name in PASTED[kind]})


def cut_paste(change: Change, asked: Json) -> Json:
    if (asked.get("pasteType") or "PASTE_NORMAL") != "PASTE_NORMAL":
        raise not_modelled(f"cutPaste with {asked['pasteType']}")
    refuse_references(change.book, "cutPaste")
    source, _, box = change.area(asked.get("source") or {})
    start = asked.get("destination") or {}
    target = change.book.sheet(start.get("sheetId") or 0)
    top, left = start.get("rowIndex") or 0, start.get("columnIndex") or 0
    there = Box(top=top, bottom=top + box.height, left=left, right=left + box.width)
    if there.bottom > len(target.rows) or there.right > len(target.columns):
        raise Refused("The destination is too small for what is pasted.")
    change.guard(source, box)
    change.guard(target, there)
    taken = {(row, column): source.at(row, column) for row in box.rows for column in box.columns}
    for row, column in taken:
        source.put(row, column, EMPTY)
    for (row, column), cell in taken.items():
        target.put(top + row - box.top, left + column - box.left, cell)
    return {}


def sort(change: Change, asked: Json) -> Json:
    """Sort the rows of a range: numbers, then text, then yes and no; empty cells come last in either order.

    The cells change places; rows themselves stay, with their heights, and a hidden row keeps its cells. Whether
    developer metadata go along with the cells is not documented, so it is a switch of the book: `marks_follow_a_sort`.
    """
    area = area_of(asked.get("range") or {})
    sheet = change.book.sheet(area.sheet)
    if (area.top or 0) >= len(sheet.rows):
        raise Refused(f"range.startRowIndex is larger than current grid size ({len(sheet.rows)})")
    box = sheet.box(area)
    change.guard(sheet, box)
    refuse_references(change.book, "sortRange")
    for merge in sheet.merges:
        there = sheet.box(merge)
        if there.height > 1 and there.meets(box):
            place = sheet.a1(there).rpartition("!")[2]
            raise Refused(
                f"You can't sort a range containing vertical merges. There is a vertical merge at {place}"
            )
    specs = asked.get("sortSpecs") or []
    places = [row for row in box.rows if not sheet.rows[row].look.get("hiddenByUser")]

    def compared(one: int, two: int) -> int:
        return _compared(change.book, sheet, one, two, specs)

    order = sorted(places, key=cmp_to_key(compared))
    cells = {row: [sheet.at(row, column) for column in box.columns] for row in places}
    for row, source in zip(places, order, strict=True):
        for column, cell in zip(box.columns, cells[source], strict=True):
            sheet.put(row, column, cell)
    if change.book.marks_follow_a_sort:
        _take_marks_along(change.book, sheet, dict(zip(order, places, strict=True)))
    return {}


def _take_marks_along(book: Book, sheet: Sheet, places: dict[int, int]) -> None:
    lines = {sheet.rows[old].id: sheet.rows[new].id for old, new in places.items()}
    for number, mark in book.marks.items():
        if mark.sheet == sheet.id and mark.axis is Axis.ROWS and mark.line in lines:
            book.marks[number] = replace(mark, line=lines[mark.line])


def _compared(book: Book, sheet: Sheet, one: int, two: int, specs: Iterable[Json]) -> int:
    for spec in specs:
        if spec.get("foregroundColor") or spec.get("backgroundColor"):
            raise not_modelled("sorting by colour")
        column = spec.get("dimensionIndex") or 0
        first = effective(book, sheet, sheet.at(one, column))
        second = effective(book, sheet, sheet.at(two, column))
        if (first is None) != (second is None):
            return 1 if first is None else -1
        found = (sort_key(first) > sort_key(second)) - (sort_key(first) < sort_key(second))
        if found:
            return -found if spec.get("sortOrder") == "DESCENDING" else found
    return 0


def sort_key(value: Any) -> tuple[int, float, str]:
    """Numbers before text before yes and no; text without regard to case."""
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value or "").casefold()


def insert_range(change: Change, asked: Json) -> Json:
    """Push cells down or to the right; the sheet grows where something would fall off its edge."""
    refuse_references(change.book, "insertRange")
    sheet, _, box = change.area(asked.get("range") or {})
    down = asked.get("shiftDimension") == "ROWS"
    lane = _lane(change, sheet, box, down)
    axis, size = (Axis.ROWS, box.height) if down else (Axis.COLUMNS, box.width)
    taken = _taken(sheet, lane)
    edge = len(sheet.lines(axis))
    last = max((place[0 if down else 1] + size for place in taken), default=0)
    if last >= edge:
        change.book.grow(sheet, axis, last + 1 - edge)
    for (row, column), cell in taken.items():
        sheet.put(row + (size if down else 0), column + (0 if down else size), cell)
    return {}


def delete_range(change: Change, asked: Json) -> Json:
    """Take cells away and pull up, or to the left, what lies behind."""
    refuse_references(change.book, "deleteRange")
    sheet, _, box = change.area(asked.get("range") or {})
    up = asked.get("shiftDimension") == "ROWS"
    for (row, column), cell in _taken(sheet, _lane(change, sheet, box, up)).items():
        if row not in box.rows or column not in box.columns:
            sheet.put(row - (box.height if up else 0), column - (0 if up else box.width), cell)
    return {}


def _lane(change: Change, sheet: Sheet, box: Box, vertical: bool) -> Box:
    lane = replace(box, bottom=len(sheet.rows)) if vertical else replace(box, right=len(sheet.columns))
    change.guard(sheet, lane)
    if any(sheet.box(area).meets(lane) for area in sheet.merges):
        raise not_modelled("moving a range with merged cells")
    return lane


def _taken(sheet: Sheet, lane: Box) -> dict[tuple[int, int], Cell]:
    taken = {
        (row, column): cell
        for row, column, cell in sheet.filled()
        if row in lane.rows and column in lane.columns
    }
    for row, column in taken:
        sheet.put(row, column, EMPTY)
    return taken
