"""Looking into pages: find a table or a figure by its key, say a table as plain rows."""

from decimal import Decimal

from reports.page import Figure, Figures, Page, PageCell, Row, Table
from sheet_templates.form import Labels, Lang
from sheet_templates.record import Text
from tests.support.company import words


def english(cell: PageCell) -> object:
    """Return what a reader sees of *cell*; numbers and dates as they are."""
    match cell:
        case Text():
            return words().say(cell, Lang.EN)
        case Labels():
            return cell.en
        case _:
            return cell


def table(page: Page, title: str) -> Table:
    """Return the table of *page* whose title has the key *title*."""
    found = [each for each in page.blocks if isinstance(each, Table) and _key(each.title) == title]
    assert len(found) == 1, f"{len(found)} tables called {title}"
    return found[0]


def figure(page: Page, label: str) -> Figure:
    """Return the figure of *page* whose label has the key *label*."""
    every = [each for block in page.blocks if isinstance(block, Figures) for each in block.figures]
    found = [each for each in every if _key(each.label) == label]
    assert len(found) == 1, f"{len(found)} figures called {label}"
    return found[0]


def rows(table_: Table) -> list[tuple[object, ...]]:
    """Return the rows of a table as a reader sees them."""
    return [cells(each) for each in table_.rows]


def cells(row: Row) -> tuple[object, ...]:
    """Return one row as a reader sees it."""
    return tuple(english(each) for each in row.cells)


def column(table_: Table, place: int) -> Decimal:
    """Return the sum of one column of numbers."""
    return sum((cell for row in table_.rows if isinstance(cell := row.cells[place], Decimal)), Decimal(0))


def _key(said: object) -> str:
    return said.key if isinstance(said, Text) else str(said)
