"""Why a workbook cannot be written without harm, as its people read it."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from sheet_templates.form import Lang
from sync.edges.xlsx.archive import Archive
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.patch import patched
from sync.edges.xlsx.proof import prove
from sync.edges.xlsx.put import Patched
from tests.support.packages import FORMS, LIMITS, WORDS, filled, part_of, rezipped, swap, write
from tests.support.workbooks_contract import patch, puts

RAW = filled()
SHEET = part_of(RAW, "order")
SIGNED = swap(
    b"</Relationships>",
    b'<Relationship Id="rS" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>',
)
SHARED = swap(
    b"</sheetData>",
    b'<row r="8"><c r="G8"><f t="shared" ref="G8:G9" si="0">A1</f><v>1</v></c></row>'
    b'<row r="9"><c r="G9"><f t="shared" ref="G9" si="0">A2</f><v>1</v></c></row></sheetData>',
)
AMOUNT = patch("r2", *puts(3, amount=Decimal(8)))


def in_sheet(edit: Callable[[bytes], bytes]) -> bytes:
    return rezipped(RAW, {SHEET: edit})


def shared() -> None:
    write(in_sheet(SHARED), patch("r2", *puts(8, amount=Decimal(8))))


def id_bound() -> None:
    write(in_sheet(swap(b'<c r="A5" s="1"', b'<c r="A5" s="1" vm="1"')), patch("r2", *puts(5, _id="d")))


def signed() -> None:
    write(rezipped(RAW, {"_rels/.rels": SIGNED, "_xmlsignatures/origin.sigs": b""}), patch("r2"))


def endless() -> None:
    write(in_sheet(swap(b"</sheetData>", b"")), AMOUNT)


def no_workbook() -> None:
    write(b"a,b", AMOUNT)


def read_otherwise() -> None:
    made = patched(RAW, AMOUNT, FORMS, LIMITS).file
    wrong = {**made.parts, SHEET: (made.parts[SHEET] or b"").replace(b"<v>8</v>", b"<v>9</v>")}
    prove(RAW, Patched(raw=Archive.open(RAW, LIMITS).rebuilt(wrong), put=made.put, parts=wrong), LIMITS)


def another_part() -> None:
    made = patched(RAW, AMOUNT, FORMS, LIMITS).file
    archive = Archive.open(RAW, LIMITS)
    spoilt = {**made.parts, "xl/styles.xml": archive.read("xl/styles.xml") + b" "}
    prove(RAW, Patched(raw=archive.rebuilt(spoilt), put=made.put, parts=made.parts), LIMITS)


@pytest.mark.parametrize(
    ("harming", "key"),
    [
        (shared, "harm.formula"),
        (id_bound, "harm.id"),
        (signed, "harm.signed"),
        (endless, "harm.structure"),
        (no_workbook, "file.csv"),
        (read_otherwise, "harm.cell"),
        (another_part, "harm.part"),
    ],
)
def test_why_a_file_cannot_be_written_is_said_in_the_language_of_its_people(
    harming: Callable[[], None], key: str
):
    with pytest.raises(Harm) as found:
        harming()

    assert found.value.what.key == key
    assert WORDS.say(found.value.what, Lang.EN)
    for lang in (Lang.ZH_HANT, Lang.ZH_HANS):
        said = WORDS.say(found.value.what, lang)
        assert re.search("[一-龥]{2}", said)
        assert not re.search("[a-z]{2,} [a-z]{2,}", said), "that is for the log"
