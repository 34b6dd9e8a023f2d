"""Reads one file: form after form, each after those that it refers to, so that links find what is new. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

from sheet_templates.form import CHECK, ID, NUMBER, Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Address, Param, Problem, Record, RecordId, State, Value, text
from sync.brake import Brake, Save, judged
from sync.declared import TODO
from sync.eyes import Eyes
from sync.gone import BACK, Deletions, Gone, comes_back, remember
from sync.holds import Word, held
from sync.identity import Identified, Row, Shows, identify
from sync.known_by import known_by_content
from sync.lineage import Lineage
from sync.lookup import DeskLookUp
from sync.merge import Edit, Parse, RowMerge, merge_row, untouched
from sync.one_time import Seal
from sync.ports import DeskCopy, Draft, Ids, Rows, SheetCopy, Store
from sync.project import Signed, decided_values
from sync.remarks import Remarks
from sync.take import Taking
from sync.understand import Understanding
from sync.work import Author, Work

_ANSWERED: Final = FieldKey("&answered")
"""Under this a copy's lineage remembers of a row that is gone, or new, that a held save of it was answered."""


class HeldError(Exception):
    """A save is not to be taken as it is; carries the problem that says why. Never leaves the cycle."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what.key)
        self.problem = problem


@dataclass(slots=True, kw_only=True)
class Reading:
    """The reading of one file: form after form, each after those that it refers to."""

    store: Store
    ids: Ids
    brake: Brake
    seal: Seal
    desk: Desk
    copy: DeskCopy
    work: Work
    author: Author
    session: bool
    overtaken: frozenset[Address]
    """Where other copies of its render brought something."""
    again: bool
    """It was read before, and nobody has asked since that it be taken."""
    aside: bool
    """It lies beside the desk's own file."""
    word: Word | None = None
    """What was said of the hold that stands: then nothing more is held."""
    base: Mapping[FormKey, Mapping[RecordId, Shows]] = made(default_factory=dict)
    delivered: Mapping[Address, tuple[Value, ...]] = made(default_factory=dict)
    saved_before: frozenset[tuple[FormKey, RecordId]] = frozenset()
    """Rows in which earlier saves of this copy brought something."""
    drafts: Mapping[Address, Draft] = made(default_factory=dict)
    """What waited in this desk before."""
    me: Mapping[str, Value] = made(default_factory=dict)
    """Whose desk it is, as expressions know it."""
    merges: dict[tuple[FormKey, RecordId], RowMerge] = made(default_factory=dict)
    taken: dict[FormKey, dict[int, RecordId]] = made(default_factory=dict)
    deviating: set[tuple[FormKey, RecordId]] = made(default_factory=set)
    looked_at: set[tuple[FormKey, RecordId]] = made(default_factory=set)
    present: set[tuple[FormKey, RecordId]] = made(default_factory=set)
    """Rows that the file has."""
    put_back: set[tuple[FormKey, RecordId]] = made(default_factory=set)
    missed: list[tuple[Form, RecordId, int | None]] = made(default_factory=list)
    """Records whose rows are gone, and where an emptied one stands."""
    fresh: list[Row] = made(default_factory=list)
    """Rows that are no record yet."""
    lineage: Lineage = made(init=False)
    look_up: DeskLookUp = made(init=False)
    understanding: Understanding = made(init=False)
    remarks: Remarks = made(init=False)

    def __post_init__(self) -> None:
        eyes = Eyes.open(self.work.declared, self.store, self.work.at.date())
        self.me = eyes.me.get(self.desk.key, {})
        self.look_up = DeskLookUp(
            desk=self.desk.key,
            forms=self.work.declared.forms,
            records=self.work.records,
            store=self.store,
            sees=lambda record: eyes.sees(self.desk, record),
        )
        self.understanding = Understanding(look_up=self.look_up, seal=self.seal)
        self.remarks = Remarks(
            work=self.work, desk=self.desk, author=self.author, understanding=self.understanding
        )

    def read(self, base: Rows) -> tuple[Edit, ...]:
        """Merge and take every sheet; return the acts. Raises HeldError."""
        by_form: dict[FormKey, dict[RecordId, Shows]] = {}
        for (key, record), shows in base.items():
            by_form.setdefault(key, {})[record] = shows
        self.base = by_form
        assert self.copy.render is not None
        self.drafts = self.store.drafts(self.desk.key)
        self.delivered = self.store.delivered(self.copy.render)
        self.saved_before = frozenset((each.form, each.record) for each in self.delivered)
        self.lineage = Lineage(
            store=self.store,
            work=self.work,
            desk=self.desk,
            copy=self.copy,
            aside=self.aside,
            base=self.base,
            delivered=self.delivered,
            understanding=self.understanding,
        )
        self.work.problems.extend(self.copy.problems)
        acts: list[Edit] = []
        for form in self.work.declared.stored():
            sheet = self.copy.sheets.get(form.key)
            if sheet is not None:
                acts.extend(self._sheet(form, sheet))
        self._delete()
        return tuple(acts)

    def shown(self, form: FormKey, record: RecordId) -> Shows:
        """Return what this copy's render showed of a record."""
        return self.lineage.shown(form, record)

    def listed(self, record: Record | None) -> bool:
        """Return whether the 待辦 sheet of this copy's render told something about *record*."""
        lines = self.base.get(TODO, {}).values()
        return record is not None and any(
            each.get(FieldKey("subject_number")) == record.number for each in lines
        )

    def address(self, form: Form, record: RecordId, key: FieldKey) -> Address:
        """Return the address of one field of *record*."""
        return Address(form=form.key, record=record, field=key)

    def dirty(self, base: Rows) -> set[tuple[DeskKey, FormKey, RecordId]]:
        """Return the rows that this desk must be shown anew, because of what the file holds."""
        rows = self.deviating | self.put_back | {key for key in self.looked_at if self._drafted(key)}
        latest = self.store.latest(self.desk.key)
        if latest is not None and latest != self.copy.render:
            newest = self.store.base(self.desk.key, latest) or {}
            rows |= {key for key in {*newest, *base} if newest.get(key) != base.get(key)}
        return {(self.desk.key, form, record) for form, record in rows}

    def _drafted(self, key: tuple[FormKey, RecordId]) -> bool:
        form, record = key
        return any(
            address.form == form and address.record == record
            for desk, address in (*self.work.drafts, *self.work.undrafted)
            if desk == self.desk.key
        )

    def _sheet(self, form: Form, sheet: SheetCopy) -> tuple[Edit, ...]:
        base = self.base.get(form.key, {})
        sheet, recognised = self._recognise(form, sheet, base)
        identified = self._identify(form, sheet, base)
        self._note_ids(form, sheet, identified)
        self.present.update((form.key, row.id) for row in identified.rows)
        merges = []
        fields = tuple(field for field in form.columns(self.desk.role) if field.key != ID)
        for row in identified.rows:
            if row.id in identified.emptied and self.work.records.get(form.key, row.id) is not None:
                continue
            if not row.base and self.work.records.get(form.key, row.id) is None:
                self.fresh.append(row)
            again = (form.key, row.id) in self.saved_before
            if row.base and not again and untouched(fields, sheet, row, self._parse_in(form)):
                if row.base.get(CHECK):
                    self.looked_at.add((form.key, row.id))
                continue
            merged = self._row(form, sheet, row)
            if merged is not None:
                merges.append(merged)
        self._brake(form, sheet, base, identified, merges)
        if self.word is Word.DROP:
            self._drop(form, identified, merges)
            return ()
        for merged in merges:
            self.merges[form.key, merged.row.id] = merged
            self.remarks.row(form, merged)
        self._miss(form, identified)
        self.remarks.columns(form, sheet, base)
        for key in recognised:
            self.remarks.recognised(form, sheet, key)
        taking = Taking(
            work=self.work,
            desk=self.desk,
            form=form,
            author=self.author,
            look_up=self.look_up,
            me=self.me,
            standing=self.drafts,
        )
        return taking.take(merges)

    def _recognise(
        self, form: Form, sheet: SheetCopy, base: Mapping[RecordId, Shows]
    ) -> tuple[SheetCopy, tuple[FieldKey, ...]]:
        if not sheet.strange:
            return sheet, ()
        return known_by_content(
            form,
            self.desk.role,
            sheet,
            base,
            lambda key, cell, value: self.lineage.like(form, key, cell, value),
        )

    def _miss(self, form: Form, identified: Identified) -> None:
        """Note the rows that are gone: what becomes of their records is decided when the whole file is read."""
        for record in (*identified.missing, *identified.emptied):
            key = (form.key, record)
            found = self.work.records.get(*key)
            if found is None and record in identified.emptied:
                continue
            self.put_back.add(key)
            self.deviating.add(key)
            if found is None or found.state is State.RETRACTED:
                self._forget_drafts(form, record)
            else:
                self.missed.append((form, record, identified.emptied.get(record)))

    def _delete(self) -> None:
        """Decide about the rows that are gone (R2, R3, R6)."""
        deletions = Deletions(
            work=self.work,
            desk=self.desk,
            copy=self.copy,
            author=self.author,
            session=self.session,
            again=self.again,
        )
        deletions.decide(
            Gone(
                form=form,
                record=record,
                at=at,
                last=self.lineage.last(form, record),
                moved=self.lineage.is_moved(form, record, self.fresh),
                delivered=self.lineage.rows(form, record),
            )
            for form, record, at in self.missed
        )

    def _identify(self, form: Form, sheet: SheetCopy, base: Mapping[RecordId, Shows]) -> Identified:
        adopted: dict[RecordId, dict[FieldKey, Value]] = {}
        for address, values in self.delivered.items():
            if address.form == form.key and address.record not in base:
                adopted.setdefault(address.record, {})[address.field] = values[-1]
        return identify(
            sheet,
            base,
            adopted=adopted,
            elsewhere=lambda record: self.lineage.elsewhere(form, record),
            known=lambda record: self.work.records.get(form.key, record) is not None,
            like=lambda key, cell, value: self.lineage.like(form, key, cell, value),
            another=lambda row: self.lineage.another(form, row),
            new_id=self.ids.new,
        )

    def _note_ids(self, form: Form, sheet: SheetCopy, identified: Identified) -> None:
        ids = {copy.at: copy.id for copy in sheet.rows}
        for row in identified.rows:
            if ids.get(row.at) != row.id:
                self.taken.setdefault(form.key, {})[row.at] = row.id
                self.deviating.add((form.key, row.id))

    def _row(self, form: Form, sheet: SheetCopy, row: Row) -> RowMerge | None:
        theirs = self.work.records.get(form.key, row.id)
        if theirs is not None and theirs.state is State.RETRACTED:
            if not (
                self.session and comes_back(self.work, theirs, self.author, self.lineage.rows(form, row.id))
            ):
                self._retracted(form, sheet, row, theirs)
                return None
            theirs = self.work.records.get(form.key, row.id)
        if self.session and self.lineage.rows(form, row.id)[-1:] not in ((), (BACK,)):
            remember(self.work, form, row.id, BACK)
        merged = self._merged(form, sheet, row, theirs)
        if self._was_dropped(form, merged):
            self.deviating.add((form.key, row.id))
            return None
        if merged.deviates:
            self.deviating.add((form.key, row.id))
        if merged.deviates or merged.standing or row.base.get(CHECK):
            self.looked_at.add((form.key, row.id))
        return merged if merged.edits or merged.withdrawn or merged.stale else None

    def _merged(self, form: Form, sheet: SheetCopy, row: Row, theirs: Record | None) -> RowMerge:
        """Merge one row, and note what this save of the copy brought."""
        merged = merge_row(
            form,
            self.desk.role,
            sheet,
            row,
            theirs=theirs,
            shows=self._shows(theirs),
            delivered=self.delivered,
            parse=self._parse_in(form),
            session=self.session,
            overtaken=self.overtaken,
        )
        self.work.delivered.extend(merged.delivered)
        return merged

    def _retracted(self, form: Form, sheet: SheetCopy, row: Row, theirs: Record) -> None:
        """Keep what was typed into a record that was taken back, and say so; its row goes (R4, R5)."""
        self.deviating.add((form.key, row.id))
        merged = self._merged(form, sheet, row, theirs)
        for edit in merged.edits:
            self.work.note("reject", self.author, edit.address, new=edit.typed.shown)
        if merged.edits:
            self.remarks.tell(form, row.id, row.at, "merge.retracted", number=theirs.number)

    def _parse_in(self, form: Form) -> Parse:
        return lambda _row, key, cell: self.understanding.typed(form, key, cell)

    def _shows(self, theirs: Record | None) -> Shows:
        if theirs is None:
            return {}
        form = self.work.declared.forms[theirs.form]
        run = self.work.run(theirs.form, theirs.id)
        signed = Signed(run=run, decisions=self.work.decided(theirs.form, theirs.id) if run else ())
        return {NUMBER: theirs.number, **theirs.values, **decided_values(form, signed)}

    def _brake(
        self,
        form: Form,
        sheet: SheetCopy,
        base: Mapping[RecordId, Shows],
        identified: Identified,
        merges: Sequence[RowMerge],
    ) -> None:
        """Hold a save that looks like a mistake (F4, R13), unless a person has said what is to become of it."""
        missing, emptied = (
            [each for each in gone if not self._answered(form, each)]
            for gone in (identified.missing, identified.emptied)
        )
        if self.word is not None:
            self._answer(form, [*missing, *emptied])
            return
        save = Save(
            rows=identified.rows,
            merged=merges,
            shown=sum(1 for each in base.values() if each),
            missing=len(missing),
            emptied=len(emptied),
            owned=frozenset(field.key for field in form.fields if self.desk.role in field.owners),
        )
        found = judged(self.brake, save)
        if found is not None:
            problem = held(
                desk=self.desk,
                path=self.copy.path,
                sheet=sheet.title,
                found=found,
                at=self.work.at,
                declared=self.work.declared,
                aside=self.aside,
            )
            raise HeldError(problem)

    def _answer(self, form: Form, records: Iterable[RecordId]) -> None:
        """Let the copy's lineage remember rows that a save was answered about: they are not asked about again."""
        for record in records:
            self.work.delivered.append((self.address(form, record, _ANSWERED), "answered"))

    def _answered(self, form: Form, record: RecordId) -> bool:
        return self.address(form, record, _ANSWERED) in self.delivered

    def _drop(self, form: Form, identified: Identified, merges: Iterable[RowMerge]) -> None:
        """Take nothing of a sheet: its rows are written as the store has them, and those that are new go."""
        gone = (*identified.missing, *identified.emptied)
        self.deviating.update((form.key, record) for record in gone)
        self._answer(form, (each.row.id for each in merges if each.fresh))

    def _was_dropped(self, form: Form, merged: RowMerge) -> bool:
        """Return whether a new row came with a save that was dropped, and nothing was typed in it since."""
        return merged.fresh and self._answered(form, merged.row.id) and not merged.delivered

    def _forget_drafts(self, form: Form, record: RecordId) -> None:
        """Drop the drafts of a row that was never a record and was deleted; the journal keeps what was typed."""
        for address in self.drafts:
            if address.form == form.key and address.record == record:
                self.work.undrafted.add((self.desk.key, address))


def file_problem(desk: Desk, copy: DeskCopy, key: str, **params: Param) -> Problem:
    """Return a problem with a whole file."""
    return Problem(
        what=text(key, file=copy.path.name, **params),
        mend=text(f"{key}.mend"),
        desk=desk.key,
        file=str(copy.path),
    )
