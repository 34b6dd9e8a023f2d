"""What differs between two sets of declarations, file by file and entry by entry, for whoever signs it. Pure.

Comments and layout are no difference. Nothing that means something is left out in silence: what would be too long
for a cell is counted.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sheet_templates.record import Text, text

_Entries: TypeAlias = dict[tuple[str, ...], str]

_LONGEST: Final = 12_000
"""Characters of all lines together: a cell of a workbook takes 32,767."""


def amendments(
    before: Mapping[str, bytes], after: Mapping[str, bytes], shipped: Mapping[str, bytes]
) -> Iterator[Text]:
    """Yield what stands otherwise in *after*: a line for each file and each entry in it.

    *shipped*: what comes with Deskbook, by the same names. What a file takes the place of there stands as the old
    value: who signs need not know it by heart.
    """
    plain = _Shipped.of(shipped)
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        yield _file(name, old, new)
        one, other = _flat(old), _flat(new)
        was, will = plain.displaced(name, one), plain.displaced(name, other)
        yield from _entries(_without(will, was) | one, _without(was, will) | other)


def cut(lines: list[str]) -> list[str]:
    """Return as many of *lines* as a cell has room for; whoever cuts says how many are missing."""
    room, kept = _LONGEST, []
    for each in lines:
        room -= len(each) + 1
        if room < 0:
            break
        kept.append(each)
    return kept


def _file(name: str, old: bytes | None, new: bytes | None) -> Text:
    if new is None:
        return text("declared.gone", name=name)
    if old is None:
        return text("declared.new", name=name)
    return text("declared.changed" if _flat(old) != _flat(new) else "declared.same", name=name)


def _entries(old: _Entries, new: _Entries) -> Iterator[Text]:
    for path in (*old, *(each for each in new if each not in old)):
        was, will, said = old.get(path), new.get(path), ".".join(path)
        if will is None:
            yield text("declared.entry_gone", path=said, old=str(was))
        elif was is None:
            yield text("declared.entry_new", path=said, new=will)
        elif was != will:
            yield text("declared.entry", path=said, old=was, new=will)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shipped:
    """What comes with Deskbook: rules and words of all files together, since they are overridden one by one."""

    entries: Mapping[str, _Entries]
    """By the name of the file; of rules and words by the name of the folder."""

    @classmethod
    def of(cls, shipped: Mapping[str, bytes]) -> "_Shipped":
        together: dict[str, _Entries] = {}
        for name, content in shipped.items():
            key = _place(name)
            together[key] = {**together.get(key, {}), **_flat(content)}
        return cls(entries=together)

    def displaced(self, name: str, entries: _Entries) -> _Entries:
        """Return what a company's own file takes the place of."""
        folder = name.partition("/")[0]
        if folder == "forms":
            whole = self.entries.get(name, {}) if entries and ("extends",) not in entries else {}
            return whole or {
                path: each for path, each in self.entries.get(name, {}).items() if path in entries
            }
        depth = 2 if folder == "rules" else 1
        own = {path[:depth] for path in entries}
        known = self.entries.get(_place(name), {})
        return {path: each for path, each in known.items() if path[:depth] in own}


def _place(name: str) -> str:
    folder = name.partition("/")[0]
    return folder if folder in {"rules", "words"} else name


def _without(entries: _Entries, others: _Entries) -> _Entries:
    return {path: each for path, each in entries.items() if path not in others}


def _flat(content: bytes | None) -> _Entries:
    """Return the entries of a file by their paths, each value as it would be written."""
    if content is None:
        return {}
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Whoever signs sees all of it: it was in force once, or it would not be asked for.
        return {("?",): content.decode("utf-8", errors="replace")}
    return dict(_paths((), found))


def _paths(above: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict) and (value or not above):
        for key, each in value.items():
            yield from _paths((*above, str(key)), each)
    else:
        yield above, json.dumps(value, ensure_ascii=False, default=str)
