import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.books import Scope
from reports.catalogue import REPORTS, copies, due, file_name, missed, report
from reports.period import Period
from sheet_templates.form import Lang, Role
from tests.support import shipped
from tests.support.company import ZONE, books, words


def at(moment):
    return dt.datetime.fromisoformat(moment).replace(tzinfo=ZONE)


def test_keys_are_unique_and_found():
    assert len({each.key for each in REPORTS}) == len(REPORTS)
    assert all(report(each.key) is each for each in REPORTS)
    assert report("no such report") is None


@pytest.mark.parametrize("each", REPORTS, ids=lambda each: each.key)
def test_every_report_has_a_title_a_sentence_readers_and_a_page(each):
    for lang in Lang:
        assert words().say(each.title, lang)
        assert words().say(each.help, lang)
    assert each.readers.keys() <= shipped.roles().keys()
    page = each.make(
        books(), Period.holding(each.kind, dt.date(2026, 10, 5)), Scope(role=next(iter(each.readers)))
    )
    assert page.key == each.key


@pytest.mark.parametrize(
    ("key", "now", "period"),
    [
        ("expense", "2026-11-01T07:59", "2026-09"),
        ("expense", "2026-11-01T08:00", "2026-10"),
        ("expense", "2027-01-15T00:00", "2026-12"),
        ("leads", "2026-11-02T07:59", "2026-W43"),
        ("leads", "2026-11-02T08:00", "2026-W44"),
        ("leads", "2027-01-04T08:00", "2026-W53"),
    ],
)
def test_a_report_is_due_the_morning_after_its_period(key, now, period):
    assert due(report(key), at(now)).key == period


def test_the_day_is_that_of_the_workspaces_zone():
    now = dt.datetime(2026, 11, 1, 0, 30, tzinfo=dt.UTC)

    assert due(report("expense"), now.astimezone(ZONE)).key == "2026-10"
    assert due(report("expense"), now).key == "2026-09"


def test_what_was_missed_is_listed_once_oldest_first():
    found = missed(report("expense"), at("2026-08-01T08:00"), at("2026-11-20T12:00"))

    assert [each.key for each in found] == ["2026-08", "2026-09", "2026-10"]


def test_nothing_is_missed_between_two_looks_on_one_day():
    assert missed(report("leads"), at("2026-11-02T08:00"), at("2026-11-02T23:00")) == ()


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        due(report("expense"), dt.datetime(2026, 11, 1))


MOMENTS = st.datetimes(
    dt.datetime(2020, 1, 1),
    dt.datetime(2030, 1, 1),
    timezones=st.just(ZoneInfo("Europe/Berlin")),
    allow_imaginary=False,
)


@given(st.sampled_from(REPORTS), MOMENTS, MOMENTS, MOMENTS)
def test_looking_twice_finds_what_looking_once_finds(each, one, two, three):
    first, middle, last = sorted((one, two, three))

    whole = missed(each, first, last)

    assert whole == (*missed(each, first, middle), *missed(each, middle, last))
    assert len(set(whole)) == len(whole)


def test_departments_get_one_copy_and_managers_each_their_own():
    made = copies(report("expense"), books())

    assert [(each.scope, each.people) for each in made] == [
        (Scope(role=Role("finance")), ("P-6",)),
        (Scope(role=Role("leader")), ("P-7",)),
        (Scope(role=Role("manager"), me="P-1"), ("P-1",)),
        (Scope(role=Role("manager"), me="P-4"), ("P-4",)),
    ]


def test_copies_have_file_names_of_their_own():
    period = Period.parse("2026-10")

    names = [file_name(report("expense"), period, each) for each in copies(report("expense"), books())]
    assert names == [
        "expense-2026-10-finance",
        "expense-2026-10-leader",
        "expense-2026-10-P-1",
        "expense-2026-10-P-4",
    ]
