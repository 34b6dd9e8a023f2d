"""What is asked of Drive and Sheets, one method a request. Source: Drive API v3, Sheets API v4.

Which spreadsheet is whose desk stands in its private properties (`appProperties`), which only our own project sees and
which a renamed or moved spreadsheet keeps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sheet_templates.form import DeskKey
from sync.edges.google.answer import FIELDS, Live, live
from sync.edges.google.call import Asking, Call
from sync.edges.google.faults import Denied, Gone, away
from sync.edges.google.payload import parted

_FILES: Final = "https://www.googleapis.com/drive/v3/files"
_BOOKS: Final = "https://sheets.googleapis.com/v4/spreadsheets"
KIND: Final = "application/vnd.google-apps.spreadsheet"

_SHOWN: Final = (
    "id,name,mimeType,trashed,version,modifiedTime,createdTime,ownedByMe,driveId,appProperties,webViewLink,"
    "writersCanShare,capabilities(canEdit),lastModifyingUser(emailAddress,me),"
    "permissions(id,type,role,emailAddress,deleted,permissionDetails(inherited))"
)
_COMPANY: Final = "deskbook"
_DESK: Final = "deskbook_desk"
_STATE: Final = "deskbook_state"
_NAME: Final = "deskbook_name"
_NAME_BYTES: Final = 100
"""A property takes 124 bytes, its name included."""
MAKING: Final = "making"
READY: Final = "ready"
FILED: Final = "filed"
_EVERY: Final = {"supportsAllDrives": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Who may do what with a file."""

    id: str
    kind: str
    """user · group · domain · anyone."""
    role: str
    mail: str = ""
    inherited: bool = False

    @property
    def writes(self) -> bool:
        """Whether it lets somebody change the file."""
        return self.role in ("owner", "organizer", "fileOrganizer", "writer")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineFile:
    """A desk's spreadsheet as Drive lists it."""

    id: str
    title: str
    desk: DeskKey
    name: str
    """What the desk was called when it was made: the stem of its path."""
    state: str
    kind: str
    trashed: bool
    version: str
    """Grows with every change, our own too."""
    made: str
    link: str
    editable: bool
    rights: tuple[Right, ...] | None
    """None: they cannot be seen."""
    last: str | None
    """The address of whoever changed it last; '' for ourselves, None if it cannot be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """The requests of one company."""

    line: Asking
    company: str
    folder: str = ""
    """The id of the folder, on a shared drive, in which spreadsheets are made; '': the service account's own room."""

    def files(self) -> tuple[OnlineFile, ...]:
        """Return all spreadsheets of this company's desks, trashed ones too."""
        where = f"appProperties has {{ key='{_COMPANY}' and value='{self.company}' }}"
        asked = {
            "q": where,
            "fields": f"nextPageToken,incompleteSearch,files({_SHOWN})",
            "pageSize": "1000",
            "includeItemsFromAllDrives": "true",
            "corpora": "allDrives" if self.folder else "user",
            **_EVERY,
        }
        found: list[OnlineFile] = []
        token = ""
        while True:
            answer = self._ask("get", _FILES, params=asked | ({"pageToken": token} if token else {}))
            found.extend(self._file(each) for each in _several(answer, "files"))
            if answer.get("incompleteSearch"):
                raise away("no_answer", "not everything was searched", whole=False)
            token = answer.get("nextPageToken", "")
            if not token:
                return tuple(found)

    def file(self, id_: str) -> OnlineFile:
        """Return one file as it is now. Raises Gone."""
        answer = self._ask("get", f"{_FILES}/{id_}", params={"fields": _SHOWN, **_EVERY})
        return self._file(answer)

    def make(self, title: str, desk: DeskKey, name: str) -> str:
        """Make an empty spreadsheet; return its id. If the answer is lost, `files` lists it all the same."""
        body: dict[str, Any] = {"name": title, "mimeType": KIND, "writersCanShare": False}
        body["appProperties"] = self._properties(desk, name, MAKING)
        if self.folder:
            body["parents"] = [self.folder]
        answer = self._ask("post", _FILES, params={"fields": "id", **_EVERY}, body=body, once=True)
        return str(answer["id"])

    def claim(self, id_: str, desk: DeskKey, name: str) -> None:
        """Let a spreadsheet that somebody made and gave us be a desk's, that is in the making."""
        self._update(id_, {"appProperties": self._properties(desk, name, MAKING)})

    def call(self, id_: str, state: str) -> None:
        """Say where a desk's spreadsheet stands."""
        self._update(id_, {"appProperties": {_STATE: state}})

    def retitle(self, id_: str, title: str) -> None:
        """Call a spreadsheet otherwise."""
        self._update(id_, {"name": title})

    def describe(self, id_: str, said: str) -> None:
        """Say something of a spreadsheet, where Drive shows its details."""
        self._update(id_, {"description": said})

    def untrash(self, id_: str) -> None:
        """Take a spreadsheet out of the bin."""
        self._update(id_, {"trashed": False})

    def discard(self, id_: str) -> None:
        """Let a half-made spreadsheet be no desk's, and throw it into the bin if it is not somebody else's.

        It is not deleted: on a shared drive only managers may.
        """
        filed = {"appProperties": {_STATE: FILED}}
        try:
            self._update(id_, filed | {"trashed": True})
        except Gone:
            return
        except Denied:
            with suppress(Gone, Denied):
                self._update(id_, filed)

    def share(self, id_: str, mail: str, words: str) -> None:
        """Let somebody write in a spreadsheet; Google mails him the link, with *words*. To ask twice does no harm."""
        told = {"sendNotificationEmail": "true", "emailMessage": words, "fields": "id", **_EVERY}
        body = {"type": "user", "role": "writer", "emailAddress": mail}
        self._ask("post", f"{_FILES}/{id_}/permissions", params=told, body=body)

    def withdraw(self, id_: str, right: Right) -> None:
        """Take a right away."""
        try:
            self._ask("delete", f"{_FILES}/{id_}/permissions/{right.id}", params=_EVERY)
        except Gone:
            return

    def let_read(self, id_: str, right: Right) -> None:
        """Let somebody go on reading who could write."""
        url = f"{_FILES}/{id_}/permissions/{right.id}"
        self._ask("patch", url, params={"fields": "id", **_EVERY}, body={"role": "reader"})

    def read(self, id_: str) -> Live:
        """Return all that a spreadsheet holds. Raises Gone."""
        answer = self._ask("get", f"{_BOOKS}/{id_}", params={"includeGridData": "true", "fields": FIELDS})
        try:
            return live(answer)
        except (KeyError, TypeError, ValueError) as fault:
            raise away("no_answer", f"{type(fault).__name__}: {fault}", whole=False) from fault

    def batch(self, id_: str, requests: Sequence[Mapping[str, Any]]) -> None:
        """Carry out all *requests*, or none."""
        if requests:
            url = f"{_BOOKS}/{id_}:batchUpdate"
            self._ask("post", url, params={"fields": "spreadsheetId"}, body={"requests": list(requests)})

    def batches(self, id_: str, requests: Iterable[Mapping[str, Any]]) -> None:
        """Carry out *requests* in their order, in as many batches as it takes."""
        for each in parted(requests):
            self.batch(id_, each)

    def put(self, id_: str, values: Iterable[Mapping[str, Any]]) -> None:
        """Write values by DataFilter, in their order and as they are: nothing is taken for a formula."""
        url = f"{_BOOKS}/{id_}/values:batchUpdateByDataFilter"
        for each in parted(values):
            body = {"valueInputOption": "RAW", "data": each}
            self._ask("post", url, params={"fields": "totalUpdatedCells"}, body=body)

    def _ask(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any],
        body: Mapping[str, Any] | None = None,
        *,
        once: bool = False,
    ) -> Any:
        return self.line.ask(Call(method=method, url=url, params=params, body=body, once=once))

    def _update(self, id_: str, body: Mapping[str, Any]) -> None:
        self._ask("patch", f"{_FILES}/{id_}", params={"fields": "id", **_EVERY}, body=body)

    def _properties(self, desk: DeskKey, name: str, state: str) -> dict[str, str]:
        found = {_COMPANY: self.company, _DESK: str(desk), _STATE: state}
        return found | {f"{_NAME}{at}": part for at, part in enumerate(_parts(name))}

    def _file(self, said: Mapping[str, Any]) -> OnlineFile:
        properties = said.get("appProperties", {})
        last = said.get("lastModifyingUser")
        rights = said.get("permissions")
        return OnlineFile(
            id=str(said["id"]),
            title=said.get("name", ""),
            desk=DeskKey(properties.get(_DESK, "")),
            name="".join(properties[key] for key in sorted(properties) if key.startswith(_NAME)),
            state=properties.get(_STATE, ""),
            kind=said.get("mimeType", ""),
            trashed=bool(said.get("trashed", False)),
            version=f"{said.get('version', '')} {said.get('modifiedTime', '')}",
            made=said.get("createdTime", ""),
            link=said.get("webViewLink") or f"https://docs.google.com/spreadsheets/d/{said['id']}/edit",
            editable=bool(said.get("capabilities", {}).get("canEdit", True)),
            rights=None if rights is None else tuple(_right(each) for each in rights),
            last=None
            if last is None
            else ""
            if self._is_us(last)
            else str(last.get("emailAddress", "")).lower(),
        )

    def _is_us(self, user: Mapping[str, Any]) -> bool:
        return bool(user.get("me")) or str(user.get("emailAddress", "")).lower() == self.line.mail.lower()


def _several(answer: Any, key: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(answer, dict):
        raise away("no_answer", f"no {key} in what was answered")
    found = answer.get(key, [])
    return found if isinstance(found, list) else []


def _right(said: Mapping[str, Any]) -> Right:
    details = said.get("permissionDetails", ())
    return Right(
        id=str(said.get("id", "")),
        kind=said.get("type", ""),
        role=said.get("role", ""),
        mail=str(said.get("emailAddress", "")).lower(),
        inherited=any(each.get("inherited") for each in details),
    )


def _parts(name: str) -> Iterator[str]:
    """Yield *name* in parts that fit into a property."""
    part = ""
    for letter in name:
        if len((part + letter).encode()) > _NAME_BYTES:
            yield part
            part = ""
        part += letter
    yield part
