"""Numbers as people write them in cells: full-width, with separators, currency signs, percent, 萬 and 億.

Every function returns the number, or the sentence that says what is wrong with it.
"""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Final

from sheet_templates.form import FieldType
from sheet_templates.record import Text, text

DIGITS: Final = 15
"""Significant digits that a spreadsheet keeps."""
MONEY_DECIMALS: Final = 2
LIMIT: Final = Decimal(10) ** DIGITS

_ROUND: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_UP)
_FINEST: Final = Decimal(1).scaleb(-DIGITS)
_CENT: Final = Decimal(1).scaleb(-MONEY_DECIMALS)

_CURRENCY: Final = re.compile(
    r"^(?P<sign>[-+]?)\s*(?:RMB|CNY|NT\$|TWD|HK\$|HKD|US\$|USD|EUR|[¥$€£])"
    r"|(?:元整|元正|元|圓|圆|RMB|CNY|TWD|HKD|USD|EUR)$",
    re.IGNORECASE,
)
_UNITS: Final = {"萬": 4, "万": 4, "億": 8, "亿": 8}
_PLAIN: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:E[-+]?\d{1,3})?", re.IGNORECASE)
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:([,' ])\d{3})(?:\1\d{3})*(?:\.\d+)?")
_MINUS: Final = dict.fromkeys(map(ord, "−–﹣‒"), "-") | {ord("’"): "'"}


def parse_number(kind: FieldType, typed: str) -> Decimal | Text:
    """Return the number that *typed* means in a NUMBER, MONEY or PERCENT field (percent as a fraction).

    Nothing is guessed: `12,5` and `1.200.000` are not numbers here, and `%` counts only where a percentage
    is asked for.
    """
    seen = unicodedata.normalize("NFKC", typed).translate(_MINUS).strip()
    said = text("number.not_a_number", value=shorten(typed))
    negative = seen.startswith("(") and seen.endswith(")")
    seen = seen[1:-1].strip() if negative else seen
    shift = 0
    if kind is FieldType.PERCENT and seen.endswith("%"):
        seen, shift = seen[:-1].rstrip(), -2
    else:
        seen = _without_currency(seen)
        if seen and seen[-1] in _UNITS:
            shift, seen = _UNITS[seen[-1]], seen[:-1].rstrip()
    if _GROUPED.fullmatch(seen):
        seen = re.sub(r"[,' ]", "", seen)
    if not _PLAIN.fullmatch(seen):
        return said
    number = Decimal(seen)
    if len(number.normalize(_WIDE).as_tuple().digits) > DIGITS:
        return text("number.too_many_digits", value=shorten(typed), digits=DIGITS)
    return fit_number(kind, (-number if negative else number).scaleb(shift, _WIDE))


def fit_number(kind: FieldType, number: Decimal | float) -> Decimal | Text:
    """Return the canonical form of a number that stands in a cell: what a spreadsheet keeps of it.

    At most 15 significant digits and 15 decimals (binary noise such as 5.6e-17 is nothing), below 10^15;
    money with two decimals, and no more: a third one is a mistake, not something to round away.
    """
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    said = shorten(str(number))
    if not exact.is_finite():
        return text("number.not_a_number", value=said)
    kept = _ROUND.plus(exact)
    if abs(kept) >= LIMIT:
        return text("number.too_large", value=said)
    kept = _plain(kept)
    if kind is not FieldType.MONEY:
        return kept
    money = kept.quantize(_CENT, context=_WIDE)
    if money != kept:
        return text("money.too_many_decimals", value=said, decimals=MONEY_DECIMALS, rounded=money)
    return money


def round_number(kind: FieldType, number: Decimal) -> Decimal | None:
    """Return a *computed* number in canonical form: money rounded half up. None if it is beyond all limits."""
    if kind is FieldType.MONEY and number.is_finite() and abs(number) < LIMIT:
        number = number.quantize(_CENT, context=_WIDE)
    fitted = fit_number(kind, number)
    return fitted if isinstance(fitted, Decimal) else None


def shorten(typed: str, width: int = 60) -> str:
    """Return *typed* in one line that is short enough for a sentence."""
    line = " ".join(typed.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _plain(number: Decimal) -> Decimal:
    """Return *number* without trailing zeros, exponent and negative zero."""
    short = number.quantize(_FINEST, context=_WIDE).normalize(_WIDE)
    if not short:
        return Decimal(0)
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1), context=_WIDE) if isinstance(exponent, int) and exponent > 0 else short


def _without_currency(seen: str) -> str:
    bare = _CURRENCY.sub(lambda found: found["sign"] or "", seen)
    return re.sub(r"^([-+])\s+", r"\1", bare.strip())
