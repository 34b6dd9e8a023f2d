"""Settings that decide over money or sign-off are signed off themselves, through real workbooks."""

import datetime as dt
from decimal import Decimal
from threading import Thread

import pytest

from sheet_templates.form import FormKey
from sheet_templates.record import State
from sync.edges.log import log_to
from sync.edges.single import only_one
from sync.exits import Exit
from sync.faults import UsageError
from sync.limits_command import put
from sync.running import Duties, rounds_of
from tests.support.office import MONDAY, Office, moved_in, open_office
from tests.support.small_company import cells
from tests.support.town import Loud

pytestmark = pytest.mark.long


TODAY = MONDAY.date()


def limit(office: Office, key: str) -> object:
    return office.value("limits", key, "value")


def asked(office: Office) -> str:
    """Return the number of the one change of a setting that waits."""
    (found,) = [each for each in office.every("setting_change") if each.state is State.SUBMITTED]
    return found.number


def lena_agrees(office: Office, verdict: str = "Agree") -> None:
    office.types("Lena", "setting_change", asked(office), decision_leader=verdict)
    office.settle()


def test_a_changed_limit_counts_when_the_leader_has_signed_and_not_before(office):
    office.types("Administrator", "limits", "joint_review_amount", value=60000)
    office.settle()

    assert limit(office, "joint_review_amount") == 50000
    assert office.shows("Administrator", "limits", "joint_review_amount", "value") == 50000
    number = asked(office)
    assert number in office.check("Administrator", "limits", "joint_review_amount")
    assert number in office.hints("Lena") or any(number in str(line.values()) for line in office.todo("Lena"))
    assert office.shows("Lena", "setting_change", number, "change") == "Value: 50,000 → 60,000"

    lena_agrees(office)

    assert limit(office, "joint_review_amount") == 60000
    assert office.shows("Administrator", "limits", "joint_review_amount", "value") == 60000
    assert office.value("setting_change", number, "counted_on") == TODAY
    *_, line = (
        each.entry
        for each in office.store.journal()
        if (each.entry.form, each.entry.kind, each.entry.field) == ("limits", "change", "value")
    )
    assert (line.old, line.new, line.cause) == (Decimal(50000), Decimal(60000), f"rule:setting.{number}")
    (decision,) = office.decisions("setting_change", number)
    assert decision.person == office.record("people", "Lena").number


def test_a_limit_over_money_needs_finance_too(office):
    office.types("Administrator", "limits", "margin_min", value=Decimal("0.2"))
    office.settle()
    number = asked(office)

    lena_agrees(office)
    assert limit(office, "margin_min") == Decimal("0.1")

    office.types("Finance", "setting_change", number, decision_finance="Agree")
    office.settle()
    assert limit(office, "margin_min") == Decimal("0.2")


def test_what_is_refused_or_withdrawn_never_counts_and_can_be_asked_for_again(office):
    office.types("Administrator", "limits", "quote_valid_days", value=90)
    office.settle()
    lena_agrees(office, "Refuse")
    assert limit(office, "quote_valid_days") == 30

    office.types("Administrator", "limits", "quote_valid_days", value=90)
    office.settle()
    office.types("Administrator", "setting_change", asked(office), submit=None)
    office.settle()
    assert [each.state for each in office.every("setting_change")] == [State.REFUSED, State.WITHDRAWN]

    office.types("Administrator", "limits", "quote_valid_days", value=45)
    office.settle()
    lena_agrees(office)
    assert limit(office, "quote_valid_days") == 45


def test_a_second_wish_takes_the_place_of_the_first(office):
    for value in (60000, 70000):
        office.types("Administrator", "limits", "joint_review_amount", value=value)
        office.settle()

    first, second = office.every("setting_change")
    assert first.state is State.WITHDRAWN
    lena_agrees(office)
    assert office.record("setting_change", second.number).state is State.APPROVED
    assert limit(office, "joint_review_amount") == 70000


