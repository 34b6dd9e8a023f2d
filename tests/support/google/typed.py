"""What becomes of text that a person types, or that a program sends as USER_ENTERED."""

import datetime as dt
import re

from tests.support.google.clock import serial
from tests.support.google.errors import Json

NUMBER = re.compile(
    r"([+-]?)\s*([$¥￥€£]?)\s*(\d{1,3}(?:,\d{3})+|\d+)?(\.\d*)?(E[+-]?\d+)?\s*(%?)", re.IGNORECASE | re.ASCII
)
ISO = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AP]M))?", re.IGNORECASE | re.ASCII)


def understood(text: str, form: Json | None, locale: str) -> tuple[Json | None, Json | None]:
    """The value to enter and the number format it brings along (None: the cell keeps its own).

    *form* is the cell's format: in a cell formatted as plain text nothing is interpreted.
    """
    own = ((form or {}).get("numberFormat") or {}).get("type", "")
    if text == "":
        return None, None
    if own == "TEXT":
        return {"stringValue": text}, None
    if text.startswith("=") and len(text) > 1:
        return {"formulaValue": text}, None
    if text.startswith("'"):
        return {"stringValue": text[1:]}, None
    if text.strip().upper() in ("TRUE", "FALSE"):
        return {"boolValue": text.strip().upper() == "TRUE"}, None
    found = _number(text.strip(), locale) or _moment(text.strip(), locale)
    if found is None:
        return {"stringValue": text}, None
    number, brought = found
    return {"numberValue": number}, None if own else brought


def _number(text: str, locale: str) -> tuple[float, Json | None] | None:
    match = NUMBER.fullmatch(text)
    if not match or not (match.group(3) or (match.group(4) or ".") != "."):
        return None
    sign, money, whole, fraction, power, percent = match.groups()
    if money and money != ("$" if locale == "en_US" else "¥"):
        return None
    number = float((whole or "0").replace(",", "") + (fraction or "") + (power or "")) * (
        -1 if sign == "-" else 1
    )
    decimals = ".00" if fraction and len(fraction) > 1 else ""
    if percent:
        return round(number / 100, 15), {"type": "PERCENT", "pattern": f"0{decimals}%"}
    if money:
        return number, {"type": "CURRENCY", "pattern": f'"{money}"#,##0{decimals}'}
    if whole and "," in whole:
        return number, {"type": "NUMBER", "pattern": f"#,##0{decimals}"}
    if power:
        return number, {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    return number, None


def _moment(text: str, locale: str) -> tuple[float, Json] | None:
    day, pattern, rest = _day(text, locale)
    if rest is None:
        return None
    if not rest:
        return serial(day), {"type": "DATE", "pattern": pattern}
    time = TIME.fullmatch(rest)
    if not time:
        return None
    hour, minute, second = int(time.group(1)), int(time.group(2)), int(time.group(3) or 0)
    if time.group(4):
        hour = hour % 12 + (12 if time.group(4).upper() == "PM" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    shape = "h:mm" + (":ss" if time.group(3) else "") + (" AM/PM" if time.group(4) else "")
    at = day + dt.timedelta(hours=hour, minutes=minute, seconds=second)
    if pattern:
        return serial(at), {"type": "DATE_TIME", "pattern": f"{pattern} {shape}"}
    return serial(at), {"type": "TIME", "pattern": shape}


def _day(text: str, locale: str) -> tuple[dt.datetime, str, str | None]:
    """The day at the beginning of *text*, its pattern, and what follows; the last is None if it is no day."""
    zero = dt.datetime(1899, 12, 30)
    for shape in (ISO, CHINESE, MONTH_FIRST):
        match = shape.match(text)
        if not match or (shape is MONTH_FIRST and locale != "en_US"):
            continue
        numbers = [int(part) for part in match.groups() if part.isdigit()]
        year, month, day = numbers if shape is not MONTH_FIRST else (numbers[2], numbers[0], numbers[1])
        try:
            found = dt.datetime(year, month, day)
        except ValueError:
            return zero, "", None
        return found, _pattern(match, shape), text[match.end() :].strip()
    return zero, "", text if ":" in text else None


def _pattern(match: re.Match[str], shape: re.Pattern[str]) -> str:
    if shape is CHINESE:
        return 'yyyy"年"m"月"d"日"'
    if shape is MONTH_FIRST:
        return "m/d/yyyy"
    wide = len(match.group(3)) == 2 and len(match.group(4)) == 2
    return match.group(2).join(("yyyy", "mm", "dd") if wide else ("yyyy", "m", "d"))
