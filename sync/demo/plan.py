"""What happens on which of the ten days, as the records have it: opportunities that begin, are won or are lost."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sync.demo.dates import working_day
from sync.demo.records import Deal, Opportunity

Days: TypeAlias = Mapping[tuple[dt.date, str], Sequence[Opportunity]]
"""(day, agent) → opportunities."""

_QUOTED_BEFORE = 2
"""Working days between a quotation and the order, if the fortnight leaves them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The agents' fortnight."""

    begun: Days
    quoted: Days
    ordered: Days
    lost: Days

    def agents(self, day: dt.date) -> frozenset[str]:
        """Return who has something to enter on *day*."""
        every = (self.begun, self.quoted, self.ordered, self.lost)
        return frozenset(agent for days in every for (on, agent) in days if on == day)

    def won(self) -> tuple[Opportunity, ...]:
        """Return all opportunities that are won in the fortnight."""
        return tuple(deal for deals in self.ordered.values() for deal in deals)


def plan_of(deals: Iterable[Opportunity], days: Sequence[dt.date]) -> Plan:
    """Return the plan of *deals*, whose dates are moved, for the working *days*. A weekend's are entered on Monday.

    What is won on the first day was to be quoted before; it is quoted then, and ordered on the next day.
    """
    begun: defaultdict[tuple[dt.date, str], list[Opportunity]] = defaultdict(list)
    quoted: defaultdict[tuple[dt.date, str], list[Opportunity]] = defaultdict(list)
    ordered: defaultdict[tuple[dt.date, str], list[Opportunity]] = defaultdict(list)
    lost: defaultdict[tuple[dt.date, str], list[Opportunity]] = defaultdict(list)
    for deal in deals:
        if deal.engaged is not None and days[0] <= deal.engaged:
            if (day := working_day(deal.engaged)) in days:
                begun[day, deal.agent].append(deal)
        elif deal.closed is not None and deal.closed >= days[0] and (day := working_day(deal.closed)) in days:
            if deal.stage is Deal.LOST:
                lost[day, deal.agent].append(deal)
            else:
                at = days.index(day)
                first = max(0, at - _QUOTED_BEFORE)
                quoted[days[first], deal.agent].append(deal)
                ordered[days[min(max(at, first + 1), len(days) - 1)], deal.agent].append(deal)
    return Plan(begun=begun, quoted=quoted, ordered=ordered, lost=lost)
