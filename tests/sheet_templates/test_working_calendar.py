"""Tests for working time: the laws of counting, company days, and what expressions make of them."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sheet_templates.context import calendar_in
from sheet_templates.expression import Expression, ExpressionContext, Scope
from sheet_templates.form import FieldType
from sheet_templates.working_calendar import FARTHEST, PLAIN, WorkingCalendar
from tests.support.small import Shelf, field, form, record

START = dt.date(2026, 1, 1)
NEAR = st.integers(0, 120).map(lambda days: START + dt.timedelta(days))
CALENDARS = st.builds(
    lambda free, extra, week, opens, length: WorkingCalendar(
        week=week, free=free, extra=extra, opens=opens, closes=opens + length
    ),
    st.frozensets(NEAR, max_size=25),
    st.frozensets(NEAR, max_size=10),
    st.integers(1, 7),
    st.integers(0, 12 * 60),
    st.integers(30, 12 * 60),
)
MOMENTS = st.builds(dt.datetime.combine, NEAR, st.times().map(lambda time: time.replace(microsecond=0)))
HOURS = st.integers(0, 24 * 4 * 30).map(lambda quarters: Decimal(quarters) / 4)

# The week from Monday 28 September 2026 on: National Day is free from Thursday 1 to Wednesday 7 October, and
# Saturday 10 October is worked for it.
GOLDEN = WorkingCalendar(
    free=frozenset(dt.date(2026, 10, day) for day in range(1, 8)), extra=frozenset({dt.date(2026, 10, 10)})
)


@given(CALENDARS, NEAR, st.integers(-60, 60))
def test_a_count_of_working_days_ends_on_a_day_on_which_people_work(calendar, day, number):
    assert calendar.works(calendar.add(day, number))


@given(CALENDARS, NEAR, st.integers(-60, 60).filter(bool))
def test_adding_and_counting_undo_each_other(calendar, day, number):
    assert calendar.between(day, calendar.add(day, number)) == number


@given(CALENDARS, NEAR, NEAR)
def test_from_one_working_day_to_another_and_back_is_as_far(calendar, one, other):
    one, other = calendar.add(one, 0), calendar.add(other, 0)

    assert calendar.between(one, other) == -calendar.between(other, one)
    assert calendar.add(one, calendar.between(one, other)) == other


@given(CALENDARS, NEAR, NEAR)
def test_counting_is_looking_at_every_day(calendar, start, end):
    assume(start <= end)
    days = (start + dt.timedelta(each + 1) for each in range((end - start).days))

    assert calendar.between(start, end) == sum(calendar.works(each) for each in days)


@given(CALENDARS, MOMENTS, HOURS)
def test_hours_are_over_while_people_work(calendar, moment, hours):
    over = calendar.add_hours(moment, hours)

    assert calendar.works(over.date())
    assert calendar.opens * 60 <= over.hour * 3600 + over.minute * 60 + over.second <= calendar.closes * 60
    assert over >= moment


@given(CALENDARS, MOMENTS, HOURS, HOURS.filter(bool))
def test_hours_add_up(calendar, moment, some, more):
    assert calendar.add_hours(calendar.add_hours(moment, some), more) == calendar.add_hours(
        moment, some + more
    )


@given(CALENDARS, MOMENTS, HOURS)
def test_from_a_moment_to_when_hours_are_over_are_as_many_hours(calendar, moment, hours):
    assert calendar.hours(moment, calendar.add_hours(moment, hours)) == hours


@given(CALENDARS, MOMENTS, MOMENTS, MOMENTS)
def test_what_was_worked_until_a_moment_and_from_it_on_is_all_that_was_worked(calendar, one, two, three):
    one, two, three = sorted((one, two, three))

    # Of a third of an hour no decimal fraction is exact; the seconds are.
    whole, parts = calendar.hours(one, three), calendar.hours(one, two) + calendar.hours(two, three)
    assert round(whole * 3600) == round(parts * 3600)
    assert abs(whole - parts) < Decimal("1e-20")
    assert calendar.hours(three, one) in (0, calendar.hours(one, three))


@given(CALENDARS, st.dictionaries(NEAR, st.booleans(), max_size=20))
def test_company_days_have_the_last_word(calendar, days):
    calendar = calendar.with_days(days)

    assert {day: calendar.works(day) for day in days} == days


def test_a_make_up_saturday_is_worked_and_a_holiday_is_not():
    assert GOLDEN.add(dt.date(2026, 9, 30), 1) == dt.date(2026, 10, 8)
    assert GOLDEN.add(dt.date(2026, 10, 9), 1) == dt.date(2026, 10, 10)
    assert GOLDEN.add(dt.date(2026, 10, 10), 1) == dt.date(2026, 10, 12)
    assert GOLDEN.between(dt.date(2026, 9, 30), dt.date(2026, 10, 10)) == 3


@pytest.mark.parametrize(
    ("at", "hours", "over"),
    [
        ("2026-09-30 10:00", 8, "2026-09-30 18:00"),  # until it closes: not when the next day begins
        ("2026-09-30 16:30", 8, "2026-10-08 15:30"),  # over the holiday
        ("2026-10-03 12:00", 9, "2026-10-08 18:00"),  # from a free day: counted from the next opening
        ("2026-10-09 19:00", 1, "2026-10-10 10:00"),  # after hours, before a make-up Saturday
        ("2026-10-09 06:00", 0, "2026-10-09 09:00"),
        ("2026-10-09 17:59", 18, "2026-10-12 17:59"),
    ],
)
def test_hours_are_counted_within_working_time(at, hours, over):
    found = GOLDEN.add_hours(dt.datetime.fromisoformat(at), Decimal(hours))
    assert found == dt.datetime.fromisoformat(over)


def test_what_is_beyond_all_calendars_is_refused():
    with pytest.raises(OverflowError):
        PLAIN.add(START, FARTHEST + 1)
    with pytest.raises(OverflowError):
        PLAIN.add(dt.date.max, 1)
    with pytest.raises(ValueError, match="-1 working hours"):
        PLAIN.add_hours(dt.datetime.combine(START, dt.time()), Decimal(-1))


@pytest.mark.parametrize("wrong", [{"week": 0}, {"week": 8}, {"opens": 600, "closes": 600}, {"closes": 1500}])
def test_a_calendar_in_which_nobody_works_is_a_bug(wrong):
    with pytest.raises(ValueError, match="no such working time"):
        WorkingCalendar(**wrong)


# As records say -------------------------------------------------------------------------------------------


def company_day(day: dt.date, works: str, **more: object):
    return record("calendar", f"WD-{day}", on=day, works=works, why="said so", **more)


def test_the_companys_days_and_hours_are_in_force():
    saturday, party = dt.date(2026, 10, 17), dt.date(2026, 10, 12)
    shelf = Shelf(company_day(saturday, "works"), company_day(party, "free"))
    limits = {"work_start_hour": Decimal("8.5"), "work_end_hour": Decimal(17)}

    calendar = calendar_in(shelf, GOLDEN, limits)

    assert (calendar.opens, calendar.closes) == (8 * 60 + 30, 17 * 60)
    assert (calendar.works(saturday), calendar.works(party)) == (True, False)
    assert not calendar.works(dt.date(2026, 10, 1))


def test_limits_that_make_no_sense_are_passed_over():
    limits = {"work_start_hour": Decimal(19), "work_end_hour": Decimal(9), "work_days": Decimal(9)}
    assert calendar_in(Shelf(), PLAIN, limits) == PLAIN


def test_saturdays_are_worked_where_the_week_has_six_days():
    calendar = calendar_in(Shelf(), GOLDEN, {"work_days": Decimal(6)})

    assert calendar.works(dt.date(2026, 10, 17))
    assert not calendar.works(dt.date(2026, 10, 3))  # a Saturday of the holiday


def test_a_year_is_known_once_one_of_its_announced_days_was_entered():
    public = WorkingCalendar(known=frozenset({2026}))
    own = company_day(dt.date(2027, 5, 3), "free")
    announced = company_day(dt.date(2027, 2, 6), "works", announced=True)

    assert not calendar_in(Shelf(own), public, {}).knows(2027)
    assert calendar_in(Shelf(own, announced), public, {}).knows(2027)


# In expressions -------------------------------------------------------------------------------------------

VISIT = form(
    "visit", field("on", FieldType.DATE), field("at", FieldType.TIME), field("days", FieldType.NUMBER)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("is_working_day(on)", True),
        ("is_working_day(add_days(on, 1))", False),
        ("add_working_days(on, 1)", dt.date(2026, 10, 8)),
        ("add_working_days(on, 0 - 1)", dt.date(2026, 9, 29)),
        ("add_working_days(add_days(on, 1), 0)", dt.date(2026, 10, 8)),
        ("working_days_between(on, add_days(on, 10))", Decimal(3)),
        ("add_working_hours(on, 8)", dt.date(2026, 9, 30)),
        ("add_working_hours(on, 8, at)", dt.date(2026, 10, 8)),
        ("add_working_days(on, days)", None),
        ("add_working_days(on, 1000000000)", None),
        ("add_working_hours(on, 0 - 1)", None),
        ('add_working_hours(on, 1, "noon")', None),
    ],
)
def test_expressions_count_in_working_time(text, value):
    visit = record("visit", "V-1", on=dt.date(2026, 9, 30), at=dt.time(16, 30))
    forms = {VISIT.key: VISIT}
    context = ExpressionContext(
        record=visit, records=Shelf(visit), forms=forms, today=START, limits={}, calendar=GOLDEN
    )

    assert Expression.load(text, Scope.of(VISIT, forms, limits=())).value(context) == value
