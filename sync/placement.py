"""Where each row stands in a desk's file, and which cells a render must write there. Pure.

Only values in place: a row is never moved or removed. New records take the first pre-stamped empty rows, or
are appended; what is no longer shown is emptied and its row is not used again, because a note that somebody
wrote beside it in a column of his own would else stand beside another record.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.cell import too_long
from sheet_templates.form import ID, FieldKey, Form, Role
from sheet_templates.record import RecordId, Value
from sync.identity import Shows
from sync.merge import draft_key, left_key, title_key
from sync.ports import Put, SheetCopy, SheetPatch, Shown
from sync.understand import plain

FIRST_ROW = 3
"""Records start below the hidden key row and the header."""

SPARE = 20
"""Pre-stamped empty rows that a sheet ends in, for new records."""


@dataclass(slots=True, kw_only=True)
class SheetPlace:
    """Where the rows of one form stand in one file."""

    rows: dict[RecordId, int] = made(default_factory=dict)
    spare: list[tuple[int, RecordId]] = made(default_factory=list)
    """Pre-stamped empty rows, from the top."""
    last: int = FIRST_ROW - 1
    columns: frozenset[FieldKey] = frozenset()
    bound: Mapping[FieldKey, tuple[range, ...]] = made(default_factory=dict)
    """Rows in which a field's cell is left as it is, whatever is put there."""
    stood: Mapping[tuple[int, FieldKey], Shown] = made(default_factory=dict)
    """What stands in such cells, and in those that hold a text which cannot be written."""

    def binds(self, at: int, key: FieldKey) -> bool:
        """Return whether a write leaves the cell of *key* in row *at* as it is."""
        return any(at in rows for rows in self.bound.get(key, ()))

    def left(self, at: int, columns: Iterable[FieldKey]) -> Shows:
        """Return what stands in the cells of row *at* that a write leaves as they are."""
        if not self.bound:
            return {}
        return {key: self.stood.get((at, key)) or "" for key in columns if self.binds(at, key)}

    def too_long(self, at: int, said: Mapping[FieldKey, Shown]) -> tuple[FieldKey, ...]:
        """Return the fields whose cell in row *at* cannot hold what is to be said there.

        Where just that stands already, its person typed it, and it stays as it is.
        """
        return tuple(
            key
            for key, cell in said.items()
            if too_long(cell) and self.stood.get((at, key)) != cell and not self.binds(at, key)
        )


def place_of(sheet: SheetCopy, base: Mapping[RecordId, Shows], taken: Mapping[int, RecordId]) -> SheetPlace:
    """Return where the rows of a sheet that was read stand.

    *taken*: rows (by number) that this reading gave another id than the file has, or an id at all.
    """
    place = SheetPlace(
        last=max(sheet.last, FIRST_ROW - 1),
        columns=frozenset(sheet.columns),
        bound=sheet.bound,
        stood={
            (row.at, key): plain(cell)
            for row in sheet.rows
            for key, cell in row.cells.items()
            if (isinstance(cell, str) and too_long(cell)) or (sheet.bound and sheet.binds(row.at, key))
        },
    )
    for row in sheet.rows:
        record = taken.get(row.at, row.id)
        if record is None:
            continue
        filled = any(cell not in (None, "") for key, cell in row.cells.items() if key != ID)
        if filled or base.get(record) or row.at in taken:
            place.rows.setdefault(record, row.at)
        else:
            place.spare.append((row.at, record))
    return place


