"""Faults are said with the line and column at which their key stands."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sheet_templates.load import SHIPPED_FORMS, SHIPPED_LIMITS
from sheet_templates.places import placed, spot, spots

OWN = """\
labels = { zh-Hant = "表", zh-Hans = "表", en = "Form" }

# [fields.not]
[fields.subject]
type = "text"   # type = 3
help = { en = "a = b", zh-Hant = "x" }

[fields."odd key".labels]
en = 'a'
text = \"\"\"
[fields.no]
type = 1
\"\"\"
after = 2
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("labels", 1, 1),
        ("labels.en", 1, 42),
        ("fields.subject", 4, 2),
        ("fields.subject.type", 5, 1),
        ("fields.subject.help.zh-Hant", 6, 24),
        ("fields.odd key.labels.en", 9, 1),
        ("fields.odd key.labels.after", 14, 1),
        ("fields.subject.lnik", 4, 2),
        ("nowhere", 1, 1),
    ],
)
def test_a_path_is_found_where_it_stands_or_at_the_table_above(path, line, column):
    found, _ = spot(OWN, path)

    assert (found.line, found.column) == (line, column)


def test_what_stands_in_comments_and_long_texts_is_no_key():
    assert not {"fields.not", "fields.no", "fields.subject.help.a"} & set(spots(OWN))


def paths(entries: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in entries.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from paths(value, f"{above}{key}.")


SHIPPED = [SHIPPED_LIMITS, *sorted(SHIPPED_FORMS.glob("*.toml")), *sorted(Path("rules/book").glob("*.toml"))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_key_of_the_shipped_declarations_is_found_on_a_line_that_names_it(path):
    text = path.read_text(encoding="utf-8")
    lines, known = text.splitlines(), spots(text)

    for each in paths(tomllib.loads(text)):
        at = known.get(each)
        if at is None:
            assert any(deeper.startswith(f"{each}.") for deeper in known), each
        else:
            assert each.rpartition(".")[2] in lines[at.line - 1][at.column - 1 :], each


def test_of_two_files_with_one_name_the_fault_is_placed_in_the_one_that_knows_its_key():
    files = {"forms/order.toml": OWN, "rules/order.toml": '[check.a]\nform = "order"\nholds = "x >"\n'}

    assert placed("order.toml: check.a.holds: bad", files) == "rules/order.toml:3:1: check.a.holds: bad"
    assert placed("order.toml: fields.subject.tpye: unknown key", files).startswith("forms/order.toml:4:2: ")
    assert placed("other.toml: x: bad", files) == "other.toml: x: bad"
    broken = "order.toml: not a readable TOML file: Expected '=' (at line 2, column 7)"
    assert placed(broken, files).startswith("forms/order.toml:2:7: ")
