"""The workbook of a desk: what the engine relies on, and what makes it good to work in."""

import functools
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import PurePath

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from rules.columns import with_chains
from sheet_templates.choices import fits_inline
from sheet_templates.form import (
    CHECK,
    ID,
    MARK,
    MASTER,
    NUMBER,
    STATE,
    Desk,
    DeskKey,
    FieldKey,
    FieldType,
    Form,
    FormKey,
    Lang,
    Role,
)
from sheet_templates.match import fold
from sheet_templates.record import RecordId, State, text
from sheet_templates.sheets import TODO, sheets_of
from sheet_templates.template import Lists, render_template
from sheet_templates.template_rules import LAST_ROW
from sync.edges.xlsx.archive import Limits
from sync.edges.xlsx.read import read_desk
from sync.ports import DeskCopy, Hash
from tests.support import shipped
from tests.support.small import field, form, labels

ROLES = shipped.roles()
PLAIN = shipped.forms()
WORDS = shipped.words().naming({f"role.{role}": post.labels for role, post in ROLES.items()})
BOOK = shipped.book()
FORMS = with_chains(PLAIN, BOOK)
REP = Role("rep")


def desk(role: str = "rep", lang: Lang = Lang.EN, name: str = "Wang & Söhne") -> Desk:
    return Desk(key=DeskKey("P-0007"), name=name, role=Role(role), people=("P-0007",), lang=lang)


def rendered(which: Desk, lists: Lists | None = None) -> bytes:
    return _plain(which) if lists is None else _rendered(which, lists)


@functools.cache
def _plain(which: Desk) -> bytes:
    return _rendered(which, None)


def _rendered(which: Desk, lists: Lists | None) -> bytes:
    named = {role: post.labels for role, post in ROLES.items()}
    return render_template(which, sheets_of(which.role, FORMS), WORDS, lists=lists, roles=named)


def opened(raw: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(raw))


def sheet_of(book: Workbook, key: str, lang: Lang = Lang.EN) -> Worksheet:
    return book[FORMS[FormKey(key)].labels.in_(lang)]


def columns(sheet: Worksheet) -> dict[str, str]:
    """Return field → column letters."""
    return {str(cell.value): cell.column_letter for cell in sheet[1]}


def small(*forms: Form, role: str = "rep", lists: Lists | None = None) -> Workbook:
    return opened(render_template(desk(role), forms, WORDS, lists=lists))


@pytest.fixture(scope="module")
def rep() -> Workbook:
    return opened(rendered(desk()))


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("role", [*ROLES, MASTER])
def test_every_desk_is_read_back_as_what_it_is(role: str, lang: Lang):
    which = desk(role, lang)
    copy = read_desk(rendered(which), path=PurePath("a.xlsx"), file=Hash("h"), forms=FORMS, limits=Limits())

    assert isinstance(copy, DeskCopy)
    assert not copy.problems
    assert copy.desk == "P-0007"
    assert list(copy.sheets) == [each.key for each in sheets_of(which.role, FORMS)]
    for key, sheet in copy.sheets.items():
        assert [*sheet.columns] == [each.key for each in FORMS[key].columns(which.role)]
        assert sheet.last == 2
        assert not sheet.rows


@pytest.mark.parametrize("role", [*ROLES, MASTER])
def test_a_desks_file_says_nothing_of_what_its_people_may_not_see(role: str):
    raw = rendered(desk(role))
    book = opened(raw)
    readable = {
        each.key: {field.key for field in each.columns(Role(role))} for each in sheets_of(Role(role), FORMS)
    }
    names = {name for name in book.defined_names if name.startswith("_db_")}

    assert names == {f"_db_{key}_{each}" for key, fields in readable.items() for each in fields}
    guide = {str(cell.value) for row in book["Guide"].iter_rows() for cell in row}
    for each in sheets_of(Role(role), FORMS):
        shown = {field.labels.en for field in each.columns(Role(role))}
        hidden = {field.labels.en for field in each.fields if field.key not in readable[each.key]} - shown
        header = {str(cell.value).removesuffix(" *") for cell in sheet_of(book, each.key)[2]}
        assert not hidden & header
    others = {each.labels.en for each in FORMS.values() if each.key not in readable}
    assert not others & guide
    assert not others & set(book.sheetnames)


