"""A company at work on real files while its daemon is killed, again and again, at random moments.

The people know nothing of it: they type, copy, lock and decide in their workbooks. The daemon is the real one
(`deskbook run`, in a process of its own, see `nursery`), ended by SIGKILL. What must hold afterwards is
looked at from outside in `tests.soak.promises`.
"""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import IO, Any

from sheet_templates.form import ID, Desk, DeskKey, FieldKey, FormKey, Lang
from sync.edges.clock import SystemClock
from sync.edges.ids import RandomIds
from sync.edges.settings import Company, load_settings
from sync.edges.single import running
from sync.edges.store.sql import SqlStore
from sync.edges.xlsx.folder import XlsxFolder
from sync.opening import OldRow, enter
from sync.workspace import create, opened
from tests.support.clock import SHANGHAI
from tests.support.pen import Pen
from tests.support.shell import ROOT
from tests.support.smtp import DROP, KEEP_AND_DROP, MailServer, mail_server

STAFF = (
    ("Lena", "leader", None),
    ("Mo", "manager", "Lena"),
    ("Fay", "finance", "Lena"),
    ("Rae", "rep", "Mo"),
    ("Roy", "rep", "Mo"),
)
REPS = ("Rae", "Roy")
SIGNERS = (("Mo", "first_manager"), ("Finance", "second_finance"))
CUSTOMER, CONTACT, EXPENSE = "customer", "contact", "expense"
FREE = ("remarks", "address", "business_scope", "contact_name", "industry")
"""Text fields of a customer that its rep and his manager own."""
CUSTOMERS = 7
"""For each rep: a save is never held for having changed too many rows of a sheet with fewer than ten."""

TODAY = f"{dt.datetime.now(SHANGHAI):%Y-%m-%d}"


def old(form: str, **cells: Any) -> OldRow:
    filled = {FieldKey(key): value for key, value in cells.items() if value is not None}
    return OldRow(form=FormKey(form), desk=DeskKey("admin"), cells=filled)


def found_company(root: Path, mail_port: int | None) -> None:
    """Make a company at *root* whose mail goes to a server on this computer, or (None) into .eml files."""
    company = Company(
        id="co-kill1234abcd", name="Kill", language=Lang.EN, zone="Asia/Shanghai", currency="CNY"
    )
    settings = create(root, company)
    written = settings.read_text(encoding="utf-8").replace("settle_seconds = 0.5", "settle_seconds = 0.05")
    if mail_port is not None:
        server = f'[mail]\nhost = "127.0.0.1"\nsecurity = "none"\nport = {mail_port}\n'
        written = written.replace("[mail]\n", server)
    settings.write_text(written, encoding="utf-8")
    clock = SystemClock(load_settings(root).zone)
    people = [
        old("people", name=name, role=role, superior=above, email=f"{name.lower()}@example.com", team="East")
        for name, role, above in STAFF
    ]
    customers = [
        old("customer", name=f"{rep} customer {n}", owner=rep, remarks="likes tea")
        for rep in REPS
        for n in range(CUSTOMERS)
    ]
    with opened(root, clock, {}) as here:
        for rows in (people, customers):
            enter(rows, here.declared, here.store, RandomIds(), clock.now())
        assert here.store.problems() == ()
        here.engine.writing.publish()


