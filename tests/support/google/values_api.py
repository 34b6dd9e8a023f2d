"""The methods of `spreadsheets.values`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.google import filters, values
from tests.support.google.asked import Asked, Reply
from tests.support.google.book import Book, Sheet
from tests.support.google.drive import File
from tests.support.google.errors import Json, Refused, bad_field, invalid
from tests.support.google.masks import cut, mask_of
from tests.support.google.ranges import Area, Box
from tests.support.google.sheets_api import project
from tests.support.google.world import World

OPTIONS = ("RAW", "USER_ENTERED")


@contextmanager
def _placed(place: str = "") -> Iterator[None]:
    """A refusal becomes a 400 that names its place in the request."""
    try:
        yield
    except Refused as no:
        raise invalid(f"Invalid {place}: {no}" if place else str(no)) from None


def _masked(asked: Asked, body: Json) -> Reply:
    fields = asked.one("fields")
    return Reply(body=cut(body, mask_of(fields)) if fields else body)


def _option(given: str) -> str:
    """RAW or USER_ENTERED. Raises Answer (400) for anything else."""
    if not given:
        raise invalid("'valueInputOption' is required but not specified")
    if given not in OPTIONS:
        name = "type.googleapis.com/google.apps.sheets.v4.ValueInputOption"
        raise bad_field("value_input_option", f"Invalid value at 'value_input_option' ({name}), \"{given}\"")
    return given


def get(world: World, asked: Asked) -> Reply:
    _, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    with _placed():
        sheet, area = values.resolve(book, asked.parts["range"])
        box = values.inside(sheet, area)
        return _masked(asked, values.read(book, sheet, box, values.rendering(asked.options())))


def batch_get(world: World, asked: Asked) -> Reply:
    _, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    how = values.rendering(asked.options())
    found = []
    with _placed():
        for word in asked.query.get("ranges", []):
            sheet, area = values.resolve(book, word)
            found.append(values.read(book, sheet, values.inside(sheet, area), how))
    return _masked(asked, {"spreadsheetId": book.id} | ({"valueRanges": found} if found else {}))


def batch_get_by_data_filter(world: World, asked: Asked) -> Reply:
    """One answer for each area matched, with the filters that matched it; areas in the order of the sheets."""
    _, book = world.readable(asked.parts["spreadsheetId"], asked.mail)
    body = asked.body()
    how = values.rendering(body)
    matched: list[tuple[Sheet, Box, list[Json]]] = []
    with _placed():
        for one in body.get("dataFilters") or []:
            for sheet, area in filters.areas(book, one, project(world, asked)):
                box = values.inside(sheet, area)
                same = next((fits for other, there, fits in matched if other is sheet and there == box), None)
                if same is None:
                    matched.append((sheet, box, [one]))
                else:
                    same.append(one)
    found = [
        {"valueRange": values.read(book, sheet, box, how), "dataFilters": fits}
        for sheet, box, fits in matched
    ]
    return _masked(asked, {"spreadsheetId": book.id} | ({"valueRanges": found} if found else {}))


class _Writing:
    """Writing to a copy of the spreadsheet, which is kept when all is written."""

    def __init__(self, world: World, asked: Asked, option: str = "") -> None:
        self.world, self.asked, self.option = world, asked, option
        self.file: File
        self.file, old = world.writable(asked.parts["spreadsheetId"], asked.mail)
        self.book: Book = old.copy()
        self.caller = world.caller(self.file, asked.mail)

    def write(self, number: int, area: Area, lines: list[list[Any]]) -> tuple[Sheet, Box]:
        sheet = self.book.sheet(number)
        return sheet, values.write(self.book, sheet, area, lines, option=self.option, caller=self.caller)

    def keep(self) -> None:
        self.world.keep(self.file, self.book, self.asked.mail)


def _updated(work: _Writing, area: Area, box: Box, lines: list[list[Any]], more: Json) -> Json:
    """UpdateValuesResponse; it counts what was sent, empty strings too, but not nulls.

    `updatedData`, if asked for, shows all of the *area* that was named, be the part that was written smaller.
    """
    sheet = work.book.sheet(area.sheet)
    found: Json = {"spreadsheetId": work.book.id, "updatedRange": sheet.a1(box)}
    touched = _touched(sheet, box, lines)
    if touched:
        found |= {
            "updatedRows": len({row for _, row, _ in touched}),
            "updatedColumns": len({column for _, _, column in touched}),
            "updatedCells": len(touched),
        }
    if more.get("includeValuesInResponse") in (True, "true", "True"):
        how = values.rendering(more, "response")
        whole = sheet.box(area)
        found["updatedData"] = values.read(work.book, sheet, whole if whole.contains(box) else box, how)
    return found


def _touched(sheet: Sheet, box: Box, lines: list[list[Any]]) -> set[tuple[int, int, int]]:
    """Sheet, row and column of every cell that a value was sent for."""
    return {
        (sheet.id, row, column)
        for row, line in enumerate(lines, box.top)
        for column, one in enumerate(line, box.left)
        if one is not None
    }


def update(world: World, asked: Asked) -> Reply:
    work = _Writing(world, asked, _option(asked.one("valueInputOption")))
    body = asked.body()
    lines = values.value_lists(body, "data.values")
    with _placed():
        sheet, area = values.resolve(work.book, asked.parts["range"])
        _, box = work.write(sheet.id, area, lines)
    work.keep()
    return _masked(asked, _updated(work, area, box, lines, asked.options()))


def batch_update(world: World, asked: Asked) -> Reply:
    def areas(work: _Writing, one: Json) -> list[tuple[Sheet, Area]]:
        return [values.resolve(work.book, one.get("range") or "")]

    return _batch(world, asked, areas, lambda found, one: found)


def batch_update_by_data_filter(world: World, asked: Asked) -> Reply:
    """Write to every area that a filter matches. A filter that matches nothing writes nothing and is no error."""

    def areas(work: _Writing, one: Json) -> list[tuple[Sheet, Area]]:
        return filters.areas(work.book, one.get("dataFilter") or {}, project(world, asked))

    def told(found: Json, one: Json) -> Json:
        del found["spreadsheetId"]
        return found | {"dataFilter": one.get("dataFilter") or {}}

    return _batch(world, asked, areas, told)


def _batch(
    world: World,
    asked: Asked,
    areas: Callable[[_Writing, Json], list[tuple[Sheet, Area]]],
    told: Callable[[Json, Json], Json],
) -> Reply:
    body = asked.body()
    work = _Writing(world, asked, _option(body.get("valueInputOption") or ""))
    responses: list[Json] = []
    touched: set[tuple[int, int, int]] = set()
    for at, one in enumerate(body.get("data") or []):
        lines = values.value_lists(one, f"data[{at}].values")
        with _placed(f"data[{at}]"):
            for sheet, area in areas(work, one):
                _, box = work.write(sheet.id, area, lines)
                touched |= _touched(sheet, box, lines)
                found = _updated(work, area, box, lines, body)
                responses.append(told(found, one))
    work.keep()
    totals = {
        "totalUpdatedRows": len({(sheet, row) for sheet, row, _ in touched}),
        "totalUpdatedColumns": len({(sheet, column) for sheet, _, column in touched}),
        "totalUpdatedCells": len(touched),
        "totalUpdatedSheets": len({sheet for sheet, _, _ in touched}),
    }
    found = {"spreadsheetId": work.book.id} | {name: count for name, count in totals.items() if count}
    if responses:
        found["responses"] = responses
    return _masked(asked, found)


def append(world: World, asked: Asked) -> Reply:
    work = _Writing(world, asked, _option(asked.one("valueInputOption")))
    lines = values.value_lists(asked.body(), "data.values")
    with _placed():
        sheet, area = values.resolve(work.book, asked.parts["range"])
        insert = asked.one("insertDataOption") == "INSERT_ROWS"
        table, box = values.append(
            work.book, area, lines, option=work.option, insert=insert, caller=work.caller
        )
    work.keep()
    found: Json = {"spreadsheetId": work.book.id}
    if table:
        found["tableRange"] = sheet.a1(table)
    return _masked(
        asked, found | {"updates": _updated(work, box.area(sheet.id), box, lines, asked.options())}
    )


def clear(world: World, asked: Asked) -> Reply:
    work = _Writing(world, asked)
    with _placed():
        sheet, area = values.resolve(work.book, asked.parts["range"])
        box = values.inside(sheet, area)
        values.clear(work.book, sheet, box, work.caller)
    work.keep()
    return _masked(asked, {"spreadsheetId": work.book.id, "clearedRange": sheet.a1(box)})


def batch_clear(world: World, asked: Asked) -> Reply:
    work = _Writing(world, asked)
    cleared = []
    for at, word in enumerate(asked.body().get("ranges") or []):
        with _placed(f"range[{at}]"):
            sheet, area = values.resolve(work.book, word)
            cleared.append(_cleared(work, sheet, area))
    work.keep()
    return _masked(asked, {"spreadsheetId": work.book.id, "clearedRanges": cleared})


def batch_clear_by_data_filter(world: World, asked: Asked) -> Reply:
    work = _Writing(world, asked)
    cleared = []
    with _placed():
        for one in asked.body().get("dataFilters") or []:
            for sheet, area in filters.areas(work.book, one, project(world, asked)):
                cleared.append(_cleared(work, sheet, area))
    work.keep()
    return _masked(asked, {"spreadsheetId": work.book.id} | ({"clearedRanges": cleared} if cleared else {}))


def _cleared(work: _Writing, sheet: Sheet, area: Area) -> str:
    box = values.inside(sheet, area)
    values.clear(work.book, sheet, box, work.caller)
    return sheet.a1(box)