def test_the_sheets_stand_in_order_with_what_waits_first_and_the_guide_last(rep: Workbook):
    shown = [sheet.title for sheet in rep.worksheets if sheet.sheet_state == "visible"]

    assert shown[0] == FORMS[TODO].labels.en
    assert shown[-1] == "Guide"
    assert rep.active.title == shown[0]
    assert rep["_deskbook"].sheet_state == "hidden"
    assert [rep["_deskbook"][f"A{row}"].value for row in (1, 2, 3)] == [None, "P-0007", "1"]


def test_nothing_is_protected_so_that_people_can_sort_and_insert(rep: Workbook):
    assert not any(sheet.protection.sheet for sheet in rep.worksheets)
    assert rep.security is None or not rep.security.lockStructure


def test_key_row_and_helper_columns_are_hidden_and_the_header_stays(rep: Workbook):
    for each in sheets_of(REP, FORMS):
        sheet = sheet_of(rep, each.key)
        assert sheet.row_dimensions[1].hidden
        assert sheet.column_dimensions["A"].hidden
        assert sheet.column_dimensions["B"].hidden
        assert sheet.column_dimensions["C"].hidden is (each.key == "todo"), "lines of to-dos have no number"
        assert sheet.freeze_panes == "D3"


def test_a_sort_by_the_filter_takes_the_ids_along(rep: Workbook):
    for each in sheets_of(REP, FORMS):
        last = get_column_letter(len(each.columns(REP)))
        assert sheet_of(rep, each.key).auto_filter.ref == f"A2:{last}{LAST_ROW}"


def test_headers_say_the_label_and_what_is_required(rep: Workbook):
    sheet = sheet_of(rep, "quotation")
    header = {key: str(sheet[f"{letter}2"].value) for key, letter in columns(sheet).items()}

    assert header["customer"] == "Customer *"
    assert header["lead"] == "Lead"
    for key, said in header.items():
        own = FORMS[FormKey("quotation")].field(FieldKey(key))
        assert own is not None
        assert key in {ID, MARK} or fold(said) == fold(own.labels.en)


def test_own_columns_look_different_from_those_of_others(rep: Workbook):
    sheet = sheet_of(rep, "quotation")
    at = columns(sheet)
    colours = {key: sheet[f"{letter}2"].fill.fgColor.rgb for key, letter in at.items()}
    cells = {key: sheet.column_dimensions[letter].fill.fgColor.rgb for key, letter in at.items()}

    assert colours["customer"] == colours["submit"] != colours["owner"] != colours["total"]
    assert cells["customer"] == "00000000"
    assert cells["owner"] == cells["total"] == cells[STATE] == cells[CHECK] == "FFF1F5F9"


def test_the_format_of_every_column_holds_for_rows_that_are_not_there_yet():
    kinds = [field(f"a_{kind.value}", kind, link="people") for kind in FieldType]
    book = small(form("all", *kinds, field("whole", FieldType.NUMBER, integer=True)))
    at = columns(book["all"])
    formats = {key: book["all"].column_dimensions[letter].number_format for key, letter in at.items()}

    assert (formats["a_money"], formats["a_percent"], formats["a_date"], formats["a_time"]) == (
        "#,##0.00",
        "0.0%",
        "yyyy-mm-dd",
        "hh:mm",
    )
    assert (formats["a_number"], formats["whole"]) == ("General", "#,##0")
    texts = ("text", "long_text", "choice", "yes_no", "phone", "email", "link", "person", "file")
    assert {formats[key] for key in (ID, NUMBER, *(f"a_{each}" for each in texts))} == {"@"}


def validations(sheet: Worksheet) -> dict[str, list[object]]:
    """Return field → the rules over its column."""
    letters = {letter: key for key, letter in columns(sheet).items()}
    found: dict[str, list[object]] = {}
    for rule in sheet.data_validations.dataValidation:
        for area in rule.sqref.ranges:
            assert (area.min_row, area.max_row) == (3, LAST_ROW)
            found.setdefault(letters[get_column_letter(area.min_col)], []).append(rule)
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("lang", Lang)
def test_every_rule_of_a_column_speaks_and_none_forbids(role: str, lang: Lang):
    book = opened(rendered(desk(role, lang)))
    for each in sheets_of(Role(role), FORMS):
        for key, rules in validations(sheet_of(book, each.key, lang)).items():
            own = each.field(FieldKey(key))
            assert own is not None
            assert role in own.owners
            (rule,) = rules
            assert rule.errorStyle in {"warning", "information"}
            assert rule.allowBlank
            if rule.type is not None:
                assert rule.showErrorMessage
                assert 0 < len(rule.error) <= 255
                assert 0 < len(rule.errorTitle) <= 32
            if rule.prompt:
                assert rule.showInputMessage
                assert len(rule.prompt) <= 255
                assert 0 < len(rule.promptTitle) <= 32
            if rule.type == "list" and rule.formula1.startswith('"'):
                assert len(rule.formula1) - 2 <= 255
            if own.help is not None:
                assert rule.prompt


