import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page import Kind
from reports.written import change, plain, written
from sheet_templates.form import Labels, Lang
from sheet_templates.record import text
from tests.support.company import words


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("1234567.5", Kind.MONEY, "1,234,567.50"),
        ("0.005", Kind.MONEY, "0.01"),
        ("-0.001", Kind.MONEY, "0.00"),
        ("-12.3", Kind.MONEY, "-12.30"),
        ("0.1255", Kind.PERCENT, "12.6 %"),
        ("-1", Kind.PERCENT, "-100.0 %"),
        ("1234", Kind.NUMBER, "1,234"),
        ("1E+3", Kind.NUMBER, "1,000"),
        ("2.50", Kind.NUMBER, "2.50"),
        ("2.00", Kind.NUMBER, "2"),
    ],
)
def test_numbers_are_written_for_people(value, kind, shown):
    assert plain(Decimal(value), kind) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        ("0.125", "▲ 12.5 %"),
        ("-0.5", "▼ 50.0 %"),
        ("0", "= 0 %"),
        ("0.0001", "= 0 %"),
        ("9.5", "▲ 950.0 %"),
    ],
)
def test_growth_has_a_direction_that_needs_no_colour(value, shown):
    assert change(None if value is None else Decimal(value)) == shown


def test_every_sort_of_cell_can_be_written():
    labels = Labels(zh_hant="訂單", zh_hans="订单", en="Order")
    cells = ("=1+1", labels, text("yes"), dt.date(2026, 1, 2), Decimal("1.5"), None)

    assert [written(each, Kind.MONEY, words(), Lang.ZH_HANS) for each in cells] == [
        "=1+1",
        "订单",
        "是",
        "2026-01-02",
        "1.50",
        "",
    ]


@given(st.decimals(-(10**12), 10**12, places=2))
def test_money_read_again_is_the_same(value):
    assert Decimal(plain(value, Kind.MONEY).replace(",", "")) == value
