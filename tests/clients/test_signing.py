"""Signing lived through in LibreOffice: a joint review, an order change, and every forgery that a desk invites."""

import datetime as dt
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from sheet_templates.record import State
from sync import evidence_command
from sync.exits import Exit
from sync.faults import UsageError
from sync.trust import look_at_rights
from tests.clients.conftest import SitsDown
from tests.support.letters import Letters
from tests.support.libreoffice import Client
from tests.support.office import Office, declares, moved_in, open_office
from tests.support.papers import ordered, put_up
from tests.support.seat import HEADER, Seat

pytestmark = pytest.mark.client

LATER = dt.date(2026, 12, 15)
BOOK = Path(__file__).parents[2] / "rules" / "book"


def state(office: Office, number: str, form: str = "order") -> str:
    """Return what the rep's desk says of a record's approval."""
    return str(office.shows("Rae", form, number, "state"))


def test_an_order_split_in_two_is_reviewed_jointly_returned_revised_and_signed_by_whom_each_change_concerns(
    office: Office, sits: SitsDown
):
    letters = Letters(office)
    ordered(office, quantity=6)
    letters.fresh()

    # Half of it again: each is below the limit, both together are not.
    rae = sits("Rae")
    rae.adds(
        "order",
        number="new2",
        customer="Acme",
        delivery_on="12/1/2026",
        delivery_place="Harbour 7",
        submit="Yes",
    )
    rae.adds("order_line", order="new2", product="Pump", quantity="5")
    rae.leaves()
    office.settle()
    number = office.every("order")[-1].number
    assert office.value("order", number, "total") < 50_000
    assert state(office, number) == "Joint review: waits for Finance and Marketing"
    told = letters.fresh()
    assert [each.to for each in told] == ["fay@example.com", "max@example.com"]
    for each, column in zip(told, ("Finance: decision", "Marketing: decision"), strict=True):
        assert f"in the sheet “Sales orders”, in the column “{column}”" in each.text
        assert "Customer's orders in the period: 53,039.47" in each.text, (
            "why a small order is reviewed jointly"
        )
    assert "Margin" in told[0].text
    assert "Margin" not in told[1].text

    finance = sits("Finance")
    assert finance.shown("order", number, "period_total") == "53,039.47"
    finance.types("order", number, joint_finance="Agree", joint_finance_opinion="The margin is fine")
    finance.leaves()
    marketing = sits("Marketing")
    marketing.types("order", number, joint_marketing="Return", joint_marketing_opinion="Not during the fair")
    marketing.leaves()
    office.settle()
    assert office.record("order", number).state is State.RETURNED
    (told_rae,) = letters.to("rae")
    assert "Max (Marketing): Return. Not during the fair" in told_rae.text

    rae = sits("Rae")
    assert rae.shown("order", number, "joint_marketing_opinion") == "Not during the fair"
    rae.types("order", number, delivery_on="12/15/2026", submit="Yes")
    rae.leaves()
    office.settle()
    again = letters.fresh()
    assert [each.to for each in again] == ["fay@example.com", "max@example.com"]
    for each in again:
        assert "Changed since the last round: Delivery date: 1 Dec 2026 → 15 Dec 2026" in each.text
        assert "Max (Marketing): Return. Not during the fair" in each.text

    office.types("Finance", "order", number, joint_finance="Agree")
    office.types("Marketing", "order", number, joint_marketing="Agree")
    office.settle()
    assert "Mo" in state(office, number)
    letters.fresh()

    # What marketing cannot see is none of its business: finance alone signs again.
    rae = sits("Rae")
    rae.types("order", number, payment_days="60")
    rae.leaves()
    office.settle()
    assert state(office, number) == "Joint review: waits for Finance"
    assert office.shows("Marketing", "order", number, "joint_marketing") == "Agree"
    told = letters.fresh()
    assert {each.to for each in told} == {"fay@example.com", "rae@example.com"}
    assert all("Payment term (days): 30 → 60" in each.text for each in told)
    finance = sits("Finance")
    assert finance.shown("order", number, "joint_finance") == ""
    assert "Payment term (days): 30 → 60" in finance.shown("order", number, "check")
    finance.types("order", number, joint_finance="Agree")
    finance.leaves()
    office.settle()
    mo = sits("Mo")
    mo.types("order", number, manager_manager="Agree")
    mo.leaves()
    office.settle()

    assert office.record("order", number).state is State.APPROVED
    last = {each.role: each for each in office.decisions("order", number) if each.voided is None}
    assert {role: each.round for role, each in last.items() if each.round > 1} == {
        "finance": 3,
        "marketing": 2,
        "manager": 3,
    }
    assert office.problems() == []


