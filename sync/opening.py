"""The opening: registers as they stood before Deskbook began, entered once, with their defects left in.

Rows go the way of every typed row (parsed cell by cell, checked by pandera and by the rules, numbered); what
does not fit waits as a draft, in red, in the desk of whom it belongs to. Only the past is spared: nobody is
told of orders that were approved last year, and approvals of then are entered as such, not as decisions.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rules.check import check as check_rules
from rules.computed import with_computed, with_defaults
from rules.content import content_hash, lines_of, material_fields, material_values
from rules.course import SUBMIT
from rules.effect import Run
from rules.frozen import freeze
from sheet_templates.checking import check_rows
from sheet_templates.form import DeskKey, FieldKey, Form, FormKey, Stage
from sheet_templates.record import Address, Cell, Problem, Record, RecordId, Severity, State
from sheet_templates.scope import linked_form, parent_field
from sync.declared import Declared
from sync.lookup import DeskLookUp
from sync.numbers import first_state, next_number
from sync.overlay import with_values
from sync.ports import Draft, Ids, Store
from sync.understand import Understanding, plain
from sync.work import Author, Work

OPENING: Final = "opening"
"""The cause of everything that is entered here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRow:
    """One row of an old register."""

    form: FormKey
    desk: DeskKey
    """Whose it is: where it waits if something is wrong with it."""
    cells: Mapping[FieldKey, Cell]
    """As it was written; links by number, title or by what `called` says."""
    called: str = ""
    """What other rows call it."""
    approved: bool = False
    """It was signed off in its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What became of the rows."""

    taken: Mapping[FormKey, int]
    waiting: Mapping[FormKey, int]


def enter(rows: Iterable[OldRow], declared: Declared, store: Store, ids: Ids, now: dt.datetime) -> Opened:
    """Enter *rows* in one commit, form by form in the order in which forms refer to each other."""
    by_form: defaultdict[FormKey, list[OldRow]] = defaultdict(list)
    for row in rows:
        by_form[row.form].append(row)
    opening = _Opening(Work.start(declared, store, now), store, ids)
    for form in declared.stored():
        opening.enter(form, by_form.get(form.key, ()))
        if form.parent is not None:
            # What comes next may be checked against totals, such as the instalments of an order.
            opening.compute((_head(form, declared.forms), form))
    opening.compute(declared.stored())
    opening.judge()
    for record in opening.approved:
        opening.approve(record)
    store.commit(opening.work.commit(None, ()))
    return Opened(taken=dict(opening.taken), waiting=dict(opening.waiting))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Understood:
    row: OldRow
    record: Record
    faults: list[Problem]


