"""Requests that write cells."""

import re
from dataclasses import replace

from tests.support.google import formula
from tests.support.google.book import Cell, Sheet
from tests.support.google.change import Change
from tests.support.google.errors import Json, Refused, not_modelled
from tests.support.google.looks import cell_data, cell_of
from tests.support.google.masks import Mask, replaced, update_mask
from tests.support.google.ranges import Axis, Box
from tests.support.google.values import entered
from tests.support.google.view import CELL_FIELDS

READ_ONLY = ("effectiveValue", "formattedValue", "effectiveFormat", "hyperlink")


def _mask(asked: Json, root: str) -> Mask:
    mask = update_mask(asked.get("fields"), root, CELL_FIELDS)
    for field in mask:
        if field in READ_ONLY:
            raise Refused(f"{field} is read-only.")
    return mask


def changed(old: Cell, new: Json, mask: Mask) -> Cell:
    """*old* with the masked fields of the CellData *new*. Raises Answer (501) for a formula that is not modelled."""
    found = cell_of(replaced(cell_data(old), new, mask))
    if found.entered and "formulaValue" in found.entered and found.entered != old.entered:
        formula.read(found.entered["formulaValue"])
    return found


def update(change: Change, asked: Json) -> Json:
    """Write rows of CellData. Within a range, cells that are not listed are cleared in the masked fields."""
    mask, rows = _mask(asked, "*"), asked.get("rows") or []
    lines = [row.get("values") or [] for row in rows]
    if asked.get("range") is not None:
        sheet, _, box = change.area(asked["range"])
        if len(lines) > box.height or max((len(line) for line in lines), default=0) > box.width:
            raise Refused(f"Attempting to write outside of the range {sheet.a1(box)}.")
    elif asked.get("start") is not None:
        start = asked["start"]
        sheet = change.book.sheet(start.get("sheetId") or 0)
        top, left = start.get("rowIndex") or 0, start.get("columnIndex") or 0
        box = Box(top=top, bottom=top + len(lines), left=left, right=left)
        for row, line in enumerate(lines, top):
            _check_edge(sheet, row, left + len(line))
            if line:
                _write_line(change, sheet, row, left, line=line, mask=mask)
        return {}
    else:
        raise Refused("Either 'start' or 'range' must be specified.")
    change.guard(sheet, box)
    for row in box.rows:
        line = lines[row - box.top] if row - box.top < len(lines) else []
        for column in box.columns:
            new = line[column - box.left] if column - box.left < len(line) else {}
            sheet.put(row, column, changed(sheet.at(row, column), new or {}, mask))
    return {}


def _check_edge(sheet: Sheet, row: int, end: int) -> None:
    if row >= len(sheet.rows):
        raise Refused(
            f"Attempting to write row: {row}, beyond the last requested row of: {len(sheet.rows) - 1}"
        )
    if end > len(sheet.columns):
        raise Refused(
            f"Attempting to write column: {end - 1}, beyond the last requested column of: {len(sheet.columns) - 1}"
        )


def _write_line(change: Change, sheet: Sheet, row: int, left: int, *, line: list[Json], mask: Mask) -> None:
    change.guard(sheet, Box(top=row, bottom=row + 1, left=left, right=left + len(line)))
    for column, new in enumerate(line, left):
        sheet.put(row, column, changed(sheet.at(row, column), new or {}, mask))


def repeat(change: Change, asked: Json) -> Json:
    mask = _mask(asked, "cell")
    sheet, _, box = change.area(asked.get("range") or {})
    change.guard(sheet, box)
    new = asked.get("cell") or {}
    if "formulaValue" in (new.get("userEnteredValue") or {}) and (box.height, box.width) != (1, 1):
        raise not_modelled("repeatCell with a formula, whose references Google moves")
    made: dict[int, tuple[Cell, Cell]] = {}
    for row in box.rows:
        for column in box.columns:
            old = sheet.at(row, column)
            if id(old) not in made:
                made[id(old)] = (old, changed(old, new, mask))
            sheet.put(row, column, made[id(old)][1])
    return {}


def append(change: Change, asked: Json) -> Json:
    """Write rows behind the last row with anything in it, making room for them."""
    mask, book = _mask(asked, "*"), change.book
    sheet = book.sheet(asked.get("sheetId") or 0)
    lines = [row.get("values") or [] for row in asked.get("rows") or []]
    top = max((row + 1 for row, _, cell in sheet.filled() if cell.entered is not None), default=0)
    width = max((len(line) for line in lines), default=0)
    if top + len(lines) > len(sheet.rows):
        book.grow(sheet, Axis.ROWS, top + len(lines) - len(sheet.rows))
    if width > len(sheet.columns):
        book.grow(sheet, Axis.COLUMNS, width - len(sheet.columns))
    for row, line in enumerate(lines, top):
        if line:
            _write_line(change, sheet, row, 0, line=line, mask=mask)
    return {}


def find_replace(change: Change, asked: Json) -> Json:
    """Replace text in cells that hold text; cells with numbers or formulas are refused aloud."""
    if asked.get("includeFormulas") or asked.get("searchByRegex"):
        raise not_modelled("findReplace in formulas or by regular expression")
    if asked.get("range") is not None:
        sheet, _, box = change.area(asked["range"])
        where = [(sheet, box)]
    elif asked.get("allSheets"):
        where = [(sheet, sheet.whole) for sheet in change.book.sheets]
    elif asked.get("sheetId") is not None:
        sheet = change.book.sheet(asked["sheetId"])
        where = [(sheet, sheet.whole)]
    else:
        raise Refused("One of range, sheetId or allSheets must be specified.")
    pattern = re.compile(re.escape(asked["find"]), 0 if asked.get("matchCase") else re.IGNORECASE)
    counts = {"valuesChanged": 0, "rowsChanged": 0, "sheetsChanged": 0, "occurrencesChanged": 0}
    for sheet, box in where:
        rows = set()
        for row, column, cell in list(sheet.filled()):
            if row not in box.rows or column not in box.columns or not cell.entered:
                continue
            new, times = _replaced(cell, pattern, asked)
            if times:
                change.guard(sheet, Box(top=row, bottom=row + 1, left=column, right=column + 1))
                text = entered(change.book, cell, new, "USER_ENTERED")
                sheet.put(row, column, replace(text, format=cell.format))
                rows.add(row)
                counts["valuesChanged"] += 1
                counts["occurrencesChanged"] += times
        counts["rowsChanged"] += len(rows)
        counts["sheetsChanged"] += bool(rows)
    return {name: count for name, count in counts.items() if count}


def _replaced(cell: Cell, pattern: re.Pattern[str], asked: Json) -> tuple[str, int]:
    kind, value = next(iter((cell.entered or {}).items()))
    if kind == "formulaValue":
        return "", 0
    if kind != "stringValue":
        if pattern.search(str(value)):
            raise not_modelled("findReplace in numbers")
        return "", 0
    if asked.get("matchEntireCell"):
        return (asked.get("replacement") or "", 1) if pattern.fullmatch(value) else ("", 0)
    return pattern.subn(lambda _: asked.get("replacement") or "", value)
