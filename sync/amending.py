"""Sees to it that a company's own forms and rules are asked for, signed off and put into force, in files and store.

What is in force is written in three places, in this order, so that a start that was cut off is made up for by the
next one: the set itself is kept, the store says that it counts, and the state folder says which set is read at a start.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sheet_templates.declaration import DeclarationError
from sheet_templates.record import State, Text, text
from sync import visible
from sync.consequences import settle as follow
from sync.copied import Copied
from sync.declared import Declared
from sync.declaring import Amendment, ask, asked_already, at_once, tell_of_faults, withdraw
from sync.differences import differences
from sync.edges.kept_declarations import (
    files_of,
    folder_of,
    keep,
    kept,
    mark_in_force,
    mark_of,
    put_in_force,
    shipped_files,
)
from sync.log import Log
from sync.look import Look, declarations
from sync.numbers import by_rule
from sync.sets import COUNTED_ON, Marks, in_force, marks_of
from sync.setting import SETTING, must_ask
from sync.work import Work
from sync.world import World

QUIET: Final = dt.timedelta(seconds=60)
"""So long files must lie as they are until a daemon that runs asks for them: somebody may be writing."""


def settle(look: Look) -> bool:
    """Ask for what lies in the folders, or put into force what was signed; return whether *look* is out of date.

    Raises OSError or StoreError.
    """
    if _signed(look):
        return True
    files = files_of(look.root)
    mark = mark_of(files)
    if mark != look.mark:
        return _otherwise(look, files, mark)
    _as_it_lies(look, files)
    return False


def _signed(look: Look) -> bool:
    """Put the set into force that was signed, if it is not the one that was read."""
    signed = in_force(look.store.every(SETTING))
    if signed is None or signed == look.mark or kept(look.state, signed) is None:
        return False
    try:
        declarations(folder_of(look.state, signed), look.declared.lang)
    except DeclarationError:
        # By an earlier version of Deskbook it was right.
        return False
    put_in_force(look.state, signed)
    return True


def _as_it_lies(look: Look, files: Mapping[str, bytes]) -> None:
    """See to it that the set that was read from the folders is entered as the one in force."""
    known, signed = mark_in_force(look.state), in_force(look.store.every(SETTING))
    work = Work.start(look.declared, look.store, look.clock.now())
    if signed not in {None, look.mark} or (files and known != look.mark and must_ask(work)):
        # What was in force is gone, or cannot be read: nobody was asked, and somebody could have been.
        amendment = _amendment(look, Marks(base=known or "", mark=look.mark), {}, files, look.declared)
        at_once(work, amendment, unsigned=text("declared.unsigned"))
    else:
        withdraw(work)
    if known != look.mark:
        keep(look.state, files)
    _commit(look, work)
    if known != look.mark:
        put_in_force(look.state, look.mark)


def _otherwise(look: Look, files: Mapping[str, bytes], mark: str) -> bool:
    """Ask for the set that lies in the folders; put it into force if nobody is there to sign."""
    work = Work.start(look.declared, look.store, look.clock.now())
    marks = Marks(base=look.mark, mark=mark)
    if asked_already(work, marks):
        return False
    try:
        wanted = declarations(look.root, look.declared.lang)
    except DeclarationError as error:
        withdraw(work)
        tell_of_faults(work, mark, error.faults)
        _commit(look, work)
        return False
    keep(look.state, files)
    before = kept(look.state, look.mark) or {}
    amendment = _amendment(look, marks, before, files, wanted)
    if must_ask(work):
        ask(work, amendment)
        _commit(look, work)
        return False
    at_once(work, amendment)
    _commit(look, work)
    put_in_force(look.state, mark)
    return True


def _amendment(
    look: Look, marks: Marks, before: Mapping[str, bytes], after: Mapping[str, bytes], wanted: Declared
) -> Amendment:
    said = effects(look, wanted)
    return Amendment(marks=marks, before=before, after=after, shipped=shipped_files(), effects=said)


def effects(look: Look, wanted: Declared) -> tuple[Text, ...]:
    """Return what would be otherwise if *wanted* were in force."""
    now = World.open(look.declared, Copied.of(look.store, look.declared), look.store, look.clock.now())
    wanted = replace(wanted, calendar=look.declared.calendar)
    then = World.open(wanted, Copied.of(look.store, wanted), look.store, now.at)
    return tuple(differences(now, then))


def unsettled(look: Look) -> Iterator[Text]:
    """Yield how it stands with what lies in the folders, if it is not in force."""
    mark = mark_of(files_of(look.root))
    if mark == look.mark:
        return
    marks = Marks(base=look.mark, mark=mark)
    asked = [each for each in look.store.every(SETTING) if marks_of(each) == marks]
    if not asked:
        yield text("cli.declared.new")
    elif asked[-1][COUNTED_ON] is not None:
        yield text("cli.declared.next", number=asked[-1].number)
    elif asked[-1].state is State.APPROVED:
        yield text("cli.declared.signed", number=asked[-1].number)
    elif asked[-1].state in {State.REFUSED, State.WITHDRAWN}:
        yield text("cli.declared.refused", number=asked[-1].number)
    else:
        yield text("cli.declared.waits", number=asked[-1].number)


def _commit(look: Look, work: Work) -> None:
    """Let everything follow from *work*, and commit it if it is anything."""
    if work.started:
        follow(work, by_rule("declared"))
    if work.entries or work.notices:
        look.store.commit(work.commit(None, {*visible.dirty(work), *visible.todos(work)}))


@dataclass(slots=True, kw_only=True)
class Amending:
    """Looks, while a daemon runs, whether other declarations lie in the folders, or were signed."""

    look: Look
    anew: Callable[[], object]
    """Has the daemon start anew."""
    log: Log
    seen: tuple[str, dt.datetime] | None = None
    """What lay in the folders, and since when."""
    done: tuple[str, int] | None = None
    """What lay there when it was last seen to, and how long the journal was."""

    def turn(self) -> None:
        """Look once."""
        now, mark = self.look.clock.now(), mark_of(files_of(self.look.root))
        if self.seen is None or self.seen[0] != mark:
            self.seen = mark, now
        quiet = mark == self.look.mark or now - self.seen[1] >= QUIET
        state = mark, self.look.store.head()[0]
        if not quiet or state == self.done:
            return
        if settle(self.look):
            self.log.info("declarations changed: starting anew")
            self.anew()
        self.done = mark, self.look.store.head()[0]
