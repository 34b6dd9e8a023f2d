"""A record's content in words, as it is repeated to whoever signs it: nothing of it can be hidden in a cell. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.rule import Chain
from rules.saying import lines_said, rows_lines
from sheet_templates.form import Field, Form, FormKey, Role
from sheet_templates.record import Record, Records, Text

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
        keys = tuple(key for key in dict.fromkeys((*shown, *material)) if self._reads(form.field(key)))
        rows = rows_lines(record, self.forms, self.records, self._reads, _MOST)
        return (*lines_said(keys, record, self.forms, self.records), *rows)

    def _reads(self, field: Field | None) -> bool:
        return field is not None and field.read_by(self.role)
