"""What the command line asks of the daemon that runs: only one of them may write to the store's desks at a time."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sheet_templates.form import DeskKey
from sync.chosen import Choice
from sync.edges.files import write_whole
from sync.holds import Answer, Word
from sync.not_me import Dispute
from sync.undoing import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was said of held saves: one file for each desk, the last word counts, until it is done."""

    folder: Path

    def ask(self, answer: Answer) -> None:
        """Ask for *answer* to be carried out. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        said = {"desk": answer.desk, "hold": answer.hold, "word": answer.word.value, "by": answer.by}
        write_whole(self._path(answer), json.dumps(said).encode())

    def asked(self) -> tuple[Answer, ...]:
        """Return what was said and not carried out."""
        if not self.folder.is_dir():
            return ()
        names = sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))
        return tuple(_answer(json.loads(each.read_text(encoding="utf-8"))) for each in names)

    def done(self, answer: Answer) -> None:
        """Say that it was done, whatever came of it."""
        if answer in self.asked():
            self._path(answer).unlink(missing_ok=True)

    def _path(self, answer: Answer) -> Path:
        # A company numbers its people as it likes; what it likes need not be a file's name.
        return self.folder / hashlib.sha256(answer.desk.encode()).hexdigest()[:16]


def _answer(written: dict[str, Any]) -> Answer:
    return Answer(
        desk=DeskKey(written["desk"]), hold=written["hold"], word=Word(written["word"]), by=written["by"]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Undos:
    """Undos that are to be carried out: one file for each, until it is done."""

    folder: Path

    def ask(self, undo: Asked) -> None:
        """Ask for *undo*. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(undo), json.dumps(_written(undo)).encode())

    def asked(self) -> tuple[Asked, ...]:
        """Return what was asked for and not done."""
        if not self.folder.is_dir():
            return ()
        names = sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))
        return tuple(_read(json.loads(each.read_text(encoding="utf-8"))) for each in names)

    def done(self, undo: Asked) -> None:
        """Say that it was done, whatever came of it."""
        self._path(undo).unlink(missing_ok=True)

    def _path(self, undo: Asked) -> Path:
        return self.folder / hashlib.sha256(undo.name.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputes:
    """Decisions that somebody disowned: one file for each, until it is done. The code is not in it."""

    folder: Path

    def ask(self, dispute: Dispute) -> None:
        """Ask for *dispute* to be carried out. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(dispute), json.dumps({"about": dispute.about, "by": dispute.by}).encode())

    def asked(self) -> tuple[Dispute, ...]:
        """Return what was asked for and not done."""
        if not self.folder.is_dir():
            return ()
        names = sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))
        found = (json.loads(each.read_text(encoding="utf-8")) for each in names)
        return tuple(Dispute(about=each["about"], by=each["by"]) for each in found)

    def done(self, dispute: Dispute) -> None:
        """Say that it was done, whatever came of it."""
        self._path(dispute).unlink(missing_ok=True)

    def _path(self, dispute: Dispute) -> Path:
        return self.folder / dispute.about[:16]


def _written(undo: Asked) -> dict[str, object]:
    choice = undo.choice
    return {
        "name": undo.name,
        "by": undo.by,
        "cause": choice.cause,
        "desk": choice.desk,
        "since": None if choice.since is None else choice.since.isoformat(),
        "until": None if choice.until is None else choice.until.isoformat(),
        "upto": choice.upto,
    }


def _read(written: dict[str, Any]) -> Asked:
    since, until, desk = written["since"], written["until"], written["desk"]
    choice = Choice(
        cause=written["cause"],
        desk=None if desk is None else DeskKey(desk),
        since=None if since is None else dt.datetime.fromisoformat(since),
        until=None if until is None else dt.datetime.fromisoformat(until),
        upto=written["upto"],
    )
    return Asked(name=written["name"], by=written["by"], choice=choice)
