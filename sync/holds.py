"""Held saves: what stands of each, how its people are asked, and what goes up when nobody answers. Pure.

A save that looks like a mistake (`sync.brake`) is held whole: nothing of it is taken, and nothing but the line that
asks about it is written into its file. A hold lasts from the first such save of a desk until its people say a word
in that line, the administrator says it for them, or a save comes that looks like no mistake. Everything that is known
of it stands in the problem that says what is held.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from rules.effect import Notify
from sheet_templates.expression import calendar_in, limits_in
from sheet_templates.form import MARK, Desk, DeskKey, FieldKey
from sheet_templates.record import (
    Address,
    Problem,
    RecordId,
    Records,
    Severity,
    Text,
    Value,
    named,
    text,
)
from sheet_templates.working_calendar import FARTHEST
from sync import desks as people
from sync.brake import Implausible
from sync.declared import TODO, Declared
from sync.disputes import PICK, author
from sync.merge import draft_key
from sync.ports import Hash, Store
from sync.work import derived_id

HELD: Final = "file.held."
"""How the problems of held saves begin; behind it stands the reason (`sync.brake.Reason`)."""

DROPPED: Final = "hold.dropped"
"""Tells a desk that a save of it was dropped, and where it is kept."""

ASKS: Final = FieldKey("&hold")
"""Under this key a render remembers which hold a line of 待辦 asked about; it is no column."""

WHAT: Final = FieldKey("what")
SHEET: Final = FieldKey("form_label")
FILE: Final = FieldKey("title")
SINCE: Final = FieldKey("since")
DUE: Final = FieldKey("due")
CLAUSE: Final = FieldKey("clause")
HINT: Final = FieldKey("hint")

LIMIT: Final = "hold_days"
_DAYS: Final = 1


class Word(StrEnum):
    """What a person says to a held save."""

    TAKE = "take"
    """It was meant: all of it is taken."""
    DROP = "drop"
    """It was not: nothing of it is taken, and the desk is written as the store has it."""


WORDS: Final[Mapping[str, Word]] = MappingProxyType(
    {"take": Word.TAKE, "mine": Word.TAKE, "drop": Word.DROP, "stands": Word.DROP}
)
"""What the choices of the pick list mean for a held save; those beside a conflict mean the same here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A word that was said elsewhere than in the sheet."""

    desk: DeskKey
    hold: str
    """Which hold it is about: a later one is asked about anew."""
    word: Word
    by: str
    """Who said it, as his computer calls him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A save that waits for a word."""

    desk: DeskKey
    key: str
    since: dt.datetime
    save: Hash
    """The first save that was held."""
    problem: Problem
    told: Mapping[str, object] = made(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> "Hold | None":
        """Return the hold that *problem* tells of; None if it tells of something else."""
        told = dict(problem.what.params)
        since = told.get("since")
        if not problem.what.key.startswith(HELD) or problem.desk is None or "hold" not in told:
            return None
        assert isinstance(since, dt.datetime)
        return cls(
            desk=problem.desk,
            key=str(told["hold"]),
            since=since,
            save=Hash(str(told["save"])),
            problem=problem,
            told=told,
        )

    @property
    def place(self) -> Address:
        """Where its word is typed, as drafts and problems name it."""
        return Address(form=TODO, record=RecordId(self.key), field=PICK)

    @property
    def why(self) -> str:
        """The reason, as `sync.brake.Reason` names it."""
        return self.problem.what.key.removeprefix(HELD)

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows are concerned, of how many."""
        return int(str(self.told["count"])), int(str(self.told["total"]))


def standing(store: Store, desk: DeskKey) -> Hold | None:
    """Return what is held of a desk's own file; a copy that lies beside it holds nothing up."""
    known = store.file(desk)
    for problem in store.problems(desk) if known is not None else ():
        hold = Hold.of(problem)
        if hold is not None and known is not None and problem.file == str(known.path):
            return hold
    return None


def every(store: Store) -> tuple[Hold, ...]:
    """Return all that is held of desks' own files."""
    told = {problem.desk: None for problem in store.problems() if problem.what.key.startswith(HELD)}
    found = (standing(store, desk) for desk in told if desk is not None)
    return tuple(each for each in found if each is not None)


def held(
    *,
    desk: Desk,
    path: PurePath,
    sheet: str,
    found: Implausible,
    at: dt.datetime,
    declared: Declared,
    aside: bool,
) -> Problem:
    """Return what is said of an implausible save of *desk*. *aside*: it is a copy beside the desk's own file."""
    what = text(
        f"{HELD}{found.why.value}",
        file=path.name,
        sheet=sheet,
        count=found.count,
        total=found.total,
        since=at,
    )
    mend = text("file.held.aside") if aside else _mend(declared)
    return Problem(what=what, mend=mend, desk=desk.key, file=str(path))


def _mend(declared: Declared) -> Text:
    """Return what the people of a desk can do about a held save."""
    form = declared.forms.get(TODO)
    field = form.field(PICK) if form is not None else None
    assert form is not None
    assert field is not None
    words = {each.key: named(each.labels) for each in field.choices}
    return text(
        "file.held.mend",
        todo=named(form.labels),
        column=named(field.labels),
        take=words.get("take") or words["mine"],
        drop=words.get("drop") or words["stands"],
    )


