"""Rules that are not as they should be: each desk has one bug in leave or in 加簽, which the laws must find."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from rules.effect import Advance, Effects
from rules.frozen import Frozen, thaw
from rules.leave import HOPS, LEAVE
from sheet_templates.record import Record
from tests.support.book import Desk
from tests.support.small import Shelf, record


class _Lies(Desk):
    """Shows the rules other leaves than there are."""

    def leaves(self, leave: Record) -> Record | None:
        return leave

    @property
    def looked_at(self) -> Shelf:
        found = (self.leaves(each) for each in self.shelf.every(LEAVE))
        others = (each for each in self.shelf.by_id.values() if each.form != LEAVE)
        return Shelf(*others, *(each for each in found if each is not None))


def _with(leave: Record, **values: Any) -> Record:
    return replace(leave, values={**leave.values, **values})


class ForgetsLeaves(_Lies):
    """Asks those who are away."""

    def leaves(self, leave: Record) -> Record | None:
        return None


class LeavesNeverEnd(_Lies):
    """Lets a delegate go on when he for whom he signs is back."""

    def leaves(self, leave: Record) -> Record | None:
        return _with(leave, end_on=dt.date(2099, 1, 1))


class ForgetsTheLimit(_Lies):
    """Lets a delegate sign whatever the amount."""

    def leaves(self, leave: Record) -> Record | None:
        return _with(leave, up_to=None)


class PassesDelegationOn(Desk):
    """Lets a delegate who is away himself leave it to another."""

    @property
    def looked_at(self) -> Shelf:
        return self.shelf.put(record("limits", "L-hops", key=HOPS, value=Decimal(3)))


class _Rewrites(Desk):
    """Keeps another chain in a run than the rules have frozen."""

    def rewritten(self, frozen: Frozen) -> Frozen:
        return frozen

    def carry_out(self, wanted: Effects) -> Effects:
        effects = tuple(
            replace(each, run=replace(each.run, frozen=self.rewritten(thaw(each.run.frozen)).dump()))
            if isinstance(each, Advance)
            else each
            for each in wanted.effects
        )
        super().carry_out(replace(wanted, effects=effects))
        return wanted


class ForgetsWhoWasAdded(_Rewrites):
    """Takes who was added out again as soon as anything goes on."""

    def rewritten(self, frozen: Frozen) -> Frozen:
        known = {each.key for each in thaw(self.run.frozen).steps} if self.run is not None else set()
        steps = tuple(each for each in frozen.steps if not (each.people and each.key in known))
        return replace(frozen, steps=steps)


class AddsBehind(_Rewrites):
    """Puts who was added behind all others."""

    def rewritten(self, frozen: Frozen) -> Frozen:
        return replace(frozen, steps=tuple(sorted(frozen.steps, key=lambda each: bool(each.people))))


class AddsTheRequester(_Rewrites):
    """Asks whoever put it up in the place of who was added."""

    def rewritten(self, frozen: Frozen) -> Frozen:
        steps = (replace(each, people=("P-6",)) if each.people else each for each in frozen.steps)
        return replace(frozen, steps=tuple(steps))


EVERY: Final[tuple[Callable[..., Desk], ...]] = (
    ForgetsLeaves,
    LeavesNeverEnd,
    ForgetsTheLimit,
    PassesDelegationOn,
    ForgetsWhoWasAdded,
    AddsBehind,
    AddsTheRequester,
)
