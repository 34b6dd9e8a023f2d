"""What of the forms can be shared more narrowly or more widely: whole forms, groups of fields, single fields. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from sheet_templates.form import Choice, FieldKey, Form, FormKey, Labels

SHARING: Final = FormKey("sharing")
"""The settings form of the sharing scopes."""

_NEVER: Final = frozenset({FormKey("todo"), FormKey("limits"), FormKey("setting_change"), SHARING})
"""Nobody can be kept from what waits for him, from the rules that hold for him, nor from signing that they change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A form, or some of its fields."""

    form: FormKey
    name: str = ""
    """The key of a group or of a field. Empty: the whole form."""

    def __str__(self) -> str:
        return f"{self.form}.{self.name}" if self.name else str(self.form)

    @classmethod
    def parse(cls, key: str) -> Self:
        """Return the part that a choice's key names."""
        form, _, name = key.partition(".")
        return cls(form=FormKey(form), name=name)

    def fields(self, form: Form) -> frozenset[FieldKey]:
        """Return its fields; none for a whole form, and none for what the form no longer has."""
        group = next((each for each in form.groups if each.key == self.name), None)
        if group is not None:
            return group.fields
        return frozenset(each.key for each in form.fields if each.key == self.name)


def with_columns(form: Form, forms: Mapping[FormKey, Form]) -> Form:
    """Return *form* with the choices of its fields that offer forms and their columns."""
    if not any(each.columns for each in form.fields):
        return form
    choices = tuple(_choices(forms))
    fields = tuple(replace(each, choices=choices) if each.columns else each for each in form.fields)
    return replace(form, fields=fields)


def _choices(forms: Mapping[FormKey, Form]) -> Iterator[Choice]:
    shared = sorted((each for each in forms.values() if each.key not in _NEVER), key=lambda each: each.order)
    for form in shared:
        yield Choice(key=str(Part(form=form.key)), labels=_plain(form.labels))
        for group in form.groups:
            yield _choice(form, group.key, group.labels)
        for field in form.fields:
            yield _choice(form, field.key, field.labels)


def _choice(form: Form, key: str, of: Labels) -> Choice:
    labels = Labels(
        zh_hant=f"{form.labels.zh_hant} › {of.zh_hant}",
        zh_hans=f"{form.labels.zh_hans} › {of.zh_hans}",
        en=f"{form.labels.en} › {of.en}",
    )
    return Choice(key=str(Part(form=form.key, name=key)), labels=labels)


def _plain(labels: Labels) -> Labels:
    return replace(labels, aliases=())
