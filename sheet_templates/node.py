"""The nouns of evaluation: one evaluable part of an expression, and what stands around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sheet_templates.context import ExpressionContext, Whole
from sheet_templates.functions import Function
from sheet_templates.parsing import DataType
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a part of an expression while it is prepared."""

    scope: Scope
    prepare: "Callable[[Any, Around], Node]"
    """Prepares a part of the part."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables of lists, by the path of what they run over."""

    def part(self, parsed: Any) -> Node:
        """Return the evaluable form of a part."""
        return self.prepare(parsed, self)

    def condition(self, parsed: Any) -> Node:
        """Return the evaluable form of a part that must be true or false."""
        node = self.part(parsed)
        if not DataType.is_compatible(node.type, DataType.BOOLEAN):
            raise MisuseError(
                f"“{said(parsed)}” gives {describe(node.type)}; a condition is needed (filled(…)?)"
            )
        return node


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


def strict(call: Callable[..., Any], runs: list[Run]) -> Run:
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


def lenient(call: Callable[..., Any], runs: list[Run]) -> Run:
    """Return a call that is made whatever the arguments are."""
    return lambda frame: call(*(each(frame) for each in runs))


def names_of(*nodes: Node) -> frozenset[str]:
    """Return the names that *nodes* read."""
    return frozenset[str]().union(*(each.names for each in nodes))


def said(parsed: Any) -> str:
    """Return how to call a part of an expression in a message."""
    return str(getattr(parsed, "name", type(parsed).__name__.removesuffix("Expression").lower()))
