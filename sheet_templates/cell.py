"""What stands in a cell, understood by the field's type. Never guesses, never raises for what people type."""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from sheet_templates.form import NO, YES, Choice, Field, FieldType, Labels
from sheet_templates.link import LookUp, find, linked_form
from sheet_templates.match import fold
from sheet_templates.moment import fit_date, fit_time, parse_date, parse_time, time_of_fraction
from sheet_templates.numeral import DIGITS, fit_number, parse_number, shorten
from sheet_templates.record import Broken, Cell, Shown, Text, Value, named, text

Typed: TypeAlias = str | bool | float | Decimal | dt.date | dt.time
"""A cell that has something in it."""

Fault: TypeAlias = Text | tuple[Text, Text]
"""What is wrong; with how to mend it, where that is more than the sentence `<key>.mend` without blanks."""

CELL_LENGTH: Final = 32_767
"""UTF-16 units that a cell holds; spreadsheet programs cut the rest off without a word."""
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}"
)
_PHONE_DIGITS: Final = 3
_NONCHARACTERS: Final = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_UNSTORABLE: Final = re.compile(f"[\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]")
"""Lone surrogates and non-characters: a file with one of them cannot be read back."""
_EDGES: Final = "\u200b\u200e\u200f\u2060\ufeff"
_MIDNIGHT: Final = dt.time(0)


def understand(field: Field, cell: Cell, look_up: LookUp) -> Value | Fault:  # noqa: C901 — one case a type
    """Return the canonical value of *cell* in *field*, or what is wrong with it."""
    typed = _usable(field, cell)
    if typed is None or isinstance(typed, Text):
        return typed
    match field.type:
        case FieldType.TEXT | FieldType.LONG_TEXT | FieldType.FILE:
            return _as_text(typed)
        case FieldType.NUMBER | FieldType.MONEY | FieldType.PERCENT:
            return _as_number(field.type, typed)
        case FieldType.DATE:
            return _as_date(typed)
        case FieldType.TIME:
            return _as_time(typed)
        case FieldType.CHOICE:
            return _as_choice(field, typed)
        case FieldType.YES_NO:
            return _as_yes_no(typed)
        case FieldType.PHONE:
            return _as_phone(typed)
        case FieldType.EMAIL:
            return _as_email(typed)
        case FieldType.LINK | FieldType.PERSON:
            name = _as_text(typed)
            return name if isinstance(name, Text) else find(linked_form(field), name, look_up)


def choice_of(field: Field, key: str) -> Choice | None:
    """Return the choice of *field* with this key, or None."""
    return next((each for each in field.choices if each.key == key), None)


def clean(typed: str, *, lines: bool) -> str:
    """Return text in its canonical form: NFC, one kind of line break, no control characters, trimmed.

    Without *lines* it is one line.
    """
    visible = CONTROL.sub("", typed.replace("\r\n", "\n").replace("\r", "\n"))
    plain = unicodedata.normalize("NFC", visible)
    if not lines:
        plain = re.sub(r"\s*[\n\u2028\u2029\x85]\s*", " ", plain)
    trimmed = plain
    while (shorter := trimmed.strip().strip(_EDGES)) != trimmed:
        trimmed = shorter
    return trimmed


def list_choices(choices: Sequence[Choice]) -> Text:
    """Return the labels of *choices* as they are listed in a sentence."""
    return named(
        Labels(
            zh_hant="、".join(each.labels.zh_hant for each in choices),
            zh_hans="、".join(each.labels.zh_hans for each in choices),
            en=", ".join(each.labels.en for each in choices),
        )
    )


def cut(said: str, most: int) -> str:
    """Return the beginning of *said* that has at most so many UTF-16 units, as spreadsheet programs count."""
    return said.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def units(said: str) -> int:
    """Return how many UTF-16 units *said* has: what spreadsheet programs count as characters."""
    return len(said.encode("utf-16-le", "surrogatepass")) // 2


def too_long(shown: Shown) -> bool:
    """Return whether *shown* is a text that no cell can hold."""
    return isinstance(shown, str) and 2 * len(shown) > CELL_LENGTH and units(shown) > CELL_LENGTH


def write_cell(cell: Cell) -> str:
    """Return what stands in a cell as people would read it there."""
    match cell:
        case None:
            return ""
        case Broken():
            return cell.text
        case bool():
            return str(cell).upper()
        case dt.datetime():
            return f"{cell:%Y-%m-%d}" if cell.time() == _MIDNIGHT else f"{cell:%Y-%m-%d %H:%M}"
        case _:
            return str(cell)


