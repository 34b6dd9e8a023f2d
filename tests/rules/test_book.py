"""Tests for the shipped book of rules, on the shipped forms: each test is one passage of the policy."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.apply import apply, daily
from rules.computed import with_computed
from rules.effect import Create, Effects, Notify
from rules.frozen import thaw
from rules.reminder import Day
from rules.saying import said
from rules.turn import whose_turn
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import FormKey, Lang
from sheet_templates.record import Record, RecordId, State
from tests.support import shipped
from tests.support.book import NOW, Desk
from tests.support.small import record

FORMS = shipped.forms()
WORDS = shipped.words()
LIMITS = shipped.limits()
BOOK = shipped.book()
TODAY = NOW.date()
DEPARTMENTS = ("marketing", "service", "finance", "production", "logistics", "technical", "procurement")

STAFF = (
    record("people", "P-0001", name="Lena", role="leader"),
    record("people", "P-0002", name="Mo", role="manager", superior="P-0001"),
    record("people", "P-0003", name="Rae", role="rep", superior="P-0002"),
    record("people", "P-0004", name="Fay", role="finance", superior="P-0001"),
    record("people", "P-0005", name="Max", role="marketing", superior="P-0001"),
    *(record("limits", f"L-{each.key}", key=each.key, value=each.value) for each in LIMITS.values()),
    record("customer", "CU-0001", name="Acme", owner="P-0003"),
    record("customer", "CU-0002", name="Star", owner="P-0003", special=True),
    record("product", "PR-001", name="Drill", price=Decimal(1000), cost=Decimal(600)),
    record("product", "PR-002", name="Old drill", price=Decimal(10), cost=Decimal(9), discontinued=True),
)


def company(start: Record, *others: Record) -> Desk:
    return Desk(BOOK, start, others=(*STAFF, *others), forms=FORMS)


def change(desk: Desk, person: str | None = "P-0003", **values: Any) -> Effects:
    """Let somebody change *values*, and everything follow, as the engine's loop does."""
    return follow(desk, desk.change(person, **values))


def follow(desk: Desk, happened: Any) -> Effects:
    wanted = desk.carry_out(apply(desk.book, desk.forms, happened))
    while any(not isinstance(each, Notify | Create) for each in wanted.effects):
        again = desk.happened(happened.before, happened.person)
        wanted = desk.carry_out(apply(desk.book, desk.forms, again))
    return wanted


def sign(desk: Desk, step: str, role: str, person: str, verdict: str = "agree") -> None:
    before = desk.record
    follow(desk, desk.happened(before, person, desk.signing(step, role, person, verdict)))


def turns(desk: Desk) -> list[str]:
    return [each.role for each in whose_turn(desk.run, desk.decisions, desk.shelf, TODAY)]


def faults(wanted: Effects) -> list[str]:
    return [each.what.key.removeprefix("check.") for each in wanted.problems]


def told(desk: Desk, rule: str) -> list[Notify]:
    return [each for each in desk.told.values() if each.rule == f"transfer.{rule}"]


def line(form: str, parent: str, **values: Any) -> Record:
    given = {"product": "PR-001", "quantity": Decimal(1), "unit_price": Decimal(1000), **values}
    made = record(
        form, f"{form}-{values.get('unit_price', 1000)}", **{form.removesuffix("_line"): parent}, **given
    )
    context = ExpressionContext(record=made, records=company(made).shelf, forms=FORMS, today=TODAY, limits={})
    return with_computed(BOOK, context)


def quotation(price: int, **values: Any) -> Desk:
    start = record(
        "quotation",
        "QU-2026-0001",
        **{
            "customer": "CU-0001",
            "owner": "P-0003",
            "date": TODAY,
            "valid_until": TODAY + dt.timedelta(30),
            **values,
        },
    )
    return company(start, line("quotation_line", start.number, unit_price=Decimal(price)))


