"""Tests for reading the book of rules: every fault at once, with its place; a company's rules over the shipped ones."""

import re
import textwrap
from pathlib import Path

import pytest

from rules.load import RuleError, load_book
from rules.rule import Every
from sheet_templates.form import FieldType
from sheet_templates.load import load_forms, load_limits
from sheet_templates.record import Severity
from sheet_templates.role import load_roles
from sheet_templates.words import Words
from tests.support.book import CHAIN, CLAIM, CLAIM_LINE, FORMS, LIMITS, PEOPLE, book
from tests.support.small import field, form


def faults(tmp_path: Path, toml: str, **other: object) -> list[str]:
    with pytest.raises(RuleError) as raised:
        book(tmp_path, toml, **other)  # type: ignore[arg-type]
    return list(raised.value.faults)


def test_the_shipped_book_fits_the_shipped_forms():
    found = load_book(
        forms=load_forms(), words=Words.load(), roles=load_roles().keys(), limits=load_limits().keys()
    )

    assert {each.key for each in found.chains} == {
        *(
            "quotation",
            "contract",
            "order",
            "order_change",
            "order_cancel",
            "expense",
            "budget_request",
            "setting_change",
        ),
    }
    assert all(each.clauses for each in found.every())


def test_all_faults_are_found_at_once_each_with_its_place(tmp_path):
    found = faults(
        tmp_path,
        """
[check.a]
form = "claim"
clauses = ["X-1"]
holds = "amuont > 0"
field = "amont"
severity = "bad"
on = "never"
colour = "red"

[check.b]
form = "claims"
holds = "true"

[chain.c]
form = "claim_line"
clauses = ["X-1"]
[chain.c.steps.one]
labels = { zh-Hant = "一", zh-Hans = "一", en = "One" }
roles = ["boss"]
need = 2
when = "cost > 1"
grade = "E"

[transfer.d]
form = "claim"
clauses = []
when = "amount"
show = ["nothing"]

[reminder.e]
form = "claim"
clauses = ["X-1"]
due = "amount"
every = "hour"
tell = ["finance"]
""",
    )

    assert found == [
        "test.toml: check.a.holds: in “amuont > 0”: there is no “amuont” here; did you mean amount or month or add_months?",
        "test.toml: check.a.field: claim has no field amont",
        "test.toml: check.a.severity: must be one of error, notice",
        "test.toml: check.a: the sentence “check.a” is missing in words/*.toml",
        "test.toml: check.a: the sentence “check.a.mend” is missing in words/*.toml",
        "test.toml: check.a.on: must be save or submit",
        "test.toml: check.a.colour: unknown key",
        "test.toml: check.b.form: there is no form claims; did you mean claim?",
        "test.toml: chain.c.steps.one.roles: there is no role boss",
        "test.toml: chain.c.steps.one.roles: boss has no view of claim_line, so it could not sign there",
        "test.toml: chain.c.steps.one.need: 2 of 1 cannot agree",
        "test.toml: chain.c.steps.one.grade: must be one of A, B, C, D",
        "test.toml: chain.c.form: claim_line has no owner: nobody could put its records up for sign-off",
        "test.toml: chain.c.steps: one step must be without a condition, or a record could pass by itself",
        "test.toml: chain.c.form: leader has no view of claim_line, but a step may go up to there",
        "test.toml: transfer.d.clauses: which clause of the policy is carried out?",
        "test.toml: transfer.d.when: in “amount”: gives a number, but yes or no is needed",
        "test.toml: transfer.d.tell: somebody must be told (tell, people)",
        "test.toml: transfer.d: the sentence “transfer.d” is missing in words/*.toml",
        "test.toml: transfer.d.show: claim has no field nothing",
        "test.toml: reminder.e.due: in “amount”: gives a number, but a date is needed",
        "test.toml: reminder.e.every: must be one of once, day, week",
        "test.toml: reminder.e: the sentence “reminder.e” is missing in words/*.toml",
    ]


