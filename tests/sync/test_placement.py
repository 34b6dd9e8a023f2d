"""Which cells a render writes: what is shown equals what was wanted, and no row ever moves."""

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import ID, FieldKey, FieldType, Role
from sheet_templates.record import Cell, RecordId, Value
from sync.identity import Shows
from sync.merge import draft_key, left_key, title_key
from sync.placement import FIRST_ROW, SPARE, SheetPlace, SheetPlan, empty_place, place_of, plan, show_cell
from sync.ports import RowCopy, SheetCopy
from tests.support.ids import SequentialIds
from tests.support.small import field, form
from tests.support.small_company import cells

NAME, NOTE, BUYER = map(FieldKey, ("name", "note", "buyer"))
FORM = form("order", field("name"), field("note"), field("buyer", FieldType.LINK, link="customer"))
REP, FINANCE = Role("rep"), Role("finance")
COLUMNS = frozenset(each.key for each in FORM.columns(REP))
INSTEAD = "(too long)"
LONG = "長" * 32_768
Sheet = dict[int, dict[FieldKey, Cell]]


def planned(
    place: SheetPlace,
    wanted: Iterable[tuple[str, Shows | None]],
    *,
    base: Mapping[RecordId, Shows] | None = None,
    deviating: Iterable[str] = (),
    role: Role = REP,
    spare: int = 4,
    ids: SequentialIds | None = None,
) -> SheetPlan:
    return plan(
        FORM,
        role,
        place,
        [(RecordId(record), shows) for record, shows in wanted],
        base=base or {},
        deviating=frozenset(map(RecordId, deviating)),
        show=lambda _key, value: value,
        instead=INSTEAD,
        new_id=(ids or SequentialIds("s")).new,
        spare=spare,
    )


def puts(plan_: SheetPlan) -> dict[tuple[int, str], Any]:
    found = {(each.at, str(each.field)): each.shown for each in plan_.patch.puts}
    assert len(found) == len(plan_.patch.puts), "a cell is written twice"
    return found


def carried_out(sheet: Sheet, plan_: SheetPlan) -> Sheet:
    new = {at: dict(row) for at, row in sheet.items()}
    for each in plan_.patch.puts:
        new.setdefault(each.at, {})[each.field] = each.shown
    return new


def filled(sheet: Sheet) -> dict[str, dict[str, Cell]]:
    """Return what the sheet's rows show, by id; rows that show nothing are left out."""
    shown: dict[str, dict[str, Cell]] = {}
    for row in sheet.values():
        said = {str(key): cell for key, cell in row.items() if key != ID and cell is not None}
        if said:
            assert row.get(ID) not in shown, f"{row.get(ID)} stands twice"
            shown[str(row.get(ID))] = said
    return shown


# Texts that no cell can hold ------------------------------------------------------------------------------


def test_a_text_that_no_cell_can_hold_is_told_in_its_place_and_is_not_claimed():
    place = empty_place(FORM, REP)
    first = planned(place, [("r1", cells(name="Acme", note="short"))], spare=0)
    base = {RecordId("r1"): first.shown[RecordId("r1")] or {}}

    made = planned(place, [("r1", cells(name="Acme", note=LONG))], base=base, spare=0)

    assert puts(made) == {(3, "note"): INSTEAD}
    assert made.untold == ((3, NOTE),)
    shows = {**cells(name="Acme", note="short"), left_key(NOTE): INSTEAD}
    assert made.shown == {"r1": shows}
    again = planned(place, [("r1", cells(name="Beta", note=LONG))], base={RecordId("r1"): shows}, spare=0)
    assert puts(again) == {(3, "name"): "Beta"}
    mended = planned(place, [("r1", cells(name="Beta", note="x"))], base={RecordId("r1"): shows}, spare=0)
    assert (puts(mended)[3, "note"], mended.untold) == ("x", ())
    assert mended.shown == {"r1": cells(name="Beta", note="x")}


def test_what_was_typed_and_no_program_could_write_stays_where_it_stands():
    rows = (RowCopy(at=3, id=RecordId("r1"), cells=cells(name="Acme", note=LONG)),)
    copy = SheetCopy(form=FORM.key, title="order", columns=dict.fromkeys(COLUMNS, 1), rows=rows, last=3)
    base = {RecordId("r1"): cells(name="Acme", note="short")}
    place = place_of(copy, base, {})
    wanted = {**cells(name="Acme", note="short"), draft_key(NOTE): LONG}

    here = planned(place, [("r1", wanted)], base=base, deviating=["r1"], spare=0)
    anew = planned(empty_place(FORM, REP), [("r1", wanted)], spare=0)

    assert (3, "note") not in puts(here)
    assert here.shown == {"r1": wanted}
    assert puts(anew)[3, "note"] == INSTEAD
    assert anew.shown == {"r1": {**cells(name="Acme", note="short"), left_key(NOTE): INSTEAD}}
    assert here.untold == anew.untold == (), "that is told already: it is not taken"


# One row --------------------------------------------------------------------------------------------------


