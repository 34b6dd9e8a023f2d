"""One row's XML with some of its cells changed; all other cells stay byte for byte."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sheet_templates.record import text
from sync.edges.xlsx.a1 import LAST_COLUMN, ref
from sync.edges.xlsx.cellxml import content
from sync.edges.xlsx.harm import Harm, holds_formula
from sync.edges.xlsx.sheetxml import INSIDE, CellXml, attributes, cells
from sync.edges.xlsx.styles import PLAIN, Look
from sync.ports import Shown

_COLUMN: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?col(?=\s)" + INSIDE + rb">")
_TAG: Final = re.compile(rb"<" + INSIDE + rb">")
_SPANS: Final = re.compile(rb'(\sspans=")([0-9]+):([0-9]+)"')
_OURS: Final = frozenset((b"r", b"s", b"t", b"cm", b"vm"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """Which style a cell gets that is not there yet, and which styles show dates."""

    prefix: bytes
    columns: Mapping[int, bytes]
    dates: Mapping[int, Look]
    date1904: bool


def column_styles(head: bytes) -> Mapping[int, bytes]:
    """Return column → style number, as the columns' declaration before the rows says."""
    styles: dict[int, bytes] = {}
    for found in _COLUMN.finditer(head):
        own = attributes(found.group())
        first, last, style = (own.get(each, b"0") for each in (b"min", b"max", b"style"))
        if first.isdigit() and last.isdigit() and style.isdigit() and int(style):
            styles |= dict.fromkeys(range(int(first), min(int(last), LAST_COLUMN) + 1), style)
    return styles


def cell_styles(row: bytes | None, prefix: bytes) -> Mapping[int, bytes]:
    """Return column → style number of a row's cells."""
    if row is None:
        return {}
    return {each.column: each.attributes[b"s"] for each in cells(row, prefix) if b"s" in each.attributes}


def edited_row(
    row: bytes | None,
    at: int,
    puts: Mapping[int, Shown],
    *,
    styles: Styles,
    above: Callable[[], Mapping[int, bytes]],
) -> tuple[bytes, frozenset[str]]:
    """Return the row with *puts* (column → value) in it, and which of its cells held formulas.

    *row* None: a row that is not there yet; its bytes are empty if nothing is to stand in it. *above* gives
    the styles of the row before it, for cells that neither row nor column styles. Raises Harm.
    """
    there = {each.column: each for each in cells(row, styles.prefix)} if row is not None else {}
    wanted = {column: shown for column, shown in puts.items() if column in there or shown not in (None, "")}
    formulas = frozenset(ref(at, column) for column in wanted if holds_formula(there.get(column)))
    if row is None:
        if not wanted:
            return b"", formulas
        row = b'<%brow r="%d"></%brow>' % (styles.prefix, at, styles.prefix)
    found = _TAG.match(row)
    if found is None:
        raise Harm(f"row {at} cannot be understood")
    tag = found.group()
    opening = tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag
    rest = row[found.end() :]
    if tag.endswith(b"/>"):
        rest = b"</%brow>" % styles.prefix + rest
    shift = found.end()
    own = attributes(tag)
    fallback = _Fallback(
        own=own.get(b"s") if own.get(b"customFormat") in {b"1", b"true"} else None, above=above
    )
    inner = _inner(rest, shift=shift, at=at, there=there, wanted=wanted, styles=styles, fallback=fallback)
    return _spanning(opening, wanted) + inner, formulas


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fallback:
    """Where a new cell's style comes from, beside its column."""

    own: bytes | None
    above: Callable[[], Mapping[int, bytes]]

    def style(self, column: int, columns: Mapping[int, bytes]) -> bytes:
        return self.own or columns.get(column) or self.above().get(column) or b"0"


def _inner(
    rest: bytes,
    *,
    shift: int,
    at: int,
    there: Mapping[int, CellXml],
    wanted: Mapping[int, Shown],
    styles: Styles,
    fallback: _Fallback,
) -> bytes:
    """Return what follows the row's start tag, edited. *shift*: how far *rest* lies behind the cells' places."""
    pieces: list[bytes] = []
    done = 0
    complete = all(b"r" in each.attributes for each in there.values())
    for column in sorted({*there, *wanted}):
        cell = there.get(column)
        if cell is None:
            style = fallback.style(column, styles.columns)
            end = next((each.start - shift for each in there.values() if each.column > column), None)
            end = _last(there.values(), shift) if end is None else end
            pieces += (rest[done:end], _cell(at, column, wanted[column], style=style, styles=styles))
            done = end
        elif column in wanted:
            own = b"".join(_attributes(cell, _OURS))
            style = cell.attributes.get(b"s") or b"0"
            pieces += (
                rest[done : cell.start - shift],
                _cell(at, column, wanted[column], style=style, styles=styles, own=own),
            )
            done = cell.end - shift
        elif not complete:
            old = rest[cell.start - shift : cell.end - shift]
            name = len(styles.prefix) + 2
            named = b"".join(
                (old[:name], b' r="%b"' % ref(at, column).encode(), b"".join(_attributes(cell, {b"r"})))
            )
            pieces += (rest[done : cell.start - shift], named, old[_tag_tail(old) :])
            done = cell.end - shift
    return b"".join((*pieces, rest[done:]))


def _last(there: Iterable[CellXml], shift: int) -> int:
    return max((each.end - shift for each in there), default=0)


def _tag_tail(cell: bytes) -> int:
    """Return where a cell's start tag ends, its `>` or `/>` included in what follows."""
    found = _TAG.match(cell)
    end = len(cell) if found is None else found.end()
    return end - 2 if cell[:end].endswith(b"/>") else end - 1


def _attributes(cell: CellXml, but: Iterable[bytes]) -> Iterator[bytes]:
    left_out = set(but)
    for name, value in cell.attributes.items():
        if name not in left_out:
            yield b' %b="%b"' % (name, value.replace(b'"', b"&quot;"))


def _cell(at: int, column: int, shown: Shown, *, style: bytes, styles: Styles, own: bytes = b"") -> bytes:
    if not style.isdigit():
        raise Harm(f"{ref(at, column)}: its style is not a number")
    try:
        kind, inner = content(
            shown, prefix=styles.prefix, look=styles.dates.get(int(style), PLAIN), date1904=styles.date1904
        )
    except ValueError as error:
        raise Harm(f"{ref(at, column)}: {error}", text("harm.cell", cell=ref(at, column))) from error
    styled = b' s="%b"' % style if style != b"0" else b""
    typed = b' t="%b"' % kind if kind else b""
    start = b'<%bc r="%b"%b%b%b' % (styles.prefix, ref(at, column).encode(), styled, own, typed)
    return start + (b">%b</%bc>" % (inner, styles.prefix) if inner else b"/>")


def _spanning(tag: bytes, wanted: Iterable[int]) -> bytes:
    """Return the row's start tag, its hint about used columns widened."""
    found = _SPANS.search(tag)
    if found is None:
        return tag
    first, last = min((int(found[2]), *wanted)), max((int(found[3]), *wanted))
    return tag[: found.start()] + b'%b%d:%d"' % (found[1], first, last) + tag[found.end() :]
