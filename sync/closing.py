"""Closes conflicts that came to nothing, and what was said in 待辦 and beside records about those. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sheet_templates.form import Desk, DeskKey
from sheet_templates.record import Address, Problem, RecordId, Severity, text
from sync.declared import TODO
from sync.disputes import (
    CONFLICTING,
    LINE,
    PICK,
    TOLD,
    Dispute,
    Disputes,
    author,
    conflict_said,
    key_of,
    named_conflict,
)
from sync.holds import every
from sync.ports import Conflict
from sync.reading import Reading
from sync.receipts import RECEIPT
from sync.work import Work, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of the reading of one file's conflicts."""

    work: Work
    desk: Desk
    reading: Reading
    spoken: set[RecordId]
    """Lines whose pick is new in this save, or was mended or taken back."""

    def close(self, *, again: bool) -> None:
        """Close conflicts that came to nothing, and what was said of those that are over.

        *again*: the file was read before, nobody saved it since.
        """
        self._settle_equal()
        self._say_anew()
        standing = {key_of(each): each for each in self._open()}
        asked = {RecordId(each.key) for each in every(self.work.store)}
        cells = {(each.desk, each.address) for each in standing.values()}
        now = {identity(each) for each in self.work.found()}
        for problem in self.work.store.problems():
            if identity(problem) in now or problem.desk is None or problem.record is None:
                continue
            if problem.form == TODO:
                # What is said of a hold's line is over with the hold (`sync.cycle`), of a receipt's with the receipt.
                if problem.record not in asked and self.work.records.get(RECEIPT, problem.record) is None:
                    self._close_line(problem, standing, again=again)
            elif problem.what.key == CONFLICTING and _cell(problem) not in cells:
                self.work.solved.append(problem)

    def _open(self) -> Iterator[Conflict]:
        """Yield the conflicts that will be open."""
        for each in self.work.store.conflicts():
            if not ended(self.work, each):
                yield each
        yield from self.work.conflicts

    def _settle_equal(self) -> None:
        """End the conflicts whose value that was set aside stands by now, whoever brought it."""
        for each in tuple(self._open()):
            record = self.work.records.get(each.address.form, each.address.record)
            if record is not None and record.values.get(each.address.field) == each.mine:
                self.work.settled.append(each)
                self.work.conflicts[:] = [other for other in self.work.conflicts if other != each]

    def _say_anew(self) -> None:
        """Say beside a record what stands there by now, where that was not said in this cycle."""
        said = {identity(each) for each in self.work.problems}
        disputes: Disputes | None = None
        for each in tuple(self._open()):
            before = self.work.store.get(each.address.form, each.address.record)
            after = self.work.records.get(each.address.form, each.address.record)
            field = each.address.field
            moved = before is None or after is None or before.values.get(field) != after.values.get(field)
            if not moved and each not in self.work.conflicts:
                continue
            disputes = disputes or Disputes.working(self.work)
            dispute = disputes.of(each)
            problem = conflicting(self.work, dispute) if dispute is not None else None
            if problem is not None and identity(problem) not in said:
                self.work.problems.append(problem)

    def _close_line(self, problem: Problem, standing: Mapping[RecordId, Conflict], *, again: bool) -> None:
        """Close what is said in a line of 待辦, if its conflict is over, its pick mended, or the words were seen."""
        assert problem.record is not None
        assert problem.desk is not None
        own = problem.desk == self.desk.key
        if problem.record not in standing:
            self.work.undrafted.add((problem.desk, Address(form=TODO, record=problem.record, field=PICK)))
        elif own and problem.record in self.spoken:
            pass
        elif not (own and not again and problem.severity is Severity.NOTICE and self._saw(problem.record)):
            return
        self.work.solved.append(problem)

    def _saw(self, key: RecordId) -> bool:
        """Return whether the file's render said something in the line of a conflict."""
        return any(
            LINE in shows and named_conflict(shows)[0] == key and shows.get(TOLD)
            for shows in self.reading.base.get(TODO, {}).values()
        )


def ended(work: Work, conflict: Conflict) -> bool:
    """Return whether *work* ends a conflict."""
    return any(key_of(each) == key_of(conflict) for each in work.settled)


def _cell(problem: Problem) -> tuple[DeskKey | None, Address | None]:
    if problem.form is None or problem.record is None or problem.field is None:
        return problem.desk, None
    return problem.desk, Address(form=problem.form, record=problem.record, field=problem.field)


def conflicting(work: Work, dispute: Dispute) -> Problem:
    """Return what is said beside a record about a conflict, as things stand."""
    conflict = dispute.conflict
    what = conflict_said(
        dispute.field,
        work.declared,
        work.records,
        mine=conflict.mine,
        theirs=dispute.stands,
        base=conflict.base,
        who=author(work.declared, work.records, dispute.author),
    )
    return Problem(
        what=what,
        mend=text(f"{CONFLICTING}.mend"),
        severity=Severity.NOTICE,
        desk=conflict.desk,
        form=conflict.address.form,
        record=conflict.address.record,
        field=conflict.address.field,
    )
