"""A real LibreOffice for tests, and people at its keyboard: `run` starts one without a screen, with a profile of its own.

Its Python bridge belongs to the system's Python, so the hands are a process of that Python
(`libreoffice_hands.py`), to which everything is said in lines of JSON.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.edges.xlsx.a1 import letters

HEADER = 2
"""The row with the arrows."""

PATIENCE = 90
"""Seconds that one thing may take on a machine that has other things to do."""

_PYTHON = "/usr/bin/python3"
_HANDS = Path(__file__).with_name("libreoffice_hands.py")


def missing() -> str:
    """Return why LibreOffice cannot be driven here, or ''."""
    if shutil.which("soffice") is None:
        return "needs LibreOffice, which .ci/run installs"
    try:
        asked = subprocess.run(
            [_PYTHON, "-c", "import uno"], capture_output=True, check=False, timeout=PATIENCE
        )
    except OSError:
        return f"needs {_PYTHON} with LibreOffice's bridge (python3-uno), which .ci/run installs"
    return "" if asked.returncode == 0 else "needs LibreOffice's bridge (python3-uno), which .ci/run installs"


@contextmanager
def run(folder: Path) -> Iterator["Client"]:
    """Run a LibreOffice whose profile lies in *folder*. It ends with the context, whatever happens in it."""
    hands = subprocess.Popen(
        [_PYTHON, str(_HANDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    client = Client(hands=hands)
    try:
        client.ask(profile=str(folder / "profile"))
        yield client
    finally:
        client.end()
        for stream in (hands.stdin, hands.stdout):
            if stream is not None:
                stream.close()


@dataclass(slots=True, kw_only=True)
class Client:
    """A running LibreOffice."""

    hands: "subprocess.Popen[str]"

    def open(self, path: Path, by: str = "Rae") -> "Opened":
        """Open the file at *path* as the user *by*; its lock appears."""
        self.ask("open", path=str(path), who=by)
        return Opened(client=self, path=path)

    def type_as(self, locale: str) -> None:
        """Understand what is typed from now on as people of *locale* type (`en-US`), in all files."""
        self.ask("type_as", locale=locale)

    def close_all(self) -> None:
        """Close whatever is open, without saving."""
        self.ask("close_all")

    def ask(self, verb: str | None = None, **values: object) -> Any:
        """Let the hands do something; return what they answer. Raises RefusedError if LibreOffice would not."""
        assert self.hands.stdin is not None
        assert self.hands.stdout is not None
        said = values if verb is None else {"verb": verb, **values}
        self.hands.stdin.write(json.dumps(said) + "\n")
        self.hands.stdin.flush()
        patience = threading.Timer(PATIENCE, self.kill)
        patience.start()
        try:
            line = self.hands.stdout.readline()
        finally:
            patience.cancel()
        assert line, f"LibreOffice is gone: it was to {verb or 'start'}"
        answer = json.loads(line)
        if "fault" in answer:
            raise RefusedError(f"{verb}: {answer['fault']}")
        return answer["answer"]

    def end(self) -> None:
        """Let LibreOffice close its files and end; by force if it would not."""
        assert self.hands.stdin is not None
        self.hands.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.hands.wait(PATIENCE)
        self.kill()

    def kill(self) -> None:
        """End the hands and their LibreOffice, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.hands.pid, signal.SIGKILL)
        self.hands.wait()


class RefusedError(Exception):
    """LibreOffice would not do what it was told."""


