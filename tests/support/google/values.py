"""Reading and writing the values of cells: what `spreadsheets.values` does, without its routes."""

from dataclasses import dataclass, replace
from typing import Any

from tests.support.google import formula
from tests.support.google.book import Book, Cell, Sheet
from tests.support.google.errors import Json, Refused, bad_field
from tests.support.google.numberformat import is_moment, shown
from tests.support.google.protection import Caller, guard
from tests.support.google.ranges import Area, Axis, Box, a1_of, cells_of, letters, split_title
from tests.support.google.typed import understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How values are asked for."""

    values: str = "FORMATTED_VALUE"
    moments: str = "SERIAL_NUMBER"
    major: str = "ROWS"


def rendering(query: Json, prefix: str = "") -> Rendering:
    """From query parameters or a body; with *prefix* `response` the names of `responseValueRenderOption` … are meant."""

    def named(name: str, default: str) -> str:
        key = prefix + name[0].upper() + name[1:] if prefix else name
        return str(query.get(key) or default)

    major = "" if prefix else query.get("majorDimension")
    return Rendering(
        values=named("valueRenderOption", "FORMATTED_VALUE"),
        moments=named("dateTimeRenderOption", "SERIAL_NUMBER"),
        major=major if major in ("ROWS", "COLUMNS") else "ROWS",
    )


def resolve(book: Book, word: str) -> tuple[Sheet, Area]:
    """The sheet and area that an A1 reference or a named range means. Raises Refused if it means nothing."""
    title, rest = split_title(word)
    if title is not None:
        return _on_sheet(book, title, rest, word)
    named = _named(book, word)
    if named:
        return book.sheet(named.sheet), named
    first = next(sheet for sheet in book.sheets if not sheet.look.get("hidden"))
    area = cells_of(word, first.id)
    if area is not None:
        return first, area
    whole = book.titled(word)
    if whole is None:
        raise Refused(f"Unable to parse range: {word}")
    return whole, Area(sheet=whole.id)


def _on_sheet(book: Book, title: str, rest: str, word: str) -> tuple[Sheet, Area]:
    sheet = book.titled(title)
    if sheet is None:
        raise Refused(f"Unable to parse range: {word}")
    area = cells_of(rest, sheet.id) if rest else Area(sheet=sheet.id)
    if area is None:
        area = _named(book, rest)
    if area is None or area.sheet != sheet.id:
        raise Refused(f"Unable to parse range: {word}")
    return sheet, area


def _named(book: Book, name: str) -> Area | None:
    return next((one.area for one in book.named.values() if one.name.casefold() == name.casefold()), None)


def inside(sheet: Sheet, area: Area) -> Box:
    """The cells of *area*. Raises Refused where it begins beyond the edge of the sheet."""
    box = sheet.box(area)
    if box.top >= len(sheet.rows) or box.left >= len(sheet.columns):
        raise Refused(
            f"Range ({a1_of(sheet.title, area)}) exceeds grid limits. "
            f"Max rows: {len(sheet.rows)}, max columns: {len(sheet.columns)}"
        )
    return box


def effective(book: Book, sheet: Sheet, cell: Cell, seen: tuple[tuple[int, str], ...] = ()) -> formula.Value:
    """The value of a cell; a formula is evaluated. Raises formula.Failed for an error value."""
    entered = cell.entered
    if not entered:
        return None
    if "formulaValue" not in entered:
        found: formula.Value = next(iter(entered.values()))
        return found
    own = (sheet.id, str(entered["formulaValue"]))
    if own in seen:
        raise formula.Failed("#REF!")
    deeper = (*seen, own)

    def cells(title: str | None, area: Area) -> list[formula.Value]:
        where = sheet if title is None else book.titled(title)
        if where is None:
            raise formula.Failed("#REF!")
        box = where.box(area)
        return [
            effective(book, where, where.at(row, column), deeper)
            for row in box.rows
            for column in box.columns
        ]

    return formula.value(entered["formulaValue"], cells)


def as_shown(book: Book, sheet: Sheet, cell: Cell, how: Rendering) -> Any:
    """The cell's value in an answer; an empty cell is an empty string."""
    if cell.entered is None:
        return ""
    if how.values == "FORMULA" and "formulaValue" in cell.entered:
        return cell.entered["formulaValue"]
    try:
        found = effective(book, sheet, cell)
    except formula.Failed as error:
        return str(error)
    locale = str(book.look["locale"])
    if isinstance(found, bool):
        return str(found).upper() if how.values == "FORMATTED_VALUE" else found
    if isinstance(found, int | float):
        if how.values == "FORMATTED_VALUE":
            return shown(found, cell.format, locale)
        if how.moments == "FORMATTED_STRING" and is_moment(cell.format):
            return shown(found, cell.format, locale)
        return int(found) if found == int(found) and abs(found) < 1e15 else found
    return "" if found is None else found


