"""Requests on merges, named ranges and protected ranges."""

import re
from dataclasses import replace

from tests.support.google import protection
from tests.support.google.book import Book, Named, Protected, Sheet
from tests.support.google.change import Change
from tests.support.google.errors import PROTECTED, Json, Refused, not_modelled
from tests.support.google.masks import update_mask
from tests.support.google.ranges import Area, Box, area_of, cells_of
from tests.support.google.view import named_range

PROTECTION = (
    *("range", "namedRangeId", "tableId", "description", "warningOnly", "requestingUserCanEdit"),
    *("unprotectedRanges", "editors"),
)
NAME = re.compile(r"[A-Za-z_一-鿿][\w]*")


def merge(change: Change, asked: Json) -> Json:
    """Merge cells; values other than the first are gone, as in Google."""
    sheet, _, box = change.area(asked.get("range") or {})
    change.guard(sheet, box)
    kind = asked.get("mergeType") or "MERGE_ALL"
    for area in list(sheet.merges):
        there = sheet.box(area)
        if there.meets(box) and not box.contains(there):
            raise Refused("You must select all cells in a merged range to merge or unmerge them.")
        if box.contains(there):
            sheet.merges.remove(area)
    for one in _parts(box, kind):
        if one.height * one.width > 1:
            sheet.merges.append(one.area(sheet.id))
            for row in one.rows:
                for column in one.columns:
                    if (row, column) != (one.top, one.left):
                        sheet.put(row, column, replace(sheet.at(row, column), entered=None))
    return {}


def _parts(box: Box, kind: str) -> list[Box]:
    if kind == "MERGE_ROWS":
        return [replace(box, top=row, bottom=row + 1) for row in box.rows]
    if kind == "MERGE_COLUMNS":
        return [replace(box, left=column, right=column + 1) for column in box.columns]
    return [box]


def unmerge(change: Change, asked: Json) -> Json:
    sheet, _, box = change.area(asked.get("range") or {})
    change.guard(sheet, box)
    for area in list(sheet.merges):
        there = sheet.box(area)
        if there.meets(box):
            if not box.contains(there):
                raise Refused("You must select all cells in a merged range to merge or unmerge them.")
            sheet.merges.remove(area)
    return {}


def _check_name(book: Book, name: str, own: str) -> None:
    if not NAME.fullmatch(name) or (cells_of(name, 0) is not None and name.isascii()):
        raise Refused(f"The name {name} is not valid for a named range.")
    if any(one.name.casefold() == name.casefold() and one.id != own for one in book.named.values()):
        raise Refused(f'A named range with the name "{name}" already exists. Please enter another name.')


def _checked_area(change: Change, grid: Json) -> Area:
    sheet, _, box = change.area(grid)
    area = area_of(grid)
    if area.bottom is not None and area.bottom > len(sheet.rows):
        raise Refused(f"Range ({sheet.a1(replace(box, bottom=area.bottom))}) exceeds grid limits.")
    return area


def add_named(change: Change, asked: Json) -> Json:
    look, book = asked.get("namedRange") or {}, change.book
    _check_name(book, look.get("name") or "", "")
    number = look.get("namedRangeId") or str(book.new_id(lambda taken: str(taken) in book.named))
    name = Named(id=number, name=look["name"], area=_checked_area(change, look.get("range") or {}))
    book.named[number] = name
    return {"namedRange": named_range(name)}


def update_named(change: Change, asked: Json) -> Json:
    look, book = asked.get("namedRange") or {}, change.book
    mask = update_mask(asked.get("fields"), "namedRange", ("name", "range"))
    name = book.named.get(look.get("namedRangeId") or "")
    if name is None:
        raise Refused(f"No named range with id: {look.get('namedRangeId')}")
    if "name" in mask or "*" in mask:
        _check_name(book, look.get("name") or "", name.id)
        name = replace(name, name=look["name"])
    if "range" in mask or "*" in mask:
        name = replace(name, area=_checked_area(change, look.get("range") or {}))
    book.named[name.id] = name
    return {}


def delete_named(change: Change, asked: Json) -> Json:
    if change.book.named.pop(asked.get("namedRangeId") or "", None) is None:
        raise Refused(f"No named range with id: {asked.get('namedRangeId')}")
    return {}