def test_choices_are_offered_in_the_desks_language():
    book = opened(rendered(desk(lang=Lang.ZH_HANT)))
    rules = validations(sheet_of(book, "quotation", Lang.ZH_HANT))
    choices = FORMS[FormKey("quotation")].field(FieldKey("feedback"))
    assert choices is not None

    assert rules["submit"][0].formula1 == '"是,否"'
    assert (
        rules["feedback"][0].formula1 == '"' + ",".join(each.labels.zh_hant for each in choices.choices) + '"'
    )


def test_links_offer_the_records_that_the_desks_people_may_see():
    short = ["ACME", "Isdom"]
    long = [f"Customer {at}" for at in range(60)]
    comma = ["Bau, Söhne", 'The "Best"', " led by a space"]
    made = form(
        "order",
        field("a", FieldType.LINK, link="x"),
        field("b", FieldType.LINK, link="x"),
        field("c", FieldType.LINK, link="x"),
    )
    lists = {
        (FormKey("order"), FieldKey(key)): found for key, found in (("a", short), ("b", long), ("c", comma))
    }
    book = small(made, lists=lists)
    rules = {key: found[0].formula1 for key, found in validations(book["order"]).items()}

    assert rules["a"] == '"ACME,Isdom"'
    assert rules["b"] == "_deskbook!$C$1:$C$60"
    assert rules["c"] == "_deskbook!$D$1:$D$3"
    assert [book["_deskbook"][f"C{at}"].value for at in (1, 60)] == ["Customer 0", "Customer 59"]
    assert [book["_deskbook"][f"D{at}"].value for at in (1, 2, 3)] == comma


def test_a_list_fits_into_its_rule_up_to_255_characters():
    assert fits_inline(["a" * 127, "b" * 127])
    assert not fits_inline(["a" * 127, "b" * 128])


def test_an_unknown_link_is_information_because_it_may_be_new():
    made = form("order", field("a", FieldType.LINK, link="x"), field("b", FieldType.CHOICE, choices=["x"]))
    rules = validations(small(made, lists={(FormKey("order"), FieldKey("a")): ["ACME"]})["order"])

    assert rules["a"][0].errorStyle == "information"
    assert rules["b"][0].errorStyle == "warning"


def test_numbers_are_expected_within_their_limits():
    made = form(
        "all",
        field("share", FieldType.PERCENT, minimum=Decimal(0), maximum=Decimal(1)),
        field("least", FieldType.MONEY, minimum=Decimal(5)),
        field("most", FieldType.NUMBER, maximum=Decimal(9), integer=True),
        field("free", FieldType.NUMBER),
    )
    rules = {key: found[0] for key, found in validations(small(made)["all"]).items()}

    assert (rules["share"].type, rules["share"].formula1, rules["share"].formula2) == ("decimal", "0", "1")
    assert rules["share"].error == "A number is expected here, from 0% to 100%."
    assert (rules["least"].operator, rules["least"].formula1) == ("greaterThanOrEqual", "5")
    assert (rules["most"].type, rules["most"].operator) == ("whole", "lessThanOrEqual")
    assert rules["free"].type == "decimal"


def formats(sheet: Worksheet) -> list[tuple[str, str]]:
    return [
        (str(area.sqref), rule.formula[0]) for area in sheet.conditional_formatting for rule in area.rules
    ]


def test_every_column_turns_red_when_the_helper_column_names_it(rep: Workbook):
    sheet = sheet_of(rep, "quotation")
    found = {formula: area for area, formula in formats(sheet)}

    for key, letter in columns(sheet).items():
        if key not in {ID, MARK, STATE}:
            assert found[f'ISNUMBER(SEARCH(",{key},",$B3))'] == f"{letter}3:{letter}{LAST_ROW}"


