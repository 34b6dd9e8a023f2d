"""The outside world as the engine sees it: Protocols, and the plain values that cross them.

The store, the workbooks, the mail server, the clock and the source of ids are *edges*. Each Protocol says
what it promises; each promise is a test in a contract class (`tests/support`) that the real edge and its
fake both pass.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum
from pathlib import PurePath
from typing import NewType, Protocol, TypeAlias

from rules.effect import Decision, Notify, Run
from sheet_templates.form import Desk, DeskKey, FieldKey, FormKey
from sheet_templates.record import Address, Problem, Record, RecordId, Records, Text, Value
from sheet_templates.record import Broken as Broken  # noqa: PLC0414 — those who read files find it here too
from sheet_templates.record import Cell as Cell  # noqa: PLC0414
from sheet_templates.record import Shown as Shown  # noqa: PLC0414

Hash = NewType("Hash", str)
"""SHA-256 of a file's bytes, as hex."""

RenderId = NewType("RenderId", str)
"""Names one written version of a desk; stands inside the file."""


def about(problem: Problem) -> str:
    """Return what a problem is about, of all that its place can have: for a whole file, which file it is."""
    whole = problem.form is None and problem.record is None and problem.file is not None
    return f"{problem.what.key} {problem.file}" if whole else problem.what.key


