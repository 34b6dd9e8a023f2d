"""The demo's calendar: always a month end in the middle, always wholly in the past."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from sync.demo.dates import RECORDED_MONTH_END, Calendar, add_months, working_day

days = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2060, 12, 31))


@given(today=days)
def test_the_fortnight_is_over_and_a_month_ended_in_it(today: dt.date):
    calendar = Calendar.before(today)
    assert calendar.last < today
    assert calendar.first <= calendar.month_end < calendar.last
    assert (calendar.month_end + dt.timedelta(days=1)).day == 1
    assert [day.weekday() for day in calendar.days] == [0, 1, 2, 3, 4] * 2


@given(today=days)
def test_no_later_month_end_would_do(today: dt.date):
    month_end = Calendar.before(today).month_end
    next_end = add_months(month_end.replace(day=1), 2) - dt.timedelta(days=1)
    # A fortnight with a month end in its middle is over nine days after that at the latest.
    assert today <= next_end + dt.timedelta(days=8)


@given(today=days)
def test_the_records_month_end_becomes_the_fortnights(today: dt.date):
    calendar = Calendar.before(today)
    assert calendar.moved(RECORDED_MONTH_END).replace(day=1) == calendar.month_end.replace(day=1)


@given(first=days, second=days, months=st.integers(min_value=-200, max_value=200))
def test_moved_days_keep_their_order(first: dt.date, second: dt.date, months: int):
    early, late = sorted((first, second))
    assert add_months(early, months) <= add_months(late, months)


def test_a_day_that_its_month_does_not_have_becomes_the_months_last():
    assert add_months(dt.date(2017, 10, 31), 1) == dt.date(2017, 11, 30)
    assert add_months(dt.date(2017, 11, 30), 3) == dt.date(2018, 2, 28)


def test_what_falls_on_a_weekend_is_entered_on_monday():
    assert [working_day(dt.date(2026, 10, day)).day for day in (30, 31)] == [30, 2]
    assert working_day(dt.date(2026, 11, 1)) == dt.date(2026, 11, 2)