def test_a_notice_must_not_tell_what_a_desk_would_not_show(tmp_path):
    rule = """
[transfer.t]
form = "claim"
clauses = ["TX-5.1"]
when = "true"
tell = ["marketing", "finance"]
show = ["secret"]
"""
    expected = ["test.toml: transfer.t.show: marketing may not see claim.secret"]

    assert faults(tmp_path, rule, sentences={"transfer.t": "told"}) == expected
    hidden = rule.replace('show = ["secret"]', "")
    assert faults(tmp_path, hidden, sentences={"transfer.t": "the secret: {secret}"}) == expected


def test_a_blank_of_a_sentence_must_be_a_name_of_the_form(tmp_path):
    rule = """
[check.c]
form = "claim"
clauses = ["X-1"]
holds = "true"
"""
    sentences = {"check.c": "{amount} of {somebody}", "check.c.mend": "{rate}"}

    assert faults(tmp_path, rule, sentences=sentences) == [
        "test.toml: check.c.words check.c: in “somebody”: there is no “somebody” here",
        "test.toml: check.c.words check.c.mend: in “rate”: there is no “rate” here; did you mean state or latest?",
    ]
    filled = (
        rule + 'blanks = { somebody = "link.owner.name", rate = { value = "limit.joint", as = "percent" } }'
    )
    (check,) = book(tmp_path, filled, sentences=sentences).checks
    assert check.what.blanks["somebody"].field is PEOPLE.field("name")  # type: ignore[arg-type]
    assert check.mend.blanks["rate"].type is FieldType.PERCENT


def test_a_form_has_one_chain_only_and_only_its_records_wait_for_turns(tmp_path):
    again = CHAIN.replace("chain.claim", "chain.other")
    rule = """
[reminder.r]
form = "claim_line"
clauses = ["X-1"]
turn = true
due = "submitted_on"
"""

    found = faults(tmp_path, CHAIN + again + rule, sentences={"reminder.r": "still waiting"})

    assert found == [
        "chain.other: claim has the chain claim already",
        "reminder.r: turn: claim_line has no approval chain",
    ]


def test_a_split_adds_up_only_if_the_last_part_takes_the_rest(tmp_path):
    rule = """
[transfer.t]
form = "claim"
clauses = ["X-1"]
when = "true"
tell = ["finance"]
split = { field = "note", of = "amount" }
[transfer.t.creates.one]
form = "claim_line"
values = { claim = "number", nothing = "1" }
[transfer.t.creates.two]
form = "claim_line"
share = "0.5"
values = { claim = "number", cost = '"much"' }
"""

    assert faults(tmp_path, rule, sentences={"transfer.t": "told"}) == [
        "test.toml: transfer.t.creates.one.values.nothing: claim_line has no such field",
        'test.toml: transfer.t.creates.two.values.cost: in “"much"”: gives text, but a number is needed',
        "test.toml: transfer.t.split.field: claim_line has no money field note",
        "test.toml: transfer.t.split.field: claim_line has no money field note",
        "test.toml: transfer.t.split: each of `creates` but the last needs a share; the last one takes what is left",
        "test.toml: transfer.t.split: the last of `creates` takes what is left: it has neither share nor condition",
    ]


def test_what_is_set_must_exist_and_not_be_computed(tmp_path):
    rule = """
[transfer.t]
form = "claim"
clauses = ["X-1"]
when = "true"
tell = ["finance"]
sets = { total = "1", nothing = "1", "link.note.x" = "1", "link.owner.name" = "1", "link.owner.nothing" = "1" }
"""

    assert faults(tmp_path, rule, sentences={"transfer.t": "told"}) == [
        "test.toml: transfer.t.sets.total: claim has no field total that can be set",
        "test.toml: transfer.t.sets.nothing: claim has no field nothing that can be set",
        "test.toml: transfer.t.sets.link.note.x: claim has no link note",
        "test.toml: transfer.t.sets.link.owner.name: in “1”: gives a number, but text is needed",
        "test.toml: transfer.t.sets.link.owner.nothing: people has no field nothing that can be set",
    ]


