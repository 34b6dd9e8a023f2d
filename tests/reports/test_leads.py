import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reports.books import Scope
from reports.leads import leads
from reports.page import Chart
from reports.period import Period
from sheet_templates.form import Role
from sheet_templates.record import Record
from tests.support.company import ZONE, books, record
from tests.support.pages import column, figure, rows, table

WEEK = Period.parse("2026-W44")
"""26 October to 1 November."""
MIA = Scope(role=Role("manager"), me="P-1")
ALL = Scope(role=Role("leader"))


def lead(number, *, owner="P-2", status="following", found_on="2026-09-01", **more: object):
    return record(
        "lead", f"LD-{number}", title=f"Lead {number}", owner=owner, status=status, found_on=found_on, **more
    )


def numbers(page, name):
    return figure(page, f"reports.leads.{name}").numbers


def test_new_converted_and_lost_go_by_their_days():
    page = leads(
        books(
            lead(1, found_on="2026-10-26"),
            lead(2, found_on="2026-11-01"),
            lead(3, found_on="2026-11-02"),
            lead(4, status="converted", closed_on="2026-10-28"),
            lead(5, status="lost", closed_on="2026-10-25"),
            lead(6, status="lost", closed_on="2026-11-01", lost_reason="price"),
        ),
        WEEK,
        MIA,
    )

    assert numbers(page, "new") == ("LD-1", "LD-2")
    assert numbers(page, "converted") == ("LD-4",)
    assert numbers(page, "lost") == ("LD-6",)
    assert figure(page, "reports.leads.lost").before == 1


def test_open_is_what_was_known_and_undecided_at_the_weeks_end():
    page = leads(
        books(
            lead(1, expected_amount=100),
            lead(2, found_on="2026-11-02"),
            lead(3, status="converted", closed_on="2026-10-28"),
            lead(4, status="converted", closed_on="2026-11-02", expected_amount=20),
        ),
        WEEK,
        MIA,
    )

    assert numbers(page, "open") == ("LD-1", "LD-4")
    assert column(table(page, "reports.leads.by_rep"), 7) == 120


def test_a_contact_with_the_customer_is_a_follow_up():
    met = record(
        "contact", "CT-1", customer="CU-1", owner="P-2", on="2026-10-30", how="phone", content="called"
    )
    others = record("contact", "CT-2", customer="CU-2", owner="P-3", on="2026-10-30")
    page = leads(books(lead(1, customer="CU-1"), lead(2, customer="CU-2"), met, others), WEEK, MIA)

    assert numbers(page, "followed") == ("LD-1",)


def test_the_journal_says_what_was_assigned_and_reported():
    def filled(_form: str, each: Record, field: str, period: Period) -> bool:
        return (each.number, field) in {("LD-1", "owner"), ("LD-2", "follow_up")} and period == WEEK

    page = leads(books(lead(1), lead(2), lead(3), filled=filled), WEEK, MIA)

    assert numbers(page, "assigned") == ("LD-1",)
    assert numbers(page, "followed") == ("LD-2",)


def test_the_journal_is_asked_only_about_leads_that_may_have_changed():
    asked = []

    def filled(_form: str, each: Record, field: str, _period: Period) -> bool:
        asked.append((each.number, field))
        return False

    before, during = (dt.datetime(2026, 10, each, 12, tzinfo=ZONE) for each in (10, 27))
    company = books(
        replace(lead(1), changed_at=before),
        replace(lead(2, status="lost", closed_on="2026-10-01"), changed_at=during),
        replace(lead(3), changed_at=during),
        filled=filled,
    )
    leads(company, WEEK, MIA)

    assert {number for number, _ in asked} == {"LD-3"}


def test_a_rep_with_open_leads_and_no_sign_of_life_is_named():
    met = record("contact", "CT-1", customer="CU-9", owner="P-3", on="2026-10-30")
    page = leads(books(lead(1), lead(2, owner="P-3"), lead(3, owner="P-5"), met), WEEK, MIA)

    assert [row[0] for row in rows(table(page, "reports.leads.silent"))] == ["Ann Rep"]