def test_a_new_desk_shows_its_records_from_the_third_row_on_and_ends_in_stamped_empty_rows():
    place = empty_place(FORM, REP)

    made = planned(place, [("r1", cells(name="Acme")), ("r2", cells(name="Beta"))], spare=2)

    written = puts(made)
    assert written[FIRST_ROW, "_id"] == "r1"
    assert (written[3, "name"], written[4, "name"]) == ("Acme", "Beta")
    assert [written[at, "_id"] for at in (5, 6)] == ["saaaaaaaaaaa", "saaaaaaaaaab"]
    assert dict(made.shown) == {
        "r1": {"name": "Acme"},
        "r2": {"name": "Beta"},
        "saaaaaaaaaaa": {},
        "saaaaaaaaaab": {},
    }


def test_a_sheet_to_which_a_role_may_not_add_ends_in_no_stamped_rows():
    assert planned(empty_place(FORM, FINANCE), [], role=FINANCE).patch.puts == ()


def test_of_a_row_only_the_cells_that_differ_are_written():
    base = {RecordId("r1"): cells(name="Acme", note="x")}
    place = SheetPlace(rows={RecordId("r1"): 9}, last=9, columns=COLUMNS)

    made = planned(place, [("r1", cells(name="Acme", note="y"))], base=base, spare=0)

    assert puts(made) == {(9, "note"): "y"}
    assert dict(made.shown) == {"r1": {"name": "Acme", "note": "y"}}


def test_a_row_that_is_as_it_was_is_not_written():
    base = {RecordId("r1"): cells(name="Acme")}
    place = SheetPlace(rows={RecordId("r1"): 9}, last=9, columns=COLUMNS)

    made = planned(place, [("r1", cells(name="Acme"))], base=base, spare=0)

    assert (made.patch.puts, dict(made.shown)) == ((), {})


def test_a_row_that_deviates_is_written_whole():
    base = {RecordId("r1"): cells(name="Acme")}
    place = SheetPlace(rows={RecordId("r1"): 9}, last=9, columns=COLUMNS)

    made = planned(place, [("r1", cells(name="Acme"))], base=base, deviating=["r1"], spare=0)

    written = puts(made)
    assert (written[9, "name"], written[9, "_id"], written[9, "note"]) == ("Acme", "r1", None)
    assert {key for _, key in written} == {str(key) for key in COLUMNS}


def test_what_is_no_longer_shown_is_emptied_and_its_row_is_not_used_again():
    base = {RecordId("r1"): cells(name="Acme")}
    place = SheetPlace(rows={RecordId("r1"): 3}, last=3, columns=COLUMNS)

    made = planned(place, [("r1", None), ("r2", cells(name="Beta"))], base=base, spare=0)

    written = puts(made)
    assert (written[3, "name"], written[3, "_id"]) == (None, None)
    assert written[4, "name"] == "Beta"
    assert dict(made.shown) == {"r1": None, "r2": {"name": "Beta"}}


def test_what_was_not_shown_need_not_be_taken_away():
    made = planned(SheetPlace(columns=COLUMNS), [("r1", None)], spare=0)

    assert (made.patch.puts, dict(made.shown)) == ((), {})


def test_a_record_made_of_a_stamped_row_stays_in_it():
    base = {RecordId("s1"): cells(), RecordId("s2"): cells()}
    place = SheetPlace(spare=[(3, RecordId("s1")), (4, RecordId("s2"))], last=4, columns=COLUMNS)

    made = planned(place, [("s2", cells(name="Acme"))], base=base, spare=0)

    assert puts(made) == {(4, "name"): "Acme"}
    assert place.spare == [(3, "s1")]


def test_a_record_of_another_desk_takes_the_first_stamped_row():
    place = SheetPlace(spare=[(3, RecordId("s1")), (4, RecordId("s2"))], last=4, columns=COLUMNS)

    made = planned(place, [("r1", cells(name="Acme"))], spare=0)

    assert puts(made)[3, "_id"] == "r1"
    assert place.spare == [(4, "s2")]


def test_stamped_rows_are_topped_up_once_half_of_them_are_used():
    enough = SheetPlace(spare=[(at, RecordId(f"s{at}")) for at in range(3, 6)], last=5, columns=COLUMNS)
    few = SheetPlace(spare=[(3, RecordId("s3")), (4, RecordId("s4"))], last=4, columns=COLUMNS)

    assert planned(enough, [], spare=4).patch.puts == ()
    assert len(planned(few, [], spare=4).patch.puts) == 2
    assert len(few.spare) == 4


def test_a_column_that_the_sheet_has_lost_is_not_written():
    made = planned(SheetPlace(columns=frozenset({NAME})), [("r1", cells(name="Acme", note="x"))], spare=0)

    assert puts(made) == {(3, "_id"): "r1", (3, "name"): "Acme"}


# What a cell shows ------------------------------------------------------------------------------------------


def test_a_cell_shows_the_draft_before_the_title_before_the_value():
    both = {BUYER: "CU-1", title_key(BUYER): "Acme", draft_key(BUYER): "Acne"}

    assert show_cell(both, BUYER, lambda _key, value: value) == "Acne"
    assert show_cell({BUYER: "CU-1", title_key(BUYER): "Acme"}, BUYER, lambda _key, value: value) == "Acme"
    assert show_cell({BUYER: "CU-1"}, BUYER, lambda _key, value: f"<{value}>") == "<CU-1>"
    assert show_cell({}, BUYER, lambda _key, value: value) is None


