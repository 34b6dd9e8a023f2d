"""The whole engine, as a company works with it: several desks, stale copies, races and crashes, in any order.

The rules are what people and the daemon do, some of them compound, so that the rare paths are really walked
(they are counted, and a path that is never walked fails the test). What must hold is in `tests.support.witness`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path, PurePath
from tempfile import mkdtemp
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sheet_templates.form import ID, NUMBER, Desk, DeskKey, FieldKey, Form, FormKey
from sheet_templates.record import Address, Record, RecordId, Shown, Value
from sync.cycle import Outcome
from sync.declared import Declared
from sync.edges.store.errors import Contradiction
from sync.engine import Engine
from sync.identity import Shows
from sync.mailroom import Mailroom
from sync.ports import Commit, DeskCopy, Hash, Patch, Refused, RenderId, Rows, Written
from sync.project import DeskBeside
from sync.visible import Eyes
from tests.support.fuse import Crash, Fuse
from tests.support.small_company import LENA, MO, RAE, ROY, small_company
from tests.support.town import Town
from tests.support.witness import RecordingStore, Witness
from tests.support.workbooks import FakeFile, FakeWorkbooks

CUSTOMER, CLAIM, LINE = FormKey("customer"), FormKey("claim"), FormKey("claim_line")
NAME, NOTE, SIZE, WHAT, AMOUNT = map(FieldKey, ("name", "note", "size", "what", "amount"))

SALES = (RAE, ROY, MO)
DESKS = (*SALES, LENA, "finance", "marketing", "logistics", "admin")
OWN = st.sampled_from(
    [
        (RAE, CUSTOMER, NOTE),
        (RAE, CLAIM, NOTE),
        (RAE, CLAIM, WHAT),
        (ROY, CUSTOMER, NOTE),
        (ROY, CLAIM, NOTE),
        (ROY, CLAIM, WHAT),
        (MO, CUSTOMER, NOTE),
        (MO, CLAIM, NOTE),
    ]
)
FOREIGN = st.sampled_from(
    [
        (RAE, CLAIM, "paid_on"),
        (RAE, CUSTOMER, "owner"),
        (RAE, CLAIM, "manager_manager"),
        (RAE, CLAIM, "number"),
        (RAE, CLAIM, "total"),
        (ROY, CUSTOMER, "check"),
        (ROY, CUSTOMER, "klass"),
        (MO, CLAIM, "what"),
        (MO, CLAIM, "state"),
        (LENA, CLAIM, "what"),
        ("finance", CLAIM, "note"),
        ("finance", CUSTOMER, "name"),
        ("marketing", CLAIM, "what"),
    ]
)
SIGNERS = st.sampled_from(
    [(MO, "manager_manager"), ("finance", "joint_finance"), ("marketing", "joint_marketing")]
)
PICK = st.integers(0, 5)


@cache
def pristine() -> Town:
    """Return a company in which some work has been done: every test begins from a twin of it."""
    town = Town(small_company(Path(mkdtemp())))
    for desk, name, amount in ((RAE, "Acme", 100), (RAE, "Beta", 2000), (ROY, "Coda", 300)):
        town.adds(desk, "customer", name=name, note=f"of {name}")
        town.settle()
        town.adds(desk, "claim", what=f"for {name}", amount=Decimal(amount), customer=name)
        town.settle()
    return town


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


class CompanyMachine(RuleBasedStateMachine):
    """People at their desks, and the daemon."""

    parts = Parts()
    met: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        truth = pristine().declared
        self.town = pristine().twin(
            self.parts.declared(truth), self.parts.store, self.parts.workbooks, self.parts.engine
        )
        self.witness = Witness(self.town, truth, self.met)
        self.homes: list[tuple[str, FakeFile]] = []
        self.count = 0

    # Hands

    def token(self, kind: str = "tok") -> str:
        self.count += 1
        return f"{kind}{self.count:05}"

    def file(self, desk: str) -> FakeFile:
        return self.town.workbooks.files[self.town.path(desk)]

    def rows(self, file: FakeFile, form: FormKey) -> list[int]:
        """Return the rows of *form* that somebody filled."""
        sheet = file.sheets.get(form)
        return [at for at, row in sorted(sheet.rows.items()) if row.keys() - {ID}] if sheet else []

    def pick(self, desk: str, form: FormKey, at: int) -> int | None:
        rows = self.rows(self.file(desk), form)
        return rows[at % len(rows)] if rows else None

    def put(self, desk: str, form: FormKey, at: int, field: str, value: Shown) -> None:
        self.town.workbooks.type_cell(self.town.path(desk), form, at, FieldKey(field), value)

    def cell(self, desk: str, form: FormKey, at: int, field: str) -> Any:
        return self.file(desk).sheets[form].rows[at].get(FieldKey(field))

    def row_of(self, desk: str, form: FormKey, record: object) -> int | None:
        found = [at for at in self.rows(self.file(desk), form) if self.cell(desk, form, at, "_id") == record]
        return found[0] if found else None

    def shut(self, desk: str) -> None:
        """Make sure that nobody has a desk open: under a lock a copy that is put there looks like a save."""
        if self.town.path(desk) in self.town.workbooks.open:
            self.town.closes(desk)

    def round(self) -> None:
        self.town.round()
        self.witness.look()

    # What people do

    @rule(what=OWN, at=PICK)
    def edits(self, what: tuple[str, FormKey, FieldKey], at: int) -> None:
        desk, form, field = what
        row = self.pick(desk, form, at)
        if row is not None:
            self.put(desk, form, row, field, self.token())

    @rule(what=FOREIGN, at=PICK)
    def edits_what_is_not_his(self, what: tuple[str, FormKey, str], at: int) -> None:
        desk, form, field = what
        row = self.pick(desk, form, at)
        if row is not None:
            self.put(desk, form, row, field, self.token())

    @rule(desk=st.sampled_from(SALES), form=st.sampled_from([CUSTOMER, CLAIM]), at=PICK)
    def clears(self, desk: str, form: FormKey, at: int) -> None:
        row = self.pick(desk, form, at)
        if row is not None:
            self.put(desk, form, row, NOTE, None)

    @rule(desk=st.sampled_from(SALES), at=PICK, mended=st.booleans())
    def types_what_no_number_is(self, desk: str, at: int, mended: bool) -> None:
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            self.put(desk, CUSTOMER, row, SIZE, self._bad(desk))
            if mended:
                self.round()
                row = self.pick(desk, CUSTOMER, at)
                if row is not None:
                    self.put(desk, CUSTOMER, row, SIZE, Decimal(at))

    def _bad(self, desk: str) -> str:
        token = self.token("bad")
        self.witness.bad[token] = DeskKey(desk)
        return token

    @rule(desk=st.sampled_from(SALES), stamped=st.booleans(), wrong=st.booleans(), again=st.booleans())
    def registers_a_customer(self, desk: str, stamped: bool, wrong: bool, again: bool) -> None:
        name = self.token()
        self.witness.names.add(name)
        cells: dict[str, Shown] = {"name": name, "size": self._bad(desk) if wrong else Decimal(3)}
        if stamped:
            self.town.adds(desk, "customer", **cells)
        else:
            at = self.town.adds_unstamped(desk, "customer", **cells)
            if again:
                # The row is saved twice before it is written back: it is one customer all the same.
                self.town.opens(desk)
                self.round()
                self.put(desk, CUSTOMER, at, NOTE, self.token())
                self.round()
                self.town.closes(desk)
                self.met["saved twice"] += 1

    @rule(desk=st.sampled_from([RAE, ROY]), amount=st.sampled_from([100, 5000, 60000]), submit=st.booleans())
    def claims(self, desk: str, amount: int, submit: bool) -> None:
        cells: dict[str, Shown] = {"what": self.token(), "amount": Decimal(amount)}
        self.town.adds(desk, "claim", **cells, **({"submit": "Yes"} if submit else {}))

    @rule(desk=st.sampled_from([RAE, ROY]), at=PICK, cost=st.integers(1, 9))
    def adds_a_line(self, desk: str, at: int, cost: int) -> None:
        row = self.pick(desk, CLAIM, at)
        if row is not None and self.cell(desk, CLAIM, row, NUMBER) is not None:
            claim = self.cell(desk, CLAIM, row, NUMBER)
            self.town.adds(desk, "claim_line", claim=claim, cost=Decimal(cost))

    @rule(desk=st.sampled_from([RAE, ROY]), at=PICK)
    def renames_a_customer(self, desk: str, at: int) -> None:
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            self.witness.names.discard(str(self.cell(desk, CUSTOMER, row, NAME)))
            self.put(desk, CUSTOMER, row, NAME, self.token())

    @rule(desk=st.sampled_from(SALES), form=st.sampled_from([CUSTOMER, CLAIM]), at=PICK)
    def deletes_a_row(self, desk: str, form: FormKey, at: int) -> None:
        row = self.pick(desk, form, at)
        if row is not None:
            self.witness.names.discard(str(self.cell(desk, form, row, NAME)))
            self.town.workbooks.delete_row(self.town.path(desk), form, row)

    @rule(
        desk=st.sampled_from([RAE, ROY]),
        form=st.sampled_from([CUSTOMER, CLAIM]),
        at=PICK,
        changed=st.booleans(),
    )
    def copies_a_row(self, desk: str, form: FormKey, at: int, changed: bool) -> None:
        row = self.pick(desk, form, at)
        if row is not None:
            new = self.town.workbooks.copy_row(self.town.path(desk), form, row)
            if changed:
                self.put(desk, form, new, NOTE, self.token())

    @rule(desk=st.sampled_from(SALES), form=st.sampled_from([CUSTOMER, CLAIM]), reverse=st.booleans())
    def sorts(self, desk: str, form: FormKey, reverse: bool) -> None:
        self.town.workbooks.sort(self.town.path(desk), form, NOTE, reverse=reverse)

    @rule(desk=st.sampled_from(DESKS))
    def opens_or_closes(self, desk: str) -> None:
        if self.town.path(desk) in self.town.workbooks.open:
            self.town.closes(desk)
        else:
            self.town.opens(desk)

    @rule(amount=st.integers(900_001, 999_999), at=PICK)
    def finance_notes_a_secret(self, amount: int, at: int) -> None:
        row = self.pick("finance", CUSTOMER, at)
        if row is not None:
            self.witness.secrets.add(float(amount))
            self.put("finance", CUSTOMER, row, "credit", Decimal(amount))

    # Copies

    @rule(desk=st.sampled_from([*SALES, "finance"]))
    def takes_a_copy_home(self, desk: str) -> None:
        self.homes.append((desk, self.file(desk)))

    @precondition(lambda self: self.homes)
    @rule(which=PICK, at=PICK, aside=st.booleans(), edited=st.booleans())
    def brings_a_copy_back(self, which: int, at: int, aside: bool, edited: bool) -> None:
        desk, file = self.homes[which % len(self.homes)]
        self.shut(desk)
        if edited and (rows := self.rows(file, CUSTOMER)):
            sheet = file.sheets[CUSTOMER].put(rows[at % len(rows)], NOTE, self.token())
            file = replace(file, sheets={**file.sheets, CUSTOMER: sheet})
        path = self.town.path(desk)
        self.met["copy back"] += 1
        self.town.workbooks.put_back(path.with_name(f"{path.stem} copy.xlsx") if aside else path, file)

    @rule(desk=st.sampled_from(SALES), at=PICK)
    def overwrites_with_what_was_saved_before(self, desk: str, at: int) -> None:
        """One edit arrives, then another, and then the older save comes back."""
        self.shut(desk)
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            self.put(desk, CUSTOMER, row, NOTE, self.token())
            older = self.file(desk)
            self.round()
            self.put(desk, CUSTOMER, self.pick(desk, CUSTOMER, at) or row, NOTE, self.token())
            self.round()
            self.town.workbooks.put_back(self.town.path(desk), older)
            self.round()

    @rule(desk=st.sampled_from(SALES))
    def fills_the_same_empty_row_in_two_copies(self, desk: str) -> None:
        self.shut(desk)
        path = self.town.path(desk)
        home, here, there = self.file(desk), self.token(), self.token()
        self.town.adds(desk, "customer", name=here)
        self.round()
        office = self.file(desk)
        self.town.workbooks.put_back(path, home)
        self.town.adds(desk, "customer", name=there)
        home = self.file(desk)
        self.town.workbooks.put_back(path, office)
        self.witness.names |= {here, there}
        self.round()
        self.town.workbooks.put_back(path, home)
        self.round()

    @rule()
    def puts_a_file_over_anothers(self) -> None:
        path, own = self.town.path(ROY), self.file(ROY)
        self.town.workbooks.put_back(path, self.file(RAE))
        self.round()
        assert self.town.engine.held(self.town.desk(ROY)) or self.town.path(ROY) in self.town.workbooks.open
        self.town.workbooks.put_back(path, own)

    # Two people, one cell

    @rule(form=st.sampled_from([CUSTOMER, CLAIM]), at=PICK)
    def two_edit_the_same_cell(self, form: FormKey, at: int) -> None:
        row = self.pick(RAE, form, at)
        there = self.row_of(MO, form, self.cell(RAE, form, row, "_id")) if row is not None else None
        if row is not None and there is not None:
            self.town.opens(RAE)
            self.put(MO, form, there, NOTE, self.token())
            self.round()
            self.put(RAE, form, row, NOTE, self.token())
            self.round()
            self.town.closes(RAE)
            self.round()

    @rule(desk=st.sampled_from(SALES), at=PICK)
    def undoes_in_one_session(self, desk: str, at: int) -> None:
        row = self.pick(desk, CUSTOMER, at)
        if row is not None:
            before = self.cell(desk, CUSTOMER, row, NOTE)
            self.town.opens(desk)
            self.put(desk, CUSTOMER, row, NOTE, self.token())
            self.round()
            self.put(desk, CUSTOMER, row, NOTE, before)
            self.witness.retyped.add(str(before))
            self.round()
            self.town.closes(desk)
            self.met["undo"] += 1

    @rule(at=PICK, field=st.sampled_from([NOTE, SIZE]))
    def saves_while_it_is_written(self, at: int, field: FieldKey) -> None:
        self._race(at, field, early=False)

    @rule(at=PICK, field=st.sampled_from([NOTE, SIZE]))
    def saves_between_reading_and_writing(self, at: int, field: FieldKey) -> None:
        self._race(at, field, early=True)

    def _race(self, at: int, field: FieldKey, *, early: bool) -> None:
        self.shut(RAE)
        row = self.pick(RAE, CUSTOMER, at)
        if row is None:
            return
        typed = self._bad(RAE) if field == SIZE else self.token()
        workbooks = self.town.workbooks
        assert isinstance(workbooks, RacingWorkbooks)

        def race() -> None:
            self.met["race"] += 1
            self.witness.owed.add(typed)
            self.put(RAE, CUSTOMER, row, field, typed)

        self.put(RAE, CUSTOMER, row, NOTE, self.token())
        (workbooks.early if early else workbooks.races)[self.town.path(RAE)] = race
        self.town.round()
        workbooks.races.clear()
        workbooks.early.clear()
        self.town.round()
        self.witness.look()

    # Sign-off

    @rule(desk=st.sampled_from([RAE, ROY]), at=PICK, ticked=st.sampled_from(["Yes", "Yes", None]))
    def submits_or_withdraws(self, desk: str, at: int, ticked: str | None) -> None:
        row = self.pick(desk, CLAIM, at)
        if row is not None:
            self.put(desk, CLAIM, row, "submit", ticked)

    @rule(
        who=SIGNERS,
        at=PICK,
        verdict=st.sampled_from(["agree", "agree", "agree", "return", "refuse"]),
        asked=st.booleans(),
    )
    def decides(self, who: tuple[str, str], at: int, verdict: str, asked: bool) -> None:
        desk, column = who
        if asked:
            self._asks(at)
        row = self.pick(desk, CLAIM, at)
        if row is not None:
            self.put(desk, CLAIM, row, column, verdict)

    @rule(at=PICK, opinion=st.booleans())
    def goes_all_the_way(self, at: int, opinion: bool) -> None:
        """Everybody whose turn it is agrees, one after the other, and the daemon looks in between."""
        for desk, column in (
            ("finance", "joint_finance"),
            ("marketing", "joint_marketing"),
            (MO, "manager_manager"),
        ):
            row = self.pick(desk, CLAIM, at)
            if row is not None:
                self.put(desk, CLAIM, row, column, "agree")
                if opinion:
                    self.put(desk, CLAIM, row, f"{column}_opinion", self.token())
                self.town.settle()
                self.witness.look()

    @rule(at=PICK, amount=st.integers(100, 999), by_line=st.booleans())
    def changes_what_was_approved(self, at: int, amount: int, by_line: bool) -> None:
        row = self.pick(RAE, CLAIM, at)
        record = self.cell(RAE, CLAIM, row, "_id") if row is not None else None
        if row is None:
            return
        self.shut(RAE)
        self.shut(MO)
        self.put(RAE, CLAIM, row, "submit", "Yes")
        for desk, column in (
            ("finance", "joint_finance"),
            ("marketing", "joint_marketing"),
            (MO, "manager_manager"),
        ):
            self.shut(desk)
            self.town.settle()
            there = self.row_of(desk, CLAIM, record)
            if there is not None:
                self.put(desk, CLAIM, there, column, "agree")
        self.town.settle()
        self.witness.look()
        row = self.row_of(RAE, CLAIM, record)
        if row is not None and by_line and (number := self.cell(RAE, CLAIM, row, NUMBER)) is not None:
            self.town.adds(RAE, "claim_line", claim=number, cost=Decimal(amount))
        elif row is not None:
            self.put(RAE, CLAIM, row, AMOUNT, Decimal(amount))
        self.round()

    @rule(rep=st.sampled_from(["Rae", "Roy"]), at=PICK)
    def gives_a_customer_to(self, rep: str, at: int) -> None:
        row = self.pick(MO, CUSTOMER, at)
        if row is not None:
            self.put(MO, CUSTOMER, row, "owner", rep)

    @rule(desk=st.sampled_from([RAE, ROY]), at=PICK, amount=st.sampled_from([150, 7000, 200000]))
    def changes_the_amount(self, desk: str, at: int, amount: int) -> None:
        row = self.pick(desk, CLAIM, at)
        if row is not None:
            self.put(desk, CLAIM, row, AMOUNT, Decimal(amount))

    @rule(who=SIGNERS, at=PICK, amount=st.integers(1, 90), asked=st.booleans())
    def overtypes_the_amount_and_signs(self, who: tuple[str, str], at: int, amount: int, asked: bool) -> None:
        desk, column = who
        if asked:
            self._asks(at)
        row = self.pick(desk, CLAIM, at)
        if row is not None:
            self.put(desk, CLAIM, row, AMOUNT, Decimal(amount))
            self.put(desk, CLAIM, row, column, "agree")
            self.round()

    def _asks(self, at: int) -> None:
        """Let a rep put a claim up, and everybody see it."""
        own = self.pick(RAE, CLAIM, at)
        if own is not None:
            self.put(RAE, CLAIM, own, "submit", "Yes")
            self.town.settle()
            self.witness.look()

    @rule(at=PICK, amount=st.integers(100, 999))
    def signs_what_has_changed_since(self, at: int, amount: int) -> None:
        row = self.pick(MO, CLAIM, at)
        record = self.cell(MO, CLAIM, row, "_id") if row is not None else None
        desk, there = next(
            ((desk, found) for desk in (RAE, ROY) if (found := self.row_of(desk, CLAIM, record)) is not None),
            (RAE, None),
        )
        if row is None or there is None:
            return
        self.put(desk, CLAIM, there, "submit", "Yes")
        self.town.settle()
        self.town.opens(MO)
        row, there = self.row_of(MO, CLAIM, record), self.row_of(desk, CLAIM, record)
        if row is not None and there is not None:
            self.put(desk, CLAIM, there, AMOUNT, Decimal(amount))
            self.town.round()
            self.put(MO, CLAIM, row, "manager_manager", "agree")
        self.town.closes(MO)
        self.round()

    # The daemon

    @rule()
    def a_round(self) -> None:
        self.round()

    @rule(acts=st.integers(0, 12), after=st.booleans(), unclean=st.booleans())
    def the_plug_is_pulled(self, acts: int, after: bool, unclean: bool) -> None:
        left = [acts]
        self.town.start(
            Fuse(self.town.store, left, after=after), Fuse(self.town.workbooks, left, after=after)
        )
        try:
            self.town.round()
        except Crash:
            self.met["crash"] += 1
        finally:
            self.town.start()
        self.witness.look()
        if not unclean:
            self.round()

    @rule(desk=st.sampled_from([RAE, MO]), acts=st.integers(0, 6), after=st.booleans())
    def the_plug_is_pulled_after_an_edit(self, desk: str, acts: int, after: bool) -> None:
        self.town.adds_unstamped(desk, "customer", name=(name := self.token()))
        self.witness.names.add(name)
        form, foreign = (CUSTOMER, "klass") if desk == RAE else (CLAIM, "what")
        row = self.pick(desk, form, 0)
        if row is not None:
            self.put(desk, form, row, foreign, self.token())
        self.the_plug_is_pulled(acts=acts, after=after, unclean=False)

    @rule()
    def people_go_home(self) -> None:
        """Everybody closes his file; what is left to do is done."""
        self._close_all()
        self.town.settle()
        self.witness.at_rest()

    def _close_all(self) -> None:
        for path in tuple(self.town.workbooks.open):
            self.town.workbooks.close(path)

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.people_go_home()
            self._everybody_is_told_once()

    def _everybody_is_told_once(self) -> None:
        """22: each event is one message for each receiver, however often it is asked for."""
        mailroom = Mailroom(declared=self.town.declared, store=self.town.store)
        urgent = [each for each in self.town.store.notices() if each.notify.urgent]
        receivers = [
            f"{each.notify.event}|{person.number}"
            for each in urgent
            for person in mailroom.receivers(each.notify, self.town.clock.now())
        ]
        for _ in range(2):
            mailroom.urgent(self.town.clock.now())
        sent = [each.key for each in self.town.store.messages()]
        assert sorted(sent) == sorted(set(receivers)), "22"
        self.met["messages"] += len(sent)


CHECK_EXAMPLES = 100
"""So many does hypothesis try if nobody says otherwise; `make soak` says otherwise."""


def run(machine: type[CompanyMachine], examples: int, *, soak: bool = False) -> None:
    """Run a machine. The same examples each time; with *soak* others, and longer ones."""
    default = settings.default
    assert default is not None
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=default.max_examples if soak else examples,
            stateful_step_count=default.stateful_step_count if soak else 25,
            deadline=None,
            derandomize=not soak,
            database=None,
            phases=[Phase.generate, Phase.shrink] if soak else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


PATHS = (
    "change",
    "create",
    "number",
    "state",
    "run",
    "decision",
    "void",
    "reject",
    "draft",
    "conflict",
    "hold",
    "sign",
    "approved",
    "undo",
    "race",
    "crash",
    "copy back",
    "saved twice",
    "messages",
    "merge.conflict",
    "merge.stale",
    "merge.copied",
    "merge.missing",
    "file.other_desk",
    "sign.stale",
    "sign.out_of_turn",
    "sign.not_submitted",
    "number.not_a_number",
    "check.unique",
    "check.claim_amount",
    "check.claim_large",
    "ownership.field",
    "ownership.daemon",
)
"""What the machine must have come across: kinds of entries, sentences that were told, and what its rules did."""


def test_whatever_people_do_the_engine_keeps_its_promises():
    CompanyMachine.met.clear()
    default = settings.default
    assert default is not None

    run(CompanyMachine, 50, soak=default.max_examples > CHECK_EXAMPLES)

    assert [each for each in PATHS if not CompanyMachine.met[each]] == []


# Planted bugs -----------------------------------------------------------------------------------------------


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


class WritesOpenFiles(RacingWorkbooks):
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


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(Parts(store=LatestBase), id="base = latest render"),
        pytest.param(Parts(store=NoLineage), id="no lineage"),
        pytest.param(Parts(store=NoAdoption), id="adoption off"),
        pytest.param(Parts(store=NoVoiding), id="no voiding"),
        pytest.param(Parts(workbooks=LosesDisplaced), id="no look at what is displaced"),
        pytest.param(Parts(workbooks=WritesOpenFiles), id="no look before writing"),
        pytest.param(Parts(engine=Forgetful), id="no second look after a restart"),
        pytest.param(Parts(engine=SignsWhatWasRendered), id="approve what was rendered"),
        pytest.param(Parts(engine=ShowsEverything), id="no views"),
        pytest.param(Parts(declared=without_owners), id="no ownership"),
    ],
)
def test_a_planted_bug_is_found(parts: Parts):
    class Planted(CompanyMachine):
        met: ClassVar[Counter[str]] = Counter()

    Planted.parts = parts
    with pytest.raises((AssertionError, Contradiction)):
        run(Planted, 150)
