"""The spreadsheet as `spreadsheets.get` answers it."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.google import filters, formula, protection
from tests.support.google.book import EMPTY, Book, Cell, Line, Mark, Sheet
from tests.support.google.change import Change
from tests.support.google.errors import Json, not_modelled
from tests.support.google.looks import DEFAULT_FORMAT, cell_data
from tests.support.google.masks import Cut, Mask, cut
from tests.support.google.ranges import Area, Axis, Box
from tests.support.google.values import Rendering, as_shown, effective

CELL_FIELDS = [
    "userEnteredValue",
    "effectiveValue",
    "formattedValue",
    "userEnteredFormat",
    "effectiveFormat",
    "hyperlink",
    "note",
    "textFormatRuns",
    "dataValidation",
    "pivotTable",
    "dataSourceTable",
    "dataSourceFormula",
    "chipRuns",
]
SHEET_FIELDS = [
    "properties",
    "merges",
    "conditionalFormats",
    "filterViews",
    "protectedRanges",
    "basicFilter",
    "charts",
    "bandedRanges",
    "developerMetadata",
    "rowGroups",
    "columnGroups",
    "slicers",
    "tables",
]
KNOWN: Json = {name: {} for name in ("spreadsheetId", "properties", "namedRanges", "spreadsheetUrl")} | {
    "developerMetadata": {},
    "dataSources": {},
    "dataSourceSchedules": {},
    "sheets": {name: {} for name in SHEET_FIELDS}
    | {
        "data": {name: {} for name in ("startRow", "startColumn", "rowMetadata", "columnMetadata")}
        | {"rowData": {"values": {name: {} for name in CELL_FIELDS}}}
    },
}
"""The fields of a Spreadsheet that a mask may name; an empty tree is not looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of a spreadsheet is asked for."""

    areas: tuple[tuple[Sheet, Area], ...] = ()
    """Only the sheets that these lie on, and only these cells; all, if there are none."""
    data: bool = False
    """The cells too."""
    mask: Mask = field(default_factory=dict)


def spreadsheet(change: Change, wanted: Wanted) -> Json:
    """The spreadsheet of *change*, as its caller sees it."""
    book = change.book
    chosen = [
        sheet for sheet in book.sheets if not wanted.areas or any(sheet is one for one, _ in wanted.areas)
    ]
    found: Json = {"spreadsheetId": book.id, "properties": book.look}
    found["sheets"] = [one_sheet(change, sheet, wanted) for sheet in chosen]
    if book.named:
        found["namedRanges"] = [named_range(name) for name in book.named.values()]
    marks = [mark for mark in filters.visible(book, change.project) if mark.sheet is None]
    if marks:
        found["developerMetadata"] = [filters.described(book, mark) for mark in marks]
    found["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.id}/edit"
    return found


def named_range(name: Any) -> Json:
    return {"namedRangeId": name.id, "name": name.name, "range": name.area.json()}


def properties(book: Book, sheet: Sheet) -> Json:
    """SheetProperties; counts and index come from what is there."""
    look = {key: part for key, part in sheet.look.items() if key not in ("gridProperties", "title") and part}
    grid = {"rowCount": len(sheet.rows), "columnCount": len(sheet.columns)}
    grid |= {
        key: part
        for key, part in (sheet.look.get("gridProperties") or {}).items()
        if part and key not in grid
    }
    return {
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": book.sheets.index(sheet),
        "sheetType": "GRID",
        "gridProperties": grid,
    } | look


def one_sheet(change: Change, sheet: Sheet, wanted: Wanted) -> Json:
    """A Sheet in an answer: what there is not is left out."""
    book, project = change.book, change.project
    found: Json = {"properties": properties(book, sheet)}
    if wanted.data:
        areas = [area for one, area in wanted.areas if one is sheet] or [Area(sheet=sheet.id)]
        asked = (wanted.mask.get("sheets") or {}).get("data") or {}
        _check_asked(sheet, asked)
        found["data"] = [grid(book, sheet, sheet.box(area), project, asked) for area in areas]
    asked_boxes = [sheet.box(area) for one, area in wanted.areas if one is sheet] or [sheet.whole]
    merges = [area for area in sheet.merges if any(box.meets(sheet.box(area)) for box in asked_boxes)]
    if merges:
        found["merges"] = [area.json() for area in merges]
    if sheet.conditional:
        found["conditionalFormats"] = [
            {"ranges": [area.json() for area in ranges]} | rule for rule, ranges in sheet.conditional
        ]
    if sheet.protected:
        found["protectedRanges"] = [
            protection.described(book, kept, change.caller, change.owner) for kept in sheet.protected.values()
        ]
    if sheet.filter:
        found["basicFilter"] = {"range": sheet.filter[1].json()} | sheet.filter[0]
    marks = [mark for mark in filters.visible(book, project) if mark.sheet == sheet.id and mark.axis is None]
    if marks:
        found["developerMetadata"] = [filters.described(book, mark) for mark in marks]
    for axis, name in ((Axis.ROWS, "rowGroups"), (Axis.COLUMNS, "columnGroups")):
        if sheet.groups[axis]:
            found[name] = dimension_groups(sheet, axis)
    return found


def _check_asked(sheet: Sheet, asked: Mask) -> None:
    """Raise Answer (501) if formats are asked for that a conditional format changes, be it by asking for all."""
    if not sheet.conditional or (asked and "rowData" not in asked):
        return
    cells = (asked.get("rowData") or {}).get("values") or {"effectiveFormat": {}}
    if "effectiveFormat" not in cells:
        return
    # A conditional format changes colours and the like, never how a number is understood.
    if set(cells["effectiveFormat"] or {"everything": {}}) - {"numberFormat"}:
        raise not_modelled("effectiveFormat under conditional formats; ask for other fields")


def dimension_groups(sheet: Sheet, axis: Axis) -> list[Json]:
    """DimensionGroups, each one deeper than those that hold it."""
    groups = sorted(sheet.groups[axis])
    name = {"sheetId": sheet.id} if sheet.id else {}
    return [
        {
            "range": name | {"dimension": axis.value, "startIndex": start, "endIndex": end},
            "depth": sum(1 for first, last in groups if first <= start and end <= last),
        }
        for start, end in groups
    ]


def grid(book: Book, sheet: Sheet, box: Box, project: str, asked: Mask) -> Json:
    """GridData: cells up to the last that is not empty, and the look of every row and column."""
    found: Json = {}
    if box.top:
        found["startRow"] = box.top
    if box.left:
        found["startColumn"] = box.left
    if not asked or "rowData" in asked:
        rows = _rows(book, sheet, box, ((asked or {}).get("rowData") or {}).get("values") or {})
        if rows:
            found["rowData"] = rows
    marks: dict[int | None, list[Mark]] = {}
    for mark in filters.visible(book, project):
        if mark.sheet == sheet.id:
            marks.setdefault(mark.line, []).append(mark)
    if not asked or "rowMetadata" in asked:
        found["rowMetadata"] = [_line(book, sheet.rows[at], 21, marks) for at in box.rows]
    if not asked or "columnMetadata" in asked:
        found["columnMetadata"] = [_line(book, sheet.columns[at], 100, marks) for at in box.columns]
    return found


def _rows(book: Book, sheet: Sheet, box: Box, fields: Mask) -> list[Json]:
    there = {
        (row, column): cell
        for row, column, cell in sheet.filled()
        if row in box.rows and column in box.columns
    }
    ends: dict[int, int] = {}
    for row, column in there:
        ends[row] = max(ends.get(row, 0), column + 1)
    rows: list[Json] = []
    known = _seen_before(f"{fields} {book.look.get('locale')}")
    for row in range(box.top, max(ends, default=box.top - 1) + 1):
        cells = [
            _seen(book, sheet, there.get((row, column), EMPTY), fields, known)
            for column in range(box.left, ends.get(row, box.left))
        ]
        rows.append({"values": cells} if cells else {})
    return rows


_Seen = dict[int, tuple[Cell, Json]]
_KNOWN: dict[str, _Seen] = {}
_MOST_KNOWN = 100_000


def _seen_before(how: str) -> _Seen:
    """What was answered of cells when the same of them was asked: cells are never changed in place."""
    known = _KNOWN.setdefault(how, {})
    if len(known) > _MOST_KNOWN:
        known.clear()
    return known


def _seen(book: Book, sheet: Sheet, cell: Cell, fields: Mask, known: _Seen) -> Json:
    if not fields or "formulaValue" in (cell.entered or {}):
        return cell_view(book, sheet, cell, fields)
    before = known.get(id(cell))
    if before is None:
        # The cell is kept beside the answer, so that its identity is not given to another one.
        before = known[id(cell)] = (cell, Cut(cut(cell_view(book, sheet, cell, fields), fields)))
    return before[1]


def _line(book: Book, line: Line, size: int, marks: dict[int | None, list[Mark]]) -> Json:
    found: Json = {"pixelSize": size} | {key: part for key, part in line.look.items() if part}
    own = [filters.described(book, mark) for mark in marks.get(line.id, ())]
    return found | {"developerMetadata": own} if own else found


_BESIDE = frozenset({"*", "userEnteredFormat", "note", "dataValidation", "textFormatRuns", "chipRuns"})
"""Fields that an empty cell may have, beside its effective format."""


def _empty_view(cell: Cell, fields: Mask) -> Json:
    asked = fields.get("effectiveFormat")
    if asked is None or not cell.format:
        return {}
    below = {key: DEFAULT_FORMAT[key] for key in asked if key in DEFAULT_FORMAT} if asked else DEFAULT_FORMAT
    own = {key: cell.format[key] for key in cell.format if not asked or key in asked}
    return {"effectiveFormat": _merged(below, own)}


def cell_view(book: Book, sheet: Sheet, cell: Cell, fields: Mask) -> Json:
    """CellData with what follows from what was entered."""
    if cell.entered is None and fields and not fields.keys() & _BESIDE:
        # Whole columns are formatted: what is asked of their empty cells is answered quickly.
        return _empty_view(cell, fields)
    found = cell_data(cell)
    fields_asked = set(fields) or {"*"}
    if cell.entered is not None:
        if fields_asked & {"*", "effectiveValue"}:
            found["effectiveValue"] = _effective(book, sheet, cell)
        if fields_asked & {"*", "formattedValue"}:
            found["formattedValue"] = str(as_shown(book, sheet, cell, Rendering()))
    if fields_asked & {"*", "effectiveFormat"} and (cell.entered is not None or cell.format):
        own, asked = cell.format or {}, fields.get("effectiveFormat")
        # To merge all of it for each cell takes long where whole columns are formatted.
        below = (
            {key: DEFAULT_FORMAT[key] for key in asked if key in DEFAULT_FORMAT} if asked else DEFAULT_FORMAT
        )
        found["effectiveFormat"] = _merged(below, {key: own[key] for key in own if not asked or key in asked})
    return found


def _effective(book: Book, sheet: Sheet, cell: Cell) -> Json:
    try:
        value = effective(book, sheet, cell)
    except formula.Failed as error:
        kind = {"#DIV/0!": "DIVIDE_BY_ZERO", "#VALUE!": "VALUE", "#REF!": "REF", "#NAME?": "NAME"}
        return {"errorValue": {"type": kind.get(str(error), "ERROR"), "message": str(error)}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    return {"stringValue": value or ""}


def _merged(below: Json, above: Json) -> Json:
    found = dict(below)
    for key, part in above.items():
        found[key] = (
            _merged(found[key], part) if isinstance(part, dict) and isinstance(found.get(key), dict) else part
        )
    return found
