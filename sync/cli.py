"""The command line: what an administrator types. Says what can be typed; what is done stands in the commands' modules.

Nothing heavy is imported here: help must come at once, and pandas, SQLAlchemy and openpyxl take seconds to load.
So each command imports the module that carries it out, when it is called. Texts stand in words/cli.toml;
where a help text is asked for here, its key is given, and `main` puts the words in.

Exit codes are documented in docs/operations.md.
"""

import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, NoReturn
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from sheet_templates.form import Lang
from sheet_templates.record import text
from sheet_templates.words import Words
from sync.edges.machine import machine_lang
from sync.exits import Exit

_HELP: Final = "cli.help."
_MOMENTS: Final = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]

app = typer.Typer(
    name="deskbook",
    help=f"{_HELP}deskbook",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
limits = typer.Typer(help=f"{_HELP}limits", short_help=f"{_HELP}limits.short", no_args_is_help=True)
forms = typer.Typer(help=f"{_HELP}forms", short_help=f"{_HELP}forms.short", no_args_is_help=True)
rules = typer.Typer(help=f"{_HELP}rules", short_help=f"{_HELP}rules.short", no_args_is_help=True)
hold = typer.Typer(help=f"{_HELP}hold", short_help=f"{_HELP}hold.short")

Folder = Annotated[
    Path | None, typer.Option("--workspace", "-w", envvar="DESKBOOK_WORKSPACE", help=f"{_HELP}workspace")
]
Language = Annotated[Lang | None, typer.Option("--lang", help=f"{_HELP}init.lang")]


@app.command(help=f"{_HELP}init", short_help=f"{_HELP}init.short")
def init(
    folder: Annotated[Path, typer.Argument(help=f"{_HELP}init.folder")],
    name: Annotated[str, typer.Option("--company", help=f"{_HELP}init.company")] = "",
    lang: Language = None,
    zone: Annotated[str, typer.Option("--zone", help=f"{_HELP}init.zone")] = "",
    currency: Annotated[str, typer.Option("--currency", help=f"{_HELP}init.currency")] = "",
) -> None:
    """Make a workspace."""
    from sync import acting  # noqa: PLC0415 - heavy: see the module's docstring

    wanted = acting.Wanted(name=name, lang=lang, zone=zone, currency=currency)
    _end(folder, lambda root: acting.init(root, wanted))


@app.command(help=f"{_HELP}run", short_help=f"{_HELP}run.short")
def run(folder: Folder = None) -> None:
    """Run the daemon until a signal ends it."""
    from sync import acting  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, acting.run)


@app.command(help=f"{_HELP}sync", short_help=f"{_HELP}sync.short")
def sync(
    folder: Folder = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=f"{_HELP}sync.dry")] = False,
) -> None:
    """Look once at every desk, and write what waits."""
    from sync import acting  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, acting.dry_run if dry_run else acting.sync)


@app.command(help=f"{_HELP}status", short_help=f"{_HELP}status.short")
def status(folder: Folder = None) -> None:
    """Say how things stand."""
    from sync import asking  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, asking.status)


@app.command(help=f"{_HELP}check", short_help=f"{_HELP}check.short")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help=f"{_HELP}check.files")],
    folder: Folder = None,
) -> None:
    """Say what workbooks would change, and what is wrong in them; change nothing."""
    from sync import acting  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: acting.check(root, files), near=files[0])


@app.command(help=f"{_HELP}log", short_help=f"{_HELP}log.short")
def log(
    number: Annotated[str, typer.Argument(help=f"{_HELP}log.number")] = "",
    folder: Folder = None,
    *,
    exports: Annotated[bool, typer.Option("--exports", help=f"{_HELP}log.exports")] = False,
) -> None:
    """Show a record's history, or what left the house."""
    from sync import access_command, asking  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: access_command.left(root, number) if exports else asking.log(root, number))


@app.command(help=f"{_HELP}access", short_help=f"{_HELP}access.short")
def access(
    what: Annotated[str, typer.Argument(help=f"{_HELP}access.what")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help=f"{_HELP}access.json")] = False,
    folder: Folder = None,
) -> None:
    """Say who sees what, and why."""
    from sync import access_command  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: access_command.access(root, what, as_json=as_json))