class Nursery:
    """Where daemons come from."""

    def __init__(self, root: Path, log: Path) -> None:
        self._root = root
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.nursery", str(root), str(log)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Asia/Shanghai"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def bear(self) -> int:
        """Start a daemon; return its process number."""
        stream = self._process.stdin
        assert stream is not None
        stream.write("go\n")
        stream.flush()
        return int(self._line())

    def ended(self) -> int:
        """Wait for the daemon's end; return its exit code, or the signal that ended it, below nought."""
        return int(self._line())

    def is_ready(self, pid: int) -> bool:
        """Return whether the daemon has taken its workspace."""
        holder = running(self._root / ".deskbook")
        return holder is not None and holder.pid == pid

    def close(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        stream.close()
        self._process.wait(30)
        for each in (self._process.stdout,):
            assert each is not None
            each.close()

    def _line(self) -> str:
        stream: IO[str] | None = self._process.stdout
        assert stream is not None
        said = stream.readline().strip()
        assert said, "the nursery has ended"
        return said


@dataclass(slots=True, kw_only=True)
class Staff:
    """The people, and what they have typed."""

    root: Path
    folder: XlsxFolder
    store: SqlStore
    chance: Random
    met: Counter[str] = made(default_factory=Counter)
    typed: dict[str, str] = made(default_factory=dict)
    """Every token that was saved in a cell of its own → the desk."""
    rows: set[str] = made(default_factory=set)
    """Those of them that are new rows."""
    count: int = 0
    _heard: set[str] = made(default_factory=set)
    _heard_to: int = 0

    def token(self) -> str:
        self.count += 1
        return f"tok{self.count:05}"

    def acts(self) -> None:
        """Let somebody do something."""
        act = self.chance.choices(
            (
                self.edits,
                self.adds_a_contact,
                self.claims,
                self.decides,
                self.copies,
                self.opens_and_saves,
                self.edits_what_is_not_his,
            ),
            weights=(8, 4, 2, 3, 1, 2, 1),
        )[0]
        act()
        self.met[act.__name__] += 1

    def place(self, desk: str) -> Path:
        return self.folder.root / desk / f"{desk}.xlsx"

    def pen(self, desk: str, form: str, place: Path | None = None) -> Pen:
        return Pen(place or self.place(desk), self.folder.forms[FormKey(form)].labels.every())

    def edits(self, desk: str = "", place: Path | None = None) -> None:
        """Type into a customer: of his own the rep, of anybody's the manager."""
        desk = desk or self.chance.choice((*REPS, "Mo"))
        pen = self.pen(desk, CUSTOMER, place)
        field = pen.columns[self.chance.choice(FREE)]
        rows = [at for at in pen.rows() if at > 2 and pen.row(at).get(pen.columns["number"])]
        if not rows:
            return
        at = self.chance.choice(rows)
        before = pen.row(at).get(field)
        if before in self.typed and not self._read(str(before)):
            # He overwrites what nobody had the chance to read: that is his own affair.
            del self.typed[str(before)]
            self.met["overwritten unread"] += 1
        self._types(pen, desk, at, {field: self.token()}, place)

    def adds_a_contact(self) -> None:
        desk = self.chance.choice(REPS)
        pen = self.pen(desk, CONTACT)
        token = self.token()
        cells = {
            pen.columns["customer"]: f"{desk} customer {self.chance.randrange(CUSTOMERS)}",
            pen.columns["content"]: token,
        }
        self._types(pen, desk, self._free(pen), cells)
        self.rows.add(token)

    def claims(self) -> None:
        """Enter an expense and ask for its sign-off: mails follow."""
        desk = self.chance.choice(REPS)
        pen = self.pen(desk, EXPENSE)
        token = self.token()
        cells: dict[int, str | Decimal | bool] = {
            pen.columns["category"]: "Travel",
            pen.columns["description"]: token,
            pen.columns["date"]: TODAY,
            pen.columns["amount"]: Decimal(self.chance.randrange(10, 900)),
            pen.columns["attachments"]: "receipt.pdf",
            pen.columns["submit"]: "Yes",
        }
        self._types(pen, desk, self._free(pen), cells)
        self.rows.add(token)

    def decides(self) -> None:
        desk, column = self.chance.choice(SIGNERS)
        pen = self.pen(desk, EXPENSE)
        if column not in pen.columns:
            return
        open_ = [
            at
            for at in pen.rows()
            if at > 2
            and pen.row(at).get(pen.columns["number"])
            and not pen.row(at).get(pen.columns[column])
            and "approved" not in str(pen.row(at).get(pen.columns["state"])).lower()
        ]
        if open_:
            pen.put(self.chance.choice(open_), pen.columns[column], "Agree")
            pen.save(self.place(desk))

    def copies(self) -> None:
        """Let a synchronising program leave a conflict copy, in which something was typed."""
        desk = self.chance.choice(REPS)
        own = self.place(desk)
        copy = own.with_name(f"{desk} (conflicted copy {self.count}).xlsx")
        copy_in_the_making = own.with_name("2B3C4D5E")
        copy_in_the_making.write_bytes(own.read_bytes())
        copy_in_the_making.replace(copy)
        with suppress(FileNotFoundError):  # it may have been merged and filed away by now
            self.edits(desk, copy)

    def opens_and_saves(self) -> None:
        """Have the file open while typing twice, as LibreOffice has."""
        desk = self.chance.choice(REPS)
        lock = self.place(desk).with_name(f".~lock.{desk}.xlsx#")
        lock.write_text(f",{desk},host,21.11.2026 16:07,file:///profile;", encoding="utf-8")
        try:
            self.edits(desk)
            time.sleep(self.chance.random() * 0.3)
            self.edits(desk)
        finally:
            lock.unlink()

    def edits_what_is_not_his(self) -> None:
        """Type into a grey column: it is put back, and the journal keeps it."""
        desk = self.chance.choice(REPS)
        pen = self.pen(desk, CUSTOMER)
        rows = [at for at in pen.rows() if at > 2 and pen.row(at).get(pen.columns["number"])]
        at, field = self.chance.choice(rows), pen.columns["correction"]
        if pen.row(at).get(field) is None:
            self._types(pen, desk, at, {field: self.token()})

    def _types(
        self,
        pen: Pen,
        desk: str,
        at: int,
        cells: "dict[int, str] | dict[int, str | Decimal | bool]",
        place: Path | None = None,
    ) -> None:
        for column, value in cells.items():
            pen.put(at, column, value)
        if place is not None and not place.exists():
            raise FileNotFoundError(str(place))
        pen.save(place or self.place(desk))
        for value in cells.values():
            if isinstance(value, str) and value.startswith("tok"):
                self.typed[value] = desk

    def _free(self, pen: Pen) -> int:
        own, rows = pen.columns[ID], pen.rows()
        return next(
            at
            for at in range(3, rows[-1] + 2)
            if all(value is None for column, value in pen.row(at).items() if column != own)
        )

    def _read(self, token: str) -> bool:
        """Return whether the daemon has read a token: it looks only at what is new in the journal."""
        for line in self.store.journal(since=self._heard_to):
            self._heard_to = line.seq
            self._heard |= {each for each in (line.entry.new, line.entry.old) if isinstance(each, str)}
        return token in self._heard


@dataclass(slots=True, kw_only=True)
class Life:
    """A company, its people, its post office, and where its daemons come from."""

    root: Path
    log: Path
    staff: Staff
    nursery: Nursery
    server: MailServer | None
    everybody: Callable[[], tuple[Desk, ...]]
    """Says which desks there are."""
    chance: Random
    kills: int = 0
    met: Counter[str] = made(default_factory=Counter)

    def lives(self, seconds: float) -> None:
        """Let daemons live and die for so long, the people at work all the while."""
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            self.one_life()

    def one_life(self) -> None:
        """Start a daemon, let people work, and kill it: while it starts, at work, or just when it writes."""
        pid = self.nursery.bear()
        how = self.chance.choices(("at its start", "at work", "at writing"), weights=(1, 4, 4))[0]
        patience = time.monotonic() + (self.chance.random() * 0.4 if how == "at its start" else 60)
        while time.monotonic() < patience and not self.nursery.is_ready(pid):
            time.sleep(0.01)
        if how != "at its start":
            assert self.nursery.is_ready(pid), "the daemon does not start: " + self.log.read_text()[-2000:]
            self._works(how)
        os.kill(pid, signal.SIGKILL)
        code = self.nursery.ended()
        assert code == -signal.SIGKILL, f"the daemon ended by itself: {code}"
        self.kills += 1
        self.met[f"killed {how}"] += 1

    def _works(self, how: str) -> None:
        """Let people work until the daemon is to die."""
        death = time.monotonic() + (6 if how == "at writing" else self.chance.random() * 3)
        before = self._versions()
        while time.monotonic() < death:
            self.misbehaves()
            self.staff.acts()
            rest = time.monotonic() + self.chance.random() * 0.2
            while time.monotonic() < min(rest, death):
                if how == "at writing" and self._versions() != before:
                    time.sleep(self.chance.random() * self.chance.choice((0.03, 0.3)))
                    return
                time.sleep(0.005)

    def _versions(self) -> object:
        """Return what changes when the daemon writes: the store, and the file of a desk in the making."""
        wal = self.root / ".deskbook" / "deskbook.db-wal"
        making = [each.name for rep in REPS for each in self.staff.place(rep).parent.glob(".deskbook-new-*")]
        return (wal.stat().st_size if wal.exists() else 0, making)

    def misbehaves(self) -> None:
        """Let the mail server drop a line now and then, before or after it kept the message."""
        if self.server is not None and not self.server.behaviour.data and self.chance.random() < 0.1:
            self.server.behaviour.data.append(self.chance.choice((DROP, KEEP_AND_DROP)))


@contextmanager
def company(root: Path, seed: int, *, smtp: bool) -> Iterator[Life]:
    """Give a company at *root*, which is made; *smtp*: its mail goes over a line, not into a folder."""
    chance = Random(seed)
    with mail_server(None, login=False) if smtp else _nothing() as server:
        found_company(root, server.port if server is not None else None)
        clock = SystemClock(load_settings(root).zone)
        nursery = Nursery(root, root.with_name("daemon.log"))
        try:
            with opened(root, clock, {}, enter=False) as here:
                folder = here.engine.workbooks
                assert isinstance(folder, XlsxFolder)
                assert isinstance(here.store, SqlStore)
                staff = Staff(root=root, folder=folder, store=here.store, chance=chance)
                yield Life(
                    root=root,
                    log=root.with_name("daemon.log"),
                    staff=staff,
                    nursery=nursery,
                    server=server,
                    everybody=here.engine.desks,
                    chance=chance,
                )
        finally:
            nursery.close()


@contextmanager
def _nothing() -> Iterator[None]:
    yield None
