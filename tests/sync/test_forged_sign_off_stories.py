"""No forged or stale sign-off: stories of what counts as a signature, and what does not."""

import datetime as dt
from decimal import Decimal

import pytest

from rules.effect import Verdict
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State, text
from sync.todo import LINES
from tests.support.office import Office
from tests.support.papers import approved, claim, submitted

CUSTOMER, QUOTATION, LINE = FormKey("customer"), FormKey("quotation"), FormKey("quotation_line")
EXPENSE, ORDER, ORDER_LINE = FormKey("expense"), FormKey("order"), FormKey("order_line")
TODAY = dt.date(2026, 10, 26)


def test_a_quotation_is_approved_by_the_reps_own_manager(office):
    number = approved(office)

    (decision,) = office.decisions("quotation", number)
    mo = next(each.number for each in office.every("people") if each["name"] == "Mo")
    assert (decision.person, decision.verdict, decision.step) == (mo, Verdict.AGREE, "manager")
    assert office.shows("Rae", "quotation", number, "manager_manager") == "Agree"
    assert office.shows("Rae", "quotation", number, "state") == "Approved"


def test_a_large_quotation_is_reviewed_by_finance_and_marketing_before_the_manager(office):
    number = submitted(office, quantity=20, product="Pump")
    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()
    assert office.decisions("quotation", number) == ()
    assert "sign.out_of_turn" in office.problems("P-0006") + office.problems()

    for desk, column in (
        ("Finance", "joint_finance"),
        ("Marketing", "joint_marketing"),
        ("Mo", "manager_manager"),
    ):
        office.types(desk, "quotation", number, **{column: "Agree"})
        office.settle()

    assert office.record("quotation", number).state is State.APPROVED


def not_approved(office: Office, number: str) -> None:
    assert office.record("quotation", number).state is not State.APPROVED
    assert [each for each in office.decisions("quotation", number) if each.voided is None] == []


def test_a_rep_cannot_sign_in_her_own_desk(office):
    number = submitted(office)

    office.types("Rae", "quotation", number, manager_manager="Agree")
    office.settle()

    not_approved(office, number)
    assert office.shows("Rae", "quotation", number, "manager_manager") is None
    assert office.journal("reject") == ["Agree"]


def test_content_that_changed_while_the_signers_file_was_open_is_not_approved(office):
    number = submitted(office)
    office.opens("Mo")
    line = office.every("quotation_line")[0].number
    office.types("Rae", "quotation_line", line, quantity=Decimal(900))
    office.settle()

    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.closes("Mo")
    office.settle()

    not_approved(office, number)
    assert "sign.stale" in office.problems()
    assert office.shows("Mo", "quotation", number, "manager_manager") is None


@pytest.mark.parametrize(
    ("form", "field", "typed"),
    [
        ("quotation", "total", Decimal(1)),
        ("quotation_line", "quantity", Decimal(1)),
        ("quotation", "delivery", "today"),
    ],
)
def test_who_overtypes_what_stands_beside_his_signature_signs_nothing(office, form, field, typed):
    number = submitted(office)
    named = number if form == "quotation" else office.every(form)[0].number

    office.types("Mo", form, named, **{field: typed})
    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()

    not_approved(office, number)
    assert "sign.stale" in office.problems()


def test_a_change_after_approval_voids_it_and_says_so(office):
    number = approved(office)

    office.types("Rae", "quotation_line", office.every("quotation_line")[0].number, unit_price=Decimal(1))
    office.settle()

    quotation = office.record("quotation", number)
    assert quotation.state is State.SUBMITTED, "it goes round again"
    not_approved(office, number)
    assert office.shows("Mo", "quotation", number, "manager_manager") is None
    office.mailroom.urgent(office.clock.now())
    told = [each for each in office.store.messages() if number in each.subject + each.text]
    assert {"rae@example.com", "mo@example.com"} <= {each.to for each in told}


def test_a_copy_of_an_approved_row_is_not_approved(office):
    number = approved(office)
    path = office.path("Rae")
    at = office.person.copy_row(path, QUOTATION, office.at("Rae", "quotation", number))
    office.person.type_cell(path, QUOTATION, at, FieldKey("remarks"), "the copy")
    office.settle()

    copy = next(each for each in office.every("quotation") if each["remarks"] == "the copy")
    assert (copy.state, copy.number != number) == (State.DRAFT, True)
    not_approved(office, copy.number)
    assert office.shows("Rae", "quotation", copy.number, "manager_manager") is None
    assert office.record("quotation", number).state is State.APPROVED


