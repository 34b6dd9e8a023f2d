"""One cycle: what changed in one desk becomes one commit. Decides, never acts.

`Cycle.run` is the engine's main line; each step stands in a module of its own (see the package's page).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import PurePath
from typing import Final

from sheet_templates.form import CHECK, Desk, DeskKey, FormKey
from sheet_templates.record import Address, Problem, Record, RecordId, Severity, State
from sync import visible
from sync.acts import Acts
from sync.attempts import tell_of_attempts
from sync.brake import Brake
from sync.confirming import confirm, tell_of_people
from sync.consequences import settle
from sync.declared import TODO, Declared
from sync.desks import called
from sync.disputes import CONFLICTING
from sync.eyes import Eyes
from sync.holding import Holding
from sync.holds import DROPPED, HINT, Answer
from sync.not_me import Disowning
from sync.one_time import Seal
from sync.picking import Picking
from sync.ports import Commit, DeskCopy, Ids, Ingest, Rows, Store
from sync.proposals import Proposals
from sync.reading import HeldError, Reading, file_problem
from sync.receiving import Receiving
from sync.work import Author, Work, identity

RIGHTS: Final = "rights."
"""How the problems begin that say who may write where: they end when that is mended, whatever is saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a cycle decided."""

    commit: Commit
    held: bool = False
    """Nothing was taken: the file waits for a person."""
    dropped: bool = False
    """Nothing was taken, and nothing waits: a person said so."""
    taken: Mapping[FormKey, Mapping[int, RecordId]] = made(default_factory=dict)
    """Rows to which this reading gave an id, or another one."""
    deviating: frozenset[tuple[FormKey, RecordId]] = frozenset()
    """Rows of the file that are not what its render showed: they are written anew."""
    changed: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Merges one desk's save. Nothing outside is changed: the outcome's commit says what is to be."""

    declared: Declared
    store: Store
    ids: Ids
    brake: Brake = made(default_factory=Brake)
    seal: Seal = made(default_factory=Seal)
    """Of the one-time codes that people type beside their decisions."""

    def run(
        self,
        desk: Desk,
        copy: DeskCopy,
        path: PurePath,
        at: dt.datetime,
        *,
        session: bool = False,
        overtaken: frozenset[Address] = frozenset(),
        answer: Answer | None = None,
        aside: bool = False,
        astray: bool = False,
        again: bool = False,
        grade: str = "D",
    ) -> Outcome:
        """Decide what *copy*, a save of *desk*, changes.

        *path*: the desk's own file (a copy may lie elsewhere). *session*: the same person kept the file open
        since its last save. *overtaken*: where other copies of its render brought something. *answer*: what a
        person said elsewhere of a held save. *aside*: the copy lies beside the desk's own file, and is only
        read. *astray*: it lies in a folder that is not the desk's, where others may have put it. *again*: it
        was read before, nobody saved it since. *grade*: the evidence that a verdict in it gives.
        """
        work = Work.start(self.declared, self.store, at)
        ingest = Ingest(desk=desk.key, path=path, file=copy.file, render=copy.render, aside=aside)
        author = Author(desk=desk.key, person=_person(desk), cause=copy.file)
        reading = Reading(
            store=self.store,
            ids=self.ids,
            brake=self.brake,
            seal=self.seal,
            desk=desk,
            copy=copy,
            work=work,
            author=author,
            session=session,
            overtaken=overtaken,
            again=again and answer is None,
            aside=aside,
        )
        holding = Holding(
            declared=self.declared,
            store=self.store,
            desk=desk,
            copy=copy,
            ingest=ingest,
            author=author,
            at=at,
            answer=answer,
        )
        try:
            base = self._base(desk, copy, reading, astray=astray)
            reading.word = holding.hear(base, reading, again=again)
            acts = reading.read(base)
        except HeldError as held:
            return Outcome(commit=holding.held(held.problem), held=True)
        dropped = holding.dropped(reading, base)
        if dropped is not None:
            return Outcome(
                commit=dropped,
                dropped=True,
                taken=reading.taken,
                deviating=frozenset(reading.deviating),
            )
        holding.end(work)
        picking = Picking(work=work, desk=desk, reading=reading)
        picking.read()
        receiving = Receiving(work=work, desk=desk, reading=reading)
        receiving.read()
        signings = Acts(work=work, desk=desk, reading=reading, grade=grade, seal=self.seal).signings(acts)
        disowning = Disowning(work=work, desk=desk, reading=reading, seal=self.seal)
        disowning.read()
        settle(work, author, signings, desk)
        confirm(work, desk, copy.path, copy.file)
        tell_of_people(work)
        tell_of_attempts(work, desk)
        picking.close(again=again)
        receiving.close(again=again)
        self._close(work, desk, reading, again=again)
        dirty = {*visible.dirty(work), *reading.dirty(base), *beside(work), *visible.todos(work)}
        if picking.read_again or disowning.read_again:
            dirty.add(visible.todo(desk.key))
        return Outcome(
            commit=work.commit(ingest, dirty),
            taken=reading.taken,
            deviating=frozenset(reading.deviating),
            changed=work.records.changed(),
        )

    def _base(self, desk: Desk, copy: DeskCopy, reading: Reading, *, astray: bool) -> Rows:
        """Return what the copy was rendered from; hold a file that is not this desk's (F5, F6)."""
        if astray:
            raise HeldError(file_problem(desk, copy, "file.astray", folder=copy.path.parent.name))
        if copy.desk is not None and copy.desk != desk.key:
            whose = called(self.store, self.declared.posts, copy.desk)
            raise HeldError(file_problem(desk, copy, "file.other_desk", whose=whose))
        base = self.store.base(desk.key, copy.render) if copy.render is not None else None
        if base is None:
            proposals = Proposals(
                work=reading.work,
                store=self.store,
                desk=desk,
                copy=copy,
                understanding=reading.understanding,
                eyes=Eyes.open(self.declared, self.store, reading.work.at.date()),
            )
            raise HeldError(file_problem(desk, copy, "file.unknown_base", differences=proposals.said()))
        return base

    def _close(self, work: Work, desk: Desk, reading: Reading, *, again: bool) -> None:
        """Close what is mended: errors that did not come again, notices that their person has seen."""
        still = {identity(each) for each in work.found()}
        for problem in self.store.problems():
            if problem.form == TODO or problem.what.key == CONFLICTING:
                continue
            if identity(problem) not in still and _mended(problem, work, desk, reading, again=again):
                work.solved.append(problem)