def order(price: int = 1000, *others: Record, **values: Any) -> Desk:
    given = {
        "customer": "CU-0001",
        "owner": "P-0003",
        "date": TODAY,
        "delivery_on": TODAY + dt.timedelta(20),
        "delivery_place": "Dock 4",
        "deposit_percent": Decimal("0.3"),
        "payment_days": Decimal(30),
        **values,
    }
    start = record("order", "SO-2026-0001", **given)
    return company(start, line("order_line", start.number, unit_price=Decimal(price)), *others)


def approved_order(price: int = 1000, **values: Any) -> Desk:
    desk = order(price, **values)
    change(desk, submit=True)
    all_agree(desk)
    return desk


def all_agree(desk: Desk) -> None:
    """Let everybody agree whose turn it is, one after the other."""
    while waiting := whose_turn(desk.run, desk.decisions, desk.shelf, TODAY):
        sign(desk, waiting[0].step, waiting[0].role, waiting[0].people[0])
    assert desk.record.state is State.APPROVED


def expense(**values: Any) -> Desk:
    given = {
        "owner": "P-0003",
        "date": TODAY,
        "category": "travel",
        "description": "Train to the fair",
        "amount": Decimal(120),
        "invoice_no": "FP-1",
        "attachments": "ticket.pdf",
        **values,
    }
    return company(record("expense", "EX-2026-0001", **given))


# Quotations (TX-3.4) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "customer", "expected"),
    [
        (49_999, "CU-0001", ["manager"]),
        (50_000, "CU-0001", ["finance", "marketing"]),
        (1_000, "CU-0002", ["finance", "marketing"]),
    ],
)
def test_large_quotations_and_special_customers_are_reviewed_jointly(price, customer, expected):
    desk = quotation(price, customer=customer)
    change(desk, submit=True)

    assert turns(desk) == expected


def quoted(number: str, total: int, customer: str = "CU-0001", days: int = 5, **values: Any) -> Record:
    """Return another quotation, of some days ago."""
    state = values.pop("state", State.APPROVED)
    given = {"customer": customer, "date": TODAY - dt.timedelta(days), "total": Decimal(total), **values}
    return record("quotation", number, state=state, **given)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([quoted("Q-1", 25_000), quoted("Q-2", 5_000, state=State.SUBMITTED)], ["finance", "marketing"]),
        ([quoted("Q-1", 25_000), quoted("Q-2", 4_999)], ["manager"]),
        ([quoted("Q-1", 40_000, customer="CU-0002")], ["manager"]),
        ([quoted("Q-1", 40_000, state=State.DRAFT)], ["manager"]),
        ([quoted("Q-1", 40_000, feedback="declined")], ["manager"]),
        ([quoted("Q-1", 40_000, days=30)], ["manager"]),
        ([quoted("Q-1", 40_000, days=-29)], ["finance", "marketing"]),
    ],
)
def test_what_a_customer_was_quoted_lately_counts_so_that_splitting_does_not_help(others, expected):
    desk = quotation(20_000)
    desk.shelf = desk.shelf.put(*others)
    change(desk, submit=True)

    assert turns(desk) == expected


@pytest.mark.parametrize(("class_", "expected"), [("A", ["finance", "marketing"]), ("B", ["manager"])])
def test_important_customers_have_a_limit_of_their_own(class_, expected):
    desk = quotation(30_000)
    desk.shelf = desk.shelf.put(
        record("customer", "CU-0001", name="Acme", owner="P-0003", **{"class": class_})
    )
    change(desk, submit=True)

    assert turns(desk) == expected


@pytest.mark.parametrize(
    ("price", "values", "others", "expected"),
    [
        (49_999, {}, [], ["manager"]),
        (50_000, {}, [], ["finance", "marketing"]),
        (1_000, {"customer": "CU-0002"}, [], ["finance", "marketing"]),
        (50_000, {"quotation": "QU-1"}, [], ["manager"]),
        (30_000, {}, [("SO-2", {"total": Decimal(20_000)})], ["finance", "marketing"]),
        (30_000, {}, [("SO-2", {"total": Decimal(20_000), "quotation": "QU-1"})], ["manager"]),
        (30_000, {}, [("SO-2", {"total": Decimal(20_000), "status": "cancelled"})], ["manager"]),
    ],
)
def test_what_was_never_quoted_is_reviewed_jointly_as_an_order(price, values, others, expected):
    quotation_ = record(
        "quotation",
        "QU-1",
        state=State.APPROVED,
        customer="CU-0001",
        total=Decimal(price),
        date=TODAY - dt.timedelta(90),
    )
    more = [
        record("order", number, state=State.APPROVED, customer="CU-0001", date=TODAY, **given)
        for number, given in others
    ]
    desk = order(price, quotation_, *more, **values)
    change(desk, submit=True)

    assert turns(desk) == expected
    assert (desk.record["joint_review"] is True) == (expected != ["manager"])


