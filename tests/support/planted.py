"""Engines that are not as they should be: each has one bug, and a test that finds none of them is worth nothing."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from sheet_templates.form import ID, NUMBER, Desk, DeskKey, FieldKey, FieldType, Form, FormKey
from sheet_templates.record import Address, Record, RecordId, State, Value
from sync.cycle import Outcome
from sync.declared import Declared
from sync.engine import Engine
from sync.eyes import Eyes
from sync.holds import Answer, Word
from sync.identity import Shows
from sync.places import Places
from sync.ports import (
    Commit,
    DeskCopy,
    Entry,
    Hash,
    Ids,
    Message,
    MessageState,
    Patch,
    Refused,
    Render,
    RenderId,
    RowCopy,
    Rows,
    Written,
)
from sync.project import DeskBeside
from sync.projection import Projection
from tests.support.witness import RecordingStore
from tests.support.workbooks import FakeWorkbooks

CUSTOMER, CLAIM, AMOUNT = FormKey("customer"), FormKey("claim"), FieldKey("amount")


class RacingWorkbooks(FakeWorkbooks):
    """Workbooks in which something happens at the very moment in which a certain file is written."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        super().__init__(forms)
        self.races: dict[PurePath, Callable[[], None]] = {}
        """Within the writing of a file, after the last look at it."""
        self.early: dict[PurePath, Callable[[], None]] = {}
        """After a file was read, before it is written."""
        self.trespasses: list[PurePath] = []
        """Files that were written while somebody had them open."""

    def busy(self, path: PurePath) -> str | None:
        self.early.pop(path, lambda: None)()
        return super().busy(path)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        self.race = self.races.pop(path, None)
        opened = path in self.open
        written = super().write(path, expect, patch)
        if opened and isinstance(written, Written):
            self.trespasses.append(path)
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the engine is made of; a planted bug is one part that is not as it should be."""

    declared: Callable[[Declared], Declared] = lambda declared: declared
    store: type[RecordingStore] = RecordingStore
    workbooks: type[RacingWorkbooks] = RacingWorkbooks
    engine: type[Engine] = Engine


# What a copy is compared with ------------------------------------------------------------------------------


class LatestBase(RecordingStore):
    """Takes the last render for what every copy was made from."""

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        return super().base(desk, self.latest(desk) or render)


class ComparesWithTheStore(RecordingStore):
    """Has no base: what differs from what stands now counts as edited, so old copies revert everybody."""

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        rows = super().base(desk, render)
        if rows is None:
            return None
        return {
            place: {**shown, **{key: found[key] for key in shown if key in found.values}}
            if (found := self.get(*place)) is not None
            else shown
            for place, shown in rows.items()
        }


class ThinsWhatIsCarried(RecordingStore):
    """Forgets every old render, also one that a desk's file carries."""

    def thin(self, before: dt.datetime) -> int:
        state = self._state.copy()
        gone = [each for each, at in state.rendered_at.items() if at < before]
        for each in gone:
            del state.renders[each], state.rendered_at[each]
        self._state = state
        return len(gone)


class GuessesTheBase(RecordingStore):
    """Takes a copy of which nobody knows what it was made from for one of the latest version."""

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        found, latest = super().base(desk, render), self.latest(desk)
        return super().base(desk, latest) if found is None and latest is not None else found


class NoLineage(RecordingStore):
    """Forgets what earlier saves of a copy brought."""

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        return {}


class NoAdoption(RecordingStore):
    """Forgets which new rows earlier saves of a copy brought."""

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        shown = self._state.renders[render][1]
        known = {record for _, record in shown}
        return {each: values for each, values in super().delivered(render).items() if each.record in known}


class LastWriterWins(RecordingStore):
    """Takes what stands for something that every copy has seen: who saves last overwrites the others."""

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        found = dict(super().delivered(render))
        _, shown = self._state.renders[render]
        for (form, record), cells in shown.items():
            standing = self.get(form, record)
            for key in cells if standing is not None else ():
                address = Address(form=form, record=record, field=key)
                if standing is not None and standing[key] != cells[key]:
                    found[address] = (standing[key], *found.get(address, (cells[key],)))
        return found


