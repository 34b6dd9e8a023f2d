"""Everything there is on Google's side: accounts, files, shared drives, and the rules that a test may switch."""

import datetime as dt
import random
import threading
from dataclasses import dataclass, field, replace

from tests.support.google.book import Book, Sheet
from tests.support.google.clock import Ticking
from tests.support.google.drive import ROLES, SPREADSHEET, File, Permission
from tests.support.google.errors import Json, no_such_entity, not_permitted, unsupported_document
from tests.support.google.looks import DEFAULT_FORMAT
from tests.support.google.protection import Caller
from tests.support.google.theme import THEME

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MANAGERS = ("owner", "organizer", "fileOrganizer")


@dataclass(slots=True, kw_only=True)
class Rules:
    """What differs between companies, or is not documented, and may be switched while the emulator runs."""

    metadata_follows_a_sort: bool = False
    """Do developer metadata of rows go along when a range is sorted? Google does not say; be ready for both."""
    service_account_has_storage: bool = True
    """False as for accounts made since 2025: they can create files on a shared drive only (403 otherwise)."""
    unlisted: bool = False
    """Does a list of files leave out all of them? Google builds it from an index, which knows of a file some time later."""
    searched_partly: bool = False
    """Does a list say that not everything was searched (`incompleteSearch`)?"""
    modified_time_lags: dt.timedelta = dt.timedelta(0)
    """So long after an edit Drive still shows the old modifiedTime."""


@dataclass(slots=True, kw_only=True)
class Account:
    """Somebody who may call: a service account with its key, or a person."""

    mail: str
    public_key: bytes = b""
    project: str = "123456789012"
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class World:
    """The state of the emulator. Whoever reads or changes it holds *lock*."""

    clock: Ticking
    rules: Rules = field(default_factory=Rules)
    dice: random.Random = field(default_factory=lambda: random.Random(6))
    lock: threading.RLock = field(default_factory=threading.RLock)
    accounts: dict[str, Account] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    drives: dict[str, Permission] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    """Members of each shared drive, with their roles."""
    drive_names: dict[str, str] = field(default_factory=dict)
    shown_modified: dict[str, list[dt.datetime]] = field(default_factory=dict)

    def new_id(self, size: int = 44, start: str = "1") -> str:
        return start + "".join(self.dice.choice(LETTERS) for _ in range(size - len(start)))

    def role_of(self, file: File, mail: str) -> str:
        """The best role that *mail* has on *file*, by its own permissions, its folders or its shared drive; or none."""
        found = [
            one.role
            for one in file.permissions.values()
            if one.mail == mail
            or one.kind == "anyone"
            or (one.kind == "domain" and mail.endswith(f"@{one.domain}"))
        ]
        if file.shared_drive:
            found += [role for who, role in self.members[file.shared_drive].items() if who == mail]
        found += [self.role_of(self.files[parent], mail) for parent in file.parents if parent in self.files]
        found = [role for role in found if role]
        return max(found, key=ROLES.index, default="")

    def caller(self, file: File, mail: str) -> Caller:
        return Caller(mail=mail, owner=self.role_of(file, mail) in MANAGERS)

    def readable(self, number: str, mail: str) -> tuple[File, Book]:
        """The spreadsheet for reading. Raises Answer: 404, 403, or 400 for a file that is no Google spreadsheet."""
        file = self.files.get(number)
        if file is None:
            raise no_such_entity()
        if not self.role_of(file, mail):
            raise not_permitted()
        if file.book is None:
            raise unsupported_document()
        return file, file.book

    def writable(self, number: str, mail: str) -> tuple[File, Book]:
        """The spreadsheet for writing. Raises Answer as `readable` does, and 403 for readers and commenters."""
        file, book = self.readable(number, mail)
        if self.role_of(file, mail) not in ROLES[2:] or file.locked:
            raise not_permitted()
        return file, book

    def keep(self, file: File, book: Book, mail: str) -> None:
        """*book* is the spreadsheet's new content."""
        file.book = book
        if file.name != book.look["title"]:
            file.name = str(book.look["title"])
        self.touch(file, mail)

    def touch(self, file: File, mail: str) -> None:
        file.touch(self.clock.now(), mail)
        self.shown_modified.setdefault(file.id, []).append(file.modified)

    def modified(self, file: File) -> dt.datetime:
        """The modifiedTime that Drive shows, which may lag."""
        if not self.rules.modified_time_lags:
            return file.modified
        until = self.clock.now() - self.rules.modified_time_lags
        return max((at for at in self.shown_modified.get(file.id, []) if at <= until), default=file.created)

    def new_file(self, name: str, kind: str, mail: str, parents: tuple[str, ...] = ()) -> File:
        """A file that *mail* owns, or that lies on the shared drive of its parent."""
        now = self.clock.now()
        shared = next((parent for parent in parents if parent in self.members), "")
        for parent in parents:
            shared = shared or (self.files[parent].shared_drive if parent in self.files else "")
        file = File(
            id=self.new_id(),
            name=name,
            kind=kind,
            created=now,
            modified=now,
            made_by=mail,
            last_by=mail,
            parents=parents,
            shared_drive=shared,
        )
        if not shared:
            self.grant(file, "user", "owner", mail)
        if kind == SPREADSHEET:
            file.book = self.new_book(file.id, name)
        self.files[file.id] = file
        return file

    def copy(self, source: File, name: str, mail: str, parents: tuple[str, ...] = ()) -> File:
        """A copy of a file that *mail* owns; of a spreadsheet with its protections and developer metadata."""
        file = self.new_file(name, source.kind, mail, parents)
        file.content = source.content
        if source.book is not None:
            book = replace(source.book.copy(), id=file.id)
            book.look["title"] = name
            file.book = book
        return file

    def move(self, file: File, folder: str) -> None:
        """*folder* becomes its only folder."""
        file.parents = (folder,)
        self.lie_in(file, folder)

    def lie_in(self, file: File, folder: str) -> None:
        """A file on a shared drive has no owner."""
        file.shared_drive = folder if folder in self.members else self.files[folder].shared_drive
        if file.shared_drive:
            file.permissions = {key: one for key, one in file.permissions.items() if one.role != "owner"}

    def grant(self, file: File, kind: str, role: str, mail: str = "", domain: str = "") -> Permission:
        """Give a permission; who has one already has it changed."""
        old = next(
            (one.id for one in file.permissions.values() if kind == one.kind and one.mail == mail), None
        )
        number = "anyoneWithLink" if kind == "anyone" else old or str(self.dice.randrange(10**19, 10**20))
        file.permissions[number] = Permission(id=number, kind=kind, role=role, mail=mail, domain=domain)
        return file.permissions[number]

    def new_book(self, number: str, title: str, look: Json | None = None) -> Book:
        """A spreadsheet with one empty sheet, as Google makes it."""
        properties: Json = {
            "title": title,
            "locale": "en_US",
            "autoRecalc": "ON_CHANGE",
            "timeZone": "Etc/GMT",
            "defaultFormat": DEFAULT_FORMAT,
            "spreadsheetTheme": THEME,
        }
        book = Book(id=number, look=properties | (look or {}), dice=random.Random(self.dice.random()))
        sheet = Sheet(id=0, look={"title": "Sheet1"}, rows=book.new_lines(1000), columns=book.new_lines(26))
        book.sheets.append(sheet)
        return book
