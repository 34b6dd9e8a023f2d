"""Decisions typed into a desk: who signs, signs what stands beside it in his own file. Pure.

The content that a verdict binds to is built from the cells of the signer's sheet, not from the store and not
from what the sheet was rendered with: an amount that he overtyped, or that changed since, is what he saw
(C6; promise 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.content import content_hash, lines_of
from rules.effect import Verdict
from rules.happened import Signing
from sheet_templates.form import Desk, Field, FieldKey, Form, FormKey, Source
from sheet_templates.record import Record, RecordId, Value
from sheet_templates.scope import line_form, parent_field
from sync.merge import Edit
from sync.overlay import with_values
from sync.ports import Draft, RowCopy
from sync.reading import Reading
from sync.work import Work

Place = tuple[FormKey, RecordId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Turns typed verdicts into signings for the rules."""

    work: Work
    desk: Desk
    reading: Reading
    grade: str
    """What a verdict typed in this desk is worth as evidence (design, section 8)."""

    def signings(self, acts: Iterable[Edit]) -> dict[Place, tuple[Signing, ...]]:
        """Return the signings of a save, by record. An opinion without a verdict waits beside it."""
        found: defaultdict[Place, list[Signing]] = defaultdict(list)
        for edit in acts:
            form = self.work.declared.forms[edit.address.form]
            field = form.field(edit.address.field)
            record = self.work.records.get(form.key, edit.address.record)
            if field is None or record is None or edit.typed.value is None:
                continue
            if field.source is Source.OPINION:
                self._keep(edit)
            elif isinstance(edit.typed.value, str):
                signing = self._signing(form, field, record, Verdict(edit.typed.value))
                found[form.key, record.id].append(signing)
                self.work.note("sign", self.reading.author, edit.address, new=edit.typed.value)
        return {place: tuple(signings) for place, signings in found.items()}

    def _keep(self, edit: Edit) -> None:
        """Let an opinion stand in the cell until there is a verdict to go with it."""
        draft = Draft(desk=self.desk.key, address=edit.address, typed=edit.typed.shown)
        self.work.drafts[self.desk.key, edit.address] = draft

    def _signing(self, form: Form, field: Field, record: Record, verdict: Verdict) -> Signing:
        assert field.step is not None
        assert field.signer is not None
        seen, lines = self._seen(form, record)
        return Signing(
            step=field.step,
            role=field.signer,
            verdict=verdict,
            opinion=self._opinion(form, field, record),
            desk=self.desk.key,
            person=self.desk.people[0] if self.desk.people else "",
            people=frozenset(self.desk.people),
            grade=self.grade,
            content=content_hash(form, seen, lines, self.work.declared.forms),
        )

    def _opinion(self, form: Form, field: Field, record: Record) -> str:
        beside = next(
            (
                each
                for each in form.fields
                if each.source is Source.OPINION and (each.step, each.signer) == (field.step, field.signer)
            ),
            None,
        )
        row = self._row(form, record.id)
        if beside is None or row is None:
            return ""
        self.work.undrafted.add((self.desk.key, self.reading.address(form, record.id, beside.key)))
        typed = self.reading.understanding.typed(form, beside.key, row.cells.get(beside.key))
        return typed.value if isinstance(typed.value, str) else ""

    def _seen(self, form: Form, record: Record) -> tuple[Record, tuple[Record, ...]]:
        """Return the record and its lines as the signer's file shows them."""
        row = self._row(form, record.id)
        seen = record if row is None else self._as_in(form, record, row)
        below = line_form(form, self.work.declared.forms)
        standing = lines_of(form, record, self.work.declared.forms, self.work.records)
        if below is None or below.key not in self.reading.copy.sheets:
            return seen, standing
        return seen, tuple(self._lines(below, record.number, {each.id: each for each in standing}))

    def _lines(self, form: Form, parent: str, standing: dict[RecordId, Record]) -> Iterator[Record]:
        for row in self.reading.copy.sheets[form.key].rows:
            cell = row.cells.get(parent_field(form))
            if (
                row.id is None
                or self.reading.understanding.typed(form, parent_field(form), cell).value != parent
            ):
                continue
            blank = Record(form=form.key, id=row.id, number="")
            yield self._as_in(form, standing.get(row.id, blank), row)

    def _as_in(self, form: Form, record: Record, row: RowCopy) -> Record:
        """Return *record* with the material values that stand in *row*, where the desk has such columns."""
        values: dict[FieldKey, Value] = {}
        for field in form.columns(self.desk.role):
            if field.material and field.key in row.cells:
                typed = self.reading.understanding.typed(form, field.key, row.cells[field.key])
                values[field.key] = typed.value if typed.fault is None else typed.shown
        return with_values(record, values)

    def _row(self, form: Form, record: RecordId) -> RowCopy | None:
        sheet = self.reading.copy.sheets.get(form.key)
        if sheet is None:
            return None
        return next((row for row in sheet.rows if row.id == record), None)
