"""The operators of the expression language, with three truths: true, false and unknown (None)."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from sheet_templates.functions import FUNCTIONS
from sheet_templates.node import Around, Frame, MisuseError, Node, describe, names_of, strict
from sheet_templates.parsing import DataType, ast


def unary(parsed: Any, around: Around) -> Node:
    """Prepare `not x` or `-x`."""
    if parsed.type == "uminus":
        right = around.part(parsed.right)
        if right.type not in {DataType.FLOAT, DataType.TIMEDELTA, DataType.UNDEFINED}:
            raise MisuseError(f"“-” needs a number, not {describe(right.type)}")
        return Node(run=strict(operator.neg, [right.run]), type=right.type, names=right.names)
    right = around.condition(parsed.right)
    return Node(run=strict(operator.not_, [right.run]), type=DataType.BOOLEAN, names=right.names)


def logic(parsed: Any, around: Around) -> Node:
    """Prepare `x and y` or `x or y`."""
    left, right = around.condition(parsed.left), around.condition(parsed.right)
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

    return Node(run=run, type=DataType.BOOLEAN, names=names_of(left, right))


_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt,
    "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip


def comparison(parsed: Any, around: Around) -> Node:
    """Prepare `x == y` and its like; `x == null` asks whether it is empty."""
    if isinstance(parsed, ast.FuzzyComparisonExpression):
        raise MisuseError("patterns (=~) are not part of the language; give the field a `pattern`")
    left, right = around.part(parsed.left), around.part(parsed.right)
    names = names_of(left, right)
    if DataType.NULL in {left.type, right.type} and parsed.type in {"eq", "ne"}:
        tested = right if left.type == DataType.NULL else left
        empty = FUNCTIONS["empty" if parsed.type == "eq" else "filled"].call
        return Node(run=lambda frame: empty(tested.run(frame)), type=DataType.BOOLEAN, names=names)
    _assert_alike(left, right)
    _assert_choices(left, right)
    compare = _COMPARE[parsed.type]
    return Node(run=strict(compare, [left.run, right.run]), type=DataType.BOOLEAN, names=names)


def contains(parsed: Any, around: Around) -> Node:
    """Prepare `x in […]`."""
    container, member = around.part(parsed.container), around.part(parsed.member)
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

    return Node(run=run, type=DataType.BOOLEAN, names=names_of(container, member))


_CALCULATE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip


def calculation(parsed: Any, around: Around) -> Node:
    """Prepare `x + y` and its like."""
    left, right = around.part(parsed.left), around.part(parsed.right)
    names = names_of(left, right)
    if parsed.type == "tdiv":
        return Node(run=strict(_divided, [left.run, right.run]), type=DataType.FLOAT, names=names)
    if parsed.type not in _CALCULATE:
        raise MisuseError("only + - * / are part of the language")
    run = strict(_CALCULATE[parsed.type], [left.run, right.run])
    return Node(run=run, type=parsed.result_type, names=names)


def _divided(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """Return the quotient; by zero it is unknown."""
    return dividend / divisor if divisor else None


def coalesce(parsed: Any, around: Around) -> Node:
    """Prepare `x ?? y`."""
    left, right = around.part(parsed.left), around.part(parsed.right)
    _assert_alike(left, right)

    def run(frame: Frame) -> Any:
        value = left.run(frame)
        return right.run(frame) if value is None else value

    type_ = right.type if left.type == DataType.NULL else left.type
    instead = {right.run(None)} if right.literal else right.choices  # type: ignore[arg-type]
    choices = left.choices | instead if left.choices and instead else frozenset[str]()
    return Node(run=run, type=type_, names=names_of(left, right), choices=choices)


def choice(parsed: Any, around: Around) -> Node:
    """Prepare `condition ? x : y`."""
    condition = around.condition(parsed.condition)
    yes, no = around.part(parsed.case_true), around.part(parsed.case_false)
    _assert_alike(yes, no)

    def run(frame: Frame) -> Any:
        truth = condition.run(frame)
        if truth is None:
            return None
        return yes.run(frame) if truth else no.run(frame)

    type_ = no.type if yes.type == DataType.NULL else yes.type
    return Node(run=run, type=type_, names=names_of(condition, yes, no))


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
