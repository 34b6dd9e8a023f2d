"""The parser's tables come from a file, and fit the library that is installed."""

from pathlib import Path

from sheet_templates import parser_tables
from sheet_templates.parsing import Rule
from tests.support.parser_tables import signature

ROOT = Path(__file__).parents[2]


def test_the_tables_fit_the_grammar_of_the_library_that_is_installed():
    assert parser_tables._lr_signature == signature(), "make them anew: python -m tests.support.parser_tables"


def test_the_library_takes_them_and_computes_none():
    assert {type(each).__name__ for each in Rule.parser._parser.productions} == {"MiniProduction"}


def test_nothing_else_imports_the_library_past_them():
    past = [
        path.name
        for folder in ("sheet_templates", "rules", "sync", "reports")
        for path in (ROOT / folder).rglob("*.py")
        if "rule_engine" in path.read_text(encoding="utf-8") and path.name != "parsing.py"
    ]
    assert past == []
