"""What a sign-off is about: the material content of a record and its lines, its hash, and what changed. Pure."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from sheet_templates.form import Field, FieldKey, Form, FormKey
from sheet_templates.record import Record, Records, Value
from sheet_templates.scope import line_form, parent_field

Material: TypeAlias = Mapping[FormKey, Mapping[str, str]]
"""Which fields are material: form → field → tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialChange:
    """One material value that is no longer what was put up for sign-off. Empty values are ''."""

    form: FormKey
    field: FieldKey
    line: str | None
    """The id of the line it stands in."""
    old: str
    new: str

    @property
    def place(self) -> str:
        """Where `material_values` keeps it."""
        return self.field if self.line is None else f"{self.form}/{self.line}/{self.field}"


def material_fields(form: Form, forms: Mapping[FormKey, Form]) -> Material:
    """Return the material fields of *form* and of its lines, with their tolerances."""
    lines = line_form(form, forms)
    own = (form,) if lines is None else (form, lines)
    return {each.key: {field.key: f"{field.tolerance:f}" for field in _material(each)} for each in own}


def lines_of(
    form: Form, record: Record, forms: Mapping[FormKey, Form], records: Records
) -> tuple[Record, ...]:
    """Return the lines of *record*, in order of creation; none if its form has no lines."""
    lines = line_form(form, forms)
    if lines is None or not record.number:
        return ()
    return records.holding(lines.key, parent_field(lines), record.number)


def content_hash(form: Form, record: Record, lines: Iterable[Record], forms: Mapping[FormKey, Form]) -> str:
    """Return the SHA-256 of the material content as hex: equal content, equal hash.

    The order of fields and lines does not matter, nor does the way a number is written (12.50 is 12.5).
    """
    below = line_form(form, forms)
    content = {
        "record": _content(form, record),
        "lines": sorted(
            json.dumps(_content(below, each), sort_keys=True, ensure_ascii=False) for each in lines
        )
        if below is not None
        else [],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def material_values(record: Record, lines: Iterable[Record], material: Material) -> Mapping[str, str]:
    """Return the filled material values as text: `total` → `12.5`, `order_line/<id>/quantity` → `2`."""
    found: dict[str, str] = {}
    for each in (record, *lines):
        place = "" if each is record else f"{each.form}/{each.id}/"
        for key in material.get(each.form, {}):
            value = each[key]
            if value is not None:
                found[f"{place}{key}"] = as_text(value)
    return found


def material_changes(
    record: Record, lines: Iterable[Record], signed: Mapping[str, str], material: Material
) -> tuple[MaterialChange, ...]:
    """Return what differs from *signed* by more than its tolerance, the record's own fields first."""
    now = material_values(record, lines, material)
    changes: list[MaterialChange] = []
    for place in dict.fromkeys((*signed, *now)):
        old, new = signed.get(place, ""), now.get(place, "")
        form, line, key = _parted(place, record.form)
        if not _within(old, new, material.get(form, {}).get(key, "0")):
            changes.append(MaterialChange(form=form, field=FieldKey(key), line=line, old=old, new=new))
    return tuple(sorted(changes, key=lambda each: each.line is not None))


def as_text(value: Value) -> str:
    """Return a canonical value as text; equal values give equal text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else ""
        case Decimal():
            return f"{value.normalize():f}" if value else "0"
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return value


def _material(form: Form) -> tuple[Field, ...]:
    return tuple(each for each in form.fields if each.material)


def _content(form: Form, record: Record) -> Mapping[str, str]:
    values = ((each.key, record[each.key]) for each in _material(form))
    return {key: as_text(value) for key, value in values if value is not None}


def _parted(place: str, form: FormKey) -> tuple[FormKey, str | None, str]:
    line_of, slash, rest = place.partition("/")
    if not slash:
        return form, None, place
    line, _, key = rest.rpartition("/")
    return FormKey(line_of), line, key


def _within(old: str, new: str, tolerance: str) -> bool:
    """Return whether *new* is as good as *old*: the same, or a number within the tolerance."""
    if old == new:
        return True
    try:
        was, is_ = Decimal(old), Decimal(new)
    except InvalidOperation:
        return False
    share = Decimal(tolerance)
    return bool(share) and abs(is_ - was) <= abs(was) * share