@app.command(help=f"{_HELP}report", short_help=f"{_HELP}report.short")
def report(
    name: Annotated[str, typer.Argument(help=f"{_HELP}report.name")] = "",
    month: Annotated[str, typer.Option("--month", metavar="2026-10", help=f"{_HELP}report.month")] = "",
    week: Annotated[str, typer.Option("--week", metavar="2026-W45", help=f"{_HELP}report.week")] = "",
    mail: Annotated[bool, typer.Option("--mail", help=f"{_HELP}report.mail")] = False,
    folder: Folder = None,
) -> None:
    """Make a report by hand."""
    from sync import making  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: making.make(root, name, month=month, week=week, mail=mail))


@hold.callback(help=f"{_HELP}hold", short_help=f"{_HELP}hold.short", invoke_without_command=True)
def hold_list(asked: typer.Context, folder: Folder = None) -> None:
    """Show which saves are held."""
    from sync import hold_command  # noqa: PLC0415 - heavy: see the module's docstring

    asked.obj = folder
    if asked.invoked_subcommand is None:
        _end(folder, hold_command.listed)


@hold.command("take", help=f"{_HELP}hold.take", short_help=f"{_HELP}hold.take.short")
def hold_take(
    asked: typer.Context,
    desk: Annotated[str, typer.Argument(help=f"{_HELP}hold.desk")],
    folder: Folder = None,
) -> None:
    """Take a held save as it is."""
    _answer(folder or asked.obj, desk, "take")


@hold.command("drop", help=f"{_HELP}hold.drop", short_help=f"{_HELP}hold.drop.short")
def hold_drop(
    asked: typer.Context,
    desk: Annotated[str, typer.Argument(help=f"{_HELP}hold.desk")],
    folder: Folder = None,
) -> None:
    """Take nothing of a held save, and write the desk as it was."""
    _answer(folder or asked.obj, desk, "drop")


def _answer(folder: Path | None, desk: str, word: str) -> None:
    from sync import hold_command, holds  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: hold_command.say(root, desk, holds.Word(word)))


app.add_typer(hold, name="hold")


@app.command(help=f"{_HELP}dispute", short_help=f"{_HELP}dispute.short")
def dispute(
    code: Annotated[str, typer.Argument(help=f"{_HELP}dispute.code")],
    folder: Folder = None,
) -> None:
    """Void what its signer says that he did not decide."""
    from sync import evidence_command  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: evidence_command.dispute(root, code))


@app.command(help=f"{_HELP}verify", short_help=f"{_HELP}verify.short")
def verify(
    head: Annotated[str, typer.Argument(help=f"{_HELP}verify.head")] = "",
    folder: Folder = None,
) -> None:
    """Say whether the journal is whole, and goes on from where a mail said that it stood."""
    from sync import evidence_command  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: evidence_command.verify(root, head))


@app.command(help=f"{_HELP}undo", short_help=f"{_HELP}undo.short")
def undo(
    what: Annotated[str, typer.Argument(help=f"{_HELP}undo.what")] = "",
    *,
    desk: Annotated[str, typer.Option("--desk", help=f"{_HELP}undo.desk")] = "",
    since: Annotated[
        dt.datetime | None, typer.Option("--from", formats=_MOMENTS, help=f"{_HELP}undo.from")
    ] = None,
    until: Annotated[
        dt.datetime | None, typer.Option("--to", formats=_MOMENTS, help=f"{_HELP}undo.to")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=f"{_HELP}undo.yes")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=f"{_HELP}undo.dry")] = False,
    folder: Folder = None,
) -> None:
    """Take back a save, a span of time or an import, as a change of its own."""
    from sync import undo_command  # noqa: PLC0415 - heavy: see the module's docstring

    meant = undo_command.Meant(what=what, desk=desk, since=since, until=until)
    _end(folder, lambda root: undo_command.undo(root, meant, yes=yes, dry_run=dry_run))


@app.command(help=f"{_HELP}plan", short_help=f"{_HELP}plan.short")
def plan(
    what: Annotated[str, typer.Argument(help=f"{_HELP}plan.what")] = "",
    folder: Folder = None,
) -> None:
    """Say what a change of declarations or settings would do; change nothing."""
    from sync import plan_command  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: plan_command.plan(root, what))


@limits.command("set", help=f"{_HELP}limits.set", short_help=f"{_HELP}limits.set.short")
def limits_set(
    key: Annotated[str, typer.Argument(help=f"{_HELP}limits.key")],
    value: Annotated[str, typer.Argument(help=f"{_HELP}limits.value")],
    reason: Annotated[str, typer.Option("--reason", help=f"{_HELP}limits.reason")],
    folder: Folder = None,
) -> None:
    """Let a limit count at once, and tell the company's leader."""
    from sync import limits_command  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: limits_command.put(root, key, value, reason))


