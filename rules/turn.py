"""Whose turn it is: the open step of a run, and the people who may sign it. Pure.

Nobody signs his own request: the step goes up. An empty seat goes up as well. Where it can go no further up
nobody may sign, and that is reported: nothing passes by itself.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rules.effect import Decision, Run, Verdict
from rules.frozen import Frozen, FrozenStep, thaw
from sheet_templates.form import FormKey, Labels, Role
from sheet_templates.record import Record, Records, State, Value

PEOPLE: Final = FormKey("people")
MANAGER: Final = Role("manager")
"""Not anybody with this role, but the owner's own superior."""
LEADER: Final = Role("leader")
"""To whom a step goes up that nobody else may sign."""


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
    owner = record[frozen.owner] if record is not None else None
    asked = requesters(run, owner)
    done = {each.role for each in standing if each.step == step.key}
    turns: list[Turn] = []
    for role in step.roles:
        if role not in done:
            people, up = signers(role, asked, records, today, owner=str(owner or run.submitted_by))
            turns.append(Turn(step=step.key, labels=step.labels, role=role, people=people, up=up))
    return tuple(turns)


def open_step(frozen: Frozen, standing: Iterable[Decision]) -> FrozenStep | None:
    """Return the first step that does not have the agreement it needs; None if all have."""
    agreed = [(each.step, each.role) for each in standing if each.verdict is Verdict.AGREE]
    for step in frozen.taken():
        if sum((step.key, role) in agreed for role in step.roles) < step.need:
            return step
    return None


def in_force(run: Run, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions of the run's present round that were not voided."""
    return tuple(each for each in decisions if each.round == run.round and each.voided is None)


def requesters(run: Run, owner: Value) -> frozenset[str]:
    """Return who must not sign: whoever put the record up, and its *owner*."""
    return frozenset({run.submitted_by, owner} if isinstance(owner, str) else {run.submitted_by})


def signers(
    role: Role, asked: frozenset[str], records: Records, today: dt.date, *, owner: str
) -> tuple[tuple[str, ...], bool]:
    """Return who may sign for *role* on a request of *asked* that belongs to *owner*, and whether it went up."""
    holders = [each for each in records.every(PEOPLE) if _works(each, today)]
    leaders = tuple(each.number for each in holders if each["role"] == LEADER and each.number not in asked)
    if role == LEADER:
        return leaders, False
    if role == MANAGER:
        for person in _superiors(owner, records, today):
            if person.number not in asked and person["role"] in {MANAGER, LEADER}:
                return (person.number,), person["role"] != MANAGER
        return leaders, True
    # A department's people share a desk: if one of them asks, the desk cannot prove that another one signed.
    mine = tuple(each.number for each in holders if each["role"] == role)
    return (leaders, True) if not mine or asked & set(mine) else (mine, False)


def _superiors(owner: str, records: Records, today: dt.date) -> Iterator[Record]:
    """Yield the people above *owner*, the nearest first; who has left is replaced by his successor."""
    seen = {owner}
    waiting = _above(records.numbered(PEOPLE, owner))
    while waiting is not None and waiting not in seen:
        seen.add(waiting)
        person = records.numbered(PEOPLE, waiting)
        if person is None:
            return
        if _works(person, today):
            yield person
            waiting = _above(person)
        else:
            successor = person["successor"]
            waiting = successor if isinstance(successor, str) else _above(person)


def _above(person: Record | None) -> str | None:
    superior = person["superior"] if person is not None else None
    return superior if isinstance(superior, str) else None


def _works(person: Record, today: dt.date) -> bool:
    left = person["left"]
    return not (isinstance(left, dt.date) and left <= today)
