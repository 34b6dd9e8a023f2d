"""How much goes with one request: Google advises two megabytes at most. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

_BYTES: Final = 1_500_000
"""Of the parts of one request: what is around them is small."""
_PARTS: Final = 800
"""So many parts at most: each of them takes Google its time."""

Part = TypeVar("Part")


def encoded(body: Any) -> bytes:
    """Return *body* as it is sent: as UTF-8, which for Chinese is half as much as JSON's own escapes."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


def parted(parts: Iterable[Part], *, most: int = _BYTES) -> Iterator[list[Part]]:
    """Yield *parts*, in their order, in groups of which each goes with one request: *most* bytes, or one part.

    One that is larger by itself goes alone: a row of the longest cells that there are is still a tenth of what Google
    refuses.
    """
    group: list[Part] = []
    size = 0
    for each in parts:
        weight = len(encoded(each))
        if group and (len(group) >= _PARTS or size + weight > most):
            yield group
            group, size = [], 0
        group.append(each)
        size += weight
    if group:
        yield group
