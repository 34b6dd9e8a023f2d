"""Tests for leave and delegation: who signs for whom is away, and for whom never."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.check import check
from rules.effect import Decide, Notify
from rules.leave import stand_in
from rules.rule import Book
from rules.turn import whose_turn
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import FieldKey, FormKey, Lang, Stage
from sheet_templates.record import Record, State
from sheet_templates.words import Words
from tests.rules import test_book as shipped
from tests.rules.test_chain import change, claim, problems, sign, turns
from tests.rules.test_steps import stands
from tests.support.book import CHAIN, NOW, STAFF, Desk, book
from tests.support.small import Shelf, record

TODAY = NOW.date()
NIA = record("people", "P-7", name="Nia", role="manager", superior="P-1")
LEO = record("people", "P-8", name="Leo", role="leader")
WORDS = Words.load()


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return book(tmp_path_factory.mktemp("leave"), CHAIN)


def leave(
    owner: str,
    delegate: str | None,
    number: str = "LV-1",
    *,
    days: int = 0,
    scope: str | None = None,
    up_to: Decimal | None = None,
) -> Record:
    """Return a leave of a week that began *days* ago."""
    start = TODAY - dt.timedelta(days)
    return record(
        "leave",
        number,
        owner=owner,
        delegate=delegate,
        start_on=start,
        end_on=start + dt.timedelta(6),
        scope=scope,
        up_to=up_to,
    )


def waiting(rules: Book, *others: Record, owner: str = "P-3", person: str = "P-3", amount: int = 100) -> Desk:
    desk = Desk(rules, claim(owner=owner, amount=Decimal(amount)), others=(*STAFF, NIA, LEO, *others))
    change(desk, person, submit=True)
    return desk


def test_who_is_away_is_replaced_by_his_delegate_who_signs_on_his_behalf(rules):
    desk = waiting(rules, leave("P-2", "P-7"))

    assert turns(desk) == [("manager", "manager", ("P-7",))]
    assert stands(desk) == "Manager: waits for Sales manager (Nia for Mo)"
    notice = next(each for each in desk.told.values() if each.people == ("P-7",))
    assert "Nia signs on behalf of Mo" in [WORDS.say(each, Lang.EN) for each in notice.lines]
    assert problems(sign(desk, "manager", "manager", "P-2")) == ["sign.away"]
    wanted = sign(desk, "manager", "manager", "P-7")
    (decided,) = (each for each in wanted.effects if isinstance(each, Decide))
    assert (decided.decision.person, decided.behalf) == ("P-7", "P-2")


def test_the_requester_is_told_on_whose_behalf_it_was_signed(rules):
    desk = waiting(rules, leave("P-2", "P-7"))
    wanted = sign(desk, "manager", "manager", "P-7", "return")

    (notice,) = (each for each in wanted.effects if isinstance(each, Notify) and "returned" in each.event)
    assert WORDS.say(notice.lines[0], Lang.ZH_HANT) == "Nia（代Mo）（銷售經理）：退回"


@pytest.mark.parametrize(
    ("days", "scope", "signer"),
    [
        (0, None, "P-7"),
        (6, "all", "P-7"),
        (7, None, "P-2"),
        (-1, None, "P-2"),
        (0, "claim", "P-7"),
        (0, "order", "P-2"),
    ],
)
def test_a_leave_counts_on_its_days_and_for_its_forms_only(rules, days, scope, signer):
    desk = waiting(rules, leave("P-2", "P-7", days=days, scope=scope))

    assert turns(desk) == [("manager", "manager", (signer,))]


@pytest.mark.parametrize(("up_to", "signer"), [(100, "P-7"), (99, "P-1"), (0, "P-1"), (None, "P-7")])
def test_a_delegate_signs_up_to_the_amount_that_he_was_given_and_beyond_it_goes_up(tmp_path, up_to, signer):
    limited = book(tmp_path, CHAIN.replace("[chain.claim]", '[chain.claim]\namount = "amount"', 1))
    limit = None if up_to is None else Decimal(up_to)

    assert turns(waiting(limited, leave("P-2", "P-7", up_to=limit))) == [("manager", "manager", (signer,))]


def test_where_no_amount_is_at_stake_a_delegate_with_a_limit_signs_nothing(rules):
    assert turns(waiting(rules, leave("P-2", "P-7", up_to=Decimal(1000)))) == [
        ("manager", "manager", ("P-1",))
    ]


def test_every_form_that_is_signed_can_be_left_to_a_delegate_by_itself():
    scope = shipped.FORMS[FormKey("leave")].field(FieldKey("scope"))

    assert {each.key for each in scope.choices} == {"all", *(each.form for each in shipped.BOOK.chains)}


def test_who_is_away_and_left_it_to_nobody_has_an_empty_seat_which_goes_up(rules):
    assert turns(waiting(rules, leave("P-2", None))) == [("manager", "manager", ("P-1",))]


def test_a_delegate_never_signs_his_own_request_nor_for_him_whose_request_it_is(rules):
    own = waiting(rules, leave("P-2", "P-7"), owner="P-3", person="P-7")
    assert turns(own) == [("manager", "manager", ("P-1",))], "Nia put it up herself"
    mine = waiting(rules, leave("P-2", "P-7"), owner="P-2", person="P-2")
    assert turns(mine) == [("manager", "manager", ("P-1",))], "Mo cannot have his delegate sign it"


def test_a_delegation_is_not_passed_on_unless_the_company_allows_it(rules):
    leaves = (leave("P-2", "P-7"), leave("P-7", "P-8", "LV-2"))
    assert turns(waiting(rules, *leaves)) == [("manager", "manager", ("P-1",))]

    hops = record("limits", "L-9", key="delegation_hops", value=Decimal(2))
    assert turns(waiting(rules, *leaves, hops)) == [("manager", "manager", ("P-8",))]


def test_the_other_people_of_a_department_sign_while_one_is_away(rules):
    another = record("people", "P-9", name="Flo", role="finance", superior="P-1")
    desk = waiting(rules, another, leave("P-4", None), amount=5000)
    assert turns(desk)[0] == ("joint", "finance", ("P-9",))

    alone = waiting(rules, leave("P-4", None), amount=5000)
    assert turns(alone)[0][2] == ("P-1", "P-8")


def test_the_delegate_of_a_leader_signs_where_the_leader_would(rules):
    desk = waiting(rules, leave("P-1", "P-7"))
    sign(desk, "manager", "manager", "P-2")

    assert turns(desk) == [("leader", "leader", ("P-7", "P-8"))]
    sign(desk, "leader", "leader", "P-7")
    assert desk.record.state is State.APPROVED


@given(
    leaves=st.lists(
        st.tuples(
            st.sampled_from(["P-1", "P-2", "P-7", "P-8", "P-4"]),
            st.sampled_from(["P-1", "P-2", "P-3", "P-7", None]),
        ),
        max_size=5,
    ),
    owner=st.sampled_from(["P-1", "P-2", "P-3", "P-7"]),
    person=st.sampled_from(["P-2", "P-3", "P-7"]),
    amount=st.sampled_from([100, 5000]),
)
def test_whoever_is_away_nobody_who_asks_may_sign(rules, leaves, owner, person, amount):
    others = [leave(who, whom, f"LV-{at}") for at, (who, whom) in enumerate(leaves)]
    desk = waiting(rules, *others, owner=owner, person=person, amount=amount)

    assert desk.record.state is State.SUBMITTED, "nothing passes by itself"
    found = whose_turn(desk.run, desk.decisions, desk.shelf, TODAY)
    assert found
    for turn in found:
        assert not {owner, person} & {*turn.people}
        for who, whom in turn.behalf.items():
            assert who in turn.people
            assert whom not in {owner, person}


def test_delegates_in_a_circle_are_nobody():
    shelf = Shelf(*STAFF, NIA, leave("P-2", "P-7"), leave("P-7", "P-2", "LV-2"))

    assert stand_in("P-2", shelf, TODAY, FormKey("claim")) is None


@pytest.mark.parametrize(
    ("owner", "delegate", "days", "found"),
    [
        ("P-0002", "P-0001", 5, set()),
        ("P-0001", "P-0002", 5, set()),
        ("P-0003", "P-0002", 5, {"check.leave_delegate"}),
        ("P-0002", "P-0002", 5, {"check.leave_self"}),
        ("P-0002", None, -1, {"check.leave_dates"}),
    ],
)
def test_a_leave_says_what_is_wrong_with_it(owner, delegate, days, found):
    made = record(
        "leave", "LV-1", owner=owner, delegate=delegate, start_on=TODAY, end_on=TODAY + dt.timedelta(days)
    )
    context = ExpressionContext(
        record=made, records=Shelf(*shipped.STAFF, made), forms=shipped.FORMS, today=TODAY, limits={}
    )

    assert {each.what.key for each in check(shipped.BOOK, context, Stage.SAVE)} == found


def test_a_delegate_is_told_when_a_leave_names_him():
    desk = shipped.company(record("leave", "LV-1", owner="P-0002", start_on=TODAY, end_on=TODAY))
    shipped.change(desk, "P-0002", delegate="P-0001")

    (notice,) = shipped.told(desk, "leave_delegated")
    assert notice.people == ("P-0001",)
