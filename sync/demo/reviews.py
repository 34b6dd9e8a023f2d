"""What is signed: managers assign and decide, finance and marketing review jointly, the leader has the last word."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rules.effect import Verdict
from sheet_templates.form import FormKey
from sync.demo.claims import verdict_on
from sync.demo.house import House, Waiting
from sync.demo.seat import Book, Sheet

_DISCOUNT: Final = Decimal("0.15")
_REFUSED_FROM: Final = Decimal(10000)
"""The leader refuses a claim of so much that nobody had applied for."""
_FOLLOW_UP_DAYS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """What a signer does in an open desk."""

    house: House
    book: Book
    who: str
    role: str

    def assign(self) -> None:
        """Assign the leads of the own team that nobody follows yet, with a demand and a date (TX-3.2.2)."""
        leads, said = self.book.sheet("lead"), self.house.speech
        for at in leads.find(owner=None, status=said.choice("lead", "status", "new")):
            agent = str(leads.read(at, "reported_by"))
            if self.house.manager(agent) != self.who:
                continue
            leads.type(
                at,
                {
                    "owner": agent,
                    "demand": said.said("demand"),
                    "follow_up_by": self.house.after(_FOLLOW_UP_DAYS),
                },
            )
            self.house.called.add(agent)
            self.house.tells("assigns", who=self.who, lead=str(leads.read(at, "title")), agent=agent)

    def sign(self) -> None:
        """Decide what the 待辦 sheet asks for, each where it stands."""
        decided: defaultdict[tuple[Verdict, FormKey], list[str]] = defaultdict(list)
        for waiting in tuple(self.house.waiting(self.book, self.role)):
            sheet = self.book.sheet(waiting.form)
            for at in sheet.find(number=waiting.number):
                decided[self._decide(sheet, at, waiting), waiting.form].append(waiting.number)
        for (verdict, form), numbers in decided.items():
            label = self.house.workspace.declared.forms[form].labels.in_(self.house.speech.lang)
            said = ", ".join(numbers)
            self.house.tells(f"signs.{verdict.value}", who=self.who, form=label, numbers=said)

    def _decide(self, sheet: Sheet, at: int, waiting: Waiting) -> Verdict:
        said, decision = self.house.speech, waiting.decision
        verdict, words = self._verdict(sheet, at, waiting)
        sheet.type(at, {decision.key: said.choice(waiting.form, decision.key, verdict.value)})
        if words:
            sheet.type(at, {f"{decision.key}_opinion": said.said(f"opinion.{words}")})
        if verdict is Verdict.RETURN:
            self.house.called.add(str(sheet.read(at, "owner")))
        return verdict

    def _verdict(self, sheet: Sheet, at: int, waiting: Waiting) -> tuple[Verdict, str]:
        """Return what this signer says, and the key of his words ('' if he agrees without any)."""
        if waiting.form == "expense":
            return verdict_on(
                self.role, sheet.read(at, "invoice_no"), sheet.read(at, "amount"), _REFUSED_FROM
            )
        if waiting.form == "quotation" and self.role == "manager":
            discount = sheet.read(at, "discount")
            if not sheet.read(at, "payment_terms"):
                return Verdict.RETURN, "terms_missing"
            if isinstance(discount, int | float) and Decimal(str(discount)) > _DISCOUNT:
                return Verdict.AGREE, "exception"
        return Verdict.AGREE, ""
