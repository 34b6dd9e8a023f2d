"""How values are written for people: money, counts, shares and dates, the same in all three languages."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from reports.page import Kind, PageCell, Said
from sheet_templates.form import Labels, Lang
from sheet_templates.record import Text
from sheet_templates.words import Words

NOTHING: Final = "–"
"""Stands for a figure that cannot be known."""

_CENT: Final = Decimal("0.01")
_TENTH: Final = Decimal("0.1")


def said(what: Said, words: Words, lang: Lang) -> str:
    """Return a sentence, a label or a name in *lang*."""
    match what:
        case Text():
            return words.say(what, lang)
        case Labels():
            return what.in_(lang)
        case str():
            return what


def written(cell: PageCell, kind: Kind, words: Words, lang: Lang) -> str:
    """Return what stands in a table's cell, as text; '' for an empty one."""
    match cell:
        case None:
            return ""
        case Decimal():
            return plain(cell, kind)
        case dt.date():
            return cell.isoformat()
        case _:
            return said(cell, words, lang)


def plain(value: Decimal, kind: Kind) -> str:
    """Return *value* as text: `12,345.60`, `42`, `12.5 %`."""
    match kind:
        case Kind.MONEY:
            return plain_money(value)
        case Kind.PERCENT:
            return f"{_rounded(value * 100, _TENTH):,f} %"
        case _:
            return f"{value:,.0f}" if value == value.to_integral_value() else f"{_rounded(value, _CENT):,f}"


def plain_money(value: Decimal) -> str:
    """Return *value* with thousands separators and cents: `-1,200.00`."""
    return f"{_rounded(value, _CENT):,f}"


def change(value: Decimal | None) -> str:
    """Return a growth as text: `▲ 12.5 %`, `▼ 3.0 %`, `= 0 %`; a dash if it cannot be said."""
    if value is None:
        return NOTHING
    rounded = _rounded(abs(value) * 100, _TENTH)
    if not rounded:
        return "= 0 %"
    return f"{'▲' if value > 0 else '▼'} {rounded:,f} %"


def _rounded(value: Decimal, to: Decimal) -> Decimal:
    """Return *value* rounded half up, as people do; never a negative zero."""
    return value.quantize(to, rounding=ROUND_HALF_UP) + 0
