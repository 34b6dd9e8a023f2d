"""The small company with some of its desks at Google: whatever comes in between, its daemon goes round until it is through."""

from collections.abc import Mapping
from typing import Any, Final

from sheet_templates.form import DeskKey
from sync.declared import Declared
from sync.desks import PEOPLE
from sync.engine import Ingested
from sync.places import is_online
from sync.ports import Refused, Written
from tests.support.google.drive import SPREADSHEET
from tests.support.google.world import World
from tests.support.google_side import BOSS, side
from tests.support.mixed_workbooks import MixedWorkbooks
from tests.support.small_company import MO, ROY
from tests.support.town import Town
from tests.support.workbooks import FakeWorkbooks

ONLINE: Final = (ROY, MO)
"""A rep, whose spreadsheet was made by hand and has an owner; and who signs, in one that is Deskbook's own."""
MOST: Final = 40
_LONG: Final = 1000.0
"""Seconds after which everything is tried again."""


class MixedTown(Town):
    """The small company; Roy and Mo work at Google."""

    workbooks: MixedWorkbooks
    online = frozenset(ONLINE)

    def __init__(self, declared: Declared) -> None:
        self.patient = True
        super().__init__(declared)

    def furnished(self) -> FakeWorkbooks:
        found = MixedWorkbooks(self.declared.forms)
        google, world = side(), World(clock=self.clock)
        world.accounts = google.google.world.accounts
        google.play(world)
        given = google.google.put_file("Roy", SPREADSHEET, BOSS, share={google.line.mail: "writer"})
        self.workbooks = found
        found.settle_in(
            google=google,
            world=world,
            clock=self.clock,
            mails=self.mails,
            people=self.everybody,
            given={ROY: given},
        )
        return found

    def beside(self, twin: Town) -> None:
        assert isinstance(twin, MixedTown)
        twin.patient = True
        twin.workbooks.begin_beside(self.workbooks, twin.clock, twin.mails, twin.everybody)

    def start(self, *parts: Any, **named: Any) -> None:
        # Everything that a daemon has in mind is gone when it ends.
        if hasattr(self, "engine"):
            self.workbooks.restart()
        super().start(*parts, **named)

    def mails(self) -> Mapping[DeskKey, tuple[str, ...]]:
        """Return with whom each online desk is to be shared."""
        if not hasattr(self, "engine"):
            return dict.fromkeys(map(DeskKey, ONLINE), ())
        online = {each.key for each in self.engine.desks() if is_online(each, self.online)}
        return {key: found for key, found in self.everybody().items() if key in online}

    def everybody(self) -> Mapping[DeskKey, tuple[str, ...]]:
        """Return the addresses of those who work in each desk."""
        if not hasattr(self, "engine"):
            return {}
        return {
            each.key: tuple(
                str(found["email"])
                for number in each.people
                if (found := self.store.numbered(PEOPLE, number)) is not None
            )
            for each in self.engine.desks()
        }

    def round(self) -> tuple[tuple[Ingested, ...], tuple[Written | Refused, ...]]:
        """Let one round go by; more, while something is under way at Google, or comes to nothing there."""
        self.workbooks.follow()
        read, written = super().round()
        for _ in range(MOST if self.patient else 0):
            if not self._again():
                break
            more, most = super().round()
            read, written = (*read, *more), (*written, *most)
        return read, written

    def daemon_round(self) -> None:
        self.workbooks.follow()
        super().daemon_round()
        for _ in range(MOST if self.patient else 0):
            if not self._again():
                break
            super().daemon_round()

    def _again(self) -> bool:
        """Return whether something came to nothing or was begun; let so much time pass that it is tried again."""
        line, desks = self.workbooks.line, self.workbooks.desks
        failed, line.failures = line.failures, 0
        if failed:
            self.workbooks.pulse.at += _LONG
        begun = bool(self.engine.writes.begun or desks.errands.open())
        if failed or begun:
            self.workbooks.follow()
        return bool(failed) or begun
