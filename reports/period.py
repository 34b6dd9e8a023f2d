"""The stretch of days that a report is about: a day, a week or a month of the workspace's calendar. No I/O."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sheet_templates.record import Text, text

_DAY = dt.timedelta(days=1)


class PeriodKind(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    """Monday to Sunday, numbered as ISO 8601 does."""
    MONTH = "month"
    """A calendar month (IT-4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A whole day, week or month. Days are those of the workspace's zone."""

    kind: PeriodKind
    start: dt.date
    """Its first day."""

    def __post_init__(self) -> None:
        if self.start != _first_day(self.kind, self.start):
            raise ValueError(f"A {self.kind} does not begin on {self.start}")

    @classmethod
    def holding(cls, kind: PeriodKind, day: dt.date) -> Self:
        """Return the period of *kind* in which *day* lies."""
        return cls(kind=kind, start=_first_day(kind, day))

    @classmethod
    def parse(cls, key: str) -> Self:
        """Return the period called *key*: `2026-10-05`, `2026-W45` or `2026-10`. Raises ValueError."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", key, re.ASCII):
            return cls(kind=PeriodKind.DAY, start=dt.date.fromisoformat(key))
        if re.fullmatch(r"\d{4}-W\d{2}", key, re.ASCII):
            year, week = key.split("-W")
            return cls(kind=PeriodKind.WEEK, start=dt.date.fromisocalendar(int(year), int(week), 1))
        if re.fullmatch(r"\d{4}-\d{2}", key, re.ASCII):
            year, month = key.split("-")
            return cls(kind=PeriodKind.MONTH, start=dt.date(int(year), int(month), 1))
        raise ValueError(f"Not a day, week or month: {key!r}; written 2026-10-05, 2026-W45, 2026-10")

    @property
    def end(self) -> dt.date:
        """Its last day."""
        match self.kind:
            case PeriodKind.DAY:
                return self.start
            case PeriodKind.WEEK:
                return self.start + 6 * _DAY
            case PeriodKind.MONTH:
                _, days = calendar.monthrange(self.start.year, self.start.month)
                return self.start.replace(day=days)

    @property
    def key(self) -> str:
        """Its name in files and in the run ledger; `parse` understands it."""
        match self.kind:
            case PeriodKind.DAY:
                return self.start.isoformat()
            case PeriodKind.WEEK:
                year, week, _ = self.start.isocalendar()
                return f"{year:04}-W{week:02}"
            case PeriodKind.MONTH:
                return f"{self.start.year:04}-{self.start.month:02}"

    @property
    def previous(self) -> "Period":
        """The period before it."""
        return Period.holding(self.kind, self.start - _DAY)

    @property
    def next(self) -> "Period":
        """The period after it."""
        return Period.holding(self.kind, self.end + _DAY)

    @property
    def name(self) -> Text:
        """What people call it."""
        match self.kind:
            case PeriodKind.DAY:
                return text("reports.day", day=self.start)
            case PeriodKind.WEEK:
                year, week, _ = self.start.isocalendar()
                return text("reports.week", year=str(year), week=str(week), start=self.start, end=self.end)
            case PeriodKind.MONTH:
                return text(f"reports.month.{self.start.month}", year=str(self.start.year))

    def __contains__(self, day: dt.date | None) -> bool:
        return day is not None and self.start <= day <= self.end

    def back(self, count: int) -> tuple["Period", ...]:
        """Return the *count* periods that end with this one, oldest first."""
        found = [self]
        while len(found) < count:
            found.append(found[-1].previous)
        return tuple(reversed(found))


def _first_day(kind: PeriodKind, day: dt.date) -> dt.date:
    match kind:
        case PeriodKind.DAY:
            return day
        case PeriodKind.WEEK:
            return day - day.weekday() * _DAY
        case PeriodKind.MONTH:
            return day.replace(day=1)
