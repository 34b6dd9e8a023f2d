"""Areas of a sheet: A1 notation, GridRange and DimensionRange in JSON, and what an insertion or deletion does to them."""

import re
from dataclasses import dataclass, replace
from enum import Enum

from tests.support.google.errors import Json, Refused, not_modelled

PART = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?")
PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LOOKS_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|R\d*C\d*|R\d+|C\d+", re.IGNORECASE)


class Axis(Enum):
    ROWS = "ROWS"
    COLUMNS = "COLUMNS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Cells of one sheet, half-open and counted from 0; None is unbounded on that side."""

    sheet: int
    top: int | None = None
    bottom: int | None = None
    left: int | None = None
    right: int | None = None

    def within(self, rows: int, columns: int) -> "Box":
        """The cells meant on a sheet of *rows* × *columns*, cut at its edges."""
        top, left = self.top or 0, self.left or 0
        bottom = rows if self.bottom is None else min(self.bottom, rows)
        right = columns if self.right is None else min(self.right, columns)
        return Box(top=top, bottom=max(bottom, top), left=left, right=max(right, left))

    def json(self) -> Json:
        """As Google answers it: sheet 0 is left out, other zeros are not."""
        found: Json = {"sheetId": self.sheet} if self.sheet else {}
        names = {
            "startRowIndex": self.top,
            "endRowIndex": self.bottom,
            "startColumnIndex": self.left,
            "endColumnIndex": self.right,
        }
        return found | {name: at for name, at in names.items() if at is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A bounded rectangle, half-open and counted from 0."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def rows(self) -> range:
        return range(self.top, self.bottom)

    @property
    def columns(self) -> range:
        return range(self.left, self.right)

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    def meets(self, other: "Box") -> bool:
        return (
            max(self.top, other.top) < min(self.bottom, other.bottom)
            and max(self.left, other.left) < min(self.right, other.right)
        )  # fmt: skip

    def within(self, other: "Box") -> "Box":
        """The part of it that lies in *other*, which it meets."""
        return Box(
            top=max(self.top, other.top),
            bottom=min(self.bottom, other.bottom),
            left=max(self.left, other.left),
            right=min(self.right, other.right),
        )

    def contains(self, other: "Box") -> bool:
        return (
            self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    def area(self, sheet: int) -> Area:
        return Area(sheet=sheet, top=self.top, bottom=self.bottom, left=self.left, right=self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Rows or columns of one sheet, half-open; None is unbounded."""

    sheet: int
    axis: Axis
    start: int | None
    end: int | None

    def json(self) -> Json:
        found: Json = {"sheetId": self.sheet} if self.sheet else {}
        found["dimension"] = self.axis.value
        for name, at in (("startIndex", self.start), ("endIndex", self.end)):
            if at is not None:
                found[name] = at
        return found


def area_of(grid: Json) -> Area:
    """A GridRange. Raises Refused where it is upside down."""
    found = Area(
        sheet=int(grid.get("sheetId") or 0),
        top=grid.get("startRowIndex"),
        bottom=grid.get("endRowIndex"),
        left=grid.get("startColumnIndex"),
        right=grid.get("endColumnIndex"),
    )
    for start, end, name in ((found.top, found.bottom, "Row"), (found.left, found.right, "Column")):
        if end is not None and end < (start or 0):
            raise Refused(
                f"range.end{name}Index[{end}] must not be before range.start{name}Index[{start or 0}]"
            )
    return found


def span_of(dimension: Json) -> Span:
    """A DimensionRange. Raises Refused where it names no dimension or is empty."""
    if dimension.get("dimension") not in ("ROWS", "COLUMNS"):
        raise Refused("No dimension specified.")
    start, end = dimension.get("startIndex"), dimension.get("endIndex")
    if end is not None and end <= (start or 0):
        raise Refused(f"range.endIndex[{end}] must be after range.startIndex[{start or 0}].")
    return Span(
        sheet=int(dimension.get("sheetId") or 0), axis=Axis(dimension["dimension"]), start=start, end=end
    )


def letters(column: int) -> str:
    """The letters of a column counted from 0."""
    found = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        found = chr(65 + digit) + found
    return found


def column_number(word: str) -> int:
    """The column, counted from 0, that *word* (such as AB) names."""
    found = 0
    for letter in word.upper():
        found = found * 26 + ord(letter) - 64
    return found - 1


R1C1 = re.compile(r"R\d+C\d+(:R\d+C\d+)?", re.IGNORECASE)


def cells_of(word: str, sheet: int) -> Area | None:
    """What `B2`, `A:C`, `2:5`, `A5:A` or `A2:2` names on *sheet*; None if *word* is no such reference."""
    if R1C1.fullmatch(word):
        raise not_modelled(f"R1C1 notation ({word})")
    ends = word.split(":")
    matches = [PART.fullmatch(end) for end in ends]
    if len(ends) > 2 or not all(match and match.group() for match in matches):
        return None
    columns = [column_number(match.group(1)) if match and match.group(1) else None for match in matches]
    rows = [int(match.group(2)) - 1 if match and match.group(2) else None for match in matches]
    if len(ends) == 1:
        if columns[0] is None or rows[0] is None:
            return None
        columns, rows = columns * 2, rows * 2
    left, right = _ordered(columns[0], columns[1])
    top, bottom = _ordered(rows[0], rows[1])
    return Area(sheet=sheet, top=top, bottom=bottom, left=left, right=right)


def _ordered(first: int | None, last: int | None) -> tuple[int | None, int | None]:
    if first is not None and last is not None and last < first:
        first, last = last, first
    return first, None if last is None else last + 1


def split_title(word: str) -> tuple[str | None, str]:
    """`'My ''x'''!A1` is (`My 'x'`, `A1`); without a title the first is None."""
    if word.startswith("'"):
        end = re.match(r"'((?:[^']|'')*)'(?:!(.*))?$", word, re.DOTALL)
        return (end.group(1).replace("''", "'"), end.group(2) or "") if end else (None, word)
    title, mark, rest = word.rpartition("!")
    return (title, rest) if mark else (None, word)


def quoted(title: str) -> str:
    """The title as it stands before an exclamation mark."""
    if PLAIN_TITLE.fullmatch(title) and not LOOKS_LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def a1(title: str, box: Box) -> str:
    """`Sheet1!A1:C2`; one cell is written as one."""
    first = f"{letters(box.left)}{box.top + 1}"
    last = f"{letters(box.right - 1)}{box.bottom}"
    return f"{quoted(title)}!{first}" if first == last else f"{quoted(title)}!{first}:{last}"


def a1_of(title: str, area: Area) -> str:
    """An area as it was asked for, its open ends left open: `Sheet1!A1001:B`, `Sheet1!AA1:2`."""
    first = f"{letters(area.left or 0)}{(area.top or 0) + 1}"
    last = ("" if area.right is None else letters(area.right - 1)) + str(area.bottom or "")
    return f"{quoted(title)}!{first}" if last in ("", first) else f"{quoted(title)}!{first}:{last}"


def after_insert(area: Area, axis: Axis, at: int, count: int) -> Area:
    """Where *area* lies when *count* rows or columns were put in before *at*."""
    start, end = _ends(area, axis)
    if end is not None and at < end:
        end += count
    if start is not None and at <= start:
        start += count
    return _with_ends(area, axis, start, end)


def after_delete(area: Area, axis: Axis, at: int, count: int) -> Area | None:
    """What is left of *area* when the rows or columns at … at+count are gone; None if nothing."""
    start, end = _ends(area, axis)
    if start is not None:
        start = at if at <= start < at + count else start - count if start >= at + count else start
    if end is not None:
        end = at if at < end <= at + count else end - count if end > at + count else end
        if end <= (start or 0):
            return None
    return _with_ends(area, axis, start, end)


def _ends(area: Area, axis: Axis) -> tuple[int | None, int | None]:
    return (area.top, area.bottom) if axis is Axis.ROWS else (area.left, area.right)


def _with_ends(area: Area, axis: Axis, start: int | None, end: int | None) -> Area:
    if axis is Axis.ROWS:
        return replace(area, top=start, bottom=end)
    return replace(area, left=start, right=end)
