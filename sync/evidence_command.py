"""The commands about evidence: void a decision that was nobody's own, and hold the journal to a head noted outside."""

import os
import re
from pathlib import Path
from typing import Final

from sheet_templates.expression import limits_in
from sync.acting import workspace
from sync.asking import exit_of, voice_of
from sync.edges.clock import SystemClock
from sync.edges.machine import machine_user
from sync.edges.requests import disputes
from sync.edges.secret import secret_of
from sync.edges.single import AlreadyRunningError, only_one
from sync.edges.store.chain import verify_journal
from sync.exits import Exit
from sync.faults import UsageError
from sync.look import looked
from sync.not_me import DISPUTE, Dispute, days_of, meant
from sync.one_time import Seal
from sync.running import DISPUTES_FOLDER
from sync.shows.console import show
from sync.standing import standing

_HEAD: Final = re.compile(r"(?P<line>\d+)[:\s]\s*(?P<hash>[0-9a-fA-F]{16,64})")
"""A line's number and its hash, or at least the first 16 digits of that."""


def dispute(root: Path, code: str) -> Exit:
    """Void the decisions that the confirmation with *code* told of: by the daemon that runs, or else here."""
    with workspace(root, enter=False) as here:
        voice, seal = voice_of(here), Seal(secret=secret_of(here.state, make=False))
        days = days_of(limits_in(here.store))
        found = list(meant(seal.sealed(code), seal, here.store, here.clock.now(), days))
        if not found:
            raise UsageError("dispute.unknown")
        before = here.store.head()[0]
        asked = Dispute(about=found[0].detail["about"], by=machine_user(os.environ))
        try:
            with only_one(here.state, here.clock):
                here.engine.dispute(asked)
                here.engine.writing.publish()
        except AlreadyRunningError:
            if not disputes(here.state / DISPUTES_FOLDER).ask_and_wait(asked):
                raise UsageError("dispute.asked") from None
        done = [line.entry for line in here.store.journal(since=before) if line.entry.kind == DISPUTE]
        if not done:
            raise UsageError("dispute.over")
        for each in done:
            assert each.form is not None
            assert each.record is not None
            show([voice.say("dispute.done", record=voice.record(each.form, each.record))])
        return exit_of(standing(here))


def verify(root: Path, head: str) -> Exit:
    """Say whether every line of the journal follows from the one before, and *head* is one of them."""
    known = _known(head) if head else None
    with looked(root, SystemClock, os.environ) as look:
        voice = voice_of(look)
        for problem in verify_journal(look.store, known):
            show([voice.said(problem.what), voice.said(problem.mend)])
            return Exit.PROBLEMS
        line, hash_ = look.store.head()
        show([voice.say("verify.whole", line=line, hash=hash_)])
        if known is not None:
            show([voice.say("verify.goes_on", line=known[0])])
    return Exit.OK


def _known(head: str) -> tuple[int, str]:
    found = _HEAD.fullmatch(head.strip())
    if found is None:
        raise UsageError("verify.head")
    return int(found["line"]), found["hash"].lower()
