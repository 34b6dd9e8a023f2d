"""The `q` of a file search: terms joined by `and`, each a comparison that the emulator knows."""

import datetime as dt
import re
from collections.abc import Callable

from tests.support.google.drive import File
from tests.support.google.errors import drive_error, not_modelled

TERM = re.compile(
    r"""\s*(?:(?P<not>not)\s+)?(?:
        (?P<kept>properties|appProperties)\s+has\s*\{\s*key\s*=\s*'(?P<key>[^']*)'\s*and\s*value\s*=\s*
        '(?P<holds>[^']*)'\s*\}
      | (?P<quote0>['"])(?P<value0>(?:\\.|(?!(?P=quote0)).)*)(?P=quote0)\s+in\s+(?P<list>\w+)
      | (?P<field>\w+)\s*(?P<mark>=|!=|<=|>=|<|>|contains)\s*
        (?:(?P<quote>['"])(?P<value>(?:\\.|(?!(?P=quote)).)*)(?P=quote)|(?P<word>true|false))
    )\s*(?P<and>and\b|$)""",
    re.VERBOSE | re.IGNORECASE,
)
Test = Callable[[File], bool]


def tests_of(query: str) -> list[Test]:
    """What a file must fulfil. Raises Answer: 400 for a query that is none, 501 for a term that is not modelled."""
    found: list[Test] = []
    at = 0
    while at < len(query):
        match = TERM.match(query, at)
        if not match:
            if re.search(r"\bor\b|\(", query):
                raise not_modelled(f"the query {query}")
            raise drive_error(400, "invalid", "Invalid Value", "q")
        found.append(_negated(_test(match), bool(match.group("not"))))
        at = match.end()
        if not match.group("and"):
            break
    return found


def _negated(test: Test, negate: bool) -> Test:
    return (lambda file: not test(file)) if negate else test


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def _test(match: re.Match[str]) -> Test:
    if match.group("list"):
        value, name = _unescaped(match.group("value0")), match.group("list")
        if name == "parents":
            return lambda file: value in file.parents
        raise not_modelled(f"the query term in {name}")
    if match.group("kept"):
        own, key, holds = match.group("kept") == "appProperties", match.group("key"), match.group("holds")
        return lambda file: (file.app_properties if own else file.properties).get(key) == holds
    field, mark = match.group("field"), match.group("mark").lower()
    value = match.group("word") or _unescaped(match.group("value"))
    if field == "trashed":
        return lambda file: (
            file.trashed is (value == "true") if mark == "=" else file.trashed is not (value == "true")
        )
    if field == "mimeType" and mark in ("=", "!="):
        return lambda file: (file.kind == value) is (mark == "=")
    if field == "name" and mark in ("=", "!="):
        return lambda file: (file.name == value) is (mark == "=")
    if field == "name" and mark == "contains":
        return lambda file: any(word.startswith(value.casefold()) for word in _prefixes(file.name))
    if field == "modifiedTime":
        when = dt.datetime.fromisoformat(value)
        when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
        return lambda file: _compared(file.modified, mark, when)
    raise not_modelled(f"the query term {field} {mark}")


def _prefixes(name: str) -> list[str]:
    """`contains` on a name matches the beginnings of its words only."""
    words = name.casefold().split()
    return [" ".join(words[at:]) for at in range(len(words))]


def _compared(one: dt.datetime, mark: str, two: dt.datetime) -> bool:
    if mark == "=":
        return one == two
    return (
        one > two if mark == ">" else one < two if mark == "<" else one >= two if mark == ">=" else one <= two
    )
