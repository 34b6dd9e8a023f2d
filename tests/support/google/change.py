"""What a request to change a book has at hand: the book, and for whom it is done."""

from dataclasses import dataclass, replace

from tests.support.google.book import Book, Sheet
from tests.support.google.errors import Json
from tests.support.google.protection import Caller, guard, guard_insertion
from tests.support.google.ranges import Area, Box, area_of
from tests.support.google.values import inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change in the making; *book* is a copy that may be thrown away."""

    book: Book
    caller: Caller
    owner: str
    project: str

    def on(self, book: Book) -> "Change":
        return replace(self, book=book)

    def area(self, grid: Json) -> tuple[Sheet, Area, Box]:
        """The sheet, area and cells that a GridRange means. Raises Refused if it lies beyond the sheet."""
        area = area_of(grid)
        sheet = self.book.sheet(area.sheet)
        return sheet, area, inside(sheet, area)

    def guard(self, sheet: Sheet, box: Box) -> None:
        """Raise Refused if the caller may not edit *box*."""
        guard(self.book, sheet, box, self.caller)

    def guard_insertion(self, sheet: Sheet, before: Box, behind: Box) -> None:
        """Raise Refused if the caller may not put lines in between two neighbours."""
        guard_insertion(self.book, sheet, before, behind, self.caller)
