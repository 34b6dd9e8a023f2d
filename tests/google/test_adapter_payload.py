"""However much a desk holds, no request is larger than Google advises, and all of it arrives."""

from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from sheet_templates.form import FieldKey
from tests.support.google_desks import Online, online
from tests.support.workbooks_contract import DESK, ORDER, contract_forms, copy, patch, puts, written

PATH = PurePath("desks/wang/wang.gsheet")
LONG = "請於約定日期前送達" * 1500
"""13,500 characters, which are 40,500 bytes."""
ROWS = range(3, 123)
TWO_MEGABYTES = 2_000_000


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Online]:
    with online(tmp_path, contract_forms(), {DESK.key: ("wang@firm.example",)}) as found:
        yield found


def largest(far: Online) -> int:
    """Return the bytes of the largest request so far."""
    return max(each.size for each in far.google.seen)


def notes(far: Online) -> list[object]:
    return [row.cells[FieldKey("notes")] for row in copy(far.workbooks.read(PATH)).sheets[ORDER].rows]


@pytest.mark.long
def test_more_than_google_takes_at_once_goes_in_several_requests(far: Online):
    empty = [cell for row in ROWS for cell in puts(row, _id=f"id{row:010}", number=f"SO-{row}")]
    full = [cell for row in ROWS for cell in puts(row, notes=f"{row} {LONG}")]
    wanted = [f"{row} {LONG}" for row in ROWS]

    file = written(far.workbooks.create(PATH, DESK, patch("r1", *empty))).file
    ended = written(far.workbooks.write(PATH, file, patch("r2", *full)))
    far.look()
    assert notes(far) == wanted
    assert far.workbooks.digest(PATH) == ended.file

    far.google.person(far.google.service_account_mail).delete(far.id(PATH))
    far.look()
    again = written(far.workbooks.create(PATH, DESK, patch("r3"), of=ended.file))
    far.look()
    assert notes(far) == wanted
    assert far.workbooks.digest(PATH) == again.file
    assert largest(far) <= TWO_MEGABYTES
