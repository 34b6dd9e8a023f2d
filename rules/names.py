"""What the readers of rules have in common: names, checked against forms, roles, limits and words."""

import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from rules.rule import Blank, Sentence
from sheet_templates.declaration import Table, meant
from sheet_templates.expression import Expression, ExpressionError, Scope
from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Labels, Lang, Role
from sheet_templates.record import Text
from sheet_templates.scope import linked_form
from sheet_templates.words import Words

_Member = TypeVar("_Member", bound=StrEnum)


_WAITS: Final = {
    "submitted_on": FieldType.DATE,
    "waiting_on": FieldType.DATE,
    "waiting_at": FieldType.TIME,
}
"""Known of a record that waits for a sign-off: when it was put up, and since when it waits for this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Everything that a rule may name. What does not exist is added to the table's faults."""

    forms: Mapping[FormKey, Form]
    words: Words
    roles: Collection[Role]
    limits: Collection[str]
    scopes: dict[tuple[FormKey, bool, bool], Scope] = field(default_factory=dict, repr=False, compare=False)

    def labels(self, said: Text) -> Labels:
        """Return what is *said* as labels, in all languages."""
        hant, hans, english = (self.words.say(said, lang) for lang in (Lang.ZH_HANT, Lang.ZH_HANS, Lang.EN))
        return Labels(zh_hant=hant, zh_hans=hans, en=english)

    def form(self, table: Table) -> Form | None:
        """Return the form that the table names."""
        key = table.take_text("form")
        if key and FormKey(key) not in self.forms:
            table.fault("form", f"there is no form {key}{meant(key, self.forms)}")
        return self.forms.get(FormKey(key))

    def scope(self, form: Form, *, before: bool = False, turn: bool = False) -> Scope:
        """Return the names that expressions about *form* may use; made once for each kind of rule."""
        key = (form.key, before, turn)
        if key not in self.scopes:
            extra = _WAITS if turn else None
            self.scopes[key] = Scope.of(form, self.forms, limits=self.limits, before=before, extra=extra)
        return self.scopes[key]

    def clauses(self, table: Table) -> tuple[str, ...]:
        """Return the clauses that a rule carries out."""
        clauses = table.take_texts("clauses")
        if not clauses:
            table.fault("clauses", "which clause of the policy is carried out?")
        return clauses

    def role_names(self, table: Table, key: str) -> tuple[Role, ...]:
        """Return roles that exist."""
        names = table.take_texts(key)
        for name in names:
            if name not in self.roles:
                table.fault(key, f"there is no role {name}{meant(name, self.roles)}")
        return tuple(Role(each) for each in names)

    def field_key(self, table: Table, key: str, form: Form) -> FieldKey | None:
        """Return a field of *form*, None if the key is missing."""
        name = table.find_text(key)
        if name and form.field(FieldKey(name)) is None:
            table.fault(key, f"{form.key} has no field {name}")
        return FieldKey(name) if name else None

    def field_keys(self, table: Table, key: str, form: Form) -> tuple[FieldKey, ...]:
        """Return fields of *form*; none if the key is missing."""
        keys = tuple(FieldKey(each) for each in table.take_texts(key))
        for each in keys:
            if form.field(each) is None:
                table.fault(key, f"{form.key} has no field {each}")
        return keys

    def condition(self, table: Table, key: str, scope: Scope) -> Expression | None:
        """Return a condition, None if the key is missing."""
        return self.optional(table, key, scope, FieldType.YES_NO)

    def needed(self, table: Table, key: str, scope: Scope, gives: FieldType = FieldType.YES_NO) -> Expression:
        """Return an expression that must be there; a stand-in if it is missing or broken."""
        text = table.take_text(key)
        found = self.expression(table, key, text, scope, gives) if text else None
        return found if found is not None else Expression.load("null", scope)

    def optional(self, table: Table, key: str, scope: Scope, gives: FieldType) -> Expression | None:
        """Return an expression, None if the key is missing."""
        text = table.find_text(key)
        return self.expression(table, key, text, scope, gives) if text else None

    def expression(
        self, table: Table, key: str, text: str, scope: Scope, gives: FieldType | None
    ) -> Expression | None:
        """Return *text* as an expression, None and a fault if it is broken."""
        try:
            return Expression.load(text, scope, gives)
        except ExpressionError as error:
            table.fault(key, str(error))
            return None

    def readable(
        self, table: Table, key: str, form: Form, fields: Collection[Field], roles: Collection[Role]
    ) -> None:
        """Note the *fields* that one of *roles* may not see: what is told must not tell more than a desk does."""
        for each in fields:
            for role in sorted(roles):
                if not each.read_by(role):
                    table.fault(key, f"{role} may not see {form.key}.{each.key}")

    def shown(self, table: Table, scope: Scope) -> Mapping[str, Blank]:
        """Read `blanks`: what fills blanks of the sentence that are not simply a field of the record."""
        given = table.take_table("blanks")
        blanks: dict[str, Blank] = {}
        for name in given.entries if given is not None else ():
            assert given is not None
            type_: FieldType | None = None
            if isinstance(given.entries[name], dict):
                inner = given.take_table(name)
                assert inner is not None
                text, type_ = inner.take_text("value"), member(inner, "as", FieldType, FieldType.TEXT)
                inner.close()
            else:
                text = given.take_text(name)
            found = self.expression(given, name, text, scope, None)
            if found is not None:
                blanks[name] = Blank(expression=found, field=self._field_at(text, scope.form), type=type_)
        return blanks

    def sentence(self, table: Table, key: str, scope: Scope, shown: Mapping[str, Blank]) -> Sentence:
        """Return the sentence *key*; its blanks are filled from *shown*, or with the names they are."""
        if key not in self.words:
            table.fault("", f"the sentence “{key}” is missing in words/*.toml")
            return Sentence(key=key)
        blanks: dict[str, Blank] = {}
        for _, name, _, _ in string.Formatter().parse(self.words.sentences[key][Lang.EN]):
            if name is None or name in blanks:
                continue
            if name in shown:
                blanks[name] = shown[name]
                continue
            found = self.expression(table, f"words {key}", name, scope, None)
            if found is not None:
                blanks[name] = Blank(expression=found, field=self._field_at(name, scope.form))
        return Sentence(key=key, blanks=blanks)

    def _field_at(self, path: str, form: Form) -> Field | None:
        """Return the field that a plain path leads to: `total`, `link.customer.class`."""
        match path.split("."):
            case [key]:
                return next((each for each in form.fields if each.key == key), None)
            case ["link", link, *rest] if rest:
                field = next((each for each in form.fields if each.key == link), None)
                target = linked_form(field) if field is not None else None
                return self._field_at(".".join(rest), self.forms[target]) if target else None
            case ["before", *rest]:
                return self._field_at(".".join(rest), form)
            case _:
                return None


def member(table: Table, key: str, kind: type[_Member], default: _Member) -> _Member:
    """Return a member of a closed set, *default* if the key is missing."""
    value = table.find_text(key) or default.value
    if value not in set(kind):
        table.fault(key, f"must be one of {', '.join(kind)}")
        return default
    return kind(value)
