"""The merge: a desk's copy against what its render showed and what the store holds. Pure.

In one sentence: a cell counts as edited only if it differs from everything that this copy's lineage has
shown or delivered; an edit on a value that the store has not changed since is taken; where somebody else
changed the same cell meanwhile, both values are kept and a person chooses. Nothing is deleted by being
absent. The cases carry the names of the decision table in `docs/merge.md` (C1–C10, R1–R14, F1–F9).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from sheet_templates.form import CHECK, ID, MARK, STATE, FieldKey, Form, Role, Source
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
    *, base: Value, delivered: tuple[Value, ...] = (), mine: Value, theirs: Value, session: bool = False
) -> Fate:
    """Decide one cell.

    *base*: what the render showed. *delivered*: what earlier saves of the same copy brought, oldest first.
    *mine*: the cell. *theirs*: the store. *session*: the same person has kept the file open since the last
    save, so that an earlier value is an undo and not a stale copy (C3u).
    """
    if mine == theirs:
        return Fate.SAME
    lineage = (base, *delivered)
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
) -> RowMerge:
    """Merge one row.

    *theirs*: the record as the store has it. *shows*: what this desk would be shown of it now (its own
    columns and those that are derived, such as decisions). Columns that the sheet has lost are absent, not
    cleared (C2, K5).
    """
    edits: list[Edit] = []
    brought: list[tuple[Address, Value]] = []
    standing: list[FieldKey] = []
    withdrawn: list[FieldKey] = []
    stale: list[FieldKey] = []
    deviates = False
    for field in form.columns(role):
        if field.key in _SILENT or field.key not in sheet.columns or field.key not in row.cells:
            continue
        address = Address(form=form.key, record=row.id, field=field.key)
        typed = parse(row, field.key, row.cells[field.key])
        base = row.base.get(field.key)
        drafted = row.base.get(draft_key(field.key))
        if drafted is not None and typed.shown == drafted:
            standing.append(field.key)
            edits.append(
                Edit(
                    address=address,
                    at=row.at,
                    typed=typed,
                    base=base,
                    theirs=shows.get(field.key),
                    conflict=False,
                )
            )
            continue
        if typed.fault is None and typed.value == base and drafted is None:
            continue
        deviates = True
        now = shows.get(field.key)
        earlier = delivered.get(address, ())
        mine = typed.value if typed.fault is None else typed.shown
        fate = choose(base=base, delivered=earlier, mine=mine, theirs=now, session=session)
        if mine != (base, *earlier)[-1]:
            brought.append((address, mine))
        if drafted is not None and typed.fault is None and fate is not Fate.TAKE:
            withdrawn.append(field.key)
        if fate is Fate.OLD and typed.fault is None:
            if earlier and mine != earlier[-1]:
                stale.append(field.key)
            continue
        if fate is Fate.SAME and typed.fault is None:
            continue
        conflict = fate is Fate.CONFLICT and typed.fault is None
        edits.append(
            Edit(
                address=address,
                at=row.at,
                typed=typed,
                base=earlier[-1] if earlier else base,
                theirs=now,
                conflict=conflict,
            )
        )
    return RowMerge(
        row=row,
        fresh=theirs is None,
        edits=tuple(edits),
        delivered=tuple(brought),
        deviates=deviates,
        standing=tuple(standing),
        withdrawn=tuple(withdrawn),
        stale=tuple(stale),
    )


_SILENT = frozenset({ID, MARK, STATE, CHECK})
"""Columns that only Deskbook writes and that are put back without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """How much of a desk one save may plausibly change (F4)."""

    least: int = 10
    """Fewer rows than this are never held."""
    missing: float = 0.2
    changed: float = 0.6
    cleared: float = 0.3


def implausible(brake: Brake, shown: int, missing: int, merged: tuple[RowMerge, ...]) -> str | None:
    """Return what is implausible about a save (`missing`, `changed` or `cleared`), or None.

    *shown*: how many records the copy's render showed; *missing*: how many of them have no row any more.
    """
    if shown < brake.least:
        return None
    old = [each for each in merged if not each.fresh]
    changed = sum(1 for each in old if _typed_edits(each))
    cells = sum(sum(1 for value in each.row.base.values() if value is not None) for each in old)
    cleared = sum(
        1 for each in old for edit in each.edits if edit.typed.shown is None and edit.base is not None
    )
    if missing > max(5, brake.missing * shown):
        return "missing"
    if cells and cleared > max(5, brake.cleared * cells):
        return "cleared"
    if changed > max(5, brake.changed * shown):
        return "changed"
    return None


def sorted_apart(merged: tuple[RowMerge, ...], owned: frozenset[FieldKey]) -> bool:
    """Return whether only some columns seem to have been sorted (R13).

    That is so if in three rows or more all that changed in fields the desk does not own is what another row
    of the same sheet showed there.
    """
    shown = [(each.row.id, each.row.base) for each in merged if each.row.base]
    moved = 0
    for each in merged:
        foreign = {
            edit.address.field: edit.typed.value
            for edit in each.edits
            if each.row.base and edit.address.field not in owned and edit.typed.value is not None
        }
        if foreign and any(
            record != each.row.id and all(base.get(key) == value for key, value in foreign.items())
            for record, base in shown
        ):
            moved += 1
    return moved >= _SORTED_APART


_SORTED_APART = 3


def _typed_edits(merged: RowMerge) -> list[Edit]:
    return [edit for edit in merged.edits if edit.address.field not in merged.standing]


def decides(form: Form, field: FieldKey) -> bool:
    """Return whether *field* is a decision or the opinion beside one: never an ordinary value."""
    found = form.field(field)
    return found is not None and found.source in (Source.DECISION, Source.OPINION)
