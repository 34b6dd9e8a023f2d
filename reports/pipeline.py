"""What may still become an order: open leads and unanswered quotations (IT-3.2, TX-3.4.3). No I/O."""

from dataclasses import dataclass
from typing import Final

from reports.books import Books, Scope, Staff, day, owned, word
from reports.lead_week import LEAD
from reports.period import Period
from reports.sales import ORDER
from sheet_templates.form import FormKey
from sheet_templates.record import Record, State

QUOTATION: Final = FormKey("quotation")

_OPEN: Final = frozenset({State.SUBMITTED, State.APPROVED})
_ANSWERED: Final = frozenset({"accepted", "declined"})
_CLOSED: Final = frozenset({"converted", "lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Leads that are not closed, and quotations that are valid, unanswered and not ordered."""

    leads: tuple[Record, ...]
    quotations: tuple[Record, ...]


def pipeline(books: Books, people: Staff, scope: Scope, period: Period) -> Pipeline:
    """Return what is open as the records stand; a quotation is valid if it is on the last day of *period*."""
    ordered = {word(each, "quotation") for each in books.every(ORDER)}
    states = _OPEN if books.is_signed(QUOTATION) else _OPEN | {State.RECORDED}
    as_of = min(period.end, books.today)
    leads = (each for each in owned(books, people, scope, LEAD) if each["status"] not in _CLOSED)
    quotations = (
        each
        for each in owned(books, people, scope, QUOTATION)
        if each.state in states
        and each["feedback"] not in _ANSWERED
        and each.number not in ordered
        and (day(each, "valid_until") or as_of) >= as_of
    )
    return Pipeline(leads=tuple(leads), quotations=tuple(quotations))
