"""What must hold within a form as a whole, and between forms; loaders ask for it once all forms are read."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sheet_templates.declaration import meant
from sheet_templates.expression import Expression, ExpressionError
from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Role, Source
from sheet_templates.match import fold, names_of
from sheet_templates.scope import RESERVED, Scope, linked_form

_SHEET_NAME: Final = re.compile(r"[^\[\]:*?/\\']{1,31}")
"""What spreadsheet programs take as the name of a sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCheck:
    """Checks forms against each other. *places* says in which file a form, or one of its fields, stands."""

    forms: Mapping[FormKey, Form]
    limits: Collection[str]
    places: Mapping[FormKey, str]

    def faults(self) -> Iterator[str]:
        """Yield everything that is wrong, form by form."""
        yield from self._sheet_names()
        sound = True
        for form in self.forms.values():
            for fault in (
                *self._keys(form),
                *self._names(form),
                *self._links(form),
                *self._roles(form),
                *self._sharing(form),
            ):
                sound = False
                yield f"{self.places[form.key]}: {fault}"
        if sound:
            # An expression's types come from the forms: they cannot be judged while those are broken.
            for form in self.forms.values():
                yield from (f"{self.places[form.key]}: {fault}" for fault in self._expressions(form))

    def _sheet_names(self) -> Iterator[str]:
        seen: dict[str, FormKey] = {}
        for form in self.forms.values():
            for name in (form.labels.zh_hant, form.labels.zh_hans, form.labels.en):
                if name and not _SHEET_NAME.fullmatch(name):
                    yield (
                        f"{self.places[form.key]}: labels: {name!r} cannot be the name of a sheet"
                        " (31 characters at most, without [ ] : * ? / \\ ')"
                    )
                if seen.setdefault(fold(name), form.key) != form.key:
                    yield f"{self.places[form.key]}: labels: {name!r} is the name of {seen[fold(name)]} too"

    def _keys(self, form: Form) -> Iterator[str]:
        taken = {each.key for each in form.system} | RESERVED
        for each in form.fields:
            if each.key in taken:
                yield f"fields.{each.key}: this key means something else in every form"
        typed = {each.key for each in form.fields if each.source is Source.TYPED}
        yield from (f"signed: nobody types in a field {each}" for each in sorted(form.signed - typed))
        for each in form.fields:
            before = form.field(each.before) if each.before is not None else None
            if each.before is not None and (before is None or before.type is not each.type):
                yield f"fields.{each.key}.before: there is no field {each.before} of type {each.type}"
            elif before is not None and before.readers != each.readers:
                yield f"fields.{each.key}.before: {before.key} must have the same readers"
        wanted: tuple[tuple[str, FieldKey | None, FieldType | None], ...] = (
            ("title", form.title, None),
            ("owner", form.owner, FieldType.PERSON),
            ("parent", form.parent, FieldType.LINK),
        )
        for name, key, type_ in wanted:
            found = next((each for each in form.fields if each.key == key), None)
            if key is not None and found is None:
                yield f"{name}: there is no field {key}"
            elif found is not None and type_ is not None and found.type is not type_:
                yield f"{name}: {key} must be of type {type_}"

    def _names(self, form: Form) -> Iterator[str]:
        """Yield names that two fields share: a header could mean either."""
        users: defaultdict[str, list[FieldKey]] = defaultdict(list)
        for each in (*form.system, *form.fields):
            for name in {name for rank in names_of(each) for name in rank}:
                users[name].append(each.key)
        for name, keys in users.items():
            if len(keys) > 1:
                yield f"fields.{keys[-1]}: {name!r} is a name of {keys[0]} too"
        for each in form.fields:
            yield from _choice_names(each)

    def _links(self, form: Form) -> Iterator[str]:
        for each in form.fields:
            target = linked_form(each)
            if target is not None and target not in self.forms:
                near = meant(target, self.forms)
                yield f"fields.{each.key}: refers to {target}, but there is no such form{near}"

    def _roles(self, form: Form) -> Iterator[str]:
        for role in sorted(form.adders - form.views.keys()):
            yield f"adders: {role} adds records but has no view of them"
        for role in sorted(form.retractors - form.adders):
            yield f"retractors: {role} adds no records, so it has none of its own to withdraw"
        seeing = form.views.keys()
        for each in form.fields:
            for role in sorted(each.owners - seeing):
                yield f"fields.{each.key}.owners: {role} has no view of this form, so it cannot type there"
            for role in sorted((each.readers or frozenset[Role]()) - seeing):
                yield f"fields.{each.key}.readers: {role} has no view of this form"

    def _sharing(self, form: Form) -> Iterator[str]:
        """Yield what is wrong with what sharing scopes may widen, and with the groups of fields that they name."""
        seeing = form.views.keys()
        for role in sorted(form.wider - seeing):
            yield f"wider: {role} has no view of this form that could be widened"
        for group in form.groups:
            for key in sorted(group.fields - {each.key for each in form.fields}):
                yield f"groups.{group.key}: there is no field {key}"
            if any(each.key == group.key for each in form.fields):
                yield f"groups.{group.key}: a field has this key"
        for each in form.fields:
            for role in sorted(each.wider - seeing):
                yield f"fields.{each.key}.wider: {role} has no view of this form"
            for role in sorted(role for role in each.wider if each.read_by(role)):
                yield f"fields.{each.key}.wider: {role} may read it already"

    def _expressions(self, form: Form) -> Iterator[str]:
        scope = Scope.of(form, self.forms, limits=self.limits)
        looking = Scope.of(form, self.forms, limits=self.limits, me=True)
        for role, view in form.views.items():
            yield from _expression_fault(f"views.{role}", view, looking, FieldType.YES_NO)
        for each in form.fields:
            if each.default is not None:
                yield from _expression_fault(f"fields.{each.key}.default", each.default, looking, each.type)
            if each.computed is not None:
                yield from _expression_fault(f"fields.{each.key}.computed", each.computed, scope, each.type)


def _choice_names(field: Field) -> Iterator[str]:
    users: dict[str, str] = {}
    for choice in field.choices:
        for name in {fold(each) for each in (choice.key, *choice.labels.every())}:
            if users.setdefault(name, choice.key) != choice.key:
                yield f"fields.{field.key}.choices.{choice.key}: {name!r} is a name of {users[name]} too"


def _expression_fault(place: str, text: str, scope: Scope, gives: FieldType) -> Iterator[str]:
    try:
        Expression.load(text, scope, gives)
    except ExpressionError as error:
        yield f"{place}: {error}"
