"""The demo's calendar: two working weeks around a month's end, wholly in the past, and the records' dates moved there.

The records are from 2016 and 2017. All their dates move by the same number of whole months, so that the end of
November 2017 becomes the month end in the middle of the fortnight; a day that its new month does not have (the
31st) becomes that month's last day.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Final

RECORDED_MONTH_END: Final = dt.date(2017, 11, 30)
"""The month end of the records around which the fortnight is lived: before it and after it deals were closed."""

_WEEKS: Final = 2
_WORKING_DAYS: Final = 5
_MIDDLE: Final = dt.timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When the fortnight is, and where the records' dates lie."""

    first: dt.date
    """The fortnight's first Monday."""
    month_end: dt.date
    """The last day of the month that ends in the fortnight."""

    @classmethod
    def before(cls, today: dt.date) -> "Calendar":
        """Return the calendar of the last month end whose fortnight was over before *today*."""
        month_end = today.replace(day=1) - dt.timedelta(days=1)
        while (found := cls(first=_nearest_monday(month_end - _MIDDLE), month_end=month_end)).last >= today:
            month_end = month_end.replace(day=1) - dt.timedelta(days=1)
        return found

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The ten working days."""
        return tuple(
            self.first + dt.timedelta(weeks=week, days=day)
            for week in range(_WEEKS)
            for day in range(_WORKING_DAYS)
        )

    @property
    def last(self) -> dt.date:
        """The fortnight's last working day."""
        return self.days[-1]

    @property
    def months(self) -> int:
        """By how many months the records' dates move."""
        end, was = self.month_end, RECORDED_MONTH_END
        return (end.year - was.year) * 12 + end.month - was.month

    def moved(self, day: dt.date) -> dt.date:
        """Return *day* of the records as a day of the demo."""
        return add_months(day, self.months)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or the month's last day if it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def working_day(day: dt.date) -> dt.date:
    """Return *day*, or the Monday after it if it falls on a weekend."""
    late = day.weekday() - _WORKING_DAYS
    return day if late < 0 else day + dt.timedelta(days=2 - late)


def _nearest_monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=day.weekday() > 3)  # noqa: PLR2004 - Thursday
