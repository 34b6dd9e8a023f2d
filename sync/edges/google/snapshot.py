"""What a spreadsheet holds, as canonical bytes: equal content has equal bytes, and so an equal hash. Pure.

A cell is None, a text, a number (float), a yes/no, or a mapping: `{"d": 46329.0}` shows a date, `{"t": 0.5}` a time,
`{"f": "=A1", "v": cell}` is a formula and what it shows, `{"e": "#REF!"}` an error, `{"s": cell}` belongs to a
formula in another cell. Formats, widths and other looks are not part of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sync.edges.xlsx.versions import hash_of
from sync.ports import Hash

BEGINS: Final = b"deskbook sheets 1\n"
"""How the bytes of a snapshot begin: a workbook's do not."""

Held: TypeAlias = "str | float | bool | Mapping[str, Any] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One sheet: its cells from A1 on. Rows end in their last filled cell, the sheet in its last filled row."""

    id: int
    title: str
    cells: tuple[tuple[Held, ...], ...]
    merges: tuple[tuple[int, int, int, int], ...] = ()
    """Top, left, bottom, right of merged cells, from 1, their edges included."""

    def at(self, row: int, column: int) -> Held:
        """Return what a cell holds."""
        if not 0 < row <= len(self.cells) or not 0 < column <= len(self.cells[row - 1]):
            return None
        return self.cells[row - 1][column - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a spreadsheet held at one moment."""

    file: str
    """The spreadsheet's id at Google."""
    tabs: tuple[Tab, ...]

    @property
    def hash(self) -> Hash:
        """The hash of its bytes."""
        return hash_of(dump(self))

    def tab(self, title: str) -> Tab | None:
        """Return the sheet called *title*."""
        return next((each for each in self.tabs if each.title == title), None)


def dump(snapshot: Snapshot) -> bytes:
    """Return the bytes of a snapshot."""
    said = {
        "file": snapshot.file,
        "tabs": [
            {"id": each.id, "title": each.title, "merges": each.merges, "cells": each.cells}
            for each in snapshot.tabs
        ],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return BEGINS + text.encode("utf-8", "surrogatepass")


def load(raw: bytes) -> Snapshot:
    """Return the snapshot that `dump` made *raw* of.

    Raises ValueError, KeyError or TypeError if it made nothing like it.
    """
    if not raw.startswith(BEGINS):
        raise ValueError("not a snapshot of a spreadsheet")
    said = json.loads(raw[len(BEGINS) :].decode("utf-8", "surrogatepass"))
    return Snapshot(
        file=said["file"],
        tabs=tuple(
            Tab(
                id=each["id"],
                title=each["title"],
                merges=tuple((a, b, c, d) for a, b, c, d in each["merges"]),
                cells=tuple(tuple(row) for row in each["cells"]),
            )
            for each in said["tabs"]
        ),
    )


def trimmed(rows: Sequence[Sequence[Held]]) -> tuple[tuple[Held, ...], ...]:
    """Return *rows* without what is empty at the ends of them, and without empty rows at the end."""
    kept = [_row(row) for row in rows]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _row(row: Sequence[Held]) -> tuple[Held, ...]:
    last = len(row)
    while last and row[last - 1] is None:
        last -= 1
    return tuple(row[:last])