def test_an_order_is_changed_when_production_logistics_and_finance_have_signed_and_all_acknowledge_it(
    office: Office, sits: SitsDown
):
    letters = Letters(office)
    office.adds(
        "Administrator", "people", name="Lou", role="Logistics", superior="Lena", email="lou@example.com"
    )
    office.settle()
    office.signs_settings()
    number = ordered(office)
    letters.fresh()

    rae = sits("Rae")
    rae.adds(
        "order_change",
        number="oc1",
        order=number,
        kind="Delivery",
        reason="The site is not ready",
        loss="None",
        new_delivery_on="12/15/2026",
        new_payment_days="60",
        submit="Yes",
    )
    rae.adds("order_change_line", change="oc1", line=office.every("order_line")[0].number, new_quantity="3")
    rae.leaves()
    office.settle()
    (change,) = office.every("order_change")
    assert state(office, change.number, "order_change") == (
        "Departments' assessment: waits for Production, Logistics and Finance"
    )
    told = {each.to.partition("@")[0]: each.text for each in letters.fresh()}
    assert told.keys() == {"pia", "lou", "fay"}
    for said in told.values():
        assert "Delivery date, after: 1 Dec 2026 → 15 Dec 2026" in said
        assert "Product: Pump; Quantity, after: 2 → 3" in said
    assert "Total, after: 9,643.54 → 14,465.31" in told["fay"]
    assert "Payment term (days), after: 30 → 60" in told["fay"]
    assert "9,643.54" not in told["pia"] + told["lou"], "they see no prices"

    for key, role, more in (
        ("Production", "production", {"production_can": "Yes, it can"}),
        ("Logistics", "logistics", {}),
        ("Finance", "finance", {}),
    ):
        signer = sits(key)
        assert signer.shown("order_change", change.number, "old_delivery_on") == "2026-12-01"
        assert signer.shown("order_change", change.number, "new_delivery_on") == "2026-12-15"
        signer.types("order_change", change.number, **more, **{f"assess_{role}": "Agree"})
        signer.leaves()
    office.settle()
    assert office.shows("Production", "order", number, "delivery_on") == dt.date(2026, 12, 1), (
        "still in force"
    )
    assert "Mo" in state(office, change.number, "order_change")
    letters.fresh()

    mo = sits("Mo")
    mo.types("order_change", change.number, manager_manager="Agree")
    mo.leaves()
    office.settle()
    order = office.record("order", number)
    assert (order["delivery_on"], order["payment_days"], order["total"]) == (LATER, 60, Decimal("14465.31"))
    assert order.state is State.APPROVED
    told = {(each.to.partition("@")[0], each.subject): each.text for each in letters.fresh()}
    changed = f"Order {number} for Acme was changed as signed for in {change.number}: please work to the changed order"
    assert {who for who, subject in told if subject == changed} == {"pia", "lou", "fay", "max", "mo"}
    assert "Quantity, after: 2 → 3" in told["pia", changed]
    assert "Please choose “Received” by 2026-10-26 13:" in told["pia", changed]
    replan = f"Order {number} was changed: please adjust its collection plan, which adds up to 9,643.54 now"
    assert {who for who, subject in told if subject == replan} == {"fay"}
    assert "Total, after: 9,643.54 → 14,465.31" in told["fay", replan]

    pia = sits("Production")
    title = pia.title("todo")
    what = pia.column("todo", "what") - 1
    lines = {str(row[what]): at for at, row in enumerate(pia.opened.rows(title), start=1) if row[what]}
    at = lines[f"Please acknowledge: {changed}"]
    assert "Quantity, after: 2 → 3" in pia.opened.shown(title, pia.cell("todo", at, "hint"))
    pia.types_at("todo", at, pick="Received")
    pia.leaves()
    office.settle()
    (receipt,) = [
        each
        for each in office.every("receipt")
        if (each["rule"], each["role"]) == ("order_change_approved", "production")
    ]
    assert receipt["status"] == "received"
    rae = sits("Rae")
    shown = (
        rae.shown("receipt", receipt.number, each) for each in ("headline", "role", "status", "received_by")
    )
    assert tuple(shown) == (changed, "Production", "Received", "Pia")
    assert receipt.number.startswith("TR-")