def _mended(problem: Problem, work: Work, desk: Desk, reading: Reading, *, again: bool) -> bool:
    """Return whether an open problem that did not come again is over."""
    own = problem.desk == desk.key
    if problem.what.key.startswith(RIGHTS):
        return False
    if problem.what.key == DROPPED:
        return own and not again and not reading.aside and _was_told(problem, work, desk, reading)
    if problem.record is None or problem.form is None:
        seen = problem.severity is Severity.ERROR or not (again or reading.aside)
        return own and seen and not _of_another_file(problem, reading.copy)
    place = (problem.form, problem.record)
    if problem.severity is Severity.NOTICE:
        # It is over when its person has saved a copy that showed it.
        if _is_retracted(problem, work):
            return own and not again and reading.listed(work.records.get(*place))
        return own and not again and place in reading.looked_at and bool(reading.shown(*place).get(CHECK))
    merged = reading.merges.get(place) if own else None
    if merged is not None and (merged.fresh or any(e.address.field == problem.field for e in merged.edits)):
        return True
    if drafted(problem, work):
        return False
    if problem.rule is not None and work.records.get(*place) is not None:
        return place in work.judged
    return own and (place in reading.looked_at or place not in reading.present)


def _was_told(problem: Problem, work: Work, desk: Desk, reading: Reading) -> bool:
    """Return whether the 待辦 of this copy's render told of *problem*."""
    said = work.declared.words.say(problem.what, desk.lang)
    return any(said in str(each.get(HINT)) for each in reading.base.get(TODO, {}).values())


def _is_retracted(problem: Problem, work: Work) -> bool:
    """Return whether a problem is about a record that no row shows any more."""
    assert problem.form is not None
    assert problem.record is not None
    found = work.records.get(problem.form, problem.record)
    return found is not None and found.state is State.RETRACTED


def _of_another_file(problem: Problem, copy: DeskCopy) -> bool:
    """Return whether it is about a whole file that is not *copy*; a kept version has no name of its own."""
    whole = problem.what.key.startswith("file.") and problem.file is not None
    return whole and problem.file != str(copy.path) and PurePath(str(problem.file)).suffix != ""


def drafted(problem: Problem, work: Work) -> bool:
    """Return whether what is wrong stands in a desk: as a draft, or in a row that is no record yet."""
    if problem.desk is None or problem.form is None or problem.record is None:
        return False
    row = work.records.get(problem.form, problem.record) is None
    return any(
        (address.form, address.record) == (problem.form, problem.record)
        and (row or address.field == problem.field)
        and (problem.desk, address) not in work.undrafted
        for address in work.store.drafts(problem.desk)
    )


def _person(desk: Desk) -> str | None:
    return desk.people[0] if desk.people and not desk.shared else None


def beside(work: Work) -> Iterable[tuple[DeskKey, FormKey, RecordId]]:
    """Return the rows beside which something is said that was not, or no longer is."""
    for problem in (*work.found(), *work.solved):
        if problem.desk is not None and problem.form is not None and problem.record is not None:
            yield problem.desk, problem.form, problem.record
    for conflict in (*work.conflicts, *work.settled):
        yield conflict.desk, conflict.address.form, conflict.address.record
