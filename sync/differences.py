"""What would be otherwise in another world: with other declarations, or with other settings, on the same records. Pure.

Nothing is left out: every record, chain and desk that would be otherwise is named. An approval that runs keeps the
rules with which it began, and a transfer happens only when something becomes true, so neither is touched by another
declaration; people who sign are found anew each time, so they are by another setting of people.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from rules.content import material_fields
from rules.frozen import freeze, thaw
from rules.turn import whose_turn
from sheet_templates.expression import Expression
from sheet_templates.form import ID, Desk, DeskKey, FieldKey, FormKey
from sheet_templates.record import Param, RecordId, Records, State, Text, named, text
from sync.declared import Declared
from sync.world import World

_BEFORE_SIGN_OFF: Final = frozenset({State.DRAFT, State.RETURNED, State.WITHDRAWN, State.VOIDED})
_OVER: Final = frozenset({State.REFUSED, State.RETRACTED})


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
