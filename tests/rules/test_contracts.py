"""Contracts and budgets by the shipped book: each test is a passage of IT-3.3 or IT-5.3."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from rules.content import material_changes
from rules.frozen import thaw
from rules.turn import in_force, whose_turn
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State
from tests.rules.test_book import BOOK, FORMS, STAFF, TODAY, all_agree, change, faults, sign, told
from tests.support.book import Desk
from tests.support.small import record

REVIEWED = {"legality": "ok", "completeness": "ok", "risk_points": "None"}
NIA = record("people", "P-0008", name="Nia", role="manager", superior="P-0001", authorised=True)


def contract(*others: Record, authorised: bool = True, **values: Any) -> Desk:
    given = {
        "title": "Drills for Acme",
        "customer": "CU-0001",
        "owner": "P-0003",
        "date": TODAY,
        "version": "V1",
        "file": "acme-v1.docx",
        "amount": Decimal(9000),
        "payment_terms": "30 days",
        **values,
    }
    lena = record("people", "P-0001", name="Lena", role="leader", authorised=authorised or None)
    desk = Desk(
        BOOK, record("contract", "HT-2026-0001", **given), others=(*STAFF, lena, *others), forms=FORMS
    )
    change(desk, submit=True)
    return desk


def seats(desk: Desk) -> list[tuple[str, str, tuple[str, ...]]]:
    found = whose_turn(desk.run, desk.decisions, desk.shelf, TODAY)
    return [(each.step, each.role, each.people) for each in found]


def agree(desk: Desk) -> None:
    """Let the manager fill in the review and agree."""
    change(desk, "P-0002", **REVIEWED)
    sign(desk, "review", "manager", "P-0002")


def test_a_contract_is_agreed_to_only_when_it_was_reviewed():
    desk = contract()
    sign(desk, "review", "manager", "P-0002")
    assert seats(desk) == [("review", "manager", ("P-0002",))]

    change(desk, "P-0002", **{**REVIEWED, "legality": "concern"})
    sign(desk, "review", "manager", "P-0002")
    assert seats(desk) == [("review", "manager", ("P-0002",))]

    agree(desk)
    assert seats(desk) == [("sign", "leader", ("P-0001",))]


def test_only_an_authorised_representative_signs_whoever_he_is():
    desk = contract(NIA, authorised=False)
    agree(desk)

    assert seats(desk) == [("sign", "manager", ("P-0008",))]
    sign(desk, "sign", "leader", "P-0001")
    sign(desk, "sign", "manager", "P-0002")
    assert desk.record.state is State.SUBMITTED
    sign(desk, "sign", "manager", "P-0008")
    assert desk.record.state is State.APPROVED
    assert desk.record["signed_on"] == TODAY


def test_where_nobody_is_authorised_nothing_is_signed():
    desk = contract(authorised=False)
    agree(desk)

    assert {each[2] for each in seats(desk)} == {()}
    assert any(each.roles == ("admin",) and each.urgent for each in desk.told.values())


def test_each_round_of_the_review_is_kept():
    desk = contract()
    change(desk, "P-0002", legality="concern", completeness="ok", risk_points="Penalty", comments="Cap it")
    sign(desk, "review", "manager", "P-0002", "return")
    assert desk.record.state is State.RETURNED
    change(desk, version="V2", file="acme-v2.docx", submit=True)
    agree(desk)
    sign(desk, "sign", "leader", "P-0001")

    assert desk.record.state is State.APPROVED
    kept = [(each.values["version"], each.values["result"]) for each in desk.created.values()]
    assert kept == [("V1", "returned"), ("V2", "signed")]
    assert next(iter(desk.created.values())).values["comments"] == "Cap it"
    (notice,) = told(desk, "contract_signed")
    assert notice.roles == ("finance", "service", "technical")


@pytest.mark.parametrize("key", ["file", "amount", "payment_terms", "version"])
def test_nothing_is_signed_that_was_not_agreed_to_in_its_present_version(key):
    desk = contract()
    agree(desk)
    new = Decimal(8000) if key == "amount" else "another"
    change(desk, **{key: new})

    assert seats(desk) == [("review", "manager", ("P-0002",))]
    sign(desk, "sign", "leader", "P-0001")
    assert desk.record.state is State.SUBMITTED
    sign(desk, "review", "manager", "P-0002")
    sign(desk, "sign", "leader", "P-0001")
    assert desk.record.state is State.APPROVED
    assert desk.run is not None
    assert material_changes(desk.record, (), desk.run.material, thaw(desk.run.frozen).material) == ()
    assert len(in_force(desk.run, desk.decisions)) == 2


def test_a_contract_fits_its_quotation():
    other = record("quotation", "QU-9", state=State.SUBMITTED, customer="CU-0001", owner="P-0003")
    desk = contract(other, quotation="QU-9")

    assert desk.run is None
    assert "contract_quotation" in faults(change(desk, version="V2"))


# Budgets --------------------------------------------------------------------------------------------------

BUDGET = record(
    "budget", "BU-1", title="Travel", year=Decimal(TODAY.year), category="travel", amount=Decimal(1000)
)


def claim(amount: int, *others: Record, **values: Any) -> Desk:
    given = {
        "owner": "P-0003",
        "date": TODAY,
        "category": "travel",
        "description": "Fair",
        "amount": Decimal(amount),
        "budget": "BU-1",
        "invoice_no": "FP-1",
        "attachments": "x.pdf",
        **values,
    }
    return Desk(BOOK, record("expense", "EX-1", **given), others=(*STAFF, BUDGET, *others), forms=FORMS)


def spent(amount: int, state: State = State.APPROVED) -> Record:
    return record("expense", "EX-9", state=state, owner="P-0003", budget="BU-1", amount=Decimal(amount))


def added(amount: int, days: int = 0, state: State = State.APPROVED) -> Record:
    return record(
        "budget_request",
        "BR-9",
        state=state,
        owner="P-0003",
        budget="BU-1",
        amount=Decimal(amount),
        decided_on=TODAY + dt.timedelta(days),
    )


@pytest.mark.parametrize(
    ("amount", "others", "held"),
    [
        (1000, [], False),
        (1001, [], True),
        (600, [spent(500)], True),
        (600, [spent(500, State.SUBMITTED)], True),
        (600, [spent(500, State.DRAFT)], False),
        (600, [spent(500), added(100)], False),
        (600, [spent(500), added(99)], True),
        (600, [spent(500), added(100, days=1)], True),
        (600, [spent(500), added(100, state=State.SUBMITTED)], True),
    ],
)
def test_what_goes_beyond_a_budget_is_held_unless_more_was_approved_by_the_day_of_the_expense(
    amount, others, held
):
    desk = claim(amount, *others)
    wanted = change(desk, submit=True)

    assert ("expense_budget" in faults(wanted)) == held
    assert (desk.run is None) == held


def test_a_claim_is_charged_to_a_budget_of_its_category_and_year():
    assert "expense_budget_category" in faults(change(claim(10, category="communication")))
    assert "expense_budget_category" in faults(change(claim(10, date=TODAY - dt.timedelta(400))))
    assert "expense_budget_category" not in faults(change(claim(10)))


def request(**values: Any) -> Desk:
    given = {
        "owner": "P-0003",
        "date": TODAY,
        "budget": "BU-1",
        "amount": Decimal(500),
        "needed_on": TODAY,
        "reason": "Another fair",
        **values,
    }
    return Desk(BOOK, record("budget_request", "BR-1", **given), others=(*STAFF, BUDGET), forms=FORMS)


def test_more_is_applied_for_beforehand_and_the_leader_approves():
    desk = request()
    change(desk, submit=True)
    assert seats(desk) == [("leader", "leader", ("P-0001",))]
    all_agree(desk)

    assert desk.record["decided_on"] == TODAY
    assert [each.roles for each in told(desk, "budget_request_approved")] == [("finance",)]
    late = request(needed_on=TODAY - dt.timedelta(1))
    assert "budget_request_prior" in faults(change(late, submit=True))
    assert late.run is None


def test_a_budget_says_what_is_left():
    budget = Desk(BOOK, BUDGET, others=(*STAFF, spent(300), added(100)), forms=FORMS)
    change(budget, "P-0004", team="East")

    assert (budget.record["used"], budget.record["added"]) == (Decimal(300), Decimal(100))
    assert budget.record["left"] == Decimal(800)
    assert FormKey("budget") == budget.record.form
