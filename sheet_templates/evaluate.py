"""A parsed expression → a function that evaluates it with three truths: true, false and unknown (None)."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from rule_engine import DataType, ast

from sheet_templates.context import ExpressionContext, Named, Thing, Whole
from sheet_templates.functions import FUNCTIONS, Function
from sheet_templates.scope import Scope

Run: TypeAlias = "Callable[[Frame], Any]"


class MisuseError(Exception):
    """An expression that rule-engine takes, but Deskbook does not."""


class Frame:
    """One evaluation: the context, and the variables of the lists that are being made."""

    __slots__ = ("context", "thing", "variables")

    def __init__(self, context: ExpressionContext) -> None:
        self.context = context
        self.thing = Whole(context.record, context)
        self.variables: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One evaluable part of an expression."""

    run: Run
    type: Any
    names: frozenset[str] = frozenset()
    path: str | None = None
    """The dotted path, if it is a plain name."""
    choices: frozenset[str] = frozenset()
    """What it may be, if it is a choice field."""
    literal: bool = False
    function: Function | None = None


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a part: the scope, and the variables of lists by the path of what they run over."""

    scope: Scope
    variables: Mapping[str, str] = field(default_factory=dict)


def prepare(parsed: Any, scope: Scope) -> Node:
    """Return the evaluable form of *parsed*; raises MisuseError for what the language does not have."""
    return _prepare(parsed, _Around(scope))


def describe(type_: Any) -> str:
    """Return how people call a type."""
    unwrapped = {
        DataType.FLOAT: "a number", DataType.STRING: "text", DataType.BOOLEAN: "yes or no",
        DataType.DATETIME: "a date", DataType.TIMEDELTA: "a length of time", DataType.NULL: "nothing",
    }  # fmt: skip
    if DataType.is_type(type_, DataType.OBJECT):
        return "a whole record"
    if DataType.is_type(type_, DataType.ARRAY) or DataType.is_type(type_, DataType.SET):
        return "a list"
    if DataType.is_type(type_, DataType.FUNCTION):
        return "a function"
    return unwrapped.get(type_, "something else")


def _prepare(parsed: Any, around: _Around) -> Node:
    for kind, prepare_one in _KINDS:
        if isinstance(parsed, kind):
            return prepare_one(parsed, around)
    raise MisuseError(f"{_said(parsed)} is not part of the language")


def _literal(parsed: Any, _: _Around) -> Node:
    value = parsed.value
    if isinstance(parsed, ast.DatetimeExpression):
        value = value.date()
    return Node(run=lambda _: value, type=parsed.result_type, literal=True)


def _members(parsed: Any, around: _Around) -> Node:
    nodes = [_prepare(each, around) for each in parsed.value]
    runs = [each.run for each in nodes]
    types = {each.type for each in nodes}
    if len(types) > 1:
        raise MisuseError("the members of a list must be of one type")
    return Node(
        run=lambda frame: tuple(run(frame) for run in runs),
        type=DataType.ARRAY(types.pop()) if types else DataType.ARRAY,
        names=_names(*nodes),
        choices=frozenset(each.run(None) for each in nodes if each.literal and each.type == DataType.STRING),  # type: ignore[arg-type]
    )


def _symbol(parsed: Any, around: _Around) -> Node:
    name, scope = str(parsed.name), around.scope
    if parsed.scope is None and name in around.variables:
        return Node(
            run=lambda frame: frame.variables[name], type=parsed.result_type, path=around.variables[name]
        )
    if parsed.scope is not None or name not in scope.names:
        return Node(run=lambda _: None, type=parsed.result_type, function=FUNCTIONS[name])
    return Node(
        run=_reading(name, parsed.result_type),
        type=parsed.result_type,
        names=frozenset({name}),
        path=name,
        choices=scope.choices(f"record:{scope.form.key}", name),
    )


def _reading(name: str, type_: Any) -> Run:
    match name:
        case "today":
            return lambda frame: frame.context.today
        case "limit":
            return lambda frame: Named(frame.context.limits)
        case "me":
            return lambda frame: Named(frame.context.me)
        case "before":
            return _before
        case _:
            pass

    def read(frame: Frame) -> Any:
        extra = frame.context.extra
        return extra[name] if name in extra else frame.thing.get(name)

    return _ticked(read) if type_ == DataType.BOOLEAN else read


def _before(frame: Frame) -> Thing | None:
    before = frame.context.before
    return Whole(before, frame.context) if before is not None else None


def _ticked(read: Run) -> Run:
    """Return *read* for a yes/no field: not ticked is a plain no, not unknown."""
    return lambda frame: read(frame) is True


def _attribute(parsed: Any, around: _Around) -> Node:
    inner, name = _prepare(parsed.object, around), str(parsed.name)
    if not DataType.is_type(inner.type, DataType.OBJECT):
        return _property(inner, name)
    boolean = parsed.result_type == DataType.BOOLEAN

    def read(frame: Frame) -> Any:
        thing = inner.run(frame)
        if thing is None:
            return None
        value = thing.get(name)
        return value is True if boolean else value

    path, names = None, inner.names
    if inner.path is not None:
        path = f"{inner.path}.{name}"
        names = inner.names - {inner.path} | {path}
    return Node(
        run=read,
        type=parsed.result_type,
        names=names,
        path=path,
        choices=around.scope.choices(inner.type.name, name),
    )


_PROPERTIES: Final[Mapping[str, tuple[Any, Any, Callable[[Any], Any]]]] = {
    "days": (DataType.TIMEDELTA, DataType.FLOAT, lambda value: Decimal(value.days)),
    "year": (DataType.DATETIME, DataType.FLOAT, lambda value: Decimal(value.year)),
    "month": (DataType.DATETIME, DataType.FLOAT, lambda value: Decimal(value.month)),
    "day": (DataType.DATETIME, DataType.FLOAT, lambda value: Decimal(value.day)),
    "length": (DataType.ARRAY, DataType.FLOAT, lambda value: Decimal(len(value))),
}
"""Name → of what, giving what, how. For text, `length` counts characters."""


def _property(inner: Node, name: str) -> Node:
    of, gives, read = _PROPERTIES.get(name, (None, None, None))
    text_length = name == "length" and inner.type == DataType.STRING
    if read is None or not (text_length or DataType.is_compatible(inner.type, of)):
        raise MisuseError(f"{describe(inner.type)} has no “{name}”")
    return Node(run=_strict(read, [inner.run]), type=gives, names=inner.names)


def _list(parsed: Any, around: _Around) -> Node:
    iterable, name = _prepare(parsed.iterable, around), str(parsed.variable)
    if name in around.variables or name in around.scope.names:
        raise MisuseError(
            f"“{name}” means something already; choose another name for the members of the list"
        )
    inside = _Around(around.scope, {**around.variables, name: iterable.path or name})
    result = _prepare(parsed.result, inside)
    condition = _condition(parsed.condition, inside) if parsed.condition is not None else None

    def run(frame: Frame) -> Any:
        members = iterable.run(frame)
        if members is None:
            return None
        made = []
        for each in members:
            frame.variables[name] = each
            if condition is None or condition.run(frame) is True:
                made.append(result.run(frame))
        frame.variables.pop(name, None)
        return tuple(made)

    parts = (iterable, result) if condition is None else (iterable, result, condition)
    return Node(run=run, type=DataType.ARRAY(result.type), names=_names(*parts))


def _not(parsed: Any, around: _Around) -> Node:
    if parsed.type == "uminus":
        right = _prepare(parsed.right, around)
        if right.type not in {DataType.FLOAT, DataType.TIMEDELTA, DataType.UNDEFINED}:
            raise MisuseError(f"“-” needs a number, not {describe(right.type)}")
        return Node(run=_strict(operator.neg, [right.run]), type=right.type, names=right.names)
    right = _condition(parsed.right, around)
    return Node(run=_strict(operator.not_, [right.run]), type=DataType.BOOLEAN, names=right.names)


def _logic(parsed: Any, around: _Around) -> Node:
    left, right = _condition(parsed.left, around), _condition(parsed.right, around)
    decides = parsed.type == "or"
    """The truth that settles it, whatever the other side is: true for `or`, false for `and`."""

    def run(frame: Frame) -> bool | None:
        first: bool | None = left.run(frame)
        if first is decides:
            return decides
        second: bool | None = right.run(frame)
        if second is decides:
            return decides
        return None if first is None or second is None else not decides

    return Node(run=run, type=DataType.BOOLEAN, names=_names(left, right))


_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt,
    "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip


def _comparison(parsed: Any, around: _Around) -> Node:
    if isinstance(parsed, ast.FuzzyComparisonExpression):
        raise MisuseError("patterns (=~) are not part of the language; give the field a `pattern`")
    left, right = _prepare(parsed.left, around), _prepare(parsed.right, around)
    names = _names(left, right)
    if DataType.NULL in {left.type, right.type} and parsed.type in {"eq", "ne"}:
        tested = right if left.type == DataType.NULL else left
        empty = FUNCTIONS["empty" if parsed.type == "eq" else "filled"].call
        return Node(run=lambda frame: empty(tested.run(frame)), type=DataType.BOOLEAN, names=names)
    _assert_alike(left, right)
    _assert_choices(left, right)
    compare = _COMPARE[parsed.type]
    return Node(run=_strict(compare, [left.run, right.run]), type=DataType.BOOLEAN, names=names)


def _contains(parsed: Any, around: _Around) -> Node:
    container, member = _prepare(parsed.container, around), _prepare(parsed.member, around)
    if container.type == DataType.STRING:
        raise MisuseError("“in” looks into lists; for text use contains(text, part)")
    value_type = getattr(container.type, "value_type", DataType.UNDEFINED)
    if not DataType.is_compatible(value_type, member.type):
        raise MisuseError(
            f"{describe(member.type)} cannot be in a list whose members are {describe(value_type)}"
        )
    if member.choices and container.choices:
        _assert_known(member.choices, container.choices)

    def run(frame: Frame) -> bool | None:
        sought, members = member.run(frame), container.run(frame)
        if sought is None or members is None:
            return None
        if sought in members:
            return True
        return None if None in members else False

    return Node(run=run, type=DataType.BOOLEAN, names=_names(container, member))


_CALCULATE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip


def _calculation(parsed: Any, around: _Around) -> Node:
    left, right = _prepare(parsed.left, around), _prepare(parsed.right, around)
    names = _names(left, right)
    if parsed.type == "tdiv":
        return Node(run=_strict(_divided, [left.run, right.run]), type=DataType.FLOAT, names=names)
    if parsed.type not in _CALCULATE:
        raise MisuseError("only + - * / are part of the language")
    run = _strict(_CALCULATE[parsed.type], [left.run, right.run])
    return Node(run=run, type=parsed.result_type, names=names)


def _divided(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """Return the quotient; by zero it is unknown."""
    return dividend / divisor if divisor else None


def _coalesce(parsed: Any, around: _Around) -> Node:
    left, right = _prepare(parsed.left, around), _prepare(parsed.right, around)
    _assert_alike(left, right)

    def run(frame: Frame) -> Any:
        value = left.run(frame)
        return right.run(frame) if value is None else value

    type_ = right.type if left.type == DataType.NULL else left.type
    instead = {right.run(None)} if right.literal else right.choices  # type: ignore[arg-type]
    choices = left.choices | instead if left.choices and instead else frozenset[str]()
    return Node(run=run, type=type_, names=_names(left, right), choices=choices)


def _choice(parsed: Any, around: _Around) -> Node:
    condition = _condition(parsed.condition, around)
    yes, no = _prepare(parsed.case_true, around), _prepare(parsed.case_false, around)
    _assert_alike(yes, no)

    def run(frame: Frame) -> Any:
        truth = condition.run(frame)
        if truth is None:
            return None
        return yes.run(frame) if truth else no.run(frame)

    type_ = no.type if yes.type == DataType.NULL else yes.type
    return Node(run=run, type=type_, names=_names(condition, yes, no))


def _call(parsed: Any, around: _Around) -> Node:
    function = _prepare(parsed.function, around).function
    if function is None:
        raise MisuseError("only functions can be called")
    arguments = [_prepare(each, around) for each in parsed.arguments]
    for each in arguments:
        listed = DataType.ARRAY(function.of)
        fits = DataType.is_compatible(each.type, function.of) or DataType.is_compatible(each.type, listed)
        if function.takes is None and not fits:
            raise MisuseError(f"{function.name}() needs {describe(function.of)}, not {describe(each.type)}")
    runs = [each.run for each in arguments]
    run = _lenient(function.call, runs) if function.lenient else _strict(function.call, runs)
    return Node(run=run, type=function.gives, names=_names(*arguments))


_KINDS: Final[tuple[tuple[Any, Callable[[Any, _Around], Node]], ...]] = (
    ((ast.ArrayExpression, ast.SetExpression), _members),
    (
        (
            ast.FloatExpression, ast.StringExpression, ast.BooleanExpression, ast.NullExpression,
            ast.DatetimeExpression, ast.TimedeltaExpression,
        ),
        _literal,
    ),
    (ast.SymbolExpression, _symbol),
    (ast.GetAttributeExpression, _attribute),
    (ast.ComprehensionExpression, _list),
    (ast.UnaryExpression, _not),
    (ast.LogicExpression, _logic),
    (ast.ComparisonExpression, _comparison),
    (ast.ContainsExpression, _contains),
    ((ast.AddExpression, ast.SubtractExpression, ast.ArithmeticExpression), _calculation),
    (ast.CoalesceExpression, _coalesce),
    (ast.TernaryExpression, _choice),
    (ast.FunctionCallExpression, _call),
)  # fmt: skip
"""What the language has. The first fitting kind is taken."""


def _strict(call: Callable[..., Any], runs: list[Run]) -> Run:
    """Return a call that is unknown as soon as one argument is."""
    if len(runs) == 1:
        (only,) = runs

        def run_one(frame: Frame) -> Any:
            value = only(frame)
            return None if value is None else call(value)

        return run_one

    def run(frame: Frame) -> Any:
        values = [each(frame) for each in runs]
        return None if None in values else call(*values)

    return run


def _lenient(call: Callable[..., Any], runs: list[Run]) -> Run:
    return lambda frame: call(*(each(frame) for each in runs))


def _condition(parsed: Any, around: _Around) -> Node:
    node = _prepare(parsed, around)
    if not DataType.is_compatible(node.type, DataType.BOOLEAN):
        raise MisuseError(
            f"“{_said(parsed)}” gives {describe(node.type)}; a condition is needed (filled(…)?)"
        )
    return node


def _assert_alike(left: Node, right: Node) -> None:
    if DataType.NULL in {left.type, right.type}:
        return
    if DataType.is_type(left.type, DataType.OBJECT) or not DataType.is_compatible(left.type, right.type):
        raise MisuseError(f"{describe(left.type)} and {describe(right.type)} cannot stand together")


def _assert_choices(left: Node, right: Node) -> None:
    for field_, other in ((left, right), (right, left)):
        if field_.choices and not field_.literal and other.literal:
            _assert_known(field_.choices, frozenset({other.run(None)}))  # type: ignore[arg-type]


def _assert_known(allowed: frozenset[str], used: frozenset[str]) -> None:
    unknown = sorted(used - allowed)
    if unknown:
        listed = ", ".join(sorted(allowed))
        raise MisuseError(f"“{unknown[0]}” is not one of the choices ({listed})")


def _names(*nodes: Node) -> frozenset[str]:
    return frozenset[str]().union(*(each.names for each in nodes))


def _said(parsed: Any) -> str:
    return str(getattr(parsed, "name", type(parsed).__name__.removesuffix("Expression").lower()))
