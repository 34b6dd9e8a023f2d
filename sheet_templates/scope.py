"""Which names an expression may use, and of which type each is: derived from the forms."""

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sheet_templates.form import Field, FieldKey, FieldType, Form, FormKey, Source
from sheet_templates.functions import FUNCTIONS
from sheet_templates.parsing import Context, DataType, errors
from sheet_templates.record import State

TYPES: Final[Mapping[FieldType, Any]] = {
    FieldType.TEXT: DataType.STRING,
    FieldType.LONG_TEXT: DataType.STRING,
    FieldType.NUMBER: DataType.FLOAT,
    FieldType.MONEY: DataType.FLOAT,
    FieldType.PERCENT: DataType.FLOAT,
    FieldType.DATE: DataType.DATETIME,
    FieldType.TIME: DataType.STRING,
    FieldType.CHOICE: DataType.STRING,
    FieldType.YES_NO: DataType.BOOLEAN,
    FieldType.PHONE: DataType.STRING,
    FieldType.EMAIL: DataType.STRING,
    FieldType.LINK: DataType.STRING,
    FieldType.PERSON: DataType.STRING,
    FieldType.FILE: DataType.STRING,
}
"""How a field's value is seen in an expression. A time is its text, `09:30`."""

ME: Final = ("number", "name", "role", "team", "region", "superior", "industries")
"""What is known of the person whose desk it is."""

PEOPLE: Final = FormKey("people")

RESERVED: Final = frozenset(
    {"number", "state", "id", "link", "lines", "back", "others", "before", "me", "limit", "today"}
)
"""Names that no field may have: they mean something in every expression."""

_NEVER_STORED: Final = frozenset({Source.DECISION, Source.OPINION, Source.CODE})


def linked_form(declared: Field) -> FormKey | None:
    """Return the form that *declared* refers to, None if it is not a reference."""
    match declared.type:
        case FieldType.LINK:
            return declared.link
        case FieldType.PERSON:
            return PEOPLE
        case _:
            return None


def line_form(form: Form, forms: Mapping[FormKey, Form]) -> Form | None:
    """Return the form whose records are the lines of *form*, if there is exactly one."""
    found = [each for each in forms.values() if _parent_form(each) == form.key]
    return found[0] if len(found) == 1 else None


def searchable(declared: Field) -> bool:
    """Return whether records can be found by this field (`Records.holding`)."""
    return declared.unique or declared.found_by or linked_form(declared) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that an expression about one form may use."""

    form: Form
    forms: Mapping[FormKey, Form]
    names: Mapping[str, Any]
    """Name → type."""
    typing: Context = field(repr=False, compare=False)
    """What rule-engine needs to check an expression."""

    @staticmethod
    def of(
        form: Form,
        forms: Mapping[FormKey, Form],
        *,
        limits: Collection[str],
        me: bool = False,
        before: bool = False,
        extra: Mapping[str, FieldType] | None = None,
    ) -> "Scope":
        """Return the names for expressions about *form*.

        *limits* are the keys that `limit.` knows. With *me* there is the person whose desk it is, with
        *before* the record as it was; *extra* are names that only one kind of rule has.
        """
        among = _Identical({**forms, form.key: form})
        more = tuple((extra or {}).items())
        return _scope_of(among, form.key, frozenset(limits), more, me=me, before=before)

    def choices(self, owner: str, name: str) -> frozenset[str]:
        """Return which values *name* of the object type *owner* may have; empty if it may have any."""
        kind, _, key = owner.partition(":")
        if kind not in {"record", "before"}:
            return frozenset()
        if name == "state":
            return frozenset(State)
        form = self.form if key == self.form.key else self.forms[FormKey(key)]
        declared = next((each for each in form.fields if each.key == name), None)
        if declared is None or declared.type is not FieldType.CHOICE:
            return frozenset()
        return frozenset(each.key for each in declared.choices)


class _Typing(Context):  # type: ignore[misc] # the library has no types
    """Answers rule-engine's questions for types from a Scope. It never resolves values: Deskbook evaluates."""

    def __init__(self, names: Mapping[str, Any], objects: "_Objects") -> None:
        super().__init__(type_resolver=self._type, default_timezone="utc", mapping_attribute_lookup=False)
        self._names = names
        self._objects = objects

    def resolve_type(self, name: str, scope: str | None = None) -> Any:
        if scope is None:
            return super().resolve_type(name)
        if name not in FUNCTIONS:
            raise errors.SymbolResolutionError(name, symbol_scope=scope)
        return FUNCTIONS[name].type

    def _type(self, name: str) -> Any:
        if name in self._names:
            type_ = self._names[name]
            return self._objects.get(type_.name) or type_
        found = self._objects.get(name)
        if found is not None:
            return found
        if name in FUNCTIONS:
            return FUNCTIONS[name].type
        raise errors.SymbolResolutionError(name)


