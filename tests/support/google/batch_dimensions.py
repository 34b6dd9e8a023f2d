"""Requests on rows and columns."""

from dataclasses import replace
from unicodedata import east_asian_width

from tests.support.google.batch_moves import refuse_references
from tests.support.google.book import Book, Line, Sheet
from tests.support.google.change import Change
from tests.support.google.errors import Json, Refused, not_modelled
from tests.support.google.masks import replaced, update_mask
from tests.support.google.ranges import Area, Axis, Box, span_of
from tests.support.google.values import Rendering, as_shown
from tests.support.google.view import dimension_groups

LINE_LOOK = (
    *("pixelSize", "hiddenByUser", "hiddenByFilter", "developerMetadata", "dataSourceColumnReference"),
)


def _spanned(change: Change, asked: Json) -> tuple[Sheet, Axis, int, int]:
    """Sheet, axis, start and end of a DimensionRange. Raises Refused if it lies beyond the edge."""
    span = span_of(asked)
    sheet = change.book.sheet(span.sheet)
    size = len(sheet.lines(span.axis))
    start, end = span.start or 0, size if span.end is None else span.end
    if start >= size or end > size:
        word = "row" if span.axis is Axis.ROWS else "column"
        raise Refused(f"Range ends or begins beyond the last {word}: {end} of {size}.")
    return sheet, span.axis, start, end


def _across(sheet: Sheet, axis: Axis, start: int, end: int) -> Box:
    if axis is Axis.ROWS:
        return replace(sheet.whole, top=start, bottom=end)
    return replace(sheet.whole, left=start, right=end)


def insert(change: Change, asked: Json) -> Json:
    """Put in empty rows or columns. They take over the formats of the line before or behind.

    Raises Refused where the caller may not edit what lies on both sides of the new lines.
    """
    span = span_of(asked.get("range") or {})
    sheet = change.book.sheet(span.sheet)
    lines = sheet.lines(span.axis)
    if span.start is None or span.end is None:
        raise Refused("The range of an insertion must be bounded.")
    before = bool(asked.get("inheritFromBefore"))
    if span.start > len(lines):
        raise Refused(f"range.startIndex is larger than current grid size ({len(lines)})")
    if span.start == len(lines) and not before:
        raise Refused(
            f"range.startIndex must be less than the grid size ({len(lines)}) if inheritFromBefore is false."
        )
    if before and span.start == 0:
        raise Refused("inheritFromBefore cannot be true if inserting at the beginning.")
    at = span.start
    if 0 < at < len(lines):
        change.guard_insertion(
            sheet, _across(sheet, span.axis, at - 1, at), _across(sheet, span.axis, at, at + 1)
        )
    source = at - 1 if before else at
    count = span.end - at
    looks = _looks(sheet, span.axis, source)
    change.book.insert(sheet, span.axis, at, count, lines[source].look)
    for place, form, validation in looks:
        for step in range(at, at + count):
            row, column = (step, place) if span.axis is Axis.ROWS else (place, step)
            sheet.put(row, column, replace(sheet.at(row, column), format=form, validation=validation))
    return {}


def _looks(sheet: Sheet, axis: Axis, source: int) -> list[tuple[int, Json | None, Json | None]]:
    found = []
    for row, column, cell in sheet.filled():
        line, place = (row, column) if axis is Axis.ROWS else (column, row)
        if line == source and (cell.format or cell.validation):
            found.append((place, cell.format, cell.validation))
    return found


def delete(change: Change, asked: Json) -> Json:
    sheet, axis, start, end = _spanned(change, asked.get("range") or {})
    change.guard(sheet, _across(sheet, axis, start, end))
    change.book.delete(sheet, axis, start, end - start)
    return {}


def append(change: Change, asked: Json) -> Json:
    sheet = change.book.sheet(asked.get("sheetId") or 0)
    if not asked.get("length", 0) > 0:
        raise Refused("length must be greater than 0.")
    axis = Axis(asked["dimension"])
    size = len(sheet.lines(axis))
    change.guard_insertion(sheet, _across(sheet, axis, size - 1, size), _across(sheet, axis, size, size + 1))
    change.book.grow(sheet, axis, asked["length"])
    return {}