class AdoptsExactly(Engine):
    """Knows a new row again only if nothing in it was changed since the save that brought it."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        standing = self.store
        self.store = Exactly(standing, copy)  # type: ignore[assignment]
        try:
            return super()._decide(desk, copy, own, **how)
        finally:
            self.store = standing


class Exactly:
    """A store that remembers of new rows only those that stand in *copy* just as they were brought."""

    def __init__(self, store: Any, copy: DeskCopy) -> None:
        self._store, self._copy = store, copy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        found = self._store.delivered(render)
        shown = self._store._state.renders[render][1]
        brought: dict[tuple[FormKey, RecordId], dict[FieldKey, str]] = {}
        for each, values in found.items():
            brought.setdefault((each.form, each.record), {})[each.field] = str(values[-1])
        changed = {
            (form, record)
            for (form, record), cells in brought.items()
            if (form, record) not in shown
            and form in self._copy.sheets
            and not any(
                {key: str(cell) for key, cell in row.cells.items() if cell is not None and key in cells}
                == cells
                and not {key for key, cell in row.cells.items() if cell is not None} - cells.keys()
                for row in self._copy.sheets[form].rows
            )
        }
        return {each: values for each, values in found.items() if (each.form, each.record) not in changed}


class AlwaysInSession(Engine):
    """Takes every older value for an undo: a stale copy reverts what its own person saved later."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        self.sessions.open[desk.key] = True
        opened = self.workbooks.open  # type: ignore[attr-defined]
        opened.setdefault(copy.path, "")
        try:
            return super()._decide(desk, copy, own, **how)
        finally:
            if opened.get(copy.path) == "":
                del opened[copy.path]


class NeverInSession(Engine):
    """Takes every undo for an old value: who takes back what he typed is not heard."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        self.sessions.open[desk.key] = False
        return super()._decide(desk, copy, own, **how)


# Which row is which, and which column -----------------------------------------------------------------------


class KnowsRowsByPlace(Engine):
    """Takes a row for the record that stood in its place when the desk was written."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        base = (self.store.base(desk.key, copy.render) if copy.render else None) or {}
        sheets = dict(copy.sheets)
        for form, sheet in copy.sheets.items():
            ids = [record for of, record in base if of == form]
            if len(sheet.rows) == len(ids) and {row.id for row in sheet.rows} == set(ids):
                rows = tuple(replace(row, id=each) for row, each in zip(sheet.rows, ids, strict=True))
                sheets[form] = replace(sheet, rows=rows)
        return super()._decide(desk, replace(copy, sheets=sheets), own, **how)


class LosesDoubledRows(Engine):
    """Looks at one row only of those that have the same id: the copy is gone with what was typed in it."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        sheets = {
            form: replace(sheet, rows=tuple({row.id or row.at: row for row in reversed(sheet.rows)}.values()))
            for form, sheet in copy.sheets.items()
        }
        return super()._decide(desk, replace(copy, sheets=sheets), own, **how)


class CopiesSignOffs(Engine):
    """Takes a copied row for one that was typed: the tick that asks for its sign-off goes along."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        sheet = copy.sheets.get(CLAIM)
        if sheet is not None:
            seen: set[RecordId | None] = {None}
            rows = []
            for row in sheet.rows:
                doubled = row.id in seen and row.id is not None
                cells = {key: cell for key, cell in row.cells.items() if key != NUMBER}
                rows.append(replace(row, id=None, cells=cells) if doubled else row)
                seen.add(row.id)
            copy = replace(copy, sheets={**copy.sheets, CLAIM: replace(sheet, rows=tuple(rows))})
        return super()._decide(desk, copy, own, **how)


class ClearsWhatIsAbsent(Engine):
    """Takes a column that somebody deleted for one that he cleared."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        sheets = {}
        for form, sheet in copy.sheets.items():
            keys = [each.key for each in self.declared.forms[form].columns(desk.role) if each.key != ID]
            absent = {key: 99 for key in keys if key not in sheet.columns}
            rows = tuple(replace(row, cells={**dict.fromkeys(absent), **row.cells}) for row in sheet.rows)
            sheets[form] = replace(sheet, columns={**sheet.columns, **absent}, rows=rows)
        return super()._decide(desk, replace(copy, sheets=sheets), own, **how)


class DeleteWins(RecordingStore):
    """Takes a row that is not in somebody's file for a wish that holds against everybody's edits."""

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        for each in commit.problems:
            if each.what.key == "merge.missing" and each.form is not None and each.record is not None:
                gone = self._state.records.pop((each.form, each.record), None)
                self._state.held.pop((each.form, each.record), None)
                if gone is not None:
                    self._state.numbers.pop((each.form, gone.number), None)


class WithdrawsWhateverOthersTyped(Engine):
    """Withdraws a record whose row was deleted though others changed it since, or had typed in it before."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        standing = self.store
        self.store = NobodyElse(standing, desk.key, copy)  # type: ignore[assignment]
        try:
            return super()._decide(desk, copy, own, **how)
        finally:
            self.store = standing


