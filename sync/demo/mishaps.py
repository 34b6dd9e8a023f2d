"""What goes wrong in the fortnight, as it does in every one: whom it happens to, and how it is mended the day after.

Who it is comes from the plan and not from a list of names, so that every calendar and every company has its share.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sync.demo.plan import Plan
from sync.demo.records import Opportunity
from sync.demo.seat import Cells
from sync.demo.words import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A day on which an agent sits at his desk."""

    day: dt.date
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """Whom what happens to; None if nobody was there for it."""

    misspelt: Opportunity | None = None
    """Its product is misspelt in the quotation."""
    worded: Opportunity | None = None
    """Its price is typed in words."""
    forgetful: Opportunity | None = None
    """Its quotation is submitted without payment terms, and is returned."""
    left: Opportunity | None = None
    """Its product is misspelt in the lead, on the last day: it waits in red for whoever looks at the demo."""
    sorts: Moment | None = None
    """Sorts all leads by their amount before typing."""
    inserts: Moment | None = None
    """Inserts a row between others in place of using the empty ones at the end."""
    trespasses: Moment | None = None
    """Types into a column that is the manager's, on the last day: what is said of it can still be read."""

    @classmethod
    def drawn(cls, plan: Plan, days: Sequence[dt.date]) -> "Mishaps":
        """Draw from *plan* whom it happens to: from the second of the *days* on, if enough happens then."""
        typos = [*_of_different(plan, days[1:-1]), *_of_different(plan, days[:1]), None, None, None]
        moments = [*_moments(plan, days[1:]), None, None]
        begun = [deal for (day, _), deals in plan.begun.items() if day == days[-1] for deal in deals]
        return cls(
            misspelt=typos[0],
            worded=typos[1],
            forgetful=typos[2],
            left=begun[-1] if begun else None,
            sorts=moments[0],
            inserts=moments[1],
            trespasses=next(_moments(plan, days[-1:]), None),
        )

    def typed(self, deal: Opportunity, speech: Speech) -> Cells:
        """Return what is typed wrongly in the line of *deal*'s quotation."""
        if deal == self.misspelt:
            return {"product": misspelling(deal.product)}
        if deal == self.worded:
            return {"unit_price": speech.said("about", amount=deal.value)}
        return {}

    def of(self, agent: str) -> Iterator[Opportunity]:
        """Yield the opportunities in whose quotation *agent* typed something wrong."""
        for deal in (self.misspelt, self.worded):
            if deal is not None and deal.agent == agent:
                yield deal


def misspelling(product: str) -> str:
    """Return *product* with its last two letters the wrong way round: nothing on the price list is called so."""
    return f"{product[:-2]}{product[-1]}{product[-2]}"


def _of_different(plan: Plan, days: Iterable[dt.date]) -> Iterator[Opportunity]:
    """Yield the first opportunity that each agent quotes."""
    seen: set[str] = set()
    for day in days:
        for (on, agent), deals in sorted(plan.quoted.items()):
            if on == day and agent not in seen:
                seen.add(agent)
                yield deals[0]


def _moments(plan: Plan, days: Iterable[dt.date]) -> Iterator[Moment]:
    """Yield a day for each agent."""
    seen: set[str] = set()
    for day in days:
        for agent in sorted(plan.agents(day), reverse=True):
            if agent not in seen:
                seen.add(agent)
                yield Moment(day=day, agent=agent)
