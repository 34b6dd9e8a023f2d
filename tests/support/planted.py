"""Engines that are not as they should be: each has one bug, and a test that finds none of them is worth nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from sheet_templates.form import Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Address, Record, RecordId, Value
from sync.cycle import Outcome
from sync.declared import Declared
from sync.engine import Engine
from sync.identity import Shows
from sync.ports import Commit, DeskCopy, Hash, Patch, Refused, RenderId, Rows, Written
from sync.project import DeskBeside
from sync.visible import Eyes
from tests.support.witness import RecordingStore
from tests.support.workbooks import FakeWorkbooks

CLAIM, AMOUNT = FormKey("claim"), FieldKey("amount")


class RacingWorkbooks(FakeWorkbooks):
    """Workbooks in which something happens at the very moment in which a certain file is written."""

    def __init__(self, forms: Mapping[FormKey, Form]) -> None:
        super().__init__(forms)
        self.races: dict[PurePath, Callable[[], None]] = {}
        """Within the writing of a file, after the last look at it."""
        self.early: dict[PurePath, Callable[[], None]] = {}
        """After a file was read, before it is written."""

    def busy(self, path: PurePath) -> str | None:
        self.early.pop(path, lambda: None)()
        return super().busy(path)

    def write(self, path: PurePath, expect: Hash, patch: Patch) -> Written | Refused:
        self.race = self.races.pop(path, None)
        return super().write(path, expect, patch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the engine is made of; a planted bug is one part that is not as it should be."""

    declared: Callable[[Declared], Declared] = lambda declared: declared
    store: type[RecordingStore] = RecordingStore
    workbooks: type[RacingWorkbooks] = RacingWorkbooks
    engine: type[Engine] = Engine


class LatestBase(RecordingStore):
    """Takes the last render for what every copy was made from."""

    def base(self, desk: DeskKey, render: RenderId) -> Rows | None:
        return super().base(desk, self.latest(desk) or render)


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


class Forgetful(Engine):
    """Does not work out again, after a restart, which row is which."""

    def _look_again(self, desk: Desk, copy: DeskCopy) -> Outcome:
        return replace(super()._look_again(desk, copy), taken={}, deviating=frozenset())


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


class ShowsEverything(Engine):
    """Asks no view whether a desk may see a record."""

    def _row(
        self, desk: Desk, form: FormKey, record: RecordId, eyes: Eyes, beside: DeskBeside
    ) -> Shows | None:
        return super()._row(desk, form, record, AllSeeing(), beside)  # type: ignore[arg-type]


class AllSeeing:
    def sees(self, desk: Desk, record: Record) -> bool:
        return True


def without_owners(declared: Declared) -> Declared:
    """Let everybody type everywhere."""
    everybody = frozenset(declared.posts)
    forms = {
        key: replace(form, fields=tuple(replace(field, owners=everybody) for field in form.fields))
        for key, form in declared.forms.items()
    }
    return replace(declared, forms=forms)
