"""Which records must be looked at again when one changes: what follows from the names in views. Pure.

`link.customer.class` in an order's view means: when a customer's class changes, its orders are shown anew.
(For computed fields `rules.computed.affected` answers the same question.)
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sheet_templates.expression import Expression
from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.record import Record, Records
from sheet_templates.scope import line_form, linked_form, parent_field

_ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Who follows a change: the records that refer to a record (down), and those it refers to (up)."""

    down: Mapping[FormKey, tuple[tuple[FormKey, FieldKey, frozenset[str]], ...]]
    """Form → the (form, field) that refer to it, and the fields of it that matter to them."""
    up: Mapping[FormKey, tuple[tuple[FieldKey, FormKey], ...]]
    """Form → its fields that name a record which must be looked at again, and that record's form."""

    def of(self, changed: Record, keys: frozenset[str], records: Records) -> Iterator[Record]:
        """Return the records to look at again, because of *changed*, in which the fields *keys* changed."""
        for form, field, names in self.down.get(changed.form, ()):
            if _ANY in names or names & keys:
                yield from records.holding(form, field, changed.number)
        for field, form in self.up.get(changed.form, ()):
            number = changed.values.get(field)
            found = records.numbered(form, number) if isinstance(number, str) else None
            if found is not None:
                yield found


def following(forms: Mapping[FormKey, Form], expressions: Iterable[tuple[FormKey, Expression]]) -> Following:
    """Return who follows whom, for these *expressions*, and because links are shown by their record's title."""
    down: defaultdict[FormKey, defaultdict[tuple[FormKey, FieldKey], set[str]]] = defaultdict(
        lambda: defaultdict(set)
    )
    up: defaultdict[FormKey, set[tuple[FieldKey, FormKey]]] = defaultdict(set)
    for key, expression in expressions:
        for name in expression.names:
            _follow(forms[key], name.split("."), forms, down, up)
    for form in forms.values():
        for field in form.fields:
            target = linked_form(field)
            title = forms[target].titled if target is not None else None
            if target is not None and title is not None:
                down[target][form.key, field.key].add(title.key)
    return Following(
        down={
            target: tuple((form, field, frozenset(names)) for (form, field), names in several.items())
            for target, several in down.items()
        },
        up={form: tuple(sorted(several)) for form, several in up.items()},
    )


def _follow(
    form: Form,
    parts: list[str],
    forms: Mapping[FormKey, Form],
    down: defaultdict[FormKey, defaultdict[tuple[FormKey, FieldKey], set[str]]],
    up: defaultdict[FormKey, set[tuple[FieldKey, FormKey]]],
) -> None:
    """Note one dotted name. What lies more than one step away makes every change of the first step matter."""
    match parts:
        case ["link", field, *rest]:
            declared = form.field(FieldKey(field))
            target = linked_form(declared) if declared is not None else None
            if target is not None:
                down[target][form.key, FieldKey(field)].add(rest[0] if len(rest) == 1 else _ANY)
                if len(rest) > 1:
                    _follow(forms[target], rest, forms, down, up)
        case ["lines", *_]:
            lines = line_form(form, forms)
            if lines is not None:
                up[lines.key].add((parent_field(lines), form.key))
        case ["back", other, field, *_]:
            up[FormKey(other)].add((FieldKey(field), form.key))
        case _:
            return
