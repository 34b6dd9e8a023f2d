"""Tests for the steps of a chain: how many must agree, who is asked, who is added, and what is taken back."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.chain import state_text
from rules.effect import Advance, Decide, Effects, Run, Void
from rules.frozen import thaw
from rules.rule import Book
from rules.turn import in_force, missing_of
from sheet_templates.form import Lang
from sheet_templates.record import State
from tests.rules.test_chain import change, claim, problems, sign, submitted, told, turns
from tests.support import shipped
from tests.support.book import CHAIN, STAFF, Desk, book

WORDS = shipped.words()
START = CHAIN[: CHAIN.index("[chain.claim.steps.joint]")]
SIGNERS = {"finance": "P-4", "marketing": "P-5", "leader": "P-1", "manager": "P-2"}


def joint(tmp_path, settings: str, after: str = "", start: str = START) -> Book:
    """Return a book with one joint step of three departments."""
    step = f"""
[chain.claim.steps.joint]
labels = {{ zh-Hant = "會審", zh-Hans = "会审", en = "Joint review" }}
roles = ["finance", "marketing", "leader"]
{settings}
"""
    return book(tmp_path, start + step + after)


MANAGER = """
[chain.claim.steps.manager]
labels = { zh-Hant = "經理", zh-Hans = "经理", en = "Manager" }
roles = ["manager"]
"""


def stands(desk: Desk, lang: Lang = Lang.EN) -> str:
    return WORDS.say(state_text(desk.record, desk.run, desk.decisions, desk.shelf, desk.now.date()), lang)


# How many -------------------------------------------------------------------------------------------------


def test_where_two_of_three_are_enough_the_state_says_so_and_the_third_is_told(tmp_path):
    desk = submitted(joint(tmp_path, "need = 2", MANAGER))
    assert stands(desk) == "Joint review: waits for 2 of Finance, Marketing and Company leader (Lena)"

    sign(desk, "joint", "finance", "P-4")
    assert stands(desk, Lang.ZH_HANT) == "會審：待市場、公司領導（Lena）中 1 人同意"
    wanted = sign(desk, "joint", "leader", "P-1")

    assert turns(desk) == [("manager", "manager", ("P-2",))]
    assert (
        "marketing: CL-1 (claim): enough others agreed to “Joint review”, so nothing is asked of you any more"
        in told(wanted)
    )
    assert problems(sign(desk, "joint", "marketing", "P-5")) == ["sign.enough"]


def test_a_must_is_needed_however_many_others_agree(tmp_path):
    desk = submitted(joint(tmp_path, 'need = "any"\nmust = ["finance"]', MANAGER))
    sign(desk, "joint", "marketing", "P-5")
    sign(desk, "joint", "leader", "P-1")
    assert turns(desk) == [("joint", "finance", ("P-4",))]

    sign(desk, "joint", "finance", "P-4", "refuse")
    assert desk.record.state is State.REFUSED


def test_any_one_is_enough_and_an_empty_seat_holds_nothing_up(tmp_path):
    staff = [each for each in STAFF if each.number not in {"P-4", "P-1"}]
    desk = Desk(joint(tmp_path, 'need = "any"'), claim(), others=staff)
    change(desk, submit=True)

    assert turns(desk) == [("joint", "marketing", ("P-5",))]
    sign(desk, "joint", "marketing", "P-5")
    assert desk.record.state is State.APPROVED


def test_an_empty_seat_never_counts_as_agreement(tmp_path):
    staff = [each for each in STAFF if each.number not in {"P-4", "P-1"}]
    desk = Desk(joint(tmp_path, 'need = "all"'), claim(), others=staff)
    change(desk, submit=True)
    sign(desk, "joint", "marketing", "P-5")

    assert desk.record.state is State.SUBMITTED
    assert {each[1]: each[2] for each in turns(desk)} == {"finance": (), "leader": ()}


def test_who_is_asked_follows_from_the_record(tmp_path):
    only = 'only = { finance = "amount >= 500", marketing = "kind == \'big\'" }'
    asked = {
        (100, "small"): ["leader"],
        (500, "small"): ["finance", "leader"],
        (500, "big"): ["finance", "marketing", "leader"],
    }
    for (amount, kind), roles in asked.items():
        desk = submitted(joint(tmp_path, only), amount=Decimal(amount), kind=kind)
        assert [each[1] for each in turns(desk)] == roles
        for role in roles:
            assert desk.record.state is State.SUBMITTED
            sign(desk, "joint", role, SIGNERS[role])
        assert desk.record.state is State.APPROVED
    late = sign(desk, "joint", "finance", "P-4", "refuse")
    assert problems(late) == ["sign.not_submitted"]


def test_a_step_that_asks_nobody_is_not_taken(tmp_path):
    only = 'only = { finance = "amount >= 500", marketing = "amount >= 500", leader = "amount >= 500" }'
    desk = submitted(joint(tmp_path, only, MANAGER))

    assert turns(desk) == [("manager", "manager", ("P-2",))]
    change(desk, amount=Decimal(600))
    assert [each[:2] for each in turns(desk)] == [
        ("joint", "finance"),
        ("joint", "marketing"),
        ("joint", "leader"),
    ]


@settings(max_examples=60)
@given(
    need=st.integers(1, 3),
    must=st.sets(st.sampled_from(["finance", "marketing", "leader"])),
    said=st.lists(
        st.tuples(
            st.sampled_from(["finance", "marketing", "leader"]),
            st.sampled_from(["agree", "agree", "refuse", "withdraw"]),
        ),
        max_size=8,
    ),
)
def test_a_step_passes_exactly_when_as_many_agree_as_must(tmp_path_factory, need, must, said):
    musts = ", ".join(f'"{each}"' for each in sorted(must))
    desk = submitted(joint(tmp_path_factory.mktemp("law"), f"need = {need}\nmust = [{musts}]"))
    voices: dict[str, str] = {}
    for role, verdict in said:
        if desk.record.state is not State.SUBMITTED:
            break
        sign(desk, "joint", role, SIGNERS[role], verdict)
        if verdict == "withdraw":
            voices.pop(role, None)
        else:
            voices.setdefault(role, verdict)
        agreed = {each for each, voice in voices.items() if voice == "agree"}
        refused = {each for each, voice in voices.items() if voice == "refuse"}
        passes = len(agreed) >= need and must <= agreed
        fails = len(refused) > 3 - need or bool(refused & must)
        assert (desk.record.state is State.APPROVED) == passes
        assert (desk.record.state is State.REFUSED) == (fails and not passes)


# Once, or each time ---------------------------------------------------------------------------------------

_TWICE = MANAGER + MANAGER.replace("steps.manager", "steps.again").replace("Manager", "Once more")


def test_who_signs_in_two_steps_signs_each_unless_once_is_declared(tmp_path):
    each = submitted(book(tmp_path, START + _TWICE))
    sign(each, "manager", "manager", "P-2")
    assert turns(each) == [("again", "manager", ("P-2",))]

    once = submitted(book(tmp_path, START.replace("show =", "once = true\nshow =") + _TWICE))
    wanted = sign(once, "manager", "manager", "P-2", opinion="Fine")
    assert once.record.state is State.APPROVED
    decided = [each.decision for each in wanted.effects if isinstance(each, Decide)]
    assert [(one.step, one.opinion) for one in decided] == [("manager", "Fine"), ("again", "")]


def test_once_does_not_spare_stronger_evidence(tmp_path):
    strict = _TWICE.replace('en = "Once more" }', 'en = "Once more" }\ngrade = "B"')
    desk = submitted(book(tmp_path, START.replace("show =", "once = true\nshow =") + strict))

    sign(desk, "manager", "manager", "P-2", grade="C")
    assert turns(desk) == [("again", "manager", ("P-2",))]


# Added signers (加簽) -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def adding(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("adding"), CHAIN.replace("show =", "adds_signers = true\nshow ="))


def add(desk: Desk, whom: str, step: str = "manager", role: str = "manager", person: str = "P-2") -> Effects:
    return sign(desk, step, role, person, "add", added=whom, opinion="Please look at the fair")


def test_who_is_added_signs_first_and_then_it_goes_on(adding):
    desk = submitted(adding)
    wanted = add(desk, "P-5")

    assert turns(desk) == [("added", "signer", ("P-5",))]
    assert told(wanted) == ["P-5: CL-1 (claim): Mo asks you to sign first"]
    assert problems(sign(desk, "manager", "manager", "P-2")) == ["sign.out_of_turn"]
    sign(desk, "added", "signer", "P-5")
    assert turns(desk) == [("manager", "manager", ("P-2",))]


def test_a_second_one_is_added_after_the_first(adding):
    desk = submitted(adding)
    add(desk, "P-5")
    sign(desk, "added", "signer", "P-5")
    add(desk, "P-4")

    assert turns(desk) == [("added_2", "signer", ("P-4",))]
    sign(desk, "added", "signer", "P-4")
    assert turns(desk) == [("manager", "manager", ("P-2",))]


@pytest.mark.parametrize(("verdict", "state"), [("return", State.RETURNED), ("refuse", State.REFUSED)])
def test_who_is_added_may_return_and_refuse_like_any_other(adding, verdict, state):
    desk = submitted(adding)
    add(desk, "P-5")
    sign(desk, "added", "signer", "P-5", verdict)

    assert desk.record.state is state


@pytest.mark.parametrize(
    ("whom", "fault"),
    [
        ("", "sign.add_whom"),
        ("P-99", "sign.add_gone"),
        ("P-3", "sign.add_own"),
        ("P-2", "sign.add_own"),
        ("P-6", "sign.add_unseen"),
    ],
)
def test_who_cannot_sign_is_not_added(adding, whom, fault):
    desk = submitted(adding)
    before = desk.run

    assert problems(add(desk, whom)) == [fault]
    assert desk.run == before


def test_only_whose_turn_it_is_adds_somebody(adding):
    desk = submitted(adding)

    assert problems(add(desk, "P-5", "leader", "leader", "P-1")) == ["sign.out_of_turn"]
    assert problems(add(desk, "P-5", person="P-1")) == ["sign.not_yours"]


# Taken back (撤回) ----------------------------------------------------------------------------------------


def test_a_signer_takes_his_decision_back_and_decides_anew(adding):
    desk = submitted(adding)
    sign(desk, "manager", "manager", "P-2")
    wanted = sign(desk, "manager", "manager", "P-2", "withdraw")

    assert [each.decision.voided for each in wanted.effects if isinstance(each, Void)] == [
        "chain.void.taken_back"
    ]
    assert told(wanted) == ["P-1,P-3: CL-1 (claim): Mo took a decision back"]
    assert turns(desk) == [("manager", "manager", ("P-2",))]
    assert problems(sign(desk, "manager", "manager", "P-2", "return")) == []
    assert desk.record.state is State.RETURNED


def test_what_the_next_step_has_decided_upon_is_not_taken_back(tmp_path):
    desk = submitted(book(tmp_path, CHAIN), amount=Decimal(5000))
    sign(desk, "joint", "finance", "P-4")
    sign(desk, "joint", "marketing", "P-5")
    sign(desk, "manager", "manager", "P-2")
    before = desk.run

    assert problems(sign(desk, "joint", "finance", "P-4", "withdraw")) == ["sign.too_late"]
    assert desk.run == before
    sign(desk, "leader", "leader", "P-1")
    assert problems(sign(desk, "leader", "leader", "P-1", "withdraw")) == ["sign.too_late"]
    assert desk.record.state is State.APPROVED


def test_others_decisions_stay_in_force_and_are_not_taken_back_by_anybody_else(tmp_path):
    desk = submitted(book(tmp_path, CHAIN), amount=Decimal(5000))
    sign(desk, "joint", "finance", "P-4")
    assert problems(sign(desk, "joint", "marketing", "P-5", "withdraw")) == ["sign.nothing"]
    sign(desk, "joint", "marketing", "P-5")
    sign(desk, "joint", "marketing", "P-5", "withdraw")

    assert desk.run is not None
    assert [each.role for each in in_force(desk.run, desk.decisions)] == ["finance"]
    assert problems(sign(desk, "joint", "finance", "P-5", "withdraw")) == ["sign.nothing"]


# What changed ---------------------------------------------------------------------------------------------

_CONCERNED = """
[chain.claim.steps.joint]
labels = { zh-Hant = "會審", zh-Hans = "会审", en = "Joint review" }
roles = ["finance", "marketing"]
concerns = ["amount"]

