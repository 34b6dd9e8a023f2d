"""The 待辦 sheet: what waits for the people of a desk, in the order in which it should be done. Pure.

It is computed anew whenever something of it may have changed, and never stored. All that is typed in it is what is
chosen beside a conflict (`sync.picking`).
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

from rules.columns import code_key, decision_key
from rules.effect import Run
from rules.frozen import thaw
from rules.signing import CODED
from rules.turn import Turn, whose_turn
from sheet_templates.expression import CALENDAR, calendar_in, limits_in
from sheet_templates.form import MARK, Desk, FieldKey, FieldType, Form, FormKey
from sheet_templates.record import (
    Address,
    Problem,
    Record,
    RecordId,
    Severity,
    State,
    Text,
    Value,
    named,
    text,
)
from sheet_templates.value import word
from sheet_templates.words import Words
from sync.declared import TODO, Declared
from sync.desks import ADMIN
from sync.disputes import (
    CONFLICTING,
    LIMIT,
    LINE,
    PICK,
    TOLD,
    Dispute,
    Disputes,
    Said,
    author,
    conflict_said,
    line_name,
)
from sync.eyes import Eyes
from sync.identity import Shows
from sync.lookup import DeskLookUp
from sync.merge import draft_key
from sync.overdue import overdue_below
from sync.ports import Store
from sync.receipts import SHOWS, open_at

LINES: Final = 200
"""The sheet shows so many lines at most; the last one then says that there are more."""

_TELLING: Final = frozenset({FieldType.LINK, FieldType.PERSON, FieldType.MONEY})
"""What of a record without a title says best which one it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that waits."""

    what: Text
    form: FormKey | None
    record: Record | None
    since: dt.date | None
    hint: str
    urgent: bool
    due: dt.date | None = None
    clause: str = ""
    more: Mapping[FieldKey, Value] = made(default_factory=dict)
    """What only such a line has."""


def rows(
    desk: Desk, declared: Declared, store: Store, now: dt.datetime, had: Collection[RecordId]
) -> Mapping[tuple[FormKey, RecordId], Shows]:
    """Return what the 待辦 sheet of *desk* shows.

    *had*: the lines that it has shown before. Those that it no longer needs are empty, and are used again.
    """
    lines = sorted(_lines(desk, declared, store, now), key=_urgency)
    eyes = Eyes.open(declared, store, now.date())
    shown: dict[tuple[FormKey, RecordId], Shows] = {}
    for index in range(LINES):
        key = (TODO, line_id(index))
        if index < len(lines):
            rest = len(lines) - LINES if index == LINES - 1 else 0
            shown[key] = _shows(desk, eyes, store, lines[index], rest)
    # A line that asked about a held save may stand below all that there are.
    free = sorted(each for each in had if (TODO, each) not in shown)
    return {**shown, **{(TODO, each): {} for each in free}}


def line_id(index: int) -> RecordId:
    """Return the id of the row in which the line with this number stands, from 0."""
    return RecordId(f"todo{index + 1:08}")


def _lines(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Iterator[Line]:
    yield from _decisions(desk, declared, store, now)
    told: set[Address] = set()
    for dispute, line in _conflicts(desk, declared, store, now):
        if dispute.conflict.desk == desk.key:
            told.add(dispute.address)
        yield line
    yield from _receipts(desk, declared, store, now)
    yield from _above(desk, declared, store, now)
    yield from _calendar(desk, declared, store, now)
    for problem in store.problems(desk.key):
        if problem.form != TODO and not (problem.what.key == CONFLICTING and _cell(problem) in told):
            yield _problem(desk, declared.words, store, problem)


def _receipts(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Iterator[Line]:
    """Yield what the desk's people have been told and must say that they have received."""
    waiting = tuple(open_at(desk, declared, store, now.date(), now.tzinfo))
    eyes = Eyes.open(declared, store, now.date()) if waiting else None
    for receipt in waiting:
        assert eyes is not None
        content, record = receipt.content, store.get(receipt.content.form, receipt.content.record)
        headline = content.headline
        lines = [
            declared.words.say(text("receipt.line", label=label, value=value), desk.lang)
            for label, value in content.lines.values()
        ]
        if record is not None and eyes.narrows(desk, record):
            # A sharing scope keeps something of it from this desk: it is told where to look.
            form = named(declared.forms[record.form].labels)
            headline = declared.words.say(text("sharing.look", form=form, number=record.number), desk.lang)
            lines = []
        problems = [
            each for each in store.problems(desk.key) if each.form == TODO and each.record == receipt.id
        ]
        said = [
            *(declared.words.say(part, desk.lang) for each in problems for part in (each.what, each.mend)),
            *(content.changed if lines else ()),
            *lines,
            declared.words.say(text("todo.receive.where"), desk.lang),
        ]
        yield Line(
            what=text("todo.receive", headline=headline),
            form=content.form,
            record=record,
            since=receipt.record.created_at.date() if receipt.record.created_at is not None else None,
            due=receipt.due.date(),
            clause=_clause(declared, str(receipt.record["rule"])),
            hint=" ".join(said),
            urgent=content.urgent or receipt.due < now,
            more={SHOWS: str(receipt.id), **({TOLD: "yes"} if problems else {})},
        )


