"""A record's content in words, as it is repeated to whoever signs it: nothing of it can be hidden in a cell. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.content import lines_of
from rules.rule import Chain
from rules.saying import value_said
from sheet_templates.form import FieldKey, Form, FormKey, Role
from sheet_templates.record import Record, Records, Text, named, text

_MOST: Final = 60
"""So many lines of an order are told one by one; of the others how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Puts records into words for somebody who reads what *role* may read."""

    forms: Mapping[FormKey, Form]
    records: Records
    role: Role

    def content(self, record: Record, chain: Chain | None) -> tuple[Text, ...]:
        """Return what a sign-off of *record* is about: what the chain shows, all that is material, and its lines."""
        form = self.forms[record.form]
        shown = chain.show if chain is not None else ()
        material = (each.key for each in form.fields if each.material)
        keys = tuple(dict.fromkeys((*shown, *material)))
        lines = lines_of(form, record, self.forms, self.records)
        rows = [row for each in lines[:_MOST] if (row := self._row(each)) is not None]
        more = [text("worded.more", count=len(lines) - _MOST)] if len(lines) > _MOST else []
        return (*self._fields(keys, record), *rows, *more)

    def _fields(self, keys: Iterable[FieldKey], record: Record) -> Iterator[Text]:
        form = self.forms[record.form]
        for key in keys:
            field = form.field(key)
            if field is not None and field.read_by(self.role) and record[key] is not None:
                said = value_said(field, record[key], self.forms, self.records)
                yield text("rule.line", label=named(field.labels), value=said)

    def _row(self, line: Record) -> Text | None:
        """Return one line of the record in one sentence; None if there is nothing in it that may be read."""
        form = self.forms[line.form]
        keys = [each.key for each in form.fields if each.material and each.key != form.parent]
        found: Text | None = None
        for each in self._fields(keys, line):
            found = each if found is None else text("worded.and", one=found, other=each)
        return None if found is None else text("worded.row", form=named(form.labels), row=found)
