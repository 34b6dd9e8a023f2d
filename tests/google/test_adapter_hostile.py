"""Texts that a spreadsheet would take for something else stay the texts that they are, on every way into it."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

import pytest

from sheet_templates.form import FieldKey
from sync.ports import Patch, SheetPatch
from tests.support.google_desks import Online, online
from tests.support.workbooks_contract import DESK, ORDER, contract_forms, copy, patch, puts, written

PATH: Final = PurePath("desks/wang/wang.gsheet")
TEXTS: Final = (
    *('=HYPERLINK("http://evil.example","pay")', "=1+1", "+1", "-1", "@SUM(1)", "'quoted", "''", "{=1}"),
    *("00123", "1e5", "1/2", "2026-01-31", "12:30", "TRUE", "50%", "$5", "\t=1", " =1", "=", "+"),
    *("兩行\n=1", "😀", "\u200b=1", "#REF!", "N/A", "null"),
)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Online]:
    with online(tmp_path, contract_forms(), {DESK.key: ("wang@firm.example",)}) as found:
        yield found


def everything(render: str) -> Patch:
    cells = [
        cell
        for row, said in enumerate(TEXTS, start=3)
        for cell in puts(row, _id=f"id{row:010}", number=f"SO-{row}", buyer=said, notes=said)
    ]
    return patch(render, *cells)


def stands(far: Online) -> None:
    """Every text is a text, in both columns: nothing became a number, a day or a formula."""
    far.look()
    sheet = copy(far.workbooks.read(PATH)).sheets[ORDER]
    for key in ("buyer", "notes"):
        assert [row.cells[FieldKey(key)] for row in sheet.rows[: len(TEXTS)]] == [*TEXTS]
    assert not sheet.formulas
    seen = far.google.person("wang@firm.example").open(far.id(PATH)).see(f"order!F3:F{len(TEXTS) + 2}")
    assert [row[0] for row in seen] == [*TEXTS]


def test_in_a_new_desk(far: Online):
    file = written(far.workbooks.create(PATH, DESK, everything("r1"))).file
    stands(far)
    assert far.workbooks.digest(PATH) == file


def test_written_into_a_desk_that_is_there_and_in_one_that_is_made_again(far: Online):
    file = written(far.workbooks.create(PATH, DESK, patch("r1"))).file
    ended = written(far.workbooks.write(PATH, file, everything("r2")))
    stands(far)
    assert far.workbooks.digest(PATH) == ended.file

    far.google.person(far.google.service_account_mail).delete(far.id(PATH))
    far.look()
    again = written(
        far.workbooks.create(PATH, DESK, Patch(render=patch("r3").render, sheets=()), of=ended.file)
    )
    stands(far)
    assert far.workbooks.digest(PATH) == again.file


def test_half_a_letter_is_written_as_a_letter_that_nobody_knows(far: Online):
    cells = puts(3, _id="aaaaaaaaaaaa", buyer="half \ud83d of it")
    file = written(
        far.workbooks.create(
            PATH, DESK, Patch(render=patch("r1").render, sheets=(SheetPatch(form=ORDER, puts=cells),))
        )
    ).file
    far.look()

    assert (
        copy(far.workbooks.read(PATH)).sheets[ORDER].rows[0].cells[FieldKey("buyer")] == "half \ufffd of it"
    )
    assert far.workbooks.digest(PATH) == file
