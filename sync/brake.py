"""The brake: which saves look so much like a mistake that a person is asked before anything of them is taken. Pure.

It looks at one sheet at a time and judges by shares (docs/merge.md, F4 and R13): rows that are gone or emptied, much
that was typed over or emptied, and what changed *alike*: values that went into other rows (a bad sort), that stand a
row too low (a shifted paste), or one value over many different ones (a fill that went too far). Who fills empty
cells is at work, however many they are: so sign-offs and new entries never hold a save.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from sheet_templates.form import CHECK, MARK, NUMBER, STATE, FieldKey
from sheet_templates.record import RecordId, Value
from sync.identity import Row, Shows
from sync.merge import Edit, RowMerge


class Reason(StrEnum):
    """What a save looks like. Each is told in a sentence of its own, `file.held.<reason>`."""

    MISSING = "missing"
    """Rows are gone."""
    EMPTIED = "emptied"
    """Rows are there, with nothing in them."""
    APART = "apart"
    """Columns of others stand in other rows (R13)."""
    SHIFTED = "shifted"
    """The values of a column stand some rows higher or lower."""
    SORTED = "sorted"
    """The values of a column went round among the rows."""
    FILLED = "filled"
    """One value stands where many different ones stood."""
    CLEARED = "cleared"
    """Much of what the rows held was emptied."""
    CHANGED = "changed"
    """Most rows had something typed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """How much of a sheet one save may plausibly change."""

    least: int = 10
    """A sheet with fewer rows than this is never held, but for columns sorted apart."""
    few: int = 5
    """So many rows never hold anything up."""
    missing: float = 0.2
    changed: float = 0.6
    cleared: float = 0.3
    """Of what the edited rows held."""
    alike: float = 0.3
    """Rows whose values went round, stand too low, or were filled with the same."""
    many: int = 20
    """More rows than this are no coincidence, however long the sheet is, where values went round or stand too low."""

    def too_many(self, count: int, share: float, total: int) -> bool:
        """Return whether *count* is more than *share* of *total*, and more than a few."""
        return count > max(self.few, share * total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Implausible:
    """What is implausible about a save."""

    why: Reason
    count: int
    """So many rows,"""
    total: int
    """of so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """What a save did to one sheet."""

    rows: Sequence[Row]
    """As they stand in the file, from the top."""
    merged: Sequence[RowMerge]
    """Those of them in which something was edited."""
    shown: int
    """How many records the copy's render showed."""
    missing: int
    """How many of them have no row any more,"""
    emptied: int
    """and of how many the row is empty."""
    owned: Collection[FieldKey]
    """The columns in which the desk's people may type."""


def judged(brake: Brake, save: Save) -> Implausible | None:
    """Return what is implausible about *save*; None if it may be somebody's work."""

    def found(why: Reason, count: int) -> Implausible:
        return Implausible(why=why, count=count, total=save.shown)

    apart = _sorted_apart(save)
    if apart >= _APART:
        return found(Reason.APART, apart)
    if save.shown < brake.least:
        return None
    gone = save.missing + save.emptied
    if brake.too_many(gone, brake.missing, save.shown):
        return found(Reason.EMPTIED if save.emptied > save.missing else Reason.MISSING, gone)
    old = [each for each in save.merged if not each.fresh]
    alike = _alike(brake, save, old)
    if alike is not None:
        return found(*alike)
    held = sum(1 for each in old for _ in _content(each.row.base))
    emptying = [len(_emptied(each)) for each in old]
    concerned = sum(1 for each in emptying if each)
    if held and brake.too_many(sum(emptying), brake.cleared, held):
        return found(Reason.CLEARED, concerned)
    changed = sum(1 for each in old if _overwritten(each))
    if brake.too_many(changed, brake.changed, save.shown):
        mostly = 2 * concerned > changed
        return found(Reason.CLEARED if mostly else Reason.CHANGED, concerned if mostly else changed)
    return None


_APART: Final = 3

_NEARLY_ALL: Final = 0.8
"""So much of what changed in a column must fit a pattern: people mend one thing and another in the same save."""

_DISTINCT: Final = 3
"""So many different values at least: two that change places are somebody's work."""

_TELLING: Final = 3
"""A value that stood in more rows than this does not say from which of them it came."""


# Columns ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edited:
    """One cell that holds another value than before."""

    record: RecordId
    at: int
    """The how-manieth row of the sheet it is."""
    old: Value
    new: Value


_Column: TypeAlias = "list[_Edited]"


def _alike(brake: Brake, save: Save, old: Iterable[RowMerge]) -> tuple[Reason, int] | None:
    """Return how the values of a column changed alike, and in how many rows."""
    places = {row.id: at for at, row in enumerate(save.rows)}
    columns = _columns(old, places)
    moved = min(brake.alike * save.shown, brake.many) / max(save.shown, 1)
    shares = {Reason.SHIFTED: moved, Reason.SORTED: moved, Reason.FILLED: brake.alike}
    concerned: defaultdict[Reason, set[RecordId]] = defaultdict(set)
    for key, edits in columns.items():
        if _shifted(edits, _before(save.rows, key, edits)):
            concerned[Reason.SHIFTED].update(_typed_over(edits))
        elif _went_round(edits):
            concerned[Reason.SORTED].update(_typed_over(edits))
        else:
            concerned[Reason.FILLED].update(_filled_over(brake, edits))
    for why, share in shares.items():
        if brake.too_many(len(concerned[why]), share, save.shown):
            return why, len(concerned[why])
    return None


def _columns(old: Iterable[RowMerge], places: Mapping[RecordId, int]) -> Mapping[FieldKey, _Column]:
    found: defaultdict[FieldKey, _Column] = defaultdict(list)
    for merged in old:
        for edit in merged.edits:
            key = edit.address.field
            if key in merged.standing or merged.row.id not in places:
                continue
            edited = _Edited(record=merged.row.id, at=places[merged.row.id], old=edit.base, new=_new(edit))
            if edited.old != edited.new:
                found[key].append(edited)
    return found


def _before(rows: Sequence[Row], key: FieldKey, edits: Iterable[_Edited]) -> list[Value]:
    """Return what stood in a column, row by row, before it was edited."""
    stood = [row.base.get(key) for row in rows]
    for edit in edits:
        stood[edit.at] = edit.old
    return stood


def _shifted(edits: _Column, stood: Sequence[Value]) -> bool:
    """Return whether nearly all that changed in a column is what stood just so many rows above, or below."""
    where: defaultdict[Value, list[int]] = defaultdict(list)
    for at, value in enumerate(stood):
        if value is not None:
            where[value].append(at)
    came: defaultdict[int, list[Value]] = defaultdict(list)
    for edit in edits:
        sources = where.get(edit.new, []) if edit.new is not None else []
        for source in sources if len(sources) <= _TELLING else ():
            if source != edit.at:
                came[edit.at - source].append(edit.new)
    best = max(came.values(), key=len, default=[])
    return len(best) >= _NEARLY_ALL * len(edits) and len(set(best)) >= _DISTINCT


def _went_round(edits: _Column) -> bool:
    """Return whether nearly all that came into the cells of a column is what stood in others of them."""
    left, came = Counter(each.old for each in edits), Counter(each.new for each in edits)
    both = left & came
    values = {each for each in both if each is not None}
    return both.total() >= _NEARLY_ALL * len(edits) and len(values) >= _DISTINCT


def _typed_over(edits: Iterable[_Edited]) -> Iterator[RecordId]:
    return (each.record for each in edits if each.old is not None)


def _filled_over(brake: Brake, edits: _Column) -> Iterable[RecordId]:
    """Return the rows in which one value stands where many different ones stood."""
    over = [each for each in edits if each.old is not None and each.new is not None]
    value, count = next(iter(Counter(each.new for each in over).most_common(1)), (None, 0))
    filled = [each for each in over if each.new == value]
    stood = len({each.old for each in filled})
    return [each.record for each in filled] if stood > max(brake.few, count / 2) else ()


# Rows -------------------------------------------------------------------------------------------------------------


def _sorted_apart(save: Save) -> int:
    """Return in how many rows all that changed in columns of others is what another such row showed there."""
    shown = [(each.row.id, each.row.base) for each in save.merged if each.row.base]
    moved = 0
    for each in save.merged:
        foreign = {
            edit.address.field: edit.typed.value
            for edit in each.edits
            if each.row.base and edit.address.field not in save.owned and edit.typed.value is not None
        }
        if foreign and any(
            record != each.row.id and all(base.get(key) == value for key, value in foreign.items())
            for record, base in shown
        ):
            moved += 1
    return moved


def _overwritten(merged: RowMerge) -> list[Edit]:
    """Return where something else was typed over what stood there. Who fills empty cells, or signs, is at work."""
    return [
        edit for edit in merged.edits if edit.base is not None and edit.address.field not in merged.standing
    ]


def _emptied(merged: RowMerge) -> list[Edit]:
    return [edit for edit in _overwritten(merged) if edit.typed.shown is None]


def _new(edit: Edit) -> Value:
    return edit.typed.value if edit.typed.fault is None else edit.typed.shown


def _content(base: Shows) -> Iterator[FieldKey]:
    """Yield the columns that people fill in which a row showed something."""
    system = (NUMBER, STATE, CHECK, MARK)
    return (
        key for key, value in base.items() if value is not None and key not in system and key.isidentifier()
    )