def begun(problem: Problem, hold: Hold | None, save: Hash, *, at: dt.datetime) -> Problem:
    """Return *problem* as the beginning of a hold, or as what *hold*, which stands, has come to."""
    since = at if hold is None else hold.since
    key = derived_id(f"hold:{problem.desk}:{save}:{at.isoformat()}") if hold is None else hold.key
    first = save if hold is None else hold.save
    told = {**dict(problem.what.params), "since": since, "hold": str(key), "save": str(first)}
    return Problem(
        what=text(problem.what.key, **told), mend=problem.mend, desk=problem.desk, file=problem.file
    )


# What people are told ---------------------------------------------------------------------------------------------


def line(hold: Hold, desk: Desk, declared: Declared, store: Store) -> Mapping[FieldKey, Value]:
    """Return the line of 待辦 that asks about *hold*."""
    place = (TODO, hold.place.record)
    said = [each for each in store.problems(desk.key) if (each.form, each.record) == place]
    hint = (*(part for each in said for part in (each.what, each.mend)), hold.problem.what, hold.problem.mend)
    limit = declared.limits.get(LIMIT)
    draft = store.drafts(desk.key).get(hold.place)
    cells: dict[FieldKey, Value] = {
        WHAT: declared.words.say(text("todo.held"), desk.lang),
        SHEET: str(hold.told["sheet"]),
        FILE: str(hold.told["file"]),
        SINCE: hold.since.date(),
        DUE: due(hold, declared, store),
        CLAUSE: limit.clause if limit is not None else None,
        HINT: " ".join(declared.words.say(each, desk.lang) for each in hint),
        ASKS: hold.key,
    }
    if draft is not None:
        cells |= {draft_key(PICK): draft.typed, MARK: f",{PICK},"}
    return {key: value for key, value in cells.items() if value is not None}


def due(hold: Hold, declared: Declared, records: Records) -> dt.date:
    """Return the working day from which on nobody waits any more for a word (TX-4.1)."""
    limits = limits_in(records)
    days = limits.get(LIMIT)
    if days is None:
        limit = declared.limits.get(LIMIT)
        days = limit.value if limit is not None else None
    calendar = calendar_in(records, declared.calendar, limits)
    return calendar.add(hold.since.date(), _DAYS if days is None else min(int(days), FARTHEST))


def asking(hold: Hold, desk: Desk) -> Notify:
    """Return what the people of a desk are told at once, and once for each hold."""
    return Notify(
        event=f"hold:{hold.key}",
        people=desk.people,
        roles=() if desk.people else (people.ADMIN,),
        urgent=True,
        headline=text("hold.asked", file=str(hold.told["file"])),
        lines=(hold.problem.what, hold.problem.mend, text("hold.open")),
        rule="hold",
        clause="",
    )


def answered(hold: Hold, desk: Desk, word: Word, save: Hash, by: str) -> Notify:
    """Return what the people of a desk read in the day's mail of how a hold ended."""
    said = _who(by)
    what = text(f"hold.{word.value}n.by" if word is Word.TAKE else "hold.dropped.by", **said)
    return Notify(
        event=f"hold.answered:{hold.key}",
        people=desk.people,
        headline=text("hold.answered", file=str(hold.told["file"])),
        lines=(hold.problem.what, what, *(() if word is Word.TAKE else (kept(save),))),
        rule="hold",
        clause="",
    )


def _who(by: str) -> dict[str, Text]:
    return {"who": text("plain", value=by) if by else text("hold.in_the_sheet")}


def kept(save: Hash) -> Text:
    """Return where a save is kept that was not taken."""
    return text("hold.kept", version=f"{save[:2]}/{save}")


def dropped(hold: Hold, desk: Desk, save: Hash, by: str) -> Problem:
    """Return what stands in a desk's 待辦 when a save of it was dropped."""
    return Problem(
        what=text(DROPPED, file=str(hold.told["file"]), **_who(by)),
        mend=kept(save),
        severity=Severity.NOTICE,
        desk=desk.key,
        file=hold.problem.file,
    )


def late(declared: Declared, store: Store, now: dt.datetime) -> tuple[Notify, ...]:
    """Return what the superiors of those are told who have not answered in time: once for each hold."""
    today = now.date()
    desks = {each.key: each for each in people.desks(store, declared.posts, declared.lang, today)}
    found = (each for each in every(store) if each.desk in desks and due(each, declared, store) <= today)
    return tuple(_late(declared, store, each, desks[each.desk], today) for each in found)


def _late(declared: Declared, store: Store, hold: Hold, desk: Desk, today: dt.date) -> Notify:
    above = tuple(sorted(set(_superiors(store, desk, today))))
    limit = declared.limits.get(LIMIT)
    who = author(declared, store, desk.key)
    return Notify(
        event=f"hold.late:{hold.key}",
        people=above,
        roles=() if above else (people.ADMIN,),
        urgent=True,
        headline=text("hold.late", file=str(hold.told["file"]), who=who),
        lines=(hold.problem.what, text("hold.late.line", who=who, desk=str(desk.key))),
        rule="hold",
        clause=limit.clause if limit is not None else "",
    )


def _superiors(records: Records, desk: Desk, today: dt.date) -> Iterator[str]:
    """Yield the superiors of a desk's people who work here."""
    for number in desk.people:
        person = records.numbered(people.PEOPLE, number)
        superior = person["superior"] if person is not None else None
        found = records.numbered(people.PEOPLE, superior) if isinstance(superior, str) else None
        if found is not None and people.works(found, today):
            yield found.number
