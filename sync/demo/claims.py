"""Expense claims: manager, finance, leader; one is returned and corrected, one is refused (IT-5.2)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.effect import Verdict
from sheet_templates.record import State
from sync.demo.house import House
from sync.demo.seat import Book, Cells

_WRONG_INVOICE: Final = "INV-20417?"
_RIGHT_INVOICE: Final = "INV-20417"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim, as it is typed first."""

    day: int
    """Of the fortnight, from 0."""
    agent: int
    """The claimant's place among the agents."""
    category: str
    key: str
    """What it was for (words/demo.toml, `demo.said.claim.…`)."""
    amount: Decimal
    invoice: str


CLAIMS: Final = (
    Claim(day=0, agent=0, category="travel", key="visit", amount=Decimal("1240.50"), invoice="INV-88120"),
    Claim(
        day=0, agent=1, category="communication", key="phone", amount=Decimal("96.40"), invoice="INV-55903"
    ),
    Claim(
        day=0, agent=-2, category="entertainment", key="dinner", amount=Decimal(860), invoice=_WRONG_INVOICE
    ),
    Claim(day=1, agent=-3, category="promotion", key="fair", amount=Decimal(12000), invoice="INV-71002"),
    Claim(day=2, agent=3, category="travel", key="hotel", amount=Decimal("438.00"), invoice="INV-88341"),
    Claim(day=5, agent=2, category="travel", key="visit", amount=Decimal("615.20"), invoice="INV-88790"),
    Claim(
        day=6, agent=-4, category="communication", key="phone", amount=Decimal("88.15"), invoice="INV-56277"
    ),
    Claim(
        day=8, agent=-2, category="entertainment", key="lunch", amount=Decimal("142.80"), invoice="INV-20533"
    ),
)
"""No record has them: what sales people claim in two weeks, made up once and for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Enters claims into an open desk."""

    house: House
    book: Book

    def enter(self, name: str) -> None:
        """Enter the claims of *name* for today, and correct what was returned."""
        claims, said = self.book.sheet("expense"), self.house.speech
        for at in self.house.in_state(claims, State.RETURNED):
            claims.type(at, {"invoice_no": _RIGHT_INVOICE, "submit": said.yes})
            self.house.tells("corrects_claim", who=name, number=str(claims.read(at, "number")))
        for claim in claims_on(self.house, name):
            claims.add(self._cells(claim))
            self.house.tells("claims", who=name, what=said.said(f"claim.{claim.key}"), amount=claim.amount)

    def _cells(self, claim: Claim) -> Cells:
        said = self.house.speech
        return {
            "date": self.house.after(-1) if claim.day else self.house.today,
            "category": said.choice("expense", "category", claim.category),
            "description": said.said(f"claim.{claim.key}"),
            "amount": claim.amount,
            "invoice_no": claim.invoice,
            "attachments": f"{claim.invoice.rstrip('?')}.pdf",
            "attachment_count": 1,
            "submit": said.yes,
        }


def claims_on(house: House, name: str) -> Iterator[Claim]:
    """Yield the claims that the agent *name* enters today."""
    agents = house.company.agents
    for claim in CLAIMS:
        on = _day(house.days, claim.day)
        if on == house.today and agents[claim.agent % len(agents)].name == name:
            yield claim


def verdict_on(role: str, invoice: object, amount: object, refused_from: Decimal) -> tuple[Verdict, str]:
    """Return what a signer says to a claim, and the key of his words ('' if he agrees without any)."""
    if role == "finance" and str(invoice) == _WRONG_INVOICE:
        return Verdict.RETURN, "invoice_differs"
    if role == "leader" and isinstance(amount, int | float) and Decimal(str(amount)) >= refused_from:
        return Verdict.REFUSE, "not_budgeted"
    return Verdict.AGREE, ""


def _day(days: Sequence[dt.date], at: int) -> dt.date | None:
    return days[at] if at < len(days) else None
