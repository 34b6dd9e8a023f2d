"""The lossless patch: values change, and nothing else does."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook import Workbook

from sheet_templates.record import text
from sync.edges.xlsx.archive import Archive
from sync.edges.xlsx.harm import Harm
from sync.edges.xlsx.patch import patched
from sync.edges.xlsx.proof import prove
from sync.edges.xlsx.put import Patched
from sync.edges.xlsx.sheetxml import SheetXml
from sync.edges.xlsx.styles import PLAIN, Look, look_of
from sync.ports import Cell, Patch, RenderId, Shown
from tests.support.packages import (
    FORMS,
    LIMITS,
    cell,
    filled,
    in_openpyxl,
    members,
    orders,
    part_of,
    readable,
    rezipped,
    row,
    swap,
    write,
)
from tests.support.workbooks_contract import CUSTOMER, patch, puts

RAW = filled()
SHEET = part_of(RAW, "order")
HIDDEN = part_of(RAW, "_deskbook")
TRACES = {"xl/workbook.xml", "docProps/custom.xml", HIDDEN}


def sheet(raw: bytes) -> bytes:
    return members(raw)[SHEET]


def in_sheet(old: bytes, new: bytes, raw: bytes = RAW) -> bytes:
    return rezipped(raw, {SHEET: swap(old, new)})


def cell_xml(ref: bytes, raw: bytes) -> bytes:
    found = re.search(rb'<c r="%b"[^>]*?(?:/>|>.*?</c>)' % ref, sheet(raw), re.DOTALL)
    assert found, ref
    return found.group()


def with_cell(xml: bytes, ref: bytes = b"G3", raw: bytes = RAW) -> bytes:
    return in_sheet(cell_xml(ref, raw), xml, raw)


# Bytes that stay -------------------------------------------------------------


def test_only_the_sheet_and_the_traces_change():
    before, after = members(RAW), members(write(RAW, patch("r2", *puts(3, amount=Decimal(8)))))

    assert {name for name in before if before[name] != after[name]} == TRACES | {SHEET}
    assert [*before] == [*after]


def test_in_the_sheet_only_the_cell_changes():
    after = sheet(write(RAW, patch("r2", *puts(3, amount=Decimal(8)))))

    assert after == sheet(RAW).replace(b"<v>12.5</v>", b"<v>8</v>")


def test_members_that_do_not_change_keep_their_compressed_bytes_and_their_time():
    made = write(RAW, patch("r2", *puts(3, amount=Decimal(8))))
    old, new = Archive.open(RAW, LIMITS), Archive.open(made, LIMITS)

    for name, was in old.members.items():
        now = new.members[name]
        if name not in TRACES | {SHEET}:
            assert RAW[was.offset : was.end] == made[now.offset : now.end]
            assert was.entry[:42] == now.entry[:42]
        assert was.entry[12:16] == now.entry[12:16]


def test_members_with_descriptors_comments_and_extra_fields_survive():
    out = io.BytesIO()

    class Unseekable(io.RawIOBase):
        """A place to write that cannot go back: sizes then stand behind the members."""

        def writable(self) -> bool:
            return True

        def write(self, raw) -> int:  # type: ignore[no-untyped-def]
            return out.write(raw)

    with zipfile.ZipFile(Unseekable(), "w", zipfile.ZIP_DEFLATED) as file:
        file.comment = "註解".encode()
        for name, content in members(RAW).items():
            member = zipfile.ZipInfo(name, (2026, 11, 21, 10, 20, 30))
            member.extra, member.comment = b"\x99\x99\x02\x00ab", b"remark"
            file.writestr(member, content)
    made = write(out.getvalue(), patch("r2", *puts(3, amount=Decimal(8))))

    assert cell(made, 3, "amount") == 8.0
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert file.testzip() is None
        assert file.comment == "註解".encode()
        assert file.getinfo("xl/styles.xml").extra == b"\x99\x99\x02\x00ab"
        assert {each.comment for each in file.infolist()} == {b"remark"}


def test_the_traces_say_the_new_render_three_times():
    made = members(write(RAW, patch("a&b<r>", *puts(3, amount=Decimal(8)))))

    assert b'name="_deskbook_render" hidden="1">"a&amp;b&lt;r&gt;"</definedName>' in made["xl/workbook.xml"]
    assert b"a&amp;b&lt;r&gt;</vt:lpwstr>" in made["docProps/custom.xml"]
    assert b"<t>a&amp;b&lt;r&gt;</t>" in made[HIDDEN]


@pytest.mark.parametrize("lost", ["part", "property", "name", "names", "sheet"])
def test_a_trace_that_was_lost_is_written_again_where_that_is_possible(lost: str):
    def lose(book: Workbook) -> None:
        if lost == "name":
            del book.defined_names["_deskbook_render"]
        if lost == "names":
            book.defined_names.clear()
            for each in book.worksheets:
                each.auto_filter.ref, each.print_title_rows, each.print_title_cols = None, None, None
        if lost == "property":
            book.custom_doc_props.props = [
                p for p in book.custom_doc_props.props if p.name != "deskbook_render"
            ]
        if lost == "part":
            book.custom_doc_props.props.clear()
        if lost == "sheet":
            del book["_deskbook"]

    raw = in_openpyxl(RAW, lose)
    made = write(raw, patch("r2", *puts(3, amount=Decimal(8))))
    book = openpyxl.load_workbook(io.BytesIO(made))

    assert readable(made).render == "r2"
    assert book.defined_names["_deskbook_render"].attr_text == '"r2"'
    assert book.custom_doc_props["deskbook_render"].value == "r2"


@pytest.mark.parametrize("left", [b"", b"<definedNames/>", b"<definedNames></definedNames>"])
@pytest.mark.parametrize("prefix", [b"", b"x:"])
@pytest.mark.parametrize("following", [True, False])
def test_a_workbook_without_names_gets_the_renders_name_where_it_belongs(
    left: bytes, prefix: bytes, following: bool
):
    def bare(part: bytes) -> bytes:
        part = re.sub(rb"<definedNames>.*</definedNames>", left, part)
        part = part if following else re.sub(rb"<calcPr[^>]*/>", b"", part)
        if not prefix:
            return part
        return re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", part).replace(b"xmlns=", b"xmlns:x=", 1)

    made = write(rezipped(RAW, {"xl/workbook.xml": bare}), patch("r2", *puts(3, amount=Decimal(8))))
    said = members(made)["xl/workbook.xml"]

    name = b'<%bdefinedNames><%bdefinedName name="_deskbook_render" hidden="1">"r2"</%bdefinedName></%bdefinedNames>'
    assert name.replace(b"%b", prefix) in said
    assert said.count(b"definedNames") == 2
    assert said.index(b"definedNames") > said.index(b"</%bsheets>" % prefix)
    assert readable(made).render == "r2"


def test_the_name_of_the_render_in_a_copied_sheet_is_not_taken_for_the_workbooks():
    local = b'<definedName name="_deskbook_render" localSheetId="0" hidden="1">"old"</definedName>'
    raw = rezipped(RAW, {"xl/workbook.xml": swap(b"<definedNames>", b"<definedNames>" + local)})
    made = members(write(raw, patch("r2")))

    assert local in made["xl/workbook.xml"]
    assert b'"r2"</definedName>' in made["xl/workbook.xml"]


# Cells -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "xml"),
    [
        (Decimal(8), b'<c r="G3" s="S"><v>8</v></c>'),
        (Decimal("1E+3"), b'<c r="G3" s="S"><v>1000</v></c>'),
        (Decimal("0.00"), b'<c r="G3" s="S"><v>0</v></c>'),
        (Decimal("-0.10"), b'<c r="G3" s="S"><v>-0.1</v></c>'),
        (True, b'<c r="G3" s="S" t="b"><v>1</v></c>'),
        ("=1+1", b'<c r="G3" s="S" t="inlineStr"><is><t>=1+1</t></is></c>'),
        (" a", b'<c r="G3" s="S" t="inlineStr"><is><t xml:space="preserve"> a</t></is></c>'),
        ("a\r\nb\rc", b'<c r="G3" s="S" t="inlineStr"><is><t xml:space="preserve">a\nb\nc</t></is></c>'),
        (
            "a\x0bb\ud800\uffff",
            b'<c r="G3" s="S" t="inlineStr"><is><t>a\xef\xbf\xbdb\xef\xbf\xbd\xef\xbf\xbd</t></is></c>',
        ),
        ("_x0041_", b'<c r="G3" s="S" t="inlineStr"><is><t>_x005F_x0041_</t></is></c>'),
        ("<&>", b'<c r="G3" s="S" t="inlineStr"><is><t>&lt;&amp;&gt;</t></is></c>'),
        (None, b'<c r="G3" s="S"/>'),
        ("", b'<c r="G3" s="S"/>'),
        (dt.date(2026, 1, 31), b'<c r="G3" s="S" t="inlineStr"><is><t>2026-01-31</t></is></c>'),
    ],
)
def test_a_value_in_a_cell_keeps_its_style(shown: Shown, xml: bytes):
    style = re.search(rb's="(\d+)"', cell_xml(b"G3", RAW))
    assert style
    made = write(RAW, patch("r2", *puts(3, amount=shown)))

    assert cell_xml(b"G3", made) == xml.replace(b'"S"', b'"%b"' % style[1])


def test_attributes_that_are_not_ours_stay_and_the_type_goes():
    raw = with_cell(b"""<c ph='1' t="str" r="G3" s='2' x:y="a &quot; b"><v>0</v></c>""")
    raw = rezipped(raw, {SHEET: swap(b"<worksheet ", b'<worksheet xmlns:x="urn:x" ')})
    made = write(raw, patch("r2", *puts(3, amount=Decimal(8))))

    assert cell_xml(b"G3", made) == b'<c r="G3" s="2" ph="1" x:y="a &quot; b"><v>8</v></c>'


@pytest.mark.parametrize(
    "day",
    [
        dt.date(1900, 1, 1),
        dt.date(1900, 2, 28),
        dt.date(1900, 3, 1),
        dt.date(2026, 1, 31),
        dt.date(9999, 12, 31),
    ],
)
@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_a_date_is_the_same_day_in_either_calendar_for_every_program(day: dt.date, epoch: dt.datetime | None):
    def calendar(book: Workbook) -> None:
        if epoch is not None:
            book.epoch = epoch

    made = write(in_openpyxl(RAW, calendar), patch("r2", *puts(3, due=day)))

    beyond = epoch is not None and day < dt.date(1904, 1, 1)
    assert cell(made, 3, "due") == (day.isoformat() if beyond else day)
    if not beyond and day >= dt.date(1900, 3, 1):
        column = orders(made).columns[next(key for key in orders(made).columns if key == "due")]
        seen = openpyxl.load_workbook(io.BytesIO(made))["order"].cell(row=3, column=column)
        assert seen.value == dt.datetime(day.year, day.month, day.day)
        assert seen.number_format == "yyyy-mm-dd"


def test_a_number_in_a_cell_that_shows_dates_is_written_as_text_that_says_it():
    def strange(book: Workbook) -> None:
        book["order"]["G3"].number_format = 'yyyy"年"m"月"'

    made = write(in_openpyxl(RAW, strange), patch("r2", *puts(3, amount=Decimal("45.60"))))

    assert cell(made, 3, "amount") == "45.6"


@pytest.mark.parametrize(
    ("code", "look"),
    [
        ("General", PLAIN),
        ('0.00 "days"', PLAIN),
        ("#,##0.00_);[Red](#,##0.00)", PLAIN),
        ('yyyy"年"m"月"', Look.DAY),
        (r"[$-404]e\/mm\/dd", Look.DAY),
        ("0.00E+000", PLAIN),
        ("##0.0e-0;[Red]-##0.0e-0", PLAIN),
        ("mmm-yy", Look.DAY),
        ("mm", Look.DAY),
        ("h:mm AM/PM", Look.TIME),
        ("mm:ss", Look.TIME),
        ("[hh]:mm", Look.TIME),
        ("[m]", Look.TIME),
        ("yyyy-mm-dd hh:mm", Look.DAY | Look.TIME),
    ],
)
def test_a_number_format_is_told_by_what_it_shows(code: str, look: Look):
    assert look_of(code) == look


@pytest.mark.parametrize(
    ("code", "due", "hour"),
    [
        ("[hh]:mm:ss", "2026-03-14", dt.time(9, 30)),
        ("yyyy-mm-dd", dt.date(2026, 3, 14), "09:30:00"),
        ("0.00", "2026-03-14", "09:30:00"),
    ],
)
def test_a_day_or_a_time_is_written_as_text_where_its_cell_would_show_something_else(
    code: str, due: Cell, hour: Cell
):
    def format_of_both(book: Workbook) -> None:
        columns = orders(RAW).columns
        for key, at in columns.items():
            if key in {"due", "hour"}:
                book["order"].cell(row=3, column=at).number_format = code

    made = write(
        in_openpyxl(RAW, format_of_both), patch("r2", *puts(3, due=dt.date(2026, 3, 14), hour=dt.time(9, 30)))
    )

    assert (cell(made, 3, "due"), cell(made, 3, "hour")) == (due, hour)


def test_a_style_that_says_nothing_is_the_plain_one():
    made = write(in_sheet(b'<c r="G3" s="5">', b'<c r="G3" s="">'), patch("r2", *puts(3, amount=Decimal(8))))

    assert b'<c r="G3"><v>8</v></c>' in sheet(made)


def test_names_with_backslashes_stay_as_they_are_written():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members(RAW).items():
            member = zipfile.ZipInfo(name)
            member.filename = name.replace("/", "\\")
            file.writestr(member, content)
    made = write(out.getvalue(), patch("r2", *puts(3, amount=Decimal(8))))

    assert [*members(made)] == [name.replace("/", "\\") for name in members(RAW)]
    assert cell(made, 3, "amount") == 8


def test_a_time_is_read_to_the_second():
    made = write(RAW, patch("r2", *puts(3, hour=dt.time(23, 59, 59)), *puts(4, hour=dt.time(0))))

    assert (cell(made, 3, "hour"), cell(made, 4, "hour")) == (dt.time(23, 59, 59), dt.time(0))


def test_a_text_that_no_cell_can_hold_is_refused_not_cut():
    with pytest.raises(Harm, match="longer than a cell can hold"):
        write(RAW, patch("r2", *puts(3, notes="長" * 32_768)))
    assert cell(write(RAW, patch("r2", *puts(3, notes="長" * 32_767))), 3, "notes") == "長" * 32_767


@settings(max_examples=80, deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60),
    number=st.decimals(-(10**12), 10**12, places=2),
    day=st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31)),
    hour=st.times().map(lambda time: time.replace(microsecond=0)),
    at=st.integers(3, 40),
)
def test_whatever_is_put_is_proved(text: str, number: Decimal, day: dt.date, hour: dt.time, at: int):
    made = write(
        RAW, patch("r2", *puts(at, _id="zzzzzzzzzzzz", notes=text, amount=number, due=day, hour=hour))
    )
    read = row(made, at).cells

    assert {str(key): cell for key, cell in read.items()}["due"] == day
    assert {str(key): cell for key, cell in read.items()}["amount"] == float(number)
    assert readable(made).render == "r2"


# Rows ------------------------------------------------------------------------


def test_an_appended_row_has_the_formats_of_its_columns():
    made = write(
        RAW, patch("r2", *puts(9, _id="eeeeeeeeeeee", amount=Decimal("1.5"), due=dt.date(2026, 1, 1)))
    )
    seen = openpyxl.load_workbook(io.BytesIO(made))["order"]

    assert seen["G9"].number_format == "#,##0.00"
    assert seen.cell(row=9, column=9).number_format == "yyyy-mm-dd"
    assert seen["G9"].font.name == "Calibri"
    assert seen.dimensions.endswith("9")


def test_a_row_between_others_is_inserted_in_order():
    raw = write(RAW, patch("r2", *puts(9, _id="eeeeeeeeeeee"), *puts(20, _id="ffffffffffff")))
    made = write(raw, patch("r3", *puts(12, _id="gggggggggggg", buyer="between")))

    assert [*SheetXml.of(sheet(made)).numbers] == [1, 2, 3, 4, 5, 9, 12, 20]
    assert cell(made, 12, "buyer") == "between"


def test_an_empty_sheet_takes_rows():
    raw = rezipped(RAW, {SHEET: lambda part: re.sub(rb'<row r="[3-9]".*?</row>', b"", part)})
    made = write(raw, patch("r2", *puts(3, _id="eeeeeeeeeeee", buyer="A")))

    assert cell(made, 3, "buyer") == "A"


def test_clearing_what_is_not_there_changes_nothing():
    made = write(RAW, patch("r2", *puts(3, notes=None), *puts(700, notes=None)))

    assert sheet(made) == sheet(RAW)


def test_new_cells_stand_in_order_between_the_old_ones():
    made = write(RAW, patch("r2", *puts(3, state="S", check="C", notes="N", due=dt.date(2026, 1, 1))))
    columns = re.findall(rb'<c r="([A-Z]+)3"', sheet(made))

    assert columns == sorted(columns, key=lambda name: (len(name), name))
    assert len(columns) == len({*columns}) == 8


def test_a_new_cell_in_a_column_without_a_style_looks_like_the_one_above():
    def bare(part: bytes) -> bytes:
        return re.sub(rb"<cols>.*</cols>", b"", part)

    raw = rezipped(RAW, {SHEET: bare})
    made = write(raw, patch("r2", *puts(5, amount=Decimal(3)), *puts(6, amount=Decimal(4))))
    seen = openpyxl.load_workbook(io.BytesIO(made))["order"]

    assert [seen[f"G{at}"].number_format for at in (5, 6)] == ["#,##0.00"] * 2
    first = write(
        rezipped(raw, {SHEET: lambda part: re.sub(rb'<row r="[3-9]".*?</row>', b"", part)}),
        patch("r2", *puts(3, amount=Decimal(3))),
    )
    assert openpyxl.load_workbook(io.BytesIO(first))["order"]["G3"].fill.fgColor.rgb == "00000000"


def test_a_row_with_a_style_of_its_own_gives_it_to_new_cells():
    raw = in_sheet(b'<row r="5">', b'<row r="5" s="1" customFormat="1" spans="1:2" hidden="1">')
    made = write(raw, patch("r2", *puts(5, notes="N")))

    assert b'<row r="5" s="1" customFormat="1" spans="1:12" hidden="1">' in sheet(made)
    assert re.search(rb'<c r="L5" s="1" t="inlineStr">', sheet(made))


@pytest.mark.parametrize("rows", [True, False])
def test_rows_and_cells_without_references_keep_their_places(rows: bool):
    def bare(part: bytes) -> bytes:
        part = (
            re.sub(rb'<c r="(?![B-E])[A-Z]+[34]"', b"<c", part)
            if False
            else re.sub(rb'(<c) r="[AC]3"', rb"\1", part)
        )
        return re.sub(rb'<row r="(\d+)"', b"<row", part) if rows else part

    # Row 3 has A, C, F and G: without their names A and C would be A and B, so B is put between them first.
    raw = write(RAW, patch("r1", *puts(3, _mark=",x,", state="S", check="C")))
    raw = rezipped(raw, {SHEET: lambda part: re.sub(rb'(<c) r="[A-G]3"', rb"\1", bare(part))})
    assert cell(raw, 3, "amount") == 12.5

    made = write(raw, patch("r2", *puts(3, buyer="B", notes="N"), *puts(4, amount=Decimal(9))))
    assert (cell(made, 3, "buyer"), cell(made, 3, "amount"), cell(made, 3, "notes")) == ("B", 12.5, "N")
    assert cell(made, 4, "amount") == 9.0
    assert row(made, 3).id == "aaaaaaaaaaaa"


def test_a_sheet_whose_elements_carry_a_prefix_is_patched_with_it():
    def prefixed(part: bytes) -> bytes:
        body = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", part)
        return body.replace(b"xmlns=", b"xmlns:x=", 1)

    raw = rezipped(RAW, {SHEET: prefixed})
    made = write(raw, patch("r2", *puts(3, amount=Decimal(8), notes="N"), *puts(9, _id="eeeeeeeeeeee")))

    assert (cell(made, 3, "amount"), cell(made, 3, "notes")) == (8.0, "N")
    assert row(made, 9).id == "eeeeeeeeeeee"
    assert b"<c " not in sheet(made)
    openpyxl.load_workbook(io.BytesIO(made))


# Ranges ----------------------------------------------------------------------


def ranged(book: Workbook) -> None:
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.table import Table

    order = book["order"]
    order.auto_filter.ref = "A2:M5"
    order.conditional_formatting.add("G3:G5", CellIsRule(operator="lessThan", formula=["0"]))
    order.conditional_formatting.add("H4:H4", CellIsRule(operator="lessThan", formula=["0"]))
    rule = DataValidation(type="whole", formula1="1", sqref="K3:K5 L3:L4")
    order.add_data_validation(rule)
    customer = book["customer"]
    customer.auto_filter.ref = None
    for column in range(1, 8):
        customer.cell(row=2, column=column).value = f"label {column}"
    customer.add_table(Table(displayName="mine", ref="A2:G4"))


def test_ranges_that_cover_all_records_grow_with_appended_rows():
    raw = in_openpyxl(RAW, ranged)
    made = write(raw, patch("r2", *puts(6, _id="eeeeeeeeeeee"), *puts(7, _id="ffffffffffff")))
    book = openpyxl.load_workbook(io.BytesIO(made))
    order = book["order"]

    assert order.auto_filter.ref == "A2:M7"
    assert {str(each.sqref) for each in order.conditional_formatting} >= {"G3:G7", "H4"}
    assert "K3:K7 L3:L4" in {str(each.sqref) for each in order.data_validations.dataValidation}
    assert "'order'!$A$2:$M$7" in members(made)["xl/workbook.xml"].decode()


def test_a_table_grows_with_appended_rows_but_not_one_with_totals():
    raw = in_openpyxl(RAW, ranged)
    raw = write(raw, patch("r2", *puts(3, _id="eeeeeeeeeeee"), *puts(4, _id="ffffffffffff"), form=CUSTOMER))
    made = write(raw, patch("r3", *puts(5, _id="gggggggggggg", name="New"), form=CUSTOMER))
    assert b' ref="A2:G5"' in members(made)["xl/tables/table1.xml"]

    totals = rezipped(raw, {"xl/tables/table1.xml": swap(b'ref="A2:G4"', b'ref="A2:G4" totalsRowCount="1"')})
    made = write(totals, patch("r3", *puts(5, _id="gggggggggggg", name="New"), form=CUSTOMER))
    assert b' ref="A2:G4"' in members(made)["xl/tables/table1.xml"]


def test_rules_of_newer_programs_grow_too():
    later = (
        b'<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}">'
        b'<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1"><x14:dataValidation type="list">'
        b"<x14:formula1><xm:f>_deskbook!$C$1:$C$3</xm:f></x14:formula1><xm:sqref>F3:F5 F2</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    raw = in_sheet(b"</worksheet>", later)
    made = write(raw, patch("r2", *puts(6, _id="eeeeeeeeeeee")))

    assert b"<xm:sqref>F3:F6 F2</xm:sqref>" in sheet(made)


def shared_formulas(raw: bytes = RAW) -> bytes:
    """Return the desk with one formula in F3, G3 and G4: its words stand in F3 only."""
    words = b"N3*$B$1&amp;LEFT(Z4,2)"
    raw = with_cell(b'<c r="F3"><f t="shared" ref="F3:G4" si="0">%b</f><v>1</v></c>' % words, b"F3", raw)
    raw = with_cell(b'<c r="G3"><f t="shared" si="0"/><v>2</v></c>', b"G3", raw)
    return with_cell(b'<c r="G4"><f t="shared" si="0"></f><v>3</v></c>', b"G4", raw)


def test_a_value_on_the_first_of_cells_that_share_a_formula_hands_the_formula_on():
    made = sheet(write(shared_formulas(), patch("r2", *puts(3, buyer="B"))))

    assert b'<c r="F3" t="inlineStr"><is><t>B</t></is></c>' in made
    assert b'<c r="G3"><f t="shared" ref="G3:G4" si="0">O3*$B$1&amp;LEFT(AA4,2)</f><v>2</v></c>' in made
    assert b'<c r="G4"><f t="shared" si="0"></f><v>3</v></c>' in made


def test_the_formulas_of_the_others_are_the_same_for_another_reader():
    def formulas(raw: bytes) -> dict[str, object]:
        sheet = openpyxl.load_workbook(io.BytesIO(raw))["order"]
        return {at: sheet[at].value for at in ("G3", "G4")}

    raw = shared_formulas()

    assert formulas(raw) == {"G3": "=O3*$B$1&LEFT(AA4,2)", "G4": "=O4*$B$1&LEFT(AA5,2)"}
    assert formulas(write(raw, patch("r2", *puts(3, buyer="B")))) == formulas(raw)


def test_a_formula_goes_to_the_next_cell_that_keeps_it():
    made = sheet(write(shared_formulas(), patch("r2", *puts(3, buyer="B", amount=Decimal(8)))))

    assert b'<c r="G3"><v>8</v></c>' in made
    assert b'<c r="G4"><f t="shared" ref="G4" si="0">O4*$B$1&amp;LEFT(AA5,2)</f><v>3</v></c>' in made


def test_names_of_other_workbooks_tables_and_columns_stay_in_a_formula_that_is_handed_on():
    words = b"N3*[1]Other!$B1+SUM(T_1[[#This Row],[A1]:[B2]])&amp;&quot;N3&quot;"
    raw = rezipped(shared_formulas(), {SHEET: swap(b"N3*$B$1&amp;LEFT(Z4,2)", words)})
    made = sheet(write(raw, patch("r2", *puts(3, buyer="B"))))

    assert b'si="0">O3*[1]Other!$B1+SUM(T_1[[#This Row],[A1]:[B2]])&amp;"N3"</f>' in made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<f t="shared" si="0"/>', b'<f t="shared" ref="G3" si="0">A1</f>'),
        (b'ref="F3:G4" si="0">', b'ref="F3:F4" si="0">'),
        (b"N3*$B$1&amp;LEFT(Z4,2)", b""),
    ],
)
def test_a_formula_that_cannot_be_handed_on_with_certainty_stops_the_write(old: bytes, new: bytes):
    raw = rezipped(shared_formulas(), {SHEET: swap(old, new)})

    with pytest.raises(Harm, match="F3: a formula that other cells share"):
        write(raw, patch("r2", *puts(3, buyer="B")))


# Harm ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (b'<c r="G3"><f t="array" ref="G3:G4">H3:H4</f><v>1</v></c>', "cell.array"),
        (b'<c r="G3" cm="1"><f t="array" ref="G3:G4">H3:H4</f><v>1</v></c>', "cell.array"),
        (b'<c r="G3"><f t="dataTable" ref="G3:G4" r1="A1"/><v>1</v></c>', "cell.data_table"),
        (b'<c r="G3" vm="1" t="e"><v>#VALUE!</v></c>', "cell.rich"),
    ],
)
def test_what_belongs_to_something_larger_is_left_and_told_and_the_rest_is_written(xml: bytes, why: str):
    raw = with_cell(xml)
    made = patched(raw, patch("r2", *puts(3, amount=Decimal(8), buyer="B")), FORMS, LIMITS)
    prove(raw, made.file, LIMITS)

    assert [(each.what, each.form, each.row, each.field) for each in made.left] == [
        (text(why, cell="order!G3"), "order", 3, "amount")
    ]
    assert xml in sheet(made.raw)
    assert cell(made.raw, 3, "buyer") == "B"


@pytest.mark.parametrize(
    "xml",
    [
        b'<c r="G3"><f t="array" ref="G3">SUM(H3:H4*1)</f><v>1</v></c>',
        b'<c r="G3" cm="1"><f t="array" ref="G3">SORT(H3)</f><v>1</v></c>',
        b'<c r="G3" t="str"><f>A3&amp;"x"</f><v>1</v></c>',
    ],
)
def test_a_formula_of_one_cell_gives_way_to_a_value(xml: bytes):
    made = sheet(write(with_cell(xml), patch("r2", *puts(3, amount=Decimal(8)))))

    assert re.findall(rb'<c r="G3"[^>]*>.*?</c>', made) == [b'<c r="G3"><v>8</v></c>']


def test_a_row_whose_id_cannot_be_written_is_not_written_at_all():
    raw = in_sheet(b'<c r="A5" s="1"', b'<c r="A5" s="1" vm="1"')

    with pytest.raises(Harm, match=r"order!A5: cell\.rich"):
        write(raw, patch("r2", *puts(5, _id="dddddddddddd", amount=Decimal(8))))


def test_a_cell_within_an_arrays_range_is_not_overwritten():
    raw = with_cell(b'<c r="G3"><f t="array" ref="G3:G4">H3:H4</f><v>1</v></c>')

    made = patched(raw, patch("r2", *puts(4, amount=Decimal(8))), FORMS, LIMITS)

    assert [each.what for each in made.left] == [text("cell.array", cell="order!G4")]
    assert made.file.put[next(each for each in made.file.put if each.title == "order")] == {}


def test_a_pivot_tables_output_is_not_overwritten():
    pivot = b'<pivotTableDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" name="p"><location ref="G3:H9"/></pivotTableDefinition>'
    rels = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotTable" Target="../pivotTables/pivotTable1.xml"/></Relationships>'
    raw = rezipped(
        RAW,
        {
            "xl/pivotTables/pivotTable1.xml": pivot,
            f"xl/worksheets/_rels/{SHEET.rpartition('/')[2]}.rels": rels,
        },
    )

    made = patched(raw, patch("r2", *puts(3, amount=Decimal(8), buyer="B")), FORMS, LIMITS)

    assert [each.what for each in made.left] == [text("cell.pivot", cell="order!G3")]
    assert cell(made.raw, 3, "buyer") == "B"


def test_a_header_of_a_table_is_not_overwritten():
    table = b'<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="1" name="T" displayName="T" ref="F3:G4"><tableColumns count="2"><tableColumn id="1" name="ACME"/><tableColumn id="2" name="12.5"/></tableColumns></table>'
    rels = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/table" Target="../tables/table9.xml"/></Relationships>'
    raw = rezipped(
        RAW,
        {"xl/tables/table9.xml": table, f"xl/worksheets/_rels/{SHEET.rpartition('/')[2]}.rels": rels},
    )
    made = patched(raw, patch("r2", *puts(3, buyer="B"), *puts(4, buyer="C")), FORMS, LIMITS)

    assert [each.what for each in made.left] == [text("cell.header", cell="order!F3")]
    assert (cell(made.raw, 3, "buyer"), cell(made.raw, 4, "buyer")) == ("ACME", "C")


def test_a_signed_workbook_is_not_changed():
    signed = swap(
        b"</Relationships>",
        b'<Relationship Id="rS" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>',
    )

    with pytest.raises(Harm, match="digital signature"):
        write(rezipped(RAW, {"_rels/.rels": signed, "_xmlsignatures/origin.sigs": b""}), patch("r2"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<sheetData>", b"<!-- remark --><sheetData>"),
        (b'<row r="4">', b'<row r="3">'),
        (b'<row r="4">', b'<row r="2">'),
        (b"</sheetData>", b""),
    ],
)
def test_a_sheet_that_programs_would_read_differently_is_not_changed(old: bytes, new: bytes):
    with pytest.raises(Harm):
        write(in_sheet(old, new), patch("r2", *puts(3, amount=Decimal(8))))


def test_a_plain_formula_gives_way_to_a_value_and_the_chain_forgets_it():
    chain = b'<?xml version="1.0" encoding="UTF-8"?><calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="G3" i="%d"/><c r="G4"/><c r="A1" i="9"/></calcChain>'
    book = openpyxl.load_workbook(io.BytesIO(RAW))
    number = re.search(rb'<sheet [^>]*name="order" sheetId="(\d+)"', members(RAW)["xl/workbook.xml"])
    assert number
    raw = chained(with_cell(b'<c r="G3" t="str"><f>H3</f><v>x</v></c>'), chain % int(number[1]))
    made = write(raw, patch("r2", *puts(3, amount=Decimal(8))))

    assert cell(made, 3, "amount") == 8.0
    assert not orders(made).formulas
    left = members(made)["xl/calcChain.xml"]
    assert b'<c r="G4" i="%b"/><c r="A1" i="9"/>' % number[1] in left
    assert b"G3" not in left
    assert b'<calcPr fullCalcOnLoad="1"' in members(made)["xl/workbook.xml"]
    assert book.sheetnames


def chained(raw: bytes, chain: bytes) -> bytes:
    relation = b'<Relationship Id="rCalc" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain" Target="calcChain.xml"/></Relationships>'
    override = b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/></Types>'
    return rezipped(
        raw,
        {
            "xl/calcChain.xml": chain,
            "xl/_rels/workbook.xml.rels": swap(b"</Relationships>", relation),
            "[Content_Types].xml": swap(b"</Types>", override),
        },
    )


def test_a_chain_that_would_be_empty_goes_with_all_that_names_it():
    chain = b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="G3" i="%d"/></calcChain>'
    number = re.search(rb'<sheet [^>]*name="order" sheetId="(\d+)"', members(RAW)["xl/workbook.xml"])
    assert number
    raw = chained(with_cell(b'<c r="G3"><f>H3</f><v>1</v></c>'), chain % int(number[1]))
    made = members(write(raw, patch("r2", *puts(3, amount=Decimal(8)))))

    assert "xl/calcChain.xml" not in made
    assert b"calcChain" not in made["[Content_Types].xml"] + made["xl/_rels/workbook.xml.rels"]
    assert made["[Content_Types].xml"] == members(RAW)["[Content_Types].xml"]


# Proof -----------------------------------------------------------------------


def test_the_proof_finds_what_would_be_read_otherwise():
    change = patch("r2", *puts(3, amount=Decimal(8)))
    made = patched(RAW, change, FORMS, LIMITS).file
    content = made.parts[SHEET]
    assert content is not None
    wrong = content.replace(b"<v>8</v>", b"<v>9</v>")
    archive = Archive.open(RAW, LIMITS)

    with pytest.raises(Harm, match=r"G3: Decimal.* would be read as 9\.0"):
        prove(RAW, rebuilt(made, {**made.parts, SHEET: wrong}, archive), LIMITS)
    spoilt = {**made.parts, "xl/styles.xml": archive.read("xl/styles.xml") + b" "}
    with pytest.raises(Harm, match=r"styles\.xml would change"):
        prove(RAW, Patched(raw=archive.rebuilt(spoilt), put=made.put, parts=made.parts), LIMITS)
    with pytest.raises(Harm, match="not be sound"):
        prove(RAW, Patched(raw=made.raw[:-1], put=made.put, parts=made.parts), LIMITS)


def rebuilt(made: Patched, parts: dict[str, bytes | None], archive: Archive) -> Patched:
    return Patched(raw=archive.rebuilt(parts), put=made.put, parts=parts)


def test_a_file_of_another_kind_is_harm_not_a_crash():
    with pytest.raises(Harm, match=r"file\.csv"):
        write(b"a,b", Patch(render=RenderId("r2"), sheets=()))
