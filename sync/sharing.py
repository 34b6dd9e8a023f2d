"""Sharing scopes in force: which records, and which of their fields, a desk is kept from or let see (TX-3.1.3). Pure.

A scope says of a form, of a group of its fields or of one field: to whom it applies, which records he sees of it, from
when to when. It narrows what the form declares (views, readers); it widens only where the form says so (`wider`).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Final

from sheet_templates.expression import Expression
from sheet_templates.form import MASTER, Desk, FieldKey, Form, FormKey, Role
from sheet_templates.record import Param, Problem, Record, RecordId, Records, named, text
from sheet_templates.role import Post
from sheet_templates.shared import SHARING, Part
from sync.reach import Reach, Reaches

Holds = Callable[[Expression], bool]
"""Says whether a condition is true of the record that is asked about, for the desk that is asked about."""

_PEOPLE: Final = FormKey("people")
_ANYWHERE: Final = (Reach.ALL, Reach.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One sharing scope."""

    id: RecordId
    number: str
    part: Part
    reach: Reach
    role: Role | None
    person: str | None
    """The number in `people` of whom it applies to; then *role* is None."""
    since: dt.date | None
    until: dt.date | None
    """The last day on which it holds."""
    reason: str = ""

    def holds(self, on: dt.date) -> bool:
        """Return whether it is in force on the day *on*."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)

    def applies(self, desk: Desk) -> bool:
        """Return whether it is about the people of *desk*."""
        return self.person in desk.people if self.person is not None else self.role == desk.role

    @classmethod
    def of(cls, record: Record) -> "Share | None":
        """Return the scope that *record* is; None if it is not complete enough to apply to anybody."""
        what, records = record["what"], record["records"]
        role, person = record["role"], record["person"]
        if not isinstance(what, str) or records not in set(Reach) or (role is None and person is None):
            return None
        since, until = record["from_on"], record["until_on"]
        return cls(
            id=record.id,
            number=record.number,
            part=Part.parse(what),
            reach=Reach(str(records)),
            role=Role(str(role)) if person is None else None,
            person=str(person) if person is not None else None,
            since=since if isinstance(since, dt.date) else None,
            until=until if isinstance(until, dt.date) else None,
            reason=str(record["reason"] or ""),
        )


def shares(records: Records) -> tuple[Share, ...]:
    """Return every sharing scope that there is, those that no longer hold or do not yet hold too."""
    found = (Share.of(each) for each in records.every(SHARING))
    return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The sharing scopes that are in force on one day."""

    forms: Mapping[FormKey, Form]
    reaches: Reaches
    shares: tuple[Share, ...]
    by_form: Mapping[FormKey, tuple[Share, ...]] = made(init=False)
    wider: frozenset[FormKey] = made(init=False)
    """Forms with columns that stay empty unless a scope lets them be seen."""

    def __post_init__(self) -> None:
        sorted_: dict[FormKey, tuple[Share, ...]] = {}
        for each in self.shares:
            sorted_[each.part.form] = (*sorted_.get(each.part.form, ()), each)
        wider = (key for key, form in self.forms.items() if any(field.wider for field in form.fields))
        object.__setattr__(self, "by_form", sorted_)
        object.__setattr__(self, "wider", frozenset(wider))

    @classmethod
    def open(
        cls, forms: Mapping[FormKey, Form], reaches: Reaches, records: Records, today: dt.date
    ) -> "Sharing":
        """Return what is in force on *today*."""
        return cls(
            forms=forms, reaches=reaches, shares=tuple(each for each in shares(records) if each.holds(today))
        )

    def whole(self, desk: Desk, form: FormKey) -> tuple[Share, ...]:
        """Return the scopes by which *desk* sees records of *form*: lines are seen as what they belong to is.

        What is said of a person goes before what is said of his role.
        """
        if not self.by_form:
            return ()
        return self._foremost(
            each
            for key in self.above(form)
            for each in self.by_form.get(key, ())
            if not each.part.name and each.applies(desk)
        )

    def lets(self, desk: Desk, form: FormKey, *, view: bool, holds: Holds) -> bool:
        """Return whether *desk* sees the record that *holds* asks about. *view*: what the form's view says of it."""
        if desk.role == MASTER:
            return True
        found = self.whole(desk, form)
        if not found:
            return view
        return (view or self.widens(desk, form)) and self._inside(found, form, holds)

    def widens(self, desk: Desk, form: FormKey) -> bool:
        """Return whether a scope may show *desk* more records of *form* than its view does."""
        # Whose desk several share nobody can tell apart from the others.
        known = any(desk.role in self.forms[key].wider for key in self.above(form))
        return known and all(each.person is None or not desk.shared for each in self.whole(desk, form))

    def of_field(self, desk: Desk, form: FormKey, field: FieldKey) -> tuple[Share, ...]:
        """Return the scopes by which *desk* sees *field* of the records of *form* that it sees."""
        return self._foremost(
            each
            for each in self.by_form.get(form, ())
            if each.part.name and each.applies(desk) and field in each.part.fields(self.forms[form])
        )

    def hidden(self, desk: Desk, form: FormKey, holds: Holds) -> frozenset[FieldKey]:
        """Return the fields, of those in the columns of *desk*, that it does not see of this record."""
        if desk.role == MASTER or (form not in self.by_form and form not in self.wider):
            return frozenset()
        found: set[FieldKey] = set()
        for field in self.forms[form].fields:
            if desk.role in field.owners:
                # Who fills it in sees it; that a scope says otherwise is told to whoever enters it.
                continue
            shares_ = self.of_field(desk, form, field.key)
            declared = field.read_by(desk.role)
            if not self._inside(shares_, form, holds) if shares_ else not declared:
                found.add(field.key)
        return frozenset(found)

    def concerns(self, desk: Desk, form: FormKey) -> bool:
        """Return whether anything is said of what *desk* sees of *form*."""
        return any(each.applies(desk) for key in self.above(form) for each in self.by_form.get(key, ()))

    def above(self, form: FormKey) -> tuple[FormKey, ...]:
        """Return *form*, and the form whose lines it holds: who does not see that does not see them."""
        declared = self.forms[form]
        parent = declared.field(declared.parent) if declared.parent is not None else None
        return (form,) if parent is None or parent.link is None else (form, parent.link)

    def _inside(self, shares_: Iterable[Share], form: FormKey, holds: Holds) -> bool:
        return any(self._reached(each.reach, form, holds) for each in shares_)

    def _reached(self, reach: Reach, form: FormKey, holds: Holds) -> bool:
        condition = self.reaches.get((form, reach))
        return reach is Reach.ALL or (condition is not None and holds(condition))

    def _foremost(self, found: Iterable[Share]) -> tuple[Share, ...]:
        several = tuple(found)
        return tuple(each for each in several if each.person is not None) or several


