"""What was just done: what the commands that act show at their end."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from rich.text import Text as Line

from sheet_templates.form import DeskKey
from sheet_templates.record import Severity
from sync.desks import PEOPLE
from sync.engine import Ingested
from sync.places import MASTER_FILE
from sync.ports import Refused, Written
from sync.shows.problems import problem_lines
from sync.shows.voice import Voice


def made_lines(voice: Voice, root: Path, company: str, admin: PurePath) -> Iterator[Line]:
    """Yield what `init` made, and what comes next. *admin*: where the administrator's desk lies."""
    yield Line(voice.say("made", company=company, folder=str(root)), style="bold")
    places = {
        "deskbook.toml": "settings",
        str(admin): "admin",
        str(MASTER_FILE): "master",
        "mail/": "mail",
        "reports/": "reports",
        "forms/ rules/ words/": "own",
        ".deskbook/": "state",
    }
    width = max(Line(each).cell_len for each in places)
    for place, key in places.items():
        padding = " " * (width - Line(place).cell_len)
        yield Line(f"  {place}{padding}  ").append(voice.say(f"made.{key}"), style="dim")
    yield Line(voice.say("made.next"), style="bold")
    yield Line(f"  1. {voice.say('made.people', desk=str(root / admin), sheet=voice.form(PEOPLE))}")
    yield Line(f"  2. {voice.say('made.run', folder=_quoted(root))}")
    yield Line(f"  3. {voice.say('made.then')}")


def running_lines(voice: Voice, root: Path, company: str, desks: Path) -> Iterator[Line]:
    """Yield what `run` says before it begins."""
    yield Line(voice.say("running", company=company, folder=str(root)), style="bold")
    yield Line(voice.say("running.desks", desks=str(desks)), style="dim")


def synced_lines(
    voice: Voice,
    ingested: Sequence[Ingested],
    written: Sequence[Written | Refused],
    waiting: Mapping[DeskKey, Refused],
) -> Iterator[Line]:
    """Yield what one round came to: what was read, what is wrong with it, what was written and what waits."""
    looked_at = [each for each in ingested if each.outcome is not None or each.problem is not None]
    for each in looked_at:
        yield from read_lines(voice, each)
    done = [voice.say("quoted", value=each.path.stem) for each in written if isinstance(each, Written)]
    if done:
        yield Line(voice.say("synced.written", desks=voice.among(done)))
    for key, refused in waiting.items():
        why = voice.say(f"why.{refused.why.value}", who=refused.who or "?", detail=refused.detail)
        yield Line(voice.say("synced.waits", desk=voice.desk(key), why=why), style="yellow")
    if not looked_at and not done and not waiting:
        yield Line(voice.say("synced.nothing"))


def read_lines(voice: Voice, ingested: Ingested) -> Iterator[Line]:
    """Yield what became of one file that was read."""
    line = Line(str(ingested.path), style="bold cyan")
    if ingested.problem is not None:
        yield line
        yield from problem_lines(voice, ingested.problem, file=ingested.path.name)
        return
    if ingested.outcome is None:
        yield line.append(f"  {voice.say('plan.nobodys')}", style="yellow")
        return
    commit = ingested.outcome.commit
    errors = [each for each in commit.problems if each.severity is Severity.ERROR]
    key = "synced.held" if ingested.outcome.held else "synced.read"
    said = voice.say(key, changed=len(ingested.outcome.changed), errors=len(errors))
    yield line.append(f"  {said}", style="default")
    for problem in commit.problems:
        yield from problem_lines(voice, problem, file=ingested.path.name)


def _quoted(path: Path) -> str:
    """Return *path* as it is typed on a command line."""
    return f'"{path}"' if " " in str(path) else str(path)
