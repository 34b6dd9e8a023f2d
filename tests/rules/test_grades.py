"""The evidence that a step demands: by rule, by amount, and as its round began."""

from decimal import Decimal
from pathlib import Path

import pytest

from rules.frozen import thaw
from rules.load import RuleError
from rules.signing import CODED
from sheet_templates.form import FieldKey, FormKey, Role
from tests.support.small_company import BOOK, MO, RAE, small_company
from tests.support.town import Town

GRADES = 'grades = { A = "amount >= 70000" }'


def demanded(town: Town, what: str) -> dict[str, str]:
    run = town.store.run(FormKey("claim"), town.record("claim", what).id)
    assert run is not None
    return {each.key: each.grade for each in thaw(run.frozen).taken()}


def test_a_step_demands_more_where_its_condition_is_true(tmp_path: Path):
    town = Town(small_company(tmp_path))
    for what, amount in (("small", 500), ("large", 70000)):
        town.adds(RAE, "claim", what=what, amount=Decimal(amount), submit="Yes")
        town.settle()

    assert demanded(town, "small")["manager"] == "D"
    assert demanded(town, "large")["manager"] == CODED
    assert demanded(town, "large")["joint"] == "D"


def test_a_change_that_makes_it_large_demands_more_from_then_on(tmp_path: Path):
    town = Town(small_company(tmp_path))
    town.adds(RAE, "claim", what="it grows", amount=500, submit="Yes")
    town.settle()
    town.types(RAE, "claim", "it grows", amount=80000)
    town.settle()

    assert demanded(town, "it grows")["manager"] == CODED


def test_a_step_that_always_demands_a_code_has_the_column_for_its_signers_alone(tmp_path: Path):
    company = small_company(tmp_path, toml=BOOK.replace(GRADES, 'grade = "A"'))

    columns = {each.key: each for each in company.forms[FormKey("claim")].fields}
    code = columns[FieldKey("manager_manager_code")]
    assert FieldKey("joint_finance_code") not in columns
    assert code.read_by(Role("manager"))
    assert not code.read_by(Role("rep"))
    town = Town(company)
    town.adds(RAE, "claim", what="a nail", amount=5, submit="Yes")
    town.settle()
    assert demanded(town, "a nail") == {"manager": CODED}
    assert MO in {each.key for each in town.engine.desks()}


@pytest.mark.parametrize(
    "wrong",
    [
        'grades = { E = "amount >= 1" }',
        'grades = { D = "amount >= 1" }',
        'grade = "B"\ngrades = { C = "amount >= 1" }',
    ],
)
def test_a_grade_that_is_none_or_not_stronger_is_a_fault(tmp_path: Path, wrong: str):
    with pytest.raises(RuleError, match="no grade of evidence that is stronger"):
        small_company(tmp_path, toml=BOOK.replace(GRADES, wrong))
