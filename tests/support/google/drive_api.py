"""The methods of the Drive API on files."""

import json
import re
from operator import attrgetter
from typing import Any

from tests.support.google import drive, export
from tests.support.google.asked import Asked, Reply
from tests.support.google.drive import CSV, FOLDER, ROLES, XLSX, File
from tests.support.google.errors import (
    Json,
    drive_error,
    file_not_permitted,
    no_storage,
    no_such_file,
    not_modelled,
)
from tests.support.google.masks import cut, cut_object, mask_of
from tests.support.google.query import tests_of
from tests.support.google.world import MANAGERS, World

SHORT = "kind,id,name,mimeType"
KEPT = ["name", "description", "properties", "appProperties", "trashed"]


def found_file(world: World, asked: Asked, least: str = "reader") -> File:
    """The file of the request. Raises Answer: 404 where the caller may not see it, 403 where their role is too small."""
    file = world.files.get(asked.parts["fileId"])
    role = world.role_of(file, asked.mail) if file else ""
    if file is None or not role or (file.shared_drive and not asked.yes("supportsAllDrives")):
        raise no_such_file(asked.parts["fileId"])
    if ROLES.index(role) < ROLES.index(least):
        raise file_not_permitted()
    return file


def told(world: World, asked: Asked, file: File, fields: str) -> Json:
    role = world.role_of(file, asked.mail)
    found = drive.described(file, role, asked.mail, world.modified(file))
    return cut_object(found, mask_of(fields))


def get(world: World, asked: Asked) -> Reply:
    file = found_file(world, asked)
    if asked.one("alt") == "media":
        if file.book is not None:
            raise drive_error(
                403, "fileNotDownloadable", "Only files with binary content can be downloaded. Use Export with Docs "
                "Editors files.", "alt"
            )  # fmt: skip
        return Reply(body=file.content, kind=file.kind)
    return Reply(body=told(world, asked, file, asked.one("fields") or SHORT))


def list_files(world: World, asked: Asked) -> Reply:
    """Files that the caller sees, latest change first, in pages."""
    wanted = tests_of(asked.one("q"))
    everywhere = asked.yes("includeItemsFromAllDrives") and asked.yes("supportsAllDrives")
    files = [
        file
        for file in world.files.values()
        if world.role_of(file, asked.mail)
        and (not asked.narrow or file.made_by == asked.mail)
        and (everywhere or not file.shared_drive)
        and (not asked.one("driveId") or file.shared_drive == asked.one("driveId"))
        and all(test(file) for test in wanted)
    ]
    order = asked.one("orderBy")
    if order not in ("", "modifiedTime desc", "modifiedTime", "name"):
        raise not_modelled(f"files ordered by {order}")
    keyed: Any = world.modified
    if order == "name":
        keyed = attrgetter("name")
    files.sort(key=keyed, reverse=order in ("", "modifiedTime desc"))
    start, size = int(asked.one("pageToken") or 0), int(asked.one("pageSize") or 100)
    mask = mask_of(asked.one("fields") or f"kind,incompleteSearch,nextPageToken,files({SHORT})")
    if world.rules.unlisted:
        files = []
    body: Json = {"kind": "drive#fileList", "incompleteSearch": world.rules.searched_partly}
    if start + size < len(files):
        body["nextPageToken"] = str(start + size)
    body["files"] = [told(world, asked, file, "*") for file in files[start : start + size]]
    return Reply(body=cut(body, {} if "*" in mask else mask))


def create(world: World, asked: Asked) -> Reply:
    """Make a file from JSON alone (no content)."""
    return _created(world, asked, asked.body(), None)


def _created(world: World, asked: Asked, look: Json, content: bytes | None) -> Reply:
    kind = look.get("mimeType") or "application/octet-stream"
    parents = tuple(look.get("parents") or ())
    for parent in parents:
        if parent not in world.members and (
            parent not in world.files or not world.role_of(world.files[parent], asked.mail)
        ):
            raise no_such_file(parent)
        if parent in world.files and world.role_of(world.files[parent], asked.mail) not in ROLES[2:]:
            raise file_not_permitted()
    file = world.new_file(look.get("name") or "Untitled", kind, asked.mail, parents)
    if not file.shared_drive and not world.rules.service_account_has_storage and kind != FOLDER:
        del world.files[file.id]
        raise no_storage()
    file.properties = look.get("properties") or {}
    file.app_properties = look.get("appProperties") or {}
    file.description = look.get("description") or ""
    if content is not None:
        _fill(file, content)
    return Reply(body=told(world, asked, file, asked.one("fields") or SHORT))


