"""What only the passing of time makes count: settings that were signed off for a later day, looked at once a day."""

import datetime as dt

from sync import visible
from sync.consequences import settle
from sync.declared import Declared
from sync.numbers import by_rule
from sync.ports import Store
from sync.setting import SETTING, counts
from sync.work import Work


def count(declared: Declared, store: Store, now: dt.datetime) -> None:
    """Put into force what was asked for, signed off, and has come to its day."""
    work = Work.start(declared, store, now)
    due = [each for each in store.every(SETTING) if counts(work, (SETTING, each.id))]
    if due:
        settle(work, by_rule("setting"))
        store.commit(work.commit(None, {*visible.dirty(work), *visible.todos(work)}))
