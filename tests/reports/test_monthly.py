import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.books import Scope
from reports.monthly import monthly
from reports.page import Chart, ChartKind
from reports.period import Period
from sheet_templates.form import Role
from sheet_templates.record import Record, State
from tests.support.company import books, record
from tests.support.pages import cells, column, figure, rows, table

OCTOBER = Period.parse("2026-10")
MIA = Scope(role=Role("manager"), me="P-1")
LEO = Scope(role=Role("leader"))
MARKETING = Scope(role=Role("marketing"))

PRODUCTS = (
    record("product", "PR-1", name="Pump", price=100, cost=60),
    record("product", "PR-2", name="Valve", price=10),
)


def order(
    number, total, *, owner="P-2", customer="CU-1", date="2026-10-07", state=State.APPROVED, **more: object
):
    return record(
        "order", f"SO-{number}", state, owner=owner, customer=customer, date=date, total=total, **more
    )


def line(number, order_number, product, quantity, amount, **more: object):
    return record(
        "order_line",
        f"OL-{number}",
        order=f"SO-{order_number}",
        product=product,
        quantity=quantity,
        amount=amount,
        **more,
    )


def value(page, name):
    return figure(page, f"reports.monthly.{name}").value


def test_the_amount_is_that_of_the_months_approved_orders():
    page = monthly(
        books(
            order(1, 100),
            order(2, 40, state=State.SUBMITTED),
            order(3, 7, state=State.RECORDED),
            order(4, 30, date="2026-09-30"),
            order(5, 20, date="2026-11-01"),
        ),
        OCTOBER,
        MIA,
    )

    assert figure(page, "reports.monthly.amount").numbers == ("SO-1",)
    assert figure(page, "reports.monthly.amount").change == Decimal(70) / 30
    assert value(page, "orders") == 1


def test_the_day_of_approval_counts_before_the_orders_own_date():
    approved = {"SO-1": dt.date(2026, 11, 2), "SO-2": dt.date(2026, 10, 31)}
    company = books(
        order(1, 100), order(2, 30, date="2026-09-30"), approved_on=lambda _, each: approved[each.number]
    )

    assert figure(monthly(company, OCTOBER, MIA), "reports.monthly.amount").numbers == ("SO-2",)


def test_a_cancelled_order_does_not_count_and_is_named():
    page = monthly(books(order(1, 100, status="cancelled"), order(2, 30)), OCTOBER, MIA)

    assert value(page, "amount") == 30
    assert "SO-1" in str([each for each in page.blocks if getattr(each, "text", None)])


def test_an_order_without_total_counts_with_its_lines():
    page = monthly(books(order(1, None), line(1, 1, "PR-1", 2, 180)), OCTOBER, MIA)

    assert value(page, "amount") == 180


def test_profit_is_shown_for_orders_whose_costs_are_all_known():
    page = monthly(
        books(
            *PRODUCTS,
            order(1, 200),
            line(1, 1, "PR-1", 2, 200),
            order(2, 50),
            line(2, 2, "PR-1", 0.5, 40),
            line(3, 2, "PR-2", 1, 10),
        ),
        OCTOBER,
        MIA,
    )

    profit = figure(page, "reports.monthly.profit")
    assert (profit.value, profit.numbers) == (80, ("SO-1",))


def test_a_cost_that_the_line_keeps_counts_before_todays():
    page = monthly(books(*PRODUCTS, order(1, 200), line(1, 1, "PR-1", 2, 200, cost_amount=90)), OCTOBER, MIA)

    assert value(page, "profit") == 110


def test_who_may_not_see_costs_sees_no_profit():
    page = monthly(books(*PRODUCTS, order(1, 200), line(1, 1, "PR-1", 2, 200)), OCTOBER, MARKETING)

    assert "profit" not in str(page.blocks)
    assert (
        "cost" not in " ".join(str(each.label) for detail in page.details for each in detail.columns).lower()
    )


@pytest.mark.parametrize(
    ("earlier", "is_new"), [("2025-10-07", False), ("2025-10-06", True), ("2026-09-30", False), (None, True)]
)
def test_a_customer_is_new_if_it_bought_nothing_for_a_year(earlier, is_new):
    before = (order(9, 5, date=earlier, owner="P-5"),) if earlier else ()

    page = monthly(books(*before, order(1, 100), order(2, 100, date="2026-10-20")), OCTOBER, MIA)

    assert figure(page, "reports.monthly.new_customers").numbers == (("SO-1",) if is_new else ())


def test_a_new_customer_counts_once_for_whoever_sold_first():
    page = monthly(books(order(1, 1, owner="P-5"), order(2, 1, date="2026-10-08")), OCTOBER, MIA)

    assert value(page, "new_customers") == 0


def test_the_window_of_a_new_customer_is_the_companys():
    limit = record("limits", "L-1", key="new_customer_days", value=30)

    page = monthly(books(limit, order(9, 5, date="2026-08-01"), order(1, 100)), OCTOBER, MIA)

    assert value(page, "new_customers") == 1


