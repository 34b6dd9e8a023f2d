"""What is wrong with a declaration, in the reader's language. Pure.

Loaders say faults in English, as exceptions do: they are read before there are words, the words' own faults among them.
In another language a fault is found by its English sentence in words/faults.toml, where its blanks are its parts.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from sheet_templates.form import Lang
from sheet_templates.words import Words

_KEYS: Final = "fault."
_TYPES: Final = "fault.type."
"""What types are called, wherever a blank is one: `type`, `needed_type`."""
_MEANT: Final = "fault.meant."
"""What joins the words that were perhaps meant: the blank `near`."""
_ASKS: Final = "fault.did_you_mean"
"""Its fault goes before any that could take the question for a part of itself."""
_INNER: Final = "fault"
"""The blank that is a fault itself."""
_PLACED: Final = re.compile(
    r"(?P<place>(?:(?:[\w./-]+\.toml)(?::\d+:\d+)?: )?(?:[^\s:“]+: )?)(?P<what>.+)", flags=re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """One sentence as it is found: the more of it is fixed, the more it says."""

    key: str
    found_by: re.Pattern[str]
    fixed: int

    @classmethod
    def of(cls, key: str, english: str) -> Self:
        """Return the pattern of an *english* sentence with blanks."""
        parts = tuple(string.Formatter().parse(english))
        said = "".join(re.escape(text) + (f"(?P<{name}>.+)" if name else "") for text, name, _, _ in parts)
        fixed = sum(len(text) for text, _, _, _ in parts)
        return cls(key=key, found_by=re.compile(said, flags=re.DOTALL), fixed=fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Says faults in one language."""

    words: Words
    lang: Lang
    patterns: tuple[_Pattern, ...]

    @classmethod
    def of(cls, words: Words, lang: Lang) -> Self:
        """Return what says faults in *lang*."""
        found = [
            _Pattern.of(key, said[Lang.EN]) for key, said in words.sentences.items() if key.startswith(_KEYS)
        ]
        return cls(
            words=words,
            lang=lang,
            patterns=tuple(sorted(found, key=lambda each: (each.key != _ASKS, -each.fixed))),
        )

    def say(self, fault: str) -> str:
        """Return *fault* (`rules/order.toml:4:1: chain.order.steps: …`); what no sentence fits stays in English."""
        placed = _PLACED.fullmatch(fault)
        if self.lang is Lang.EN or placed is None:
            return fault
        return placed["place"] + self._what(placed["what"])

    def knows(self, what: str) -> bool:
        """Return whether a sentence fits *what* is wrong."""
        return next(self._fitting(what), None) is not None

    def _what(self, what: str) -> str:
        return next((self._filled(*each) for each in self._fitting(what)), what)

    def _filled(self, key: str, blanks: Mapping[str, str]) -> str:
        return self.words.sentences[key][self.lang].format_map(
            {name: self._blank(name, said) for name, said in blanks.items()}
        )

    def _blank(self, name: str, said: str) -> str:
        if name == _INNER:
            return self._what(said)
        kind = _TYPES if name.endswith("type") else _MEANT if name == "near" else None
        if kind is None:
            return said
        return next((self._filled(*each) for each in self._fitting(said, kind)), said)

    def _fitting(self, what: str, kind: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the sentences that fit, the best first: those of a *kind*, else those that are no part of others."""
        for each in self.patterns:
            part = each.key.startswith((_TYPES, _MEANT))
            if (each.key.startswith(kind) if kind else not part) and (found := each.found_by.fullmatch(what)):
                yield each.key, found.groupdict()
