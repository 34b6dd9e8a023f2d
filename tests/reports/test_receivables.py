import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ageing import Buckets, Instalment, plan
from reports.books import Scope
from reports.page import Paragraph, Tone
from reports.period import Period
from reports.receivables import receivables
from sheet_templates.form import Lang, Role
from sheet_templates.record import State
from tests.support.company import books, record, words
from tests.support.pages import cells, column, figure, rows, table

OCTOBER = Period.parse("2026-10")
END = dt.date(2026, 10, 31)
FINANCE = Scope(role=Role("finance"))
MIA = Scope(role=Role("manager"), me="P-1")
BUCKETS = Buckets(bounds=(30, 60, 90))

CUSTOMERS = (
    record("customer", "CU-1", name="Acme", owner="P-2"),
    record("customer", "CU-2", name="宏遠機電", owner="P-5"),
)


def line(
    number, amount, due, *, received=None, received_on=None, customer="CU-1", owner="P-2", **more: object
):
    return record(
        "collection",
        f"RC-{number}",
        amount=amount,
        due_on=due,
        received=received,
        received_on=received_on,
        customer=customer,
        owner=owner,
        **more,
    )


@pytest.mark.parametrize(
    ("due", "bucket"),
    [
        ("2026-11-01", "Not due"),
        ("2026-10-31", "Not due"),
        ("2026-10-30", "1–30 days"),
        ("2026-10-01", "1–30 days"),
        ("2026-09-30", "31–60 days"),
        ("2026-09-01", "31–60 days"),
        ("2026-08-31", "61–90 days"),
        ("2026-08-02", "61–90 days"),
        ("2026-08-01", "over 90 days"),
        ("2020-01-01", "over 90 days"),
        (None, "No due date"),
    ],
)
def test_an_instalment_lies_in_the_bucket_of_its_age(due, bucket):
    page = receivables(books(*CUSTOMERS, line(1, 100, due)), OCTOBER, FINANCE)

    filled = [row[0] for row in rows(table(page, "reports.ageing.by_age")) if row[2]]
    assert filled == [bucket]


def test_the_bounds_are_the_companys():
    limits = [
        record("limits", f"L-{each}", key=f"receivable_days_{each}", value=value)
        for each, value in ((1, 7), (2, 14), (3, 21))
    ]
    page = receivables(books(*limits, line(1, 100, "2026-10-20")), OCTOBER, FINANCE)

    labels = [row[0] for row in rows(table(page, "reports.ageing.by_age"))]
    assert labels == ["Not due", "1–7 days", "8–14 days", "15–21 days", "over 21 days", "No due date"]


@pytest.mark.parametrize("bounds", [(), (0, 30), (30, 30), (60, 30)])
def test_bounds_that_do_not_rise_are_refused(bounds):
    with pytest.raises(ValueError, match="rise"):
        Buckets(bounds=bounds)


def test_what_was_received_later_was_still_outstanding():
    paid = line(1, 100, "2026-10-01", received=100, received_on="2026-11-01")

    assert figure(receivables(books(paid), OCTOBER, FINANCE), "reports.ageing.outstanding").value == 100
    assert figure(receivables(books(paid), OCTOBER.next, FINANCE), "reports.ageing.outstanding").value == 0


def test_an_instalment_partly_paid_is_outstanding_with_the_rest():
    page = receivables(
        books(line(1, "0", None), line(2, 100, "2026-10-01", received=99.99)), OCTOBER, FINANCE
    )

    assert figure(page, "reports.ageing.overdue").value == Decimal("0.01")


def test_an_overpaid_instalment_has_a_bucket_of_its_own():
    page = receivables(books(line(1, 100, "2026-01-01", received=130), line(2, 50, None)), OCTOBER, FINANCE)

    by_age = table(page, "reports.ageing.by_age")
    assert rows(by_age)[-1][:3] == ("Overpaid", 1, -30)
    assert cells(by_age.total)[2] == 20


def test_without_overpayment_no_such_bucket_is_shown():
    page = receivables(books(line(1, 100, "2026-01-01")), OCTOBER, FINANCE)

    assert "Overpaid" not in [row[0] for row in rows(table(page, "reports.ageing.by_age"))]


@pytest.mark.parametrize(
    "order", [{"status": "cancelled"}, {"state": State.REFUSED}, {"state": State.VOIDED}]
)
def test_the_plan_of_an_order_that_fell_through_is_told_apart(order):
    gone = record("order", "SO-1", order.pop("state", State.APPROVED), owner="P-2", customer="CU-1", **order)
    page = receivables(
        books(gone, line(1, 100, "2026-10-01", order="SO-1"), line(2, 7, None)), OCTOBER, FINANCE
    )

    assert figure(page, "reports.ageing.outstanding").value == 7
    told = [words().say(each.text, Lang.EN) for each in page.blocks if isinstance(each, Paragraph)]
    assert any("1 instalments" in each and "100.00 open (RC-1)" in each for each in told)


def test_an_order_of_next_month_is_not_yet_owed():
    order = record("order", "SO-1", State.APPROVED, date="2026-11-01", customer="CU-1", owner="P-2")

    page = receivables(books(order, line(1, 100, "2026-10-01", order="SO-1")), OCTOBER, FINANCE)

    assert figure(page, "reports.ageing.outstanding").value == 0


