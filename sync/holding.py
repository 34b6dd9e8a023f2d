"""Holds a save that looks like a mistake, and carries out the word that is said to it. Pure: it returns commits.

Each of these is one commit: that a save is held, that it is taken (with all that it changes), that it is dropped. So
whatever is cut off, a save is still held, or taken, or dropped.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made

from sheet_templates.form import Desk, DeskKey, FormKey
from sheet_templates.record import Problem, RecordId
from sync import visible
from sync.answers import NOTHING, Heard, heard
from sync.declared import TODO, Declared
from sync.holds import HELD, Answer, Hold, Word, answered, asking, begun, dropped, standing
from sync.picking import Picking
from sync.ports import Commit, DeskCopy, Hash, Ingest, Rows, Store
from sync.reading import HeldError, Reading
from sync.receiving import Receiving
from sync.work import Author, Work


@dataclass(slots=True, kw_only=True)
class Holding:
    """What is held of one desk while a save of it is looked at, and what is said of that."""

    declared: Declared
    store: Store
    desk: Desk
    copy: DeskCopy
    ingest: Ingest
    author: Author
    at: dt.datetime
    answer: Answer | None
    """What a person said elsewhere than in the sheet."""
    hold: Hold | None = made(init=False)
    """What was held of the desk's own file before."""
    said: Heard = NOTHING

    def __post_init__(self) -> None:
        self.hold = None if self.ingest.aside else standing(self.store, self.desk.key)

    def hear(self, base: Rows, reading: Reading, *, again: bool) -> Word | None:
        """Return the word that is said of the hold: elsewhere, or in the line of the file that asks.

        Raises HeldError if nobody saved the file since it was held.
        """
        if self.answer is not None:
            self.said = Heard(word=self.answer.word)
        elif self.hold is not None:
            if again and self._stands():
                raise HeldError(self.hold.problem)
            lines = {record: shows for (form, record), shows in base.items() if form == TODO}
            self.said = heard(self.hold, self.declared.forms.get(TODO), self.copy, lines, reading)
        return self.said.word

    def _stands(self) -> bool:
        """Return whether the file is the one that is held."""
        known = self.store.file(self.desk.key)
        return known is not None and (known.file, known.path) == (self.copy.file, self.copy.path)

    # Held ---------------------------------------------------------------------------------------------------

    def held(self, problem: Problem) -> Commit:
        """Hold the save: begin to ask about it, or go on asking."""
        work = Work.start(self.declared, self.store, self.at)
        dirty: set[tuple[DeskKey, FormKey, RecordId]] = set()
        if problem.what.key.startswith(HELD) and not self.ingest.aside:
            problem = begun(problem, self.hold, self.copy.file, at=self.at)
            self._ask(work, problem)
            dirty = self._behind()
        elif self.hold is not None:
            work.solved.extend(self._said_of(self.hold))
        work.solved.extend(each for each in self._whole() if each.what.key != problem.what.key)
        work.hold(problem, self.author)
        return work.commit(self.ingest, {*visible.todos(work), *dirty})

    def _ask(self, work: Work, problem: Problem) -> None:
        hold = Hold.of(problem)
        assert hold is not None
        if self.hold is None:
            notify = asking(hold, self.desk)
            work.notices[notify.event] = notify
        work.solved.extend(each for each in self._said_of(hold) if each != self.said.problem)
        if self.said.draft is None:
            work.undrafted.add((self.desk.key, hold.place))
        else:
            work.drafts[self.desk.key, hold.place] = self.said.draft
        if self.said.problem is not None:
            work.problems.append(self.said.problem)

    def _whole(self) -> Iterator[Problem]:
        """Yield what held the same file up before."""
        for each in self.store.problems(self.desk.key):
            if each.what.key.startswith("file.") and each.file == str(self.copy.path):
                yield each

    def _said_of(self, hold: Hold) -> tuple[Problem, ...]:
        """Return what stands beside the line that asks about *hold*."""
        place = (TODO, hold.place.record)
        return tuple(each for each in self.store.problems(hold.desk) if (each.form, each.record) == place)

    def _behind(self) -> set[tuple[DeskKey, FormKey, RecordId]]:
        """Return the rows that an older copy, in the desk's place, does not show as the desk's last render did.

        They wait until the hold is over: the line that is written into the file makes its render the latest one.
        """
        key, render = self.desk.key, self.copy.render
        latest = self.store.latest(key)
        if latest is None or render is None or latest == render:
            return set()
        newest, base = self.store.base(key, latest) or {}, self.store.base(key, render) or {}
        return {(key, *row) for row in {*newest, *base} if newest.get(row) != base.get(row)}

    # Over ---------------------------------------------------------------------------------------------------

    def end(self, work: Work) -> None:
        """Enter how the hold ended, if one stood: by a word, or because a save came that looks like no mistake."""
        if self.hold is None:
            return
        work.solved.extend((self.hold.problem, *self._said_of(self.hold)))
        work.undrafted.add((self.desk.key, self.hold.place))
        word, by = self.said.word, "" if self.answer is None else self.answer.by
        if word is not None:
            work.word(
                word.value, self.hold.problem, self.author, hold=self.hold.key, held=self.hold.save, by=by
            )
            notify = answered(self.hold, self.desk, word, Hash(self.author.cause), by)
            work.notices[notify.event] = notify

    def dropped(self, reading: Reading, base: Rows) -> Commit | None:
        """Take nothing of a held save, if that is the word: the desk is written as the store has it.

        The copy's lineage remembers all that the save brought: from now on that is old. So the same copy brings none
        of it back, however often it is saved before it can be written.
        """
        if self.hold is None or self.said.word is not Word.DROP:
            return None
        Picking(work=reading.work, desk=self.desk, reading=reading).drop()
        Receiving(work=reading.work, desk=self.desk, reading=reading).drop()
        work = Work.start(self.declared, self.store, self.at)
        work.delivered.extend(reading.work.delivered)
        self.end(work)
        by = "" if self.answer is None else self.answer.by
        work.problems.append(dropped(self.hold, self.desk, self.ingest.file, by))
        return work.commit(
            self.ingest, {*reading.dirty(base), *visible.todos(work), visible.todo(self.desk.key)}
        )