class NobodyElse:
    """A store in which rows that *copy* lacks were only ever changed by *desk*, which was shown all of it."""

    def __init__(self, store: Any, desk: DeskKey, copy: DeskCopy) -> None:
        self._store, self._desk, self._copy = store, desk, copy

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def journal(self, *place: Any, **since: int) -> Iterable[Any]:
        for line in self._store.journal(*place, **since):
            if line.entry.kind != "change" or line.entry.desk in (None, self._desk):
                yield line

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        rows = self._store.base(desk, render)
        if rows is None:
            return None
        here = {(form, row.id) for form, sheet in self._copy.sheets.items() for row in sheet.rows}
        return {
            place: {**shown, **found.values}
            if shown and place not in here and (found := self._store.get(*place)) is not None
            else shown
            for place, shown in rows.items()
        }


class WithdrawsAgain(RecordingStore):
    """Forgets that a deletion was brought before: an old copy withdraws what an undo has restored."""

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        return {each: values for each, values in super().delivered(render).items() if each.field != ID}


class WithdrawsInSilence(RecordingStore):
    """Withdraws a record and says nothing."""

    def commit(self, commit: Commit) -> None:
        told = tuple(each for each in commit.problems if each.what.key != "merge.withdrawn")
        super().commit(replace(commit, problems=told))


class WithdrawsWithoutAnEntry(RecordingStore):
    """Withdraws a record and does not enter it in the journal."""

    def commit(self, commit: Commit) -> None:
        entries = tuple(each for each in commit.entries if each.new != State.RETRACTED)
        super().commit(replace(commit, entries=entries))


class ComparesPastedRowsWithTheLatest(RecordingStore):
    """Takes a row that was pasted from an older copy for one of the latest version: old values become edits."""

    def showed(self, desk: DeskKey, form: FormKey, record: RecordId) -> tuple[Mapping[FieldKey, Value], ...]:
        return super().showed(desk, form, record)[-1:]


class StealsIds(Engine):
    """Gives a row that was pasted into another sheet the id of the record that it was."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        ids = self.ids
        stray = [
            row.id
            for form, sheet in copy.sheets.items()
            for row in sheet.rows
            if row.id is not None
            and self.store.get(form, row.id) is None
            and any(self.store.get(other, row.id) is not None for other in copy.sheets if other != form)
        ]
        self.ids = First(stray, ids)
        try:
            return super()._decide(desk, copy, own, **how)
        finally:
            self.ids = ids


class First:
    """Gives certain ids before all others."""

    def __init__(self, first: list[RecordId], after: Ids) -> None:
        self._first, self._after = first, after

    def new(self) -> str:
        return self._first.pop(0) if self._first else self._after.new()


# What is taken, held and told -------------------------------------------------------------------------------


class BrakesOff(Engine):
    """Holds nothing up, however much looks like a mistake."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        answer = Answer(desk=desk.key, hold="", word=Word.TAKE, by="")
        return super()._decide(desk, copy, own, **{**how, "answer": answer})


class WritesWhatIsHeld(Engine):
    """Writes into a file that waits for a person."""

    def held(self, desk: Desk) -> bool:
        return False


class TakesAnybodysFile(Engine):
    """Asks only where a file lies, not whose it is."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        known = self.store.base(desk.key, copy.render) if copy.render is not None else None
        latest = self.store.latest(desk.key)
        astray = copy.desk != desk.key and known is None
        render = latest if astray else copy.render
        return super()._decide(desk, replace(copy, desk=desk.key, render=render), own, **how)


class TakesFilesFromAnywhere(Engine):
    """Asks only whose a file is, not where it lies: who may write anywhere may write for anybody."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.places = Anywhere(declared=self.declared, store=self.store, clock=self.clock, folder=self.folder)


class Anywhere(Places):
    def at_home(self, desk: Desk, path: PurePath) -> bool:
        return True


class TellsNobody(RecordingStore):
    """Refuses what may not be and says nothing."""

    def commit(self, commit: Commit) -> None:
        told = tuple(each for each in commit.problems if not each.what.key.startswith("ownership."))
        super().commit(replace(commit, problems=told))


class LosesDrafts(RecordingStore):
    """Does not keep what somebody typed and has to mend."""

    def commit(self, commit: Commit) -> None:
        super().commit(replace(commit, drafts=()))


class LosesTheLoser(RecordingStore):
    """Of two values for one cell, keeps the one that stands."""

    def commit(self, commit: Commit) -> None:
        entries = tuple(each for each in commit.entries if each.kind != "conflict")
        super().commit(replace(commit, entries=entries, conflicts=()))


