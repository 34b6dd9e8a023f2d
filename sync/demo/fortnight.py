"""`deskbook demo`: makes the company's workspace, opens its registers, and lives two working weeks in it."""

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from sheet_templates.form import DeskKey, FormKey, Lang
from sheet_templates.record import Param, Text, text
from sheet_templates.words import Words
from sync.demo.company import DEPARTMENTS, Company, Names
from sync.demo.dates import Calendar
from sync.demo.days import Days, Script
from sync.demo.ending import ending
from sync.demo.house import House
from sync.demo.mishaps import Mishaps
from sync.demo.office import open_office
from sync.demo.online import Online
from sync.demo.plan import plan_of
from sync.demo.records import Agent, Crm, read_crm
from sync.demo.words import Speech
from sync.edges.clock import SteppedClock
from sync.edges.ids import RandomIds
from sync.edges.settings import FILE, STATE_FOLDER, SettingsError, load_settings, make_company
from sync.edges.single import running
from sync.exits import Exit
from sync.opening import enter
from sync.workspace import MAIL_FOLDER, REPORTS_FOLDER, Workspace, create, opened

TEAMS: Final = frozenset({"Cara Losch", "Rocco Neubert"})
"""The managers whose teams take part: the regional office East."""

COMPANY_ID: Final = "co-deskbook-demo"
"""By this a workspace of the demo is recognised, and may be replaced by the next one."""

_ZONES: Final = {Lang.ZH_HANT: "Asia/Taipei", Lang.ZH_HANS: "Asia/Shanghai", Lang.EN: "UTC"}
_CURRENCY: Final = "USD"
"""The records are in dollars."""
_SETTLE: Final = ("settle_seconds = 0.5", "settle_seconds = 0.2")
"""On a computer's own disk a save is over at once."""
_EVE: Final = dt.time(7, 30)
_PEOPLE: Final = FormKey("people")

_OURS: Final = (
    *(FILE, STATE_FOLDER, MAIL_FOLDER, REPORTS_FOLDER),
    *("desks", "forms", "rules", "words", "master.xlsx"),
)
"""What a workspace consists of; anything else in the folder is somebody's own and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part, on which of the ten days, and what happens once."""

    teams: frozenset[str] = TEAMS
    agents: frozenset[str] = frozenset()
    """Only these of the teams' agents; empty: all."""
    first: int = 0
    """The first of the ten days that is lived (from 0)."""
    count: int = 10
    """How many are."""
    script: Script = field(default_factory=Script)
    online: Online | None = None
    """What of the company works in Google Sheets; None: nothing."""

    def chosen(self, crm: Crm) -> tuple[Agent, ...]:
        """Return the sales agents who take part."""
        members = (each for each in crm.agents if each.manager in self.teams)
        return tuple(each for each in members if not self.agents or each.name in self.agents)


def live(folder: Path, lang: Lang, today: dt.date, console: Console, cast: Cast | None = None) -> Exit:
    """Live a company's fortnight in a workspace at *folder*; return what to exit with.

    A workspace that an earlier demo made there is replaced; any other folder with something in it is refused.
    """
    cast = cast or Cast()
    root = folder.resolve()
    show = Show(console=console, words=Words.load(), lang=lang)
    refused = _cleared(root)
    if refused is not None:
        show.say(refused)
        return Exit.USAGE
    calendar, crm = Calendar.before(today), read_crm()
    days = calendar.days[cast.first : cast.first + cast.count]
    _make(root, lang, show.said("company"), cast.online)
    clock = SteppedClock(dt.datetime.combine(days[0], _EVE, tzinfo=ZoneInfo(_ZONES[lang])))
    with opened(root, clock, os.environ) as workspace, show.progress(len(days)):
        agents = cast.chosen(crm)
        company = Company(crm=crm, calendar=calendar, opening=days[0], agents=agents, names=_names(show))
        _open(workspace, company, show)
        _live(_house(workspace, company, days, show), clock, cast.script, show)
    with opened(root, clock, os.environ) as workspace:
        for line in ending(workspace, folder, len(days)):
            show.say(line)
    return Exit.OK


