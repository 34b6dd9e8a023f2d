"""What would be otherwise in another world: with other declarations, or with other settings, on the same records. Pure.

Nothing is left out: every record, chain and desk that would be otherwise is named. An approval that runs keeps the
rules with which it began, and a transfer happens only when something becomes true, so neither is touched by another
declaration; people who sign are found anew each time, so they are by another setting of people.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any, Final

from rules import reminder
from rules.check import check
from rules.content import material_fields
from rules.frozen import freeze, thaw
from rules.happened import Happened
from rules.reminder import Day
from rules.rounds import Beginning
from rules.turn import whose_turn
from sheet_templates.checking import check_rows
from sheet_templates.expression import Expression, ExpressionContext, calendar_in, limits_in
from sheet_templates.form import ID, Desk, DeskKey, FieldKey, Form, FormKey, Stage
from sheet_templates.record import Param, Record, RecordId, Records, State, Text, named, text
from sheet_templates.working_calendar import WorkingCalendar
from sync.declared import Declared
from sync.ports import Store
from sync.visible import Eyes

_BEFORE_SIGN_OFF: Final = frozenset({State.DRAFT, State.RETURNED, State.WITHDRAWN, State.VOIDED})
_OVER: Final = frozenset({State.REFUSED, State.RETRACTED})


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


def differences(now: World, then: World) -> Iterator[Text]:
    """Yield what would be otherwise in the world *then*: a sentence for each kind, with all that it is about."""
    yield from declared_otherwise(now.declared, then.declared)
    yield from _records_otherwise(now, then)
    yield from _running(now, then)
    yield from _desks_otherwise(now, then)


# Declarations ---------------------------------------------------------------------------------------------


def declared_otherwise(now: Declared, then: Declared) -> Iterator[Text]:
    """Yield which forms, fields, rules, roles and limits are new, gone, or not what they were."""
    before, after = _things(now), _things(then)
    both = before.keys() & after.keys()
    yield from _said("plan.declared.new", _outermost(after.keys() - before.keys()))
    yield from _said("plan.declared.gone", _outermost(before.keys() - after.keys()))
    yield from _said("plan.declared.changed", sorted(each for each in both if before[each] != after[each]))


def _things(declared: Declared) -> dict[str, object]:
    """Return everything that is declared, by the name under which rules and pages speak of it."""
    found: dict[str, object] = {}
    for form in declared.forms.values():
        found[f"form.{form.key}"] = {
            key: value for key, value in _plain(form).items() if key not in {"fields", "system"}
        }
        found |= {f"form.{form.key}.{each.key}": _plain(each) for each in form.fields}
    for rule in declared.book.every():
        found[f"{type(rule).__name__.lower()}.{rule.key}"] = _plain(rule)
    found |= {f"role.{key}": _plain(each) for key, each in declared.posts.items()}
    found |= {f"limit.{key}": _plain(each) for key, each in declared.limits.items()}
    return found


def _plain(thing: Any) -> Any:
    """Return a declaration as values that can be compared: an expression is what it says."""
    match thing:
        case Expression():
            return thing.text
        case Mapping():
            return {str(key): _plain(value) for key, value in thing.items()}
        case tuple() | list():
            return [_plain(each) for each in thing]
        case frozenset() | set():
            return sorted(str(each) for each in thing)
        case _ if is_dataclass(thing):
            return {each.name: _plain(getattr(thing, each.name)) for each in fields(thing)}
        case _:
            return thing


def _outermost(names: Iterable[str]) -> list[str]:
    """Return *names* without those that are part of another one: of a new form not its fields as well."""
    known = set(names)
    return sorted(each for each in known if each.rpartition(".")[0] not in known)


# Records --------------------------------------------------------------------------------------------------


def _records_otherwise(now: World, then: World) -> Iterator[Text]:
    signers: list[str] = []
    problems: list[str] = []
    mended: list[str] = []
    gone: list[str] = []
    for form in now.declared.stored():
        pairs = [(each, then.records.get(each.form, each.id)) for each in now.records.every(form.key)]
        there = then.declared.forms.get(form.key)
        both = [
            (one, other) for one, other in pairs if other is not None and other.state is not State.RETRACTED
        ]
        if there is None:
            both = []
        kept = {one.id for one, _ in both}
        gone += [one.number for one, _ in pairs if one.id not in kept]
        signers += [
            one.number
            for one, other in both
            if one.state in _BEFORE_SIGN_OFF and now.asked(one) != then.asked(other)
        ]
        going = [(one, other) for one, other in both if one.state not in _OVER]
        before = now.wrong(form, (one for one, _ in going))
        after = then.wrong(there or form, (other for _, other in going))
        none = frozenset[tuple[str, str]]()
        problems += [one.number for one, _ in going if after.get(one.id, none) - before.get(one.id, none)]
        mended += [one.number for one, _ in going if before.get(one.id, none) - after.get(one.id, none)]
    yield from _said("plan.gone", gone)
    yield from _said("setting.effects.signers", signers)
    yield from _said("setting.effects.problems", problems)
    yield from _said("plan.mended", mended)
    today, otherwise = now.due(), then.due()
    for key, found in (("setting.effects.due", otherwise - today), ("plan.not_due", today - otherwise)):
        yield from _said(key, sorted(_numbers(then.records, ((at, record) for _, at, record in found))))


def _numbers(records: Records, places: Iterable[tuple[FormKey | None, RecordId | None]]) -> Iterator[str]:
    for form, key in places:
        record = records.get(form, key) if form is not None and key is not None else None
        if record is not None:
            yield record.number


def _running(now: World, then: World) -> Iterator[Text]:
    """Yield which approvals would wait for others, and which go on by rules that are no longer those of today."""
    moved: list[str] = []
    kept: list[str] = []
    were, are = _versions(now.declared), _versions(then.declared)
    changed = {key for key, version in were.items() if are.get(key) != version}
    for run in now.store.open_runs():
        record = now.records.get(run.form, run.record)
        if record is None:
            continue
        decided = now.store.decisions(run.form, run.record)
        before, after = (
            {
                (turn.step, turn.role, turn.people)
                for turn in whose_turn(run, decided, each.records, each.at.date())
            }
            for each in (now, then)
        )
        if before != after:
            moved.append(record.number)
        if run.form in changed and are.get(run.form) != thaw(run.frozen).version:
            kept.append(record.number)
    yield from _said("setting.effects.moved", moved)
    yield from _said("plan.kept", kept)


def _versions(declared: Declared) -> dict[FormKey, str]:
    found = {}
    for chain in declared.book.chains:
        form = declared.forms[chain.form]
        assert form.owner is not None, "the book has seen to it"
        found[chain.form] = freeze(chain, form.owner, (), material_fields(form, declared.forms)).version
    return found


# Desks ----------------------------------------------------------------------------------------------------


def _desks_otherwise(now: World, then: World) -> Iterator[Text]:
    here = {each.key: each for each in now.eyes.desks}
    there = {each.key: each for each in then.eyes.desks}
    yield from _said(
        "setting.effects.desks_new", [_desk(then, there[key]) for key in there if key not in here]
    )
    yield from _said(
        "setting.effects.desks_gone", [_desk(now, here[key]) for key in here if key not in there]
    )
    both = [(here[key], there[key]) for key in here if key in there]
    for before, after in both:
        yield from _columns(now, then, before, after)
    yield from _rows(now, then, {after.key: after for _, after in both})


def _columns(now: World, then: World, before: Desk, after: Desk) -> Iterator[Text]:
    """Yield which sheets and columns a desk would get and lose."""
    one, other = _sheets(now, before), _sheets(then, after)
    said = _desk(then, after)
    for key, found, world in (
        ("plan.sheets_new", other.keys() - one.keys(), then),
        ("plan.sheets_gone", one.keys() - other.keys(), now),
    ):
        names = [
            world.declared.forms[each].labels.in_(then.declared.lang) for each in one | other if each in found
        ]
        yield from _said(key, names, desk=said)
    for form in (each for each in other if each in one):
        for key, columns, world in (
            ("plan.columns_new", other[form] - one[form], then),
            ("plan.columns_gone", one[form] - other[form], now),
        ):
            declared = world.declared.forms[form]
            names = [each.labels.in_(then.declared.lang) for each in declared.fields if each.key in columns]
            yield from _said(key, names, desk=said, form=named(declared.labels))


def _sheets(world: World, desk: Desk) -> dict[FormKey, frozenset[FieldKey]]:
    forms = world.declared.forms.values()
    return {
        each.key: frozenset(field.key for field in each.columns(desk.role) if field.key != ID)
        for each in forms
        if desk.role in each.views
    }


def _rows(now: World, then: World, desks: Mapping[DeskKey, Desk]) -> Iterator[Text]:
    """Yield which records, and which fields of them, desks would see and do not see now, and the other way round."""
    found: defaultdict[tuple[str, DeskKey, FormKey, str], list[str]] = defaultdict(list)
    shares = bool(now.eyes.sharing.shares or then.eyes.sharing.shares)
    for record in now.every():
        other = then.records.get(record.form, record.id)
        if other is None or record.form not in then.declared.forms:
            continue
        before, after = now.eyes.who(record), then.eyes.who(other)
        for desk in (before ^ after) & desks.keys():
            key = "plan.sees" if desk in after else "plan.loses"
            found[key, desk, record.form, ""].append(record.number)
        for desk in (before & after & desks.keys()) if shares else ():
            one, two = (world.eyes.hides(desks[desk], each) for world, each in ((now, record), (then, other)))
            for key, hidden in (("plan.hidden", two - one), ("plan.shown", one - two)):
                fields_ = _field_names(then.declared, record.form, hidden)
                if fields_:
                    found[key, desk, record.form, fields_].append(record.number)
    for (key, desk, form, names), numbers in sorted(found.items()):
        params = {"fields": names} if names else {}
        labels = named(then.declared.forms[form].labels)
        yield from _said(key, numbers, desk=_desk(then, desks[desk]), form=labels, **params)


def _field_names(declared: Declared, form: FormKey, keys: frozenset[FieldKey]) -> str:
    known = declared.forms[form].fields
    return ", ".join(each.labels.in_(declared.lang) for each in known if each.key in keys)


def _desk(world: World, desk: Desk) -> str:
    declared = world.declared
    role = declared.posts[desk.role].labels.in_(declared.lang)
    return desk.name if desk.name == role else f"{desk.name} ({role})"


def _said(key: str, found: Iterable[str], **params: Param) -> Iterator[Text]:
    names = list(dict.fromkeys(found))
    if names:
        yield text(key, count=len(names), which=", ".join(names), **params)
