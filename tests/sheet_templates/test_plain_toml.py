"""The quick reader of plain TOML says what Python's own reader says, or leaves it to that one."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sheet_templates
from sheet_templates.plain_toml import loads

FILES = sorted(Path(sheet_templates.__file__).parent.rglob("*.toml"))

PIECES = (
    *('["a"]\n', '["a.b"]\n', "[a]\n", "[a.b]\n", '["a\\n"]\n', '[""]\n', '["a"] # why\n'),
    *(
        'en = "x"\n',
        'en = "{x} 是"\n',
        'en="x"\n',
        'en = "x" # why\n',
        'en = "\\u4f60"\n',
        'zh-Hant = ""\n',
        "en = 1\n",
    ),
    *(
        'en = """\nx\n\ny"""\n',
        'en = """x""y"""\n',
        'en = """x""""\n',
        'en = """\\\n x"""\n',
        'en = """"""\n',
        'en = """x\n',
    ),
    *("# why\n", "#\twhy\n", "\n", " \n", "\t", "\r\n", '"', "\\", "\x00", 'en = "x"'),
)


def read(text: str) -> object:
    """Return what Python's own reader says, or that it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)


def read_quickly(text: str) -> object:
    try:
        return loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_file_is_read_as_python_reads_it(path: Path):
    text = path.read_text(encoding="utf-8")

    assert read_quickly(text) == read(text)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_whatever_stands_in_a_file_is_read_as_python_reads_it(text: str):
    assert read_quickly(text) == read(text)


@given(st.text(st.sampled_from('ae=" \n\\[].#\x7f是'), max_size=30))
def test_so_is_what_nobody_would_write(text: str):
    assert read_quickly(f'["a"]\nen = "{text}"\n') == read(f'["a"]\nen = "{text}"\n')
