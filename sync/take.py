"""Takes what a desk may change and what fits its form; the rest is kept as drafts with its problems. Pure.

Rows of one form are taken together, so that pandera checks them in one call.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rules.check import check as check_rules
from rules.computed import with_computed, with_defaults
from sheet_templates.checking import check_rows
from sheet_templates.form import NUMBER, Desk, DeskKey, FieldKey, Form, Source, Stage
from sheet_templates.match import fold
from sheet_templates.record import Address, Problem, Record, RecordId, Severity, Value, text
from sync import ownership
from sync.consequences import sharing_faults
from sync.disputes import CONFLICTING, author, conflict_said
from sync.lookup import DeskLookUp
from sync.matrix import matrix_faults
from sync.merge import Edit, RowMerge
from sync.numbers import first_state, next_number
from sync.overlay import with_values
from sync.ports import Conflict, Draft
from sync.setting import CLAUSE, Wish, ask, first, must_ask, signed_fields
from sync.work import Author, Work

_ACTS = (Source.DECISION, Source.OPINION, Source.CODE)


@dataclass(slots=True, kw_only=True)
class Candidate:
    """A row that asks to change a record, or to become one."""

    merged: RowMerge
    record: Record
    before: Record | None
    good: dict[FieldKey, Edit]
    bad: dict[FieldKey, Edit]
    """What cannot be taken; with the problems below."""
    called: dict[FieldKey, Edit]
    """The provisional number: it stands in the cell until the row has a number of its own."""
    problems: list[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Takes the rows of one form of one desk's save."""

    work: Work
    desk: Desk
    form: Form
    author: Author
    look_up: DeskLookUp
    me: Mapping[str, Value]
    """Whose desk it is, as expressions know it."""
    standing: Mapping[Address, Draft]
    """The desk's drafts of earlier saves."""

    def take(self, merges: Iterable[RowMerge]) -> tuple[Edit, ...]:
        """Take what can be taken of *merges*; return the acts (decisions, opinions) for later.

        Acts come last, when every record of the save stands: who signs, signs all that stands beside it.
        """
        acts: list[Edit] = []
        candidates: list[Candidate] = []
        for merged in merges:
            candidate = self._candidate(merged, acts)
            if candidate is not None:
                candidates.append(candidate)
        self._check_schema(candidates)
        for candidate in candidates:
            self._settle(candidate)
        return tuple(acts)

    def _candidate(self, merged: RowMerge, acts: list[Edit]) -> Candidate | None:
        kept, problems = ownership.check(self.form, self.desk, merged)
        before = self.work.records.get(self.form.key, merged.row.id)
        for key in merged.withdrawn:
            self._undraft(merged.row.id, key)
        for problem in problems:
            self._refuse(problem)
        good: dict[FieldKey, Edit] = {}
        bad: dict[FieldKey, Edit] = {}
        called: dict[FieldKey, Edit] = {}
        faults: list[Problem] = []
        for edit in kept:
            field = self.form.field(edit.address.field)
            assert field is not None
            if edit.conflict:
                self._conflict(edit)
            elif edit.typed.fault is not None:
                bad[field.key] = edit
                faults.append(self._placed(edit.typed.fault, edit))
            elif field.source in _ACTS:
                acts.append(edit)
            elif field.key == NUMBER:
                faults.extend(self._provisional(merged, edit, called, bad))
            else:
                good[field.key] = edit
        if not good and not bad:
            # Nothing but, perhaps, a provisional number: it stands until there is more.
            self._draft(called)
            return None
        blank = Record(form=self.form.key, id=merged.row.id, number="", state=first_state(self.form))
        values = {key: edit.typed.value for key, edit in good.items()}
        record = with_values(before or blank, values)
        return Candidate(
            merged=merged, record=record, before=before, good=good, bad=bad, called=called, problems=faults
        )

    def _provisional(
        self, merged: RowMerge, edit: Edit, called: dict[FieldKey, Edit], bad: dict[FieldKey, Edit]
    ) -> Iterable[Problem]:
        """Take a provisional number, unless it is somebody's number."""
        typed = str(edit.typed.shown)
        if self.work.records.numbered(self.form.key, typed) is None:
            called[NUMBER] = edit
            self.look_up.call(self.form.key, typed, edit.address.record)
            self.work.nicknames.append((self.desk.key, self.form.key, fold(typed), edit.address.record))
            return
        if merged.row.foreign or merged.row.copied_from is not None:
            # It came along with the row; the record that has it is there.
            return
        bad[NUMBER] = edit
        what = text("merge.number_taken", value=typed)
        yield self._placed(Problem(what=what, mend=text("merge.number_taken.mend")), edit)

    def _check_schema(self, candidates: Sequence[Candidate]) -> None:
        """Let pandera check all rows of the form at once; what fails among the edits is put aside."""
        self._complete(candidates)
        found = check_rows(self.form, {each.record.id: each.record.values for each in candidates})
        by_id = {each.record.id: each for each in candidates}
        for problem in found:
            assert problem.record is not None
            candidate = by_id[problem.record]
            # A field whose cell could not be understood is empty only because of that.
            if problem.field not in candidate.bad:
                self._put_aside(candidate, problem)

    def _complete(self, candidates: Iterable[Candidate]) -> None:
        for each in candidates:
            context = self.work.context(each.record, me=self.me, before=each.before)
            filled = (
                each.record if each.before is not None else with_defaults(self.work.declared.book, context)
            )
            each.record = with_computed(self.work.declared.book, replace(context, record=filled, found={}))

    def _put_aside(self, candidate: Candidate, problem: Problem) -> None:
        """Keep *problem*, and take the edit that it is about back out of the candidate."""
        field = problem.field
        edit = candidate.good.pop(field, None) if field is not None else None
        at = candidate.merged.row.at
        typed = None if edit is None or edit.typed.shown is None else str(edit.typed.shown)
        candidate.problems.append(
            replace(problem, desk=self.desk.key, form=self.form.key, row=at, value=problem.value or typed)
        )
        if edit is not None and field is not None:
            candidate.bad[field] = edit
            old = candidate.before.values.get(field) if candidate.before is not None else None
            candidate.record = with_values(candidate.record, {field: old})

    def _settle(self, candidate: Candidate) -> None:
        """Check one candidate by the rules, and take it or keep it as a draft."""
        for problem in self._by_rules(candidate):
            # A notice holds nothing up; it is found again when everything of the save stands.
            if problem.severity is Severity.ERROR:
                self._put_aside(candidate, problem)
        errors = [each for each in candidate.problems if each.severity is Severity.ERROR]
        self.work.problems.extend(candidate.problems)
        if candidate.before is None:
            if errors or self._asks_for_row(candidate):
                self._draft({**candidate.good, **candidate.bad, **candidate.called})
                return
            self._adopt(candidate)
        elif self._asks(candidate):
            self._complete([candidate])
            self.work.put(candidate.record, self.author)
        self._draft(candidate.bad)
        for key in candidate.good:
            self._undraft(candidate.record.id, key)

    def _asks_for_row(self, candidate: Candidate) -> bool:
        """Ask for a new row of settings that are signed off, and say that it waits; False if it counts at once."""
        if not self.form.signed_rows:
            return False
        wish = Wish(form=self.form, record=candidate.record.id, before=None, values=candidate.record.values)
        if not must_ask(self.work):
            first(self.work, wish)
            return False
        self._waits(candidate, ask(self.work, self.desk, self.author, wish), None)
        return True

    def _asks(self, candidate: Candidate) -> bool:
        """Ask for the settings among the edits that are signed off; return whether other edits are left."""
        signed = signed_fields(self.work.declared.book, self.form) & candidate.good.keys()
        before = candidate.before
        assert before is not None
        if not signed:
            return bool(candidate.good)
        values = {key: candidate.record.values.get(key) for key in signed}
        wish = Wish(form=self.form, record=before.id, before=before, values=values)
        if not must_ask(self.work):
            first(self.work, wish)
            return True
        asked = ask(self.work, self.desk, self.author, wish)
        candidate.record = with_values(candidate.record, {key: before.values.get(key) for key in signed})
        for key in sorted(signed):
            self._waits(candidate, asked, key)
            self._undraft(before.id, key)
            del candidate.good[key]
        return bool(candidate.good)

    def _waits(self, candidate: Candidate, asked: Record, field: FieldKey | None) -> None:
        """Say beside a row that what was typed in it counts when it has been signed off."""
        edit = candidate.good[field] if field is not None else None
        key = "setting.asked" if field is not None else "setting.asked_row"
        problem = Problem(
            what=text(key, number=asked.number),
            mend=text(f"{key}.mend"),
            severity=Severity.NOTICE,
            desk=self.desk.key,
            form=self.form.key,
            record=candidate.record.id,
            field=field,
            row=candidate.merged.row.at,
            value=None if edit is None else str(edit.typed.shown),
            rule=f"setting.{self.form.key}",
            clause=CLAUSE,
        )
        self.work.problems.append(problem)

    def _by_rules(self, candidate: Candidate) -> list[Problem]:
        """Return what the rules find wrong; of a standing record only what concerns the edited fields."""
        context = self.work.context(candidate.record, before=candidate.before)
        found = (
            *check_rules(self.work.declared.book, context, Stage.SAVE),
            *sharing_faults(candidate.record, self.work),
            *matrix_faults(candidate.record, self.work),
        )
        return [
            each
            for each in found
            if candidate.before is None or each.field is None or each.field in candidate.good
        ]

    def _adopt(self, candidate: Candidate) -> None:
        """Make the row a record with a number of its own."""
        series, n, given = next_number(self.work, self.form)
        record = replace(candidate.record, number=given)
        context = self.work.context(record)
        record = self.work.put(with_computed(self.work.declared.book, context), self.author)
        called = candidate.called.get(NUMBER)
        self.work.numbered(
            record, series, n, self.author, called="" if called is None else str(called.typed.shown)
        )
        for key in (*candidate.good, NUMBER):
            self._undraft(record.id, key)

    def _draft(self, edits: Mapping[FieldKey, Edit]) -> None:
        for key, edit in edits.items():
            if edit.typed.shown is None:
                self._undraft(edit.address.record, key)
                continue
            draft = Draft(desk=self.desk.key, address=edit.address, typed=edit.typed.shown)
            self.work.drafts[self.desk.key, edit.address] = draft
            if self.standing.get(edit.address) != draft:
                self.work.note("draft", self.author, edit.address, new=edit.typed.shown)

    def _undraft(self, record: RecordId, key: FieldKey) -> None:
        address = Address(form=self.form.key, record=record, field=key)
        self.work.undrafted.add((self.desk.key, address))

    def _conflict(self, edit: Edit) -> None:
        field = self.form.field(edit.address.field)
        assert field is not None
        conflict = Conflict(
            desk=self.desk.key,
            address=edit.address,
            base=edit.base,
            mine=edit.typed.value,
            theirs=edit.theirs,
            at=self._since(edit),
        )
        self.work.conflicts.append(conflict)
        self._undraft(edit.address.record, edit.address.field)
        self.work.note(
            "conflict", self.author, edit.address, old=edit.theirs, new=edit.typed.value, base=str(edit.base)
        )
        what = conflict_said(
            field,
            self.work.declared,
            self.work.records,
            mine=edit.typed.value,
            theirs=edit.theirs,
            base=edit.base,
            who=author(self.work.declared, self.work.records, self._who_changed(edit.address)),
        )
        problem = Problem(what=what, mend=text(f"{CONFLICTING}.mend"), severity=Severity.NOTICE)
        self.work.problems.append(self._placed(problem, edit))

    def _since(self, edit: Edit) -> dt.datetime:
        """Return when the conflict began: another copy may have brought the same value before."""
        return next(
            (
                each.at
                for each in self.work.store.conflicts(self.desk.key)
                if each.address == edit.address and each.mine == edit.typed.value
            ),
            self.work.at,
        )

    def _who_changed(self, address: Address) -> DeskKey | None:
        """Return in which desk a value was changed last; None if Deskbook itself did it."""
        who: DeskKey | None = None
        for line in self.work.store.journal(address.form, address.record):
            entry = line.entry
            if entry.field == address.field and entry.kind == "change":
                who = entry.desk
        return who

    def _refuse(self, problem: Problem) -> None:
        self.work.problems.append(problem)
        if problem.record is None:
            return
        field = problem.field or NUMBER
        address = Address(form=self.form.key, record=problem.record, field=field)
        self.work.note("reject", self.author, address, new=problem.value)

    def _placed(self, problem: Problem, edit: Edit) -> Problem:
        typed: Value = edit.typed.shown
        return replace(
            problem,
            desk=self.desk.key,
            form=self.form.key,
            record=edit.address.record,
            field=edit.address.field,
            row=edit.at,
            value=problem.value or (None if typed is None else str(typed)),
        )
