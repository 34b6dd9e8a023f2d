"""Confirmations, and what becomes of a decision that its signer disowns."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State
from sync.not_me import Dispute, days_of, meant
from sync.one_time import Kind
from tests.support.small_company import MO, RAE, small_company
from tests.support.town import SEAL, Town

VERDICT = "manager_manager"


@cache
def pristine() -> Town:
    """Return a town in which Mo has something to sign, and something that waits for him."""
    town = Town(small_company(Path(mkdtemp())))
    for what, amount in (("a nail", 500), ("a screw", 600), ("a crane", 5000)):
        town.adds(RAE, "claim", what=what, amount=amount, submit="Yes")
        town.settle()
    town.tell()
    return town


@pytest.fixture
def town() -> Iterator[Town]:
    return pristine().twin()


def agrees(town: Town, *what: str) -> None:
    """Let somebody who writes in Mo's file sign in his name."""
    town.opens(MO)
    for each in what:
        town.types(MO, "claim", each, **{VERDICT: "agree"})
    town.closes(MO)
    town.settle()
    town.tell()


def confirmations(town: Town, to: str = "mo@example.com") -> list[str]:
    return [
        each.text for key, each in town.post.letters.items() if key.startswith("not-me:") and each.to == to
    ]


def code_in(letter: str) -> str:
    found = re.search(r"type ([0-9A-Z]{4}-[0-9A-Z]{4})\s", letter.replace("\n", " "))
    assert found is not None, letter
    return found[1]


def disowns(town: Town, code: str) -> None:
    """Let Mo type a code into the first line of his 待辦."""
    rows = town.hands.rows(town.path(MO), FormKey("todo"))
    town.hands.type_cell(town.path(MO), FormKey("todo"), rows[0].at, FieldKey("not_me"), code)
    town.settle()
    town.tell()


def told(town: Town, event: str) -> set[str]:
    return {each.to for key, each in town.post.letters.items() if key.startswith(event)}


def test_whoever_decided_is_told_at_once_what_and_on_what(town: Town):
    town.types(MO, "claim", "a nail", **{f"{VERDICT}_opinion": "as agreed"})
    agrees(town, "a nail")

    (letter,) = confirmations(town)
    for said in ("Agree", "as agreed", "a nail", "500", "Mo.xlsx", "grade"):
        assert said in letter, letter
    assert state(town, "a nail") is State.APPROVED


def state(town: Town, what: str) -> State:
    return town.record("claim", what).state


def test_one_save_is_confirmed_in_one_mail(town: Town):
    agrees(town, "a nail", "a screw")

    (letter,) = confirmations(town)
    assert "a nail" in letter
    assert "a screw" in letter


def test_who_did_not_sign_types_the_code_and_the_decision_is_void(town: Town):
    agrees(town, "a nail")

    disowns(town, code_in(confirmations(town)[0]))

    assert state(town, "a nail") is State.SUBMITTED
    (decision,) = town.decisions("claim", "a nail")
    assert decision.voided == "chain.void.not_me"
    assert town.shows(MO, "claim", "a nail", VERDICT) is None
    assert "not_me.done" in town.problems(MO)
    assert {"lena@example.com", "rae@example.com"} <= told(town, "chain.not_me")
    assert "agree" in [each.entry.old for each in town.store.journal() if each.entry.kind == "dispute"]


def test_what_was_disowned_can_be_signed_again(town: Town):
    agrees(town, "a nail")
    disowns(town, code_in(confirmations(town)[0]))

    agrees(town, "a nail")

    assert state(town, "a nail") is State.APPROVED
    assert len(confirmations(town)) == 2


def test_all_decisions_of_a_forged_save_are_void(town: Town):
    agrees(town, "a nail", "a screw")

    disowns(town, code_in(confirmations(town)[0]))

    assert state(town, "a nail") is state(town, "a screw") is State.SUBMITTED


def test_a_forged_refusal_is_void_as_well(town: Town):
    town.types(MO, "claim", "a nail", **{VERDICT: "refuse"})
    town.settle()
    town.tell()
    assert state(town, "a nail") is State.REFUSED

    disowns(town, code_in(confirmations(town)[0]))

    assert state(town, "a nail") is State.SUBMITTED
    assert town.value("claim", "a nail", "submit") is True


def test_later_steps_fall_with_a_disowned_one_and_earlier_ones_stand(town: Town):
    for desk, column in (("finance", "joint_finance"), ("marketing", "joint_marketing")):
        town.types(desk, "claim", "a crane", **{column: "agree"})
        town.settle()
        town.tell()
    agrees(town, "a crane")
    assert state(town, "a crane") is State.APPROVED

    (letter,) = confirmations(town, "max@example.com")
    found = list(meant(SEAL.sealed(code_in(letter)), SEAL, town.store, town.clock.now(), 30))
    assert town.engine.dispute(Dispute(about=found[0].detail["about"], by="root")) is not None
    town.settle()

    standing = {
        each.step + "_" + each.role for each in town.decisions("claim", "a crane") if each.voided is None
    }
    assert standing == {"joint_finance"}
    assert town.engine.dispute(Dispute(about=found[0].detail["about"], by="root")) is None, "it was done"


def test_a_wrong_code_voids_nothing_and_is_answered(town: Town):
    agrees(town, "a nail")

    disowns(town, SEAL.code(Kind.NOT_ME, "0" * 40))

    assert state(town, "a nail") is State.APPROVED
    assert "not_me.unknown" in town.problems(MO)


def test_nobody_disowns_what_another_desk_decided(town: Town):
    agrees(town, "a nail")
    code = code_in(confirmations(town)[0])
    town.types(RAE, "claim", "a nail", note=None)
    town.adds(RAE, "claim", what="wrong", amount="much")
    town.settle()

    rows = town.hands.rows(town.path(RAE), FormKey("todo"))
    town.hands.type_cell(town.path(RAE), FormKey("todo"), rows[0].at, FieldKey("not_me"), code)
    town.settle()

    assert state(town, "a nail") is State.APPROVED
    assert "not_me.unknown" in town.problems(RAE)


def test_the_code_says_no_longer_anything_after_the_days_that_the_limit_says(town: Town):
    agrees(town, "a nail")
    sealed = SEAL.sealed(code_in(confirmations(town)[0]))
    later = town.clock.now()
    town.clock.step(hours=24 * days_of({}) + 1)

    assert list(meant(sealed, SEAL, town.store, later, days_of({})))
    assert not list(meant(sealed, SEAL, town.store, town.clock.now(), days_of({})))


def test_no_code_of_a_confirmation_is_kept(town: Town):
    agrees(town, "a nail")
    code = code_in(confirmations(town)[0])

    assert code not in repr(town.store._state)
    assert code.replace("-", "") not in repr(list(town.store.journal()))


def test_after_it_was_typed_the_cell_is_empty(town: Town):
    agrees(town, "a nail")
    disowns(town, code_in(confirmations(town)[0]))

    rows = town.hands.rows(town.path(MO), FormKey("todo"))
    assert not any(each.cells.get(FieldKey("not_me")) for each in rows)
