"""One form's declaration, a table, read into a Form. What lies between forms is `form_check`'s business."""

import re
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from sheet_templates.declaration import Table, meant
from sheet_templates.form import (
    Choice,
    Field,
    FieldKey,
    FieldType,
    Form,
    FormKey,
    Group,
    Labels,
    Role,
    Source,
    Stage,
)
from sheet_templates.numeral import DIGITS
from sheet_templates.role import Post

KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_CHOICE_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NUMERIC: Final = frozenset({FieldType.NUMBER, FieldType.MONEY, FieldType.PERCENT})
_WRITTEN: Final = frozenset(
    {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.FILE}
)
_COLUMNS: Final = "columns"
_TRANSFERS: Final = "transfers"
_EMPTY: Final = Labels(zh_hant="", zh_hans="", en="")
_Member = TypeVar("_Member", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading a form needs to know of the rest."""

    roles: Mapping[Role, Post]
    owners: frozenset[Role] = frozenset()
    """Who owns the fields of this form that do not say so themselves."""


def read_form(key: str, table: Table, roles: Mapping[Role, Post]) -> Form:
    """Read the form *key*; what is wrong is added to the table's faults, with a stand-in in the form."""
    if not KEY.fullmatch(key):
        table.fault("", "the file's name must be lower-case letters, digits and _: it is the form's key")
    reading = Reading(roles=roles, owners=_roles(table, "owners", roles))
    fields: list[Field] = []
    declared = table.take_table("fields", needed=True)
    if declared is not None:
        fields.extend(read_field(name, each, reading) for name, each in declared.tables())
    views = table.take_table("views")
    groups = table.take_table("groups")
    form = Form(
        key=FormKey(key),
        labels=table.take_labels("labels") or _EMPTY,
        fields=tuple(fields),
        number=_number_pattern(table),
        help=table.take_labels("help") or _EMPTY,
        clauses=table.take_texts("clauses"),
        title=_field_key(table, "title"),
        owner=_field_key(table, "owner"),
        parent=_field_key(table, "parent"),
        adders=_roles(table, "adders", roles),
        retractors=_roles(table, "retractors", roles),
        views={} if views is None else _views(views, roles),
        wider=_roles(table, "wider", roles),
        groups=() if groups is None else tuple(_groups(groups)),
        order=table.take_whole("order", 100),
        settings=table.take_flag("settings"),
        signed=frozenset(FieldKey(each) for each in table.take_texts("signed")),
        signed_rows=table.take_flag("signed_rows"),
    )
    table.close()
    return form


def read_field(key: str, table: Table, reading: Reading) -> Field:
    """Read one field; what is wrong is added to the table's faults."""
    if not KEY.fullmatch(key):
        table.fault("", "a field's key must be lower-case letters, digits and _")
    computed = table.find_text("computed")
    stamped = table.take_flag("stamped")
    source = Source.COMPUTED if computed else Source.STAMPED if stamped else Source.TYPED
    owners = _roles(table, "owners", reading.roles)
    if source is Source.TYPED and "owners" not in table.entries:
        owners = reading.owners
    field = Field(
        key=FieldKey(key),
        type=_member(table, "type", FieldType) or FieldType.TEXT,
        labels=table.take_labels("labels") or _EMPTY,
        source=source,
        owners=owners,
        readers=_roles(table, "readers", reading.roles) if "readers" in table.entries else None,
        wider=_roles(table, "wider", reading.roles),
        required=_member(table, "required", Stage) if "required" in table.entries else Stage.NEVER,
        minimum=table.take_number("minimum"),
        maximum=table.take_number("maximum"),
        integer=table.take_flag("integer"),
        max_length=table.take_whole("max_length", 2000),
        pattern=table.find_text("pattern"),
        unique=table.take_flag("unique"),
        found_by=table.take_flag("found_by"),
        choices=_choices(table, reading.roles),
        columns=table.entries.get("choices") == _COLUMNS,
        transfers=table.entries.get("choices") == _TRANSFERS,
        link=FormKey(link) if (link := table.find_text("link")) else None,
        material=table.take_flag("material"),
        tolerance=table.take_number("tolerance") or Decimal(0),
        default=table.find_text("default"),
        computed=computed,
        before=FieldKey(before) if (before := table.find_text("before")) else None,
        copies=table.take_flag("copies", default=True),
        width=table.take_whole("width", 14),
        help=table.take_labels("help", needed=False),
    )
    table.close()
    _check_field(field, table, stamped=stamped)
    return field


def _check_field(field: Field, table: Table, *, stamped: bool) -> None:
    """Note the settings of a field that do not go together."""
    typed = field.source is Source.TYPED
    numeric = field.type in _NUMERIC
    listed = field.columns or field.transfers or bool(field.choices)
    rules = (
        ("stamped", stamped and field.computed is not None, "a computed field is not stamped as well"),
        (
            "owners",
            typed and not field.owners,
            "somebody must own a field that is typed (or the form says who)",
        ),
        ("owners", not typed and bool(field.owners), "nobody types in a computed or stamped field"),
        ("required", not typed and field.required is not Stage.NEVER, "only typed fields can be required"),
        (
            "default",
            field.computed is not None and field.default is not None,
            "a computed field has no default",
        ),
        ("minimum", not numeric and field.minimum is not None, "only for numbers"),
        ("maximum", not numeric and field.maximum is not None, "only for numbers"),
        ("integer", field.integer and field.type is not FieldType.NUMBER, "only for type number"),
        (
            "tolerance",
            bool(field.tolerance) and not (numeric and field.material),
            "only for material numbers",
        ),
        ("tolerance", not 0 <= field.tolerance < 1, "must be a share below 1 (0.02 is 2 %)"),
        ("pattern", field.pattern is not None and field.type not in _WRITTEN, "only for text"),
        ("max_length", "max_length" in table.entries and field.type not in _WRITTEN, "only for text"),
        ("choices", field.type is FieldType.CHOICE and not listed, "a choice field needs choices"),
        ("choices", field.type is not FieldType.CHOICE and listed, "only for type choice"),
        ("wider", bool(field.wider) and field.readers is None, "everybody may read it already"),
        (
            "link",
            field.type is FieldType.LINK and field.link is None,
            "a link needs the form that it refers to",
        ),
        ("link", field.type is not FieldType.LINK and field.link is not None, "only for type link"),
        ("unique", field.unique and field.type in {FieldType.YES_NO, FieldType.CHOICE}, "cannot be unique"),
    )
    for key, wrong, what in rules:
        if wrong:
            table.fault(key, what)
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        table.fault("minimum", "is above the maximum")
    if field.pattern is not None:
        try:
            re.compile(field.pattern)
        except re.error as error:
            table.fault("pattern", f"not a regular expression: {error}")


def _number_pattern(table: Table) -> str:
    pattern = table.take_text("number")
    try:
        blanks = {name: spec for _, name, spec, _ in string.Formatter().parse(pattern) if name is not None}
    except ValueError as error:
        table.fault("number", str(error))
        return pattern
    if "n" not in blanks:
        table.fault("number", "needs {n}, the running number")
    elif not re.fullmatch(r"(?:0\d{1,2})?", blanks["n"] or "") or int(blanks["n"] or 0) > DIGITS:
        table.fault("number", "{n} may only have a width, such as {n:04}")
    if unknown := sorted(set(blanks) - {"n", "year"}):
        table.fault("number", f"knows only {{n}} and {{year}}, not {', '.join(unknown)}")
    return pattern


def _views(table: Table, roles: Mapping[Role, Post]) -> Mapping[Role, str]:
    views: dict[Role, str] = {}
    for name in table.entries:
        if name not in roles:
            table.fault(name, f"no such role{meant(name, roles)}")
        views[Role(name)] = table.take_text(name)
    return views


def _choices(table: Table, roles: Mapping[Role, Post]) -> tuple[Choice, ...]:
    """Read the choices: a table of labels by key, or the word "roles" for the roles that there are.

    With the word "columns" they are put in when all forms are known, with "transfers" when the rules are.
    """
    if table.entries.get("choices") == "roles":
        table.taken.add("choices")
        return tuple(Choice(key=role, labels=each.labels) for role, each in roles.items())
    if table.entries.get("choices") in (_COLUMNS, _TRANSFERS):
        table.taken.add("choices")
        return ()
    choices = table.take_table("choices")
    if choices is None:
        return ()
    found: list[Choice] = []
    for key, each in choices.tables():
        if not _CHOICE_KEY.fullmatch(key):
            choices.fault(key, "a choice's key must be letters, digits and _, a letter first")
        found.append(Choice(key=key, labels=each.as_labels()))
    return tuple(found)


def _groups(groups: Table) -> Iterator[Group]:
    for key, each in groups.tables():
        if not KEY.fullmatch(key):
            groups.fault(key, "a group's key must be lower-case letters, digits and _")
        labels, fields = each.take_labels("labels") or _EMPTY, each.take_texts("fields")
        each.close()
        yield Group(key=key, labels=labels, fields=frozenset(FieldKey(name) for name in fields))


def _roles(table: Table, key: str, roles: Collection[Role]) -> frozenset[Role]:
    named = table.take_texts(key)
    for each in named:
        if each not in roles:
            table.fault(key, f"no such role: {each}{meant(each, roles)}")
    return frozenset(Role(each) for each in named)


def _field_key(table: Table, key: str) -> FieldKey | None:
    named = table.find_text(key)
    return FieldKey(named) if named else None


def _member(table: Table, key: str, members: type[_Member]) -> _Member:
    named = table.take_text(key)
    if named in set(members):
        return members(named)
    if named:
        table.fault(key, f"must be one of {', '.join(members)}, not {named}{meant(named, members)}")
    return next(iter(members))
