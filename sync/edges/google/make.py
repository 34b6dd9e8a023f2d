"""Makes a desk's spreadsheet, or makes it again from a kept snapshot. What a crash left half made is made anew.

It is shared when it is whole, so nobody types into it meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sheet_templates.form import ID, Desk, Form, FormKey
from sync.edges.google.answer import Live, Sheet
from sync.edges.google.areas import SPARE_COLUMNS, SPARE_ROWS, Request
from sync.edges.google.dress import merged, sheet_requests
from sync.edges.google.drive import FILED, MAKING, READY, Drive, OnlineFile
from sync.edges.google.faults import denied
from sync.edges.google.lay import Laid, lay
from sync.edges.google.marking import fact_request, metadata_requests
from sync.edges.google.marks import DESK, RENDER, number_of
from sync.edges.google.model import Model, texts_request
from sync.edges.google.offers import conditions
from sync.edges.google.payload import parted
from sync.edges.google.read import layout_of
from sync.edges.google.snapshot import Held, Snapshot, Tab
from sync.edges.xlsx.layout import HIDDEN_SHEET
from sync.edges.xlsx.traces import DESK_ROW
from sync.ports import Patch

_BYTES: Final = 500_000
"""Of the rows that are written with one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Makes spreadsheets."""

    drive: Drive
    forms: Mapping[FormKey, Form]
    given: Mapping[str, str]
    """Spreadsheets that the administrator made: a desk's key or name → id."""

    def existing(self, desk: Desk) -> tuple[OnlineFile, ...]:
        """Return what there is of a desk at Google, the oldest first. Raises Trouble."""
        mine = (each for each in self.drive.files() if each.desk == desk.key and each.state != FILED)
        return tuple(sorted(mine, key=lambda each: (each.made, each.id)))

    def start(self, desk: Desk, title: str, halves: Sequence[OnlineFile]) -> str:
        """Return the id of an empty spreadsheet that is *desk*'s, in the making. Raises Trouble."""
        # A department's key is its role. One that has a desk for each of its people names no spreadsheet: it would be
        # all of theirs.
        given = self.given.get(str(desk.key)) or self.given.get(desk.name, "")
        if given:
            self._check(given, desk)
        for each in halves:
            if each.state == MAKING and each.id != given:
                self.drive.discard(each.id)
        if not given:
            return self.drive.make(title, desk.key, desk.name)
        self.drive.claim(given, desk.key, desk.name)
        return given

    def _check(self, given: str, desk: Desk) -> None:
        """Make sure that a spreadsheet which was made by hand is nobody else's desk. Raises Denied or Gone."""
        file = self.drive.file(given)
        if file.state == READY and file.desk != desk.key:
            raise denied("taken", f"{given} is the desk {file.desk}")

    def design(
        self, id_: str, desk: Desk, patch: Patch, template: bytes, of: Snapshot | None
    ) -> tuple[Laid, Model]:
        """Return what the spreadsheet will hold. Raises Harm."""
        model = Model.of(template, desk, self.forms)
        start = (
            Snapshot(file=id_, tabs=_with_desk(model.tabs(), desk)) if of is None else replace(of, file=id_)
        )
        return lay(start, patch, self.forms, model), model

    def fill(self, first: Live, desk: Desk, laid: Laid, model: Model, patch: Patch) -> None:
        """Put all of it into a spreadsheet, in the place of what it holds (*first*). Raises Trouble."""
        id_ = first.snapshot.file
        if len(first.sheets) > 1 or first.facts:
            # One that was made by hand, and is a desk once more, or was half filled.
            self.drive.batches(id_, _emptying(first, patch.render))
            first = self.drive.read(id_)
        old = sorted(first.sheets)
        self.drive.batches(id_, self._requests(desk, laid, model, patch, first.sheets))
        self.drive.batch(id_, [{"deleteSheet": {"sheetId": each}} for each in old])

    def finish(self, id_: str) -> None:
        """Say that a spreadsheet is whole: from now on it is looked at. Raises Trouble."""
        self.drive.call(id_, READY)

    def _requests(
        self, desk: Desk, laid: Laid, model: Model, patch: Patch, there: Mapping[int, Sheet]
    ) -> Iterator[Request]:
        choices = patch.shape.choices if patch.shape is not None else {}
        sheets = layout_of(laid.snapshot, self.forms).sheets
        by_part = {each.part: form for form, each in sheets.items()}
        for at, each in enumerate(there.values()):
            # Out of the way: the sheet that Google began with may be called as one of ours.
            yield {
                "updateSheetProperties": {
                    "properties": {"sheetId": each.id, "title": f"{patch.render}-{at}"},
                    "fields": "title",
                }
            }
        for index, tab in enumerate(laid.snapshot.tabs):
            form = by_part.get(str(tab.id))
            if form is not None and form in model.sheets:
                columns = sheets[form].columns
                rows = len(tab.cells)
                offered = conditions(form, choices, laid.lists)
                yield from sheet_requests(
                    model, tab, index, rows=rows, form=form, columns=columns, offered=offered
                )
                if ID in columns:
                    yield from metadata_requests(form, tab, columns[ID])
            else:
                yield from _other(model, tab, index)
            yield from _cells(tab)
        yield fact_request(DESK, str(desk.key))
        yield fact_request(RENDER, patch.render)


def _with_desk(tabs: Sequence[Tab], desk: Desk) -> tuple[Tab, ...]:
    """Return the sheets with the desk's key among the marks."""
    found: list[Tab] = []
    for tab in tabs:
        if tab.title != HIDDEN_SHEET:
            found.append(tab)
            continue
        cells: list[tuple[Held, ...]] = [*tab.cells]
        cells += [()] * (DESK_ROW - len(cells))
        cells[DESK_ROW - 1] = (str(desk.key),)
        found.append(replace(tab, cells=tuple(cells)))
    return tuple(found)


def _emptying(there: Live, render: str) -> Iterator[Request]:
    """Yield what leaves one empty sheet, and nothing of ours."""
    blank = number_of("blank", render)
    yield {"addSheet": {"properties": {"sheetId": blank, "title": render}}}
    for id_, _ in there.names.values():
        yield {"deleteNamedRange": {"namedRangeId": id_}}
    for each in there.sheets:
        yield {"deleteSheet": {"sheetId": each}}
    for number, _ in there.facts.values():
        yield {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": number}}}}


def _other(model: Model, tab: Tab, index: int) -> Iterator[Request]:
    """Yield what makes a sheet that is no form's: ours, or one that people had added."""
    if tab.title in model.book.sheetnames:
        yield from sheet_requests(model, tab, index, rows=len(tab.cells))
        return
    width = max((len(row) for row in tab.cells), default=1)
    room = {"rowCount": len(tab.cells) + SPARE_ROWS, "columnCount": width + SPARE_COLUMNS}
    place = {"sheetId": tab.id, "title": tab.title, "index": index, "gridProperties": room}
    yield {"addSheet": {"properties": place}}
    yield from merged(tab)


def _cells(tab: Tab) -> Iterator[Request]:
    top = 0
    for rows in parted(tab.cells, most=_BYTES):
        yield texts_request(tab.id, rows, top)
        top += len(rows)
