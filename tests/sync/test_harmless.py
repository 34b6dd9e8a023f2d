"""Text of one person goes out to others, and is never a formula, markup or a command (docs/hostile.md)."""

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from pathlib import Path, PurePath

import openpyxl
from hypothesis import HealthCheck, given, settings
from lxml import html
from rich.table import Table as Grid
from rich.text import Text as Line

from reports.page import Chart, ChartKind, Column, Page, Paragraph, Point, Points, Row, Series, Table
from reports.render_html import render
from reports.render_png import draw
from reports.render_xlsx import workbook
from sheet_templates.form import Desk, DeskKey, Lang, Role
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sync.desks import desks
from sync.edges.log import log_to
from sync.edges.mime import Sender, compose, file_name
from sync.edges.xlsx.cellxml import plain_text
from sync.ports import Message
from sync.shows.console import show
from tests.support import shipped
from tests.support.clock import FakeClock
from tests.support.hostile import NASTY, TYPED, texts, typed
from tests.support.packages import FORMS, WORDS, cell, filled, in_openpyxl, members, orders, write
from tests.support.small import Shelf, record
from tests.support.workbooks_contract import patch, puts

RAW = filled()
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
SENDER = Sender(address="desk@example.com", name="Desk", workspace="co-1")


def page(said: str) -> Page:
    """Return a page that says *said* wherever people's text may stand."""
    return Page(
        key="x",
        subject=said,
        title=said,
        subtitle=said,
        period=None,
        why=said,
        blocks=(
            Paragraph(heading=said, text=said),
            Table(
                title=said, columns=(Column(label=said), Column(label=said)), rows=(Row(cells=(said, said)),)
            ),
            Points(title=said, points=(Point(headline=said, lines=(said,), number=said),)),
        ),
        footnotes=(said,),
    )


@FEW
@given(said=typed())
def test_a_cell_that_is_written_is_text_and_says_what_was_put_there(said: str):
    raw = write(RAW, patch("r2", *puts(3, notes=said)))

    held = plain_text(said)
    assert cell(raw, 3, "notes") == (held or None)
    assert not orders(raw).formulas


def of_a_report(said: str) -> list[openpyxl.cell.Cell]:
    book = openpyxl.load_workbook(io.BytesIO(workbook(page(said), WORDS, Lang.EN)))
    return [each for sheet in book.worksheets for row in sheet.iter_rows() for each in row]


def test_a_report_s_workbook_has_no_formula_and_no_link_of_anybody():
    for said in (" ".join(NASTY[:6]), NASTY[0], NASTY[6], "\u202ea", "😀" * 20_000, NASTY[-1]):
        found = of_a_report(said)
        assert any(isinstance(each.value, str) and said[:20] in each.value for each in found)
        for each in found:
            assert each.data_type != "f" or str(each.value).startswith("=SUBTOTAL(109,")
            assert each.hyperlink is None or each.hyperlink.location is not None


@FEW
@given(said=texts())
def test_the_html_of_a_mail_has_no_elements_but_ours(said: str):
    plain, hostile = (
        [
            (str(each.tag), sorted(each.attrib))
            for each in html.document_fromstring(render(page(one), WORDS, Lang.EN).html).iter()
        ]
        for one in ("plain", f"x{said}")
    )

    assert hostile == plain


@MANY
@given(said=typed())
def test_a_mail_has_the_headers_that_we_gave_it_and_no_others(said: str):
    message = Message(key="k", to="rae@example.com", subject=said, text=said, html="")

    raw = compose(message, SENDER, FakeClock().now()).as_bytes()

    read = message_from_bytes(raw, policy=default)
    assert {each.lower() for each in read} == {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
        "mime-version", "content-type", "content-transfer-encoding",
    }  # fmt: skip
    assert read["To"] == "rae@example.com"
    assert not COMMANDS.search(str(read["Subject"]))
    assert not COMMANDS.search(read.get_content().replace("\r\n", "\n"))
    assert not set(file_name(said)) & set('\\/:*?"<>|')
    assert PurePath(file_name(said)).name == file_name(said)


