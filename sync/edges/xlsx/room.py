"""Where in a sheet new columns of ours have room: beside ours, and after everything that others put there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sync.edges.xlsx import parts
from sync.edges.xlsx.a1 import LAST_COLUMN, Area, column_number
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.elements import siblings
from sync.edges.xlsx.layout import SheetLayout
from sync.edges.xlsx.package import Package
from sync.edges.xlsx.sheetxml import SheetXml

_NARROW: Final = 500_000
"""The width of a narrow column in English Metric Units: a picture's end is not known more exactly."""

_REFERRING: Final = ("comments", "threadedComment", "pivotTable")


class NoRoom(Exception):  # noqa: N818 - a state of the sheet, said in words elsewhere
    """A column cannot be put in place without harm; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where new columns go."""

    first: int
    beside: bool
    """Directly right of ours, with nothing between."""
    table: str | None
    """The part of the table that holds our columns."""


def room(package: Package, sheet: SheetLayout, xml: SheetXml, count: int) -> Room:
    """Return where *count* new columns have room. Raises NoRoom, Damaged or Entities."""
    right = max(sheet.columns.values(), default=0)
    ours, taken = _tables(package, sheet)
    used = {*_filled(xml), *taken, *_merged(xml), *_anchored(package, sheet.part)}
    used.update(_referred(package, sheet.part))
    end = right if ours is None else max(right, ours[1].right)
    beside = used.isdisjoint(range(end + 1, end + count + 1))
    first = end + 1 if beside else max(used) + 1
    if ours is not None and not beside:
        raise NoRoom("right of the table")
    if first + count - 1 > LAST_COLUMN:
        raise NoRoom("up to the last column")
    return Room(first=first, beside=first == right + 1, table=None if ours is None else ours[0])


def _filled(xml: SheetXml) -> Iterator[int]:
    """Yield the columns in which something stands. Raises Damaged if a cell does not say where it stands."""
    tag = re.compile(
        rb"<"
        + re.escape(xml.prefix)
        + rb"""c(?=[\s/>])(?:[^<>]*?\sr=["']([A-Z]{1,3})[0-9]+["'])?[^<>]*+>(</)?"""
    )
    names: set[bytes] = set()
    for found in tag.finditer(xml.raw, xml.top, xml.bottom):
        if found[1] is None:
            raise Damaged("cells do not say where they stand")
        if found[2] is None and not found.group().endswith(b"/>"):
            names.add(found[1])
    return (column_number(each.decode()) for each in names)


def _merged(xml: SheetXml) -> Iterator[int]:
    for each in siblings(xml.raw, after_rows(xml)):
        if each.name == "mergeCells":
            for one in siblings(xml.raw, each.inside):
                yield from _columns(one.attributes.get(b"ref", b"").decode())


def _anchored(package: Package, sheet: str) -> Iterator[int]:
    """Yield the columns over which pictures and charts lie."""
    for part in package.related(sheet, "drawing"):
        for anchor in parts.parsed(package.archive, part):
            ends = [*parts.children(anchor, "from", "col"), *parts.children(anchor, "to", "col")]
            at = [int(each.text or 0) + 1 for each in ends]
            wide = [int(each.get("cx") or 0) for each in parts.children(anchor, "ext")]
            if at:
                yield from range(min(at), max(at) + 1 + sum(wide) // _NARROW)


def _referred(package: Package, sheet: str) -> Iterator[int]:
    """Yield the columns of notes and pivot tables."""
    for kind in _REFERRING:
        for part in package.related(sheet, kind):
            for each in parts.parsed(package.archive, part).iter("{*}*"):
                if parts.local_name(each) in {
                    "comment",
                    "threadedComment",
                    "location",
                }:
                    yield from _columns(each.get("ref") or "")


def _tables(package: Package, sheet: SheetLayout) -> tuple[tuple[str, Area] | None, set[int]]:
    """Return the table over our columns, if there is one, and the columns of all others. Raises NoRoom."""
    ours: tuple[str, Area] | None = None
    others: set[int] = set()
    for part in package.related(sheet.part, "table"):
        table = parts.parsed(package.archive, part)
        area = Area.parse(table.get("ref") or "")
        if area is None:
            continue
        if not any(area.holds(sheet.header, column) for column in sheet.columns.values()):
            others.update(_columns(str(area)))
        elif ours is not None or area.top != sheet.header or table.get("tableType") == "queryTable":
            raise NoRoom("in the table")
        else:
            ours = part, area
    return ours, others


def _columns(ref: str) -> range:
    area = Area.parse(ref)
    return range(0) if area is None else range(area.left, area.right + 1)


def after_rows(xml: SheetXml) -> int:
    """Return where what follows the rows begins."""
    return xml.bottom if xml.empty else xml.raw.index(b">", xml.bottom) + 1
