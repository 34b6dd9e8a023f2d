"""What differs between two workbooks, found by other eyes than those that wrote: zipfile, lxml, calamine, openpyxl."""

import copy
import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

import openpyxl
from lxml import etree

from sync.edges.xlsx.a1 import Area, column_number, ref
from sync.edges.xlsx.grid import open_book
from sync.ports import Shown

Place = tuple[int, int]
Puts = Mapping[str, Mapping[Place, Shown]]
"""Sheet title → (row, column) → what was put."""

GROWING = {"dimension", "autoFilter", "conditionalFormatting", "dataValidation", "sqref", "table"}
REF = re.compile(r"([A-Z]+)([0-9]+)")
MOST = 3_000_000
"""Cells of a sheet beyond which no reader is asked: it would take all memory."""


def members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        return {each.filename.replace("\\", "/"): file.read(each) for each in file.infolist()}


def differing_parts(
    old: Mapping[str, bytes], new: Mapping[str, bytes], allowed: Collection[str]
) -> Iterator[str]:
    """Yield the parts that differ and may not; and parts whose order or presence changed."""
    chain = [name for name in old if name.lower().endswith("calcchain.xml")]
    for name in old:
        if name not in new and name not in chain:
            yield f"{name} is gone"
        elif name in new and old[name] != new[name] and name not in allowed:
            yield f"{name} changed"
    yield from (f"{name} is new" for name in new if name not in old)


def parsed(raw: bytes) -> etree._Element:
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, huge_tree=True))


def local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def canonical(element: etree._Element) -> bytes:
    alone = copy.deepcopy(element)
    alone.tail = None
    return etree.tostring(alone, method="c14n")


def grown(old: str | None, new: str | None) -> bool:
    """Return whether every area of *new* is the one of *old*, or that one with rows below it."""
    before, after = (old or "").split(), (new or "").split()
    if len(before) != len(after):
        return False
    for one, other in zip(before, after, strict=True):
        if one == other:
            continue
        was, now = Area.parse(one), Area.parse(other)
        if was is None or now is None or (was.top, was.left) != (now.top, now.left):
            return False
        if now.bottom < was.bottom or now.right < was.right:
            return False
    return True


def same_but_grown(old: etree._Element, new: etree._Element) -> bool:
    """Return whether two elements are the same but for areas that grew."""
    if local(old) != local(new) or len(old) != len(new) or {*old.attrib} != {*new.attrib}:
        return False
    for key, value in old.attrib.items():
        name = etree.QName(key).localname
        if new.attrib[key] != value and not (
            name in {"ref", "sqref"} and local(old) in GROWING and grown(value, new.attrib[key])
        ):
            return False
    words = (old.text or "") == (new.text or "") or (local(old) in GROWING and grown(old.text, new.text))
    return words and all(same_but_grown(one, other) for one, other in zip(old, new, strict=True))


def cells_of(root: etree._Element) -> tuple[dict[Place, etree._Element], dict[int, dict[str, str]]]:
    """Return the cells and the rows' attributes of a sheet, references filled in."""
    cells: dict[Place, etree._Element] = {}
    rows: dict[int, dict[str, str]] = {}
    at = 0
    for row in (each for data in root if local(data) == "sheetData" for each in data if local(each) == "row"):
        at = int(row.get("r") or at + 1)
        rows[at] = {key: value for key, value in row.attrib.items() if key not in {"r", "spans"}}
        column = 0
        for cell in (each for each in row if local(each) == "c"):
            named = REF.fullmatch((cell.get("r") or "").upper())
            column = column_number(named[1]) if named else column + 1
            cells[at, column] = cell
    return cells, rows


def cell_text(cell: etree._Element) -> bytes:
    alone = copy.deepcopy(cell)
    alone.attrib.pop("r", None)
    alone.tail = None
    return etree.tostring(alone, method="c14n")


def without_shared(cell: etree._Element) -> bytes:
    """Return a cell without the words and the range of the formula that it shares: these may be handed on."""
    alone = copy.deepcopy(cell)
    for each in [each for each in alone if local(each) == "f" and each.get("t") == "shared"]:
        for name in set(each.attrib) - {"t", "si"}:
            del each.attrib[name]
        each.text = None
    return cell_text(alone)


def differing_sheet(old: bytes, new: bytes, puts: Collection[Place]) -> Iterator[str]:
    """Yield what differs in a sheet's XML beside the cells that were put."""
    before, after = parsed(old), parsed(new)
    yield from differing_surroundings(before, after)
    cells, rows = cells_of(before)
    now, now_rows = cells_of(after)
    yield from (f"row {at} is gone" for at in rows if at not in now_rows)
    for at, own in now_rows.items():
        if at in rows and rows[at] != own:
            yield f"row {at} has other attributes"
        if at not in rows and not any(row == at for row, _ in puts):
            yield f"row {at} is new"
    yield from differing_cells(cells, now, puts)


def differing_surroundings(before: etree._Element, after: etree._Element) -> Iterator[str]:
    """Yield what differs in a sheet but its rows, if it did not only grow."""
    if {**before.attrib} != {**after.attrib} or before.nsmap != after.nsmap:
        yield "the sheet's own attributes differ"
    rest, kept = ([each for each in root if local(each) != "sheetData"] for root in (before, after))
    if len(rest) != len(kept):
        yield "elements beside the rows are gone or new"
    for one, other in zip(rest, kept, strict=False):
        growing = local(one) in {*GROWING, "dataValidations", "extLst"}
        if not (same_but_grown(one, other) if growing else canonical(one) == canonical(other)):
            yield f"{local(one)} differs"


