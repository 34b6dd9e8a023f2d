"""Engines whose handling of held saves is not as it should be: each has one bug."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from rules.effect import Notify
from sheet_templates.form import ID, Desk, DeskKey, FieldKey, FormKey
from sheet_templates.record import Address, Value
from sync.cycle import Outcome
from sync.declared import TODO
from sync.engine import Engine
from sync.holds import ASKS, Answer, Hold, Word, standing
from sync.ports import (
    Commit,
    DeskCopy,
    Hash,
    Patch,
    Put,
    Refused,
    Render,
    RenderId,
    Rows,
    SheetPatch,
    Written,
)
from tests.support.planted import RacingWorkbooks
from tests.support.witness import RecordingStore

CUSTOMER, NOTE = FormKey("customer"), FieldKey("note")


class DropsByHalves(Engine):
    """Takes nothing of a dropped save, and puts only some of its rows back."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        outcome = super()._decide(desk, copy, own, **how)
        if not outcome.dropped:
            return outcome
        left = set(sorted(outcome.deviating)[::2])
        dirty = frozenset(each for each in outcome.commit.dirty if each[1:] not in left)
        return replace(
            outcome, commit=replace(outcome.commit, dirty=dirty), deviating=outcome.deviating - left
        )


class DropsNothing(Engine):
    """Takes the word to drop a save for the word to take it."""

    def _decide(self, desk: Desk, copy: DeskCopy, own: PurePath, **how: Any) -> Outcome:
        outcome = super()._decide(desk, copy, own, **how)
        if not outcome.dropped:
            return outcome
        hold = standing(self.store, desk.key)
        assert hold is not None
        from_elsewhere = {**how, "answer": _take(hold)}
        return super()._decide(desk, copy, own, **from_elsewhere)


def _take(hold: Hold) -> Answer:
    return Answer(desk=hold.desk, hold=hold.key, word=Word.TAKE, by="")


class TakesTwice(RecordingStore):
    """Carries out the word to take a save once more."""

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        if any(each.kind == "take" for each in commit.entries):
            super().commit(commit)


class ForgetsWhatWasDropped(RecordingStore):
    """Does not let the copy's lineage remember what was dropped: the next save of it brings it again."""

    def commit(self, commit: Commit) -> None:
        dropped = any(each.kind == "drop" for each in commit.entries)
        super().commit(replace(commit, delivered=()) if dropped else commit)


class ForgetsWhatWasBrought(RecordingStore):
    """Does not carry on what earlier saves of a copy brought when it asks in it."""

    def prepare(self, render: Render) -> None:
        super().prepare(replace(render, delivered=()))


class AsksAgain(RecordingStore):
    """Sends a mail for every save that is held, not for every hold."""

    def commit(self, commit: Commit) -> None:
        held = [each for each in commit.problems if Hold.of(each) is not None]
        notices = [*commit.notices]
        for each in held:
            hold = Hold.of(each)
            assert hold is not None
            notices.append(
                Notify(
                    event=f"hold:{hold.key}:{len(self.commits)}",
                    people=(str(hold.desk),),
                    urgent=True,
                    headline=each.what,
                    rule="hold",
                    clause="",
                )
            )
        super().commit(replace(commit, notices=tuple(notices)))


class HearsOldWords(RecordingStore):
    """Takes the word beside an old question for the answer to the one that stands."""

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        rows, hold = super().base(desk, render), standing(self, desk)
        if rows is None or hold is None:
            return rows
        return {place: {**shows, ASKS: hold.key} if ASKS in shows else shows for place, shows in rows.items()}


class ReadsEveryNewRowAgain(RecordingStore):
    """Forgets of a new row that it came with a dropped save."""

    def delivered(self, render: RenderId) -> Mapping[Address, tuple[Value, ...]]:
        found = super().delivered(render)
        return {each: values for each, values in found.items() if each.field != "&answered"}


class WritesOtherCells(RacingWorkbooks):
    """Writes another cell of a held workbook with the line that asks."""

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        asks = [
            each for sheet in patch.sheets if sheet.form == TODO for each in sheet.puts if each.field == ID
        ]
        if len(patch.sheets) == 1 and asks:
            more = SheetPatch(form=CUSTOMER, puts=(Put(at=3, field=NOTE, shown="put back"),))
            patch = replace(patch, sheets=(*patch.sheets, more))
        return super().write(path, expect, patch)


class NeverAsks(Engine):
    """Holds a save, and asks nobody in the workbook."""

    def _ask(self, desk: Desk, hold: Hold) -> Written | Refused | None:
        return None


class CrossesOffEverything(RecordingStore):
    """Takes what waits for a held desk for done when its line is written."""

    def prepare(self, render: Render) -> None:
        super().prepare(render)
        if any(shows is not None and ASKS in shows for shows in render.rows.values()):
            kept = {
                row: seq for row, seq in self._state.dirty.items() if row[0] != render.desk or row[1] == TODO
            }
            self._state.dirty = kept
