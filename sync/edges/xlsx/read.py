"""Reading a desk: the bytes of a file become what people typed, cell by cell, with nothing guessed.

Values are taken as the file has them; what they mean is decided by the field's type (`sheet_templates.value`).
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Final, TypeAlias

from sheet_templates.form import ID, FieldKey, Form, FormKey
from sheet_templates.record import Broken, Problem, RecordId, Severity, Text, named, text
from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import LAST_COLUMN, Area, letters
from sync.edges.xlsx.archive import Damaged, Limits
from sync.edges.xlsx.grid import Grid, grid_of, heads, open_book, sheet, with_known_errors
from sync.edges.xlsx.harm import bound_rows, closed
from sync.edges.xlsx.layout import HEAD, SheetLayout, find_layout, renamed
from sync.edges.xlsx.package import Package, damaged_problem, open_package
from sync.edges.xlsx.sheetxml import SheetXml
from sync.edges.xlsx.special import Special, is_within, special_cells, used_area, with_days_that_never_were
from sync.edges.xlsx.traces import desk_of, offers_of, render_of
from sync.ports import Cell, DeskCopy, Hash, RowCopy, SheetCopy

_MOST_MERGES: Final = 100


BoundRows: TypeAlias = Callable[[Mapping[FieldKey, int], int], Mapping[FieldKey, tuple[range, ...]]]
"""Says, for columns and from a row on, in which rows a cell cannot change alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a form's sheet holds."""

    grid: Grid
    special: Special
    merged: tuple[Area, ...]
    bound: BoundRows


def read_desk(
    raw: bytes, *, path: PurePath, file: Hash, forms: Mapping[FormKey, Form], limits: Limits
) -> DeskCopy | Problem:
    """Return what a desk's file says, or a Problem if it cannot be read at all.

    What is wrong with a part of it (one sheet, one column) is among the copy's problems; the rest is read.
    """
    package = open_package(raw, limits)
    if isinstance(package, Problem):
        return replace(package, file=path.name)
    try:
        copy = _copy(package, path, file, forms)
    except parts.Entities as found_in:
        what = text("file.entities", part=str(found_in))
        return Problem(what=what, mend=text("file.entities.mend"), file=path.name)
    except Damaged as damaged:
        return replace(damaged_problem(raw, damaged), file=path.name)
    if not copy.sheets and not copy.problems:
        return Problem(what=text("file.not_a_desk"), mend=text("file.not_a_desk.mend"), file=path.name)
    problems = tuple(replace(each, file=path.name, desk=copy.desk) for each in copy.problems)
    return replace(copy, problems=problems)


def _copy(package: Package, path: PurePath, file: Hash, forms: Mapping[FormKey, Form]) -> DeskCopy:
    first_rows = heads(package, HEAD)
    layout = find_layout(package, first_rows, forms)
    problems = list(layout.problems)
    fitting: dict[FormKey, tuple[SheetLayout, SheetXml]] = {}
    for key, each in layout.sheets.items():
        xml = SheetXml.of(parts.content(package.archive, each.part))
        what = _too_much(package, each, xml)
        if what is None:
            fitting[key] = (each, xml)
        else:
            problems.append(Problem(what=what, mend=text(f"{what.key}.mend"), form=key))
    book = open_book(with_known_errors(package.archive, [each.part for each, _ in fitting.values()]))
    sheets: dict[FormKey, SheetCopy] = {}
    for key, (each, xml) in fitting.items():
        problems.extend(renamed(each, first_rows[each.title]))
        found = sheet(book, each.title)
        merged = tuple(
            Area(top=top + 1, left=left + 1, bottom=bottom + 1, right=right + 1)
            for (top, left), (bottom, right) in found.merged_cell_ranges or ()
        )
        content = Content(
            grid=with_days_that_never_were(grid_of(found), xml),
            special=special_cells(xml),
            merged=merged,
            bound=partial(bound_rows, closed(package, each.part, xml), xml),
        )
        sheets[key], wrong = sheet_copy(each, content)
        problems.extend(wrong)
    return DeskCopy(
        path=path,
        file=file,
        render=render_of(package, first_rows),
        desk=desk_of(package, first_rows),
        sheets=sheets,
        problems=tuple(problems),
        offers=offers_of(first_rows),
    )


def _too_much(package: Package, layout: SheetLayout, xml: SheetXml) -> Text | None:
    """Return what of a sheet is more than a sheet may take, before room is made for it. Raises Damaged."""
    limits = package.limits
    if xml.last_filled() > limits.rows or not is_within(xml, limits.cells):
        rows, columns = max(xml.last_filled(), 1), min(used_area(xml)[1], LAST_COLUMN)
        return text("sheet.too_big", sheet=layout.title, rows=rows, columns=letters(columns))
    if package.texts.in_sheet(xml.raw, limits.texts) > limits.texts:
        return text("sheet.too_much_text", sheet=layout.title)
    return None


