"""A rep's morning: one sitting before the own desk, in which everything is done that the day asks for."""

from collections.abc import Iterator

from sync.demo.claims import Claims, claims_on
from sync.demo.house import House
from sync.demo.prospects import Prospects
from sync.demo.selling import Selling


def sitting(house: House) -> Iterator[str]:
    """Yield the agents who have a reason to sit down today, in order of the records."""
    late = {name for name, ids in house.late.items() if ids}
    wanted = house.plan.agents(house.today) | house.called | late
    for agent in house.company.agents:
        if agent.name in wanted or any(claims_on(house, agent.name)):
            yield agent.name


def morning(house: House, name: str) -> None:
    """Let the agent *name* sit down, work and save once."""
    key = (house.today, name)
    house.called.discard(name)
    house.late.setdefault(name, []).extend(each.id for each in house.plan.ordered.get(key, ()))
    with house.seat(name).open() as book:
        prospects = Prospects(house=house, name=name, book=book)
        selling = Selling(house=house, name=name, book=book)
        selling.mend()
        selling.answer_returned()
        prospects.habits()
        prospects.follow_up()
        prospects.answer_correction()
        selling.accept()
        for deal in house.plan.begun.get(key, ()):
            prospects.register(deal)
        for deal in house.plan.lost.get(key, ()):
            prospects.lose(deal)
        for deal in house.plan.quoted.get(key, ()):
            selling.quote(deal)
        selling.order_late()
        Claims(house=house, book=book).enter(name)
