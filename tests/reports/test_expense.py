import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.books import Scope
from reports.expense import EXPENSE, expense
from reports.page import Chart
from reports.period import Period
from sheet_templates.form import Role
from sheet_templates.record import State
from tests.support.company import books, record
from tests.support.pages import cells, column, figure, rows, table

OCTOBER = Period.parse("2026-10")
FINANCE = Scope(role=Role("finance"))
MIA = Scope(role=Role("manager"), me="P-1")


def claim(number, state, amount, *, owner="P-2", date="2026-10-07", category="travel", **more: object):
    more = {"invoice_no": f"I{number}", **more}
    return record(
        "expense", f"EX-{number}", state, owner=owner, date=date, category=category, amount=amount, **more
    )


CLAIMS = (
    claim(1, State.APPROVED, 100, paid_on="2026-10-20"),
    claim(2, State.APPROVED, 50.5, category="entertainment", owner="P-3"),
    claim(3, State.SUBMITTED, 30),
    claim(4, State.REFUSED, 7, owner="P-5"),
    claim(5, State.RETURNED, 3),
    claim(6, State.DRAFT, 1000),
    claim(7, State.WITHDRAWN, 2000),
    claim(8, State.RECORDED, 4000),
    claim(9, State.APPROVED, 60, date="2026-09-30"),
    claim(10, State.APPROVED, 90, date="2026-11-01"),
)


def test_the_figures_are_those_of_the_months_submitted_claims():
    page = expense(books(*CLAIMS), OCTOBER, FINANCE)

    assert figure(page, "reports.expense.claimed").value == Decimal("190.5")
    assert figure(page, "reports.expense.approved").value == Decimal("150.5")
    assert figure(page, "reports.expense.approved").before == 60
    assert figure(page, "reports.expense.paid").value == 100
    assert figure(page, "reports.expense.waiting").value == 30
    assert figure(page, "reports.expense.refused").value == 7
    assert figure(page, "reports.expense.returned").value == 3


def test_each_figure_names_its_records():
    page = expense(books(*CLAIMS), OCTOBER, FINANCE)

    assert figure(page, "reports.expense.approved").numbers == ("EX-1", "EX-2")
    first = table(page, "reports.expense.by_person").rows[0]
    assert first.numbers == ("EX-1", "EX-3", "EX-5")


def test_a_split_shows_this_month_beside_the_month_before():
    page = expense(books(*CLAIMS), OCTOBER, FINANCE)

    split = table(page, "reports.expense.by_category")
    assert rows(split) == [
        ("Travel", 100, 30, 10, 140, 60, Decimal(80) / 60),
        ("Business entertainment", Decimal("50.5"), 0, 0, Decimal("50.5"), 0, None),
    ]
    assert cells(split.total) == (
        "Total",
        Decimal("150.5"),
        30,
        10,
        Decimal("190.5"),
        60,
        Decimal("130.5") / 60,
    )


def test_a_claim_without_a_team_counts_in_its_claimants_team():
    page = expense(
        books(claim(1, State.APPROVED, 5), claim(2, State.APPROVED, 4, team="Loan")), OCTOBER, FINANCE
    )

    assert [row[0] for row in rows(table(page, "reports.expense.by_team"))] == ["North", "Loan"]


def test_a_waiting_claim_says_whose_turn_it_is():
    company = books(*CLAIMS, turn=lambda form, each: f"{form}: Fay" if each.number == "EX-3" else "")

    page = expense(company, OCTOBER, FINANCE)

    assert rows(table(page, "reports.expense.waiting_list")) == [
        ("EX-3", "Ann Rep", "Travel", dt.date(2026, 10, 7), 30, "expense: Fay")
    ]


def test_refused_and_returned_claims_are_listed_with_their_state():
    page = expense(books(*CLAIMS), OCTOBER, FINANCE)

    listed = rows(table(page, "reports.expense.back_list"))
    assert [(row[0], row[-1]) for row in listed] == [("EX-4", "Refused"), ("EX-5", "Returned")]


def test_a_manager_sees_the_claims_of_his_people_only():
    page = expense(books(*CLAIMS), OCTOBER, MIA)

    assert figure(page, "reports.expense.claimed").numbers == ("EX-1", "EX-2", "EX-3", "EX-5")
    assert all("EX-4" not in row for row in rows(page.details[0]))


def test_an_invoice_of_another_team_is_found_all_the_same():
    claims = (
        claim(1, State.APPROVED, 5, invoice_no="F-77"),
        claim(2, State.APPROVED, 5, owner="P-5", invoice_no="f-77"),
    )

    page = expense(books(*claims), OCTOBER, MIA)

    (found,) = rows(table(page, "reports.expense.unusual"))
    assert found[0] == "EX-1"
    assert found[-1] == "Invoice F-77 is also on EX-2"


def test_what_only_finance_may_read_is_not_in_a_managers_workbook():
    claims = (claim(1, State.APPROVED, 5, account="6222 0000"),)
    hidden = expense(books(*claims), OCTOBER, MIA).details[0]

    assert "6222 0000" not in str(hidden)


def test_recorded_claims_count_in_a_company_without_that_chain():
    company = books(claim(1, State.RECORDED, 5))
    form = company.forms[EXPENSE]
    unsigned = replace(form, fields=tuple(each for each in form.fields if each.key != "submit"))

    page = expense(replace(company, forms={**company.forms, EXPENSE: unsigned}), OCTOBER, FINANCE)

    assert figure(page, "reports.expense.approved").value == 5


def test_a_month_that_is_not_over_says_so():
    page = expense(books(*CLAIMS, today=dt.date(2026, 10, 20)), OCTOBER, FINANCE)

    assert any(getattr(getattr(each, "text", None), "key", "") == "reports.so_far" for each in page.blocks)


def test_a_month_without_claims_is_an_empty_report_not_an_error():
    page = expense(books(), OCTOBER, FINANCE)

    assert figure(page, "reports.expense.claimed").value == 0
    assert table(page, "reports.expense.by_category").rows == ()
    assert not [each for each in page.blocks if isinstance(each, Chart)]


STATES = st.sampled_from(list(State))
AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=2)
OWNERS = st.sampled_from(["P-2", "P-3", "P-5", "P-99", None])
CATEGORIES = st.sampled_from(["travel", "promotion", "unheard of", None])


@st.composite
def some_claims(draw):
    many = draw(st.integers(0, 25))
    return [
        record(
            "expense",
            f"EX-{place}",
            draw(STATES),
            owner=draw(OWNERS),
            date=draw(st.dates(dt.date(2026, 8, 20), dt.date(2026, 11, 10))),
            category=draw(CATEGORIES),
            amount=draw(AMOUNTS),
        )
        for place in range(many)
    ]


@pytest.mark.parametrize("split", ["by_category", "by_person", "by_team"])
@given(claims=some_claims())
def test_every_split_adds_up_to_what_was_claimed(split, claims):
    page = expense(books(*claims), OCTOBER, FINANCE)

    parts = table(page, f"reports.expense.{split}")
    claimed = figure(page, "reports.expense.claimed")
    assert column(parts, 4) == claimed.value
    assert column(parts, 5) == claimed.before
    assert column(parts, 1) + column(parts, 2) + column(parts, 3) == claimed.value
    assert sorted(number for row in parts.rows for number in row.numbers) == sorted(claimed.numbers)
