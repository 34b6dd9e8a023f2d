"""How a new spreadsheet looks: what the template makes as a workbook, said in the words of the Sheets API.

A column is not described a second time: texts, widths, formats, drop-downs and red marks are taken from the workbook.
Only who may write where is added, because a workbook does not enforce it. Pure, but for openpyxl's reading of bytes.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates.form import Desk, FieldKey, Form, FormKey
from sync.edges.google.marks import COLUMN_GUARD, HEAD_GUARD, HIDDEN_GUARD, name_of, number_of, sheet_of
from sync.edges.google.snapshot import Held, Tab, trimmed
from sync.edges.xlsx.layout import HIDDEN_SHEET

Request = dict[str, Any]

HEAD_ROWS: Final = 2
"""The key row and the header."""
SPARE_ROWS: Final = 25
"""So many rows a sheet has beyond those that are filled: writing never has to wait for more of them."""
SPARE_COLUMNS: Final = 6
"""Likewise for columns, which are for its people."""
MOST_OFFERED: Final = 500
"""So many entries a drop-down may list by itself."""

_PIXELS: Final = 7.4
"""Width of a character."""
_POINTS: Final = 4 / 3
_KEY_ROW: Final = 1
_HEADER_ROW: Final = 2
_NUMBER: Final = {"decimal": "NUMBER", "whole": "NUMBER", "time": "NUMBER"}
_COMPARED: Final = {
    "greaterThanOrEqual": "GREATER_THAN_EQ",
    "lessThanOrEqual": "LESS_THAN_EQ",
    "between": "BETWEEN",
}
_REFERENCE: Final = re.compile(r"\$([A-Z]{1,3})(\d+)")
_KINDS: Final = ((re.compile("%"), "PERCENT"), (re.compile("yy"), "DATE"), (re.compile("hh"), "TIME"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a form's sheet, as the template has it."""

    field: FieldKey
    header: str
    at: int
    """Its number, from 1."""
    mine: bool
    """The desk's people write in it."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """The spreadsheet that the template of a desk means."""

    desk: Desk
    forms: Mapping[FormKey, Form]
    book: Workbook

    @classmethod
    def of(cls, raw: bytes, desk: Desk, forms: Mapping[FormKey, Form]) -> Self:
        """Take in the bytes of a desk's template."""
        return cls(desk=desk, forms=forms, book=load_workbook(io.BytesIO(raw)))

    @cached_property
    def sheets(self) -> Mapping[FormKey, Worksheet]:
        """The forms' sheets, in their order."""
        titles: dict[FormKey, str] = {}
        for name, defined in self.book.defined_names.items():
            found = re.fullmatch(r"_db_(.+)__id", name)
            if found is not None:
                titles[FormKey(found[1])] = next(iter(defined.destinations))[0]
        order = self.book.sheetnames
        return {
            key: self.book[titles[key]] for key in sorted(titles, key=lambda key: order.index(titles[key]))
        }

    def columns(self, form: FormKey) -> tuple[Column, ...]:
        """Return the columns of a form's sheet."""
        sheet, found = self.sheets[form], self.forms[form]
        owned = {each.key for each in found.columns(self.desk.role) if self.desk.role in each.owners}
        return tuple(
            Column(
                field=FieldKey(str(sheet.cell(_KEY_ROW, at).value)),
                header=str(sheet.cell(_HEADER_ROW, at).value or ""),
                at=at,
                mine=FieldKey(str(sheet.cell(_KEY_ROW, at).value)) in owned,
            )
            for at in range(1, sheet.max_column + 1)
        )

    def tabs(self) -> tuple[Tab, ...]:
        """Return what all its sheets hold, in their order, the hidden one last."""
        return tuple(self._tab(sheet) for sheet in self.book.worksheets)

    def tab(self, form: FormKey) -> Tab:
        """Return what a form's sheet holds."""
        return self._tab(self.sheets[form])

    def _tab(self, sheet: Worksheet) -> Tab:
        # Of the hidden sheet the marks only: a drop-down lists its entries by itself.
        width = 1 if sheet.title == HIDDEN_SHEET else None
        cells: list[list[Held]] = [
            [str(v) if v is not None else None for v in row[:width]] for row in sheet.values
        ]
        merges = [(m.min_row, m.min_col, m.max_row, m.max_col) for m in sheet.merged_cells.ranges]
        return Tab(id=self.id(sheet), title=sheet.title, cells=trimmed(cells), merges=tuple(sorted(merges)))

    def id(self, sheet: Worksheet) -> int:
        """Return the id that a sheet has in a new spreadsheet."""
        form = next((key for key, each in self.sheets.items() if each is sheet), None)
        return sheet_of(form) if form is not None else number_of("other", sheet.title)

    # Requests ---------------------------------------------------------------------------------------------

    def sheet_requests(
        self,
        tab: Tab,
        index: int,
        *,
        rows: int,
        form: FormKey | None = None,
        columns: Mapping[FieldKey, int] | None = None,
        named: bool = True,
    ) -> Iterator[Request]:
        """Yield what makes the sheet of *tab*, with room for so many *rows*. Its cells come after.

        *form*: whose sheet it is; *columns*: where the form's columns stand, if not where the template has them.
        """
        sheet = self.sheets[form] if form is not None else self.book[tab.title]
        width = max((len(row) for row in tab.cells), default=1)
        room = {"rowCount": max(rows, HEAD_ROWS) + SPARE_ROWS, "columnCount": width + SPARE_COLUMNS}
        place = {"sheetId": tab.id, "title": tab.title, "index": index}
        yield {"addSheet": {"properties": place | _properties(sheet, room)}}
        yield from _heights(sheet, tab.id)
        if form is None:
            yield from self._plain_looks(sheet, tab)
            if sheet.title == HIDDEN_SHEET:
                yield _protect({"sheetId": tab.id}, HIDDEN_GUARD, number_of("guard", HIDDEN_SHEET))
            return
        there = {each.field: each.at for each in self.columns(form)} if columns is None else columns
        for column in self.columns(form):
            if column.field in there:
                yield from self.column_requests(form, column, tab.id, there[column.field], named=named)
        yield from self._formats(form, tab.id, there)
        yield from self.guards(form, tab.id, there)

    def column_requests(
        self, form: FormKey, column: Column, sheet_id: int, at: int, *, named: bool = True
    ) -> Iterator[Request]:
        """Yield the looks, the drop-down and, if *named*, the name of a form's column that stands at column *at*."""
        sheet = self.sheets[form]
        dimension = sheet.column_dimensions[get_column_letter(column.at)]
        yield _sized(sheet_id, "COLUMNS", at, _width(dimension))
        body = _worn(dimension)
        number = number_format(dimension.number_format)
        if number is not None:
            body["numberFormat"] = number
        header = sheet.cell(_HEADER_ROW, column.at)
        yield _dressed(grid(sheet_id, top=HEAD_ROWS, left=at - 1, right=at), body)
        yield _dressed(
            grid(sheet_id, top=1, bottom=2, left=at - 1, right=at),
            _worn(header) | {"numberFormat": {"type": "TEXT"}},
        )
        yield _dressed(
            grid(sheet_id, top=0, bottom=1, left=at - 1, right=at), {"numberFormat": {"type": "TEXT"}}
        )
        rule = self._rule(sheet, column, at)
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

    def _rule(self, sheet: Worksheet, column: Column, at: int) -> Request | None:
        letter = get_column_letter(column.at)
        for rule in sheet.data_validations.dataValidation:
            if any(
                str(each).startswith(letter) and _first(str(each)) == column.at for each in rule.sqref.ranges
            ):
                return self._translated(rule, at)
        return None

    def _translated(self, rule: DataValidation, at: int) -> Request | None:
        condition = self._condition(rule, at)
        if condition is None:
            return None
        found: Request = {"condition": condition, "strict": False}
        if condition["type"].startswith("ONE_OF"):
            found["showCustomUi"] = True
        if rule.showInputMessage and rule.prompt:
            found["inputMessage"] = rule.prompt
        return found

    def _condition(self, rule: DataValidation, at: int) -> Request | None:
        match rule.type:
            case "list" if (rule.formula1 or "").startswith('"'):
                return offering(str(rule.formula1)[1:-1].split(","))
            case "list":
                return offering(self._listed(str(rule.formula1)))
            case "decimal" | "whole" | "time":
                values = [each for each in (rule.formula1, rule.formula2) if each is not None]
                return _condition(f"NUMBER_{_COMPARED[rule.operator or 'between']}", values)
            case "date":
                return _condition("DATE_IS_VALID", ())
            case "textLength":
                first = f"{get_column_letter(at)}{HEAD_ROWS + 1}"
                return _condition("CUSTOM_FORMULA", [f"=LEN({first})<={rule.formula1}"])
            case _:
                return None

    def _listed(self, refers: str) -> list[str]:
        title, _, area = refers.partition("!")
        sheet = self.book[title.strip("'")]
        return [str(row[0].value) for row in sheet[area.replace("$", "")] if row[0].value is not None]

    def _formats(self, form: FormKey, sheet_id: int, columns: Mapping[FieldKey, int]) -> Iterator[Request]:
        """Yield the red marks and the colours of the state, where the form's columns stand."""
        there = {each.at: columns[each.field] for each in self.columns(form) if each.field in columns}
        index = 0
        for area in self.sheets[form].conditional_formatting:
            for rule in area.rules:
                formula = _shifted(str(rule.formula[0]), there)
                ranges = [each for ref in area.sqref.ranges for each in _areas(sheet_id, str(ref), there)]
                if formula is None or not ranges:
                    continue
                told = {
                    "condition": _condition("CUSTOM_FORMULA", [f"={formula}"]),
                    "format": _look(rule.dxf.font, rule.dxf.fill, None),
                }
                yield {
                    "addConditionalFormatRule": {
                        "rule": {"ranges": ranges, "booleanRule": told},
                        "index": index,
                    }
                }
                index += 1

    def guards(self, form: FormKey, sheet_id: int, columns: Mapping[FieldKey, int]) -> Iterator[Request]:
        """Yield what keeps the desk's people from columns that are not theirs, and from keys and headers.

        *columns*: where the form's columns stand.
        """
        mine = {each.field for each in self.columns(form) if each.mine}
        ours = sorted(at for field, at in columns.items() if field not in mine)
        for first, last in _runs(ours):
            area = grid(sheet_id, top=HEAD_ROWS, left=first - 1, right=last)
            yield _protect(area, COLUMN_GUARD, number_of("guard", form, str(first), str(last)))
        for first, last in _runs(sorted(columns.values())):
            area = grid(sheet_id, top=0, bottom=HEAD_ROWS, left=first - 1, right=last)
            yield _protect(area, HEAD_GUARD, number_of("head", form, str(first), str(last)))

    def _plain_looks(self, sheet: Worksheet, tab: Tab) -> Iterator[Request]:
        """Yield the looks of a sheet that is no form's, cell by cell, and its merged cells."""
        if sheet.title == HIDDEN_SHEET:
            text = {"numberFormat": {"type": "TEXT"}}
            yield _dressed(grid(tab.id), text)
            return
        for letter, dimension in sheet.column_dimensions.items():
            yield _sized(tab.id, "COLUMNS", column_index_from_string(letter), _width(dimension))
        for row in sheet.iter_rows():
            for cell in row:
                if cell.has_style:
                    at, column = int(cell.row or 1), int(cell.column or 1)
                    place = grid(tab.id, top=at - 1, bottom=at, left=column - 1, right=column)
                    yield _dressed(place, _worn(cell))
        for top, left, bottom, right in tab.merges:
            area = grid(tab.id, top=top - 1, bottom=bottom, left=left - 1, right=right)
            yield {"mergeCells": {"range": area, "mergeType": "MERGE_ALL"}}


