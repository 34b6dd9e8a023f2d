"""Records by what they have in common, and the tables and charts that come of it. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from reports.page import Chart, ChartKind, Column, Kind, PageCell, Said, Series
from sheet_templates.record import text

Key = TypeVar("Key")
Thing = TypeVar("Thing")


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


def top(
    amounts: Sequence[tuple[Said, tuple[Decimal, ...]]], most: int
) -> tuple[tuple[Said, tuple[Decimal, ...]], ...]:
    """Return the first *most* of *amounts*, the rest added up as one: a chart with 85 bars says nothing."""
    if len(amounts) <= most:
        return tuple(amounts)
    kept, rest = amounts[: most - 1], amounts[most - 1 :]
    added = tuple(sum(values, Decimal(0)) for values in zip(*(values for _, values in rest), strict=True))
    return (*kept, (text("reports.others", count=str(len(rest))), added))


def bars(
    title: Said,
    labels: Sequence[Said],
    amounts: Sequence[tuple[Said, tuple[Decimal, ...]]],
    *,
    kind: ChartKind = ChartKind.BAR,
    value: Kind = Kind.MONEY,
    most: int = 12,
) -> tuple[Chart, ...]:
    """Return a chart of *amounts* with one series for each of *labels*; no chart if there is nothing to draw."""
    drawn = top(amounts, most)
    if not any(each for _, values in drawn for each in values):
        return ()
    series = tuple(
        Series(label=label, values=tuple(values[place] for _, values in drawn))
        for place, label in enumerate(labels)
    )
    return (
        Chart(
            title=title, kind=kind, categories=tuple(name for name, _ in drawn), series=series, value=value
        ),
    )
