"""A parsed expression → a function that evaluates it: what is part of the language, and what each part does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sheet_templates import operators
from sheet_templates.context import Named, Thing, Whole
from sheet_templates.functions import FUNCTIONS
from sheet_templates.node import (
    Around,
    Frame,
    MisuseError,
    Node,
    Run,
    describe,
    lenient,
    names_of,
    said,
    strict,
)
from sheet_templates.parsing import DataType, ast
from sheet_templates.scope import Scope
from sheet_templates.working_calendar import WorkingCalendar


def prepare(parsed: Any, scope: Scope) -> Node:
    """Return the evaluable form of *parsed*; raises MisuseError for what the language does not have."""
    return _prepare(parsed, Around(scope=scope, prepare=_prepare))


def _prepare(parsed: Any, around: Around) -> Node:
    for kind, prepare_one in _KINDS:
        if isinstance(parsed, kind):
            return prepare_one(parsed, around)
    raise MisuseError(f"{said(parsed)} is not part of the language")


def _literal(parsed: Any, _: Around) -> Node:
    value = parsed.value
    if isinstance(parsed, ast.DatetimeExpression):
        value = value.date()
    return Node(run=lambda _: value, type=parsed.result_type, literal=True)


def _members(parsed: Any, around: Around) -> Node:
    nodes = [around.part(each) for each in parsed.value]
    runs = [each.run for each in nodes]
    types = {each.type for each in nodes}
    if len(types) > 1:
        raise MisuseError("the members of a list must be of one type")
    return Node(
        run=lambda frame: tuple(run(frame) for run in runs),
        type=DataType.ARRAY(types.pop()) if types else DataType.ARRAY,
        names=names_of(*nodes),
        choices=frozenset(each.run(None) for each in nodes if each.literal and each.type == DataType.STRING),  # type: ignore[arg-type]
    )


def _symbol(parsed: Any, around: Around) -> Node:
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


def _attribute(parsed: Any, around: Around) -> Node:
    inner, name = around.part(parsed.object), str(parsed.name)
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
    return Node(run=strict(read, [inner.run]), type=gives, names=inner.names)


def _list(parsed: Any, around: Around) -> Node:
    iterable, name = around.part(parsed.iterable), str(parsed.variable)
    if name in around.variables or name in around.scope.names:
        raise MisuseError(
            f"“{name}” means something already; choose another name for the members of the list"
        )
    inside = replace(around, variables={**around.variables, name: iterable.path or name})
    result = inside.part(parsed.result)
    condition = inside.condition(parsed.condition) if parsed.condition is not None else None

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
    return Node(run=run, type=DataType.ARRAY(result.type), names=names_of(*parts))


def _call(parsed: Any, around: Around) -> Node:
    function = around.part(parsed.function).function
    if function is None:
        raise MisuseError("only functions can be called")
    arguments = [around.part(each) for each in parsed.arguments]
    for each in arguments:
        listed = DataType.ARRAY(function.of)
        fits = DataType.is_compatible(each.type, function.of) or DataType.is_compatible(each.type, listed)
        if function.takes is None and not fits:
            raise MisuseError(f"{function.name}() needs {describe(function.of)}, not {describe(each.type)}")
    runs = [each.run for each in arguments]
    if function.calendar:
        runs.insert(0, _calendar)
    run = lenient(function.call, runs) if function.lenient else strict(function.call, runs)
    return Node(run=run, type=function.gives, names=names_of(*arguments))


def _calendar(frame: Frame) -> WorkingCalendar:
    return frame.context.calendar


_KINDS: Final[tuple[tuple[Any, Callable[[Any, Around], Node]], ...]] = (
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
    (ast.UnaryExpression, operators.unary),
    (ast.LogicExpression, operators.logic),
    (ast.ComparisonExpression, operators.comparison),
    (ast.ContainsExpression, operators.contains),
    ((ast.AddExpression, ast.SubtractExpression, ast.ArithmeticExpression), operators.calculation),
    (ast.CoalesceExpression, operators.coalesce),
    (ast.TernaryExpression, operators.choice),
    (ast.FunctionCallExpression, _call),
)  # fmt: skip
"""What the language has. The first fitting kind is taken."""
