"""Opens a company's line to Google, as its settings say. Imports gspread: only for companies that have online desks."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

from sheet_templates.form import Desk, DeskKey, Form, FormKey
from sync.edges.google.call import Asking
from sync.edges.google.desks import GoogleDesks
from sync.edges.google.drive import Drive
from sync.edges.google.errands import Errands
from sync.edges.google.faults import Denied
from sync.edges.google.line import Line, credentials
from sync.edges.google.make import Making
from sync.edges.google.mirror import Mirror
from sync.edges.google.pace import Breaker, Budget
from sync.edges.google.sharing import Sharing
from sync.edges.google.standing import STANDING
from sync.edges.google.write import Writer
from sync.edges.settings import Google, SettingsError
from sync.edges.xlsx.versions import Versions
from sync.ports import Clock


def online_desks(
    *,
    settings: Google,
    company: str,
    workspace: Path,
    folder: PurePath,
    versions: Versions,
    forms: Mapping[FormKey, Form],
    template: Callable[[Desk], bytes],
    clock: Clock,
    mails: Callable[[], Mapping[DeskKey, tuple[str, ...]]],
    people: Callable[[], Mapping[DeskKey, tuple[str, ...]]],
    invitation: Callable[[DeskKey], str],
    tick: Callable[[], float] = time.monotonic,
) -> GoogleDesks:
    """Return the online desks of a company. Raises SettingsError if its key cannot be used.

    *folder*: the desks' folder, as the engine names it. Nothing is asked of Google yet.
    """
    assert settings.key_file is not None
    try:
        auth = credentials(workspace / settings.key_file)
    except Denied as fault:
        raise SettingsError([f"deskbook.toml: google.key_file: {fault.detail}"]) from fault
    budget, breaker = Budget(tick=tick, most=settings.requests_a_minute), Breaker(tick=tick)
    line: Asking = Line(
        auth,
        budget=budget,
        breaker=breaker,
        sleep=threading.Event().wait,
        address=settings.address,
    )
    drive = Drive(line=line, company=company, folder=settings.folder)
    state = versions.folder.parent
    mirror = Mirror(
        drive=drive,
        versions=versions,
        budget=budget,
        breaker=breaker,
        tick=tick,
        clock=clock,
        place=state / STANDING,
        folder=folder,
        quiet=settings.quiet_seconds,
        eager=settings.poll_seconds,
    )
    return GoogleDesks(
        mirror=mirror,
        forms=forms,
        template=template,
        making=Making(drive=drive, forms=forms, given=settings.spreadsheets),
        mails=mails,
        people=people,
        sharing=Sharing(mirror=mirror, invitation=invitation),
        writer=Writer(mirror=mirror, forms=forms),
        errands=Errands(),
        filed=state / "filed",
        workspace=workspace,
    )
