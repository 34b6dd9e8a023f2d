"""Packages for tests: a small desk's workbook, and hands that change its parts as bytes."""

import io
import zipfile
from collections.abc import Callable, Mapping
from decimal import Decimal

import openpyxl
from openpyxl.workbook import Workbook

from sheet_templates.form import Desk, FormKey
from sheet_templates.record import Problem
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.package import Package, open_package
from sync.edges.xlsx.patch import patched
from sync.edges.xlsx.proof import prove
from sync.edges.xlsx.read import read_desk
from sync.edges.xlsx.versions import hash_of
from sync.ports import Cell, DeskCopy, Patch, RowCopy, SheetCopy
from tests.support import shipped
from tests.support.workbooks_contract import DESK, ORDER, PATH, contract_forms, patch, puts

FORMS = contract_forms()
WORDS = shipped.words()
LIMITS = Limits()


def empty(desk: Desk = DESK) -> bytes:
    """Return a desk's workbook as its template makes it."""
    return render_template(desk, sheets_of(desk.role, FORMS), WORDS)


def filled() -> bytes:
    """Return a desk with two orders and a stamped row."""
    cells = (
        *puts(3, _id="aaaaaaaaaaaa", number="SO-0001", buyer="ACME", amount=Decimal("12.50")),
        *puts(4, _id="bbbbbbbbbbbb", number="SO-0002", buyer="Zhou 周", amount=Decimal(7)),
        *puts(5, _id="cccccccccccc"),
    )
    return patched(empty(), patch("r1", *cells), FORMS, LIMITS).raw


def write(raw: bytes, change: Patch) -> bytes:
    """Patch *raw*, and prove it."""
    made = patched(raw, change, FORMS, LIMITS)
    prove(raw, made.file, LIMITS)
    return made.raw


def read(raw: bytes, limits: Limits = LIMITS) -> DeskCopy | Problem:
    return read_desk(raw, path=PATH, file=hash_of(raw), forms=FORMS, limits=limits)


def readable(raw: bytes) -> DeskCopy:
    copy = read(raw)
    assert isinstance(copy, DeskCopy), copy
    return copy


def orders(raw: bytes) -> SheetCopy:
    return readable(raw).sheets[ORDER]


def row(raw: bytes, at: int) -> RowCopy:
    return next(each for each in orders(raw).rows if each.at == at)


def cell(raw: bytes, at: int, field: str) -> Cell:
    return {str(key): value for key, value in row(raw, at).cells.items()}[field]


def members(raw: bytes) -> dict[str, bytes]:
    """Return every member's content, by independent hands."""
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        return {each.filename: file.read(each) for each in file.infolist()}


def part_of(raw: bytes, title: str) -> str:
    """Return the part that holds the sheet *title*."""
    package = open_package(raw, LIMITS)
    assert isinstance(package, Package)
    return next(each.part for each in package.sheets if each.title == title)


def rezipped(raw: bytes, changes: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """Return the package with members replaced, edited, added or (None) left out."""
    out = io.BytesIO()
    content = members(raw)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in [*content, *(each for each in changes if each not in content)]:
            change = changes.get(name, content.get(name))
            if change is not None:
                file.writestr(name, change(content[name]) if callable(change) else change)
    return out.getvalue()


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return an edit of a part that must find what it replaces."""

    def edit(part: bytes) -> bytes:
        assert old in part, old
        return part.replace(old, new, 1)

    return edit


def in_openpyxl(raw: bytes, change: Callable[[Workbook], None]) -> bytes:
    """Return the workbook after *change*, saved by openpyxl."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def title_of(form: FormKey) -> str:
    return FORMS[form].labels.en
