"""What a desk's cells say: each is parsed by its field's type, once for each different content. Pure."""

import datetime as dt
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal

from sheet_templates.form import NUMBER, FieldKey, Form, FormKey, Source
from sheet_templates.link import LookUp
from sheet_templates.record import Broken, Cell, Problem, Shown
from sheet_templates.value import canonical, parse
from sync.merge import Typed
from sync.one_time import Seal

_HIDDEN = "••••••••"
"""What is told of a code that somebody typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Parses the cells of one file. Equal content of one column is parsed once."""

    look_up: LookUp
    seal: Seal = made(default_factory=Seal)
    """Of what is typed where codes belong only its seal goes further."""
    known: dict[tuple[FormKey, FieldKey, str, Cell], Typed] = made(default_factory=dict)

    def typed(self, form: Form, key: FieldKey, cell: Cell) -> Typed:
        """Return what *cell* says in the field *key*."""
        # The type's name keeps 1, 1.0 and True apart, which are equal as keys.
        index = (form.key, key, type(cell).__name__, cell)
        found = self.known.get(index)
        if found is None:
            found = self.parsed(form, key, cell)
            self.known[index] = found
        return found

    def parsed(self, form: Form, key: FieldKey, cell: Cell) -> Typed:
        """Return what *cell* says now, whatever it said before."""
        field = form.field(key)
        assert field is not None, f"{form.key} has no field {key}"
        shown = plain(cell)
        if field.source is Source.CODE:
            said = "" if shown is None else f"{shown}".strip()
            return Typed(value=self.seal.sealed(said), shown=_HIDDEN) if said else Typed()
        value = parse(field, cell, self.look_up)
        if isinstance(value, Problem):
            # A provisional number may look like anything.
            return (
                Typed(shown=shown)
                if key == NUMBER and isinstance(shown, str)
                else Typed(fault=value, shown=shown)
            )
        return Typed(value=canonical(field, value), shown=shown)


def plain(cell: Cell) -> Shown:
    """Return what was typed, so that it can be kept and shown again."""
    match cell:
        case Broken():
            return cell.text
        case "":
            return None
        case bool() | str() | None:
            return cell
        case int() | float():
            return Decimal(repr(cell))
        case dt.datetime():
            return cell.date() if cell.time() == dt.time(0) else cell.replace(tzinfo=None).isoformat(" ")
        case Decimal() | dt.date() | dt.time():
            return cell
