"""The command line: what an administrator types. Thin: each command opens the workspace and shows what it finds.

The one error boundary is `main`: an expected error becomes a sentence and an exit code, a bug a traceback.
Exit codes are documented in docs/operations.md.
"""

import datetime as dt
import locale
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from sheet_templates.declaration import DeclarationError
from sheet_templates.form import Lang
from sheet_templates.record import Param, text
from sheet_templates.words import Words
from sync import shows
from sync.edges.clock import SystemClock
from sync.edges.ids import RandomIds
from sync.edges.settings import Company, load_settings
from sync.edges.single import AlreadyRunningError, only_one, running
from sync.edges.store.errors import StoreError
from sync.running import daemon_of, once
from sync.workspace import Workspace, create, opened

_ZONES: Final = {
    Lang.ZH_HANT: ("Asia/Taipei", "TWD"),
    Lang.ZH_HANS: ("Asia/Shanghai", "CNY"),
    Lang.EN: ("UTC", "USD"),
}


class Exit(IntEnum):
    """What the process ends with (docs/operations.md)."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PROBLEMS = 3
    CONFLICTS = 4
    BUSY = 5
    LATER = 75


def machine_lang() -> Lang:
    """Return the machine's language if Deskbook speaks it, else English."""
    code = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "").lower()
    code = code or (locale.getlocale()[0] or "").lower()
    if code.startswith(("zh_tw", "zh_hk", "zh_mo", "zh-hant")):
        return Lang.ZH_HANT
    return Lang.ZH_HANS if code.startswith("zh") else Lang.EN


_WORDS: Final = Words.load()
_LANG: Final = machine_lang()

out = Console()
err = Console(stderr=True)


def say(key: str, lang: Lang = _LANG, **params: Param) -> str:
    """Return a sentence of the command line."""
    return _WORDS.say(text(f"cli.{key}", **params), lang)


app = typer.Typer(
    name="deskbook", help=say("help"), no_args_is_help=True, rich_markup_mode=None, add_completion=True
)

Folder = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="DESKBOOK_WORKSPACE", help=say("help.workspace"))
]


@contextmanager
def workspace(root: Path) -> Iterator[Workspace]:
    """Open the workspace at *root* with the real clock and the real environment."""
    clock = SystemClock(load_settings(root).zone)
    with opened(root.resolve(), clock, os.environ) as found:
        yield found


@app.command(help=say("help.init"))
def init(
    folder: Annotated[Path, typer.Argument(help=say("help.init.folder"))],
    name: Annotated[str, typer.Option("--company", help=say("help.init.company"))] = "",
    lang: Annotated[Lang | None, typer.Option("--lang", help=say("help.init.lang"))] = None,
    zone: Annotated[str, typer.Option("--zone", help=say("help.init.zone"))] = "",
    currency: Annotated[str, typer.Option("--currency", help=say("help.init.currency"))] = "",
) -> None:
    """Make a workspace."""
    spoken = lang or _LANG
    own_zone, own_currency = _ZONES[spoken]
    company = Company(
        id=f"co-{RandomIds().new()}",
        name=name or folder.resolve().name,
        language=spoken,
        zone=zone or _machine_zone() or own_zone,
        currency=currency or own_currency,
    )
    try:
        create(folder, company)
    except FileExistsError:
        raise typer.Exit(_fail(say("init.exists", spoken, folder=str(folder)), Exit.USAGE)) from None
    with workspace(folder) as made, only_one(made.state, made.clock):
        made.found()
        made.engine.publish()
        shows.made(out, made)


@app.command(help=say("help.run"))
def run(folder: Folder = Path()) -> None:
    """Run the daemon until a signal ends it."""
    with workspace(folder) as opened_, only_one(opened_.state, opened_.clock):
        with daemon_of(opened_, sys.stderr) as daemon:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, lambda *_: daemon.stop())
            shows.running(out, opened_)
            daemon.run()
        out.print(say("run.stopped", opened_.declared.lang))


@app.command(help=say("help.sync"))
def sync(
    folder: Folder = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("help.sync.dry"))] = False,
) -> None:
    """Look once at every desk, and write what waits."""
    with workspace(folder) as opened_:
        if dry_run:
            raise typer.Exit(Exit.PROBLEMS if shows.plan(out, opened_) else Exit.OK)
        with only_one(opened_.state, opened_.clock):
            ended = once(opened_)
            shows.synced(out, opened_, ended)
            raise typer.Exit(_standing(opened_))


