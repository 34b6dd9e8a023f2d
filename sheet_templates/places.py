"""Where a key stands in a TOML file: its line and column. Pure.

`tomllib` reads values and forgets where they stood. So the keys alone are looked for here: tables, keys, and keys of
inline tables; what stands in texts over several lines, and in comments, is passed over.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED: Final = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE: Final = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_ENTRY: Final = re.compile(rf"\s*({_DOTTED})\s*=")
_TOKEN: Final = re.compile(
    rf"""(?P<open>\{{)|(?P<close>\}})|(?P<key>{_DOTTED})\s*=(?!=)|(?P<text>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<rest>#.*)"""
)
_LONG: Final = ('"""', "'''")
_SYNTAX: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_FAULT: Final = re.compile(
    r"(?P<file>[\w.-]+\.toml): (?:(?P<path>[^\s:][^:]*?): )?(?P<what>.*)", flags=re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Spot:
    """A place in a file, counted from 1."""

    line: int
    column: int


def spots(toml: str) -> Mapping[str, Spot]:
    """Return where each key of *toml* stands, by its dotted path without quotes; of several the first."""
    found: dict[str, Spot] = {}
    table, within = "", ""
    for number, line in enumerate(toml.splitlines(), start=1):
        if within:
            within = "" if within in line else within
            continue
        header = _TABLE.match(line)
        if header:
            table = _path(header[1])
            found.setdefault(table, Spot(line=number, column=header.start(1) + 1))
            continue
        for path, column in _keys(line):
            whole = f"{table}.{path}" if table else path
            found.setdefault(whole, Spot(line=number, column=column))
        within = next((each for each in _LONG if line.count(each) % 2), "")
    return found


def spot(toml: str, path: str) -> tuple[Spot, int]:
    """Return where *path* stands, or the nearest table above it, and how many characters of the path that are."""
    known = spots(toml)
    near = path
    while near and near not in known:
        near = near.rpartition(".")[0]
    return known.get(near, Spot(line=1, column=1)), len(near)


def placed(fault: str, files: Mapping[str, str]) -> str:
    """Return *fault*, `order.toml: fields.a: …`, with its folder, line and column before it.

    *files*: the text of the declarations that there are, by `folder/name`. Of files that share a name it is the one
    that knows more of the path. A fault that names no such file is returned as it is.
    """
    said = _FAULT.match(fault)
    named = [] if said is None else [each for each in files if each.rpartition("/")[2] == said["file"]]
    if said is None or not named:
        return fault
    syntax = _SYNTAX.search(fault)
    if syntax:
        broken = [each for each in named if len(files[each].splitlines()) + 1 >= int(syntax[1])]
        return f"{(broken or named)[0]}:{syntax[1]}:{syntax[2]}: {said['what']}"
    path = said["path"] or ""
    name = max(named, key=lambda each: spot(files[each], path)[1])
    at, _ = spot(files[name], path)
    return f"{name}:{at.line}:{at.column}: {f'{path}: ' if path else ''}{said['what']}"


def _keys(line: str) -> Iterator[tuple[str, int]]:
    """Yield the keys of one line with their columns: its own, and those of inline tables in it."""
    if not _ENTRY.match(line):
        return
    above: list[str] = []
    last = ""
    for token in _TOKEN.finditer(line):
        match token.lastgroup:
            case "open":
                above.append(last)
            case "close" if above:
                last = above.pop()
            case "key":
                last = ".".join((*above[-1:], _path(token["key"])))
                yield last, token.start("key") + 1
            case _:
                pass


def _path(dotted: str) -> str:
    """Return a dotted key without quotes and spaces."""
    return ".".join(each.strip("\"'") for each in re.findall(_KEY, dotted))
