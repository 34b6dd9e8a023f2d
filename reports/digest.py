"""The mails that are not reports: one digest a person a day, and a single notice when it is urgent. No I/O.

They take plain values, so that this package need not know how the engine stores its notices and problems.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reports.page import Block, Column, Page, Paragraph, Point, Points, Row, Said, Table
from reports.period import Period, PeriodKind
from sheet_templates.form import Labels
from sheet_templates.record import Text, named, text

_MISTAKES_MAILED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One cell of the person's own workbook that could not be taken, or was put back."""

    file: str
    """The workbook's name, without folders."""
    sheet: Said
    row: int | None
    """As the program shows it; None if it is about the whole sheet."""
    column: Said
    value: str
    """As it was typed."""
    what: Text
    mend: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All that one person is to be told on one day."""

    person: str
    """What the person is called."""
    on: dt.date
    decisions: tuple[Point, ...] = ()
    """What waits for the person's decision."""
    mistakes: tuple[Mistake, ...] = ()
    told: tuple[Point, ...] = ()
    """What happened to records that concern the person."""
    reminders: tuple[Point, ...] = ()
    currency: str = ""
    """Of all amounts: ISO 4217."""
    head: str = ""
    """How the journal stands, for those who keep it outside: `1234:<hash>`."""
    alone: bool = False
    """The head is told though there is nothing else to tell."""


def digest(day: Day) -> Page | None:
    """Return the mail of *day*, grouped by kind; None if there is nothing to tell."""
    counts = tuple(
        text(f"reports.digest.count.{name}", count=str(len(those)))
        for name, those in (
            ("decisions", day.decisions),
            ("mistakes", day.mistakes),
            ("reminders", day.reminders),
            ("told", day.told),
        )
        if those
    )
    if not counts and not (day.head and day.alone):
        return None
    points = (*day.decisions, *day.reminders, *day.told)
    return Page(
        key="digest",
        subject=_listed(counts, day.on) if counts else text("reports.digest.subject.head", day=day.on),
        title=text("reports.digest.title", person=day.person),
        subtitle=text("reports.day", day=day.on),
        period=Period.holding(PeriodKind.DAY, day.on),
        blocks=(
            *_points("decisions", day.decisions),
            *_mistakes(day.mistakes),
            *_points("reminders", day.reminders),
            *_points("told", day.told),
            *((Paragraph(text=text("evidence.head", head=day.head)),) if day.head else ()),
        ),
        currency=day.currency if points else "",
        clauses=_clauses(points),
        why=text("reports.digest.why"),
        made=day.on,
    )


def notice_page(person: str, notice: Point, on: dt.date, currency: str = "") -> Page:
    """Return the mail that tells *person* one urgent thing at once. *currency*: of all amounts, ISO 4217."""
    return Page(
        key="notice",
        subject=notice.headline,
        title=notice.headline,
        subtitle=text("reports.digest.for", person=person, day=on),
        period=Period.holding(PeriodKind.DAY, on),
        blocks=(Points(title=text("reports.digest.details"), points=(notice,)),),
        currency=currency,
        clauses=_clauses((notice,)),
        why=text("reports.notice.why"),
        made=on,
    )


def _listed(counts: Sequence[Text], on: dt.date) -> Text:
    """Return the subject: what there is, and the day."""
    names = ("first", "second", "third", "fourth")[: len(counts)]
    return text(f"reports.digest.subject.{len(counts)}", day=on, **dict(zip(names, counts, strict=True)))


def _points(name: str, points: tuple[Point, ...]) -> tuple[Block, ...]:
    return (Points(title=text(f"reports.digest.{name}"), points=points),) if points else ()


def _mistakes(mistakes: Sequence[Mistake]) -> tuple[Block, ...]:
    """Return what is wrong in the person's workbook: where, what was typed, what is wrong, how to mend it."""
    if not mistakes:
        return ()
    columns = tuple(
        Column(label=text(f"reports.digest.{each}")) for each in ("place", "value", "what", "mend")
    )
    rows = tuple(Row(cells=(_place(each), each.value, each.what, each.mend)) for each in mistakes)
    return (
        Table(title=text("reports.digest.mistakes"), columns=columns, rows=rows, mailed=_MISTAKES_MAILED),
    )


def _place(mistake: Mistake) -> Text:
    """Return where the mistake stands: as much of file, sheet, row and column as is known."""
    sheet, column = _text(mistake.sheet), _text(mistake.column)
    if sheet is None:
        return text("plain", value=mistake.file)
    if mistake.row is None:
        return text("reports.digest.on_sheet", file=mistake.file, sheet=sheet)
    if column is None:
        return text("reports.digest.on_row", file=mistake.file, sheet=sheet, row=str(mistake.row))
    return text("reports.digest.in_cell", file=mistake.file, sheet=sheet, row=str(mistake.row), column=column)


def _text(what: Said) -> Text | None:
    """Return a label or name as a blank of a sentence; None if it is empty."""
    match what:
        case Text():
            return what
        case Labels():
            return named(what)
        case str():
            return text("plain", value=what) if what else None


def _clauses(points: Iterable[Point]) -> tuple[str, ...]:
    """Return each clause once: a point may name several, after commas."""
    named_in = (clause.strip() for each in points for clause in each.clause.split(","))
    return tuple(dict.fromkeys(clause for clause in named_in if clause))