def _usable(field: Field, cell: Cell) -> Typed | Text | None:
    if isinstance(cell, Broken):
        return text(cell.flaw, value=shorten(cell.text))
    if not isinstance(cell, str):
        return cell
    if _UNSTORABLE.search(cell):
        return text("text.unstorable")
    kept = clean(cell, lines=field.type is FieldType.LONG_TEXT)
    # Some letters are kept as several: it is too long as it was typed, or as it would be shown.
    longest = max(cell, kept, key=units)
    if too_long(longest):
        return text("text.too_long_for_a_cell", length=units(longest), limit=CELL_LENGTH)
    return kept or None


def _as_text(typed: Typed) -> str | Text:
    match typed:
        case str():
            return typed
        case int() | float() | Decimal() if not isinstance(typed, bool):
            if not Decimal(typed).is_finite():
                return text("number.not_a_number", value=shorten(str(typed)))
            number = fit_number(FieldType.NUMBER, typed)
            if isinstance(number, Text):
                # A spreadsheet keeps 15 digits: the last ones were lost before we could read them.
                return text("text.digits_lost", value=shorten(str(typed)), digits=DIGITS)
            return f"{number:f}"
        case dt.time():
            return f"{typed:%H:%M}"
        case _:
            return write_cell(typed)


def _as_number(kind: FieldType, typed: Typed) -> Decimal | Fault:
    match typed:
        case str():
            found = parse_number(kind, typed)
        case bool():
            found = text("number.not_a_number", value=write_cell(typed))
        case dt.date() | dt.time():
            found = text("number.is_a_date", value=write_cell(typed))
        case _:
            found = fit_number(kind, typed)
    if isinstance(found, Text) and found.key == "money.too_many_decimals":
        return found, text("money.too_many_decimals.mend", rounded=dict(found.params)["rounded"])
    return found


def _as_date(typed: Typed) -> dt.date | Text:
    match typed:
        case dt.date():
            return fit_date(typed, write_cell(typed))
        case str():
            return parse_date(typed)
        case bool() | dt.time():
            return text("date.not_a_date", value=write_cell(typed))
        case _:
            # 20261103 names a day; 46329 would only be one if we guessed where this workbook begins to count.
            digits = _as_text(typed)
            return digits if isinstance(digits, Text) else parse_date(digits)


def _as_time(typed: Typed) -> dt.time | Text:
    match typed:
        case dt.time() | dt.datetime():
            return fit_time(typed)
        case str():
            return parse_time(typed)
        case bool() | dt.date():
            found = None
        case Decimal() if not typed.is_finite():
            found = None
        case _:
            found = time_of_fraction(float(typed))
    return text("time.not_a_time", value=write_cell(typed)) if found is None else found


def _as_choice(field: Field, typed: Typed) -> str | Fault:
    name = _as_text(typed)
    if isinstance(name, Text):
        return name
    folded = fold(name)
    choice = choice_of(field, name) or next(
        (each for each in field.choices if folded in {fold(each.key), *_folded(each.labels)}), None
    )
    if choice is not None:
        return choice.key
    mend = text("choice.unknown.mend", allowed=list_choices(field.choices))
    return text("choice.unknown", value=shorten(name)), mend


def _as_yes_no(typed: Typed) -> bool | Text | None:
    if isinstance(typed, bool):
        return typed or None
    name = _as_text(typed)
    if isinstance(name, str) and fold(name) in _folded(YES):
        return True
    if isinstance(name, str) and fold(name) in _folded(NO):
        return None
    return text("yes_no.unknown", value=shorten(write_cell(typed)))


def _as_phone(typed: Typed) -> str | Text:
    name = _as_text(typed)
    if isinstance(name, Text):
        return name
    phone = " ".join(unicodedata.normalize("NFKC", name).split())
    enough = sum(each.isdigit() for each in phone) >= _PHONE_DIGITS
    return phone if enough else text("phone.unknown", value=shorten(name))


def _as_email(typed: Typed) -> str | Text:
    name = _as_text(typed)
    if isinstance(name, Text):
        return name
    address = unicodedata.normalize("NFKC", name).strip().removeprefix("mailto:").rstrip(".;,")
    if _EMAIL.fullmatch(address) and ".." not in address:
        return address
    return text("email.several" if address.count("@") > 1 else "email.unknown", value=shorten(name))


def _folded(labels: Labels) -> frozenset[str]:
    return frozenset(fold(each) for each in labels.every())
