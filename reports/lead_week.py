"""The leads of one week: which were new, assigned, followed, closed, and which wait (TX-3.2.2, TX-3.2.3). No I/O."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from reports.books import Books, Scope, Staff, day, word
from reports.period import Period
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, RecordId

LEAD: Final = FormKey("lead")
CONTACT: Final = FormKey("contact")

_CLOSED: Final = frozenset({"converted", "lost"})
_REPORTED: Final = (FieldKey("follow_up"), FieldKey("next_step"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The leads that concern a manager, as one week saw them."""

    period: Period
    as_of: dt.date
    """The week's last day, or today if the week is not over."""
    contacts: tuple[Record, ...]
    """What was logged during the week by the manager's people."""
    open: tuple[Record, ...]
    """Known and undecided at the week's end."""
    new: tuple[Record, ...]
    """Found during the week."""
    assigned: tuple[Record, ...]
    """Given to a rep, or to another one, during the week."""
    followed: tuple[Record, ...]
    """Somebody did something about it during the week."""
    converted: tuple[Record, ...]
    lost: tuple[Record, ...]

    @property
    def late(self) -> tuple[Record, ...]:
        """The open leads whose day to do something had passed by the week's end."""
        return tuple(each for each in self.open if (on := due(each)) is not None and on < self.as_of)

    @property
    def seen(self) -> tuple[Record, ...]:
        """All leads that the week is about: open, or touched during it."""
        found: dict[RecordId, Record] = {}
        for part in (self.open, self.new, self.assigned, self.followed, self.converted, self.lost):
            found |= {each.id: each for each in part}
        return tuple(found.values())


def due(lead: Record) -> dt.date | None:
    """Return by when the rep must act on *lead*: by the manager's day until he has reported, then by his own."""
    if lead["follow_up"]:
        return day(lead, "next_on")
    return day(lead, "follow_up_by") or day(lead, "next_on")


def found_on(books: Books, lead: Record) -> dt.date | None:
    """Return the day on which *lead* was found; failing that, the day on which it was registered."""
    return day(lead, "found_on") or books.made_on(lead)


def closed_on(books: Books, lead: Record) -> dt.date | None:
    """Return the day on which *lead* was converted or lost; None if it was not."""
    if word(lead, "status") not in _CLOSED:
        return None
    return day(lead, "closed_on") or found_on(books, lead)


def concerned(books: Books, people: Staff, scope: Scope) -> tuple[Record, ...]:
    """Return the leads of the manager's people, and those that nobody has yet of their finds or regions."""
    inside = people.inside(scope)
    if inside is None:
        return books.every(LEAD)
    regions = {word(each, "region") for number, each in people.people.items() if number in inside} | {""}

    def concerns(lead: Record) -> bool:
        if lead["owner"]:
            return lead["owner"] in inside
        return lead["reported_by"] in inside or word(lead, "region") in regions

    return tuple(each for each in books.every(LEAD) if concerns(each))


def lead_week(books: Books, people: Staff, scope: Scope, period: Period) -> Week:
    """Return what the week *period* saw of the leads that concern *scope*."""
    inside = people.inside(scope)
    leads = concerned(books, people, scope)
    contacts = tuple(
        each
        for each in books.every(CONTACT)
        if day(each, "on") in period and (inside is None or each["owner"] in inside)
    )
    met = {(word(each, "owner"), word(each, "customer")) for each in contacts if each["customer"]}
    as_of = min(period.end, books.today)
    alive = tuple(each for each in leads if _alive(books, each, period))
    ended = tuple(each for each in leads if closed_on(books, each) in period)
    return Week(
        period=period,
        as_of=as_of,
        contacts=contacts,
        open=tuple(each for each in leads if _open(books, each, as_of)),
        new=tuple(each for each in leads if found_on(books, each) in period),
        assigned=tuple(each for each in alive if each["owner"] and _assigned(books, each, period)),
        followed=tuple(
            each
            for each in alive
            if (word(each, "owner"), word(each, "customer")) in met
            or any(_filled(books, each, field, period) for field in _REPORTED)
        ),
        converted=tuple(each for each in ended if each["status"] == "converted"),
        lost=tuple(each for each in ended if each["status"] == "lost"),
    )


def _alive(books: Books, lead: Record, period: Period) -> bool:
    """Return whether anything could be done about *lead* in *period*: most leads of a company are long closed."""
    closed = closed_on(books, lead)
    return closed is None or closed >= period.start


def _open(books: Books, lead: Record, as_of: dt.date) -> bool:
    found, closed = found_on(books, lead), closed_on(books, lead)
    if found is not None and found > as_of:
        return False
    return word(lead, "status") not in _CLOSED or (closed is not None and closed > as_of)


def _assigned(books: Books, lead: Record, period: Period) -> bool:
    known = _filled(books, lead, FieldKey("owner"), period)
    return found_on(books, lead) in period if known is None else known


def _filled(books: Books, lead: Record, field: FieldKey, period: Period) -> bool | None:
    """Return what the journal says; it is not asked about a lead that was last changed before *period*."""
    changed = lead.changed_at
    if changed is not None and changed.astimezone(books.zone).date() < period.start:
        return None
    return books.filled(LEAD, lead, field, period)
