"""What of an undo may be: nothing goes back to what would be wrong, and nothing goes to which others refer. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from rules.check import check as check_rules
from rules.computed import with_computed
from sheet_templates.checking import check_rows
from sheet_templates.form import FieldKey, Stage
from sheet_templates.record import Problem, Record, RecordId, Severity, State, Text, Value, named, text
from sheet_templates.scope import linked_form, parent_field
from sync.overlay import with_values
from sync.retract import referring
from sync.undo import Kept, Place, Stays, Undoing
from sync.work import Work


def allowed(wished: Undoing, work: Work) -> Undoing:
    """Return what of *wished* can be taken back, and what has to stay besides.

    *work*: an empty one; nothing is left in it that could be committed.
    """
    undoing = wished
    while True:
        trial = _tried(undoing, work)
        stays = tuple(dict.fromkeys(_stays(undoing, trial)))
        if not stays:
            return undoing
        undoing = _without(undoing, stays)


def _tried(undoing: Undoing, work: Work) -> Work:
    """Return a work in which the records stand as *undoing* would have them."""
    trial = Work.start(work.declared, work.store, work.at)
    values: defaultdict[Place, dict[FieldKey, Value]] = defaultdict(dict)
    for each in undoing.back:
        values[each.address.form, each.address.record][each.address.field] = each.to
    for place in undoing.places:
        found = work.store.get(*place)
        assert found is not None, "what is undone was done to it"
        state = State.RETRACTED if place in undoing.retracted else undoing.restored.get(place, found.state)
        trial.records.put(replace(with_values(found, values[place]), state=state))
    for place in undoing.places:
        found = trial.records.get(*place)
        if found is not None and found.state is not State.RETRACTED:
            trial.records.put(with_computed(trial.declared.book, trial.context(found)))
    return trial


def _stays(undoing: Undoing, trial: Work) -> Iterator[Kept]:
    for form, record in undoing.retracted:
        found = trial.records.get(form, record)
        assert found is not None
        for other in referring(trial, found)[:1]:
            yield _referred(found, other, trial)
        head = _head(found, trial)
        if head is not None and _stays_itself(head, undoing):
            yield _referred(found, head, trial)
    yield from _wrong(undoing, trial)


def _referred(record: Record, other: Record, trial: Work) -> Kept:
    said = text("undo.record", form=named(trial.declared.forms[other.form].labels), number=other.number)
    return Kept(form=record.form, record=record.id, field=None, why=Stays.REFERRED, said=said)


def _head(line: Record, trial: Work) -> Record | None:
    """Return the record of which *line* is a line."""
    form = trial.declared.forms[line.form]
    field = form.field(parent_field(form)) if form.parent is not None else None
    target = linked_form(field) if field is not None else None
    number = line.values.get(field.key) if field is not None else None
    return trial.records.numbered(target, number) if target is not None and isinstance(number, str) else None


def _stays_itself(head: Record, undoing: Undoing) -> bool:
    """Return whether a record that came with its lines stays: then they stay with it."""
    place = (head.form, head.id)
    return place in undoing.brought and place not in undoing.retracted and head.state is not State.RETRACTED


def _wrong(undoing: Undoing, trial: Work) -> Iterator[Kept]:
    """Yield what would be wrong, of what would change."""
    going = {(each.address.form, each.address.record, each.address.field) for each in undoing.back}
    changed = [
        found
        for place in undoing.places
        if (found := trial.records.get(*place)) is not None and found.state is not State.RETRACTED
    ]
    for record, problem in _problems(changed, trial):
        place = (record.form, record.id)
        field = problem.field
        if field is not None and (*place, field) in going:
            yield _kept(place, field, problem.what)
        elif place in undoing.restored:
            yield _kept(place, None, problem.what)
        elif field is None and not _already(record, problem, trial):
            for form, id_, key in sorted(going):
                if (form, id_) == place:
                    yield _kept(place, key, problem.what)


def _problems(records: list[Record], trial: Work) -> Iterator[tuple[Record, Problem]]:
    by_form: defaultdict[str, dict[RecordId, Record]] = defaultdict(dict)
    for each in records:
        by_form[each.form][each.id] = each
    for several in by_form.values():
        form = trial.declared.forms[next(iter(several.values())).form]
        for problem in check_rows(form, {key: each.values for key, each in several.items()}):
            assert problem.record is not None
            yield several[problem.record], problem
    for record in records:
        yield from ((record, each) for each in _by_rules(record, trial))
        yield from ((record, each) for each in _dangling(record, trial))


def _by_rules(record: Record, trial: Work) -> Iterator[Problem]:
    before = trial.store.get(record.form, record.id)
    for each in check_rules(trial.declared.book, trial.context(record, before=before), Stage.SAVE):
        if each.severity is Severity.ERROR:
            yield each


def _dangling(record: Record, trial: Work) -> Iterator[Problem]:
    """Yield what is wrong with links to records that do not count."""
    for field in trial.declared.forms[record.form].fields:
        target, number = linked_form(field), record.values.get(field.key)
        if target is None or not isinstance(number, str):
            continue
        found = trial.records.numbered(target, number)
        if found is None or found.state is State.RETRACTED:
            what = text("undo.dangling", number=number)
            yield Problem(what=what, mend=what, form=record.form, record=record.id, field=field.key)


def _already(record: Record, problem: Problem, trial: Work) -> bool:
    """Return whether the same is wrong with the record as it stands."""
    now = trial.store.get(record.form, record.id)
    if now is None:
        return False
    standing = Work.start(trial.declared, trial.store, trial.at)
    found = check_rules(trial.declared.book, standing.context(now), Stage.SAVE)
    return any((each.rule, each.what.key) == (problem.rule, problem.what.key) for each in found)


def _kept(place: Place, field: FieldKey | None, what: Text) -> Kept:
    return Kept(form=place[0], record=place[1], field=field, why=Stays.WRONG, said=what)


def _without(undoing: Undoing, stays: tuple[Kept, ...]) -> Undoing:
    """Return *undoing* without what has to stay."""
    cells = {(each.form, each.record, each.field) for each in stays}
    whole = {(each.form, each.record) for each in stays if each.field is None}
    return replace(
        undoing,
        back=tuple(
            each
            for each in undoing.back
            if (each.address.form, each.address.record, each.address.field) not in cells
        ),
        retracted=tuple(each for each in undoing.retracted if each not in whole),
        restored={place: state for place, state in undoing.restored.items() if place not in whole},
        kept=(*undoing.kept, *stays),
    )
