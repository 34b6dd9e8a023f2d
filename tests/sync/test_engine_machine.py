"""The whole engine, as a company works with it: several desks, stale copies, races and crashes, in any order.

The rules are single acts and whole scenes (`tests.support.scenes`), so that the rare paths are really walked:
they are counted, and a path that is never walked fails the test. What must hold is in `tests.support.witness`.
"""

from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sheet_templates.form import NUMBER, FieldKey, FormKey
from sheet_templates.record import Shown
from sync.edges.store.errors import Contradiction
from tests.support import planted
from tests.support.ageing import old_renders_are_thinned
from tests.support.forging import FORGING
from tests.support.mistakes import errs_in_many_rows
from tests.support.planted import Parts
from tests.support.scenes import (
    ALL,
    AMOUNT,
    BREAKING,
    CHANGING,
    CLAIM,
    COPYING,
    CUSTOMER,
    FOREIGN,
    MOVING,
    NAME,
    NOTE,
    SIGNERS,
    SIGNING,
    TYPING,
    WHAT,
    Scene,
    Scenes,
    stroll,
)
from tests.support.small_company import LENA, MO, RAE, ROY, small_company
from tests.support.standing_in import goes_away_and_leaves_it_to_another
from tests.support.town import Town

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
FORMS, REPS, PICK = st.sampled_from([CUSTOMER, CLAIM]), st.sampled_from([RAE, ROY]), st.integers(0, 5)
DESK, YES = st.sampled_from(SALES), st.booleans()


@cache
def pristine() -> Town:
    """Return a company in which some work has been done: every run begins from a twin of it."""
    town = Town(small_company(Path(mkdtemp())))
    for desk, name, amount in (
        (RAE, "Acme", 100),
        (RAE, "Beta", 2000),
        (ROY, "Coda", 300),
        (ROY, "Dora", 50),
    ):
        town.adds(desk, "customer", name=name, note=f"of {name}")
        town.settle()
        town.adds(desk, "claim", what=f"for {name}", amount=Decimal(amount), customer=name)
        town.settle()
    return town