app.add_typer(limits, name="limits")


@forms.command("check", help=f"{_HELP}forms.check", short_help=f"{_HELP}forms.check.short")
def forms_check(folder: Folder = None) -> None:
    """Say every fault of the workspace's own forms and rules."""
    from sync import asking  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, asking.forms_check)


@rules.command("check", help=f"{_HELP}rules.check", short_help=f"{_HELP}rules.check.short")
def rules_check(folder: Folder = None) -> None:
    """Say every fault of the workspace's own declarations; count its rules."""
    from sync import asking  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, asking.rules_check)


app.add_typer(rules, name="rules")


@forms.command("docs", help=f"{_HELP}forms.docs", short_help=f"{_HELP}forms.docs.short")
def forms_docs(
    into: Annotated[Path, typer.Argument(metavar="DIR", help=f"{_HELP}forms.docs.dir")],
    folder: Folder = None,
) -> None:
    """Write a page for each form."""
    from sync import asking  # noqa: PLC0415 - heavy: see the module's docstring

    _end(folder, lambda root: asking.forms_docs(root, into))


app.add_typer(forms, name="forms")


@app.command(help=f"{_HELP}demo", short_help=f"{_HELP}demo.short")
def demo(
    folder: Annotated[Path, typer.Argument(help=f"{_HELP}demo.folder")] = Path("demo-company"),
    lang: Language = None,
    *,
    google_key: Annotated[Path | None, typer.Option("--google-key", help=f"{_HELP}demo.google_key")] = None,
    google_folder: Annotated[str, typer.Option("--google-folder", help=f"{_HELP}demo.google_folder")] = "",
    google_address: Annotated[str, typer.Option("--google-address", hidden=True)] = "",
    google_requests: Annotated[int, typer.Option("--google-requests", hidden=True)] = 55,
    online: Annotated[str, typer.Option("--online", help=f"{_HELP}demo.online")] = "production",
    today: Annotated[dt.datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], hidden=True)] = None,
) -> None:
    """Live a company's fortnight."""
    from rich.console import Console  # noqa: PLC0415 - heavy: see the module's docstring

    from sync.demo.fortnight import Cast, live  # noqa: PLC0415 - heavy: see the module's docstring
    from sync.demo.online import Online  # noqa: PLC0415 - heavy: see the module's docstring
    from sync.edges.clock import SystemClock  # noqa: PLC0415 - heavy: see the module's docstring

    now = SystemClock(ZoneInfo("UTC")).now()
    cast = Cast()
    if google_key is not None:
        asked = Online(
            key_file=google_key,
            desks=(online,),
            folder=google_folder,
            address=google_address,
            requests=google_requests,
        )
        cast = Cast(online=asked)
    raise typer.Exit(live(folder, lang or machine_lang(os.environ), (today or now).date(), Console(), cast))


def main() -> None:
    """Run the command line in the language of the computer; what is shown of a workspace is in its own."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character must not end the command that says it.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    command = get_command(app)
    assert isinstance(command, TyperGroup)
    translate(command, Words.load(), machine_lang(os.environ))
    command(prog_name="deskbook")


def translate(command: TyperCommand | TyperGroup, words: Words, lang: Lang) -> None:
    """Put the words of *lang* in the place of the keys that *command* and those below it have as help."""

    def said(key: str | None) -> str | None:
        return words.say(text(key), lang) if key is not None and key.startswith(_HELP) else key

    paragraphs = said(command.help)
    command.help = None if paragraphs is None else _as_written(paragraphs)
    command.short_help = said(command.short_help)
    for parameter in command.params:
        if isinstance(parameter, TyperArgument | TyperOption):
            parameter.help = said(parameter.help)
    for below in command.commands.values() if isinstance(command, TyperGroup) else ():
        assert isinstance(below, TyperCommand | TyperGroup)
        translate(below, words, lang)


def _as_written(paragraphs: str) -> str:
    """Return a help text with the mark that keeps its lines: they are as long as they are meant to be."""
    return "\n\n".join(f"\b\n{each}" for each in paragraphs.strip().split("\n\n"))


def _end(folder: Path | None, command: Callable[[Path], Exit], near: Path | None = None) -> NoReturn:
    """Run *command* on the workspace that is meant, and end with its exit code.

    *near*: a file whose workspace is meant if none is named and none is here.
    """
    from sync.faults import ended  # noqa: PLC0415 - heavy: see the module's docstring

    raise typer.Exit(ended(folder, command, near))
