"""Hostile workbooks: each is refused in words, or read right, within bounded time and memory (docs/hostile.md)."""

import datetime as dt
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheet_templates.form import FieldKey, FormKey, Lang
from sheet_templates.record import Broken, Flaw, Problem
from sync.edges.xlsx.archive import Archive, Damaged
from sync.ports import DeskCopy
from tests.support.hostile import (
    LINKS,
    TEXTS,
    bomb,
    inline,
    linking,
    lying,
    many_rows,
    overlapping,
    sheets,
    with_cells,
    with_texts,
)
from tests.support.office import Office
from tests.support.packages import (
    LIMITS,
    WORDS,
    cell,
    filled,
    in_openpyxl,
    members,
    orders,
    part_of,
    read,
    readable,
    rezipped,
    swap,
    write,
)
from tests.support.shell import ROOT
from tests.support.workbooks_contract import ORDER, patch, puts

RAW = filled()
SHEET = part_of(RAW, "order")
AMOUNT = orders(RAW).columns[FieldKey("amount")]
CUSTOMER = FormKey("customer")


def rows(xml: bytes) -> bytes:
    return rezipped(RAW, {SHEET: swap(b"</sheetData>", xml + b"</sheetData>")})


def amount(inner: bytes) -> bytes:
    return with_cells(RAW, SHEET, {(3, AMOUNT): inner})


def texts(table: bytes, inner: bytes = b't="s"><v>0</v>', own: bytes = b"") -> bytes:
    return rezipped(amount(inner), with_texts(RAW, table, own))


def part(name: str, edit: Callable[[bytes], bytes]) -> bytes:
    return rezipped(RAW, {name: edit})


def declared(encoding: str, how: str) -> Callable[[bytes], bytes]:
    def edit(xml: bytes) -> bytes:
        bare = re.sub(r"<\?xml.*?\?>", "", xml.decode())
        return f'<?xml version="1.0" encoding="{encoding}"?>{bare}'.encode(how)

    return edit


def key(raw: bytes) -> str:
    """Return what a workbook, or a sheet of it, is refused for; it is said in all languages."""
    found = read(raw)
    problems = (found,) if isinstance(found, Problem) else found.problems
    for each in problems:
        assert each.file == "wang.xlsx"
        for lang in Lang:
            assert WORDS.say(each.what, lang)
            assert WORDS.say(each.mend, lang)
    return problems[0].what.key if problems else "read"


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LONG = b"<si><t>" + b"x" * 32_767 + b"</t></si>"
WIDE = b'<row r="20"><c r="XFD20"><v>1</v></c></row>'

REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "one huge part": (lambda: bomb(1, 32 << 20), "file.too_big"),
    "many huge parts": (lambda: bomb(40, 15 << 20), "file.too_big"),
    "more parts than a workbook has": (lambda: bomb(5001, 0), "file.too_big"),
    "parts that share their bytes": (lambda: overlapping(50, 1 << 20), "file.damaged"),
    "texts of another size than they say": (
        lambda: lying(texts(b"<si><t>" + b"x" * 100_000 + b"</t></si>"), TEXTS, 300),
        "file.damaged",
    ),
    "laughs in the shared texts": (
        lambda: rezipped(texts(b"<si><t>a</t></si>"), {TEXTS: lambda xml: LAUGHS + xml}),
        "file.entities",
    ),
    "laughs in the styles": (lambda: part("xl/styles.xml", lambda xml: LAUGHS + xml), "file.entities"),
    "a file of the machine": (lambda: part("xl/workbook.xml", lambda xml: OUTSIDE + xml), "file.entities"),
    "UTF-16 that says so": (lambda: part("xl/workbook.xml", declared("UTF-16", "utf-16")), "file.damaged"),
    "UTF-16 without a mark": (
        lambda: part("xl/workbook.xml", declared("UTF-16LE", "utf-16-le")),
        "file.damaged",
    ),
    "UTF-7": (lambda: part("xl/workbook.xml", declared("UTF-7", "utf-7")), "file.damaged"),
    "a sheet in UTF-7": (lambda: part(SHEET, declared("UTF-7", "utf-8")), "file.damaged"),
    "a cell at the far corner": (
        lambda: rows(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "sheet.too_big",
    ),
    "a text that 70,000 cells share": (
        lambda: rezipped(
            rows(b"".join(many_rows(10, 70_000, b'<row r="%d"><c r="G%d" t="s"><v>0</v></c></row>'))),
            with_texts(RAW, LONG),
        ),
        "sheet.too_much_text",
    ),
    "such a text in the first rows": (
        lambda: rezipped(
            rows(b'<row r="6">' + b"".join(b'<c t="s"><v>&#48;</v></c>' for _ in range(16_000)) + b"</row>"),
            with_texts(RAW, LONG),
        ),
        "file.too_big",
    ),
    "many wide sheets": (lambda: sheets(RAW, 30, WIDE), "file.too_big"),
    "a list of sheets without end": (
        lambda: part("xl/workbook.xml", swap(b"</workbook>", b"<a/>" * (9 << 20) + b"</workbook>")),
        "file.too_big",
    ),
    "elements in elements": (
        lambda: part(
            "xl/workbook.xml", swap(b"</workbook>", b"<a>" * 9999 + b"</a>" * 9999 + b"</workbook>")
        ),
        "file.damaged",
    ),
    "elements in a cell": (lambda: amount(b">" + b"<a>" * 9999 + b"</a>" * 9999), "file.damaged"),
    "merged areas over one another": (
        lambda: part(
            SHEET,
            swap(
                b"</sheetData>",
                b"</sheetData><mergeCells>%b</mergeCells>" % (b'<mergeCell ref="A3:XFD1048576"/>' * 9),
            ),
        ),
        "file.damaged",
    ),
    "a row's number of 5,000 digits": (lambda: rows(b'<row r="%b"/>' % (b"9" * 5000)), "file.damaged"),
    "a reference of 5,000 digits": (
        lambda: rows(b'<row r="9"><c r="A%b"><v>1</v></c></row>' % (b"9" * 5000)),
        "file.damaged",
    ),
    "a reference of 300,000 letters": (
        lambda: rows(b'<row r="9"><c r="%b9"><v>1</v></c></row>' % (b"A" * 300_000)),
        "file.damaged",
    ),
    "a count of 5,000 digits": (
        lambda: texts(b"<si><t>a</t></si>", own=b' uniqueCount="%b"' % (b"9" * 5000)),
        "file.damaged",
    ),
    "more rows than a sheet has": (lambda: rows(b"<row/>" * 1_048_577), "file.damaged"),
    "an error's tag without end": (
        lambda: amount(b't="e"><f ' + b"f " * 200_000 + b"<v>1</v>"),
        "file.damaged",
    ),
    "attributes without end": (lambda: amount(b"a" * 300_000 + b"><v>1</v>"), "file.damaged"),
    "a row that stands twice": (lambda: rows(b'<row r="4"><c r="G4"><v>9</v></c></row>'), "file.damaged"),
    "two sheets of one name": (
        lambda: part("xl/workbook.xml", swap(b'name="customer"', b'name="order"')),
        "file.doubled_sheet",
    ),
    "two sheets of one name but for case": (
        lambda: part("xl/workbook.xml", swap(b'name="customer"', b'name="ORDER"')),
        "file.doubled_sheet",
    ),
    "a text that is not there": (lambda: texts(b"<si><t>a</t></si>", b't="s"><v>7</v>'), "file.damaged"),
    "a text below nought": (lambda: texts(b"<si><t>a</t></si>", b't="s"><v>-1</v>'), "file.damaged"),
    "no shared texts": (lambda: amount(b't="s"><v>0</v>'), "file.damaged"),
    "no relations": (lambda: rezipped(RAW, {"xl/_rels/workbook.xml.rels": None}), "file.damaged"),
    "no content types": (lambda: rezipped(RAW, {"[Content_Types].xml": None}), "file.not_a_workbook"),
    "a day that no calendar has": (
        lambda: with_cells(
            in_openpyxl(RAW, lambda book: setattr(book["order"]["G3"], "number_format", "yyyy-mm-dd")),
            SHEET,
            {(3, AMOUNT): b"><v>-1e300</v>"},
        ),
        "file.damaged",
    ),
}


@pytest.mark.parametrize("hazard", REFUSED)
def test_what_would_harm_us_is_refused_in_words(hazard: str):
    make, expected = REFUSED[hazard]

    assert key(make()) == expected


def test_a_member_that_lies_is_not_inflated_beyond_what_it_says():
    raw = lying(texts(b"<si><t>" + b"x" * (64 << 20) + b"</t></si>"), TEXTS, 1000)
    archive = Archive.open(raw, LIMITS)

    assert len(archive.head(TEXTS, 1001)) == 1001
    with pytest.raises(Damaged):
        archive.read(TEXTS)


