"""`deskbook init` on real folders."""

from pathlib import Path, PurePath

import openpyxl
import pytest

from sheet_templates.form import FieldKey, FormKey, Lang
from sync.edges.settings import load_settings
from sync.exits import Exit
from tests.support.acme import hands
from tests.support.shell import contents, deskbook, typed


@pytest.mark.parametrize(
    ("lang", "desk", "sheet"),
    [
        (Lang.ZH_HANT, "管理員", "人員名冊"),
        (Lang.ZH_HANS, "管理员", "人员名册"),
        (Lang.EN, "Administrator", "People"),
    ],
)
def test_init_makes_a_workspace_in_each_language_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang, desk: str, sheet: str
):
    root = tmp_path / "new"

    assert typed("init", root, "--lang", lang, "--company", "永信 Co") == Exit.OK

    admin = root / "desks" / desk / f"{desk}.xlsx"
    assert sheet in openpyxl.load_workbook(admin).sheetnames
    assert (root / "master.xlsx").is_file()
    assert load_settings(root).company.language is lang
    out = capsys.readouterr().out
    for said in (str(admin), sheet, f"deskbook run -w {root}", "永信 Co"):
        assert said in out


@pytest.mark.long
def test_a_chinese_computer_makes_a_chinese_workspace_and_people_entered_in_it_get_desks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    root = tmp_path / "永信科技"
    made = deskbook("init", root, at=tmp_path, lang="zh_TW.UTF-8")
    assert (made.code, made.err) == (0, "")
    assert "接下來：" in made.out
    assert load_settings(root).company.name == "永信科技"
    assert load_settings(root).company.zone == "Asia/Shanghai"  # what the computer's TZ says

    admin = PurePath("desks/管理員/管理員.xlsx")
    row = {"name": "王小明", "role": "銷售代表", "email": "wang@example.com"}
    hands(root).add_row(admin, FormKey("people"), {FieldKey(key): value for key, value in row.items()})

    assert typed("sync", "-w", root) == Exit.OK
    out = capsys.readouterr().out
    assert "更改記錄 1 筆 · 待更正 0 項" in out
    assert "「王小明」" in out
    assert (root / "desks/王小明/王小明.xlsx").is_file()


@pytest.mark.long
def test_a_second_init_leaves_everything_as_it_is(root: Path, capsys: pytest.CaptureFixture[str]):
    before = contents(root)

    assert typed("init", root) == Exit.USAGE
    assert f"There is a workspace in {root} already" in capsys.readouterr().err
    assert contents(root) == before


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "--zone",
            "Asia/Taipeh",
            "company.zone: “Asia/Taipeh” is not a time zone; did you mean Asia/Taipei?",
        ),
        ("--currency", "yuan", "company.currency"),
    ],
)
def test_init_refuses_settings_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
):
    assert typed("init", tmp_path / "new", option, value) == Exit.USAGE
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
