"""Reading a desk: a snapshot becomes what people typed, cell by cell, with nothing guessed. Pure.

Which sheet is which form and which column which field is found as in a workbook (`sync.edges.xlsx.layout`); so are
columns that stand there twice and merged cells. What a value means is decided by the field's type.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Final

from sheet_templates.form import DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Broken, Problem, text
from sync.edges.google.snapshot import Held, Snapshot, Tab, load
from sync.edges.xlsx.a1 import Area, letters
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.grid import Grid
from sync.edges.xlsx.layout import HEAD, HIDDEN_SHEET, Layout, find_layout, renamed
from sync.edges.xlsx.package import Name, SheetPart
from sync.edges.xlsx.read import Content, sheet_copy
from sync.edges.xlsx.special import Special
from sync.edges.xlsx.traces import DESK_ROW, OFFERS_ROW, RENDER_ROW
from sync.ports import Cell, DeskCopy, Hash, RenderId, SheetCopy

_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 — a day of the calendar, nowhere in the world
_MIDNIGHT: Final = dt.time(0)
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A snapshot as the search for forms sees it."""

    sheets: tuple[SheetPart, ...]
    names: tuple[Name, ...] = ()


def read_snapshot(
    raw: bytes, *, path: PurePath, file: Hash, forms: Mapping[FormKey, Form], limits: Limits
) -> DeskCopy | Problem:
    """Return what the kept bytes of a snapshot say, or a Problem if they are none."""
    try:
        snapshot = load(raw)
    except (ValueError, KeyError, TypeError):
        what = text("file.damaged")
        return Problem(what=what, mend=text("file.damaged.mend"), file=path.name)
    return copy_of(snapshot, path=path, file=file, forms=forms, limits=limits)


def copy_of(
    snapshot: Snapshot, *, path: PurePath, file: Hash, forms: Mapping[FormKey, Form], limits: Limits
) -> DeskCopy | Problem:
    """Return what a snapshot says, or a Problem if no form stands in it."""
    layout = layout_of(snapshot, forms)
    problems = list(layout.problems)
    sheets: dict[FormKey, SheetCopy] = {}
    for key, each in layout.sheets.items():
        tab = _tab(snapshot, each.part)
        width = max((len(row) for row in tab.cells), default=0)
        if len(tab.cells) > limits.rows or len(tab.cells) * width > limits.cells:
            what = text("sheet.too_big", sheet=tab.title, rows=len(tab.cells), columns=letters(max(width, 1)))
            problems.append(Problem(what=what, mend=text("sheet.too_big.mend"), form=key))
            continue
        problems.extend(renamed(each, [[cell_of(cell) for cell in row] for row in tab.cells[:HEAD]]))
        sheets[key], wrong = sheet_copy(each, _content(tab))
        problems.extend(wrong)
    if not sheets and not problems:
        return Problem(what=text("file.not_a_desk"), mend=text("file.not_a_desk.mend"), file=path.name)
    desk = _said(snapshot, DESK_ROW)
    render = _said(snapshot, RENDER_ROW)
    whose = DeskKey(desk) if desk else None
    return DeskCopy(
        path=path,
        file=file,
        render=RenderId(render) if render else None,
        desk=whose,
        offers=_said(snapshot, OFFERS_ROW),
        sheets=sheets,
        problems=tuple(replace(each, file=path.name, desk=whose) for each in problems),
    )


def layout_of(snapshot: Snapshot, forms: Mapping[FormKey, Form]) -> Layout:
    """Return where the forms stand in a snapshot."""
    tabs = tuple(
        SheetPart(title=each.title, part=str(each.id), index=at) for at, each in enumerate(snapshot.tabs)
    )
    heads = {
        each.title: [[cell_of(cell) for cell in row] for row in each.cells[:HEAD]] for each in snapshot.tabs
    }
    return find_layout(Book(sheets=tabs), heads, forms)


def cell_of(held: Held) -> Cell:
    """Return what a cell says, formulas by what they show."""
    if not isinstance(held, Mapping):
        return held
    if "e" in held:
        return Broken(text=str(held["e"]))
    if "f" in held:
        return cell_of(held["v"])
    if "s" in held:
        return cell_of(held["s"])
    return _moment(float(held["d"])) if "d" in held else _time(float(held["t"]))


def is_spread(held: Held) -> bool:
    """Return whether a cell belongs to a formula that fills several."""
    if not isinstance(held, Mapping):
        return False
    return "s" in held or ("f" in held and _fills_several(str(held["f"])))


def _fills_several(formula: str) -> bool:
    return formula.upper().startswith(("=ARRAYFORMULA(", "={"))


def _moment(serial: float) -> Cell:
    """Return the day that a number shows: 1 is 31 December 1899. Source: Sheets API, DateTimeRenderOption."""
    if not math.isfinite(serial):
        return Broken(text=str(serial))
    try:
        found = _EPOCH + dt.timedelta(seconds=round(serial * _DAY_SECONDS))
    except OverflowError:
        return Broken(text=f"{serial:g}")
    return found.date() if found.time() == _MIDNIGHT else found


def _time(fraction: float) -> Cell:
    seconds = round(fraction * _DAY_SECONDS)
    return (_EPOCH + dt.timedelta(seconds=seconds)).time() if 0 <= seconds < _DAY_SECONDS else fraction


def _content(tab: Tab) -> Content:
    formulas: dict[tuple[int, int], str] = {}
    broken: dict[tuple[int, int], Broken] = {}
    spread: list[tuple[int, int]] = []
    grid: list[list[Cell]] = []
    for at, row in enumerate(tab.cells, start=1):
        cells: list[Cell] = []
        for column, held in enumerate(row, start=1):
            cell = cell_of(held)
            if isinstance(held, Mapping) and "f" in held:
                formulas[at, column] = str(held["f"])
            if isinstance(cell, Broken):
                broken[at, column] = cell
                cell = None
            if is_spread(held):
                spread.append((at, column))
            cells.append(cell)
        grid.append(cells)
    merged = tuple(Area(top=a, left=b, bottom=c, right=d) for a, b, c, d in tab.merges)
    return Content(
        grid=grid,
        special=Special(formulas=formulas, broken=broken),
        merged=merged,
        bound=partial(_bound, spread),
    )


def _bound(
    spread: Sequence[tuple[int, int]], columns: Mapping[FieldKey, int], first: int
) -> Mapping[FieldKey, tuple[range, ...]]:
    found: dict[FieldKey, tuple[range, ...]] = {}
    for field, column in columns.items():
        rows = tuple(range(at, at + 1) for at, there in spread if there == column and at >= first)
        if rows:
            found[field] = rows
    return found


def _tab(snapshot: Snapshot, part: str) -> Tab:
    return next(each for each in snapshot.tabs if str(each.id) == part)


def _said(snapshot: Snapshot, row: int) -> str:
    hidden = snapshot.tab(HIDDEN_SHEET)
    cell = cell_of(hidden.at(row, 1)) if hidden is not None else None
    return "" if cell is None else str(cell)


def grid_of(tab: Tab) -> Grid:
    """Return what the cells of a sheet say."""
    return [[cell_of(cell) for cell in row] for row in tab.cells]