def test_a_change_from_a_day_on_counts_from_that_day(office):
    duties = Duties(workspace=office.workspace, clock=office.clock, log=Loud())
    office.types("Administrator", "limits", "joint_review_amount", value=60000)
    office.settle()
    tomorrow = TODAY + dt.timedelta(days=1)
    office.types("Administrator", "setting_change", asked(office), from_on=tomorrow, reason="new price list")
    office.settle()
    lena_agrees(office)
    duties.due()
    assert limit(office, "joint_review_amount") == 50000

    office.clock.step(seconds=24 * 3600)
    duties.due()
    office.settle()

    assert limit(office, "joint_review_amount") == 60000
    assert office.shows("Lena", "limits", "joint_review_amount", "value") == 60000


def test_a_chain_that_runs_keeps_the_limit_with_which_it_began(office):
    quotation = put_up(office, quantity=11)
    office.types("Administrator", "limits", "joint_review_amount", value=900000)
    office.types("Administrator", "limits", "joint_review_total", value=900000)
    office.settle()
    for each in [each for each in office.every("setting_change") if each.state is State.SUBMITTED]:
        office.types("Lena", "setting_change", each.number, decision_leader="Agree")
        office.settle()
    assert limit(office, "joint_review_amount") == 900000

    office.types("Mo", "quotation", quotation, manager_manager="Agree")
    office.settle()
    assert office.decisions("quotation", quotation) == (), "it began when joint review was due"

    later = put_up(office, quantity=11)
    office.types("Mo", "quotation", later, manager_manager="Agree")
    office.settle()
    assert office.record("quotation", later).state is State.APPROVED


def put_up(office: Office, quantity: int) -> str:
    """Let Rae put up a quotation of Pumps; return its number."""
    number = drafted(office, quantity)
    office.types("Rae", "quotation", number, submit=True)
    office.settle()
    assert office.record("quotation", number).state is State.SUBMITTED
    return number


def drafted(office: Office, quantity: int) -> str:
    """Let Rae write a quotation of Pumps at 4821.77; return its number."""
    office.adds("Rae", "quotation", customer="Acme", date=TODAY, valid_until=TODAY + dt.timedelta(days=20))
    office.settle()
    number = office.every("quotation")[-1].number
    office.adds(
        "Rae",
        "quotation_line",
        quotation=number,
        product="Pump",
        quantity=quantity,
        unit_price=Decimal("4821.77"),
    )
    office.settle()
    return number


def test_a_persons_role_and_superior_are_signed_off_and_his_phone_is_not(office):
    at = office.at("Administrator", "people", "Roy")
    office.person.type_cells(
        office.path("Administrator"),
        FormKey("people"),
        at,
        cells(role="Sales manager", superior="Lena", phone="555-9"),
    )
    office.settle()

    assert office.value("people", "Roy", "phone") == "555-9"
    assert office.value("people", "Roy", "role") == "rep"
    assert "Role: Sales representative → Sales manager" in str(
        office.value("setting_change", asked(office), "change")
    )

    lena_agrees(office)
    assert office.value("people", "Roy", "role") == "manager"
    assert office.value("people", "Roy", "superior") == office.record("people", "Lena").number


def test_nobody_makes_himself_a_leader_by_a_new_row(office):
    row = office.adds("Administrator", "people", name="Eve", role="Company leader")
    office.settle()

    assert not office.employs("Eve")
    assert office.shows("Administrator", "people", str(row), "name") == "Eve"
    lena_agrees(office)
    assert office.employs("Eve")
    assert office.shows("Administrator", "people", "Eve", "number")
    assert office.store.drafts(office.desk("Administrator").key) == {}


def test_a_sharing_scope_holds_when_signed_and_until_its_end_is_signed(office):
    office.adds(
        "Administrator", "sharing", what="Customers › Phone", role="Finance", records="None", reason="agreed"
    )
    office.settle()
    assert office.tells("Finance", "555-1001")
    lena_agrees(office)
    assert not office.tells("Finance", "555-1001")

    at = office.at("Administrator", "sharing", "SH-001")
    office.hands.delete_row(office.path("Administrator"), FormKey("sharing"), at)
    office.settle()
    assert not office.tells("Finance", "555-1001")
    assert office.has("Administrator", "sharing", "SH-001")
    lena_agrees(office)
    assert office.tells("Finance", "555-1001")
    assert not office.has("Administrator", "sharing", "SH-001")


