"""Their file stays theirs (promise 6): what people added is there after a patch, to the byte."""

import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.support.decorated import CELL_IMAGES, PICTURE_IN_CELL, RICH, SPARKLINES, decorated
from tests.support.packages import cell, filled, members, orders, part_of, readable, row, write
from tests.support.workbooks_contract import patch, puts

RAW = decorated()
CHANGE = patch(
    "r2", *puts(3, amount=Decimal("99.5"), buyer="Neu & alt"), *puts(6, _id="eeeeeeeeeeee", buyer="Li")
)


def test_everything_that_was_added_is_there_to_the_byte():
    before, after = members(RAW), members(write(RAW, CHANGE))
    changed = {name for name in before if before[name] != after.get(name)}

    assert {*before} == {*after}
    assert changed == {
        part_of(RAW, "order"),
        part_of(RAW, "_deskbook"),
        "xl/workbook.xml",
        "docProps/custom.xml",
    }
    assert {name.rpartition("/")[0] for name in before} >= {"xl/charts", "xl/drawings", "xl/media"}
    assert after["xl/cellimages.xml"] == CELL_IMAGES


def test_in_the_sheet_the_rest_is_there_to_the_byte():
    part = part_of(RAW, "order")
    before, after = members(RAW)[part], members(write(RAW, CHANGE))[part]

    assert RICH.removesuffix(b"</row>") in after
    assert PICTURE_IN_CELL in after
    assert SPARKLINES in after
    for tag in (
        b"sheetViews",
        b"cols",
        b"mergeCells",
        b"pageSetup",
        b"drawing",
        b"legacyDrawing",
        b"headerFooter",
    ):
        found = re.compile(rb"<%b[ >].*?(?:/>|</%b>)" % (tag, tag), re.DOTALL)
        assert found.findall(before) == found.findall(after), tag
    untouched = re.compile(rb'<c r="(?!F3"|G3"|[A-Z]+6")[A-Z]+\d+".*?(?:/>|</c>)', re.DOTALL)
    assert untouched.findall(before) == untouched.findall(after)


def test_the_values_are_read_as_before():
    made = write(RAW, CHANGE)

    assert (cell(made, 3, "buyer"), cell(made, 3, "amount")) == ("Neu & alt", 99.5)
    assert row(made, 4) == row(RAW, 4)
    assert row(made, 6).id == "eeeeeeeeeeee"
    assert orders(made).last == 6


@pytest.fixture(scope="module")
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    return found


def convert(soffice: str, source: Path, kind: str, into: Path) -> Path:
    """Let LibreOffice open a file and save it as another kind, with a profile of its own."""
    into.mkdir(exist_ok=True)
    profile = f"-env:UserInstallation={(into / 'profile').as_uri()}"
    subprocess.run(
        [soffice, profile, "--headless", "--convert-to", kind, "--outdir", str(into), str(source)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return into / f"{source.stem}.{kind.partition(':')[0]}"


@pytest.mark.client
def test_libreoffice_opens_a_patched_desk_and_what_it_saves_is_read(soffice: str, tmp_path: Path):
    source = tmp_path / "desk.xlsx"
    source.write_bytes(write(RAW, CHANGE))
    saved = convert(soffice, source, "xlsx:Calc MS Excel 2007 XML", tmp_path / "out").read_bytes()
    copy = readable(saved)

    assert (copy.render, copy.desk) == ("r2", "P-0007")
    assert not [each for each in copy.problems if each.what.key != "cells.merged"]
    assert {**orders(saved).columns} == {**orders(RAW).columns}
    assert [(each.at, each.id) for each in orders(saved).rows] == [
        (3, "aaaaaaaaaaaa"),
        (4, "bbbbbbbbbbbb"),
        (5, "cccccccccccc"),
        (6, "eeeeeeeeeeee"),
    ]
    assert (cell(saved, 3, "buyer"), cell(saved, 3, "amount")) == ("Neu & alt", 99.5)


@pytest.mark.client
def test_what_libreoffice_saved_is_patched_and_opened_again(soffice: str, tmp_path: Path):
    source = tmp_path / "desk.xlsx"
    source.write_bytes(filled())
    saved = convert(soffice, source, "xlsx:Calc MS Excel 2007 XML", tmp_path / "one").read_bytes()
    made = write(saved, CHANGE)
    source.write_bytes(made)
    again = convert(soffice, source, "xlsx:Calc MS Excel 2007 XML", tmp_path / "two").read_bytes()

    before, after = members(saved), members(made)
    assert {name for name in before if before[name] != after[name]} <= {
        part_of(saved, "order"),
        part_of(saved, "_deskbook"),
        "xl/workbook.xml",
        # Texts that no cell shows any more.
        "xl/sharedStrings.xml",
        "docProps/custom.xml",
    }
    texts = [
        {*re.findall(rb"<t(?: [^>]*)?>([^<]+)</t>", each["xl/sharedStrings.xml"])} for each in (before, after)
    ]
    assert texts[1] <= texts[0], "texts that no cell shows may go, and that is all"
    for raw in (made, again):
        assert (cell(raw, 3, "buyer"), cell(raw, 3, "amount"), cell(raw, 6, "buyer")) == (
            "Neu & alt",
            99.5,
            "Li",
        )
        assert readable(raw).render == "r2"


@pytest.mark.client
def test_libreoffice_shows_a_number_in_an_appended_row_as_its_column_does(soffice: str, tmp_path: Path):
    source = tmp_path / "desk.xlsx"
    source.write_bytes(
        write(filled(), patch("r2", *puts(6, _id="eeeeeeeeeeee", amount=Decimal("1234567.5"))))
    )
    saved = convert(soffice, source, "xlsx:Calc MS Excel 2007 XML", tmp_path / "out")

    assert openpyxl.load_workbook(saved)["order"]["G6"].number_format == "#,##0.00"
