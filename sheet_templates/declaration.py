"""What the loaders of declarations (forms, roles, limits, words, rules) have in common."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sheet_templates.form import Labels

_LABELS: Final = {"zh-Hant": "zh_hant", "zh-Hans": "zh_hans", "en": "en"}


class DeclarationError(ValueError):
    """A declaration is broken: says every fault, not only the first one.

    A wrong declaration is the administrator's or the developer's to mend before anything starts; what
    people type into cells never raises it.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        """One sentence each, beginning with file and path: `customer.toml: fields.name.type: …`."""
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a declaration while it is read: it knows its path, and collects what is wrong.

    Each `take_…` returns the value of one key, or a stand-in if that value is missing or of a wrong kind: the
    fault is in *faults*, and reading goes on so that all faults are found at once.
    """

    entries: Mapping[str, Any]
    place: str
    """`customer.toml: fields.name`, for messages."""
    faults: list[str]
    taken: set[str] = field(default_factory=set)

    def fault(self, key: str, what: str) -> None:
        """Note that *what* is wrong with *key*."""
        place = f"{self.place}.{key}" if ": " in self.place else f"{self.place}: {key}"
        self.faults.append(f"{place if key else self.place}: {what}")

    def take_text(self, key: str) -> str:
        """Return text that must be there."""
        if key not in self.entries:
            self.taken.add(key)
            self.fault(key, "is missing")
            return ""
        return self.find_text(key) or ""

    def find_text(self, key: str) -> str | None:
        """Return text, None if the key is missing."""
        value = self._take(key, needed=False, default=None)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            self.fault(key, "must be text in quotes, and not empty")
            return None
        return value

    def take_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty if the key is missing."""
        value = self._take(key, needed=False, default=[])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            self.fault(key, "must be a list of texts")
            return ()
        for doubled in sorted({each for each in value if value.count(each) > 1}):
            self.fault(key, f"{doubled} stands twice")
        return tuple(dict.fromkeys(value))

    def take_flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false, *default* if the key is missing."""
        value = self._take(key, needed=False, default=default)
        if not isinstance(value, bool):
            self.fault(key, "must be true or false")
            return False
        return value

    def take_whole(self, key: str, default: int) -> int:
        """Return a whole number above zero, *default* if the key is missing."""
        value = self._take(key, needed=False, default=default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.fault(key, "must be a whole number above zero")
            return default
        return value

    def take_number(self, key: str, *, needed: bool = False) -> Decimal | None:
        """Return a number, None if the key is missing."""
        value = self._take(key, needed=needed, default=None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
            self.fault(key, "must be a number")
            return None
        return Decimal(value)

    def take_table(self, key: str, *, needed: bool = False) -> "Table | None":
        """Return the table under *key*, None if it is missing."""
        value = self._take(key, needed=needed, default=None)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(key, "must be a table")
            return None
        return self.inner(key, value)

    def inner(self, key: str, entries: Mapping[str, Any]) -> "Table":
        """Return *entries*, which stand under *key*, as a table of their own that shares this one's faults."""
        place = f"{self.place}.{key}" if ": " in self.place else f"{self.place}: {key}"
        return Table(entries=entries, place=place, faults=self.faults)

    def tables(self) -> Iterator[tuple[str, "Table"]]:
        """Yield every entry, each of which must be a table."""
        for key in self.entries:
            table = self.take_table(key)
            if table is not None:
                yield key, table

    def take_labels(self, key: str, *, needed: bool = True) -> Labels | None:
        """Return a name in three languages, None if the key is missing (a fault if it is *needed*)."""
        table = self.take_table(key, needed=needed)
        return None if table is None else table.as_labels()

    def as_labels(self) -> Labels:
        """Return this table, which has the three languages and perhaps aliases, as labels."""
        names = {attribute: self.take_text(lang) for lang, attribute in _LABELS.items()}
        labels = Labels(**names, aliases=self.take_texts("aliases"))
        self.close()
        return labels

    def close(self) -> None:
        """Note the keys that nobody asked for: each is a misspelling, or means something that does not exist."""
        for key in self.entries:
            if key not in self.taken:
                self.fault(key, f"unknown key{meant(key, self.taken - self.entries.keys())}")

    def _take(self, key: str, needed: bool, default: Any) -> Any:
        self.taken.add(key)
        if key in self.entries:
            return self.entries[key]
        if needed:
            self.fault(key, "is missing")
        return default


def meant(word: str, known: Iterable[str]) -> str:
    """Return a question for the word of *known* that *word* looks like; '' if it looks like none."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""


def read_table(path: Path, faults: list[str]) -> Table | None:
    """Read one TOML file. Numbers with a point are Decimals. None, and a fault, if it is not readable TOML."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: not a readable TOML file: {error}")
        return None
    return Table(entries=entries, place=path.name, faults=faults)
