import re
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser

import pytest

from reports.page import Block, Chart, ChartKind, Column, Page, Paragraph, Row, Series, Table
from reports.render_html import Rendered, render
from sheet_templates.form import Lang
from tests.support.company import words
from tests.support.reported import HOSTILE, MARKUP, pages

PAGES = pages()
EVERY = [(key, lang) for key in PAGES for lang in Lang]


@cache
def mail_of(key: str, lang: Lang) -> Rendered:
    """Return a report as a mail; drawing its charts once is enough for all tests."""
    return render(PAGES[key], words(), lang)


VOID = {"meta", "img", "br", "hr", "link", "input"}


class Outline(HTMLParser):
    """What of an HTML page matters: its elements in order, and whether they are closed properly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def page(*blocks: Block, **more: object):
    given = {"key": "x", "subject": "s", "title": "t", "subtitle": "u", "period": None, "why": "w", **more}
    return Page(blocks=blocks, **given)


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_a_report_reads_well_in_every_language(key, lang):
    mail = mail_of(key, lang)

    outline = Outline(mail.html)
    assert mail.html.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": lang.value}) in outline.elements
    assert "{" not in mail.text
    assert not re.search(r"reports\.[a-z]+\.", mail.text)
    for footnote in PAGES[key].footnotes:
        assert words().say(footnote, lang) in mail.text
    for clause in PAGES[key].clauses:
        assert clause in mail.html


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_nothing_in_a_mail_is_beyond_outlook(key, lang):
    outline = Outline(mail_of(key, lang).html)

    tags = {tag for tag, _ in outline.elements}
    assert not tags & {"svg", "style", "link", "script", "video", "form", "iframe"}
    styles = " ".join(attributes.get("style") or "" for _, attributes in outline.elements)
    assert not re.search(r"max-width|background-image|url\(|flex|grid|position:|float:", styles)
    widths = [attributes.get("width") for tag, attributes in outline.elements if tag == "table"]
    assert "640" in widths
    assert all(
        attributes.get("width") and attributes.get("height")
        for tag, attributes in outline.elements
        if tag == "img"
    )


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_what_people_typed_is_text_and_nothing_else(key, lang):
    mail = mail_of(key, lang)

    outline = Outline(mail.html)
    assert "script" not in {tag for tag, _ in outline.elements}
    assert "x" not in [attributes.get("src") for _, attributes in outline.elements]
    assert all(each["src"].startswith("cid:") for tag, each in outline.elements if tag == "img")
    assert "a" not in {tag for tag, _ in outline.elements}


def test_markup_in_a_customers_name_is_shown_as_it_was_typed():
    mail = mail_of("receivables", Lang.EN)

    assert MARKUP in Outline(mail.html).text
    assert MARKUP not in mail.html


def test_a_formula_in_a_products_name_is_shown_as_it_was_typed():
    assert HOSTILE in Outline(mail_of("monthly", Lang.EN).html).text


def test_each_chart_is_a_picture_that_the_html_shows():
    mail = mail_of("expense", Lang.ZH_HANT)

    shown = re.findall(r'src="cid:([^"]+)"', mail.html)
    assert shown == [each.cid for each in mail.images]
    assert len(set(shown)) == len(shown) == sum(isinstance(each, Chart) for each in PAGES["expense"].blocks)
    assert all(each.content.startswith(b"\x89PNG") for each in mail.images)


def test_a_file_of_it_needs_no_mail_program():
    mail = mail_of("expense", Lang.EN)

    alone = mail.standalone()
    assert "cid:" not in alone
    assert alone.count("data:image/png;base64,") == len(mail.images)


@pytest.mark.parametrize(("key", "lang"), EVERY)
def test_it_survives_a_mail_and_back(key, lang):
    mail = mail_of(key, lang)
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = mail.subject
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for each in mail.images:
        message.get_payload()[1].add_related(each.content, "image", "png", cid=f"<{each.cid}>")

    back = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert back["Subject"] == mail.subject
    assert back.get_body(("html",)).get_content().splitlines() == mail.html.splitlines()
    assert back.get_body(("plain",)).get_content().splitlines() == mail.text.splitlines()


def test_a_subject_is_one_line():
    mail = render(page(subject="two\r\nlines\tand  more"), words(), Lang.EN)

    assert mail.subject == "two lines and more"


def test_a_table_without_rows_says_so_in_words():
    empty = Table(title="Late", columns=(Column(label="No."),), rows=(), empty="Nothing is late.")

    mail = render(page(empty), words(), Lang.EN)

    assert "Nothing is late." in mail.html
    assert "Nothing is late." in mail.text


def test_columns_and_rows_too_many_for_a_mail_are_left_to_the_workbook():
    columns = (Column(label="No."), Column(label="Secret width", mailed=False))
    rows = tuple(Row(cells=(f"R{each}", "wide")) for each in range(1, 6))

    mail = render(page(Table(title="T", columns=columns, rows=rows, mailed=3)), words(), Lang.EN)

    for shown in (mail.html, mail.text):
        assert "R3" in shown
        assert "R4" not in shown
        assert "wide" not in shown
        assert "2 more rows are in the attached workbook." in shown


def test_a_chart_under_its_own_table_has_no_second_heading():
    table = Table(title="By team", columns=(Column(label="x"),), rows=(Row(cells=("a",)),))
    chart = Chart(
        title="By team",
        kind=ChartKind.BAR,
        categories=("a",),
        series=(Series(label="s", values=(Decimal(1),)),),
    )

    assert Outline(render(page(table, chart), words(), Lang.EN).html).text.count("By team") == 1
    assert Outline(render(page(Paragraph(text="-"), chart), words(), Lang.EN).html).text.count("By team") == 1


def test_plain_text_lines_up_even_in_chinese():
    columns = (Column(label="客戶"), Column(label="金額"))
    rows = (Row(cells=("宏遠機電", "1")), Row(cells=("Acme", "22")))

    text = render(page(Table(title="T", columns=columns, rows=rows)), words(), Lang.EN).text

    assert "客戶      金額\n宏遠機電  1\nAcme      22\n" in text


def test_the_same_page_gives_the_same_mail():
    once, twice = (render(PAGES["monthly"], words(), Lang.ZH_HANS) for _ in range(2))

    assert once == twice


def test_a_chart_drawn_with_numbers_has_its_key_beneath():
    chart = Chart(
        title="t",
        kind=ChartKind.BAR,
        categories=("\ue000",),
        series=(Series(label="s", values=(Decimal(1),)),),
    )

    assert "In the chart: (1) = \ue000" in Outline(render(page(chart), words(), Lang.EN).html).text
