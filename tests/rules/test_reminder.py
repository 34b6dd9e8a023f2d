"""Tests for reminders: what is due, how often it is told, and who is told."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from rules.apply import apply, daily
from rules.effect import Notify
from rules.load import RuleError
from rules.reminder import Day
from rules.rule import Book
from sheet_templates.form import FieldType, Role, Source
from sheet_templates.record import Record
from sheet_templates.working_calendar import WorkingCalendar
from tests.support import shipped
from tests.support.book import CHAIN, FORMS, NOW, STAFF, Desk, book
from tests.support.small import Shelf, field, form, record

TASK = form(
    "task",
    field("owner", FieldType.PERSON),
    field("due_on", FieldType.DATE),
    field("done", FieldType.YES_NO),
    views={Role(each): "true" for each in ("rep", "manager", "leader", "finance")},
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


# The ladder -----------------------------------------------------------------------------------------------

LADDER = """
[reminder.climbing]
form = "task"
clauses = ["X-5"]
due = "due_on"
unless = "done"
every = "week"
people = ["owner"]
show = ["due_on"]

[reminder.climbing.rungs]
again = { after = "1" }
superior = { after = "2", to = ["who", "superior"] }
leader = { after = "limit.patience", to = ["superior", "leader"] }

[reminder.department]
form = "task"
clauses = ["X-6"]
due = "due_on"
unless = "done"
tell = ["finance"]

