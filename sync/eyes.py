"""Who sees what: the desks and their views, at one moment. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from decimal import Decimal

from rules.leave import absent
from sheet_templates.expression import Expression, ExpressionContext, calendar_in, limits_in
from sheet_templates.form import MASTER, NUMBER, Desk, DeskKey, FieldKey
from sheet_templates.record import Record, Records, State, Value
from sheet_templates.scope import linked_form
from sheet_templates.working_calendar import WorkingCalendar
from sync import desks as people
from sync.declared import Declared
from sync.reach import Reach
from sync.sharing import Holds, Sharing


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Everybody's view at one moment: build it once for many questions."""

    declared: Declared
    records: Records
    today: dt.date
    desks: tuple[Desk, ...]
    limits: Mapping[str, Decimal]
    calendar: WorkingCalendar
    me: Mapping[DeskKey, Mapping[str, Value]]
    sharing: Sharing
    instead: Mapping[DeskKey, tuple[Desk, ...]] = made(default_factory=dict)
    """Desk → the desks of those for whom its people sign while they are away."""

    @classmethod
    def open(cls, declared: Declared, records: Records, today: dt.date) -> "Eyes":
        """Return everybody's view of *records* on *today*."""
        desks = people.desks(records, declared.posts, declared.lang, today)
        limits = limits_in(records)
        return cls(
            declared=declared,
            records=records,
            today=today,
            desks=desks,
            limits=limits,
            calendar=calendar_in(records, declared.calendar, limits),
            me={desk.key: people.me(desk, records) for desk in desks},
            sharing=Sharing.open(declared.forms, declared.reaches, records, today),
            instead=_instead(desks, records, today),
        )

    def sees(self, desk: Desk, record: Record) -> bool:
        """Return whether *desk* sees *record*. A view that is unknown hides it."""
        if record.state is State.RETRACTED:
            return False
        if desk.role == MASTER:
            return True
        if self._looks(desk, record):
            return True
        # Who signs for somebody sees what waits for a signature as that one would, and nothing else.
        away = self.instead.get(desk.key, ()) if self.instead and self._waits(record) else ()
        return bool(away) and not self.keeps(desk, record) and any(self._looks(each, record) for each in away)

    def _looks(self, desk: Desk, record: Record) -> bool:
        view = self.declared.views.get((record.form, desk.role))
        return view is not None and self._lets(desk, record, view=view.true(self._context(desk, record)))

    def hides(self, desk: Desk, record: Record) -> frozenset[FieldKey]:
        """Return the fields in the columns of *desk* that it does not see of *record*, which it sees (TX-3.1.3)."""
        return self.sharing.hidden(desk, record.form, self._holds(desk, record))

    def keeps(self, desk: Desk, record: Record) -> bool:
        """Return whether a sharing scope keeps *desk* from *record*, whatever else lets it see it."""
        return not self._lets(desk, record, view=True)

    def narrows(self, desk: Desk, record: Record) -> bool:
        """Return whether a sharing scope keeps *desk* from something that a notice about *record* may tell.

        That is the record, fields of it, and fields of the records that it refers to.
        """
        form = self.declared.forms[record.form]
        forms = {record.form, *(linked_form(each) for each in form.fields)}
        return self.keeps(desk, record) or any(
            each.reach is not Reach.ALL and each.part.form in forms and each.applies(desk)
            for each in self.sharing.shares
        )

    def reads(self, desk: Desk, record: Record, field: FieldKey) -> bool:
        """Return whether *desk* sees *field* of *record*."""
        declared = self.declared.forms[record.form].field(field)
        may = declared is not None and (declared.read_by(desk.role) or desk.role in declared.wider)
        return may and self.sees(desk, record) and field not in self.hides(desk, record)

    def who(self, record: Record) -> frozenset[DeskKey]:
        """Return the desks that see *record*.

        A view that does not ask who looks is evaluated once for all desks of a role.
        """
        if record.state is State.RETRACTED:
            return frozenset()
        found: set[DeskKey] = {DeskKey(MASTER)}
        same: dict[str, bool] = {}
        for desk in self.desks:
            view = self.declared.views.get((record.form, desk.role))
            if view is None:
                continue
            if any(name.startswith("me.") for name in view.names):
                seen = view.true(self._context(desk, record))
            else:
                seen = same.setdefault(desk.role, view.true(self._context(desk, record)))
            if self._lets(desk, record, view=seen):
                found.add(desk.key)
        if self.instead and self._waits(record):
            found |= {each.key for each in self.desks if each.key in self.instead and self.sees(each, record)}
        return frozenset(found)

    def _lets(self, desk: Desk, record: Record, *, view: bool) -> bool:
        return self.sharing.lets(desk, record.form, view=view, holds=self._holds(desk, record))

    def _holds(self, desk: Desk, record: Record) -> Holds:
        def holds(condition: Expression) -> bool:
            return condition.true(self._context(desk, record))

        return holds

    def _waits(self, record: Record) -> bool:
        """Return whether *record*, or the one of which it is a line, is up for sign-off."""
        form = self.declared.forms[record.form]
        link = form.field(form.parent) if form.parent is not None else None
        target, number = (
            linked_form(link) if link is not None else None,
            record.values.get(form.parent or NUMBER),
        )
        if target is not None and isinstance(number, str):
            head = self.records.numbered(target, number)
            return head is not None and head.state is State.SUBMITTED
        return record.state is State.SUBMITTED

    def _context(self, desk: Desk, record: Record) -> ExpressionContext:
        return ExpressionContext(
            record=record,
            records=self.records,
            forms=self.declared.forms,
            today=self.today,
            limits=self.limits,
            calendar=self.calendar,
            me=self.me.get(desk.key, {}),
        )


def _instead(desks: tuple[Desk, ...], records: Records, today: dt.date) -> Mapping[DeskKey, tuple[Desk, ...]]:
    found: defaultdict[DeskKey, list[Desk]] = defaultdict(list)
    for leave, delegate in absent(records, today):
        away = people.desks_of(desks, str(leave["owner"]))
        for desk in people.desks_of(desks, delegate):
            found[desk.key].extend(each for each in away if not each.shared)
    return {key: tuple(several) for key, several in found.items()}
