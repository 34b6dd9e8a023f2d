"""Which saves look like a mistake (F4, R13): each reason by itself, and what is somebody's work however much it is."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Address, RecordId, Value
from sync.brake import Brake, Implausible, Reason, Save, judged
from sync.identity import Row
from sync.merge import Edit, RowMerge, Typed

OWNED = frozenset(map(FieldKey, ("name", "note", "phone", "klass", "sign")))
Cells = Mapping[str, Value]


def edited(row: Row, now: Cells, *, fresh: bool = False, standing: Sequence[str] = ()) -> RowMerge:
    """Return a row in which the cells hold *now*."""
    edits = tuple(
        Edit(
            address=Address(form=FormKey("customer"), record=row.id, field=FieldKey(key)),
            at=row.at,
            typed=Typed(value=value, shown=value),
            base=row.base.get(FieldKey(key)),
            theirs=row.base.get(FieldKey(key)),
            conflict=False,
        )
        for key, value in now.items()
        if value != row.base.get(FieldKey(key)) or fresh
    )
    return RowMerge(
        row=row,
        fresh=fresh,
        edits=edits,
        delivered=(),
        deviates=True,
        standing=tuple(map(FieldKey, standing)),
        withdrawn=(),
        stale=(),
    )


def shown(count: int, **more: Value) -> list[dict[str, Value]]:
    """Return what a sheet showed: names, notes and phones that differ, two classes, and *more*."""
    return [
        {"name": f"n{at}", "note": f"text {at}", "phone": f"555-{at}", "klass": "AB"[at % 2], **more}
        for at in range(count)
    ]


def save(
    before: Sequence[Cells], after: Sequence[Cells], *, missing: int = 0, emptied: int = 0, fresh: int = 0
) -> Save:
    """Return a save that made *after* of *before*, row by row."""
    rows = [
        Row(
            at=3 + at,
            id=RecordId(f"r{at}"),
            cells={},
            base={FieldKey(key): value for key, value in each.items()},
        )
        for at, each in enumerate(before)
    ]
    pairs = zip(rows, after, strict=True)
    merged = [merge for row, now in pairs if (merge := edited(row, {**row.base, **now})).edits]
    new = [Row(at=900 + at, id=RecordId(f"new{at}"), cells={}, base={}) for at in range(fresh)]
    merged += [edited(row, {"name": row.id, "note": "same"}, fresh=True) for row in new]
    return Save(
        rows=(*rows, *new),
        merged=tuple(merged),
        shown=len(before) + missing,
        missing=missing,
        emptied=emptied,
        owned=OWNED,
    )


def why(found: Save) -> tuple[str, int] | None:
    held = judged(Brake(), found)
    return None if held is None else (held.why.value, held.count)


def column(before: Sequence[Cells], key: str, values: Sequence[Value]) -> list[Cells]:
    """Return the rows with other values in one column."""
    return [{key: value} for _, value in zip(before, values, strict=True)]


def values(before: Sequence[Cells], key: str) -> list[Value]:
    return [each.get(key) for each in before]


@pytest.mark.parametrize(
    ("shown_", "missing", "emptied", "held"),
    [
        (9, 9, 0, None),
        (24, 6, 0, None),
        (23, 7, 0, ("missing", 7)),
        (5, 5, 0, None),
        (24, 2, 5, ("emptied", 7)),
        (25, 5, 2, ("missing", 7)),
    ],
)
def test_f4_rows_that_are_gone_and_rows_that_are_empty_count_together(shown_, missing, emptied, held):
    before = shown(shown_ if held or shown_ > 9 else 0)
    assert why(save(before, [{}] * len(before), missing=missing, emptied=emptied)) == held


def test_f4_much_typed_over_is_held_and_as_much_filled_in_is_not():
    """A clerk who signs thirty rows in one go, a department that fills in its column, a fill-down into empty cells."""
    before = shown(30)

    assert why(save(before, column(before, "sign", ["agree"] * 30))) is None
    assert why(save(before, [{"note": f"new {at}"} for at in range(19)] + [{}] * 11)) == ("changed", 19)
    assert why(save(before, [{"note": f"new {at}"} for at in range(18)] + [{}] * 12)) is None


def test_f4_new_rows_hold_nothing_up():
    assert why(save(shown(12), [{}] * 12, fresh=60)) is None


def test_f4_drafts_that_stand_hold_nothing_up():
    row = Row(at=3, id=RecordId("r"), cells={}, base={FieldKey("note"): "old"})
    merged = tuple(edited(row, {"note": "?"}, standing=["note"]) for _ in range(30))
    assert (
        judged(Brake(), Save(rows=[row], merged=merged, shown=30, missing=0, emptied=0, owned=OWNED)) is None
    )


@pytest.mark.parametrize(
    ("columns", "rows", "held"),
    [
        (("note",), 30, ("cleared", 30)),
        (("note", "phone"), 12, ("cleared", 12)),
        (("note",), 12, None),
        (("note", "phone"), 2, None),
    ],
)
def test_f4_emptied_cells_are_told_from_those_typed_over(columns, rows, held):
    before = shown(30)
    assert why(save(before, [dict.fromkeys(columns)] * rows + [{}] * (30 - rows))) == held


# What changed alike -------------------------------------------------------------------------------------------------


def test_a_paste_one_row_too_low_is_shifted():
    before = shown(30)
    notes = values(before, "note")
    pasted = [*notes[:4], *notes[3:23], *notes[24:]]

    assert why(save(before, column(before, "note", pasted))) == ("shifted", 20)


def test_a_cell_inserted_above_shifts_all_below_it_and_the_last_one_falls_off():
    before = shown(30)
    assert why(save(before, column(before, "phone", [None, *values(before, "phone")[:-1]]))) == (
        "shifted",
        30,
    )


@pytest.mark.parametrize("by", [1, 2, 7, -3])
def test_however_far_it_is_shifted(by):
    before = shown(40)
    notes = values(before, "note")
    moved = notes[-by:] + notes[:-by]

    assert why(save(before, column(before, "note", moved))) == ("shifted", 40)


def test_a_sort_of_single_columns_of_ones_own_is_sorted():
    before = shown(30)
    after = [
        {"note": note, "phone": phone}
        for note, phone in zip(
            sorted(values(before, "note"), key=str, reverse=True),
            sorted(values(before, "phone"), key=str, reverse=True),
            strict=True,
        )
    ]
    assert why(save(before, after)) == ("sorted", 30)


def test_a_sort_in_which_other_things_were_mended_too_is_still_a_sort():
    before = shown(30)
    notes = sorted(values(before, "note"), key=lambda each: str(each)[::-1])
    notes[3], notes[17] = "mended", "mended too"
    held = why(save(before, column(before, "note", notes)))

    assert held is not None
    assert held[0] == "sorted"


def test_a_few_rows_of_a_long_sheet_are_held_if_their_values_went_round():
    """A thousand rows, of which somebody sorted thirty."""
    before = shown(1000)
    notes = values(before, "note")
    notes[100:130] = sorted(notes[100:130], key=lambda each: str(each)[::-1])
    moved = sum(1 for one, other in zip(notes, values(before, "note"), strict=True) if one != other)

    assert moved > 20
    assert why(save(before, column(before, "note", notes))) == ("sorted", moved)


def test_one_value_over_many_different_ones_is_filled():
    before = shown(30)
    assert why(save(before, [{}] * 3 + [{"phone": "555-3"}] * 12 + [{}] * 15)) == ("filled", 11)


def test_setting_a_status_is_work_however_many_rows_it_concerns():
    """Half of the rows had one of two classes; now they have the other one."""
    before = shown(30)
    assert why(save(before, [{"klass": "A"}] * 30)) is None


def test_two_people_who_change_their_customers_are_at_work():
    before = [{**each, "owner": "Rae" if at < 8 else "Roy"} for at, each in enumerate(shown(16))]
    swapped = ["Roy"] * 8 + ["Rae"] * 8
    found = judged(Brake(changed=1), save(before, column(before, "owner", swapped)))

    assert found is None or found.why is Reason.APART, "no column of one's own went round"
    names = [{**each, "klass": "Rae" if at < 8 else "Roy"} for at, each in enumerate(shown(16))]
    assert judged(Brake(changed=1), save(names, column(names, "klass", swapped))) is None


@given(st.lists(st.integers(0, 10**6), min_size=12, max_size=40, unique=True))
def test_what_is_typed_anew_never_looks_moved_or_filled(new):
    before = shown(len(new))
    found = judged(Brake(changed=1), save(before, [{"note": Decimal(each)} for each in new]))
    assert found is None


@given(st.permutations(range(24)), st.sampled_from(["note", "phone"]))
def test_no_permutation_of_many_values_goes_unseen(order, key):
    before = shown(24)
    stood = values(before, key)
    moved = sum(1 for at, to in enumerate(order) if at != to)
    found = judged(Brake(), save(before, column(before, key, [stood[each] for each in order])))

    assert (found is not None and found.why in (Reason.SORTED, Reason.SHIFTED)) == (moved > 7)


# R13 ----------------------------------------------------------------------------------------------------------------


def test_r13_columns_of_others_sorted_apart_are_recognised_in_the_shortest_sheet():
    before = [{"name": f"n{at}", "owner": f"o{at}"} for at in range(4)]
    after = column(before, "owner", ["o1", "o2", "o0", "o3"])

    assert judged(Brake(), save(before, after)) == Implausible(why=Reason.APART, count=3, total=4)
    assert why(save(before[:2], column(before[:2], "owner", ["o1", "o0"]))) is None, (
        "two may be a coincidence"
    )


def test_r13_values_that_no_other_row_showed_are_not_sorted():
    before = [{"name": f"n{at}", "owner": f"o{at}"} for at in range(4)]
    assert why(save(before, column(before, "owner", ["x", "y", "z", "w"]))) is None
