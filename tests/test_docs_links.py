"""What the documentation refers to is there: files, headings, commands, make targets."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from sync.cli import app

ROOT = Path(__file__).parent.parent
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")))
OWN = [page for page in PAGES if page.parent.name != "forms"]


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the relative links of *page*: the file, and the heading if one is named."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            path, _, heading = target.partition("#")
            yield path, heading


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    dead = []
    for path, heading in links(page):
        place = (page.parent / path) if path else page
        if not place.is_file() or (heading and heading not in anchors(place)):
            dead.append(f"{path}#{heading}")

    assert dead == []


@pytest.mark.parametrize("page", OWN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_test_that_a_page_names_is_there(page):
    named = re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", page.read_text(encoding="utf-8"))
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).is_file() or f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]

    assert missing == []


def test_the_index_names_every_page():
    index = ROOT / "docs" / "index.md"
    named = {(index.parent / path).resolve() for path, _ in links(index)}

    assert {page for page in OWN if page.parent.name == "docs"} - named == {index}
    assert ROOT / "docs" / "forms" / "README.md" in named


@pytest.mark.parametrize("page", OWN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_and_option_that_is_named_exists(page):
    commands = get_command(app).commands  # type: ignore[attr-defined]
    text = page.read_text(encoding="utf-8")
    lines = [
        *re.findall(r"`(deskbook [^`]+)`", text),
        *re.findall(r"^ +(?:\S*/bin/)?(deskbook .*)$", text, flags=re.MULTILINE),
    ]
    unknown = []
    for line in lines:
        _, name, *words = line.split()
        command = commands.get(name)
        if words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words[0]]
        if name == "COMMAND":
            continue
        options = {each for parameter in command.params for each in parameter.opts} if command else set()
        given = {
            re.match(r"--?[\w-]+", word.strip("[]"))[0] for word in words if word.strip("[]").startswith("-")
        }
        if command is None or given - options - {"--help"}:
            unknown.append(line)

    assert unknown == []


@pytest.mark.parametrize("page", OWN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_target_that_is_named_exists(page):
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    text = page.read_text(encoding="utf-8")
    named = {
        *re.findall(r"`make ([a-z]+)", text),
        *re.findall(r"^    make ([a-z]+)", text, flags=re.MULTILINE),
    }

    assert named - targets == set()


def test_both_readmes_say_the_same_things_in_the_same_order():
    def skeleton(name: str) -> tuple[list[str], list[str], int]:
        text = (ROOT / name).read_text(encoding="utf-8")
        code = [each.strip() for each in re.findall(r"^    +(.*)$", text, flags=re.MULTILINE)]
        return (
            [re.sub(r'"[^"]*"', '""', each).replace("zh-Hant", "en") for each in code],
            re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE),
            len(re.findall(r"^## ", text, flags=re.MULTILINE)),
        )

    assert skeleton("README.md") == skeleton("README.zh-Hant.md")
