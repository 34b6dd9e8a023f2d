"""The requests that put what was laid out into a spreadsheet: lock, values, and what ends the lock. Pure.

The lock is a protected range over the whole sheet that leaves free what nobody is about to write: while it stands,
people can neither move rows and columns nor type into the cells concerned, and go on typing everywhere else. What is
checked inside it stays true until it ends. Rows are addressed by the metadata that goes with them all the same: if a
row moves in spite of the lock, its values go with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sheet_templates.form import FormKey
from sheet_templates.record import RecordId
from sync.edges.google.answer import ROW_KEY, Live, Sheet
from sync.edges.google.dress import (
    HEAD_ROWS,
    SPARE_COLUMNS,
    SPARE_ROWS,
    Model,
    Request,
    grid,
    offering,
    texts_request,
)
from sync.edges.google.lay import Laid, Place, rows_of
from sync.edges.google.marks import COLUMN_GUARD, LOCK, RENDER, mark_of, number_of
from sync.edges.google.read import layout_of
from sync.edges.google.snapshot import Held, Snapshot, Tab
from sync.ports import Patch, RenderId

_MOST_FREE: Final = 150
"""So many areas a lock leaves free; beyond that it covers all of a column."""
_MOST_MARKS: Final = 400
"""So many marks of rows are put right with one write."""
_NEAR: Final = 5
"""Rows are added when fewer are left below those that are written."""


def lock_of(render: RenderId, sheet: int) -> int:
    """Return the id of the lock for a write: to add it twice does no harm, the second is refused."""
    return number_of("lock", render, str(sheet))


def is_lock(said: str) -> bool:
    """Return whether a protected range's description says that it is a lock of ours."""
    return said.startswith(LOCK)