@dataclass(slots=True, kw_only=True)
class Opened:
    """A file that somebody has open. Sheets are named by their titles, cells as `F3`, rows by their numbers."""

    client: Client
    path: Path

    @property
    def is_writable(self) -> bool:
        """Whether it may be saved: who opens a file that somebody has open may only read it."""
        return bool(self._ask("is_writable"))

    def type(self, sheet: str, cell: str, text: str) -> None:
        """Type into a cell and press Enter: LibreOffice makes of it what it makes of it."""
        self._ask("type", sheet=sheet, cell=cell, text=text)

    def clear(self, sheet: str, area: str) -> None:
        """Press Delete."""
        self._ask("at", sheet=sheet, area=area, command="ClearContents")

    def undo(self) -> None:
        self._ask("press", command="Undo")

    def sort(self, sheet: str, column: int, *, descending: bool = False) -> None:
        """Sort by a column (1 for A), by the arrow in its header."""
        self._ask("sort", sheet=sheet, area=self._filtered(sheet), column=column, descending=descending)

    def press_sort(self, sheet: str, cell: str, *, descending: bool = False) -> None:
        """Stand in a cell and press the button that sorts by its column."""
        self._ask("at", sheet=sheet, area=cell, command="SortDescending" if descending else "SortAscending")

    def filter(self, sheet: str, column: int, text: str) -> None:
        """Show only the rows that have *text* in a column (1 for A), by the arrow in its header."""
        self._ask("filter", sheet=sheet, area=self._filtered(sheet), column=column, text=text)

    def _filtered(self, sheet: str) -> str:
        """Return the area whose header has the arrows."""
        rows = self.rows(sheet)
        return f"A{HEADER}:{letters(len(rows[HEADER - 1]))}{len(rows)}"

    def insert_rows(self, sheet: str, at: int, count: int = 1) -> None:
        """Insert empty rows above row *at*."""
        self._ask("at", sheet=sheet, area=f"{at}:{at + count - 1}", command="InsertRowsBefore")

    def delete_rows(self, sheet: str, at: int, count: int = 1) -> None:
        self._ask("at", sheet=sheet, area=f"{at}:{at + count - 1}", command="DeleteRows")

    def insert_columns(self, sheet: str, at: str) -> None:
        """Insert an empty column left of column *at*."""
        self._ask("at", sheet=sheet, area=f"{at}1", command="InsertColumnsBefore")

    def copy_paste_rows(self, sheet: str, at: int, to: int, count: int = 1) -> None:
        """Copy whole rows and paste them over those from *to* on."""
        self._ask("paste", sheet=sheet, area=f"{at}:{at + count - 1}", to=f"A{to}")

    def copy_paste(self, sheet: str, area: str, to: str) -> None:
        """Copy cells and paste them."""
        self._ask("paste", sheet=sheet, area=area, to=to)

    def add_sheet(self, name: str) -> None:
        self._ask("add_sheet", name=name)

    def chart(self, sheet: str, area: str) -> None:
        """Draw a chart of an area on its sheet."""
        self._ask("chart", sheet=sheet, area=area)

    def comment(self, sheet: str, cell: str, text: str) -> None:
        self._ask("comment", sheet=sheet, cell=cell, text=text)

    def paint(self, sheet: str, cell: str, colour: int) -> None:
        """Give a cell a colour and bold letters."""
        self._ask("paint", sheet=sheet, cell=cell, colour=colour)

    def save(self) -> None:
        self._ask("save")

    def save_as(self, path: Path) -> None:
        """Save under another name and go on there."""
        self._ask("save_as", new=str(path))
        self.path = path

    def close(self) -> None:
        """Close; what was not saved is gone."""
        self._ask("close")

    def rows(self, sheet: str) -> Sequence[Sequence[str | float]]:
        """Return what the cells hold, from row 1 on: '' for an empty one, days since 1899-12-30 for a date."""
        found: Sequence[Sequence[str | float]] = self._ask("rows", sheet=sheet)
        return found

    def shown(self, sheet: str, cell: str) -> str:
        """Return what a cell shows."""
        return str(self._ask("shown", sheet=sheet, cell=cell))

    def look(self, sheet: str) -> Mapping[str, Any]:
        """Return how the sheet looks, beside what its cells say (`libreoffice_hands.Hands.look`)."""
        found: Mapping[str, Any] = self._ask("look", sheet=sheet)
        return found

    def _ask(self, verb: str, **values: object) -> Any:
        return self.client.ask(verb, path=str(self.path), **values)