def test_a_zip_within_a_workbook_is_left_alone():
    raw = rezipped(RAW, {"xl/embeddings/bomb.zip": bomb(3, 1 << 20)})

    assert cell(raw, 3, "amount") == 12.5


CORES = """
import resource, socket, sys
from pathlib import Path, PurePath
resource.setrlimit(resource.RLIMIT_AS, ({room} << 20, {room} << 20))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from tests.support.packages import read
met = []
outside = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.startfile", "urllib.")
sys.addaudithook(lambda event, args: met.append(event) if event.startswith(outside) else None)
for each in sys.argv[1:]:
    found = read(Path(each).read_bytes())
    print(getattr(getattr(found, "what", None), "key", None) or ",".join(p.what.key for p in found.problems) or "read")
assert not met, met
"""


def test_hostile_workbooks_are_read_in_bounded_time_and_memory_and_nothing_is_fetched(tmp_path: Path):
    """All of them in one process of a gigabyte and a few seconds; it reaches for no address."""
    given = {
        "laughs": (REFUSED["laughs in the shared texts"][0](), "file.entities"),
        "shared": (REFUSED["a text that 70,000 cells share"][0](), "sheet.too_much_text"),
        "corner": (REFUSED["a cell at the far corner"][0](), "sheet.too_big"),
        "parts": (REFUSED["many huge parts"][0](), "file.too_big"),
        "rows": (
            rows(b"".join(many_rows(6, 100_000, b'<row r="%d" s="1"><c r="A%d" s="1"/></row>'))),
            "read",
        ),
        "links": (linking(RAW, SHEET, (3, AMOUNT)), "read"),
    }
    for name, (raw, _) in given.items():
        (tmp_path / f"{name}.xlsx").write_bytes(raw)

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            CORES.format(room=1536, seconds=30),
            *(tmp_path / f"{each}.xlsx" for each in given),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [expected for _, expected in given.values()]


def test_links_outside_stay_in_the_file_as_they_are():
    """To other workbooks, commands (DDE), programs (OLE), pages, and a template on the net."""
    raw = linking(RAW, SHEET, (3, AMOUNT))
    assert cell(raw, 3, "amount") == 7.5

    made = write(raw, patch("r2", *puts(3, buyer="B")))

    kept, was = members(made), members(raw)
    for each in (*LINKS, "xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        assert kept[each] == was[each]
    assert b"<f>[2]!A0+[1]Sheet1!$A$1</f><v>7.5</v>" in kept[SHEET]
    assert kept["xl/workbook.xml"].count(b"<externalReference ") == 3
    assert (cell(made, 3, "buyer"), cell(made, 3, "amount")) == ("B", 7.5)


def test_a_million_empty_styled_rows_are_no_matter():
    raw = rows(b"".join(many_rows(6, 1_048_577, b'<row r="%d" s="1"/>')))

    copy = readable(raw)
    assert not copy.problems
    assert copy.sheets[ORDER].last == 5


def test_sixteen_thousand_columns_are_no_matter():
    cells = b"".join(b'<c t="inlineStr"><is><t>x%d</t></is></c>' % at for at in range(16_384))
    raw = part(SHEET, lambda xml: re.sub(rb'(<row r="4"[^>]*>).*?</row>', rb"\g<1>" + cells + b"</row>", xml))

    assert cell(raw, 3, "amount") == 12.5
    assert cell(raw, 4, "amount") == f"x{AMOUNT - 1}"


def test_a_dimension_that_lies_is_not_believed():
    raw = part(SHEET, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml))

    assert cell(raw, 3, "amount") == 12.5


