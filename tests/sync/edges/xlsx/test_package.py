"""Files that are no sound workbook are told apart in words, and hostile ones cost nothing."""

import contextlib
import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheet_templates.form import Lang
from sheet_templates.record import Problem
from sync.edges.xlsx.archive import Archive
from sync.edges.xlsx.harm import Harm
from sync.ports import DeskCopy
from tests.support.packages import LIMITS, WORDS, filled, members, part_of, read, rezipped, swap, write
from tests.support.workbooks_contract import patch, puts

RAW = filled()
SHEET = part_of(RAW, "order")
Spoil = Callable[[bytes], bytes]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def key(raw: bytes, **limits: int) -> str:
    problem = read(raw, replace(LIMITS, **limits))
    assert isinstance(problem, Problem), problem
    for lang in Lang:
        assert WORDS.say(problem.what, lang)
        assert WORDS.say(problem.mend, lang)
    assert problem.file == "wang.xlsx"
    return problem.what.key


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def doubled(name: str) -> bytes:
    out = io.BytesIO(RAW)
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "a") as file:
        file.writestr(name, b"other")
    return out.getvalue()


def document_type(part: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a "b">]>' + part


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "file.empty"),
        (bytes(4096), "file.half_written"),
        (RAW[: len(RAW) // 2], "file.half_written"),
        (RAW[:-30], "file.half_written"),
        (RAW[:100], "file.half_written"),
        (RAW + b"more", "file.damaged"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "file.password"),
        (OLE + "Workbook".encode("utf-16-le"), "file.xls"),
        ("編號,客戶\n1,ACME\n".encode(), "file.csv"),
        ("編號,客戶\n1,ACME\n".encode("gb18030"), "file.csv"),
        ("編號\t客戶".encode("utf-16"), "file.csv"),
        (b"\xef\xbb\xbf<HTML><table></table>", "file.html"),
        (b'<?xml version="1.0"?><Workbook/>', "file.xml"),
        (b"\x89PNG\r\n\x1a\n\0\0", "file.not_a_workbook"),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "file.ods"),
        (zipped(**{"xl/workbook.bin": b"x"}), "file.xlsb"),
        (zipped(**{"word/document.xml": b"x", "[Content_Types].xml": b"<Types/>"}), "file.not_a_workbook"),
        (zipped(**{"notes.txt": b"x"}), "file.not_a_workbook"),
        (rezipped(RAW, {"xl/workbook.xml": lambda part: part[:200]}), "file.damaged"),
        (rezipped(RAW, {"xl/workbook.xml": document_type}), "file.entities"),
        (rezipped(RAW, {"xl/worksheets/sheet1.xml": document_type}), "file.entities"),
        (rezipped(RAW, {"docProps/custom.xml": document_type}), "file.entities"),
        (rezipped(RAW, {"xl/worksheets/sheet1.xml": b"<worksheet/>"}), "file.damaged"),
        (doubled("xl/workbook.xml"), "file.doubled_part"),
        (doubled("XL/Workbook.xml"), "file.doubled_part"),
        (rezipped(RAW, {"../../evil.xml": b"x"}), "file.damaged"),
        (rezipped(RAW, {"/etc/passwd": b"x"}), "file.damaged"),
    ],
    # Workers must agree on the names, and a workbook made anew has other bytes.
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_what_is_no_sound_workbook_is_said_in_words(raw: bytes, expected: str):
    assert key(raw) == expected


def entry(name: bytes) -> int:
    """Return where the directory's entry of a member begins."""
    at = RAW.index(b"PK\1\2")
    while not RAW[at + 46 :].startswith(name):
        at = RAW.index(b"PK\1\2", at + 1)
    return at


def test_a_part_whose_checksum_is_wrong_is_damaged():
    broken = bytearray(RAW)
    broken[entry(b"xl/workbook.xml") + 16] ^= 0xFF

    with zipfile.ZipFile(io.BytesIO(bytes(broken))) as file:
        assert file.testzip() == "xl/workbook.xml"
    assert key(bytes(broken)) == "file.damaged"


def test_a_broken_part_that_nobody_needs_does_not_hinder_reading():
    broken = bytearray(RAW)
    broken[entry(b"docProps/app.xml") + 16] ^= 0xFF

    assert isinstance(read(bytes(broken)), DeskCopy)


def test_a_member_that_is_encrypted_is_a_password():
    central = RAW.index(b"PK\1\2")
    broken = bytearray(RAW)
    broken[central + 8] |= 1

    assert key(bytes(broken)) == "file.password"


def test_a_member_that_lies_where_another_one_does_is_damaged():
    entries = [at for at in range(len(RAW)) if RAW.startswith(b"PK\1\2", at)]
    broken = bytearray(RAW)
    broken[entries[1] + 42 : entries[1] + 46] = broken[entries[0] + 42 : entries[0] + 46]

    assert key(bytes(broken)) == "file.damaged"


def test_more_than_a_workbook_may_be_is_not_opened():
    assert key(RAW, file=1000) == "file.too_big"
    assert key(RAW, members=3) == "file.too_big"
    assert key(RAW, member=500) == "file.too_big"
    assert key(RAW, total=5000) == "file.too_big"
    assert key(rezipped(RAW, {"xl/media/bomb.png": bytes(32 << 20)})) == "file.too_big"


def test_a_member_that_is_larger_than_it_says_is_not_inflated_further():
    at = entry(b"xl/workbook.xml")
    broken = bytearray(RAW)
    broken[at + 24 : at + 28] = struct.pack("<L", 10)

    assert key(bytes(broken)) == "file.damaged"


def test_what_office_programs_write_is_read(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(RAW))
    book.save(tmp_path / "a.xlsx")

    assert isinstance(read((tmp_path / "a.xlsx").read_bytes()), DeskCopy)


