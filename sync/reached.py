"""When a transfer reached the desk that must acknowledge it: its line stands in the file (TX-6.2.1). Pure."""

import datetime as dt

from sheet_templates.form import MASTER, Desk, FieldKey
from sync.declared import TODO, Declared
from sync.ports import Commit, Store
from sync.receipts import RECEIPT, SHOWS, moment, open_at
from sync.visible import dirty
from sync.work import Author, Work

_TOLD = FieldKey("told")


def reached(desk: Desk, declared: Declared, store: Store, now: dt.datetime) -> Commit | None:
    """Return the commit that says which receipts stand in the file of *desk* since it was written; None for none."""
    if desk.role == MASTER:
        return None
    fresh = [
        each for each in open_at(desk, declared, store, now.date(), now.tzinfo) if each.record[_TOLD] is None
    ]
    latest = store.latest(desk.key)
    base = store.base(desk.key, latest) if fresh and latest is not None else None
    if not base:
        return None
    shown = {shows.get(SHOWS) for (form, _), shows in base.items() if form == TODO}
    work = Work.start(declared, store, now)
    author = Author(desk=None, person=None, cause="written")
    for each in fresh:
        if str(each.id) in shown:
            work.set(RECEIPT, each.id, {_TOLD: moment(now)}, author)
    return work.commit(None, dirty(work)) if work.started else None
