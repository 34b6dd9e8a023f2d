"""The row table R1–R14: which record each row is. No row is lost, none is read twice, order does not matter."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Cell, RecordId, Value
from sync.identity import Identified, Shows, identify
from sync.merge import draft_key
from sync.ports import RowCopy, SheetCopy
from tests.support.ids import SequentialIds
from tests.support.small_company import cells

KEYS = "name", "note"


def row(at: int, id_: str | None, **values: Cell) -> RowCopy:
    own = None if id_ is None else RecordId(id_)
    return RowCopy(at=at, id=own, cells=cells(**{**dict.fromkeys(KEYS), **values}))


def shows(**of: Mapping[str, Value]) -> dict[RecordId, Shows]:
    return {RecordId(record): cells(**values) for record, values in of.items()}


def identified(
    *rows: RowCopy,
    base: Mapping[RecordId, Shows] | None = None,
    adopted: Mapping[RecordId, Shows] | None = None,
    elsewhere: Mapping[RecordId, Shows] | None = None,
    known: tuple[str, ...] = (),
    another: tuple[str, ...] = (),
) -> Identified:
    sheet = SheetCopy(
        form=FormKey("order"), title="", columns=cells(name=1, note=2), rows=rows, last=len(rows) + 2
    )
    return identify(
        sheet,
        base or {},
        adopted=adopted or {},
        elsewhere=lambda record: (elsewhere[record],) if elsewhere and record in elsewhere else (),
        known=lambda record: record in known,
        like=lambda _key, cell, value: cell == value,
        another=lambda copy: copy.id in another,
        new_id=SequentialIds("new").new,
    )


def ids(found: Identified) -> list[tuple[int, str]]:
    return [(each.at, "new" if each.id.startswith("new") else str(each.id)) for each in found.rows]


BASE = shows(r1={"name": "Acme"}, r2={"name": "Beta", "note": "x"}, r3={})


def test_r1_a_row_is_known_by_its_id_wherever_it_stands():
    found = identified(row(9, "r1", name="Acme"), row(3, "r2", name="Beta"), base=BASE)

    assert ids(found) == [(3, "r2"), (9, "r1")]
    assert found.rows[1].base == {"name": "Acme"}


def test_r2_a_row_that_is_gone_is_missing():
    assert identified(row(3, "r1", name="Acme"), base=BASE).missing == ("r2",)


def test_r6_a_row_that_was_emptied_is_there_and_empty():
    found = identified(row(3, "r1"), row(4, "r2", name="Beta"), base=BASE)

    assert ids(found) == [(3, "r1"), (4, "r2")]
    assert found.missing == ()


def test_a_stamped_row_that_nobody_filled_is_nothing_and_not_missing_if_it_goes():
    assert identified(row(3, "r3"), base=shows(r3={})) == Identified(rows=(), missing=())
    assert identified(base=shows(r3={})) == Identified(rows=(), missing=())


def test_r7_a_stamped_row_that_was_filled_is_new_with_its_id():
    found = identified(row(5, "r3", name="New"), base=shows(r3={}))

    assert ids(found) == [(5, "r3")]
    assert found.rows[0].base == {}


def test_r7_a_stamped_row_that_another_copy_filled_with_something_else_is_another_row():
    found = identified(row(5, "r3", name="New"), base=shows(r3={}), known=("r3",), another=("r3",))

    assert ids(found) == [(5, "new")]


def test_r8_a_row_without_an_id_is_new():
    found = identified(row(7, None, name="New"))

    assert ids(found) == [(7, "new")]
    assert found.rows[0].copied_from is None


def test_r8_a_row_without_an_id_is_what_an_earlier_save_of_this_copy_brought():
    found = identified(
        row(7, None, name="New", note="changed"),
        row(8, None, name="Other"),
        adopted=shows(a1={"name": "New", "note": "first"}),
    )

    assert ids(found) == [(7, "a1"), (8, "new")]


def test_r8_the_likest_row_is_matched_first():
    adopted = shows(a1={"name": "New", "note": "same"})

    found = identified(
        row(3, None, name="Inserted", note="same"), row(4, None, name="New", note="same"), adopted=adopted
    )

    assert ids(found) == [(3, "new"), (4, "a1")]


def test_r8_each_adopted_record_is_matched_once():
    adopted = shows(a1={"name": "New"}, a2={"name": "New"})

    found = identified(
        row(3, None, name="New"), row(4, None, name="New"), row(5, None, name="New"), adopted=adopted
    )

    assert sorted(each for _, each in ids(found)) == ["a1", "a2", "new"]


def test_r8_an_adopted_record_that_stands_there_with_its_id_is_not_matched_again():
    found = identified(row(3, "a1", name="New"), row(4, None, name="New"), adopted=shows(a1={"name": "New"}))

    assert ids(found) == [(3, "a1"), (4, "new")]


def test_r9_of_copied_rows_the_one_closest_to_what_was_shown_keeps_the_id():
    found = identified(
        row(3, "r2", name="Beta", note="changed"), row(4, "r2", name="Beta", note="x"), base=BASE
    )

    assert ids(found) == [(3, "new"), (4, "r2")]
    assert found.rows[0].copied_from == "r2"
    assert found.rows[1].copied_from is None


def test_r9_identical_copies_too_are_rows_of_their_own():
    found = identified(*(row(at, "r2", name="Beta", note="x") for at in (3, 4, 5)), base=BASE)

    assert [each for _, each in ids(found)] == ["r2", "new", "new"]


def test_r9_a_copy_says_whose_it_is_and_what_stands_beside_it():
    copied = RowCopy(at=4, id=RecordId("r2"), cells=cells(name="Beta", number="N-2"))

    found = identified(row(3, "r2", name="Beta", note="x"), copied, base=BASE)

    assert found.rows[1].copied_from == "r2"
    assert found.rows[1].beside == cells(name="Beta", note="x")


def test_r9_a_copy_that_was_saved_before_is_the_row_that_it_was():
    found = identified(
        row(3, "r2", name="Beta", note="x"),
        row(4, "r2", name="Beta", note="mine"),
        base=BASE,
        adopted=shows(a1={"name": "Beta", "note": "mine"}),
    )

    assert ids(found) == [(3, "r2"), (4, "a1")]
    assert found.rows[1].copied_from == "r2"


def test_r9_of_a_stamped_row_filled_and_copied_one_keeps_the_id():
    found = identified(row(3, "r3", name="One"), row(4, "r3", name="Two"), base=shows(r3={}))

    assert ids(found) == [(3, "r3"), (4, "new")]
    assert found.rows[1].copied_from is None, "there was nothing to copy: it was dragged down"


def test_what_a_render_remembers_beside_its_cells_does_not_make_rows_alike():
    base = {RecordId("r2"): {FieldKey("name"): "Beta", draft_key(FieldKey("note")): "x"}}

    found = identified(row(3, "r2", name="Other"), row(4, "r2", name="Beta"), base=base)

    assert ids(found) == [(3, "new"), (4, "r2")]


def test_r10_a_row_that_another_render_showed_this_desk_is_merged_against_that():
    found = identified(row(3, "r8", name="Late"), known=("r8",), elsewhere=shows(r8={"name": "Shown"}))

    assert ids(found) == [(3, "r8")]
    assert found.rows[0].base == {"name": "Shown"}


def test_r11_a_record_that_this_desk_was_never_shown_becomes_a_new_row():
    foreign = RowCopy(at=3, id=RecordId("r9"), cells=cells(name="Theirs", number="N-9"))

    found = identified(foreign, known=("r9",))

    assert ids(found) == [(3, "new")]
    assert found.rows[0].foreign


def test_r12_an_id_that_nobody_knows_is_a_new_row():
    found = identified(row(3, "zz", name="New"))

    assert ids(found) == [(3, "new")]
    assert not found.rows[0].foreign


@pytest.mark.parametrize("blank", [None, ""])
def test_a_row_without_id_and_content_is_nothing(blank):
    assert identified(row(3, None, name=blank)).rows == ()


# Laws -----------------------------------------------------------------------------------------------------

KNOWN = ("r1", "r2", "r8", "r9")
SHEETS = st.lists(
    st.tuples(
        st.sampled_from([None, "r1", "r2", "r3", "r8", "r9", "a1", "zz"]),
        st.sampled_from([None, "Acme", "Beta", "New"]),
        st.sampled_from([None, "x", "y"]),
    ),
    max_size=8,
)


def read(rows: list[tuple[Any, ...]], places: list[int] | None = None) -> Identified:
    at = places or list(range(3, 3 + len(rows)))
    copies = sorted(
        (row(here, id_, name=name, note=note) for here, (id_, name, note) in zip(at, rows, strict=True)),
        key=lambda each: each.at,
    )
    return identified(
        *copies,
        base=BASE,
        adopted=shows(a1={"name": "New", "note": "x"}),
        elsewhere=shows(r8={"name": "Shown"}),
        known=KNOWN,
    )


@given(SHEETS)
def test_no_row_is_lost_and_none_is_read_twice(rows):
    found = read(rows)

    filled = [
        at
        for at, (id_, name, note) in enumerate(rows, 3)
        if name is not None or note is not None or (id_ in ("r1", "r2") and rows_with(rows, id_) == 1)
    ]
    there = [each.at for each in found.rows]
    assert sorted(set(there)) == there
    assert set(filled) <= set(there)


def rows_with(rows: list[tuple[Any, ...]], id_: str) -> int:
    return sum(1 for each in rows if each[0] == id_)


@given(SHEETS)
def test_ids_are_unique(rows):
    found = [each.id for each in read(rows).rows]

    assert len(set(found)) == len(found)


@given(SHEETS)
def test_what_is_missing_is_not_there_and_everything_shown_is_one_or_the_other(rows):
    found = read(rows)

    assert not set(found.missing) & {each.id for each in found.rows}
    assert {"r1", "r2"} <= set(found.missing) | {each.id for each in found.rows}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["r1", "r2", "r3", "r8", "r9", "a1", "zz"]),
            st.sampled_from([None, "Acme", "Beta", "New"]),
            st.sampled_from([None, "x", "y"]),
        ),
        unique_by=lambda each: each[0],
    ),
    st.randoms(use_true_random=False),
)
def test_sorting_a_sheet_changes_no_rows_identity(rows, random):
    places = list(range(3, 3 + len(rows)))
    random.shuffle(places)

    assert said(read(rows)) == said(read(rows, places))


def said(found: Identified) -> list[tuple[Any, ...]]:
    """Return what was found without the rows' places and the ids of what is new."""
    return sorted(
        (
            "new" if each.id.startswith("new") else str(each.id),
            each.foreign,
            str(sorted((key, str(cell)) for key, cell in each.cells.items())),
        )
        for each in found.rows
    )