def read(book: Book, sheet: Sheet, box: Box, how: Rendering) -> Json:
    """A ValueRange: trailing empty cells and rows are left out."""
    lines = [
        [as_shown(book, sheet, sheet.at(row, column), how) for column in box.columns]
        for row in _until(sheet, box)
    ]
    if how.major == "COLUMNS":
        lines = [list(line) for line in zip(*lines, strict=True)]
    for line in lines:
        while line and line[-1] == "":
            line.pop()
    while lines and not lines[-1]:
        lines.pop()
    found: Json = {"range": sheet.a1(box), "majorDimension": how.major}
    return found | {"values": lines} if lines else found


def _until(sheet: Sheet, box: Box) -> range:
    """The rows of *box* up to the last that has anything in it."""
    bottom = box.bottom
    while bottom > box.top and not any(sheet.at(bottom - 1, column).entered for column in box.columns):
        bottom -= 1
    return range(box.top, bottom)


def value_lists(body: Json, where: str) -> list[list[Any]]:
    """The `values` of a ValueRange by rows. Raises Answer (400) in protobuf's words if they are no list of lists."""
    found = body.get("values") or []
    if not isinstance(found, list):
        raise _no_list(where, found)
    for at, line in enumerate(found):
        if not isinstance(line, list):
            raise _no_list(f"{where}[{at}]", line)
        for one in line:
            if isinstance(one, dict | list):
                kind = "struct_value" if isinstance(one, dict) else "list_value"
                raise Refused(f"Invalid {where}[{at}][{line.index(one)}]: {kind} {{\n}}\n")
    if body.get("majorDimension") == "COLUMNS":
        size = max((len(line) for line in found), default=0)
        return [[line[at] if at < len(line) else None for line in found] for at in range(size)]
    return found


def _no_list(where: str, found: Any) -> Exception:
    word = f'"{found}"' if isinstance(found, str) else str(found)
    return bad_field(
        where, f"Invalid value at '{where}' (type.googleapis.com/google.protobuf.ListValue), {word}"
    )


def entered(book: Book, cell: Cell, found: Any, option: str) -> Cell:
    """The cell after *found* was put into it; None leaves it as it is, an empty string clears its value."""
    if found is None:
        return cell
    if isinstance(found, str):
        if option != "USER_ENTERED":
            return replace(cell, entered={"stringValue": found} if found else None)
        value, brought = understood(found, cell.format, str(book.look["locale"]))
        if value and "formulaValue" in value:
            formula.read(value["formulaValue"])
        form = (cell.format or {}) | {"numberFormat": brought} if brought else cell.format
        return replace(cell, entered=value, format=form)
    return replace(cell, entered={"boolValue": found} if isinstance(found, bool) else {"numberValue": found})


