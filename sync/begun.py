"""Writes of desks that were begun and have not ended: where a file is written may be far away, and no round waits."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import Desk, DeskKey
from sync.ports import Refused, Why, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """One write of a desk."""

    write: Callable[[], Written | Refused]
    """Writes; or says how that ended, if it was begun before (`Why.UNDERWAY`)."""
    end: Callable[[Written | Refused], Written | Refused]
    """Does what is to be done when it has ended."""


@dataclass(slots=True, kw_only=True)
class Writes:
    """The writes of all desks, one at a time for each.

    What is remembered here is lost with the daemon: then it is as if its answer had been lost, and the file is read.
    """

    begun: dict[DeskKey, Begun] = made(default_factory=dict)

    def carry_out(self, desk: Desk, begun: Begun) -> Written | Refused:
        """Write, and return how it ended; or that it is under way."""
        try:
            written = begun.write()
        except BaseException:
            self.begun.pop(desk.key, None)
            raise
        if underway(written):
            self.begun[desk.key] = begun
            return written
        self.begun.pop(desk.key, None)
        return begun.end(written)

    def then(self, desk: Desk, more: Callable[[Written | Refused], Written | Refused]) -> None:
        """Have *more* done when the write has ended that is begun."""
        begun = self.begun[desk.key]
        self.begun[desk.key] = Begun(write=begun.write, end=lambda written: more(begun.end(written)))

    def again(self, desk: Desk) -> Written | Refused | None:
        """Ask how a write ended that was begun; None if none was."""
        begun = self.begun.get(desk.key)
        return None if begun is None else self.carry_out(desk, begun)


def underway(ended: object) -> bool:
    """Return whether an act on a desk has been begun, and is to be asked for again."""
    return isinstance(ended, Refused) and ended.why is Why.UNDERWAY
