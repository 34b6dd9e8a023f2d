"""Tests for the approval chain: what each act leads to, and the laws that hold whatever people do."""

import datetime as dt
from decimal import Decimal

import pytest

from rules.apply import apply
from rules.chain import state_text
from rules.effect import Effects, Notify, Verdict, Void
from rules.frozen import thaw
from rules.rule import Book
from rules.turn import in_force, whose_turn
from sheet_templates.form import Lang
from sheet_templates.record import Record, State
from tests.support import shipped
from tests.support.book import CHAIN, NOW, STAFF, Desk, book
from tests.support.small import record

WORDS = shipped.words()


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("chain"), CHAIN)


def claim(**values: object) -> Record:
    given = {"owner": "P-3", "what": "Fair", "amount": Decimal(100), **values}
    return record("claim", "CL-1", **given)  # type: ignore[arg-type]


def change(desk: Desk, person: str | None = "P-3", **values: object) -> Effects:
    return desk.carry_out(apply(desk.book, desk.forms, desk.change(person, **values)))


def sign(desk: Desk, step: str, role: str, person: str, verdict: str = "agree", **other: object) -> Effects:
    signing = desk.signing(step, role, person, verdict, **other)
    return desk.carry_out(apply(desk.book, desk.forms, desk.happened(desk.record, person, signing)))


def submitted(rules: Book, **values: object) -> Desk:
    desk = Desk(rules, claim(**values))
    change(desk, submit=True)
    return desk


def turns(desk: Desk) -> list[tuple[str, str, tuple[str, ...]]]:
    found = whose_turn(desk.run, desk.decisions, desk.shelf, desk.now.date())
    return [(each.step, each.role, each.people) for each in found]


def told(wanted: Effects, lang: Lang = Lang.EN) -> list[str]:
    notices = [each for each in wanted.effects if isinstance(each, Notify)]
    return [f"{','.join([*each.roles, *each.people])}: {WORDS.say(each.headline, lang)}" for each in notices]


def problems(wanted: Effects) -> list[str]:
    return [each.what.key for each in wanted.problems]


def test_a_tick_puts_a_record_up_and_tells_whose_turn_it_is(rules):
    desk = Desk(rules, claim())

    wanted = change(desk, submit=True)

    assert desk.record.state is State.SUBMITTED
    assert turns(desk) == [("manager", "manager", ("P-2",))]
    assert told(wanted) == ["P-2: CL-1 (claim) waits for your decision (Manager); submitted by Rae"]


def test_what_is_not_complete_is_not_put_up_until_it_is(rules):
    desk = Desk(rules, claim(what=None))

    assert problems(change(desk, submit=True)) == ["check.required"]
    assert desk.run is None
    assert desk.record["submit"] is True

    assert problems(change(desk, what="Fair")) == []
    assert desk.record.state is State.SUBMITTED
    assert desk.run is not None
    assert desk.run.submitted_by == "P-3"


def test_step_after_step_leads_to_approval(rules):
    desk = submitted(rules)

    first = sign(desk, "manager", "manager", "P-2")
    assert desk.record.state is State.SUBMITTED
    assert told(first) == ["P-1: CL-1 (claim) waits for your decision (Leader); submitted by Rae"]
    last = sign(desk, "leader", "leader", "P-1", opinion="Well done")
    assert desk.record.state is State.APPROVED
    assert told(last) == ["P-3: CL-1 (claim) was approved"]
    assert [
        WORDS.say(line, Lang.EN) for each in last.effects if isinstance(each, Notify) for line in each.lines
    ] == ["Lena (Company leader): Agree. Well done"]
    assert turns(desk) == []


def test_a_large_amount_is_reviewed_jointly_first_in_any_order(rules):
    desk = submitted(rules, amount=Decimal(1000))

    assert [each[:2] for each in turns(desk)] == [("joint", "finance"), ("joint", "marketing")]
    sign(desk, "joint", "marketing", "P-5")
    assert [each[:2] for each in turns(desk)] == [("joint", "finance")]
    wanted = sign(desk, "joint", "finance", "P-4")

    assert turns(desk) == [("manager", "manager", ("P-2",))]
    assert told(wanted) == ["P-2: CL-1 (claim) waits for your decision (Manager); submitted by Rae"]