def grid(
    sheet_id: int,
    *,
    top: int | None = None,
    bottom: int | None = None,
    left: int | None = None,
    right: int | None = None,
) -> Request:
    """Return a GridRange: from 0, its end not included; what is left out reaches to the edge."""
    bounds = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": sheet_id, **{key: each for key, each in bounds.items() if each is not None}}


def texts_request(sheet_id: int, cells: Sequence[Sequence[Held]], top: int = 0, left: int = 0) -> Request:
    """Return what writes texts, as texts, from a cell on."""
    rows = [{"values": [value_of(each) for each in row]} for row in cells]
    start = {"sheetId": sheet_id, "rowIndex": top, "columnIndex": left}
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def value_of(held: Held) -> Request:
    """Return a cell that shows what *held* shows: a formula by its value, because nobody knows what it refers to."""
    if isinstance(held, Mapping):
        for kind in ("v", "s"):
            if kind in held:
                return value_of(held[kind])
        return value_of(str(held["e"])) if "e" in held else value_of(float(held.get("d", held.get("t", 0.0))))
    if held is None:
        return {}
    kind = (
        "boolValue" if isinstance(held, bool) else "stringValue" if isinstance(held, str) else "numberValue"
    )
    return {"userEnteredValue": {kind: held}}


def offering(choices: Sequence[str]) -> Request | None:
    """Return the condition of a drop-down; None if it cannot list so many."""
    if not choices or len(choices) > MOST_OFFERED:
        return None
    return _condition("ONE_OF_LIST", choices)


