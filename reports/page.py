"""The nouns of a page: what a report says, before anything is rendered. No I/O.

A page is rendered as a mail (`reports.render_html`) and as a workbook (`reports.render_xlsx`). Every figure
carries the numbers of the records that it was computed from, so that whoever doubts it can follow it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from reports.period import Period
from sheet_templates.form import Labels
from sheet_templates.record import Text, text

Said: TypeAlias = Text | Labels | str
"""What is said in the reader's language: a sentence, a form's or field's label, or a name as a record has it."""

PageCell: TypeAlias = Said | Decimal | dt.date | None
"""What stands in one place of a table."""


class Kind(StrEnum):
    """How a value is written."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    """A fraction: 0.125 is written 12.5 %."""
    DATE = "date"


class Tone(StrEnum):
    """Whether something is good or bad news; shown as colour, never as colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A sentence or two."""

    text: Said
    tone: Tone = Tone.PLAIN
    heading: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that matters, beside the same number of the period before."""

    label: Said
    value: Decimal | None
    """None: it cannot be known; a dash is shown."""
    kind: Kind = Kind.NUMBER
    before: Decimal | None = None
    """The same figure of the period before, if comparing makes sense."""
    growth: Tone = Tone.PLAIN
    """What it means when the figure grows."""
    note: Said | None = None
    numbers: tuple[str, ...] = ()
    """The numbers of the records behind it."""

    @property
    def change(self) -> Decimal | None:
        """The growth on the period before, as a fraction; None if there is nothing to grow from."""
        return growth(self.value, self.before)

    @property
    def tone(self) -> Tone:
        """Whether the change is good or bad news."""
        change = self.change
        if not change or self.growth is Tone.PLAIN:
            return Tone.PLAIN
        if change > 0:
            return self.growth
        return Tone.BAD if self.growth is Tone.GOOD else Tone.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A row of figures, shown as tiles."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    label: Said
    kind: Kind = Kind.TEXT
    summed: bool = False
    """The table's total adds it up."""
    compares: tuple[int, int] | None = None
    """For a change: the places of the columns that it compares, so that the total has one too."""
    mailed: bool = True
    """False: too much for a mail; only the workbook has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table."""

    cells: tuple[PageCell, ...]
    numbers: tuple[str, ...] = ()
    """The numbers of the records behind it."""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns. Raises ValueError if a row does not fit the columns."""

    title: Said
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    note: Said | None = None
    empty: Said = ""
    """What is said in place of a table without rows."""
    mailed: int = 15
    """How many rows a mail shows; the workbook has all."""

    def __post_init__(self) -> None:
        lines = self.rows if self.total is None else (*self.rows, self.total)
        for line in lines:
            if len(line.cells) != len(self.columns):
                raise ValueError(f"{len(line.cells)} cells in a table of {len(self.columns)} columns: {line}")


class ChartKind(StrEnum):
    """How a chart draws its series."""

    BAR = "bar"
    """Horizontal bars, side by side: for names."""
    COLUMN = "column"
    """Upright bars, side by side: for times and classes."""
    STACKED = "stacked"
    """Horizontal bars, one on the other."""
    LINE = "line"
    PIE = "pie"
    """Shares of a whole; one series without negative values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a chart."""

    label: Said
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of figures that stand in a table too. Raises ValueError if its parts do not fit together."""

    title: Said
    kind: ChartKind
    categories: tuple[Said, ...]
    series: tuple[Series, ...]
    value: Kind = Kind.MONEY

    def __post_init__(self) -> None:
        for each in self.series:
            if len(each.values) != len(self.categories):
                raise ValueError(
                    f"{len(each.values)} values for {len(self.categories)} categories: {each.label}"
                )
        if self.kind is ChartKind.PIE and (
            len(self.series) != 1 or any(value is None or value < 0 for value in self.series[0].values)
        ):
            raise ValueError(f"A pie has one series and no negative values: {self.title}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that somebody is told."""

    headline: Said
    lines: tuple[Said, ...] = ()
    number: str = ""
    """The record that it is about."""
    clause: str = ""
    """Why: the policy's clause."""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Things of one kind that somebody is told."""

    title: Said
    points: tuple[Point, ...]


Block: TypeAlias = Paragraph | Figures | Table | Chart | Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report, or a mail, as it is before it is rendered."""

    key: str
    """Names its files: `expense`."""
    subject: Said
    """The mail's subject: says the point (TX-4.2)."""
    title: Said
    subtitle: Said
    period: Period | None
    blocks: tuple[Block, ...]
    details: tuple[Table, ...] = ()
    """The records behind the figures, one table a form; only the workbook has them."""
    footnotes: tuple[Said, ...] = ()
    """Definitions: which date counts, which states."""
    clauses: tuple[str, ...] = ()
    """The policy's clauses that the page carries out: `IT-5.3.2`."""
    why: Said
    """Why the reader gets it."""
    made: dt.date | None = None
    """The day on which the figures stood so."""
    currency: str = ""
    """What the money is in: `CNY`."""
    receivers: tuple[str, ...] = ()
    """For whom it is made, by name: it says so wherever it is passed on to."""


def growth(value: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Return how much *value* is above *before*, as a fraction of it; None if it cannot be said."""
    if value is None or not before:
        return None
    return (value - before) / abs(before)


def totalled(label: Said, columns: Sequence[Column], rows: Iterable[Row]) -> Row:
    """Return the row that adds up the summed columns of *rows*; *label* stands in the first column."""
    lines = tuple(rows)
    cells: list[PageCell] = [label]
    for place, column in enumerate(columns[1:], start=1):
        amounts = [cell for line in lines if isinstance(cell := line.cells[place], Decimal)]
        cells.append(sum(amounts, Decimal(0)) if column.summed else None)
    for place, column in enumerate(columns):
        if column.compares is not None:
            now, before = (cells[each] for each in column.compares)
            if isinstance(now, Decimal) and isinstance(before, Decimal):
                cells[place] = growth(now, before)
    numbers = tuple(dict.fromkeys(number for line in lines for number in line.numbers))
    return Row(cells=tuple(cells), numbers=numbers)


def with_total(table: Table) -> Table:
    """Return *table* with a total of its summed columns, if it has rows."""
    if not table.rows:
        return table
    return replace(table, total=totalled(text("reports.total"), table.columns, table.rows))


def mailed_rows(table: Table) -> tuple[Row, ...]:
    """Return the rows that a mail shows: the first ones, and the others added up, so that the total is theirs."""
    if len(table.rows) <= table.mailed:
        return table.rows
    kept, rest = table.rows[: table.mailed], table.rows[table.mailed :]
    if table.total is None:
        return kept
    return (*kept, totalled(text("reports.others", count=str(len(rest))), table.columns, rest))