def leftovers(live: Live) -> tuple[Request, ...]:
    """Return what takes away locks that a crash left."""
    return tuple(
        {"deleteProtectedRange": {"protectedRangeId": guard.id}}
        for sheet in live.sheets.values()
        for guard in sheet.guards
        if is_lock(guard.said)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One write: a patch that is laid out over the spreadsheet as it was answered."""

    live: Live
    laid: Laid
    patch: Patch
    model: Model | None = None

    @property
    def _locked(self) -> tuple[int, ...]:
        """The sheets that are there and hold something of people's."""
        return tuple(each for each in self.laid.puts if each in self.laid.forms and each in self.live.sheets)

    def begin(self) -> list[Request]:
        """Return what locks the sheets concerned, and makes room below."""
        found: list[Request] = []
        for each in self._locked:
            sheet, places = self.live.sheets[each], self.laid.puts[each]
            last = max(row for row, _ in places)
            if last + _NEAR > sheet.rows:
                # Not `appendDimension`: rows that are inserted look as the last one does.
                span = {"startIndex": sheet.rows, "endIndex": last + SPARE_ROWS}
                area = {"sheetId": each, "dimension": "ROWS", **span}
                found.append({"insertDimension": {"range": area, "inheritFromBefore": True}})
            found.append(
                {
                    "addProtectedRange": {
                        "protectedRange": {
                            "protectedRangeId": lock_of(self.patch.render, each),
                            "range": {"sheetId": each},
                            "description": f"{LOCK} {self.patch.render}",
                            "warningOnly": False,
                            "unprotectedRanges": list(_free(sheet, places)),
                            "editors": {"users": [], "domainUsersCanEdit": False},
                        }
                    }
                }
            )
        return found

    def shape(self) -> list[Request]:
        """Return what puts sheets and columns in place, and renews drop-downs; nothing for most writes."""
        if self.model is None:
            return []
        found: list[Request] = []
        for form, tab in self.laid.anew:
            rows = max((row for row, _ in self.laid.puts.get(tab.id, ())), default=HEAD_ROWS)
            index = next(at for at, each in enumerate(self.laid.snapshot.tabs) if each.id == tab.id)
            found.extend(self.model.sheet_requests(tab, index, rows=rows, form=form, named=False))
            found.append(texts_request(tab.id, tab.cells))
        for each in self.laid.widened:
            found.extend(self._column(each.form, each.at, each.column.field))
        found.extend(self._offers())
        return found

    def _column(self, form: FormKey, at: int, field: str) -> Iterator[Request]:
        assert self.model is not None
        sheet_id = next(each for each, key in self.laid.forms.items() if key == form)
        column = next(each for each in self.model.columns(form) if each.field == field)
        sheet = self.live.sheets[sheet_id]
        if at > sheet.columns:
            length = at + SPARE_COLUMNS - sheet.columns
            if at == min(
                each.at for each in self.laid.widened if each.form == form and each.at > sheet.columns
            ):
                last = max(each.at for each in self.laid.widened if each.form == form)
                length = last + SPARE_COLUMNS - sheet.columns
                yield {"appendDimension": {"sheetId": sheet_id, "dimension": "COLUMNS", "length": length}}
        yield from self.model.column_requests(form, column, sheet_id, at, named=False)
        yield from self.model.guards(form, sheet_id, {column.field: at})

    def _offers(self) -> Iterator[Request]:
        """Yield what lets drop-downs offer what they should."""
        if self.patch.shape is None:
            return
        layouts = layout_of(self.laid.snapshot, self.model.forms if self.model else {}).sheets
        for (form, field), choices in self.patch.shape.choices.items():
            layout = layouts.get(form)
            at = layout.columns.get(field) if layout is not None else None
            if layout is None or at is None:
                continue
            request: Request = {"range": grid(int(layout.part), top=HEAD_ROWS, left=at - 1, right=at)}
            condition = offering(choices)
            if condition is not None:
                request["rule"] = {"condition": condition, "strict": False, "showCustomUi": True}
            yield {"setDataValidation": request}

    def values(self) -> list[Request]:
        """Return the values to write, row by row: each row by the mark that goes with it, if it has one."""
        return [
            {
                "dataFilter": self._address(sheet, row, places),
                "majorDimension": "ROWS",
                "values": [_line(row, places)],
            }
            for sheet, places in self.laid.puts.items()
            for row in rows_of(places)
        ]

    def _address(self, sheet: int, row: int, places: Mapping[Place, Held]) -> Request:
        mark = self._mark(self.live.snapshot, sheet, row)
        there = self.live.sheets.get(sheet)
        if mark is not None and there is not None and there.marks.get(mark) == row:
            return {"developerMetadataLookup": {"metadataId": mark}}
        last = max(column for at, column in places if at == row)
        return {"gridRange": grid(sheet, top=row - 1, bottom=row, left=0, right=last)}

    def _mark(self, snapshot: Snapshot, sheet: int, row: int) -> int | None:
        """Return the id of the mark that the row's record has; None for a row without a record."""
        form, column = self.laid.forms.get(sheet), self.laid.ids.get(sheet)
        tab = next((each for each in snapshot.tabs if each.id == sheet), None)
        if form is None or column is None or tab is None:
            return None
        return _mark_at(form, tab, row, column)

    def end(self, after: Live) -> list[Request]:
        """Return what puts the marks of rows right, and takes the locks away. *after*: as it stands now."""
        found: list[Request] = []
        for sheet in self.laid.puts:
            form, column = self.laid.forms.get(sheet), self.laid.ids.get(sheet)
            if form is not None and column is not None:
                found.extend(_marks(after, sheet, form, column))
        found.extend(self._dates(after))
        found.extend(self.unlock())
        return found

    def unlock(self) -> list[Request]:
        """Return what takes the locks away."""
        return [
            {"deleteProtectedRange": {"protectedRangeId": lock_of(self.patch.render, each)}}
            for each in self._locked
        ]

    def _dates(self, after: Live) -> Iterator[Request]:
        """Yield formats for cells in which a day or a time was put that would not be shown as one."""
        for sheet, places in self.laid.puts.items():
            there = after.sheets.get(sheet)
            for (row, column), held in places.items():
                if there is None or not isinstance(held, Mapping) or (row, column) in there.moments:
                    continue
                if "d" not in held and "t" not in held:
                    continue
                form = (
                    {"type": "DATE", "pattern": "yyyy-mm-dd"}
                    if "d" in held
                    else {"type": "TIME", "pattern": "hh:mm"}
                )
                area = grid(sheet, top=row - 1, bottom=row, left=column - 1, right=column)
                yield {
                    "repeatCell": {
                        "range": area,
                        "cell": {"userEnteredFormat": {"numberFormat": form}},
                        "fields": "userEnteredFormat.numberFormat",
                    }
                }


def placed(values: Mapping[int, Mapping[Place, Held]]) -> list[Request]:
    """Return values to write where they are said to belong, cell by cell."""
    return [
        {
            "dataFilter": {"gridRange": grid(sheet, top=row - 1, bottom=row, left=column - 1, right=column)},
            "majorDimension": "ROWS",
            "values": [[_value(held)]],
        }
        for sheet, places in values.items()
        for (row, column), held in places.items()
    ]


def _marks(live: Live, sheet: int, form: FormKey, column: int) -> Iterator[Request]:
    """Yield what lets every row have its mark, those that were written and those that moved."""
    tab = next((each for each in live.snapshot.tabs if each.id == sheet), None)
    if tab is None:
        return
    there = live.sheets[sheet].marks
    wanted: dict[int, int] = {}
    for row in range(HEAD_ROWS + 1, len(tab.cells) + 1):
        mark = _mark_at(form, tab, row, column)
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


def metadata_requests(form: FormKey, tab: Tab, column: int) -> Iterator[Request]:
    """Yield what gives each row of a new sheet its mark. *column*: where the records' ids stand."""
    seen: set[int] = set()
    for row in range(HEAD_ROWS + 1, len(tab.cells) + 1):
        mark = _mark_at(form, tab, row, column)
        if mark is not None and mark not in seen:
            seen.add(mark)
            place = {"dimensionRange": _row(tab.id, row)}
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


def _mark_at(form: FormKey, tab: Tab, row: int, column: int) -> int | None:
    record = tab.at(row, column)
    return mark_of(form, RecordId(record)) if isinstance(record, str) else None


def _metadata(mark: int, place: Mapping[str, Any]) -> Request:
    # Of our own project, so that no other program of somebody sees it or takes it for its own.
    return {"metadataId": mark, "metadataKey": ROW_KEY, "location": place, "visibility": "PROJECT"}


def _row(sheet: int, row: int) -> Request:
    return {"sheetId": sheet, "dimension": "ROWS", "startIndex": row - 1, "endIndex": row}


def _line(row: int, places: Mapping[Place, Held]) -> list[Any]:
    """Return a row's values from its first cell on; null leaves a cell as it is, "" empties it."""
    mine = {column: held for (at, column), held in places.items() if at == row}
    return [_value(mine[at]) if at in mine else None for at in range(1, max(mine) + 1)]


def _value(held: Held) -> Any:
    if held is None:
        return ""
    if isinstance(held, Mapping):
        return held.get("d", held.get("t"))
    return held


def _free(sheet: Sheet, places: Mapping[Place, Held]) -> Iterator[Request]:
    """Yield the areas of a sheet in which people may go on typing: their columns, but not the cells to be written."""
    closed = {
        column
        for guard in sheet.guards
        if guard.said == COLUMN_GUARD
        for column in range(
            int(guard.range.get("startColumnIndex", 0)), int(guard.range.get("endColumnIndex", sheet.columns))
        )
    }
    areas: list[Request] = []
    for column in range(sheet.columns):
        if column in closed:
            continue
        rows = sorted({row - 1 for row, at in places if at == column + 1 and row > HEAD_ROWS})
        areas.extend(_between(sheet, column, rows))
    yield from _joined(areas)[:_MOST_FREE]


def _between(sheet: Sheet, column: int, rows: Sequence[int]) -> Iterator[Request]:
    first = HEAD_ROWS
    for row in rows:
        if row > first:
            yield grid(sheet.id, top=first, bottom=row, left=column, right=column + 1)
        first = row + 1
    if first < sheet.rows:
        yield grid(sheet.id, top=first, bottom=sheet.rows, left=column, right=column + 1)


def _joined(areas: Sequence[Request]) -> list[Request]:
    """Return areas of neighbouring columns with the same rows as one."""
    joined: dict[tuple[int, int], list[Request]] = {}
    for each in areas:
        same = joined.setdefault((each["startRowIndex"], each["endRowIndex"]), [])
        if same and same[-1]["endColumnIndex"] == each["startColumnIndex"]:
            same[-1] = same[-1] | {"endColumnIndex": each["endColumnIndex"]}
        else:
            same.append(each)
    return [each for several in joined.values() for each in several]