def test_the_pipeline_is_open_leads_and_unanswered_valid_quotations():
    def quotation(number: int, total: int, state: State = State.APPROVED, **more: object) -> Record:
        return record("quotation", f"QU-{number}", state, owner="P-2", customer="CU-1", total=total, **more)

    page = monthly(
        books(
            record("lead", "LD-1", owner="P-2", status="following", expected_amount=70),
            record("lead", "LD-2", owner="P-2", status="lost", expected_amount=90),
            record("lead", "LD-3", owner="P-5", status="new", expected_amount=11),
            quotation(1, 5, valid_until="2026-10-31"),
            quotation(2, 50, valid_until="2026-10-30"),
            quotation(3, 500, feedback="declined"),
            quotation(4, 5000),
            quotation(5, 7, State.SUBMITTED, feedback="negotiating"),
            quotation(6, 70, State.DRAFT),
            order(1, 1, quotation="QU-4"),
        ),
        OCTOBER,
        MIA,
    )

    assert figure(page, "reports.monthly.open_leads").numbers == ("LD-1",)
    assert figure(page, "reports.monthly.open_quotations").numbers == ("QU-1", "QU-5")
    assert value(page, "open_quotations") == 12


def test_the_champion_is_who_sold_most_and_all_of_them_if_several_did():
    page = monthly(books(order(1, 100), order(2, 100, owner="P-3"), order(3, 90, owner="P-5")), OCTOBER, LEO)

    assert figure(page, "reports.monthly.champion.amount").note == "Ann Rep, Bob Rep"


def test_an_order_of_nobody_makes_nobody_champion():
    page = monthly(books(order(1, 100, owner=None), order(2, 5)), OCTOBER, LEO)

    assert figure(page, "reports.monthly.champion.amount").note == "Ann Rep"


def test_each_rep_stands_beside_the_month_before_even_without_sales():
    page = monthly(books(order(1, 100), order(2, 80, date="2026-09-09")), OCTOBER, MIA)

    by_rep = table(page, "reports.monthly.by_rep")
    assert [row[:5] for row in rows(by_rep)] == [
        ("Ann Rep", 100, 80, Decimal("0.25"), 1),
        ("Bob Rep", 0, 0, None, 0),
    ]
    assert cells(by_rep.total)[:4] == ("Total", 100, 80, Decimal("0.25"))


def test_teams_are_shown_to_whoever_has_several():
    sold = (order(1, 100), order(2, 80, owner="P-5"))

    assert [
        row[:2] for row in rows(table(monthly(books(*sold), OCTOBER, LEO), "reports.monthly.by_team"))
    ] == [
        ("North", 100),
        ("South", 80),
    ]
    assert "by_team" not in str(monthly(books(*sold), OCTOBER, MIA).blocks)


def test_products_are_counted_by_their_lines():
    page = monthly(
        books(*PRODUCTS, order(1, 130), line(1, 1, "PR-1", 1, 100), line(2, 1, "PR-2", 3, 30)), OCTOBER, MIA
    )

    assert [row[:3] for row in rows(table(page, "reports.monthly.by_product"))] == [
        ("Pump", 1, 100),
        ("Valve", 3, 30),
    ]


def test_a_product_below_zero_is_in_the_table_but_makes_no_pie():
    page = monthly(
        books(*PRODUCTS, order(1, 70), line(1, 1, "PR-1", 1, 100), line(2, 1, "PR-2", -3, -30)), OCTOBER, MIA
    )

    assert rows(table(page, "reports.monthly.by_product"))[1][:3] == ("Valve", -3, -30)
    assert ChartKind.PIE not in [each.kind for each in page.blocks if isinstance(each, Chart)]


def test_the_largest_orders_come_first():
    page = monthly(books(*(order(each, each) for each in range(1, 15))), OCTOBER, MIA)

    listed = rows(table(page, "reports.monthly.largest"))
    assert [row[0] for row in listed] == [f"SO-{each}" for each in range(14, 4, -1)]


def test_the_details_hold_the_months_orders_and_their_lines_only():
    page = monthly(
        books(
            *PRODUCTS,
            order(1, 100),
            line(1, 1, "PR-1", 1, 100),
            order(2, 5, date="2026-09-01"),
            line(2, 2, "PR-1", 1, 5),
        ),
        OCTOBER,
        MIA,
    )

    held = {row.numbers[0] for detail in page.details for row in detail.rows}
    assert held == {"SO-1", "OL-1"}


@st.composite
def some_orders(draw):
    states = st.sampled_from([State.APPROVED, State.SUBMITTED])
    orders = [
        order(
            each,
            draw(st.one_of(st.none(), st.decimals(min_value=0, max_value=10**6, places=2))),
            owner=draw(st.sampled_from(["P-2", "P-3", "P-5", "P-8", None])),
            customer=draw(st.sampled_from(["CU-1", "CU-2", None])),
            date=draw(st.one_of(st.none(), st.dates(dt.date(2025, 8, 1), dt.date(2026, 11, 10)))),
            state=draw(states),
            status=draw(st.sampled_from(["confirmed", "cancelled"])),
        )
        for each in range(draw(st.integers(0, 12)))
    ]
    return (*PRODUCTS, *orders, *(line(each, each, "PR-1", 1, 3) for each in range(len(orders))))


@given(some_orders(), st.sampled_from([MIA, LEO]))
def test_reps_and_teams_add_up_to_the_amount(records, scope):
    page = monthly(books(*records), OCTOBER, scope)

    by_rep = table(page, "reports.monthly.by_rep")
    amount = figure(page, "reports.monthly.amount")
    assert column(by_rep, 1) == amount.value
    assert column(by_rep, 2) == amount.before
    assert column(by_rep, 4) == value(page, "orders")
    assert column(by_rep, 5) == value(page, "new_customers")
    assert sorted(each for row in by_rep.rows for each in row.numbers) == sorted(amount.numbers)
