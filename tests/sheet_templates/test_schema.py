import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheet_templates.form import (
    Choice,
    Field,
    FieldKey,
    FieldType,
    Form,
    FormKey,
    Labels,
    Lang,
    Role,
    Source,
    Stage,
)
from sheet_templates.record import RecordId
from sheet_templates.schema import check_rows, schema_of
from tests.support import shipped

WORDS = shipped.words()


def labels(en):
    return Labels(zh_hant=f"{en}（繁）", zh_hans=f"{en}（简）", en=en)


FORM = Form(
    key=FormKey("thing"),
    labels=labels("Things"),
    help=labels("Help"),
    number="T-{n}",
    fields=(
        Field(key=FieldKey("name"), type=FieldType.TEXT, labels=labels("Name"), required=Stage.SAVE, unique=True, max_length=10),
        Field(key=FieldKey("code"), type=FieldType.TEXT, labels=labels("Code"), pattern=r"[A-Z]{2}\d", help=labels("Two letters and a digit.")),
        Field(key=FieldKey("plain"), type=FieldType.TEXT, labels=labels("Plain"), pattern=r"\d"),
        Field(key=FieldKey("count"), type=FieldType.NUMBER, labels=labels("Count"), integer=True, minimum=Decimal(1), maximum=Decimal(9)),
        Field(key=FieldKey("share"), type=FieldType.PERCENT, labels=labels("Share"), maximum=Decimal("0.5")),
        Field(key=FieldKey("kind"), type=FieldType.CHOICE, labels=labels("Kind"), choices=(Choice(key="a", labels=labels("A")), Choice(key="b", labels=labels("B")))),
        Field(key=FieldKey("later"), type=FieldType.TEXT, labels=labels("Later"), required=Stage.SUBMIT),
        Field(key=FieldKey("sum"), type=FieldType.MONEY, labels=labels("Sum"), source=Source.COMPUTED, computed="1"),
        Field(key=FieldKey("on"), type=FieldType.DATE, labels=labels("On")),
        Field(key=FieldKey("ok"), type=FieldType.YES_NO, labels=labels("Ok")),
    ),
)  # fmt: skip
GOOD = {
    "name": "One",
    "code": "AB1",
    "plain": "7",
    "count": Decimal(3),
    "share": Decimal("0.5"),
    "kind": "a",
    "on": dt.date(2026, 1, 2),
    "ok": True,
}


def checked(*rows: dict[str, object]):
    found = check_rows(FORM, {RecordId(f"r{at}"): row for at, row in enumerate(rows, start=1)})
    return [(each.record, each.field, each.what.key) for each in found]


def test_rows_in_order_are_no_problem():
    assert checked(GOOD, {**GOOD, "name": "Two"}, {"name": "Three"}) == []


def test_no_rows_are_no_problem():
    assert checked() == []


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("name", None, "schema.required"),
        ("name", "x" * 11, "schema.max_length"),
        ("code", "ab1", "schema.pattern"),
        ("code", "AB1 ", "schema.pattern"),
        ("count", Decimal("2.5"), "schema.integer"),
        ("count", Decimal(0), "schema.minimum"),
        ("count", Decimal(10), "schema.maximum"),
        ("share", Decimal("0.51"), "schema.maximum"),
        ("kind", "c", "schema.choices"),
    ],
)
def test_each_demand_is_a_problem_of_the_cell_that_breaks_it(field, value, what):
    assert checked({**GOOD, "name": "Other"}, {**GOOD, field: value}) == [("r2", field, what)]


def test_a_missing_column_that_is_required_is_found_in_every_row():
    assert checked({"count": Decimal(1)}, {}) == [
        ("r1", "name", "schema.required"),
        ("r2", "name", "schema.required"),
    ]


def test_one_wrong_cell_never_hides_another_and_is_told_once():
    found = checked(
        {**GOOD, "name": None, "code": "x", "count": Decimal("10.5"), "share": Decimal(2), "kind": "z"},
        {**GOOD, "count": Decimal(-1)},
    )

    assert found == [
        ("r1", "name", "schema.required"),
        ("r1", "code", "schema.pattern"),
        ("r1", "count", "schema.integer"),
        ("r1", "share", "schema.maximum"),
        ("r1", "kind", "schema.choices"),
        ("r2", "count", "schema.minimum"),
    ]


