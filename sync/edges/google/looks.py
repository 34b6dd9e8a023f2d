"""How cells, columns and sheets look: a workbook's formats, widths and colours in the words of the Sheets API. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from sync.edges.google.areas import Request

_PIXELS: Final = 7.4
"""Width of a character."""
_NARROWEST: Final = 21
_POINTS: Final = 4 / 3
"""Pixels of a point."""
_KINDS: Final = ((re.compile("%"), "PERCENT"), (re.compile("yy"), "DATE"), (re.compile("hh"), "TIME"))


def number_format(pattern: str) -> Request | None:
    """Return a workbook's number format in Google's words; None for the general one."""
    if pattern == "General":
        return None
    if pattern == "@":
        return {"type": "TEXT"}
    kind = next((kind for part, kind in _KINDS if part.search(pattern)), "NUMBER")
    return {"type": kind, "pattern": pattern}


def dressed(area: Request, wears: Request) -> Request:
    """Return what lets the cells of *area* look so, and leaves what it does not name."""
    fields = ",".join(f"userEnteredFormat.{key}" for key in sorted(wears))
    return {"repeatCell": {"range": area, "cell": {"userEnteredFormat": wears}, "fields": fields}}


def sized(sheet_id: int, dimension: str, at: int, wears: Mapping[str, Any]) -> Request:
    """Return what lets a row or a column (*dimension*: ROWS or COLUMNS), counted from 1, be as large or hidden."""
    span = {"sheetId": sheet_id, "dimension": dimension, "startIndex": at - 1, "endIndex": at}
    return {"updateDimensionProperties": {"range": span, "properties": wears, "fields": ",".join(wears)}}


def width(dimension: Any) -> Request:
    """Return how wide a workbook's column is, and whether it is hidden."""
    found: Request = {"pixelSize": max(round(dimension.width * _PIXELS), _NARROWEST)}
    return found | {"hiddenByUser": True} if dimension.hidden else found


def heights(sheet: Worksheet, sheet_id: int) -> Iterator[Request]:
    """Yield what lets rows be as high as in the workbook, or hidden."""
    for at, row in sorted(sheet.row_dimensions.items()):
        if row.hidden:
            yield sized(sheet_id, "ROWS", at, {"hiddenByUser": True})
        elif row.height:
            yield sized(sheet_id, "ROWS", at, {"pixelSize": round(row.height * _POINTS)})


def properties(sheet: Worksheet, grid_: Request) -> Request:
    """Return the properties of a sheet whose size is *grid_*: what is frozen, whether it is hidden, its colour."""
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


def worn(cell: Any) -> Request:
    """Return the look of a workbook's cell, row or column."""
    return look(cell.font, cell.fill, cell.alignment)


def look(font: Font | None, fill: PatternFill | None, alignment: Alignment | None) -> Request:
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


def _fill(fill: PatternFill) -> str | None:
    if fill.fill_type == "solid" and isinstance(fill.fgColor.rgb, str):
        return fill.fgColor.rgb
    if fill.fill_type is None and isinstance(fill.bgColor.rgb, str):
        return fill.bgColor.rgb if fill.bgColor.rgb != "00000000" else None
    return None


def _colour(argb: str) -> Request:
    red, green, blue = (int(argb[-6:][at : at + 2], 16) / 255 for at in (0, 2, 4))
    return {"red": round(red, 4), "green": round(green, 4), "blue": round(blue, 4)}
