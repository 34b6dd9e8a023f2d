"""How a new spreadsheet looks: what the template makes as a workbook, said in the words of the Sheets API. Pure.

Texts, widths, formats, drop-downs and red marks are taken from the workbook (`model`). Only who may write where is
added, because a workbook does not enforce it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates.form import FieldKey, FormKey
from sync.edges.google.areas import HEAD_ROWS, SPARE_COLUMNS, SPARE_ROWS, Request, grid
from sync.edges.google.guards import guards, protect
from sync.edges.google.looks import dressed, heights, look, number_format, properties, sized, width, worn
from sync.edges.google.marks import HIDDEN_GUARD, name_of, number_of
from sync.edges.google.model import HEADER_ROW, Column, Model
from sync.edges.google.offers import Conditions, condition, rule_of
from sync.edges.google.snapshot import Tab
from sync.edges.xlsx.layout import HIDDEN_SHEET

_REFERENCE: Final = re.compile(r"\$([A-Z]{1,3})(\d+)")


def sheet_requests(
    model: Model,
    tab: Tab,
    index: int,
    *,
    rows: int,
    form: FormKey | None = None,
    columns: Mapping[FieldKey, int] | None = None,
    offered: Conditions | None = None,
    named: bool = True,
) -> Iterator[Request]:
    """Yield what makes the sheet of *tab*, with room for so many *rows*. Its cells come after.

    *form*: whose sheet it is; *columns*: where the form's columns stand, if not where the template has them;
    *offered*: what they offer, likewise.
    """
    sheet = model.sheets[form] if form is not None else model.book[tab.title]
    width = max((len(row) for row in tab.cells), default=1)
    room = {"rowCount": max(rows, HEAD_ROWS) + SPARE_ROWS, "columnCount": width + SPARE_COLUMNS}
    place = {"sheetId": tab.id, "title": tab.title, "index": index}
    yield {"addSheet": {"properties": place | properties(sheet, room)}}
    yield from heights(sheet, tab.id)
    if form is None:
        yield from _plain_looks(sheet, tab)
        if sheet.title == HIDDEN_SHEET:
            yield protect({"sheetId": tab.id}, HIDDEN_GUARD, number_of("guard", HIDDEN_SHEET))
        return
    there = {each.field: each.at for each in model.columns(form)} if columns is None else columns
    for column in model.columns(form):
        if column.field in there:
            at, offers = there[column.field], (offered or {}).get(column.field)
            yield from column_requests(model, form, column, tab.id, at, offered=offers, named=named)
    yield from formats(model, form, tab.id, there)
    yield from guards(model, form, tab.id, there)
    yield from merged(tab)


def column_requests(
    model: Model,
    form: FormKey,
    column: Column,
    sheet_id: int,
    at: int,
    *,
    offered: Request | None = None,
    named: bool = True,
) -> Iterator[Request]:
    """Yield the looks, the drop-down and, if *named*, the name of a form's column that stands at column *at*."""
    sheet = model.sheets[form]
    dimension = sheet.column_dimensions[get_column_letter(column.at)]
    yield sized(sheet_id, "COLUMNS", at, width(dimension))
    body = worn(dimension)
    number = number_format(dimension.number_format)
    if number is not None:
        body["numberFormat"] = number
    header = sheet.cell(HEADER_ROW, column.at)
    yield dressed(grid(sheet_id, top=HEAD_ROWS, left=at - 1, right=at), body)
    yield dressed(
        grid(sheet_id, top=1, bottom=2, left=at - 1, right=at),
        worn(header) | {"numberFormat": {"type": "TEXT"}},
    )
    yield dressed(grid(sheet_id, top=0, bottom=1, left=at - 1, right=at), {"numberFormat": {"type": "TEXT"}})
    rule = rule_of(model, form, column, at, offered)
    if rule is not None:
        area = grid(sheet_id, top=HEAD_ROWS, left=at - 1, right=at)
        yield {"setDataValidation": {"range": area, "rule": rule}}
    if named:
        place: Request = {
            "name": name_of(form, column.field),
            "range": grid(sheet_id, left=at - 1, right=at),
        }
        place["namedRangeId"] = f"db{number_of('name', form, column.field)}"
        yield {"addNamedRange": {"namedRange": place}}


def formats(
    model: Model,
    form: FormKey,
    sheet_id: int,
    columns: Mapping[FieldKey, int],
    of: Collection[FieldKey] | None = None,
) -> Iterator[Request]:
    """Yield the red marks and the colours of the state, where the form's columns stand. *of*: of these columns only."""
    there = {each.at: columns[each.field] for each in model.columns(form) if each.field in columns}
    marked = {
        each.at: there[each.at]
        for each in model.columns(form)
        if each.field in (columns if of is None else of)
    }
    index = 0
    for area in model.sheets[form].conditional_formatting:
        for rule in area.rules:
            formula = _shifted(str(rule.formula[0]), there)
            ranges = [each for ref in area.sqref.ranges for each in _areas(sheet_id, str(ref), marked)]
            if formula is None or not ranges:
                continue
            told = {
                "condition": condition("CUSTOM_FORMULA", [f"={formula}"]),
                "format": look(rule.dxf.font, rule.dxf.fill, None),
            }
            yield {
                "addConditionalFormatRule": {
                    "rule": {"ranges": ranges, "booleanRule": told},
                    "index": index,
                }
            }
            index += 1


def _plain_looks(sheet: Worksheet, tab: Tab) -> Iterator[Request]:
    """Yield the looks of a sheet that is no form's, cell by cell, and its merged cells."""
    if sheet.title == HIDDEN_SHEET:
        text = {"numberFormat": {"type": "TEXT"}}
        yield dressed(grid(tab.id), text)
        return
    for letter, dimension in sheet.column_dimensions.items():
        yield sized(tab.id, "COLUMNS", column_index_from_string(letter), width(dimension))
    for row in sheet.iter_rows():
        for cell in row:
            if cell.has_style:
                at, column = int(cell.row or 1), int(cell.column or 1)
                place = grid(tab.id, top=at - 1, bottom=at, left=column - 1, right=column)
                yield dressed(place, worn(cell))
    yield from merged(tab)


def merged(tab: Tab) -> Iterator[Request]:
    """Yield what merges the cells of a sheet that are merged."""
    for top, left, bottom, right in tab.merges:
        area = grid(tab.id, top=top - 1, bottom=bottom, left=left - 1, right=right)
        yield {"mergeCells": {"range": area, "mergeType": "MERGE_ALL"}}


def _areas(sheet_id: int, ref: str, there: Mapping[int, int]) -> Iterator[Request]:
    """Yield a range of the template, column by column, where these stand; without an end, so that rows may come."""
    left, top, right, _ = range_boundaries(ref)
    for column in range(left or 1, (right or 1) + 1):
        if column in there:
            at = there[column]
            yield grid(sheet_id, top=(top or 1) - 1, left=at - 1, right=at)


def _shifted(formula: str, there: Mapping[int, int]) -> str | None:
    """Return a rule's formula with its columns (`$B3`) where they stand; None if one of them is not there."""
    gone = False

    def moved(found: re.Match[str]) -> str:
        nonlocal gone
        at = there.get(column_index_from_string(found[1]))
        gone = gone or at is None
        return f"${get_column_letter(at or 1)}{found[2]}"

    made = _REFERENCE.sub(moved, formula)
    return None if gone else made
