"""The formulas of the forms (computed fields, defaults), in an order in which each finds what it needs."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from rules.rule import Formula
from sheet_templates.expression import Expression, ExpressionError, Scope
from sheet_templates.form import FieldKey, Form, FormKey
from sheet_templates.scope import line_form, linked_form

Node: TypeAlias = tuple[FormKey, str]
"""A field of a form."""


def read_formulas(
    forms: Mapping[FormKey, Form], limits: Collection[str], faults: list[str]
) -> tuple[Formula, ...]:
    """Return the formulas of all *forms*, each after those that it needs; what is wrong is added to *faults*.

    A computed field may look one record far (`link.customer.class`, not `link.order.link.customer.class`) and
    not at the date: else nothing would say when to compute it anew.
    """
    found: dict[Node, Formula] = {}
    for form in forms.values():
        for formula, place in _declared(form, forms, limits, faults):
            if not formula.default and (too_far := sorted(filter(_too_far, formula.expression.names))):
                faults.append(f"{place}: {too_far[0]} cannot be used in a computed field")
            found[form.key, formula.field.key] = formula
    return tuple(found[node] for node in _ordered(found, forms, faults))


def sources(name: str, form: Form, forms: Mapping[FormKey, Form]) -> tuple[Node, ...]:
    """Return the fields that a dotted *name* of an expression about *form* reads, the links on the way too."""
    parts = name.split(".")
    match parts:
        case ["link", field, *rest]:
            declared = form.field(FieldKey(field))
            target = linked_form(declared) if declared is not None else None
            if target is None or target not in forms:
                return ()
            return ((form.key, field), *(sources(".".join(rest), forms[target], forms) if rest else ()))
        case ["lines", *rest]:
            lines = line_form(form, forms)
            assert lines is not None, "the scope has seen to it"
            return sources(".".join(rest), lines, forms) if rest else ()
        case ["back", other, field, *rest]:
            further = sources(".".join(rest), forms[FormKey(other)], forms) if rest else ()
            return ((FormKey(other), field), *further)
        case ["others", field, *rest]:
            return ((form.key, field), *(sources(".".join(rest), form, forms) if rest else ()))
        case [field] if form.field(FieldKey(field)) is not None:
            return ((form.key, field),)
        case _:
            return ()


def _declared(
    form: Form, forms: Mapping[FormKey, Form], limits: Collection[str], faults: list[str]
) -> Iterator[tuple[Formula, str]]:
    computing = Scope.of(form, forms, limits=limits)
    starting = Scope.of(form, forms, limits=limits, me=True)
    for field in form.fields:
        for name, text in (("default", field.default), ("computed", field.computed)):
            if text is None:
                continue
            place = f"{form.key}.toml: fields.{field.key}.{name}"
            scope = starting if name == "default" else computing
            try:
                expression = Expression.load(text, scope, field.type)
            except ExpressionError as error:
                faults.append(f"{place}: {error}")
                continue
            yield Formula(form=form.key, field=field, expression=expression, default=name == "default"), place


def _too_far(name: str) -> bool:
    parts = name.split(".")
    return (
        name == "today"
        or parts[0] == "others"
        or sum(part in {"link", "back", "lines"} for part in parts) > 1
    )


def _ordered(
    found: Mapping[Node, Formula], forms: Mapping[FormKey, Form], faults: list[str]
) -> Iterator[Node]:
    """Yield the nodes so that each comes after those that it reads; a circle is a fault."""
    done: set[Node] = set()
    way: list[Node] = []

    def visit(node: Node) -> Iterator[Node]:
        if node in done or node not in found:
            return
        if node in way:
            circle = " → ".join(f"{form}.{field}" for form, field in (*way[way.index(node) :], node))
            faults.append(f"{node[0]}.toml: fields.{node[1]}: is computed from itself: {circle}")
            return
        way.append(node)
        for name in sorted(found[node].expression.names):
            for needed in sources(name, forms[node[0]], forms):
                yield from visit(needed)
        way.pop()
        done.add(node)
        yield node

    for node in found:
        yield from visit(node)
