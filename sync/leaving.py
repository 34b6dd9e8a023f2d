"""Who leaves loses his desk at once: its files go out of the desks' folder, and what he was given is listed (TX-5.4).

Nothing is deleted: the files lie in the state folder. So does the desk of somebody who changes to a role without one,
and that of a department in which nobody works any more: they and their superiors are told.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from rules.effect import Notify
from sheet_templates.form import DeskKey, FieldKey
from sheet_templates.record import Record, Text, text
from sync.begun import underway
from sync.desks import ADMIN, PEOPLE, called, works
from sync.engine import Engine
from sync.exports import EXPORT, Export, exports
from sync.log import Log
from sync.ports import Commit, Entry, Found, Refused
from sync.whose import home

_JOB: Final = "left"
_MOST: Final = 40
"""So many things that left are listed in the mail; the rest is counted."""


@dataclass(slots=True, kw_only=True)
class Leaving:
    """Withdraws the desks of those who have none any more."""

    engine: Engine
    log: Log
    seen: tuple[frozenset[PurePath], tuple[int, str], dt.date] | None = None
    """What was looked at last, if nothing was left to do."""

    def look(self, found: Collection[Found]) -> None:
        """Put the files of those who have no desk any more out of the folder, and tell their superiors."""
        store, now = self.engine.store, self.engine.clock.now()
        seen = (frozenset(each.path for each in found), store.head(), now.date())
        if seen == self.seen:
            return
        desks = {each.key: self.engine.path_of(each) for each in self.engine.desks()}
        waits = False
        for person in store.every(PEOPLE):
            if DeskKey(person.number) in desks:
                continue
            key = DeskKey(person.number)
            files = tuple(self._files(key, seen[0] - {*desks.values()}))
            stays = works(person, now.date())
            filed = [each for each in files if self._file_away(key, each, (person,) if stays else ())]
            waits = waits or len(filed) < len(files)
            if not works(person, now.date()) and not store.ran(_JOB, _period(person)):
                self._tell(person, now)
        for key in self._deserted(desks):
            files = tuple(self._files(key, seen[0] - {*desks.values()}))
            filed = [each for each in files if self._file_away(key, each, self._people_of(key))]
            waits = waits or len(filed) < len(files)
        self.seen = None if waits else (seen[0], store.head(), seen[2])

    def _deserted(self, desks: Collection[DeskKey]) -> Iterator[DeskKey]:
        """Yield the departments that had a desk, and in which nobody works any more."""
        for role, post in self.engine.declared.posts.items():
            if not post.personal and DeskKey(role) not in desks:
                yield DeskKey(role)

    def _people_of(self, department: DeskKey) -> tuple[Record, ...]:
        """Return who worked in *department* last, and works here still: as the journal of the people form says."""
        store, today = self.engine.store, self.engine.clock.now().date()
        role = FieldKey("role")
        return tuple(
            person
            for person in store.every(PEOPLE)
            if works(person, today)
            and any(
                line.entry.field == role and line.entry.old == department
                for line in store.journal(PEOPLE, person.id)
            )
        )

    def _files(self, key: DeskKey, found: Collection[PurePath]) -> Iterator[PurePath]:
        """Yield the workbooks, of those *found* that are nobody's desk, that lie where the desk with *key* lay."""
        known = self.engine.store.file(key)
        if known is None:
            return
        folder = home(self.engine.folder, known.path.parent.name, known.path)
        others = self.engine.places.homes()
        for path in found:
            beside = folder is not None and folder not in others and path.is_relative_to(folder)
            if path == known.path or beside:
                yield path

    def _file_away(self, key: DeskKey, path: PurePath, people: Collection[Record]) -> bool:
        """Put one file away; return whether that is done. One that somebody has open waits until it is closed.

        *people*: whose desk it was who works here still: they are told, and their superiors.
        """
        file = self.engine.workbooks.digest(path)
        filed = None if file is None else self.engine.workbooks.file_away(path, file)
        if file is None or filed is None or isinstance(filed, Refused):
            if underway(filed):
                return False
            why = "gone" if not isinstance(filed, Refused) else filed.why.value
            self.log.warning("a desk could not be withdrawn yet", file=str(path), why=why)
            return False
        now = self.engine.clock.now()
        detail = {"name": str(path), "hash": file, "to": str(filed)}
        entry = Entry(at=now, kind="withdraw", desk=key, cause="rule:left", detail=detail)
        notices = (self._moved(key, path, file, people),) if people else ()
        self.engine.store.commit(Commit(at=now, entries=(entry,), notices=notices))
        self.log.info("withdrawn", file=str(path), to=str(filed))
        return True

    def _moved(self, key: DeskKey, path: PurePath, file: str, people: Collection[Record]) -> Notify:
        """Return what those are told whose desk is withdrawn though they work here: where they work now."""
        store, posts = self.engine.store, self.engine.declared.posts
        superiors = {str(each["superior"]) for each in people if each["superior"]}
        return Notify(
            event=f"withdrawn:{key}:{file}",
            people=tuple(sorted({*superiors, *(each.number for each in people)})),
            urgent=True,
            headline=text("leaving.moved", desk=called(store, posts, key)),
            lines=(
                *(
                    text("leaving.moved.now", who=str(each["name"]), role=text(f"role.{each['role']}"))
                    for each in people
                ),
                text("leaving.moved.file", file=path.name),
            ),
            form=PEOPLE,
            record=next(iter(people)).id,
            rule="leaving",
            clause="TX-5.4",
        )

    def _tell(self, person: Record, now: dt.datetime) -> None:
        """Tell the superior, and the administrator, what was given to who left: copies are to be called back."""
        store = self.engine.store
        address = str(person["email"] or "")
        given = tuple(exports(store.journal(), person.number, [address] if address else []))
        superior = person["superior"]
        notify = Notify(
            event=f"left:{_period(person)}",
            roles=(ADMIN,),
            people=(superior,) if isinstance(superior, str) else (),
            urgent=True,
            headline=text("leaving.told", name=str(person["name"] or person.number), count=len(given)),
            lines=tuple(_lines(given)),
            form=PEOPLE,
            record=person.id,
            rule="leaving",
            clause="TX-5.4",
        )
        store.commit(Commit(at=now, notices=(notify,)))
        store.done(_JOB, _period(person), now)


def _lines(given: Collection[Export]) -> Iterator[Text]:
    """Yield what was given, each thing once with the last time, the latest first."""
    last = {(each.what, each.name): each for each in given}
    latest = sorted(last.values(), key=lambda each: each.at, reverse=True)
    for each in latest[:_MOST]:
        yield text("leaving.given", at=each.at.date(), what=text(f"{EXPORT}.{each.what}"), name=each.name)
    if len(latest) > _MOST:
        yield text("leaving.more", count=len(latest) - _MOST)
    yield text("leaving.call_back")


def _period(person: Record) -> str:
    return f"{person.number}:{person['left']}"
