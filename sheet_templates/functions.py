"""The functions that an expression may call: a written-out table, each one pure.

Numbers are Decimal, dates are `datetime.date`, an empty value is None. A function that is not *lenient*
never sees None: the call is then unknown, and so is what it stands in.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sheet_templates.parsing import DataType
from sheet_templates.working_calendar import WorkingCalendar

_NUMBERS: Final = DataType.ARRAY(DataType.FLOAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function: what it takes, what it gives, what it is for."""

    name: str
    call: Callable[..., Any]
    gives: Any
    takes: tuple[Any, ...] | None
    """Types of the arguments; None: any number of arguments, each a *of* or a list of them."""
    least: int | None = None
    """How many arguments must be given, if not all."""
    of: Any = DataType.UNDEFINED
    lenient: bool = False
    """Empty values are passed on to the function."""
    calendar: bool = False
    """Before its arguments it is given the working calendar in force."""
    about: str
    """One line for docs/expressions.md."""

    @property
    def type(self) -> Any:
        """The function's type, as rule-engine wants it."""
        if self.takes is None:
            return DataType.FUNCTION(self.name, return_type=self.gives)
        least = len(self.takes) if self.least is None else self.least
        return DataType.FUNCTION(
            self.name, return_type=self.gives, argument_types=self.takes, minimum_arguments=least
        )


def empty(value: object) -> bool:
    """Return whether nothing stands there. An unticked box counts as empty, a list without members too."""
    return value is None or value is False or value in ("", ())


def filled(value: object) -> bool:
    """Return whether something stands there."""
    return not empty(value)


def total(members: Sequence[Decimal | None]) -> Decimal:
    """Return the sum of the filled members; of none it is 0, as in a spreadsheet."""
    return sum((each for each in members if each is not None), Decimal(0))


def smallest(*arguments: Any) -> Any:
    """Return the smallest filled argument (or member, of a list), None if all are empty."""
    return min(_flat(arguments), default=None)


def largest(*arguments: Any) -> Any:
    """Return the largest filled argument (or member, of a list), None if all are empty."""
    return max(_flat(arguments), default=None)


def some(members: Sequence[bool | None]) -> bool | None:
    """Return whether one member is true; unknown if none is but one is unknown."""
    if True in members:
        return True
    return None if None in members else False


def every(members: Sequence[bool | None]) -> bool | None:
    """Return whether all members are true; unknown if none is false but one is unknown."""
    if False in members:
        return False
    return None if None in members else True


def count(members: Sequence[object]) -> Decimal:
    """Return how many members are filled."""
    return Decimal(sum(1 for each in members if each is not None and each != ""))


def round_to(number: Decimal, places: Decimal = Decimal(2)) -> Decimal:
    """Return *number* rounded half up, as people do it; by default to cents."""
    return number.quantize(Decimal(1).scaleb(-int(places)), rounding=ROUND_HALF_UP)


def days(start: dt.date, end: dt.date) -> Decimal:
    """Return the days from *start* to *end*, negative if *end* is earlier."""
    return Decimal((end - start).days)


def add_days(day: dt.date, number: Decimal) -> dt.date:
    """Return the date *number* days later; earlier if it is negative. Parts of days do not count."""
    return day + dt.timedelta(days=int(number))