def empty_place(form: Form, role: Role) -> SheetPlace:
    """Return the place of a sheet that its template has just made: nothing in it."""
    return SheetPlace(columns=frozenset(field.key for field in form.columns(role)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """What one render writes in one sheet."""

    patch: SheetPatch
    shown: Mapping[RecordId, Shows | None]
    """The rows of the render that differ from the base; None: no longer shown."""
    untold: tuple[tuple[int, FieldKey], ...] = ()
    """The cells whose text no cell can hold, so that they say *instead*; but not what was typed there and waits."""


Format = Callable[[FieldKey, Value], Shown]
"""Turns a canonical value into what stands in a cell."""


def plan(
    form: Form,
    role: Role,
    place: SheetPlace,
    wanted: Iterable[tuple[RecordId, Shows | None]],
    *,
    base: Mapping[RecordId, Shows],
    deviating: frozenset[RecordId],
    show: Format,
    instead: str,
    new_id: Callable[[], str],
    spare: int = SPARE,
    fresh: frozenset[FieldKey] = frozenset(),
) -> SheetPlan:
    """Return the cells to write so that the sheet shows *wanted*; *place* is moved on.

    *base*: what the file's render showed. *deviating*: rows whose cells are not what their base says; they
    are written whole. *instead*: what a cell says whose text no cell can hold. *fresh*: columns that are put in
    place now, with nothing in them, whatever the base says.
    """
    puts: list[Put] = []
    shown: dict[RecordId, Shows | None] = {}
    untold: list[tuple[int, FieldKey]] = []
    columns = [field.key for field in form.columns(role) if field.key != ID and field.key in place.columns]
    for record, row in wanted:
        before = base.get(record, {})
        if row is None:
            at = place.rows.pop(record, None)
            if at is not None:
                puts.extend(Put(at=at, field=key, shown=None) for key in (ID, *columns))
            if record in base:
                shown[record] = None
            continue
        at, new = _stand(place, record)
        whole = new or record in deviating
        if whole or ID in fresh:
            puts.append(Put(at=at, field=ID, shown=record))
        said = {
            key: show_cell(row, key, show)
            for key in columns
            if whole or key in fresh or _seen(before, key) != _seen(row, key)
        }
        long = place.too_long(at, said)
        puts.extend(
            Put(at=at, field=key, shown=instead if key in long else cell)
            for key, cell in said.items()
            if not too_long(cell)
            or (key in long and (whole or key in fresh or before.get(left_key(key)) != instead))
        )
        untold.extend((at, key) for key in long if draft_key(key) not in row)
        claimed = _claimed(before, row, place.left(at, columns), dict.fromkeys(long, instead))
        if whole or before != claimed:
            shown[record] = claimed
    if role in form.adders:
        puts.extend(_stamp(place, shown, spare, new_id))
    return SheetPlan(patch=SheetPatch(form=form.key, puts=tuple(puts)), shown=shown, untold=tuple(untold))


def _claimed(before: Shows, row: Shows, left: Shows, instead: Shows) -> Shows:
    """Return what the render may say that it shows of *row*.

    *left*: what stands in cells that are left. *instead*: what cells say whose text no cell can hold; where it was
    typed there, the value that stands is known as beside every draft.
    """
    if not left and not instead:
        return row
    claimed = dict(row)
    for key, stands in {**instead, **left}.items():
        unseen = [key, draft_key(key), title_key(key)]
        if key not in left and draft_key(key) in row:
            unseen = [draft_key(key)]
        for kept in unseen:
            claimed.pop(kept, None)
            if kept in before:
                claimed[kept] = before[kept]
        claimed[left_key(key)] = stands
    return claimed


def show_cell(row: Shows, key: FieldKey, show: Format) -> Shown:
    """Return what stands in the cell of *key*: the draft if there is one, else the value, a link by its title."""
    said = row.get(draft_key(key), row.get(title_key(key)))
    return show(key, row.get(key)) if said is None else said


def _seen(row: Shows, key: FieldKey) -> tuple[Value, Value, Value]:
    return row.get(key), row.get(draft_key(key)), row.get(title_key(key))


def _stand(place: SheetPlace, record: RecordId) -> tuple[int, bool]:
    """Return the row of *record*, and whether its id has yet to be written there."""
    at = place.rows.get(record)
    if at is not None:
        return at, False
    own = next((index for index, (_, stamped) in enumerate(place.spare) if stamped == record), None)
    if own is not None:
        at = place.spare.pop(own)[0]
        place.rows[record] = at
        return at, False
    if place.spare:
        at = place.spare.pop(0)[0]
    else:
        place.last += 1
        at = place.last
    place.rows[record] = at
    return at, True


def _stamp(
    place: SheetPlace, shown: dict[RecordId, Shows | None], spare: int, new_id: Callable[[], str]
) -> Iterable[Put]:
    """Top up the empty rows at the end to *spare*, once half of them are used."""
    if len(place.spare) > spare // 2:
        return
    while len(place.spare) < spare:
        place.last += 1
        record = RecordId(new_id())
        place.spare.append((place.last, record))
        shown[record] = {}
        yield Put(at=place.last, field=ID, shown=record)
