"""What a change of a setting would do to what stands: said to whom it asks for a sign-off, before it counts. Pure.

An approval that runs keeps its numbers and conditions, so for a limit only what is not yet put up is looked at. Who
signs is asked anew each time, so a change of people moves approvals that run, and desks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from rules import reminder
from rules.check import check
from rules.effect import Decision, Run
from rules.happened import Happened
from rules.reminder import Day
from rules.rounds import Beginning
from rules.rule import Book, Chain
from rules.saying import joined
from rules.turn import PEOPLE, whose_turn
from sheet_templates.form import Form, FormKey, Stage
from sheet_templates.record import Param, Record, RecordId, Records, State, Text, Value, text
from sheet_templates.shared import SHARING
from sync import desks
from sync.overlay import Overlay
from sync.work import Work

_Runs: TypeAlias = Mapping[tuple[FormKey, RecordId], tuple[Run, tuple[Decision, ...]]]
_LIMITS = FormKey("limits")
_BEFORE_SIGN_OFF = frozenset({State.DRAFT, State.RETURNED, State.WITHDRAWN, State.VOIDED})
_OVER = frozenset({State.REFUSED, State.RETRACTED})
_MOST = 5
"""So many records are named; of the others it is said how many they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Things as they stand, and as they would stand with *after*."""

    work: Work
    after: Record
    before: Record | None

    def said(self, *, most: int = _MOST) -> tuple[Text, ...]:
        """Return what would be otherwise, a sentence for each kind; that nothing would be, if so."""
        found = (*self._limit(most), *self._people(most))
        if self.after.form == SHARING:
            # Every record would have to be looked at through every desk's eyes: too slow within a save.
            found = (*found, text("setting.effects.sharing"))
        return found or (text("setting.effects.none"),)

    def _limit(self, most: int) -> Iterator[Text]:
        key, value = self.after["key"], self.after["value"]
        if self.after.form != _LIMITS or not isinstance(key, str):
            return
        name = f"limit.{key}"
        for chain in self._book().chains:
            if any(name in each for each in _conditions(chain)):
                form = self.work.declared.forms[chain.form]
                moved = [
                    each.number
                    for each in self.work.records.every(form.key)
                    if each.state in _BEFORE_SIGN_OFF
                    and self._round(chain, form, each, None) != self._round(chain, form, each, (key, value))
                ]
                yield from _counted("setting.effects.signers", moved, most)
        yield from _counted("setting.effects.problems", list(self._wrong(name, (key, value))), most)
        yield from _counted("setting.effects.due", list(self._due(name, (key, value))), most)

    def _people(self, most: int) -> Iterator[Text]:
        if self.after.form != PEOPLE:
            return
        then = Overlay(self.work.records, self.work.declared.forms)
        then.put(self.after)
        moved = []
        for run in self.work.store.open_runs():
            decided = self.work.decided(run.form, run.record)
            record = self.work.records.get(run.form, run.record)
            now, later = (
                {
                    (turn.step, turn.role, turn.people)
                    for turn in whose_turn(run, decided, each, self.work.at.date())
                }
                for each in (self.work.records, then)
            )
            if record is not None and now != later:
                moved.append(record.number)
        yield from _counted("setting.effects.moved", moved, most)
        here, there = self._desks(self.work.records), self._desks(then)
        yield from _counted("setting.effects.desks_new", sorted(there - here), most)
        yield from _counted("setting.effects.desks_gone", sorted(here - there), most)

    def _desks(self, records: Records) -> set[str]:
        declared = self.work.declared
        found = desks.desks(records, declared.posts, declared.lang, self.work.at.date())
        return {f"{each.name} ({declared.posts[each.role].labels.in_(declared.lang)})" for each in found}

    def _round(self, chain: Chain, form: Form, record: Record, with_: tuple[str, Value] | None) -> object:
        """Return who would be asked if *record* were put up now."""
        happened = Happened(
            before=record,
            after=record,
            records=self.work.records,
            now=self.work.at,
            limits=self._limits(with_),
            calendar=self.work.calendar(),
        )
        begins = Beginning(chain=chain, form=form, forms=self.work.declared.forms, happened=happened)
        frozen = begins.anew(record).frozen
        return frozen.applies, frozen.asked, frozen.grades

    def _wrong(self, name: str, with_: tuple[str, Value]) -> Iterator[str]:
        """Yield the records that a check would find fault with which it does not now."""
        checks = tuple(
            each
            for each in self._book().checks
            if name in each.holds.text or (each.when is not None and name in each.when.text)
        )
        book = replace(self._book(), checks=checks)
        for form in dict.fromkeys(each.form for each in checks):
            for record in self.work.records.every(form):
                if record.state in _OVER:
                    continue
                context = self.work.context(record)
                now = check(book, context, Stage.SUBMIT)
                then = check(book, replace(context, limits=self._limits(with_), found={}), Stage.SUBMIT)
                if {each.rule for each in then} - {each.rule for each in now}:
                    yield record.number

    def _due(self, name: str, with_: tuple[str, Value]) -> Iterator[str]:
        """Yield the records of which people would be reminded today, and are not as things stand."""
        chosen = tuple(
            each
            for each in self._book().reminders
            if any(name in said.text for said in (each.due, each.unless) if said is not None)
        )
        book = Book(reminders=chosen)
        runs = {
            (run.form, run.record): (run, self.work.decided(run.form, run.record))
            for run in self.work.store.open_runs()
        }
        now, then = (
            {(each.rule, each.form, each.record) for each in reminder.notices(book, self._day(limits, runs))}
            for limits in (None, with_)
        )
        for _, form, key in sorted(then - now, key=str):
            record = self.work.records.get(form, key) if form is not None and key is not None else None
            if record is not None:
                yield record.number

    def _day(self, with_: tuple[str, Value] | None, runs: _Runs) -> Day:
        return Day(
            forms=self.work.declared.forms,
            records=self.work.records,
            limits=self._limits(with_),
            today=self.work.at.date(),
            calendar=self.work.calendar(),
            zone=self.work.at.tzinfo,
            runs=runs,
        )

    def _limits(self, with_: tuple[str, Value] | None) -> dict[str, Decimal]:
        limits = dict(self.work.limits())
        if with_ is None:
            return limits
        key, value = with_
        limits.pop(key, None)
        return {**limits, key: value} if isinstance(value, Decimal) else limits

    def _book(self) -> Book:
        return self.work.declared.book


def _conditions(chain: Chain) -> Iterator[str]:
    for step in chain.steps:
        yield from (
            each.text for each in (step.when, *step.only.values(), *step.grades.values()) if each is not None
        )


def _counted(key: str, found: Iterable[str], most: int) -> Iterator[Text]:
    """Yield one sentence with how many there are and the first of them; none if there is none."""
    names = tuple(dict.fromkeys(found))
    if names:
        which: Param = joined(names[:most])
        more = len(names) - most
        if more > 0:
            which = text("setting.effects.more", which=which, count=more)
        yield text(key, count=len(names), which=which)
