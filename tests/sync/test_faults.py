"""Expected errors become sentences and exit codes; what is not expected stays what it is."""

import errno
from pathlib import Path

import pytest

from sheet_templates.form import Lang
from sheet_templates.record import text
from sync.edges.single import AlreadyRunningError
from sync.edges.store.errors import StoreError
from sync.exits import Exit
from sync.faults import NowhereError, UsageError, ended, told
from tests.support import shipped

WORDS = shipped.words()
ROOT = Path("company")


def store(key: str, **params: str) -> StoreError:
    return StoreError(text(key, place="db", **params), text(f"{key}.mend", place="db"))


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (store("store.network", kind="nfs4"), Exit.USAGE),
        (store("store.newer", found="9", known="1"), Exit.USAGE),
        (store("store.busy", why="locked"), Exit.LATER),
        (store("store.full", why="full"), Exit.LATER),
        (store("store.away", why="refused"), Exit.LATER),
        (store("store.damaged", why="no database"), Exit.ERROR),
        (AlreadyRunningError(None), Exit.BUSY),
        (NowhereError(Path("desks")), Exit.LATER),
        (UsageError("hold.nothing", desk="Anna"), Exit.USAGE),
        (PermissionError(errno.EACCES, "Permission denied", "deskbook.toml"), Exit.ERROR),
        (OSError(errno.ENOSPC, "No space left on device", "db"), Exit.ERROR),
    ],
)
def test_what_an_administrator_can_mend_is_said_in_each_language(error: Exception, code: Exit, lang: Lang):
    found = told(error, ROOT, WORDS, lang)

    assert found is not None
    said, ends = found
    assert ends is code
    assert said
    assert "{" not in said


def test_a_bug_is_not_dressed_up():
    for error in (KeyError("x"), AssertionError(), FileNotFoundError(errno.ENOENT, "No such file", "x")):
        assert told(error, ROOT, WORDS, Lang.EN) is None


def test_a_bug_leaves_as_the_traceback_that_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def broken(_root: Path) -> Exit:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ended(tmp_path, broken)
    assert capsys.readouterr().err == ""
