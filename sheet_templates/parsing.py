"""rule-engine, as everything here imports it: without the half second that it takes to prepare its parser.

At each start the library computes the tables of its grammar, which is longer than all else that a short command
does. It looks for them in a module first, and takes them only if they carry the signature of its grammar; there we
put `parser_tables`, which `make lock` makes anew. Tables of another version are passed over, and computed.
"""

import sys

from sheet_templates import parser_tables

sys.modules.setdefault("rule_engine.parser.parsetab", parser_tables)

from rule_engine import Context, DataType, Rule, ast, errors  # noqa: E402 - it looks for the tables while it is imported

__all__ = ["Context", "DataType", "Rule", "ast", "errors"]
