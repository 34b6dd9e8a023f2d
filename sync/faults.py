"""The one error boundary of the command line: an expected error becomes a sentence and an exit code.

What is not expected is a bug, and leaves as the traceback that it is.
"""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sheet_templates.declaration import DeclarationError
from sheet_templates.faults import Faults
from sheet_templates.form import Lang
from sheet_templates.places import placed
from sheet_templates.record import Param, Text, text
from sheet_templates.words import Words
from sync.edges.harmless import harmless
from sync.edges.machine import machine_lang
from sync.edges.settings import NoWorkspaceError, SettingsError, language_of, workspace_at
from sync.edges.single import AlreadyRunningError, Holder
from sync.edges.store.errors import StoreError
from sync.exits import Exit

_FOLDERS: Final = ("forms", "rules", "words")

_LATER: Final = frozenset({"store.busy", "store.full", "store.away"})
_USAGE: Final = frozenset({"store.network", "store.newer", "store.foreign", "store.denied"})

_WORLD: Final = frozenset(
    (
        *("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EIO"),
        *("ENOTDIR", "EISDIR", "ENAMETOOLONG", "ESTALE", "EHOSTDOWN"),
    )
)
"""What the system refuses for reasons that an administrator can mend; other OSErrors are bugs."""


class UsageError(Exception):
    """What was asked for does not exist or does not fit; carries the sentence that says so."""

    def __init__(self, key: str, **params: Param) -> None:
        self.said = text(f"cli.{key}", **params)
        super().__init__(self.said.key)


class NowhereError(Exception):
    """The desks' folder is not there now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(str(folder))


def ended(folder: Path | None, command: Callable[[Path], Exit], near: Path | None = None) -> Exit:
    """Run *command* on the workspace that is meant, and return what to exit with; an expected error is told.

    *folder*, *near*: see `sync.edges.settings.workspace_at`.
    """
    root = workspace_at(folder, near)
    try:
        return command(root)
    except (
        DeclarationError,
        StoreError,
        AlreadyRunningError,
        UsageError,
        NowhereError,
        OSError,
    ) as error:
        lang = language_of(root) or machine_lang(os.environ)
        found = told(error, root, Words.load(), lang)
        if found is None:
            raise
        said, code = found
        sys.stderr.write(f"{harmless(said)}\n")
        return code


def told(error: Exception, root: Path, words: Words, lang: Lang) -> tuple[str, Exit] | None:
    """Return what an expected *error* means in words, and the exit code; None if it is a bug."""

    def say(key: str, **params: Param) -> str:
        return words.say(text(f"cli.fault.{key}", **params), lang)

    match error:
        case NoWorkspaceError():
            return say("no_workspace", folder=str(root)), Exit.USAGE
        case SettingsError():
            return f"{say('settings')}\n{_listed(error, Faults.of(words, lang))}", Exit.USAGE
        case DeclarationError():
            return (
                f"{say('declarations', folder=str(root))}\n{_listed(error, Faults.of(words, lang), root)}",
                Exit.USAGE,
            )
        case StoreError(problem=problem):
            said = f"{words.say(problem.what, lang)}\n{words.say(problem.mend, lang)}"
            return said, _store_exit(problem.what.key)
        case AlreadyRunningError(holder=holder):
            return words.say(_busy(holder), lang), Exit.BUSY
        case UsageError(said=asked):
            return words.say(asked, lang), Exit.USAGE
        case NowhereError(folder=folder):
            return say("desks_gone", folder=str(folder)), Exit.LATER
        case OSError() if errno.errorcode.get(error.errno or 0) in _WORLD:
            return say("system", name=str(error.filename), why=error.strerror or ""), Exit.ERROR
        case _:
            return None


def _busy(holder: Holder | None) -> Text:
    if holder is None:
        return text("cli.fault.busy_unnamed")
    since = text("empty") if holder.since is None else text("plain", value=holder.since)
    return text("cli.fault.busy", pid=str(holder.pid), host=holder.host, since=since)


def _store_exit(key: str) -> Exit:
    if key in _LATER:
        return Exit.LATER
    return Exit.USAGE if key in _USAGE else Exit.ERROR


def _listed(error: DeclarationError, faults: Faults, root: Path | None = None) -> str:
    """Return every fault on a line; those of the workspace at *root* with file, line and column."""
    files = {} if root is None else _own(root)
    return "\n".join(f"  - {faults.say(placed(each, files))}" for each in error.faults)


def _own(root: Path) -> dict[str, str]:
    """Return the text of the workspace's declarations, by their path in it."""
    paths = [*root.glob("*.toml"), *(path for each in _FOLDERS for path in (root / each).glob("*.toml"))]
    return {
        each.relative_to(root).as_posix(): each.read_text(encoding="utf-8", errors="replace")
        for each in sorted(paths)
    }
