"""Developer metadata and the filters that find it: what is tied to a row stays with the row."""

from collections.abc import Iterable
from dataclasses import replace

from tests.support.google.book import Book, Mark, Sheet
from tests.support.google.errors import Json, Refused, bad_field, sheets_error
from tests.support.google.masks import update_mask
from tests.support.google.ranges import Area, Axis, Span, area_of, span_of
from tests.support.google.values import resolve

MARK_FIELDS = ("metadataKey", "metadataValue", "location", "visibility")
LOCATED = ("spreadsheet", "sheetId", "dimensionRange")


def described(book: Book, mark: Mark) -> Json:
    """A DeveloperMetadata in an answer, with where its row or column lies now."""
    found: Json = {"metadataId": mark.id, "metadataKey": mark.key}
    if mark.value:
        found["metadataValue"] = mark.value
    found["location"] = _location(book, mark)
    return found | {"visibility": mark.visibility}


def _location(book: Book, mark: Mark) -> Json:
    found: Json = {"locationType": kind_of_place(mark)}
    if mark.sheet is None:
        return found | {"spreadsheet": True}
    if mark.axis is None:
        return found | {"sheetId": mark.sheet}
    return found | {"dimensionRange": span_of_mark(book, mark).json()}


def span_of_mark(book: Book, mark: Mark) -> Span:
    """The row or column that *mark* is tied to, where it lies now."""
    assert mark.sheet is not None
    assert mark.axis is not None
    lines = book.sheet(mark.sheet).lines(mark.axis)
    at = next(place for place, line in enumerate(lines) if line.id == mark.line)
    return Span(sheet=mark.sheet, axis=mark.axis, start=at, end=at + 1)


def area_of_mark(book: Book, mark: Mark) -> Area | None:
    """The cells that *mark* stands for; None for the whole spreadsheet."""
    if mark.sheet is None:
        return None
    if mark.axis is None:
        return Area(sheet=mark.sheet)
    span = span_of_mark(book, mark)
    if mark.axis is Axis.ROWS:
        return Area(sheet=mark.sheet, top=span.start, bottom=span.end)
    return Area(sheet=mark.sheet, left=span.start, right=span.end)


def create(book: Book, asked: Json, project: str) -> Mark:
    """Make developer metadata. Raises Refused where key, location or visibility is missing or the id is taken."""
    if not asked.get("metadataKey"):
        raise Refused("No metadata key specified")
    if asked.get("visibility") not in ("DOCUMENT", "PROJECT"):
        raise Refused("No visibility specified")
    number = asked.get("metadataId")
    if number is None:
        number = book.new_id(lambda taken: taken in book.marks)
    elif number in book.marks:
        raise Refused(
            f"Cannot add developer metadata with ID [{number}] because developer metadata with that ID already exists."
        )
    mark = Mark(
        id=number,
        key=asked["metadataKey"],
        value=asked.get("metadataValue") or "",
        visibility=asked["visibility"],
        project=project,
    )
    mark = _placed(book, mark, asked.get("location") or {})
    book.marks[mark.id] = mark
    _check_size(book)
    return mark


def _placed(book: Book, mark: Mark, location: Json) -> Mark:
    named = [name for name in LOCATED if location.get(name) is not None]
    if len(named) != 1:
        raise Refused("Exactly one location must be specified: spreadsheet, sheetId or dimensionRange")
    if named == ["spreadsheet"]:
        return replace(mark, sheet=None, axis=None, line=None)
    if named == ["sheetId"]:
        return replace(mark, sheet=book.sheet(location["sheetId"]).id, axis=None, line=None)
    span = span_of(location["dimensionRange"])
    if span.end is None or span.end - (span.start or 0) != 1:
        raise Refused("Invalid DimensionRange. Developer metadata must be on a single row or column.")
    sheet = book.sheet(span.sheet)
    lines = sheet.lines(span.axis)
    if span.end > len(lines):
        raise Refused(
            f"Cannot add developer metadata at {span.axis.value} {span.end - 1}: only {len(lines)} exist."
        )
    return replace(mark, sheet=sheet.id, axis=span.axis, line=lines[span.start or 0].id)


def _check_size(book: Book) -> None:
    """30,000 characters of keys and values for the spreadsheet and for each sheet; rows and columns count to their sheet."""
    sizes: dict[int | None, int] = {}
    for mark in book.marks.values():
        sizes[mark.sheet] = sizes.get(mark.sheet, 0) + len(mark.key) + len(mark.value)
    if max(sizes.values()) > 30_000:
        raise Refused("Developer metadata exceeds the storage limit of 30000 characters.")


