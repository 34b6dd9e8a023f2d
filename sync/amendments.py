"""What differs between two sets of declarations, file by file and entry by entry, for whoever signs it. Pure.

Comments and layout are no difference. Nothing that means something is left out in silence: what would be too long
for a cell is counted.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sheet_templates.record import Text, text

_LONGEST: Final = 12_000
"""Characters of all lines together: a cell of a workbook takes 32,767."""


def amendments(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Text]:
    """Yield what stands otherwise in *after*: a line for each file and each entry in it."""
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield _file(name, before.get(name), after.get(name))
            yield from _entries(_flat(before.get(name)), _flat(after.get(name)))


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


def _entries(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Text]:
    for path in (*old, *(each for each in new if each not in old)):
        was, will = old.get(path), new.get(path)
        if will is None:
            yield text("declared.entry_gone", path=path, old=str(was))
        elif was is None:
            yield text("declared.entry_new", path=path, new=will)
        elif was != will:
            yield text("declared.entry", path=path, old=was, new=will)


def _flat(content: bytes | None) -> dict[str, str]:
    """Return the entries of a file by their paths, each value as it would be written."""
    if content is None:
        return {}
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Whoever signs sees all of it: it was in force once, or it would not be asked for.
        return {"?": content.decode("utf-8", errors="replace")}
    return dict(_paths("", found))


def _paths(above: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _paths(f"{above}.{key}" if above else str(key), each)
    elif above:
        yield above, json.dumps(value, ensure_ascii=False, default=str)
