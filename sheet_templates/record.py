"""The nouns of what people fill in: values, records, addresses, changes and problems. No I/O."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, NewType, Protocol, TypeAlias

from sheet_templates.form import DeskKey, FieldKey, FormKey, Labels, Lang

RecordId = NewType("RecordId", str)

Value: TypeAlias = str | bool | Decimal | dt.date | dt.time | None
"""A canonical value. Text, choice, number of the linked record: str. NUMBER, MONEY and PERCENT: Decimal."""


class Flaw(StrEnum):
    """Why a cell has no usable value. Each is the key of the words that say so."""

    ERROR = "cell.error"
    FORMULA = "cell.formula"
    """It was never calculated."""
    NO_DAY = "date.no_such_day"
    """29 February 1900: spreadsheets have it, and no calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A cell without a usable value."""

    text: str
    """`#REF!`, or the formula as typed, or what stands for a day that never was."""
    flaw: Flaw = Flaw.ERROR


Cell: TypeAlias = str | bool | int | float | Decimal | dt.datetime | dt.date | dt.time | Broken | None
"""What stands in a cell, as the file has it."""

Shown: TypeAlias = str | bool | Decimal | dt.date | dt.time | None
"""What we put into a cell: text is always written as text, never as a formula."""

Param: TypeAlias = "str | int | Decimal | dt.date | Text"


class State(StrEnum):
    """Where a record stands. Forms without an approval chain stay RECORDED."""

    RECORDED = "recorded"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"
    RETRACTED = "retracted"
    """It does not count any more, as if it had never been entered: nothing shows it, counts it or refers to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A sentence to be said in the reader's language: a key of `words/*.toml` and its blanks."""

    key: str
    params: tuple[tuple[str, Param], ...] = ()


def text(key: str, /, **params: Param) -> Text:
    """Return the sentence *key* with its blanks filled from *params*."""
    return Text(key=key, params=tuple(sorted(params.items())))


NAMED: Final = "labels"
"""The key of a Text that carries its own words, by language."""


def named(labels: Labels) -> Text:
    """Return *labels* (of a form, a field, a choice …) as a sentence or as part of one."""
    return Text(key=NAMED, params=tuple((lang.value, labels.in_(lang)) for lang in Lang))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one value stands."""

    form: FormKey
    record: RecordId
    field: FieldKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One filled row, as the store holds it."""

    form: FormKey
    id: RecordId
    number: str
    values: Mapping[FieldKey, Value] = field(default_factory=dict)
    """Only filled fields are present."""
    state: State = State.RECORDED
    version: int = 1
    created_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None

    def __getitem__(self, key: str) -> Value:
        return self.values.get(FieldKey(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edited cell."""

    address: Address
    old: Value
    new: Value
    desk: DeskKey | None
    """None: a rule did it."""
    person: str | None
    cause: str
    """The file's content hash, or `rule:<key>`, or `opening`."""


class Severity(StrEnum):
    """How much a problem holds up."""

    ERROR = "error"
    """What was typed waits."""
    NOTICE = "notice"
    """What was typed is taken, or what happened has been mended; a person should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a person must look at, said so that he can mend it (what is wrong, and how)."""

    what: Text
    mend: Text
    severity: Severity = Severity.ERROR
    desk: DeskKey | None = None
    file: str | None = None
    form: FormKey | None = None
    record: RecordId | None = None
    field: FieldKey | None = None
    row: int | None = None
    """The row's number in the sheet, as the program shows it."""
    value: str | None = None
    """What was typed, as it was typed."""
    rule: str | None = None
    clause: str | None = None


class Records(Protocol):
    """Read access to records, as they stand or as they will stand. Whoever needs records asks for this."""

    def get(self, form: FormKey, record: RecordId) -> Record | None:
        """Return the record, or None."""
        ...

    def numbered(self, form: FormKey, number: str) -> Record | None:
        """Return the record of *form* with this visible number, or None; a retracted one keeps its number."""
        ...

    def holding(self, form: FormKey, field: FieldKey, value: Value) -> tuple[Record, ...]:
        """Return the records that count whose unique, link or person *field* holds *value*: none retracted.

        Text is compared folded (`sheet_templates.match.fold`); links and persons by number.
        """
        ...

    def every(self, form: FormKey) -> Iterable[Record]:
        """Return all records of *form* that count, in order of creation: none retracted."""
        ...
