"""A real workspace some of whose desks are online: the office, with Google (emulated) beside its files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Shown
from sync.edges.either import Either
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.mirror import ENDING
from sync.ports import RowCopy, Written
from sync.workspace import Workspace, opened
from tests.support.clock import FakeClock
from tests.support.google.emulator import GoogleEmulator, google_emulator
from tests.support.google_desks import Online, OnlineHands, Pulse
from tests.support.ids import SequentialIds
from tests.support.office import MONDAY, Office, moved_in
from tests.support.person import Person


class Hands:
    """Hands at workbooks and at spreadsheets: each act goes where the desk is."""

    def __init__(self, person: Person, office: "OnlineOffice") -> None:
        self.person, self.office = person, office

    def at(self, path: PurePath) -> Any:
        return self.office.online_hands(path) if path.suffix == ENDING else self.person

    def __getattr__(self, name: str) -> Any:
        def act(path: PurePath, *args: Any, **more: Any) -> Any:
            return getattr(self.at(path), name)(path, *args, **more)

        return act

    def rows(self, path: PurePath, form: FormKey) -> tuple[RowCopy, ...]:
        found: tuple[RowCopy, ...] = self.at(path).rows(path, form)
        return found

    def type_cells(self, path: PurePath, form: FormKey, at: int, values: Mapping[FieldKey, Shown]) -> None:
        self.at(path).type_cells(path, form, at, values)


class OnlineOffice(Office):
    """The office, some of whose desks are online."""

    google: GoogleEmulator
    pulse: Pulse

    def __init__(self, workspace: Workspace, clock: FakeClock, google: GoogleEmulator) -> None:
        workbooks = workspace.engine.workbooks
        assert isinstance(workbooks, Either)
        self.google, self.pulse, self.either = google, Pulse(), workbooks
        mirror = self.online.mirror
        mirror.tick = mirror.budget.tick = mirror.breaker.tick = self.pulse
        mirror.drive.line.sleep = lambda _seconds: None  # type: ignore[attr-defined]
        super().__init__(workspace, clock)
        self.hands = self.person = Hands(self.person, self)  # type: ignore[assignment]

    @property
    def online(self) -> GoogleDesks:
        return self.either.online

    def online_hands(self, path: PurePath) -> OnlineHands:
        known = self.online.mirror.known[path]
        world = Online(
            google=self.google, workbooks=self.either, clock=self.clock, pulse=self.pulse, mails={}
        )
        mails = self.online.mails()[known.desk]
        return OnlineHands(world=world, mail=mails[0], owner=self.google.service_account_mail)

    def round(self) -> Any:
        """Let one round go by, and with it so much time that Google's quotas are whole."""
        self.pulse.at += 60
        self.follow()
        return super().round()

    def follow(self) -> None:
        """Do what the thread does that follows Google, if that is apart (`errands.apart`)."""
        if self.online.errands.apart:
            self.online.errands.run()
            self.online.look()

    def settle(self, most: int = 8) -> int:
        """Let rounds go by until one reads and writes nothing, and nothing is under way."""
        if not self.online.errands.apart:
            return super().settle(most)
        for done in range(most * 4):
            read, written = self.round()
            taken = [each for each in read if each.outcome is not None or each.problem is not None]
            wrote = any(isinstance(each, Written) for each in written)
            if not taken and not wrote and not self.engine.writes.begun and not self.online.errands.open():
                return done
        raise AssertionError(f"it does not come to rest in {most * 4} rounds")

    def restart(self) -> None:
        """Start the daemon anew: it knows of Google what it kept."""
        super().restart()
        self.online.mirror.known.clear()
        self.online.mirror._load()

    def id(self, key: str) -> str:
        return self.online.mirror.known[self.path(key)].id


def settings(google: GoogleEmulator, desks: tuple[str, ...]) -> str:
    """Return what the administrator writes into `deskbook.toml`."""
    named = ", ".join(f'"{each}"' for each in desks)
    return f"""
[google]
key_file = "{google.service_account_file}"
desks = [{named}]
quiet_seconds = 0
poll_seconds = 0
address = "{google.base}"
"""


@contextmanager
def online_office(
    furnished: Path, root: Path, desks: tuple[str, ...], *, ids: str = "b"
) -> Iterator[OnlineOffice]:
    """Move into a furnished office, some of whose desks shall be online."""
    moved_in(furnished, root)
    keys = root / "keys"
    keys.mkdir()
    clock = FakeClock(MONDAY)
    with google_emulator(keys, clock=clock, unlimited=True) as google:
        file = root / "deskbook.toml"
        file.write_text(file.read_text(encoding="utf-8") + settings(google, desks), encoding="utf-8")
        with opened(root, clock, {}, SequentialIds(ids)) as workspace:
            office = OnlineOffice(workspace, clock, google)
            office.settle(12)
            yield office
