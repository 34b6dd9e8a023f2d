"""The safe expression language of forms and rules: parsed and typed by rule-engine, evaluated here.

Why not rule-engine's own evaluation: there an empty value raises in arithmetic, but equals another empty
value (`owner == me.superior` would be true where both are empty). Here an empty value makes whatever it
meets *unknown*, as in SQL: `and`, `or` and `not` know three truths, and a condition that is unknown is not
true. What is allowed is written out below; everything else of the library's language is refused at load.
See docs/expressions.md.
"""

import decimal
import difflib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Self

from sheet_templates.context import CALENDAR, ExpressionContext, calendar_in, limits_in
from sheet_templates.evaluate import prepare
from sheet_templates.form import FieldType
from sheet_templates.functions import FUNCTIONS
from sheet_templates.node import Frame, MisuseError, Node, describe
from sheet_templates.parsing import DataType, Rule, errors
from sheet_templates.record import Value
from sheet_templates.scope import RESERVED, TYPES, Scope

__all__ = [
    "CALENDAR",
    "RESERVED",
    "Expression",
    "ExpressionContext",
    "ExpressionError",
    "Scope",
    "calendar_in",
    "limits_in",
]

_ARITHMETIC: Final = decimal.Context(prec=28, rounding=decimal.ROUND_HALF_EVEN)
_LONGEST: Final = 2000
_PLAINER: Final = {
    "data type mismatch": "the types do not fit together",
    "data type mismatch (not a callable value)": (
        "only functions can be called; where a field has a function's name, write the function with a $"
    ),
}
"""What rule-engine says, in words that an author of forms understands."""


class ExpressionError(ValueError):
    """An expression cannot be used: its text, what is wrong, and names that were perhaps meant."""

    def __init__(self, text: str, fault: str, near: tuple[str, ...] = ()) -> None:
        self.text = text
        self.fault = fault
        self.near = near
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"in “{text}”: {fault}{meant}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """One checked expression; loaded once, evaluated often."""

    text: str
    names: frozenset[str]
    """The names it reads, as dotted paths from the record: `total`, `link.customer.class`, `lines.amount`."""
    node: Node = field(repr=False, compare=False)

    @classmethod
    def load(cls, text: str, scope: Scope, gives: FieldType | None = None) -> Self:
        """Parse and type *text*; with *gives* its value must fit a field of that type (YES_NO: a condition).

        Raises ExpressionError for a syntax error, an unknown name, types that do not fit, a choice that a
        field does not have.
        """
        if len(text) > _LONGEST:
            raise ExpressionError(text[:60] + "…", f"longer than {_LONGEST} characters")
        try:
            parsed = Rule(text, scope.typing).statement.expression
            node = prepare(parsed, scope)
        except (errors.SymbolResolutionError, errors.AttributeResolutionError) as error:
            raise _unknown(text, scope, error) from None
        except errors.EngineError as error:
            raise ExpressionError(text, _PLAINER.get(error.message, error.message)) from None
        except MisuseError as error:
            raise ExpressionError(text, str(error)) from None
        _assert_gives(text, node, gives)
        return cls(text=text, names=frozenset(node.names), node=node)

    def value(self, context: ExpressionContext) -> Value:
        """Return the value for *context*; None if it is empty or unknown."""
        with decimal.localcontext(_ARITHMETIC):
            found = self.node.run(Frame(context))
        if isinstance(found, Decimal) and not found.is_finite():
            return None
        assert found is None or isinstance(found, Value), f"{self.text!r} gives {type(found).__name__}"
        return found

    def true(self, context: ExpressionContext) -> bool:
        """Return whether it is true for *context*: unknown is not true."""
        return self.value(context) is True

    def false(self, context: ExpressionContext) -> bool:
        """Return whether it is false for *context*: unknown is not false."""
        return self.value(context) is False


def _assert_gives(text: str, node: Node, gives: FieldType | None) -> None:
    if node.type.is_compound or node.type == DataType.TIMEDELTA or node.function is not None:
        raise ExpressionError(text, f"gives {describe(node.type)}, not one value")
    if (
        gives is not None
        and not DataType.is_compatible(node.type, TYPES[gives])
        and node.type != DataType.NULL
    ):
        raise ExpressionError(text, f"gives {describe(node.type)}, but {describe(TYPES[gives])} is needed")


def _unknown(text: str, scope: Scope, error: errors.EngineError) -> ExpressionError:
    """Return what to say about a name that does not exist, with the names that look like it."""
    match error:
        case errors.SymbolResolutionError():
            name, known = str(error.symbol_name), [*scope.names, *FUNCTIONS]
        case errors.AttributeResolutionError():
            name, known = str(error.attribute_name), sorted(getattr(error.object, "attributes", ()))
        case _:
            return ExpressionError(text, error.message)
    near = tuple(difflib.get_close_matches(name, known, n=3))
    return ExpressionError(text, f"there is no “{name}” here", near)
