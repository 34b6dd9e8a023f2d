import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from reports.page import (
    Block,
    Chart,
    Column,
    Figure,
    Figures,
    Kind,
    Page,
    PageCell,
    Paragraph,
    Point,
    Points,
    Row,
    Table,
)
from reports.render_xlsx import workbook
from sheet_templates.form import Lang
from tests.support.company import words
from tests.support.reported import HOSTILE, pages

PAGES = pages()
EVERY = [(key, lang) for key in PAGES for lang in Lang]


def page(*blocks: Block, details=(), **more: object):
    given = {"key": "x", "subject": "s", "title": "t", "subtitle": "u", "period": None, "why": "w", **more}
    return Page(blocks=blocks, details=details, **given)


def listed(*rows: tuple[PageCell, ...], title="List", columns=None):
    return Table(
        title=title,
        columns=columns or (Column(label="No."), Column(label="What")),
        rows=tuple(Row(cells=each, numbers=(str(each[0]),)) for each in rows),
    )


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        return {
            name: package.read(name).decode("utf-8")
            for name in package.namelist()
            if name.endswith((".xml", ".rels"))
        }


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_every_report_is_a_workbook_that_other_programs_read(key, lang):
    content = workbook(PAGES[key], words(), lang)

    names = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    assert names == opened(content).sheetnames
    assert len({each.lower() for each in names}) == len(names)
    assert all(0 < len(each) <= 31 and not re.search(r"[\[\]:*?/\\]", each) for each in names)


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_every_chart_is_native_and_drawn_from_cells(key, lang):
    found = parts(workbook(PAGES[key], words(), lang))

    charts = [each for name, each in found.items() if name.startswith("xl/charts/chart")]
    assert len(charts) == sum(isinstance(each, Chart) for each in PAGES[key].blocks)
    assert all("<c:numRef><c:f>" in each for each in charts)


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_the_only_formulas_are_our_sums_and_no_link_leaves_the_workbook(key, lang):
    found = parts(workbook(PAGES[key], words(), lang))

    formulas = [formula for each in found.values() for formula in re.findall(r"<f>(.*?)</f>", each)]
    assert all(re.fullmatch(r"SUBTOTAL\(109,[A-Z]+\d+:[A-Z]+\d+\)", each) for each in formulas)
    assert not any('TargetMode="External"' in each for each in found.values())


def test_a_formula_that_somebody_typed_stays_text():
    content = workbook(PAGES["expense"], words(), Lang.EN)

    cells = [cell for sheet in opened(content) for row in sheet for cell in row if cell.value == HOSTILE]
    assert cells
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "{=A1}",
        "http://x.example",
        "0012",
        "１２",
        "1E5",
        "\ttab",
        "internal:A1",
        "",
        "x" * 40_000,
    ],
)
def test_any_text_is_written_as_text(typed):
    content = workbook(page(details=(listed(("N-1", typed)),)), words(), Lang.EN)

    cell = opened(content)["List"]["B4"]
    assert (cell.value or "") == typed[:32_767]
    assert cell.hyperlink is None


def test_values_keep_their_type_and_get_a_format():
    columns = tuple(Column(label=each.value, kind=each) for each in Kind)
    row = ("007", Decimal(3), Decimal("-1234.5"), Decimal("0.125"), dt.date(2026, 10, 31))

    sheet = opened(workbook(page(details=(listed(row, columns=columns),)), words(), Lang.EN))["List"]

    values = [cell.value for cell in sheet[4]]
    assert values == ["007", 3, -1234.5, 0.125, dt.datetime(2026, 10, 31)]
    assert [cell.number_format for cell in sheet[4]] == [
        "@",
        "#,##0",
        "#,##0.00;[Red]-#,##0.00",
        "0.0%",
        "yyyy-mm-dd",
    ]


def test_a_list_has_a_filter_frozen_labels_and_a_sum_that_follows_the_filter():
    columns = (Column(label="No."), Column(label="Amount", kind=Kind.MONEY, summed=True))
    content = workbook(
        page(details=(listed(("a", Decimal(1)), ("b", Decimal(2)), columns=columns),)), words(), Lang.EN
    )

    sheet = opened(content)["List"]
    assert sheet.auto_filter.ref == "A3:B5"
    assert sheet.freeze_panes == "B4"
    assert sheet["B2"].value == "=SUBTOTAL(109,B4:B5)"
    assert (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("List").to_python()[1][1] == 3
    )
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9


