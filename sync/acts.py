"""Decisions typed into a desk: who signs, signs what stands beside it in his own file. Pure.

The content that a verdict binds to is built from the cells of the signer's sheet, not from the store and not
from what the sheet was rendered with: an amount that he overtyped, or that changed since, is what he saw
(C6; promise 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made

from rules.columns import WHOM, opinion_key
from rules.content import content_hash, lines_of
from rules.effect import Verdict
from rules.happened import Signing
from sheet_templates.form import Desk, Field, FieldKey, Form, FormKey, Source
from sheet_templates.record import Address, Record, RecordId, Value
from sheet_templates.scope import line_form, parent_field
from sync.merge import Edit
from sync.one_time import Seal
from sync.overlay import with_values
from sync.ports import Cell, Draft
from sync.proving import Proving
from sync.reading import Reading
from sync.work import Work

Place = tuple[FormKey, RecordId]


@dataclass(slots=True, kw_only=True)
class Acts:
    """Turns typed verdicts into signings for the rules."""

    work: Work
    desk: Desk
    reading: Reading
    grade: str
    """What a verdict typed in this desk is worth as evidence (design, section 8)."""
    seal: Seal = made(default_factory=Seal)
    """Of the one-time codes that prove more."""
    proving: Proving = made(init=False)

    def __post_init__(self) -> None:
        self.proving = Proving(
            work=self.work, desk=self.desk, reading=self.reading, seal=self.seal, grade=self.grade
        )

    def signings(self, acts: Iterable[Edit]) -> dict[Place, tuple[Signing, ...]]:
        """Return the signings of a save, by record. An opinion without a verdict waits beside it."""
        found: defaultdict[Place, list[Signing]] = defaultdict(list)
        spoken: set[Address] = set()
        for edit in sorted(self.proving.heard(acts), key=self._is_opinion):
            form = self.work.declared.forms[edit.address.form]
            field = form.field(edit.address.field)
            record = self.work.records.get(form.key, edit.address.record)
            if field is None or edit.typed.value is None or edit.address in spoken:
                continue
            if field.source is Source.OPINION or record is None:
                self._keep(edit)
            elif isinstance(edit.typed.value, str):
                signing = self._signing(form, field, record, Verdict(edit.typed.value))
                found[form.key, record.id].append(signing)
                spoken.add(self._beside(form, field, record))
                if signing.verdict is Verdict.ADD:
                    spoken.add(Address(form=form.key, record=record.id, field=WHOM))
                self.work.note(
                    "sign",
                    self.reading.author,
                    edit.address,
                    new=edit.typed.value,
                    opinion=signing.opinion,
                    content=signing.content,
                )
        self.work.undrafted.update((self.desk.key, address) for address in spoken)
        return {place: tuple(signings) for place, signings in found.items()}

    def _is_opinion(self, edit: Edit) -> bool:
        """Sort verdicts before opinions: an opinion with a verdict is told with it."""
        field = self.work.declared.forms[edit.address.form].field(edit.address.field)
        return field is not None and field.source is Source.OPINION

    def _beside(self, form: Form, field: Field, record: Record) -> Address:
        """Return where the opinion beside a verdict stands."""
        assert field.step is not None
        assert field.signer is not None
        return Address(form=form.key, record=record.id, field=opinion_key(field.step, field.signer))

    def _keep(self, edit: Edit) -> None:
        """Let an opinion stand until there is a verdict to go with it, a verdict until there is a record."""
        draft = Draft(desk=self.desk.key, address=edit.address, typed=edit.typed.shown)
        self.work.drafts[self.desk.key, edit.address] = draft
        if self.reading.drafts.get(edit.address) != draft:
            self.work.note("draft", self.reading.author, edit.address, new=edit.typed.shown)

    def _signing(self, form: Form, field: Field, record: Record, verdict: Verdict) -> Signing:
        assert field.step is not None
        assert field.signer is not None
        seen, lines = self._seen(form, record)
        proof = self.proving.of(form, field, record)
        return Signing(
            step=field.step,
            role=field.signer,
            verdict=verdict,
            opinion=self._opinion(form, field, record),
            desk=self.desk.key,
            person=proof.person,
            people=frozenset(self.desk.people),
            grade=proof.grade,
            fault=proof.fault,
            content=content_hash(form, seen, lines, self.work.declared.forms),
            added=self._said(form, WHOM, record) if verdict is Verdict.ADD else "",
        )

    def _opinion(self, form: Form, field: Field, record: Record) -> str:
        return self._said(form, self._beside(form, field, record).field, record)

    def _said(self, form: Form, key: FieldKey, record: Record) -> str:
        """Return what stands in a cell of the signer's row: an opinion, the number of whom he adds."""
        if form.field(key) is None:
            return ""
        typed = self.reading.understanding.typed(form, key, self._cells(form, record.id).get(key))
        return typed.value if isinstance(typed.value, str) else ""

    def _seen(self, form: Form, record: Record) -> tuple[Record, tuple[Record, ...]]:
        """Return the record and its lines as the signer's file shows them."""
        seen = self._as_in(form, record, self._cells(form, record.id))
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
            yield self._as_in(form, standing.get(row.id, blank), row.cells)

    def _as_in(self, form: Form, record: Record, cells: Mapping[FieldKey, Cell]) -> Record:
        """Return *record* with the material values that stand in *cells*, where the desk has such columns."""
        values: dict[FieldKey, Value] = {}
        for field in form.columns(self.desk.role):
            if field.material and field.key in cells:
                typed = self.reading.understanding.typed(form, field.key, cells[field.key])
                values[field.key] = typed.value if typed.fault is None else typed.shown
        return with_values(record, values)

    def _cells(self, form: Form, record: RecordId) -> Mapping[FieldKey, Cell]:
        """Return the row in which the verdict stands: of copied rows the one that is this record."""
        return self.reading.merges[form.key, record].row.cells
