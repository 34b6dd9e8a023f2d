"""A column that lost its key, its name and its header is known by what stands in it, if that is clear (K3). Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from sheet_templates.form import FieldKey, Form, Role, Source
from sheet_templates.record import RecordId, Value
from sync.identity import Shows
from sync.ports import Cell, RowCopy, SheetCopy

_FEWEST: Final = 3
"""So many filled cells at least must be as they were shown."""

_SHARE: Final = 0.9


def known_by_content(
    form: Form,
    role: Role,
    sheet: SheetCopy,
    base: Mapping[RecordId, Shows],
    like: Callable[[FieldKey, Cell, Value], bool],
) -> tuple[SheetCopy, tuple[FieldKey, ...]]:
    """Return *sheet* with the columns that are known by their content, and which fields these are.

    A field is known if nine tenths of the cells of one strange column are as *base* showed it, and of no other,
    and if that column is like no other field that is absent.
    """
    fits: dict[FieldKey, list[int]] = {}
    for field in form.columns(role):
        if field.key not in sheet.columns and field.source is Source.TYPED:
            for column, cells in sheet.strange.items():
                if _is_like(tuple(_pairs(sheet, field.key, cells, base)), field.key, like):
                    fits.setdefault(field.key, []).append(column)
    taken = [column for columns in fits.values() for column in columns]
    found = {key: at[0] for key, at in fits.items() if len(at) == 1 and taken.count(at[0]) == 1}
    if not found:
        return sheet, ()
    rows = tuple(
        _with(row, {key: sheet.strange[at].get(row.at) for key, at in found.items()}) for row in sheet.rows
    )
    return replace(sheet, columns={**sheet.columns, **found}, rows=rows), tuple(found)


def _pairs(
    sheet: SheetCopy, key: FieldKey, cells: Mapping[int, Cell], base: Mapping[RecordId, Shows]
) -> Iterator[tuple[Cell, Value]]:
    """Yield what stands in the rows of known records, and what was shown there."""
    for row in sheet.rows:
        shown = base.get(row.id) if row.id is not None else None
        if shown:
            yield cells.get(row.at), shown.get(key)


def _is_like(
    pairs: tuple[tuple[Cell, Value], ...], key: FieldKey, like: Callable[[FieldKey, Cell, Value], bool]
) -> bool:
    same = [value for cell, value in pairs if like(key, cell, value)]
    filled = sum(value is not None for value in same)
    return filled >= _FEWEST and len(same) >= _SHARE * len(pairs)


def _with(row: RowCopy, cells: Mapping[FieldKey, Cell]) -> RowCopy:
    return replace(row, cells={**row.cells, **cells})
