"""Takes a whole record out of use, or back into it. Pure.

Records are never deleted: one that is retracted keeps its number, its values and its history, and `deskbook log`
tells of it. But nothing shows it any more, no sum and no report counts it, nothing can refer to it, and what had
to be unique in it is free again (`sheet_templates.record.Records`).
"""

from dataclasses import replace

from rules.turn import in_force
from sheet_templates.form import DeskKey, FormKey
from sheet_templates.record import Record, RecordId, State
from sheet_templates.scope import linked_form
from sync import desks as people
from sync.numbers import by_rule
from sync.work import Author, Work

VOID = "chain.void.retracted"
"""Why decisions on a retracted record no longer count."""


def retract(work: Work, form: FormKey, record: RecordId, author: Author) -> None:
    """Take a record out of use. Its approval ends, and what waited beside it in desks is dropped with it.

    Whoever asks has seen to it that nothing refers to it (`referring`). What was typed stays in the journal.
    """
    run = work.run(form, record)
    if run is not None:
        for each in in_force(run, work.decided(form, record)):
            work.decide(replace(each, voided=VOID), by_rule("void"))
        if run.state is State.SUBMITTED:
            work.advance(replace(run, state=State.WITHDRAWN), author)
    work.state(form, record, State.RETRACTED, author)
    place = (form, record)
    work.solved.extend(each for each in work.store.problems() if (each.form, each.record) == place)
    work.settled.extend(
        each for each in work.store.conflicts() if (each.address.form, each.address.record) == place
    )
    for desk in desks_of(work):
        for address in work.store.drafts(desk):
            if (address.form, address.record) == place:
                work.undrafted.add((desk, address))


def restore(work: Work, form: FormKey, record: RecordId, state: State, author: Author) -> None:
    """Put a retracted record back into use, in the *state* in which it stood."""
    work.state(form, record, state, author)


def referring(work: Work, record: Record) -> tuple[Record, ...]:
    """Return the records that will count and refer to *record*."""
    if not record.number:
        return ()
    return tuple(
        each
        for form in work.declared.stored()
        for field in form.fields
        if linked_form(field) == record.form
        for each in work.records.holding(form.key, field.key, record.number)
        if (each.form, each.id) != (record.form, record.id)
    )


def desks_of(work: Work) -> tuple[DeskKey, ...]:
    """Return the desks in which something may wait: those of today, and those before this work."""
    posts, lang, today = work.declared.posts, work.declared.lang, work.at.date()
    found = (*people.desks(work.store, posts, lang, today), *people.desks(work.records, posts, lang, today))
    return tuple(dict.fromkeys(each.key for each in found))