def add_protected(change: Change, asked: Json) -> Json:
    """Protect a range, a sheet or a named range. Whoever does so keeps the right to edit there."""
    look, book = asked.get("protectedRange") or {}, change.book
    number = look.get("protectedRangeId")
    if number is None:
        number = book.new_id(lambda taken: any(taken in sheet.protected for sheet in book.sheets))
    elif any(number in sheet.protected for sheet in book.sheets):
        raise Refused(f"A protected range with id {number} already exists.")
    if look.get("namedRangeId"):
        if look["namedRangeId"] not in book.named:
            raise Refused(f"No named range with id: {look['namedRangeId']}")
        sheet, area = book.sheet(book.named[look["namedRangeId"]].area.sheet), None
    elif look.get("range") is not None:
        area = area_of(look["range"])
        sheet = book.sheet(area.sheet)
    else:
        raise Refused("Must specify a range, a namedRangeId or a tableId.")
    asked_editors = look.get("editors") or {}
    kept = Protected(
        id=number,
        area=area,
        named=look.get("namedRangeId") or "",
        unprotected=_free(sheet, area, look.get("unprotectedRanges") or []),
        description=look.get("description") or "",
        warning_only=bool(look.get("warningOnly")),
        users=_users(asked_editors, bool(look.get("warningOnly"))),
    )
    sheet.protected[number] = replace(kept, users=kept.users | {change.caller.mail})
    answered = protection.described(book, kept, change.caller, "")
    editors = {"users": sorted(kept.users)} if kept.users else {}
    return {"protectedRange": answered | {"requestingUserCanEdit": True, "editors": editors}}


def _users(editors: Json, warning_only: bool) -> frozenset[str]:
    if editors.get("groups"):
        raise not_modelled("protected ranges whose editors are groups")
    if editors.get("domainUsersCanEdit"):
        raise not_modelled("protected ranges that a whole domain may edit")
    users = frozenset(editors.get("users") or ())
    if users and warning_only:
        raise Refused("Editors can't be set on a warning-only protected range.")
    return users


def _free(sheet: Sheet, area: Area | None, grids: list[Json]) -> tuple[Area, ...]:
    if grids and (area is None or area != Area(sheet=sheet.id)):
        raise Refused("unprotectedRanges are only supported on protected sheets.")
    return tuple(area_of({"sheetId": sheet.id} | grid) for grid in grids)


def _found(book: Book, number: int | None) -> tuple[Sheet, Protected]:
    for sheet in book.sheets:
        if number in sheet.protected:
            return sheet, sheet.protected[number]
    raise Refused(f"No protected range with id: {number}")


def update_protected(change: Change, asked: Json) -> Json:
    look = asked.get("protectedRange") or {}
    mask = update_mask(asked.get("fields"), "protectedRange", PROTECTION)
    sheet, kept = _found(change.book, look.get("protectedRangeId"))
    if not protection.may_edit(change.caller, kept):
        raise Refused(PROTECTED)
    fields = (
        set(mask)
        if "*" not in mask
        else {"range", "description", "warningOnly", "editors", "unprotectedRanges"}
    )
    if fields & {"namedRangeId", "tableId"}:
        raise not_modelled("moving a protection onto a named range or table")
    if "range" in fields:
        kept = replace(kept, area=area_of(look.get("range") or {}), named="")
    if "description" in fields:
        kept = replace(kept, description=look.get("description") or "")
    if "warningOnly" in fields:
        kept = replace(kept, warning_only=bool(look.get("warningOnly")))
    if "editors" in fields:
        users = _users(look.get("editors") or {}, kept.warning_only)
        kept = replace(kept, users=users | {change.caller.mail})
    if "unprotectedRanges" in fields:
        kept = replace(kept, unprotected=_free(sheet, kept.area, look.get("unprotectedRanges") or []))
    del sheet.protected[kept.id]
    (change.book.sheet(kept.area.sheet) if kept.area else sheet).protected[kept.id] = kept
    return {}


def delete_protected(change: Change, asked: Json) -> Json:
    sheet, kept = _found(change.book, asked.get("protectedRangeId"))
    if not protection.may_edit(change.caller, kept):
        raise Refused(PROTECTED)
    del sheet.protected[kept.id]
    return {}