def test_a_link_whose_record_was_renamed_is_written_although_its_value_is_the_same():
    base = {RecordId("r1"): {BUYER: "CU-1", title_key(BUYER): "Old"}}
    place = SheetPlace(rows={RecordId("r1"): 3}, last=3, columns=COLUMNS)

    made = planned(place, [("r1", {BUYER: "CU-1", title_key(BUYER): "New"})], base=base, spare=0)

    assert puts(made) == {(3, "buyer"): "New"}


def test_a_draft_that_was_withdrawn_gives_the_cell_back():
    base = {RecordId("r1"): {NOTE: "x", draft_key(NOTE): "?"}}
    place = SheetPlace(rows={RecordId("r1"): 3}, last=3, columns=COLUMNS)

    assert puts(planned(place, [("r1", {NOTE: "x"})], base=base, spare=0)) == {(3, "note"): "x"}


# A sheet that was read -----------------------------------------------------------------------------------------


def read(*rows: RowCopy, last: int | None = None) -> SheetCopy:
    at = {key: place for place, key in enumerate(sorted(COLUMNS), 1)}
    return SheetCopy(
        form=FORM.key,
        title="",
        columns=at,
        rows=rows,
        last=last or max((each.at for each in rows), default=2),
    )


def copy(at: int, id_: str | None, **values: Cell) -> RowCopy:
    return RowCopy(at=at, id=None if id_ is None else RecordId(id_), cells=cells(**values))


def test_a_sheet_is_read_into_filled_rows_and_stamped_ones():
    base = {RecordId("r1"): cells(name="Acme"), RecordId("gone"): cells(name="x"), RecordId("s1"): cells()}

    place = place_of(
        read(
            copy(3, "r1", name="Acme"),
            copy(4, None, name="?"),
            copy(5, "gone"),
            copy(6, "s1", name=None),
            last=8,
        ),
        base,
        {},
    )

    assert place.rows == {"r1": 3, "gone": 5}
    assert place.spare == [(6, "s1")]
    assert place.last == 8


def test_ids_that_the_reading_gave_go_before_those_in_the_file():
    place = place_of(
        read(copy(3, "r1", name="Acme"), copy(4, "r1", name="Acme"), copy(5, None, name="New")),
        {RecordId("r1"): cells(name="Acme")},
        {4: RecordId("copied"), 5: RecordId("new")},
    )

    assert place.rows == {"r1": 3, "copied": 4, "new": 5}


def test_of_a_doubled_id_the_first_row_is_the_records():
    place = place_of(
        read(copy(3, "r1", name="A"), copy(4, "r1", name="B")), {RecordId("r1"): cells(name="A")}, {}
    )

    assert place.rows == {"r1": 3}


def test_an_empty_sheet_begins_below_the_header():
    assert place_of(read(last=1), {}, {}).last == FIRST_ROW - 1


# Laws -----------------------------------------------------------------------------------------------------

SHOWS = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from([NAME, NOTE, draft_key(NOTE), title_key(BUYER), BUYER]), st.sampled_from("xyz")
    ),
)
RENDERS = st.lists(st.dictionaries(st.sampled_from(["r1", "r2", "r3", "r4"]), SHOWS), max_size=6)


@given(RENDERS)
def test_after_any_renders_the_sheet_shows_what_was_wanted_and_no_row_has_moved(renders):
    ids = SequentialIds("s")
    place, sheet = empty_place(FORM, REP), Sheet()
    base: dict[RecordId, Shows] = {}
    stood: dict[str, int] = {}
    wanted: dict[str, dict[str, Value]] = {}
    for each in renders:
        made = planned(place, each.items(), base=base, ids=ids)
        sheet = carried_out(sheet, made)
        for record, shows in made.shown.items():
            if shows is None:
                base.pop(record, None)
            else:
                base[record] = shows
        wanted |= {
            record: {
                str(key): show_cell(shows, key, lambda _key, value: value)
                for key in (NAME, NOTE, BUYER)
                if show_cell(shows, key, lambda _key, value: value) is not None
            }
            for record, shows in each.items()
            if shows is not None
        }
        for record in [record for record, shows in each.items() if shows is None]:
            wanted.pop(record, None)
            stood.pop(record, None)

        assert filled(sheet) == {record: shown for record, shown in wanted.items() if shown}
        where = {str(record): at for record, at in place.rows.items()}
        assert all(where[record] == at for record, at in stood.items()), "a row moved"
        assert all(sheet[at][ID] == record for record, at in where.items())
        stood = where
        stamped = [at for at, record in place.spare if sheet[at][ID] == record]
        assert len(stamped) == len(place.spare) > 0, "there is always an empty row to type into"


def test_a_sheet_has_enough_room_for_a_days_work():
    assert len(puts(planned(empty_place(FORM, REP), [], spare=SPARE))) == SPARE >= 10