def write(
    book: Book, sheet: Sheet, area: Area, lines: list[list[Any]], *, option: str, caller: Caller
) -> Box:
    """Put *lines* into *area*, beginning at its first cell; what was written to. Raises Refused if they do not fit.

    An area of one cell is only a beginning: the lines may be larger than it.
    """
    box = inside(sheet, area)
    height, width = len(lines), max((len(line) for line in lines), default=0)
    if (box.height, box.width) == (1, 1) and area.bottom is not None and area.right is not None:
        bottom, right = box.top + max(height, 1), box.left + max(width, 1)
        box = replace(box, bottom=min(bottom, len(sheet.rows)), right=min(right, len(sheet.columns)))
    over = ""
    if height > box.height:
        over = f"row [{box.bottom + 1}]"
    elif width > box.width:
        over = f"column [{letters(box.right)}]"
    if over:
        asked = a1_of(sheet.title, area)
        raise Refused(f"Requested writing within range [{asked}], but tried writing to {over}")
    touched = replace(box, bottom=box.top + height, right=box.left + width)
    if height and width:
        guard(book, sheet, touched, caller)
    for row, line in enumerate(lines, box.top):
        for column, found in enumerate(line, box.left):
            sheet.put(row, column, entered(book, sheet.at(row, column), found, option))
    return touched


def clear(book: Book, sheet: Sheet, box: Box, caller: Caller) -> None:
    """Take the values out of *box*; formats, notes and validation stay."""
    guard(book, sheet, box, caller)
    for row, column, cell in list(sheet.filled()):
        if cell.entered is not None and row in box.rows and column in box.columns:
            sheet.put(row, column, replace(cell, entered=None))


def table_in(sheet: Sheet, box: Box) -> Box | None:
    """The last table that *box* touches: a block of filled cells that hang together, diagonals included."""
    left = {(row, column) for row, column, cell in sheet.filled() if cell.entered is not None}
    tables: list[Box] = []
    while left:
        block, edge = set(), [left.pop()]
        while edge:
            row, column = edge.pop()
            block.add((row, column))
            near = {(row + down, column + over) for down in (-1, 0, 1) for over in (-1, 0, 1)} & left
            left -= near
            edge.extend(near)
        rows, columns = [row for row, _ in block], [column for _, column in block]
        tables.append(Box(top=min(rows), bottom=max(rows) + 1, left=min(columns), right=max(columns) + 1))
    met = [table for table in tables if table.meets(box)]
    return max(met, key=lambda table: (table.bottom, table.right), default=None)


def append(
    book: Book, area: Area, lines: list[list[Any]], *, option: str, insert: bool, caller: Caller
) -> tuple[Box | None, Box]:
    """Put *lines* below the last table found in *area*; the table, and what was written to.

    Rows and columns are added to the sheet where it ends too early.
    """
    sheet = book.sheet(area.sheet)
    box = inside(sheet, area)
    table = table_in(sheet, box)
    top = table.bottom if table else box.top
    left = table.left if table else box.left
    width = max((len(line) for line in lines), default=0)
    if insert and table:
        guard(book, sheet, replace(sheet.whole, top=top, bottom=top + 1), caller)
        _insert(book, sheet, top, len(lines))
    _make_room(book, sheet, top + len(lines), left + width)
    meant = Area(sheet=sheet.id, top=top, bottom=top + len(lines), left=left, right=left + max(width, 1))
    return table, write(book, sheet, meant, lines, option=option, caller=caller)


def _insert(book: Book, sheet: Sheet, at: int, count: int) -> None:
    if at >= len(sheet.rows):
        book.grow(sheet, Axis.ROWS, count)
    else:
        book.insert(sheet, Axis.ROWS, at, count)


def _make_room(book: Book, sheet: Sheet, rows: int, columns: int) -> None:
    if rows > len(sheet.rows):
        book.grow(sheet, Axis.ROWS, rows - len(sheet.rows))
    if columns > len(sheet.columns):
        book.grow(sheet, Axis.COLUMNS, columns - len(sheet.columns))