def test_who_registered_a_new_lead_has_reported():
    page = leads(books(lead(1), lead(2, owner=None, reported_by="P-2", found_on="2026-10-27")), WEEK, MIA)

    assert rows(table(page, "reports.leads.silent")) == []


def test_a_rep_without_leads_stands_in_the_table_all_the_same():
    page = leads(books(lead(1)), WEEK, MIA)

    assert [row[:2] for row in rows(table(page, "reports.leads.by_rep"))] == [("Ann Rep", 1), ("Bob Rep", 0)]


def test_a_manager_sees_his_people_and_the_leads_that_nobody_has():
    page = leads(
        books(
            lead(1),
            lead(2, owner="P-5"),
            lead(3, owner=None, region="North"),
            lead(4, owner=None, region="South", reported_by="P-5"),
            lead(5, owner=None, region="South", reported_by="P-3"),
        ),
        WEEK,
        MIA,
    )

    assert numbers(page, "open") == ("LD-1", "LD-3", "LD-5")
    assert [row[0] for row in rows(table(page, "reports.leads.unassigned"))] == ["LD-3", "LD-5"]


def test_late_is_past_the_managers_day_until_there_is_a_report_then_past_the_reps_own():
    page = leads(
        books(
            lead(1, follow_up_by="2026-10-30"),
            lead(2, follow_up_by="2026-10-30", follow_up="called", next_on="2026-11-20"),
            lead(3, follow_up="called", next_on="2026-10-20"),
            lead(4, follow_up_by="2026-11-01"),
        ),
        WEEK,
        MIA,
    )

    assert [(row[0], row[-1]) for row in rows(table(page, "reports.leads.late_list"))] == [
        ("LD-3", 12),
        ("LD-1", 2),
    ]


def test_the_coming_seven_days_are_listed_by_day():
    page = leads(
        books(
            lead(1, follow_up="x", next_on="2026-11-08"),
            lead(2, follow_up="x", next_on="2026-11-03", next_step="demo"),
            lead(3, follow_up="x", next_on="2026-11-09"),
        ),
        WEEK,
        MIA,
    )

    listed = rows(table(page, "reports.leads.coming"))
    assert [(row[0], row[3], row[-1]) for row in listed] == [
        ("LD-2", "demo", dt.date(2026, 11, 3)),
        ("LD-1", "", dt.date(2026, 11, 8)),
    ]


def test_important_leads_are_shown_with_their_status():
    page = leads(books(lead(1, important=True), lead(2)), WEEK, MIA)

    assert [(row[0], row[-1]) for row in rows(table(page, "reports.leads.important"))] == [
        ("LD-1", "Following up")
    ]


def test_the_trend_counts_the_last_eight_weeks():
    page = leads(books(lead(1, found_on="2026-10-26"), lead(2, found_on="2026-09-07")), WEEK, MIA)

    (chart, *_) = [each for each in page.blocks if isinstance(each, Chart)]
    assert chart.categories[0] == "2026-W37"
    assert chart.series[0].values == (1, 0, 0, 0, 0, 0, 0, 1)


@st.composite
def some_leads(draw):
    days = st.one_of(st.none(), st.dates(dt.date(2026, 10, 10), dt.date(2026, 11, 20)))
    return [
        lead(
            each,
            owner=draw(st.sampled_from(["P-2", "P-3", "P-5", None])),
            status=draw(st.sampled_from(["new", "assigned", "following", "converted", "lost", None])),
            found_on=draw(days),
            closed_on=draw(days),
            source=draw(st.sampled_from(["web", "referral", None])),
            expected_amount=draw(st.one_of(st.none(), st.integers(0, 10**6))),
        )
        for each in range(draw(st.integers(0, 15)))
    ]


@given(some_leads())
def test_both_splits_add_up_to_the_figures(given_):
    page = leads(books(*given_), WEEK, ALL)

    by_source, by_rep = table(page, "reports.leads.by_source"), table(page, "reports.leads.by_rep")
    for place, name in enumerate(("open", "new", "followed", "converted", "lost"), start=1):
        value = figure(page, f"reports.leads.{name}").value
        assert column(by_source, place) == value
        assert column(by_rep, place) == value
