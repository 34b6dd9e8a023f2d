"""`deskbook plan`: what a change of forms, rules or settings would do, said before it counts (TX-3.4.2, TX-3.1.3)."""

import datetime as dt
from decimal import Decimal

import pytest

from sync.exits import Exit
from sync.faults import UsageError
from sync.plan_command import plan
from tests.support.office import MONDAY, Office, open_office

pytestmark = pytest.mark.long


STRICTER = """
[chain.order]
form = "order"
clauses = ["TX-3.3.1"]
show = ["customer", "total"]

[chain.order.steps.manager]
labels = { zh-Hant = "經理", zh-Hans = "经理", en = "Manager" }
roles = ["manager"]

[chain.order.steps.leader]
labels = { zh-Hant = "領導", zh-Hans = "领导", en = "Leader" }
roles = ["leader"]

[check.order_far]
form = "order"
clauses = ["TX-2.3"]
holds = "days(date, delivery_on) < 30"
field = "delivery_on"
"""
WORDS = "\n".join(
    f'["check.order_far{end}"]\nzh-Hant = "遠"\nzh-Hans = "远"\nen = "Far"\n' for end in ("", ".mend")
)
CUSTOMER = """
extends = true

[fields.tax_no]
type = "text"
labels = { zh-Hant = "統一編號", zh-Hans = "税号", en = "Tax number" }
readers = ["finance"]
"""


def drafted(office: Office, *, submit: bool = False) -> str:
    office.adds(
        "Rae",
        "order",
        number="new1",
        customer="Acme",
        delivery_on=dt.date(2026, 12, 24),
        delivery_place="Harbour 7",
        deposit_percent=Decimal("0.3"),
    )
    office.adds("Rae", "order_line", order="new1", product="Valve", quantity=Decimal(2))
    office.settle()
    number = office.every("order")[-1].number
    if submit:
        office.types("Rae", "order", number, submit="Yes")
        office.settle()
    return number


def planned(office: Office, capsys: pytest.CaptureFixture[str], what: str = "") -> list[str]:
    """Return the lines of the plan; while the office works, as the daemon does."""
    before = office.store.head()
    capsys.readouterr()
    assert plan(office.workspace.root, what) is Exit.OK
    assert office.store.head() == before, "it only looks"
    return [each.strip() for each in capsys.readouterr().out.splitlines()]


def test_before_changed_declarations_count_all_that_they_would_do_is_said(office, capsys):
    running, waiting = drafted(office, submit=True), drafted(office)
    root = office.workspace.root
    assert "The same." in planned(office, capsys)

    (root / "rules" / "order.toml").write_text(STRICTER, encoding="utf-8")
    (root / "words" / "order.toml").write_text(WORDS, encoding="utf-8")
    (root / "forms" / "customer.toml").write_text(CUSTOMER, encoding="utf-8")
    said = planned(office, capsys)

    assert (
        "Declared anew (4): check.order_far, form.customer.tax_no, form.order.leader_leader, form.order.leader_leader_opinion."
        in said
    )
    assert any(each.startswith("Declared otherwise") and "chain.order" in each for each in said)
    assert f"Not yet put up, and would have other signers (1): {waiting}." in said
    assert f"Would have a new problem (2): {running}, {waiting}." in said
    assert f"Approvals that run and go on by the rules with which they began (1): {running}." in said
    assert "Finance: new columns in Customers (1): Tax number." in said
    assert not any("Marketing" in each and "Tax number" in each for each in said)


def test_what_is_asked_for_is_planned_by_its_number_and_once_signed_the_plan_is_empty(office, capsys):
    root = office.workspace.root
    (root / "forms" / "customer.toml").write_text(CUSTOMER, encoding="utf-8")
    with open_office(root) as again:
        again.settle()
        asked = again.every("setting_change")[-1].number
        said = [each for each in planned(again, capsys, asked) if "Tax number." in each]
        assert "Finance: new columns in Customers (1): Tax number." in said
        assert [each for each in planned(again, capsys) if "Tax number." in each] == said, "and said once"
        again.signs_settings()
    with open_office(root, "d") as then:
        assert "The same." in planned(then, capsys)


def test_a_limit_can_be_tried_out(office, capsys):
    number = drafted(office)

    assert f"Not yet put up, and would have other signers (1): {number}." in planned(
        office, capsys, "joint_review_amount=10"
    )
    assert "Nothing that stands today would change." in planned(office, capsys, "joint_review_amount=60000")


def test_what_waits_for_a_sign_off_says_all_that_it_would_do(office, capsys):
    office.types("Administrator", "people", "Roy", superior="Lena")
    office.adds(
        "Administrator",
        "sharing",
        what="Customers",
        role="Sales representative",
        records="None",
        from_on=MONDAY.date(),
        reason="trial",
    )
    office.settle()
    assert "deskbook plan" in str(office.every("setting_change")[-1]["effects"])
    people, sharing = (each.number for each in office.every("setting_change"))

    assert any("Mo (Sales manager): would no longer see" in each for each in planned(office, capsys, people))
    said = planned(office, capsys, sharing)
    assert any(
        each.startswith("Rae (Sales representative): would no longer see of Customers (1): CU-")
        for each in said
    )
    assert {*planned(office, capsys, people), *said} <= {*planned(office, capsys)} | {""}


def test_what_does_not_exist_is_not_planned(office):
    with pytest.raises(UsageError):
        plan(office.workspace.root, "ST-1999-001")
    with pytest.raises(UsageError):
        plan(office.workspace.root, "no_such_limit=3")
    with pytest.raises(UsageError):
        plan(office.workspace.root, "joint_review_amount=much")