def test_a_line_without_customer_and_owner_takes_its_orders():
    order = record("order", "SO-1", State.APPROVED, date="2026-09-01", customer="CU-2", owner="P-5")
    page = receivables(
        books(*CUSTOMERS, order, line(1, 9, None, order="SO-1", customer=None, owner=None)), OCTOBER, FINANCE
    )

    assert rows(table(page, "reports.ageing.by_customer"))[0][0] == "宏遠機電"
    assert rows(table(page, "reports.ageing.by_rep"))[0][0] == "Cyd Rep"


def test_the_overdue_list_shows_the_longest_first_and_broken_promises_in_red():
    page = receivables(
        books(
            *CUSTOMERS,
            line(1, 10, "2026-10-21", promise_on="2026-11-05"),
            line(2, 20, "2026-08-22", promise_on="2026-09-30"),
            line(3, 30, "2026-10-31"),
        ),
        OCTOBER,
        FINANCE,
    )

    overdue = table(page, "reports.ageing.overdue_list")
    assert [(row[0], row[1], row[5], row[6], row[7]) for row in rows(overdue)] == [
        ("RC-2", "Acme", 70, 20, dt.date(2026, 9, 30)),
        ("RC-1", "Acme", 10, 10, dt.date(2026, 11, 5)),
    ]
    assert [row.tone for row in overdue.rows] == [Tone.BAD, Tone.PLAIN]


def test_what_came_in_during_the_month_stands_beside_the_month_before():
    page = receivables(
        books(
            line(1, 100, "2026-10-01", received=60, received_on="2026-10-31"),
            line(2, 40, "2026-09-01", received=40, received_on="2026-09-15"),
        ),
        OCTOBER,
        FINANCE,
    )

    received = figure(page, "reports.ageing.received")
    assert (received.value, received.before, received.numbers) == (60, 40, ("RC-1",))


def test_a_manager_sees_what_his_people_are_owed():
    page = receivables(
        books(*CUSTOMERS, line(1, 100, "2026-10-01"), line(2, 55, None, owner="P-5", customer="CU-2")),
        OCTOBER,
        MIA,
    )

    assert figure(page, "reports.ageing.outstanding").numbers == ("RC-1",)
    assert "RC-2" not in str(page.details)


def test_a_report_before_the_months_end_is_as_of_today():
    company = books(line(1, 100, "2026-10-10"), today=dt.date(2026, 10, 12))

    page = receivables(company, OCTOBER, FINANCE)

    assert rows(table(page, "reports.ageing.overdue_list"))[0][5] == 2


def test_buckets_that_do_not_add_up_stop_the_report():
    class Slipping(Instalment):
        """An instalment whose open amount is not planned less received: what a later mistake could do."""

        @property
        def outstanding(self) -> Decimal:
            return self.planned

    slipping = Slipping(
        record=line(1, 5, None),
        customer="",
        owner="",
        planned=Decimal(5),
        received=Decimal(2),
        due=None,
    )

    with pytest.raises(ArithmeticError, match="add up to 5, outstanding is 3"):
        BUCKETS.sums((slipping,), END)


MONEY = st.one_of(st.none(), st.decimals(min_value=0, max_value=10**8, places=2))
DAYS = st.one_of(st.none(), st.dates(dt.date(2026, 5, 1), dt.date(2026, 12, 1)))


@st.composite
def some_lines(draw):
    orders = [
        record(
            "order",
            f"SO-{each}",
            draw(st.sampled_from([State.APPROVED, State.VOIDED])),
            date=draw(DAYS),
            customer="CU-2",
            owner="P-5",
            status=draw(st.sampled_from(["confirmed", "cancelled", None])),
        )
        for each in range(2)
    ]
    lines = [
        line(
            each,
            draw(MONEY),
            draw(DAYS),
            received=draw(MONEY),
            received_on=draw(DAYS),
            customer=draw(st.sampled_from(["CU-1", "CU-2", "CU-77", None])),
            owner=draw(st.sampled_from(["P-2", "P-3", "P-5", None])),
            order=draw(st.sampled_from(["SO-0", "SO-1", "SO-9", None])),
        )
        for each in range(draw(st.integers(0, 20)))
    ]
    return (*CUSTOMERS, *orders, *lines)


@given(some_lines(), st.sampled_from([FINANCE, MIA]))
def test_the_buckets_always_add_up_to_planned_less_received(records, scope):
    company = books(*records)
    page = receivables(company, OCTOBER, scope)

    inside = None if scope.me is None else frozenset({"P-1", "P-2", "P-3", "P-8"})
    counted = plan(company, inside, END)
    owed = counted.planned - counted.received
    assert figure(page, "reports.ageing.outstanding").value == owed
    assert column(table(page, "reports.ageing.by_age"), 2) == owed
    for split in ("by_customer", "by_rep"):
        parts = table(page, f"reports.ageing.{split}")
        assert column(parts, len(parts.columns) - 1) == owed
        for row in parts.rows:
            amounts = [each for each in row.cells[1:] if isinstance(each, Decimal)]
            assert sum(amounts[:-1]) == amounts[-1]


@given(DAYS, st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True).map(sorted))
def test_every_instalment_lies_in_exactly_one_bucket(due, bounds):
    buckets = Buckets(bounds=tuple(bounds))
    instalment = Instalment(
        record=line(1, 1, None), customer="", owner="", planned=Decimal(1), received=Decimal(0), due=due
    )

    sums = buckets.sums((instalment,), END)
    assert sorted(sums) == [*[Decimal(0)] * (len(buckets.labels) - 1), Decimal(1)]
    assert (buckets.place(instalment, END) in buckets.late) == (due is not None and due < END)