def _cleared(root: Path) -> Text | None:
    """Make room for the demo at *root*; return why not, if what is there is not an earlier demo's."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return None
    if not root.is_dir():
        return text("demo.refused.file", folder=str(root))
    try:
        ours = load_settings(root).company.id == COMPANY_ID
    except (SettingsError, OSError):
        ours = False
    if not ours:
        return text("demo.refused.other", folder=str(root))
    holder = running(root / STATE_FOLDER)
    if holder is not None:
        return text("demo.refused.running", folder=str(root), pid=str(holder.pid))
    for name in _OURS:
        place = root / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    return None


def _make(root: Path, lang: Lang, name: str, online: Online | None) -> None:
    company = make_company(id=COMPANY_ID, name=name, language=lang, zone=_ZONES[lang], currency=_CURRENCY)
    settings = create(root, company)
    more = online.settings() if online is not None else ""
    settings.write_text(settings.read_text(encoding="utf-8").replace(*_SETTLE) + more, encoding="utf-8")


def _names(show: "Show") -> Names:
    return Names(
        leader=show.said("person.leader"),
        departments={role: show.said(f"person.{role}") for role in DEPARTMENTS},
        no_reason=show.said("no_reason"),
    )


def _open(workspace: Workspace, company: Company, show: "Show") -> None:
    """Enter the old registers, and make everybody's desk."""
    engine, clock = workspace.engine, workspace.clock
    show.phase("opening")
    enter(company.people(), workspace.declared, workspace.store, RandomIds(), clock.now())
    desks = {str(each["name"]): DeskKey(each.number) for each in workspace.store.every(_PEOPLE)}
    done = enter(company.registers(desks), workspace.declared, workspace.store, RandomIds(), clock.now())
    show.step("opened", records=sum(done.taken.values()), waiting=sum(done.waiting.values()))
    show.phase("making_desks")
    made = engine.writing.publish()
    show.step("made_desks", count=len(made))


def _house(workspace: Workspace, company: Company, days: Sequence[dt.date], show: "Show") -> House:
    known = company.reps()
    plan = plan_of(company.deals(), days)
    return House(
        workspace=workspace,
        company=company,
        days=days,
        plan=plan,
        mishaps=Mishaps.drawn(plan, days),
        speech=Speech(declared=workspace.declared),
        shows=show.deed,
        strangers=[each for each in company.crm.accounts if each.name not in known],
        paid_until=days[0] - dt.timedelta(days=1),
    )


def _live(house: House, clock: SteppedClock, script: Script, show: "Show") -> None:
    with tempfile.TemporaryDirectory() as bag, open_office(house.workspace, clock) as office:
        lived = Days(house=house, office=office, script=script, bag=Path(bag))
        office.rest()
        for index, day in enumerate(house.days):
            show.day(index, day)
            lived.live(index)
            show.advance()


@dataclass(slots=True, kw_only=True)
class Show:
    """What is seen of the fortnight while it is lived."""

    console: Console
    words: Words
    lang: Lang
    bar: Progress | None = None
    task: TaskID = field(default=TaskID(0))

    def said(self, key: str, /, **params: Param) -> str:
        """Return a sentence of the demo."""
        return self.words.say(text(f"demo.{key}", **params), self.lang)

    def say(self, line: Text | None) -> None:
        """Print a line; None: an empty one."""
        said = self.words.say(line, self.lang) if line is not None else ""
        self.console.print(said, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def progress(self, days: int) -> Iterator[None]:
        """Show how far it is, until the end."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as bar:
            self.bar = bar
            self.task = bar.add_task("", total=days + 2)
            yield
        self.bar = None

    def phase(self, key: str) -> None:
        """Say what is done now."""
        if self.bar is not None:
            self.bar.update(self.task, description=self.said(key))

    def step(self, key: str, /, **params: Param) -> None:
        """Say what is done, and go one further."""
        self.say(text(f"demo.{key}", **params))
        self.advance()

    def advance(self) -> None:
        """Go one further."""
        if self.bar is not None:
            self.bar.advance(self.task)

    def day(self, index: int, day: dt.date) -> None:
        """Say which day it is."""
        weekday = self.said(f"weekday.{day.weekday()}")
        said = self.said("day", n=index + 1, weekday=weekday, day=day)
        self.console.print(f"\n{said}", style="bold", markup=False, highlight=False)
        if self.bar is not None:
            self.bar.update(self.task, description=said)

    def deed(self, said: str) -> None:
        """Say what somebody does."""
        self.console.print(f"  {said}", markup=False, highlight=False, soft_wrap=True)
