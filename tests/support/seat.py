"""A person at an open desk in LibreOffice, who thinks in forms, names and fields, not in cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sheet_templates.form import NUMBER, FieldKey, FormKey
from sync.edges.xlsx.a1 import letters
from sync.ports import DeskCopy, SheetCopy
from tests.support.libreoffice import Client, Opened
from tests.support.office import Office

HEADER = 2


@dataclass(slots=True, kw_only=True)
class Seat:
    """Somebody who has a desk open. Columns are where they were when it was opened."""

    office: Office
    opened: Opened
    sheets: Mapping[FormKey, SheetCopy]

    @classmethod
    def taken(cls, office: Office, client: Client, key: str, *, at: Path | None = None) -> "Seat":
        """Let the person of a desk open it, or a copy of it that lies at *at*."""
        place = at or office.place(key)
        copy = office.folder.read(place, keep=False)
        assert isinstance(copy, DeskCopy)
        return cls(office=office, opened=client.open(place, key), sheets=copy.sheets)

    def title(self, form: str) -> str:
        """Return the title of a form's sheet."""
        return self.sheets[FormKey(form)].title

    def column(self, form: str, field: str) -> int:
        """Return the number of a field's column."""
        return self.sheets[FormKey(form)].columns[FieldKey(field)]

    def cell(self, form: str, at: int, field: str) -> str:
        return f"{letters(self.column(form, field))}{at}"

    def at(self, form: str, named: str) -> int:
        """Return the row, as it stands on the screen, that has *named* as its number or title."""
        title = self.office.declared.forms[FormKey(form)].title
        columns = [self.column(form, each) for each in (NUMBER, title) if each is not None]
        for at, row in enumerate(self.opened.rows(self.title(form)), start=1):
            if at >= HEADER and named in [row[column - 1] for column in columns if column <= len(row)]:
                return at
        raise LookupError(f"no row of {form} says {named}")

    def free(self, form: str) -> int:
        """Return the first row below all that hold something that can be seen."""
        seen = self.column(form, NUMBER)
        rows = self.opened.rows(self.title(form))
        return max(at for at, row in enumerate(rows, start=1) if any(row[seen - 1 :]) or at == HEADER) + 1

    def types(self, form: str, named: str, **texts: str) -> int:
        """Type into the row of a record."""
        return self.types_at(form, self.at(form, named), **texts)

    def adds(self, form: str, **texts: str) -> int:
        """Type into the first free row."""
        return self.types_at(form, self.free(form), **texts)

    def types_at(self, form: str, at: int, **texts: str) -> int:
        for field, said in texts.items():
            self.opened.type(self.title(form), self.cell(form, at, field), said)
        return at

    def shown(self, form: str, named: str, field: str) -> str:
        """Return what a record's cell shows."""
        return self.opened.shown(self.title(form), self.cell(form, self.at(form, named), field))

    def save(self) -> None:
        self.opened.save()

    def leaves(self) -> None:
        """Save and close."""
        self.opened.save()
        self.opened.close()
