"""Reads a reminder's ladder: who is told, how long after it was due. No I/O.

Each rung is told once; of those that were missed only the highest is made up for. (TX-4.1; mission, feature 21)
"""

from typing import Final

from rules.names import Names
from rules.rule import Rung, Whom
from rules.turn import LEADER, MANAGER
from sheet_templates.declaration import Table
from sheet_templates.expression import Scope
from sheet_templates.form import FieldType, Form, Role

ABOVE: Final = frozenset({MANAGER, LEADER})
"""The roles that a reminder goes up to."""


def read_rungs(names: Names, table: Table, form: Form, scope: Scope) -> tuple[Rung, ...]:
    """Read the rungs of a reminder, in declared order; none if it has no ladder."""
    given = table.take_table("rungs")
    return () if given is None else tuple(_rung(names, *each, form, scope) for each in given.tables())


def told_roles(rungs: tuple[Rung, ...]) -> frozenset[Role]:
    """Return the roles to which a ladder may go up."""
    whom = {each for rung in rungs for each in rung.to}
    return (ABOVE if Whom.SUPERIOR in whom else frozenset()) | (
        frozenset({LEADER}) if Whom.LEADER in whom else frozenset()
    )


def _rung(names: Names, key: str, table: Table, form: Form, scope: Scope) -> Rung:
    if not key.isidentifier():
        table.fault("", "a rung's key must be letters, digits and _")
    to = []
    for each in table.take_texts("to") or (Whom.WHO.value,):
        if each not in set(Whom):
            table.fault("to", f"must be of {', '.join(Whom)}")
            continue
        to.append(Whom(each))
    if Whom.LEADER in to and LEADER not in form.views:
        table.fault("to", f"{LEADER} has no view of {form.key}")
    rung = Rung(key=key, after=names.needed(table, "after", scope, FieldType.NUMBER), to=tuple(to))
    table.close()
    return rung
