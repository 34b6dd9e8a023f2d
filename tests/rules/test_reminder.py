"""Tests for reminders: what is due, how often it is told, and who is told."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.apply import apply, daily
from rules.effect import Notify
from rules.reminder import Day
from rules.rule import Book
from sheet_templates.form import FieldType
from sheet_templates.record import Record
from tests.support.book import CHAIN, FORMS, STAFF, Desk, book
from tests.support.small import Shelf, field, form, record

TASK = form(
    "task",
    field("owner", FieldType.PERSON),
    field("due_on", FieldType.DATE),
    field("done", FieldType.YES_NO),
)
ALL = {**FORMS, TASK.key: TASK}
RULES = (
    CHAIN
    + """
[reminder.once]
form = "task"
clauses = ["X-1"]
due = "add_days(due_on, 0 - 3)"
unless = "done"
people = ["owner"]

[reminder.daily]
form = "task"
clauses = ["X-2"]
due = "due_on"
unless = "done"
every = "day"
tell = ["marketing"]
urgent = true

[reminder.weekly]
form = "task"
clauses = ["X-3"]
due = "due_on"
unless = "done or owner == \\"P-1\\""
every = "week"
people = ["owner"]

[reminder.waiting]
form = "claim"
clauses = ["X-4"]
turn = true
due = "add_days(submitted_on, 1)"
every = "day"
"""
)
SENTENCES = {f"reminder.{key}": "{number}" for key in ("once", "daily", "weekly", "waiting")}
DUE = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("reminder"), RULES, ALL, SENTENCES)


def told(rules: Book, days: int, *records: Record) -> list[Notify]:
    day = Day(forms=ALL, records=Shelf(*STAFF, *records), limits={}, today=DUE + dt.timedelta(days))
    return list(daily(rules, day))


def task(**values: object) -> Record:
    return record("task", "T-1", **{"owner": "P-3", "due_on": DUE, **values})  # type: ignore[arg-type]


def rules_told(notices: list[Notify]) -> list[str]:
    return [each.rule for each in notices]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-4, []),
        (-3, ["reminder.once"]),
        (0, ["reminder.once", "reminder.daily", "reminder.weekly"]),
        (60, ["reminder.once", "reminder.daily", "reminder.weekly"]),
    ],
)
def test_what_is_due_is_told_from_that_day_on(rules, days, expected):
    assert rules_told(told(rules, days, task())) == expected


def test_what_is_done_or_has_no_date_is_not_told(rules):
    assert told(rules, 5, task(done=True)) == []
    assert told(rules, 5, task(due_on=None)) == []


def test_who_must_act_is_told(rules):
    once, every_day, weekly = told(rules, 0, task())

    assert (once.people, once.roles, once.urgent) == (("P-3",), (), False)
    assert (every_day.people, every_day.roles, every_day.urgent) == ((), ("marketing",), True)
    assert weekly.people == ("P-3",)
    assert rules_told(told(rules, 0, task(owner="P-1"))) == ["reminder.once", "reminder.daily"]
    assert rules_told(told(rules, 0, task(owner=None))) == ["reminder.daily"]


def test_each_is_told_as_often_as_declared_however_often_one_asks(rules):
    events: dict[str, set[str]] = {}
    for days in range(-5, 30):
        for _ in range(3):
            for each in told(rules, days, task()):
                events.setdefault(each.rule, set()).add(each.event)

    assert {rule: len(found) for rule, found in events.items()} == {
        "reminder.once": 1,
        "reminder.daily": 30,
        "reminder.weekly": 5,
    }


def test_a_date_that_was_put_off_is_told_anew(rules):
    later = task(due_on=DUE + dt.timedelta(10))

    (first,) = told(rules, -3, task())
    (again,) = told(rules, 7, later)
    assert first.event != again.event


def waiting(rules: Book, amount: int) -> Desk:
    start = record("claim", "CL-1", owner="P-3", what="Fair", amount=Decimal(amount))
    desk = Desk(rules, start, forms=ALL)
    desk.carry_out(apply(desk.book, desk.forms, desk.change(submit=True)))
    return desk


def asked(desk: Desk, days: int) -> list[Notify]:
    assert desk.run is not None
    day = Day(
        forms=desk.forms,
        records=desk.shelf,
        limits={},
        today=desk.now.date() + dt.timedelta(days),
        runs={desk.place: (desk.run, tuple(desk.decisions))},
    )
    return [each for each in daily(desk.book, day) if each.rule == "reminder.waiting"]


def test_a_sign_off_that_waits_is_told_to_those_whose_turn_it_is_only(rules):
    desk = waiting(rules, 5000)
    assert asked(desk, 0) == []
    (first,) = asked(desk, 1)
    assert first.people == ("P-4", "P-5")

    signing = desk.signing("joint", "finance", "P-4")
    desk.carry_out(apply(desk.book, desk.forms, desk.happened(desk.record, "P-4", signing)))
    (second,) = asked(desk, 2)
    assert second.people == ("P-5",)
    assert second.event != first.event


def test_where_nobody_may_sign_nobody_is_reminded(rules):
    desk = waiting(rules, 5)
    gone = [
        replace(each, values={**each.values, "left": DUE})
        for each in STAFF
        if each["role"] in {"manager", "leader"}
    ]  # type: ignore[dict-item]
    desk.shelf = desk.shelf.put(*gone)

    assert asked(desk, 3) == []
