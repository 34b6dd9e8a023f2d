"""What people choose in 待辦: a pick beside a conflict is read, held to what they saw, and carried out. Pure.

The lines of 待辦 are computed and never stored, so a pick binds like a sign-off: to what stands beside it in the
person's own file. The render that the file carries says which conflict a line showed; if its cells were overtyped or
sorted apart, or if the record's value has changed since, the pick does not count, and the line says so.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made

from rules.effect import Notify
from sheet_templates.form import ID, Desk, DeskKey, FieldKey, Form
from sheet_templates.record import Address, Problem, RecordId, Severity, Text, Value, named, text
from sheet_templates.value import shown
from sync.closing import Closing, ended
from sync.declared import TODO
from sync.disputes import (
    BASE,
    LINE,
    MINE,
    PICK,
    SUBJECT,
    THEIRS,
    Dispute,
    Disputes,
    Said,
    author,
    end,
    named_conflict,
)
from sync.eyes import Eyes
from sync.holds import WORDS
from sync.identity import Row, Shows
from sync.merge import Edit, RowMerge, Typed, draft_key
from sync.ports import Draft, RowCopy
from sync.reading import Reading
from sync.receipts import RECEIVED
from sync.take import Taking
from sync.work import Work

_SEEN = (SUBJECT, BASE, MINE, THEIRS)
"""What a pick binds to."""

_WORDS = (frozenset(WORDS) - {"mine", "stands"}) | {RECEIVED}


@dataclass(slots=True, kw_only=True)
class Picking:
    """The reading of one file's 待辦 sheet."""

    work: Work
    desk: Desk
    reading: Reading
    answered: set[RecordId] = made(default_factory=set)
    """Conflicts that this save ended."""
    spoken: set[RecordId] = made(default_factory=set)
    """Lines whose pick is new in this save, or was mended or taken back."""
    read_again: bool = False
    """The sheet does not show what its render showed: it must be written anew."""

    def read(self) -> None:
        """Carry out what was typed anew into conflicting cells, and then what was chosen in 待辦."""
        self._typed_anew()
        for form, shows, rows in self._lines():
            if LINE in shows:
                for row in self._speaking(form, rows):
                    self._line(row, shows, self._pick(form, row))

    def drop(self) -> None:
        """Let nothing that was chosen in 待辦 count, now or when the same copy is saved once more."""
        for form, shows, rows in self._lines():
            for row in self._speaking(form, rows) if LINE in shows else ():
                typed = self._pick(form, row)
                said = typed.value if typed.fault is None else typed.shown
                if said is not None:
                    place = Address(form=TODO, record=named_conflict(shows)[0], field=PICK)
                    self.work.delivered.append((place, said))

    def _lines(self) -> Iterator[tuple[Form, Shows, list[RowCopy]]]:
        """Yield the lines that the file's render showed, with their rows, if choices can be read from them."""
        sheet, form = self.reading.copy.sheets.get(TODO), self.work.declared.forms.get(TODO)
        if sheet is None or form is None:
            return
        base = self.reading.base.get(TODO, {})
        lines: defaultdict[RecordId, list[RowCopy]] = defaultdict(list)
        for row in sheet.rows:
            if row.id is not None and row.id in base:
                lines[row.id].append(row)
        for line, shows in base.items():
            self._compare(form, line, shows, lines[line])
            if PICK in sheet.columns:
                yield form, shows, lines[line]

    def _speaking(self, form: Form, rows: list[RowCopy]) -> list[RowCopy]:
        """Return the row of a line that counts: of copies the first that says something."""
        return [each for each in rows if self._pick(form, each).shown is not None][:1] or rows[:1]

    def _pick(self, form: Form, row: RowCopy) -> Typed:
        """Return what was chosen; a word that answers a held save is no choice beside a conflict."""
        typed = self.reading.understanding.typed(form, PICK, row.cells.get(PICK))
        if typed.fault is None and typed.value in _WORDS:
            what = text("conflict.no_choice", said=str(typed.shown))
            return Typed(fault=Problem(what=what, mend=text("conflict.no_choice.mend")), shown=typed.shown)
        return typed

    def _compare(self, form: Form, line: RecordId, shows: Shows, rows: list[RowCopy]) -> None:
        """Have a line written anew that does not show what its render showed: nothing else is typed here."""
        if rows and all(
            self._as_shown(form, field.key, shows, rows[0]) for field in form.columns(self.desk.role)
        ):
            return
        if rows or shows:
            self.reading.deviating.add((TODO, line))
            self.read_again = True

    def _as_shown(self, form: Form, key: FieldKey, shows: Shows, row: RowCopy) -> bool:
        if key == ID or key not in row.cells:
            return True
        expected, cell = shows.get(draft_key(key), shows.get(key)), row.cells[key]
        if expected is None or isinstance(expected, str):
            return _flat(cell) == _flat(expected)
        return self.reading.understanding.typed(form, key, cell).value == expected

    # One line ---------------------------------------------------------------------------------------------

    def _line(self, row: RowCopy, shows: Shows, typed: Typed) -> None:
        key, address = named_conflict(shows)
        place = Address(form=TODO, record=key, field=PICK)
        if typed.shown is None:
            if shows.get(draft_key(PICK)) is not None:
                self._mended(place)
            return
        said = typed.value if typed.fault is None else typed.shown
        if said == (None, *self.reading.delivered.get(place, ()))[-1]:
            return
        if typed.fault is not None and said == shows.get(draft_key(PICK)):
            return
        self.work.delivered.append((place, said))
        self._mended(place)
        if typed.fault is not None:
            self._no_choice(place, row, typed)
        elif isinstance(said, str) and key not in self.answered:
            self._choose(key, address, row, shows, said)

    def _mended(self, place: Address) -> None:
        self.spoken.add(place.record)
        self.work.undrafted.add((self.desk.key, place))

    def _no_choice(self, place: Address, row: RowCopy, typed: Typed) -> None:
        """Keep what is no choice in its cell, red, with what is wrong with it."""
        assert typed.fault is not None
        self.work.drafts[self.desk.key, place] = Draft(desk=self.desk.key, address=place, typed=typed.shown)
        self.work.note("draft", self.reading.author, place, new=typed.shown)
        self.work.problems.append(
            Problem(
                what=typed.fault.what,
                mend=typed.fault.mend,
                desk=self.desk.key,
                form=TODO,
                record=place.record,
                field=PICK,
                row=row.at,
                value=str(typed.shown),
            )
        )

    def _choose(self, key: RecordId, address: Address, row: RowCopy, shows: Shows, pick: str) -> None:
        """Carry out a pick, if what its person saw is what stands."""
        disputes = Disputes.working(self.work)
        dispute = next((each for each in disputes.every() if each.key == key), None)
        if dispute is None or not dispute.told(self.desk) or ended(self.work, dispute.conflict):
            self._say(address, "conflict.over")
            return
        said = Said(desk=self.desk, declared=self.work.declared, store=self.work.store).cells(dispute)
        overtyped = any(_flat(row.cells.get(each)) != _flat(shows.get(each)) for each in _SEEN)
        changed = any(said[each] != shows.get(each) for each in (BASE, MINE, THEIRS))
        if overtyped or changed:
            line = Address(form=TODO, record=key, field=PICK)
            self._say(line, "conflict.overtyped" if overtyped else "conflict.changed")
            return
        chosen = dispute.chosen(self.desk.key, pick)
        if chosen == dispute.stands or self._taken(dispute, chosen):
            self._answered(dispute, chosen, pick)

    def _taken(self, dispute: Dispute, value: Value) -> bool:
        """Have *value* taken as if it had been typed into the cell; return whether it stands now."""
        address = dispute.address
        sheet = self.reading.copy.sheets.get(address.form)
        at = next((row.at for row in sheet.rows if row.id == address.record), 0) if sheet is not None else 0
        edit = Edit(
            address=address,
            at=at,
            typed=Typed(value=value, shown=shown(dispute.field, value, self.desk.lang, self.reading.look_up)),
            base=dispute.stands,
            theirs=dispute.stands,
            conflict=False,
        )
        row = Row(at=at, id=address.record, cells={}, base=self.reading.shown(address.form, address.record))
        merged = RowMerge(
            row=row,
            fresh=False,
            edits=(edit,),
            delivered=(),
            deviates=False,
            standing=(),
            withdrawn=(),
            stale=(),
        )
        taking = Taking(
            work=self.work,
            desk=self.desk,
            form=dispute.form,
            author=self.reading.author,
            look_up=self.reading.look_up,
            me=self.reading.me,
            standing=self.reading.drafts,
        )
        taking.take([merged])
        stands = self.work.records.get(address.form, address.record)
        return stands is not None and stands.values.get(address.field) == value

    def _answered(self, dispute: Dispute, chosen: Value, pick: str) -> None:
        """Enter the choice in the journal, let the conflict end or go on, and tell the others of it."""
        self.answered.add(dispute.key)
        self.work.note(
            "pick",
            self.reading.author,
            dispute.address,
            old=dispute.other(chosen),
            new=chosen,
            pick=pick,
            conflict=dispute.key,
        )
        end(self.work, dispute, self.desk.key, chosen)
        self._tell(dispute, chosen)

    def _typed_anew(self) -> None:
        """End the conflicts of cells into which this save brought a value that was taken."""
        brought = {
            (entry.form, entry.record, entry.field): entry
            for entry in self.work.entries
            if entry.kind == "change" and entry.desk == self.desk.key
        }
        if not brought or not self.work.store.conflicts():
            return
        for dispute in Disputes.stored(self.work.declared, self.work.store, self.work.at.date()).every():
            address = dispute.address
            entry = brought.get((address.form, address.record, address.field))
            if entry is not None and dispute.told(self.desk):
                self.answered.add(dispute.key)
                end(self.work, dispute, self.desk.key, entry.new)
                self._tell(dispute, entry.new)

    # Telling ----------------------------------------------------------------------------------------------

    def _tell(self, dispute: Dispute, chosen: Value) -> None:
        """Tell those whose value was given up, and those whose value stands after all, who chose it."""
        eyes = Eyes.open(self.work.declared, self.work.records, self.work.at.date())
        others = {dispute.conflict.desk} | ({dispute.author} if chosen != dispute.stands else set())
        record = self.work.records.get(dispute.form.key, dispute.record.id)
        assert record is not None
        for desk in eyes.desks:
            concerned = desk.key in others - {self.desk.key} and dispute.field.read_by(desk.role)
            if concerned and eyes.sees(desk, record):
                self._tell_desk(desk, dispute, chosen)

    def _tell_desk(self, desk: Desk, dispute: Dispute, chosen: Value) -> None:
        said = Said(desk=desk, declared=self.work.declared, store=self.work.store)
        what = text(
            "conflict.chosen",
            who=author(self.work.declared, self.work.records, self.desk.key),
            label=named(dispute.field.labels),
            chosen=said.value(dispute, chosen),
            other=said.value(dispute, dispute.other(chosen)),
        )
        address = dispute.address
        self._notice(desk.key, address, what, text("conflict.chosen.mend"))
        event = f"conflict.chosen:{dispute.key}:{desk.key}"
        self.work.notices[event] = Notify(
            event=event,
            people=desk.people,
            headline=text("conflict.headline", form=named(dispute.form.labels), number=dispute.record.number),
            lines=(what,),
            form=address.form,
            record=address.record,
            rule="conflict",
            clause="",
        )

    def _say(self, place: Address, key: str) -> None:
        self._notice(self.desk.key, place, text(key), text(f"{key}.mend"))

    def _notice(self, desk: DeskKey, place: Address, what: Text, mend: Text) -> None:
        self.work.problems.append(
            Problem(
                what=what,
                mend=mend,
                severity=Severity.NOTICE,
                desk=desk,
                form=place.form,
                record=place.record,
                field=place.field,
            )
        )

    def close(self, *, again: bool) -> None:
        """Close conflicts that came to nothing, and what was said of those that are over.

        *again*: the file was read before, nobody saved it since.
        """
        Closing(work=self.work, desk=self.desk, reading=self.reading, spoken=self.spoken).close(again=again)


def _flat(cell: object) -> str:
    """Return what a cell says, however its program breaks lines."""
    return "" if cell is None else " ".join(str(cell).split())