def without_limits(declared: Declared) -> Declared:
    """Let every field take every text."""
    form = declared.forms[CUSTOMER]
    fields = tuple(
        replace(field, type=FieldType.TEXT, minimum=None, integer=False) if field.key == "size" else field
        for field in form.fields
    )
    return replace(declared, forms={**declared.forms, CUSTOMER: replace(form, fields=fields)})


# Sign-off ---------------------------------------------------------------------------------------------------


class NoVoiding(RecordingStore):
    """Lets a sign-off stand though what was signed has changed."""

    def commit(self, commit: Commit) -> None:
        if any(each.voided for each in commit.decisions):
            records = []
            for each in commit.records:
                before = self.get(each.form, each.id)
                records.append(each if before is None else replace(each, state=before.state))
            decisions = tuple(each for each in commit.decisions if not each.voided)
            commit = replace(commit, records=tuple(records), decisions=decisions, runs=())
        super().commit(commit)


class SignsWhatWasRendered(Engine):
    """Takes for what a signer saw what was once rendered for him, not what stands in his file."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        base = (self.store.base(desk.key, copy.render) if copy.render else None) or {}
        if desk.role in ("manager", "finance", "marketing") and CLAIM in copy.sheets:
            sheet = copy.sheets[CLAIM]
            rows = tuple(
                replace(row, cells={**row.cells, AMOUNT: shown[AMOUNT]})
                if row.id is not None and AMOUNT in (shown := base.get((CLAIM, row.id), {}))
                else row
                for row in sheet.rows
            )
            copy = replace(copy, sheets={**copy.sheets, CLAIM: replace(sheet, rows=rows)})
        return super()._decide(desk, copy, own, **how)


class SignsWhatStands(Engine):
    """Approves anything: takes for what a signer saw what stands in the store, whatever his file says."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        if desk.role in ("manager", "finance", "marketing") and CLAIM in copy.sheets:
            sheet = copy.sheets[CLAIM]
            rows = tuple(self._as_it_stands(row) for row in sheet.rows)
            copy = replace(copy, sheets={**copy.sheets, CLAIM: replace(sheet, rows=rows)})
        return super()._decide(desk, copy, own, **how)

    def _as_it_stands(self, row: RowCopy) -> RowCopy:
        found = self.store.get(CLAIM, row.id) if row.id is not None else None
        if found is None:
            return row
        amount = found[AMOUNT]
        return replace(row, cells={**row.cells, AMOUNT: None if amount is None else float(str(amount))})


class LosesVerdicts(RecordingStore):
    """Enters in the journal who signed, and does not keep it."""

    def commit(self, commit: Commit) -> None:
        super().commit(replace(commit, decisions=tuple(each for each in commit.decisions if each.voided)))


# The store and its journal ----------------------------------------------------------------------------------


class LosesEntries(RecordingStore):
    """Lets the rules change records, and does not enter it in the journal."""

    def commit(self, commit: Commit) -> None:
        entries = tuple(each for each in commit.entries if not each.cause.startswith("rule:"))
        super().commit(replace(commit, entries=entries))


class RewritesTheJournal(RecordingStore):
    """Takes a line out of the journal when a sign-off is voided, and closes the gap."""

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        journal = self._state.journal
        if any(each.kind == "void" for each in commit.entries):
            del journal[-2]
            journal[-1] = replace(journal[-1], seq=len(journal))


class Unchained(RecordingStore):
    """Corrects a line of the journal afterwards."""

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        last = self._state.journal[-1] if self._state.journal else None
        if last is not None and last.entry.kind == "state":
            self._state.journal[-1] = replace(last, entry=replace(last.entry, person="nobody"))


class TellsOnlyTheDesk(RecordingStore):
    """Shows what changed in the desk from which it came, and in no other."""

    def commit(self, commit: Commit) -> None:
        if commit.ingest is not None:
            dirty = frozenset(each for each in commit.dirty if each[0] in (commit.ingest.desk, "master"))
            commit = replace(commit, dirty=dirty)
        super().commit(commit)


class ReadsForEver(RecordingStore):
    """Does not remember which files were read."""

    def ingested(self, file: Hash) -> bool:
        return False


# Writing, and crashes ---------------------------------------------------------------------------------------


class CrossesOffTooSoon(RecordingStore):
    """Crosses off what waits for a desk before its file is in place."""

    def prepare(self, render: Render) -> None:
        super().prepare(render)
        self._state.dirty = {row: seq for row, seq in self._state.dirty.items() if row[0] != render.desk}