class CompanyMachine(RuleBasedStateMachine):
    """People at their desks, and the daemon."""

    parts = Parts()
    met: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begin(self) -> None:
        self.play = Scenes(pristine(), self.parts, self.met)

    # Acts

    @rule(what=OWN, at=PICK, cleared=YES)
    def edits(self, what: tuple[str, FormKey, FieldKey], at: int, cleared: bool) -> None:
        desk, form, field = what
        row = self.play.pick(desk, form, at)
        if row is not None:
            self.play.put(desk, form, row, field, None if cleared and field == NOTE else self.play.token())

    @rule(what=st.sampled_from(FOREIGN), at=PICK)
    def edits_what_is_not_his(self, what: tuple[str, FormKey, str], at: int) -> None:
        desk, form, field = what
        row = self.play.pick(desk, form, at)
        if row is not None:
            self.play.put(desk, form, row, field, self.play.token())

    @rule(desk=DESK, stamped=YES, wrong=YES)
    def registers_a_customer(self, desk: str, stamped: bool, wrong: bool) -> None:
        self.play.registers(desk, stamped=stamped, wrong=wrong)

    @rule(desk=REPS, amount=st.sampled_from([100, 5000, 60000, 200000]), submit=YES)
    def claims(self, desk: str, amount: int, submit: bool) -> None:
        cells: dict[str, Shown] = {"what": self.play.token(), "amount": Decimal(amount)}
        self.play.town.adds(desk, "claim", **cells, **({"submit": "Yes"} if submit else {}))

    @rule(desk=REPS, at=PICK, cost=st.integers(1, 9))
    def adds_a_line(self, desk: str, at: int, cost: int) -> None:
        row = self.play.pick(desk, CLAIM, at)
        number = self.play.cell(desk, CLAIM, row, NUMBER) if row is not None else None
        if number is not None:
            self.play.town.adds(desk, "claim_line", claim=number, cost=Decimal(cost))

    @rule(desk=REPS, at=PICK)
    def renames_a_customer(self, desk: str, at: int) -> None:
        row = self.play.pick(desk, CUSTOMER, at)
        if row is not None:
            self.play.witness.names.discard(str(self.play.cell(desk, CUSTOMER, row, NAME)))
            self.play.put(desk, CUSTOMER, row, NAME, self.play.token())

    @rule(rep=st.sampled_from(["Rae", "Roy"]), at=PICK)
    def gives_a_customer_to(self, rep: str, at: int) -> None:
        row = self.play.pick(MO, CUSTOMER, at)
        if row is not None:
            self.play.put(MO, CUSTOMER, row, "owner", rep)

    @rule(desk=DESK, form=FORMS, at=PICK)
    def deletes_a_row(self, desk: str, form: FormKey, at: int) -> None:
        row = self.play.pick(desk, form, at)
        if row is not None:
            self.play.witness.names.discard(str(self.play.cell(desk, form, row, NAME)))
            self.play.town.workbooks.delete_row(self.play.town.path(desk), form, row)

    @rule(desk=REPS, form=FORMS, at=PICK, changed=YES)
    def copies_a_row(self, desk: str, form: FormKey, at: int, changed: bool) -> None:
        row = self.play.pick(desk, form, at)
        if row is not None:
            # A name stands for one customer: the copy waits until it has another one.
            self.play.witness.names.discard(str(self.play.cell(desk, form, row, NAME)))
            new = self.play.town.workbooks.copy_row(self.play.town.path(desk), form, row)
            if changed:
                self.play.put(desk, form, new, NOTE, self.play.token())

    @rule(desk=DESK, form=FORMS, reverse=YES)
    def sorts(self, desk: str, form: FormKey, reverse: bool) -> None:
        self.play.town.workbooks.sort(self.play.town.path(desk), form, NOTE, reverse=reverse)

    @rule(desk=st.sampled_from(DESKS))
    def opens_or_closes(self, desk: str) -> None:
        if self.play.town.path(desk) in self.play.town.workbooks.open:
            self.play.town.closes(desk)
        else:
            self.play.town.opens(desk)

    @rule(amount=st.integers(900_001, 999_999), at=PICK)
    def finance_notes_a_secret(self, amount: int, at: int) -> None:
        row = self.play.pick("finance", CUSTOMER, at)
        if row is not None:
            self.play.witness.secrets.add(float(amount))
            self.play.put("finance", CUSTOMER, row, "credit", Decimal(amount))

    @rule(desk=REPS, at=PICK, ticked=st.sampled_from(["Yes", "Yes", None]))
    def submits_or_withdraws(self, desk: str, at: int, ticked: str | None) -> None:
        row = self.play.pick(desk, CLAIM, at)
        if row is not None:
            self.play.put(desk, CLAIM, row, "submit", ticked)

    @rule(desk=REPS, at=PICK, amount=st.sampled_from([150, 7000, 200000]))
    def changes_the_amount(self, desk: str, at: int, amount: int) -> None:
        row = self.play.pick(desk, CLAIM, at)
        if row is not None:
            self.play.put(desk, CLAIM, row, AMOUNT, Decimal(amount))

    @rule(
        who=st.sampled_from(SIGNERS), at=PICK, verdict=st.sampled_from(["agree", "agree", "return", "refuse"])
    )
    def decides(self, who: tuple[str, str], at: int, verdict: str) -> None:
        desk, column = who
        row = self.play.pick(desk, CLAIM, at)
        if row is not None:
            self.play.put(desk, CLAIM, row, column, verdict)

    # Scenes

    @rule(scene=st.sampled_from(TYPING), desk=DESK, at=PICK, one=YES, other=YES)
    def types(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)

    @rule(scene=st.sampled_from(COPYING), desk=DESK, at=PICK, one=YES, other=YES)
    def brings_copies(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)

    @rule(scene=st.sampled_from(BREAKING), desk=DESK, at=PICK, one=YES, other=YES)
    def breaks(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)

    @rule(desk=DESK, at=PICK, one=YES, other=YES)
    def forgets_old_renders(self, desk: str, at: int, one: bool, other: bool) -> None:
        old_renders_are_thinned(self.play, desk, at, one, other)

    @rule(scene=st.sampled_from(SIGNING), desk=DESK, at=PICK, one=YES, other=YES)
    def signs(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)

    @rule(scene=st.sampled_from(FORGING), desk=DESK, at=PICK, one=YES, other=YES)
    def forges(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)

    @rule(scene=st.sampled_from(CHANGING), desk=DESK, at=PICK, one=YES, other=YES)
    def changes_the_company(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)

    @rule(scene=st.sampled_from(MOVING), at=PICK, one=YES, other=YES)
    def moves_rows(self, scene: Scene, at: int, one: bool, other: bool) -> None:
        scene(self.play, RAE, at, one, other)

    @rule(desk=DESK, at=PICK, one=YES, other=YES)
    def delegates(self, desk: str, at: int, one: bool, other: bool) -> None:
        goes_away_and_leaves_it_to_another(self.play, desk, at, one, other)

    @rule(desk=DESK, at=PICK, one=YES, other=YES)
    def errs_in_many_rows(self, desk: str, at: int, one: bool, other: bool) -> None:
        errs_in_many_rows(self.play, desk, at, one, other)

    # The daemon

    @rule()
    def a_round(self) -> None:
        self.play.round()

    @rule(acts=st.integers(0, 12), after=YES, clean=YES)
    def the_plug_is_pulled(self, acts: int, after: bool, clean: bool) -> None:
        self.play.pull_the_plug(acts, after=after, clean=clean)

    @rule()
    def people_go_home(self) -> None:
        self.play.go_home()

    def teardown(self) -> None:
        if hasattr(self, "play"):
            self.play.go_home()


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
    *("change", "create", "number", "state", "run", "decision", "void"),
    *("reject", "draft", "conflict", "hold", "sign"),
    *("approved", "undo", "race", "crash", "copy back", "saved twice"),
    *(
        "merge.conflict",
        "merge.stale",
        "merge.copied",
        "merge.missing",
        "file.astray",
        "file.held.apart",
    ),
    *("sign.stale", "sign.out_of_turn", "sign.not_submitted", "number.not_a_number"),
    *("check.claim_amount", "check.claim_large", "ownership.field", "ownership.daemon", "ownership.number"),
    *("mail sent", "mail unknown", "line dropped", "crash at the post office", "crash in a race"),
    *("disk fault", "clock", "limit", "leave", "file.nobodys"),
    *("thinned", "unknown base"),
    *("code forged", "disowned", "confirm", "dispute", "stood in", "back"),
    *("copied row", "forged", "sorted", "sorted apart", "row deleted", "column lost"),
    *("withdrawn", "withdrawn by its row", "withdrawn and not", "undo of a save", "merge.withdrawn"),
    *("merge.missing.changed", "merge.missing.moved", "merge.retracted", "moved to another sheet", "pasted"),
)
"""What the machine must have come across: kinds of entries, sentences that were told, and what its rules did."""


