"""Working time: which days people work, and from when to when. A value, and counting over it; no I/O.

Holidays and make-up days (調休: a weekend day that is worked for a holiday's sake) are dates in the value. Who knows
them is asked once, at the edge (`sync.edges.public_holidays`); what a company adds stands in its records
(`context.calendar_in`). (TX-4.1)
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

FARTHEST: Final = 10_000
"""So many working days from a day at most are counted: forty years."""

_DAY: Final = dt.timedelta(days=1)
_WEEK: Final = 7
_ANNOUNCED: Final = 11
"""By this month the next year's holidays are announced, as a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """When people work. As it is made without anything: Monday to Friday, nine to six."""

    week: int = 5
    """So many days of a week are worked, from Monday on: 1 to 7."""
    free: frozenset[dt.date] = frozenset()
    """Days of the working week on which nobody works: holidays."""
    extra: frozenset[dt.date] = frozenset()
    """Days beyond the working week on which people work: make-up days."""
    known: frozenset[int] | None = None
    """The years whose holidays have been announced; None: there is nothing to be announced."""
    opens: int = 9 * 60
    """When work begins, in minutes since midnight."""
    closes: int = 18 * 60
    """When it ends; later than `opens`."""

    def __post_init__(self) -> None:
        if not (1 <= self.week <= _WEEK and 0 <= self.opens < self.closes <= 24 * 60):
            raise ValueError(f"no such working time: {self.week} days, {self.opens} to {self.closes}")

    def works(self, day: dt.date) -> bool:
        """Return whether people work on *day*."""
        return day in self.extra or (day.weekday() < self.week and day not in self.free)

    def knows(self, year: int) -> bool:
        """Return whether the holidays of *year* have been announced and are known."""
        return self.known is None or year in self.known

    def unannounced(self, today: dt.date) -> int | None:
        """Return the year whose holidays should be known by now but are not: this one, from November on the next."""
        years = (today.year, today.year + 1) if today.month >= _ANNOUNCED else (today.year,)
        return next((each for each in years if not self.knows(each)), None)

    def add(self, day: dt.date, number: int) -> dt.date:
        """Return the working day *number* working days after *day*, before it if negative.

        0 is the day itself or, if nobody works then, the next working day. Raises OverflowError beyond the
        calendar's end, and for more than `FARTHEST` days.
        """
        if abs(number) > FARTHEST:
            raise OverflowError(f"{number} working days")
        if number == 0:
            return day if self.works(day) else self.add(day, 1)
        step = _DAY if number > 0 else -_DAY
        for _ in range(abs(number)):
            day += step
            while not self.works(day):
                day += step
        return day

    def between(self, start: dt.date, end: dt.date) -> int:
        """Return how many working days *end* is after *start*: what `add` needs to get there from *start*.

        The day of *start* does not count, that of *end* does. Negative if *end* is earlier.
        """
        if start <= end:
            return self._count(start + _DAY, end + _DAY)
        return -self._count(end, start)

    def add_hours(self, moment: dt.datetime, hours: Decimal) -> dt.datetime:
        """Return when so many working *hours* are over, counted from *moment*: always within working time.

        What is over when work ends is over that day, not when the next one begins. Raises ValueError for
        negative hours, OverflowError as `add` does.
        """
        if hours < 0:
            raise ValueError(f"{hours} working hours")
        opens, closes = self.opens * 60, self.closes * 60
        day, at = moment.date(), _second(moment)
        if not self.works(day) or at > closes:
            day, at = self.add(day, 1), opens
        at = max(at, opens)
        over = at + hours * 3600 - closes
        if over > 0:
            whole, rest = divmod(over, closes - opens)
            # A day that is used up ends it; the next one is begun only by what is left over.
            days, ends = (int(whole), Decimal(closes)) if rest == 0 else (int(whole) + 1, opens + rest)
            return _moment(self.add(day, days), ends, moment.tzinfo)
        return _moment(day, at + hours * 3600, moment.tzinfo)

    def hours(self, start: dt.datetime, end: dt.datetime) -> Decimal:
        """Return the working hours from *start* to *end*, both in the calendar's zone; 0 if *end* is earlier."""
        if end <= start:
            return Decimal(0)
        whole = self._count(start.date(), end.date()) * (self.closes - self.opens) * 60
        # Divided once, of whole seconds: minutes that are a third of something would not add up.
        return Decimal(whole - self._worked(start) + self._worked(end)) / 3600

    def _worked(self, moment: dt.datetime) -> int:
        """Return the seconds that were worked on the day of *moment* before it."""
        if not self.works(moment.date()):
            return 0
        return min(max(_second(moment), self.opens * 60), self.closes * 60) - self.opens * 60

    def with_days(self, days: Mapping[dt.date, bool]) -> "WorkingCalendar":
        """Return the calendar with *days* on top of it: whether people work on each of them."""
        work = frozenset(day for day, works in days.items() if works)
        rest = frozenset(days) - work
        return replace(self, free=(self.free | rest) - work, extra=(self.extra | work) - rest)

    def _count(self, start: dt.date, end: dt.date) -> int:
        """Return the number of working days from *start* up to but without *end*."""
        weeks, rest = divmod((end - start).days, _WEEK)
        first = start.weekday()
        plain = weeks * self.week + sum((first + each) % _WEEK < self.week for each in range(rest))
        missing = sum(start <= each < end for each in self.free - self.extra if each.weekday() < self.week)
        added = sum(start <= each < end for each in self.extra if each.weekday() >= self.week)
        return plain - missing + added


PLAIN: Final = WorkingCalendar()
"""Monday to Friday, and no holidays."""


def _second(moment: dt.datetime) -> int:
    return (moment.hour * 60 + moment.minute) * 60 + moment.second


def _moment(day: dt.date, seconds: Decimal, zone: dt.tzinfo | None) -> dt.datetime:
    # Wall-clock time: an office opens at nine, whatever summer time does in between.
    return dt.datetime.combine(day, dt.time(), tzinfo=zone) + dt.timedelta(seconds=round(seconds))