def test_a_jointly_reviewed_quotation_ends_with_the_manager():
    desk = quotation(60_000)
    change(desk, submit=True)
    for step, role, person in (
        ("joint", "marketing", "P-0005"),
        ("joint", "finance", "P-0004"),
        ("manager", "manager", "P-0002"),
    ):
        sign(desk, step, role, person)

    assert desk.record.state is State.APPROVED


def test_a_quotation_must_be_complete_and_valid_to_be_submitted():
    late = {"date": TODAY - dt.timedelta(40), "valid_until": TODAY - dt.timedelta(10)}
    assert faults(change(quotation(1000, **late), submit=True)) == ["quotation_lapsed"]
    assert faults(change(quotation(1000, valid_until=TODAY - dt.timedelta(1)))) == ["quotation_valid"]
    desk = quotation(0)
    assert faults(change(desk, submit=True)) == ["quotation_total", "quotation_discount"]
    assert desk.run is None


def test_a_discount_over_the_limit_is_pointed_out_but_does_not_stop_it():
    desk = quotation(800)

    wanted = change(desk, submit=True)

    assert faults(wanted) == ["quotation_discount"]
    assert WORDS.say(wanted.problems[0].what, Lang.ZH_HANT) == "折扣率 20% 超過上限 15%。"
    assert turns(desk) == ["manager"]


def test_a_low_margin_is_told_to_finance_and_the_manager_without_its_figure():
    desk = quotation(610)
    change(desk, submit=True)

    (notice,) = told(desk, "quotation_low_margin")
    assert (notice.roles, notice.people) == (("finance",), ("P-0002",))
    assert "margin" in WORDS.say(notice.headline, Lang.EN)


def test_a_quotation_goes_out_only_when_approved_and_its_answer_is_told():
    desk = quotation(1000)
    assert faults(change(desk, sent_on=TODAY)) == ["quotation_sent"]
    change(desk, sent_on=None, submit=True)
    sign(desk, "manager", "manager", "P-0002")
    assert faults(change(desk, sent_on=TODAY)) == []

    change(desk, feedback="accepted")
    (notice,) = told(desk, "quotation_answered")
    assert (notice.roles, notice.people) == (("marketing", "finance"), ("P-0002",))
    assert WORDS.say(notice.headline, Lang.ZH_HANS) == "报价单 QU-2026-0001：客户反馈“接受”"


# Orders (TX-3.3, IT-3.4) ----------------------------------------------------------------------------------


def test_an_approved_order_goes_to_every_department_and_is_confirmed():
    desk = approved_order()

    (notice,) = told(desk, "order_approved")
    assert notice.roles == DEPARTMENTS
    assert notice.urgent
    assert desk.record["status"] == "confirmed"


def test_the_collection_plan_follows_the_payment_terms():
    desk = approved_order(1000)

    deposit, balance = desk.created.values()
    assert deposit.values == {
        "order": "SO-2026-0001",
        "kind": "deposit",
        "due_on": TODAY,
        "amount": Decimal("300.00"),
    }
    assert balance.values["amount"] == Decimal("700.00")
    assert balance.values["due_on"] == TODAY + dt.timedelta(50)


@given(
    price=st.integers(1, 10**9),
    deposit=st.decimals(0, 1, places=4),
)
def test_the_collection_plan_adds_up_to_the_order_to_the_cent(price, deposit):
    desk = approved_order(price, deposit_percent=deposit)

    amounts = [each.values["amount"] for each in desk.created.values()]
    assert sum(amounts) == desk.record["total"]
    assert all(each > 0 for each in amounts)  # type: ignore[operator]


