"""Number format patterns: what a number looks like in its cell."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

from tests.support.google.clock import moment
from tests.support.google.errors import Json, not_modelled

DATES = {
    "en_US": "M/d/yyyy",
    "zh_TW": "yyyy/M/d",
    "zh_CN": "yyyy-M-d",
    "zh_HK": "d/M/yyyy",
    "fr_FR": "dd/MM/yyyy",
}
KINDS = {"DATE": "{date}", "TIME": "h:mm:ss AM/PM", "DATE_TIME": "{date} H:mm:ss"}
FIXED = {"PERCENT": "0.00%", "CURRENCY": '"$"#,##0.00', "SCIENTIFIC": "0.00E+00", "NUMBER": "#,##0.00"}
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<money>[^\]-]*)(?:-[^\]]*)?\]|\[(?P<hint>[^\]]*)\]'
    r"|(?P<half>AM/PM|am/pm|A/P)|(?P<date>y+|M+|d+|h+|H+|m+|s+)|(?P<digits>[#0?][#0?,.]*(?:E[+-]0+)?)|_(?P<room>.)|(?P<other>.)",
    re.DOTALL,
)


def is_moment(form: Json | None) -> bool:
    """Does this CellFormat make dates or times of numbers?"""
    number = (form or {}).get("numberFormat") or {}
    return number.get("type") in KINDS


def shown(number: float, form: Json | None, locale: str) -> str:
    """The number as its cell shows it, times rounded to seconds. Raises Answer (501) for a pattern that is not modelled."""
    kind = ((form or {}).get("numberFormat") or {}).get("type", "")
    pattern = ((form or {}).get("numberFormat") or {}).get("pattern", "")
    if kind in ("", "NUMBER_FORMAT_TYPE_UNSPECIFIED", "TEXT") or pattern in ("General", "@"):
        return general(number)
    if not pattern:
        if kind in KINDS and locale not in DATES:
            raise not_modelled(f"the dates of locale {locale}")
        pattern = KINDS[kind].format(date=DATES[locale]) if kind in KINDS else FIXED[kind]
    if kind in KINDS:
        return _as_moment(number, pattern)
    return _as_number(number, pattern)


def general(number: float) -> str:
    """A number without a format: at most ten decimals, powers of ten when it is very large or small."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    if abs(number) >= 1e15 or abs(number) < 1e-9:
        mantissa, _, power = f"{number:.5E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{power[0]}{power[1:].zfill(2)}"
    return f"{number:.10f}".rstrip("0").rstrip(".")


def _as_number(number: float, pattern: str) -> str:
    sections = _sections(pattern)
    chosen, sign = sections[0], "-" if number < 0 else ""
    if number < 0 and len(sections) > 1:
        chosen, sign = sections[1], ""
    elif number == 0 and len(sections) > 2:
        chosen = sections[2]
    if chosen.strip().lower() == "general":
        return general(number)
    amount = Decimal(repr(abs(number)))
    percent = sum(1 for token in TOKEN.finditer(chosen) if token.group("other") == "%")
    amount = amount.scaleb(2 * percent)
    found = "".join(_numeric(token, amount) for token in TOKEN.finditer(chosen))
    return sign + found if any(letter in "123456789" for letter in found) else found


def _sections(pattern: str) -> list[str]:
    sections = [""]
    for token in TOKEN.finditer(pattern):
        if token.group("other") == ";":
            sections.append("")
        else:
            sections[-1] += token.group()
    return sections


def _numeric(token: re.Match[str], amount: Decimal) -> str:
    if token.group("date"):
        raise not_modelled(f"the number pattern part {token.group()}")
    for name in ("quoted", "escaped", "money", "other"):
        if token.group(name) is not None:
            return token.group(name)
    return _digits(token.group("digits"), amount) if token.group("digits") else ""


def _digits(pattern: str, amount: Decimal) -> str:
    if "E" in pattern or "?" in pattern:
        raise not_modelled(f"the number pattern {pattern}")
    whole, _, fraction = pattern.partition(".")
    rounded = amount.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    before, _, behind = f"{rounded:f}".partition(".")
    before = "" if before == "0" and "0" not in whole else before.zfill(whole.count("0"))
    if "," in whole and before:
        before = f"{int(before):,}".zfill(len(before))
    least = len(fraction.rstrip("#"))
    while len(behind) > least and behind.endswith("0"):
        behind = behind[:-1]
    return before + ("." + behind if behind else "")


def _as_moment(number: float, pattern: str) -> str:
    at = moment(number)
    if "0" not in pattern:
        at = (at + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    tokens = list(TOKEN.finditer(pattern))
    half = any(token.group("half") for token in tokens)
    written, last = "", ""
    for place, token in enumerate(tokens):
        word = token.group("date")
        if not word:
            if token.group("half"):
                written += "AM" if at.hour < 12 else "PM"
            elif token.group("hint") or token.group("digits"):
                raise not_modelled(f"the date pattern {pattern}")
            else:
                written += next(
                    (token.group(n) for n in ("quoted", "escaped", "other") if token.group(n)), ""
                )
            continue
        if word[0] in "mM" and (last == "h" or _next_date(tokens[place + 1 :]) == "s"):
            written += f"{at.minute:0{len(word)}d}"
        else:
            written += _date_part(word, at, half)
        last = word[0].lower()
    return written


def _next_date(tokens: list[re.Match[str]]) -> str:
    return next((token.group("date")[0] for token in tokens if token.group("date")), "")


def _date_part(word: str, at: dt.datetime, half: bool) -> str:
    letter, size = word[0].lower(), min(len(word), 2)
    if letter == "y":
        return f"{at.year:04d}" if len(word) > 2 else f"{at.year % 100:02d}"
    if letter == "h":
        return f"{(at.hour % 12 or 12) if half else at.hour:0{size}d}"
    if len(word) > 2:
        names = {"m": ("%b", "%B"), "d": ("%a", "%A")}[letter]
        return at.strftime(names[len(word) > 3])
    return f"{ {'m': at.month, 'd': at.day, 's': at.second}[letter]:0{size}d}"
