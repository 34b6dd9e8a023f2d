"""What speaks against a verdict that somebody typed: it is then told, and never applied. Pure."""

from collections.abc import Iterable
from typing import Final

from rules.effect import Decision, Run, Verdict
from rules.frozen import FrozenStep, thaw
from rules.happened import Signing
from rules.turn import Turn, missing_of
from sheet_templates.form import FieldKey, Role
from sheet_templates.record import State, Text, text

GRADES: Final = "ABCD"
"""Grades of evidence, the strongest first (design, section 8)."""

CODED: Final = "A"
"""The grade that only a one-time code gives."""

ADDED: Final = "added"
"""The step of whom a signer added; a second one is called `added_2`. All sign in one column."""
SIGNER: Final = Role("signer")
"""Stands in the place of a role where a person was added."""


def column(step: str, role: Role) -> FieldKey:
    """Return the key of the column in which a decision stands; all who were added sign in one."""
    return FieldKey(f"{ADDED if role == SIGNER else step}_{role}")


def fault_of(
    signing: Signing,
    run: Run | None,
    standing: Iterable[Decision],
    turns: Iterable[Turn],
    *,
    content: str,
    asked: frozenset[str],
) -> Text | None:
    """Return what speaks against *signing*, the first thing only; None if nothing does.

    *standing* are the decisions in force, *turns* those that the run waits for, *content* the hash of what is
    up for decision, *asked* those whose request it is.
    """
    if run is None or run.state is not State.SUBMITTED:
        late = signing.verdict is Verdict.WITHDRAW and run is not None
        return text("sign.too_late" if late else "sign.not_submitted")
    steps = thaw(run.frozen).taken()
    step = next((each for each in steps if each.key == signing.step and signing.role in each.roles), None)
    if step is None:
        return text("sign.not_needed")
    decided = tuple(standing)
    if signing.verdict is Verdict.WITHDRAW:
        return _against_taking_back(signing, steps, decided)
    fault = _against_turn(signing, step, turns, decided, asked)
    if fault is not None:
        return fault
    if signing.content != content:
        return text("sign.stale")
    return _against_evidence(signing, step)


def own_from(
    signing: Signing, steps: Iterable[FrozenStep], decided: Iterable[Decision]
) -> tuple[Decision, ...]:
    """Return the signer's decision that *signing* takes back, and those that he made in later steps."""
    order = [each.key for each in steps]
    at = order.index(signing.step)
    mine = [each for each in decided if each.desk == signing.desk and each.step in order[at:]]
    here = any((each.step, each.role) == (signing.step, signing.role) for each in mine)
    return tuple(mine) if here else ()


def _against_turn(
    signing: Signing,
    step: FrozenStep,
    turns: Iterable[Turn],
    decided: tuple[Decision, ...],
    asked: frozenset[str],
) -> Text | None:
    """Return what speaks against it that it is the signer's turn."""
    seat = (signing.step, signing.role)
    if any((each.step, each.role) == seat for each in decided):
        return text("sign.doubled")
    waiting = tuple(turns)
    turn = next((each for each in waiting if (each.step, each.role) == seat), None)
    if turn is None and any(each.step == signing.step for each in waiting):
        # The step is open, and asks others: this seat will have no turn.
        return text("sign.not_yours")
    if turn is None:
        return text("sign.out_of_turn" if missing_of(step, decided) else "sign.enough")
    if asked & (signing.people | {signing.person}):
        return text("sign.own")
    if signing.person not in turn.people:
        return text("sign.away" if signing.person in turn.behalf.values() else "sign.not_yours")
    return None


def _against_evidence(signing: Signing, step: FrozenStep) -> Text | None:
    """Return what speaks against how it is proven who signed."""
    if signing.fault is not None:
        return signing.fault
    if step.grade == CODED and signing.grade != CODED:
        return text("sign.code_needed")
    if GRADES.index(signing.grade) > GRADES.index(step.grade):
        return text("sign.weak", grade=signing.grade, needed=step.grade)
    return None


def _against_taking_back(
    signing: Signing, steps: tuple[FrozenStep, ...], decided: tuple[Decision, ...]
) -> Text | None:
    """Return what speaks against 撤回: it was nobody's or another's decision, or the next step has decided."""
    mine = own_from(signing, steps, decided)
    if not mine:
        return text("sign.nothing")
    order = [each.key for each in steps]
    later = order[order.index(signing.step) + 1 :]
    if any(each.step in later and each not in mine for each in decided):
        return text("sign.too_late")
    return None
