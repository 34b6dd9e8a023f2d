"""The merge: a desk's copy against what its render showed and what the store holds. Pure.

In one sentence: a cell counts as edited only if it differs from everything that this copy's lineage has
shown or delivered; an edit on a value that the store has not changed since is taken; where somebody else
changed the same cell meanwhile, both values are kept and a person chooses. Nothing is deleted by being
absent. The cases carry the names of the decision table in `docs/merge.md` (C1–C10, R1–R14, F1–F9).
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import Enum, auto

from sheet_templates.form import CHECK, ID, MARK, STATE, Field, FieldKey, Form, Role
from sheet_templates.record import Address, Problem, Record, Value
from sync.identity import Row
from sync.ports import Cell, SheetCopy, Shown


class Fate(Enum):
    """What becomes of one cell."""

    SAME = auto()
    """It holds what the store holds (C1)."""
    OLD = auto()
    """It holds what this lineage has shown before: nobody typed anything (C3)."""
    TAKE = auto()
    """It was edited, and nobody else changed it meanwhile (C7)."""
    CONFLICT = auto()
    """It was edited, and somebody else changed it meanwhile (C8)."""


def choose(
    *,
    base: Value,
    delivered: tuple[Value, ...] = (),
    mine: Value,
    theirs: Value,
    session: bool = False,
    earlier: tuple[Value, ...] = (),
) -> Fate:
    """Decide one cell.

    *base*: what the render showed. *earlier*: what this desk was shown there before that, for a row from
    another copy (R10). *delivered*: what earlier saves of the same copy brought, oldest first.
    *mine*: the cell. *theirs*: the store. *session*: the same person has kept the file open since the last
    save, so that an earlier value is an undo and not a stale copy (C3u).
    """
    if mine == theirs:
        return Fate.SAME
    lineage = (*earlier, base, *delivered)
    if mine == lineage[-1] or (not session and mine in lineage):
        return Fate.OLD
    return Fate.TAKE if theirs in lineage else Fate.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A cell as the form understands it: a value, or what is wrong with it."""

    value: Value = None
    fault: Problem | None = None
    shown: Shown = None
    """As typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One cell that somebody edited. Whether he may, and whether it is valid, is decided later."""

    address: Address
    at: int
    typed: Typed
    base: Value
    theirs: Value
    conflict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMerge:
    """One row of a sheet, merged."""

    row: Row
    fresh: bool
    """The store has no such record: the row asks to become one."""
    edits: tuple[Edit, ...]
    delivered: tuple[tuple[Address, Value], ...]
    """Values to remember as brought by this lineage."""
    deviates: bool
    """The file's row does not show what its render showed: it must be written anew."""
    standing: tuple[FieldKey, ...]
    """Drafts that stand in the row as they stood before."""
    withdrawn: tuple[FieldKey, ...]
    """Drafts that the person took back: the cell holds again what the store holds."""
    stale: tuple[FieldKey, ...]
    """An older value stood there though a later save of this copy had brought another (C3): a person is told."""


Parse = Callable[["Row", FieldKey, Cell], Typed]
"""Understands one cell of a row."""

DRAFT = "~"
"""Before a field's key in a render's row: what was typed there and could not be taken."""


def draft_key(field: FieldKey) -> FieldKey:
    """Return the key under which a render remembers the draft that it showed in *field*."""
    return FieldKey(DRAFT + field)


TITLE = "="
"""Before a field's key in a render's row: the linked record's title, by which the cell showed the link.

It is remembered because titles change: a copy that shows the old one was not edited.
"""


def title_key(field: FieldKey) -> FieldKey:
    """Return the key under which a render remembers the words by which it showed the link in *field*."""
    return FieldKey(TITLE + field)


LEFT = "!"
"""Before a field's key in a render's row: what stands in a cell that the render could not write (`SheetCopy.bound`).

What the cell was to show was never seen there; under the field's own key stands what earlier renders showed.
"""


def left_key(field: FieldKey) -> FieldKey:
    """Return the key under which a render remembers what stands in the cell that it had to leave."""
    return FieldKey(LEFT + field)


def untouched(fields: Iterable[Field], sheet: SheetCopy, row: Row, parse: Parse) -> bool:
    """Return whether *row* shows just what its render showed: nearly every row of every save does.

    The store need not be asked about such a row, unless earlier saves of its copy showed something else.
    """
    for field in fields:
        if draft_key(field.key) in row.base or left_key(field.key) in row.base:
            return False
        if field.key not in sheet.columns or field.key not in row.cells:
            continue
        cell, base = row.cells[field.key], row.base.get(field.key)
        if (cell == "" and base is None) or cell is base or (isinstance(cell, str) and cell == base):
            continue
        if cell is not None and cell == row.base.get(title_key(field.key)):
            continue
        if field.key in _SILENT:
            if _put_back(cell, base):
                return False
            continue
        typed = parse(row, field.key, cell)
        if typed.fault is not None or typed.value != base:
            return False
    return True


def _put_back(cell: Cell, base: Value) -> bool:
    """Return whether somebody wrote into a column that only Deskbook writes."""
    said = "" if cell is None else str(cell).replace("\r\n", "\n").strip()
    return said != ("" if base is None else str(base).strip())