# Workbooks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCopy:
    """One row of somebody's sheet. Rows without any content and without an id are left out."""

    at: int
    """The row's number as the program shows it, from 1."""
    id: RecordId | None
    cells: Mapping[FieldKey, Cell]
    """All columns that the sheet has, system columns included (without the id); empty cells are None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCopy:
    """One form's sheet as it was read."""

    form: FormKey
    title: str
    columns: Mapping[FieldKey, int]
    """Field → column number from 1. A field that is missing here is absent, not cleared."""
    rows: tuple[RowCopy, ...]
    last: int
    """The number of the last row that has anything in it, the header at least."""
    formulas: Mapping[tuple[int, FieldKey], str] = made(default_factory=dict)
    """Cells of the form's columns that hold a formula; their cached value is in the row."""
    bound: Mapping[FieldKey, tuple[range, ...]] = made(default_factory=dict)
    """Rows in which a field's cell belongs to something larger (an array formula, a pivot table): writes leave it."""

    strange: Mapping[int, Mapping[int, Cell]] = made(default_factory=dict)
    """Columns of nobody knows what, by number: their cells by row. Only if a column of the form is absent."""

    def binds(self, at: int, field: FieldKey) -> bool:
        """Return whether a write would leave the cell of *field* in row *at* as it is."""
        return any(at in rows for rows in self.bound.get(field, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCopy:
    """A desk's file as it was read."""

    path: PurePath
    file: Hash
    render: RenderId | None
    """None: no trace of a render is left in it, or its three traces disagree."""
    desk: DeskKey | None
    sheets: Mapping[FormKey, SheetCopy]
    problems: tuple[Problem, ...] = ()
    """What is wrong with the file's shape (renamed header, doubled column); the rest was read all the same."""
    offers: str = ""
    """What its drop-downs were last made to offer (`sync.shape.fingerprint`); empty: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """One value to write into a cell; None clears it."""

    at: int
    field: FieldKey
    shown: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPatch:
    """The cells to write in one form's sheet. Rows beyond the last are appended."""

    form: FormKey
    puts: tuple[Put, ...]
    columns: tuple[FieldKey, ...] = ()
    """Columns that the sheet lacks and that are put in place first, as the template has them."""
    anew: bool = False
    """The sheet is not there: it is put in as the template has it. If it is there, nothing of this is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of a desk's file is brought up to date beside its values, as its template has it now."""

    desk: Desk
    headers: bool = False
    """Headers that say something else than the form are put right."""
    choices: Mapping[tuple[FormKey, FieldKey], tuple[str, ...]] = made(default_factory=dict)
    """What drop-downs offer. One that is not among these, or that somebody made, stays as it is."""
    offers: str = ""
    """The fingerprint of *choices*, which the file then carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What one render writes into a desk's file; the file then carries the render's id."""

    render: RenderId
    sheets: tuple[SheetPatch, ...]
    shape: Shape | None = None
    """None: only values are written, and sheets and columns that the file lacks are passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The file was written."""

    path: PurePath
    file: Hash
    displaced: Hash | None = None
    """The file that was displaced had other bytes than expected: they are kept under this hash and must be read."""
    left: tuple[Problem, ...] = ()
    """Cells that could not be written, with form, field and row: each is as it was, all others are written.

    Likewise columns and sheets that could not be put in place, with their form.
    """
    placed: tuple[Problem, ...] = ()
    """Notices of the columns and sheets that were put in place."""


class Why(StrEnum):
    """Why a file was not written."""

    BUSY = "busy"
    """Somebody has it open."""
    CHANGED = "changed"
    """It is no longer what was read: read it first."""
    HARM = "harm"
    """Writing would damage a part of it."""
    MISSING = "missing"
    DENIED = "denied"
    """Read-only, no permission, disk full."""
    UNDERWAY = "underway"
    """It has been begun, and may take long: to ask again for the very same tells how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The file was left as it is."""

    why: Why
    who: str = ""
    """Who has it open, as far as the lock file says."""
    detail: str = ""
    """For the log."""
    what: Text | None = None
    """For its people: what a write would harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A workbook in the desks' folder."""

    path: PurePath
    size: int
    modified: int
    """Nanoseconds, as the file system says; only ever compared for equality."""
    changed: int = 0
    """When the file's entry last changed, likewise: programs can set *modified* back, but not this."""


class Writers(StrEnum):
    """Who may write in the folder of a desk."""

    OWN = "own"
    """Its owner and the service, nobody else."""
    OTHERS = "others"
    """Others too: forging is detected, not prevented."""
    ACCOUNT = "account"
    """One person's online account and the service, nobody else, as the provider vouches."""
    UNSEEN = "unseen"
    """That cannot be seen: on Windows, on shares, behind access lists. It counts as if others may."""


class Workbooks(Protocol):
    """The desks' files. Nothing here ever harms a file: what cannot be written safely is refused."""

    def scan(self) -> tuple[Found, ...]:
        """Return every workbook below the desks' folder: no lock files, no temporary files.

        Raises OSError if the folder itself is gone (an unmounted share is not a mass deletion).
        """
        ...

    def busy(self, path: PurePath) -> str | None:
        """Return who has *path* open ('' if the lock does not say), or None if nobody has."""
        ...

    def live(self, path: PurePath) -> bool:
        """Return whether people work in *path* at any time, together with us, and each cell is saved at once."""
        ...

    def digest(self, path: PurePath) -> Hash | None:
        """Return the hash of *path*'s bytes without understanding them; None if it cannot be read now."""
        ...

    def read(self, path: PurePath, *, keep: bool = True) -> DeskCopy | Problem:
        """Read *path*; its bytes are kept by content hash before they are parsed.

        *keep*: False for who only looks, and leaves no trace.
        """
        ...

    def writers(self, path: PurePath) -> Writers:
        """Return who may write where *path* lies, as far as the file system says."""
        ...

    def private(self, path: PurePath) -> bool:
        """Return whether nobody but its owner and the service may write the folder of *path*, as far as can be seen."""
        ...

    def sweep(self, *, clear: bool = True) -> tuple[Hash, ...]:
        """Clear what a crash left behind; return the kept versions that may not have been read.

        To be called at start, before anything is written: first without *clear*, which leaves lying what may
        not have been read, so that a crash in between loses nothing; then with it. Raises OSError like `scan`.
        """
        ...

    def kept(self, file: Hash) -> PurePath:
        """Return where a kept version can be read: one that `Written.displaced` names, for instance."""
        ...

    def create(self, path: PurePath, desk: Desk, patch: Patch, of: Hash | None = None) -> Written | Refused:
        """Make *desk*'s workbook from its template with the cells of *patch*. Never replaces a file.

        *of*: a kept version of it, which is patched in the template's place, so that all comes back that its
        people added; refused if that would harm it.
        """
        ...

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        """Put *patch* into *path*, if nobody has it open and its bytes still are *expect*.

        All other bytes of the package stay; the previous version is kept, and so is the new one; the file is
        replaced atomically.
        """
        ...

    def file_away(self, path: PurePath, expect: Hash, *, near: bool = False) -> PurePath | Refused:
        """Put *path* out of the desks' folder, if nobody has it open and its bytes still are *expect*.

        Return where it lies then: nothing of it is lost, and nobody looks at it any more.

        *near*: its people work elsewhere now, but find it under another name where it was, and can read it.
        """
        ...

    def note(self, beside: PurePath, name: str, said: str | None) -> None:
        """Put a note called *name* beside a desk's file; None: take it away, if it is ours.

        Raises OSError.
        """
        ...


# The store ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal, before it is chained."""

    at: dt.datetime
    kind: str
    """change · create · number · run · decision · void · reject · conflict · draft · ingest · render · report …"""
    desk: DeskKey | None = None
    person: str | None = None
    form: FormKey | None = None
    record: RecordId | None = None
    field: FieldKey | None = None
    old: Value = None
    new: Value = None
    cause: str = ""
    detail: Mapping[str, str] = made(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """A line of the journal as it stands: *hash* covers the entry and *previous*."""

    seq: int
    entry: Entry
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody typed that cannot be taken yet. It stays in his desk until he mends it."""

    desk: DeskKey
    address: Address
    typed: Shown
    """As typed, so that it can be shown again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One cell changed by two desks: both values are kept, the field's owner decides."""

    desk: DeskKey
    """Whose value did not win."""
    address: Address
    base: Value
    mine: Value
    theirs: Value
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """One reading of a desk's file that this commit carries."""

    desk: DeskKey
    path: PurePath
    file: Hash
    render: RenderId | None
    aside: bool = False
    """It is another copy of the desk, not its file: its bytes count as read, and nothing is written to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All that one cycle changes: one transaction."""

    at: dt.datetime
    entries: tuple[Entry, ...] = ()
    records: tuple[Record, ...] = ()
    """Whole new versions; inserted or replaced by (form, id)."""
    runs: tuple[Run, ...] = ()
    """Inserted or replaced by (form, record)."""
    decisions: tuple[Decision, ...] = ()
    """Inserted or replaced by (form, record, round, step, role, person)."""
    notices: tuple[Notify, ...] = ()
    """Inserted once by event; an event already known is ignored."""
    ingest: Ingest | None = None
    delivered: tuple[tuple[Address, Value], ...] = ()
    """Values that this file carried and that its render had not shown (lineage, see sync.merge)."""
    drafts: tuple[Draft, ...] = ()
    undrafted: tuple[tuple[DeskKey, Address], ...] = ()
    problems: tuple[Problem, ...] = ()
    """Newly open. A problem is identified by (desk, form, record, field, `about`)."""
    solved: tuple[Problem, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    settled: tuple[Conflict, ...] = ()
    nicknames: tuple[tuple[DeskKey, FormKey, str, RecordId], ...] = ()
    """Provisional numbers: what a desk called a record before it was numbered."""
    dirty: frozenset[tuple[DeskKey, FormKey, RecordId]] = frozenset()
    """Rows that a desk must be shown anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirty:
    """A row that waits to be shown in a desk."""

    seq: int
    form: FormKey
    record: RecordId


Rows: TypeAlias = Mapping[tuple[FormKey, RecordId], Mapping[FieldKey, Value]]
"""What a render showed, in canonical values. A row pre-stamped for new records shows nothing: {}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """One written version of a desk: only the rows that differ from the version that it was written into."""

    id: RenderId
    desk: DeskKey
    parent: RenderId | None
    """The render that the file carried before. None: the file is made anew, *rows* are all that it shows.

    It need not be the latest: an older copy may have come back, and a render may never have got its file.
    """
    at: dt.datetime
    rows: Mapping[tuple[FormKey, RecordId], Mapping[FieldKey, Value] | None]
    """None: the row is no longer shown."""
    delivered: tuple[tuple[Address, Value], ...] = ()
    """What saves of the copy brought that it is written into, if the render leaves that as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What the store knows of a desk's file."""

    desk: DeskKey
    path: PurePath
    file: Hash
    """The bytes that were last read or written there."""
    render: RenderId | None


class MessageState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    """The line broke after the text was handed over: it may have arrived."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes along with a message."""

    name: str
    mime: str
    content: bytes
    cid: str | None = None
    """The name by which the message's HTML shows it, `<img src="cid:…">`. None: it is attached, not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail to one receiver."""

    key: str
    """Unique: the same key is never sent twice."""
    to: str
    """One address."""
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    state: MessageState = MessageState.PENDING
    tries: int = 0
    due: dt.datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A Notify that waits to be told to one person."""

    id: int
    notify: Notify
    at: dt.datetime


class Store(Records, Protocol):
    """The truth. Every method reads what has been committed; only `commit` and its like change it.

    Each changing method is one transaction: it happens wholly or, on an exception, not at all.
    """

    def commit(self, commit: Commit) -> None:
        """Carry out *commit* and chain its entries."""
        ...

    def journal(
        self, form: FormKey | None = None, record: RecordId | None = None, since: int = 0
    ) -> Iterable[Chained]:
        """Return the journal's lines after *since*, of one record or of all, oldest first."""
        ...

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the journal's last line; (0, "") if it is empty."""
        ...

    def run(self, form: FormKey, record: RecordId) -> Run | None:
        """Return the record's latest run through its chain."""
        ...

    def decisions(self, form: FormKey, record: RecordId) -> tuple[Decision, ...]:
        """Return all decisions on a record, voided ones too, oldest first."""
        ...

    def open_runs(self) -> Iterable[Run]:
        """Return the runs that wait for a decision."""
        ...

    def count(self, series: str) -> int:
        """Return the last number given in *series* (0 if none), as counted from `number` entries."""
        ...

    def file(self, desk: DeskKey) -> KnownFile | None:
        """Return what is known of *desk*'s file."""
        ...

    def ingested(self, file: Hash) -> bool:
        """Return whether a file with these bytes was read and committed, or written by us."""
        ...

    def latest(self, desk: DeskKey) -> RenderId | None:
        """Return the desk's last published render."""
        ...

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        """Return what *render* showed in *desk*, or None if it is not a render of this desk."""
        ...

    def showed(self, desk: DeskKey, form: FormKey, record: RecordId) -> tuple[Mapping[FieldKey, Value], ...]:
        """Return what the renders of *desk* showed of a record, each time that it changed, oldest first.

        Only renders that are still kept. Empty: the desk was never shown it.
        """
        ...

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        """Return the values that earlier saves of this render's copy delivered, oldest first."""
        ...

    def drafts(self, desk: DeskKey) -> Mapping[Address, Draft]:
        """Return what waits in *desk* to be mended."""
        ...

    def problems(self, desk: DeskKey | None = None) -> tuple[Problem, ...]:
        """Return the open problems, of one desk or of all."""
        ...

    def conflicts(self, desk: DeskKey | None = None) -> tuple[Conflict, ...]:
        """Return the open conflicts."""
        ...

    def nickname(self, desk: DeskKey, form: FormKey, text: str) -> RecordId | None:
        """Return the record that *desk* called *text* before it had a number."""
        ...

    def dirty(self, desk: DeskKey) -> tuple[Dirty, ...]:
        """Return the rows that wait to be shown in *desk*."""
        ...

    def waiting_desks(self) -> tuple[DeskKey, ...]:
        """Return the desks that have rows waiting."""
        ...

    def prepare(self, render: Render) -> None:
        """Make *render* durable, before its file appears."""
        ...

    def publish(
        self, render: RenderId, path: PurePath, file: Hash, shown: Iterable[int], at: dt.datetime
    ) -> None:
        """Say that the file of *render* is in place, and that the dirty rows *shown* (their seq) are done."""
        ...

    def thin(self, before: dt.datetime) -> int:
        """Forget the renders that were made before *before*, and what saves of their copies delivered; return how many.

        Never the render that a desk's file carries, nor a desk's latest one; the others show what they showed. A copy
        of the desk that carries a forgotten render has no base any more: it is looked at, not merged (F5).
        """
        ...

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices that no message carries yet, oldest first."""
        ...

    def post(
        self, messages: Iterable[Message], told: Iterable[int] = (), entries: Iterable[Entry] = ()
    ) -> None:
        """Put *messages* into the outbox and mark the notices *told* as carried; a known key is ignored."""
        ...

    def messages(self, state: MessageState | None = None) -> tuple[Message, ...]:
        """Return the outbox, or what of it is in *state*."""
        ...

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        """Say where the message *key* stands."""
        ...

    def ran(self, job: str, period: str) -> bool:
        """Return whether *job* was done for *period*."""
        ...

    def done(
        self,
        job: str,
        period: str,
        at: dt.datetime,
        messages: Iterable[Message] = (),
        told: Iterable[int] = (),
    ) -> bool:
        """Note that *job* is done for *period*, post its messages and mark the notices *told* as carried.

        False, and nothing, if it was done before.
        """
        ...


# The rest -------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> dt.datetime:
        """Return the time, with the workspace's zone."""
        ...


class Ids(Protocol):
    """Where ids come from."""

    def new(self) -> str:
        """Return a fresh id: 12 characters of a–z and 2–7, never given twice."""
        ...


class Sent(StrEnum):
    """How a delivery ended."""

    SENT = "sent"
    LATER = "later"
    """Not sent; the server could not be reached or said to try again."""
    UNKNOWN = "unknown"
    REFUSED = "refused"
    """Never: the server refused it for good."""


class Mailer(Protocol):
    """Delivers messages, several over one connection."""

    @property
    def idempotent(self) -> bool:
        """Whether delivering a message again does no harm: a delivery cut short by a crash is then just repeated."""
        ...

    def deliver(self, message: Message, at: dt.datetime) -> tuple[Sent, str]:
        """Deliver *message*; return how it ended, and why."""
        ...

    def close(self) -> None:
        """Drop the connection."""
        ...