def move(change: Change, asked: Json) -> Json:
    """Move rows or columns to before *destinationIndex*, counted as before the move; all tied to them goes along."""
    sheet, axis, start, end = _spanned(change, asked.get("source") or {})
    target = asked.get("destinationIndex") or 0
    if start <= target < end:
        raise Refused(f"destinationIndex[{target}] must be outside the requested range[{start}-{end}]")
    if target > len(sheet.lines(axis)):
        raise Refused(f"destinationIndex[{target}] is after last row[{len(sheet.lines(axis))}]")
    if target == end:
        return {}
    refuse_references(change.book, "moveDimension")
    _check_merges(sheet, axis, start, end)
    lines = sheet.lines(axis)
    change.guard(sheet, _across(sheet, axis, min(start, target), max(end, target)))
    old = list(lines)
    moved = lines[start:end]
    del lines[start:end]
    at = target - (end - start) if target > start else target
    lines[at:at] = moved
    _follow(change.book, sheet, axis, old, list(lines))
    return {}


def _check_merges(sheet: Sheet, axis: Axis, start: int, end: int) -> None:
    word = "row" if axis is Axis.ROWS else "column"
    for area in sheet.merges:
        box = sheet.box(area)
        size = box.height if axis is Axis.ROWS else box.width
        if size > 1 and box.meets(_across(sheet, axis, start, end)):
            raise Refused(
                f"Sorry, it is not possible to move a {word} to a position that crosses a merged cell. "
                "Please unmerge and try again."
            )


def _follow(book: Book, sheet: Sheet, axis: Axis, old: list[Line], new: list[Line]) -> None:
    """Ranges go where their lines went. Raises Answer (501) where those no longer lie together."""
    places = {line.id: at for at, line in enumerate(new)}

    def there(area: Area) -> Area:
        start, end = (area.top, area.bottom) if axis is Axis.ROWS else (area.left, area.right)
        if start is None and end is None:
            return area
        at = sorted(places[line.id] for line in old[start:end])
        if at[-1] - at[0] + 1 != len(at):
            raise not_modelled("moveDimension out of, or into, a range")
        first, last = (None if start is None else at[0]), (None if end is None else at[-1] + 1)
        return (
            replace(area, top=first, bottom=last)
            if axis is Axis.ROWS
            else replace(area, left=first, right=last)
        )

    book.move_ranges(sheet, there)


def update(change: Change, asked: Json) -> Json:
    sheet, axis, start, end = _spanned(change, asked.get("range") or {})
    mask = update_mask(asked.get("fields"), "properties", LINE_LOOK)
    look = asked.get("properties") or {}
    if set(mask) - {"pixelSize", "hiddenByUser", "*"}:
        raise not_modelled(f"DimensionProperties {sorted(mask)}")
    lines = sheet.lines(axis)
    for at in range(start, end):
        kept = replaced(lines[at].look, look, mask)
        lines[at] = replace(lines[at], look={key: part for key, part in kept.items() if part})
    if all(line.look.get("hiddenByUser") for line in lines):
        raise Refused(f"You can't hide all the {axis.value.lower()} on the sheet.")
    return {}


def auto_resize(change: Change, asked: Json) -> Json:
    """Make columns as wide as their widest text, roughly: fonts are not measured. Rows get their usual height."""
    sheet, axis, start, end = _spanned(change, asked.get("dimensions") or {})
    widest: dict[int, int] = {}
    for row, column, cell in sheet.filled():
        if axis is Axis.COLUMNS and start <= column < end and cell.entered:
            shown = str(as_shown(change.book, sheet, sheet.at(row, column), Rendering()))
            width = 5 + sum(13 if east_asian_width(letter) in "WF" else 8 for letter in shown)
            widest[column] = max(widest.get(column, 21), width)
    lines = sheet.lines(axis)
    for at in range(start, end):
        kept = {key: part for key, part in lines[at].look.items() if key != "pixelSize"}
        lines[at] = replace(lines[at], look=kept | ({"pixelSize": widest[at]} if at in widest else {}))
    return {}


def add_group(change: Change, asked: Json) -> Json:
    sheet, axis, start, end = _spanned(change, asked.get("range") or {})
    for first, last in sheet.groups[axis]:
        if first < start < last < end or start < first < end < last:
            raise not_modelled("groups that overlap")
    sheet.groups[axis].append((start, end))
    control = "rowGroupControlAfter" if axis is Axis.ROWS else "columnGroupControlAfter"
    sheet.look = sheet.look | {"gridProperties": (sheet.look.get("gridProperties") or {}) | {control: True}}
    return {"dimensionGroups": dimension_groups(sheet, axis)}


def delete_group(change: Change, asked: Json) -> Json:
    sheet, axis, start, end = _spanned(change, asked.get("range") or {})
    if (start, end) not in sheet.groups[axis]:
        raise Refused("There is no dimension group there.")
    sheet.groups[axis].remove((start, end))
    return {"dimensionGroups": dimension_groups(sheet, axis)} if sheet.groups[axis] else {}
