"""Who may edit where: protected ranges are enforced for the user who calls, person and program alike."""

from dataclasses import dataclass

from tests.support.google.book import Book, Protected, Sheet
from tests.support.google.errors import PROTECTED, Json, Refused
from tests.support.google.ranges import Area, Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The user a request is made for."""

    mail: str
    owner: bool = False
    """Owns the file, or manages the shared drive it lies on; protection does not bind them."""


def may_edit(caller: Caller, kept: Protected) -> bool:
    return kept.warning_only or caller.owner or caller.mail in kept.users


def guard(book: Book, sheet: Sheet, box: Box, caller: Caller) -> None:
    """Raise Refused if *caller* may not edit all of *box*."""
    for kept in sheet.protected.values():
        if may_edit(caller, kept):
            continue
        meant = area_of(book, kept)
        if meant is None or not sheet.box(meant).meets(box):
            continue
        touched = box.within(sheet.box(meant))
        if not _all_free([sheet.box(free) for free in kept.unprotected], touched):
            raise Refused(PROTECTED)


def _all_free(free: list[Box], box: Box) -> bool:
    """Does every cell of *box* lie in one of the exceptions?"""
    if any(one.contains(box) for one in free):
        return True
    return bool(free) and all(
        any(row in one.rows and column in one.columns for one in free)
        for row in box.rows
        for column in box.columns
    )


def guard_insertion(book: Book, sheet: Sheet, before: Box, behind: Box, caller: Caller) -> None:
    """Raise Refused if lines put in between *before* and *behind* would make a range larger that *caller* may not edit.

    At the end of a sheet *behind* is where the new lines come to lie: a range that is open there would take them in.

    That Google refuses this too is what its users report; no document says so.
    """
    for kept in sheet.protected.values():
        meant = area_of(book, kept)
        if meant is not None and not may_edit(caller, kept):
            box = meant.within(max(len(sheet.rows), behind.bottom), max(len(sheet.columns), behind.right))
            if box.meets(before) and box.meets(behind):
                raise Refused(PROTECTED)


def area_of(book: Book, kept: Protected) -> Area | None:
    """Where the protection lies now; that of a named range follows it."""
    if kept.area is not None:
        return kept.area
    named = book.named.get(kept.named)
    return named.area if named else None


def described(book: Book, kept: Protected, caller: Caller, owner: str) -> Json:
    """A ProtectedRange in an answer: editors are shown to those who may edit, and the owner is one of them."""
    found: Json = {"protectedRangeId": kept.id}
    area = area_of(book, kept)
    if area is not None:
        found["range"] = area.json()
    if kept.named:
        found["namedRangeId"] = kept.named
    if kept.description:
        found["description"] = kept.description
    if kept.warning_only:
        found["warningOnly"] = True
    if may_edit(caller, kept):
        found["requestingUserCanEdit"] = True
        users = sorted(kept.users | ({owner} if owner else frozenset()))
        found["editors"] = {"users": users} if users else {}
    if kept.unprotected:
        found["unprotectedRanges"] = [area.json() for area in kept.unprotected]
    return found
