"""A shell for tests: commands as real processes, and as they are typed within this one."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from sheet_templates.form import Lang
from sheet_templates.words import Words
from sync.cli import app, translate

PATIENCE = 120
"""Seconds that a command may take on a machine that has other things to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str


def start(*words: object, at: Path, lang: str = "C.UTF-8", **variables: str) -> "subprocess.Popen[str]":
    """Start `deskbook` in the folder *at*, on a computer of the locale *lang*."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("LC_", "LANG", "DESKBOOK", "PYTHONDONTWRITE"))
    }
    return subprocess.Popen(
        [sys.executable, "-m", "sync", *map(str, words)],
        cwd=at,
        env={**kept, "LANG": lang, "TZ": "Asia/Shanghai", "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


ROOT = Path(__file__).parent.parent.parent


def end(process: "subprocess.Popen[str]") -> Ended:
    """Return how *process* ended; no command may end in a traceback."""
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return Ended(code=process.returncode, out=out, err=err)


def deskbook(*words: object, at: Path, lang: str = "C.UTF-8", **variables: str) -> Ended:
    """Run `deskbook` to its end."""
    return end(start(*words, at=at, lang=lang, **variables))


def typed(*words: object, lang: Lang = Lang.EN) -> int:
    """Run a command within this process, where the libraries are loaded already; return its exit code."""
    command = get_command(app)
    assert isinstance(command, TyperGroup)
    translate(command, Words.load(), lang)
    code: Any = command.main([str(each) for each in words], prog_name="deskbook", standalone_mode=False)
    return int(code or 0)


def contents(folder: Path) -> Mapping[str, bytes]:
    """Return every file below *folder* with its bytes."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
