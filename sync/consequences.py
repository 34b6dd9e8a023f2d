"""Applies the rules until nothing more follows, and carries out what they want into a work. Pure.

A rule's effect may change records, which may fire other rules. The loop ends because effects are keyed (a
record is created once, an event is told once) and values that are set again do not change anything; a book
of rules that does not come to rest is a bug and raises.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from rules.apply import apply
from rules.computed import affected, with_computed, with_defaults
from rules.effect import Advance, Create, Decide, Effect, Notify, Set, Void
from rules.happened import Happened, Signing
from sheet_templates.form import Desk, DeskKey, Field, FormKey
from sheet_templates.record import Problem, Record, RecordId, Severity, State
from sync import desks as people
from sync.eyes import Eyes
from sync.matrix import matrix_faults
from sync.numbers import by_rule, first_state, next_number
from sync.overlay import with_values
from sync.setting import counts
from sync.sharing import faults
from sync.transmit import transmit
from sync.work import Author, Work, derived_id

Place: TypeAlias = tuple[FormKey, RecordId]

_OFTEN: Final = 40
"""So often one record may be asked about in one cycle."""


def settle(
    work: Work,
    author: Author,
    signings: Mapping[Place, tuple[Signing, ...]] | None = None,
    desk: Desk | None = None,
) -> None:
    """Let everything follow from what *work* changed so far, and from the *signings* of this save.

    Problems that the rules find are told to *desk*, if it owns the field, else to the record's owner.
    Raises RuntimeError if the rules do not come to rest.
    """
    typed = dict(signings or {})
    work.touched.clear()
    waiting: dict[Place, None] = dict.fromkeys((*work.started, *typed))
    for place in tuple(work.started):
        waiting |= dict.fromkeys(_followers(work, place))
    asked: dict[Place, int] = {}
    while waiting:
        place = next(iter(waiting))
        del waiting[place]
        asked[place] = asked.get(place, 0) + 1
        if asked[place] > _OFTEN:
            raise RuntimeError(f"the rules do not come to rest: {place[0]} {place[1]}")
        _ask(work, place, author, typed.pop(place, ()), desk)
        for touched in work.touched:
            waiting |= dict.fromkeys((touched, *_followers(work, touched)))
        work.touched.clear()
    transmit(work, author)
    work.touched.clear()


def _ask(work: Work, place: Place, author: Author, signings: tuple[Signing, ...], desk: Desk | None) -> None:
    """Ask the rules about one record, and carry out the answer."""
    found = work.records.get(*place)
    if found is None or found.state is State.RETRACTED:
        return
    book, forms = work.declared.book, work.declared.forms
    record = work.put(with_computed(book, work.context(found)), by_rule("computed"))
    # It is being asked about at this moment: only what the answer changes is asked about again.
    work.touched[:] = [each for each in work.touched if each != place]
    if record.version != found.version:
        work.touched.extend(_followers(work, place))
    happened = Happened(
        before=work.store.get(*place),
        after=record,
        records=work.records,
        now=work.at,
        limits=work.limits(),
        calendar=work.calendar(),
        person=author.person,
        run=work.run(*place),
        decisions=work.decided(*place),
        signings=signings,
        signed=place in work.signed,
    )
    wanted = apply(book, forms, happened)
    wrong = (*wanted.problems, *sharing_faults(record, work), *matrix_faults(record, work))
    placed = tuple(_placed(problem, record, work, desk) for problem in wrong)
    # Of what is wrong only the last answer counts: it is judged as things will stand. Acts are answered once.
    work.judged[place] = tuple(each for each in placed if not _of_an_act(each))
    work.problems.extend(each for each in placed if _of_an_act(each))
    for effect in wanted.effects:
        carry_out(work, effect)
    counts(work, place)


def _of_an_act(problem: Problem) -> bool:
    """Return whether a problem tells what became of something that people did, not how a record stands."""
    return (
        problem.rule is not None and problem.rule.startswith("chain.") and problem.severity is Severity.NOTICE
    )


def sharing_faults(record: Record, work: Work) -> tuple[Problem, ...]:
    """Return what is wrong with *record* if it is a sharing scope: it names forms, so no rule can say that."""
    declared = work.declared
    return tuple(faults(record, work.records, declared.forms, declared.posts, declared.reaches))


def _followers(work: Work, place: Place) -> tuple[Place, ...]:
    """Return the records that must be looked at again because the one at *place* changed."""
    after = work.records.get(*place)
    if after is None or place not in work.started:
        return ()
    before = work.started[place]
    if before is not None and before.state is State.RETRACTED:
        before = None
    if after.state is State.RETRACTED:
        # Who reads it reads nothing of it any more.
        after = replace(after, values={})
    return affected(work.declared.book, work.declared.forms, work.records, before, after)


def carry_out(work: Work, effect: Effect) -> None:
    """Carry out one effect in *work*."""
    match effect:
        case Set(address=address, value=value, rule=rule, signed=signed):
            if signed is not None:
                work.signed.update((signed, (address.form, address.record)))
            work.set(address.form, address.record, {address.field: value}, by_rule(rule))
        case Create():
            _create(work, effect)
        case Notify():
            work.notices.setdefault(effect.event, effect)
        case Advance(run=run):
            work.advance(run, by_rule(run.chain))
        case Decide(decision=decision, behalf=behalf):
            author = Author(desk=decision.desk, person=decision.person, cause="decision")
            work.decide(decision, author, behalf)
        case Void(decision=decision, why=why):
            work.decide(replace(decision, voided=decision.voided or why.key), by_rule("void"))


def _create(work: Work, effect: Create) -> None:
    """Make a record once: its id is derived from the effect's key. One that was retracted comes back."""
    record = derived_id(f"{effect.form}:{effect.key}")
    if effect.signed is not None:
        work.signed.update((effect.signed, (effect.form, record)))
    found = work.records.get(effect.form, record)
    if found is not None and found.state is not State.RETRACTED:
        return
    author = by_rule(effect.rule)
    form = work.declared.forms[effect.form]
    if found is not None:
        work.put(replace(with_values(found, effect.values), state=first_state(form)), author)
        return
    blank = Record(form=effect.form, id=record, number="", state=first_state(form))
    made = with_defaults(work.declared.book, work.context(with_values(blank, effect.values)))
    series, n, given = next_number(work, form)
    made = work.put(replace(made, number=given), author)
    work.numbered(made, series, n, author)


