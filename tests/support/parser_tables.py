"""Makes `sheet_templates/parser_tables.py` anew: `python -m tests.support.parser_tables`."""

import sys
from pathlib import Path

from rule_engine._vendor.ply import yacc

from sheet_templates.parsing import Rule

PLACE = Path(__file__).parents[2] / "sheet_templates" / "parser_tables.py"


def signature() -> str:
    """Return what tables must say that fit the grammar of the library that is installed."""
    parser = Rule.parser
    grammar = yacc.ParserReflect({name: getattr(parser, name) for name in dir(parser)})
    grammar.get_all()
    return str(grammar.signature())


def make() -> None:
    """Write the tables of the library that is installed."""
    sys.modules.pop("rule_engine.parser.parsetab", None)
    yacc.yacc(
        module=Rule.parser, debug=False, write_tables=True, tabmodule="made", outputdir=str(PLACE.parent)
    )
    made = PLACE.with_name("made.py").rename(PLACE)
    lines = [each.rstrip() for each in made.read_text(encoding="utf-8").strip().splitlines()]
    head = '"""The tables of rule-engine\'s grammar. Made by `make lock`; see `sheet_templates/parsing.py`."""\n\n'
    made.write_text(
        head + "\n".join(each for each in lines if not each.startswith("#")) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    make()
