"""Who may write where in a spreadsheet: protected ranges that stay, and the lock that stands while we write. Pure.

Source: Google Sheets API v4, ProtectedRange. The owner of a spreadsheet is held up by none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sheet_templates.form import FieldKey, FormKey
from sync.edges.google.answer import Live, Sheet
from sync.edges.google.areas import HEAD_ROWS, Request, grid, runs
from sync.edges.google.lay import Place
from sync.edges.google.marks import COLUMN_GUARD, HEAD_GUARD, LOCK, number_of
from sync.edges.google.model import Model
from sync.ports import RenderId

_MOST_FREE: Final = 150
"""So many areas a lock leaves free; beyond that it covers all of a column."""


def protect(area: Request, said: str, number: int, free: Sequence[Request] = ()) -> Request:
    """Return what keeps everybody but us, and the spreadsheet's owner, from *area*, but for what is *free* in it."""
    kept: Request = {
        "protectedRangeId": number,
        "range": area,
        "description": said,
        "warningOnly": False,
        "editors": {"users": [], "domainUsersCanEdit": False},
    }
    if free:
        kept["unprotectedRanges"] = [*free]
    return {"addProtectedRange": {"protectedRange": kept}}


def guards(model: Model, form: FormKey, sheet_id: int, columns: Mapping[FieldKey, int]) -> Iterator[Request]:
    """Yield what keeps the desk's people from columns that are not theirs, and from keys and headers.

    *columns*: where the form's columns stand.
    """
    mine = {each.field for each in model.columns(form) if each.mine}
    ours = sorted(at for field, at in columns.items() if field not in mine)
    for first, last in runs(ours):
        area = grid(sheet_id, top=HEAD_ROWS, left=first - 1, right=last)
        yield protect(area, COLUMN_GUARD, number_of("guard", form, str(first), str(last)))
    for first, last in runs(sorted(columns.values())):
        area = grid(sheet_id, top=0, bottom=HEAD_ROWS, left=first - 1, right=last)
        yield protect(area, HEAD_GUARD, number_of("head", form, str(first), str(last)))


def lock_of(render: RenderId, sheet: int) -> int:
    """Return the id of the lock for a write: to add it twice does no harm, the second is refused."""
    return number_of("lock", render, str(sheet))


def is_lock(said: str) -> bool:
    """Return whether a protected range's description says that it is a lock of ours."""
    return said.startswith(LOCK)


def lock(render: RenderId, sheet: Sheet, places: Mapping[Place, object]) -> Request:
    """Return what locks a sheet while *places* are written, and leaves free where people may go on typing."""
    said = f"{LOCK} {render}"
    return protect({"sheetId": sheet.id}, said, lock_of(render, sheet.id), tuple(_free(sheet, places)))


def unlock(render: RenderId, sheet: int) -> Request:
    """Return what takes a lock away."""
    return {"deleteProtectedRange": {"protectedRangeId": lock_of(render, sheet)}}


def leftovers(live: Live) -> tuple[Request, ...]:
    """Return what takes away locks that a crash left."""
    return tuple(
        {"deleteProtectedRange": {"protectedRangeId": guard.id}}
        for sheet in live.sheets.values()
        for guard in sheet.guards
        if is_lock(guard.said)
    )


def _free(sheet: Sheet, places: Mapping[Place, object]) -> Iterator[Request]:
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
