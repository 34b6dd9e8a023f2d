"""What an approval chain tells people, and in which words. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.content import MaterialChange
from rules.effect import Decision, Notify, Run
from rules.happened import Signing
from rules.rule import Chain
from rules.saying import joined, lines_said, rows_lines, value_said
from rules.signing import SIGNER, column
from rules.turn import LEADER, MANAGER, PEOPLE, Turn
from sheet_templates.form import Field, FieldType, Form, FormKey, Role
from sheet_templates.record import Param, Record, RecordId, Records, Text, named, text
from sheet_templates.scope import linked_form

ADMIN: Final = Role("admin")

_MOST: Final = 20
"""So many lines of an order are told one by one; of the others how many there are."""


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

    def shown(self, roles: Collection[Role]) -> tuple[Text, ...]:
        """Return what those who have *roles* are told of the record and its lines: what all of them may see."""
        form = self.forms[self.record.form]
        show = [key for key in self.chain.show if _read_by_all(form.field(key), roles)]
        rows = rows_lines(
            self.record, self.forms, self.records, lambda each: _read_by_all(each, roles), _MOST
        )
        return (*lines_said(show, self.record, self.forms, self.records), *rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """What a new round is about: what became of the last one, and what is another since."""

    decision: Decision | None = None
    """By which the last round was returned."""
    changes: tuple[MaterialChange, ...] = ()


NOTHING: Final = Revised()


def turns(
    matter: Matter, waiting: Iterable[Turn], asks: Signing | None = None, revised: Revised = NOTHING
) -> tuple[Notify, ...]:
    """Tell those whose turn it is, and the administrator where a step went up or nobody may sign.

    *asks*: the signing by which somebody asked another one to sign first. *revised*: since the last round.
    """
    found: list[Notify] = []
    for turn in waiting:
        if turn.people:
            found.append(_turn(matter, turn, asks, revised))
        if turn.up or not turn.people:
            key = "chain.went_up" if turn.people else "chain.nobody"
            headline = matter.said(
                key,
                step=named(turn.labels),
                role=text(f"role.{turn.role}"),
                who=_submitter(matter),
            )
            event = f"up.{turn.step}.{turn.role}"
            found.append(matter.notify(event, headline, roles=(ADMIN,), urgent=not turn.people))
    return tuple(found)


def _turn(matter: Matter, turn: Turn, asks: Signing | None, revised: Revised) -> Notify:
    """Tell one seat's people that it is their turn; a delegate, for whom."""
    records, department = matter.records, _department(turn)
    people = tuple(turn.behalf) if department else turn.people
    lines = [
        text("chain.on_behalf_of", who=person(who, records), whom=person(whom, records))
        for who, whom in turn.behalf.items()
    ]
    headline = matter.said("chain.turn", step=named(turn.labels), who=_submitter(matter))
    if asks is not None:
        headline = matter.said("chain.added", who=person(asks.person, records))
        lines += [text("chain.added_words", words=asks.opinion)] if asks.opinion else []
    roles = {turn.role} if department else set()
    readers = roles | roles_of(people, records)
    return matter.notify(
        f"turn.{turn.step}.{turn.role}",
        headline,
        roles=tuple(roles),
        people=people,
        lines=(*lines, *matter.shown(readers), *_since(matter, revised, readers), *_where(matter, turn)),
    )


def _since(matter: Matter, revised: Revised, readers: Collection[Role]) -> Iterator[Text]:
    """Yield why it is up once more, and what is another since, old → new."""
    if revised.decision is not None:
        yield text("chain.since.returned", decided=_decided(matter, revised.decision, ""))
    if revised.changes:
        said = changes_said(revised.changes, matter.forms, matter.records, readers)
        yield text("chain.since.changed", changes=said)


def _where(matter: Matter, turn: Turn) -> tuple[Text, ...]:
    """Return where the decision is to be typed."""
    form = matter.forms[matter.record.form]
    field = form.field(column(turn.step, turn.role))
    if field is None:
        return ()
    return (text("chain.turn.where", sheet=named(form.labels), column=named(field.labels)),)


def _submitter(matter: Matter) -> Param:
    """Return who put the record up: nobody by name works at the administrator's desk of a small company."""
    return person(matter.run.submitted_by, matter.records) or text(f"role.{ADMIN}")


def spared(matter: Matter, waiting: Iterable[Turn]) -> tuple[Notify, ...]:
    """Tell those whose turn it was that others were enough: nothing is asked of them any more."""
    return tuple(
        matter.notify(
            f"spared.{each.step}.{each.role}",
            matter.said("chain.spared", step=named(each.labels)),
            roles=(each.role,) if _department(each) else (),
            people=each.behalf if _department(each) else each.people,
            urgent=False,
        )
        for each in waiting
        if each.people
    )


