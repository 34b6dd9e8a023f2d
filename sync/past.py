"""What became of one value since it was changed: who still stands in it, and what was taken back already. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.record import Value
from sync.chosen import UNDO
from sync.ports import Chained


@dataclass(slots=True, kw_only=True)
class Past:
    """The changes of one value that still stand, the latest last.

    An undo is no change of its own: it takes those that it undid out again, and an undo of it puts them back.
    """

    standing: list[Chained] = made(default_factory=list)
    undone: tuple[Chained, tuple[Chained, ...]] | None = None
    """The undo that came last, and what it took out; None if the value was changed since."""

    @property
    def last(self) -> Chained | None:
        """The change by which the value is what it is; None if all were undone."""
        return self.standing[-1] if self.standing else None

    def back(self, chosen: Collection[int]) -> tuple[Value] | None:
        """Return, as the one of a tuple, to what the value goes back without the *chosen* lines; None if it stays."""
        target: tuple[Value] | None = None
        for line in reversed(self.standing):
            if line.seq not in chosen:
                break
            target = (line.entry.old,)
        return target

    def add(self, line: Chained, *, apart: bool) -> None:
        """Let *line* happen. *apart*: it is to be undone itself, so it counts as a change whatever it is."""
        entry = line.entry
        if entry.cause.startswith(UNDO) and not apart and self._undo(line):
            return
        self.standing.append(line)
        self.undone = None

    def _undo(self, line: Chained) -> bool:
        """Let an undo happen; return whether it is known what it took back."""
        entry = line.entry
        if self.undone is not None and (self.undone[0].entry.new, self.undone[0].entry.old) == (
            entry.old,
            entry.new,
        ):
            self.standing.extend(self.undone[1])
            self.undone = None
            return True
        for at in range(len(self.standing) - 1, -1, -1):
            if self.standing[at].entry.old == entry.new:
                self.undone = (line, tuple(self.standing[at:]))
                del self.standing[at:]
                return True
        return False


def past(lines: Iterable[Chained], chosen: Collection[int]) -> Past:
    """Return what became of one value by *lines*, oldest first; the *chosen* ones are to be undone."""
    found = Past()
    for line in lines:
        found.add(line, apart=line.seq in chosen)
    return found
