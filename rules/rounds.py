"""What a new round of an approval asks: the steps that it takes, and the roles in them. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from rules.content import material_fields
from rules.effect import Run
from rules.frozen import Frozen, FrozenStep, freeze, thaw
from rules.happened import Happened
from rules.rule import Chain, Step
from sheet_templates.expression import Expression, ExpressionContext, ExpressionError, Scope
from sheet_templates.form import FieldKey, FieldType, Form, FormKey, Role
from sheet_templates.record import Record, Value
from sheet_templates.value import canonical

_Step = TypeVar("_Step", Step, FrozenStep)
_Asked = tuple[tuple[str, ...], Mapping[str, Collection[Role]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round that begins: its chain, and the record with what is entered in it."""

    frozen: Frozen
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Begins rounds of one record's approval."""

    chain: Chain
    form: Form
    forms: Mapping[FormKey, Form]
    happened: Happened

    def anew(self, record: Record) -> Round:
        """Return a round by the rules of today."""
        assert self.form.owner is not None, "the book has seen to it"
        stamps = {key: each.value(self._context(record)) for key, each in self.chain.stamps.items()}
        record = self._stamped(record, stamps)
        context = self._context(record)
        applies, asked = _asked(self.chain.steps, lambda step: step.when, lambda each: each.true(context))
        material = material_fields(self.form, self.forms)
        conditions = {step.key: step.grades for step in self.chain.steps}
        grades = _graded(conditions, lambda each: each.value(context) is not False)
        frozen = freeze(self.chain, self.form.owner, applies, material, asked=asked, grades=grades)
        return Round(frozen=frozen, record=record)

    def again(self, record: Record, run: Run, *, kept: bool) -> Round:
        """Return another round by the rules that *run* began with; *kept*: sign-offs of it stay in force."""
        frozen = thaw(run.frozen)
        stamps = {key: self._value(each, key, record) for key, each in frozen.stamps.items()}
        record = self._stamped(record, stamps)
        applies, asked = _asked(frozen.steps, lambda step: step.when, lambda text: self._still(text, record))
        since = (run.round if frozen.since is None else frozen.since) if kept else None
        again = {step: tuple(roles) for step, roles in asked.items()}
        conditions = {step.key: step.grades for step in frozen.steps}
        grades = _graded(conditions, lambda said: self._demanded(said, record))
        begun = replace(frozen, applies=applies, asked=again, grades=grades, since=since)
        return Round(frozen=begun, record=record)

    def agreeable(self, step: FrozenStep, record: Record) -> bool:
        """Return whether somebody may agree in *step* now."""
        return step.agrees_when is None or self._still(step.agrees_when, record)

    def _still(self, when: str, record: Record) -> bool:
        """Return whether a frozen condition is true; a step whose condition no longer makes sense is taken."""
        try:
            return Expression.load(when, self._scope(), FieldType.YES_NO).true(self._context(record))
        except ExpressionError:
            return True

    def _demanded(self, when: str, record: Record) -> bool:
        """Return whether a frozen condition demands a grade: unless it is known to be false."""
        try:
            loaded = Expression.load(when, self._scope(), FieldType.YES_NO)
        except ExpressionError:
            return True
        return loaded.value(self._context(record)) is not False

    def _value(self, said: str, key: FieldKey, record: Record) -> Value:
        try:
            return Expression.load(said, self._scope()).value(self._context(record))
        except ExpressionError:
            return record[key]

    def _stamped(self, record: Record, stamps: Mapping[FieldKey, Value]) -> Record:
        values = dict(record.values)
        for key, value in stamps.items():
            field = self.form.field(key)
            found = canonical(field, value) if field is not None else None
            values.pop(key, None)
            if found is not None:
                values[key] = found
        return record if values == dict(record.values) else replace(record, values=values)

    def _scope(self) -> Scope:
        return Scope.of(self.form, self.forms, limits=self.happened.limits.keys())

    def _context(self, record: Record) -> ExpressionContext:
        return self.happened.context(self.forms, record)


_When = TypeVar("_When", Expression, str)


def _asked(
    steps: Iterable[_Step], when: Callable[[_Step], _When | None], true: Callable[[_When], bool]
) -> _Asked:
    """Return the steps that are taken, and the roles that are asked in those that do not ask all of theirs."""
    applies: list[str] = []
    asked: dict[str, Collection[Role]] = {}
    for step in steps:
        condition = when(step)
        if condition is not None and not true(condition):
            continue
        only: Mapping[Role, _When] = step.only  # type: ignore[assignment] # text for text, expression for expression
        roles = [role for role in step.roles if role not in only or true(only[role])]
        if not roles:
            continue
        applies.append(step.key)
        if len(roles) < len(step.roles):
            asked[step.key] = roles
    return tuple(applies), asked


def _graded(
    conditions: Mapping[str, Mapping[str, _When]], demanded: Callable[[_When], bool]
) -> Mapping[str, str]:
    """Return the strongest evidence that each step demands by its *conditions*.

    What is not known is no reason to demand less.
    """
    found = {
        step: [grade for grade, when in each.items() if demanded(when)] for step, each in conditions.items()
    }
    return {step: min(grades) for step, grades in found.items() if grades}
