"""Records by what they have in common, and the tables and charts that come of it. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias, TypeVar

from reports.page import Chart, ChartKind, Column, Kind, PageCell, Said, Series
from sheet_templates.record import Text, text

Key = TypeVar("Key")
Thing = TypeVar("Thing")

Amounts: TypeAlias = Sequence[tuple[Said, tuple[Decimal, ...]]]
"""What a chart draws: a category's name and one value for each series."""


def grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, tuple[Thing, ...]]:
    """Return *things* by their *key*, in order of first appearance."""
    found: dict[Key, list[Thing]] = {}
    for each in things:
        found.setdefault(key(each), []).append(each)
    return {each: tuple(inside) for each, inside in found.items()}


def money(label: Said, *, mailed: bool = True) -> Column:
    """Return a column of money that the table's total adds up."""
    return Column(label=label, kind=Kind.MONEY, summed=True, mailed=mailed)


def count(label: Said, *, mailed: bool = True) -> Column:
    """Return a column of counts that the table's total adds up."""
    return Column(label=label, kind=Kind.NUMBER, summed=True, mailed=mailed)


def as_said(cell: PageCell) -> Said:
    """Return what stands in a table's first column as the name of a chart's category."""
    return (
        cell
        if cell is not None and not isinstance(cell, Decimal) and not hasattr(cell, "isoformat")
        else str(cell)
    )


def top(amounts: Amounts, most: int) -> Amounts:
    """Return the first *most* of *amounts*, the rest added up as one: the shares of a whole need all of it."""
    if len(amounts) <= most:
        return tuple(amounts)
    kept, rest = amounts[: most - 1], amounts[most - 1 :]
    added = tuple(sum(values, Decimal(0)) for values in zip(*(values for _, values in rest), strict=True))
    return (*kept, (text("reports.others", count=str(len(rest))), added))


def bars(
    title: Text,
    labels: Sequence[Said],
    amounts: Amounts,
    *,
    kind: ChartKind = ChartKind.BAR,
    value: Kind = Kind.MONEY,
    most: int = 12,
) -> tuple[Chart, ...]:
    """Return a chart of *amounts* with one series for each of *labels*; no chart if there is nothing to draw.

    A pie folds all after the *most* largest into one; of bars only the first *most* are drawn, and the title
    says so: a chart with 85 bars says nothing, and neither does one with a bar for the other 73.
    """
    drawn = top(amounts, most) if kind is ChartKind.PIE else tuple(amounts[:most])
    if not any(each for _, values in drawn for each in values):
        return ()
    left_out = len(drawn) < len(amounts) and kind is not ChartKind.PIE
    series = tuple(
        Series(label=label, values=tuple(values[place] for _, values in drawn))
        for place, label in enumerate(labels)
    )
    return (
        Chart(
            title=text("reports.first", title=title, count=str(most)) if left_out else title,
            kind=kind,
            categories=tuple(name for name, _ in drawn),
            series=series,
            value=value,
        ),
    )


def listed(numbers: Sequence[str], most: int = 10) -> Text:
    """Return record numbers as one piece of a sentence: the first few, and how many there are."""
    shown = ", ".join(numbers[:most])
    if len(numbers) <= most:
        return text("plain", value=shown)
    return text("reports.page.more_records", numbers=shown, count=str(len(numbers)))
