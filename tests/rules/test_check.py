"""Tests for checks across fields, lines and forms."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from rules.check import check
from rules.rule import Book
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import Lang, Stage
from sheet_templates.record import Record, Severity
from tests.support.book import FORMS, STAFF, book, words
from tests.support.small import Shelf, record

RULES = """
[check.limit]
form = "claim"
clauses = ["X-1", "X-2"]
when = 'kind != "big"'
holds = "amount <= limit.joint"
field = "amount"
severity = "notice"
blanks = { who = "link.owner.name", part = { value = "amount / limit.joint", as = "percent" } }

[check.sum]
form = "claim"
clauses = ["X-3"]
on = "submit"
holds = "sum([l.cost for l in lines]) == amount"

[check.once]
form = "claim_line"
clauses = ["X-4"]
holds = "count([l.id for l in link.claim.lines if l.cost == cost]) <= 1"
"""
SENTENCES = {
    "check.limit": "{who}: {amount} of {kind} is {part}, {note}",
    "check.limit.mend": "Less.",
    "check.sum": "{total}",
    "check.sum.mend": "Add up.",
    "check.once": "twice",
    "check.once.mend": "Once.",
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("check"), RULES, sentences=SENTENCES)


def context(stood: Record, *others: Record) -> ExpressionContext:
    return ExpressionContext(
        record=stood,
        records=Shelf(*STAFF, stood, *others),
        forms=FORMS,
        today=dt.date(2026, 3, 10),
        limits={"joint": Decimal(1000)},
    )


def claim(**values: object) -> Record:
    return record("claim", "CL-1", **{"what": "Fair", **values})  # type: ignore[arg-type]


def keys(rules: Book, stood: Record, *others: Record, stage: Stage = Stage.SAVE) -> list[str]:
    return [each.what.key for each in check(rules, context(stood, *others), stage)]


def test_a_failed_check_says_what_and_how_to_mend_it_with_values_as_people_know_them(rules, tmp_path):
    stood = claim(amount=Decimal(2500), kind="small", owner="P-3")

    (found,) = check(rules, context(stood), Stage.SAVE)

    said = words(tmp_path, SENTENCES)
    assert said.say(found.what, Lang.EN) == "Rae: 2,500.00 of small is 250%, (empty)"
    assert said.say(found.mend, Lang.EN) == "Less."
    assert (found.severity, found.field, found.rule, found.clause) == (
        Severity.NOTICE,
        "amount",
        "check.limit",
        "X-1, X-2",
    )
    assert (found.form, found.record) == ("claim", stood.id)


def test_a_check_that_holds_that_is_unknown_or_that_does_not_apply_passes(rules):
    assert keys(rules, claim(amount=Decimal(1000), kind="small")) == []
    assert keys(rules, claim(kind="small")) == []
    assert keys(rules, claim(amount=Decimal(2500), kind="big")) == []
    assert keys(rules, claim(amount=Decimal(2500))) == []


def test_what_only_sign_off_needs_is_asked_at_submission(rules):
    line = record("claim_line", "1", claim="CL-1", cost=Decimal(4))
    stood = claim(amount=Decimal(5), kind="big")

    assert keys(rules, stood, line) == []
    assert keys(rules, stood, line, stage=Stage.SUBMIT) == ["check.sum"]
    assert keys(rules, claim(what=None, amount=Decimal(4)), line, stage=Stage.SUBMIT) == ["check.required"]


def test_a_required_field_is_named_in_the_readers_language(rules):
    (found,) = check(rules, context(claim(what=None, amount=Decimal(0))), Stage.SUBMIT)

    assert found.field == "what"
    assert found.severity is Severity.ERROR


def test_a_line_can_be_checked_against_its_sisters(rules):
    one, other = (record("claim_line", number, claim="CL-1", cost=Decimal(4)) for number in "12")

    assert keys(rules, one, claim(), other) == ["check.once"]
    assert keys(rules, one, claim()) == []


def test_a_unique_value_that_stands_elsewhere_is_told_with_its_number(rules, tmp_path):
    twin = record("people", "P-9", name="MO ")

    (found,) = check(rules, context(twin), Stage.SAVE)

    said = words(tmp_path, SENTENCES)
    assert said.say(found.what, Lang.ZH_HANS) == "“MO ”已是记录 P-2 的“name”。"
    assert found.severity is Severity.ERROR
    assert keys(rules, record("people", "P-9", name="Nobody")) == []
    assert keys(rules, STAFF[1]) == []


def test_checks_of_other_forms_do_not_matter(rules, tmp_path: Path):
    assert keys(rules, record("limits", "L-9", key="x")) == []
