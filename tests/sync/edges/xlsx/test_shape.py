"""What a desk lacks of its template is put in place, and everything of its people's stays byte for byte."""

import datetime as dt
import io
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles.styleable import StyleableObject
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.sheets import sheets_of
from sheet_templates.template import Lists, render_template
from sync.edges.xlsx.patch import patched
from sync.edges.xlsx.shape import Shaped, shaped, writable
from sync.ports import Patch, RenderId, Shape, SheetPatch
from tests.support.decorated import decorate, decorated
from tests.support.packages import (
    FORMS,
    LIMITS,
    WORDS,
    cell,
    in_openpyxl,
    members,
    part_of,
    readable,
    rezipped,
    write,
)
from tests.support.workbooks_contract import CUSTOMER, DESK, ORDER, patch, puts
from tests.sync.edges.xlsx.test_decorated import convert

Forms = Mapping[FormKey, Form]
KEYS = tuple(each.key for each in FORMS[ORDER].columns(DESK.role))
BUYER = (ORDER, FieldKey("buyer"))


def without(*gone: str) -> Forms:
    """Return the forms as they were before the order had these fields."""
    order = FORMS[ORDER]
    return {
        **FORMS,
        ORDER: replace(order, fields=tuple(each for each in order.fields if each.key not in gone)),
    }


def made(forms: Forms = FORMS, lists: Lists | None = None) -> bytes:
    """Return a desk with two orders, made when the forms were *forms*."""
    raw = render_template(DESK, sheets_of(DESK.role, forms), WORDS, lists=lists)
    cells = (
        *puts(3, _id="aaaaaaaaaaaa", number="SO-0001", buyer="ACME", amount=Decimal("12.50")),
        *puts(4, _id="bbbbbbbbbbbb", number="SO-0002", buyer="Zhou 周"),
    )
    return patched(raw, patch("r1", *cells), forms, LIMITS).raw


def lacking(*columns: str, headers: bool = False, anew: bool = False, form: FormKey = ORDER) -> Patch:
    wanted = tuple(FieldKey(each) for each in columns)
    sheets = (SheetPatch(form=form, puts=(), columns=wanted, anew=anew),) if wanted or anew else ()
    return Patch(render=RenderId("r2"), sheets=sheets, shape=Shape(desk=DESK, headers=headers))


def offering(*choices: str) -> Patch:
    shape = Shape(desk=DESK, choices={BUYER: choices})
    return Patch(render=RenderId("r2"), sheets=(), shape=shape)


@cache
def template(
    form: FormKey | None, lists: tuple[tuple[tuple[FormKey, FieldKey], tuple[str, ...]], ...] = ()
) -> bytes:
    forms = [each for each in sheets_of(DESK.role, FORMS) if form in {None, each.key}]
    return render_template(DESK, forms, WORDS, lists=dict(lists))


def shape(raw: bytes, change: Patch, lists: Lists | None = None) -> Shaped:
    listed = tuple((key, tuple(each)) for key, each in (lists or {}).items())
    return shaped(raw, change, FORMS, LIMITS, lambda _, form: template(form, listed))


def order(raw: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(raw))["order"]


def columns(raw: bytes) -> Mapping[str, int]:
    return {str(key): at for key, at in readable(raw).sheets[ORDER].columns.items()}


