from pathlib import Path

import sheet_templates
from sheet_templates.page import main, pages, write_pages
from tests.support import shipped

DOCS = Path(sheet_templates.__file__).parent.parent / "docs" / "forms"


def test_the_pages_in_docs_are_those_of_the_forms_as_they_are_declared_now():
    roles, limits = shipped.roles(), shipped.limits()
    expected = pages(shipped.forms(), roles, limits)

    assert {path.name for path in DOCS.glob("*.md")} == set(expected)
    for name, page in expected.items():
        assert (DOCS / name).read_text(encoding="utf-8") == page, (
            f"run python -m sheet_templates.page docs/forms ({name})"
        )


def test_a_page_tells_who_fills_in_a_field_who_sees_it_and_what_holds():
    page = pages(shipped.forms(), shipped.roles(), shipped.limits())["order.md"]

    assert page.startswith("# Sales orders · 銷售訂單 / 销售订单\n")
    assert '| Production | `state == "approved"` |' in page
    assert (
        "| Deposit | 訂金比例 | 订金比例 | `deposit_percent` | percent | Sales representative |"
        " Sales manager, Company leader, Finance |  | at least 0; at most 1; a change voids sign-offs |"
        in page
    )
    assert "| Total | computed | `sum([l.amount for l in lines])` |" in page
    assert "[Customers](customer.md)" in page


def test_pages_are_written_once_and_only_again_if_they_change(tmp_path, capsys):
    first = write_pages(tmp_path / "forms")
    (tmp_path / "forms" / "order.md").write_text("old", encoding="utf-8")

    assert {path.name for path in first} >= {"README.md", "order.md", "customer.md"}
    assert main([str(tmp_path / "forms")]) == 0
    assert capsys.readouterr().out.strip().endswith("order.md")
    assert write_pages(tmp_path / "forms") == ()


def test_the_command_says_how_it_is_used(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
