"""The sentences that people see, in three languages: the only reader of `words/*.toml`."""

import datetime as dt
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self

from sheet_templates.declaration import DeclarationError
from sheet_templates.form import NO, YES, Labels, Lang
from sheet_templates.record import NAMED, Param, Text
from sheet_templates.role import load_roles

SHIPPED: Final = Path(__file__).parent / "words"

_LANGUAGES: Final[Mapping[str, Lang]] = {lang.value: lang for lang in Lang}

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class WordsError(DeclarationError):
    """A file of sentences is broken: a language is missing, blanks differ, a key stands twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All sentences, by key and language."""

    sentences: Mapping[str, Mapping[Lang, str]]

    @classmethod
    def load(cls, *extra_dirs: Path) -> Self:
        """Read the shipped files, then those of *extra_dirs* (a company's own).

        A company's file may add sentences, and may reword shipped ones: all languages or only some, with
        the shipped sentence's blanks or fewer. Within one folder a key stands only once.

        Raises WordsError with all faults of all files, and OSError if the shipped folder cannot be read.
        """
        merged = {
            key: {lang: _literal(labels.in_(lang)) for lang in Lang}
            for key, labels in _shipped_names().items()
        }
        faults: list[str] = []
        for folder in (SHIPPED, *extra_dirs):
            own = _read_folder(folder, faults)
            for key, (place, said) in own.items():
                shipped = merged.get(key, {})
                faults += _faults(place, said, shipped)
                merged[key] = {**shipped, **said}
        if faults:
            raise WordsError(faults)
        return cls(sentences=merged)

    def naming(self, names: Mapping[str, Labels]) -> "Words":
        """Return these words and *names* besides, such as a company's own `role.quality`."""
        named = {key: {lang: _literal(labels.in_(lang)) for lang in Lang} for key, labels in names.items()}
        return Words(sentences={**self.sentences, **named})

    def __contains__(self, key: object) -> bool:
        return key in self.sentences

    def say(self, text: Text, lang: Lang) -> str:
        """Return *text* in *lang*, with its blanks filled.

        Blanks that are Texts are said too; numbers get thousands separators, dates their usual form. An
        unknown key or a blank without a value raises KeyError: that is a bug, not a person's mistake.
        """
        blanks = {name: self._write(value, lang) for name, value in text.params}
        if text.key == NAMED:
            return blanks[lang.value]
        return self.sentences[text.key][lang].format_map(blanks)

    def _write(self, value: Param, lang: Lang) -> str:
        match value:
            case Text():
                return self.say(value, lang)
            case Decimal():
                return f"{value:,f}"
            case dt.datetime():
                return f"{write_date(value.date(), lang)} {value:%H:%M}"
            case dt.date():
                return write_date(value, lang)
            case _:
                return str(value)


def write_date(day: dt.date, lang: Lang) -> str:
    """Return *day* as people write it: `3 Nov 2026`, `2026年11月3日`."""
    if lang is Lang.EN:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def _shipped_names() -> Mapping[str, Labels]:
    roles = {f"role.{key}": each.labels for key, each in load_roles().items()}
    return {"yes": YES, "no": NO, **roles}


def _literal(name: str) -> str:
    return name.replace("{", "{{").replace("}", "}}")


def _read_folder(folder: Path, faults: list[str]) -> dict[str, tuple[str, dict[Lang, str]]]:
    """Return key → (place, sentence by language) of all files in *folder*; add what is wrong to *faults*."""
    found: dict[str, tuple[str, dict[Lang, str]]] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{path.name}: not a readable TOML file: {error}")
            continue
        for key, entry in _entries(tables):
            place = f"{path.name}: {key}"
            if key in found:
                faults.append(f"{place}: stands in {found[key][0].partition(':')[0]} already")
            else:
                found[key] = (place, _sentence(place, entry, faults))
    return found


def _entries(tables: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the entries of nested tables under dotted keys: `[state.draft]` is `["state.draft"]`."""
    for name, entry in tables.items():
        key = f"{above}.{name}" if above else name
        if isinstance(entry, dict) and entry and all(isinstance(each, dict) for each in entry.values()):
            yield from _entries(entry, key)
        else:
            yield key, entry


def _sentence(place: str, entry: Any, faults: list[str]) -> dict[Lang, str]:
    if not isinstance(entry, dict):
        faults.append(f"{place}: must be a table with {', '.join(Lang)}")
        return {}
    said: dict[Lang, str] = {}
    for name, words in entry.items():
        lang = _LANGUAGES.get(name)
        if lang is None:
            faults.append(f"{place}.{name}: not a language; there are {', '.join(Lang)}")
        elif not isinstance(words, str) or not words.strip():
            faults.append(f"{place}.{name}: must be text")
        elif fault := _blank_fault(words):
            faults.append(f"{place}.{name}: {fault}")
        else:
            said[lang] = words
    return said


def _faults(place: str, said: Mapping[Lang, str], shipped: Mapping[Lang, str]) -> Iterator[str]:
    """Yield what is wrong with one sentence that adds to, or replaces, *shipped*."""
    missing = [lang for lang in Lang if lang not in said and lang not in shipped]
    if missing:
        yield f"{place}: {', '.join(missing)} is missing"
    blanks = {lang: _blanks(words) for lang, words in said.items()}
    if not shipped and len(set(blanks.values())) > 1:
        listed = "; ".join(f"{lang}: {', '.join(sorted(names)) or 'none'}" for lang, names in blanks.items())
        yield f"{place}: the blanks differ between the languages ({listed})"
    known = frozenset[str]().union(*(_blanks(words) for words in shipped.values()))
    for lang, names in blanks.items():
        if shipped and not names <= known:
            yield f"{place}.{lang}: unknown blanks {', '.join(sorted(names - known))}"


def _blank_fault(words: str) -> str:
    """Return what is wrong with the blanks of *words*, '' if nothing is."""
    if "{" not in words and "}" not in words:
        return ""
    try:
        parts = tuple(string.Formatter().parse(words))
    except ValueError as error:
        return str(error)
    for _, name, spec, conversion in parts:
        if name is not None and (not name.isidentifier() or spec or conversion):
            return f"a blank must be a simple name such as {{value}}, not {{{name}}}"
    return ""


def _blanks(words: str) -> frozenset[str]:
    if "{" not in words:
        return frozenset()
    return frozenset(name for _, name, _, _ in string.Formatter().parse(words) if name is not None)
