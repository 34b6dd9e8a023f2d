"""Mails one-time codes to those whose turn it is, where a step demands one. Decides; the outbox carries them.

The message says what is to be decided, in words; its code comes in only when it leaves (`sync.one_time`). That one
was sent stands in the journal in the same transaction as the message in the outbox.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from reports.digest import notice_page
from reports.page import Point
from reports.render_html import render
from rules.columns import code_key
from rules.effect import Run
from rules.frozen import thaw
from rules.signing import CODED
from rules.turn import Turn, whose_turn
from rules.worded import Wording
from sheet_templates.expression import limits_in
from sheet_templates.form import Role
from sheet_templates.record import Record, Text, named, text
from sync.codes import CODE, Act, History, Signature, Terms
from sync.declared import Declared
from sync.desks import ADMIN, PEOPLE, works
from sync.mailroom import message
from sync.one_time import MARKER, Kind, event_of
from sync.ports import Entry, Message, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLetters:
    """Composes the mails that carry codes."""

    declared: Declared
    store: Store
    currency: str = ""
    """Of all amounts: ISO 4217."""

    def send(self, now: dt.datetime) -> int:
        """Put a code into the outbox for everybody who needs one; return for how many."""
        terms = Terms.of(limits_in(self.store))
        count = 0
        for run in self.store.open_runs():
            if any(each.grade == CODED for each in thaw(run.frozen).taken()):
                count += sum(
                    self._send(run, turn, person, now, terms) for turn, person in self._waiting(run, now)
                )
        return count

    def _send(self, run: Run, turn: Turn, person: Record, now: dt.datetime, terms: Terms) -> bool:
        """Put a code into the outbox, if *person* needs one to sign; return whether he does and has an address."""
        signature = _signature(run, turn, person.number)
        entries = (line.entry for line in self.store.journal(run.form, run.record))
        history = History.of(entries, signature)
        record = self.store.get(run.form, run.record)
        if record is None or not history.wanted(signature, now, terms):
            return False
        if not person["email"]:
            self._unsent(run, record, turn, person, now)
            return False
        lines = self._lines(record, turn, person, now + dt.timedelta(hours=terms.hours))
        key = f"{event_of(Kind.SIGN, signature.about(history.next))}|{person.number}"
        letter = self._letter(record, self._about(record, turn, "code.headline"), lines, person, now, key=key)
        entry = Entry(
            at=now,
            kind=CODE,
            form=run.form,
            record=run.record,
            field=code_key(turn.step, turn.role),
            new=Act.SENT.value,
            cause="mail",
            detail=signature.detail(history.next),
        )
        self.store.post((letter,), entries=(entry,))
        return True

    def _waiting(self, run: Run, now: dt.datetime) -> Iterator[tuple[Turn, Record]]:
        """Yield who may sign with a code now."""
        graded = {each.key: each.grade for each in thaw(run.frozen).taken()}
        decided = self.store.decisions(run.form, run.record)
        for turn in whose_turn(run, decided, self.store, now.date()):
            for number in turn.people if graded[turn.step] == CODED else ():
                person = self.store.numbered(PEOPLE, number)
                if person is not None:
                    yield turn, person

    def _lines(self, record: Record, turn: Turn, person: Record, until: dt.datetime) -> tuple[Text, ...]:
        """Return what the mail says: the code, how it is used, and what it is for."""
        form = self.declared.forms[record.form]
        role = Role(str(person["role"]))
        wording = Wording(forms=self.declared.forms, records=self.store, role=role)
        column = form.field(code_key(turn.step, turn.role))
        how: list[Text] = []
        if column is not None:
            # A chain that was changed since may have lost the column.
            how.append(text("code.how", sheet=named(form.labels), column=named(column.labels)))
        return (
            text("code.is", code=MARKER),
            *how,
            text("code.until", until=f"{until:%Y-%m-%d %H:%M}"),
            text("code.private"),
            text("code.about"),
            *wording.content(record, self.declared.book.chain(record.form)),
        )

    def _unsent(self, run: Run, record: Record, turn: Turn, person: Record, now: dt.datetime) -> None:
        """Tell the administrators, once a round, that somebody who needs a code cannot be sent one."""
        headline = self._about(record, turn, "code.no_address", who=str(person["name"]))
        place = f"{run.form}:{run.record}:{run.round}:{turn.step}:{turn.role}:{person.number}"
        for admin in self.store.every(PEOPLE):
            if admin["role"] == ADMIN and admin["email"] and works(admin, now.date()):
                key = f"code.no_address:{place}|{admin.number}"
                lines = (text("code.no_address.mend"),)
                self.store.post((self._letter(record, headline, lines, admin, now, key=key),))

    def _about(self, record: Record, turn: Turn, key: str, **more: str) -> Text:
        form = named(self.declared.forms[record.form].labels)
        return text(key, form=form, number=record.number, step=named(turn.labels), **more)

    def _letter(
        self,
        record: Record,
        headline: Text,
        lines: tuple[Text, ...],
        to: Record,
        now: dt.datetime,
        *,
        key: str,
    ) -> Message:
        chain = self.declared.book.chain(record.form)
        clause = chain.clause if chain is not None else ""
        point = Point(headline=headline, lines=lines, number=record.number, clause=clause)
        page = notice_page(str(to["name"]), point, now.date(), self.currency)
        return message(key, str(to["email"]), render(page, self.declared.words, self.declared.lang))


def _signature(run: Run, turn: Turn, person: str) -> Signature:
    return Signature(
        form=run.form,
        record=run.record,
        round=run.round,
        step=turn.step,
        role=turn.role,
        person=person,
        content=run.content,
    )
