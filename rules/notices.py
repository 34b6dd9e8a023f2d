"""What an approval chain tells people, and in which words. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.content import MaterialChange
from rules.effect import Decision, Notify, Run
from rules.rule import Chain
from rules.saying import joined, lines_said, value_said
from rules.turn import LEADER, MANAGER, PEOPLE, Turn
from sheet_templates.form import Field, FieldType, Form, FormKey, Role
from sheet_templates.record import Param, Record, Records, Text, named, text

ADMIN: Final = Role("admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """The record that is up for approval, and all that is needed to speak of it."""

    chain: Chain
    forms: Mapping[FormKey, Form]
    record: Record
    records: Records
    run: Run

    def notify(
        self,
        what: str,
        headline: Text,
        *,
        roles: tuple[Role, ...] = (),
        people: Iterable[str] = (),
        lines: tuple[Text, ...] = (),
        urgent: bool = True,
    ) -> Notify:
        """Return one notice about this round of the record's approval."""
        return Notify(
            event=f"chain.{what}:{self.record.form}:{self.record.id}:{self.run.round}",
            roles=roles,
            people=tuple(sorted(set(people))),
            urgent=urgent,
            headline=headline,
            lines=lines,
            form=self.record.form,
            record=self.record.id,
            rule=f"chain.{self.chain.key}",
            clause=self.chain.clause,
        )

    def said(self, key: str, **blanks: Param) -> Text:
        """Return the sentence *key* about this record."""
        form = named(self.forms[self.record.form].labels)
        return text(key, form=form, number=self.record.number, **blanks)

    def shown(self) -> tuple[Text, ...]:
        """Return what is told of the record."""
        return lines_said(self.chain.show, self.record, self.forms, self.records)


def turns(matter: Matter, waiting: Iterable[Turn]) -> tuple[Notify, ...]:
    """Tell those whose turn it is, and the administrator where a step went up or nobody may sign."""
    found: list[Notify] = []
    for turn in waiting:
        place = f"{turn.step}.{turn.role}"
        step, role = named(turn.labels), text(f"role.{turn.role}")
        who = person(matter.run.submitted_by, matter.records)
        department = _department(turn)
        if turn.people:
            found.append(
                matter.notify(
                    f"turn.{place}",
                    matter.said("chain.turn", step=step, who=who),
                    roles=(turn.role,) if department else (),
                    people=() if department else turn.people,
                    lines=matter.shown(),
                )
            )
        if turn.up or not turn.people:
            key = "chain.went_up" if turn.people else "chain.nobody"
            headline = matter.said(key, step=step, role=role, who=who)
            found.append(matter.notify(f"up.{place}", headline, roles=(ADMIN,), urgent=not turn.people))
    return tuple(found)


def ended(matter: Matter, decision: Decision, how: str) -> Notify:
    """Tell the requester that his record was approved, returned or refused."""
    return matter.notify(
        how, matter.said(f"chain.{how}"), people=_asking(matter), lines=(_decided(matter, decision),)
    )


def voided(
    matter: Matter, decisions: Iterable[Decision], why: Text, *, restarted: bool
) -> tuple[Notify, ...]:
    """Tell the requester and those who had signed that their sign-off no longer counts, old → new."""
    signed = tuple(decisions)
    people = {each.person for each in signed} | _asking(matter)
    key = "chain.voided_restarted" if restarted else "chain.voided"
    if not signed:
        people = _asking(matter)
        key = "chain.changed_restarted" if restarted else "chain.changed"
    return (matter.notify("voided", matter.said(key), people=people, lines=(why,)),)


def withdrawn(matter: Matter, decisions: Iterable[Decision], waiting: Iterable[Turn]) -> tuple[Notify, ...]:
    """Tell those who had signed, and those whose turn it was, that nothing is asked of them any more."""
    people = {each.person for each in decisions} | {who for turn in waiting for who in turn.people}
    if not people:
        return ()
    who = person(matter.run.submitted_by, matter.records)
    headline = matter.said("chain.withdrawn", who=who)
    return (matter.notify("withdrawn", headline, people=people, urgent=False),)


def changes_said(
    changes: Iterable[MaterialChange],
    forms: Mapping[FormKey, Form],
    records: Records,
    roles: Iterable[Role],
) -> Text:
    """Return what was changed, old → new; without the values where one of *roles* may not see the field."""
    readers = tuple(roles)
    said = joined(_change_said(each, forms, records, readers) for each in changes)
    assert isinstance(said, Text), "there is at least one change"
    return said


def signers_said(turns: Iterable[Turn], records: Records) -> Text | str:
    """Return on whom a record waits: a department, or a role with its people's names."""
    return joined(_signer_said(each, records) for each in turns)


def person(number: str, records: Records) -> str:
    """Return the name of a person, the number if it is not known."""
    found = records.numbered(PEOPLE, number)
    name = found["name"] if found is not None else None
    return name if isinstance(name, str) else number


def _asking(matter: Matter) -> set[str]:
    """Return the people whose request it is."""
    owner = matter.record[str(matter.forms[matter.record.form].owner)]
    return {each for each in (matter.run.submitted_by, owner) if isinstance(each, str) and each}


def _signer_said(turn: Turn, records: Records) -> Text:
    role = text(f"role.{turn.role}")
    if not turn.people:
        return text("state.nobody", role=role)
    if _department(turn):
        return role
    names = joined(person(each, records) for each in turn.people)
    return text("state.who", role=role, name=names)


def _department(turn: Turn) -> bool:
    return not turn.up and turn.role not in {MANAGER, LEADER}


def _decided(matter: Matter, decision: Decision) -> Text:
    verdict = next(each for each in matter.chain.verdicts if each.key == decision.verdict.value)
    return text(
        "chain.decided" if decision.opinion else "chain.decided_plainly",
        who=person(decision.person, matter.records),
        role=text(f"role.{decision.role}"),
        verdict=named(verdict.labels),
        **({"opinion": decision.opinion} if decision.opinion else {}),
    )


def _change_said(
    change: MaterialChange, forms: Mapping[FormKey, Form], records: Records, readers: Iterable[Role]
) -> Text:
    form = forms.get(change.form)
    field = form.field(change.field) if form is not None else None
    label: Param = named(field.labels) if field is not None else str(change.field)
    if field is not None and not all(field.read_by(each) for each in readers):
        return text("chain.change_unseen", label=label)
    old, new = (_value_said(each, field, forms, records) for each in (change.old, change.new))
    if change.line is None or form is None:
        return text("chain.change", label=label, old=old, new=new)
    return text("chain.change_in_line", form=named(form.labels), label=label, old=old, new=new)


def _value_said(value: str, field: Field | None, forms: Mapping[FormKey, Form], records: Records) -> Param:
    """Return a value that a run keeps as text (`content.as_text`) as people know it."""
    if not value:
        return text("empty")
    match field.type if field is not None else None:
        case FieldType.YES_NO:
            return text("yes")
        case FieldType.NUMBER | FieldType.MONEY | FieldType.PERCENT:
            return value_said(field, Decimal(value), forms, records)
        case FieldType.DATE:
            return dt.date.fromisoformat(value)
        case _:
            return value_said(field, value, forms, records)
