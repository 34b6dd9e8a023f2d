import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.period import Period, PeriodKind
from sheet_templates.form import Lang
from tests.support.company import words

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
KINDS = st.sampled_from(list(PeriodKind))


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("2026-10-05", dt.date(2026, 10, 5), dt.date(2026, 10, 5)),
        ("2026-W45", dt.date(2026, 11, 2), dt.date(2026, 11, 8)),
        ("2026-W53", dt.date(2026, 12, 28), dt.date(2027, 1, 3)),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("2026-12", dt.date(2026, 12, 1), dt.date(2026, 12, 31)),
    ],
)
def test_a_key_names_its_first_and_last_day(key, start, end):
    period = Period.parse(key)

    assert (period.start, period.end, period.key) == (start, end, key)


@pytest.mark.parametrize(
    "key",
    [
        "2026",
        "2026-13",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-02-30",
        "26-10",
        "2026-1",
        "",
        "２０２６-10",
    ],
)
def test_a_key_that_names_no_period_is_refused(key):
    with pytest.raises(ValueError, match=r"day|month|week|Invalid"):
        Period.parse(key)


def test_a_week_belongs_to_the_year_of_its_thursday():
    assert Period.holding(PeriodKind.WEEK, dt.date(2027, 1, 1)).key == "2026-W53"
    assert Period.holding(PeriodKind.WEEK, dt.date(2024, 12, 30)).key == "2025-W01"


def test_a_period_cannot_begin_in_its_middle():
    with pytest.raises(ValueError, match="does not begin"):
        Period(kind=PeriodKind.MONTH, start=dt.date(2026, 10, 2))


@given(KINDS, DAYS)
def test_a_day_lies_in_its_period_and_in_no_neighbour(kind, day):
    period = Period.holding(kind, day)

    assert day in period
    assert day not in period.previous
    assert day not in period.next


@given(KINDS, DAYS)
def test_periods_follow_each_other_without_a_gap(kind, day):
    period = Period.holding(kind, day)

    assert period.previous.end + dt.timedelta(days=1) == period.start
    assert period.next.start == period.end + dt.timedelta(days=1)
    assert period.next.previous == period


@given(KINDS, DAYS)
def test_a_key_read_again_is_the_same_period(kind, day):
    period = Period.holding(kind, day)

    assert Period.parse(period.key) == period


@given(KINDS, DAYS, st.integers(1, 14))
def test_looking_back_ends_with_the_period_itself_oldest_first(kind, day, count):
    found = Period.holding(kind, day).back(count)

    assert len(found) == count
    assert found[-1] == Period.holding(kind, day)
    assert [each.next for each in found[:-1]] == list(found[1:])


def test_no_day_lies_in_no_period():
    assert None not in Period.parse("2026-10")


@pytest.mark.parametrize(
    ("key", "lang", "name"),
    [
        ("2026-10", Lang.EN, "October 2026"),
        ("2026-10", Lang.ZH_HANT, "2026 年 10 月"),
        ("2026-W45", Lang.EN, "Week 45, 2026 (2 Nov 2026 – 8 Nov 2026)"),
        ("2026-10-05", Lang.ZH_HANS, "2026年10月5日"),
    ],
)
def test_a_period_has_a_name_that_people_use(key, lang, name):
    assert words().say(Period.parse(key).name, lang) == name