def test_a_company_without_a_leader_begins_and_is_told(furnished, tmp_path):
    from sheet_templates.form import Lang
    from sync.edges.settings import Company
    from sync.workspace import create

    company = Company(id="co-test1234abcd", name="T", language=Lang.EN, zone="Asia/Shanghai", currency="CNY")
    create(tmp_path, company)
    with open_office(tmp_path, "n") as office:
        office.folder.found()
        office.settle()
        office.types("Administrator", "limits", "quote_valid_days", value=60)
        office.settle()
        assert limit(office, "quote_valid_days") == 60
        office.adds("Administrator", "people", name="Lena", role="Company leader", email="lena@example.com")
        office.settle()
        assert office.employs("Lena")
        told = [each.notify.headline.key for each in office.store.notices()]
        assert told.count("setting.first") == 2

        office.types("Administrator", "limits", "quote_valid_days", value=90)
        office.settle()
        assert limit(office, "quote_valid_days") == 60


def test_the_signer_is_shown_before_it_counts_what_a_change_would_do(office):
    number = drafted(office, quantity=4)

    def effects() -> str:
        office.settle()
        return str(office.every("setting_change")[-1]["effects"])

    office.types("Administrator", "limits", "joint_review_amount", value=10000)
    assert effects() == f"Not yet put up, and would have other signers (1): {number}."
    office.types("Administrator", "limits", "discount_max", value=0)
    assert effects() == "Nothing that stands today would change."

    office.types("Rae", "quotation", number, submit=True)
    office.settle()
    office.types("Administrator", "limits", "joint_review_amount", value=9000)
    assert effects() == "Nothing that stands today would change.", "what runs keeps its numbers"

    office.types("Administrator", "people", "Rae", superior="Lena")
    assert effects() == f"Waiting for sign-off, and would wait for others (1): {number}."
    office.adds("Administrator", "people", name="Eve", role="Sales manager")
    assert effects() == "New desks (1): Eve (Sales manager)."


def test_in_an_emergency_a_limit_counts_at_once_and_the_leader_is_told(furnished, tmp_path, capsys):
    root = moved_in(furnished, tmp_path)

    assert put(root, "joint_review_amount", "60000", "the board's decision") is not Exit.USAGE

    assert "50,000 → 60,000" in capsys.readouterr().out
    for value, reason in (("-1", "x"), ("much", "x"), ("5", " ")):
        with pytest.raises(UsageError):
            put(root, "joint_review_amount", value, reason)
    with open_office(root, "e") as office:
        office.settle()
        assert limit(office, "joint_review_amount") == 60000
        (asked,) = office.every("setting_change")
        assert (asked["emergency"], asked["counted_on"] is not None) == (True, True)
        assert str(asked["reason"]).startswith("the board's decision (")
        assert office.has("Lena", "setting_change", asked.number)
        assert [each.to for each in office.store.messages()].count("lena@example.com") == 1


def test_where_the_daemon_runs_it_lets_the_limit_count(office, capsys):
    here, done = office.workspace, []
    with only_one(here.state, here.clock), log_to(here.state, here.clock) as log:
        rounds = rounds_of(here, log)
        asking = Thread(target=lambda: done.append(put(here.root, "joint_review_amount", "60000", "urgent")))
        asking.start()
        while asking.is_alive():
            rounds.look()
            asking.join(0.1)
    office.settle()

    assert done
    assert done[0] is not Exit.USAGE
    assert limit(office, "joint_review_amount") == 60000
    assert office.shows("Administrator", "limits", "joint_review_amount", "value") == 60000
    (entered,) = office.every("setting_change")
    assert str(entered["reason"]).startswith("urgent (")
    assert entered.number in capsys.readouterr().out
    with pytest.raises(UsageError):
        put(here.root, "joint_review_amount", "60000", "once more")
    assert len(list(office.every("setting_change"))) == 1, "what counts already is not entered again"
