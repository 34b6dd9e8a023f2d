"""Ranges that grow with appended rows: tables, filters, drop-downs and conditional formats."""

import re
from dataclasses import dataclass, replace
from typing import Final

from sync.edges.xlsx.a1 import LAST_ROW, Area
from sync.edges.xlsx.sheetxml import INSIDE

_DIMENSION: Final = re.compile(rb"(<(?:[A-Za-z_][\w.-]*:)?dimension\s" + INSIDE + rb')(ref=")([^"]*)(")')
_RULES: Final = re.compile(
    rb"(<(?:[A-Za-z_][\w.-]*:)?(?:conditionalFormatting|dataValidation)(?=\s)"
    + INSIDE
    + rb'\ssqref=")([^"]*)(")'
)
_RULES_2009: Final = re.compile(rb"(<(?:xm|[A-Za-z_][\w.-]*):sqref>)([^<]*)(</)")
_FILTER: Final = re.compile(rb"(<(?:[A-Za-z_][\w.-]*:)?autoFilter(?=\s)" + INSIDE + rb'\sref=")([^"]*)(")')
_TABLE: Final = re.compile(
    rb"(<(?:[A-Za-z_][\w.-]*:)?table(?=\s)" + INSIDE + rb'\sref=")([^"]*)(")' + INSIDE + rb">"
)
_CELLS: Final = re.compile(rb"[A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?")
_VIEWS: Final = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?)customSheetViews(?=[\s>]).*?</\1customSheetViews\s*>", re.DOTALL
)
_TOTALS: Final = re.compile(rb'\stotalsRowCount="[1-9]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Rows were appended to a sheet: its records begin at *first*, ended at *before* and now end at *after*."""

    first: int
    before: int
    after: int

    def grown(self, area: Area) -> Area:
        """Return *area* as it should be now: what covered all records covers the appended ones too."""
        covers = area.top <= self.first and self.before <= area.bottom < self.after
        return replace(area, bottom=self.after) if covers else area

    def grown_ref(self, refs: bytes) -> bytes:
        """Return a list of references, grown."""
        return b" ".join(self._one(each) for each in refs.split())

    def _one(self, written: bytes) -> bytes:
        area = Area.parse(written.decode("ascii", "replace"))
        if area is None or area.bottom == LAST_ROW:
            return written
        grown = self.grown(area)
        return written if grown == area else str(grown).encode()


def with_dimension(head: bytes, bottom: int, right: int) -> bytes:
    """Return what stands before a sheet's rows, its used area grown to *bottom* and *right*."""
    found = _DIMENSION.search(head)
    if found is not None and not _CELLS.fullmatch(found.group(3)):
        # LibreOffice writes `1:4` where whole rows are formatted: there is nothing to grow.
        return head
    area = Area.parse(found.group(3).decode("ascii", "replace")) if found else None
    if found is None or area is None:
        return head
    grown = replace(area, bottom=max(area.bottom, bottom), right=max(area.right, right))
    return head if grown == area else head[: found.start(3)] + str(grown).encode() + head[found.end(3) :]


def with_grown_rules(tail: bytes, growth: Growth) -> bytes:
    """Return what stands after a sheet's rows: filter, drop-downs and conditional formats grown."""
    views = _VIEWS.search(tail)
    if views is not None:
        # A view that somebody kept has a filter of its own, as it was then.
        before, after = tail[: views.start()], tail[views.end() :]
        return with_grown_rules(before, growth) + views.group() + with_grown_rules(after, growth)
    for rule in (_RULES, _RULES_2009, _FILTER):
        tail = rule.sub(lambda found: found[1] + growth.grown_ref(found[2]) + found[3], tail)
    return tail


def with_grown_table(table: bytes, growth: Growth) -> bytes:
    """Return a table's part, grown; as it is if the table has a totals row or does not end with the records."""
    found = _TABLE.search(table)
    if found is None or _TOTALS.search(found.group()):
        return table
    grown = growth.grown_ref(found[2])
    if grown == found[2]:
        return table
    table = table[: found.start(2)] + grown + table[found.end(2) :]
    return _FILTER.sub(lambda each: each[1] + growth.grown_ref(each[2]) + each[3], table)


def with_grown_filter_name(workbook: bytes, index: int, growth: Growth) -> bytes:
    """Return the workbook part with the hidden name of a sheet's filter grown. *index*: the sheet's place."""
    tag = re.compile(rb"(<(?:[A-Za-z_][\w.-]*:)?definedName(?=\s)(" + INSIDE + rb")>)([^<]*)(</)")

    def grow(found: re.Match[bytes]) -> bytes:
        own = found[2]
        if b'"_xlnm._FilterDatabase"' not in own or b'localSheetId="%d"' % index not in own:
            return found.group()
        sheet, mark, refs = found[3].rpartition(b"!")
        grown = growth.grown_ref(refs)
        return (
            found.group()
            if grown == refs.replace(b"$", b"")
            else found[1] + sheet + mark + _absolute(grown) + found[4]
        )

    return tag.sub(grow, workbook)


def _absolute(refs: bytes) -> bytes:
    return re.sub(rb"([A-Z]+)([0-9]+)", rb"$\1$\2", refs.replace(b"$", b""))
