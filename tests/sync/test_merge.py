"""The cell table C1–C10, the laws of `choose`, and rows merged cell by cell."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import CHECK, ID, MARK, STATE, FieldKey, FieldType, Role
from sheet_templates.record import Address, Broken, Cell, Problem, Record, RecordId, Value, text
from sync.identity import Row
from sync.merge import (
    Fate,
    RowMerge,
    Typed,
    choose,
    draft_key,
    merge_row,
    title_key,
    untouched,
)
from sync.ports import SheetCopy
from sync.understand import plain
from tests.support.small import field, form
from tests.support.small_company import cells

REP = Role("rep")
FORM = form(
    "order",
    field("name"),
    field("amount", FieldType.MONEY),
    field("buyer", FieldType.LINK, link="customer"),
    field("secret", readers=frozenset({Role("finance")}), owners=["finance"]),
)
ONE = RecordId("one")
VALUES = st.sampled_from(["a", "b", "c", None])


def at(key: str) -> Address:
    return Address(form=FORM.key, record=ONE, field=FieldKey(key))


# The cell table -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "base", "delivered", "mine", "theirs", "session", "fate"),
    [
        ("C1: it holds what the store holds", "a", (), "b", "b", False, Fate.SAME),
        ("C1: nobody changed anything", "a", (), "a", "a", False, Fate.SAME),
        ("C1: an edit that somebody else made as well", "a", ("x",), "b", "b", False, Fate.SAME),
        ("C3: the render showed it, the store went on", "a", (), "a", "b", False, Fate.OLD),
        ("C3: the last save brought it, the store went on", "a", ("b",), "b", "c", False, Fate.OLD),
        ("C3: an older save comes back", "a", ("b", "c"), "b", "c", False, Fate.OLD),
        ("C3: the copy from before the first save comes back", "a", ("b",), "a", "b", False, Fate.OLD),
        ("C3u: an undo in the session that brought the newer one", "a", ("b",), "a", "b", True, Fate.TAKE),
        ("C3u: back to an earlier save", "a", ("b", "c"), "b", "c", True, Fate.TAKE),
        ("C3u: an undo of what somebody changed meanwhile", "a", ("b",), "a", "x", True, Fate.CONFLICT),
        ("C7: edited, and the store is what was shown", "a", (), "b", "a", False, Fate.TAKE),
        ("C7: edited again after a save", "a", ("b",), "c", "b", False, Fate.TAKE),
        ("C7: edited again after a save that was not taken", "a", ("b",), "c", "a", False, Fate.TAKE),
        ("C8: somebody else changed it meanwhile", "a", (), "b", "x", False, Fate.CONFLICT),
        ("C8: somebody else changed it after a save", "a", ("b",), "c", "x", False, Fate.CONFLICT),
        ("C9: cleared", "a", (), None, "a", False, Fate.TAKE),
        ("C9: cleared, and somebody else changed it", "a", (), None, "x", False, Fate.CONFLICT),
        ("C9: filled where nothing was", None, (), "b", None, False, Fate.TAKE),
    ],
)
def test_the_cell_table(row, base, delivered, mine, theirs, session, fate):  # noqa: PLR0917
    assert choose(base=base, delivered=delivered, mine=mine, theirs=theirs, session=session) is fate, row


@given(base=VALUES, delivered=st.lists(VALUES).map(tuple), mine=VALUES, theirs=VALUES, session=st.booleans())
def test_what_the_store_holds_is_never_an_edit(base, delivered, mine, theirs, session):
    fate = choose(base=base, delivered=delivered, mine=mine, theirs=theirs, session=session)

    assert (fate is Fate.SAME) == (mine == theirs)


@given(base=VALUES, delivered=st.lists(VALUES).map(tuple), mine=VALUES, theirs=VALUES)
def test_a_value_that_the_lineage_has_shown_is_never_an_edit(base, delivered, mine, theirs):
    fate = choose(base=base, delivered=delivered, mine=mine, theirs=theirs)

    assert (fate in (Fate.TAKE, Fate.CONFLICT)) == (mine != theirs and mine not in (base, *delivered))


@given(base=VALUES, delivered=st.lists(VALUES).map(tuple), mine=VALUES, theirs=VALUES, session=st.booleans())
def test_what_somebody_else_changed_is_never_overwritten(base, delivered, mine, theirs, session):
    fate = choose(base=base, delivered=delivered, mine=mine, theirs=theirs, session=session)

    if theirs not in (base, *delivered):
        assert fate is not Fate.TAKE


@given(base=VALUES, delivered=st.lists(VALUES).map(tuple), mine=VALUES, theirs=VALUES, session=st.booleans())
def test_a_save_that_is_read_twice_is_taken_once(base, delivered, mine, theirs, session):
    again = choose(base=base, delivered=(*delivered, mine), mine=mine, theirs=theirs, session=session)

    assert again in (Fate.SAME, Fate.OLD)


# Rows -----------------------------------------------------------------------------------------------------


def parse(_row: Row, key: FieldKey, cell: Cell) -> Typed:
    """Understand text as it is and amounts as numbers; `?` and broken cells are faults."""
    shown = plain(cell)
    if isinstance(cell, Broken) or cell == "?":
        return Typed(fault=Problem(what=text("x"), mend=text("x.mend"), field=key), shown=shown)
    if key == "amount" and isinstance(cell, str) and cell:
        return Typed(value=Decimal(cell), shown=shown)
    return Typed(value=shown, shown=shown)


def merged(
    now: Mapping[str, Cell],
    *,
    base: Mapping[str, Value],
    theirs: Mapping[str, Value] | None = None,
    delivered: Mapping[str, tuple[Value, ...]] | None = None,
    fresh: bool = False,
    columns: tuple[str, ...] = ("name", "amount", "buyer"),
    session: bool = False,
) -> RowMerge:
    shown: dict[str, Any] = {**base, **now}
    row = Row(at=3, id=ONE, cells=cells(**{key: shown.get(key) for key in columns}), base=cells(**base))
    sheet = SheetCopy(
        form=FORM.key,
        title="",
        columns={FieldKey(key): at for at, key in enumerate(columns, 1)},
        rows=(),
        last=3,
    )
    store = {**{key: value for key, value in base.items() if key.isidentifier()}, **(theirs or {})}
    return merge_row(
        FORM,
        REP,
        sheet,
        row,
        theirs=None if fresh else Record(form=FORM.key, id=ONE, number="N-1"),
        shows={} if fresh else cells(**store),
        delivered={at(key): values for key, values in (delivered or {}).items()},
        parse=parse,
        session=session,
    )


def edits(merge: RowMerge) -> dict[str, Value]:
    return {each.address.field: each.typed.shown for each in merge.edits}


def test_a_row_as_it_was_rendered_is_no_edit():
    merge = merged({}, base={"name": "Acme", "amount": Decimal(5)})

    assert (merge.edits, merge.delivered, merge.deviates) == ((), (), False)


def test_an_edited_cell_is_an_edit_and_remembered_as_brought():
    merge = merged({"name": "Beta"}, base={"name": "Acme"})

    assert edits(merge) == {"name": "Beta"}
    assert merge.delivered == ((at("name"), "Beta"),)
    assert merge.deviates
    assert not merge.edits[0].conflict


def test_an_edit_names_what_was_there_before():
    again = merged(
        {"name": "Gamma"}, base={"name": "Acme"}, delivered={"name": ("Beta",)}, theirs={"name": "Beta"}
    )

    assert (again.edits[0].base, again.edits[0].theirs, again.edits[0].at) == ("Beta", "Beta", 3)


def test_c2_an_absent_column_is_not_cleared():
    merge = merged({}, base={"name": "Acme", "amount": Decimal(5)}, columns=("amount",))

    assert merge.edits == ()


def test_c2_a_cell_that_a_merge_swallowed_is_not_cleared():
    row = Row(at=3, id=ONE, cells=cells(amount=5), base=cells(name="Acme", amount=Decimal(5)))
    sheet = SheetCopy(form=FORM.key, title="", columns=cells(name=1, amount=2), rows=(), last=3)

    merge = merge_row(
        FORM,
        REP,
        sheet,
        row,
        theirs=Record(form=FORM.key, id=ONE, number="N"),
        shows={},
        delivered={},
        parse=parse,
    )

    assert merge.edits == ()


def test_c3_an_older_value_is_put_back_and_told_once():
    stale = merged({}, base={"name": "a"}, delivered={"name": ("b",)}, theirs={"name": "b"})
    told = merged({}, base={"name": "a"}, delivered={"name": ("b", "a")}, theirs={"name": "b"})

    assert (stale.edits, stale.stale, stale.deviates) == ((), ("name",), True)
    assert (told.edits, told.stale) == ((), ())


def test_c3_what_the_render_showed_is_old_without_a_word():
    merge = merged({"amount": "7"}, base={"name": "a"}, theirs={"name": "b"})

    assert edits(merge) == {"amount": "7"}
    assert merge.stale == ()


def test_c3u_an_undo_in_one_session_is_an_edit():
    merge = merged({}, base={"name": "a"}, delivered={"name": ("b",)}, theirs={"name": "b"}, session=True)

    assert edits(merge) == {"name": "a"}


def test_c5_what_cannot_be_understood_is_an_edit_with_its_fault():
    merge = merged({"amount": "?"}, base={"amount": Decimal(5)})

    assert merge.edits[0].typed.fault is not None
    assert merge.delivered == ((at("amount"), "?"),)


def test_c5_a_broken_cell_is_not_a_clear():
    merge = merged({"amount": Broken(text="#REF!")}, base={"amount": Decimal(5)})

    assert edits(merge) == {"amount": "#REF!"}
    assert merge.edits[0].typed.fault is not None


def test_c8_two_edits_of_one_cell_are_a_conflict_with_both_values():
    merge = merged({"name": "mine"}, base={"name": "a"}, theirs={"name": "theirs"})

    edit = merge.edits[0]
    assert (edit.conflict, edit.base, edit.typed.value, edit.theirs) == (True, "a", "mine", "theirs")


OWN_COLUMNS = (str(ID), str(MARK), str(STATE), str(CHECK), "name")


def test_what_is_typed_into_a_column_that_only_deskbook_writes_is_put_back_and_told_once():
    typed = merged({"state": "Approved"}, base={"state": "Draft"}, columns=OWN_COLUMNS)
    again = merged(
        {"state": "Approved"},
        base={"state": "Draft"},
        columns=OWN_COLUMNS,
        delivered={"state": ("Approved",)},
    )

    assert (edits(typed), typed.deviates) == ({"state": "Approved"}, True)
    assert (edits(again), again.deviates) == ({}, True)


def test_hidden_marks_and_emptied_states_are_put_back_without_a_word():
    mark = merged({"_mark": ",name,"}, base={}, columns=OWN_COLUMNS)
    emptied = merged({"state": None}, base={"state": "Draft"}, columns=OWN_COLUMNS)

    assert (mark.edits, mark.deviates) == ((), True)
    assert (emptied.edits, emptied.deviates) == ((), True)


def test_line_breaks_and_spaces_that_a_program_adds_to_the_check_column_are_no_edit():
    assert not merged({"check": "a\r\nb "}, base={"check": "a\nb"}, columns=OWN_COLUMNS).deviates


def test_a_column_that_the_role_may_not_read_is_not_looked_at():
    merge = merged({"secret": "x"}, base={}, columns=("name", "secret"))

    assert merge.edits == ()


# New rows -------------------------------------------------------------------------------------------------


def test_a_new_row_is_asked_for_with_all_that_stands_in_it_however_often_it_is_saved():
    first = merged({"name": "Acme", "amount": "?"}, base={}, fresh=True)
    again = merged(
        {"name": "Acme", "amount": "5"}, base={}, fresh=True, delivered={"name": ("Acme",), "amount": ("?",)}
    )

    assert edits(first) == {"name": "Acme", "amount": "?"}
    assert edits(again) == {"name": "Acme", "amount": "5"}
    assert again.delivered == ((at("amount"), Decimal(5)),)


def test_an_empty_cell_of_a_new_row_is_nothing():
    assert merged({"name": "Acme", "amount": None}, base={}, fresh=True).edits[1:] == ()


def test_what_was_emptied_again_in_a_new_row_is_withdrawn():
    merge = merged({"name": None}, base={}, fresh=True, delivered={"name": ("Acme",)})

    assert (merge.edits, merge.withdrawn) == ((), ("name",))


# Drafts ---------------------------------------------------------------------------------------------------


def test_a_draft_that_stands_is_tried_again_and_not_brought_anew():
    merge = merged({"amount": "?"}, base={"amount": Decimal(5), draft_key(FieldKey("amount")): "?"})

    assert (edits(merge), merge.standing, merge.delivered, merge.deviates) == (
        {"amount": "?"},
        ("amount",),
        (),
        False,
    )


def test_a_draft_that_is_right_by_now_is_taken():
    merge = merged({"amount": "7"}, base={"amount": Decimal(5), draft_key(FieldKey("amount")): "7"})

    assert edits(merge) == {"amount": "7"}
    assert not merge.edits[0].conflict


def test_a_draft_that_is_right_by_now_is_a_conflict_if_somebody_changed_the_cell():
    base = {"amount": Decimal(5), draft_key(FieldKey("amount")): "7"}

    assert merged({"amount": "7"}, base=base, theirs={"amount": Decimal(6)}).edits[0].conflict


def test_a_draft_that_the_store_holds_by_now_is_withdrawn():
    base = {"amount": Decimal(5), draft_key(FieldKey("amount")): "7"}

    merge = merged({"amount": "7"}, base=base, theirs={"amount": Decimal(7)})

    assert (merge.edits, merge.withdrawn) == ((), ("amount",))


def test_typing_the_old_value_withdraws_a_draft():
    base = {"amount": Decimal(5), draft_key(FieldKey("amount")): "?"}
    shown = merged({"amount": "5"}, base=base)
    unseen = merged({}, base={"amount": Decimal(5)}, delivered={"amount": ("?",)})

    assert (shown.edits, shown.withdrawn) == ((), ("amount",))
    assert (unseen.edits, unseen.withdrawn) == ((), ("amount",)), "the draft had not been shown yet"


def test_mending_a_draft_takes_the_new_value():
    base = {"amount": Decimal(5), draft_key(FieldKey("amount")): "?"}

    merge = merged({"amount": "8"}, base=base)

    assert (edits(merge), merge.withdrawn, merge.standing) == ({"amount": "8"}, (), ())


# Links ----------------------------------------------------------------------------------------------------


def test_a_link_shown_by_a_title_that_has_changed_since_is_no_edit():
    base = {"buyer": "CU-1", title_key(FieldKey("buyer")): "Old name"}

    merge = merged({"buyer": "Old name"}, base=base)

    assert (merge.edits, merge.deviates) == ((), False)


def test_another_title_in_a_link_is_an_edit():
    base = {"buyer": "CU-1", title_key(FieldKey("buyer")): "Old name"}

    assert edits(merged({"buyer": "CU-2"}, base=base)) == {"buyer": "CU-2"}


# Rows that nobody touched -----------------------------------------------------------------------------------


@given(
    now=st.dictionaries(
        st.sampled_from(["name", "amount", "buyer", "check"]), st.sampled_from(["1", "2", "?", "", None])
    ),
    base=st.dictionaries(
        st.sampled_from(["name", "buyer", "check", "~name", "=buyer"]), st.sampled_from(["1", "2", "?"])
    ),
)
def test_a_row_is_untouched_only_if_merging_it_would_find_nothing(now, base):
    columns = ("name", "amount", "buyer", "check")
    row = Row(at=3, id=ONE, cells=cells(**{**dict.fromkeys(columns), **now}), base=cells(**base))
    sheet = SheetCopy(
        form=FORM.key, title="", columns=cells(name=1, amount=2, buyer=3, check=4), rows=(), last=3
    )
    fields = [each for each in FORM.columns(REP) if each.key != ID]

    if untouched(fields, sheet, row, parse):
        record = Record(form=FORM.key, id=ONE, number="N-1")
        shows = {key: value for key, value in row.base.items() if key.isidentifier()}
        merge = merge_row(FORM, REP, sheet, row, theirs=record, shows=shows, delivered={}, parse=parse)
        assert (merge.edits, merge.deviates, merge.standing) == ((), False, ())


def test_a_row_with_a_draft_is_never_untouched():
    row = Row(
        at=3, id=ONE, cells=cells(name="x"), base=cells(name="x", **{draft_key(FieldKey("amount")): "?"})
    )
    sheet = SheetCopy(form=FORM.key, title="", columns=cells(name=1), rows=(), last=3)

    assert not untouched(FORM.columns(REP), sheet, row, parse)


def test_a_row_that_lost_a_column_is_untouched_in_the_others():
    row = Row(at=3, id=ONE, cells=cells(name="x"), base=cells(name="x", amount=Decimal(5)))
    sheet = SheetCopy(form=FORM.key, title="", columns=cells(name=1), rows=(), last=3)

    assert untouched([each for each in FORM.columns(REP) if each.key != ID], sheet, row, parse)
