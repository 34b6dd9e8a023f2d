"""What `spreadsheets.get` answers: a snapshot, and beside it what is needed to write. Pure.

Source: Google Sheets API v4, CellData, DeveloperMetadata, ProtectedRange.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any, Final

from sync.edges.google.snapshot import Held, Snapshot, Tab, trimmed

FIELDS: Final = (
    "spreadsheetId,properties(title,locale,timeZone),developerMetadata,namedRanges(namedRangeId,name,range),"
    "sheets(properties(sheetId,title,index,hidden,sheetType,gridProperties(rowCount,columnCount)),"
    "developerMetadata,merges,protectedRanges,data(startRow,startColumn,rowMetadata(developerMetadata),"
    "rowData(values(userEnteredValue,effectiveValue,effectiveFormat(numberFormat(type))))))"
)
"""All of one spreadsheet that matters, in one request."""

ROW_KEY: Final = "db"
"""The key of the metadata that goes with a row. Which record it is, says the metadata's own id (`marks.mark_of`).

It is short, and has no value, because Google keeps 30,000 characters of metadata for a sheet and its rows.
"""

_ERRORS: Final[Mapping[str, str]] = {
    "NULL_VALUE": "#NULL!", "DIVIDE_BY_ZERO": "#DIV/0!", "VALUE": "#VALUE!", "REF": "#REF!", "NAME": "#NAME?",
    "NUM": "#NUM!", "N_A": "#N/A", "LOADING": "#LOADING!",
}  # fmt: skip
_DAYS: Final = frozenset({"DATE", "DATE_TIME"})
_MOMENTS: Final = _DAYS | {"TIME"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A protected range."""

    id: int
    said: str
    """Its description."""
    range: Mapping[str, Any]
    editors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is beside the cells of one sheet."""

    id: int
    title: str
    rows: int
    columns: int
    hidden: bool = False
    marks: Mapping[int, int] = made(default_factory=dict)
    """The ids of the metadata that go with rows → the row's number, from 1."""
    guards: tuple[Guard, ...] = ()
    moments: frozenset[tuple[int, int]] = frozenset()
    """The cells, empty ones too, that show a number as a date or a time, by row and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A spreadsheet as it was answered."""

    snapshot: Snapshot
    sheets: Mapping[int, Sheet]
    facts: Mapping[str, tuple[int, str]] = made(default_factory=dict)
    """Metadata of the whole spreadsheet: key → its id and value."""
    names: Mapping[str, tuple[str, Mapping[str, Any]]] = made(default_factory=dict)
    """Named ranges: name → id and range."""


def live(answer: Mapping[str, Any]) -> Live:
    """Return what *answer* says of a spreadsheet. Raises KeyError, TypeError or ValueError if it says no such thing."""
    tabs: list[Tab] = []
    sheets: dict[int, Sheet] = {}
    for each in answer.get("sheets", ()):
        properties = each["properties"]
        if properties.get("sheetType", "GRID") != "GRID":
            continue
        grid = properties.get("gridProperties", {})
        sheet_id = int(properties.get("sheetId", 0))
        parts = each.get("data", ())
        cells, marks = _content(parts)
        tabs.append(
            Tab(
                id=sheet_id,
                title=properties["title"],
                cells=trimmed(cells),
                merges=tuple(sorted(_area(merge) for merge in each.get("merges", ()))),
            )
        )
        sheets[sheet_id] = Sheet(
            id=sheet_id,
            title=properties["title"],
            rows=int(grid.get("rowCount", 0)),
            columns=int(grid.get("columnCount", 0)),
            hidden=bool(properties.get("hidden", False)),
            marks=marks,
            guards=tuple(_guard(guard) for guard in each.get("protectedRanges", ())),
            moments=frozenset(_moments(parts)),
        )
    return Live(
        snapshot=Snapshot(file=answer["spreadsheetId"], tabs=tuple(tabs)),
        sheets=sheets,
        facts={
            each["metadataKey"]: (int(each["metadataId"]), each.get("metadataValue", ""))
            for each in answer.get("developerMetadata", ())
        },
        names={
            each["name"]: (each["namedRangeId"], each.get("range", {}))
            for each in answer.get("namedRanges", ())
        },
    )


def _content(
    parts: Iterable[Mapping[str, Any]],
) -> tuple[list[list[Held]], dict[int, int]]:
    cells: list[list[Held]] = []
    marks: dict[int, int] = {}
    for part in parts:
        first, left = int(part.get("startRow", 0)), int(part.get("startColumn", 0))
        for at, row in enumerate(part.get("rowData", ()), start=first):
            _put(cells, at, left, [held(each) for each in row.get("values", ())])
        for at, beside in enumerate(part.get("rowMetadata", ()), start=first + 1):
            for mark in beside.get("developerMetadata", ()):
                if mark.get("metadataKey") == ROW_KEY:
                    marks[int(mark["metadataId"])] = at
    return cells, marks


def _moments(parts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    for part in parts:
        for at, row in enumerate(part.get("rowData", ()), start=int(part.get("startRow", 0)) + 1):
            for column, cell in enumerate(row.get("values", ()), start=int(part.get("startColumn", 0)) + 1):
                if _kind(cell) in _MOMENTS:
                    yield at, column


def _kind(cell: Mapping[str, Any]) -> str:
    return str(cell.get("effectiveFormat", {}).get("numberFormat", {}).get("type", ""))


def _put(cells: list[list[Held]], at: int, left: int, row: Sequence[Held]) -> None:
    while len(cells) <= at:
        cells.append([])
    cells[at] += [None] * (left + len(row) - len(cells[at]))
    cells[at][left : left + len(row)] = row


def held(cell: Mapping[str, Any]) -> Held:
    """Return what one answered cell holds."""
    kind = _kind(cell)
    entered, shows = cell.get("userEnteredValue", {}), cell.get("effectiveValue", {})
    if "formulaValue" in entered:
        return {"f": entered["formulaValue"], "v": _plain(shows, kind)}
    if not entered:
        spilled = _plain(shows, kind)
        return None if spilled is None else {"s": spilled}
    return _plain(shows or entered, kind)


def _plain(value: Mapping[str, Any], kind: str) -> Held:
    if "errorValue" in value:
        error = value["errorValue"]
        return {"e": _ERRORS.get(error.get("type", ""), "#ERROR!")}
    if "numberValue" in value:
        number = float(value["numberValue"])
        if kind in _DAYS:
            return {"d": number}
        return {"t": number} if kind == "TIME" and 0 <= number < 1 else number
    if "boolValue" in value:
        return bool(value["boolValue"])
    said = value.get("stringValue")
    return str(said) if said else None


def _area(range_: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return (
        int(range_.get("startRowIndex", 0)) + 1,
        int(range_.get("startColumnIndex", 0)) + 1,
        int(range_["endRowIndex"]),
        int(range_["endColumnIndex"]),
    )


def _guard(range_: Mapping[str, Any]) -> Guard:
    return Guard(
        id=int(range_["protectedRangeId"]),
        said=range_.get("description", ""),
        range=range_.get("range", {}),
        editors=tuple(range_.get("editors", {}).get("users", ())),
    )
