"""The spreadsheet as the emulator keeps it: sheets of rows and columns that have identities, and cells at their crossing.

Rows, columns and cells are values that are never changed in place, so a book is copied cheaply before each
request and a batch that fails in its middle leaves nothing behind.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tests.support.google import formula
from tests.support.google.errors import Json, Refused
from tests.support.google.ranges import Area, Axis, Box, a1, after_delete, after_insert

LARGEST_BOOK = 10_000_000
"""Cells of all sheets of a spreadsheet together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one cell. The dicts are never changed."""

    entered: Json | None = None
    """userEnteredValue: exactly one of stringValue, numberValue, boolValue, formulaValue."""
    format: Json | None = None
    """userEnteredFormat."""
    note: str = ""
    validation: Json | None = None
    extra: Json | None = None
    """Other fields of CellData that are kept but mean nothing here (textFormatRuns, chipRuns)."""

    @property
    def empty(self) -> bool:
        return self == EMPTY


EMPTY = Cell()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row or a column; its identity outlives its position."""

    id: int
    look: Json = field(default_factory=dict)
    """DimensionProperties: hiddenByUser, pixelSize."""


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One tab."""

    id: int
    look: Json
    """SheetProperties without sheetId, index and the two counts."""
    rows: list[Line]
    columns: list[Line]
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    """By the identities of row and column; empty ones are absent."""
    merges: list[Area] = field(default_factory=list)
    conditional: list[tuple[Json, tuple[Area, ...]]] = field(default_factory=list)
    protected: dict[int, "Protected"] = field(default_factory=dict)
    filter: tuple[Json, Area] | None = None
    groups: dict[Axis, list[tuple[int, int]]] = field(default_factory=lambda: {axis: [] for axis in Axis})

    def lines(self, axis: Axis) -> list[Line]:
        return self.rows if axis is Axis.ROWS else self.columns

    @property
    def title(self) -> str:
        return str(self.look["title"])

    @property
    def whole(self) -> Box:
        return Box(top=0, bottom=len(self.rows), left=0, right=len(self.columns))

    def box(self, area: Area) -> Box:
        return area.within(len(self.rows), len(self.columns))

    def at(self, row: int, column: int) -> Cell:
        return self.cells.get((self.rows[row].id, self.columns[column].id), EMPTY)

    def put(self, row: int, column: int, cell: Cell) -> None:
        key = (self.rows[row].id, self.columns[column].id)
        if cell.empty:
            self.cells.pop(key, None)
        else:
            self.cells[key] = cell

    def filled(self) -> Iterator[tuple[int, int, Cell]]:
        """All cells that are not empty, with their positions, in no order."""
        rows = {line.id: at for at, line in enumerate(self.rows)}
        columns = {line.id: at for at, line in enumerate(self.columns)}
        for (row, column), cell in self.cells.items():
            yield rows[row], columns[column], cell

    def a1(self, box: Box) -> str:
        return a1(self.title, box)

    def copy(self) -> "Sheet":
        return replace(
            self,
            look=dict(self.look),
            rows=list(self.rows),
            columns=list(self.columns),
            cells=dict(self.cells),
            merges=list(self.merges),
            conditional=list(self.conditional),
            protected=dict(self.protected),
            groups={axis: list(groups) for axis, groups in self.groups.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A protected range; who may edit in it is decided per user."""

    id: int
    area: Area | None
    """None when it follows the named range."""
    named: str = ""
    unprotected: tuple[Area, ...] = ()
    description: str = ""
    warning_only: bool = False
    users: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A named range."""

    id: str
    name: str
    area: Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Developer metadata, tied to the spreadsheet, a sheet, or a row or column by its identity."""

    id: int
    key: str
    value: str
    visibility: str
    project: str
    sheet: int | None = None
    axis: Axis | None = None
    line: int | None = None


