"""Says single things as people know them: labels for keys, names for numbers, values as they are written."""

import datetime as dt
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal
from typing import Final

from sheet_templates.form import MASTER, DeskKey, FieldKey, FieldType, Form, FormKey, Role
from sheet_templates.record import Param, RecordId, Records, State, Text, Value, text
from sheet_templates.value import word
from sync.declared import Declared
from sync.desks import PEOPLE
from sync.lookup import DeskLookUp
from sync.ports import Store

_STATE: Final = FieldKey("state")
_STATES: Final = frozenset(State)
_LINKS: Final = frozenset({FieldType.LINK, FieldType.PERSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says things in the workspace's language."""

    declared: Declared
    store: Store
    zone: dt.tzinfo
    records: Records
    """The store's, or as they would stand."""
    look_up: DeskLookUp = made(init=False)

    def __post_init__(self) -> None:
        look_up = DeskLookUp(
            desk=DeskKey(""),
            forms=self.declared.forms,
            records=self.records,
            store=self.store,
            sees=lambda _record: False,
        )
        object.__setattr__(self, "look_up", look_up)

    def say(self, key: str, **params: Param) -> str:
        """Return the command line's sentence *key*."""
        return self.said(text(f"cli.{key}", **params))

    def said(self, said: Text) -> str:
        """Return *said* in the workspace's language."""
        return self.declared.words.say(said, self.declared.lang)

    def form(self, key: FormKey) -> str:
        """Return what a form is called."""
        form = self.declared.forms.get(key)
        return key if form is None else form.labels.in_(self.declared.lang)

    def field(self, form: FormKey, key: FieldKey) -> str:
        """Return what a column is called; its key if the form no longer has it."""
        declared = self.declared.forms.get(form)
        field = None if declared is None else declared.field(key)
        return key if field is None else field.labels.in_(self.declared.lang) or key

    def value(self, form: FormKey, key: FieldKey, value: Value) -> str:
        """Return *value* as people read it in the column *key*; a word for nothing if it is empty."""
        if value is None or value == "":
            return self.said(text("empty"))
        if key == _STATE and value in _STATES:
            return self.said(text(f"state.{value}"))
        declared = self.declared.forms.get(form)
        field = None if declared is None else declared.field(key)
        # What was typed and could not be taken may be of another kind than the column's.
        if field is None or (field.type in _LINKS and not isinstance(value, str)):
            return self.plain(value)
        return word(field, value, self.declared.lang, self.look_up) or self.plain(value)

    def plain(self, value: Value) -> str:
        """Return a value that belongs to no column."""
        if isinstance(value, bool):
            return self.said(text("yes" if value else "no"))
        said: Param = value if isinstance(value, str | Decimal | dt.date) else str(value)
        return self.said(text("plain", value=said))

    def person(self, number: str) -> str:
        """Return a person's name; the number if nobody has it."""
        found = self.records.numbered(PEOPLE, number)
        return number if found is None else str(found["name"] or number)

    def role(self, role: Role) -> str:
        """Return what a role is called."""
        post = self.declared.posts.get(role)
        return role if post is None else post.labels.in_(self.declared.lang)

    def desk(self, key: DeskKey) -> str:
        """Return what a desk is called: its person's name, or its department's."""
        if key == DeskKey(MASTER):
            return self.say("master")
        return self.role(Role(key)) if Role(key) in self.declared.posts else self.person(key)

    def record(self, form: FormKey, record: RecordId) -> str:
        """Return a record's form, number and title."""
        found = self.records.get(form, record)
        if found is None:
            return self.say("row.new", form=self.form(form))
        declared = self.declared.forms[form]
        title = _title(declared)
        named = None if title is None else found.values.get(title)
        parts = [self.form(form), found.number]
        if title is not None and named is not None:
            parts.append(self.value(form, title, named))
        return " ".join(parts)

    def job(self, name: str) -> str:
        """Return what a job of the run ledger is called: a report by its title."""
        kind, _, key = name.partition(":")
        titled = f"reports.catalogue.{key}" if kind == "report" else f"cli.job.{name}"
        return self.said(text(titled)) if titled in self.declared.words else name

    def moment(self, at: dt.datetime) -> str:
        """Return when something happened, by the company's clock."""
        return self.said(text("plain", value=at.astimezone(self.zone)))

    def among(self, several: list[str]) -> str:
        """Return several names in one line."""
        return self.say("comma").join(several)


def _title(form: Form) -> FieldKey | None:
    return form.title if form.title is not None and form.field(form.title) is not None else None
