"""Requests on whole sheets and on the spreadsheet's own properties."""

from dataclasses import replace

from tests.support.google.book import Book, Sheet
from tests.support.google.change import Change
from tests.support.google.errors import Json, Refused, not_modelled
from tests.support.google.looks import normal, without
from tests.support.google.masks import replaced, update_mask
from tests.support.google.ranges import Area, Axis
from tests.support.google.view import properties

GRID_LOOK = (
    "frozenRowCount",
    "frozenColumnCount",
    "hideGridlines",
    "rowGroupControlAfter",
    "columnGroupControlAfter",
)
LOOK = (
    *("title", "index", "gridProperties", "hidden", "tabColor", "tabColorStyle", "rightToLeft"),
    *("sheetId", "sheetType", "dataSourceSheetProperties"),
)
BOOK_LOOK = (
    *("title", "locale", "autoRecalc", "timeZone", "defaultFormat", "iterativeCalculationSettings"),
    *("spreadsheetTheme", "importFunctionsExternalUrlAccessAllowed"),
)
LAST_HIDDEN = "You can't hide all the sheets in a document."
LAST_DELETED = "You can't remove all the sheets in a document."


def new_sheet(book: Book, asked: Json, title: str) -> Sheet:
    """An empty sheet of the properties asked for, not yet in the book. Raises Refused for a title or id that is taken."""
    if asked.get("sheetType") not in (None, "GRID"):
        raise not_modelled(f"sheets of type {asked['sheetType']}")
    title = asked.get("title") or title
    _check_title(book, title, None)
    number = asked.get("sheetId")
    if number is None:
        number = book.new_id(lambda taken: any(sheet.id == taken for sheet in book.sheets))
    elif any(sheet.id == number for sheet in book.sheets):
        raise Refused(f"A sheet with the ID {number} already exists. Please enter another ID.")
    grid = asked.get("gridProperties") or {}
    look = normal({key: part for key, part in asked.items() if key not in ("sheetId", "index", "sheetType")})
    return Sheet(
        id=number,
        look=look
        | {"title": title, "gridProperties": {key: grid[key] for key in GRID_LOOK if grid.get(key)}},
        rows=book.new_lines(grid.get("rowCount") or 1000),
        columns=book.new_lines(grid.get("columnCount") or 26),
    )


def _check_title(book: Book, title: str, own: Sheet | None) -> None:
    if not title:
        raise Refused("The sheet name cannot be empty.")
    found = book.titled(title)
    if found is not None and found is not own:
        raise Refused(f'A sheet with the name "{title}" already exists. Please enter another name.')
    if len(title) > 100:
        raise Refused("The name of a sheet must be no longer than 100 characters.")


def _free_title(book: Book) -> str:
    at = len(book.sheets) + 1
    while book.titled(f"Sheet{at}"):
        at += 1
    return f"Sheet{at}"


def add(change: Change, asked: Json) -> Json:
    book, look = change.book, asked.get("properties") or {}
    sheet = new_sheet(book, look, _free_title(book))
    index = look.get("index")
    book.sheets.insert(len(book.sheets) if index is None else index, sheet)
    book.check_size()
    return {"properties": properties(book, sheet)}


def delete(change: Change, asked: Json) -> Json:
    book = change.book
    sheet = _sheet(book, asked.get("sheetId") or 0)
    others = [one for one in book.sheets if one is not sheet]
    if not any(not one.look.get("hidden") for one in others):
        raise Refused(LAST_DELETED)
    change.guard(sheet, sheet.whole)
    book.sheets[:] = others
    book.named = {key: name for key, name in book.named.items() if name.area.sheet != sheet.id}
    book.marks = {key: mark for key, mark in book.marks.items() if mark.sheet != sheet.id}
    return {}


def _sheet(book: Book, number: int) -> Sheet:
    found = next((sheet for sheet in book.sheets if sheet.id == number), None)
    if found is None:
        raise Refused(f"No sheet with id: {number}")
    return found


def duplicate(change: Change, asked: Json) -> Json:
    """A copy of a sheet. Its protections and named ranges are copied; its developer metadata are too, with ids of their own."""
    book = change.book
    source = _sheet(book, asked.get("sourceSheetId") or 0)
    title, at = asked.get("newSheetName") or f"Copy of {source.title}", 2
    while not asked.get("newSheetName") and book.titled(title):
        title, at = f"Copy of {source.title} {at}", at + 1
    empty = new_sheet(book, {"sheetId": asked.get("newSheetId"), "title": title}, title)
    copy = copied(book, source, empty.id, title)
    index = asked.get("insertSheetIndex")
    book.sheets.insert(book.sheets.index(source) + 1 if index is None else index, copy)
    book.check_size()
    return {"properties": properties(book, copy)}


