"""Reports as the engine makes them: from the store to files in the workspace and messages in the outbox."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from reports.books import Books
from reports.catalogue import Copy, Report, copies, file_name
from reports.page import Page
from reports.period import Period
from reports.render_html import Rendered, render
from reports.render_xlsx import workbook
from rules.turn import whose_turn
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, State
from sync.declared import Declared
from sync.desks import PEOPLE
from sync.exports import of_report
from sync.eyes import Eyes
from sync.mailroom import message
from sync.narrowed import Narrowed
from sync.ports import Attachment, Commit, Message, Store
from sync.sharing import shares
from sync.sign_offs import SignOffs

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Save = Callable[[str, bytes], None]
"""Keeps a file under a name in the workspace's reports folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One report for one kind of eyes."""

    name: str
    """The files' stem: `expense-2026-10`, `leads-2026-W45-P-0007`."""
    page: Page
    rendered: Rendered
    workbook: bytes
    receivers: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Makes the reports of the catalogue."""

    declared: Declared
    store: Store
    zone: dt.tzinfo
    currency: str
    save: Save

    def make(self, report: Report, period: Period, now: dt.datetime) -> tuple[Made, ...]:
        """Make *report* for *period*, once for each kind of eyes that read it, and keep its files."""
        books = self.books(now)
        made = tuple(self._made(report, period, copy, books) for copy in copies(report, books))
        for each in made:
            people = [person.number for person in each.receivers]
            for name, content in (
                (f"{each.name}.html", each.rendered.standalone().encode()),
                (f"{each.name}.xlsx", each.workbook),
            ):
                self.store.commit(Commit(at=now, entries=(of_report(name, content, people, now),)))
                self.save(name, content)
        return made

    def messages(self, report: Report, period: Period, now: dt.datetime) -> tuple[Message, ...]:
        """Make *report* and return a message for each of its receivers."""
        return self.addressed(self.make(report, period, now))

    def addressed(self, made: Iterable[Made], occasion: str = "") -> tuple[Message, ...]:
        """Return a message for each receiver of *made*.

        *occasion* tells what is sent again by hand from what is sent once by itself.
        """
        return tuple(
            message(
                f"report:{each.name}:{person.number}{occasion}",
                str(person["email"]),
                self._rendered(each, person),
                (Attachment(name=f"{each.name}.xlsx", mime=XLSX, content=self._workbook(each, person)),),
            )
            for each in made
            for person in each.receivers
            if person["email"]
        )

    def _rendered(self, made: Made, person: Record) -> Rendered:
        """Return *made* as it is mailed to one of those who get it: it says for whom it was made."""
        if len(made.receivers) == 1:
            return made.rendered
        return render(_marked(made.page, (person,)), self.declared.words, self.declared.lang)

    def _workbook(self, made: Made, person: Record) -> bytes:
        if len(made.receivers) == 1:
            return made.workbook
        return workbook(_marked(made.page, (person,)), self.declared.words, self.declared.lang)

    def books(self, now: dt.datetime) -> Books:
        """Return what reports are computed from, as things stand."""
        signed = SignOffs(self.declared, self.store, now.astimezone(self.zone))
        stored = {key: form for key, form in self.declared.forms.items() if key in self.declared.order}
        return Books(
            records=self.store,
            forms=stored,
            today=now.date(),
            zone=self.zone,
            currency=self.currency,
            turn=lambda form, record: self._turn(form, record, now),
            approved_on=self._approved_on,
            filled=self._filled,
            sign_offs=signed.given,
            awaited=signed.awaited,
            now=now.astimezone(self.zone),
        )

    def _made(self, report: Report, period: Period, copy: Copy, books: Books) -> Made:
        page = report.make(self._narrowed(books, copy), period, copy.scope)
        words, lang = self.declared.words, self.declared.lang
        people = (self.store.numbered(PEOPLE, each) for each in copy.people)
        receivers = tuple(each for each in people if each is not None)
        page = _marked(page, receivers)
        return Made(
            name=file_name(report, period, copy),
            page=page,
            rendered=render(page, words, lang),
            workbook=workbook(page, words, lang),
            receivers=receivers,
        )

    def _narrowed(self, books: Books, copy: Copy) -> Books:
        """Return *books* without what sharing scopes keep from those who get *copy* (TX-3.1.3)."""
        if not shares(self.store):
            return books
        eyes = Eyes.open(self.declared, self.store, books.today)
        desks = tuple(desk for desk in eyes.desks if set(desk.people) & set(copy.people))
        return replace(books, records=Narrowed(records=self.store, eyes=eyes, desks=desks))

    def _turn(self, form: FormKey, record: Record, now: dt.datetime) -> str:
        run = self.store.run(form, record.id)
        turns = whose_turn(run, self.store.decisions(form, record.id), self.store, now.date())
        people = dict.fromkeys(person for turn in turns for person in turn.people)
        found = (self.store.numbered(PEOPLE, person) for person in people)
        return ", ".join(str(each["name"]) for each in found if each is not None)

    def _approved_on(self, form: FormKey, record: Record) -> dt.date | None:
        """Return the day of the last decision that made *record* approved."""
        if record.state is not State.APPROVED:
            return None
        counting = [each for each in self.store.decisions(form, record.id) if each.voided is None]
        return counting[-1].at.astimezone(self.zone).date() if counting else None

    def _filled(self, form: FormKey, record: Record, field: FieldKey, period: Period) -> bool | None:
        """Return whether *field* was typed during *period*; None for what was there before the journal began."""
        entries = [each.entry for each in self.store.journal(form, record.id)]
        if not entries or entries[0].cause == OPENING:
            begun = entries[0].at.astimezone(self.zone).date() if entries else None
            if begun is None or begun > period.end:
                return None
        return any(
            entry.field == field and entry.new is not None and entry.at.astimezone(self.zone).date() in period
            for entry in entries
        )


OPENING: Final = "opening"
"""The cause of what was entered as it stood before Deskbook began."""


def _marked(page: Page, receivers: Iterable[Record]) -> Page:
    """Return *page* with the names of those for whom it is made (TX-5.1)."""
    return replace(page, receivers=tuple(str(each["name"] or each.number) for each in receivers))
