"""Stories of contracts and budgets through real desks, in the words of the policy (IT-3.3.2, IT-5.3.1)."""

import pytest

from rules.effect import Decision
from rules.turn import in_force as standing
from sheet_templates.form import DeskKey, FormKey
from sheet_templates.record import State
from tests.support.office import Office

pytestmark = pytest.mark.long


TERMS = {"payment_terms": "30 days", "delivery": "two weeks"}


def state(office: Office, number: str, form: str = "contract") -> State:
    return office.record(form, number).state


def in_force(office: Office, number: str) -> tuple[Decision, ...]:
    """Return the sign-offs of a contract that count."""
    run = office.store.run(FormKey("contract"), office.record("contract", number).id)
    assert run is not None
    return standing(run, office.decisions("contract", number))


def test_a_contract_is_reviewed_round_by_round_and_signed_by_who_may_in_the_version_that_was_agreed_to(
    office,
):
    office.types("Administrator", "people", "Lena", authorised=True)
    office.settle()
    office.signs_settings()
    office.adds(
        "Rae",
        "contract",
        title="Pumps",
        customer="Acme",
        version="1",
        file="pumps v1.docx",
        amount=9000,
        **TERMS,
    )
    office.settle()
    number = office.every("contract")[0].number
    office.types("Rae", "contract", number, submit="Yes")
    office.settle()

    # First round: he may not agree before the review is complete; then he returns it.
    office.types("Mo", "contract", number, review_manager="Agree")
    office.settle()
    assert office.decisions("contract", number) == ()
    assert "the review must be complete" in office.check("Mo", "contract", number)
    office.types(
        "Mo",
        "contract",
        number,
        legality="With concerns",
        completeness="In order",
        risk_points="no cap on damages",
        comments="cap the damages",
        review_manager="Return",
    )
    office.settle()
    assert state(office, number) is State.RETURNED

    # Second round: revised, agreed to; who is no authorised representative does not sign.
    office.types("Rae", "contract", number, version="2", file="pumps v2.docx", submit="Yes")
    office.settle()
    office.types("Mo", "contract", number, legality="In order", risk_points="none", review_manager="Agree")
    office.settle()
    assert "Lena" in str(office.shows("Rae", "contract", number, "state"))
    office.types("Mo", "contract", number, sign_manager="Agree")
    office.settle()
    assert state(office, number) is State.SUBMITTED
    assert "sign.not_yours" in [each.what.key for each in office.store.problems(DeskKey("P-0002"))]

    # The text is exchanged behind the agreed version: nothing of the review stands, and Lena signs nothing.
    office.opens("Lena")
    office.types("Rae", "contract", number, file="pumps v2 final.docx")
    office.settle()
    office.types("Lena", "contract", number, sign_leader="Agree")
    office.closes("Lena")
    office.settle()
    assert state(office, number) is State.SUBMITTED
    assert in_force(office, number) == ()
    assert "Contract text: pumps v2.docx → pumps v2 final.docx" in office.check("Mo", "contract", number)

    office.types("Mo", "contract", number, review_manager="Agree")
    office.settle()
    office.types("Lena", "contract", number, sign_leader="Agree")
    office.settle()
    assert state(office, number) is State.APPROVED
    run = office.store.run(FormKey("contract"), office.record("contract", number).id)
    assert run is not None
    signed = in_force(office, number)
    assert [(each.step, each.content) for each in signed] == [("review", run.content), ("sign", run.content)]

    rounds = office.every("contract_review")
    assert [(each["round"], each["version"], each["result"]) for each in rounds] == [
        (1, "1", "returned"),
        (2, "2", "signed"),
    ]
    assert office.shows("Rae", "contract_review", rounds[0].number, "comments") == "cap the damages"
    assert office.has("Finance", "contract", number)


def test_what_goes_beyond_a_budget_waits_until_the_leader_has_added_to_it(office):
    office.adds("Finance", "budget", title="Travel 2026", year=2026, category="Travel", amount=100)
    office.settle()
    claim = {"date": "2026-10-26", "category": "Travel", "description": "Fair", "attachments": "a.pdf"}
    office.adds(
        "Rae", "expense", **claim, invoice_no="12345678", budget="Travel 2026", amount=150, submit="Yes"
    )
    office.settle()
    number = office.every("expense")[0].number
    assert state(office, number, "expense") is State.DRAFT
    assert "beyond what is left of the budget “Travel 2026”" in office.check("Rae", "expense", number)

    office.adds(
        "Rae",
        "budget_request",
        budget="Travel 2026",
        amount=60,
        needed_on="2026-10-27",
        reason="the fair",
        submit="Yes",
    )
    office.settle()
    request = office.every("budget_request")[0].number
    assert office.shows("Lena", "budget_request", request, "left") == 100
    office.types("Lena", "budget_request", request, leader_leader="Agree")
    office.settle()
    assert state(office, request, "budget_request") is State.APPROVED
    assert office.shows("Finance", "budget", office.every("budget")[0].number, "left") == 160

    office.types("Rae", "expense", number, submit=None)
    office.settle()
    office.types("Rae", "expense", number, submit="Yes")
    office.settle()
    assert state(office, number, "expense") is State.SUBMITTED
    assert office.check("Rae", "expense", number) == ""
