"""The lossless patch: values go into cells in place, and every byte that need not change stays.

`patched` is pure: bytes and a Patch in, bytes out. What it must not overwrite it refuses (`Harm`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from lxml import etree

from sheet_templates.form import Form, FormKey
from sheet_templates.record import Problem
from sync.edges.xlsx import parts
from sync.edges.xlsx.archive import Damaged, Limits
from sync.edges.xlsx.calc import recalculating, unchained
from sync.edges.xlsx.grid import heads
from sync.edges.xlsx.harm import Harm, check_package, forbidden
from sync.edges.xlsx.layout import HEAD, HIDDEN_SHEET, Layout, find_layout, named_sheets
from sync.edges.xlsx.package import Package, SheetPart, open_package
from sync.edges.xlsx.ranges import (
    Growth,
    with_dimension,
    with_grown_filter_name,
    with_grown_rules,
    with_grown_table,
)
from sync.edges.xlsx.rowxml import Styles, cell_styles, column_styles, edited_row
from sync.edges.xlsx.sheetxml import INSIDE, SheetXml
from sync.edges.xlsx.styles import date_styles
from sync.edges.xlsx.traces import RENDER_ROW, marked
from sync.ports import Patch, Shown

_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:-]*)(?=[\s>])" + INSIDE + rb">")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """A file with a patch in it, and what was put where, so that it can be proved."""

    raw: bytes
    put: Mapping[SheetPart, Mapping[tuple[int, int], Shown]]
    """Sheet → (row, column) → what was put."""
    parts: Mapping[str, bytes | None]
    """The members that changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """What is to be put into one sheet."""

    sheet: SheetPart
    puts: Mapping[tuple[int, int], Shown]
    first: int
    """The first row of records."""


def patched(raw: bytes, patch: Patch, forms: Mapping[FormKey, Form], limits: Limits) -> Patched:
    """Return *raw* with *patch* in it. Raises Harm.

    Fields and sheets that the file no longer has are passed over: they are absent, as when it is read.
    """
    package = open_package(raw, limits)
    if isinstance(package, Problem):
        raise Harm(package.what.key)
    try:
        check_package(package)
        edits = tuple(_edits(package, patch, forms))
        changes = _changes(package, patch, edits)
    except (Damaged, parts.Entities) as fault:
        raise Harm(str(fault)) from fault
    return Patched(
        raw=package.archive.rebuilt(changes),
        put={edit.sheet: edit.puts for edit in edits},
        parts=changes,
    )


def _edits(package: Package, patch: Patch, forms: Mapping[FormKey, Form]) -> Iterable[_Edit]:
    layout = _layout(
        package, {each.form: forms[each.form] for each in patch.sheets if each.form in forms}, forms
    )
    by_title = {each.title: each for each in package.sheets}
    puts: dict[FormKey, dict[tuple[int, int], Shown]] = {}
    for each in patch.sheets:
        columns = layout.sheets[each.form].columns if each.form in layout.sheets else {}
        for put in each.puts:
            if put.field in columns:
                puts.setdefault(each.form, {})[put.at, columns[put.field]] = put.shown
    for form, cells in puts.items():
        found = layout.sheets[form]
        yield _Edit(sheet=by_title[found.title], puts=cells, first=found.header + 1)
    if HIDDEN_SHEET in by_title:
        yield _Edit(sheet=by_title[HIDDEN_SHEET], puts={(RENDER_ROW, 1): patch.render}, first=1)


def _layout(package: Package, wanted: Mapping[FormKey, Form], forms: Mapping[FormKey, Form]) -> Layout:
    """Return where the *wanted* forms stand; only if names do not tell, all sheets are looked at."""
    named = named_sheets(package, wanted)
    if wanted.keys() <= named.keys():
        return find_layout(package, heads(package, HEAD, {*named.values()}), wanted)
    return find_layout(package, heads(package, HEAD), forms)


def _changes(package: Package, patch: Patch, edits: Iterable[_Edit]) -> dict[str, bytes | None]:
    changes: dict[str, bytes | None] = {**marked(package, patch.render)}
    workbook = changes[package.workbook] or b""
    dates = date_styles(package)
    replaced: dict[SheetPart, frozenset[str]] = {}
    for edit in edits:
        raw = parts.content(package.archive, edit.sheet.part)
        sheet = SheetXml.of(raw)
        rows, replaced[edit.sheet] = _rows(package, edit, sheet, dates)
        before = sheet.last_filled()
        growth = Growth(first=edit.first, before=before, after=max((before, *rows)))
        changes[edit.sheet.part] = _assembled(sheet, rows, growth, edit)
        if growth.after > growth.before:
            for part in package.related(edit.sheet.part, "table"):
                table = parts.content(package.archive, part)
                grown = with_grown_table(table, growth)
                if grown != table:
                    changes[part] = grown
            workbook = with_grown_filter_name(workbook, edit.sheet.index, growth)
    changes[package.workbook] = recalculating(package, workbook)
    chain = unchained(package, replaced)
    return changes | chain


def _rows(
    package: Package, edit: _Edit, sheet: SheetXml, dates: frozenset[int]
) -> tuple[dict[int, bytes], frozenset[str]]:
    """Return the edited rows by number, and the references of the formula cells that were replaced."""
    head = sheet.raw[: sheet.top]
    guard = forbidden(package, edit.sheet, sheet)
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
            guard=guard.check,
        )
        formulas |= replaced
        if row:
            rows[at] = row
    _check_well_formed(head, rows.values())
    return rows, frozenset(formulas)


def _styles_above(sheet: SheetXml, rows: Mapping[int, bytes], at: int, first: int) -> Mapping[int, bytes]:
    """Return the cell styles of the record above row *at*; none if there is none."""
    above = rows.get(at - 1) or sheet.row(at - 1)
    return cell_styles(above, sheet.prefix) if at - 1 >= first else {}


def _assembled(sheet: SheetXml, rows: Mapping[int, bytes], growth: Growth, edit: _Edit) -> bytes:
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


def _check_well_formed(head: bytes, rows: Iterable[bytes]) -> None:
    """Raise Damaged unless the edited rows are well-formed within their sheet."""
    root = _ROOT.search(head)
    if root is None:
        raise Damaged("a sheet has no root element")
    closing = b"</" + root.group(1) + b">"
    try:
        etree.fromstring(b"".join((root.group(), *rows, closing)))
    except etree.XMLSyntaxError as error:
        raise Damaged(f"a row would not be well-formed: {error}") from error
