"""Values into cells of any workbook, in place: which members of the package change, and into what.

It knows of sheets, rows and columns, and nothing of desks. What it must not overwrite it leaves as it is and
says so, cell by cell; only what makes the whole write unsafe is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from lxml import etree

from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Damaged
from sync.edges.xlsx.calc import recalculating, unchained
from sync.edges.xlsx.harm import Bound, Closed, Harm, check_package, closed
from sync.edges.xlsx.orphans import emptied
from sync.edges.xlsx.package import Package, SheetPart
from sync.edges.xlsx.ranges import (
    Growth,
    with_dimension,
    with_grown_filter_name,
    with_grown_rules,
    with_grown_table,
)
from sync.edges.xlsx.rowxml import Styles, cell_styles, column_styles, edited_row
from sync.edges.xlsx.shared import handed_on
from sync.edges.xlsx.sheetxml import SheetXml, cells
from sync.edges.xlsx.styles import Look, date_styles
from sync.ports import Shown

_NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to be put into one sheet."""

    sheet: SheetPart
    puts: Mapping[tuple[int, int], Shown]
    """(row, column) → what is to stand there."""
    first: int
    """The first row of records: what covers all of them grows with appended ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A cell that was left as it is."""

    sheet: SheetPart
    row: int
    column: int
    why: Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """A file with values put into it, and what was put where, so that it can be proved."""

    raw: bytes
    put: Mapping[SheetPart, Mapping[tuple[int, int], Shown]]
    """Sheet → (row, column) → what was put, without what was left."""
    parts: Mapping[str, bytes | None]
    """The members that changed; None: the member went."""
    left: tuple[Left, ...] = ()


def put(package: Package, edits: Iterable[Edit], before: Mapping[str, bytes] = _NOTHING) -> Patched:
    """Return the file of *package* with *edits* in it. Raises Harm.

    *before*: members that change already, for another reason.
    """
    try:
        return _put(package, edits, before)
    except (Damaged, parts.Entities) as fault:
        raise Harm(str(fault)) from fault


def _put(package: Package, edits: Iterable[Edit], before: Mapping[str, bytes]) -> Patched:
    check_package(package)
    changes: dict[str, bytes | None] = {**before}
    workbook = before.get(package.workbook) or parts.content(package.archive, package.workbook)
    grown = workbook
    dates = date_styles(package)
    replaced: dict[SheetPart, frozenset[str]] = {}
    done: dict[SheetPart, Mapping[tuple[int, int], Shown]] = {}
    left: list[Left] = []
    for edit in edits:
        sheet = SheetXml.of(parts.content(package.archive, edit.sheet.part))
        bound = closed(package, edit.sheet.part, sheet)
        kept = {place: why for place in edit.puts if (why := _why(sheet, bound, place)) is not None}
        sheet = handed_on(sheet, edit.puts.keys() - kept.keys())
        left += [Left(sheet=edit.sheet, row=row, column=at, why=why) for (row, at), why in kept.items()]
        done[edit.sheet] = {place: shown for place, shown in edit.puts.items() if place not in kept}
        wanted = Edit(sheet=edit.sheet, puts=done[edit.sheet], first=edit.first)
        rows, replaced[edit.sheet] = _rows(package, wanted, sheet, dates)
        growth = _growth(sheet, rows, edit.first)
        changes[edit.sheet.part] = _assembled(sheet, rows, growth, wanted)
        if growth.after > growth.before:
            changes |= _grown_tables(package, edit.sheet, growth)
            grown = with_grown_filter_name(grown, edit.sheet.index, growth)
    grown = recalculating(package, grown)
    if package.workbook in before or grown != workbook:
        changes[package.workbook] = grown
    changes |= unchained(package, replaced)
    changes |= emptied(package, done, changes)
    return Patched(raw=package.archive.rebuilt(changes), put=done, parts=changes, left=tuple(left))


def _why(sheet: SheetXml, bound: Closed, place: tuple[int, int]) -> Bound | None:
    """Return why the cell at *place* must be left, if it must."""
    row, column = place
    why = bound.area(row, column)
    if why is not None or not bound.cells:
        return why
    here = sheet.row(row)
    cell = None if here is None else next((c for c in cells(here, sheet.prefix) if c.column == column), None)
    return None if cell is None else bound.cell(cell)


def _grown_tables(package: Package, sheet: SheetPart, growth: Growth) -> dict[str, bytes]:
    changed: dict[str, bytes] = {}
    for part in package.related(sheet.part, "table"):
        table = parts.content(package.archive, part)
        grown = with_grown_table(table, growth)
        if grown != table:
            changed[part] = grown
    return changed


def _growth(sheet: SheetXml, rows: Iterable[int], first: int) -> Growth:
    before = sheet.last_filled()
    return Growth(first=first, before=before, after=max((before, *rows)))


def _rows(
    package: Package, edit: Edit, sheet: SheetXml, dates: Mapping[int, Look]
) -> tuple[dict[int, bytes], frozenset[str]]:
    """Return the edited rows by number, and the references of the formula cells that were replaced."""
    head = sheet.raw[: sheet.top]
    styles = Styles(prefix=sheet.prefix, columns=column_styles(head), dates=dates, date1904=package.date1904)
    by_row: dict[int, dict[int, Shown]] = {}
    for (at, column), shown in edit.puts.items():
        by_row.setdefault(at, {})[column] = shown
    rows: dict[int, bytes] = {}
    formulas: set[str] = set()
    for at in sorted(by_row):
        row, replaced = edited_row(
            sheet.row(at),
            at,
            by_row[at],
            styles=styles,
            above=partial(_styles_above, sheet, rows, at, edit.first),
        )
        formulas |= replaced
        if row:
            rows[at] = row
    _check_well_formed(sheet, rows.values())
    return rows, frozenset(formulas)


def _styles_above(sheet: SheetXml, rows: Mapping[int, bytes], at: int, first: int) -> Mapping[int, bytes]:
    """Return the cell styles of the record above row *at*; none if there is none."""
    above = rows.get(at - 1) or sheet.row(at - 1)
    return cell_styles(above, sheet.prefix) if at - 1 >= first else {}


def _assembled(sheet: SheetXml, rows: Mapping[int, bytes], growth: Growth, edit: Edit) -> bytes:
    """Return the sheet with its edited rows, its used area and its rules grown."""
    edited = sheet.with_rows(rows)
    behind = len(sheet.raw) - sheet.bottom
    filled = [place for place, shown in edit.puts.items() if shown not in (None, "")]
    bottom, right = max((at for at, _ in filled), default=1), max((column for _, column in filled), default=1)
    head = with_dimension(edited[: sheet.top], bottom, right)
    tail = edited[len(edited) - behind :]
    if growth.after > growth.before:
        tail = with_grown_rules(tail, growth)
    return b"".join((head, edited[sheet.top : len(edited) - behind], tail))


def _check_well_formed(sheet: SheetXml, rows: Iterable[bytes]) -> None:
    """Raise Damaged unless the sheet is well-formed with the edited rows alone in it: the others stay as they are."""
    opening, closing = (b"<%bsheetData>" % sheet.prefix, b"</%bsheetData>" % sheet.prefix)
    around = (opening, closing) if sheet.empty else (b"", b"")
    whole = (sheet.raw[: sheet.top], around[0], *rows, around[1], sheet.raw[sheet.bottom :])
    try:
        etree.fromstring(b"".join(whole), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise Damaged(f"a sheet would not be well-formed: {error}") from error
