"""Field masks: which parts of an answer are asked for, and which parts of a resource an update replaces."""

import re
from collections.abc import Iterable
from typing import Any

from tests.support.google.errors import Json, Refused, bad_field

Mask = dict[str, Any]
"""Field to the mask below it; an empty one means all of it."""

WORD = re.compile(r"\*|[A-Za-z_][A-Za-z0-9_]*")


def mask_of(text: str) -> Mask:
    """`sheets(properties,data/rowData.values),namedRanges` as a tree. Raises Answer (400) if it is no mask."""
    found, rest = _several(text.replace(" ", ""), text)
    if rest:
        raise _unreadable(text)
    return found


def _several(rest: str, whole: str) -> tuple[Mask, str]:
    found: Mask = {}
    while True:
        path: Mask = found
        while True:
            word = WORD.match(rest)
            if not word:
                raise _unreadable(whole)
            path, rest = path.setdefault(word.group(), {}), rest[word.end() :]
            if not rest or rest[0] not in "./":
                break
            rest = rest[1:]
        if rest.startswith("("):
            below, rest = _several(rest[1:], whole)
            path.update(below)
            if not rest.startswith(")"):
                raise _unreadable(whole)
            rest = rest[1:]
        if not rest.startswith(","):
            return found, rest
        rest = rest[1:]


def _unreadable(text: str) -> Exception:
    return bad_field("fields", f"Error expanding 'fields' parameter. Cannot parse fields mask '{text}'.")


class Cut(dict[str, Any]):
    """A part of an answer that holds no more than was asked for: it need not be cut again."""


def cut(found: Any, mask: Mask) -> Any:
    """Only the parts of a JSON answer that *mask* names."""
    if type(found) is Cut or not mask or "*" in mask:
        return found
    if isinstance(found, list):
        return [cut(one, mask) for one in found]
    if not isinstance(found, dict):
        return found
    return {
        key: cut(found[key], below) if below else found[key] for key, below in mask.items() if key in found
    }


def cut_object(found: Json, mask: Mask) -> Json:
    """`cut` of an object; `*` anywhere at its top means all of it."""
    kept: Json = cut(found, mask)
    return kept


def checked(mask: Mask, known: Json, path: str = "") -> None:
    """Raise Answer (400) in Google's words if *mask* names a field that *known*, a tree of fields, does not have."""
    for key, below in mask.items():
        if key == "*" or not known:
            continue
        if key not in known:
            where = path + key
            raise bad_field(
                where, f"Error expanding 'fields' parameter. Cannot find matching fields for path '{where}'."
            )
        checked(below, known[key], f"{path}{key}.")


def replaced(old: Json, new: Json, mask: Mask) -> Json:
    """*old* with the fields that *mask* names taken from *new*; those that *new* lacks go away."""
    if not mask or "*" in mask:
        return dict(new)
    found = dict(old)
    for key, below in mask.items():
        if below and isinstance(old.get(key, {}), dict) and isinstance(new.get(key, {}), dict):
            part = replaced(old.get(key) or {}, new.get(key) or {}, below)
            found[key] = part
            if not part:
                del found[key]
        elif key in new and new[key] is not None:
            found[key] = new[key]
        else:
            found.pop(key, None)
    return found


def update_mask(text: str | None, root: str, known: Iterable[str]) -> Mask:
    """The mask of an update; a leading *root* (such as `properties`) is implied.

    Raises Refused if there is none, or if it names a field that is not *known*.
    """
    if not text:
        raise Refused("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    found = mask_of(text)
    found = found[root] if set(found) == {root} and found[root] else found
    for field in found:
        if field != "*" and field not in known:
            raise Refused(f"Invalid field: {field}")
    return found