def test_an_old_signed_copy_that_comes_back_signs_nothing(office):
    number = submitted(office)
    office.types("Mo", "quotation", number, manager_manager="Agree")
    signed = office.person.take(office.path("Mo"))
    office.settle()
    office.types("Rae", "quotation_line", office.every("quotation_line")[0].number, quantity=Decimal(700))
    office.settle()
    not_approved(office, number)

    office.person.put_back(office.path("Mo"), signed)
    office.settle()

    not_approved(office, number)
    assert office.shows("Mo", "quotation", number, "manager_manager") is None


def test_a_signed_copy_of_the_managers_desk_in_another_folder_counts_for_nothing(office):
    """Whoever may write in a rep's folder may make a file that calls itself the manager's."""
    number = submitted(office)
    prepared = office.person.take(office.path("Mo"))
    forged = office.path("Rae").with_name("Mo.xlsx")
    office.person.put_back(forged, prepared)
    at = office.at("Mo", "quotation", number)
    office.person.type_cell(forged, QUOTATION, at, FieldKey("manager_manager"), "Agree")

    office.settle()

    not_approved(office, number)
    assert "file.astray" in office.problems()
    assert "In another folder (Rae) lies a copy of your desk: Mo.xlsx" in office.hints("Mo"), (
        "he learns of it"
    )

    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()
    assert office.record("quotation", number).state is State.APPROVED, "his own desk goes on"


def test_a_file_put_over_anothers_is_held_whole(office):
    number = submitted(office)
    own = office.person.take(office.path("Mo"))
    office.person.put_back(office.path("Mo"), office.person.take(office.path("Rae")))
    office.settle()

    not_approved(office, number)
    assert office.problem("P-0002", "file.other_desk").mend.key == "file.other_desk.mend"
    assert office.problem("P-0002", "file.other_desk").what == text(
        "file.other_desk", file="Mo.xlsx", whose="Rae"
    )

    office.person.put_back(office.path("Mo"), own)
    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()
    assert office.record("quotation", number).state is State.APPROVED
    assert office.problems() == []


def test_nobody_signs_his_own_expenses(office):
    number = claim(office, "Mo")

    office.types("Mo", "expense", number, first_manager="Agree")
    office.settle()
    assert office.decisions("expense", number) == ()
    assert "sign.own" in office.problems()

    office.types("Lena", "expense", number, first_manager="Agree")
    office.settle()
    (decision,) = office.decisions("expense", number)
    assert decision.step == "first", "it went up to the leader"


def test_an_expense_is_approved_by_manager_finance_and_leader_and_only_then_paid(office):
    number = claim(office, "Rae")
    office.types("Finance", "expense", number, paid_on=TODAY)
    office.settle()
    assert office.value("expense", number, "paid_on") is None, "it waits: not approved yet"
    for desk, column in (("Mo", "first_manager"), ("Finance", "second_finance"), ("Lena", "leader_leader")):
        office.types(desk, "expense", number, **{column: "Agree", f"{column}_opinion": f"fine, says {desk}"})
        office.settle()

    assert office.record("expense", number).state is State.APPROVED
    assert [each.opinion for each in office.decisions("expense", number)] == [
        "fine, says Mo",
        "fine, says Finance",
        "fine, says Lena",
    ]
    office.types("Rae", "expense", number, customer="Acme")
    office.types("Finance", "expense", number, paid_on=TODAY)
    office.settle()
    assert office.value("expense", number, "paid_on") == TODAY


def test_a_signature_in_a_desk_that_several_share_is_weaker_evidence(office):
    office.adds("Administrator", "people", name="Flo", role="Finance", superior="Lena")
    office.settle()
    office.signs_settings()
    number = claim(office, "Rae")
    for desk, column in (("Mo", "first_manager"), ("Finance", "second_finance")):
        office.types(desk, "expense", number, **{column: "Agree"})
        office.settle()

    assert [each.grade for each in office.decisions("expense", number)][1] == "D"


def test_a_returned_quotation_comes_back_with_the_managers_words(office):
    number = submitted(office)

    office.types("Mo", "quotation", number, manager_manager="Return", manager_manager_opinion="too cheap")
    office.settle()

    assert office.record("quotation", number).state is State.RETURNED
    assert office.shows("Rae", "quotation", number, "manager_manager_opinion") == "too cheap"
    assert office.shows("Rae", "quotation", number, "submit") is None
    assert office.store.drafts(office.desk("Mo").key) == {}


def test_what_waits_for_a_decision_stands_on_the_signers_list_until_it_is_decided(office):
    number = submitted(office)
    assert [line[FieldKey("subject_number")] for line in office.todo("Mo")] == [number]
    first = office.person.rows(office.path("Mo"), FormKey("todo"))[0].at

    office.types("Mo", "quotation", number, manager_manager="Agree")
    office.settle()
    assert office.todo("Mo") == []

    again = submitted(office)
    assert [line[FieldKey("subject_number")] for line in office.todo("Mo")] == [again]
    assert office.person.rows(office.path("Mo"), FormKey("todo"))[0].at == first < LINES
