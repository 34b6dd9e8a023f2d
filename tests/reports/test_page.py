from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page import (
    Chart,
    ChartKind,
    Column,
    Figure,
    Kind,
    Row,
    Series,
    Table,
    Tone,
    mailed_rows,
    totalled,
    with_total,
)

NAME, MONEY = Column(label="who"), Column(label="money", kind=Kind.MONEY, summed=True)


@pytest.mark.parametrize(
    ("value", "before", "change"),
    [
        (150, 100, "0.5"),
        (50, 100, "-0.5"),
        (-50, -100, "0.5"),
        (5, 0, None),
        (5, None, None),
        (None, 5, None),
    ],
)
def test_growth_is_the_share_of_the_period_before(value, before, change):
    figure = Figure(label="", value=_decimal(value), before=_decimal(before))

    assert figure.change == _decimal(change)


@pytest.mark.parametrize(
    ("growth", "value", "tone"),
    [
        (Tone.GOOD, 2, Tone.GOOD),
        (Tone.GOOD, 0, Tone.BAD),
        (Tone.BAD, 2, Tone.BAD),
        (Tone.BAD, 0, Tone.GOOD),
        (Tone.PLAIN, 2, Tone.PLAIN),
        (Tone.GOOD, 1, Tone.PLAIN),
    ],
)
def test_a_change_is_news_only_by_what_growth_means(growth, value, tone):
    assert Figure(label="", value=Decimal(value), before=Decimal(1), growth=growth).tone is tone


def test_a_row_that_does_not_fit_its_columns_is_a_bug():
    with pytest.raises(ValueError, match="1 cells in a table of 2 columns"):
        Table(title="", columns=(NAME, MONEY), rows=(Row(cells=("only",)),))


def test_a_series_that_does_not_fit_its_categories_is_a_bug():
    with pytest.raises(ValueError, match="1 values for 2 categories"):
        Chart(
            title="",
            kind=ChartKind.BAR,
            categories=("a", "b"),
            series=(Series(label="", values=(Decimal(1),)),),
        )


@pytest.mark.parametrize("values", [(Decimal(-1),), (None,)])
def test_a_pie_of_negative_or_unknown_values_is_a_bug(values):
    with pytest.raises(ValueError, match="pie"):
        Chart(title="", kind=ChartKind.PIE, categories=("a",), series=(Series(label="", values=values),))


def test_a_total_grows_like_its_columns():
    columns = (NAME, MONEY, MONEY, Column(label="change", kind=Kind.PERCENT, compares=(1, 2)))
    rows = (
        Row(cells=("a", Decimal(30), Decimal(10), Decimal(2)), numbers=("1", "2")),
        Row(cells=("b", None, Decimal(10), None), numbers=("2", "3")),
    )

    total = totalled("all", columns, rows)

    assert total.cells == ("all", 30, 20, Decimal("0.5"))
    assert total.numbers == ("1", "2", "3")


def test_a_table_without_rows_gets_no_total():
    assert with_total(Table(title="", columns=(NAME, MONEY), rows=())).total is None


@given(st.lists(st.decimals(-1000, 1000, places=2), max_size=30), st.integers(1, 40))
def test_what_a_mail_shows_adds_up_to_the_total(amounts, mailed):
    rows = tuple(Row(cells=(str(place), each)) for place, each in enumerate(amounts))
    table = with_total(Table(title="", columns=(NAME, MONEY), rows=rows, mailed=mailed))

    shown = mailed_rows(table)

    assert len(shown) <= mailed + 1
    assert sum(row.cells[1] for row in shown) == sum(amounts)


def test_a_list_without_total_is_cut_short():
    rows = tuple(Row(cells=(str(each),)) for each in range(5))

    assert mailed_rows(Table(title="", columns=(NAME,), rows=rows, mailed=2)) == rows[:2]


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
