"""A value as the XML of a cell. Text is always text: nothing that a person typed becomes a formula."""

import datetime as dt
import re
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

from sheet_templates.cell import too_long
from sync.edges.xlsx.styles import Look
from sync.ports import Shown

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH_1900: Final = dt.date(1899, 12, 30)
_EPOCH_1904: Final = dt.date(1904, 1, 1)
_LEAP_BUG: Final = dt.date(1900, 3, 1)
"""Excel counts a 29 February 1900: days before it are one less."""
_DAY: Final = Decimal(86_400_000_000)


def plain_text(value: str) -> str:
    """Return *value* as a cell can hold it: one kind of line end, and U+FFFD for what XML forbids."""
    return _FORBIDDEN.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))


def serial(day: dt.date, *, date1904: bool) -> int | None:
    """Return the number that a workbook keeps for *day*; None if it is before its calendar."""
    if date1904:
        number = (day - _EPOCH_1904).days
        return number if number >= 0 else None
    number = (day - _EPOCH_1900).days - (day < _LEAP_BUG)
    return number if number > 0 else None


def content(shown: Shown, *, prefix: bytes, look: Look, date1904: bool) -> tuple[bytes, bytes]:
    """Return the `t` attribute and the inner XML of a cell that holds *shown*; both empty for None.

    *look*: what the cell's number format shows. A number among dates, or a date elsewhere, would be shown and
    read as something else, so it is written as text that says the same.
    Raises ValueError if the text is longer than a cell can hold.
    """
    match shown:
        case None | "":
            return b"", b""
        case bool():
            return b"b", _value(prefix, str(int(shown)))
        case str():
            return b"inlineStr", _text(prefix, shown)
        case Decimal():
            written = format(shown.normalize() if shown else Decimal(0), "f")
            return (b"inlineStr", _text(prefix, written)) if look else (b"", _value(prefix, written))
        case dt.time():
            number = _fraction(shown)
            written = shown.strftime("%H:%M:%S")
            return (
                (b"", _value(prefix, number)) if Look.TIME in look else (b"inlineStr", _text(prefix, written))
            )
        case dt.date():
            days = serial(shown, date1904=date1904)
            if days is None or Look.DAY not in look:
                return b"inlineStr", _text(prefix, shown.isoformat())
            return b"", _value(prefix, str(days))


def _value(prefix: bytes, written: str) -> bytes:
    return b"<%bv>%b</%bv>" % (prefix, written.encode(), prefix)


def _text(prefix: bytes, value: str) -> bytes:
    held = plain_text(value)
    if too_long(held):
        raise ValueError(f"a text of {len(held)} characters is longer than a cell can hold")
    written = escape(_LOOKS_ESCAPED.sub("_x005F_", held)).encode()
    space = b' xml:space="preserve"' if held != held.strip() or "\n" in held else b""
    return b"<%bis><%bt%b>%b</%bt></%bis>" % (prefix, prefix, space, written, prefix, prefix)


def _fraction(time: dt.time) -> str:
    seconds = dt.timedelta(
        hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond
    )
    return (
        format(Decimal(seconds // dt.timedelta(microseconds=1)) / _DAY, ".17f").rstrip("0").rstrip(".") or "0"
    )
