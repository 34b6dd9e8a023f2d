"""A sheet's XML as bytes: where its rows and cells stand, without parsing what is not asked for.

A sheet is cut in three: what stands before the rows, the rows, what stands after them. Rows and cells may
leave out their references (then they follow one another), and elements may carry a namespace prefix.
Source: ECMA-376 part 1, 18.3.1.
"""

import bisect
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from sync.edges.xlsx.a1 import LAST_ROW, column_number
from sync.edges.xlsx.archive import Damaged

INSIDE: Final = rb"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*"""
"""What a tag may hold: `>` may stand within quotes."""

# No pattern here may take longer than a few looks at each byte, whatever stands there: hence `++` and `*+`.
_ATTRIBUTE: Final = re.compile(rb"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_ROWS: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)sheetData(?=[\s/>])" + INSIDE + rb">")
_TAG: Final = re.compile(rb"<" + INSIDE + rb">")
_DIGITS: Final = len(str(LAST_ROW))
_CELL_REF: Final = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellXml:
    """One `<c>` element within its row's bytes."""

    column: int
    start: int
    end: int
    inner: bytes
    attributes: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class SheetXml:
    """A sheet's bytes and where its rows begin."""

    raw: bytes
    prefix: bytes
    """The namespace prefix of the sheet's elements with its colon, b"" if there is none."""
    top: int
    """Where the rows begin: after the `<sheetData>` tag (before it, if the tag is empty)."""
    bottom: int
    """Where they end: before `</sheetData>`."""
    empty: bool
    """The tag is `<sheetData/>`."""
    numbers: Sequence[int]
    starts: Sequence[int]
    explicit: bool
    """Every row says its number."""

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Find the rows of a sheet. Raises Damaged if they cannot be told with certainty."""
        found = _ROWS.search(raw)
        if found is None:
            raise Damaged("a sheet has no rows element")
        if b"!" in raw and b"<!" in raw:
            raise Damaged("a sheet holds comments or raw sections, which office programs do not write")
        prefix = found.group(1)
        if found.group().endswith(b"/>"):
            return cls(raw, prefix, found.start(), found.end(), True, (), (), True)
        bottom = raw.rfind(b"</" + prefix + b"sheetData")
        if bottom < found.end():
            raise Damaged("a sheet's rows do not end")
        numbers, starts, explicit = _index(raw, prefix, found.end(), bottom)
        return cls(raw, prefix, found.end(), bottom, False, numbers, starts, explicit)

    def row(self, at: int) -> bytes | None:
        """Return the bytes of row number *at* up to the next row; None if the sheet does not have it."""
        place = bisect.bisect_left(self.numbers, at)
        if place == len(self.numbers) or self.numbers[place] != at:
            return None
        return self.raw[self.starts[place] : self._end(place)]

    def place(self, at: int) -> int:
        """Return where row number *at* begins, or would begin."""
        found = bisect.bisect_left(self.numbers, at)
        return self.starts[found] if found < len(self.starts) else self.bottom

    def row_of(self, position: int) -> tuple[int, int, int]:
        """Return number, start and end of the row in which *position* lies."""
        place = bisect.bisect_right(self.starts, position) - 1
        return self.numbers[place], self.starts[place], self._end(place)

    def last_filled(self) -> int:
        """Return the number of the last row with a value in it, 0 if there is none.

        Programs write empty rows far below, for their height or format.
        """
        last = max(self.raw.rfind(each, self.top, self.bottom) for each in (b"v>", b"is>", b"f>"))
        return self.row_of(last)[0] if self.starts and last >= self.starts[0] else 0

    def with_rows(self, changed: Mapping[int, bytes]) -> bytes:
        """Return the sheet with rows replaced or, where there are none of that number, inserted in order."""
        if self.empty:
            rows = b"".join(changed[at] for at in sorted(changed))
            tag = b"<" + self.prefix + b"sheetData>"
            return b"".join((self.raw[: self.top], tag, rows, b"</", tag[1:], self.raw[self.bottom :]))
        pieces: list[bytes] = []
        done = 0
        for at in sorted(changed):
            place = bisect.bisect_left(self.numbers, at)
            there = place < len(self.numbers)
            start = self.starts[place] if there else self.bottom
            pieces += (self.raw[done:start], changed[at])
            done = self._end(place) if there and self.numbers[place] == at else start
        return b"".join((*pieces, self.raw[done:]))

    def only(self, wanted: Sequence[int]) -> bytes:
        """Return the sheet with no rows but the *wanted* ones, numbered from 1 in that order.

        Whoever reads it needs no room for the rows between them.
        """
        rows = b"".join(self._renumbered(at, number) for number, at in enumerate(wanted, start=1))
        return rows if self.empty else self.raw[: self.top] + rows + self.raw[self.bottom :]

    def _renumbered(self, at: int, number: int) -> bytes:
        row = self.row(at)
        if row is None:
            return b""
        return _numbered(self.prefix).sub(
            lambda found: found[1] + (b"%d" % number if int(found[2]) == at else found[2]), row
        )

    def _end(self, place: int) -> int:
        return self.starts[place + 1] if place + 1 < len(self.starts) else self.bottom


@functools.cache
def _numbered(prefix: bytes) -> re.Pattern[bytes]:
    """Return what finds the numbers of rows in the tags of a row and its cells."""
    return re.compile(
        rb"(<" + re.escape(prefix) + rb"(?:c|row)(?=\s)" + INSIDE + rb"""\sr=["'][A-Za-z]*)(\d+)(?=["'])"""
    )


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """Return the attributes of a start tag, as they are written."""
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(tag)}