def _above(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Iterator[Line]:
    """Yield what others should have acknowledged, which has come to the desk's people as their superiors."""
    eyes: Eyes | None = None
    for receipt, who in overdue_below(desk, declared, store, now):
        eyes = eyes or Eyes.open(declared, store, now.date())
        content, record = receipt.content, store.get(receipt.content.form, receipt.content.record)
        headline: Text | str = content.headline
        if record is not None and eyes.narrows(desk, record):
            headline = text(
                "sharing.look", form=named(declared.forms[record.form].labels), number=record.number
            )
        yield Line(
            what=text("todo.receive.above", who=who, headline=headline),
            form=content.form,
            record=record,
            since=receipt.due.date(),
            due=receipt.due.date(),
            clause=_clause(declared, str(receipt.record["rule"])),
            hint=declared.words.say(text("todo.receive.above.hint"), desk.lang),
            urgent=True,
        )


def _clause(declared: Declared, transfer: str) -> str:
    return next((each.clause for each in declared.book.transfers if each.key == transfer), "")


def _cell(problem: Problem) -> Address | None:
    if problem.form is None or problem.record is None or problem.field is None:
        return None
    return Address(form=problem.form, record=problem.record, field=problem.field)


def _conflicts(
    desk: Desk, declared: Declared, store: Store, now: dt.datetime
) -> Iterator[tuple[Dispute, Line]]:
    """Yield the conflicts in which the desk's people may choose, and those that came to them as superiors."""
    if not store.conflicts():
        return
    disputes, eyes = Disputes.stored(declared, store, now.date()), Eyes.open(declared, store, now.date())
    for dispute in disputes.every():
        choosing = dispute.told(desk)
        above = disputes.late(dispute) and bool({*disputes.superiors(dispute)} & {*desk.people})
        if (choosing or above) and eyes.sees(desk, dispute.record) and dispute.field.read_by(desk.role):
            yield dispute, _conflict(desk, declared, store, dispute, disputes.due(dispute), choosing=choosing)


def _conflict(
    desk: Desk, declared: Declared, store: Store, dispute: Dispute, due: dt.date, *, choosing: bool
) -> Line:
    label = named(dispute.field.labels)
    said: tuple[Text, ...]
    limit = declared.limits.get(LIMIT)
    if dispute.conflict.desk == desk.key:
        said = (
            conflict_said(
                dispute.field,
                declared,
                store,
                mine=dispute.conflict.mine,
                theirs=dispute.stands,
                base=dispute.conflict.base,
                who=author(declared, store, dispute.author),
            ),
            text(f"{CONFLICTING}.mend"),
        )
    elif choosing:
        said = (text("todo.conflict.last_word", who=author(declared, store, dispute.conflict.desk)),)
    else:
        decider = dispute.decider.key if dispute.decider is not None else None
        said = (text("todo.conflict.late", who=author(declared, store, decider)),)
    chosen = _chosen(desk, store, dispute) if choosing else ()
    more: dict[FieldKey, Value] = {
        **Said(desk=desk, declared=declared, store=store).cells(dispute),
        **(_remembered(desk, store, dispute) if choosing else {}),
        **({TOLD: "yes"} if chosen else {}),
    }
    return Line(
        what=text("todo.conflict" if choosing else "todo.conflict.overdue", label=label),
        form=dispute.form.key,
        record=dispute.record,
        since=dispute.conflict.at.date(),
        due=due,
        clause=limit.clause if limit is not None else "",
        hint=" ".join(declared.words.say(each, desk.lang) for each in (*chosen, *said)),
        urgent=True,
        more=more,
    )


def _chosen(desk: Desk, store: Store, dispute: Dispute) -> tuple[Text, ...]:
    """Return what became of what was chosen in the line of *dispute*, if it did not count."""
    place = (TODO, dispute.key)
    problems = [each for each in store.problems(desk.key) if (each.form, each.record) == place]
    return tuple(part for each in problems for part in (each.what, each.mend))


def _remembered(desk: Desk, store: Store, dispute: Dispute) -> Mapping[FieldKey, Value]:
    """Return what a render remembers of the line, and what was typed there that is no choice."""
    draft = store.drafts(desk.key).get(Address(form=TODO, record=dispute.key, field=PICK))
    line = {LINE: line_name(dispute.conflict)}
    return line if draft is None else {**line, draft_key(PICK): draft.typed, MARK: f",{PICK},"}


def _decisions(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Iterator[Line]:
    for run in store.open_runs():
        record = store.get(run.form, run.record)
        turns = whose_turn(run, store.decisions(run.form, run.record), store, now.date())
        for turn in turns:
            if record is not None and set(turn.people) & set(desk.people):
                yield Line(
                    what=text("todo.decide", step=named(turn.labels)),
                    form=run.form,
                    record=record,
                    since=run.submitted_at.date(),
                    hint=" ".join(
                        declared.words.say(each, desk.lang)
                        for each in _where(declared.forms[run.form], turn, run)
                    ),
                    urgent=True,
                )


def _where(form: Form, turn: Turn, run: Run) -> Iterator[Text]:
    """Yield where a decision is to be typed, and the code beside it where one is demanded."""
    column = form.field(decision_key(turn.step, turn.role))
    # A chain that was changed since has lost the column: then the sheet must do.
    if column is None:
        yield text("todo.decide.sheet", sheet=named(form.labels))
        return
    yield text("todo.decide.where", sheet=named(form.labels), column=named(column.labels))
    code = form.field(code_key(turn.step, turn.role))
    if code is not None and any(
        each.key == turn.step and each.grade == CODED for each in thaw(run.frozen).taken()
    ):
        yield text("todo.decide.code", column=named(code.labels))


def _calendar(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Iterator[Line]:
    """Yield what the administrator has to enter: the holidays of a year that nobody knows yet."""
    if desk.role != ADMIN:
        return
    calendar = calendar_in(store, declared.calendar, limits_in(store))
    year = calendar.unannounced(now.date())
    if year is not None:
        yield Line(
            what=text("calendar.unknown", year=str(year)),
            form=CALENDAR,
            record=None,
            since=None,
            due=dt.date(year, 1, 1),
            hint=declared.words.say(text("calendar.unknown.mend"), desk.lang),
            urgent=False,
            clause=", ".join(declared.forms[CALENDAR].clauses),
        )


def _problem(desk: Desk, words: Words, store: Store, problem: Problem) -> Line:
    record = None
    if problem.form is not None and problem.record is not None:
        record = store.get(problem.form, problem.record)
    said = f"{words.say(problem.what, desk.lang)} {words.say(problem.mend, desk.lang)}".strip()
    error = problem.severity is Severity.ERROR
    return Line(
        what=text("todo.mend" if error else "todo.notice"),
        form=problem.form,
        record=record,
        since=None,
        hint=said,
        urgent=error,
    )


def _urgency(line: Line) -> tuple[bool, str, str]:
    number = line.record.number if line.record is not None else ""
    return not line.urgent, str(line.form or ""), number


def _shows(desk: Desk, eyes: Eyes, store: Store, line: Line, rest: int) -> Shows:
    declared, words = eyes.declared, eyes.declared.words
    if rest:
        return {FieldKey("what"): words.say(text("todo.more", count=rest), desk.lang)}
    values: dict[str, Value] = {
        "what": words.say(line.what, desk.lang),
        "form_label": None if line.form is None else declared.forms[line.form].labels.in_(desk.lang),
        "subject_number": None if line.record is None else line.record.number or None,
        "title": _title(desk, eyes, store, line.record),
        "since": line.since,
        "due": line.due,
        "clause": line.clause or None,
        "hint": line.hint or None,
    }
    return {**{FieldKey(key): value for key, value in values.items() if value is not None}, **line.more}


def _title(desk: Desk, eyes: Eyes, store: Store, record: Record | None) -> str | None:
    """Return what people call *record*: its title, else whom it concerns and its amount, as far as they see them."""
    if record is None:
        return None
    declared, hidden = eyes.declared, eyes.hides(desk, record)
    form = declared.forms[record.form]
    if record.state is not State.RETRACTED and not eyes.sees(desk, record):
        # Who is told of what he may not see, or no longer, is told its number only.
        return None
    value = record.values.get(form.title) if form.title is not None else None
    if value is not None and form.title not in hidden:
        return str(value)
    chain = declared.book.chain(record.form)
    look_up = DeskLookUp(
        desk=desk.key, forms=declared.forms, records=store, store=store, sees=lambda _record: False
    )
    fields = (form.field(key) for key in (chain.show if chain is not None else ()))
    said = (
        word(field, record.values.get(field.key), desk.lang, look_up)
        for field in fields
        if field is not None
        and field.type in _TELLING
        and field.read_by(desk.role)
        and field.key not in hidden
    )
    # What is reviewed with other orders may come to no more than the order itself: it is said once.
    return " · ".join(dict.fromkeys(each for each in said if each)) or None