# Forgeries ----------------------------------------------------------------------------------------------


def undecided(office: Office, number: str) -> bool:
    """Return whether an order waits for its manager still, and no decision about it counts."""
    standing = [each for each in office.decisions("order", number) if each.voided is None]
    return office.record("order", number).state is State.SUBMITTED and not standing


def test_who_signs_in_the_managers_place_in_a_file_of_her_own_signs_nothing_and_he_is_told(
    office: Office, sits: SitsDown
):
    first, number = ordered(office), put_up(office)
    letters = Letters(office)
    letters.fresh()

    # In the manager's column of her own desk; and the signed row of another order pasted over hers.
    rae = sits("Rae")
    rae.types("order", number, manager_manager="Agree", manager_manager_opinion="Fine")
    signed = rae.at("order", first)
    rae.opened.copy_paste_rows(rae.title("order"), signed, rae.free("order"))
    rae.leaves()
    office.settle()
    assert undecided(office, number)
    assert office.shows("Rae", "order", number, "manager_manager") is None
    said = office.check("Rae", "order", number)
    assert "“Sales manager: decision” belongs to Company leader and Sales manager" in said
    pasted = office.every("order")[-1]
    assert (pasted.number, pasted.state, pasted["status"]) == ("SO-2026-0003", State.DRAFT, None)
    assert office.decisions("order", pasted.number) == ()
    digests = office.mailroom.digests(office.clock.now()).messages
    (digest,) = [each.text for each in digests if each.to == "mo@example.com"]
    assert (
        f"{number} (Sales orders): Rae filled in your sign-off in a desk of his own; it does not count"
        in digest
    )
    assert "“Agree” was typed in “Sales manager: decision”" in digest

    # In a copy of his desk, which she has in her own folder.
    forged = office.place("Rae").with_name("Mo.xlsx")
    shutil.copy(office.place("Mo"), forged)
    copy = sits("Mo", at=forged)
    copy.types("order", number, manager_manager="Agree")
    copy.leaves()
    office.settle()
    assert undecided(office, number)
    assert "In another folder (Rae) lies a copy of your desk: Mo.xlsx" in office.hints("Mo")
    forged.unlink()
    office.settle()

    # Her desk in the place of his, under his name.
    own = office.raw("Mo")
    shutil.copy(office.place("Rae"), office.place("Mo"))
    office.settle()
    assert undecided(office, number)
    assert office.problem("P-0002", "file.other_desk")
    office.place("Mo").write_bytes(own)
    office.settle()

    # He signs, and it counts; what comes after that is too late, or doubled, and is answered.
    mo = sits("Mo")
    mo.types("order", number, manager_manager="Agree")
    mo.save()
    office.settle()
    assert office.record("order", number).state is State.APPROVED
    mo.types("order", number, manager_manager="Refuse")
    mo.leaves()
    office.settle()
    assert office.record("order", number).state is State.APPROVED
    assert office.shows("Mo", "order", number, "manager_manager") == "Agree"
    assert "This record is not up for approval" in office.check("Mo", "order", number)