[reminder.department.rungs]
superior = { after = "1", to = ["superior"] }
"""
# From Tuesday 10 March on; the Saturday after is worked for the Friday before it, which is free.
WEEK = WorkingCalendar(free=frozenset({dt.date(2026, 3, 13)}), extra=frozenset({dt.date(2026, 3, 14)}))


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Book:
    said = {"reminder.climbing": "{number}", "reminder.department": "{number}"}
    return book(tmp_path_factory.mktemp("ladder"), LADDER, ALL, said, limits=("patience",))


def climbed(ladder: Book, days: int, *records: Record, rule: str = "climbing") -> list[Notify]:
    day = Day(
        forms=ALL,
        records=Shelf(*STAFF, *records),
        limits={"patience": Decimal(4)},
        today=DUE + dt.timedelta(days),
        calendar=WEEK,
    )
    return [each for each in daily(ladder, day) if each.rule == f"reminder.{rule}"]


def test_a_ladder_goes_up_until_it_is_done_and_each_rung_is_told_once(ladder):
    told_on: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {}
    for days in range(16):
        for _ in range(2):
            for each in climbed(ladder, days, task()):
                told_on.setdefault(each.event, (days, each.people, tuple(each.roles)))

    assert list(told_on.values()) == [
        (0, ("P-3",), ()),  # Tuesday: the rep
        (1, ("P-3",), ()),  # Wednesday: again
        (2, ("P-2", "P-3"), ()),  # Thursday: his manager too
        (6, ("P-2",), ("leader",)),  # Friday is free, Saturday is worked, so the fourth day is Monday
        (13, ("P-2",), ("leader",)),  # and every week from then on
    ]
    assert climbed(ladder, 6, task(done=True)) == []


def test_of_the_rungs_that_were_missed_only_the_highest_is_made_up_for(ladder):
    (late,) = climbed(ladder, 9, task())

    assert (late.people, late.roles) == (("P-2",), ("leader",))
    assert [each.key for each in late.lines] == ["reminder.escalated", "rule.line"]
    assert dict(late.lines[0].params) == {"due": DUE, "days": Decimal(7), "who": "Rae"}


def test_what_falls_due_on_a_free_day_begins_on_the_next_working_day(ladder):
    sunday = task(due_on=dt.date(2026, 3, 15))

    (first,) = climbed(ladder, 6, sunday)
    (again,) = climbed(ladder, 7, sunday)
    assert (first.people, first.lines[0].key) == (("P-3",), "rule.line")
    assert (again.people, again.lines[0].key) == (("P-3",), "reminder.again")


def test_a_ladder_goes_up_from_the_people_of_a_department(ladder):
    (first,) = climbed(ladder, 0, task(), rule="department")
    (up,) = climbed(ladder, 1, task(), rule="department")

    assert (first.roles, first.people) == (("finance",), ())
    assert (up.roles, up.people) == ((), ("P-1",))


def test_a_rung_whose_time_is_not_known_is_left_out(ladder):
    day = Day(forms=ALL, records=Shelf(*STAFF, task()), limits={}, today=DUE + dt.timedelta(20))
    (late,) = [each for each in daily(ladder, day) if each.rule == "reminder.climbing"]

    assert late.people == ("P-2", "P-3")


@pytest.mark.parametrize(
    ("rungs", "fault"),
    [
        ('again = { after = "soon" }', "there is no “soon” here"),
        ('again = { after = "done" }', "gives yes or no, but a number is needed"),
        ('again = { after = "1", to = ["boss"] }', "must be of who, superior, leader"),
        ('again = { to = ["who"] }', "after"),
    ],
)
def test_a_ladder_that_is_broken_is_refused(tmp_path, rungs, fault):
    toml = LADDER.split("[reminder.climbing.rungs]", maxsplit=1)[0] + f"[reminder.climbing.rungs]\n{rungs}\n"
    with pytest.raises(RuleError, match=fault):
        book(tmp_path, toml, ALL, {"reminder.climbing": "{number}"})


def test_the_second_signer_has_his_own_time(rules, tmp_path):
    toml = CHAIN + (
        '[reminder.patient]\nform = "claim"\nclauses = ["X-7"]\nturn = true\n'
        'due = "add_working_days(add_working_hours(waiting_on, 8, waiting_at), 1)"\n'
    )
    patient = book(tmp_path, toml, ALL, {"reminder.patient": "{number}"})
    desk = waiting(patient, 5000)
    assert desk.run is not None

    def asked_on(days: int) -> list[tuple[str, ...]]:
        day = Day(
            forms=desk.forms,
            records=desk.shelf,
            limits={},
            today=NOW.date() + dt.timedelta(days),
            runs={desk.place: (desk.run, tuple(desk.decisions))},
        )
        return [each.people for each in daily(desk.book, day)]

    assert (asked_on(0), asked_on(1)) == ([], [("P-4", "P-5")])
    desk.now = NOW + dt.timedelta(days=2)
    for role, signer in (("finance", "P-4"), ("marketing", "P-5")):
        signing = desk.signing("joint", role, signer)
        desk.carry_out(apply(desk.book, desk.forms, desk.happened(desk.record, signer, signing)))
    # The manager's turn came on Thursday at nine: his hours are over when Thursday is.
    assert (asked_on(2), asked_on(3)) == ([], [("P-2",)])


DATES = [
    (form_.key, each.key)
    for form_ in shipped.forms().values()
    for each in form_.fields
    if each.type is FieldType.DATE and form_.key != "todo" and each.source is Source.TYPED
]


def test_any_date_of_any_form_can_be_reminded_of(tmp_path):
    forms = shipped.forms()
    toml = "\n".join(
        f'[reminder.{key}__{date}]\nform = "{key}"\nclauses = ["X-8"]\ntell = ["admin"]\n'
        f'due = "add_working_days({date}, 0 - 2)"'
        for key, date in DATES
    )
    every = book(
        tmp_path,
        toml,
        forms,
        {f"reminder.{key}__{date}": "{number}" for key, date in DATES},
        shipped.limits(),
    )

    def told_on(day: dt.date) -> set[str]:
        # One record of each form, whose dates are all the same Tuesday.
        records = [
            record(form_, f"{form_}-1", **{date: DUE for key, date in DATES if key == form_})
            for form_ in {key for key, _ in DATES}
        ]
        asked_of = Day(forms=forms, records=Shelf(*records), limits={}, today=day)
        return {each.rule.removeprefix("reminder.") for each in daily(every, asked_of)}

    assert len(DATES) > 20
    assert told_on(dt.date(2026, 3, 5)) == set()
    assert told_on(dt.date(2026, 3, 6)) == {f"{key}__{date}" for key, date in DATES}