def test_a_chart_draws_any_label():
    chart = Chart(
        title="x",
        kind=ChartKind.BAR,
        categories=NASTY,
        series=(Series(label=NASTY[11], values=tuple(Decimal(1) for _ in NASTY)),),
    )

    drawn = draw(chart, WORDS, Lang.EN)

    assert drawn.png.startswith(b"\x89PNG")
    assert "$\\frac{1}{0}$ _^" not in dict(drawn.key).values(), "it has letters that can be drawn as they are"


@MANY
@given(said=typed())
def test_a_desk_s_file_is_named_safely_whatever_its_person_is_called(said: str):
    shelf = Shelf(*(record("people", f"P-{at}", name=name, role="rep") for at, name in enumerate(
        (said, said, f"{said} (2)", said.swapcase())
    )))  # fmt: skip

    found = desks(shelf, shipped.roles(), Lang.EN, FakeClock().now().date())

    names = [each.name for each in found]
    assert len({each.casefold() for each in names}) == len(names)
    for each in names:
        assert PurePath(each).name == each
        assert each not in {".", ".."}
        assert not COMMANDS.search(each)
        assert not set(each) & set('\\/:*?"<>|')
        assert each == each.strip(" .")
        assert len(f".~lock.{each}.xlsx#".encode()) <= 255
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)", each)


def shown(make: Callable[[], object]) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        make()
    return out.getvalue()


@MANY
@given(said=typed())
def test_a_terminal_gets_no_commands_and_no_lines_that_people_typed(said: str):
    grid = Grid(box=None)
    grid.add_column("who", overflow="fold")
    grid.add_row(Line(said))

    line = shown(lambda: show([Line(f"  {said}", style="bold"), said]))
    table = shown(lambda: show([grid]))

    assert line.count("\n") == 2
    assert not COMMANDS.search(line.replace("\n", ""))
    assert not COMMANDS.search(table.replace("\n", ""))


def test_markup_is_shown_as_it_was_typed():
    said = "[bold red]hot[/bold red] :smile:"

    assert shown(lambda: show([Line(said), said])) == f"{said}\n{said}\n"


def test_the_log_has_one_safe_line_for_each_event(tmp_path: Path):
    console = io.StringIO()
    nasty = (*NASTY, *TYPED)
    with log_to(tmp_path, FakeClock(), console) as log:
        for said in nasty:
            log.info("waits", who=said)
            try:
                float(f"x{said}")
            except ValueError:
                log.exception("failed")

    text = (tmp_path / "log" / "deskbook.log").read_text(encoding="utf-8")
    assert not COMMANDS.search(text.replace("\n", ""))
    lines = [json.loads(each) for each in text.split("\n")[:-1]]
    assert [each["who"] for each in lines if each["event"] == "waits"] == [*nasty]
    assert not COMMANDS.search(console.getvalue().replace("\n", ""))


def test_a_template_holds_names_as_text():
    for name in ("=1+1", "&P &[Tab]", "<b>&amp;</b>", "\u202eslx", "x" * 300):
        desk = Desk(key=DeskKey("P-1"), name=name, role=Role("rep"), people=("P-1",), lang=Lang.EN)
        lists = {
            (form.key, field.key): (name, "=cmd|x", '"quoted", and')
            for form in sheets_of(desk.role, FORMS)
            for field in form.fields
        }

        raw = render_template(desk, sheets_of(desk.role, FORMS), WORDS, lists=lists)

        for part, content in members(raw).items():
            if part.startswith("xl/worksheets/"):
                assert b"<f>" not in content.split(b"</sheetData>")[0], part
        footers: list[str] = []
        in_openpyxl(
            raw, lambda book, to=footers: to.extend(str(s.oddFooter.left.text) for s in book.worksheets)
        )
        assert name.replace("&", "&&")[:20] in "".join(footers) or "&" in name