def test_an_order_without_a_deposit_has_one_instalment():
    desk = approved_order(1000, deposit_percent=None)

    assert [each.values["kind"] for each in desk.created.values()] == ["balance"]


def quoted(**values: Any) -> Record:
    given = {"customer": "CU-0001", "total": Decimal(1000), "valid_until": TODAY, **values}
    return record(
        "quotation",
        "QU-2026-0001",
        state=values.pop("state", State.APPROVED),
        **{k: v for k, v in given.items() if k != "state"},
    )


@pytest.mark.parametrize(
    ("quotation_", "expected"),
    [
        (quoted(), []),
        (quoted(state=State.SUBMITTED), ["order_quotation_approved"]),
        (quoted(customer="CU-0002"), ["order_quotation_customer"]),
        (quoted(total=Decimal("1000.01")), ["order_quotation_total"]),
        (quoted(valid_until=TODAY - dt.timedelta(1)), ["order_quotation_lapsed"]),
    ],
)
def test_an_order_must_fit_its_quotation(quotation_, expected):
    desk = order(1000, quotation_, quotation="QU-2026-0001")

    assert faults(change(desk, submit=True)) == expected


def test_an_order_is_complete_with_lines_place_and_date():
    desk = order(delivery_on=TODAY - dt.timedelta(1))
    assert faults(change(desk)) == ["order_dates"]
    bare = company(record("order", "SO-2026-0001", customer="CU-0001", owner="P-0003", date=TODAY))
    assert faults(change(bare, submit=True)) == ["required", "required", "order_lines"]


def test_an_order_is_not_carried_out_before_it_is_approved_nor_shipped_without_tracking():
    desk = order()
    assert faults(change(desk, "P-0003", status="in_production")) == ["order_status_approved"]

    desk = approved_order()
    assert faults(change(desk, None, status="shipped")) == ["order_shipped_tracking"]
    assert faults(change(desk, None, tracking_no="SF-1")) == []
    assert faults(change(desk, None, status="completed")) == ["order_completed"]
    assert faults(change(desk, None, accepted_on=TODAY)) == []


def test_the_tracking_number_goes_to_sales_and_service():
    desk = approved_order()
    change(desk, None, tracking_no="SF-1")

    (notice,) = told(desk, "order_tracking")
    assert (notice.roles, notice.people) == (("service",), ("P-0003",))


def test_a_delay_is_told_to_sales_at_once_each_time_it_grows():
    desk = approved_order()
    for days in (25, 30):
        change(desk, None, production_delay_to=TODAY + dt.timedelta(days))

    notices = told(desk, "order_delayed")
    assert len(notices) == 2
    assert all(each.urgent and each.people == ("P-0002", "P-0003") for each in notices)


def test_a_cancelled_order_is_told_to_all():
    desk = approved_order()
    change(desk, status="cancelled")

    assert told(desk, "order_cancelled")[0].roles == DEPARTMENTS


def test_a_profit_that_is_too_low_is_told_to_sales():
    desk = approved_order()
    change(desk, None, profit_ok="no", profit_note="below ten percent")

    assert told(desk, "order_profit")[0].people == ("P-0002", "P-0003")


# Receipts (TX-3.3.2) --------------------------------------------------------------------------------------


def test_receipts_must_fit_the_plan():
    desk = company(record("collection", "RC-1", amount=Decimal(100), kind="balance", due_on=TODAY))

    assert faults(change(desk, received=Decimal("100.01"), received_on=TODAY)) == ["collection_received"]
    assert faults(change(desk, received=Decimal(100), received_on=None)) == ["collection_received_on"]
    later = TODAY + dt.timedelta(1)
    assert faults(change(desk, received_on=later)) == ["collection_received_future"]
    assert faults(change(desk, received_on=TODAY)) == []


