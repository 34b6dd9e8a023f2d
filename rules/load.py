"""The only reader of the book of rules: TOML files to a Book, or one error with all faults."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from rules.formula import read_formulas
from rules.names import Names
from rules.reader import Columns, Reader
from rules.rule import Book
from sheet_templates.declaration import DeclarationError, Table, read_table
from sheet_templates.form import Form, FormKey, Role
from sheet_templates.words import Words

SHIPPED: Final = Path(__file__).parent / "book"
COLUMNS: Final = Path(__file__).parent / "columns.toml"

_KINDS: Final = ("check", "chain", "transfer", "reminder")
_Read = TypeVar("_Read")


class RuleError(DeclarationError):
    """Rules are broken: every fault, with file and path."""


def load_book(
    *dirs: Path,
    forms: Mapping[FormKey, Form],
    words: Words,
    roles: Collection[Role],
    limits: Collection[str],
) -> Book:
    """Read the shipped rules, then those in each of *dirs* (a company's own).

    A company's rule replaces the shipped one of the same kind and key in its place; with `off = true` it
    takes it out. *forms* are those without the columns of chains (`rules.columns` makes these from the book).

    Raises RuleError with the faults of all files, and OSError if a file cannot be read.
    """
    return read_book((SHIPPED, *dirs), Names(forms=forms, words=words, roles=roles, limits=limits))


def read_book(folders: Iterable[Path], names: Names) -> Book:
    """Read the rules of *folders*, a later one's in the place of an earlier one's. Raises RuleError."""
    faults: list[str] = []
    tables = _tables(folders, faults)
    named = read_table(COLUMNS, faults)
    if named is None:
        raise RuleError(faults)
    columns = Columns.read(named)
    reader = Reader(names=names, columns=columns)
    book = Book(
        checks=_read(tables["check"], reader.check),
        chains=_read(tables["chain"], reader.chain),
        transfers=_read(tables["transfer"], reader.transfer),
        reminders=_read(tables["reminder"], reader.reminder),
        formulas=read_formulas(names.forms, names.limits, faults),
    )
    faults.extend(_between(book))
    if faults:
        raise RuleError(faults)
    return book


def _tables(folders: Iterable[Path], faults: list[str]) -> Mapping[str, Mapping[str, Table]]:
    """Return the tables of all rules by kind and key, a company's in the place of the shipped ones."""
    found: dict[str, dict[str, Table]] = {kind: {} for kind in _KINDS}
    for folder in folders:
        own: dict[tuple[str, str], str] = {}
        for path in sorted(folder.glob("*.toml")):
            table = read_table(path, faults)
            if table is None:
                continue
            for kind, key, rule in _rules(table):
                if (kind, key) in own:
                    rule.fault("", f"stands in {own[kind, key]} already")
                own[kind, key] = path.name
                if rule.take_flag("off"):
                    if found[kind].pop(key, None) is None:
                        rule.fault("off", f"there is no {kind} {key} to take out")
                else:
                    found[kind][key] = rule
    return found


def _rules(table: Table) -> Iterator[tuple[str, str, Table]]:
    for kind in _KINDS:
        declared = table.take_table(kind)
        for key, rule in declared.tables() if declared is not None else ():
            if not key.isidentifier():
                rule.fault("", "a rule's key must be letters, digits and _")
            yield kind, key, rule
    table.close()


def _read(tables: Mapping[str, Table], read: Callable[[str, Table], _Read | None]) -> tuple[_Read, ...]:
    return tuple(rule for key, table in tables.items() if (rule := read(key, table)) is not None)


def _between(book: Book) -> Iterator[str]:
    """Yield what is wrong between rules."""
    chained: dict[Any, str] = {}
    for chain in book.chains:
        if chain.form in chained:
            yield f"chain.{chain.key}: {chain.form} has the chain {chained[chain.form]} already"
        chained[chain.form] = chain.key
    for reminder in book.reminders:
        if reminder.turn and reminder.form not in chained:
            yield f"reminder.{reminder.key}: turn: {reminder.form} has no approval chain"