@pytest.mark.parametrize(
    ("seat", "person", "other", "fault"),
    [
        (("leader", "leader"), "P-1", {}, "sign.out_of_turn"),
        (("joint", "finance"), "P-4", {}, "sign.not_needed"),
        (("manager", "finance"), "P-4", {}, "sign.not_needed"),
        (("manager", "manager"), "P-1", {}, "sign.not_yours"),
        (("manager", "manager"), "P-99", {}, "sign.not_yours"),
        (("manager", "manager"), "P-3", {}, "sign.own"),
        (("manager", "manager"), "P-2", {"people": frozenset({"P-2", "P-3"})}, "sign.own"),
        (("manager", "manager"), "P-2", {"content": "0" * 64}, "sign.stale"),
    ],
)
def test_a_verdict_that_must_not_count_is_told_and_changes_nothing(rules, seat, person, other, fault):
    desk, (step, role) = submitted(rules), seat
    before = desk.run

    wanted = sign(desk, step, role, person, **other)

    assert problems(wanted) == [fault]
    assert wanted.problems[0].desk == person
    assert wanted.problems[0].field == f"{step}_{role}"
    assert wanted.effects == ()
    assert desk.run == before


def test_a_verdict_on_what_was_not_submitted_does_not_count(rules):
    desk = Desk(rules, claim())

    assert problems(sign(desk, "manager", "manager", "P-2")) == ["sign.not_submitted"]
    assert desk.record.state is State.DRAFT