class PreparesAfterwards(RecordingStore):
    """Writes a file, and only then notes what it shows: a crash in between makes a file that nobody knows."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        super().__init__(forms)
        self.later: dict[RenderId, Render] = {}

    def prepare(self, render: Render) -> None:
        self.later = {render.id: render}

    def publish(
        self, render: RenderId, path: PurePath, file: Hash, shown: Iterable[int], at: dt.datetime
    ) -> None:
        if render in self.later:
            super().prepare(self.later.pop(render))
        super().publish(render, path, file, shown, at)


class LosesDisplaced(RacingWorkbooks):
    """Does not look at what it displaces."""

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        written = super().write(path, expect, patch)
        self.displaced.clear()
        return replace(written, displaced=None) if isinstance(written, Written) else written


class NoLookBefore(RacingWorkbooks):
    """Takes a file that was saved in between for the one that it read."""

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        found = self.digest(path)
        return super().write(path, expect if found is None else found, patch)


class WritesUnderLocks(RacingWorkbooks):
    """Does not ask whether somebody has a file open."""

    def busy(self, path: PurePath) -> str | None:
        super().busy(path)
        return None

    def _look(self, path: PurePath, expect: Hash) -> Refused | None:
        holder = self.open.pop(path, None)
        try:
            return super()._look(path, expect)
        finally:
            if holder is not None:
                self.open[path] = holder


class NeverSweeps(Engine):
    """Does not look, after a crash, at what was displaced just before it."""

    def recover(self) -> None:
        self.workbooks.sweep()


class Forgetful(Engine):
    """Does not work out again, after a restart, which row is which."""

    def _look_again(self, desk: Desk, copy: DeskCopy) -> Outcome:
        return replace(super()._look_again(desk, copy), taken={}, deviating=frozenset())


# Mail -------------------------------------------------------------------------------------------------------


class SendsAgain(RecordingStore):
    """Sends again what was cut short, though it may have arrived."""

    def messages(self, state: MessageState | None = None) -> tuple[Message, ...]:
        if state is MessageState.SENDING:
            return ()
        found = super().messages(state)
        return (*found, *super().messages(MessageState.SENDING)) if state is MessageState.PENDING else found


class ForgetsSending(RecordingStore):
    """Notes that a message is on its way only when it has left."""

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        if state is not MessageState.SENDING:
            super().mark(key, state, tries=tries, due=due, detail=detail)


class SaysItIsSent(RecordingStore):
    """Notes that a message was sent before it is."""

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        state = MessageState.SENT if state is MessageState.SENDING else state
        super().mark(key, state, tries=tries, due=due, detail=detail)


class TriesTheUnknownAgain(RecordingStore):
    """Takes a line that broke after DATA for one that broke before it."""

    def mark(
        self, key: str, state: MessageState, *, tries: int, due: dt.datetime | None = None, detail: str = ""
    ) -> None:
        state = MessageState.PENDING if state is MessageState.UNKNOWN else state
        super().mark(key, state, tries=tries, due=due, detail=detail)


class TellsWithoutALetter(RecordingStore):
    """Notes that somebody was told, and writes no message if there is more than one receiver."""

    def post(
        self, messages: Iterable[Message], told: Iterable[int] = (), entries: Iterable[Entry] = ()
    ) -> None:
        posted = tuple(messages)
        super().post(posted if len(posted) < 2 else (), told, entries)


# Views ------------------------------------------------------------------------------------------------------


class ShowsEverything(Engine):
    """Asks no view whether a desk may see a record."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.projection = Unveiled(declared=self.declared, store=self.store, clock=self.clock)
        self.publisher = replace(
            self.publisher,
            project=self.projection.rows,
            everything=self.projection.everything,
            planner=replace(self.publisher.planner, show=self.projection.show),
        )
        self.writing.projection, self.writing.publisher = self.projection, self.publisher


class Unveiled(Projection):
    def _row(
        self, desk: Desk, form: FormKey, record: RecordId, eyes: Eyes, beside: DeskBeside
    ) -> Shows | None:
        return super()._row(desk, form, record, AllSeeing(eyes), beside)  # type: ignore[arg-type]


class AllSeeing:
    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes

    def sees(self, desk: Desk, record: Record) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._eyes, name)


def without_owners(declared: Declared) -> Declared:
    """Let everybody type everywhere."""
    everybody = frozenset(declared.posts)
    forms = {
        key: replace(form, fields=tuple(replace(field, owners=everybody) for field in form.fields))
        for key, form in declared.forms.items()
    }
    return replace(declared, forms=forms)
