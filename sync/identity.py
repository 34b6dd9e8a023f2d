"""Which record is each row of somebody's sheet? The row table of the merge (R1–R14), pure.

A row is known by the opaque id in its hidden column, never by its place. People copy rows, paste rows from
older copies and insert rows without ids; this module says what each of them is, and loses none.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from types import MappingProxyType
from typing import Final

from sheet_templates.form import ID, MARK, FieldKey
from sheet_templates.record import RecordId, Value
from sync.ports import Cell, RowCopy, SheetCopy

Shows = Mapping[FieldKey, Value]
"""What a render showed of one record."""

_NOTHING: Final[Shows] = MappingProxyType({})

Like = Callable[[FieldKey, Cell, Value], bool]
"""Whether a cell holds a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the sheet and the record that it is."""

    at: int
    id: RecordId
    cells: Mapping[FieldKey, Cell]
    base: Shows
    """What the copy's lineage showed there; empty for a new row."""
    copied_from: RecordId | None = None
    """The row was made by copying this record's row: its number and sign-offs do not travel (R9)."""
    copied: Shows = made(default_factory=dict)
    """What that row showed: what of it stands here was not typed."""
    beside: Mapping[FieldKey, Cell] = made(default_factory=dict)
    """What stands in that row now: it may have been copied after somebody had typed in it."""
    foreign: bool = False
    """It carries the id of a record that this desk was never shown: a new row (R11)."""
    unknown: RecordId | None = None
    """The id that it carries, if nobody knows it: a new row (R12)."""
    instead: RecordId | None = None
    """What an earlier save of this copy brought without an id, and is not there now: it may be this row (R8)."""
    earlier: Mapping[FieldKey, tuple[Value, ...]] = made(default_factory=dict)
    """It was pasted from another copy (R10): what this desk has been shown there, or brought, before *base*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The rows of a sheet, and what is not there."""

    rows: tuple[Row, ...]
    missing: tuple[RecordId, ...]
    """Records that the copy was rendered with and that have no row any more (R2)."""
    emptied: Mapping[RecordId, int] = made(default_factory=dict)
    """Records whose row is there, with nothing in it (R6); where."""


def identify(
    sheet: SheetCopy,
    base: Mapping[RecordId, Shows],
    *,
    adopted: Mapping[RecordId, Shows],
    elsewhere: Callable[[RecordId], tuple[Shows, ...]],
    known: Callable[[RecordId], bool],
    like: Like,
    another: Callable[[RowCopy], bool],
    new_id: Callable[[], str],
) -> Identified:
    """Return which record each row of *sheet* is.

    *base*: what the copy's render showed, by record. *adopted*: records that earlier saves of this same copy
    brought in without an id, with what those saves delivered. *elsewhere*: what other renders showed this
    desk of a record, oldest first. *known*: whether the store has such a record at all. *like*: whether a
    cell holds a value.
    *another*: whether a row holds something else than the record of its id: it was stamped empty and filled in
    two copies of the desk, or emptied and filled anew.
    """
    keepers = _keepers(sheet.rows, base, like)
    rows: list[Row] = []
    strangers: list[tuple[RowCopy, RecordId | None]] = []
    present: set[RecordId] = set()
    for copy in sheet.rows:
        if not _filled(copy) and (copy.id is None or not base.get(copy.id)):
            continue
        if copy.id is None:
            strangers.append((copy, None))
        elif keepers[copy.id] is not copy:
            strangers.append((copy, copy.id if base.get(copy.id) or known(copy.id) else None))
        elif another(copy):
            strangers.append((copy, None))
        elif copy.id in base:
            present.add(copy.id)
            rows.append(_row(copy, copy.id, base[copy.id]))
        elif copy.id in adopted:
            present.add(copy.id)
            rows.append(_row(copy, copy.id, {}))
        elif not known(copy.id):
            strangers.append((copy, None))
        elif shown := elsewhere(copy.id):
            present.add(copy.id)
            rows.append(replace(_row(copy, copy.id, shown[-1]), earlier=_earlier(shown[:-1])))
        else:
            rows.append(_row(copy, RecordId(new_id()), {}, foreign=True))
    adopting = _Adopting(base=base, adopted=adopted, keepers=keepers, known=known, like=like, new_id=new_id)
    rows.extend(adopting.adopt(strangers, present))
    rows.sort(key=lambda row: row.at)
    emptied = {row.id: row.at for row in rows if row.base and _is_empty(row.cells)}
    here = {row.id for row in rows}
    blank = {copy.id for copy in sheet.rows if copy.id is not None}
    missing = tuple(
        record for record, shown in base.items() if shown and record not in here and record not in blank
    )
    return Identified(rows=tuple(rows), missing=missing, emptied=emptied)