def number_format(pattern: str) -> Request | None:
    """Return a workbook's number format in Google's words; None for the general one."""
    if pattern == "General":
        return None
    if pattern == "@":
        return {"type": "TEXT"}
    kind = next((kind for part, kind in _KINDS if part.search(pattern)), "NUMBER")
    return {"type": kind, "pattern": pattern}


def _properties(sheet: Worksheet, grid_: Request) -> Request:
    if sheet.freeze_panes:
        left, top, _, _ = range_boundaries(sheet.freeze_panes)
        grid_ |= {"frozenRowCount": (top or 1) - 1, "frozenColumnCount": (left or 1) - 1}
    if sheet.sheet_view.showGridLines is False:
        grid_["hideGridlines"] = True
    found: Request = {"hidden": sheet.sheet_state != "visible", "gridProperties": grid_}
    colour = sheet.sheet_properties.tabColor
    if colour is not None and isinstance(colour.rgb, str):
        found["tabColorStyle"] = {"rgbColor": _colour(colour.rgb)}
    return found


def _condition(kind: str, values: Sequence[str]) -> Request:
    found: Request = {"type": kind}
    if values:
        found["values"] = [{"userEnteredValue": each} for each in values]
    return found


def _protect(area: Request, said: str, number: int) -> Request:
    return {
        "addProtectedRange": {
            "protectedRange": {
                "protectedRangeId": number,
                "range": area,
                "description": said,
                "warningOnly": False,
                "editors": {"users": [], "domainUsersCanEdit": False},
            }
        }
    }


