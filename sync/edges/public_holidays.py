"""Public holidays and make-up days, from the library `holidays`: asked once, kept as a value.

For the mainland the library guesses what has not been announced: lunar dates are right, but nobody can know which
weekends will be worked. So a year counts as known once it has a make-up day in the library; every announcement since
1999 has had some. In Taiwan and Hong Kong the law itself says what is free.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Final

from holidays import country_holidays

from sheet_templates.working_calendar import PLAIN, WorkingCalendar
from sync.edges.settings import Region

_BACK: Final = 3
_AHEAD: Final = 2
"""So many years before and after this one are looked up: what is counted lies near the present."""


_ZONES: Final[Mapping[str, Region]] = {
    "Asia/Shanghai": Region.CHINA,
    "Asia/Urumqi": Region.CHINA,
    "Asia/Chongqing": Region.CHINA,
    "Asia/Chungking": Region.CHINA,
    "Asia/Harbin": Region.CHINA,
    "Asia/Kashgar": Region.CHINA,
    "PRC": Region.CHINA,
    "Asia/Taipei": Region.TAIWAN,
    "ROC": Region.TAIWAN,
    "Asia/Hong_Kong": Region.HONG_KONG,
    "Hongkong": Region.HONG_KONG,
}


def region_of(region: Region, zone: str) -> Region:
    """Return *region* or, if it is AUTO, the one of the time zone called *zone*."""
    return _ZONES.get(zone, Region.NONE) if region is Region.AUTO else region


def public_calendar(region: Region, zone: str, today: dt.date) -> WorkingCalendar:
    """Return the working calendar of a region, as far as its holidays are known on *today*."""
    return _looked_up(region_of(region, zone), today.year)


@cache
def _looked_up(region: Region, year: int) -> WorkingCalendar:
    if region is Region.NONE:
        return PLAIN
    years = range(year - _BACK, year + _AHEAD + 1)
    found = country_holidays(region.upper(), years=years)
    extra = frozenset(each for each in found.weekend_workdays if each.year in years)
    known = frozenset(each.year for each in extra) if region is Region.CHINA else frozenset(years)
    return WorkingCalendar(free=frozenset(found), extra=extra, known=known)
