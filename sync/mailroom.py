"""Notices to messages: who is told what, at once or in one digest a day. No I/O of its own.

Receivers are computed when something is told, not when it was decided: who has left is not told, who holds
the role now is (design, section 8; TX-5.4).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from reports.digest import Day, Mistake, digest, notice_page
from reports.page import Point, Tone
from reports.render_html import Rendered, render
from rules.effect import Notify
from rules.turn import whose_turn
from sheet_templates.form import Desk, Role
from sheet_templates.record import Problem, Record, Severity, named, text
from sync.declared import Declared
from sync.desks import PEOPLE, desks, works
from sync.disputes import Disputes
from sync.eyes import Eyes
from sync.jobs import Posting
from sync.ports import Attachment, Message, Notice, Store
from sync.receipts import stands_for
from sync.sharing import shares

HEADED: Final = frozenset({Role("leader"), Role("finance")})
"""Whose digests say how the journal stands: every one that they get, and one on Fridays in any case."""

HEAD_DIGITS: Final = 32
"""So many of the hash's 64 digits are mailed: 128 bits, nobody finds another journal that fits them."""

_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """Composes what people are told."""

    declared: Declared
    store: Store
    currency: str = ""
    """Of all amounts: ISO 4217."""

    def urgent(self, now: dt.datetime) -> int:
        """Put what is urgent into the outbox, one message for each receiver; return how many."""
        count = 0
        for notice in self.store.notices():
            if notice.notify.urgent:
                told = (
                    (person, self._point(notice, person, now))
                    for person in self.receivers(notice.notify, now)
                )
                messages = tuple(
                    self._single(notice, person, point, now) for person, point in told if point is not None
                )
                self.store.post(messages, told=(notice.id,))
                count += len(messages)
        return count

    def digests(self, now: dt.datetime) -> Posting:
        """Return one digest for each person who has something to read, and the notices that they carry."""
        waiting = [notice for notice in self.store.notices() if not notice.notify.urgent]
        everybody = desks(self.store, self.declared.posts, self.declared.lang, now.date())
        messages = []
        for person in self.store.every(PEOPLE):
            if not works(person, now.date()) or not person["email"]:
                continue
            own = [desk for desk in everybody if person.number in desk.people]
            page = digest(self._day(person, own, waiting, now))
            if page is not None:
                rendered = render(page, self.declared.words, self.declared.lang)
                key = f"digest:{now.date().isoformat()}:{person.number}"
                messages.append(message(key, str(person["email"]), rendered))
        return Posting(messages=tuple(messages), told=tuple(notice.id for notice in waiting))

    def receivers(self, notify: Notify, now: dt.datetime) -> Iterator[Record]:
        """Yield the people who are to be told and have an address."""
        told: set[str] = set()
        people = self._people(notify, now)
        for person in self.store.every(PEOPLE):
            meant = person.number in people or person["role"] in notify.roles
            if meant and works(person, now.date()) and person["email"] and person.number not in told:
                told.add(person.number)
                yield person

    def _people(self, notify: Notify, now: dt.datetime) -> frozenset[str]:
        """Return who is told by name: who has left by now is not, who answers for him is (TX-5.4)."""
        found = (stands_for(each, self.store, now.date()) for each in notify.people)
        return frozenset(each for each in found if each is not None)

    def _single(self, notice: Notice, person: Record, point: Point, now: dt.datetime) -> Message:
        page = notice_page(str(person["name"]), point, now.date(), self.currency)
        rendered = render(page, self.declared.words, self.declared.lang)
        return message(f"{notice.notify.event}|{person.number}", str(person["email"]), rendered)

    def _point(self, notice: Notice, person: Record, now: dt.datetime) -> Point | None:
        """Return what *person* is told; None if a sharing scope keeps it from him (TX-3.1.3)."""
        notify = notice.notify
        record = None
        if notify.form is not None and notify.record is not None:
            record = self.store.get(notify.form, notify.record)
        if record is not None and shares(self.store):
            eyes = Eyes.open(self.declared, self.store, now.date())
            own = [desk for desk in eyes.desks if person.number in desk.people]
            if any(eyes.keeps(desk, record) for desk in own) and person.number not in notify.people:
                return None
            if any(eyes.narrows(desk, record) for desk in own):
                form = named(self.declared.forms[record.form].labels)
                headline = text("sharing.look", form=form, number=record.number)
                return Point(headline=headline, number=record.number, clause=notify.clause)
        return Point(
            headline=notify.headline,
            lines=notify.lines,
            number=record.number if record is not None else "",
            clause=notify.clause,
        )

    def _day(self, person: Record, own: Sequence[Desk], waiting: Iterable[Notice], now: dt.datetime) -> Day:
        mine = [
            notice
            for notice in waiting
            if person.number in self._people(notice.notify, now) or person["role"] in notice.notify.roles
        ]
        reminders = [each for each in mine if each.notify.rule.startswith("reminder")]
        told = [each for each in mine if not each.notify.rule.startswith("reminder")]
        return Day(
            person=str(person["name"]),
            on=now.date(),
            decisions=(*self._decisions(person, now), *self._conflicts(own, now)),
            mistakes=tuple(each for desk in own for each in self._mistakes(desk)),
            told=tuple(self._points(told, person, now)),
            reminders=tuple(self._points(reminders, person, now)),
            currency=self.currency,
            head=head_of(self.store) if person["role"] in HEADED else "",
            alone=now.weekday() == _FRIDAY,
        )

    def _points(self, notices: Iterable[Notice], person: Record, now: dt.datetime) -> Iterator[Point]:
        for each in notices:
            point = self._point(each, person, now)
            if point is not None:
                yield point

    def _decisions(self, person: Record, now: dt.datetime) -> Iterator[Point]:
        for run in self.store.open_runs():
            record = self.store.get(run.form, run.record)
            turns = whose_turn(run, self.store.decisions(run.form, run.record), self.store, now.date())
            if record is None or not any(person.number in turn.people for turn in turns):
                continue
            form = named(self.declared.forms[run.form].labels)
            yield Point(
                headline=text("mailroom.decide", form=form, number=record.number),
                number=record.number,
                tone=Tone.BAD if run.submitted_at.date() < now.date() else Tone.PLAIN,
            )

    def _conflicts(self, own: Sequence[Desk], now: dt.datetime) -> Iterator[Point]:
        """Yield the conflicts in which the people of *own* may choose."""
        if not self.store.conflicts():
            return
        disputes = Disputes.stored(self.declared, self.store, now.date())
        eyes = Eyes.open(self.declared, self.store, now.date())
        for dispute in disputes.every():
            if any(dispute.told(desk) and eyes.sees(desk, dispute.record) for desk in own):
                yield Point(
                    headline=text(
                        "mailroom.conflict",
                        form=named(dispute.form.labels),
                        number=dispute.record.number,
                        label=named(dispute.field.labels),
                    ),
                    number=dispute.record.number,
                    tone=Tone.BAD if disputes.late(dispute) else Tone.PLAIN,
                )

    def _mistakes(self, desk: Desk) -> Iterator[Mistake]:
        """Yield what its people must mend in *desk*; what was just put back stands in the sheet."""
        known = self.store.file(desk.key)
        file = known.path.name if known is not None else f"{desk.name}.xlsx"
        for problem in self.store.problems(desk.key):
            if problem.severity is Severity.ERROR:
                yield self._mistake(file, problem)

    def _mistake(self, file: str, problem: Problem) -> Mistake:
        form = self.declared.forms.get(problem.form) if problem.form is not None else None
        field = form.field(problem.field) if form is not None and problem.field is not None else None
        return Mistake(
            file=PurePath(problem.file).name if problem.file else file,
            sheet=form.labels if form is not None else "",
            row=problem.row,
            column=field.labels if field is not None else "",
            value=problem.value or "",
            what=problem.what,
            mend=problem.mend,
        )


def head_of(store: Store) -> str:
    """Return how the journal stands: with what is kept outside, nobody shortens it or writes it anew unseen."""
    line, hash_ = store.head()
    return f"{line}:{hash_[:HEAD_DIGITS]}" if line else ""


def message(key: str, to: str, rendered: Rendered, attachments: Iterable[Attachment] = ()) -> Message:
    """Return a rendered page as a message."""
    pictures = tuple(
        Attachment(name=each.name, mime=each.mime, content=each.content, cid=each.cid)
        for each in rendered.images
    )
    return Message(
        key=key,
        to=to,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        attachments=(*pictures, *attachments),
    )