@pytest.mark.parametrize("lang", Lang)
def test_the_state_is_coloured_by_what_the_state_column_says(lang: Lang):
    book = opened(rendered(desk(lang=lang)))
    said = {each: WORDS.say(text(f"state.{each.value}"), lang) for each in State}
    found = " ".join(formula for _, formula in formats(sheet_of(book, "quotation", lang)))

    for each in (State.APPROVED, State.RETURNED, State.REFUSED, State.WITHDRAWN, State.VOIDED):
        assert f'$D3="{said[each]}"' in found
    assert len(set(said.values())) == len(State)
    assert "$D3=" not in " ".join(formula for _, formula in formats(sheet_of(book, "product", lang)))


def test_columns_that_would_stay_empty_are_hidden(rep: Workbook):
    hidden = {
        key: {
            name
            for name, letter in columns(sheet_of(rep, key)).items()
            if sheet_of(rep, key).column_dimensions[letter].hidden
        }
        for key in ("quotation", "customer", "todo")
    }

    assert hidden == {
        "quotation": {ID, MARK},
        "customer": {ID, MARK, STATE},
        "todo": {ID, MARK, NUMBER, STATE, CHECK},
    }


def test_sheets_print_on_a4_with_their_header_on_every_page(rep: Workbook):
    for each in sheets_of(REP, FORMS):
        sheet = sheet_of(rep, each.key)
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert 1 <= sheet.page_setup.fitToWidth <= 5
        assert sheet.print_title_rows == "$2:$2"
        assert sheet.oddFooter.left.text == "Made for Wang && Söhne, printed on &D"
        assert sheet.oddFooter.right.text == "Page &P of &N"


def test_the_workbook_says_whose_it_is(rep: Workbook):
    assert rep.properties.title == "Wang & Söhne · desk"
    assert rep.properties.creator == "Deskbook"
    assert rep.custom_doc_props["deskbook_desk"].value == "P-0007"


@pytest.mark.parametrize("lang", Lang)
def test_the_guide_explains_every_sheet_and_column_in_the_desks_language(lang: Lang):
    book = opened(rendered(desk("manager", lang)))
    guide = book[WORDS.say(text("workbook.guide"), lang)]
    said = {str(cell.value) for row in guide.iter_rows() for cell in row if cell.value}

    assert WORDS.say(text("guide.title"), lang) in said
    for each in sheets_of(Role("manager"), FORMS):
        assert {each.labels.in_(lang), each.help.in_(lang)} <= said
        own = [one for one in each.columns(Role("manager")) if "manager" in one.owners and one.key != NUMBER]
        assert {one.labels.in_(lang) for one in own} <= said
    assert "{" not in " ".join(said)


def test_titles_are_what_programs_accept_and_differ():
    odd = [
        replace(form(f"f{at}"), labels=labels(name))
        for at, name in enumerate(
            ("A/B: [test]?*", "'quoted'", "長" * 40, "長" * 40, "長" * 40, "Guide", "_DESKBOOK", "///")
        )
    ]
    titles = small(*odd).sheetnames[:-2]

    assert titles == [
        "A B   test",
        "quoted",
        "長" * 31,
        "長" * 29 + " 2",
        "長" * 29 + " 3",
        "Guide",
        "_DESKBOOK 2",
        "-",
    ]
    assert small(*odd).sheetnames[-2:] == ["Guide 2", "_deskbook"]


def test_stamped_rows_carry_only_their_id():
    raw = render_template(
        desk(),
        [form("order", field("a"))],
        WORDS,
        blanks={FormKey("order"): [RecordId("aaaaaaaaaaaa"), RecordId("b")]},
    )
    sheet = opened(raw)["order"]

    assert [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=3)] == [
        ["aaaaaaaaaaaa", None, None],
        ["b", None, None],
    ]


def test_text_that_looks_like_a_formula_is_text():
    made = replace(form("order", replace(field("a"), labels=labels("=1+1"))), labels=labels("=HYPERLINK"))
    book = small(made, lists={})
    assert book["=HYPERLINK"]["F2"].data_type == "s"
    assert book["=HYPERLINK"]["F2"].value == "=1+1"
    assert all(
        cell.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row
    )


def test_the_master_shows_every_form_that_is_kept_and_owns_nothing():
    shown = sheets_of(MASTER, FORMS)
    book = opened(rendered(desk(MASTER)))

    assert {each.key for each in shown} == FORMS.keys() - {TODO}
    assert not any(sheet.data_validations.dataValidation for sheet in book.worksheets)
    assert shown[-1].settings