def differing_cells(
    cells: Mapping[Place, etree._Element], now: Mapping[Place, etree._Element], puts: Collection[Place]
) -> Iterator[str]:
    """Yield the cells that differ and were not put, and those put whose style changed."""
    for place in {*cells, *now} - {*puts}:
        was, be = cells.get(place), now.get(place)
        if was is None or be is None:
            yield f"{ref(*place)} is {'new' if was is None else 'gone'}"
        elif cell_text(was) != cell_text(be) and without_shared(was) != without_shared(be):
            yield f"{ref(*place)} differs"
    for place in {*cells} & {*now} & {*puts}:
        if (cells[place].get("s") or "0") != (now[place].get("s") or "0"):
            yield f"{ref(*place)} has another style"


def differing_workbook(old: bytes, new: bytes) -> Iterator[str]:
    """Yield what differs in the list of sheets but the order to calculate and the areas of filters."""
    before, after = parsed(old), parsed(new)
    for root in (before, after):
        for each in root.iter():
            if local(each) == "calcPr":
                each.attrib.pop("fullCalcOnLoad", None)
            if local(each) == "definedName" and each.get("name") == "_xlnm._FilterDatabase":
                each.text = re.sub(r"[0-9]+$", "", each.text or "")
    if canonical(before) != canonical(after):
        yield "the list of sheets differs"


def differing_table(old: bytes, new: bytes) -> Iterator[str]:
    before, after = parsed(old), parsed(new)
    if not grown(before.get("ref"), after.get("ref")) or not all(
        same_but_grown(one, other) for one, other in zip(before, after, strict=True)
    ):
        yield "a table differs by more than its rows"


def calamine_cells(raw: bytes, titles: Collection[str]) -> dict[str, dict[Place, object]]:
    """Return the cells of the sheets called *titles*; a sheet that cannot be read has one entry that says so."""
    book = open_book(raw)
    found: dict[str, dict[Place, object]] = {}
    for title in titles:
        try:
            grid = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
        except Exception as error:  # noqa: BLE001 — a reader's own fault is compared like a value
            found[title] = {(0, 0): f"{type(error).__name__}: {error}"}
            continue
        found[title] = {
            (row, column): value
            for row, cells in enumerate(grid, start=1)
            for column, value in enumerate(cells, start=1)
            if value != ""
        }
    return found


def openpyxl_cells(raw: bytes) -> dict[str, dict[Place, object]]:
    """Return the cells as openpyxl reads them: values, formulas, and which format they have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(raw))
    found: dict[str, dict[Place, object]] = {}
    for sheet in book.worksheets:
        found[sheet.title] = {
            (cell.row, cell.column): (_plain(cell.value), cell.number_format)
            # `iter_rows` would make a cell of every place up to the last one.
            for cell in sheet._cells.values()  # noqa: SLF001 — nothing public lists just these
            if cell.value is not None and not _is_only_a_link(cell)
        }
    book.close()
    return found


def _is_only_a_link(cell: openpyxl.cell.Cell) -> bool:
    """Return whether openpyxl has made up a cell's value from where its link leads."""
    link = getattr(cell, "hyperlink", None)
    return link is not None and cell.value in (link.location, link.target)


def _plain(value: object) -> object:
    """Return a value that can be compared: formulas of several cells are objects of their own."""
    if isinstance(value, str) and value.startswith("="):
        # It moves white space about when it says a shared formula of another cell.
        return "".join(value.split())
    text, area = getattr(value, "text", None), getattr(value, "ref", None)
    return (text, area) if area is not None else value


def differing_values(
    old: Mapping[str, Mapping[Place, object]], new: Mapping[str, Mapping[Place, object]], puts: Puts
) -> Iterator[str]:
    """Yield the cells that another reader finds different, but for those that were put."""
    if {*old} != {*new}:
        yield "other sheets are read"
    for title in {*old} & {*new}:
        put = puts.get(title, {})
        for place in {*old[title], *new[title]} - {*put}:
            if repr(old[title].get(place)) != repr(new[title].get(place)):
                was, now = old[title].get(place), new[title].get(place)
                yield f"{title}!{ref(*place)}: {was!r:.60} is read as {now!r:.60}"


def reads(read: object, shown: Shown) -> bool:
    """Return whether openpyxl reads what was put."""
    if isinstance(read, tuple):
        read = read[0]
    if isinstance(read, str):
        # openpyxl does not undo this escape of texts; Excel, LibreOffice and calamine do.
        read = read.replace("_x005F_", "_")
    match shown:
        case None | "":
            return read is None
        case bool() | str():
            return read == shown
        case Decimal():
            return (isinstance(read, int | float) and float(read) == float(shown)) or read == str(shown)
        case dt.time():
            return read in (shown, shown.isoformat()) or isinstance(read, dt.datetime | dt.timedelta)
        case dt.date():
            day = read.date() if isinstance(read, dt.datetime) else read
            return day == shown or read == shown.isoformat()
    return False
