"""Two-way text matching: what people type and what is declared meet in one folded form.

Traditional and Simplified Chinese, full-width and half-width, upper and lower case, spaces and the
decoration around a label do not matter. Folded text is only compared, never shown.
"""

import functools
import importlib.util
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sheet_templates.form import Field, FieldKey, Form, Role

_VARIANTS: Final = {
    "帐": "账",
    "著": "着",
    "衹": "只",
    "祇": "只",
    "覆": "复",
    "馀": "余",
    "戸": "户",
    "闘": "斗",
}
"""Characters that people use for one another and that the conversion table keeps apart."""

_DASHES: Final = dict.fromkeys("‐‑‒–—―−﹘﹣", "-")
_BRACKETS: Final = {**dict.fromkeys("【〔「『《〈〖“‘", "("), **dict.fromkeys("】〕」』》〉〗”’", ")")}
_DECORATION: Final = "()[]{}<>\"'`:*#.,;、。，・· "
_NOTE: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


@functools.lru_cache(maxsize=32_768)
def fold(text: str) -> str:
    """Return *text* in the form in which it is compared.

    NFKC, case folded, Traditional characters as Simplified ones (character by character: phrases would make
    the result depend on the neighbours), without spaces, control and invisible characters, and without
    decoration at either end (`*客戶名稱：` is `客户名称`). Folding twice changes nothing.
    """
    seen = text
    while (folded := _fold_once(seen)) != seen:
        seen = folded
    return folded


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMatch:
    """Which column of a sheet is which field. Columns count from 1."""

    columns: Mapping[FieldKey, int]
    doubled: Mapping[FieldKey, tuple[int, ...]] = field(default_factory=dict)
    """Fields that several headers name equally well. None of those columns is in *columns*."""
    unknown: Mapping[int, str] = field(default_factory=dict)
    """Headers that name no field: such columns belong to the user. Empty headers are left out."""
    missing: tuple[FieldKey, ...] = ()
    """Fields that no header names."""


def match_headers(form: Form, headers: Sequence[str | None], role: Role | None = None) -> HeaderMatch:
    """Return which of *headers*, left to right, is which field of *form* (for *role*: of what it may see).

    A header may be the field's key, its label in any language, an alias, or one of these with a note in
    brackets such as `金額（元）` or with underscores, as databases write it. Where two headers fit one field,
    the better fit wins, in this order; the other column is unknown. Two equal fits are doubled (sync.md, K6).
    """
    fields = (*form.system, *form.fields) if role is None else form.columns(role)
    names = _names(fields)
    fits: defaultdict[FieldKey, list[tuple[int, int]]] = defaultdict(list)
    unknown: dict[int, str] = {}
    for at, header in enumerate(headers, start=1):
        if header is None or not header.strip():
            continue
        found = _fit(header, names)
        if found is None:
            unknown[at] = header
        else:
            key, worth = found
            fits[key].append((worth, at))
    columns: dict[FieldKey, int] = {}
    doubled: dict[FieldKey, tuple[int, ...]] = {}
    for key, found_at in fits.items():
        best = min(worth for worth, _ in found_at)
        winners = tuple(at for worth, at in found_at if worth == best)
        if len(winners) == 1:
            columns[key] = winners[0]
        else:
            doubled[key] = winners
        unknown |= {at: headers[at - 1] or "" for worth, at in found_at if worth != best}
    missing = tuple(each.key for each in fields if each.key not in fits)
    return HeaderMatch(
        columns=columns, doubled=doubled, unknown=dict(sorted(unknown.items())), missing=missing
    )


def names_of(field_: Field) -> tuple[tuple[str, ...], ...]:
    """Return the folded names of a field, the best first: its key, its labels, its aliases."""
    labels = field_.labels
    ranks = ((field_.key,), (labels.zh_hant, labels.zh_hans, labels.en), labels.aliases)
    return tuple(tuple(name for each in rank if (name := fold(each))) for rank in ranks)


def _names(fields: Sequence[Field]) -> Mapping[str, tuple[FieldKey, int]]:
    """Return folded name → (field, worth); the loader has seen to it that names differ within a form."""
    names: dict[str, tuple[FieldKey, int]] = {}
    for each in fields:
        for worth, rank in enumerate(names_of(each)):
            for name in rank:
                if name not in names or names[name][1] > worth:
                    names[name] = (each.key, worth)
    return names


def _fit(header: str, names: Mapping[str, tuple[FieldKey, int]]) -> tuple[FieldKey, int] | None:
    found = names.get(fold(header))
    if found is not None:
        return found
    bare = _NOTE.sub("", unicodedata.normalize("NFKC", header).translate(_marks())).replace("_", " ")
    found = names.get(fold(bare))
    return None if found is None else (found[0], found[1] + 10)


def _fold_once(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_marks())
    visible = "".join(each for each in plain if not _invisible(each))
    return unicodedata.normalize("NFKC", visible.translate(_simplified())).strip(_DECORATION)


def _invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc", "Zs"}


@functools.cache
def _marks() -> Mapping[int, str]:
    return str.maketrans(_DASHES | _BRACKETS)


@functools.cache
def _simplified() -> Mapping[int, str]:
    """Return the table of single characters that zhconv ships (MediaWiki's), followed to its end.

    The file is read directly: importing zhconv leaves it open, and its word table converts `乾` differently
    in `乾隆`, which is right for reading and wrong for comparing.
    """
    found = importlib.util.find_spec("zhconv")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("zhconv is not installed", name="zhconv")
    path = Path(found.submodule_search_locations[0]) / "zhcdict.json"
    words: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))["zh2Hans"]
    single = {old: new for old, new in words.items() if len(old) == len(new) == 1} | _VARIANTS
    table: dict[int, str] = {}
    for old in single:
        new, seen = single[old], {old}
        while new in single and new not in seen:
            seen.add(new)
            new = single[new]
        table[ord(old)] = new
    return table