def test_equal_texts_in_a_unique_field_are_found_however_they_are_written():
    found = checked({"name": "訂單 甲"}, {"name": "乙"}, {"name": "订单甲"})

    assert found == [("r1", "name", "schema.unique"), ("r3", "name", "schema.unique")]


def test_what_is_required_later_or_computed_is_not_asked_for_on_saving():
    assert checked({"name": "One"}) == []


@pytest.mark.parametrize("lang", list(Lang))
def test_every_problem_can_be_said_in_every_language(lang):
    found = check_rows(
        FORM,
        {
            RecordId("r1"): {
                "name": "x" * 11,
                "code": "?",
                "plain": "?",
                "count": Decimal("0.5"),
                "share": Decimal(2),
                "kind": "z",
            },
            RecordId("r2"): {"name": "same", "count": Decimal(0)},
            RecordId("r3"): {"name": "same", "count": Decimal(99)},
            RecordId("r4"): {},
        },
    )

    assert len(found) == 11
    for each in found:
        assert WORDS.say(each.what, lang)
        assert WORDS.say(each.mend, lang)


def test_the_words_name_field_value_and_limit():
    (problem,) = check_rows(FORM, {RecordId("r1"): {**GOOD, "share": Decimal("0.755")}})

    assert WORDS.say(problem.what, Lang.EN) == "75.5% is too large for Share; it must be at most 50%."
    assert WORDS.say(problem.mend, Lang.EN) == "Enter 50% or less."
    assert (problem.form, problem.record, problem.field) == ("thing", "r1", "share")


def test_a_pattern_is_explained_by_the_fields_help():
    (problem,) = check_rows(FORM, {RecordId("r1"): {**GOOD, "code": "?"}})

    assert WORDS.say(problem.mend, Lang.EN) == "Two letters and a digit."


def test_a_schema_is_made_once_for_the_same_fields():
    assert schema_of(FORM) is schema_of(FORM)


def test_every_shipped_form_has_a_schema_with_all_its_fields():
    for form in shipped.forms().values():
        assert list(schema_of(form).columns) == [each.key for each in form.fields]


VALUES = {
    "name": st.one_of(st.none(), st.sampled_from(["One", "one", "Two", "x" * 11])),
    "code": st.one_of(st.none(), st.sampled_from(["AB1", "ab1"])),
    "count": st.one_of(st.none(), st.decimals(-1, 11, places=1)),
    "share": st.one_of(st.none(), st.decimals(0, 1, places=1)),
    "kind": st.sampled_from([None, "a", "b", "c"]),
}


def plainly_wrong(rows):
    """The same demands, said in a loop."""
    names = [row["name"].casefold() for row in rows if row["name"]]
    for at, row in enumerate(rows, start=1):
        name, code, count, share, kind = (row[key] for key in VALUES)
        if name is None or len(name) > 10 or names.count(name.casefold()) > 1:
            yield f"r{at}", "name"
        if code == "ab1":
            yield f"r{at}", "code"
        if count is not None and not (1 <= count <= 9 and count == int(count)):
            yield f"r{at}", "count"
        if share is not None and share > Decimal("0.5"):
            yield f"r{at}", "share"
        if kind == "c":
            yield f"r{at}", "kind"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.fixed_dictionaries(VALUES), max_size=5))
def test_pandera_finds_exactly_what_a_plain_loop_finds(rows):
    assert {(record, field) for record, field, _ in checked(*rows)} == set(plainly_wrong(rows))


def test_roles_are_choices_of_people():
    people = shipped.forms()[FormKey("people")]
    rows = {RecordId("r1"): {"name": "Wang", "role": "rep"}, RecordId("r2"): {"name": "Li", "role": "boss"}}
    (problem,) = check_rows(people, rows)

    assert (problem.record, problem.field) == ("r2", "role")
    assert Role("rep") in {each.key for each in people.field(FieldKey("role")).choices}
