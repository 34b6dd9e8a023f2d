"""What is shipped, read once in a process for all tests that only look at it."""

from collections.abc import Mapping
from functools import cache

from rules.load import load_book
from rules.rule import Book
from sheet_templates.form import Form, FormKey, Lang, Role
from sheet_templates.load import Limit, load_forms, load_limits
from sheet_templates.role import Post, load_roles
from sheet_templates.words import Words
from sync.declared import Declared, load


@cache
def words() -> Words:
    return Words.load()


@cache
def roles() -> Mapping[Role, Post]:
    return load_roles()


@cache
def limits() -> Mapping[str, Limit]:
    return load_limits()


@cache
def forms() -> Mapping[FormKey, Form]:
    """Return the forms without the columns that chains add."""
    return load_forms()


@cache
def book() -> Book:
    return load_book(forms=forms(), words=words(), roles=roles().keys(), limits=limits().keys())


@cache
def declared(lang: Lang = Lang.EN) -> Declared:
    """Return all of it together, forms with their chains' columns."""
    return load(lang)
