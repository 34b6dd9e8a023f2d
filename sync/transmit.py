"""Transfers are sent: who is told is computed, and who must acknowledge gets a receipt to acknowledge. Pure.

Who is told follows from the transfer's declaration and from the company's sheet (`rules.matrix`), as they stand when
it happens. A transfer that happens again while the last one waits takes its place: a desk never has two lines for the
same thing, and the new one says what has changed (TX-3.3.4).
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Final

from rules.effect import Notify
from rules.matrix import NAMED, Matrix, Recipient
from rules.rule import Told, Transfer
from rules.saying import field_said, lines_said, rows_lines, rows_said
from rules.transfer import LINES, read_by_all
from sheet_templates.form import FieldKey, Form, Role
from sheet_templates.record import Address, Record, Text, Value, named, text
from sheet_templates.scope import line_form
from sync import desks as people
from sync.numbers import next_number
from sync.overlay import with_values
from sync.receipts import OPEN_FOR, RECEIPT, Content, moment, stands_for
from sync.work import Author, Work, derived_id

_TRANSFER: Final = "transfer."
_HOURS: Final = {True: ("receipt_urgent_hours", 4), False: ("receipt_hours", 8)}
"""By urgency: the limit that says within how many working hours receipt is acknowledged, and its default."""
_MOST: Final = Decimal(2000)

_LONGEST: Final = 300
"""So many characters of a headline stand in the sheet of receipts."""

_PERSONAL: Final = frozenset({Role("rep"), Role("manager")})
"""Whom a transfer may name as people, whatever departments it tells."""


def transmit(work: Work, author: Author) -> None:
    """Send the transfers that *work* wants told: its notices go to whom the sheet says, receipts are opened."""
    transfers = {f"{_TRANSFER}{each.key}": each for each in work.declared.book.transfers}
    fresh = [
        event for event, each in work.notices.items() if each.rule in transfers and event not in work.sent
    ]
    if not fresh:
        return
    matrix = Matrix.open(work.records, work.at.date())
    told: dict[str, Notify] = {}
    for event, notify in work.notices.items():
        if event not in fresh:
            told[event] = notify
            continue
        transfer = transfers[notify.rule]
        assert transfer.told is not None, "it wants something told"
        sending = _Sending(work=work, author=author, transfer=transfer, told=transfer.told)
        told |= {each.event: each for each in sending.send(notify, matrix)}
    work.notices = told
    work.sent.update(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """One transfer that is sent."""

    work: Work
    author: Author
    transfer: Transfer
    told: Told

    def send(self, notify: Notify, matrix: Matrix) -> Iterator[Notify]:
        recipients = matrix.recipients(self.transfer, notify)
        self._receipts(notify, [each for each in recipients if each.acknowledge])
        yield from self._declared(notify, [each for each in recipients if not each.added])
        for each in recipients:
            if each.added:
                headline, lines = self._told(notify, each)
                yield replace(
                    notify,
                    event=f"{notify.event}.{each.whom}",
                    roles=() if each.personal else (Role(each.whom),),
                    people=(each.whom,) if each.personal else (),
                    urgent=each.urgent,
                    headline=headline,
                    lines=(*lines, *self._please([each], notify)),
                )

    def _declared(self, notify: Notify, recipients: list[Recipient]) -> Iterator[Notify]:
        """Yield what those are told whom the transfer itself names; what is urgent, or asks for a word, apart."""
        mixed = len({each.acknowledge for each in recipients}) > 1
        for urgent in (notify.urgent, not notify.urgent):
            for asked in (True, False):
                mine = [each for each in recipients if (each.urgent, each.acknowledge) == (urgent, asked)]
                if not mine:
                    continue
                apart = "" if urgent is notify.urgent else ".apart"
                only = ".only" if mixed and not asked else ""
                yield replace(
                    notify,
                    event=f"{notify.event}{apart}{only}",
                    roles=tuple(Role(each.whom) for each in mine if each.whom != NAMED),
                    people=notify.people if any(each.whom == NAMED for each in mine) else (),
                    urgent=urgent,
                    lines=(*notify.lines, *self._please(mine, notify)),
                )

    def _please(self, recipients: Iterable[Recipient], notify: Notify) -> tuple[Text, ...]:
        """Return what is asked of those who must acknowledge, by the earliest of their deadlines."""
        record = self._record(notify)
        if record is None or RECEIPT not in self.work.declared.forms:
            return ()
        due = [moment(self._due(each, record)) for each in recipients if each.acknowledge]
        return (text("receipt.please", due=min(due)),) if due else ()

    # What somebody is told whom the transfer does not name -----------------------------------------------------

    def _told(self, notify: Notify, recipient: Recipient) -> tuple[Text, tuple[Text, ...]]:
        """Return the headline and lines, without what *recipient* could not see on a desk of his."""
        record = self._record(notify)
        role = self._role(recipient)
        if record is None or role is None:
            return notify.headline, notify.lines
        form = self.work.declared.forms[record.form]
        blanks = (form.field(FieldKey(name)) for name in self.told.headline.blanks)
        headline = notify.headline
        plain = all(
            blank.field is None or blank.field in form.fields for blank in self.told.headline.blanks.values()
        )
        if not plain or any(field is not None and not field.read_by(role) for field in blanks):
            headline = text("sharing.look", form=named(form.labels), number=record.number)
        show = [key for key in self.told.show if self._reads(form, key, role)]
        lines = lines_said(show, record, self.work.declared.forms, self.work.records)
        if self.told.show_lines:
            reads = partial(read_by_all, {role})
            lines += tuple(rows_lines(record, self.work.declared.forms, self.work.records, reads, LINES))
        return headline, lines

    def _role(self, recipient: Recipient) -> Role | None:
        if not recipient.personal:
            return Role(recipient.whom)
        person = self.work.records.numbered(people.PEOPLE, recipient.whom)
        return Role(str(person["role"])) if person is not None else None

    def _record(self, notify: Notify) -> Record | None:
        if notify.form is None or notify.record is None:
            return None
        return self.work.records.get(notify.form, notify.record)

    def _reads(self, form: Form, key: FieldKey, role: Role) -> bool:
        field = form.field(key)
        return field is not None and field.read_by(role)

    # Receipts ---------------------------------------------------------------------------------------------------

    def _receipts(self, notify: Notify, recipients: Iterable[Recipient]) -> None:
        """Open a receipt for everybody who must acknowledge, but for whose own doing it tells of."""
        record = self._record(notify)
        if record is None or RECEIPT not in self.work.declared.forms:
            return
        opened: dict[str, str] = {}
        for recipient in recipients:
            for whom in self._whom(recipient, notify):
                if whom not in opened and whom not in (self.author.desk, self.author.person):
                    opened[whom] = self._open(whom, recipient, notify, record)
        if opened:
            place = Address(form=record.form, record=record.id, field=FieldKey("number"))
            due = min(opened.values())
            self.work.note(
                "told", self.author, place, rule=self.transfer.key, to=",".join(sorted(opened)), due=due
            )

    def _whom(self, recipient: Recipient, notify: Notify) -> Iterator[str]:
        """Yield who must acknowledge: departments as such, of others each person, or who stands in for him.

        A department in which nobody works has no desk: nothing waits there.
        """
        today = self.work.at.date()
        if recipient.whom == NAMED or recipient.personal:
            for person in (recipient.whom,) if recipient.personal else notify.people:
                stands = stands_for(person, self.work.records, today)
                if stands is not None:
                    yield self._desk_of(stands)
            return
        role = Role(recipient.whom)
        holders = [
            each.number
            for each in self.work.records.every(people.PEOPLE)
            if each["role"] == role and people.works(each, today)
        ]
        if self.work.declared.posts[role].personal:
            yield from holders
        elif holders or role == people.ADMIN:
            yield str(role)

    def _desk_of(self, person: str) -> str:
        """Return *person*, or the department in whose desk he works."""
        found = self.work.records.numbered(people.PEOPLE, person)
        role = Role(str(found["role"])) if found is not None else Role("")
        post = self.work.declared.posts.get(role)
        return person if post is None or post.personal else str(role)

    def _open(self, whom: str, recipient: Recipient, notify: Notify, record: Record) -> str:
        """Open one receipt in the place of one that waits for the same; return by when it is to be acknowledged."""
        work = self.work
        due = moment(self._due(recipient, record))
        old = self._replaced(whom, record)
        receipt = derived_id(f"receipt:{notify.event}:{whom}")
        if work.records.get(RECEIPT, receipt) is not None:
            return due
        form = work.declared.forms[RECEIPT]
        owner = record[key] if (key := work.declared.forms[record.form].owner) is not None else None
        personal = Role(whom) not in work.declared.posts
        content = self._content(recipient, notify, record, old)
        values: dict[FieldKey, Value] = {
            FieldKey("rule"): self.transfer.key,
            FieldKey("subject"): record.number or None,
            FieldKey("owner"): owner,
            FieldKey("person" if personal else "role"): whom,
            FieldKey("status"): "open",
            FieldKey("due"): due,
            OPEN_FOR: whom,
            FieldKey("headline"): content.headline[:_LONGEST],
            FieldKey("content"): content.dump(),
        }
        series, n, given = next_number(work, form)
        made = with_values(Record(form=RECEIPT, id=receipt, number=given), values)
        by = Author(desk=None, person=None, cause=f"rule:{notify.rule}")
        work.numbered(work.put(made, by), series, n, by)
        return due

    def _replaced(self, whom: str, record: Record) -> Content | None:
        """Close what waits for *whom* about the same transfer of the same record; return what it told."""
        found: Content | None = None
        for each in self.work.records.holding(RECEIPT, OPEN_FOR, whom):
            content = Content.load(str(each["content"]))
            same = (content.form, content.record) == (record.form, record.id)
            if same and each["rule"] == self.transfer.key:
                found = content
                closed: dict[FieldKey, Value] = {FieldKey("status"): "replaced", OPEN_FOR: None}
                by = Author(desk=None, person=None, cause=f"rule:{_TRANSFER}{self.transfer.key}")
                self.work.set(RECEIPT, each.id, closed, by)
        return found

    def _content(self, recipient: Recipient, notify: Notify, record: Record, old: Content | None) -> Content:
        words, lang = self.work.declared.words, self.work.declared.lang
        headline = self._told(notify, recipient)[0] if recipient.added else notify.headline
        lines = dict(self._lines(recipient, record))
        before = old.lines if old is not None else {}
        changed = tuple(
            words.say(text("receipt.changed", label=label, old=before[key][1], new=value), lang)
            for key, (label, value) in lines.items()
            if key in before and before[key][1] != value
        )
        return Content(
            event=notify.event,
            form=record.form,
            record=record.id,
            headline=words.say(headline, lang),
            lines=lines,
            changed=changed,
            urgent=recipient.urgent,
            recorded=moment(self.work.at),
        )

    def _lines(self, recipient: Recipient, record: Record) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield the fields that are told, with their labels and values as people read them."""
        declared = self.work.declared
        form = declared.forms[record.form]
        role = self._role(recipient) if recipient.added else None
        for key in self.told.show:
            field = form.field(key)
            if field is None or (role is not None and not field.read_by(role)):
                continue
            value = field_said(field, record, declared.forms, self.work.records)
            if value is not None:
                said = declared.words.say(text("plain", value=value), declared.lang)
                yield key, (field.labels.in_(declared.lang), said)
        lines = line_form(form, declared.forms)
        if self.told.show_lines and lines is not None:
            reads, label = partial(read_by_all, self._readers(recipient)), lines.labels.in_(declared.lang)
            for line, row in rows_said(record, declared.forms, self.work.records, reads, LINES):
                place = f"{lines.key}/{line.id if line is not None else '…'}"
                yield place, (label, declared.words.say(row, declared.lang))

    def _readers(self, recipient: Recipient) -> frozenset[Role]:
        """Return the roles that read what *recipient* is told: his own, or all those whom the transfer names."""
        role = self._role(recipient) if recipient.whom != NAMED else None
        return frozenset({role} if role is not None else {*self.told.roles, *_PERSONAL})

    def _due(self, recipient: Recipient, record: Record) -> dt.datetime:
        """Return by when it is to be acknowledged, in working time."""
        hours: Value = recipient.hours
        if hours is None and self.transfer.within is not None:
            hours = self.transfer.within.value(self.work.context(record))
        if not isinstance(hours, Decimal):
            limit, default = _HOURS[recipient.urgent]
            hours = self.work.limits().get(limit, Decimal(default))
        return self.work.calendar().add_hours(self.work.at, min(max(hours, Decimal(0)), _MOST))
