"""Tells signers that somebody filled in their column in a desk of his own: it counted for nothing. Pure.

Most who do it mean no harm. But the signer is the one who can tell, so he is told once a round (docs: sign-off).
"""

from collections.abc import Iterable

from rules.effect import Notify
from rules.turn import Turn, whose_turn
from sheet_templates.form import Desk, Source
from sheet_templates.record import Problem, Record, State, Text, named, text
from sync.desks import called
from sync.work import Work

RULE = "attempt"


def tell_of_attempts(work: Work, desk: Desk) -> None:
    """Let the signers whose turn it is know what was typed in their place in this save of *desk*."""
    for problem in work.problems:
        notify = _notify(work, desk, problem) if problem.what.key == "ownership.field" else None
        if notify is not None:
            work.notices[notify.event] = notify


def _notify(work: Work, desk: Desk, problem: Problem) -> Notify | None:
    if problem.form is None or problem.record is None or problem.field is None:
        return None
    form = work.declared.forms[problem.form]
    field = form.field(problem.field)
    record, run = work.records.get(form.key, problem.record), work.run(form.key, problem.record)
    if field is None or field.source is not Source.DECISION or record is None or run is None:
        return None
    if run.state is not State.SUBMITTED:
        return None
    turns = whose_turn(run, work.decided(form.key, record.id), work.records, work.at.date())
    people = _people((each for each in turns if (each.step, each.role) == (field.step, field.signer)), desk)
    chain = work.declared.book.chain(form.key)
    if not people or chain is None:
        return None
    return Notify(
        event=f"sign.attempt:{form.key}:{record.id}:{run.round}:{field.key}:{desk.key}",
        people=people,
        headline=text(
            "sign.attempt", form=named(form.labels), number=_number(record), who=_whose(work, desk)
        ),
        lines=(text("sign.attempt.what", column=named(field.labels), value=problem.value or ""),),
        form=form.key,
        record=record.id,
        rule=RULE,
        clause=chain.clause,
    )


def _people(turns: Iterable[Turn], desk: Desk) -> tuple[str, ...]:
    return tuple(sorted({person for turn in turns for person in turn.people} - {*desk.people}))


def _number(record: Record) -> str:
    return record.number or record.id


def _whose(work: Work, desk: Desk) -> Text | str:
    return called(work.records, work.declared.posts, desk.key)