def sheet_copy(layout: SheetLayout, content: Content) -> tuple[SheetCopy, list[Problem]]:
    """Return what a form's sheet says, and what is wrong with its shape. Raises Damaged."""
    problems: list[Problem] = []
    columns = dict(layout.columns)
    for field, at in layout.doubled.items():
        same = all(_same(content.grid, layout.header, at[0], other) for other in at[1:])
        problems.append(_doubled(layout, field, at, same=same))
        if not same:
            del columns[field]
    swallowed = _swallowed(layout, content, columns)
    problems.extend(_merged(layout, content.merged, columns))
    rows = tuple(_rows(layout, content, columns, swallowed))
    places = {column: field for field, column in columns.items()}
    formulas = {
        (row, places[column]): formula
        for (row, column), formula in content.special.formulas.items()
        if column in places and row > layout.top
    }
    below = range(len(content.grid), 0, -1)
    last = next((at for at in below if any(each is not None for each in content.grid[at - 1])), 0)
    marks = (row for row, _ in (*content.special.formulas, *content.special.broken))
    copy = SheetCopy(
        form=layout.form.key,
        title=layout.title,
        columns=columns,
        rows=rows,
        last=max(last, layout.header, *marks),
        formulas=formulas,
        strange=_strange(layout, content, columns),
        bound=content.bound(columns, layout.top + 1),
    )
    return copy, problems


def _strange(
    layout: SheetLayout, content: Content, columns: Mapping[FieldKey, int]
) -> Mapping[int, Mapping[int, Cell]]:
    """Return the cells of the columns that are none of ours, if one of ours is absent: it may be among them (K3)."""
    if all(each.key in columns for each in layout.form.fields):
        return {}
    known = {*columns.values(), *(at for several in layout.doubled.values() for at in several)}
    found: dict[int, dict[int, Cell]] = {}
    for at, row in enumerate(content.grid[layout.top :], start=layout.top + 1):
        for column, cell in enumerate(row, start=1):
            if cell is not None and column not in known and at != layout.header:
                found.setdefault(column, {})[at] = cell
    return found


def _rows(
    layout: SheetLayout,
    content: Content,
    columns: Mapping[FieldKey, int],
    swallowed: frozenset[tuple[int, int]],
) -> Iterator[RowCopy]:
    known = dict(columns)
    id_column = known.pop(ID, None)
    places = {column: field for field, column in known.items()}
    broken: dict[int, dict[FieldKey, Broken]] = {}
    for (at, column), each in content.special.broken.items():
        if column in places:
            broken.setdefault(at, {})[places[column]] = each
    hidden: dict[int, set[FieldKey]] = {}
    for at, column in swallowed:
        if column in places:
            hidden.setdefault(at, set()).add(places[column])
    wanted = tuple(known.items())
    for at in range(layout.top + 1, max((len(content.grid), *broken)) + 1):
        row = content.grid[at - 1] if at <= len(content.grid) else ()
        width = len(row)
        cells: dict[FieldKey, Cell] = {
            field: row[column - 1] if column <= width else None for field, column in wanted
        }
        cells.update(broken.get(at, ()))
        for field in hidden.get(at, ()):
            del cells[field]
        record = _record(row[id_column - 1]) if id_column is not None and id_column <= width else None
        if record is not None or (_filled(cells) and at > layout.header and not layout.is_header(row)):
            yield RowCopy(at=at, id=record, cells=cells)


def _filled(cells: Mapping[FieldKey, Cell]) -> bool:
    return any(each is not None for each in cells.values())


def _record(cell: Cell) -> RecordId | None:
    """Return the id that a hidden cell holds, as it stands there."""
    said = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell or "").strip()
    return RecordId(said) if said else None


def _at(row: Sequence[Cell], column: int) -> Cell:
    return row[column - 1] if column <= len(row) else None


def _same(grid: Grid, header: int, one: int, other: int) -> bool:
    """Return whether the *other* column says nothing that the *one* does not say."""
    return all(_at(row, other) in (None, _at(row, one)) for row in grid[header:])


def _doubled(layout: SheetLayout, field: FieldKey, at: tuple[int, ...], *, same: bool) -> Problem:
    found = layout.form.field(field)
    label = str(field) if found is None else named(found.labels)
    key = "column.copied" if same else "column.doubled"
    second = ", ".join(letters(each) for each in at[1:])
    return Problem(
        what=text(key, label=label, first=letters(at[0]), second=second),
        mend=text(f"{key}.mend", second=second) if same else text(f"{key}.mend"),
        severity=Severity.NOTICE if same else Severity.ERROR,
        form=layout.form.key,
        field=field,
    )


def _swallowed(
    layout: SheetLayout, content: Content, columns: Mapping[FieldKey, int]
) -> frozenset[tuple[int, int]]:
    """Return the cells that a merge hides: they are absent, not cleared (C2)."""
    hidden: set[tuple[int, int]] = set()
    room = len(content.grid) * max(len(columns), 1)
    for area in content.merged:
        rows = range(max(area.top, layout.header + 1), min(area.bottom, len(content.grid)) + 1)
        across = [each for each in columns.values() if area.left <= each <= area.right]
        room -= len(rows) * len(across)
        if room < 0:
            raise Damaged(f"merged cells of {layout.title} overlap")
        hidden.update((row, column) for row in rows for column in across)
    return frozenset(hidden - {(area.top, area.left) for area in content.merged})


def _merged(
    layout: SheetLayout, merged: Sequence[Area], columns: Mapping[FieldKey, int]
) -> Iterator[Problem]:
    """Yield a notice for each merge over records, up to a number that a person can read."""
    covering = (
        area
        for area in merged
        if area.bottom > layout.header and any(area.left <= each <= area.right for each in columns.values())
    )
    for area in itertools.islice(covering, _MOST_MERGES):
        yield Problem(
            what=text("cells.merged", area=str(area)),
            mend=text("cells.merged.mend"),
            severity=Severity.NOTICE,
            form=layout.form.key,
            row=max(area.top, layout.header + 1),
        )
