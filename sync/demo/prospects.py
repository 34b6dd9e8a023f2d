"""A rep's leads and customers: registered at once, followed up, closed (TX-3.1, TX-3.2)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sync.demo.deals import SOURCES, drawn, title_of
from sync.demo.house import House
from sync.demo.mishaps import Moment, misspelling
from sync.demo.records import Opportunity
from sync.demo.seat import Book, Cells, Sheet

_IMPORTANT: Final = Decimal(5000)
_REASONS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospects:
    """What one rep does with leads and customers in an open desk."""

    house: House
    name: str
    book: Book

    def register(self, deal: Opportunity) -> None:
        """Register a lead at once, and its customer if nobody knows him yet."""
        said, customer = self.house.speech, deal.account or self._new_customer(deal)
        price = {each.name: each.price for each in self.house.company.crm.products}.get(deal.product)
        important = price is not None and price >= _IMPORTANT
        self.book.sheet("lead").add(
            {
                "title": title_of(deal) if deal.account or not customer else f"{deal.product} · {customer}",
                "source": said.choice("lead", "source", SOURCES[drawn(deal.id, len(SOURCES))]),
                "customer": customer,
                "region": self._region(),
                "product": misspelling(deal.product) if deal == self.house.mishaps.left else deal.product,
                "description": said.said("lead_found", product=deal.product),
                "expected_amount": price,
                "important": said.yes if important else None,
            }
        )
        self.house.tells("registers_lead", who=self.name, lead=f"{deal.product} · {customer or deal.id}")

    def follow_up(self) -> None:
        """Follow up what the manager has assigned."""
        leads, said = self.book.sheet("lead"), self.house.speech
        for at in leads.find(status=said.choice("lead", "status", "assigned"), owner=self.name):
            leads.type(
                at,
                {
                    "status": said.choice("lead", "status", "following"),
                    "follow_up": said.said("followed_up"),
                    "next_step": said.said("next_quote"),
                    "next_on": self.house.after(7),
                    "likelihood": Decimal("0.5"),
                },
            )
            self.house.tells("follows_up", who=self.name, lead=str(leads.read(at, "title")))

    def lose(self, deal: Opportunity) -> None:
        """Close a lead that is lost, with the reason."""
        leads, said = self.book.sheet("lead"), self.house.speech
        at = lead_of(leads, deal)
        if at is not None:
            closed: Cells = {
                "status": said.choice("lead", "status", "lost"),
                "closed_on": self.house.today,
                "lost_reason": said.said(f"lost.{drawn(deal.id, _REASONS)}"),
            }
            leads.type(at, closed)

    def answer_correction(self) -> None:
        """Check what a department found wrong with a customer, and correct it (TX-3.1.3)."""
        customers, said = self.book.sheet("customer"), self.house.speech
        for at in customers.rows():
            right = said.said("right_industry")
            if customers.read(at, "correction") and not customers.read(at, "correction_answer"):
                customers.type(at, {"industry": right, "correction_answer": said.said("corrected")})
                self.house.tells("corrects", who=self.name, customer=str(customers.read(at, "name")))

    def habits(self) -> None:
        """Do today what spreadsheets are loved and feared for, if it is this rep's turn."""
        now, mishaps = Moment(day=self.house.today, agent=self.name), self.house.mishaps
        if now == mishaps.sorts:
            self.book.sheet("lead").sort("expected_amount", descending=True)
            self.house.tells("sorts", who=self.name)
        if now == mishaps.inserts:
            self._insert()
        if now == mishaps.trespasses:
            customers = self.book.sheet("customer")
            at = customers.rows()[0]
            customers.type(at, {"class": self.house.speech.choice("customer", "class", "A")})
            self.house.tells("trespasses", who=self.name, customer=str(customers.read(at, "name")))

    def _insert(self) -> None:
        """Write two calls into the contact log; the second into a row inserted above the first."""
        contacts, customers, said = self.book.sheet("contact"), self.book.sheet("customer"), self.house.speech
        names = [str(customers.read(at, "name")) for at in customers.rows()[:2]]
        at = contacts.add(self._call(names[0]))
        contacts.insert(at)
        contacts.type(at, self._call(names[-1]) | {"content": said.said("called_again")})
        self.house.tells("inserts", who=self.name)

    def _call(self, customer: str) -> dict[str, str]:
        said = self.house.speech
        return {
            "customer": customer,
            "how": said.choice("contact", "how", "phone"),
            "content": said.said("called"),
        }

    def _new_customer(self, deal: Opportunity) -> str | None:
        """Register the next account that the office does not know: nobody entered one with the opportunity."""
        if not self.house.strangers:
            return None
        account, said = self.house.strangers.pop(0), self.house.speech
        self.book.sheet("customer").add(
            {
                "name": account.name,
                "industry": account.sector,
                "region": self._region(),
                "address": account.country,
                "size": int(account.employees),
                "founded": int(account.founded),
                "contact_name": said.said("contact_name"),
                "phone": said.said("phone", n=1000 + drawn(deal.id, 9000)),
                "source": said.choice("customer", "source", "trade_show"),
                "need_spec": deal.product,
            }
        )
        self.book.sheet("contact").add(
            {
                "customer": account.name,
                "how": said.choice("contact", "how", "visit"),
                "content": said.said("first_visit", product=deal.product),
                "next_step": said.said("next_quote"),
                "next_on": self.house.after(5),
            }
        )
        self.house.tells("registers_customer", who=self.name, customer=account.name)
        return account.name

    def _region(self) -> str:
        return next(each.office for each in self.house.company.agents if each.name == self.name)


def lead_of(leads: Sheet, deal: Opportunity) -> int | None:
    """Return the row of an open opportunity's lead: people look for its name and its day."""
    return next(iter(leads.find(title=title_of(deal), found_on=deal.engaged, closed_on=None)), None)
