"""The requests that put what was laid out into a spreadsheet: lock, values, and what ends the lock. Pure.

The lock is a protected range over the whole sheet that leaves free what nobody is about to write: while it stands,
people can neither move rows and columns nor type into the cells concerned, and go on typing everywhere else. What is
checked inside it stays true until it ends. Rows are addressed by the metadata that goes with them all the same: if a
row moves in spite of the lock, its values go with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sheet_templates.form import FormKey
from sync.edges.google.answer import Live
from sync.edges.google.areas import HEAD_ROWS, SPARE_COLUMNS, SPARE_ROWS, Request, grid
from sync.edges.google.dress import column_requests, formats, sheet_requests
from sync.edges.google.guards import guards, lock, unlock
from sync.edges.google.lay import Laid, Place, rows_of
from sync.edges.google.marking import mark_at, marks_mended
from sync.edges.google.model import Model, texts_request
from sync.edges.google.offers import Conditions, conditions, rule_of
from sync.edges.google.read import layout_of
from sync.edges.google.snapshot import Held, Snapshot
from sync.ports import Patch

_NEAR: Final = 5
"""Rows are added when fewer are left below those that are written."""


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
            found.append(lock(self.patch.render, sheet, places))
        return found

    def shape(self) -> list[Request]:
        """Return what puts sheets and columns in place, and renews drop-downs; nothing for most writes."""
        if self.model is None:
            return []
        found: list[Request] = []
        for form, tab in self.laid.anew:
            rows = max((row for row, _ in self.laid.puts.get(tab.id, ())), default=HEAD_ROWS)
            index = next(at for at, each in enumerate(self.laid.snapshot.tabs) if each.id == tab.id)
            offered = self._offered(form)
            found.extend(
                sheet_requests(self.model, tab, index, rows=rows, form=form, offered=offered, named=False)
            )
            found.append(texts_request(tab.id, tab.cells))
        found.extend(self._columns(self.model))
        found.extend(self._offers(self.model))
        return found

    def _columns(self, model: Model) -> Iterator[Request]:
        """Yield what puts columns in place, with room beside the last of them."""
        layouts = layout_of(self.laid.snapshot, model.forms).sheets
        for sheet_id, form in self.laid.forms.items():
            wanted = [each for each in self.laid.widened if each.form == form]
            if not wanted or sheet_id not in self.live.sheets:
                continue
            there = self.live.sheets[sheet_id].columns
            last = max(each.at for each in wanted)
            if last > there:
                length = last + SPARE_COLUMNS - there
                yield {"appendDimension": {"sheetId": sheet_id, "dimension": "COLUMNS", "length": length}}
            columns = layouts[form].columns
            yield from formats(model, form, sheet_id, columns, {each.column.field for each in wanted})
            for each in wanted:
                offered = self._offered(form).get(each.column.field)
                yield from column_requests(
                    model, form, each.column, sheet_id, each.at, offered=offered, named=False
                )
                yield from guards(model, form, sheet_id, {each.column.field: each.at})

    def _offered(self, form: FormKey) -> Conditions:
        choices = self.patch.shape.choices if self.patch.shape is not None else {}
        return conditions(form, choices, self.laid.lists)

    def _offers(self, model: Model) -> Iterator[Request]:
        """Yield what lets drop-downs offer what they should, and makes room for what they list."""
        yield from self._room()
        shape = self.patch.shape
        layouts = layout_of(self.laid.snapshot, model.forms).sheets
        for form, field in shape.choices if shape is not None else ():
            layout = layouts.get(form)
            at = layout.columns.get(field) if layout is not None else None
            if layout is None or at is None or form not in model.sheets:
                continue
            request: Request = {"range": grid(int(layout.part), top=HEAD_ROWS, left=at - 1, right=at)}
            column = next((each for each in model.columns(form) if each.field == field), None)
            offered = self._offered(form).get(field)
            rule = rule_of(model, form, column, at, offered) if column is not None else None
            if rule is not None:
                request["rule"] = rule
            yield {"setDataValidation": request}

    def _room(self) -> Iterator[Request]:
        """Yield what makes the hidden sheet as large as what is listed there."""
        sheet, places = self.live.sheets.get(self.laid.hidden), self.laid.puts.get(self.laid.hidden, {})
        if sheet is None:
            return
        for dimension, there, at in (("ROWS", sheet.rows, 0), ("COLUMNS", sheet.columns, 1)):
            wanted = max((place[at] for place in places), default=0)
            if wanted > there:
                length = wanted + SPARE_ROWS - there
                yield {"appendDimension": {"sheetId": sheet.id, "dimension": dimension, "length": length}}

    def values(self) -> list[Request]:
        """Return the values to write, row by row: each row by the mark that goes with it, if it has one.

        The hidden sheet comes last, and of it the first rows: they say what all that is written before them is.
        """
        hidden = self.laid.hidden
        rows = [
            (sheet, row)
            for sheet, places in self.laid.puts.items()
            if sheet != hidden
            for row in rows_of(places)
        ]
        rows += [(hidden, row) for row in sorted(rows_of(self.laid.puts.get(hidden, ())), reverse=True)]
        return [
            {
                "dataFilter": self._address(sheet, row, self.laid.puts[sheet]),
                "majorDimension": "ROWS",
                "values": [_line(row, self.laid.puts[sheet])],
            }
            for sheet, row in rows
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
        return mark_at(form, tab, row, column)

    def end(self, after: Live) -> list[Request]:
        """Return what puts the marks of rows right, and takes the locks away. *after*: as it stands now."""
        found: list[Request] = []
        for sheet in self.laid.puts:
            form, column = self.laid.forms.get(sheet), self.laid.ids.get(sheet)
            if form is not None and column is not None:
                found.extend(marks_mended(after, sheet, form, column))
        found.extend(self._dates(after))
        found.extend(self.unlock())
        return found

    def unlock(self) -> list[Request]:
        """Return what takes the locks away."""
        return [unlock(self.patch.render, each) for each in self._locked]

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