def test_a_plan_that_no_longer_adds_up_is_pointed_out():
    stood = record("order", "SO-1", owner="P-0003", total=Decimal(100), state=State.APPROVED)
    plan = record("collection", "RC-1", order="SO-1", amount=Decimal(60))
    rest = record("collection", "RC-2", order="SO-1", amount=Decimal(40))

    desk = company(plan, stood, rest)
    assert faults(change(desk)) == []
    wanted = change(desk, amount=Decimal(50))
    assert faults(wanted) == ["collection_sum"]
    assert (
        WORDS.say(wanted.problems[0].what, Lang.EN) == "The instalments add up to 90.00, the order to 100.00."
    )


# Expense claims (IT-5.2) ----------------------------------------------------------------------------------


def test_a_claim_goes_to_manager_finance_and_leader_and_is_then_paid():
    desk = expense()
    change(desk, submit=True)
    for step, role, person in (
        ("first", "manager", "P-0002"),
        ("second", "finance", "P-0004"),
        ("leader", "leader", "P-0001"),
    ):
        assert turns(desk) == [role]
        assert faults(change(desk, None, paid_on=TODAY)) == ["expense_paid"]
        change(desk, None, paid_on=None)
        sign(desk, step, role, person)

    assert desk.record.state is State.APPROVED
    assert told(desk, "expense_approved")[0].roles == ("finance",)
    assert faults(change(desk, None, paid_on=TODAY)) == []
    assert told(desk, "expense_paid")[-1].people == ("P-0003",)


def test_an_invoice_is_claimed_once():
    other = record("expense", "EX-2026-0002", invoice_no="fp-１")
    desk = company(expense().record, other)

    assert faults(change(desk)) == ["unique"]


def test_late_large_or_undocumented_claims_are_pointed_out():
    desk = expense(date=TODAY - dt.timedelta(61), amount=Decimal(10_000), invoice_no=None)

    assert faults(change(desk, submit=True)) == ["expense_late", "expense_large", "expense_invoice"]
    assert turns(desk) == ["manager"]
    assert faults(change(expense(attachments=None), submit=True)) == ["required"]
    assert faults(change(expense(date=TODAY + dt.timedelta(1)))) == ["expense_future"]


# Leads and customers (TX-3.1, TX-3.2) ---------------------------------------------------------------------


def test_a_lead_is_assigned_and_the_rep_is_told():
    desk = company(record("lead", "LD-1", title="Pumps", reported_by="P-0005", found_on=TODAY, status="new"))
    change(desk, "P-0002", owner="P-0003")

    (notice,) = told(desk, "lead_assigned")
    assert (notice.people, notice.urgent) == (("P-0003",), True)
    assert desk.record["status"] == "assigned"
    change(desk, "P-0003", status="following")
    assert desk.record["status"] == "following"
    assert len(told(desk, "lead_assigned")) == 1


@pytest.mark.parametrize(
    ("reporter", "rule", "roles", "people"),
    [
        ("P-0003", "lead_registered", (), ("P-0002",)),
        (None, "lead_handed_over", ("manager",), ()),
    ],
)
def test_a_new_lead_is_told_to_who_assigns_it(reporter, rule, roles, people):
    start = record("lead", "LD-1", title="Pumps", reported_by=reporter, found_on=TODAY, status="new")
    desk = company(start)
    desk.carry_out(apply(BOOK, desk.forms, desk.happened(None, reporter)))

    (notice,) = told(desk, rule)
    assert (notice.roles, notice.people) == (roles, people)


def test_a_converted_lead_has_an_owner_and_a_customer_and_a_lost_one_a_reason():
    desk = company(record("lead", "LD-1", title="Pumps", found_on=TODAY, status="new"))

    assert faults(change(desk, status="converted")) == ["lead_converted", "lead_unassigned"]
    assert faults(change(desk, status="lost")) == ["lead_lost"]


def test_a_customer_that_is_handed_over_is_told_to_both():
    desk = company(record("customer", "CU-9", name="Nova", owner="P-0003"))
    change(desk, "P-0002", owner="P-0002")

    assert told(desk, "customer_handed_over")[0].people == ("P-0002", "P-0003")


