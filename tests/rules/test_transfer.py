"""Tests for transfers: told once, created once, and what is shared out adds up."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.apply import apply
from rules.effect import Create, Effects, Notify, Set
from rules.rule import Book
from sheet_templates.form import FieldType, Lang
from sheet_templates.record import Record
from tests.support.book import FORMS, STAFF, Desk, book, words
from tests.support.small import field, form, record

PLAN = form(
    "plan",
    field("claim", FieldType.LINK, link="claim"),
    field("kind", FieldType.CHOICE, choices=("first", "second", "rest")),
    field("part", FieldType.MONEY),
    field("due", FieldType.DATE),
)
ALL = {**FORMS, PLAN.key: PLAN}
RULES = """
[transfer.big]
form = "claim"
clauses = ["X-1"]
when = 'kind == "big"'
tell = ["finance"]
people = ["owner", "link.owner.superior"]
show = ["number", "what", "amount", "note"]
urgent = true
sets = { note = 'note ?? "seen"', "link.owner.superior" = "link.owner.superior" }
split = { field = "part", of = "amount" }

[transfer.big.creates.first]
form = "plan"
when = "amount > 1"
share = "0.3"
values = { claim = "number", kind = '"first"', due = "today" }

[transfer.big.creates.second]
form = "plan"
share = "1 / 3"
values = { claim = "number", kind = '"second"' }

[transfer.big.creates.rest]
form = "plan"
values = { claim = "number", kind = '"rest"', due = "add_days(today, 30)" }

[transfer.noted]
form = "claim"
clauses = ["X-2"]
when = 'filled(note) and (before.note ?? "") != note'
people = ["link.owner.superior"]
"""
SENTENCES = {"transfer.big": "{what} is big", "transfer.noted": "note: {note}"}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("transfer"), RULES, ALL, SENTENCES)


def claim(**values: object) -> Record:
    return record("claim", "CL-1", **{"owner": "P-3", "what": "Fair", **values})  # type: ignore[arg-type]


def company(rules: Book, **values: object) -> Desk:
    return Desk(rules, claim(**values), forms=ALL)


def ask(desk: Desk, **values: object) -> Effects:
    return apply(desk.book, desk.forms, desk.change(**values))


def events(wanted: Effects) -> list[str]:
    return [each.event for each in wanted.effects if isinstance(each, Notify)]


def created(wanted: Effects) -> list[Create]:
    return [each for each in wanted.effects if isinstance(each, Create)]


def sets(wanted: Effects) -> list[tuple[str, object]]:
    found = [each for each in wanted.effects if isinstance(each, Set) and each.rule.startswith("transfer.")]
    return [(each.address.field, each.value) for each in found]


def test_what_becomes_true_is_told_to_whom_it_concerns(rules, tmp_path):
    wanted = ask(company(rules, amount=Decimal(100)), kind="big")

    told = next(each for each in wanted.effects if isinstance(each, Notify))
    said = words(tmp_path, SENTENCES)
    assert (told.roles, told.people, told.urgent, told.clause) == (("finance",), ("P-2", "P-3"), True, "X-1")
    assert said.say(told.headline, Lang.EN) == "Fair is big"
    assert [said.say(line, Lang.EN) for line in told.lines] == ["No.: CL-1", "what: Fair", "amount: 100.00"]


def test_what_was_true_already_is_not_told_again(rules):
    assert events(ask(company(rules, kind="big", note="seen"), amount=Decimal(5))) == []


def test_asked_twice_about_the_same_change_it_has_the_same_keys(rules):
    desk = company(rules, amount=Decimal(100))
    happened = desk.change(kind="big")

    first, again = (apply(desk.book, desk.forms, happened) for _ in range(2))
    assert events(first) == events(again)
    assert [each.key for each in created(first)] == [each.key for each in created(again)]


def test_what_becomes_true_once_more_is_told_once_more_but_creates_nothing_new(rules):
    desk = company(rules, amount=Decimal(100))
    first = desk.carry_out(ask(desk, kind="big"))
    desk.carry_out(ask(desk, kind="small"))
    again = desk.carry_out(ask(desk, kind="big"))

    assert set(events(first)).isdisjoint(events(again))
    assert {each.key for each in created(again)} == {each.key for each in created(first)}
    assert len(desk.created) == 3


def test_a_change_is_told_with_the_new_value_each_time(rules):
    desk = company(rules)

    told = [events(desk.carry_out(ask(desk, note=note))) for note in ("a", "b", "b", None)]
    assert [len(each) for each in told] == [1, 1, 0, 0]
    assert told[0] != told[1]


def test_values_are_set_where_they_do_not_stand_already(rules):
    wanted = ask(company(rules, amount=Decimal(100)), kind="big")
    assert sets(wanted) == [("note", "seen")]

    kept = ask(company(rules, amount=Decimal(100), note="mine"), kind="big")
    assert sets(kept) == []


def test_nobody_to_tell_is_nobody_told(rules):
    desk = Desk(rules, claim(owner=None), others=STAFF, forms=ALL)

    assert events(ask(desk, note="a")) == []


def test_what_is_created_has_the_declared_values(rules):
    first, second, rest = created(ask(company(rules, amount=Decimal(100)), kind="big"))

    assert first.values == {
        "claim": "CL-1",
        "kind": "first",
        "due": dt.date(2026, 3, 10),
        "part": Decimal("30.00"),
    }
    assert second.values == {"claim": "CL-1", "kind": "second", "part": Decimal("33.33")}
    assert rest.values["due"] == dt.date(2026, 4, 9)
    assert rest.values["part"] == Decimal("36.67")


@given(amount=st.decimals(0, 10**9, places=2))
def test_the_parts_always_add_up_to_the_whole_to_the_cent(rules, amount):
    wanted = created(ask(company(rules, amount=amount), kind="big"))

    parts = [each.values["part"] for each in wanted]  # type: ignore[index]
    assert sum(parts, Decimal(0)) == amount
    assert all(part > 0 and part == round(part, 2) for part in parts)


def test_nothing_is_shared_out_while_the_whole_is_unknown(rules):
    assert created(ask(company(rules), kind="big")) == []
