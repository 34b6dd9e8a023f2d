"""The approval chain of one record: what a tick, a change or a verdict leads to. Pure.

    draft → submitted → step 1 … n → approved | returned | refused | withdrawn | voided

The laws (each one is a test): nothing is approved but by all signers of the chain as it was frozen at the
start, each on what he signed for as it is now; a material change voids the decisions of those whom it concerns;
nobody signs his own request; a second decision changes nothing. (TX-3.3.1, TX-3.4.2, IT-5.2; design, section 8.)
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

from rules import notices
from rules.course import Course
from rules.effect import Decision, Effects, Run
from rules.happened import Happened
from rules.rule import Book
from rules.submission import Submission
from rules.turn import whose_turn
from rules.verdicts import Verdicts
from sheet_templates.form import Form, FormKey
from sheet_templates.record import Record, Records, State, Text, named, text


def effects(
    book: Book, forms: Mapping[FormKey, Form], happened: Happened, *, ready: bool
) -> tuple[Effects, Record]:
    """Return what follows for the record's approval, and the record in the state that it is then in.

    *ready*: nothing that the checks for sign-off ask for is missing. A record that is ticked and not ready
    waits; it is put up as soon as it is ready.
    """
    chain = book.chain(happened.after.form)
    if chain is None:
        return Effects(), happened.after
    course = Course(chain, forms, happened, ready=ready)
    # First what was changed or ticked, then what was signed.
    Submission(course).follow()
    for signing in happened.signings:
        Verdicts(course).sign(signing)
    after = course.record
    if course.run is not None and course.run.state is not after.state:
        after = replace(after, state=course.run.state)
    return Effects(effects=tuple(course.effects), problems=tuple(course.problems)), after


def state_text(
    record: Record, run: Run | None, decisions: Iterable[Decision], records: Records, today: dt.date
) -> Text:
    """Return what the 狀態 column says: where the record stands, and on whom it waits *today*."""
    if run is None or run.state is not State.SUBMITTED:
        return text(f"state.{record.state.value}")
    turns = whose_turn(run, decisions, records, today)
    if not turns:
        return text("state.submitted")
    missing = turns[0].missing
    if missing < len(turns):
        who = notices.signers_said(turns, records)
        return text("state.waiting_some", step=named(turns[0].labels), who=who, missing=missing)
    return text("state.waiting", step=named(turns[0].labels), who=notices.signers_said(turns, records))