class _Opening:
    def __init__(self, work: Work, store: Store, ids: Ids) -> None:
        self.work = work
        self.ids = ids
        self.author = Author(desk=None, person=None, cause=OPENING)
        self.look_up = DeskLookUp(
            desk=DeskKey(OPENING),
            forms=work.declared.forms,
            records=work.records,
            store=store,
            sees=lambda _record: True,
        )
        self.understanding = Understanding(look_up=self.look_up)
        self.approved: list[tuple[FormKey, RecordId]] = []
        self.desks: dict[tuple[FormKey, RecordId], DeskKey] = {}
        self.taken: defaultdict[FormKey, int] = defaultdict(int)
        self.waiting: defaultdict[FormKey, int] = defaultdict(int)

    def enter(self, form: Form, rows: Sequence[OldRow]) -> None:
        """Enter the rows of one form; those that refer to another row of the same form after that one."""
        waiting = list(rows)
        while waiting:
            understood = [self._understand(form, row) for row in waiting]
            later = [each for each in understood if _refers_to_own(form, each.faults)]
            if len(later) == len(understood):
                later = []
            now = [each for each in understood if each not in later]
            self._check_schema(form, now)
            for each in now:
                self._settle(form, each)
            waiting = [each.row for each in later]

    def _understand(self, form: Form, row: OldRow) -> "_Understood":
        # What was signed off in its time may hold what only signed-off records may hold.
        state = State.APPROVED if row.approved else first_state(form)
        record = Record(form=form.key, id=RecordId(self.ids.new()), number="", state=state)
        faults = []
        for key, cell in row.cells.items():
            # Not `Understanding.typed`: what is unknown in this pass may be known in the next.
            typed = self.understanding.parsed(form, key, cell)
            if typed.fault is not None:
                faults.append(typed.fault)
            else:
                record = with_values(record, {key: typed.value})
        record = with_defaults(self.work.declared.book, self.work.context(record))
        return _Understood(row=row, record=record, faults=faults)

    def _check_schema(self, form: Form, rows: Sequence["_Understood"]) -> None:
        if not rows:
            return
        by_id = {each.record.id: each for each in rows}
        for problem in check_rows(form, {each.record.id: each.record.values for each in rows}):
            assert problem.record is not None
            by_id[problem.record].faults.append(problem)

    def _settle(self, form: Form, understood: "_Understood") -> None:
        row, record, faults = understood.row, understood.record, understood.faults
        faults.extend(self._wrong(record, Severity.ERROR))
        self.desks[form.key, record.id] = row.desk
        self._tell(record, faults)
        if any(each.severity is Severity.ERROR for each in faults):
            self.waiting[form.key] += 1
            for key, cell in row.cells.items():
                address = Address(form=form.key, record=record.id, field=key)
                typed = plain(cell)
                if typed is not None:
                    self.work.drafts[row.desk, address] = Draft(desk=row.desk, address=address, typed=typed)
            return
        series, n, given = next_number(self.work, form)
        entered = self.work.put(replace(record, number=given), self.author)
        self.work.numbered(entered, series, n, self.author)
        self.taken[form.key] += 1
        if row.called:
            self.look_up.call(form.key, row.called, record.id)
        if row.approved:
            self.approved.append((form.key, record.id))

    def _wrong(self, record: Record, severity: Severity) -> Iterator[Problem]:
        found = check_rules(self.work.declared.book, self.work.context(record), Stage.SAVE, bound=False)
        return (each for each in found if each.severity is severity)

    def _tell(self, record: Record, faults: Iterable[Problem]) -> None:
        desk = self.desks[record.form, record.id]
        self.work.problems.extend(
            replace(each, desk=desk, form=record.form, record=record.id) for each in faults
        )

    def judge(self) -> None:
        """Say what people should know about the records that were taken, now that all of them stand."""
        for record in self.work.records.changed():
            self._tell(record, self._wrong(record, Severity.NOTICE))

    def compute(self, forms: Sequence[Form]) -> None:
        """Compute what depends on lines and links, now that all of them stand."""
        for form in reversed(forms):
            for record in self.work.records.changed():
                if record.form == form.key:
                    computed = with_computed(self.work.declared.book, self.work.context(record))
                    self.work.put(computed, self.author)

    def approve(self, place: tuple[FormKey, RecordId]) -> None:
        """Enter that a record was signed off before Deskbook began."""
        form = self.work.declared.forms[place[0]]
        chain = self.work.declared.book.chain(form.key)
        record = self.work.records.get(*place)
        assert record is not None
        assert chain is not None, f"records of {form.key} need no approval"
        assert form.owner is not None
        record = self.work.put(with_values(record, {SUBMIT: True}), self.author)
        forms = self.work.declared.forms
        lines = lines_of(form, record, forms, self.work.records)
        material = material_fields(form, forms)
        steps = [step.key for step in chain.steps]
        run = Run(
            form=form.key,
            record=record.id,
            chain=chain.key,
            frozen=freeze(chain, form.owner, steps, material).dump(),
            round=1,
            state=State.APPROVED,
            content=content_hash(form, record, lines, forms),
            submitted_by=str(record.values.get(form.owner) or ""),
            submitted_at=self.work.at,
            material=material_values(record, lines, material),
        )
        self.work.advance(run, self.author)


def _head(form: Form, forms: Mapping[FormKey, Form]) -> Form:
    """Return the form whose lines *form* holds."""
    field = form.field(parent_field(form))
    target = linked_form(field) if field is not None else None
    assert target is not None, f"{form.key} has no parent"
    return forms[target]


def _refers_to_own(form: Form, faults: Sequence[Problem]) -> bool:
    """Return whether something is wrong with a reference to a row of the same form."""
    for fault in faults:
        field = form.field(fault.field) if fault.field is not None else None
        if field is not None and linked_form(field) == form.key:
            return True
    return False
