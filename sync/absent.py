"""Looks for desks whose files are gone: programs replace them, people move them, shares go away for a while."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath
from typing import Final

from sheet_templates.form import Desk, DeskKey
from sync.begun import underway
from sync.engine import Engine
from sync.log import Log
from sync.moves import Moves
from sync.places import MASTER_FILE
from sync.ports import Found, Refused, Why, Written

GRACE: Final = dt.timedelta(seconds=20)
"""A desk's file may be gone so long while a program saves it, or while its user moves it over a share."""

_LONG_GRACE: Final = dt.timedelta(minutes=10)
"""And so long if many are gone at once: a share comes back piece by piece."""

_FEW: Final = 5
_PART: Final = 5
"""Many are more than five, and more than a fifth."""


@dataclass(slots=True, kw_only=True)
class Absent:
    """What is remembered of desks whose files are gone."""

    engine: Engine
    moves: Moves
    log: Log
    waiting: dict[DeskKey, Refused]
    """Desks that could not be written at the last try, and why."""
    grace: dt.timedelta = GRACE
    """A desk's file may be gone so long before it is looked for elsewhere, or made anew."""
    since: dict[DeskKey, dt.datetime] = made(default_factory=dict)
    """When a desk was missed."""
    before: dict[DeskKey, frozenset[PurePath]] = made(default_factory=dict)
    """What lay in the desks' folder at the last look before a desk was missed."""
    remaking: dict[DeskKey, Desk] = made(default_factory=dict)
    """Desks that are being made anew."""
    seen: tuple[tuple[Found, ...], tuple[int, str]] | None = None
    """What the last look at the desks found, and where the journal stood."""

    def forget(self) -> None:
        """Begin anew: nobody looked for a while."""
        self.seen = None
        self.since.clear()

    def look(self, found: tuple[Found, ...], now: dt.datetime) -> None:
        """Find desks whose files are gone: let them live where they were moved to, or make them anew."""
        self._remade({each.path for each in found})
        seen = (found, self.engine.store.head())
        if seen == self.seen and not self.since:
            return
        there = {each.path for each in found}
        if self.seen is None or self.seen[0] != found:
            self.moves.forget(there)
        before, self.seen = self.seen, seen
        desks = self.engine.desks()
        gone = [each for each in desks if self._is_gone(each, there)]
        for key in self.since.keys() - {each.key for each in gone}:
            del self.since[key]
        for desk in gone:
            if desk.key not in self.since:
                self.log.info("gone", desk=desk.name)
                self.since[desk.key] = now
                self.before.pop(desk.key, None)
                if before is not None:
                    self.before[desk.key] = frozenset(each.path for each in before[0])
        many = len(gone) > max(_FEW, len(desks) // _PART)
        if many and any(self.since[each.key] == now for each in gone):
            self.log.warning("many desks are gone at once: they are waited for", count=len(gone))
        due = [each for each in gone if now - self.since[each.key] >= self.grace]
        if due:
            self._replace(due, found, now, patient=many)

    def _replace(
        self, due: Sequence[Desk], found: tuple[Found, ...], now: dt.datetime, *, patient: bool
    ) -> None:
        """Let desks whose files are gone live where they were moved to; make the others anew."""
        lives = self._moved(due, found)
        for desk in due:
            if desk.key in lives:
                self.log.info("moved", desk=desk.name, to=str(lives[desk.key]))
            elif patient and now - self.since[desk.key] < _LONG_GRACE:
                continue
            else:
                self._remake(desk)
            self.since.pop(desk.key, None)
            self.waiting.pop(desk.key, None)

    def _moved(self, due: Sequence[Desk], found: tuple[Found, ...]) -> Mapping[DeskKey, PurePath]:
        try:
            return self.moves.moved(due, found, self.before)
        except Exception:
            self.log.exception("files that moved could not be looked at")
            return {}

    def _remake(self, desk: Desk) -> None:
        try:
            ended = self.engine.writing.remake(desk)
            if isinstance(ended, Written):
                self.log.warning("made anew", desk=desk.name)
            elif underway(ended):
                self.remaking[desk.key] = desk
        except Exception:
            self.log.exception("a desk could not be made anew", desk=desk.name)

    def _remade(self, there: set[PurePath]) -> None:
        """Tell of the desks that were being made anew, and are there by now."""
        for key, desk in tuple(self.remaking.items()):
            if key not in self.engine.writes.begun:
                del self.remaking[key]
                if not self._is_gone(desk, there):
                    self.log.warning("made anew", desk=desk.name)

    def _is_gone(self, desk: Desk, there: set[PurePath]) -> bool:
        """Return whether a desk's file is not there. The master's lies elsewhere: that shows when it is written."""
        known = self.engine.store.file(desk.key)
        if known is None:
            return False
        if known.path != MASTER_FILE:
            return known.path not in there
        refused = self.waiting.get(desk.key)
        return refused is not None and refused.why is Why.MISSING
