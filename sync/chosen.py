"""What an undo is to take back: which acts of the journal somebody means. Pure.

An act is what one save, one import or one undo entered, with everything that the rules made follow from it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sheet_templates.form import DeskKey
from sync.ports import Chained

UNDO: Final = "undo:"
"""How the cause of an undo begins; behind it stands its name."""

_OUTGOING: Final = frozenset({"export", "withdraw"})
"""What tells that a file went out: nothing of it can be taken back."""

_RULE: Final = "rule:"
_SIGNED: Final = "decision"
_SHORTEST: Final = 6
"""So many characters of a version's or an undo's name are enough to mean it."""

_COMPUTED: Final = (f"{_RULE}computed", f"{_RULE}formula.", f"{_RULE}chain.", f"{_RULE}void")
"""What follows from the rest of a record whenever it changes: it follows from an undo just so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is meant: acts to which all of this applies."""

    cause: str = ""
    """The version of a save, `opening`, `shipped` or the name of an undo; the beginning of it will do. '': any."""
    desk: DeskKey | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    """This moment is not included."""
    upto: int | None = None
    """The number of the journal's last line when it was asked: what came later was not meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One save, import or undo, with what followed from it."""

    cause: str
    desk: DeskKey | None
    at: dt.datetime
    lines: tuple[Chained, ...]


def chosen(journal: Iterable[Chained], choice: Choice) -> tuple[Act, ...]:
    """Return the acts that *choice* means, oldest first. Two with different causes may both begin as it says."""
    return tuple(each for each in acts(journal) if _meant(each, choice))


def acts(journal: Iterable[Chained]) -> Iterator[Act]:
    """Part the journal into acts: what a rule did belongs to the act of the same moment before it."""
    gathered: list[Chained] = []
    for line in journal:
        if line.entry.kind in _OUTGOING:
            continue
        entry = line.entry
        if gathered:
            first = gathered[0].entry
            another = not follows(entry.cause) and entry.cause != first.cause
            if entry.at != first.at or another:
                yield _act(gathered)
                gathered = []
        gathered.append(line)
    if gathered:
        yield _act(gathered)


def follows(cause: str) -> bool:
    """Return whether *cause* is a consequence of another one: a rule's doing, or a verdict that a save brought."""
    return cause.startswith(_RULE) or cause == _SIGNED


def computed(cause: str) -> bool:
    """Return whether what has this *cause* follows anew whenever its record changes."""
    return cause.startswith(_COMPUTED)


def _act(lines: list[Chained]) -> Act:
    first = lines[0].entry
    return Act(cause=first.cause, desk=first.desk, at=first.at, lines=tuple(lines))


def _meant(act: Act, choice: Choice) -> bool:
    return (
        (not choice.cause or _called(act.cause, choice.cause))
        and (choice.desk is None or act.desk == choice.desk)
        and (choice.since is None or act.at >= choice.since)
        and (choice.until is None or act.at < choice.until)
        and (choice.upto is None or act.lines[0].seq <= choice.upto)
    )


def _called(cause: str, said: str) -> bool:
    name = cause.removeprefix(UNDO)
    begun = len(said.removeprefix(UNDO)) >= _SHORTEST and not follows(cause)
    return said in (cause, name) or (begun and (cause.startswith(said) or name.startswith(said)))