def copied(book: Book, source: Sheet, number: int, title: str) -> Sheet:
    """*source* once more, under another id and title, its lines with identities of their own."""

    def there(area: Area) -> Area:
        return replace(area, sheet=number)

    rows = [
        replace(new, look=old.look)
        for new, old in zip(book.new_lines(len(source.rows)), source.rows, strict=True)
    ]
    columns = [
        replace(new, look=old.look)
        for new, old in zip(book.new_lines(len(source.columns)), source.columns, strict=True)
    ]
    copy = Sheet(id=number, look=source.look | {"title": title}, rows=rows, columns=columns)
    for row, column, cell in source.filled():
        copy.put(row, column, cell)
    copy.merges = [there(area) for area in source.merges]
    copy.conditional = [(rule, tuple(map(there, areas))) for rule, areas in source.conditional]
    copy.filter = (source.filter[0], there(source.filter[1])) if source.filter else None
    copy.groups = {axis: list(groups) for axis, groups in source.groups.items()}
    for kept in source.protected.values():
        new = book.new_id(lambda taken: any(taken in sheet.protected for sheet in book.sheets))
        area = there(kept.area) if kept.area else None
        free = tuple(map(there, kept.unprotected))
        copy.protected[new] = replace(kept, id=new, area=area, unprotected=free)
    _copy_marks(book, source, copy)
    return copy


def _copy_marks(book: Book, source: Sheet, copy: Sheet) -> None:
    lines = {
        old.id: new.id for axis in Axis for old, new in zip(source.lines(axis), copy.lines(axis), strict=True)
    }
    for mark in [mark for mark in book.marks.values() if mark.sheet == source.id]:
        number = book.new_id(lambda taken: taken in book.marks)
        line = None if mark.line is None else lines[mark.line]
        book.marks[number] = replace(mark, id=number, sheet=copy.id, line=line)


def update(change: Change, asked: Json) -> Json:
    book, look = change.book, asked.get("properties") or {}
    mask = update_mask(asked.get("fields"), "properties", LOOK)
    sheet = _sheet(book, look.get("sheetId") or 0)
    fields = set(mask) if "*" not in mask else {*look, "hidden"} - {"sheetId", "sheetType"}
    if "title" in fields:
        _check_title(book, look.get("title") or "", sheet)
    if "gridProperties" in fields:
        _resize(change, sheet, look.get("gridProperties") or {}, mask.get("gridProperties") or {})
    if (
        look.get("hidden")
        and "hidden" in fields
        and not any(not one.look.get("hidden") for one in book.sheets if one is not sheet)
    ):
        raise Refused(LAST_HIDDEN)
    kept = sheet.look
    colours = [field for field in fields if field.startswith("tabColor")]
    if colours:
        kept = without(colours, kept)
    for field in fields - {"gridProperties", "index", "sheetId"}:
        below = mask.get(field) or {}
        kept = replaced(kept, look, {field: below if field not in colours else {}})
    sheet.look = normal({key: part for key, part in kept.items() if part not in (None, False)})
    if "index" in fields:
        _move(book, sheet, look.get("index") or 0)
    return {}


def _move(book: Book, sheet: Sheet, index: int) -> None:
    """The new index counts as before the move."""
    old = book.sheets.index(sheet)
    if index in (old, old + 1):
        return
    book.sheets.remove(sheet)
    book.sheets.insert(index - 1 if index > old else index, sheet)


def _resize(change: Change, sheet: Sheet, grid: Json, mask: Json) -> None:
    fields = set(mask) - {"*"} or {"rowCount", "columnCount", *GRID_LOOK}
    for field in fields - {"rowCount", "columnCount", *GRID_LOOK}:
        raise Refused(f"Invalid field: gridProperties.{field}")
    for name, axis in (("rowCount", Axis.ROWS), ("columnCount", Axis.COLUMNS)):
        if name not in fields:
            continue
        have, wanted = len(sheet.lines(axis)), grid.get(name) or 0
        if wanted > have:
            ends = [
                replace(sheet.whole, top=at, bottom=at + 1)
                if axis is Axis.ROWS
                else replace(sheet.whole, left=at, right=at + 1)
                for at in (have - 1, have)
            ]
            change.guard_insertion(sheet, *ends)
            change.book.grow(sheet, axis, wanted - have)
        elif wanted < have:
            cut = replace(sheet.whole, top=wanted) if axis is Axis.ROWS else replace(sheet.whole, left=wanted)
            change.guard(sheet, cut)
            change.book.delete(sheet, axis, wanted, have - wanted)
    kept = dict(sheet.look.get("gridProperties") or {})
    for name in fields & set(GRID_LOOK):
        kept[name] = grid.get(name)
    for name, axis, word in (
        ("frozenRowCount", Axis.ROWS, "rows"),
        ("frozenColumnCount", Axis.COLUMNS, "columns"),
    ):
        if (kept.get(name) or 0) >= len(sheet.lines(axis)):
            raise Refused(f"You can't freeze all visible {word} on the sheet.")
    sheet.look = sheet.look | {"gridProperties": {name: part for name, part in kept.items() if part}}


def update_spreadsheet(change: Change, asked: Json) -> Json:
    mask = update_mask(asked.get("fields"), "properties", BOOK_LOOK)
    change.book.look = replaced(change.book.look, asked.get("properties") or {}, mask)
    if not change.book.look.get("title"):
        raise Refused("The title of a spreadsheet must not be empty.")
    return {}
