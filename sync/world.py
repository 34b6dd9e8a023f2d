"""A world to be compared with another one: declarations, and the records as they would stand. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rules import reminder
from rules.check import check
from rules.happened import Happened
from rules.reminder import Day
from rules.rounds import Beginning
from sheet_templates.checking import check_rows
from sheet_templates.expression import ExpressionContext, calendar_in, limits_in
from sheet_templates.form import Form, FormKey, Stage
from sheet_templates.record import Record, RecordId, Records
from sheet_templates.working_calendar import WorkingCalendar
from sync.declared import Declared
from sync.eyes import Eyes
from sync.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Declarations, and the records as they would stand."""

    declared: Declared
    records: Records
    store: Store
    """The approvals that run, and what was decided in them."""
    at: dt.datetime
    limits: Mapping[str, Decimal]
    calendar: WorkingCalendar
    eyes: Eyes

    @classmethod
    def open(cls, declared: Declared, records: Records, store: Store, at: dt.datetime) -> "World":
        """Return the world in which *records* stand and *declared* holds."""
        limits = limits_in(records)
        # A limit that nobody has entered yet is entered with its default at the next start.
        limits = {**{key: each.value for key, each in declared.limits.items()}, **limits}
        return cls(
            declared=declared,
            records=records,
            store=store,
            at=at,
            limits=limits,
            calendar=calendar_in(records, declared.calendar, limits),
            eyes=Eyes.open(declared, records, at.date()),
        )

    def every(self) -> Iterator[Record]:
        """Yield every record of every form that there is in this world."""
        for form in self.declared.stored():
            yield from self.records.every(form.key)

    def asked(self, record: Record) -> object:
        """Return who would be asked, and for which evidence, if *record* were put up now."""
        form, chain = self.declared.forms.get(record.form), self.declared.book.chain(record.form)
        if form is None or chain is None:
            return None
        happened = Happened(
            before=record,
            after=record,
            records=self.records,
            now=self.at,
            limits=self.limits,
            calendar=self.calendar,
        )
        begins = Beginning(chain=chain, form=form, forms=self.declared.forms, happened=happened)
        frozen = begins.anew(record).frozen
        return tuple((each.key, each.roles, each.need, each.grade, each.must) for each in frozen.taken())

    def wrong(self, form: Form, records: Iterable[Record]) -> Mapping[RecordId, frozenset[tuple[str, str]]]:
        """Return what is wrong with each of *records*, all of *form*: rules or kinds of fault, with their fields."""
        found: defaultdict[RecordId, set[tuple[str, str]]] = defaultdict(set)
        every = tuple(records)
        # One call for all of them: pandera takes as long for a row as for a thousand.
        problems = list(check_rows(form, {each.id: each.values for each in every}))
        for record in every:
            context = ExpressionContext(
                record=record,
                records=self.records,
                forms=self.declared.forms,
                today=self.at.date(),
                limits=self.limits,
                calendar=self.calendar,
                before=record,
            )
            problems.extend(check(self.declared.book, context, Stage.SUBMIT))
        for each in problems:
            if each.record is not None:
                found[each.record].add((each.rule or each.what.key, str(each.field or "")))
        return {key: frozenset(faults) for key, faults in found.items()}

    def due(self) -> frozenset[tuple[str, FormKey | None, RecordId | None]]:
        """Return of what people would be reminded today."""
        runs = {
            (run.form, run.record): (run, self.store.decisions(run.form, run.record))
            for run in self.store.open_runs()
        }
        day = Day(
            forms=self.declared.forms,
            records=self.records,
            limits=self.limits,
            today=self.at.date(),
            calendar=self.calendar,
            zone=self.at.tzinfo,
            runs=runs,
        )
        return frozenset(
            (each.rule, each.form, each.record) for each in reminder.notices(self.declared.book, day)
        )