def test_names_with_backslashes_are_the_parts_that_they_mean():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members(RAW).items():
            member = zipfile.ZipInfo(name)
            member.filename = name.replace("/", "\\")
            file.writestr(member, content)

    assert "xl/workbook.xml" in Archive.open(out.getvalue(), LIMITS)


def test_a_main_part_of_another_name_is_refused_because_the_reader_does_not_find_it():
    moved = {
        "xl/workbook.xml": None,
        "xl/book.xml": members(RAW)["xl/workbook.xml"],
        "xl/_rels/workbook.xml.rels": None,
        "xl/_rels/book.xml.rels": members(RAW)["xl/_rels/workbook.xml.rels"],
        "_rels/.rels": swap(b"xl/workbook.xml", b"xl/book.xml"),
        "[Content_Types].xml": swap(b"/xl/workbook.xml", b"/xl/book.xml"),
    }

    assert key(rezipped(RAW, moved)) == "file.damaged"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(0, len(RAW) - 1), length=st.integers(1, 64), new=st.binary(max_size=64))
def test_a_file_with_any_bytes_changed_is_read_or_refused_but_never_breaks_us(
    at: int, length: int, new: bytes
):
    found = read(RAW[:at] + new + RAW[at + length :])

    assert isinstance(found, DeskCopy | Problem)


FAR = re.compile(rb'<row r="5"[^>]*>')
TEXTS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1"%b><si><t>a</t></si></sst>'
HUGE = b"4294967295"


@pytest.mark.parametrize(
    ("name", "spoil", "expected"),
    [
        (SHEET, lambda part: FAR.sub(rb'\g<0><c r="XFD1048576"><v>1</v></c>', part), "file.damaged"),
        (SHEET, lambda part: FAR.sub(rb"\g<0><c r='XFD1048576'><v>1</v></c>", part), "file.damaged"),
        (SHEET, lambda part: FAR.sub(rb'\g<0><c   r = "XFD1048576"><v>1</v></c>', part), "file.damaged"),
        (SHEET, lambda part: FAR.sub(rb'\g<0><c r="ZZZZZZ5"><v>1</v></c>', part), "file.damaged"),
        (SHEET, lambda part: FAR.sub(rb'\g<0><c r="A99999999999"><v>1</v></c>', part), "file.damaged"),
        ("xl/sharedStrings.xml", lambda _: TEXTS % b' uniqueCount="4294967295"', "file.damaged"),
        ("xl/sharedStrings.xml", lambda _: TEXTS % b" uniqueCount = '4294967295'", "file.damaged"),
        ("xl/sharedStrings.xml", lambda _: TEXTS % b' uniqueCount="&#57;99999999"', "file.damaged"),
        (
            "xl/sharedStrings.xml",
            lambda _: b" " * 5000 + TEXTS % b' uniqueCount="4294967295"',
            "file.damaged",
        ),
        ("xl/sharedStrings.xml", lambda _: TEXTS % b' uniqueCount="1"', None),
        ("xl/sharedStrings.xml", lambda _: TEXTS % b"", None),
        (SHEET, lambda part: part.replace(b"<dimension ref=", b'<dimension ref="A1:XFD1048576" old='), None),
        (
            SHEET,
            lambda part: part.replace(b"</sheetData>", b'</sheetData><mergeCells count="%b"/>' % HUGE),
            None,
        ),
        (SHEET, lambda part: part.replace(b'<row r="3"', b'<row r="3" spans="1:%b"' % HUGE), None),
        (SHEET, lambda part: part.replace(b"<cols>", b'<cols><col min="1" max="%b"/>' % HUGE), None),
        ("xl/styles.xml", lambda part: part.replace(b"<cellXfs", b'<cellXfs more="%b"' % HUGE), None),
    ],
)
def test_numbers_that_would_take_all_memory_are_not_believed(name: str, spoil: Spoil, expected: str | None):
    """Each of the first lines made the reader ask for hundreds of gigabytes, and the process was gone."""
    part = members(RAW).get(name, b"")
    raw = rezipped(RAW, {name: spoil(part)})

    if expected is None:
        assert isinstance(read(raw), DeskCopy)
    else:
        assert key(raw) == expected


SNIPPETS = [
    b"", b"<", b">", b'"', b"&", b"\xff", b"]]>", b"</c>", b'<c r="A1">', b'<row r="99999999">', b"1048577", b"-1",
    b"<f>1</f>", b' t="e"', b' t="s"', b"<v>9e999</v>", b"99999999999999", b'r="ZZZZ1"', b'r=""', b' s="99999"',
]  # fmt: skip
PARTS = [
    "xl/workbook.xml", SHEET, "xl/styles.xml", "xl/_rels/workbook.xml.rels", "docProps/custom.xml",
    "[Content_Types].xml", "_rels/.rels",
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(PARTS),
    cuts=st.lists(
        st.tuples(st.integers(0, 10_000), st.sampled_from(SNIPPETS), st.sampled_from([0, 1, 3, 20])),
        min_size=1,
        max_size=4,
    ),
)
def test_a_broken_part_is_read_or_refused_and_written_or_refused(
    name: str, cuts: list[tuple[int, bytes, int]]
):
    def spoil(part: bytes) -> bytes:
        for at, new, length in cuts:
            place = at % len(part)
            part = part[:place] + new + part[place + length :]
        return part

    raw = rezipped(RAW, {name: spoil})
    before = read(raw)
    assert isinstance(before, DeskCopy | Problem)
    with contextlib.suppress(Harm):
        made = write(raw, patch("r2", *puts(3, amount=Decimal(3), notes="x"), *puts(30, _id="q")))
        assert isinstance(before, Problem) or isinstance(read(made), DeskCopy)
