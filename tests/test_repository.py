"""What must hold for the files of the repository."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

INDEX = re.compile(
    r"pypi\.[a-z]|python[h]osted|--(extra-)?index-url|--find[-]links|://mirrors?\.", re.IGNORECASE
)
MACHINE = re.compile(r"(?<![\w.~:/*>-])/(root|home|work|Users|opt/[a-z]+)/\w|[A-Z]:\\Users\\")


def repository() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every text file that is, or is about to be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in names:
        path = ROOT / name
        if name and path.is_file():
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs a git checkout"
)
@pytest.mark.parametrize(
    "pattern", [INDEX, MACHINE], ids=["a package index", "a place on somebody's machine"]
)
def test_no_file_names(pattern: re.Pattern[str]):
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in repository()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("pattern", "line", "caught"),
    [
        (INDEX, "https://" + "pypi" + ".org/simple", True),
        (INDEX, "pip install " + "--index" + "-url x", True),
        (INDEX, "a package from PyPI", False),
        (MACHINE, "see /" + "home/wang/x", True),
        (MACHINE, '"/' + 'work/main"', True),
        (MACHINE, "C:" + r"\Users\wang", True),
        (MACHINE, "https://example.com/home/page and work/home/x", False),
    ],
)
def test_the_patterns_catch_what_they_should(pattern: re.Pattern[str], line: str, caught: bool):
    assert (pattern.search(line) is not None) is caught


def locked() -> dict[str, str]:
    """Return the block of each requirement in the lock, by its name."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    return {canonicalize_name(re.split(r"[=\[ ;]", block, maxsplit=1)[0]): block for block in blocks}


def test_every_requirement_is_pinned_and_has_hashes():
    faulty = [
        name
        for name, block in locked().items()
        if not re.match(r"\S+==\S+", block) or not re.search(r"--hash=sha256:[0-9a-f]{64}", block)
    ]

    assert faulty == []
    assert len(locked()) > 50


def test_the_lock_fulfils_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(each for group in project["project"]["optional-dependencies"].values() for each in group),
        *(each for group in project["dependency-groups"].values() for each in group),
    ]
    pins = locked()

    for each in map(Requirement, asked):
        pinned = re.match(r"[^=]+==(\S+)", pins.get(canonicalize_name(each.name), ""))
        assert pinned is not None, f"{each.name} is not in requirements.lock: make lock"
        assert each.specifier.contains(pinned[1], prereleases=True), (
            f"{each} is not fulfilled by {pinned[1]}: make lock"
        )


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_what_ci_runs_is_a_script_that_bash_can_read():
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs a git checkout"
)
def test_tests_put_nothing_in_place_of_what_they_test():
    forbidden = re.compile(r"unittest\.mo" + r"ck|Magic" + r"Mock|monkeypatch\.seta" + r"ttr")

    assert [name for name, text in repository() if name.startswith("tests/") and forbidden.search(text)] == []