def test_a_chain_needs_something_material_and_a_free_name_for_its_column(tmp_path):
    bare = form(
        "bare", field("owner", FieldType.PERSON), owner="owner", views={"manager": "true", "leader": "true"}
    )
    rule = """
[chain.bare]
form = "bare"
clauses = ["X-1"]
[chain.bare.steps.manager]
labels = { zh-Hant = "一", zh-Hans = "一", en = "One" }
roles = ["manager"]
"""

    assert faults(tmp_path, rule, forms={each.key: each for each in (PEOPLE, LIMITS, bare)}) == [
        "test.toml: chain.bare.form: bare has no material field: a sign-off would be about nothing"
    ]


def test_a_file_that_is_no_toml_is_a_fault_and_so_is_an_unknown_kind(tmp_path):
    assert faults(tmp_path, "[check")[0].startswith("test.toml: not a readable TOML file")
    assert faults(tmp_path, "[cheque.a]\nform = 'claim'") == ["test.toml: cheque: unknown key"]
    assert faults(tmp_path, "check = 1") == ["test.toml: check: must be a table"]


def shipped(*dirs: Path):
    return load_book(
        *dirs, forms=load_forms(), words=Words.load(), roles=load_roles().keys(), limits=load_limits().keys()
    )


def test_a_company_replaces_a_shipped_rule_in_its_place_adds_one_or_takes_one_out(tmp_path):
    (tmp_path / "mine.toml").write_text(
        """
[check.expense_large]
form = "expense"
clauses = ["IT-5.3.2", "HOUSE-7"]
severity = "error"
holds = "amount < 500"
field = "amount"
blanks = { large = { value = "500", as = "money" } }

[check.expense_late]
off = true

[reminder.expense_unpaid]
form = "expense"
clauses = ["HOUSE-8"]
due = "add_days(date, 5)"
every = "day"
tell = ["finance"]
""",
        encoding="utf-8",
    )
    before, after = shipped(), shipped(tmp_path)

    keys = [each.key for each in before.checks]
    assert [each.key for each in after.checks] == [key for key in keys if key != "expense_late"]
    large = next(each for each in after.checks if each.key == "expense_large")
    assert large.severity is Severity.ERROR
    assert large.clause == "IT-5.3.2, HOUSE-7"
    unpaid = next(each for each in after.reminders if each.key == "expense_unpaid")
    assert unpaid.every is Every.DAY


def test_a_rule_that_is_not_there_cannot_be_taken_out_and_none_stands_twice(tmp_path):
    (tmp_path / "a.toml").write_text("[check.expense_ltae]\noff = true\n[check.lead_found]\noff = true")
    (tmp_path / "b.toml").write_text("[check.lead_found]\noff = true")

    with pytest.raises(RuleError) as raised:
        shipped(tmp_path)

    assert raised.value.faults == (
        "a.toml: check.expense_ltae.off: there is no check expense_ltae to take out",
        "b.toml: check.lead_found: stands in a.toml already",
        "b.toml: check.lead_found.off: there is no check lead_found to take out",
    )


def test_the_forms_of_these_tests_are_sound(tmp_path):
    assert book(tmp_path, CHAIN, {**FORMS, CLAIM.key: CLAIM, CLAIM_LINE.key: CLAIM_LINE}).chains


def test_the_examples_of_the_documentation_are_rules_as_they_stand(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "add-a-rule.md").read_text(encoding="utf-8")
    blocks = [
        textwrap.dedent(each)
        for each in re.findall(r"(?:^    .*\n|^\n)+", page, flags=re.MULTILINE)
        if re.match(r"\s*\[(?:check|chain|transfer|reminder)\.", each)
    ]
    assert len(blocks) == 6
    for n, block in enumerate(blocks):
        (tmp_path / f"{n}.toml").write_text(block, encoding="utf-8")

    found = shipped(tmp_path)

    assert next(each for each in found.transfers if each.key == "order_approved").told.roles == (
        "production",
        "finance",
    )
