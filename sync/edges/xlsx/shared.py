"""Formulas that several cells share: one cell has the words, the others refer to it by number.

When a value takes the place of the one with the words, the next of the others gets them, moved to where it
stands. Source: ECMA-376 part 1, 18.3.1.40.
"""

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from sheet_templates.record import text
from sync.edges.xlsx.a1 import Area, ref
from sync.edges.xlsx.formula import BeyondError, moved
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.sheetxml import INSIDE, CellXml, SheetXml, attributes, cells

_FORMULA: Final = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?)f(?=[\s/>])(" + INSIDE + rb")(?:/>|>([^<]*)</\1f\s*>)"
)

Place = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Formula:
    """The formula of one cell."""

    place: Place
    start: int
    """Where its element begins in the sheet."""
    end: int
    attributes: dict[bytes, bytes]
    words: bytes

    @property
    def group(self) -> bytes | None:
        """The number of the group that it shares its words with."""
        return self.attributes.get(b"si") if self.attributes.get(b"t") == b"shared" else None


def handed_on(sheet: SheetXml, places: Collection[Place]) -> SheetXml:
    """Return the sheet in which no cell of *places* has words that others share.

    Raises Harm if it is not certain what the others say, and Damaged.
    """
    if sheet.raw.find(b"shared", sheet.top, sheet.bottom) < 0:
        return sheet
    for place in sorted(places):
        own = next((each for each in _formulas(sheet, place[0], place[0]) if each.place == place), None)
        if own is None or own.group is None or b"ref" not in own.attributes:
            continue
        changed = _handed(sheet, own, places)
        if changed is None:
            at = ref(*place)
            raise Harm(
                f"{at}: a formula that other cells share, which cannot be handed on to them",
                text("harm.formula", cell=at),
            )
        sheet = changed
    return sheet


def _handed(sheet: SheetXml, own: _Formula, places: Collection[Place]) -> SheetXml | None:
    """Return the sheet in which another cell has the words of *own*; None if that cannot be told safely."""
    area = Area.parse(own.attributes[b"ref"].decode("ascii", "replace"))
    if area is None:
        return None
    group = [each for each in _formulas(sheet, 1, sheet.numbers[-1]) if each.group == own.group]
    others = [each for each in group if each.place != own.place]
    staying = [each for each in others if each.place not in places]
    if any(b"ref" in each.attributes or not area.holds(*each.place) for each in others):
        return None
    if not staying:
        return sheet
    heir = staying[0]
    words = _translated(own, heir.place)
    if words is None:
        return None
    rows, columns = zip(*(each.place for each in staying), strict=True)
    covered = Area(top=min(rows), left=min(columns), bottom=max(rows), right=max(columns))
    said = {**own.attributes, b"ref": str(covered).encode()}
    written = b"".join(b' %b="%b"' % (name, value.replace(b'"', b"&quot;")) for name, value in said.items())
    tag = b"%bf" % sheet.prefix
    formula = b"<%b%b>%b</%b>" % (tag, written, words, tag)
    return SheetXml.of(sheet.raw[: heir.start] + formula + sheet.raw[heir.end :])


def _translated(own: _Formula, to: Place) -> bytes | None:
    """Return the words of a formula as they are said from another cell; None if they cannot be."""
    words = html.unescape(own.words.decode("utf-8", "replace"))
    if not words:
        return None
    try:
        return escape(moved(words, to[0] - own.place[0], to[1] - own.place[1])).encode()
    except BeyondError:
        return None


def _formulas(sheet: SheetXml, first: int, last: int) -> Iterator[_Formula]:
    """Yield the formulas of rows *first* to *last*, in the order of reading. Raises Damaged."""
    for at in sheet.numbers:
        if not first <= at <= last:
            continue
        start, row = sheet.place(at), sheet.row(at)
        if row is None or b"shared" not in row:
            continue
        for cell in cells(row, sheet.prefix):
            found = _of(cell, row)
            if found is not None:
                yield _Formula(
                    place=(at, cell.column),
                    start=start + found.start(),
                    end=start + found.end(),
                    attributes=attributes(found[2]),
                    words=found[3] or b"",
                )


def _of(cell: CellXml, row: bytes) -> re.Match[bytes] | None:
    return _FORMULA.search(row, cell.start, cell.end)
