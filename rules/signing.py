"""What speaks against a verdict that somebody typed: it is then told, and never applied. Pure."""

from collections.abc import Iterable
from typing import Final

from rules.effect import Decision, Run
from rules.frozen import thaw
from rules.happened import Signing
from rules.turn import Turn
from sheet_templates.record import State, Text, text

GRADES: Final = "ABCD"
"""Grades of evidence, the strongest first (design, section 8)."""


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
        return text("sign.not_submitted")
    if any(each.key == signing.step and signing.role in each.roles for each in thaw(run.frozen).taken()):
        if any((each.step, each.role) == (signing.step, signing.role) for each in standing):
            return text("sign.doubled")
    else:
        return text("sign.not_needed")
    turn = next((each for each in turns if (each.step, each.role) == (signing.step, signing.role)), None)
    if turn is None:
        return text("sign.out_of_turn")
    if asked & (signing.people | {signing.person}):
        return text("sign.own")
    if signing.person not in turn.people:
        return text("sign.not_yours")
    if signing.content != content:
        return text("sign.stale")
    step = next(each for each in thaw(run.frozen).steps if each.key == signing.step)
    if GRADES.index(signing.grade) > GRADES.index(step.grade):
        return text("sign.weak", grade=signing.grade, needed=step.grade)
    return None
