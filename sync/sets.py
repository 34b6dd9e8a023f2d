"""Which set of a company's own declarations is in force, as the requests say that were signed off. Pure.

A set is all files of the company's own forms and rules together; its mark is the hash of them. A request for a set
says over which one it was asked for, and counts only while that one is in force: else it would undo unseen what came
between.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sheet_templates.form import FieldKey
from sheet_templates.record import Record

KIND: Final = "own files"
"""What the targets of these requests begin with: no form can be called so."""

COUNTED_ON: Final = FieldKey("counted_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a request for a set of declarations wants: *mark* in place of *base*."""

    base: str
    mark: str
    over: bool = False
    """Nobody wants it any more: the files in the folder became others."""

    @property
    def target(self) -> str:
        """Return how a request names it."""
        return f"{KIND}:{self.mark}"

    def dump(self) -> str:
        """Return it as a request keeps it."""
        return json.dumps({"base": self.base, "mark": self.mark, "over": self.over}, sort_keys=True)


def marks_of(asked: Record) -> Marks | None:
    """Return what a change of settings wants of the declarations; None if it is about something else."""
    if not str(asked["target"] or "").startswith(f"{KIND}:"):
        return None
    kept: dict[str, Any] = json.loads(str(asked["wanted"]))
    return Marks(base=str(kept["base"]), mark=str(kept["mark"]), over=bool(kept["over"]))


def in_force(asked: Iterable[Record]) -> str | None:
    """Return the mark of the set that counts by what was *asked*, in order of creation; None: by none of it."""
    found = None
    for each in asked:
        marks = marks_of(each)
        if marks is not None and each[COUNTED_ON] is not None:
            found = marks.mark
    return found


def may_count(asked: Record, every: Iterable[Record]) -> bool:
    """Return whether a request is still wanted, and about what is in force by all the requests that there are."""
    marks = marks_of(asked)
    return marks is None or (not marks.over and in_force(every) in {None, marks.base})
