"""Files in Drive as the emulator keeps them: who owns them, who may do what, when they changed."""

import datetime as dt
from dataclasses import dataclass, field

from tests.support.google.book import Book
from tests.support.google.clock import stamp
from tests.support.google.errors import Json

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")
"""From the least to the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who may do what with a file; *mail* is empty for type anyone."""

    id: str
    kind: str
    role: str
    mail: str = ""
    domain: str = ""

    def json(self) -> Json:
        found = {"kind": "drive#permission", "id": self.id, "type": self.kind, "role": self.role}
        if self.mail:
            found |= {"emailAddress": self.mail, "displayName": self.mail.split("@")[0]}
        return found | ({"domain": self.domain} if self.domain else {})


@dataclass(slots=True, kw_only=True)
class File:
    """A file or folder. A Google spreadsheet has a *book*, any other file *content*."""

    id: str
    name: str
    kind: str
    created: dt.datetime
    modified: dt.datetime
    shared_drive: str = ""
    """The id of the shared drive that it lies on; a file there has no owner."""
    parents: tuple[str, ...] = ()
    trashed: bool = False
    version: int = 1
    made_by: str = ""
    last_by: str = ""
    book: Book | None = None
    content: bytes = b""
    properties: Json = field(default_factory=dict)
    app_properties: Json = field(default_factory=dict)
    description: str = ""
    locked: bool = False
    """contentRestrictions.readOnly: nobody may change the content."""
    permissions: dict[str, Permission] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return next((one.mail for one in self.permissions.values() if one.role == "owner"), "")

    def touch(self, now: dt.datetime, by: str) -> None:
        """The content changed: modifiedTime moves on, if only by a millisecond."""
        self.modified = max(now, self.modified + dt.timedelta(milliseconds=1))
        self.version += 1
        self.last_by = by


def described(file: File, role: str, caller: str, modified: dt.datetime) -> Json:
    """All fields of a file that the emulator knows, for a caller of that *role*; *modified* is the time to show."""
    can_edit = role in ROLES[2:] and not file.locked
    can_share = role in ROLES[2:]
    found: Json = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.kind,
        "createdTime": stamp(file.created),
        "modifiedTime": stamp(modified),
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "parents": list(file.parents),
        "version": str(file.version),
        "ownedByMe": file.owner == caller,
        "shared": len(file.permissions) > 1,
        "lastModifyingUser": {
            "kind": "drive#user",
            "emailAddress": file.last_by,
            "me": file.last_by == caller,
        },
        "capabilities": {
            "canEdit": can_edit,
            "canModifyContent": can_edit,
            "canShare": can_share,
            "canRename": can_edit,
            "canCopy": True,
            "canDownload": True,
            "canTrash": role in ("owner", "organizer", "fileOrganizer"),
            "canDelete": role in ("owner", "organizer"),
            "canReadRevisions": role in ROLES[2:],
        },
        "webViewLink": f"https://docs.google.com/spreadsheets/d/{file.id}/edit?usp=drivesdk",
    }
    if file.owner:
        found["owners"] = [{"kind": "drive#user", "emailAddress": file.owner, "me": file.owner == caller}]
    if file.shared_drive:
        found["driveId"] = file.shared_drive
        found["teamDriveId"] = file.shared_drive
    if can_share:
        found["permissions"] = [one.json() for one in file.permissions.values()]
        found["permissionIds"] = list(file.permissions)
    for name, part in (("properties", file.properties), ("appProperties", file.app_properties)):
        if part:
            found[name] = part
    if file.description:
        found["description"] = file.description
    if file.locked:
        found["contentRestrictions"] = [{"readOnly": True}]
    if file.book is None and file.kind != FOLDER:
        found["size"] = str(len(file.content))
    return found