@dataclass(slots=True, kw_only=True)
class Book:
    """A spreadsheet."""

    id: str
    look: Json
    """SpreadsheetProperties."""
    sheets: list[Sheet] = field(default_factory=list)
    named: dict[str, Named] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)
    dice: random.Random = field(default_factory=random.Random)
    """Where ids come from; seeded, so that a test repeats."""
    lines: int = 0
    marks_follow_a_sort: bool = False

    def sheet(self, number: int) -> Sheet:
        """Raises Refused where there is no sheet of that id."""
        found = next((sheet for sheet in self.sheets if sheet.id == number), None)
        if found is None:
            raise Refused(f"No grid with id: {number}")
        return found

    def titled(self, title: str) -> Sheet | None:
        """The sheet of that title; case does not matter."""
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == title.casefold()), None)

    def new_lines(self, count: int, look: Json | None = None) -> list[Line]:
        first = self.lines + 1
        self.lines += count
        return [Line(id=first + step, look=look or {}) for step in range(count)]

    def new_id(self, taken: Callable[[int], bool]) -> int:
        """A random id that is not *taken*."""
        while taken(found := self.dice.randrange(1, 2**31 - 1)):
            pass
        return found

    def copy(self) -> "Book":
        return replace(
            self,
            look=dict(self.look),
            sheets=[sheet.copy() for sheet in self.sheets],
            named=dict(self.named),
            marks=dict(self.marks),
        )

    def insert(self, sheet: Sheet, axis: Axis, at: int, count: int, look: Json | None = None) -> None:
        """Put in empty rows or columns before *at*; all that lies behind, and all ranges, move along."""
        sheet.lines(axis)[at:at] = self.new_lines(count, look)
        self.check_size()
        self.move_ranges(sheet, lambda area: after_insert(area, axis, at, count))
        self.rewrite_formulas(sheet, lambda area: after_insert(area, axis, at, count))
        sheet.groups[axis] = [
            (start + (count if at <= start else 0), end + (count if at < end else 0))
            for start, end in sheet.groups[axis]
        ]

    def grow(self, sheet: Sheet, axis: Axis, count: int) -> None:
        """More rows or columns at the end; no range grows with them."""
        sheet.lines(axis).extend(self.new_lines(count))
        self.check_size()

    def delete(self, sheet: Sheet, axis: Axis, at: int, count: int) -> None:
        """Take rows or columns away, with their cells and their developer metadata."""
        lines = sheet.lines(axis)
        gone = {line.id for line in lines[at : at + count]}
        if len(gone) == len(lines):
            word = "rows" if axis is Axis.ROWS else "columns"
            raise Refused(f"You can't delete all the {word} on the sheet.")
        del lines[at : at + count]
        side = 0 if axis is Axis.ROWS else 1
        sheet.cells = {key: cell for key, cell in sheet.cells.items() if key[side] not in gone}
        self.marks = {
            number: mark
            for number, mark in self.marks.items()
            if not (mark.sheet == sheet.id and mark.axis is axis and mark.line in gone)
        }
        self.move_ranges(sheet, lambda area: after_delete(area, axis, at, count))
        self.rewrite_formulas(sheet, lambda area: after_delete(area, axis, at, count))
        spans = (
            after_delete(Area(sheet=sheet.id, top=start, bottom=end), Axis.ROWS, at, count)
            for start, end in sheet.groups[axis]
        )
        sheet.groups[axis] = [(span.top or 0, span.bottom or 0) for span in spans if span]

    def check_size(self) -> None:
        if sum(len(sheet.rows) * len(sheet.columns) for sheet in self.sheets) > LARGEST_BOOK:
            raise Refused(
                "This action would increase the number of cells in the workbook above the limit of "
                f"{LARGEST_BOOK} cells."
            )

    def rewrite_formulas(self, sheet: Sheet, moved: Callable[[Area], Area | None]) -> None:
        """References to cells of *sheet* follow them."""
        for one in self.sheets:
            for key, cell in one.cells.items():
                text = (cell.entered or {}).get("formulaValue")
                if text:
                    text = formula.rewritten(text, one is sheet, sheet.title, moved)
                    one.cells[key] = replace(cell, entered={"formulaValue": text})

    def move_ranges(self, sheet: Sheet, moved: Callable[[Area], Area | None]) -> None:
        def there(areas: Iterator[Area] | list[Area] | tuple[Area, ...]) -> tuple[Area, ...]:
            return tuple(found for area in areas if (found := moved(area)))

        sheet.merges = [area for area in there(sheet.merges) if _covers_several(area)]
        rules = [(rule, there(areas)) for rule, areas in sheet.conditional]
        sheet.conditional = [(rule, areas) for rule, areas in rules if areas]
        if sheet.filter:
            area = moved(sheet.filter[1])
            sheet.filter = (sheet.filter[0], area) if area else None
        for number, kept in list(sheet.protected.items()):
            if kept.area is None:
                continue
            area = moved(kept.area)
            if area is None:
                del sheet.protected[number]
            else:
                sheet.protected[number] = replace(kept, area=area, unprotected=there(kept.unprotected))
        for key, name in list(self.named.items()):
            if name.area.sheet == sheet.id:
                area = moved(name.area)
                if area is None:
                    del self.named[key]
                else:
                    self.named[key] = replace(name, area=area)


def _covers_several(area: Area) -> bool:
    return ((area.bottom or 0) - (area.top or 0)) * ((area.right or 0) - (area.left or 0)) > 1