def test_a_list_of_nothing_says_so():
    empty = Table(
        title="List", columns=(Column(label="No."), Column(label="What")), rows=(), empty="Nothing."
    )

    sheet = opened(workbook(page(empty), words(), Lang.EN))["List"]

    assert sheet["A4"].value == "Nothing."


def test_every_figure_can_be_followed_to_its_records():
    for key, each in PAGES.items():
        book = opened(workbook(each, words(), Lang.EN))
        traced = {tuple(cell.value for cell in row) for row in book["Sources"].iter_rows(min_row=4)}
        held = {cell.value for detail in each.details for cell in book[detail.title.en]["A"]}
        for block in each.blocks:
            for figure in block.figures if isinstance(block, Figures) else ():
                label = words().say(figure.label, Lang.EN)
                assert {("Key figures", label, number) for number in figure.numbers} <= traced, key
                assert set(figure.numbers) <= held, (key, label)


def test_names_of_sheets_are_made_fit():
    titles = ["a/b", "A/B", "x" * 40, "x" * 40, "'quoted'", "[]", "History", "", "=1"]

    names = opened(
        workbook(page(details=tuple(listed(title=each) for each in titles)), words(), Lang.EN)
    ).sheetnames

    assert names[1:10] == [
        "a b",
        "A B (2)",
        "x" * 31,
        "x" * 27 + " (2)",
        "quoted",
        "-",
        "History (2)",
        "- (2)",
        "=1",
    ]


def test_the_front_says_what_the_mail_says():
    content = workbook(PAGES["receivables"], words(), Lang.EN)

    said = {str(cell.value) for row in opened(content)["Report"] for cell in row if cell.value is not None}
    for block in PAGES["receivables"].blocks:
        match block:
            case Paragraph():
                assert words().say(block.text, Lang.EN) in said
            case Figures():
                assert {words().say(each.label, Lang.EN) for each in block.figures} <= said
            case Table():
                assert words().say(block.title, Lang.EN) in said
    assert all(
        f"{place}. {words().say(each, Lang.EN)}" in said
        for place, each in enumerate(PAGES["receivables"].footnotes, 1)
    )


def test_points_and_bare_notes_are_written_too():
    points = Points(title="Told", points=(Point(headline="Order approved", lines=("by Mia",)),))
    counted = Table(
        title="Counts",
        columns=(Column(label="x"), Column(label="n", kind=Kind.NUMBER)),
        rows=(Row(cells=("a", Decimal("1.25"))),),
        note="Mind the note.",
    )

    said = [
        cell.value
        for row in opened(workbook(page(points, counted), words(), Lang.EN))["Report"]
        for cell in row
    ]
    assert {"Told", "Order approved by Mia", "Mind the note.", 1.25} <= set(said)


def test_an_unknown_figure_is_left_empty():
    content = workbook(page(Figures(figures=(Figure(label="Profit", value=None),))), words(), Lang.EN)

    row = next(row for row in opened(content)["Report"].iter_rows() if row[0].value == "Profit")
    assert [cell.value for cell in row[1:4]] == [None, None, None]


def test_an_ampersand_in_a_title_is_not_a_code_of_the_header():
    content = workbook(page(title="R&D", subtitle="&P"), words(), Lang.EN)

    assert opened(content)["Report"].oddHeader.right.text == "R&&D · &&P"


def test_the_same_page_gives_the_same_bytes():
    made = {workbook(PAGES["monthly"], words(), Lang.ZH_HANS) for _ in range(2)}

    assert len(made) == 1


@pytest.mark.client
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
@pytest.mark.parametrize("key", PAGES)
def test_libreoffice_opens_it_and_prints_it(key, tmp_path):
    path = tmp_path / f"{key}.xlsx"
    path.write_bytes(workbook(PAGES[key], words(), Lang.ZH_HANT))

    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to",
        "pdf",
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=120
    )

    assert (tmp_path / f"{key}.pdf").read_bytes().startswith(b"%PDF")