class _Identical:
    """Forms that are the same as others if every one is the very same object.

    Comparing what they say takes longer than what is spared by it; whoever changes a form makes a new one.
    """

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        self.forms = forms
        self._ids = tuple((key, id(form)) for key, form in forms.items())

    def __eq__(self, other: object) -> bool:
        # Both hold their forms, so that no id is another form's.
        return isinstance(other, _Identical) and self._ids == other._ids

    def __hash__(self) -> int:
        return hash(self._ids)


@functools.lru_cache(maxsize=64)
def _objects_of(among: _Identical) -> "_Objects":
    """Return the types of *among*, the same for all expressions about them."""
    return _Objects(among.forms)


@functools.lru_cache(maxsize=512)
def _scope_of(
    among: _Identical,
    key: FormKey,
    limits: frozenset[str],
    extra: tuple[tuple[str, FieldType], ...],
    *,
    me: bool,
    before: bool,
) -> Scope:
    """Return the names of `Scope.of`: a form has dozens of expressions that may use the same."""
    objects = _objects_of(among)
    record: Any = objects.get(f"record:{key}")
    names = {**record.attributes, "today": DataType.DATETIME}
    names["limit"] = DataType.OBJECT("limit", attributes=dict.fromkeys(sorted(limits), DataType.FLOAT))
    if me:
        names["me"] = DataType.OBJECT("me", attributes=dict.fromkeys(ME, DataType.STRING))
    if before:
        names["before"] = objects.get(f"before:{key}")
    names |= {name: TYPES[type_] for name, type_ in extra}
    return Scope(form=among.forms[key], forms=among.forms, names=names, typing=_Typing(names, objects))


class _Objects:
    """Types of whole records, links …, by names that no expression can contain: `record:order`. Made when asked."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        self._forms = forms
        self._made: dict[str, Any] = {}

    def get(self, name: str) -> Any | None:
        """Return the type called *name*, None if there is none."""
        _, colon, rest = name.partition(":")
        form = self._forms.get(FormKey(rest.partition(":")[0])) if colon else None
        if name not in self._made and form is not None:
            self._made |= _objects(form, self._forms)
        return self._made.get(name)


def _objects(form: Form, forms: Mapping[FormKey, Form]) -> dict[str, Any]:
    """Return the types of a record of *form*, of its links, of what refers to it and of what equals it."""
    reference = DataType.OBJECT.reference
    stored = [each for each in form.fields if each.source not in _NEVER_STORED]
    links = {
        str(each.key): reference(f"record:{target}")
        for each in stored
        if (target := linked_form(each)) is not None and target in forms
    }
    back: dict[str, dict[str, Any]] = {}
    for other in forms.values():
        for each in other.fields:
            if linked_form(each) == form.key:
                back.setdefault(other.key, {})[each.key] = DataType.ARRAY(reference(f"record:{other.key}"))
    here = reference(f"record:{form.key}")
    others = {str(each.key): DataType.ARRAY(here) for each in stored if searchable(each)}
    record = {str(each.key): TYPES[each.type] for each in stored}
    record |= dict.fromkeys(("number", "state", "id"), DataType.STRING)
    record |= {name: reference(f"{name}:{form.key}") for name in ("link", "back", "others")}
    before = {name: type_ for name, type_ in record.items() if name not in {"back", "others"}}
    lines = line_form(form, forms)
    if lines is not None:
        record["lines"] = DataType.ARRAY(reference(f"record:{lines.key}"))
    made = {
        f"record:{form.key}": record,
        f"before:{form.key}": before,
        f"link:{form.key}": links,
        f"others:{form.key}": others,
        f"back:{form.key}": {key: reference(f"back:{form.key}:{key}") for key in back},
        **{f"back:{form.key}:{key}": attributes for key, attributes in back.items()},
    }
    return {name: DataType.OBJECT(name, attributes=attributes) for name, attributes in made.items()}


def _parent_form(form: Form) -> FormKey | None:
    parent = next((each for each in form.fields if each.key == form.parent), None)
    return parent.link if parent is not None else None


def parent_field(form: Form) -> FieldKey:
    """Return the field by which a line form names its parent; raises ValueError if it is not a line form."""
    if form.parent is None:
        raise ValueError(f"{form.key} is not a line form")
    return form.parent
