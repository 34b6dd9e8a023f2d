"""What a person is told of how his rows were read, where that is not what he may think. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sheet_templates.form import ID, Desk, FieldKey, Form
from sheet_templates.record import Address, Param, Problem, RecordId, Severity, named, text
from sheet_templates.value import notice
from sync.identity import Shows
from sync.merge import Edit, RowMerge
from sync.ports import SheetCopy
from sync.understand import Understanding
from sync.work import Author, Work, said

STALE: Final = "merge.stale"
"""Tells that an older value stands in a cell though the copy had brought another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """Tells the people of one desk: copies, foreign ids, old values."""

    work: Work
    desk: Desk
    author: Author
    understanding: Understanding

    def row(self, form: Form, merged: RowMerge) -> None:
        """Tell what is to be told of one row."""
        row = merged.row
        if row.copied_from is not None:
            origin = self.work.records.get(form.key, row.copied_from)
            number = origin.number if origin is not None else "?"
            self.tell(form, row.id, row.at, "merge.copied", number=number)
        elif row.foreign:
            self.tell(form, row.id, row.at, "merge.foreign")
        elif row.unknown is not None:
            address = Address(form=form.key, record=row.id, field=ID)
            self.work.note("mark", self.author, address, new=str(row.unknown))
            self.tell(form, row.id, row.at, "merge.unknown", mark=str(row.unknown))
        brought = self.work.records.get(form.key, row.instead) if row.instead is not None else None
        if brought is not None:
            self.tell(form, row.id, row.at, "merge.doubled", number=brought.number)
        for edit in merged.edits:
            self._cell(form, merged, edit)
        for key in merged.stale:
            self._stale(form, merged, key)

    def columns(self, form: Form, sheet: SheetCopy, base: Mapping[RecordId, Shows]) -> None:
        """Tell of each column that this copy's render filled and that the file has no more (C2)."""
        told = {each.field for each in self.work.problems if each.form == form.key and each.record is None}
        for field in form.columns(self.desk.role):
            if field.key in sheet.columns or field.key in told or not field.labels.en:
                continue
            if any(shows.get(field.key) is not None for shows in base.values()):
                self.tell(
                    form, None, None, "column.absent", field.key, label=named(field.labels), sheet=sheet.title
                )

    def recognised(self, form: Form, sheet: SheetCopy, key: FieldKey) -> None:
        """Tell that a column without key, name and header was known by what stands in it (K3)."""
        field = form.field(key)
        assert field is not None
        self.tell(form, None, None, "column.recognised", key, label=named(field.labels), sheet=sheet.title)

    def tell(
        self,
        form: Form,
        record: RecordId | None,
        at: int | None,
        key: str,
        field: FieldKey | None = None,
        **params: Param,
    ) -> None:
        """Tell one thing about a row, a cell, or (without a record) a column."""
        self.work.problems.append(
            Problem(
                what=text(key, **params),
                mend=text(f"{key}.mend"),
                severity=Severity.NOTICE,
                desk=self.desk.key,
                form=form.key,
                record=record,
                field=field,
                row=at,
            )
        )

    def _stale(self, form: Form, merged: RowMerge, key: FieldKey) -> None:
        """Tell that an older value of the copy stands in a cell (C3)."""
        row = merged.row
        theirs = self.work.records.get(form.key, row.id)
        mine = self.understanding.typed(form, key, row.cells[key]).shown
        stands = theirs.values.get(key) if theirs is not None else None
        self.tell(form, row.id, row.at, STALE, key, mine=said(mine), theirs=said(stands))

    def _cell(self, form: Form, merged: RowMerge, edit: Edit) -> None:
        """Tell what was made of a cell whose value is taken, where it is not what its person may have typed."""
        row = merged.row
        field = form.field(edit.address.field)
        cell = row.cells.get(edit.address.field)
        found = notice(field, cell) if field is not None and edit.typed.fault is None else None
        if found is not None:
            self.work.problems.append(
                replace(found, desk=self.desk.key, form=form.key, record=row.id, row=row.at)
            )
