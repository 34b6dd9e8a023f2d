"""Who sees what and why, as the command says it, held to what the desks hold."""

import json

import pytest

from sheet_templates.form import FormKey
from sync.access import of_desk, of_form, of_record
from sync.access_command import access, left
from sync.exits import Exit
from sync.eyes import Eyes

pytestmark = pytest.mark.long


def eyes(office) -> Eyes:
    return Eyes.open(office.declared, office.store, office.clock.now().date())


def shared(office) -> None:
    said = {"what": "Customers › Phone", "role": "Finance", "records": "None", "reason": "agreed with sales"}
    office.adds("Administrator", "sharing", **said)
    office.settle()
    office.signs_settings()


def test_what_is_said_of_a_record_is_what_the_desks_hold(office):
    shared(office)
    acme = office.record("customer", "Acme")

    for each in of_record(eyes(office), acme):
        name = each.desk.name
        assert bool(each.seen) is office.has(name, "customer", "Acme") if each.view else not each.seen
        if each.seen:
            assert ("phone" in each.fields) is bool(office.tells(name, "555-1001")), name


def test_both_directions_say_the_same(office):
    shared(office)
    customer = FormKey("customer")

    there = {each.desk.key: each for each in of_form(eyes(office), office.declared.forms[customer])}
    for desk in eyes(office).desks:
        back = {each.form.key: each for each in of_desk(eyes(office), desk)}
        assert (customer in back) is (there[desk.key].view is not None)
        if customer in back:
            assert back[customer] == there[desk.key]


def test_the_command_says_who_by_which_rule_and_why_not(office, capsys):
    shared(office)
    root = office.workspace.root

    assert access(root, "CU-0001", as_json=False) is Exit.OK
    said = " ".join(capsys.readouterr().out.split())
    assert "owner == me.number" in said
    assert "scope SH-001: None" in said
    assert "agreed with sales" in said
    assert "TX-3.1.3" in said
    assert "desks/Finance/Finance.xlsx" in said

    assert access(root, "Fay", as_json=True) is Exit.OK
    sights = {each["form"]: each for each in json.loads(capsys.readouterr().out)}
    assert sights["customer"]["seen"] == 2
    phone = next(each for each in sights["customer"]["kept"] if each["field"] == "phone")
    assert [each["number"] for each in phone["scopes"]] == ["SH-001"]

    assert left(root, "Rae") is Exit.OK
    assert "desks/Rae/Rae.xlsx" in " ".join(capsys.readouterr().out.split())
