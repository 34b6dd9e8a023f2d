"""What reports are told of sign-offs: from the journal of real desks (TX-4.1)."""

import datetime as dt
from decimal import Decimal

from reports.period import Period
from sync.sign_offs import SignOffs

OCTOBER = Period.parse("2026-10")


def claim(office):
    """Let Rae put a claim up on Monday at nine."""
    office.adds(
        "Rae",
        "expense",
        date=dt.date(2026, 10, 26),
        category="Travel",
        description="Train",
        amount=Decimal(100),
        attachments="bill.pdf",
        invoice_no="F1",
        submit="Yes",
    )
    office.settle()
    return office.every("expense")[0]


def found(office) -> SignOffs:
    return SignOffs(office.declared, office.store, office.clock.now())


def test_each_step_is_waited_for_from_the_one_before_in_working_time(office):
    number = claim(office).number
    office.clock.step(hours=26)
    office.types("Mo", "expense", number, first_manager="Agree")
    office.settle()
    office.clock.step(hours=1)

    (given,) = found(office).given(OCTOBER)
    (waiting,) = found(office).awaited()

    # Monday nine to six, and two hours of Tuesday; then an hour for finance.
    assert (round(given.hours), given.step.en, given.up, given.grade in "CD") == (
        11,
        "Manager's first review",
        False,
        True,
    )
    assert (round(waiting.hours), waiting.role, waiting.people) == (
        1,
        "finance",
        (office.record("people", "Fay").number,),
    )
    assert found(office).given(OCTOBER.previous) == ()


def test_what_was_changed_begins_anew_and_says_why_the_first_one_no_longer_counts(office):
    number = claim(office).number
    office.types("Mo", "expense", number, first_manager="Agree")
    office.settle()
    office.clock.step(hours=3)
    office.types("Rae", "expense", number, amount=Decimal(900))
    office.settle()
    office.clock.step(hours=2)

    (given,) = found(office).given(OCTOBER)
    (waiting,) = found(office).awaited()

    assert given.voided == "chain.void.changed"
    assert (waiting.role, round(waiting.hours)) == ("manager", 2)