def update(book: Book, filters: list[Json], asked: Json, fields: str | None, project: str) -> list[Mark]:
    """Change all metadata that match."""
    mask = update_mask(fields, "developerMetadata", MARK_FIELDS)
    found = matching(book, filters, project)
    changed = []
    for mark in found:
        new = mark
        if "metadataKey" in mask or "*" in mask:
            new = replace(new, key=asked["metadataKey"])
        if "metadataValue" in mask or "*" in mask:
            new = replace(new, value=asked.get("metadataValue") or "")
        if "visibility" in mask or "*" in mask:
            new = replace(new, visibility=asked["visibility"])
        if "location" in mask or ("*" in mask and asked.get("location")):
            new = _placed(book, new, asked["location"])
        book.marks[mark.id] = new
        changed.append(new)
    if changed:
        _check_size(book)
    return changed


def visible(book: Book, project: str) -> Iterable[Mark]:
    """Metadata of visibility PROJECT are seen by the project that made them only."""
    return (mark for mark in book.marks.values() if mark.visibility == "DOCUMENT" or mark.project == project)


def by_id(book: Book, number: int, project: str) -> Mark:
    found = next((mark for mark in visible(book, project) if mark.id == number), None)
    if found is None:
        raise sheets_error(404, "NOT_FOUND", f"No developer metadata with ID {number}.")
    return found


def matching(book: Book, filters: list[Json], project: str) -> list[Mark]:
    """Metadata that any of the DataFilters matches, each once; a range matches the metadata tied to lines within it."""
    found: dict[int, Mark] = {}
    for one in filters:
        for mark in _matched(book, one, project):
            found[mark.id] = mark
    return list(found.values())


def _matched(book: Book, one: Json, project: str) -> list[Mark]:
    if one.get("developerMetadataLookup") is not None:
        return looked_up(book, one["developerMetadataLookup"], project)
    _, area = area_of_filter(book, one)
    sheet = book.sheet(area.sheet)
    box = sheet.box(area)
    return [
        mark
        for mark in visible(book, project)
        if (there := area_of_mark(book, mark)) and there.sheet == sheet.id and box.contains(sheet.box(there))
    ]


def looked_up(book: Book, lookup: Json, project: str) -> list[Mark]:
    """Metadata that fit every field of a DeveloperMetadataLookup."""
    location = lookup.get("metadataLocation")
    if location is not None and lookup.get("locationType"):
        raise Refused("metadataLocation and locationType may not both be set")
    kind = lookup.get("locationType")
    wanted = [
        (name, lookup[field])
        for name, field in (
            ("key", "metadataKey"),
            ("value", "metadataValue"),
            ("id", "metadataId"),
            ("visibility", "visibility"),
        )
        if lookup.get(field) is not None
    ]
    return [
        mark
        for mark in visible(book, project)
        if all(getattr(mark, name) == value for name, value in wanted)
        and (not kind or kind == kind_of_place(mark))
        and (location is None or _at(book, mark, location, lookup.get("locationMatchingStrategy")))
    ]


def kind_of_place(mark: Mark) -> str:
    """The DeveloperMetadataLocationType of *mark*."""
    if mark.sheet is None:
        return "SPREADSHEET"
    return {None: "SHEET", Axis.ROWS: "ROW", Axis.COLUMNS: "COLUMN"}[mark.axis]


def _at(book: Book, mark: Mark, location: Json, strategy: str | None) -> bool:
    """EXACT_LOCATION unless INTERSECTING_LOCATION is asked for (the default depends on nothing else here)."""
    meant = _placed_or_span(book, location)
    own = area_of_mark(book, mark)
    if strategy == "INTERSECTING_LOCATION":
        if meant is None or own is None:
            return True
        sheet = book.sheet(meant.sheet)
        return own.sheet == meant.sheet and sheet.box(own).meets(sheet.box(meant))
    return own == meant


def _placed_or_span(book: Book, location: Json) -> Area | None:
    if location.get("spreadsheet"):
        return None
    if location.get("sheetId") is not None:
        return Area(sheet=book.sheet(location["sheetId"]).id)
    span = span_of(location["dimensionRange"])
    if span.axis is Axis.ROWS:
        return Area(sheet=span.sheet, top=span.start, bottom=span.end)
    return Area(sheet=span.sheet, left=span.start, right=span.end)


def area_of_filter(book: Book, one: Json) -> tuple[Sheet, Area]:
    """The area that an `a1Range` or `gridRange` filter names. Raises Refused, or Answer (400) for an empty filter."""
    if one.get("a1Range"):
        return resolve(book, one["a1Range"])
    if one.get("gridRange") is not None:
        area = area_of(one["gridRange"])
        return book.sheet(area.sheet), area
    raise bad_field("dataFilters", "One of the filter fields must be set.")


def areas(book: Book, one: Json, project: str) -> list[tuple[Sheet, Area]]:
    """All areas that one DataFilter matches; none if no metadata matches."""
    lookup = one.get("developerMetadataLookup")
    if lookup is None:
        return [area_of_filter(book, one)]
    found: list[tuple[Sheet, Area]] = []
    for mark in looked_up(book, lookup, project):
        area = area_of_mark(book, mark)
        if area is None:
            found.extend((sheet, Area(sheet=sheet.id)) for sheet in book.sheets)
        else:
            found.append((book.sheet(area.sheet), area))
    return found
