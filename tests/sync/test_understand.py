"""What a desk's cells say: parsed by the field's type, once for each different content."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheet_templates.form import NUMBER, FieldKey, FieldType, FormKey
from sheet_templates.record import Broken, Flaw
from sync.understand import Understanding, plain
from tests.support.known import Known
from tests.support.small import field, form

FORM = form(
    "order",
    field("name"),
    field("amount", FieldType.MONEY),
    field("paid", FieldType.YES_NO),
    field("due", FieldType.DATE),
    field("buyer", FieldType.LINK, link="customer"),
)
AMOUNT, NAME, BUYER = map(FieldKey, ("amount", "name", "buyer"))


class Counting(Known):
    """Counts how often it is asked."""

    asked = 0

    def numbered(self, form: FormKey, typed: str) -> str | None:
        self.asked += 1
        return super().numbered(form, typed)


@pytest.fixture
def understanding() -> Understanding:
    return Understanding(look_up=Counting({"customer": {"CU-1": "Acme"}}))


def test_a_cell_is_understood_by_its_fields_type(understanding):
    typed = understanding.typed(FORM, AMOUNT, "１，２００.5")

    assert (typed.value, typed.fault, typed.shown) == (Decimal("1200.50"), None, "１，２００.5")
    assert understanding.typed(FORM, NAME, 12.0).value == "12"
    assert understanding.typed(FORM, BUYER, "acme").value == "CU-1"


def test_what_cannot_be_understood_keeps_what_was_typed_beside_its_fault(understanding):
    typed = understanding.typed(FORM, AMOUNT, "about ten")

    assert typed.fault is not None
    assert typed.fault.what.key == "number.not_a_number"
    assert (typed.value, typed.shown) == (None, "about ten")


def test_a_broken_cell_is_a_fault_and_shows_what_stood_there(understanding):
    typed = understanding.typed(FORM, AMOUNT, Broken(text="=A1", flaw=Flaw.FORMULA))

    assert typed.fault is not None
    assert typed.shown == "=A1"


@pytest.mark.parametrize("called", ["新1", "?", "x" * 40])
def test_a_provisional_number_may_look_like_anything(understanding, called):
    typed = understanding.typed(FORM, NUMBER, called)

    assert (typed.fault, typed.shown) == (None, called)


def test_even_a_provisional_number_that_no_file_can_hold_is_no_fault(understanding):
    assert understanding.typed(FORM, NUMBER, "\ud800").fault is None


def test_a_broken_number_is_shown_as_it_stands(understanding):
    typed = understanding.typed(FORM, NUMBER, Broken(text="#REF!"))

    assert (typed.value, typed.fault, typed.shown) == (None, None, "#REF!")


def test_equal_content_of_one_column_is_parsed_once():
    look_up = Counting({"customer": {"CU-1": "Acme"}})
    understanding = Understanding(look_up=look_up)

    first = understanding.typed(FORM, BUYER, "CU-1")
    asked = look_up.asked

    assert understanding.typed(FORM, BUYER, "CU-1") is first
    assert look_up.asked == asked
    assert understanding.parsed(FORM, BUYER, "CU-1") == first
    assert look_up.asked > asked


def test_true_is_not_one(understanding):
    """As keys of a dictionary they are equal."""
    assert understanding.typed(FORM, AMOUNT, 1).value == Decimal("1.00")
    assert understanding.typed(FORM, AMOUNT, True).fault is not None
    assert understanding.typed(FORM, AMOUNT, 1.0).value == Decimal("1.00")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, None),
        ("", None),
        ("text", "text"),
        (True, True),
        (7, Decimal(7)),
        (0.1, Decimal("0.1")),
        (Decimal("1.50"), Decimal("1.50")),
        (dt.datetime(2026, 11, 3, 0, 0), dt.date(2026, 11, 3)),
        (dt.datetime(2026, 11, 3, 9, 30, tzinfo=dt.UTC), "2026-11-03 09:30:00"),
        (dt.date(2026, 11, 3), dt.date(2026, 11, 3)),
        (dt.time(9, 30), dt.time(9, 30)),
        (Broken(text="#N/A"), "#N/A"),
    ],
)
def test_what_was_typed_can_be_kept_and_shown_again(cell, shown):
    assert plain(cell) == shown
    assert type(plain(cell)) is type(shown)


@given(
    st.one_of(
        st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.times()
    )
)
def test_what_is_shown_again_is_understood_alike(cell):
    understanding = Understanding(look_up=Known({}))
    for key in (each.key for each in FORM.fields):
        first = understanding.parsed(FORM, key, cell)
        shown = plain(cell)
        again = understanding.parsed(FORM, key, shown)
        assert (first.value, first.fault is None) == (again.value, again.fault is None)