def cells(row: bytes, prefix: bytes) -> Iterator[CellXml]:
    """Yield the cells of a row's bytes in order. Raises Damaged if a cell does not end."""
    closing = b"</" + prefix + b"c>"
    column, position = 0, 0
    opening = re.compile(rb"<" + re.escape(prefix) + rb"c(?=[\s/>])" + INSIDE + rb">")
    while (found := opening.search(row, position)) is not None:
        tag = found.group()
        own = attributes(tag[len(prefix) + 2 :])
        named = _CELL_REF.fullmatch(own.get(b"r", b""))
        column = column_number(named.group(1).decode()) if named else column + 1
        if tag.endswith(b"/>"):
            inner, position = b"", found.end()
        else:
            end = row.find(closing, found.end())
            if end < 0:
                raise Damaged("a cell does not end")
            inner, position = row[found.end() : end], end + len(closing)
        yield CellXml(column=column, start=found.start(), end=position, inner=inner, attributes=own)


def head(raw: bytes, last: int) -> bytes | None:
    """Return a sheet cut after row number *last*; None if *raw*, a beginning, does not reach so far."""
    found = _ROWS.search(raw)
    if found is None:
        return None
    prefix = found.group(1)
    if found.group().endswith(b"/>"):
        return raw[: found.end()] + _closing(raw, found.start(), prefix)
    end = raw.find(b"</" + prefix + b"sheetData", found.end())
    number = 0
    for at, said in _row_tags(raw, prefix, found.end(), len(raw)):
        before, number = number, number + 1 if said is None else said
        if number <= before:
            raise Damaged(f"row {number} stands twice, or after a later one")
        if number > last:
            end = at
            break
    if end < 0:
        return None
    return raw[:end] + b"</" + prefix + b"sheetData>" + _closing(raw, found.start(), prefix)


def _closing(raw: bytes, end: int, prefix: bytes) -> bytes:
    """Return the end tag of the root element."""
    root = re.compile(rb"<(" + re.escape(prefix) + rb"[A-Za-z]\w*)").search(raw, 0, end)
    if root is None:
        raise Damaged("a sheet has no root element")
    return b"</" + root.group(1) + b">"


def _index(raw: bytes, prefix: bytes, top: int, bottom: int) -> tuple[list[int], list[int], bool]:
    """Return the rows' numbers and starts. Raises Damaged if they do not rise."""
    numbers: list[int] = []
    starts: list[int] = []
    explicit = True
    last = 0
    for start, said in _row_tags(raw, prefix, top, bottom):
        if said is None:
            number, explicit = last + 1, False
        else:
            number = said
        if number > LAST_ROW:
            raise Damaged("there are more rows than a sheet can have")
        if number <= last:
            raise Damaged(f"row {number} stands twice, or after a later one")
        numbers.append(number)
        starts.append(start)
        last = number
    return numbers, starts, explicit


def _row_tags(raw: bytes, prefix: bytes, top: int, bottom: int) -> Iterator[tuple[int, int | None]]:
    """Yield where each row begins, and the number that it says it has."""
    opening = re.compile(rb"<" + re.escape(prefix) + rb'row(?:\s++r="([0-9]{1,7})"|(?=[\s/>]))')
    for found in opening.finditer(raw, top, bottom):
        said = found.group(1)
        if said is None and raw[found.end()] in b"/>":
            yield found.start(), None
        elif said is None:
            tag = _TAG.match(raw, found.start())
            yield found.start(), None if tag is None else _number(attributes(tag.group()).get(b"r"))
        else:
            yield found.start(), int(said)


def _number(said: bytes | None) -> int | None:
    """Return the number that a row says it has, None if it says none; beyond all rows if it is so long."""
    if said is None or not said.isdigit():
        return None
    return int(said) if len(said) <= _DIGITS else LAST_ROW + 1