def merge_row(
    form: Form,
    role: Role,
    sheet: SheetCopy,
    row: Row,
    *,
    theirs: Record | None,
    shows: Mapping[FieldKey, Value],
    delivered: Mapping[Address, tuple[Value, ...]],
    parse: Parse,
    session: bool = False,
    overtaken: Container[Address] = (),
) -> RowMerge:
    """Merge one row.

    *theirs*: the record as the store has it. *shows*: what this desk would be shown of it now (its own
    columns and those that are derived, such as decisions). *overtaken*: where other copies of the
    same render brought something: what stood there before is no undo, nobody typed it.
    Columns that the sheet has lost are absent, not
    cleared (C2, K5).
    """
    fresh = theirs is None
    bound = frozenset(key for key in sheet.bound if sheet.binds(row.at, key))
    merging = _Merging(
        row=row,
        fresh=fresh,
        shows=shows,
        delivered=delivered,
        session=session,
        overtaken=overtaken,
        bound=bound,
    )
    for field in form.columns(role):
        if field.key not in sheet.columns or field.key not in row.cells:
            continue
        address = Address(form=form.key, record=row.id, field=field.key)
        typed = parse(row, field.key, row.cells[field.key])
        if merging.left(field.key, typed):
            continue
        if field.key in _SILENT:
            merging.deskbooks_own(address, typed)
        else:
            merging.cell(address, typed)
    return RowMerge(
        row=row,
        fresh=fresh,
        edits=tuple(merging.edits),
        delivered=tuple(merging.brought),
        deviates=merging.deviates,
        standing=tuple(merging.standing),
        withdrawn=tuple(merging.withdrawn),
        stale=tuple(merging.stale),
    )


@dataclass(slots=True, kw_only=True)
class _Merging:
    """One row, cell after cell."""

    row: Row
    fresh: bool
    shows: Mapping[FieldKey, Value]
    delivered: Mapping[Address, tuple[Value, ...]]
    session: bool
    overtaken: Container[Address]
    bound: frozenset[FieldKey]
    """Fields whose cell cannot be written in this row."""
    edits: list[Edit] = made(default_factory=list)
    brought: list[tuple[Address, Value]] = made(default_factory=list)
    standing: list[FieldKey] = made(default_factory=list)
    withdrawn: list[FieldKey] = made(default_factory=list)
    stale: list[FieldKey] = made(default_factory=list)
    deviates: bool = False

    def left(self, key: FieldKey, typed: Typed) -> bool:
        """Return whether the cell is as it was when a render had to leave it; if it can be written now, it will be."""
        stood = self.row.base.get(left_key(key))
        if stood is None:
            return False
        if key not in self.bound:
            self.deviates = True
        return stood == ("" if typed.shown is None else typed.shown)

    def deskbooks_own(self, address: Address, typed: Typed) -> None:
        """Look at a column that only Deskbook writes: it is put back, and who wrote there is told once."""
        key, base = address.field, self.row.base.get(address.field)
        if key == ID or not _put_back(self.row.cells[key], base):
            return
        self.deviates = True
        if (
            key != MARK
            and typed.shown is not None
            and typed.shown != (base, *self.delivered.get(address, ()))[-1]
            and typed.shown not in self.row.earlier.get(key, ())
        ):
            self.brought.append((address, typed.shown))
            self._edit(address, typed, base=base, conflict=False)

    def cell(self, address: Address, typed: Typed) -> None:
        """Look at one cell."""
        key = address.field
        base, drafted = self.row.base.get(key), self.row.base.get(draft_key(key))
        if drafted is None and typed.shown is not None and typed.shown == self.row.base.get(title_key(key)):
            typed = Typed(value=base, shown=typed.shown)
        shown = (typed.value if typed.fault is None else typed.shown) == base and drafted is None
        if shown and address not in self.delivered:
            return
        if drafted is not None and typed.shown == drafted:
            self.standing.append(key)
        else:
            self.deviates = True
        self._changed(address, typed, drafted=drafted is not None)

    def _changed(self, address: Address, typed: Typed, *, drafted: bool) -> None:
        """Decide a cell that does not hold what its render, or what its copy's last save, showed."""
        key = address.field
        base, earlier = self.row.base.get(key), self.delivered.get(address, ())
        last = (base, *earlier)[-1]
        mine = typed.value if typed.fault is None else typed.shown
        fate = choose(
            base=base,
            delivered=earlier,
            mine=mine,
            theirs=self.shows.get(key),
            session=self.session and address not in self.overtaken and not self.row.earlier,
            earlier=self.row.earlier.get(key, ()),
        )
        if mine != last and key not in self.standing:
            self.brought.append((address, mine))
        if self.fresh and typed.shown is not None:
            # There is no record yet: whatever stands in the row asks to become one, however often it was saved.
            fate = Fate.TAKE
        if typed.fault is not None or fate in (Fate.TAKE, Fate.CONFLICT):
            conflict = typed.fault is None and fate is Fate.CONFLICT
            self._edit(address, typed, base=last, conflict=conflict)
        elif fate is Fate.OLD and earlier and mine != last:
            self.stale.append(key)
        untouched = address in self.overtaken and mine in (base, *earlier)
        if (drafted or earlier) and typed.fault is None and fate is not Fate.TAKE and not untouched:
            self.withdrawn.append(key)

    def _edit(self, address: Address, typed: Typed, *, base: Value, conflict: bool) -> None:
        theirs = self.shows.get(address.field)
        self.edits.append(
            Edit(address=address, at=self.row.at, typed=typed, base=base, theirs=theirs, conflict=conflict)
        )


_SILENT = frozenset({ID, MARK, STATE, CHECK})
"""Columns that only Deskbook writes and that are put back."""
