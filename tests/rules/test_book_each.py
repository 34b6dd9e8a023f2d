"""Tests for the rules of the shipped book that no passage of `test_book` shows: each with what it finds and what not."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from rules.apply import apply, daily
from rules.effect import Notify, Run
from rules.frozen import freeze
from rules.happened import Happened
from rules.reminder import Day
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State
from tests.support import shipped
from tests.support.book import NOW
from tests.support.small import Shelf, record

FORMS = shipped.forms()
LIMITS = {each.key: each.value for each in shipped.limits().values()}
BOOK = shipped.book()
TODAY = NOW.date()


def day(after: int) -> dt.date:
    return TODAY + dt.timedelta(after)


STAFF = (
    record("people", "P-0001", name="Lena", role="leader"),
    record("people", "P-0002", name="Mo", role="manager", superior="P-0001"),
    record("people", "P-0003", name="Rae", role="rep", superior="P-0002"),
    record("people", "P-0004", name="Fay", role="finance", superior="P-0001"),
    record("customer", "CU-0001", name="Acme", owner="P-0003"),
    record("product", "PR-001", name="Drill", price=Decimal(1000)),
    record("product", "PR-002", name="Old drill", price=Decimal(10), discontinued=True),
)
QUOTED: dict[str, Any] = {"customer": "CU-0001", "owner": "P-0003", "date": TODAY, "valid_until": day(30)}
ORDERED: dict[str, Any] = {
    "customer": "CU-0001",
    "owner": "P-0003",
    "date": TODAY,
    "delivery_on": day(20),
    "delivery_place": "Dock 4",
    "deposit_percent": Decimal("0.3"),
}
CLAIMED: dict[str, Any] = {
    "owner": "P-0003",
    "date": TODAY,
    "category": "travel",
    "description": "Train",
    "amount": Decimal(120),
    "attachments": "ticket.pdf",
}
LEAD: dict[str, Any] = {"title": "Pumps", "source": "web", "owner": "P-0003", "found_on": TODAY}


def happened(before: Record | None, after: Record, *others: Record) -> Happened:
    shelf = Shelf(*STAFF, *others, after)
    return Happened(before=before, after=after, records=shelf, now=NOW, limits=LIMITS, person="P-0003")


def faults(after: Record, *others: Record) -> set[str]:
    return {each.what.key for each in apply(BOOK, FORMS, happened(None, after, *others)).problems}


@pytest.mark.parametrize(
    ("form", "stands", "wrong", "right", "rule"),
    [
        ("contact", {"on": TODAY}, {"on": day(1)}, {"on": TODAY}, "contact_future"),
        ("people", {"name": "Ann"}, {"superior": "P-9"}, {"superior": "P-0002"}, "people_superior"),
        ("people", {"left": TODAY}, {}, {"successor": "P-0002"}, "people_successor"),
        (
            "expense",
            {**CLAIMED, "category": "entertainment", "submit": True},
            {},
            {"customer": "CU-0001"},
            "expense_entertainment",
        ),
        ("lead", LEAD, {"follow_up_by": day(-1)}, {"follow_up_by": TODAY}, "lead_follow_up_by"),
        ("lead", LEAD, {"closed_on": day(-1)}, {"closed_on": day(1)}, "lead_closed"),
        ("lead", LEAD, {"next_step": "call"}, {"next_step": "call", "next_on": day(1)}, "lead_next"),
        ("order", ORDERED, {"shipped_on": day(-1)}, {"shipped_on": day(1)}, "order_shipped_early"),
        (
            "order",
            ORDERED,
            {"production_delay_to": day(20)},
            {"production_delay_to": day(21)},
            "order_delay_later",
        ),
        (
            "order",
            ORDERED,
            {"production_plan_on": day(21)},
            {"production_plan_on": day(21), "production_delay_to": day(25)},
            "order_plan_late",
        ),
        ("order_line", {"quantity": Decimal(1)}, {"product": "PR-002"}, {"product": "PR-001"}, "order_line_discontinued"),
        (
            "quotation_line",
            {"quantity": Decimal(1)},
            {"product": "PR-002"},
            {"product": "PR-001"},
            "quotation_line_discontinued",
        ),
        ("quotation", QUOTED, {"sent_on": day(-1)}, {"sent_on": TODAY}, "quotation_sent_early"),
        (
            "quotation",
            QUOTED,
            {"feedback": "accepted"},
            {"feedback": "accepted", "sent_on": TODAY},
            "quotation_feedback",
        ),
        ("quotation", {**QUOTED, "submit": True}, {}, {"submit": None}, "quotation_lines"),
        ("limits", {"key": "work_end_hour"}, {"value": Decimal(9)}, {"value": Decimal(17)}, "work_end_hour"),
        ("limits", {"key": "work_end_hour"}, {"value": Decimal(25)}, {"value": Decimal(24)}, "work_end_hour"),
        ("limits", {"key": "work_start_hour"}, {"value": Decimal(18)}, {"value": Decimal(8)}, "work_start_hour"),
        ("limits", {"key": "work_days"}, {"value": Decimal("5.5")}, {"value": Decimal(6)}, "work_days"),
    ],
)  # fmt: skip
def test_a_check_finds_what_is_wrong_and_leaves_what_is_right(form, stands, wrong, right, rule):
    assert f"check.{rule}" in faults(record(form, "P-9", **{**stands, **wrong}))
    assert f"check.{rule}" not in faults(record(form, "P-9", **{**stands, **right}))


@pytest.mark.parametrize("form", ["quotation", "order"])
def test_lines_that_come_to_nothing_are_not_put_up_for_sign_off(form):
    given = {"quotation": QUOTED, "order": ORDERED}[form]
    start = record(form, "X-1", submit=True, total=Decimal(0), **given)
    line = record(
        f"{form}_line", "XL-1", **{form: "X-1"}, product="PR-001", quantity=Decimal(0), amount=Decimal(0)
    )

    assert f"check.{form}_total" in faults(start, line)


@pytest.mark.parametrize(
    ("form", "before", "after", "rule", "people", "roles"),
    [
        (
            "collection",
            {"owner": "P-0003", "outstanding": Decimal(5)},
            {"promise_on": day(9)},
            "collection_promised",
            (),
            ("finance",),
        ),
        (
            "customer",
            {"name": "Star", "owner": "P-0003"},
            {"correction": "moved"},
            "customer_corrected",
            ("P-0003",),
            (),
        ),
        ("lead", LEAD, {"important": True}, "lead_important", ("P-0002",), ()),
        ("lead", LEAD, {"guidance": "go there"}, "lead_guided", ("P-0003",), ()),
        ("order", ORDERED, {"marketing_fit": "against"}, "order_marketing", ("P-0003", "P-0002"), ()),
        ("order", ORDERED, {"accepted_on": TODAY}, "order_accepted", ("P-0002",), ("service", "finance")),
    ],
)
def test_a_transfer_tells_whom_it_concerns_once(*, form, before, after, rule, people, roles):
    was = record(form, "X-1", **before)
    now = record(form, "X-1", **{**before, **after})

    def notices(happening: Happened) -> list[Notify]:
        wanted = apply(BOOK, FORMS, happening).effects
        return [each for each in wanted if isinstance(each, Notify) and each.rule == f"transfer.{rule}"]

    (notice,) = notices(happened(was, now))
    assert (set(notice.people), set(notice.roles)) == (set(people), set(roles))
    assert notices(happened(now, now)) == []


def reminded(after: int, *records: Record, runs: dict[Any, Any] | None = None) -> list[Notify]:
    return list(
        daily(
            BOOK,
            Day(
                forms=FORMS, records=Shelf(*STAFF, *records), limits=LIMITS, today=day(after), runs=runs or {}
            ),
        )
    )


@pytest.mark.parametrize(
    ("form", "stands", "from_day", "done", "rule", "roles"),
    [
        ("expense", CLAIMED, 30, {"paid_on": TODAY}, "expense_unpaid", ("finance",)),
        ("order", ORDERED, 3, {"service_confirmed_on": TODAY}, "order_unconfirmed", ("service",)),
        (
            "order",
            {**ORDERED, "technical_due": day(5)},
            5,
            {"technical_done_on": TODAY},
            "order_technical_due",
            ("technical",),
        ),
        (
            "order",
            {**ORDERED, "procurement_due": day(5)},
            5,
            {"procurement_done_on": TODAY},
            "order_procurement_due",
            ("procurement",),
        ),
    ],
)
def test_a_department_is_reminded_from_the_day_on_until_it_has_done_its_part(
    *, form, stands, from_day, done, rule, roles
):
    waits = record(form, "X-1", state=State.APPROVED, **stands)
    over = record(form, "X-1", state=State.APPROVED, **{**stands, **done})

    def said(after: int, each: Record) -> list[tuple[str, ...]]:
        return [notice.roles for notice in reminded(after, each) if notice.rule == f"reminder.{rule}"]

    assert said(from_day - 1, waits) == []
    assert said(from_day, waits) == [roles]
    assert said(from_day, over) == []


@pytest.mark.parametrize(
    ("form", "stands", "signer"),
    [("quotation", QUOTED, "P-0002"), ("order", ORDERED, "P-0002"), ("expense", CLAIMED, "P-0002")],
)
def test_a_sign_off_that_waits_a_day_is_told_to_whose_turn_it_is(form, stands, signer):
    waits = record(form, "X-1", state=State.SUBMITTED, submit=True, **stands)
    chain = BOOK.chain(FormKey(form))
    assert chain is not None
    first = next(step for step in chain.steps if step.roles == ("manager",))
    run = Run(
        form=waits.form,
        record=waits.id,
        chain=chain.key,
        frozen=freeze(chain, FORMS[FormKey(form)].owner, [first.key], {}).dump(),
        round=1,
        state=State.SUBMITTED,
        content="",
        submitted_by="P-0003",
        submitted_at=NOW,
        material={},
    )
    runs = {(waits.form, waits.id): (run, ())}

    def said(after: int) -> list[tuple[str, ...]]:
        found = reminded(after, waits, runs=runs)
        return [each.people for each in found if each.rule == f"reminder.{form}_waiting"]

    assert said(0) == []
    assert said(1) == [(signer,)]
