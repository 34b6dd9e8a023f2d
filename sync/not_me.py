"""Disowning a decision (“this was not me”): the code of a confirmation voids what it confirmed.

It is typed in 待辦, or told to the administrator. Only a person who types a code is heard: no link decides
anything, and no mailbox is read.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rules.columns import NOT_ME
from rules.effect import Decision
from rules.not_me import disowned
from rules.notices import Matter
from rules.rule import Book
from sheet_templates.form import Desk, FormKey
from sheet_templates.record import Problem, RecordId, Severity, Text, text
from sync import visible
from sync.confirming import CONFIRM
from sync.consequences import carry_out, settle
from sync.declared import TODO, Declared
from sync.one_time import Kind, Seal, Wish
from sync.ports import Commit, Entry, Store
from sync.reading import Reading
from sync.work import Author, Work

DISPUTE = "dispute"
"""The kind of the journal's entries that say who disowned which decision."""

_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A confirmation that somebody disowned."""

    about: str
    """What its code stood for."""
    by: str
    """Who says so: a number in `people`, or the user of the computer."""


def meant(sealed: str, seal: Seal, store: Store, now: dt.datetime, days: int) -> Iterator[Entry]:
    """Yield the journal's lines of the confirmation whose code was typed, *sealed*; none if there is no such code.

    *days*: so long may a decision be disowned.
    """
    if sealed.startswith(Wish.TYPO.value) or sealed == Wish.ASK.value:
        return
    known: dict[str, bool] = {}
    for line in store.journal():
        entry = line.entry
        if entry.kind == CONFIRM and now - entry.at <= dt.timedelta(days=days):
            about = entry.detail["about"]
            if about not in known:
                known[about] = seal.fits(sealed, Kind.NOT_ME, about)
            if known[about]:
                yield entry


def days_of(limits: Mapping[str, Decimal]) -> int:
    """Return for how many days a decision may be disowned."""
    return max(1, int(limits.get("not_me_days", _DAYS)))


def dispute(asked: Dispute, declared: Declared, store: Store, at: dt.datetime) -> Commit | None:
    """Return what follows as one commit when *asked* is disowned; None if nothing of it counts any more."""
    lines = [
        line.entry
        for line in store.journal()
        if line.entry.kind == CONFIRM and line.entry.detail["about"] == asked.about
    ]
    work = Work.start(declared, store, at)
    author = Author(desk=None, person=None, cause=f"{DISPUTE}:{asked.about[:12]}")
    if not carry_out_dispute(work, lines, author, asked.by):
        return None
    settle(work, author)
    return work.commit(None, {*visible.dirty(work), *visible.todos(work)})


def carry_out_dispute(work: Work, confirmed: Iterable[Entry], author: Author, by: str) -> bool:
    """Void what the confirmation's lines *confirmed* were about; return whether any of it still counted."""
    places: defaultdict[tuple[FormKey, RecordId], list[Entry]] = defaultdict(list)
    for each in confirmed:
        assert each.form is not None
        assert each.record is not None
        places[each.form, each.record].append(each)
    done = False
    for (form, record), entries in places.items():
        matter = _matter(work, form, record)
        decided = work.decided(form, record)
        disputed = [each for each in decided if any(_is(each, entry) for entry in entries)]
        effects = disowned(matter, decided, disputed, work.at.date()) if matter is not None else ()
        if not effects:
            continue
        done = True
        work.started.setdefault((form, record), work.store.get(form, record))
        for entry in entries:
            detail = {"step": entry.detail["step"], "signer": entry.detail["signer"], "by": by}
            work.entries.append(
                Entry(
                    at=work.at,
                    kind=DISPUTE,
                    desk=author.desk,
                    person=author.person,
                    form=form,
                    record=record,
                    old=entry.new,
                    cause=author.cause,
                    detail=detail,
                )
            )
        for effect in effects:
            carry_out(work, effect)
    return done


def _matter(work: Work, form: FormKey, record: RecordId) -> Matter | None:
    found, run = work.records.get(form, record), work.run(form, record)
    book: Book = work.declared.book
    chain = book.chain(form)
    if found is None or run is None or chain is None:
        return None
    return Matter(chain=chain, forms=work.declared.forms, record=found, records=work.records, run=run)


def _is(decision: Decision, entry: Entry) -> bool:
    told = entry.detail
    return (decision.step, decision.role, str(decision.round), decision.person) == (
        told["step"],
        told["role"],
        told["round"],
        told["signer"],
    )


@dataclass(slots=True, kw_only=True)
class Disowning:
    """The codes that stand in one save's 待辦."""

    work: Work
    desk: Desk
    reading: Reading
    seal: Seal
    read_again: bool = False
    """A code was typed: the sheet is written anew."""

    def read(self) -> None:
        """Carry out the codes that were typed in the column 不是我."""
        sheet, form = self.reading.copy.sheets.get(TODO), self.work.declared.forms.get(TODO)
        if sheet is None or form is None or NOT_ME not in sheet.columns:
            return
        heard: set[str] = set()
        for row in sheet.rows:
            typed = self.reading.understanding.typed(form, NOT_ME, row.cells.get(NOT_ME))
            if not isinstance(typed.value, str):
                continue
            if row.id is not None:
                self.reading.deviating.add((TODO, row.id))
                self.read_again = True
            if typed.value not in heard:
                heard.add(typed.value)
                self._hear(typed.value)

    def _hear(self, sealed: str) -> None:
        found = [
            each
            for each in meant(sealed, self.seal, self.work.store, self.work.at, days_of(self.work.limits()))
            if each.desk == self.desk.key
        ]
        by = found[0].person if found else None
        if not found:
            self._say(text("not_me.unknown"))
        elif carry_out_dispute(self.work, found, self.reading.author, by or ""):
            self._say(text("not_me.done"))

    def _say(self, what: Text) -> None:
        self.work.problems.append(
            Problem(
                what=what,
                mend=text(f"{what.key}.mend"),
                severity=Severity.NOTICE,
                desk=self.desk.key,
                file=str(self.reading.copy.path),
            )
        )
