"""The command for limits in an emergency: a number counts at once, and the company's leader is told at once by mail."""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sync.acting import workspace
from sync.asking import exit_of, voice_of
from sync.edges.log import log_to
from sync.edges.machine import machine_user
from sync.edges.requests import emergencies
from sync.edges.single import AlreadyRunningError, only_one
from sync.emergency import Emergency, against, limit_of
from sync.exits import Exit
from sync.faults import UsageError
from sync.running import EMERGENCIES_FOLDER, Duties
from sync.setting import SETTING
from sync.shows.console import show
from sync.standing import standing
from sync.workspace import Workspace


def put(root: Path, key: str, value: str, reason: str) -> Exit:
    """Let the limit *key* be *value* from now on, enter why and by whom: by the daemon that runs, or else here.

    Raises UsageError.
    """
    with workspace(root, enter=False) as here:
        voice = voice_of(here)
        if limit_of(key, here.store) is None:
            known = [str(each) for each in here.declared.limits]
            raise UsageError("limits.unknown", limit=key, known=voice.among(known))
        if not reason.strip():
            raise UsageError("limits.reason")
        asked = Emergency(key=key, value=_number(value), reason=reason.strip(), by=machine_user(os.environ))
        for wrong in against(asked, here.declared, here.store, here.clock.now()):
            raise UsageError("limits.wrong", value=value, why=wrong.what)
        known_before = {each.id for each in here.store.every(SETTING)}
        _carry_out(here, asked)
        entered = [each for each in here.store.every(SETTING) if each.id not in known_before]
        if not entered:
            raise UsageError("limits.same", limit=key, value=value)
        for each in entered:
            said = {"what": str(each["what"]), "change": str(each["change"]), "number": each.number}
            show([voice.say("limits.set", **said)])
        return exit_of(standing(here))


def _carry_out(here: Workspace, asked: Emergency) -> None:
    try:
        with only_one(here.state, here.clock):
            here.engine.emergency(asked)
            here.engine.writing.publish()
            with log_to(here.state, here.clock) as log:
                Duties(workspace=here, clock=here.clock, log=log).tell()
    except AlreadyRunningError:
        if not emergencies(here.state / EMERGENCIES_FOLDER).ask_and_wait(asked):
            raise UsageError("limits.asked") from None


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UsageError("limits.number", value=value) from None
    if not number.is_finite():
        raise UsageError("limits.number", value=value)
    return number
