from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reports.grouping import bars, grouped, listed
from reports.page import ChartKind
from sheet_templates.record import text
from tests.support.pages import english

TITLE = text("plain", value="T")


def amounts(*values: int):
    return tuple((f"n{place}", (Decimal(each),)) for place, each in enumerate(values))


def test_a_pie_folds_the_small_ones_into_one_slice():
    (chart,) = bars(TITLE, ("s",), amounts(5, 4, 3, 2, 1), kind=ChartKind.PIE, most=3)

    assert [english(each) for each in chart.categories] == ["n0", "n1", "3 others"]
    assert chart.series[0].values == (5, 4, 6)


def test_bars_leave_the_small_ones_out_and_say_so():
    (chart,) = bars(TITLE, ("s",), amounts(5, 4, 3, 2, 1), most=3)

    assert chart.categories == ("n0", "n1", "n2")
    assert english(chart.title) == "T: the first 3"


def test_nothing_to_draw_makes_no_chart():
    assert bars(TITLE, ("s",), ()) == ()
    assert bars(TITLE, ("s",), amounts(0, 0)) == ()


@given(st.lists(st.integers(0, 99), min_size=1, max_size=30), st.integers(1, 9))
def test_a_pie_is_always_the_whole(values, most):
    for chart in bars(TITLE, ("s",), amounts(*values), kind=ChartKind.PIE, most=most):
        assert sum(chart.series[0].values) == sum(values)
        assert len(chart.categories) <= most


@given(st.lists(st.integers(-5, 5)))
def test_groups_hold_everything_once_in_order(things):
    found = grouped(things, abs)

    assert sorted(each for own in found.values() for each in own) == sorted(things)
    assert list(found) == list(dict.fromkeys(abs(each) for each in things))


def test_long_lists_of_records_are_cut_with_their_count():
    assert english(listed(("A", "B"))) == "A, B"
    assert english(listed(("A", "B", "C"), most=2)) == "A, B and more, 3 in all"
