"""docs/coverage.md says where each clause lives: held here to the declarations and to the tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.main import get_command

from reports.books import Scope
from reports.catalogue import REPORTS
from reports.period import Period
from sheet_templates.form import FieldKey, FormKey, Role
from sync.cli import app
from tests.support import shipped
from tests.support.company import TODAY, books

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "coverage.md"

FORMS = shipped.forms()
ROLES = shipped.roles()
LIMITS = shipped.limits()
BOOK = shipped.book()
RULES = {f"{type(each).__name__.lower()}.{each.key}": each for each in BOOK.every()}

PARTS = {
    "IT-2.2": 5,
    "IT-2.3": 4,
    "IT-2.4": 4,
    "IT-3.1": 3,
    "IT-3.2": 3,
    "IT-3.3": 2,
    "IT-3.4": 3,
    "IT-4.1": 5,
    "IT-4.3": 3,
    "IT-4.4": 4,
    "IT-5.2": 3,
    "IT-5.3": 2,
    "IT-6.1": 2,
    "IT-6.2": 2,
    "IT-6.3": 4,
    "TX-3.1": 3,
    "TX-3.2": 3,
    "TX-3.3": 4,
    "TX-3.4": 3,
    "TX-3.5": 3,
    "TX-5.2": 3,
    "TX-6.2": 4,
}
"""The clauses that the policies divide into numbered parts."""
WHOLE = (
    *("IT-1", "IT-2.1", "IT-4.2", "IT-5.1", "IT-7.1", "IT-7.2", "IT-7.3", "IT-7.4"),
    *("TX-1", "TX-2.1", "TX-2.2", "TX-2.3", "TX-2.4", "TX-2.5", "TX-4.1", "TX-4.2", "TX-4.3", "TX-4.4"),
    *("TX-5.1", "TX-5.3", "TX-5.4", "TX-6.1", "TX-6.3"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    clause: str
    asks: str
    where: str
    tests: str

    @property
    def named(self) -> set[str]:
        """What the line names as code: `form.lead`, `check.lead_found`, `deskbook log`."""
        return set(re.findall(r"`([^`]+)`", self.where))


def lines() -> Iterator[Line]:
    for row in PAGE.read_text(encoding="utf-8").splitlines():
        found = re.match(r"\| ((?:IT|TX)-[\d.]+) \|(.*)\|$", row)
        if found is not None:
            asks, where, tests = found[2].split("|")
            yield Line(clause=found[1], asks=asks, where=where, tests=tests.strip())


LINES = tuple(lines())


def under(clause: str) -> set[str]:
    """Return what the page names under *clause* or one of its parts."""
    found = [each for each in LINES if each.clause == clause or each.clause.startswith(f"{clause}.")]
    assert found, f"{clause} is no clause of the page"
    return {name for each in found for name in each.named}


def test_every_clause_and_every_numbered_part_has_one_line():
    wanted = [*WHOLE, *(f"{clause}.{n + 1}" for clause, parts in PARTS.items() for n in range(parts))]

    assert sorted(each.clause for each in LINES) == sorted(wanted)


@pytest.mark.parametrize("line", LINES, ids=lambda each: each.clause)
def test_a_line_says_where_its_clause_lives_or_that_it_does_not_yet(line):
    living = [each for each in line.named if not each.startswith("deskbook")]

    assert living or "Not yet" in line.where or "*conduct*" in line.asks
    assert line.tests or "Not yet" in line.where


@pytest.mark.parametrize("key", FORMS)
def test_every_form_stands_under_each_clause_that_it_names(key):
    for clause in FORMS[key].clauses:
        assert any(each == f"form.{key}" or each.startswith(f"form.{key}.") for each in under(clause)), clause


@pytest.mark.parametrize("name", RULES)
def test_every_rule_stands_under_each_clause_that_it_names(name):
    for clause in RULES[name].clauses:
        assert name in under(clause), clause


def test_every_limit_and_role_stands_under_its_clause():
    assert [key for key, limit in LIMITS.items() if f"limit.{key}" not in under(limit.clause)] == []
    assert [key for key, post in ROLES.items() if f"role.{key}" not in under(post.clause)] == []


@pytest.mark.parametrize("report", REPORTS, ids=lambda each: each.key)
def test_every_report_stands_under_each_clause_that_its_page_names(report):
    period = Period.holding(report.kind, TODAY)
    role, _ = next(iter(report.readers.items()))
    page = report.make(books(), period, Scope(role=role, me="P-1"))

    assert page.clauses
    for clause in page.clauses:
        assert f"report.{report.key}" in under(clause), clause


def test_everything_that_the_page_names_exists():
    commands = get_command(app).commands  # type: ignore[attr-defined]
    unknown = []
    for name in sorted({name for line in LINES for name in line.named}):
        match name.replace(" ", ".").split("."):
            case ["form", form]:
                known = FormKey(form) in FORMS
            case ["form", form, field]:
                known = FormKey(form) in FORMS and FORMS[FormKey(form)].field(FieldKey(field)) is not None
            case ["limit", limit]:
                known = limit in LIMITS
            case ["role", role]:
                known = Role(role) in ROLES
            case ["report", report]:
                known = report in {each.key for each in REPORTS}
            case ["deskbook", command, *_]:
                known = command in commands
            case _:
                known = name in RULES
        if not known:
            unknown.append(name)

    assert unknown == []


def test_every_test_that_the_page_names_is_there():
    named = {name for line in LINES for name in re.findall(r"`([^`]+)`", line.tests)}
    missing = []
    for name in sorted(named):
        path, _, function = name.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
        if not re.search(rf"^ *def {re.escape(function)}\(", text, flags=re.MULTILINE):
            missing.append(name)

    assert named
    assert missing == []