def _dressed(area: Request, look: Request) -> Request:
    fields = ",".join(f"userEnteredFormat.{key}" for key in sorted(look))
    return {"repeatCell": {"range": area, "cell": {"userEnteredFormat": look}, "fields": fields}}


def _heights(sheet: Worksheet, sheet_id: int) -> Iterator[Request]:
    for at, row in sorted(sheet.row_dimensions.items()):
        if row.hidden:
            yield _sized(sheet_id, "ROWS", at, {"hiddenByUser": True})
        elif row.height:
            yield _sized(sheet_id, "ROWS", at, {"pixelSize": round(row.height * _POINTS)})


def _width(dimension: Any) -> Request:
    look: Request = {"pixelSize": max(round(dimension.width * _PIXELS), 21)}
    return look | {"hiddenByUser": True} if dimension.hidden else look


def _sized(sheet_id: int, dimension: str, at: int, look: Mapping[str, Any]) -> Request:
    span = {"sheetId": sheet_id, "dimension": dimension, "startIndex": at - 1, "endIndex": at}
    return {"updateDimensionProperties": {"range": span, "properties": look, "fields": ",".join(look)}}


def _look(font: Font | None, fill: PatternFill | None, alignment: Alignment | None) -> Request:
    """Return a look in Google's words."""
    found: Request = {}
    if fill is not None and (colour := _fill(fill)) is not None:
        found["backgroundColorStyle"] = {"rgbColor": _colour(colour)}
    if font is not None:
        ink: Request = {"bold": True} if font.b else {}
        if font.sz:
            ink["fontSize"] = round(font.sz)
        if font.color is not None and isinstance(font.color.rgb, str):
            ink["foregroundColorStyle"] = {"rgbColor": _colour(font.color.rgb)}
        if ink:
            found["textFormat"] = ink
    if alignment is not None:
        across = {"left": "LEFT", "right": "RIGHT", "center": "CENTER"}.get(alignment.horizontal or "")
        if across:
            found["horizontalAlignment"] = across
        down = {"top": "TOP", "center": "MIDDLE", "bottom": "BOTTOM"}.get(alignment.vertical or "")
        if down:
            found["verticalAlignment"] = down
        found["wrapStrategy"] = "WRAP" if alignment.wrap_text else "CLIP"
    return found


def _worn(cell: Any) -> Request:
    return _look(cell.font, cell.fill, cell.alignment)


def _fill(fill: PatternFill) -> str | None:
    if fill.fill_type == "solid" and isinstance(fill.fgColor.rgb, str):
        return fill.fgColor.rgb
    if fill.fill_type is None and isinstance(fill.bgColor.rgb, str):
        return fill.bgColor.rgb if fill.bgColor.rgb != "00000000" else None
    return None


def _colour(argb: str) -> Request:
    red, green, blue = (int(argb[-6:][at : at + 2], 16) / 255 for at in (0, 2, 4))
    return {"red": round(red, 4), "green": round(green, 4), "blue": round(blue, 4)}


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


def _first(ref: str) -> int | None:
    return range_boundaries(ref)[0]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of numbers that follow each other."""
    first = last = None
    for each in numbers:
        if last is not None and each == last + 1:
            last = each
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = each
    if first is not None and last is not None:
        yield first, last
