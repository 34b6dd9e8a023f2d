"""Dates and times as people write them in cells. The order of day and month is never guessed.

Every function returns the date or time, or the sentence that says what is wrong with it.
"""

import datetime as dt
import re
import unicodedata
from typing import Final

from sheet_templates.numeral import shorten
from sheet_templates.record import Text, text

FIRST: Final = dt.date(1900, 3, 1)
"""Spreadsheets count days before it differently (they know a 29 February 1900)."""
_ROC: Final = 1911
_ROC_DIGITS: Final = 3
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_CLOCK: Final = r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AP]M)?)?"
_YEAR_FIRST: Final = re.compile(
    r"(?P<roc>(?:中[華华])?民[國国]\s*)?(?P<y>\d{1,4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*"
    r"(?P<d>\d{1,2})\s*[日號号]?" + _CLOCK,
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_NAMED: Final = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?[-\s.,/]*(?P<m>[a-z]{3,9})"
    r"|(?P<m2>[a-z]{3,9})[-\s.,/]*(?P<d2>\d{1,2})(?:st|nd|rd|th)?)"
    r"[-\s.,/]+(?P<y>\d{4})" + _CLOCK,
    re.IGNORECASE,
)
_DAY_OR_MONTH_FIRST: Final = re.compile(
    r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,4}" + _CLOCK, re.IGNORECASE
)
_NO_YEAR: Final = re.compile(r"\d{1,2}\s*(?:[-/.]\s*\d{1,2}|月\s*\d{1,2}\s*[日號号]?)")

_TIME: Final = re.compile(
    r"(?P<half>凌晨|早上|上午|中午|下午|晚上|am|pm)?\s*(?P<h>\d{1,2})\s*"
    r"(?:[:時时點点]\s*(?:(?P<m>\d{1,2})\s*(?:[:分]\s*(?:(?P<s>\d{1,2})(?:\.\d+)?秒?)?)?|(?P<thirty>半)|(?P<sharp>整)?))?"
    r"\s*(?P<after>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_NOON: Final = 12
_HOURS: Final = 24
_SIXTY: Final = 60
_DAY_SECONDS: Final = 86_400


def parse_date(typed: str) -> dt.date | Text:
    """Return the day that *typed* names.

    Understood: year first (`2026-11-3`, `2026/11/3`, `2026.11.3`, `2026年11月3日`, `20261103`), a month in
    English letters (`3 Nov 2026`), years of the Republic (`民國115年11月3日`, `115/11/3`: no other reading
    has three digits); a time behind it is left out.
    """
    seen = unicodedata.normalize("NFKC", typed).strip()
    said = shorten(typed)
    found = _YEAR_FIRST.fullmatch(seen)
    if found and (found["roc"] or len(found["y"]) >= _ROC_DIGITS):
        republic = bool(found["roc"]) or len(found["y"]) == _ROC_DIGITS
        return _day(int(found["y"]) + (_ROC if republic else 0), int(found["m"]), int(found["d"]), said)
    found = _COMPACT.fullmatch(seen)
    if found:
        return _day(int(found["y"]), int(found["m"]), int(found["d"]), said)
    found = _NAMED.fullmatch(seen)
    if found:
        month = _month(found["m"] or found["m2"])
        if month is not None:
            return _day(int(found["y"]), month, int(found["d"] or found["d2"]), said)
    if _DAY_OR_MONTH_FIRST.fullmatch(seen):
        return text("date.order_unknown", value=said)
    if _NO_YEAR.fullmatch(seen):
        return text("date.no_year", value=said)
    return text("date.not_a_date", value=said)


def fit_date(day: dt.date, said: str) -> dt.date | Text:
    """Return *day* without its time of day, if a spreadsheet can show it."""
    plain = day.date() if isinstance(day, dt.datetime) else day
    return plain if plain >= FIRST else text("date.too_early", value=said, first=FIRST)


def parse_time(typed: str) -> dt.time | Text:
    """Return the time of day that *typed* names: `9:30`, `21:05:00`, `下午3點半`, `9:30 pm`."""
    seen = unicodedata.normalize("NFKC", typed).strip()
    said = text("time.not_a_time", value=shorten(typed))
    found = _TIME.fullmatch(seen)
    if found is None or seen == found["h"] or (found["half"] and found["after"]):
        return said
    half = (found["half"] or found["after"] or "").casefold().replace(".", "")
    hour = _hour(int(found["h"]), half)
    minute = 30 if found["thirty"] else int(found["m"] or 0)
    if hour is None or hour >= _HOURS or max(minute, int(found["s"] or 0)) >= _SIXTY:
        return said
    return dt.time(hour, minute, int(found["s"] or 0))


def _hour(hour: int, half: str) -> int | None:
    """Return the hour of 24 that *hour* is in that *half* of the day, None if it does not exist in it."""
    match half:
        case "":
            return hour
        case "am" | "凌晨" | "早上" | "上午":
            return None if hour > _NOON else hour % _NOON
        case "pm" | "下午":
            return hour % _NOON + _NOON if hour <= _NOON else hour
        case "中午":
            return hour + _NOON if hour < _NOON - 1 else hour
        case _:
            # 晚上12點 is midnight to some and a slip to others.
            return None if hour == _NOON else hour + _NOON if hour < _NOON else hour


def fit_time(time: dt.time | dt.datetime) -> dt.time:
    """Return the time of day in whole seconds."""
    return dt.time(time.hour, time.minute, time.second)


def time_of_fraction(fraction: float) -> dt.time | None:
    """Return the time that a spreadsheet writes as a *fraction* of a day, None if it is not one."""
    if not 0 <= fraction < 1:
        return None
    seconds = min(round(fraction * _DAY_SECONDS), _DAY_SECONDS - 1)
    return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _day(year: int, month: int, day: int, said: str) -> dt.date | Text:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return text("date.no_such_day", value=said)
    return fit_date(found, said)


def _month(name: str) -> int | None:
    start = name.casefold()
    return next((at for at, month in enumerate(_MONTHS, start=1) if month.startswith(start)), None)