def offered(raw: bytes, column: str = "F") -> tuple[str, ...]:
    """Return what the drop-down of a column offers."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    rules = [each for each in book["order"].data_validations.dataValidation if f"{column}3" in each.sqref]
    assert len(rules) == 1
    source = str(rules[0].formula1)
    if source.startswith('"'):
        return tuple(source.strip('"').split(","))
    sheet, _, area = source.rpartition("!")
    return tuple(str(each.value) for (each,) in book[sheet.strip("'")][area])


def look(place: StyleableObject) -> tuple[str, ...]:
    """Return how a cell or a column looks."""
    said = (place.fill, place.font, place.border, place.alignment, place.number_format)
    return tuple(repr(each) for each in said)


# Columns


def test_a_column_is_put_in_place_as_the_template_makes_it():
    done = shape(made(without("hour", "cost")), lacking("hour", "cost")).raw
    fresh, old = order(made()), order(done)
    was, now = columns(made()), columns(done)

    assert [key for key in now if key not in columns(made(without("hour", "cost")))] == ["hour", "cost"]
    for key in ("hour", "cost"):
        one, other = (each.cell(row=2, column=at[key]) for each, at in ((fresh, was), (old, now)))
        assert one.value == other.value
        assert look(one) == look(other)
        wide = [each.column_dimensions[get_column_letter(at[key])] for each, at in ((fresh, was), (old, now))]
        assert [each.width for each in wide] == [wide[0].width] * 2
        assert look(wide[0]) == look(wide[1])
    assert old.auto_filter.ref == fresh.auto_filter.ref == "A2:M5000"
    book = openpyxl.load_workbook(io.BytesIO(done))
    assert book.defined_names["_db_order_cost"].attr_text == "'order'!$M:$M"
    assert b"'order'!$A$2:$M$5000" in members(done)["xl/workbook.xml"]


def test_its_rules_come_with_it():
    done = order(shape(made(without("hour", "cost")), lacking("hour", "cost")).raw)
    hour = next(each for each in done.data_validations.dataValidation if "L3" in each.sqref)
    marks = {
        str(area.sqref): rule.formula
        for area in done.conditional_formatting
        for rule in area.rules
        if rule.type == "expression"
    }

    assert (hour.type, str(hour.sqref)) == ("time", "L3:L5000")
    assert marks["M3:M5000"] == ['ISNUMBER(SEARCH(",cost,",$B3))']
    priorities = [rule.priority for area in done.conditional_formatting for rule in area.rules]
    assert len(priorities) == len({*priorities})


def test_what_is_put_there_is_shown_as_the_column_shows_it():
    done = shape(made(without("hour")), lacking("hour")).raw
    done = write(done, patch("r2", *puts(3, hour=dt.time(9, 30))))

    assert cell(done, 3, "hour") == dt.time(9, 30)
    assert order(done)["M3"].number_format == "hh:mm"


def test_everything_of_its_people_stays_to_the_byte():
    raw = in_openpyxl(made(without("hour", "cost")), decorate)
    done = shape(raw, lacking("hour", "cost"))
    before, after = members(raw), members(done.raw)

    assert {name for name in after if before.get(name) != after[name]} == {
        part_of(raw, "order"),
        "xl/workbook.xml",
        "xl/styles.xml",
    }
    rows = re.compile(rb'<row r="(?![12]").*?</row>', re.DOTALL)
    part = part_of(raw, "order")
    assert rows.findall(before[part]) == rows.findall(after[part])
    assert [each.what.key for each in done.told] == ["column.added"]


def test_a_second_run_changes_nothing():
    raw = in_openpyxl(made(without("hour", "cost")), decorate)
    done = shape(raw, lacking("hour", "cost")).raw

    assert shape(done, lacking("hour", "cost", headers=True)) == Shaped(raw=done)


def _notes(sheet: Worksheet) -> None:
    sheet["L2"], sheet["L3"], sheet["M9"] = "mine", "call back", "more"


def test_where_somebodys_own_columns_stand_ours_come_after_them():
    def mine(book: Workbook) -> None:
        _notes(book["order"])

    raw = in_openpyxl(made(without("hour", "cost")), mine)
    done = shape(raw, lacking("hour", "cost")).raw

    assert {key: columns(done)[key] for key in ("hour", "cost")} == {"hour": 14, "cost": 15}
    assert (order(done)["L3"].value, order(done)["M9"].value) == ("call back", "more")
    # A filter that ended before them would sort them into other rows.
    assert order(done).auto_filter.ref == "A2:O5000"


def test_under_a_chart_no_column_is_put():
    raw = in_openpyxl(made(without("cost")), decorate)
    part = next(name for name in members(raw) if name.startswith("xl/drawings/drawing"))
    moved = rezipped(raw, {part: lambda xml: xml.replace(b"<col>13<", b"<col>12<")})

    assert columns(shape(raw, lacking("cost")).raw)["cost"] == 13
    assert columns(shape(moved, lacking("cost")).raw)["cost"] > 20


def test_a_table_over_our_columns_grows_with_them():
    def table(book: Workbook) -> None:
        sheet = book["order"]
        sheet.auto_filter.ref = None
        for letter in "AB":
            sheet[f"{letter}2"] = f"h{letter}"
        sheet.add_table(Table(displayName="Orders", ref="A2:L4"))

    raw = in_openpyxl(made(without("cost")), table)
    done = shape(raw, lacking("cost")).raw
    grown = order(done).tables["Orders"]

    assert (grown.ref, grown.autoFilter.ref if grown.autoFilter else "A2:M4") == ("A2:M4", "A2:M4")
    assert [each.name for each in grown.tableColumns][-1] == order(done)["M2"].value == "cost"


def test_beside_a_table_with_no_room_nothing_is_put_and_it_is_told():
    def table(book: Workbook) -> None:
        sheet = book["order"]
        sheet.auto_filter.ref = None
        for letter in "AB":
            sheet[f"{letter}2"] = f"h{letter}"
        sheet.add_table(Table(displayName="Orders", ref="A2:L4"))
        sheet["M3"] = "mine"

    raw = in_openpyxl(made(without("cost")), table)
    done = shape(raw, lacking("cost"))

    assert (done.raw, done.told) == (raw, ())
    assert [(each.what.key, each.form) for each in done.left] == [("column.no_room", ORDER)]


def test_columns_hidden_to_the_very_end_are_split_around_the_new_one():
    def hide(xml: bytes) -> bytes:
        return xml.replace(b"</cols>", b'<col min="13" max="16384" width="9" hidden="1"/></cols>')

    raw = made(without("cost"))
    raw = rezipped(raw, {part_of(raw, "order"): hide})
    done = shape(raw, lacking("cost")).raw
    xml = members(done)[part_of(done, "order")]
    found = re.findall(rb'<col [^>]*min="(\d+)" max="(\d+)"', xml) or []
    shown = {
        int(first): b"hidden" in tag for tag, first in re.findall(rb'(<col [^>]*min="(\d+)"[^>]*>)', xml)
    }

    assert shown[13] is False
    assert shown[14] is True
    assert found[-1] == (b"14", b"16384")


def test_under_title_rows_the_rules_begin_below_the_header():
    def title(book: Workbook) -> None:
        sheet = book["order"]
        sheet.conditional_formatting = type(sheet.conditional_formatting)()
        sheet.insert_rows(1, 2)
        sheet["C1"] = "Our orders"

    raw = in_openpyxl(made(without("cost")), title)
    done = order(shape(raw, lacking("cost")).raw)
    marks = [(str(each.sqref), each.rules[0].formula) for each in done.conditional_formatting]

    assert (done["M3"].value, done["M4"].value) == ("cost", "cost")
    assert marks == [("M5:M5000", ['ISNUMBER(SEARCH(",cost,",$B5))'])]


@settings(max_examples=6, deadline=None)
@given(gone=st.sets(st.sampled_from([str(key) for key in KEYS[5:]]), min_size=1), own=st.booleans())
def test_any_columns_that_are_gone_come_back_beside_everything_else(gone: set[str], own: bool):
    raw = made(without(*gone))
    if own:
        raw = in_openpyxl(raw, lambda book: _notes(book["order"]) if "hour" in gone else decorate(book))
    before = columns(raw)
    change = lacking(*gone)
    done = shape(raw, change).raw
    one, other = members(raw), members(done)
    part = part_of(raw, "order")

    assert {*columns(done)} == {str(key) for key in KEYS}
    assert before.items() <= columns(done).items()
    assert {name for name in other if one.get(name) != other[name]} <= {
        part, "xl/workbook.xml", "xl/styles.xml",
    }  # fmt: skip
    below = one[part][one[part].index(b'<row r="3"') : one[part].index(b"</sheetData>")]
    assert below in other[part]
    assert shape(done, change).raw == done


# Headers


def test_a_header_that_was_written_over_is_put_right():
    def rename(book: Workbook) -> None:
        book["order"]["G2"] = "Our sum"

    raw = in_openpyxl(made(), rename)
    done = shape(raw, lacking(headers=True)).raw

    assert order(done)["G2"].value == "amount"
    assert look(order(done)["G2"]) == look(order(raw)["G2"])
    assert {name for name in members(done) if members(raw)[name] != members(done)[name]} == {
        part_of(raw, "order")
    }


def test_a_header_that_a_table_needs_stays():
    def table(book: Workbook) -> None:
        sheet = book["order"]
        sheet.auto_filter.ref = None
        sheet["A2"], sheet["B2"], sheet["G2"] = "a", "b", "Our sum"
        sheet.add_table(Table(displayName="Orders", ref="A2:M4"))

    raw = in_openpyxl(made(), table)

    assert shape(raw, lacking(headers=True)).raw == raw


# Sheets


def _no_orders(book: Workbook) -> None:
    del book["order"]
    for name in [each for each in book.defined_names if each.startswith("_db_order")]:
        del book.defined_names[name]


def test_a_sheet_that_is_gone_is_put_back_where_it_was():
    def gone(book: Workbook) -> None:
        decorate(book)
        _no_orders(book)

    raw = in_openpyxl(made(), gone)
    done = shape(raw, lacking(anew=True))
    book = openpyxl.load_workbook(io.BytesIO(done.raw))

    assert book.sheetnames == ["customer", "order", "Guide", "_deskbook", "Mine"]
    assert [each.what.key for each in done.told] == ["sheet.added"]
    assert done.anew == {ORDER}
    fresh = order(made())
    assert [each.value for each in book["order"][2]] == [each.value for each in fresh[2]]
    assert look(book["order"]["C2"]) == look(fresh["C2"])
    assert book["order"].auto_filter.ref == "A2:M5000"
    assert book["order"].print_title_rows == fresh.print_title_rows
    assert book["customer"].print_title_rows
    before, after = members(raw), members(done.raw)
    assert all(before[name] == after[name] for name in before if name.startswith("xl/worksheets"))


def test_names_of_single_sheets_and_the_tab_in_front_are_counted_anew():
    def gone(book: Workbook) -> None:
        _no_orders(book)
        mine = book.create_sheet("Mine")
        mine.print_title_rows = "1:1"
        book.active = book.sheetnames.index("Mine")

    raw = in_openpyxl(made(), gone)
    book = openpyxl.load_workbook(io.BytesIO(shape(raw, lacking(anew=True)).raw))

    assert book["Mine"].print_title_rows == "$1:$1"
    assert book.active.title == "Mine"


def test_in_a_sheet_that_is_there_nothing_is_written_that_was_meant_for_a_new_one():
    raw = made()
    change = lacking(anew=True)
    full = replace(change, sheets=(replace(change.sheets[0], puts=puts(3, buyer="wrong")),))
    done = shape(raw, full)

    assert done.raw == raw
    assert writable(full, done).sheets == ()


def test_a_whole_desk_without_its_sheets_gets_both_and_the_hidden_one():
    def gone(book: Workbook) -> None:
        book.create_sheet("Mine")["A1"] = "notes"
        for title in ("customer", "order", "_deskbook"):
            del book[title]
        for name in [each for each in book.defined_names if each.startswith("_db_")]:
            del book.defined_names[name]

    change = Patch(
        render=RenderId("r2"),
        sheets=tuple(SheetPatch(form=each, puts=(), anew=True) for each in (CUSTOMER, ORDER)),
        shape=Shape(desk=DESK),
    )
    done = shape(in_openpyxl(made(), gone), change).raw
    book = openpyxl.load_workbook(io.BytesIO(done))

    assert book.sheetnames == ["customer", "order", "Guide", "_deskbook", "Mine"]
    assert book["_deskbook"].sheet_state == "hidden"
    assert book["Mine"]["A1"].value == "notes"
    assert {*readable(write(done, patch("r2", *puts(3, buyer="B")))).sheets} == {CUSTOMER, ORDER}


# Choices


FEW: Lists = {BUYER: ("ACME", "Zhou 周")}
MANY = tuple(f"Customer number {number}" for number in range(40))


def test_a_short_list_offers_what_there_is_now():
    done = shape(made(lists=FEW), offering("ACME", "Li", "Zhou 周")).raw

    assert offered(done) == ("ACME", "Li", "Zhou 周")
    assert shape(done, offering("ACME", "Li", "Zhou 周")).raw == done


def test_a_list_that_grows_too_long_moves_to_the_hidden_sheet_and_grows_there():
    once = shape(made(lists=FEW), offering(*MANY)).raw
    again = shape(once, offering(*MANY, "One more")).raw
    less = shape(again, offering(*MANY[:3])).raw

    assert offered(once) == MANY
    assert offered(again) == (*MANY, "One more")
    assert offered(less) == MANY[:3]
    held = openpyxl.load_workbook(io.BytesIO(less))["_deskbook"]
    assert [held.cell(row=row, column=3).value for row in (1, 3, 4, 41)] == [MANY[0], MANY[2], None, None]


def test_where_there_was_nothing_to_offer_there_is_a_list_once_there_is():
    done = shape(made(), offering("ACME", "Li"), FEW).raw

    assert offered(done) == ("ACME", "Li")


def test_only_the_rule_changes():
    raw = in_openpyxl(made(lists=FEW), decorate)
    done = shape(raw, offering("Li")).raw
    before, after = members(raw), members(done)
    part = part_of(raw, "order")

    assert {name for name in after if before[name] != after[name]} == {part}
    assert before[part].replace(b"ACME,Zhou &#21608;", b"Li") == after[part]


def _another(rule: DataValidation) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        sheet = book["order"]
        ours = [each for each in sheet.data_validations.dataValidation if "F3" not in each.sqref]
        sheet.data_validations.dataValidation = ours
        rule.add("F3:F100")
        sheet.add_data_validation(rule)

    return change


def test_a_rule_that_somebody_made_himself_stays():
    for rule in (
        DataValidation(type="list", formula1="Mine!$A$1:$A$3"),
        DataValidation(type="list", formula1='"one,two"'),
        DataValidation(type="textLength", operator="lessThan", formula1="3"),
    ):
        raw = in_openpyxl(made(lists=FEW), _another(rule))
        assert shape(raw, offering("Li"), FEW).raw == raw


def test_a_rule_that_a_newer_program_wrote_among_its_extensions_is_ours_still():
    raw = made(lists={BUYER: MANY})
    part = part_of(raw, "order")
    rule = re.search(rb'<dataValidation sqref="F3:F5000".*?</dataValidation>', members(raw)[part])
    assert rule is not None
    extended = (
        b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        b'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:dataValidations count="1" '
        b'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:dataValidation type="list" '
        b'errorTitle="Please check"><x14:formula1><xm:f>_deskbook!$C$1:$C$40</xm:f></x14:formula1>'
        b"<xm:sqref>F3:F5000</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )

    def move(xml: bytes) -> bytes:
        return xml.replace(rule.group(), b"").replace(b"</worksheet>", extended)

    done = shape(rezipped(raw, {part: move}), offering(*MANY, "One more")).raw

    assert b"<xm:f>_deskbook!$C$1:$C$41</xm:f>" in members(done)[part]
    assert b"One more" in members(done)[part_of(done, "_deskbook")]


def test_a_desk_with_everything_in_it_is_shaped_and_read():
    raw = decorated()
    done = shape(
        raw, replace(lacking(headers=True), shape=Shape(desk=DESK, headers=True, choices={BUYER: MANY}))
    )

    assert done.left == ()
    assert readable(done.raw).sheets[ORDER].rows == readable(raw).sheets[ORDER].rows


@pytest.mark.client
def test_libreoffice_opens_a_desk_with_columns_and_a_sheet_put_in_and_shows_all_of_it(tmp_path: Path):
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice (soffice) is not installed")

    def gone(book: Workbook) -> None:
        decorate(book)
        del book["customer"]
        for name in [each for each in book.defined_names if each.startswith("_db_customer")]:
            del book.defined_names[name]

    change = lacking("hour", "cost")
    customers = SheetPatch(form=CUSTOMER, puts=(), anew=True)
    raw = shape(
        in_openpyxl(made(without("hour", "cost")), gone), replace(change, sheets=(*change.sheets, customers))
    ).raw
    raw = write(raw, patch("r3", *puts(3, hour=dt.time(9, 30), cost=Decimal("7.5"))))
    source = tmp_path / "desk.xlsx"
    source.write_bytes(raw)
    saved = convert(soffice, source, "xlsx:Calc MS Excel 2007 XML", tmp_path / "out").read_bytes()

    assert {*readable(saved).sheets} == {ORDER, CUSTOMER}
    assert columns(saved) == columns(raw)
    assert (cell(saved, 3, "hour"), cell(saved, 3, "cost")) == (dt.time(9, 30), 7.5)
    book = openpyxl.load_workbook(io.BytesIO(saved))
    assert book.sheetnames == ["customer", "order", "Guide", "_deskbook", "Mine"]
    assert book["order"].auto_filter.ref == "A2:M5000"
    assert book["order"]["L3"].number_format == "hh:mm"
    assert len(book["order"]._charts) == 1
    # What LibreOffice saved lacks nothing, and can be given more.
    assert shape(saved, lacking("hour", "cost")).raw == saved
