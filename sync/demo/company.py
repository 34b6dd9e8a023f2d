"""The company of the demo as it stood on the eve of the fortnight: the public records as old registers.

Taken as they are: people, teams and offices; accounts (sector → industry, employees → size, revenue in millions,
country → address, parent company); products and list prices; opportunities as leads; won ones as quotation,
order and lines at the price that they were closed at; engagement and closing dates, moved (`dates`).

Wrong in the records, and left so: `GTXPro` for `GTX Pro`, `technolgy`, `Philipines`; open opportunities without
an account; closing prices that are not the list price; deals that were lost without a reason. (`GTXPro` is
understood as `GTX Pro`, because names are compared without spaces; the rest stands in the desks as it was.)

Derived, because the registers need it and the records do not have it, always the same for the same records:

- the rep of a customer: who has most opportunities with him in the window; his first contact: the first of them;
- the unit cost: seven tenths of the list price; the expected amount of an open lead: the list price;
- the source of a lead: drawn by its id; the day of its next step: every second week from its beginning;
- the day of a quotation: half of the time that the customer took before he decided, two weeks at most;
- delivery three weeks after the order, shipped three days before that, accepted a week after; the departments'
  columns are filled as far as the order has come by then;
- payments: 30 % with the order, 70 % thirty days after delivery, both late by half of the time that the
  customer took to decide: who decides slowly pays slowly.

Left out: what was closed before the window of two months, what was begun before it and is open still, and what
has no date at all.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sheet_templates.form import DeskKey, Role
from sync.demo.dates import Calendar, add_months
from sync.demo.deals import Ledger, old_row
from sync.demo.records import Agent, Crm, Opportunity
from sync.opening import OldRow

WINDOW_MONTHS: Final = 2

DEPARTMENTS: Final = tuple(
    Role(each)
    for each in (
        "finance",
        "marketing",
        "service",
        "production",
        "logistics",
        "technical",
        "procurement",
        "admin",
    )
)

_COST: Final = Decimal("0.7")
_CENT: Final = Decimal("0.01")
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the records do not name, in the workspace's language."""

    leader: str
    departments: Mapping[Role, str]
    no_reason: str
    """Why a deal was lost, where nobody wrote it down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The registers on the morning of the fortnight's first day."""

    crm: Crm
    calendar: Calendar
    opening: dt.date
    """The first day that the registers know nothing of."""
    agents: tuple[Agent, ...]
    """The sales agents who take part."""
    names: Names

    @property
    def window(self) -> dt.date:
        """The first day of which they know."""
        return add_months(self.opening, -WINDOW_MONTHS)

    def people(self) -> Iterator[OldRow]:
        """Yield everybody, superiors first."""
        leader = self.names.leader
        yield _person(leader, "leader", "leader")
        for name, office in dict.fromkeys((each.manager, each.office) for each in self.agents):
            yield _person(name, "manager", name, superior=leader, team=name, region=office)
        for role in DEPARTMENTS:
            yield _person(self.names.departments[role], role, role, superior=leader)
        for agent in self.agents:
            own = {"superior": agent.manager, "team": agent.manager, "region": agent.office}
            yield _person(agent.name, "rep", agent.name, **own)

    def registers(self, desks: Mapping[str, DeskKey]) -> Iterator[OldRow]:
        """Yield all registers but the people. *desks*: each person's desk, by name."""
        for product in self.crm.products:
            yield old_row(
                "product",
                DeskKey("admin"),
                name=product.name,
                series=product.series,
                price=product.price,
                cost=(product.price * _COST).quantize(_CENT, ROUND_HALF_UP),
            )
        yield from self._customers(desks)
        ledger = Ledger(
            opening=self.opening,
            accounts={each.name: each for each in self.crm.accounts},
            prices={each.name: each.price for each in self.crm.products},
            offices={each.name: each.office for each in self.agents},
            no_reason=self.names.no_reason,
        )
        for deal in self.deals():
            if deal.engaged is not None and deal.engaged < self.opening:
                yield from ledger.rows(deal, desks[deal.agent])

    def deals(self) -> tuple[Opportunity, ...]:
        """Return the agents' opportunities from the window on, their dates moved, the oldest first."""
        window = self.window
        known = (
            each
            for each in self._all_deals()
            if each.engaged is not None and max(each.engaged, each.closed or each.engaged) >= window
        )
        return tuple(sorted(known, key=lambda each: (each.engaged or window, each.id)))

    def reps(self) -> Mapping[str, str]:
        """Return the rep of each account: who has most opportunities with it, in the window if there are any."""
        found: dict[str, str] = {}
        for deals in (self._all_deals(), self.deals()):
            counts = Counter((each.account, each.agent) for each in deals if each.account)
            for (account, agent), _ in sorted(counts.items(), key=lambda each: (each[1], each[0])):
                found[account] = agent
        return found

    def _customers(self, desks: Mapping[str, DeskKey]) -> Iterator[OldRow]:
        reps = self.reps()
        regions = {each.name: each.office for each in self.agents}
        first: dict[str, dt.date] = {}
        for deal in self._all_deals():
            if deal.engaged is not None:
                first[deal.account] = min(deal.engaged, first.get(deal.account, deal.engaged))
        for account in self.crm.accounts:
            rep = reps.get(account.name)
            if rep is None:
                continue
            yield old_row(
                "customer",
                desks[rep],
                name=account.name,
                owner=rep,
                industry=account.sector,
                region=regions[rep],
                address=account.country,
                size=account.employees,
                founded=account.founded,
                revenue=account.revenue * _MILLION,
                parent_company=account.parent,
                first_contact_on=min(first[account.name], self.opening),
            )

    def _all_deals(self) -> Iterator[Opportunity]:
        names = {each.name for each in self.agents}
        for each in self.crm.opportunities:
            if each.agent in names:
                yield replace(each, engaged=self._moved(each.engaged), closed=self._moved(each.closed))

    def _moved(self, day: dt.date | None) -> dt.date | None:
        return self.calendar.moved(day) if day is not None else None


def _person(name: str, role: str, mailbox: str, **cells: str) -> OldRow:
    address = f"{mailbox.lower().replace(' ', '.')}@example.com"
    return old_row("people", DeskKey("admin"), name=name, role=role, email=address, **cells)