# What time brings (TX-4.1) --------------------------------------------------------------------------------


def reminded(days: int, *records: Record) -> list[str]:
    desk = company(record("contact", "CT-0"), *records)
    day = Day(
        forms=desk.forms,
        records=desk.shelf,
        limits={each.key: each.value for each in LIMITS.values()},
        today=TODAY + dt.timedelta(days),
    )
    return [each.rule.removeprefix("reminder.") for each in daily(BOOK, day)]


def test_an_overdue_payment_is_told_until_it_is_paid_or_promised():
    due = {"customer": "CU-0001", "owner": "P-0003", "due_on": TODAY, "amount": Decimal(5)}

    assert reminded(0, record("collection", "RC-1", outstanding=Decimal(5), **due)) == ["collection_near"]
    assert reminded(1, record("collection", "RC-1", outstanding=Decimal(5), **due)) == ["collection_overdue"]
    assert reminded(1, record("collection", "RC-1", outstanding=Decimal(0), **due)) == []
    promised = record("collection", "RC-1", outstanding=Decimal(5), promise_on=TODAY + dt.timedelta(9), **due)
    assert reminded(9, promised) == []
    assert reminded(10, promised) == ["collection_overdue"]


def test_a_payment_is_told_some_working_days_before_it_is_due():
    due = {"customer": "CU-0001", "owner": "P-0003", "due_on": TODAY + dt.timedelta(13), "amount": Decimal(5)}

    # Due on a Monday: three working days before is the Wednesday, five days before.
    assert reminded(7, record("collection", "RC-1", outstanding=Decimal(5), **due)) == []
    assert reminded(8, record("collection", "RC-1", outstanding=Decimal(5), **due)) == ["collection_near"]
    assert reminded(8, record("collection", "RC-1", outstanding=Decimal(0), **due)) == []


def test_what_is_due_on_a_free_day_is_overdue_only_after_the_next_working_day():
    saturday = TODAY + dt.timedelta(4)
    due = {"customer": "CU-0001", "owner": "P-0003", "due_on": saturday, "outstanding": Decimal(5)}

    assert reminded(6, record("collection", "RC-1", **due)) == []
    assert reminded(7, record("collection", "RC-1", **due)) == ["collection_overdue"]


def test_an_order_without_a_contract_or_an_acceptance_is_told_until_it_has_one():
    given = {"owner": "P-0003", "date": TODAY, "customer": "CU-0001", "service_confirmed_on": TODAY}
    bare = record("order", "SO-1", state=State.APPROVED, **given)
    written = record("order", "SO-1", state=State.APPROVED, contract_no="C-7", **given)
    shipped = record("order", "SO-1", state=State.APPROVED, contract_no="C-7", shipped_on=TODAY, **given)
    accepted = record("order", "SO-1", contract_no="C-7", shipped_on=TODAY, accepted_on=TODAY, **given)

    assert [reminded(days, bare) for days in (6, 7)] == [[], ["order_contract"]]
    assert [reminded(days, written) for days in (7, 14)] == [[], []]
    assert [reminded(days, shipped) for days in (13, 14)] == [[], ["order_acceptance"]]
    assert reminded(14, accepted) == []


def test_a_delivery_is_told_before_it_is_due_and_while_it_is_overdue():
    given = {
        "owner": "P-0003",
        "date": TODAY,
        "delivery_on": TODAY + dt.timedelta(10),
        "service_confirmed_on": TODAY,
        "contract_no": "C-7",
    }
    stood = record("order", "SO-1", state=State.APPROVED, **given)

    assert reminded(6, stood) == []
    assert reminded(7, stood) == ["order_delivery_near"]
    # It is due on a Friday: overdue on the Monday after.
    assert reminded(12, stood) == []
    assert reminded(13, stood) == ["order_delivery_overdue"]
    assert reminded(13, record("order", "SO-1", state=State.APPROVED, shipped_on=TODAY, **given)) == []
    assert reminded(13, record("order", "SO-1", state=State.SUBMITTED, **given)) == []


