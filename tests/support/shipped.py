"""What is shipped, read once in a process for all tests that only look at it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

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


def known(root: Path) -> Declared | None:
    """Return the declarations of the workspace at *root* if it adds nothing to what is shipped, and is English.

    They take half a second to read, and say the same in every such workspace.
    """
    plain = {each.name for each in root.rglob("*.toml")} == {"deskbook.toml"}
    english = f'language = "{Lang.EN.value}"' in (root / "deskbook.toml").read_text(encoding="utf-8")
    return declared() if plain and english else None
