"""What became of one value since it was changed: who still stands in it, and what was taken back already. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.record import Value
from sync.ports import Chained

Takes = Mapping[str, Collection[int]]
"""The cause of each undo → the numbers of the journal's lines that it took back."""


@dataclass(slots=True, kw_only=True)
class Past:
    """The changes of one value that still stand, the latest last.

    An undo is no change of its own: it takes those that it undid out again, and an undo of it puts them back.
    """

    standing: list[Chained] = made(default_factory=list)
    out: dict[int, tuple[Chained, ...]] = made(default_factory=dict)
    """Undo → what it took out."""

    @property
    def last(self) -> Chained | None:
        """The change by which the value is what it is; None if all were undone."""
        return self.standing[-1] if self.standing else None

    def tail(self, chosen: Collection[int]) -> tuple[Chained, ...]:
        """Return the *chosen* lines on which nothing stands but themselves: the value goes back to before them."""
        found: list[Chained] = []
        for line in reversed(self.standing):
            if line.seq not in chosen:
                break
            found.insert(0, line)
        return tuple(found)

    def back(self, chosen: Collection[int]) -> tuple[Value] | None:
        """Return, as the one of a tuple, to what the value goes back without the *chosen* lines; None if it stays."""
        found = self.tail(chosen)
        return (found[0].entry.old,) if found else None

    def add(self, line: Chained, taken: Collection[int], *, apart: bool) -> None:
        """Let *line* happen, which took back the lines *taken*.

        *apart*: it is to be undone itself, so it counts as a change whatever it is.
        """
        if apart or not taken:
            self.standing.append(line)
            return
        self.out[line.seq] = tuple(each for each in self.standing if each.seq in taken)
        self.standing[:] = [each for each in self.standing if each.seq not in taken]
        for undo in sorted(self.out.keys() & set(taken)):
            self.standing.extend(self.out[undo])


def past(lines: Iterable[Chained], chosen: Collection[int], takes: Takes) -> Past:
    """Return what became of one value by *lines*, oldest first; the *chosen* ones are to be undone."""
    found = Past()
    for line in lines:
        found.add(line, takes.get(line.entry.cause, ()), apart=line.seq in chosen)
    return found
