"""A page as plain text, for mail programs and readers that show no HTML. Columns line up in a fixed font."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from reports.page import Chart, Figure, Figures, Kind, Page, Paragraph, Point, Points, Table, mailed_rows
from reports.written import NOTHING, change, plain, said, written
from sheet_templates.form import Lang
from sheet_templates.record import Text, text
from sheet_templates.words import Words

_WIDE: Final = frozenset("WF")


def plain_text(page: Page, words: Words, lang: Lang) -> str:
    """Return *page* as text in *lang*. Charts are left out: their figures stand in the tables."""
    lines = [said(page.title, words, lang), said(page.subtitle, words, lang)]
    for block in page.blocks:
        match block:
            case Chart():
                continue
            case Paragraph():
                shown = _paragraph(block, words, lang)
            case Figures():
                shown = [_figure(each, words, lang) for each in block.figures]
            case Table():
                shown = list(_table(block, words, lang))
            case Points():
                shown = list(_points(block, words, lang))
        lines += ["", *shown]
    lines += ["", *about(page, words, lang)]
    if page.footnotes:
        lines += ["", said(text("reports.page.definitions"), words, lang)]
        lines += [f"{place}. {said(each, words, lang)}" for place, each in enumerate(page.footnotes, start=1)]
    lines += ["", said(text("reports.page.why", why=said(page.why, words, lang)), words, lang)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def about(page: Page, words: Words, lang: Lang, *, mailed: bool = True) -> list[str]:
    """Return the lines that say what the figures are: the workbook (in a mail), currency, day and clauses."""
    said_of = []
    if page.details and mailed:
        said_of.append(text("reports.page.workbook"))
    if page.currency:
        said_of.append(text("reports.page.currency", currency=page.currency))
    if page.made and page.details:
        said_of.append(text("reports.page.made", day=page.made))
    if page.clauses:
        said_of.append(text("reports.page.clauses", clauses=", ".join(page.clauses)))
    if page.receivers:
        said_of.append(made_for(page))
    return [said(each, words, lang) for each in said_of]


def made_for(page: Page) -> Text:
    """Return for whom *page* was made, and when."""
    names = ", ".join(page.receivers)
    if page.made is None:
        return text("reports.page.made_for", names=names)
    return text("reports.page.made_for_on", names=names, day=page.made)


def _paragraph(block: Paragraph, words: Words, lang: Lang) -> list[str]:
    heading = [_heading(said(block.heading, words, lang))] if block.heading else []
    return [*heading, said(block.text, words, lang)]


def _heading(title: str) -> str:
    return f"== {title} =="


def _figure(figure: Figure, words: Words, lang: Lang) -> str:
    value = NOTHING if figure.value is None else plain(figure.value, figure.kind)
    beside = []
    if figure.before is not None:
        was = said(text("reports.page.before", value=plain(figure.before, figure.kind)), words, lang)
        beside.append(was if figure.change is None else f"{change(figure.change)} ({was})")
    if figure.note:
        beside.append(said(figure.note, words, lang))
    return f"{said(figure.label, words, lang)}: {value}" + "".join(f" · {each}" for each in beside)


def _table(table: Table, words: Words, lang: Lang) -> Iterator[str]:
    yield _heading(said(table.title, words, lang))
    if not table.rows:
        yield said(table.empty, words, lang)
        return
    shown = [place for place, column in enumerate(table.columns) if column.mailed]
    rows = mailed_rows(table)
    lines = [[said(table.columns[place].label, words, lang) for place in shown]]
    lines += [
        [written(row.cells[place], table.columns[place].kind, words, lang) for place in shown]
        for row in (*rows, *((table.total,) if table.total else ()))
    ]
    left = [table.columns[place].kind is Kind.TEXT for place in shown]
    yield from _aligned(lines, left)
    if len(table.rows) > table.mailed:
        yield said(text("reports.page.more_rows", count=str(len(table.rows) - table.mailed)), words, lang)
    if table.note:
        yield said(table.note, words, lang)


def _aligned(lines: Sequence[Sequence[str]], left: Sequence[bool]) -> Iterator[str]:
    flat = [[" ".join(cell.split()) for cell in line] for line in lines]
    widths = [max(_width(line[place]) for line in flat) for place in range(len(left))]
    for line in flat:
        cells = (
            _padded(cell, width, left=is_left)
            for cell, width, is_left in zip(line, widths, left, strict=True)
        )
        yield "  ".join(cells)


def _padded(cell: str, width: int, *, left: bool) -> str:
    space = " " * (width - _width(cell))
    return cell + space if left else space + cell


def _width(cell: str) -> int:
    """Return how many columns *cell* takes in a fixed font: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(each) in _WIDE else 1 for each in cell)


def _points(block: Points, words: Words, lang: Lang) -> Iterator[str]:
    yield _heading(said(block.title, words, lang))
    for point in block.points:
        yield from _point(point, words, lang)


def _point(point: Point, words: Words, lang: Lang) -> Iterator[str]:
    yield f"* {said(point.headline, words, lang)}"
    for line in point.lines:
        yield f"  {said(line, words, lang)}"
    clause = said(text("reports.page.clause", clause=point.clause), words, lang) if point.clause else ""
    beside = " · ".join(each for each in (point.number, clause) if each)
    if beside:
        yield f"  {beside}"
