"""Links between records as people type and see them: by number, by title, by a provisional number."""

import difflib
from collections.abc import Iterable
from typing import Final, Protocol

from sheet_templates.form import Field, FieldType, FormKey
from sheet_templates.match import fold
from sheet_templates.numeral import shorten
from sheet_templates.record import Text, text

PEOPLE: Final = FormKey("people")

_NEAR: Final = 3
_LIKENESS: Final = 0.6


class LookUp(Protocol):
    """What a desk can refer to. Numbers and titles are compared folded (`sheet_templates.match.fold`)."""

    def numbered(self, form: FormKey, typed: str) -> str | None:
        """Return the number, as it is written, of the record of *form* with this number, or None."""
        ...

    def titled(self, form: FormKey, typed: str) -> tuple[str, ...]:
        """Return the numbers of the records of *form* with this title; empty if its title is not unique."""
        ...

    def nickname(self, form: FormKey, typed: str) -> str | None:
        """Return the number of the record that this desk called *typed* before it was numbered, or None."""
        ...

    def title(self, form: FormKey, number: str) -> str | None:
        """Return the title of a record, if the title of *form* is unique; else None."""
        ...

    def known(self, form: FormKey) -> Iterable[str]:
        """Return the titles (or numbers) of *form* that may be suggested to this desk's people.

        Only of records that they see: a suggestion must not tell a rep the names of others' customers.
        """
        ...


class Nowhere:
    """A LookUp that knows no record: for fields that are no links, and for texts that must stand alone."""

    def numbered(self, form: FormKey, typed: str) -> str | None:  # noqa: ARG002
        """Return None."""
        return None

    def titled(self, form: FormKey, typed: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return nothing."""
        return ()

    def nickname(self, form: FormKey, typed: str) -> str | None:  # noqa: ARG002
        """Return None."""
        return None

    def title(self, form: FormKey, number: str) -> str | None:  # noqa: ARG002
        """Return None."""
        return None

    def known(self, form: FormKey) -> Iterable[str]:  # noqa: ARG002
        """Return nothing."""
        return ()


def linked_form(field: Field) -> FormKey:
    """Return the form that a LINK or PERSON field refers to. Raises ValueError for any other field."""
    if field.type is FieldType.PERSON:
        return PEOPLE
    if field.type is FieldType.LINK and field.link is not None:
        return field.link
    raise ValueError(f"{field.key} is not a link")


def find(form: FormKey, typed: str, look_up: LookUp) -> str | tuple[Text, Text]:
    """Return the number of the record of *form* that *typed* means, or what is wrong and how to mend it.

    A number goes before a title, a title before a provisional number.
    """
    number = look_up.numbered(form, typed)
    if number is not None:
        return number
    titled = look_up.titled(form, typed)
    if len(titled) == 1:
        return titled[0]
    said = shorten(typed)
    if titled:
        numbers = ", ".join(titled)
        return text("link.ambiguous", value=said), text("link.ambiguous.mend", numbers=numbers)
    nicknamed = look_up.nickname(form, typed)
    if nicknamed is not None:
        return nicknamed
    near = near_matches(typed, look_up.known(form))
    if near:
        suggested = ", ".join(shorten(each) for each in near)
        return text("link.unknown", value=said), text("link.unknown.mend_near", near=suggested)
    return text("link.unknown", value=said), text("link.unknown.mend")


def near_matches(typed: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of *known* that look like *typed*, the likest first."""
    folded = {fold(each): each for each in known}
    found = difflib.get_close_matches(fold(typed), folded, n=_NEAR, cutoff=_LIKENESS)
    return tuple(folded[each] for each in found)


def name_of(form: FormKey, number: str, look_up: LookUp) -> str:
    """Return how cells show a linked record: its title, if that leads back to it and to no other, or its number."""
    title = look_up.title(form, number)
    return title if title and find(form, title, look_up) == number else number
