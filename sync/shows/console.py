"""Where commands show: the terminal, a file, another program."""

import sys
from collections.abc import Iterable
from typing import Final

from rich.console import Console, RenderableType
from rich.text import Text as Line

_WIDE: Final = 160
"""Columns of what is no terminal: wide enough for tables."""


def show(lines: Iterable[RenderableType]) -> None:
    """Show *lines*. Lines of text are broken by the terminal alone, so that they can be searched and copied."""
    out = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, markup=False, emoji=False)
    for each in lines:
        out.print(each, soft_wrap=isinstance(each, str | Line))