def faults(
    record: Record,
    records: Records,
    forms: Mapping[FormKey, Form],
    posts: Mapping[Role, Post],
    reaches: Reaches,
) -> Iterator[Problem]:
    """Yield what is wrong with *record*, a sharing scope: one that means nothing must not look as if it did."""
    if record.form != SHARING:
        return
    if (record["role"] is None) is (record["person"] is None):
        yield _problem(record, "sharing.whom", "role" if record["role"] is None else "person")
        return
    since, until = record["from_on"], record["until_on"]
    if isinstance(since, dt.date) and isinstance(until, dt.date) and until < since:
        yield _problem(record, "sharing.dates", "until_on")
    share = Share.of(record)
    person = records.numbered(_PEOPLE, str(record["person"])) if record["person"] is not None else None
    role = Role(str(record["role"] if person is None else person["role"]))
    if share is None or role not in posts or share.part.form not in forms:
        return
    if not posts[role].personal:
        yield from _of_department(record, share, role)
    yield from _of_columns(record, share, forms[share.part.form], role)
    if share.reach not in _ANYWHERE and (share.part.form, share.reach) not in reaches:
        yield _problem(record, "sharing.no_reach", "records", form=named(forms[share.part.form].labels))


def _of_department(record: Record, share: Share, role: Role) -> Iterator[Problem]:
    if share.person is not None:
        yield _problem(record, "sharing.department", "person", role=text(f"role.{role}"))
    elif share.reach not in _ANYWHERE:
        yield _problem(record, "sharing.shared_desk", "records", role=text(f"role.{role}"))


def _of_columns(record: Record, share: Share, form: Form, role: Role) -> Iterator[Problem]:
    said = text(f"role.{role}")
    if role not in form.views:
        yield _problem(record, "sharing.no_view", "what", role=said, form=named(form.labels))
    fields = (each for each in form.fields if each.key in share.part.fields(form))
    filled = next((each for each in fields if role in each.owners), None)
    if filled is not None and share.reach is not Reach.ALL:
        yield _problem(record, "sharing.filled_in", "what", role=said, column=named(filled.labels))


def _problem(record: Record, key: str, field: str, **params: Param) -> Problem:
    return Problem(
        what=text(key, **params),
        mend=text(f"{key}.mend", **params),
        form=SHARING,
        record=record.id,
        field=FieldKey(field),
        rule="check.sharing",
        clause="TX-3.1.3",
    )