def ended(matter: Matter, decision: Decision, how: str, behalf: str = "") -> Notify:
    """Tell the requester that his record was approved, returned or refused; *behalf*: for whom it was signed."""
    lines = (_decided(matter, decision, behalf),)
    return matter.notify(how, matter.said(f"chain.{how}"), people=_asking(matter), lines=lines)


def voided(
    matter: Matter, decisions: Iterable[Decision], changes: tuple[MaterialChange, ...], *, restarted: bool
) -> tuple[Notify, ...]:
    """Tell the requester and those whose sign-off no longer counts, old → new as far as each may see it."""
    signed = tuple(decisions)
    people = {each.person for each in signed} | _asking(matter)
    key = "chain.voided_restarted" if restarted else "chain.voided"
    if not signed:
        key = "chain.changed_restarted" if restarted else "chain.changed"
    by_words: defaultdict[Text, list[str]] = defaultdict(list)
    for who in sorted(people):
        roles = roles_of([who], matter.records) or {
            role for each in matter.chain.steps for role in each.roles
        }
        by_words[changes_said(changes, matter.forms, matter.records, roles)].append(who)
    return tuple(
        matter.notify(f"voided.{count}" if count else "voided", matter.said(key), people=each, lines=(why,))
        for count, (why, each) in enumerate(by_words.items())
    )


def taken_back(matter: Matter, who: str, waiting: Iterable[Turn]) -> Notify:
    """Tell the requester, and those whose turn it had become, that a signer took his decision back."""
    people = _asking(matter) | {each for turn in waiting for each in turn.people}
    headline = matter.said("chain.taken_back", who=person(who, matter.records))
    return matter.notify("taken_back", headline, people=people - {who}, urgent=False)


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


def roles_of(people: Iterable[str], records: Records) -> set[Role]:
    """Return the roles that *people* have."""
    found = (records.numbered(PEOPLE, each) for each in people)
    return {Role(str(each["role"])) for each in found if each is not None and each["role"] is not None}


def _read_by_all(field: Field | None, roles: Collection[Role]) -> bool:
    return field is not None and all(field.read_by(each) for each in roles)


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
    names = joined(_name_said(each, turn, records) for each in turn.people)
    return text("state.who", role=role, name=names)


def _name_said(who: str, turn: Turn, records: Records) -> Text | str:
    """Return a signer's name; a delegate's with whom he stands in for."""
    whom = turn.behalf.get(who)
    name = person(who, records)
    return name if whom is None else text("state.for", who=name, whom=person(whom, records))


def _department(turn: Turn) -> bool:
    return not turn.up and turn.role not in {MANAGER, LEADER, SIGNER}


def _decided(matter: Matter, decision: Decision, behalf: str) -> Text:
    verdict = next(each for each in matter.chain.verdicts if each.key == decision.verdict.value)
    who = person(decision.person, matter.records)
    return text(
        "chain.decided" if decision.opinion else "chain.decided_plainly",
        who=text("state.for", who=who, whom=person(behalf, matter.records)) if behalf else who,
        role=text(f"role.{decision.role}"),
        verdict=named(verdict.labels),
        **({"opinion": decision.opinion} if decision.opinion else {}),
    )


def _change_said(
    change: MaterialChange, forms: Mapping[FormKey, Form], records: Records, readers: Collection[Role]
) -> Text:
    form = forms.get(change.form)
    field = form.field(change.field) if form is not None else None
    label: Param = named(field.labels) if field is not None else str(change.field)
    if field is not None and not all(field.read_by(each) for each in readers):
        return text("chain.change_unseen", label=label)
    old, new = (_value_said(each, field, forms, records) for each in (change.old, change.new))
    if change.line is None or form is None:
        return text("chain.change", label=label, old=old, new=new)
    return text(
        "chain.change_in_line",
        form=named(form.labels),
        line=_line_said(change.line, form, forms, records, readers),
        label=label,
        old=old,
        new=new,
    )


def _line_said(
    line: str, form: Form, forms: Mapping[FormKey, Form], records: Records, readers: Collection[Role]
) -> Param:
    """Return what people call a line: by the title of what it is about, a product; else its number."""
    found = records.get(form.key, RecordId(line))
    if found is None:
        return text("empty")
    for field in form.fields:
        target = linked_form(field)
        titled = target is not None and target in forms and forms[target].title is not None
        if titled and found[field.key] is not None and all(field.read_by(each) for each in readers):
            return value_said(field, found[field.key], forms, records)
    return found.number


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