def _filled(copy: RowCopy) -> bool:
    return any(cell not in (None, "") for key, cell in copy.cells.items() if key != ID)


def _earlier(shown: Sequence[Shows]) -> Mapping[FieldKey, tuple[Value, ...]]:
    """Return by field what was shown, oldest first."""
    keys = dict.fromkeys(key for each in shown for key in each)
    return {key: tuple(each[key] for each in shown if key in each) for key in keys}


def _is_empty(cells: Mapping[FieldKey, Cell]) -> bool:
    """Return whether nothing is left of a row that people see: the marks in it are hidden."""
    return all(cell in (None, "") for key, cell in cells.items() if key not in (ID, MARK))


def _row(
    copy: RowCopy,
    record: RecordId,
    base: Shows,
    *,
    copied_from: RecordId | None = None,
    copied: Shows = _NOTHING,
    beside: Mapping[FieldKey, Cell] = _NOTHING,
    foreign: bool = False,
) -> Row:
    return Row(
        at=copy.at,
        id=record,
        cells=dict(copy.cells),
        base=base,
        copied_from=copied_from,
        copied=copied,
        beside=beside,
        foreign=foreign,
    )


def _keepers(rows: Sequence[RowCopy], base: Mapping[RecordId, Shows], like: Like) -> dict[RecordId, RowCopy]:
    """Return for each id the row that keeps it: of doubled ones, the closest to what was shown (R9)."""
    keepers: dict[RecordId, RowCopy] = {}
    for copy in rows:
        if copy.id is None:
            continue
        other = keepers.get(copy.id)
        shown = base.get(copy.id, {})
        if other is None or _likeness(copy, shown, like) > _likeness(other, shown, like):
            keepers[copy.id] = copy
    return keepers


def _likeness(copy: RowCopy, shown: Shows, like: Like) -> int:
    """Count the cells that hold what was shown; what a render remembers beside its cells is no cell."""
    return sum(
        1
        for key, value in shown.items()
        if value is not None and key in copy.cells and like(key, copy.cells[key], value)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adopting:
    """Matches rows without an id of their own with what earlier saves of this copy brought in (R8)."""

    base: Mapping[RecordId, Shows]
    adopted: Mapping[RecordId, Shows]
    keepers: Mapping[RecordId, RowCopy]
    known: Callable[[RecordId], bool]
    like: Like
    new_id: Callable[[], str]

    def adopt(
        self, strangers: Sequence[tuple[RowCopy, RecordId | None]], present: Collection[RecordId]
    ) -> list[Row]:
        """Return the rows of *strangers*: with each of them stands whose copy it is, if it is one.

        The likest are matched first; what nothing is like is new.
        """
        free = [record for record in self.adopted if record not in present]
        likest = sorted(
            (-likeness, at, index)
            for at, (copy, _) in enumerate(strangers)
            for index, record in enumerate(free)
            if (likeness := _likeness(copy, self.adopted[record], self.like)) > 0
        )
        matched: dict[int, RecordId] = {}
        for _, at, index in likest:
            if at not in matched and free[index] not in matched.values():
                matched[at] = free[index]
        left = [record for record in free if record not in matched.values()]
        rows: list[Row] = []
        for at, (copy, origin) in enumerate(strangers):
            if at in matched:
                rows.append(self._row(copy, origin, matched[at]))
                continue
            instead = left.pop(0) if left and origin is None else None
            unknown = copy.id if origin is None and copy.id is not None and not self._has(copy.id) else None
            row = self._row(copy, origin, RecordId(self.new_id()))
            rows.append(replace(row, unknown=unknown, instead=instead))
        return rows

    def _has(self, record: RecordId) -> bool:
        return record in self.base or self.known(record)

    def _row(self, copy: RowCopy, origin: RecordId | None, record: RecordId) -> Row:
        if origin is None:
            return _row(copy, record, {})
        keeper = self.keepers.get(origin)
        beside = keeper.cells if keeper is not None and keeper is not copy else _NOTHING
        return _row(copy, record, {}, copied_from=origin, copied=self.base.get(origin, {}), beside=beside)