def _desk_of(person: str, work: Work) -> DeskKey | None:
    """Return the desk in which *person* works."""
    everybody = people.desks(work.records, work.declared.posts, work.declared.lang, work.at.date())
    return next((each.key for each in people.desks_of(everybody, person)), None)


def _desk_at(record: Record, field: Field | None, work: Work) -> DeskKey | None:
    """Return the desk that may type in *field* of a record that is nobody's own; None if there is none, or several."""
    eyes = Eyes.open(work.declared, work.records, work.at.date())
    owners = field.owners if field is not None else frozenset()
    found = [each.key for each in eyes.desks if each.role in owners and eyes.sees(each, record)]
    return found[0] if len(found) == 1 else None


def _placed(problem: Problem, record: Record, work: Work, desk: Desk | None) -> Problem:
    """Return *problem* with the desk whose people can mend it."""
    form = work.declared.forms[record.form]
    field = form.field(problem.field) if problem.field is not None else None
    owner = record.values.get(form.owner) if form.owner is not None else None
    mine = desk is not None and (field is None or desk.role in field.owners)
    theirs = _desk_of(owner, work) if isinstance(owner, str) else None
    if form.owner is None and not mine:
        theirs = _desk_at(record, field, work)
    key = desk.key if desk is not None and (mine or theirs is None) else theirs
    return replace(problem, desk=problem.desk or key, form=record.form, record=record.id)
