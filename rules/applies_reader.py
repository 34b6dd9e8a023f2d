"""The declaration of what an approved request changes, a table, read into its noun; every name in it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.names import Names
from rules.rule import Applies, LineApplies
from sheet_templates.declaration import Table
from sheet_templates.expression import Expression
from sheet_templates.form import FieldKey, Form
from sheet_templates.scope import line_form, linked_form


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesReader:
    """Reads `applies`."""

    names: Names

    def applies(self, table: Table, form: Form) -> Applies | None:
        """Read what a request of *form* changes in the record that it is about; None if it is not declared."""
        given = table.take_table("applies")
        if given is None:
            return None
        to, target = self._target(given, form)
        lines = given.take_table("lines")
        applies = Applies(
            to=to,
            sets=self._values(given, "sets", form, target),
            lines=None if lines is None else self._lines(lines, form, target),
        )
        given.close()
        return applies

    def _lines(self, table: Table, form: Form, target: Form | None) -> LineApplies | None:
        below = line_form(form, self.names.forms)
        targets = line_form(target, self.names.forms) if target is not None else None
        if below is None or targets is None:
            table.fault("", "the request and what it changes must both have lines")
            return None
        to, linked = self._target(table, below)
        if linked is not None and linked.key != targets.key:
            table.fault("to", f"must refer to {targets.key}")
        applies = LineApplies(
            to=to,
            sets=self._values(table, "sets", below, targets),
            adds=self._values(table, "adds", below, targets),
        )
        table.close()
        return applies

    def _target(self, table: Table, form: Form) -> tuple[FieldKey, Form | None]:
        key = FieldKey(table.take_text("to"))
        field = form.field(key)
        linked = linked_form(field) if field is not None else None
        if linked is None:
            table.fault("to", f"{form.key} has no link {key}")
            return key, None
        return key, self.names.forms[linked]

    def _values(
        self, table: Table, name: str, form: Form, target: Form | None
    ) -> Mapping[FieldKey, Expression]:
        given = table.take_table(name)
        values: dict[FieldKey, Expression] = {}
        for key in given.entries if given is not None and target is not None else ():
            assert given is not None
            assert target is not None
            field, said = target.field(FieldKey(key)), given.take_text(key)
            if field is None or field.computed is not None:
                given.fault(key, f"{target.key} has no field {key} that can be set")
                continue
            found = self.names.expression(given, key, said, self.names.scope(form), field.type)
            if found is not None:
                values[field.key] = found
        return values
