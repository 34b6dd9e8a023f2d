"""Which desks there are: one for each person in sales and one for each department, from the people form. Pure."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Final

from sheet_templates.form import MASTER, Desk, DeskKey, FormKey, Lang, Role
from sheet_templates.record import Record, Records, Text, Value, named
from sheet_templates.role import Post

PEOPLE: Final = FormKey("people")
ADMIN: Final = Role("admin")

_UNSAFE: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]'
)
_LONGEST: Final = 200
"""Bytes of a stem: with what programs put around the name of a file that is open, systems allow 255."""
_RESERVED: Final = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")


def desks(records: Records, posts: Mapping[Role, Post], lang: Lang, today: dt.date) -> tuple[Desk, ...]:
    """Return the desks of everybody who works here on *today*, and the administrator's in any case.

    People of a personal role have a desk each (IT-2.1); a department's people share one.
    """
    shared: dict[Role, list[Record]] = {ADMIN: []}
    found: list[Desk] = []
    names: dict[str, int] = {}
    for person in records.every(PEOPLE):
        role = Role(str(person["role"]))
        if role not in posts or not works(person, today):
            continue
        if posts[role].personal:
            name = _free(_file_name(str(person["name"] or person.number)), names)
            found.append(
                Desk(key=DeskKey(person.number), name=name, role=role, people=(person.number,), lang=lang)
            )
        else:
            shared.setdefault(role, []).append(person)
    for role, people in shared.items():
        name = _free(_file_name(posts[role].labels.in_(lang)), names)
        numbers = tuple(each.number for each in people)
        found.append(
            Desk(key=DeskKey(role), name=name, role=role, people=numbers, shared=len(numbers) > 1, lang=lang)
        )
    return tuple(found)


def master(lang: Lang) -> Desk:
    """Return the master workbook as a desk: it reads everything and belongs to nobody."""
    return Desk(key=DeskKey(MASTER), name="master", role=MASTER, people=(), lang=lang)


def works(person: Record, today: dt.date) -> bool:
    """Return whether *person* has not left by *today* (TX-5.4: on leaving, access is withdrawn at once)."""
    left = person["left"]
    return not (isinstance(left, dt.date) and left <= today)


def me(desk: Desk, records: Records) -> Mapping[str, Value]:
    """Return the person whose desk it is, by the names that expressions know (see docs/expressions.md)."""
    person = records.numbered(PEOPLE, desk.people[0]) if desk.people else None
    if person is None or desk.shared:
        return {"role": desk.role}
    return {
        "number": person.number,
        "name": person["name"],
        "role": desk.role,
        "team": person["team"],
        "region": person["region"],
        "superior": person["superior"],
        "industries": person["industries"],
    }


def called(records: Records, posts: Mapping[Role, Post], key: DeskKey) -> Text | str:
    """Return what people call the desk with *key*: its person's name, or its department."""
    person = records.numbered(PEOPLE, key)
    if person is not None:
        return str(person["name"] or key)
    post = posts.get(Role(key))
    return named(post.labels) if post is not None else str(key)


def desks_of(desks_: Iterable[Desk], person: str) -> tuple[Desk, ...]:
    """Return the desks in which *person* works."""
    return tuple(desk for desk in desks_ if person in desk.people)


def _file_name(name: str) -> str:
    """Return *name* as a file's stem that every system takes and that leads nowhere else."""
    safe = _UNSAFE.sub(" ", name).strip(" .")[:60].encode()[:_LONGEST].decode(errors="ignore").strip(" .")
    return f"_{safe}" if not safe or _RESERVED.match(safe) or safe[0] in "~." else safe


def _free(name: str, names: dict[str, int]) -> str:
    """Return *name*, or with a number behind it if it is taken: also by somebody who is called so."""
    count = names.get(name.casefold(), 0) + 1
    free = name if count == 1 else f"{name} ({count})"
    while count > 1 and free.casefold() in names:
        count += 1
        free = f"{name} ({count})"
    names[name.casefold()] = count
    names.setdefault(free.casefold(), 1)
    return free