SCENES = (*ALL, *FORGING, old_renders_are_thinned, goes_away_and_leaves_it_to_another)


MOVES = 1002
"""With it begin the walks in which rows are moved: the first one comes by nearly everything of that."""


@cache
def strolls(kind: Parts, many: int) -> Counter[str]:
    """Let *many* companies live through scenes in random order; return what was come across."""
    met: Counter[str] = Counter()
    for number in range(many):
        if number % 6 == 0:
            stroll(Scenes(pristine(), kind, met), Random(MOVES + number), 10, MOVING)
        stroll(Scenes(pristine(), kind, met), Random(number), 12, SCENES)
    return met


def test_whatever_people_do_the_engine_keeps_its_promises():
    CompanyMachine.met.clear()
    default = settings.default
    assert default is not None

    run(CompanyMachine, 6, soak=default.max_examples > CHECK_EXAMPLES)

    met = CompanyMachine.met + strolls(Parts(), WALKS)
    missed = [each for each in PATHS if not met[each]]
    assert not missed


STORES = (
    planted.LatestBase,
    planted.ComparesWithTheStore,
    planted.NoLineage,
    planted.NoAdoption,
    planted.LastWriterWins,
    planted.DeleteWins,
    planted.WithdrawsAgain,
    planted.WithdrawsInSilence,
    planted.WithdrawsWithoutAnEntry,
    planted.ComparesPastedRowsWithTheLatest,
    planted.TellsNobody,
    planted.LosesDrafts,
    planted.LosesTheLoser,
    planted.NoVoiding,
    planted.LosesVerdicts,
    planted.LosesEntries,
    planted.RewritesTheJournal,
    planted.Unchained,
    planted.TellsOnlyTheDesk,
    planted.ReadsForEver,
    planted.CrossesOffTooSoon,
    planted.ThinsWhatIsCarried,
    planted.GuessesTheBase,
    planted.PreparesAfterwards,
    planted.SendsAgain,
    planted.ForgetsSending,
    planted.SaysItIsSent,
    planted.TriesTheUnknownAgain,
    planted.TellsWithoutALetter,
)
WORKBOOKS = (planted.LosesDisplaced, planted.NoLookBefore, planted.WritesUnderLocks)
ENGINES = (
    planted.AdoptsExactly,
    planted.AlwaysInSession,
    planted.NeverInSession,
    planted.KnowsRowsByPlace,
    planted.LosesDoubledRows,
    planted.CopiesSignOffs,
    planted.ClearsWhatIsAbsent,
    planted.WithdrawsWhateverOthersTyped,
    planted.StealsIds,
    planted.BrakesOff,
    planted.WritesWhatIsHeld,
    planted.TakesAnybodysFile,
    planted.TakesFilesFromAnywhere,
    planted.SignsWhatWasRendered,
    planted.SignsWhatStands,
    planted.NeverSweeps,
    planted.Forgetful,
    planted.ShowsEverything,
)
DECLARATIONS = (planted.without_limits, planted.without_owners)

WALKS = 36
"""So many does the bounded run take without a bug: enough to come by everything in `PATHS`."""

BUDGET = 40
"""So many walks at most may it take until a planted bug is found; most are found in the first three."""


@pytest.mark.long
@pytest.mark.parametrize(
    "parts",
    [
        *(pytest.param(Parts(store=each), id=each.__name__) for each in STORES),
        *(pytest.param(Parts(workbooks=each), id=each.__name__) for each in WORKBOOKS),
        *(pytest.param(Parts(engine=each), id=each.__name__) for each in ENGINES),
        *(pytest.param(Parts(declared=each), id=each.__name__) for each in DECLARATIONS),
    ],
)
def test_a_planted_bug_is_found(parts: Parts):
    with pytest.raises((AssertionError, Contradiction)):
        strolls(parts, BUDGET)