def test_who_signs_in_the_managers_folder_is_found_out_and_what_she_signed_is_disowned(
    office: Office, sits: SitsDown
):
    letters, number = Letters(office), put_up(office)
    office.place("Mo").parent.chmod(0o777)
    look_at_rights(office.engine)
    office.settle()
    assert "Others may write in the folders of these desks: Mo" in office.hints("Administrator")
    letters.fresh()

    thief = sits("Mo")
    thief.types("order", number, manager_manager="Agree")
    thief.leaves()
    office.settle()
    assert office.record("order", number).state is State.APPROVED, "it cannot be prevented"
    (decision,) = office.decisions("order", number)
    assert decision.grade == "D"
    (confirmed,) = [each for each in letters.to("mo") if "You have decided" in each.subject]
    for said in ("Agree", "9,643.54", "Product: Pump; Quantity: 2", "grade D", "Mo.xlsx"):
        assert said in confirmed.text
    code = re.search(r"[2-9B-Z]{4}-[2-9B-Z]{4}", confirmed.text)
    head = re.search(r"\d+:[0-9a-f]{32}", confirmed.text)
    assert code is not None
    assert head is not None
    assert evidence_command.verify(office.workspace.root, head[0]) is Exit.OK

    mo = sits("Mo")
    mo.types_at("todo", HEADER + 1, not_me=code[0])
    mo.leaves()
    office.settle()
    assert undecided(office, number)
    assert code[0] not in str(office.todo("Mo")), "the code is used up and cleared"
    told = letters.fresh()
    disowned = [each for each in told if "says that a sign-off was not his" in each.subject]
    assert {each.to for each in disowned} == {"lena@example.com", "mo@example.com", "rae@example.com"}
    assert all("from the desk Mo" in each.text for each in disowned)
    stop = f"Order {number} for Acme is no longer approved: please stop work on it until it is approved again"
    assert {"pia@example.com", "fay@example.com"} <= {each.to for each in told if each.subject == stop}
    assert f"Please acknowledge: {stop}" in str(office.todo("Production"))
    with pytest.raises(UsageError, match=r"dispute\.over"):
        evidence_command.dispute(office.workspace.root, code[0])
    assert evidence_command.verify(office.workspace.root, head[0]) is Exit.OK


def test_a_large_order_is_signed_with_a_code_for_just_this_content_and_nobody_signs_his_own(
    furnished: Path, tmp_path: Path, client: Client
):
    root = moved_in(furnished, tmp_path)
    said = BOOK.joinpath("order.toml").read_text(encoding="utf-8")
    chain = said[said.index("[chain.order]") : said.index("[check.order_dates]")].rstrip()
    declares(root, {"rules/order.toml": f'{chain}\ngrades = {{ A = "total >= 20000" }}\n'})
    with open_office(root) as office:
        letters, number = Letters(office), put_up(office, quantity=5)
        line = office.every("order_line")[0].number

        def code() -> str:
            (letter,) = [each.text for each in letters.to("mo") if "code" in each.subject.casefold()]
            found = re.search(r"Code: (\S+)", letter)
            assert found is not None
            assert "Quantity" in letter
            return found[1]

        first = code()
        assert "Sales manager: code" in office.hints("Mo")
        mo = Seat.taken(office, client, "Mo")
        mo.types("order", number, manager_manager="Agree")
        mo.save()
        office.settle()
        assert undecided(office, number), "without a code"

        # She changes the order while he has his desk open: his code was for what he has before him.
        office.types("Rae", "order_line", line, quantity=Decimal(6))
        office.settle()
        second = code()
        mo.types("order", number, manager_manager="Agree", manager_manager_code=first)
        mo.leaves()
        office.settle()
        assert undecided(office, number), "a code for another content"
        assert first not in str(office.row("Mo", "order", number).cells)

        mo = Seat.taken(office, client, "Mo")
        mo.types("order", number, manager_manager="Agree", manager_manager_code=second)
        mo.leaves()
        office.settle()
        assert office.record("order", number).state is State.APPROVED
        assert [each.grade for each in office.decisions("order", number) if each.voided is None] == ["A"]

        # His own claim is not for him to sign.
        mo = Seat.taken(office, client, "Mo")
        mo.adds(
            "expense",
            date="10/26/2026",
            category="Travel",
            description="taxi",
            amount="90",
            attachments="receipt.pdf",
            submit="Yes",
            first_manager="Agree",
        )
        mo.leaves()
        office.settle()
        (claim,) = office.every("expense")
        assert claim.state is State.SUBMITTED
        assert office.decisions("expense", claim.number) == ()
        assert "Lena" in str(office.shows("Mo", "expense", claim.number, "state"))
