"""How many of several must sign, and what becomes of a seat in which nobody sits: told through desks."""

from pathlib import Path

import pytest

from sheet_templates.record import State
from tests.support.office import Office, declares, moved_in, open_office
from tests.support.papers import claim

pytestmark = pytest.mark.long

TWO_OF_THREE = """
[chain.expense]
form = "expense"
clauses = ["IT-5.2.2", "IT-5.2.3"]
show = ["owner", "date", "category", "amount"]
amount = "amount"

[chain.expense.steps.review]
labels = { zh-Hant = "審批", zh-Hans = "审批", en = "Review" }
roles = ["manager", "finance", "leader"]
need = 2
must = ["finance"]
"""


def answers(office: Office, number: str, **words: str) -> State:
    """Let desks choose their words one after the other; return what the claim's state is then."""
    for desk, word in words.items():
        role = {"Mo": "manager", "Finance": "finance", "Lena": "leader"}[desk]
        office.types(desk, "expense", number, **{f"review_{role}": word})
        office.settle()
    return office.record("expense", number).state


def waits(office: Office, desk: str, number: str) -> bool:
    """Return whether a desk's 待辦 has a line about a claim."""
    return any(number in str(cell) for line in office.todo(desk) for cell in line.values())


def test_two_of_three_sign_and_never_without_finance(furnished: Path, tmp_path: Path):
    root = moved_in(furnished, tmp_path)
    declares(root, {"rules/expense.toml": TWO_OF_THREE})
    with open_office(root) as office:
        office.settle()
        first, second, third = (claim(office, "Rae", invoice_no=f"I-{n}") for n in range(3))
        assert all(waits(office, desk, first) for desk in ("Mo", "Finance", "Lena"))

        assert answers(office, first, Mo="Agree", Lena="Agree") is State.SUBMITTED, "two, but not finance"
        assert waits(office, "Finance", first)
        assert answers(office, first, Finance="Agree") is State.APPROVED

        assert answers(office, second, Finance="Agree", Mo="Agree") is State.APPROVED
        assert not waits(office, "Lena", second), "the third need not sign any more"
        assert office.shows("Rae", "expense", second, "state") == "Approved"

        assert answers(office, third, Mo="Agree", Finance="Refuse") is State.REFUSED
        assert office.shows("Rae", "expense", third, "review_finance") == "Refuse"


def test_a_seat_in_which_nobody_sits_never_signs_by_itself_it_goes_up(office: Office):
    office.types("Administrator", "people", "Fay", left=office.clock.now().date())
    office.settle()
    number = claim(office, "Rae")
    office.types("Mo", "expense", number, first_manager="Agree")
    office.settle()
    assert office.record("expense", number).state is State.SUBMITTED
    office.clock.step(days=30)
    office.settle()
    assert office.record("expense", number).state is State.SUBMITTED, "however long it waits"

    assert waits(office, "Lena", number)
    office.types("Lena", "expense", number, second_finance="Agree")
    office.settle()
    decision = office.decisions("expense", number)[-1]
    lena = next(each.number for each in office.every("people") if each["name"] == "Lena")
    assert (decision.step, decision.role, decision.person) == ("second", "finance", lena)


def test_where_nobody_at_all_may_sign_the_administrator_is_told(office: Office):
    office.types("Administrator", "people", "Lena", left=office.clock.now().date())
    office.settle()
    number = claim(office, "Rae")
    for desk, column in (("Mo", "first_manager"), ("Finance", "second_finance")):
        office.types(desk, "expense", number, **{column: "Agree"})
        office.settle()

    assert office.record("expense", number).state is State.SUBMITTED
    told = [repr(each) for each in office.store.notices() if number in repr(each)]
    assert [each for each in told if "chain.nobody" in each or "nobody" in each], told
    assert len(office.decisions("expense", number)) == 2