def test_a_second_decision_changes_nothing(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")

    again = sign(desk, "manager", "manager", "P-2", "refuse")
    assert problems(again) == ["sign.doubled"]
    assert again.effects == ()

    same = sign(desk, "manager", "manager", "P-2")
    assert same == Effects()


def test_a_step_may_demand_stronger_evidence(tmp_path):
    strict = book(tmp_path, CHAIN.replace('roles = ["leader"]', 'roles = ["leader"]\ngrade = "B"'))
    desk = submitted(strict)
    sign(desk, "manager", "manager", "P-2", grade="D")

    assert problems(sign(desk, "leader", "leader", "P-1", grade="C")) == ["sign.weak"]
    assert problems(sign(desk, "leader", "leader", "P-1", grade="B")) == []
    assert desk.record.state is State.APPROVED


def test_a_return_gives_it_back_with_the_opinion(rules):
    desk = submitted(rules)

    wanted = sign(desk, "manager", "manager", "P-2", "return", opinion="Which fair?")

    assert desk.record.state is State.RETURNED
    assert desk.record["submit"] is None
    assert told(wanted) == ["P-3: CL-1 (claim) was returned: please revise it and submit again"]
    (notice,) = (each for each in wanted.effects if isinstance(each, Notify))
    assert WORDS.say(notice.lines[0], Lang.ZH_HANT) == "Mo（銷售經理）：退回。Which fair?"


def test_what_was_returned_can_be_submitted_again_in_a_new_round(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2", "return")

    change(desk, what="Hanover Fair")
    assert desk.record.state is State.RETURNED
    change(desk, submit=True)

    assert desk.run is not None
    assert desk.run.round == 2
    assert turns(desk) == [("manager", "manager", ("P-2",))]


def test_a_refusal_ends_it_for_good(rules):
    desk = submitted(rules)

    sign(desk, "manager", "manager", "P-2", "refuse")
    assert desk.record.state is State.REFUSED
    assert desk.record["submit"] is None

    wanted = change(desk, submit=True)
    assert problems(wanted) == ["chain.refused_already"]
    assert desk.record.state is State.REFUSED
    assert desk.record["submit"] is None


def test_unticking_withdraws_it_and_tells_those_who_were_asked(rules):
    desk = submitted(rules)

    wanted = change(desk, submit=None)

    assert desk.record.state is State.WITHDRAWN
    assert told(wanted) == ["P-2: CL-1 (claim) was withdrawn by Rae: nothing is asked of you any more"]
    assert turns(desk) == []


def test_what_is_approved_is_not_withdrawn(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")
    sign(desk, "leader", "leader", "P-1")

    wanted = change(desk, submit=None)

    assert problems(wanted) == ["chain.approved_already"]
    assert desk.record.state is State.APPROVED
    assert desk.record["submit"] is True


def test_a_material_change_voids_the_sign_offs_says_old_and_new_and_begins_anew(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")

    wanted = change(desk, amount=Decimal(500))

    assert [each.verdict for each in desk.decisions if each.voided == "chain.void.changed"] == [Verdict.AGREE]
    assert [WORDS.say(each.why, Lang.EN) for each in wanted.effects if isinstance(each, Void)] == [
        "amount: 100.00 → 500.00"
    ]
    assert told(wanted)[0] == (
        "P-2,P-3: CL-1 (claim) was changed after it was submitted: "
        "the sign-offs no longer count, and it must be signed anew"
    )
    assert turns(desk) == [("manager", "manager", ("P-2",))]
    assert desk.run is not None
    assert desk.run.round == 2


def test_the_conditions_of_the_steps_are_asked_anew_after_a_change(rules):
    desk = submitted(rules)

    change(desk, amount=Decimal(5000))

    assert [each[:2] for each in turns(desk)] == [("joint", "finance"), ("joint", "marketing")]


def test_a_change_within_the_tolerance_leaves_the_sign_offs_but_drift_adds_up(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")

    change(desk, amount=Decimal("101.50"))
    assert desk.run is not None
    assert desk.run.round == 1
    assert turns(desk) == [("leader", "leader", ("P-1",))]

    change(desk, amount=Decimal(103))
    assert desk.run.round == 2
    assert in_force(desk.run, desk.decisions) == ()


def test_after_a_tolerated_change_a_signer_signs_what_stands_now(rules):
    desk = submitted(rules)
    old = desk.content
    change(desk, amount=Decimal(101))

    assert problems(sign(desk, "manager", "manager", "P-2", content=old)) == ["sign.stale"]
    assert problems(sign(desk, "manager", "manager", "P-2")) == []


def test_a_change_of_what_is_not_material_changes_nothing(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")

    assert change(desk, note="thanks") == Effects()


def test_a_changed_line_voids_as_well(rules):
    line = record("claim_line", "1", claim="CL-1", cost=Decimal(40))
    desk = Desk(rules, claim(), others=(*STAFF, line))
    change(desk, submit=True)
    sign(desk, "manager", "manager", "P-2")

    desk.shelf = desk.shelf.put(record("claim_line", "1", claim="CL-1", cost=Decimal(60)))
    wanted = desk.carry_out(apply(desk.book, desk.forms, desk.happened(desk.record)))

    assert [WORDS.say(each.why, Lang.EN) for each in wanted.effects if isinstance(each, Void)] == [
        "claim_line (Fair), cost: 40.00 → 60.00"
    ]


def test_a_value_that_signers_may_not_see_is_not_told_to_them(rules):
    desk = submitted(rules, secret="old account")
    sign(desk, "manager", "manager", "P-2")

    wanted = change(desk, secret="new account", what="Another fair")

    assert [WORDS.say(each.why, Lang.EN) for each in wanted.effects if isinstance(each, Void)] == [
        "what: Fair → Another fair and secret was changed"
    ]


def test_a_change_after_approval_voids_it_and_submits_it_again(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")
    sign(desk, "leader", "leader", "P-1")

    change(desk, kind="big")

    assert desk.record.state is State.SUBMITTED
    assert all(each.voided for each in desk.decisions)
    assert turns(desk) == [("manager", "manager", ("P-2",))]


def test_a_change_that_leaves_it_incomplete_voids_it_until_it_is_mended(rules):
    desk = submitted(rules)
    sign(desk, "manager", "manager", "P-2")
    sign(desk, "leader", "leader", "P-1")

    change(desk, what=None)
    assert desk.record.state is State.VOIDED
    assert turns(desk) == []

    change(desk, what="Another fair")
    assert desk.record.state is State.SUBMITTED


def test_a_running_approval_keeps_the_rules_that_it_began_with(rules, tmp_path):
    desk = submitted(rules)
    short = CHAIN[: CHAIN.index("[chain.claim.steps.leader]")].replace("limit.joint", "10")
    desk.book = book(tmp_path, short)

    sign(desk, "manager", "manager", "P-2")
    assert turns(desk) == [("leader", "leader", ("P-1",))]

    change(desk, amount=Decimal(500))
    assert [each.key for each in thaw(desk.run.frozen).taken()] == ["manager", "leader"]  # type: ignore[union-attr]


def test_runs_that_began_with_the_same_rules_name_the_same_version_and_others_another(rules, tmp_path):
    stricter = book(tmp_path, CHAIN.replace("limit.joint", "10"))
    first, second, changed = (Desk(each, claim()) for each in (rules, rules, stricter))
    change(first, submit=True)
    change(second, submit=True, amount=Decimal(5000))
    change(changed, submit=True)
    one, two, other = (
        thaw(each.run.frozen).version  # type: ignore[union-attr]
        for each in (first, second, changed)
    )

    assert one == two != other
    change(first, submit=None)
    change(first, submit=True)
    assert thaw(first.run.frozen).version == one  # type: ignore[union-attr]


def test_a_new_submission_takes_the_rules_of_today(rules, tmp_path):
    desk = submitted(rules)
    change(desk, submit=None)
    desk.book = book(tmp_path, CHAIN[: CHAIN.index("[chain.claim.steps.leader]")])
    change(desk, submit=True)

    sign(desk, "manager", "manager", "P-2")

    assert desk.record.state is State.APPROVED


def test_a_frozen_condition_that_no_longer_makes_sense_takes_the_step(rules):
    desk = submitted(rules)
    assert desk.run is not None
    frozen = desk.run.frozen.replace("limit.joint", "limit.gone")
    desk.run = type(desk.run)(
        **{name: getattr(desk.run, name) for name in desk.run.__slots__ if name != "frozen"}, frozen=frozen
    )

    change(desk, amount=Decimal(200))

    assert [each[:2] for each in turns(desk)] == [("joint", "finance"), ("joint", "marketing")]


@pytest.mark.parametrize(
    ("need", "verdicts", "state"),
    [
        (1, ["agree"], State.APPROVED),
        (1, ["refuse"], State.SUBMITTED),
        (1, ["refuse", "agree"], State.APPROVED),
        (1, ["refuse", "refuse"], State.SUBMITTED),
        (1, ["refuse", "refuse", "refuse"], State.REFUSED),
        (2, ["agree"], State.SUBMITTED),
        (2, ["agree", "agree"], State.APPROVED),
        (2, ["agree", "refuse"], State.SUBMITTED),
        (2, ["refuse", "refuse"], State.REFUSED),
        (2, ["refuse", "agree", "agree"], State.APPROVED),
        (3, ["refuse"], State.REFUSED),
        (3, ["agree", "agree", "agree"], State.APPROVED),
        (2, ["agree", "return"], State.RETURNED),
    ],
)
def test_a_step_needs_all_or_one_or_some(tmp_path, need, verdicts, state):
    chain = (
        CHAIN[: CHAIN.index("[chain.claim.steps.joint]")]
        + f"""
[chain.claim.steps.joint]
labels = {{ zh-Hant = "會審", zh-Hans = "会审", en = "Joint review" }}
roles = ["finance", "marketing", "leader"]
need = {need}
"""
    )
    desk = submitted(book(tmp_path, chain))

    signers = [("finance", "P-4"), ("marketing", "P-5"), ("leader", "P-1")]
    for (role, person), verdict in zip(signers, verdicts, strict=False):
        assert problems(sign(desk, "joint", role, person, verdict)) == []

    assert desk.record.state is state


def test_nobody_signs_his_own_request_the_step_goes_up(rules):
    desk = Desk(rules, claim(owner="P-2"))
    wanted = change(desk, "P-2", submit=True)

    assert turns(desk) == [("manager", "manager", ("P-1",))]
    assert told(wanted)[1].startswith("admin: CL-1 (claim): “Manager” went up")
    assert problems(sign(desk, "manager", "manager", "P-2")) == ["sign.own"]
    assert problems(sign(desk, "manager", "manager", "P-1")) == []


def test_who_submits_for_another_does_not_sign_either(rules):
    desk = Desk(rules, claim())
    change(desk, "P-2", submit=True)

    assert turns(desk) == [("manager", "manager", ("P-1",))]


def test_an_empty_seat_goes_up(rules):
    staff = [each for each in STAFF if each.number != "P-4"]
    desk = Desk(rules, claim(amount=Decimal(5000)), others=staff)
    change(desk, submit=True)

    assert turns(desk) == [("joint", "finance", ("P-1",)), ("joint", "marketing", ("P-5",))]
    assert problems(sign(desk, "joint", "finance", "P-1")) == []


def test_a_department_whose_own_person_asks_does_not_sign_for_it(rules):
    desk = Desk(rules, claim(owner="P-4", amount=Decimal(5000)))
    change(desk, "P-4", submit=True)

    assert turns(desk)[0] == ("joint", "finance", ("P-1",))


def test_who_has_left_is_replaced_by_his_successor(rules):
    staff = [each for each in STAFF if each.number != "P-2"]
    left = record(
        "people", "P-2", name="Mo", role="manager", superior="P-1", left=dt.date(2026, 3, 10), successor="P-7"
    )
    new = record("people", "P-7", name="Nia", role="manager", superior="P-1")
    desk = Desk(rules, claim(), others=(*staff, left, new))
    change(desk, submit=True)

    assert turns(desk) == [("manager", "manager", ("P-7",))]


def test_superiors_in_a_circle_end_with_the_leader(rules):
    staff = [each for each in STAFF if each.number not in {"P-2", "P-3"}]
    one = record("people", "P-3", name="Rae", role="rep", superior="P-8")
    other = record("people", "P-8", name="Oz", role="rep", superior="P-3")
    desk = Desk(rules, claim(), others=(*staff, one, other))
    change(desk, submit=True)

    assert turns(desk) == [("manager", "manager", ("P-1",))]


def test_where_nobody_may_sign_nothing_passes_and_the_administrator_is_told(rules):
    desk = Desk(rules, claim(owner="P-1"))
    wanted = change(desk, "P-1", submit=True)

    assert turns(desk) == [("manager", "manager", ())]
    (notice,) = told(wanted)
    assert notice.startswith(
        "admin: CL-1 (claim): nobody may sign “Manager” (Sales manager; requested by Lena)"
    )
    assert desk.record.state is State.SUBMITTED


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (Lang.ZH_HANT, "會審：待財務、市場"),
        (Lang.ZH_HANS, "会审：待财务、市场"),
        (Lang.EN, "Joint review: waits for Finance and Marketing"),
    ],
)
def test_the_state_says_on_whom_it_waits(rules, lang, said):
    desk = submitted(rules, amount=Decimal(2000))

    assert (
        WORDS.say(state_text(desk.record, desk.run, desk.decisions, desk.shelf, desk.now.date()), lang)
        == said
    )


def test_the_state_names_the_superior(rules):
    desk = submitted(rules)

    found = state_text(desk.record, desk.run, desk.decisions, desk.shelf, desk.now.date())
    assert WORDS.say(found, Lang.EN) == "Manager: waits for Sales manager (Mo)"
    draft = state_text(claim(), None, (), desk.shelf, desk.now.date())
    assert WORDS.say(draft, Lang.ZH_HANT) == "草稿"


def test_every_state_can_be_said(rules):
    for state in State:
        stood = record("claim", "CL-1", state=state)
        assert WORDS.say(state_text(stood, None, (), Desk(rules, stood).shelf, NOW.date()), Lang.EN)


def test_asking_again_wants_nothing_more(rules):
    desk = submitted(rules)

    assert apply(desk.book, desk.forms, desk.happened(desk.record)) == Effects()
