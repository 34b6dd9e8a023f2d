"""The proof before publishing: the new file is read back, and must say what was put, and else the same."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sheet_templates.record import text
from sync.edges.xlsx.a1 import ref
from sync.edges.xlsx.archive import Archive, Damaged, Doubled, Excessive, Limits, Locked
from sync.edges.xlsx.cellxml import plain_text
from sync.edges.xlsx.grid import grid, open_book, with_known_errors_only
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.package import SheetPart
from sync.edges.xlsx.put import Patched
from sync.edges.xlsx.sheetxml import SheetXml
from sync.edges.xlsx.special import is_within
from sync.ports import Cell, Shown

_TICK: Final = dt.timedelta(milliseconds=2)
"""Programs round times to milliseconds."""


def prove(before: bytes, patched: Patched, limits: Limits) -> None:
    """Raise Harm unless the patched file holds all that was put, and all other parts byte for byte.

    Only the rows concerned are read again: the proof of one cell costs the same in a sheet of any length.
    """
    try:
        old, new = Archive.open(before, limits), Archive.open(patched.raw, limits)
        with zipfile.ZipFile(io.BytesIO(patched.raw)) as independent:
            if [each.replace("\\", "/") for each in independent.namelist()] != [*new.members]:
                raise Harm("the new file's directory is not what was written")
        _prove_parts(old, new, patched.parts)
        _prove_cells(new, patched, limits)
    except (Damaged, Doubled, Excessive, Locked, zipfile.BadZipFile) as fault:
        raise Harm(f"the new file would not be sound: {fault}") from fault


def _prove_parts(old: Archive, new: Archive, changed: Mapping[str, bytes | None]) -> None:
    kept = [name for name in old.members if changed.get(name, b"") is not None]
    added = [name for name, content in changed.items() if content is not None and name not in old.members]
    if [*new.members] != [*kept, *added]:
        raise Harm("the new file has other parts than it should")
    for name in kept:
        if name in changed:
            continue
        was, now = old.members[name], new.members[name]
        if old.raw[was.body : was.end] != new.raw[now.body : now.end] or was.crc != now.crc:
            raise Harm(f"{name} would change", text("harm.part", part=name))
    for name, content in changed.items():
        if content is not None and new.read(name) != content:
            raise Harm(f"{name} is not what was written", text("harm.part", part=name))


def _prove_cells(new: Archive, patched: Patched, limits: Limits) -> None:
    cut: dict[str, bytes | None] = {}
    places: dict[SheetPart, dict[int, int]] = {}
    for sheet, cells in patched.put.items():
        content = patched.parts[sheet.part]
        rows = sorted({row for row, _ in cells})
        places[sheet] = {row: place for place, row in enumerate(rows)}
        if content is not None:
            few = with_known_errors_only(SheetXml.of(content).only(rows))
            if not is_within(SheetXml.of(few), limits.cells):
                raise Harm(
                    f"{sheet.title}: it is used too far to the right", text("harm.wide", sheet=sheet.title)
                )
            cut[sheet.part] = few
    book = open_book(new.rebuilt(cut, level=0))
    for sheet, cells in patched.put.items():
        read = grid(book, sheet.title)
        for (row, column), shown in cells.items():
            place = places[sheet][row]
            cell = read[place][column - 1] if place < len(read) and column <= len(read[place]) else None
            if not says(cell, shown):
                at = f"{sheet.title}!{ref(row, column)}"
                raise Harm(f"{at}: {shown!r} would be read as {cell!r}", text("harm.cell", cell=at))


def says(cell: Cell, shown: Shown) -> bool:
    """Return whether a cell that was read says what was put there."""
    match shown:
        case None | "":
            return cell is None
        case bool():
            return cell is shown
        case str():
            return cell == plain_text(shown)
        case Decimal():
            return _is_number(cell, shown)
        case dt.date():
            return cell in {shown, shown.isoformat()}
        case dt.time():
            return _is_time(cell, shown)


def _is_number(cell: Cell, shown: Decimal) -> bool:
    if isinstance(cell, str):
        return cell == format(shown.normalize() if shown else Decimal(0), "f")
    return isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell) == float(shown)


def _is_time(cell: Cell, shown: dt.time) -> bool:
    if isinstance(cell, str):
        return cell == shown.strftime("%H:%M:%S")
    if not isinstance(cell, dt.time):
        return False
    return abs(_since_midnight(cell) - _since_midnight(shown)) < _TICK


def _since_midnight(time: dt.time) -> dt.timedelta:
    return dt.timedelta(
        hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond
    )