def test_missing_styles_wrong_types_hidden_sheets_and_long_names_do_no_harm():
    for raw in (
        rezipped(RAW, {"xl/styles.xml": None}),
        part("[Content_Types].xml", swap(b"spreadsheetml.worksheet+xml", b"x+xml")),
        part("xl/workbook.xml", swap(b'state="visible"', b'state="veryHidden"')),
        part("xl/workbook.xml", swap(b'name="customer"', b'name="%b"' % (b"x" * 5000))),
    ):
        assert cell(raw, 3, "amount") == 12.5


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        (b"><v>NaN</v>", Broken(text="nan")),
        (b"><v>-INF</v>", Broken(text="-inf")),
        (b"><v>1e999</v>", Broken(text="inf")),
        (b"><v>1234567890123456789</v>", 1.2345678901234568e18),
        (b't="n"><v>1E5</v>', 100000.0),
        (b't="b"><v>1</v>', True),
        (b't="e"><v>#SPILL!</v>', Broken(text="#SPILL!")),
        (b't="e"><v>#DIV/0!</v>', Broken(text="#DIV/0!")),
        (b"><f>1+1</f>", Broken(text="=1+1", flaw=Flaw.FORMULA)),
        (inline("=cmd|' /C calc'!A0"), "=cmd|' /C calc'!A0"),
        (inline('=HYPERLINK("http://x.example")'), '=HYPERLINK("http://x.example")'),
        (inline("+1"), "+1"),
        (inline("-1"), "-1"),
        (inline("@SUM(1)"), "@SUM(1)"),
        (inline("\t=1+1"), "\t=1+1"),
        (inline("007"), "007"),
        (inline("1E5"), "1E5"),
        (inline("a\0b"), "a\0b"),
        (inline("a\rb"), "a\rb"),
        (b't="inlineStr"><is><t>a_xD800_b</t></is>', "a_xD800_b"),
        (b't="inlineStr"><is><t>a_x005F_x000D_b</t></is>', "a_x000D_b"),
        (inline("A\u202exslx.exe"), "A\u202exslx.exe"),
        (inline("👩‍👩‍👧‍👦 e\u0301 \u200b"), "👩‍👩‍👧‍👦 e\u0301 \u200b"),
        (inline("x" * 32_767), "x" * 32_767),
        (inline("x" * 100_000), "x" * 100_000),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_stands_in_a_cell_is_read_as_it_stands(inner: bytes, found: object):
    raw = amount(inner)

    assert cell(raw, 3, "amount") == found
    assert cell(raw, 4, "amount") == 7.0


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (b"-1", Broken(text="-1")),
        (b"-0.5", Broken(text="-0.5")),
        (b"59", dt.date(1900, 2, 28)),
        (b"60", Broken(text="1900-02-29", flaw=Flaw.NO_DAY)),
        (b"60.75", Broken(text="1900-02-29", flaw=Flaw.NO_DAY)),
        (b"6.05E1", Broken(text="1900-02-29", flaw=Flaw.NO_DAY)),
        (b"61", dt.date(1900, 3, 1)),
        (b"2958465", dt.date(9999, 12, 31)),
        (b"2958466", 2958466.0),
        (b"1e10", 1e10),
    ],
)
def test_days_that_no_calendar_has_are_not_taken_for_others(number: bytes, found: object):
    """Spreadsheets show 60 as 29 February 1900; other readers take it for the day before."""
    dated = in_openpyxl(RAW, lambda book: setattr(book["order"]["G3"], "number_format", "yyyy-mm-dd"))

    raw = with_cells(dated, part_of(dated, "order"), {(3, AMOUNT): b"><v>%b</v>" % number})

    assert cell(raw, 3, "amount") == found


def places() -> Iterator[int]:
    source = random.Random(20261121)
    yield from sorted(source.sample(range(len(RAW)), 120))


def test_a_file_that_was_cut_off_anywhere_is_a_problem():
    for at in places():
        found = read(RAW[:at])
        assert isinstance(found, Problem)
        assert found.what.key in {"file.empty", "file.half_written", "file.csv", "file.not_a_workbook"}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flips=st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.integers(0, 7)), min_size=1, max_size=5))
def test_bits_that_flipped_give_the_same_values_or_a_problem(flips: list[tuple[int, int]]):
    """Each part that is read has its checksum: no other value is ever taken."""
    spoiled = bytearray(RAW)
    for at, bit in flips:
        spoiled[at] ^= 1 << bit

    found = read(bytes(spoiled))

    if isinstance(found, DeskCopy):
        assert {form: copy.rows for form, copy in found.sheets.items()} == {
            form: copy.rows for form, copy in readable(RAW).sheets.items()
        }


# A company --------------------------------------------------------------------------------------------------


def put(office: Office, who: str, **inner: bytes) -> None:
    """Put cells into the row of Rae's customer, as some program might have written them."""
    copy = office.folder.read(office.path(who))
    assert isinstance(copy, DeskCopy)
    sheet, at = copy.sheets[CUSTOMER], office.at(who, "customer", "Acme")
    cells = {(at, sheet.columns[FieldKey(field)]): xml for field, xml in inner.items()}
    raw = with_cells(office.raw(who), part_of(office.raw(who), sheet.title), cells)
    office.place(who).write_bytes(raw)


