import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.digest import Day, Mistake, digest, notice_page
from reports.page import Point, Points, Table
from reports.render_html import render
from sheet_templates.form import FormKey, Lang
from sheet_templates.record import text
from tests.support.company import forms, words
from tests.support.pages import english

ON = dt.date(2026, 11, 2)


def say(value):
    return text("plain", value=value)


def mistake(**more: object):
    order = forms()[FormKey("order")]
    given_ = {
        "file": "Ann.xlsx",
        "sheet": order.labels,
        "row": 14,
        "column": order.field("delivery_on").labels,
        "value": "next Wed",
        "what": say("not a date"),
        "mend": say("write 2026-11-11"),
        **more,
    }
    return Mistake(**given_)


def test_a_day_without_anything_to_tell_makes_no_mail():
    assert digest(Day(person="Ann", on=ON)) is None


def test_the_subject_counts_what_there_is_and_leaves_out_what_there_is_not():
    day = Day(
        person="Ann",
        on=ON,
        decisions=(Point(headline=say("a")), Point(headline=say("b"))),
        reminders=(Point(headline=say("c")),),
    )

    assert english(digest(day).subject) == "2 Nov 2026: to decide: 2, reminders: 1"


def test_decisions_come_first_then_mistakes_reminders_and_news():
    point = (Point(headline=say("x")),)
    day = Day(person="Ann", on=ON, decisions=point, mistakes=(mistake(),), told=point, reminders=point)

    assert [english(each.title) for each in digest(day).blocks] == [
        "Waiting for your decision",
        "To mend in your workbook",
        "Reminders",
        "What happened",
    ]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({}, "Ann.xlsx, Sales orders, row 14, Delivery date"),
        ({"column": ""}, "Ann.xlsx, Sales orders, row 14"),
        ({"row": None}, "Ann.xlsx, Sales orders"),
        ({"sheet": ""}, "Ann.xlsx"),
        ({"sheet": "Sheet 9", "column": "my own"}, "Ann.xlsx, Sheet 9, row 14, my own"),
    ],
)
def test_a_mistake_says_where_it_stands_as_far_as_is_known(more, place):
    page = digest(Day(person="Ann", on=ON, mistakes=(mistake(**more),)))

    (table,) = [each for each in page.blocks if isinstance(each, Table)]
    assert [english(each) for each in table.rows[0].cells] == [
        place,
        "next Wed",
        "not a date",
        "write 2026-11-11",
    ]


def test_a_notice_names_its_record_its_clause_and_why_it_was_sent():
    notice = Point(headline=say("Order approved"), lines=(say("by Mia"),), number="SO-1", clause="TX-3.3.1")

    shown = render(notice_page("Ann", notice, ON), words(), Lang.EN).text

    assert "SO-1 · Policy TX-3.3.1" in shown
    assert "Why you get this mail: this is urgent and concerns you." in shown


def test_clauses_are_named_once():
    points = tuple(Point(headline=say("x"), clause=clause) for clause in ("TX-1", "IT-2", "TX-1", ""))

    assert digest(Day(person="Ann", on=ON, told=points)).clauses == ("TX-1", "IT-2")


COUNTS = st.integers(0, 3)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from(list(Lang)))
def test_everything_told_is_in_the_mail_in_every_language(decisions, mistakes, told, reminders, lang):
    def points(name: str, count: int) -> tuple[Point, ...]:
        return tuple(Point(headline=say(f"{name}{each}")) for each in range(count))

    day = Day(
        person="Ann",
        on=ON,
        decisions=points("decide", decisions),
        mistakes=tuple(mistake(value=f"typed{each}") for each in range(mistakes)),
        told=points("told", told),
        reminders=points("remind", reminders),
    )
    page = digest(day)
    if page is None:
        assert not any((decisions, mistakes, told, reminders))
        return
    shown = render(page, words(), lang)

    told_of = [
        english(each.headline) for block in page.blocks if isinstance(block, Points) for each in block.points
    ]
    assert len(told_of) == decisions + told + reminders
    for expected in (*told_of, *(f"typed{each}" for each in range(mistakes))):
        assert expected in shown.html
        assert expected in shown.text
