"""The requests that mark a spreadsheet: which record each row is, whose desk it is, and which render. Pure.

Source: Google Sheets API v4, DeveloperMetadata.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sheet_templates.form import FormKey
from sheet_templates.record import RecordId
from sync.edges.google.answer import ROW_KEY, Live
from sync.edges.google.areas import HEAD_ROWS, Request
from sync.edges.google.marks import RENDER, mark_of, number_of
from sync.edges.google.snapshot import Tab
from sync.ports import RenderId

_MOST_MARKS: Final = 400
"""So many marks of rows are put right with one write."""


def metadata_requests(form: FormKey, tab: Tab, column: int) -> Iterator[Request]:
    """Yield what gives each row of a new sheet its mark. *column*: where the records' ids stand."""
    seen: set[int] = set()
    for row in range(HEAD_ROWS + 1, len(tab.cells) + 1):
        mark = mark_at(form, tab, row, column)
        if mark is not None and mark not in seen:
            seen.add(mark)
            place = {"dimensionRange": _row(tab.id, row)}
            yield {"createDeveloperMetadata": {"developerMetadata": _metadata(mark, place)}}


def marks_mended(live: Live, sheet: int, form: FormKey, column: int) -> Iterator[Request]:
    """Yield what lets every row have its mark, those that were written and those that moved."""
    tab = next((each for each in live.snapshot.tabs if each.id == sheet), None)
    if tab is None:
        return
    there = live.sheets[sheet].marks
    wanted: dict[int, int] = {}
    for row in range(HEAD_ROWS + 1, len(tab.cells) + 1):
        mark = mark_at(form, tab, row, column)
        if mark is not None:
            wanted.setdefault(mark, row)
    missing = [(mark, row) for mark, row in wanted.items() if there.get(mark) != row][:_MOST_MARKS]
    for mark, row in missing:
        place = {"dimensionRange": _row(sheet, row)}
        if mark in there:
            asked = {"developerMetadata": {"location": place}, "fields": "location"}
            lookup = {"developerMetadataLookup": {"metadataId": mark}}
            yield {"updateDeveloperMetadata": {"dataFilters": [lookup], **asked}}
        else:
            yield {"createDeveloperMetadata": {"developerMetadata": _metadata(mark, place)}}


def fact_request(key: str, value: str) -> Request:
    """Return what says something of the whole spreadsheet."""
    number = number_of("fact", key)
    told: Request = {
        "metadataId": number,
        "metadataKey": key,
        "metadataValue": value,
        "visibility": "PROJECT",
    }
    return {"createDeveloperMetadata": {"developerMetadata": told | {"location": {"spreadsheet": True}}}}


def render_request(render: RenderId) -> Request:
    """Return what says anew of the whole spreadsheet which render it is."""
    lookup = {"developerMetadataLookup": {"metadataId": number_of("fact", RENDER)}}
    return {
        "updateDeveloperMetadata": {
            "dataFilters": [lookup],
            "developerMetadata": {"metadataValue": render},
            "fields": "metadataValue",
        }
    }


def mark_at(form: FormKey, tab: Tab, row: int, column: int) -> int | None:
    """Return the id of the mark that a row's record has; None for a row without a record."""
    record = tab.at(row, column)
    return mark_of(form, RecordId(record)) if isinstance(record, str) else None


def _metadata(mark: int, place: Mapping[str, Any]) -> Request:
    # Of our own project, so that no other program of somebody sees it or takes it for its own.
    return {"metadataId": mark, "metadataKey": ROW_KEY, "location": place, "visibility": "PROJECT"}


def _row(sheet: int, row: int) -> Request:
    return {"sheetId": sheet, "dimension": "ROWS", "startIndex": row - 1, "endIndex": row}