def test_several_hazards_in_one_desk_are_told_where_they_stand_and_everybody_else_goes_on(office: Office):
    put(
        office,
        "Rae",
        phone=b"><v>86138001380001234</v>",
        revenue=b"><v>NaN</v>",
        remarks=inline("y" * 40_000),
        size=inline("\x1b[31mmany"),
        address=b't="e"><v>#SPILL!</v>',
        fax=b'><f>HYPERLINK("http://x.example")</f>',
        founded=b't="b"><v>1</v>',
        first_contact_on=b"><v>-5</v>",
    )
    office.place("Finance").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    office.place("Marketing").write_bytes(bomb(40, 15 << 20))
    typed = office.raw("Rae")
    office.types("Roy", "customer", "Coda", remarks="goes on")

    office.settle()

    assert office.value("customer", "Coda", "remarks") == "goes on"
    assert office.shows("Mo", "customer", "Coda", "remarks") == "goes on"
    said = office.check("Rae", "customer", "Acme")
    for each in (
        "last digits have been lost",
        "(nan)",
        "40000 characters",
        "#SPILL!",
        "HYPERLINK",
        "TRUE",
        "(-5)",
    ):
        assert each in said
    marks = str(office.shows("Rae", "customer", "Acme", "_mark"))
    assert {"phone", "revenue", "remarks", "size", "address", "fax", "first_contact_on"} <= {
        *marks.split(",")
    }
    assert office.value("customer", "Acme", "remarks") == "likes tea"
    assert office.value("customer", "Acme", "phone") == "555-1001"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "y" * 40_000
    kept = [path.read_bytes() for path in (office.workspace.state / "versions").rglob("*") if path.is_file()]
    assert typed in kept
    assert "file.xls" in office.problems("finance")
    assert "file.too_big" in office.problems("marketing")
    (mail,) = [
        each for each in office.mailroom.digests(office.clock.now()).messages if each.to.startswith("rae")
    ]
    assert "Rae.xlsx" in mail.text
    assert "Customers" in mail.text


def test_days_before_march_1900_wait_in_red_and_are_taken_for_no_other(office: Office):
    put(office, "Rae", first_contact_on=b"><v>46000</v>")
    office.settle()
    kept = office.value("customer", "Acme", "first_contact_on")
    assert kept == dt.date(2025, 12, 9)

    for number, said, stands in (
        (b"59", "1900-02-28 is too early", dt.date(1900, 2, 28)),
        (b"60", "no such day as “1900-02-29”", "1900-02-29"),
        (b"2958466", "“2958466” is not a date", "2958466"),
    ):
        put(office, "Rae", first_contact_on=b"><v>%b</v>" % number)
        office.settle()

        assert said in office.check("Rae", "customer", "Acme")
        assert "first_contact_on" in str(office.shows("Rae", "customer", "Acme", "_mark")).split(",")
        assert office.shows("Rae", "customer", "Acme", "first_contact_on") == stands
        assert office.value("customer", "Acme", "first_contact_on") == kept


def test_what_a_program_made_of_a_text_is_told(office: Office):
    put(office, "Rae", remarks=b't="d"><v>2026-12-03</v>', address=inline("Harbour\x01 7"))

    office.settle()

    assert office.value("customer", "Acme", "remarks") == "2026-12-03"
    assert office.value("customer", "Acme", "address") == "Harbour 7"
    said = office.check("Rae", "customer", "Acme")
    assert "12-3" in said
    assert "Harbour␦ 7" in said


def test_text_of_one_is_text_in_the_desk_of_another(office: Office):
    for nasty in ("=cmd|' /C calc'!A0", "<c><f>1+1</f></c>", "@SUM(1)"):
        put(office, "Rae", remarks=inline(nasty))
        office.settle()

        assert office.shows("Mo", "customer", "Acme", "remarks") == nasty
        copy = office.folder.read(office.path("Mo"))
        assert isinstance(copy, DeskCopy)
        assert not copy.sheets[CUSTOMER].formulas


def test_every_hazard_of_the_page_is_tested_by_the_name_that_it_gives():
    page = (ROOT / "docs" / "hostile.md").read_text(encoding="utf-8")
    files = {
        path: (ROOT / path).read_text(encoding="utf-8") for path in re.findall(r"`(tests/[\w/]+\.py)`", page)
    }
    named = re.findall(r"`(test_\w+)`", page)
    assert len(named) > 20
    for name in named:
        assert any(f"def {name}(" in text for text in files.values()), name
    for quoted in re.findall(r"“(?P<hazard>[^”]+)” of `test_what_would_harm_us_is_refused_in_words`", page):
        assert quoted in REFUSED, quoted
