"""Who may type where (C4, R14)."""

from decimal import Decimal

import pytest

from sheet_templates.form import NUMBER, Desk, DeskKey, FieldKey, FieldType, Form, Role, Source
from sheet_templates.record import Address, Problem, RecordId, Severity, Shown, Value, named, text
from sync.identity import Row
from sync.merge import Edit, RowMerge, Typed
from sync.ownership import check
from tests.support.small import field, form
from tests.support.small_company import cells

FORM = form(
    "order",
    field("name", owners=["rep"]),
    field("price", FieldType.MONEY, owners=["manager", "finance"]),
    field("total", FieldType.MONEY, owners=()),
    adders=["rep"],
)
SIGNED = form(
    "claim",
    field("name", owners=["manager"]),
    field("submit", source=Source.SUBMIT, owners=["manager"]),
    field("boss_manager", source=Source.DECISION, owners=["manager"]),
    field("boss_manager_opinion", source=Source.OPINION, owners=["manager"]),
    adders=["manager"],
)
REP = Desk(key=DeskKey("P-1"), name="Rae", role=Role("rep"), people=("P-1",))
MANAGER = Desk(key=DeskKey("P-2"), name="Mo", role=Role("manager"), people=("P-2",))


def merge(*edits: Edit, fresh: bool = False, **copied: Value) -> RowMerge:
    origin = RecordId("two") if copied else None
    return RowMerge(
        row=Row(at=7, id=RecordId("one"), cells={}, base={}, copied_from=origin, copied=cells(**copied)),
        fresh=fresh,
        edits=edits,
        delivered=(),
        deviates=True,
        standing=(),
        withdrawn=(),
        stale=(),
    )


def edit(key: str, shown: Shown, fault: Problem | None = None) -> Edit:
    return Edit(
        address=Address(form=FORM.key, record=RecordId("one"), field=FieldKey(key)),
        at=7,
        typed=Typed(value=None if fault else shown, fault=fault, shown=shown),
        base=None,
        theirs=None,
        conflict=False,
    )


def test_an_edit_of_ones_own_field_is_kept():
    kept, problems = check(FORM, REP, merge(edit("name", "Acme")))

    assert [each.typed.value for each in kept] == ["Acme"]
    assert problems == ()


def test_c4_an_edit_of_somebody_elses_field_is_refused_with_its_owners_and_what_was_typed():
    kept, (problem,) = check(FORM, REP, merge(edit("price", Decimal("12.5"))))

    assert kept == ()
    owners = text("and", one=text("role.finance"), other=text("role.manager"))
    assert problem.what == text(
        "ownership.field", owners=owners, label=named(FORM.field(FieldKey("price")).labels)
    )
    assert problem.mend == text("ownership.field.mend", owners=owners)
    assert (problem.value, problem.row, problem.desk, problem.severity) == ("12.5", 7, "P-1", Severity.NOTICE)
    assert (problem.form, problem.record, problem.field) == ("order", "one", "price")


@pytest.mark.parametrize("key", ["total", "state", "check"])
def test_what_deskbook_itself_fills_in_belongs_to_nobody(key):
    kept, (problem,) = check(FORM, REP, merge(edit(key, "99")))

    assert kept == ()
    assert problem.what == text("ownership.daemon")


def test_the_number_of_a_record_never_changes():
    kept, (problem,) = check(FORM, REP, merge(edit(NUMBER, "X-1")))

    assert kept == ()
    assert problem.what == text("ownership.number")


def test_a_new_row_may_be_called_by_a_provisional_number():
    kept, problems = check(FORM, REP, merge(edit(NUMBER, "新1"), edit("name", "Acme"), fresh=True))

    assert [each.typed.value for each in kept] == ["新1", "Acme"]
    assert problems == ()


def test_empty_cells_of_a_new_row_are_no_edits():
    kept, problems = check(FORM, REP, merge(edit("name", "Acme"), edit("price", None), fresh=True))

    assert [each.address.field for each in kept] == ["name"]
    assert problems == ()


def test_clearing_ones_own_cell_is_an_edit_and_clearing_anothers_is_refused():
    kept, (problem,) = check(FORM, REP, merge(edit("name", None), edit("price", None)))

    assert [each.address.field for each in kept] == ["name"]
    assert problem.value is None


def test_r9_what_a_copied_row_brings_of_others_was_not_typed():
    kept, problems = check(
        FORM, REP, merge(edit("name", "Acme"), edit("price", 9), fresh=True, name="Acme", price=9)
    )

    assert [each.address.field for each in kept] == ["name"]
    assert problems == ()


def test_r9_what_is_typed_over_others_fields_of_a_copied_row_is_told():
    _, (problem,) = check(FORM, REP, merge(edit("name", "Acme"), edit("price", 8), fresh=True, price=9))

    assert (problem.field, problem.value) == ("price", "8")


@pytest.mark.parametrize("key", ["submit", "boss_manager", "boss_manager_opinion"])
def test_r9_neither_a_sign_off_nor_the_request_for_one_travels_with_a_copy(key):
    kept, problems = check(
        SIGNED, MANAGER, merge(edit("name", "Acme"), edit(key, "yes"), fresh=True, **{key: "yes"})
    )
    typed, _ = check(SIGNED, MANAGER, merge(edit("name", "Acme"), edit(key, "yes"), fresh=True, name="Acme"))

    assert ([each.address.field for each in kept], problems) == (["name"], ())
    assert [each.address.field for each in typed] == ["name", key]


def test_r14_a_new_row_in_a_desk_that_may_not_add_any_is_refused_with_all_that_was_typed():
    kept, (problem,) = check(
        FORM, MANAGER, merge(edit("name", "Acme"), edit("price", Decimal(5)), fresh=True)
    )

    assert kept == ()
    assert problem.what == text("ownership.add", owners=text("role.rep"))
    assert (problem.value, problem.severity) == ("Acme | 5", Severity.ERROR)


def test_r14_a_form_to_which_only_deskbook_adds_says_so():
    only = Form(key=FORM.key, labels=FORM.labels, fields=FORM.fields, number=FORM.number, help=FORM.help)

    _, (problem,) = check(only, REP, merge(edit("name", "Acme"), fresh=True))

    assert problem.what == text("ownership.add", owners=text("role.daemon"))


def test_r14_an_empty_new_row_is_nothing_to_speak_of():
    assert check(FORM, MANAGER, merge(edit("name", None), fresh=True)) == ((), ())


def test_a_column_that_the_form_does_not_have_is_nothing():
    assert check(FORM, REP, merge(edit("no_such_field", "x"))) == ((), ())


def test_what_cannot_be_understood_is_still_a_question_of_who_typed_it():
    fault = Problem(what=text("x"), mend=text("x.mend"))

    kept, (problem,) = check(FORM, REP, merge(edit("name", "?", fault), edit("price", "abc", fault)))

    assert [each.typed.fault for each in kept] == [fault]
    assert (problem.what.key, problem.value) == ("ownership.field", "abc")