[chain.claim.steps.manager]
labels = { zh-Hant = "經理", zh-Hans = "经理", en = "Manager" }
roles = ["manager"]
concerns = ["what", "kind", "claim_line.cost"]
"""


def signed(tmp_path, *, approved: bool = True) -> Desk:
    desk = submitted(book(tmp_path, START + _CONCERNED))
    for role in ("finance", "marketing"):
        sign(desk, "joint", role, SIGNERS[role])
    if approved:
        sign(desk, "manager", "manager", "P-2")
    return desk


def standing(desk: Desk) -> list[str]:
    assert isinstance(desk.run, Run)
    return [each.role for each in in_force(desk.run, desk.decisions)]


def test_a_change_voids_exactly_the_sign_offs_that_it_concerns(tmp_path):
    desk = signed(tmp_path)

    wanted = change(desk, kind="big")

    assert desk.record.state is State.SUBMITTED
    assert standing(desk) == ["finance", "marketing"]
    assert turns(desk) == [("manager", "manager", ("P-2",))]
    assert [each.desk for each in wanted.problems] == ["P-2"]
    assert WORDS.say(wanted.problems[0].what, Lang.EN) == (
        "What you had signed was changed, and your sign-off no longer counts: kind: (empty) → big."
    )
    sign(desk, "manager", "manager", "P-2")
    assert desk.record.state is State.APPROVED


def test_a_change_of_the_first_step_lets_the_later_one_stand(tmp_path):
    desk = signed(tmp_path)

    change(desk, amount=Decimal(900))
    assert standing(desk) == ["manager"]
    for role in ("finance", "marketing"):
        sign(desk, "joint", role, SIGNERS[role])

    assert desk.record.state is State.APPROVED


def test_a_change_that_concerns_no_signer_leaves_it_approved(tmp_path):
    desk = signed(tmp_path)

    wanted = change(desk, secret="new account")

    assert desk.record.state is State.APPROVED
    assert [type(each) for each in wanted.effects] == [Advance]
    assert desk.run is not None
    assert desk.run.content == desk.content


def test_drift_within_the_tolerance_adds_up_over_another_change(tmp_path):
    desk = signed(tmp_path)
    change(desk, amount=Decimal("101.50"))
    change(desk, kind="big")
    assert standing(desk) == ["finance", "marketing"]

    change(desk, amount=Decimal("102.50"))

    assert standing(desk) == []


def test_a_voided_sign_off_never_counts_again(tmp_path):
    desk = signed(tmp_path)
    change(desk, kind="big")
    change(desk, kind=None)

    assert standing(desk) == ["finance", "marketing"]
    assert desk.record.state is State.SUBMITTED


# An older Deskbook's runs ---------------------------------------------------------------------------------


def test_a_run_that_an_older_deskbook_began_goes_on(tmp_path):
    """Its frozen chain has none of the newer settings: everything is as it was then."""
    desk = submitted(book(tmp_path, CHAIN), amount=Decimal(5000))
    assert desk.run is not None

    old = json.loads(desk.run.frozen)
    for key in ("asked", "since", "once", "stamps"):
        del old[key]
    for step in old["steps"]:
        for key in ("only", "must", "having", "concerns", "people"):
            del step[key]
    desk.run = Run(
        **{name: getattr(desk.run, name) for name in desk.run.__slots__ if name != "frozen"},
        frozen=json.dumps(old),
    )

    for step, role in (("joint", "finance"), ("joint", "marketing"), ("manager", "manager")):
        assert problems(sign(desk, step, role, SIGNERS[role])) == []
    change(desk, kind="big")
    assert standing(desk) == []
    assert missing_of(thaw(desk.run.frozen).taken()[0], ()) == 2
