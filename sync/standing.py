"""How a company's folder stands: what waits for whom, as the store and the owner files beside the desks say it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from rules.turn import whose_turn
from sheet_templates.form import Desk, DeskKey, FormKey, Labels, Role
from sheet_templates.record import Problem, RecordId, Severity
from sync import desks as people
from sync.declared import TODO
from sync.edges.google.standing import OnlineStanding, online_standing
from sync.edges.single import Holder, running
from sync.edges.xlsx.busy import STALE_AFTER, Owner, owners
from sync.look import Look
from sync.ports import Conflict, Message, MessageState
from sync.receipts import Receipt, every_open

HELD: Final = "file."
"""How the problems of whole files begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStanding:
    """How one desk stands."""

    desk: Desk
    path: PurePath | None
    """None: it has no file yet."""
    open_by: Owner | None
    waiting: int
    """Rows that wait to be shown in it."""
    records: int
    """How many of them are records; the others are lines of 待辦."""
    problems: tuple[Problem, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def held(self) -> tuple[Problem, ...]:
        """What keeps the whole file from being taken."""
        return tuple(each for each in self.problems if each.what.key.startswith(HELD))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What its people must mend."""
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One record that waits for somebody's sign-off."""

    form: FormKey
    record: RecordId
    step: Labels
    role: Role
    people: tuple[str, ...]
    """Who may sign: numbers in `people`. Empty: nobody, and somebody must be appointed."""
    since: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How everything stands at one moment."""

    daemon: Holder | None
    desks: tuple[DeskStanding, ...]
    elsewhere: tuple[Problem, ...]
    """Problems that are in no desk of today: of files that lie about, and of people who left."""
    beside: tuple[Problem, ...]
    """Workbooks that lie among the desks and are none: nobody has to do anything about them."""
    waits: tuple[Waits, ...]
    receipts: tuple[Receipt, ...]
    """What should have been acknowledged by now."""
    outbox: Mapping[MessageState, int]
    stuck: tuple[Message, ...]
    """Messages that need a person: unknown or failed."""
    jobs: tuple[tuple[str, str, dt.datetime], ...]
    """The last run of each job: its name, the period that it was for, when it ran."""
    head: tuple[int, str]
    online: OnlineStanding | None = None
    """How the desks stand that are online; None: there are none."""

    @property
    def errors(self) -> int:
        """How many things must be mended."""
        return sum(len(each.errors) for each in self.desks) + len(self.elsewhere)

    @property
    def conflicts(self) -> int:
        """How many conflicts wait for somebody to choose."""
        return sum(len(each.conflicts) for each in self.desks)


def standing(look: Look) -> Standing:
    """Return how things stand in *look*'s folder now."""
    now = look.clock.now()
    found = people.desks(look.store, look.declared.posts, look.declared.lang, now.date())
    desks = (*found, people.master(look.declared.lang))
    known = {desk.key for desk in desks}
    problems = look.store.problems()
    conflicts = look.store.conflicts()
    return Standing(
        daemon=running(look.state),
        desks=tuple(_desk(look, desk, problems, conflicts, now) for desk in desks),
        elsewhere=tuple(
            each for each in problems if each.desk not in known and each.severity is Severity.ERROR
        ),
        beside=tuple(each for each in problems if each.desk is None and each.severity is Severity.NOTICE),
        waits=tuple(_waits(look, now)),
        receipts=tuple(each for each in every_open(look.store, now.tzinfo) if each.due < now),
        outbox=look.store.posted(),
        stuck=(*look.store.messages(MessageState.UNKNOWN), *look.store.messages(MessageState.FAILED)),
        jobs=look.store.last_runs(),
        head=look.store.head(),
        online=online_standing(look.state) if look.settings.google.key_file is not None else None,
    )


def _desk(
    look: Look, desk: Desk, problems: Iterable[Problem], conflicts: Iterable[Conflict], now: dt.datetime
) -> DeskStanding:
    known = look.store.file(desk.key)
    dirty = look.store.dirty(desk.key)
    return DeskStanding(
        desk=desk,
        path=None if known is None else known.path,
        open_by=None if known is None else _open_by(look.root / known.path, now),
        waiting=len(dirty),
        records=sum(1 for each in dirty if each.form != TODO),
        problems=_of(desk.key, problems),
        conflicts=tuple(each for each in conflicts if each.desk == desk.key),
    )


def _of(desk: DeskKey, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(each for each in problems if each.desk == desk)


def _open_by(path: Path, now: dt.datetime) -> Owner | None:
    """Return who has had *path* open the longest, or None; a mark that a crash left behind does not count."""
    fresh = (each for each in owners(path) if now - each.since < STALE_AFTER)
    return min(fresh, key=lambda each: each.since, default=None)


def _waits(look: Look, now: dt.datetime) -> Iterator[Waits]:
    for run in look.store.open_runs():
        decisions = look.store.decisions(run.form, run.record)
        for turn in whose_turn(run, decisions, look.store, now.date()):
            yield Waits(
                form=run.form,
                record=run.record,
                step=turn.labels,
                role=turn.role,
                people=turn.people,
                since=run.submitted_at,
            )
