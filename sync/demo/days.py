"""The days of the fortnight: who sits down when, and what the daemon makes of it in between."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal
from pathlib import Path
from typing import Final

from sheet_templates.form import Role
from sync.demo.departments import Department
from sync.demo.house import House
from sync.demo.office import Office
from sync.demo.reps import morning, sitting
from sync.demo.reviews import Reviews
from sync.demo.seat import Seat
from sync.workspace import MAIL_FOLDER, REPORTS_FOLDER

JOINT_REVIEW: Final = Decimal(5000)
"""Quotations from this total on are reviewed jointly: a handful of the fortnight's deals."""

_DIGEST: Final = dt.time(8)
_MORNING: Final = dt.time(9, 30)
_NOON: Final = dt.time(11)
_AFTERNOON: Final = dt.time(13, 30)
_LATE: Final = dt.time(15, 30)
_EVENING: Final = dt.time(17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """On which days (from 0) happens what happens only once."""

    leaves: int = 2
    """A manager takes a copy of the desk along …"""
    returns: int = 4
    """… and brings it back."""
    correction: int = 5
    """Marketing finds a customer's data wrong."""
    clash: int = 6
    """A rep and the manager change the same field."""
    delay: int = 7
    """Production is late."""
    leader: frozenset[int] = frozenset({3, 7, 9})
    """The days on which the leader sits down."""


@dataclass(slots=True, kw_only=True)
class Days:
    """Lives one day after the other."""

    house: House
    office: Office
    script: Script
    bag: Path
    """Where copies are that people take along."""
    away: dict[str, Seat] = made(default_factory=dict)
    """Managers who work on a copy elsewhere."""

    def live(self, index: int) -> None:
        """Live the working day *index*, and the weekend behind it.

        On the last day the managers do not come: something is left for whoever looks at the demo.
        """
        day = self.house.days[index]
        self._dawn(day)
        if index == 0:
            self._set_limit()
        self._at(day, _MORNING)
        for name in tuple(sitting(self.house)):
            morning(self.house, name)
        self._at(day, _NOON)
        self._sit("finance", self._finance)
        self._sit("marketing", self._market)
        if index == self.script.correction:
            self._sit("marketing", Department.corrects)
        self._at(day, _AFTERNOON)
        self._travel(index)
        if day != self.house.days[-1]:
            self._managers()
        if index in self.script.leader:
            self._leader()
        self._at(day, _LATE)
        self._carry_out(index)
        self._at(day, _EVENING)
        if index == self.script.clash:
            self._clash()
        self.office.rest()
        self._weekend(day)

    def _at(self, day: dt.date, time: dt.time) -> None:
        """Let the daemon make the most of what was saved, then let it be *time*."""
        self.office.rest()
        zone = self.house.workspace.settings.zone
        self.office.at(dt.datetime.combine(day, time, tzinfo=zone))

    def _dawn(self, day: dt.date) -> None:
        """Let the hour pass at which digests, reminders and reports go out, and say what went."""
        root = self.house.workspace.root
        reports, mails = _names(root / REPORTS_FOLDER), len(_names(root / MAIL_FOLDER))
        self._at(day, _DIGEST)
        # `monthly-2026-10-finance`: for whom each copy is, is of no interest here.
        made = sorted({"-".join(name.split("-")[:3]) for name in _names(root / REPORTS_FOLDER) - reports})
        if made:
            self.house.tells("reports", day=day, names=", ".join(made))
        if (count := len(_names(root / MAIL_FOLDER)) - mails) > 0:
            self.house.tells("mails", day=day, count=count)

    def _weekend(self, day: dt.date) -> None:
        """Let the mornings pass on which nobody works: a month may end then."""
        later = [each for each in self.house.days if each > day]
        until = later[0] if later else day
        day += dt.timedelta(days=1)
        while day < until:
            self._dawn(day)
            day += dt.timedelta(days=1)

    # ------------------------------------------------------------------------------------------------------

    def _set_limit(self) -> None:
        house = self.house
        with house.department("admin").open() as book:
            limits = book.sheet("limits")
            for at in limits.find(key="joint_review_amount"):
                limits.type(at, {"value": JOINT_REVIEW})
        house.tells("sets_limit", amount=JOINT_REVIEW)
        # It counts when the company's leader has signed it.
        self._leader()
        self.office.rest()

    def _finance(self, department: Department) -> None:
        self._sign(department, "finance")
        department.finance()

    def _market(self, department: Department) -> None:
        self._sign(department, "marketing")
        department.marketing()

    def _sign(self, department: Department, role: str) -> None:
        who = self.house.company.names.departments[Role(role)]
        Reviews(house=self.house, book=department.book, who=who, role=role).sign()

    def _travel(self, index: int) -> None:
        """Let the first manager take a copy of the desk along, work on it, and bring it back."""
        house = self.house
        who = house.managers()[0]
        copy = self.away.get(who)
        if index == self.script.leaves:
            self.away[who] = house.seat(who).take_along(self.bag / f"{who}.xlsx")
            house.tells("leaves", who=who)
        elif copy is not None and index == self.script.returns:
            house.seat(who).bring_back(copy)
            del self.away[who]
            house.tells("returns", who=who)
            self.office.rest()
        elif copy is not None:
            self._manage(copy)

    def _managers(self) -> None:
        for name in self.house.managers():
            if name not in self.away:
                self._manage(self.house.seat(name))

    def _manage(self, seat: Seat) -> None:
        with seat.open() as book:
            reviews = Reviews(house=self.house, book=book, who=seat.who, role="manager")
            reviews.assign()
            reviews.sign()

    def _leader(self) -> None:
        self.office.rest()
        seat = self.house.leader()
        with seat.open() as book:
            Reviews(house=self.house, book=book, who=seat.who, role="leader").sign()

    def _carry_out(self, index: int) -> None:
        """Let the departments work: service daily, the others every second day, logistics when all is said."""
        work: dict[str, Callable[[Department], None]] = {"service": Department.service}
        if index % 2 == 0:
            work["production"] = Department.production
        else:
            work |= {"technical": Department.technical, "procurement": Department.procurement}
        for role, does in work.items():
            self._sit(role, does)
        posts, lang = self.house.workspace.declared.posts, self.house.speech.lang
        names = ", ".join(posts[Role(role)].labels.in_(lang) for role in work)
        self.house.tells("carries_out", names=names)
        if index == self.script.delay:
            self._sit("production", Department.delay)
        self.office.rest()
        self._sit("logistics", Department.logistics)

    def _sit(self, role: str, does: Callable[[Department], None]) -> None:
        with self.house.department(role).open() as book:
            does(Department(house=self.house, book=book))

    def _clash(self) -> None:
        """Let a rep and the manager change the same field, both before seeing what the other did."""
        house = self.house
        agent = house.company.agents[-2]
        manager = house.seat(agent.manager)
        status = house.speech.choice("lead", "status", "following")
        with manager.open() as above:
            rows = above.sheet("lead").find(owner=agent.name, status=status)
            if not rows:
                return
            number = str(above.sheet("lead").read(rows[0], "number"))
            with house.seat(agent.name).open() as below:
                leads = below.sheet("lead")
                for at in leads.find(number=number):
                    leads.type(at, {"expected_amount": 6200})
            self.office.rest()
            above.sheet("lead").type(rows[0], {"expected_amount": 5800})
        house.tells("clashes", agent=agent.name, manager=agent.manager, number=number)


def _names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}
