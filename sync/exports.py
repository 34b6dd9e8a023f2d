"""What left the house, for whom: desks that were written, reports that were kept, mails that were handed over. Pure.

The lines stand in the journal's chain (TX-5.1), so that copies can be called back from whoever leaves (TX-5.4).
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sheet_templates.form import Desk, DeskKey
from sync.ports import Chained, Commit, Entry, Hash, Message, Store

EXPORT: Final = "export"
"""The kind of the journal's lines."""

_CAUSE: Final = "rule:export"
"""It follows a save or a rule, so no undo is ever about it."""

DESK: Final = "desk"
REPORT: Final = "report"
MAIL: Final = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One thing that left."""

    at: dt.datetime
    what: str
    """`desk`, `report` or `mail`."""
    name: str
    """The file's name, or the mail's key and what was attached to it."""
    people: tuple[str, ...]
    """Numbers in `people` of those for whom it was."""
    to: str
    """A mail's address."""
    hash: str
    """SHA-256 of the file, or of all that a mail said."""
    desk: DeskKey | None


def of_desk(desk: Desk, name: str, file: Hash, at: dt.datetime) -> Entry:
    """Return that *desk*'s file was written."""
    detail = {"what": DESK, "name": name, "hash": file, "people": " ".join(desk.people)}
    return Entry(at=at, kind=EXPORT, desk=desk.key, cause=_CAUSE, detail=detail)


def of_report(name: str, content: bytes, people: Iterable[str], at: dt.datetime) -> Entry:
    """Return that a report's file was kept, for *people*."""
    detail = {"what": REPORT, "name": name, "hash": _hash(content), "people": " ".join(people)}
    return Entry(at=at, kind=EXPORT, cause=_CAUSE, detail=detail)


def of_mail(message: Message, at: dt.datetime) -> Entry:
    """Return that *message* was handed over. Its key ends in its receiver's number."""
    said = [each.encode() for each in (message.subject, message.text, message.html)]
    content = b"\0".join((*said, *(each.content for each in message.attachments)))
    attached = [each.name for each in message.attachments if each.cid is None]
    detail = {
        "what": MAIL,
        "name": " + ".join((message.key, *attached)),
        "hash": _hash(content),
        "to": message.to,
    }
    return Entry(at=at, kind=EXPORT, cause=_CAUSE, detail=detail)


def logged(store: Store) -> Callable[[Message, dt.datetime], None]:
    """Return what enters in *store* that a message was handed over."""

    def handed(message: Message, at: dt.datetime) -> None:
        store.commit(Commit(at=at, entries=(of_mail(message, at),)))

    return handed


def exports(lines: Iterable[Chained], person: str = "", addresses: Iterable[str] = ()) -> Iterator[Export]:
    """Yield what left, oldest first; of one *person*, who has these *addresses*, if one is named."""
    known = frozenset(addresses)
    for line in lines:
        entry = line.entry
        if entry.kind != EXPORT:
            continue
        people = tuple(entry.detail.get("people", "").split())
        to = entry.detail.get("to", "")
        if not person or person in people or to in known:
            yield Export(
                at=entry.at,
                what=entry.detail.get("what", ""),
                name=entry.detail.get("name", ""),
                people=people,
                to=to,
                hash=entry.detail.get("hash", ""),
                desk=entry.desk,
            )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
