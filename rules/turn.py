"""Whose turn it is: the open step of a run, and the people who may sign it. Pure.

Nobody signs his own request: the step goes up. An empty seat goes up as well, and so does that of somebody who
is away and left it to nobody. Where it can go no further up nobody may sign, and that is reported: nothing
passes by itself.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from rules.effect import Decision, Run, Verdict
from rules.frozen import Frozen, FrozenStep, thaw
from rules.leave import PEOPLE, stand_in, works
from sheet_templates.form import FormKey, Labels, Role
from sheet_templates.record import Record, Records, State, Value

__all__ = ["LEADER", "MANAGER", "PEOPLE", "Seat", "Turn", "in_force", "open_step", "requesters", "whose_turn"]

MANAGER: Final = Role("manager")
"""Not anybody with this role, but the owner's own superior."""
LEADER: Final = Role("leader")
"""To whom a step goes up that nobody else may sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who may sign in one role's place."""

    people: tuple[str, ...]
    """Numbers in `people`. Empty: nobody, and somebody must be appointed."""
    up: bool = False
    """The step has gone up, to people of another role."""
    behalf: Mapping[str, str] = field(default_factory=dict)
    """Delegate → who is away and for whom he signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One signature that a record waits for."""

    step: str
    labels: Labels
    """The step's name."""
    role: Role
    """Whose column is to be filled."""
    people: tuple[str, ...]
    """Who may sign: numbers in `people`. Empty: nobody, and somebody must be appointed."""
    up: bool
    """The step has gone up, to people of another role."""
    behalf: Mapping[str, str] = field(default_factory=dict)
    """Delegate → who is away and for whom he signs."""
    missing: int = 1
    """So many agreements the step still needs: fewer than its turns where some of them are enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked, as far as it matters for who may answer."""

    form: FormKey
    asked: frozenset[str]
    """Whose request it is: none of them may sign it."""
    owner: str
    """Whose record it is: `manager` is his superior."""
    amount: Value = None
    """How much is at stake."""


def whose_turn(
    run: Run | None, decisions: Iterable[Decision], records: Records, today: dt.date
) -> tuple[Turn, ...]:
    """Return the signatures that a run waits for now; none if it waits for none."""
    if run is None or run.state is not State.SUBMITTED:
        return ()
    frozen, standing = thaw(run.frozen), in_force(run, decisions)
    step = open_step(frozen, standing)
    if step is None:
        return ()
    record = records.get(run.form, run.record)
    request = Request(
        form=run.form,
        asked=requesters(run, record),
        owner=str((record[frozen.owner] if record is not None else None) or run.submitted_by),
        amount=record[frozen.amount] if record is not None and frozen.amount is not None else None,
    )
    decided = [each for each in standing if each.step == step.key]
    missing = missing_of(step, decided)
    seats = {
        role: seat(role, step, request, records, today)
        for role in step.roles
        if role not in {each.role for each in decided}
    }
    taken = {role: each for role, each in seats.items() if each.people or role in step.must}
    # Where some of them are enough an empty seat holds nothing up, as long as enough people are left.
    if len(taken) < missing:
        taken = seats
    return tuple(
        Turn(
            step=step.key,
            labels=step.labels,
            role=role,
            people=each.people,
            up=each.up,
            behalf=each.behalf,
            missing=missing,
        )
        for role, each in taken.items()
    )


def open_step(frozen: Frozen, standing: Iterable[Decision]) -> FrozenStep | None:
    """Return the first step that does not have the agreement it needs; None if all have."""
    decided = tuple(standing)
    return next((each for each in frozen.taken() if missing_of(each, decided)), None)


def missing_of(step: FrozenStep, standing: Iterable[Decision]) -> int:
    """Return how many agreements *step* still needs."""
    agreed = {each.role for each in standing if each.step == step.key and each.verdict is Verdict.AGREE}
    musts = sum(role not in agreed for role in step.must)
    return max(step.need - sum(role in agreed for role in step.roles), musts)


def in_force(run: Run, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that count: of this round, or of earlier ones that nothing touched, and not voided."""
    since = thaw(run.frozen).since
    first = run.round if since is None else since
    return tuple(each for each in decisions if first <= each.round <= run.round and each.voided is None)


def requesters(run: Run, record: Record | None) -> frozenset[str]:
    """Return who must not sign: whoever put the *record* up, its owner, and who has an interest in it."""
    frozen = thaw(run.frozen)
    named = (record[each] for each in (frozen.owner, *frozen.interested)) if record is not None else ()
    return frozenset({run.submitted_by, *(each for each in named if isinstance(each, str))})


def seat(role: Role, step: FrozenStep, request: Request, records: Records, today: dt.date) -> Seat:
    """Return who may sign in the place of *role* in *step*."""
    if step.people:
        return _filled(step.people, request, records, today)
    holders = [each for each in records.every(PEOPLE) if works(each, today)]
    if step.having is not None:
        able = [each.number for each in holders if each["role"] == role and each[step.having] is True]
        return _filled(able, request, records, today)
    leaders = _filled([each.number for each in holders if each["role"] == LEADER], request, records, today)
    if role == LEADER:
        return leaders
    up = Seat(people=leaders.people, up=True, behalf=leaders.behalf)
    if role == MANAGER:
        return next(_superior_seats(request, records, today), up)
    mine = [each.number for each in holders if each["role"] == role]
    # A department's people share a desk: if one of them asks, the desk cannot prove that another one signed.
    if request.asked & set(mine):
        return up
    found = _filled(mine, request, records, today)
    return found if found.people else up


def _filled(people: Iterable[str], request: Request, records: Records, today: dt.date) -> Seat:
    """Return the seat of *people*, without those who ask; who is away is replaced by his delegate."""
    found: dict[str, str] = {}
    for number in people:
        if number in request.asked:
            continue
        here = stand_in(number, records, today, request.form, request.amount)
        if here is not None and here not in request.asked:
            found.setdefault(here, number)
    behalf = {here: number for here, number in found.items() if here != number}
    return Seat(people=tuple(found), behalf=behalf)


def _superior_seats(request: Request, records: Records, today: dt.date) -> Iterator[Seat]:
    """Yield the seats of those above the owner that are not empty, the nearest first."""
    for person in _superiors(request.owner, records, today):
        if person["role"] in {MANAGER, LEADER}:
            found = _filled((person.number,), request, records, today)
            if found.people:
                yield Seat(people=found.people, up=person["role"] != MANAGER, behalf=found.behalf)


def _superiors(owner: str, records: Records, today: dt.date) -> Iterator[Record]:
    """Yield the people above *owner*, the nearest first; who has left is replaced by his successor."""
    seen = {owner}
    waiting = _above(records.numbered(PEOPLE, owner))
    while waiting is not None and waiting not in seen:
        seen.add(waiting)
        person = records.numbered(PEOPLE, waiting)
        if person is None:
            return
        if works(person, today):
            yield person
            waiting = _above(person)
        else:
            successor = person["successor"]
            waiting = successor if isinstance(successor, str) else _above(person)


def _above(person: Record | None) -> str | None:
    superior = person["superior"] if person is not None else None
    return superior if isinstance(superior, str) else None
