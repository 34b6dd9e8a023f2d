"""The texts that cells share: how much room they take in a sheet, told before a reader makes that room.

A cell names a text by its number, in a few bytes; whoever reads the cell makes a copy of the text. A sheet of a
hundred kilobytes can so ask for all memory there is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Archive, Damaged
from sync.edges.xlsx.sheetxml import INSIDE, attributes

_PART: Final = "xl/sharedstrings.xml"
"""In lower case: the reader looks for it by this name alone."""

_ROOT: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?sst(?=[\s/>])" + INSIDE + rb">")
_WITHIN: Final = 4096
_ONE: Final = re.compile(rb"<(?:[\w.-]++:)?+si(?=[\s/>])")
_VALUE: Final = re.compile(rb"<(?:[\w.-]++:)?+v(?=[\s>])[^<>]*+>\s*+([0-9]*+)([^<]*+)")
_BELOW_NOUGHT: Final = re.compile(rb"""=\s?["']s["'][^<>]{0,99}>\s{0,9}<[^<>]{0,99}>-""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTexts:
    """The lengths of a workbook's shared texts, in bytes; no more than that is known of them here."""

    lengths: Sequence[int]

    @classmethod
    def of(cls, archive: Archive) -> Self:
        """Measure the texts of a workbook. Raises Damaged or Entities.

        Damaged if the table says that it holds more than it can: readers make room for what it says.
        """
        lengths: Sequence[int] = ()
        for name in archive.members:
            if name.casefold() == _PART:
                lengths = _lengths(name, parts.content(archive, name))
        return cls(lengths=lengths)

    def in_sheet(self, xml: bytes, most: int) -> int:
        """Return how many bytes the texts of a sheet's cells take; if it is below *most*, a bound. Raises Damaged."""
        if not self.lengths or b"v>" not in xml:
            return 0
        if b">-" in xml and _BELOW_NOUGHT.search(xml):
            raise Damaged("a cell names its text by a number below nought")
        longest = max(self.lengths)
        bound = longest * xml.count(b"v>")
        # A number may be no text's: then too much is counted, which only matters where far too much is.
        return bound if bound <= most else sum(self._named(xml, longest))

    def _named(self, xml: bytes, longest: int) -> Iterator[int]:
        for found in _VALUE.finditer(xml):
            digits, rest = found.groups()
            at = int(digits[:10] or b"0")
            if b"&" in rest:
                yield longest
            elif at < len(self.lengths):
                yield self.lengths[at]


def _lengths(name: str, raw: bytes) -> Sequence[int]:
    found = _ROOT.search(raw, 0, _WITHIN)
    if found is None:
        raise Damaged(f"{name} does not begin as it should")
    # `count` says how often they are used, and may be high; `uniqueCount` is what room is made for.
    count = attributes(found.group()).get(b"uniqueCount", b"0")
    if not count.isdigit() or len(count) > len(str(len(raw))) or int(count) > len(raw):
        raise Damaged(f"{name} says that it holds more than it does")
    # What is commented out cannot be told from what counts: then each text may be all of it.
    return (len(raw),) if b"<!" in raw else tuple(map(len, _ONE.split(raw)[1:]))
