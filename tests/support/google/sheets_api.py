"""The methods of the Sheets API but those on values."""

from dataclasses import replace

from tests.support.google import batch, filters, view
from tests.support.google.asked import Asked, Reply
from tests.support.google.batch_sheets import new_sheet
from tests.support.google.book import Book
from tests.support.google.change import Change
from tests.support.google.drive import SPREADSHEET, File
from tests.support.google.errors import Json, Refused, invalid, no_storage, not_modelled
from tests.support.google.masks import checked, cut, cut_object, mask_of
from tests.support.google.values import resolve
from tests.support.google.world import World


def get(world: World, asked: Asked) -> Reply:
    file, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    try:
        areas = [resolve(book, word) for word in asked.query.get("ranges", [])]
    except Refused as no:
        raise invalid(str(no)) from None
    change = seen_by(world, asked, file, book)
    return Reply(
        body=shown(asked, change, view.Wanted(areas=tuple(areas), data=asked.yes("includeGridData")))
    )


def get_by_data_filter(world: World, asked: Asked) -> Reply:
    file, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    body = asked.body()
    change = seen_by(world, asked, file, book)
    try:
        areas = [
            found
            for one in body.get("dataFilters") or []
            for found in filters.areas(book, one, change.project)
        ]
    except Refused as no:
        raise invalid(str(no)) from None
    wanted = view.Wanted(areas=tuple(areas), data=bool(body.get("includeGridData")))
    return Reply(body=shown(asked, change, wanted))


def shown(asked: Asked, change: Change, wanted: view.Wanted) -> Json:
    """The spreadsheet cut to the `fields` of the request. With a mask, cells are shown if it names them."""
    fields = asked.one("fields")
    mask = mask_of(fields) if fields else {}
    checked(mask, view.KNOWN)
    if mask and "*" not in mask:
        sheets = mask.get("sheets")
        data = sheets is not None and ("data" in sheets or (not sheets and wanted.data))
        wanted = replace(wanted, data=data, mask=mask)
    return cut_object(view.spreadsheet(change, wanted), mask)


def project(world: World, asked: Asked) -> str:
    return world.accounts[asked.mail].project


def create(world: World, asked: Asked) -> Reply:
    body = asked.body()
    if not world.rules.service_account_has_storage:
        raise no_storage()
    for name in set(body) - {"properties", "sheets", "namedRanges"}:
        raise not_modelled(f"spreadsheets.create with {name}")
    for one in body.get("sheets") or []:
        if set(one) - {"properties"}:
            raise not_modelled(f"spreadsheets.create with sheets of {sorted(one)}")
    look = body.get("properties") or {}
    file = world.new_file(look.get("title") or "Untitled spreadsheet", SPREADSHEET, asked.mail)
    book = world.new_book(file.id, file.name, look)
    try:
        if body.get("sheets"):
            book.sheets = []
            for at, one in enumerate(body["sheets"], 1):
                given = {"sheetId": 0} if at == 1 else {}
                book.sheets.append(new_sheet(book, given | (one.get("properties") or {}), f"Sheet{at}"))
        for one in body.get("namedRanges") or []:
            change = seen_by(world, asked, file, book)
            batch.REQUESTS["addNamedRange"](change, {"namedRange": one})
    except Refused as no:
        del world.files[file.id]
        raise invalid(str(no)) from None
    file.book = book
    return Reply(body=shown(asked, seen_by(world, asked, file, book), view.Wanted()))


def seen_by(world: World, asked: Asked, file: File, book: Book) -> Change:
    """The book with whom it is for; changes to it are kept only by `World.keep`."""
    book.marks_follow_a_sort = world.rules.metadata_follows_a_sort
    return Change(
        book=book,
        caller=world.caller(file, asked.mail),
        owner=file.owner,
        project=project(world, asked),
    )


def batch_update(world: World, asked: Asked) -> Reply:
    file, book = world.writable(asked.parts["spreadsheetId"], asked.mail)
    body = asked.body()
    new, replies = batch.applied(seen_by(world, asked, file, book), body.get("requests") or [])
    world.keep(file, new, asked.mail)
    found: Json = {"spreadsheetId": book.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        areas = tuple(resolve(new, word) for word in body.get("responseRanges") or [])
        wanted = view.Wanted(areas=areas, data=bool(body.get("responseIncludeGridData")))
        found["updatedSpreadsheet"] = view.spreadsheet(seen_by(world, asked, file, new), wanted)
    mask = asked.one("fields")
    return Reply(body=cut(found, mask_of(mask)) if mask else found)


def metadata_get(world: World, asked: Asked) -> Reply:
    _, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    mark = filters.by_id(book, int(asked.parts["metadataId"]), project(world, asked))
    return Reply(body=filters.described(book, mark))


def metadata_search(world: World, asked: Asked) -> Reply:
    _, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    wanted = asked.body().get("dataFilters") or []
    own = project(world, asked)
    fits: dict[int, list[Json]] = {}
    try:
        for one in wanted:
            for mark in filters.matching(book, [one], own):
                fits.setdefault(mark.id, []).append(one)
    except Refused as no:
        raise invalid(str(no)) from None
    found = [
        {"developerMetadata": filters.described(book, book.marks[number]), "dataFilters": ones}
        for number, ones in fits.items()
    ]
    body: Json = {"matchedDeveloperMetadata": found} if found else {}
    mask = asked.one("fields")
    return Reply(body=cut(body, mask_of(mask)) if mask else body)


def copy_to(world: World, asked: Asked) -> Reply:
    """Copy one sheet into another spreadsheet."""
    _, source = world.readable(asked.parts["spreadsheetId"], asked.mail)
    file, target = world.writable(asked.body().get("destinationSpreadsheetId") or "", asked.mail)
    if source.id != target.id:
        raise not_modelled("sheets.copyTo another spreadsheet")
    book = target.copy()
    reply = batch.REQUESTS["duplicateSheet"](
        seen_by(world, asked, file, book),
        {"sourceSheetId": int(asked.parts["sheetId"]), "insertSheetIndex": len(book.sheets)},
    )
    world.keep(file, book, asked.mail)
    return Reply(body=reply["properties"])
