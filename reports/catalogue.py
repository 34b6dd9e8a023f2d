"""The reports that there are: who gets them, about which period, and when they are due. No I/O."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from reports.books import Books, Scope, staff
from reports.expense import expense
from reports.leads import leads
from reports.monthly import monthly
from reports.page import Page
from reports.period import Period, PeriodKind
from reports.receivables import receivables
from reports.sign_off import sign_off
from reports.transfers import transfers
from sheet_templates.form import Role
from sheet_templates.record import Text, text

Make: TypeAlias = Callable[[Books, Period, Scope], Page]


class Reach(Enum):
    """Whose records a reader's report is about."""

    COMPANY = "company"
    """Everybody's: one report for all who hold the role."""
    OWN = "own"
    """His people's: one report for each who holds the role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One line of the catalogue."""

    key: str
    """Its name for `deskbook report NAME`, in files and in the run ledger: never changed."""
    make: Make
    kind: PeriodKind
    readers: Mapping[Role, Reach]
    hour: int = 8
    """Of the day after the period, in the workspace's zone: a week's report on Monday, a month's on the 1st."""

    @property
    def title(self) -> Text:
        """What people call it."""
        return text(f"reports.catalogue.{self.key}")

    @property
    def help(self) -> Text:
        """What it says, in a sentence."""
        return text(f"reports.catalogue.{self.key}.help")

    def due_at(self, period: Period, zone: dt.tzinfo) -> dt.datetime:
        """Return when the report on *period* is due."""
        return dt.datetime.combine(period.next.start, dt.time(self.hour), tzinfo=zone)


REPORTS: Final[tuple[Report, ...]] = (
    Report(
        key="expense",
        make=expense,
        kind=PeriodKind.MONTH,
        readers={Role("finance"): Reach.COMPANY, Role("leader"): Reach.COMPANY, Role("manager"): Reach.OWN},
    ),
    Report(
        key="receivables",
        make=receivables,
        kind=PeriodKind.MONTH,
        readers={Role("finance"): Reach.COMPANY, Role("leader"): Reach.COMPANY, Role("manager"): Reach.OWN},
    ),
    Report(
        key="leads",
        make=leads,
        kind=PeriodKind.WEEK,
        readers={Role("manager"): Reach.OWN},
    ),
    Report(
        key="monthly",
        make=monthly,
        kind=PeriodKind.MONTH,
        readers={Role("manager"): Reach.OWN, Role("leader"): Reach.COMPANY},
    ),
    Report(
        key="sign_off",
        make=sign_off,
        kind=PeriodKind.MONTH,
        readers={Role("leader"): Reach.COMPANY, Role("manager"): Reach.OWN},
    ),
    Report(
        key="transfers",
        make=transfers,
        kind=PeriodKind.MONTH,
        readers={Role("leader"): Reach.COMPANY, Role("manager"): Reach.OWN},
    ),
)


def report(key: str) -> Report | None:
    """Return the report called *key*, or None."""
    return next((each for each in REPORTS if each.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One making of a report, and who gets it."""

    scope: Scope
    people: tuple[str, ...]
    """Numbers in `people`."""


def copies(report_: Report, books: Books) -> tuple[Copy, ...]:
    """Return which copies of *report_* are to be made, for those who hold its roles today."""
    people = staff(books)
    found: list[Copy] = []
    for role, reach in report_.readers.items():
        holders = people.holding(role, Scope(role=role), books.today)
        match reach:
            case Reach.COMPANY if holders:
                found.append(Copy(scope=Scope(role=role), people=holders))
            case Reach.COMPANY:
                continue
            case Reach.OWN:
                found += [Copy(scope=Scope(role=role, me=each), people=(each,)) for each in holders]
    return tuple(found)


def file_name(report_: Report, period: Period, copy: Copy) -> str:
    """Return a name for the copy's file, without ending: `expense-2026-10-finance`, `leads-2026-W45-P-0007`.

    Copies have different names even if they are about the same records: not every role may read every field.
    """
    return f"{report_.key}-{period.key}-{copy.scope.me or copy.scope.role}"


def due(report_: Report, now: dt.datetime) -> Period:
    """Return the latest period that the report is due for at *now* (with the workspace's zone)."""
    zone = _zone(now)
    period = Period.holding(report_.kind, now.date())
    while report_.due_at(period, zone) > now:
        period = period.previous
    return period


def missed(report_: Report, since: dt.datetime, now: dt.datetime) -> tuple[Period, ...]:
    """Return the periods for which the report fell due after *since* and up to *now*, oldest first."""
    zone = _zone(now)
    found: list[Period] = []
    period = due(report_, now)
    while report_.due_at(period, zone) > since:
        found.append(period)
        period = period.previous
    return tuple(reversed(found))


def _zone(now: dt.datetime) -> dt.tzinfo:
    if now.tzinfo is None:
        raise ValueError("A time without a zone does not say which day it is")
    return now.tzinfo
