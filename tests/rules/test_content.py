"""Tests for what a sign-off is about."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rules.content import content_hash, lines_of, material_changes, material_fields, material_values
from sheet_templates.record import Record
from tests.support.book import CLAIM, FORMS
from tests.support.small import Shelf, record

MATERIAL = material_fields(CLAIM, FORMS)


def line(number: str, **values: object) -> Record:
    return record("claim_line", number, claim="CL-1", **values)  # type: ignore[arg-type]


def digest(claim: Record, *lines: Record) -> str:
    return content_hash(CLAIM, claim, lines, FORMS)


amounts = st.decimals(-1000, 1000, places=2)


@given(st.lists(amounts, max_size=5), st.randoms())
def test_the_order_of_the_lines_does_not_matter(costs, random):
    claim = record("claim", "CL-1", what="Fair")
    lines = [line(str(n), cost=cost) for n, cost in enumerate(costs)]
    shuffled = list(lines)
    random.shuffle(shuffled)

    assert digest(claim, *lines) == digest(claim, *shuffled)


@given(st.lists(amounts, min_size=1, max_size=5), st.data())
def test_any_changed_added_or_missing_line_is_another_content(costs, data):
    claim = record("claim", "CL-1", what="Fair")
    lines = [line(str(n), cost=cost) for n, cost in enumerate(costs)]
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines[:at], line(str(at), cost=costs[at] + 1), *lines[at + 1 :]]

    assert digest(claim, *lines) != digest(claim, *changed)
    assert digest(claim, *lines) != digest(claim, *lines[:at], *lines[at + 1 :])
    assert digest(claim, *lines) != digest(claim, *lines, lines[at])


def test_how_a_number_is_written_does_not_matter_and_what_is_not_material_neither():
    one = record("claim", "CL-1", amount=Decimal("12.50"), note="a")
    same = record("claim", "CL-1", amount=Decimal("12.5"), note="b")
    zero = (record("claim", "CL-1", amount=Decimal("0.00")), record("claim", "CL-1", amount=Decimal("-0")))

    assert digest(one) == digest(same)
    assert digest(zero[0]) == digest(zero[1])
    assert digest(one) != digest(record("claim", "CL-1", amount=Decimal("12.51")))
    assert digest(one, line("1", note="a")) == digest(one, line("1", note="b"))


def test_an_empty_field_differs_from_zero():
    assert digest(record("claim", "CL-1")) != digest(record("claim", "CL-1", amount=Decimal(0)))


def test_a_value_cannot_pretend_to_be_two_fields():
    one = record("claim", "CL-1", what='a", "kind": "big')
    other = record("claim", "CL-1", what="a", kind="big")

    assert digest(one) != digest(other)


def test_lines_are_those_that_name_the_record():
    claim, mine, others = record("claim", "CL-1"), line("1"), record("claim_line", "2", claim="CL-2")

    assert lines_of(CLAIM, claim, FORMS, Shelf(claim, mine, others)) == (mine,)
    assert lines_of(CLAIM, record("claim", ""), FORMS, Shelf(claim, mine)) == ()


def changes(signed: Record, now: Record, *lines: Record) -> list[tuple[str, str, str]]:
    found = material_changes(now, lines, material_values(signed, (), MATERIAL), MATERIAL)
    return [(each.field, each.old, each.new) for each in found]


def test_changes_say_old_and_new_beyond_the_tolerance():
    signed = record("claim", "CL-1", what="Fair", amount=Decimal(100))

    assert changes(signed, signed) == []
    assert changes(signed, record("claim", "CL-1", what="Fair", amount=Decimal(102))) == []
    assert changes(signed, record("claim", "CL-1", what="Fair", amount=Decimal("102.01"))) == [
        ("amount", "100", "102.01")
    ]
    assert changes(signed, record("claim", "CL-1", amount=Decimal(98))) == [("what", "Fair", "")]
    assert changes(signed, record("claim", "CL-1", what="Fair")) == [("amount", "100", "")]
    assert changes(signed, signed, line("1", cost=Decimal(5))) == [("cost", "", "5")]


def test_a_tolerance_of_nothing_tolerates_nothing():
    signed = record("claim", "CL-1", amount=Decimal(0))

    assert changes(signed, record("claim", "CL-1", amount=Decimal("0.01"))) == [("amount", "0", "0.01")]
