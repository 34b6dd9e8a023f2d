"""Everything that is declared: forms, rules, roles, limits and words, loaded once and checked together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path
from typing import Final, TypeVar

from rules.columns import with_chains, with_not_me, with_transfers
from rules.load import load_book
from rules.rule import Book
from sheet_templates.declaration import DeclarationError
from sheet_templates.expression import Expression, Scope
from sheet_templates.form import Form, FormKey, Lang, Role
from sheet_templates.load import Limit, load_forms, load_limits
from sheet_templates.role import Post, load_roles
from sheet_templates.scope import linked_form
from sheet_templates.words import Words
from sheet_templates.working_calendar import PLAIN, WorkingCalendar
from sync.follow import Following, following
from sync.project import Views
from sync.reach import Reaches, reaches

_Read = TypeVar("_Read")

TODO: Final = FormKey("todo")
"""The pseudo-form of the 待辦 sheet: computed for each desk, never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a company has declared, shipped declarations included."""

    forms: Mapping[FormKey, Form]
    """With the columns that approval chains add."""
    order: tuple[FormKey, ...]
    """The stored forms, each after those that it refers to."""
    posts: Mapping[Role, Post]
    limits: Mapping[str, Limit]
    """The numbers that the policies leave open, with their defaults."""
    book: Book
    words: Words
    views: Views
    lang: Lang
    seeing: Following
    """Who is seen, or shown, otherwise after a change."""
    calendar: WorkingCalendar = PLAIN
    """The public holidays and make-up days; a company's own days are records (`context.calendar_in`)."""
    reaches: Reaches = made(default_factory=dict)
    """The conditions under which sharing scopes reach records."""

    def stored(self) -> tuple[Form, ...]:
        """Return the forms whose records the store holds, each after those that it refers to."""
        return tuple(self.forms[key] for key in self.order)


def load(
    lang: Lang,
    *,
    own: Path | None = None,
    forms: Path | None = None,
    rules: Path | None = None,
    words: Path | None = None,
) -> Declared:
    """Read what is shipped and what the company's folders override or add.

    *own*: the folder in which the company's `roles.toml` and `limits.toml` lie, if it has any.

    Raises a DeclarationError (FormError, RuleError …) that lists every fault with its file and place.
    """
    posts = load_roles(*_there(own))
    limits = load_limits(*_there(own), roles=posts)
    plain = load_forms(*_there(forms), roles=posts, limits=limits)
    said = Words.load(*_there(words)).naming({f"role.{role}": post.labels for role, post in posts.items()})
    book = load_book(*_there(rules), forms=plain, words=said, roles=posts.keys(), limits=limits.keys())
    with_columns = with_transfers(with_not_me(with_chains(plain, book), said), book, said)
    stored = {key: form for key, form in with_columns.items() if key != TODO}
    views = {
        (form.key, role): Expression.load(view, Scope.of(form, stored, limits=limits.keys(), me=True))
        for form in stored.values()
        for role, view in form.views.items()
    }
    reached = reaches(stored, limits.keys())
    watched = [(form, expression) for (form, _), expression in (*views.items(), *reached.items())]
    return Declared(
        forms=with_columns,
        order=_in_order(stored),
        posts=posts,
        limits=limits,
        book=book,
        words=said,
        views=views,
        reaches=reached,
        lang=lang,
        seeing=following(stored, watched),
    )


def faults(
    *,
    own: Path | None = None,
    forms: Path | None = None,
    rules: Path | None = None,
    words: Path | None = None,
) -> tuple[str, ...]:
    """Return every fault that `load` would raise, of all kinds at once.

    What names something broken cannot be looked at, and says so: forms name roles and limits, rules name all.
    """
    found: list[str] = []
    posts = _tried(lambda: load_roles(*_there(own)), found)
    limits = None if posts is None else _tried(lambda: load_limits(*_there(own), roles=posts), found)
    said = _tried(lambda: Words.load(*_there(words)), found)
    plain = None
    if posts is not None and limits is not None:
        plain = _tried(lambda: load_forms(*_there(forms), roles=posts, limits=limits), found)
    if posts is not None and limits is not None and said is not None and plain is not None:
        naming = said.naming({f"role.{role}": post.labels for role, post in posts.items()})
        _tried(
            lambda: load_book(
                *_there(rules), forms=plain, words=naming, roles=posts.keys(), limits=limits.keys()
            ),
            found,
        )
    elif any(any(each.glob("*.toml")) for each in _there(rules)):
        found.append("rules: not looked at, because what they name has to be right first")
    return tuple(found)


def _tried(read: Callable[[], _Read], found: list[str]) -> _Read | None:
    try:
        return read()
    except DeclarationError as error:
        found.extend(error.faults)
        return None


def _there(folder: Path | None) -> tuple[Path, ...]:
    return (folder,) if folder is not None and folder.is_dir() else ()


def _in_order(forms: Mapping[FormKey, Form]) -> tuple[FormKey, ...]:
    """Sort the forms so that each comes after those that it refers to, as far as that is possible."""
    done: list[FormKey] = []

    def visit(form: Form, above: frozenset[FormKey]) -> None:
        for field in form.fields:
            target = linked_form(field)
            if target is not None and target not in above and target in forms:
                visit(forms[target], above | {target})
        if form.key not in done:
            done.append(form.key)

    for form in sorted(forms.values(), key=lambda form: (form.order, form.key)):
        visit(form, frozenset({form.key}))
    return tuple(done)
