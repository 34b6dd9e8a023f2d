"""A decision that its signer disowns is void, and the chain is open again at its step. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from rules import notices
from rules.course import SUBMIT
from rules.effect import Advance, Decision, Effect, Notify, Set, Void
from rules.frozen import thaw
from rules.notices import ADMIN, Matter
from rules.turn import PEOPLE, in_force, whose_turn
from sheet_templates.form import FieldKey
from sheet_templates.record import Address, State, Text, named, text

VOIDED = "chain.void.not_me"
"""Why a decision does not count that its signer disowned."""


def disowned(
    matter: Matter, decisions: Iterable[Decision], disputed: Iterable[Decision], today: dt.date
) -> tuple[Effect, ...]:
    """Return what follows when *disputed*, decisions on *matter*'s record, are disowned; nothing if none counts.

    Those of later steps are void as well: who signed after a forged sign-off may have trusted it. The round that
    begins keeps the decisions of the steps before.
    """
    run, every = matter.run, tuple(decisions)
    standing = in_force(run, every)
    frozen = thaw(run.frozen)
    order = [each.key for each in frozen.taken()]
    mine = [each for each in disputed if each in standing and each.step in order]
    if not mine or run.state not in (State.SUBMITTED, State.APPROVED, State.RETURNED, State.REFUSED):
        return ()
    first = min(order.index(each.step) for each in mine)
    hit = [
        each for each in standing if each in mine or (each.step in order and order.index(each.step) > first)
    ]
    why = text("chain.why.not_me", who=notices.person(mine[0].person, matter.records))
    since = run.round if frozen.since is None else frozen.since
    again = replace(
        run, round=run.round + 1, state=State.SUBMITTED, frozen=replace(frozen, since=since).dump()
    )
    address = Address(form=run.form, record=run.record, field=FieldKey(SUBMIT))
    after = replace(matter, run=again)
    voided = [replace(each, voided=VOIDED) for each in hit]
    left = [each for each in every if each not in hit]
    turns = whose_turn(again, [*left, *voided], matter.records, today)
    return (
        *(Void(decision=each, why=why) for each in voided),
        Set(address=address, value=True, rule=f"chain.{matter.chain.key}"),
        Advance(run=again, why=why),
        _told(after, mine, hit),
        *notices.turns(after, turns),
    )


def _told(matter: Matter, mine: list[Decision], hit: list[Decision]) -> Notify:
    """Tell the superior of whoever disowned it, the administrator, those who asked and all whose sign-off is void."""
    signers = [matter.records.numbered(PEOPLE, each.person) for each in mine]
    superiors = {str(each["superior"]) for each in signers if each is not None and each["superior"]}
    owner = matter.record[str(matter.forms[matter.record.form].owner)]
    asking = {each for each in (matter.run.submitted_by, owner) if isinstance(each, str) and each}
    people = {*superiors, *asking, *(each.person for each in hit)}
    who = notices.person(mine[0].person, matter.records)
    headline = matter.said("chain.not_me", who=who)
    return matter.notify("not_me", headline, roles=(ADMIN,), people=people, lines=_lines(matter, mine))


def _desk(decision: Decision, matter: Matter) -> Text | str:
    """Return whose desk it was signed in: a person's by his name, a department's by its own."""
    if matter.records.numbered(PEOPLE, decision.desk) is None:
        return text(f"role.{decision.desk}")
    return notices.person(decision.desk, matter.records)


def _lines(matter: Matter, mine: Iterable[Decision]) -> tuple[Text, ...]:
    """Return what was disowned, and what that may mean."""
    said = []
    for each in mine:
        verdict = next(one for one in matter.chain.verdicts if one.key == each.verdict.value)
        said.append(
            text(
                "chain.not_me.what",
                verdict=named(verdict.labels),
                at=f"{each.at:%Y-%m-%d %H:%M}",
                grade=each.grade,
                desk=_desk(each, matter),
            )
        )
    return (*said, text("chain.not_me.look"))
