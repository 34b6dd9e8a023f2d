"""What a desk's file lacks of the shape that its forms have today: columns, sheets, headers. Pure.

A column may be missing because its user deleted it, or because the form gained it since the file was made.
What cannot be told with certainty (a column that stands there twice, a sheet that cannot be read) is not missing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final, TypeAlias

from sheet_templates.choices import choices_of
from sheet_templates.form import Desk, FieldKey, Form, FormKey, Source
from sheet_templates.scope import linked_form
from sync.ports import DeskCopy

RENAMED: Final = "column.renamed"
"""What the reader calls a header that says something else than the form."""

Choices: TypeAlias = Mapping[tuple[FormKey, FieldKey], tuple[str, ...]]
"""What the drop-downs of a desk offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacks:
    """What a file lacks."""

    columns: Mapping[FormKey, tuple[FieldKey, ...]] = made(default_factory=dict)
    sheets: frozenset[FormKey] = frozenset()
    headers: bool = False

    def __bool__(self) -> bool:
        return bool(self.columns or self.sheets or self.headers)

    @property
    def forms(self) -> frozenset[FormKey]:
        """The forms of which every row must be written."""
        return self.sheets.union(self.columns)

    def of(self, form: FormKey) -> tuple[FieldKey, ...]:
        """Return the columns that a form's sheet lacks."""
        return self.columns.get(form, ())


def lacks(desk: Desk, copy: DeskCopy, forms: Sequence[Form]) -> Lacks:
    """Return what *copy* lacks of the sheets of *forms*, which *desk* has today."""
    unclear = {(each.form, each.field) for each in copy.problems if each.what.key != RENAMED}
    columns: dict[FormKey, tuple[FieldKey, ...]] = {}
    sheets: set[FormKey] = set()
    for form in forms:
        sheet = copy.sheets.get(form.key)
        if sheet is None:
            if not any(about == form.key for about, _ in unclear):
                sheets.add(form.key)
            continue
        missing = tuple(
            field.key
            for field in form.columns(desk.role)
            if field.key not in sheet.columns and (form.key, field.key) not in unclear
        )
        if missing:
            columns[form.key] = missing
    renamed = any(each.what.key == RENAMED for each in copy.problems)
    return Lacks(columns=columns, sheets=frozenset(sheets), headers=renamed)


def oversteps(desk: Desk, copy: DeskCopy, forms: Sequence[Form]) -> bool:
    """Return whether *copy* has a sheet or a column of ours that *desk* may not have (any more)."""
    allowed = {form.key: {field.key for field in form.columns(desk.role)} for form in forms}
    return any(not {*sheet.columns} <= allowed.get(key, set()) for key, sheet in copy.sheets.items())


def outline(desk: Desk, forms: Iterable[Form]) -> str:
    """Return a short text that differs whenever the shape of a desk's file differs."""
    said = [
        (
            form.key,
            form.labels.in_(desk.lang),
            [
                (each.key, each.labels.in_(desk.lang), each.type, desk.role in each.owners, each.required)
                for each in form.columns(desk.role)
            ],
        )
        for form in forms
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def choices(
    desk: Desk, forms: Iterable[Form], lists: Mapping[tuple[FormKey, FieldKey], Sequence[str]]
) -> Choices:
    """Return what the drop-downs in *desk*'s columns offer. *lists*: the records that its people may name."""
    found: dict[tuple[FormKey, FieldKey], tuple[str, ...]] = {}
    for form in forms:
        for field in form.columns(desk.role):
            if desk.role in field.owners and field.source is not Source.SUBMIT:
                offered = choices_of(field, desk.lang, lists.get((form.key, field.key), ()))
                if offered:
                    found[form.key, field.key] = offered
    return found


def fingerprint(offered: Choices) -> str:
    """Return a short text that differs whenever drop-downs offer something else."""
    return hashlib.sha256(repr(sorted(offered.items())).encode()).hexdigest()[:16]


def linked(desk: Desk, forms: Iterable[Form]) -> Mapping[tuple[FormKey, FieldKey], FormKey]:
    """Return the columns in which *desk*'s people name records, and of which form."""
    return {
        (form.key, field.key): target
        for form in forms
        for field in form.fields
        if desk.role in field.owners and (target := linked_form(field)) is not None
    }