def add_months(day: dt.date, number: Decimal) -> dt.date:
    """Return the same day *number* months later, or the month's last day if it is shorter."""
    at = day.year * 12 + day.month - 1 + int(number)
    year, month = divmod(at, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def is_working_day(calendar_: WorkingCalendar, day: dt.date) -> bool:
    """Return whether people work on *day*."""
    return calendar_.works(day)


def working_days_between(calendar_: WorkingCalendar, start: dt.date, end: dt.date) -> Decimal:
    """Return the working days from *start* to *end*, negative if *end* is earlier."""
    return Decimal(calendar_.between(start, end))


def add_working_days(calendar_: WorkingCalendar, day: dt.date, number: Decimal) -> dt.date | None:
    """Return the working day *number* working days later, None if that is beyond all calendars."""
    try:
        return calendar_.add(day, int(number))
    except OverflowError:
        return None


def add_working_hours(
    calendar_: WorkingCalendar, day: dt.date, hours: Decimal, time: str = "00:00"
) -> dt.date | None:
    """Return the day on which so many working hours are over, counted from *time* on *day*; None if there is none."""
    try:
        return calendar_.add_hours(dt.datetime.combine(day, dt.time.fromisoformat(time)), hours).date()
    except (OverflowError, ValueError):
        return None


def year(day: dt.date) -> Decimal:
    """Return the year of *day*."""
    return Decimal(day.year)


def month(day: dt.date) -> Decimal:
    """Return the month of *day*, 1 to 12."""
    return Decimal(day.month)


def contains(text: str, part: str) -> bool:
    """Return whether *part* stands in *text*, upper or lower case alike."""
    return part.casefold() in text.casefold()


def _flat(arguments: Sequence[Any]) -> Iterator[Any]:
    for each in arguments:
        if isinstance(each, tuple):
            yield from _flat(each)
        elif each is not None:
            yield each


_TABLE: Final = (
    Function(
        name="empty",
        call=empty,
        gives=DataType.BOOLEAN,
        takes=(DataType.UNDEFINED,),
        lenient=True,
        about="nothing stands there",
    ),
    Function(
        name="filled",
        call=filled,
        gives=DataType.BOOLEAN,
        takes=(DataType.UNDEFINED,),
        lenient=True,
        about="something stands there",
    ),
    Function(
        name="sum",
        call=total,
        gives=DataType.FLOAT,
        takes=(_NUMBERS,),
        about="the sum of a list; empty members are left out, the sum of none is 0",
    ),
    Function(
        name="min",
        call=smallest,
        gives=DataType.FLOAT,
        takes=None,
        of=DataType.FLOAT,
        lenient=True,
        about="the smallest of the numbers given (single ones or lists); empty ones are left out",
    ),
    Function(
        name="max",
        call=largest,
        gives=DataType.FLOAT,
        takes=None,
        of=DataType.FLOAT,
        lenient=True,
        about="the largest of the numbers given (single ones or lists); empty ones are left out",
    ),
    Function(
        name="earliest",
        call=smallest,
        gives=DataType.DATETIME,
        takes=None,
        of=DataType.DATETIME,
        lenient=True,
        about="the earliest of the dates given (single ones or lists); empty ones are left out",
    ),
    Function(
        name="latest",
        call=largest,
        gives=DataType.DATETIME,
        takes=None,
        of=DataType.DATETIME,
        lenient=True,
        about="the latest of the dates given (single ones or lists); empty ones are left out",
    ),
    Function(
        name="any",
        call=some,
        gives=DataType.BOOLEAN,
        takes=(DataType.ARRAY(DataType.BOOLEAN),),
        about="at least one member of the list is true",
    ),
    Function(
        name="all",
        call=every,
        gives=DataType.BOOLEAN,
        takes=(DataType.ARRAY(DataType.BOOLEAN),),
        about="no member of the list is false",
    ),
    Function(
        name="count",
        call=count,
        gives=DataType.FLOAT,
        takes=(DataType.ARRAY,),
        about="how many members of the list are filled",
    ),
    Function(
        name="abs",
        call=abs,
        gives=DataType.FLOAT,
        takes=(DataType.FLOAT,),
        about="the number without its sign",
    ),
    Function(
        name="round",
        call=round_to,
        gives=DataType.FLOAT,
        takes=(DataType.FLOAT, DataType.FLOAT),
        least=1,
        about="rounded half up: `round(x)` to cents, `round(x, 0)` to whole numbers",
    ),
    Function(
        name="days",
        call=days,
        gives=DataType.FLOAT,
        takes=(DataType.DATETIME, DataType.DATETIME),
        about="days from the first date to the second",
    ),
    Function(
        name="add_days",
        call=add_days,
        gives=DataType.DATETIME,
        takes=(DataType.DATETIME, DataType.FLOAT),
        about="the date so many days later",
    ),
    Function(
        name="add_months",
        call=add_months,
        gives=DataType.DATETIME,
        takes=(DataType.DATETIME, DataType.FLOAT),
        about="the date so many months later",
    ),
    Function(
        name="is_working_day",
        call=is_working_day,
        gives=DataType.BOOLEAN,
        takes=(DataType.DATETIME,),
        calendar=True,
        about="people work on that day: no weekend, no holiday, or a make-up day",
    ),
    Function(
        name="working_days_between",
        call=working_days_between,
        gives=DataType.FLOAT,
        takes=(DataType.DATETIME, DataType.DATETIME),
        calendar=True,
        about="working days from the first date to the second",
    ),
    Function(
        name="add_working_days",
        call=add_working_days,
        gives=DataType.DATETIME,
        takes=(DataType.DATETIME, DataType.FLOAT),
        calendar=True,
        about="the date so many working days later; 0: that day, or the next one on which people work",
    ),
    Function(
        name="add_working_hours",
        call=add_working_hours,
        gives=DataType.DATETIME,
        takes=(DataType.DATETIME, DataType.FLOAT, DataType.STRING),
        least=2,
        calendar=True,
        about="the date on which so many working hours are over, from the day's beginning or a time: `09:30`",
    ),
    Function(
        name="year", call=year, gives=DataType.FLOAT, takes=(DataType.DATETIME,), about="the date's year"
    ),
    Function(
        name="month",
        call=month,
        gives=DataType.FLOAT,
        takes=(DataType.DATETIME,),
        about="the date's month, 1 to 12",
    ),
    Function(
        name="contains",
        call=contains,
        gives=DataType.BOOLEAN,
        takes=(DataType.STRING, DataType.STRING),
        about="the second text stands in the first one, upper or lower case alike",
    ),
)

FUNCTIONS: Final[Mapping[str, Function]] = {each.name: each for each in _TABLE}
"""All functions by name. They may be written `sum(…)` or `$sum(…)`."""
