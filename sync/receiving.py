"""收到 in 待辦: what a desk's people acknowledge is read, held to what they saw, and entered. Pure.

It binds as a pick beside a conflict does (`sync.picking`): the render that the file carries says which receipt a line
asked for. A line that was typed over or copied apart acknowledges nothing, nor does one whose transfer was replaced
by a newer one, nor one that waits for somebody else by now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import Desk, FieldKey, Form
from sheet_templates.record import Address, Problem, RecordId, Severity, named, text
from sync.declared import TODO
from sync.desks import PEOPLE
from sync.disputes import PICK, SUBJECT, TOLD
from sync.holds import WHAT
from sync.identity import Shows
from sync.merge import Typed
from sync.ports import RowCopy
from sync.reading import Reading
from sync.receipts import OPEN_FOR, RECEIPT, RECEIVED, SHOWS, Receipt, addressees, moment
from sync.work import Work, identity

_SEEN = (WHAT, SUBJECT)
"""What the word binds to."""


@dataclass(slots=True, kw_only=True)
class Receiving:
    """The acknowledgements in one file's 待辦 sheet."""

    work: Work
    desk: Desk
    reading: Reading
    spoken: set[RecordId] = made(default_factory=set)

    def read(self) -> None:
        """Enter what was acknowledged."""
        for place, row, shows, typed in self._said():
            self.spoken.add(place.record)
            self._line(place.record, row, shows, typed)

    def drop(self) -> None:
        """Let nothing that was chosen count, now or when the same copy is saved once more."""
        for _ in self._said():
            pass

    def close(self, *, again: bool) -> None:
        """Close what was said of receipts that are closed, or that their people have seen.

        *again*: the file was read before, nobody saved it since.
        """
        now = {identity(each) for each in self.work.found()}
        seen = {RecordId(str(line[SHOWS])) for line in self._lines().values() if line.get(TOLD)}
        for problem in self.work.store.problems(self.desk.key):
            if problem.form != TODO or problem.record is None or identity(problem) in now:
                continue
            record = self.work.records.get(RECEIPT, problem.record)
            if record is None:
                continue
            if (
                record[OPEN_FOR] is None
                or problem.record in self.spoken
                or (problem.record in seen and not again)
            ):
                self.work.solved.append(problem)

    def _lines(self) -> dict[RecordId, Shows]:
        """Return the lines of the file's render that asked for a receipt."""
        return {line: shows for line, shows in self.reading.base.get(TODO, {}).items() if SHOWS in shows}

    def _said(self) -> Iterator[tuple[Address, RowCopy, Shows, Typed]]:
        """Yield what stands anew beside the lines that asked; from now on it counts as read."""
        sheet, form = self.reading.copy.sheets.get(TODO), self.work.declared.forms.get(TODO)
        if sheet is None or form is None or PICK not in sheet.columns:
            return
        for line, shows in self._lines().items():
            place = Address(form=TODO, record=RecordId(str(shows[SHOWS])), field=PICK)
            rows = [(each, self._typed(form, each)) for each in sheet.rows if each.id == line]
            speaking = [each for each in rows if each[1].shown is not None]
            # Of copies the one counts that still says what it said.
            speaking.sort(key=lambda each: not _as_shown(each[0], shows))
            for row, typed in speaking[:1]:
                said = typed.value if typed.fault is None else typed.shown
                if said != (None, *self.reading.delivered.get(place, ()))[-1]:
                    self.work.delivered.append((place, said))
                    yield place, row, shows, typed

    def _typed(self, form: Form, row: RowCopy) -> Typed:
        return self.reading.understanding.typed(form, PICK, row.cells.get(PICK))

    def _line(self, key: RecordId, row: RowCopy, shows: Shows, typed: Typed) -> None:
        record = self.work.records.get(RECEIPT, key)
        if record is None or record["status"] == RECEIVED:
            # Somebody of the same desk was quicker.
            return
        receipt = Receipt.of(record, self.work.at.tzinfo)
        if typed.fault is not None or typed.value != RECEIVED:
            self._say(key, "receipt.no_word")
        elif not _as_shown(row, shows):
            self._say(key, "receipt.overtyped")
        elif receipt is None:
            self._say(key, "receipt.over")
        elif self.desk.key not in self._addressees(receipt):
            self._say(key, "receipt.not_yours")
        else:
            self._acknowledge(receipt)

    def _addressees(self, receipt: Receipt) -> frozenset[str]:
        work = self.work
        return frozenset(addressees(receipt.whom, work.records, work.declared.posts, work.at.date()))

    def _acknowledge(self, receipt: Receipt) -> None:
        author = self.reading.author
        who = self.work.records.numbered(PEOPLE, author.person) if author.person else None
        post = self.work.declared.posts[self.desk.role]
        said = str(who["name"]) if who is not None else post.labels.in_(self.desk.lang)
        self.work.set(
            RECEIPT,
            receipt.id,
            {
                FieldKey("status"): RECEIVED,
                FieldKey("received"): moment(self.work.at),
                FieldKey("received_by"): said,
                OPEN_FOR: None,
            },
            author,
        )
        place = Address(form=receipt.content.form, record=receipt.content.record, field=FieldKey("number"))
        rule = str(receipt.record["rule"])
        self.work.note(RECEIVED, author, place, rule=rule, to=receipt.whom, receipt=receipt.record.number)

    def _say(self, key: RecordId, what: str) -> None:
        form = self.work.declared.forms[TODO]
        pick = form.field(PICK)
        assert pick is not None
        word = next(each.labels for each in pick.choices if each.key == RECEIVED)
        self.work.problems.append(
            Problem(
                what=text(what, word=named(word)),
                mend=text(f"{what}.mend", word=named(word)),
                severity=Severity.NOTICE,
                desk=self.desk.key,
                form=TODO,
                record=key,
                field=PICK,
            )
        )


def _as_shown(row: RowCopy, shows: Shows) -> bool:
    return all(_flat(row.cells.get(key)) == _flat(shows.get(key)) for key in _SEEN if key in row.cells)


def _flat(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).split())
