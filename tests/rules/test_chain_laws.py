"""Laws of the approval chain, leave and 加簽: people do whatever they like; and bugs that this must find."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rules.apply import apply
from rules.content import lines_of, material_changes
from rules.effect import Advance, Decide, Effects, Verdict, Void
from rules.frozen import thaw
from rules.leave import LEAVE
from rules.rule import Book
from rules.turn import in_force, whose_turn
from sheet_templates.record import Record, State
from tests.rules.test_chain import claim
from tests.support import planted_rules
from tests.support.book import CHAIN, STAFF, Desk, book
from tests.support.small import record

NIA = record("people", "P-7", name="Nia", role="manager", superior="P-1")
LIMITED = CHAIN.replace("[chain.claim]", '[chain.claim]\namount = "amount"\nadds_signers = true', 1)
REACHED = (State.APPROVED, State.REFUSED, State.RETURNED, "signed for another", "approved with who was added")


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("laws"), LIMITED)


_SIGNERS = st.sampled_from(
    [
        (step, role, person)
        for step, role in (
            ("joint", "finance"),
            ("joint", "marketing"),
            ("manager", "manager"),
            ("leader", "leader"),
        )
        for person in ("P-1", "P-2", "P-3", "P-4", "P-5", "P-6")
    ]
)


class Chains(RuleBasedStateMachine):
    """People do whatever they like to one claim; the laws hold after each act."""

    declared: Book
    kind: type[Desk] = Desk
    """The rules' desk; a planted bug is one that is not as it should be."""
    reached: Counter[str]
    """What some run came to, so that a machine that never gets anywhere is noticed."""

    @initialize(owner=st.sampled_from(["P-1", "P-2", "P-3", "P-4"]), amount=st.sampled_from([100, 5000]))
    def start(self, owner: str, amount: int) -> None:
        others = (*STAFF, NIA)
        self.desk = self.kind(self.declared, claim(owner=owner, amount=Decimal(amount)), others=others)
        self.owner = owner
        self.left = False
        self.added: list[str] = []
        """Whom signers have added to this run, and who must have agreed before it is approved."""
        self.seen = self.desk.content
        self.do(apply(self.declared, self.desk.forms, self.desk.change(self.owner, submit=True)))

    def turns(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return whose turn it is, as the rules see it."""
        desk = self.desk
        found = whose_turn(desk.run, desk.decisions, desk.looked_at, desk.now.date())
        return [(each.step, each.role, each.people) for each in found]

    def do(self, wanted: Effects) -> Effects:
        before = self.desk.record.state
        self.desk.carry_out(wanted)
        self.reached[self.desk.record.state] += 1
        for each in wanted.effects:
            if isinstance(each, Decide):
                self.check_decision(each)
        if self.desk.record.state is State.APPROVED and before is not State.APPROVED:
            self.check_approval()
        if self.desk.record.state is not State.SUBMITTED:
            # Put up anew, it begins with the chain as it is declared.
            self.added.clear()
        return wanted

    def check_decision(self, made: Decide) -> None:
        """Law: who is away decides nothing; who decides in another's place was named by him for this day."""
        person, behalf = made.decision.person, made.behalf
        assert self.away(person) is None, f"{person} is away"
        if behalf:
            leave = self.away(behalf)
            assert leave is not None, f"{behalf} is not away"
            assert leave["delegate"] == person, "a delegation is not passed on"
            amount, limit = self.desk.record["amount"], leave["up_to"]
            within = limit is None or (isinstance(amount, Decimal) and amount <= limit)  # type: ignore[operator]
            assert within, "beyond what he was given"
            self.reached["signed for another"] += 1

    def away(self, person: str) -> Record | None:
        """Return the leave because of which somebody signs nothing today, as it stands in the leaves themselves."""
        today = self.desk.now.date()
        leaves = (each for each in self.desk.shelf.every(LEAVE) if each["owner"] == person)
        covering = [each for each in leaves if each["start_on"] <= today <= each["end_on"]]  # type: ignore[operator]
        return covering[-1] if covering else None

    def check_approval(self) -> None:
        """Law: approved only by all signers of the frozen chain, each on the content as it is now."""
        desk = self.desk
        assert desk.run is not None
        frozen, standing = thaw(desk.run.frozen), in_force(desk.run, desk.decisions)
        for step in frozen.taken():
            agreed = {
                each.role for each in standing if each.step == step.key and each.verdict is Verdict.AGREE
            }
            assert len(agreed) >= step.need
        agreeing = [
            each.person for each in standing if each.verdict is Verdict.AGREE and each.role == "signer"
        ]
        # Whoever was added signs himself, or somebody in his place: never nobody.
        assert len(agreeing) >= len(self.added), "who was added has not agreed"
        present = [each for each in self.added if self.away(each) is None and not self.left]
        assert set(present) <= set(agreeing), "another than who was added has agreed"
        self.reached["approved with who was added"] += bool(self.added)
        lines = lines_of(desk.form, desk.record, desk.forms, desk.shelf)
        assert material_changes(desk.record, lines, desk.run.material, frozen.material) == ()

    @rule(on=st.sampled_from([True, True, True, False]))
    def tick(self, on: bool) -> None:
        self.do(
            apply(self.declared, self.desk.forms, self.desk.change(self.owner, submit=True if on else None))
        )

    @rule(amount=st.sampled_from([100, 101, 102, 103, 1000, 5000]))
    def change_amount(self, amount: int) -> None:
        """Law: a material change leaves no decision in force."""
        desk = self.desk
        running = desk.run is not None and desk.run.state in {State.SUBMITTED, State.APPROVED}
        signed = Decimal((desk.run.material if desk.run else {}).get("amount", "0"))
        material = abs(Decimal(amount) - signed) > signed * Decimal("0.02")
        self.do(apply(self.declared, desk.forms, desk.change(self.owner, amount=Decimal(amount))))
        if running and material and desk.record["submit"] is True:
            assert desk.run is not None
            assert in_force(desk.run, desk.decisions) == ()
            assert desk.record.state is State.SUBMITTED

    @rule(what=st.sampled_from(["Fair", "Fair", None]))
    def change_what(self, what: str | None) -> None:
        self.do(apply(self.declared, self.desk.forms, self.desk.change(self.owner, what=what)))

    @rule()
    def look(self) -> None:
        """A signer's file is rendered: later verdicts are on what stands now."""
        self.seen = self.desk.content

    @rule(who=_SIGNERS, verdict=st.sampled_from([*["agree"] * 4, "return", "refuse"]), stale=st.booleans())
    def sign(self, who: tuple[str, str, str], verdict: str, stale: bool) -> None:
        desk = self.desk
        step, role, person = who
        content = self.seen if stale else desk.content
        before, decided = desk.run, list(desk.decisions)
        standing = in_force(before, decided) if before is not None else ()
        doubled = any((each.step, each.role) == (step, role) for each in standing)
        signing = desk.signing(step, role, person, verdict, content=content)
        wanted = self.do(apply(self.declared, desk.forms, desk.happened(desk.record, person, signing)))

        entered = [each.decision for each in wanted.effects if isinstance(each, Decide)]
        if doubled or content != desk.content or before is None or before.state is not State.SUBMITTED:
            assert entered == []
        if entered:
            assert before is not None
            assert person not in {before.submitted_by, self.owner}
        else:
            assert desk.decisions == decided
            assert desk.run == before

    @rule(index=st.integers(0, 3), verdict=st.sampled_from([*["agree"] * 6, "return", "refuse"]))
    def sign_in_turn(self, index: int, verdict: str) -> None:
        """Law: whoever's turn it is can sign, and nobody needs more than that."""
        found = [each for each in self.turns() if each[2]]
        if found:
            step, role, people = found[index % len(found)]
            wanted = self.do(
                apply(
                    self.declared,
                    self.desk.forms,
                    self.desk.happened(
                        self.desk.record, people[0], self.desk.signing(step, role, people[0], verdict)
                    ),
                )
            )
            assert isinstance(wanted.effects[0], Decide)

    @rule(who=_SIGNERS, own=st.sampled_from([True, True, False]), index=st.integers(0, 3))
    def take_back(self, who: tuple[str, str, str], own: bool, index: int) -> None:
        """Law: who takes back takes back his own, and nothing that is approved."""
        desk = self.desk
        before, decided = desk.run, list(desk.decisions)
        mine = [(each.step, each.role, each.person) for each in decided]
        step, role, person = mine[index % len(mine)] if own and mine else who
        signing = desk.signing(step, role, person, "withdraw")
        wanted = self.do(apply(self.declared, desk.forms, desk.happened(desk.record, person, signing)))

        voided = [each.decision for each in wanted.effects if isinstance(each, Void)]
        assert all(each.person == person for each in voided)
        if before is None or before.state is not State.SUBMITTED or not voided:
            assert desk.decisions == decided
            assert desk.run == before

    @rule(index=st.integers(0, 3), whom=st.sampled_from(["P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "P-99"]))
    def add(self, index: int, whom: str) -> None:
        """Law: who is added signs before anybody else, and none who asks is added."""
        found = [each for each in self.turns() if each[2]]
        if found:
            step, role, people = found[index % len(found)]
            signing = self.desk.signing(step, role, people[0], "add", added=whom)
            wanted = apply(
                self.declared, self.desk.forms, self.desk.happened(self.desk.record, people[0], signing)
            )
            self.do(wanted)
            if wanted.effects:
                assert whom != self.owner
                assert [each[1] for each in self.turns()] == ["signer"]
                self.added.append(whom)

    @rule(
        who=st.sampled_from(["P-1", "P-2", "P-4", "P-7"]),
        whom=st.sampled_from(["P-1", "P-2", "P-3", "P-5", "P-7", "P-7", None]),
        days=st.sampled_from([1, 1, 2]),
        up_to=st.sampled_from([None, None, Decimal(100), Decimal(1000)]),
    )
    def go_away(self, who: str, whom: str | None, days: int, up_to: Decimal | None) -> None:
        today = self.desk.now.date()
        end = today + dt.timedelta(days - 1)
        leave = record(
            "leave", f"LV-{who}", owner=who, delegate=whom, start_on=today, end_on=end, up_to=up_to
        )
        self.desk.shelf = self.desk.shelf.put(leave)
        self.left = True

    @rule(
        days=st.sampled_from([1, 2]),
        passed=st.booleans(),
        both=st.booleans(),
        amount=st.sampled_from([100, 5000]),
        up_to=st.sampled_from([None, Decimal(100), Decimal(1000)]),
    )
    def the_manager_leaves_it_to_another(
        self, days: int, passed: bool, both: bool, amount: int, up_to: Decimal | None
    ) -> None:
        """A claim of its own goes its way while its manager, or also his delegate, is away, or on the day after."""
        self.start("P-3", amount)
        self.go_away("P-2", "P-7", days, up_to)
        if both:
            self.go_away("P-7", "P-1", days, None)
        if passed:
            self.a_day_passes()
        self.all_agree()

    @rule(index=st.integers(0, 3), whom=st.sampled_from(["P-5", "P-7"]), amount=st.sampled_from([100, 5000]))
    def somebody_is_added_and_all_agree(self, index: int, whom: str, amount: int) -> None:
        """A claim of its own, to which a signer adds another, goes its way."""
        self.start("P-3", amount)
        self.add(index, whom)
        self.all_agree()

    @rule()
    def a_day_passes(self) -> None:
        """Law: a leave counts on its days only."""
        self.desk.now += dt.timedelta(1)

    @rule()
    def all_agree(self) -> None:
        """Law: when everybody agrees whose turn it is, one after the other, it is approved."""
        while found := [each for each in self.turns() if each[2]]:
            step, role, people = found[0]
            signing = self.desk.signing(step, role, people[0])
            self.do(
                apply(
                    self.declared, self.desk.forms, self.desk.happened(self.desk.record, people[0], signing)
                )
            )
        if self.desk.run is not None and self.desk.run.state is State.SUBMITTED:
            assert self.owner == "P-1" or self.left, "only the leader's own request has nobody to sign it"

    @rule()
    def ask_again(self) -> None:
        """Law: asking twice is harmless."""
        if self.desk.record["submit"] is True or self.desk.run is None:
            wanted = apply(self.declared, self.desk.forms, self.desk.happened(self.desk.record))
            assert [each for each in wanted.effects if isinstance(each, Advance | Decide | Void)] == []

    @invariant()
    def a_record_and_its_run_agree(self) -> None:
        if hasattr(self, "desk") and self.desk.run is not None:
            assert self.desk.record.state is self.desk.run.state

    @invariant()
    def nobody_who_asks_is_asked(self) -> None:
        if hasattr(self, "desk") and self.desk.run is not None:
            for _, _, people in self.turns():
                assert not {self.owner, self.desk.run.submitted_by} & {*people}

    @invariant()
    def an_ended_run_waits_for_nobody(self) -> None:
        if hasattr(self, "desk") and self.desk.run is not None and self.desk.run.state is not State.SUBMITTED:
            assert self.turns() == []

    @invariant()
    def an_open_run_waits_for_somebody(self) -> None:
        if hasattr(self, "desk") and self.desk.run is not None and self.desk.run.state is State.SUBMITTED:
            assert self.turns() != []


def live(rules: Book, kind: type[Desk] = Desk, examples: int = 100) -> Counter[str]:
    """Let people do whatever they like at desks of a *kind*; return what they came to."""

    class Machine(Chains):
        pass

    Machine.declared, Machine.kind, Machine.reached = rules, kind, Counter()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Machine.reached


def test_the_laws_hold_whatever_people_do(rules):
    reached = live(rules)

    assert [each for each in REACHED if not reached[each]] == []


@pytest.mark.long
@pytest.mark.parametrize("kind", planted_rules.EVERY, ids=lambda kind: kind.__name__)
def test_a_planted_bug_is_found(rules, kind):
    with pytest.raises(AssertionError):
        live(rules, kind, examples=200)
