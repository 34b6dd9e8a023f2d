"""Which function answers which request: a written-out table of methods and paths."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.google import drive_api, permissions_api, sheets_api, values_api
from tests.support.google.asked import Asked, Reply
from tests.support.google.world import World

Function = Callable[[World, Asked], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method of an API."""

    operation: str
    method: str
    path: re.Pattern[str]
    counts: str
    """What quota it uses: Read, Write or Drive."""
    function: Function


def _route(operation: str, method: str, path: str, counts: str, function: Function) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/:?]+)", path)
    return Route(
        operation=operation, method=method, path=re.compile(pattern), counts=counts, function=function
    )


BOOK = "/v4/spreadsheets/{spreadsheetId}"
RANGE = BOOK + "/values/(?P<range>.+?)"
FILE = "/drive/v3/files/{fileId}"
ROUTES = (
    _route("spreadsheets.create", "POST", "/v4/spreadsheets", "Write", sheets_api.create),
    _route("spreadsheets.get", "GET", BOOK, "Read", sheets_api.get),
    _route(
        "spreadsheets.getByDataFilter", "POST", BOOK + ":getByDataFilter", "Read", sheets_api.get_by_data_filter
    ),
    _route("spreadsheets.batchUpdate", "POST", BOOK + ":batchUpdate", "Write", sheets_api.batch_update),
    _route("spreadsheets.values.batchGet", "GET", BOOK + "/values:batchGet", "Read", values_api.batch_get),
    _route(
        "spreadsheets.values.batchGetByDataFilter",
        "POST",
        BOOK + "/values:batchGetByDataFilter",
        "Read",
        values_api.batch_get_by_data_filter,
    ),
    _route(
        "spreadsheets.values.batchUpdate", "POST", BOOK + "/values:batchUpdate", "Write", values_api.batch_update
    ),
    _route(
        "spreadsheets.values.batchUpdateByDataFilter",
        "POST",
        BOOK + "/values:batchUpdateByDataFilter",
        "Write",
        values_api.batch_update_by_data_filter,
    ),
    _route("spreadsheets.values.batchClear", "POST", BOOK + "/values:batchClear", "Write", values_api.batch_clear),
    _route(
        "spreadsheets.values.batchClearByDataFilter",
        "POST",
        BOOK + "/values:batchClearByDataFilter",
        "Write",
        values_api.batch_clear_by_data_filter,
    ),
    _route("spreadsheets.values.append", "POST", RANGE + ":append", "Write", values_api.append),
    _route("spreadsheets.values.clear", "POST", RANGE + ":clear", "Write", values_api.clear),
    _route("spreadsheets.values.get", "GET", RANGE, "Read", values_api.get),
    _route("spreadsheets.values.update", "PUT", RANGE, "Write", values_api.update),
    _route(
        "spreadsheets.developerMetadata.search",
        "POST",
        BOOK + "/developerMetadata:search",
        "Read",
        sheets_api.metadata_search,
    ),
    _route(
        "spreadsheets.developerMetadata.get",
        "GET",
        BOOK + "/developerMetadata/{metadataId}",
        "Read",
        sheets_api.metadata_get,
    ),
    _route(
        "spreadsheets.sheets.copyTo", "POST", BOOK + "/sheets/{sheetId}:copyTo", "Write", sheets_api.copy_to
    ),
    _route("drive.files.list", "GET", "/drive/v3/files", "Drive", drive_api.list_files),
    _route("drive.files.create", "POST", "/drive/v3/files", "Drive", drive_api.create),
    _route("drive.files.create", "POST", "/upload/drive/v3/files", "Drive", drive_api.upload),
    _route("drive.files.get", "GET", FILE, "Drive", drive_api.get),
    _route("drive.files.update", "PATCH", FILE, "Drive", drive_api.update),
    _route("drive.files.update", "PATCH", "/upload" + FILE, "Drive", drive_api.upload_over),
    _route("drive.files.update", "PUT", "/upload/drive/v2/files/{fileId}", "Drive", drive_api.upload_over),
    _route("drive.files.delete", "DELETE", FILE, "Drive", drive_api.delete),
    _route("drive.files.copy", "POST", FILE + "/copy", "Drive", drive_api.copy),
    _route("drive.files.export", "GET", FILE + "/export", "Drive", drive_api.export_file),
    _route("drive.comments.list", "GET", FILE + "/comments", "Drive", drive_api.comments),
    _route("drive.about.get", "GET", "/drive/v3/about", "Drive", drive_api.about),
    _route(
        "drive.permissions.list", "GET", FILE + "/permissions", "Drive", permissions_api.list_permissions
    ),
    _route("drive.permissions.create", "POST", FILE + "/permissions", "Drive", permissions_api.create),
    _route("drive.permissions.get", "GET", FILE + "/permissions/{permissionId}", "Drive", permissions_api.get),
    _route(
        "drive.permissions.update", "PATCH", FILE + "/permissions/{permissionId}", "Drive", permissions_api.update
    ),
    _route(
        "drive.permissions.delete", "DELETE", FILE + "/permissions/{permissionId}", "Drive", permissions_api.delete
    ),
)  # fmt: skip


def found(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request, and what its path names (still percent-encoded)."""
    for route in ROUTES:
        match = route.path.fullmatch(path)
        if match and route.method == method:
            return route, match.groupdict()
    return None
