"""Their file stays theirs: stories of workbooks that people made their own."""

import datetime as dt

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from sheet_templates.form import FieldKey, FormKey
from sync.ports import Refused, Why
from tests.support.office import Office

CUSTOMER, QUOTATION, LINE = FormKey("customer"), FormKey("quotation"), FormKey("quotation_line")
EXPENSE, ORDER, ORDER_LINE = FormKey("expense"), FormKey("order"), FormKey("order_line")
TODAY = dt.date(2026, 10, 26)


def decorated(office: Office, key: str) -> None:
    """Let a person make a desk his own: a sheet, a chart, a comment, a column, colours."""
    with office.person.book(office.path(key)) as book:
        notes = book.create_sheet("My notes")
        notes.append(["month", "calls"])
        notes.append(["May", 7])
        notes.append(["June", 9])
        chart = BarChart()
        chart.add_data(Reference(notes, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        notes.add_chart(chart, "D2")
        sheet = book["Customers"]
        column = sheet.max_column + 2
        sheet.cell(row=2, column=column).value = "My rating"
        sheet.cell(row=3, column=column).value = "five stars"
        sheet["G3"].comment = Comment("ask again in May", "Rae")
        sheet["F3"].font = Font(bold=True, color="00FF0000")
        sheet["F3"].fill = PatternFill("solid", fgColor="00FFFF00")
        sheet.column_dimensions["F"].width = 33.5


def test_extra_sheets_charts_comments_columns_and_formats_survive(office):
    decorated(office, "Rae")
    office.settle()
    before = office.parts("Rae")

    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()

    after = office.parts("Rae")
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"
    assert before.keys() <= after.keys()
    theirs = [
        name for name in before if any(part in name for part in ("chart", "drawing", "comment", "styles"))
    ]
    assert len(theirs) >= 4
    assert all(after[name] == before[name] for name in theirs)
    book = openpyxl.load_workbook(office.place("Rae"))
    sheet = book["Customers"]
    assert sheet["G3"].comment.text == "ask again in May"
    assert sheet["F3"].font.bold
    assert sheet["F3"].fill.fgColor.rgb == "00FFFF00"
    assert sheet.column_dimensions["F"].width == 33.5
    assert "five stars" in [cell.value for cell in sheet[3]]
    assert [[cell.value for cell in row] for row in book["My notes"]["A1:B3"]] == [
        ["month", "calls"],
        ["May", 7],
        ["June", 9],
    ]
    assert len(book["My notes"]._charts) == 1


def test_a_file_that_somebody_has_open_is_not_written_until_he_closes_it(office):
    office.opens("Rae")
    before = office.raw("Rae")
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    _, written = office.round()

    assert office.raw("Rae") == before
    assert [each for each in written if isinstance(each, Refused)] == [Refused(why=Why.BUSY, who="Rae")]
    assert office.shows("master", "customer", "Acme", "class") == "A important", "the others do not wait"

    office.closes("Rae")
    office.settle()
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"


def test_sorting_and_inserting_rows_moves_nothing_but_the_rows(office):
    office.adds("Rae", "customer", name="Zeta", phone="555-8")
    office.adds("Rae", "customer", name="Beta", phone="555-9")
    office.settle()
    path = office.path("Rae")

    office.person.sort(path, CUSTOMER, FieldKey("name"), reverse=True)
    office.person.insert_row(path, CUSTOMER, 4)
    office.types("Rae", "customer", "Beta", remarks="after sorting")
    office.settle()

    assert office.value("customer", "Beta", "remarks") == "after sorting"
    names = [row.cells.get(FieldKey("name")) for row in office.person.rows(path, CUSTOMER)]
    assert [each for each in names if each] == ["Zeta", "Beta", "Acme"]
    assert office.problems() == []


def test_a_desk_that_was_deleted_is_made_anew_and_deletes_nothing(office):
    office.place("Rae").unlink()
    office.settle()
    assert not office.place("Rae").exists(), "a program that saves also deletes for a moment"

    office.clock.step(seconds=60)
    office.settle()

    assert office.shows("Rae", "customer", "Acme", "phone") == "555-1001"
    assert len(office.every("customer")) == 2


def test_a_folder_that_is_gone_is_no_news_about_its_files(office):
    desks = office.workspace.root / "desks"
    away = desks.rename(desks.with_name("away"))
    office.clock.step(minutes=5)
    office.round()
    away.rename(desks)
    office.settle()

    assert office.problems() == []
    assert len(office.every("customer")) == 2
