"""What only the passing of time brings: reminders, and what nobody decided in time, put into the store as notices.

Asked once a day, and again without harm: each telling has its key. Nobody is reminded on a free day; what would have
been told then is told on the next working day (TX-4.1).
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from rules.apply import daily
from rules.effect import Notify
from rules.reminder import Day
from sheet_templates.expression import calendar_in, limits_in
from sheet_templates.record import Records, text
from sync import holds, overdue
from sync.declared import Declared
from sync.desks import ADMIN, desks
from sync.disputes import escalated
from sync.ports import Store
from sync.visible import overnight, todo
from sync.work import Work

WORKING_DAYS_ONLY: Final = "remind_working_days"
"""The limit that is 0 where people are reminded every day."""

_CLAUSE: Final = "TX-4.1"


def reminds_on(declared: Declared, records: Records, day: dt.date) -> bool:
    """Return whether people are reminded on *day*: on working days, and on all days if the company wants it."""
    limits = limits_in(records)
    if limits.get(WORKING_DAYS_ONLY, Decimal(1)) == 0:
        return True
    return calendar_in(records, declared.calendar, limits).works(day)


def remind(declared: Declared, store: Store, now: dt.datetime) -> None:
    """Write what must be told today, and name the 待辦 sheets that tell of it."""
    work = Work.start(declared, store, now)
    for notify in (*daily(declared.book, _day(declared, store, now)), *_calendar(work)):
        work.notices.setdefault(notify.event, notify)
    late, concerned = escalated(declared, store, now)
    unreceived, receiving = overdue.late(declared, store, now)
    work.notices.update(
        {each.event: each for each in (*late, *unreceived, *holds.late(declared, store, now))}
    )
    concerned |= receiving
    # The administrator's tells of the calendar, where only the passing of time brings it.
    everybody = desks(store, declared.posts, declared.lang, now.date())
    concerned.update(desk.key for desk in everybody if desk.role == ADMIN)
    rows = overnight(declared, store, now.date())
    store.commit(work.commit(None, {*rows, *(todo(desk) for desk in concerned)}))


def _day(declared: Declared, store: Store, now: dt.datetime) -> Day:
    runs = {(run.form, run.record): (run, store.decisions(run.form, run.record)) for run in store.open_runs()}
    limits = limits_in(store)
    return Day(
        forms=declared.forms,
        records=store,
        limits=limits,
        today=now.date(),
        calendar=calendar_in(store, declared.calendar, limits),
        zone=now.tzinfo,
        runs=runs,
    )


def _calendar(work: Work) -> Iterator[Notify]:
    """Yield what the administrator is told, once, of a year whose holidays nobody has entered."""
    year = work.calendar().unannounced(work.at.date())
    if year is not None:
        yield Notify(
            event=f"calendar.unknown:{year}",
            roles=(ADMIN,),
            people=(),
            urgent=False,
            headline=text("calendar.unknown", year=str(year)),
            lines=(text("calendar.unknown.mend"),),
            form=None,
            record=None,
            rule="reminder.calendar",
            clause=_CLAUSE,
        )
