"""`deskbook rules check`: every fault at once, where it stands, in the workspace's language."""

from pathlib import Path

import pytest

from sheet_templates.form import Lang
from sync.asking import rules_check
from sync.edges.settings import Company
from sync.exits import Exit
from sync.faults import ended
from sync.workspace import create

BROKEN = """
[check.order_far]
form = "ordr"
clauses = ["TX-2.3"]
holds = "total > 0"

[chain.expense]
form = "expense"
clauses = ["IT-5.2.2"]

[chain.expense.steps.x]
labels = { zh-Hant = "甲", zh-Hans = "甲", en = "A" }
roles = ["production"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    company = Company(
        id="co-test1234", name="测试", language=Lang.ZH_HANS, zone="Asia/Shanghai", currency="CNY"
    )
    create(tmp_path / "company", company)
    return tmp_path / "company"


def test_every_fault_is_said_at_once_with_its_place_in_the_language_of_the_workspace(root, capsys):
    (root / "rules" / "own.toml").write_text(BROKEN, encoding="utf-8")

    assert ended(root, rules_check) is Exit.USAGE
    said = capsys.readouterr().err
    assert "rules/own.toml:3:1: check.order_far.form: 没有表单 ordr；是否为 order？" in said
    assert (
        "rules/own.toml:13:1: chain.expense.steps.x.roles: production 看不到 expense，因此不能在那里签核"
        in said
    )


def test_right_rules_are_counted(root, capsys):
    (root / "rules" / "own.toml").write_text("[check.expense_late]\noff = true\n", encoding="utf-8")

    assert ended(root, rules_check) is Exit.OK
    assert "公司自有文件 1 份" in capsys.readouterr().out
