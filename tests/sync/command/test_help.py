"""The help of every command."""

import time
from pathlib import Path

import pytest

from sheet_templates.form import Lang
from sheet_templates.record import text
from sheet_templates.words import Words
from tests.support.shell import deskbook, typed

COMMANDS = ("init", "run", "sync", "status", "check", "log", "report", "hold", "undo", "demo")


def test_help_comes_at_once():
    before = time.monotonic()
    ended = deskbook("--help", at=Path(__file__).parent)

    assert ended.code == 0
    assert all(each in ended.out for each in COMMANDS)
    assert time.monotonic() - before < 5  # a fraction of a second, on a computer that is not busy


@pytest.mark.parametrize("lang", Lang)
def test_the_help_of_every_command_says_what_it_is_for_with_an_example(
    lang: Lang, capsys: pytest.CaptureFixture[str]
):
    words = Words.load()
    below = (("forms", "check"), ("forms", "docs"), ("hold", "take"), ("hold", "drop"))
    for command in (*((each,) for each in COMMANDS), *below):
        assert typed(*command, "--help", lang=lang) == 0
        out = capsys.readouterr().out
        first = words.say(text(f"cli.help.{'.'.join(command)}"), lang).strip().splitlines()[0]
        assert first in out
        assert f"    deskbook {' '.join(command)}" in out
        assert "cli.help" not in out