def upload(world: World, asked: Asked) -> Reply:
    """Make a file with content: `uploadType=multipart` (JSON and content) or `media` (content alone)."""
    kind = asked.headers.get("content-type", "")
    if asked.one("uploadType") == "media":
        return _created(world, asked, {"mimeType": kind}, asked.raw)
    if asked.one("uploadType") != "multipart":
        raise not_modelled(f"uploads of type {asked.one('uploadType')}")
    look, content = _parts(asked.raw, kind)
    return _created(world, asked, look, content)


def _parts(raw: bytes, kind: str) -> tuple[Json, bytes]:
    mark = re.search(r'boundary="?([^";]+)', kind)
    if not mark:
        raise drive_error(400, "badRequest", "Missing end boundary in multipart body.")
    parts = raw.split(b"--" + mark.group(1).encode())[1:3]
    bodies = [part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n") for part in parts]
    return json.loads(bodies[0]), bodies[1]


def _fill(file: File, content: bytes) -> None:
    if file.book is None:
        file.content = content
    else:
        new = file.book.copy()
        export.from_csv(new, content)
        file.book = new


def upload_over(world: World, asked: Asked) -> Reply:
    """Replace the content of a file; into a spreadsheet, CSV is converted."""
    file = found_file(world, asked, "writer")
    kind = asked.headers.get("content-type", "").split(";")[0]
    if file.book is not None and kind != CSV:
        raise not_modelled(f"an upload of {kind} into a spreadsheet")
    _fill(file, asked.raw)
    world.touch(file, asked.mail)
    return Reply(body=told(world, asked, file, asked.one("fields") or SHORT))


def update(world: World, asked: Asked) -> Reply:
    """Change what Drive knows of a file: name, trash, folders, lock."""
    look = asked.body()
    file = found_file(world, asked, "writer")
    if look.get("trashed") is not None and world.role_of(file, asked.mail) not in MANAGERS:
        raise file_not_permitted()
    if set(look) - {*KEPT, "contentRestrictions", "mimeType", "id"}:
        raise not_modelled(f"files.update of {sorted(set(look) - set(KEPT))}")
    if file.book is not None and look.get("name"):
        book = file.book.copy()
        book.look["title"] = look["name"]
        file.book = book
    file.name = look.get("name") or file.name
    file.description = look.get("description", file.description)
    file.trashed = look.get("trashed", file.trashed)
    file.properties = _merged(file.properties, look.get("properties"))
    file.app_properties = _merged(file.app_properties, look.get("appProperties"))
    if "contentRestrictions" in look:
        file.locked = any(one.get("readOnly") for one in look["contentRestrictions"] or [])
    gone = asked.one("removeParents").split(",")
    new = [parent for parent in asked.one("addParents").split(",") if parent]
    for parent in new:
        if parent not in world.members and parent not in world.files:
            raise no_such_file(parent)
    file.parents = tuple([parent for parent in file.parents if parent not in gone] + new)
    if new:
        world.lie_in(file, new[0])
    world.touch(file, asked.mail)
    return Reply(body=told(world, asked, file, asked.one("fields") or SHORT))


def _merged(old: Json, new: Json | None) -> Json:
    return {key: part for key, part in {**old, **(new or {})}.items() if part is not None}


def delete(world: World, asked: Asked) -> Reply:
    """Delete for ever; only the owner may, or an organizer of the shared drive."""
    file = found_file(world, asked)
    if world.role_of(file, asked.mail) not in ("owner", "organizer"):
        raise file_not_permitted()
    del world.files[file.id]
    return Reply(code=204)


def copy(world: World, asked: Asked) -> Reply:
    """A copy that the caller owns, shared with nobody. Developer metadata and protections are copied too."""
    source = found_file(world, asked)
    look = asked.body()
    parents = tuple(look.get("parents") or ())
    file = world.copy(source, look.get("name") or f"Copy of {source.name}", asked.mail, parents)
    if not file.shared_drive and not world.rules.service_account_has_storage:
        del world.files[file.id]
        raise no_storage()
    return Reply(body=told(world, asked, file, asked.one("fields") or SHORT))


def export_file(world: World, asked: Asked) -> Reply:
    file = found_file(world, asked)
    kind = asked.one("mimeType")
    if file.book is None:
        raise drive_error(403, "fileNotExportable", "Export only supports Docs Editors files.")
    if kind == CSV:
        return Reply(body=export.as_csv(file.book), kind=CSV)
    if kind == XLSX:
        return Reply(body=export.as_xlsx(file.book), kind=XLSX)
    raise not_modelled(f"exports as {kind}")


def comments(world: World, asked: Asked) -> Reply:
    """Nobody comments here."""
    found_file(world, asked)
    return Reply(body={"comments": []})


def about(world: World, asked: Asked) -> Reply:
    user = {"kind": "drive#user", "emailAddress": asked.mail, "displayName": asked.mail, "me": True}
    body = {"kind": "drive#about", "user": user}
    return Reply(body=cut(body, mask_of(asked.one("fields") or "kind")))
