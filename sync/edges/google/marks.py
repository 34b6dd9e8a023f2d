"""The marks that Deskbook leaves in a spreadsheet beside its cells: names and ids, each derived, none remembered. Pure.

Ids that are derived make a request harmless when it is sent twice, because its answer was lost.
"""

import hashlib
from typing import Final

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import RecordId

RENDER: Final = "deskbook_render"
"""The key of the spreadsheet's metadata that names its render.

The hidden sheet's A1 is the truth: when somebody restores an earlier version, that comes back with it.
"""
DESK: Final = "deskbook_desk"
COLUMN_GUARD: Final = "Deskbook: filled in by others"
"""The description of a protected range over what a desk's people do not own."""
HEAD_GUARD: Final = "Deskbook: headers"
HIDDEN_GUARD: Final = "Deskbook: marks"
LOCK: Final = "Deskbook is writing"
"""How the description of a lock begins, which stands for the moment of a write only."""

_MOST: Final = 2**31 - 2


def number_of(*said: str) -> int:
    """Return an id from 1 on that Google takes, always the same for the same words."""
    digest = hashlib.sha256("\x1f".join(said).encode()).digest()
    return int.from_bytes(digest[:4], "big") % _MOST + 1


def mark_of(form: FormKey, record: RecordId) -> int:
    """Return the id of the metadata that goes with a record's row."""
    return number_of("row", form, record)


def sheet_of(form: FormKey) -> int:
    """Return the id of a form's sheet in a new spreadsheet."""
    return number_of("sheet", form)


def name_of(form: FormKey, field: FieldKey) -> str:
    """Return the name of the range that is a field's column."""
    return f"_db_{form}_{field}"
