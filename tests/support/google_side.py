"""Google's side of many companies, one after the other: one server a process, whose world is another each time."""

import atexit
import random
from contextlib import ExitStack
from dataclasses import dataclass, replace
from dataclasses import field as made
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from sync.edges.google.call import Call
from sync.edges.google.faults import Trouble
from sync.edges.google.line import Line, credentials
from sync.edges.google.pace import Breaker, Budget
from sync.edges.xlsx.versions import Versions, hash_of
from sync.ports import Hash
from tests.support.clock import FakeClock
from tests.support.fuse import Crash
from tests.support.google.book import Book
from tests.support.google.clock import Ticking
from tests.support.google.drive import File
from tests.support.google.emulator import GoogleEmulator, google_emulator
from tests.support.google.world import World

BOSS: Final = "boss@example.com"
"""Owns the spreadsheets that were made by hand: no protection holds him."""


class Pulse:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass(slots=True, kw_only=True)
class Side:
    """The server, and the one line to it: to log in anew for each company would take long."""

    google: GoogleEmulator
    line: Line
    played: World
    """Whose company plays now."""

    def play(self, world: World) -> None:
        """Let the server be *world*, in which nothing is planned yet."""
        if world is not self.played:
            self.google.desk.world = self.played = world
            self.google.well()
            self.google.seen.clear()

    def connect(self, budget: Budget, breaker: Breaker, pulse: Pulse) -> Line:
        """Return the line, as a daemon has it that has just started. To wait costs no time of ours."""

        def rest(seconds: float) -> None:
            pulse.at += seconds

        self.line.budget, self.line.breaker, self.line.sleep = budget, breaker, rest
        return self.line


@cache
def side() -> Side:
    """Return the server of this process; it ends with it."""
    stack = ExitStack()
    google = stack.enter_context(google_emulator(workplace("key"), clock=FakeClock(), unlimited=True))
    atexit.register(stack.close)
    pulse = Pulse()
    line = Line(
        credentials(google.service_account_file),
        budget=Budget(tick=pulse),
        breaker=Breaker(tick=pulse),
        sleep=lambda _: None,
        address=google.base,
    )
    return Side(google=google, line=line, played=google.world)


@cache
def _root() -> Path:
    return Path(mkdtemp(prefix="company-"))


def workplace(name: str) -> Path:
    """Return a folder of its own."""
    return Path(mkdtemp(prefix=f"{name}-", dir=_root()))


def twin_of(world: World, clock: Ticking) -> World:
    """Return a world that stands as *world* does and goes its own way. Contents are never changed in place."""
    twin = World(clock=clock, rules=replace(world.rules), dice=_twin_dice(world.dice))
    twin.accounts = {mail: replace(each) for mail, each in world.accounts.items()}
    twin.files = {number: _twin_file(each) for number, each in world.files.items()}
    twin.drives = dict(world.drives)
    twin.members = {number: dict(each) for number, each in world.members.items()}
    twin.drive_names = dict(world.drive_names)
    return twin


def _twin_file(file: File) -> File:
    return replace(
        file,
        book=None if file.book is None else twin_book(file.book),
        properties=dict(file.properties),
        app_properties=dict(file.app_properties),
        permissions=dict(file.permissions),
    )


def twin_book(book: Book) -> Book:
    """Return a spreadsheet that gives ids as *book* would, and does not take them from it."""
    return replace(book.copy(), dice=_twin_dice(book.dice))


def _twin_dice(dice: random.Random) -> random.Random:
    twin = random.Random()
    twin.setstate(dice.getstate())
    return twin


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInMemory(Versions):
    """Kept versions, as fast as a walk of a thousand of them needs it."""

    raws: dict[Hash, bytes] = made(default_factory=dict)

    def keep(self, raw: bytes) -> Hash:
        file = hash_of(raw)
        self.raws[file] = raw
        return file

    def get(self, file: Hash) -> bytes | None:
        return self.raws.get(file)


class WatchedLine:
    """A line to Google that counts what comes to nothing, and can be cut off together with the whole process."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.failures = 0
        """Requests that came to nothing since somebody asked."""
        self.left: int | None = None
        """So many requests go by until the plug is pulled; None: it is not."""
        self.after = False
        """It is pulled when the request was carried out, and nobody has heard the answer."""

    @property
    def mail(self) -> str:
        return self.line.mail

    def ask(self, call: Call) -> Any:
        if self.left == 0:
            self.left = None
            if self.after:
                self.asked(call)
            raise Crash
        if self.left is not None:
            self.left -= 1
        try:
            return self.asked(call)
        except Trouble:
            self.failures += 1
            raise

    def asked(self, call: Call) -> Any:
        """Ask, in fact."""
        return self.line.ask(call)
