"""Tests for the public holidays as the library knows them: what was announced, and what it cannot know."""

import datetime as dt

import pytest

from sheet_templates.working_calendar import PLAIN
from sync.edges.public_holidays import public_calendar, region_of
from sync.edges.settings import Region

SHANGHAI, TODAY = "Asia/Shanghai", dt.date(2026, 6, 1)


@pytest.mark.parametrize(
    ("region", "day", "works"),
    [
        # What the State Council announced on 12 November 2024 and 4 November 2025.
        (Region.CHINA, "2025-01-26", True),  # a Sunday
        (Region.CHINA, "2025-02-04", False),
        (Region.CHINA, "2025-10-08", False),
        (Region.CHINA, "2025-10-11", True),  # a Saturday
        (Region.CHINA, "2026-01-02", False),
        (Region.CHINA, "2026-01-04", True),  # a Sunday
        (Region.CHINA, "2026-02-14", True),  # a Saturday
        (Region.CHINA, "2026-02-16", False),
        (Region.CHINA, "2026-02-23", False),
        (Region.CHINA, "2026-02-24", True),
        (Region.CHINA, "2026-05-05", False),
        (Region.CHINA, "2026-05-09", True),  # a Saturday
        (Region.CHINA, "2026-09-20", True),  # a Sunday
        (Region.CHINA, "2026-10-07", False),
        (Region.CHINA, "2026-10-10", True),  # a Saturday
        (Region.CHINA, "2026-10-17", False),
        (Region.TAIWAN, "2025-02-08", True),  # a Saturday, worked for 27 January
        (Region.TAIWAN, "2026-02-28", False),
        (Region.TAIWAN, "2026-10-10", False),
        (Region.TAIWAN, "2026-10-01", True),
        (Region.HONG_KONG, "2026-07-01", False),
        (Region.HONG_KONG, "2026-10-01", False),
        (Region.HONG_KONG, "2026-10-02", True),
        (Region.NONE, "2026-10-01", True),
        (Region.NONE, "2026-10-10", False),
    ],
)
def test_people_work_when_it_was_announced(region, day, works):
    assert public_calendar(region, SHANGHAI, TODAY).works(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("Asia/Shanghai", Region.CHINA),
        ("Asia/Taipei", Region.TAIWAN),
        ("Asia/Hong_Kong", Region.HONG_KONG),
        ("Europe/Berlin", Region.NONE),
    ],
)
def test_the_zone_says_whose_holidays_count_unless_the_company_does(zone, region):
    assert region_of(Region.AUTO, zone) is region
    assert region_of(Region.HONG_KONG, zone) is Region.HONG_KONG


def test_a_year_that_was_not_announced_is_not_known():
    # Nobody can know which weekends will be worked in 2090; the library guesses only what is free.
    later = public_calendar(Region.CHINA, SHANGHAI, dt.date(2090, 6, 1))

    assert not later.works(dt.date(2090, 10, 1))
    assert not any(later.knows(year) for year in range(2087, 2093))
    assert public_calendar(Region.CHINA, SHANGHAI, TODAY).knows(2026)


def test_where_the_law_says_all_nothing_has_to_be_announced():
    for region in (Region.TAIWAN, Region.HONG_KONG):
        assert public_calendar(region, SHANGHAI, TODAY).knows(2027)
    assert public_calendar(Region.NONE, SHANGHAI, TODAY) == PLAIN
    assert PLAIN.knows(2090)
