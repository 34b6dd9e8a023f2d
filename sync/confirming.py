"""Confirms to signers what was decided in their name: one mail a save, with a code for “this was not me”. Pure.

What it says is the content as it stood when they signed, in words: a cell that showed something else deceives
nobody for long. Everybody is told who could have typed it: of a shared desk all its people.
"""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from rules.effect import Decision, Notify
from rules.signing import CODED
from rules.turn import LEADER
from rules.worded import Wording
from sheet_templates.form import Desk, FieldKey, Role
from sheet_templates.record import Text, named, text
from sync.desks import PEOPLE
from sync.one_time import MARKER, Kind, digest, event_of
from sync.ports import Entry, Hash
from sync.work import Work

CONFIRM = "confirm"
"""The kind of the journal's entries that say who was asked to confirm which decision."""

RULE = "confirmation"

_TRUSTED: Final = ("role", "superior", "email", "successor")
"""What of a person decides who signs, and where codes and confirmations go."""


def confirm(work: Work, desk: Desk, path: PurePath, file: Hash) -> None:
    """Let those who decided in this save of *desk*, or could have, know what was decided."""
    made = [each for each in _made(work) if each.desk == desk.key]
    receivers = dict.fromkeys(person for each in made for person in _receivers(each, desk))
    for person in receivers:
        mine = [each for each in made if person in _receivers(each, desk)]
        about = digest(desk.key, file, work.at.isoformat(), person)
        _notify(work, mine, person, path, about)
        for each in mine:
            work.entries.append(_entry(work, each, person, file, about))


def tell_of_people(work: Work) -> None:
    """Let a change of who signs, or where his codes go, be known to himself, his superior and the leaders."""
    for (form, record), before in tuple(work.started.items()):
        after = work.records.get(form, record)
        if form != PEOPLE or before is None or after is None:
            continue
        moved = [key for key in _TRUSTED if before[key] != after[key]]
        if not moved:
            continue
        fields = [work.declared.forms[PEOPLE].field(FieldKey(key)) for key in moved]
        superiors = {str(each["superior"]) for each in (before, after) if each["superior"]}
        event = f"people.moved:{record}:{after.version}"
        work.notices[event] = Notify(
            event=event,
            people=tuple(sorted({after.number, *superiors})),
            roles=(LEADER,),
            urgent=True,
            headline=text("people.moved", who=str(after["name"])),
            lines=(
                *(
                    text("people.moved.field", label=named(field.labels), at=f"{work.at:%Y-%m-%d %H:%M}")
                    for field in fields
                    if field is not None
                ),
                text("people.moved.look"),
            ),
            form=form,
            record=record,
            rule="people.moved",
            clause="",
        )


def _made(work: Work) -> list[Decision]:
    """Return the decisions that this work makes."""
    return [
        each
        for (form, record), several in work.decisions.items()
        for each in several
        if each.voided is None and each not in work.store.decisions(form, record)
    ]


def _receivers(decision: Decision, desk: Desk) -> tuple[str, ...]:
    """Return who may have decided it: whoever had the code, else everybody of the desk."""
    if decision.grade == CODED or not desk.shared:
        return (decision.person,)
    return desk.people


def _notify(work: Work, made: list[Decision], person: str, path: PurePath, about: str) -> None:
    event = event_of(Kind.NOT_ME, about)
    first = made[0]
    record = work.records.get(first.form, first.record)
    assert record is not None
    form = named(work.declared.forms[first.form].labels)
    headline = text("confirm.headline", form=form, number=record.number)
    if len(made) > 1:
        headline = text("confirm.headlines", count=len(made))
    chains = [work.declared.book.chain(each.form) for each in made]
    clauses = dict.fromkeys(each.clause for each in chains if each is not None)
    work.notices[event] = Notify(
        event=event,
        people=(person,),
        urgent=True,
        headline=headline,
        lines=(
            *(line for each in made for line in _said(work, each, person)),
            text("confirm.where", file=path.name, at=f"{work.at:%Y-%m-%d %H:%M}"),
            text("confirm.not_me", code=MARKER),
            *_head(work),
        ),
        form=first.form if len(made) == 1 else None,
        record=first.record if len(made) == 1 else None,
        rule=RULE,
        clause=", ".join(clauses),
    )


def _head(work: Work) -> Iterable[Text]:
    """Yield how the journal stood before: a mail is a place outside (`deskbook verify`)."""
    line, hash_ = work.store.head()
    if line:
        yield text("evidence.head", head=f"{line}:{hash_[:32]}")


def _said(work: Work, decision: Decision, person: str) -> Iterable[Text]:
    """Yield what was decided, how well that is proven, and on what content."""
    form = work.declared.forms[decision.form]
    chain = work.declared.book.chain(decision.form)
    record = work.records.get(decision.form, decision.record)
    found = work.records.numbered(PEOPLE, person)
    assert record is not None
    verdicts = chain.verdicts if chain is not None else ()
    verdict = next((named(each.labels) for each in verdicts if each.key == decision.verdict.value), None)
    yield text(
        "confirm.decided",
        form=named(form.labels),
        number=record.number,
        verdict=verdict or decision.verdict.value,
    )
    if decision.opinion:
        yield text("confirm.opinion", opinion=decision.opinion)
    yield text("confirm.grade", grade=decision.grade, means=text(f"grade.{decision.grade}"))
    if found is not None:
        role = Role(str(found["role"]))
        wording = Wording(forms=work.declared.forms, records=work.records, role=role)
        yield from wording.content(record, chain)


def _entry(work: Work, decision: Decision, person: str, file: Hash, about: str) -> Entry:
    return Entry(
        at=work.at,
        kind=CONFIRM,
        desk=decision.desk,
        person=person,
        form=decision.form,
        record=decision.record,
        new=decision.verdict.value,
        cause=file,
        detail={
            "step": decision.step,
            "role": decision.role,
            "round": str(decision.round),
            "signer": decision.person,
            "about": about,
        },
    )
