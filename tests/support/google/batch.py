"""`spreadsheets.batchUpdate`: every request is applied to a copy of the book, and the copy is kept only if all went well."""

from collections.abc import Callable

from tests.support.google import (
    batch_cells,
    batch_dimensions,
    batch_metadata,
    batch_moves,
    batch_ranges,
    batch_rules,
    batch_sheets,
)
from tests.support.google.book import Book
from tests.support.google.change import Change
from tests.support.google.errors import Json, Refused, bad_field, invalid, not_modelled

REQUESTS: dict[str, Callable[[Change, Json], Json]] = {
    "addSheet": batch_sheets.add,
    "deleteSheet": batch_sheets.delete,
    "duplicateSheet": batch_sheets.duplicate,
    "updateSheetProperties": batch_sheets.update,
    "updateSpreadsheetProperties": batch_sheets.update_spreadsheet,
    "updateCells": batch_cells.update,
    "repeatCell": batch_cells.repeat,
    "appendCells": batch_cells.append,
    "findReplace": batch_cells.find_replace,
    "copyPaste": batch_moves.copy_paste,
    "cutPaste": batch_moves.cut_paste,
    "sortRange": batch_moves.sort,
    "insertDimension": batch_dimensions.insert,
    "deleteDimension": batch_dimensions.delete,
    "moveDimension": batch_dimensions.move,
    "appendDimension": batch_dimensions.append,
    "updateDimensionProperties": batch_dimensions.update,
    "autoResizeDimensions": batch_dimensions.auto_resize,
    "addDimensionGroup": batch_dimensions.add_group,
    "deleteDimensionGroup": batch_dimensions.delete_group,
    "insertRange": batch_moves.insert_range,
    "deleteRange": batch_moves.delete_range,
    "mergeCells": batch_ranges.merge,
    "unmergeCells": batch_ranges.unmerge,
    "addNamedRange": batch_ranges.add_named,
    "updateNamedRange": batch_ranges.update_named,
    "deleteNamedRange": batch_ranges.delete_named,
    "addProtectedRange": batch_ranges.add_protected,
    "updateProtectedRange": batch_ranges.update_protected,
    "deleteProtectedRange": batch_ranges.delete_protected,
    "setBasicFilter": batch_rules.set_filter,
    "clearBasicFilter": batch_rules.clear_filter,
    "setDataValidation": batch_rules.set_validation,
    "addConditionalFormatRule": batch_rules.add_conditional,
    "updateConditionalFormatRule": batch_rules.update_conditional,
    "deleteConditionalFormatRule": batch_rules.delete_conditional,
    "createDeveloperMetadata": batch_metadata.create,
    "updateDeveloperMetadata": batch_metadata.update,
    "deleteDeveloperMetadata": batch_metadata.delete,
}
ANSWERED = frozenset(
    [
        "addSheet",
        "duplicateSheet",
        "addNamedRange",
        "addProtectedRange",
        "findReplace",
        "addDimensionGroup",
        "deleteDimensionGroup",
        "updateConditionalFormatRule",
        "deleteConditionalFormatRule",
        "createDeveloperMetadata",
        "updateDeveloperMetadata",
        "deleteDeveloperMetadata",
    ]
)
"""Kinds of request that have a reply of their own; the others are answered by an empty one."""
UNKNOWN_NAME = (
    "Invalid JSON payload received. Unknown name \"{name}\" at 'requests[{at}]': Cannot find field."
)
OTHER_KINDS = frozenset(
    [
        "addBanding",
        "addChart",
        "addDataSource",
        "addFilterView",
        "addSlicer",
        "addTable",
        "autoFill",
        "cancelDataSourceRefresh",
        "deleteBanding",
        "deleteDataSource",
        "deleteDuplicates",
        "deleteEmbeddedObject",
        "deleteFilterView",
        "deleteTable",
        "duplicateFilterView",
        "pasteData",
        "randomizeRange",
        "refreshDataSource",
        "textToColumns",
        "trimWhitespace",
        "updateBanding",
        "updateBorders",
        "updateChartSpec",
        "updateDataSource",
        "updateDimensionGroup",
        "updateEmbeddedObjectBorder",
        "updateEmbeddedObjectPosition",
        "updateFilterView",
        "updateSlicerSpec",
        "updateTable",
    ]
)
"""Kinds of request that Google has and the emulator does not."""


def applied(change: Change, requests: list[Json]) -> tuple[Book, list[Json]]:
    """The book after all *requests*, and the replies. Raises Answer (400) naming the request that cannot be done."""
    if not requests:
        raise invalid("Must specify at least one request.")
    for at, request in enumerate(requests):
        for name in request:
            if name in OTHER_KINDS:
                raise not_modelled(f"the request {name}")
            if name not in REQUESTS:
                raise bad_field(f"requests[{at}]", UNKNOWN_NAME.format(name=name, at=at))
        if len(request) != 1:
            raise invalid(f"Invalid requests[{at}]: Exactly one kind of request must be set.")
    change = change.on(change.book.copy())
    replies = []
    for at, request in enumerate(requests):
        ((name, asked),) = request.items()
        try:
            reply = REQUESTS[name](change, asked or {})
        except Refused as no:
            raise invalid(f"Invalid requests[{at}].{name}: {no}") from None
        replies.append({name: reply} if name in ANSWERED else {})
    return change.book, replies