@app.command(help=say("help.status"))
def status(folder: Folder = Path()) -> None:
    """Say how things stand."""
    with workspace(folder) as opened_:
        shows.status(out, opened_, running(opened_.state))
        raise typer.Exit(_standing(opened_))


@app.command(help=say("help.check"))
def check(
    file: Annotated[Path, typer.Argument(help=say("help.check.file"), exists=True, dir_okay=False)],
    folder: Folder = Path(),
) -> None:
    """Say what one workbook would change, and what is wrong in it; change nothing."""
    with workspace(folder) as opened_:
        raise typer.Exit(Exit.PROBLEMS if shows.checked(out, opened_, file.resolve()) else Exit.OK)


@app.command(help=say("help.log"))
def log(number: Annotated[str, typer.Argument(help=say("help.log.number"))], folder: Folder = Path()) -> None:
    """Show a record's history."""
    with workspace(folder) as opened_:
        if not shows.history(out, opened_, number):
            raise typer.Exit(_fail(say("log.unknown", opened_.declared.lang, number=number), Exit.ERROR))


@app.command(help=say("help.report"))
def report(
    name: Annotated[str, typer.Argument(help=say("help.report.name"))],
    month: Annotated[str, typer.Option("--month", help=say("help.report.month"))] = "",
    week: Annotated[str, typer.Option("--week", help=say("help.report.week"))] = "",
    mail: Annotated[bool, typer.Option("--mail", help=say("help.report.mail"))] = False,
    folder: Folder = Path(),
) -> None:
    """Make a report by hand."""
    with workspace(folder) as opened_:
        try:
            paths = shows.report(out, opened_, name, month or week, mail=mail)
        except ValueError as fault:
            raise typer.Exit(_fail(str(fault), Exit.USAGE)) from None
        for path in paths:
            out.print(str(path))


@app.command(help=say("help.release"))
def release(
    desk: Annotated[str, typer.Argument(help=say("help.release.desk"))], folder: Folder = Path()
) -> None:
    """Take a save that was held, as it is."""
    with workspace(folder) as opened_, only_one(opened_.state, opened_.clock):
        if not shows.released(out, opened_, desk):
            raise typer.Exit(_fail(say("release.nothing", opened_.declared.lang, desk=desk), Exit.ERROR))


@app.command(help=say("help.demo"))
def demo(
    folder: Annotated[Path, typer.Argument(help=say("help.demo.folder"))] = Path("demo-company"),
    lang: Annotated[Lang | None, typer.Option("--lang", help=say("help.init.lang"))] = None,
    today: Annotated[dt.datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], hidden=True)] = None,
) -> None:
    """Live a company's fortnight."""
    from sync.demo.fortnight import live  # noqa: PLC0415 - openpyxl is loaded only where people are simulated

    now = SystemClock(ZoneInfo("UTC")).now().date()
    live(folder, lang or _LANG, today.date() if today else now, out)


def main() -> None:
    """Run the command line; the one place where expected errors become words."""
    try:
        app(standalone_mode=True)
    except AlreadyRunningError as error:
        sys.exit(_fail(say("busy", who=str(error)), Exit.BUSY))
    except (DeclarationError, StoreError) as error:
        sys.exit(_fail(str(error), Exit.USAGE))


def _standing(opened_: Workspace) -> Exit:
    """Return the exit code that says whether something waits for people."""
    if opened_.store.conflicts():
        return Exit.CONFLICTS
    return Exit.PROBLEMS if shows.errors(opened_) else Exit.OK


def _fail(said: str, code: Exit) -> int:
    err.print(said, markup=False, highlight=False)
    return int(code)


def _machine_zone() -> str:
    """Return the machine's time zone, if it says its name."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        link = Path("/etc/localtime")
        target = str(link.readlink()) if link.is_symlink() else ""
        named = target.partition("zoneinfo/")[2]
    try:
        return ZoneInfo(named).key if "/" in named else ""
    except (ValueError, OSError, KeyError):
        return ""
