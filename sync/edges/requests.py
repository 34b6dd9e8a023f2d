"""What the command line asks of the daemon that runs: only one of them may write to the store's desks at a time.

Each request is a file in the state folder, until it is done.
"""

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Generic, TypeAlias, TypeVar

from sheet_templates.form import DeskKey
from sync.chosen import Choice
from sync.edges.files import write_whole
from sync.emergency import Emergency
from sync.holds import Answer, Word
from sync.not_me import Dispute
from sync.undoing import Asked

T = TypeVar("T")
_Written: TypeAlias = Mapping[str, Any]

_PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests(Generic[T]):
    """The requests of one kind: one file for each of their names; what was asked last under a name counts."""

    folder: Path
    name: Callable[[T], str]
    written: Callable[[T], _Written]
    read: Callable[[_Written], T]

    def ask(self, request: T) -> None:
        """Ask for *request* to be carried out. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(request), json.dumps(self.written(request)).encode())

    def asked(self) -> tuple[T, ...]:
        """Return what was asked for and not done."""
        if not self.folder.is_dir():
            return ()
        names = sorted(each for each in self.folder.iterdir() if not each.name.startswith("."))
        return tuple(self.read(json.loads(each.read_text(encoding="utf-8"))) for each in names)

    def done(self, request: T) -> None:
        """Say that it was done, whatever came of it; something else that was asked meanwhile stays asked for."""
        if request in self.asked():
            self._path(request).unlink(missing_ok=True)

    def ask_and_wait(self, request: T) -> bool:
        """Ask for *request* and wait until it is done; return whether that was within half a minute."""
        self.ask(request)
        patience = time.monotonic() + _PATIENCE_SECONDS
        while request in self.asked():
            if time.monotonic() > patience:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def _path(self, request: T) -> Path:
        # A company numbers its people as it likes; what it likes need not be a file's name.
        return self.folder / hashlib.sha256(self.name(request).encode()).hexdigest()[:16]


def answers(folder: Path) -> Requests[Answer]:
    """Return what is said of held saves: the last word of each desk."""
    return Requests(folder=folder, name=lambda each: each.desk, written=_answer_written, read=_answer)


def undos(folder: Path) -> Requests[Asked]:
    """Return the undos that are to be carried out."""
    return Requests(folder=folder, name=lambda each: each.name, written=_undo_written, read=_undo)


def disputes(folder: Path) -> Requests[Dispute]:
    """Return the decisions that somebody disowned. The code with which he did is not written down."""
    return Requests(folder=folder, name=lambda each: each.about, written=_dispute_written, read=_dispute)


def emergencies(folder: Path) -> Requests[Emergency]:
    """Return the limits that are to count at once."""
    return Requests(folder=folder, name=lambda each: each.key, written=_emergency_written, read=_emergency)


def _answer_written(answer: Answer) -> _Written:
    return {"desk": answer.desk, "hold": answer.hold, "word": answer.word.value, "by": answer.by}


def _answer(written: _Written) -> Answer:
    return Answer(
        desk=DeskKey(written["desk"]), hold=written["hold"], word=Word(written["word"]), by=written["by"]
    )


def _undo_written(undo: Asked) -> _Written:
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


def _undo(written: _Written) -> Asked:
    since, until, desk = written["since"], written["until"], written["desk"]
    choice = Choice(
        cause=written["cause"],
        desk=None if desk is None else DeskKey(desk),
        since=None if since is None else dt.datetime.fromisoformat(since),
        until=None if until is None else dt.datetime.fromisoformat(until),
        upto=written["upto"],
    )
    return Asked(name=written["name"], by=written["by"], choice=choice)


def _dispute_written(dispute: Dispute) -> _Written:
    return {"about": dispute.about, "by": dispute.by}


def _dispute(written: _Written) -> Dispute:
    return Dispute(about=written["about"], by=written["by"])


def _emergency_written(asked: Emergency) -> _Written:
    return {"key": asked.key, "value": str(asked.value), "reason": asked.reason, "by": asked.by}


def _emergency(written: _Written) -> Emergency:
    return Emergency(
        key=written["key"], value=Decimal(written["value"]), reason=written["reason"], by=written["by"]
    )
