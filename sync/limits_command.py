"""The command for limits in an emergency: a number counts at once, and the company's leader is told at once by mail."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rules.check import check
from sheet_templates.form import FieldKey, Stage
from sheet_templates.record import Record, Severity
from sheet_templates.schema import check_rows
from sync import visible
from sync.acting import workspace
from sync.asking import exit_of, voice_of
from sync.consequences import settle
from sync.edges.log import log_to
from sync.edges.machine import machine_user
from sync.edges.single import only_one
from sync.exits import Exit
from sync.faults import UsageError
from sync.numbers import by_rule
from sync.overlay import with_values
from sync.running import Duties
from sync.setting import LIMITS, VALUE, Wish, at_once
from sync.shows.console import show
from sync.standing import standing
from sync.work import Work


def put(root: Path, key: str, value: str, reason: str) -> Exit:
    """Let the limit *key* be *value* from now on, enter why and by whom, and tell the leader by mail.

    Raises UsageError, and AlreadyRunningError while the daemon runs: it reads the sheets, where there is no hurry.
    """
    with workspace(root) as here, only_one(here.state, here.clock):
        voice = voice_of(here)
        work = Work.start(here.declared, here.store, here.clock.now())
        limit = next((each for each in work.records.every(LIMITS) if each["key"] == key), None)
        if limit is None:
            known = [str(each["key"]) for each in work.records.every(LIMITS)]
            raise UsageError("limits.unknown", limit=key, known=voice.among(known))
        if not reason.strip():
            raise UsageError("limits.reason")
        number = _number(value)
        _refuse(work, with_values(limit, {VALUE: number}), value)
        wish = Wish(form=work.declared.forms[LIMITS], record=limit.id, before=limit, values={VALUE: number})
        asked = at_once(work, wish, f"{reason.strip()} ({machine_user(os.environ)})")
        settle(work, by_rule(f"setting.{asked.number}"))
        here.store.commit(work.commit(None, {*visible.dirty(work), *visible.todos(work)}))
        here.engine.writing.publish()
        with log_to(here.state, here.clock) as log:
            Duties(workspace=here, clock=here.clock, log=log).tell()
        show(
            [
                voice.say(
                    "limits.set", what=str(asked["what"]), change=str(asked["change"]), number=asked.number
                )
            ]
        )
        return exit_of(standing(here))


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UsageError("limits.number", value=value) from None
    if not number.is_finite():
        raise UsageError("limits.number", value=value)
    return number


def _refuse(work: Work, record: Record, value: str) -> None:
    """Raise UsageError if *record* would not be taken from a sheet either."""
    form = work.declared.forms[LIMITS]
    found = (
        *check_rows(form, {record.id: record.values}),
        *check(work.declared.book, work.context(record, before=record), Stage.SAVE),
    )
    for each in found:
        if each.severity is Severity.ERROR and each.field in {None, FieldKey("value")}:
            raise UsageError("limits.wrong", value=value, why=each.what)
