"""Rows that are gone from somebody's sheet: which records that withdraws, and which are put back. Pure.

Nothing is deleted by being absent (docs/merge.md, R2, R3 and R6). Where the form says so, deleting the row of a
record withdraws it (`sync.retract`): if this desk brought it in and nobody else typed in it, if it is as the desk's
copy showed it, not handed on for sign-off, and nothing refers to it. Otherwise the row comes back, with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

from rules.saying import joined, value_said
from rules.saying import title as called
from sheet_templates.form import ID, Desk, Field, FieldKey, Form, Source
from sheet_templates.match import fold
from sheet_templates.record import (
    Address,
    Param,
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
from sheet_templates.scope import linked_form
from sync.disputes import author as said_author
from sync.ports import DeskCopy, Entry
from sync.retract import desks_of, referring, restore, retract
from sync.setting import Wish, ask, must_ask
from sync.work import Author, Work

WITHDRAWN: Final = "merge.withdrawn"
"""Tells who deleted a row that its record is withdrawn."""

GONE, MISSED, BACK = "gone", "missed", "back"
"""What a copy's lineage remembers of a row under its id: deleted and withdrawn, deleted and put back, there again.

A later save without the row does not withdraw its record once more, whatever became of it since.
"""

_SIGNED: Final = frozenset({State.SUBMITTED, State.APPROVED, State.REFUSED})
_TYPED: Final = frozenset({Source.TYPED, Source.STAMPED, Source.SUBMIT})
_MOST: Final = 3
"""So many changes are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A record of which the copy's render showed a row that is not there, or emptied, now."""

    form: Form
    record: RecordId
    at: int | None
    """Where the emptied row stands."""
    last: Mapping[FieldKey, Value]
    """What this copy showed of it, or brought later."""
    moved: bool
    """Its content seems to stand in another row of the file."""
    delivered: tuple[Value, ...]
    """Whether earlier saves of this copy had the row: the last of it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletions:
    """Decides about the rows that are gone from one desk's save."""

    work: Work
    desk: Desk
    copy: DeskCopy
    author: Author
    session: bool
    again: bool
    """This save was read before: what was to be withdrawn by it, is."""
    kept: list[tuple[Gone, Text]] = made(default_factory=list)

    def decide(self, gone: Iterable[Gone]) -> None:
        """Withdraw what may be withdrawn, lines before what they belong to; tell of each row, once."""
        waiting: list[tuple[Gone, Record]] = []
        for each in gone:
            record = self.work.records.get(each.form.key, each.record)
            if record is None or record.state is State.RETRACTED or not self._is_new(each):
                continue
            why = self._why_not(each, record)
            if why is None:
                waiting.append((each, record))
            else:
                self._tell(each, why)
        while waiting:
            free = [(each, record) for each, record in waiting if not referring(self.work, record)]
            if not free:
                break
            for each, record in free:
                if not self._asks(each, record):
                    self._withdraw(each, record)
            waiting = [pair for pair in waiting if pair not in free]
        for each, record in waiting:
            by = referring(self.work, record)[0]
            self._tell(each, text("merge.missing.referred", number=record.number, by=by.number))

    def _is_new(self, gone: Gone) -> bool:
        """Return whether the row is gone since the last save of this copy: else that was told before (C3, C3u)."""
        lineage = (BACK, *gone.delivered)
        return not self.again and lineage[-1] == BACK and (self.session or lineage == (BACK,))

    def _why_not(self, gone: Gone, record: Record) -> Text | None:
        """Return why a record stays, and is put back; None if it may be withdrawn."""
        number = record.number
        changes = tuple(self._changes(gone, record))
        if gone.moved:
            return text("merge.missing.moved", number=number)
        if changes:
            return text("merge.missing.changed", number=number, what=joined(changes[:_MOST]))
        if self.desk.role not in gone.form.retractors:
            return text("merge.missing", number=number)
        history = [line.entry for line in self.work.store.journal(record.form, record.id)]
        if not any(each.kind == "create" and each.desk == self.desk.key for each in history):
            return text("merge.missing.others", number=number)
        others = [
            each for each in history if each.kind == "change" and each.desk not in (None, self.desk.key)
        ]
        if others:
            return text("merge.missing.changed", number=number, what=self._change_said(gone.form, others[-1]))
        if self._is_signed(gone.form, record):
            head = self._above(gone.form, record) or record
            chain = self.work.declared.book.chain(head.form)
            if chain is not None and chain.changed_by is not None and head.state is State.APPROVED:
                return text("merge.missing.approved", number=number, head=head.number)
            return text("merge.missing.signed", number=number)
        return text("merge.missing.waits", number=number) if self._waits(record) else None

    def _changes(self, gone: Gone, record: Record) -> Iterator[Text]:
        """Yield what was changed, by whom and when, in the fields that this copy showed otherwise (R3)."""
        last: dict[FieldKey, Entry] = {}
        for key in dict.fromkeys((*record.values, *gone.last)):
            field = gone.form.field(key)
            if field is None or field.source not in _TYPED or not field.read_by(self.desk.role):
                continue
            if record.values.get(key) == gone.last.get(key):
                continue
            last = last or self._last_changes(record)
            entry = last.get(key)
            if entry is not None:
                yield self._change_said(gone.form, entry, old=gone.last.get(key))

    def _last_changes(self, record: Record) -> dict[FieldKey, Entry]:
        entries = (line.entry for line in self.work.store.journal(record.form, record.id))
        return {
            each.field: each
            for each in (*entries, *self.work.entries)
            if each.kind == "change"
            and each.field is not None
            and (each.form, each.record) == (record.form, record.id)
        }

    def _change_said(self, form: Form, entry: Entry, *, old: Value = None) -> Text:
        who = said_author(self.work.declared, self.work.records, entry.desk)
        when = f"{entry.at.astimezone(self.work.at.tzinfo):%m-%d %H:%M}"
        field = form.field(entry.field) if entry.field is not None else None
        if field is None or not field.read_by(self.desk.role):
            return text("merge.missing.by", who=who, when=when)
        was, new = (self._said(field, value) for value in (old if old is not None else entry.old, entry.new))
        return text("merge.missing.what", who=who, when=when, label=named(field.labels), old=was, new=new)

    def _said(self, field: Field, value: Value) -> Param:
        if value is None:
            return text("empty")
        return value_said(field, value, self.work.declared.forms, self.work.records)

    def _is_signed(self, form: Form, record: Record) -> bool:
        """Return whether a record, or the one that it is a line of, is signed or waits for it."""
        run = self.work.run(form.key, record.id)
        decided = any(each.voided is None for each in self.work.decided(form.key, record.id))
        if decided or (run is not None and run.state in _SIGNED):
            return True
        above = self._above(form, record)
        return above is not None and self._is_signed(self.work.declared.forms[above.form], above)

    def _above(self, form: Form, record: Record) -> Record | None:
        """Return the record that *record* is a line of."""
        parent = form.field(form.parent) if form.parent is not None else None
        target = linked_form(parent) if parent is not None else None
        number = record.values.get(parent.key) if parent is not None else None
        return self.work.records.numbered(target, number) if target and isinstance(number, str) else None

    def _waits(self, record: Record) -> bool:
        """Return whether something of others waits beside a record: withdrawing it would drop that."""
        place = (record.form, record.id)
        conflicts = (*self.work.store.conflicts(), *self.work.conflicts)
        return any((each.address.form, each.address.record) == place for each in conflicts) or any(
            (address.form, address.record) == place
            for desk in desks_of(self.work)
            if desk != self.desk.key
            for address in self.work.store.drafts(desk)
        )

    def _asks(self, gone: Gone, record: Record) -> bool:
        """Ask that a row of settings that are signed off may go; False if it may go at once."""
        if not gone.form.signed_rows or not must_ask(self.work):
            return False
        wish = Wish(form=gone.form, record=record.id, before=record, values={}, gone=True)
        asked = ask(self.work, self.desk, self.author, wish)
        self._tell(gone, text("setting.asked_gone", number=asked.number))
        return True

    def _withdraw(self, gone: Gone, record: Record) -> None:
        retract(self.work, record.form, record.id, self.author)
        remember(self.work, gone.form, gone.record, GONE)
        title = called(gone.form, record.number, self.work.records)
        what = f"{record.number} {title}" if title != record.number else record.number
        self._problem(gone, text(WITHDRAWN, record=what), text(f"{WITHDRAWN}.mend", save=self.copy.file[:12]))

    def _tell(self, gone: Gone, why: Text) -> None:
        remember(self.work, gone.form, gone.record, MISSED)
        self._problem(gone, why, text(f"{why.key}.mend"))

    def _problem(self, gone: Gone, what: Text, mend: Text) -> None:
        self.work.problems.append(
            Problem(
                what=what,
                mend=mend,
                severity=Severity.NOTICE,
                desk=self.desk.key,
                form=gone.form.key,
                record=gone.record,
                row=gone.at,
            )
        )


def remember(work: Work, form: Form, record: RecordId, what: str) -> None:
    """Let the copy's lineage remember whether it has the row."""
    work.delivered.append((Address(form=form.key, record=record, field=ID), what))


def comes_back(work: Work, record: Record, author: Author, delivered: Sequence[Value]) -> bool:
    """Restore what this copy itself had withdrawn, because its person took the deletion back in the same session.

    Return whether that is so; anything else that was taken back stays so.
    """
    if not delivered or delivered[-1] != GONE:
        return False
    before = State.RECORDED
    for line in work.store.journal(record.form, record.id):
        entry = line.entry
        if entry.kind == "state" and entry.new == State.RETRACTED:
            before = State(str(entry.old))
    restore(work, record.form, record.id, before, author)
    return True


def alike(cells: Iterable[Value], shown: Iterable[Value]) -> bool:
    """Return whether most of what a row showed stands in *cells*, in whichever columns."""
    there = {_plain(each) for each in cells if each not in (None, "")}
    sought = {_plain(each) for each in shown if each not in (None, "", True, False)}
    found = sought & there
    return len(found) >= min(2, len(sought)) and 2 * len(found) > len(sought)


def _plain(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value
