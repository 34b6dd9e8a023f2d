"""Where commands show: the terminal, a file, another program."""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text as Line

from sync.edges.harmless import harmless

_WIDE: Final = 160
"""Columns of what is no terminal: wide enough for tables."""


def show(lines: Iterable[RenderableType]) -> None:
    """Show *lines*. Lines of text are broken by the terminal alone, so that they can be searched and copied.

    What people typed is no command to the terminal in them, and no line of its own.
    """
    out = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, markup=False, emoji=False)
    for each in lines:
        if isinstance(each, str | Line):
            out.print(_one_line(each), soft_wrap=True)
        else:
            out.print(_Harmless(each))


def _one_line(said: str | Line) -> Line:
    line = Line(said) if isinstance(said, str) else said.copy()
    line.plain = harmless(re.sub(r"[\n\t]", " ", line.plain))
    return line


class _Harmless:
    """Anything that can be shown, made harmless."""

    def __init__(self, shown: RenderableType) -> None:
        self._shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for each in console.render(self._shown, options):
            yield each if each.control else Segment(harmless(each.text), each.style)