def test_quotations_that_lapse_or_stay_unanswered_are_told():
    stood = {
        "owner": "P-0003",
        "valid_until": TODAY + dt.timedelta(30),
        "sent_on": TODAY,
        "customer": "CU-0001",
    }

    assert reminded(7, record("quotation", "QU-1", state=State.APPROVED, **stood)) == ["quotation_silent"]
    assert reminded(27, record("quotation", "QU-1", state=State.APPROVED, **stood)) == [
        "quotation_lapses",
        "quotation_silent",
    ]
    answered = record("quotation", "QU-1", state=State.APPROVED, feedback="accepted", **stood)
    assert reminded(27, answered) == []
    ordered = record("order", "SO-1", quotation="QU-1", state=State.DRAFT)
    assert reminded(27, record("quotation", "QU-1", state=State.APPROVED, **stood), ordered) == []


def test_follow_ups_are_told_until_they_are_done():
    lead = {"title": "Pumps", "owner": "P-0003", "found_on": TODAY}
    assert reminded(7, record("lead", "LD-1", status="assigned", **lead)) == ["lead_follow_up"]
    assert reminded(7, record("lead", "LD-1", status="converted", **lead)) == []
    talked = record(
        "contact", "CT-1", customer="CU-0001", owner="P-0003", on=TODAY, next_on=TODAY + dt.timedelta(5)
    )
    assert reminded(5, talked) == ["contact_next"]
    again = record("contact", "CT-2", customer="CU-0001", on=TODAY + dt.timedelta(6))
    assert reminded(8, talked, again) == []


# The words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", Lang)
def test_everything_that_the_book_says_can_be_said_in_every_language(lang):
    sentences = [
        *((each.form, sentence) for each in BOOK.checks for sentence in (each.what, each.mend)),
        *((each.form, each.told.headline) for each in (*BOOK.transfers, *BOOK.reminders) if each.told),
    ]
    assert len(sentences) > 100

    for form, sentence in sentences:
        blank = Record(form=form, id=RecordId("x"), number="X-1")
        context = ExpressionContext(
            record=blank, records=company(blank).shelf, forms=FORMS, today=TODAY, limits={}
        )
        assert WORDS.say(said(sentence, context), lang).strip()


def test_every_rule_names_a_clause_of_the_policy():
    assert all(clause[:3] in {"IT-", "TX-"} for each in BOOK.every() for clause in each.clauses)


def test_the_chains_are_those_of_the_policy():
    steps = {
        form: [(each.key, each.roles) for each in chain.steps]
        for form in ("quotation", "order", "expense")
        if (chain := BOOK.chain(FormKey(form))) is not None
    }

    assert steps == {
        "quotation": [("joint", ("finance", "marketing")), ("manager", ("manager",))],
        "order": [("joint", ("finance", "marketing")), ("manager", ("manager",))],
        "expense": [("first", ("manager",)), ("second", ("finance",)), ("leader", ("leader",))],
    }


def test_whoever_gave_an_order_its_presales_has_an_interest_in_it_and_does_not_sign_it():
    desk = order(presales="P-0002")
    change(desk, submit=True)

    (turn,) = whose_turn(desk.run, desk.decisions, desk.shelf, TODAY)
    assert (turn.role, turn.people, turn.up) == ("manager", ("P-0001",), True)
    sign(desk, "manager", "manager", "P-0002")
    assert desk.record.state is State.SUBMITTED


@pytest.mark.parametrize(
    ("limit", "amount", "grade"), [(0, 99_999, "D"), (5000, 4999, "D"), (5000, 5000, "A"), (1, 120, "A")]
)
def test_from_the_leaders_amount_on_the_last_signature_needs_a_one_time_code(limit, amount, grade):
    desk = expense(amount=Decimal(amount))
    desk.shelf = desk.shelf.put(record("limits", "L-code_amount", key="code_amount", value=Decimal(limit)))
    change(desk, submit=True)
    assert desk.run is not None

    assert {each.key: each.grade for each in thaw(desk.run.frozen).taken()} == {
        "first": "D",
        "second": "D",
        "leader": grade,
    }
