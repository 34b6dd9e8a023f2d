"""Sign-offs as reports count them: from the journal, how long each was waited for, and what is waited for now.

A step is waited for from the moment at which its round began or the step before it was decided, in working time.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from functools import cached_property
from typing import Final, TypeAlias

from reports.period import Period
from reports.signed import Awaited, SignOff
from rules.effect import Run
from rules.frozen import thaw
from rules.signing import SIGNER
from rules.turn import whose_turn
from sheet_templates.expression import calendar_in, limits_in
from sheet_templates.form import FormKey, Labels, Role
from sheet_templates.record import RecordId, State
from sheet_templates.working_calendar import WorkingCalendar
from sync.declared import Declared
from sync.desks import PEOPLE
from sync.ports import Entry, Store

_Place: TypeAlias = tuple[FormKey, RecordId]
_Which: TypeAlias = tuple[_Place, str, str, str, str]
"""Record, round, step, role and person: one decision."""
_SUBMITTED: Final = State.SUBMITTED.value


@dataclass(slots=True, kw_only=True)
class _Round:
    """How far the present round of a record has come."""

    number: str
    began: dt.datetime
    decided: dict[str, dt.datetime] = made(default_factory=dict)
    """Step → when somebody last decided in it."""

    def since(self, step: str) -> dt.datetime:
        """Return from when on *step* is waited for."""
        return max((self.began, *(at for each, at in self.decided.items() if each != step)))


class SignOffs:
    """What the journal knows of sign-offs; read once, when it is first asked."""

    def __init__(self, declared: Declared, store: Store, now: dt.datetime) -> None:
        self._declared = declared
        self._store = store
        self._now = now
        self._rounds: dict[_Place, _Round] = {}

    def given(self, period: Period) -> tuple[SignOff, ...]:
        """Return the decisions of *period*, oldest first, those that no longer count too."""
        return tuple(each for each in self._every if each.at.date() in period)

    def awaited(self) -> tuple[Awaited, ...]:
        """Return the decisions that are waited for now."""
        assert self._every is not None
        return tuple(each for run in self._store.open_runs() for each in self._turns(run))

    @cached_property
    def _calendar(self) -> WorkingCalendar:
        return calendar_in(self._store, self._declared.calendar, limits_in(self._store))

    @cached_property
    def _every(self) -> tuple[SignOff, ...]:
        found: dict[_Which, SignOff] = {}
        for line in self._store.journal():
            entry = line.entry
            if entry.form is None or entry.record is None:
                continue
            place = (entry.form, entry.record)
            match entry.kind:
                case "run" if entry.new == _SUBMITTED:
                    self._begin(place, entry)
                case "decision":
                    found[_which(place, entry)] = self._signed(place, entry)
                case "void" if (which := _which(place, entry)) in found:
                    found[which] = replace(found[which], voided=entry.detail["voided"])
                case _:
                    pass
        return tuple(found.values())

    def _begin(self, place: _Place, entry: Entry) -> None:
        number = entry.detail.get("round", "1")
        known = self._rounds.get(place)
        # A round is entered again when what changed was tolerated, or a signer was added: it goes on.
        if known is None or known.number != number:
            self._rounds[place] = _Round(number=number, began=self._local(entry.at))

    def _signed(self, place: _Place, entry: Entry) -> SignOff:
        at, step, role = self._local(entry.at), entry.detail["step"], Role(entry.detail["role"])
        round_ = self._rounds.setdefault(place, _Round(number=entry.detail["round"], began=at))
        since = round_.since(step)
        round_.decided[step] = at
        behalf = entry.detail.get("behalf", "")
        return SignOff(
            form=place[0],
            record=place[1],
            step=self._labels(place, step),
            role=role,
            person=entry.person or "",
            at=at,
            hours=self._calendar.hours(since, at),
            grade=entry.detail.get("grade", "D"),
            behalf=behalf,
            up=not behalf and role != SIGNER and self._role(entry.person) not in (None, role),
        )

    def _turns(self, run: Run) -> Iterator[Awaited]:
        place = (run.form, run.record)
        round_ = self._rounds.get(place)
        decided = self._store.decisions(*place)
        for turn in whose_turn(run, decided, self._store, self._now.date()):
            began = self._local(run.submitted_at) if round_ is None else round_.since(turn.step)
            yield Awaited(
                form=run.form,
                record=run.record,
                step=turn.labels,
                role=turn.role,
                people=turn.people,
                up=turn.up,
                hours=self._calendar.hours(began, self._now),
            )

    def _labels(self, place: _Place, step: str) -> Labels:
        """Return what the step is called in the record's own chain; its key where that has no such step any more."""
        run = self._store.run(*place)
        steps: Iterable[tuple[str, Labels]] = (
            () if run is None else ((each.key, each.labels) for each in thaw(run.frozen).steps)
        )
        known: Mapping[str, Labels] = dict(steps)
        return known.get(step, Labels(zh_hant=step, zh_hans=step, en=step))

    def _role(self, person: str | None) -> Role | None:
        found = self._store.numbered(PEOPLE, person) if person else None
        role = found["role"] if found is not None else None
        return Role(role) if isinstance(role, str) else None

    def _local(self, moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(self._now.tzinfo)


def _which(place: _Place, entry: Entry) -> _Which:
    return place, entry.detail["round"], entry.detail["step"], entry.detail["role"], entry.person or ""
