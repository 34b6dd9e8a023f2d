"""All rules on one record, in their order; and on one day. Pure: it decides, the cycle carries out."""

from collections.abc import Mapping
from dataclasses import replace

from rules import chain, reminder, transfer
from rules.check import check
from rules.computed import affected, with_computed, with_defaults
from rules.course import SUBMIT
from rules.effect import Effects, Notify, Set
from rules.happened import Happened
from rules.reminder import Day
from rules.rule import Book
from sheet_templates.form import FieldKey, Form, FormKey, Stage
from sheet_templates.record import Address, Record, Severity, Value

__all__ = ["Day", "Happened", "affected", "apply", "daily"]


def apply(book: Book, forms: Mapping[FormKey, Form], happened: Happened) -> Effects:
    """Return what the rules want done about one record, and everything that is wrong with it now.

    In this order: defaults of a new record and computed fields; checks; the approval chain; transfers, in
    the state that the chain brought. *forms* are those with the columns of the chains.

    The cycle asks for every record that was changed or signed, carries the effects out, and asks again for
    the records that these changed or that `affected` names, until nothing is wanted any more. Asking twice
    is harmless: values that stand are not set again, and notices and creations have keys. Only verdicts are
    given once.
    """
    record = happened.after
    if happened.before is None:
        record = with_defaults(book, happened.context(forms, record))
    record = with_computed(book, happened.context(forms, record))
    sets = _sets(happened.after, record)
    happened = replace(happened, after=record)

    context = happened.context(forms, record)
    ticked = record[SUBMIT] is True
    problems = check(book, context, Stage.SUBMIT if ticked else Stage.SAVE, bound=not happened.signed)
    ready = not any(each.severity is Severity.ERROR for each in problems)
    approval, after = chain.effects(book, forms, happened, ready=ready)
    moved = transfer.effects(book, forms, happened, after)
    return Effects(effects=sets, problems=problems) + approval + Effects(effects=moved)


def daily(book: Book, day: Day) -> tuple[Notify, ...]:
    """Return what must be told on *day*: what is due, overdue, about to lapse, or waits for a sign-off."""
    return reminder.notices(book, day)


def _sets(old: Record, new: Record) -> tuple[Set, ...]:
    keys: dict[FieldKey, Value] = {**old.values, **new.values}
    return tuple(
        Set(
            address=Address(form=new.form, record=new.id, field=key),
            value=new[key],
            rule=f"formula.{new.form}.{key}",
        )
        for key in keys
        if old[key] != new[key]
    )
