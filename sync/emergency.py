"""A limit that counts at once, without a sign-off before: entered, journaled, and told to the leader. Pure."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from rules.check import check
from sheet_templates.checking import check_rows
from sheet_templates.form import FieldKey, Stage
from sheet_templates.record import Problem, Record, Severity
from sync import visible
from sync.consequences import settle
from sync.declared import Declared
from sync.numbers import by_rule
from sync.overlay import with_values
from sync.ports import Commit, Store
from sync.setting import LIMITS, VALUE, Wish, at_once
from sync.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """A limit that somebody at the computer lets count at once."""

    key: str
    """Which limit."""
    value: Decimal
    reason: str
    by: str
    """The user of the computer."""


def limit_of(key: str, store: Store) -> Record | None:
    """Return the row of the limit *key*; None if there is no such limit."""
    return next((each for each in store.every(LIMITS) if each["key"] == key), None)


def against(asked: Emergency, declared: Declared, store: Store, at: dt.datetime) -> tuple[Problem, ...]:
    """Return why the value would not be taken from a sheet either."""
    limit = limit_of(asked.key, store)
    if limit is None:
        return ()
    work = Work.start(declared, store, at)
    record = with_values(limit, {VALUE: asked.value})
    found = (
        *check_rows(declared.forms[LIMITS], {record.id: record.values}),
        *check(declared.book, work.context(record, before=record), Stage.SAVE),
    )
    concerned = {None, FieldKey("value")}
    return tuple(each for each in found if each.severity is Severity.ERROR and each.field in concerned)


def emergency(asked: Emergency, declared: Declared, store: Store, at: dt.datetime) -> Commit | None:
    """Return the commit with which the limit counts; None if it has the value already, or may not have it."""
    limit = limit_of(asked.key, store)
    if limit is None or limit[VALUE] == asked.value or against(asked, declared, store, at):
        return None
    work = Work.start(declared, store, at)
    wish = Wish(form=declared.forms[LIMITS], record=limit.id, before=limit, values={VALUE: asked.value})
    entered = at_once(work, wish, f"{asked.reason} ({asked.by})")
    settle(work, by_rule(f"setting.{entered.number}"))
    return work.commit(None, {*visible.dirty(work), *visible.todos(work)})
