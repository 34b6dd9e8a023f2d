"""One-time codes: what they prove, and that nothing else passes for one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rounds import _graded
from sheet_templates.expression import ExpressionContext
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import State
from sync.codes import CODE, Terms
from sync.one_time import ALPHABET, LENGTH, Kind, Seal, digest
from tests.support.small_company import MO, RAE, small_company
from tests.support.town import Town

CLAIM = FormKey("claim")
VERDICT, CODED = "manager_manager", "manager_manager_code"


@cache
def pristine() -> Town:
    """Return a town in which a claim waits for the finance and marketing departments to have signed."""
    town = Town(small_company(Path(mkdtemp())))
    town.adds(RAE, "claim", what="a crane", amount=77000, submit="Yes")
    town.settle()
    for desk, column in (("finance", "joint_finance"), ("marketing", "joint_marketing")):
        town.types(desk, "claim", "a crane", **{column: "agree"})
        town.settle()
    return town


@pytest.fixture
def town() -> Iterator[Town]:
    """It is Mo's turn, and he has his mail."""
    found = pristine().twin()
    found.tell()
    return found


def code_of(town: Town, which: int = -1) -> str:
    """Return the code that a mail to Mo says: the last one, or another."""
    letters = [each for key, each in town.post.letters.items() if key.startswith("sign:")]
    found = re.search(r"Code: (\S+)", letters[which].text)
    assert found is not None
    return found[1]


def letters(town: Town) -> int:
    return sum(key.startswith("sign:") for key in town.post.letters)


def signs(town: Town, **values: str | None) -> None:
    town.types(MO, "claim", "a crane", **values)
    town.settle()
    town.tell()


def state(town: Town) -> State:
    return town.record("claim", "a crane").state


def told(town: Town) -> list[str]:
    return [each for each in town.problems(MO) if each.startswith("sign.")]


# What a code is ------------------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=40), st.lists(st.text(max_size=8), max_size=5))
def test_a_code_has_eight_characters_that_cannot_be_mistaken(secret: bytes, parts: list[str]):
    code = Seal(secret=secret).code(Kind.SIGN, digest(*parts))

    assert len(code) == LENGTH + 1
    assert set(code.replace("-", "", 1)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("01AEILOU")


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_what_a_code_stands_for_cannot_be_cut_another_way(one: list[str], other: list[str]):
    assert (digest(*one) == digest(*other)) is (one == other)


@given(st.text(alphabet=ALPHABET, min_size=7, max_size=7), st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_a_typo_and_no_wrong_code(body: str, at: int, wrong: str):
    seal = Seal(secret=b"s")
    code = seal.code(Kind.SIGN, digest(body)).replace("-", "")
    mistyped = code[:at] + wrong + code[at + 1 :]

    assert seal.sealed(mistyped).startswith("code:" if mistyped == code else "typo:")


def test_a_code_is_understood_however_it_is_typed():
    seal = Seal(secret=b"s")
    about = digest("x")
    code = seal.code(Kind.SIGN, about)

    for typed in (
        code.lower(),
        code.replace("-", ""),
        f" {code} ",
        code.replace("-", "—"),
        "".join(map(_wide, code)),
    ):
        assert seal.fits(seal.sealed(typed), Kind.SIGN, about), typed


def _wide(each: str) -> str:
    return chr(ord(each) + 0xFEE0) if each.isalnum() else each


def test_a_code_for_one_thing_is_none_for_another_nor_in_another_workspace():
    one, other = Seal(secret=b"1"), Seal(secret=b"2")
    code = one.code(Kind.SIGN, digest("x"))

    assert one.fits(one.sealed(code), Kind.SIGN, digest("x"))
    assert not one.fits(one.sealed(code), Kind.NOT_ME, digest("x"))
    assert not one.fits(one.sealed(code), Kind.SIGN, digest("y"))
    assert not other.fits(other.sealed(code), Kind.SIGN, digest("x"))


def test_without_a_secret_nothing_is_a_code():
    seal = Seal()

    assert not seal.fits(seal.sealed(seal.code(Kind.SIGN, digest("x"))), Kind.SIGN, digest("x"))


# Who may sign --------------------------------------------------------------------------------------------


def test_a_code_is_mailed_to_whose_turn_it_is_and_says_what_it_is_for(town: Town):
    (key,) = (key for key in town.post.letters if key.startswith("sign:"))
    letter = town.post.letters[key]

    assert letter.to == "mo@example.com"
    assert "a crane" in letter.text
    assert "77000" in letter.text.replace(",", "")
    assert code_of(town) in letter.html
    assert code_of(town) not in letter.subject


def test_a_decision_with_its_code_counts_as_the_best_evidence(town: Town):
    signs(town, **{VERDICT: "agree", CODED: code_of(town)})

    assert state(town) is State.APPROVED
    decision = town.decisions("claim", "a crane")[-1]
    assert (decision.grade, decision.person) == ("A", MO)
    assert town.shows(MO, "claim", "a crane", CODED) is None


def test_a_decision_without_a_code_is_answered_and_does_not_count(town: Town):
    signs(town, **{VERDICT: "agree"})

    assert state(town) is State.SUBMITTED
    assert told(town) == ["sign.code_needed"]
    assert town.shows(MO, "claim", "a crane", VERDICT) is None


def test_a_code_that_is_typed_after_its_decision_was_saved_goes_with_it(town: Town):
    town.opens(MO)
    signs(town, **{VERDICT: "agree"})
    signs(town, **{CODED: code_of(town)})
    town.closes(MO)
    town.settle()

    assert state(town) is State.APPROVED
    assert town.decisions("claim", "a crane")[-1].grade == "A"


def test_a_small_claim_needs_no_code(town: Town):
    town.adds(RAE, "claim", what="a nail", amount=500, submit="Yes")
    town.settle()
    town.types(MO, "claim", "a nail", manager_manager="agree")
    town.settle()

    assert town.record("claim", "a nail").state is State.APPROVED


def test_what_is_not_known_is_no_reason_to_demand_less():
    """The chain says `amount >= 70000`; without an amount the stronger evidence is demanded."""
    assert _graded({"manager": {"A": "x", "B": "y"}}, {"x": True, "y": True}.__getitem__) == {"manager": "A"}
    town = pristine().twin()
    step = town.declared.book.chain(CLAIM).steps[-1]  # type: ignore[union-attr]
    record = replace(town.record("claim", "a crane"), values={})
    context = ExpressionContext(
        record=record,
        records=town.store,
        forms=town.declared.forms,
        today=town.clock.now().date(),
        limits={},
        me={},
    )
    assert step.grades["A"].value(context) is None


# What is no code -----------------------------------------------------------------------------------------


def test_a_code_counts_once(town: Town):
    code = code_of(town)
    signs(town, **{CODED: code})
    assert told(town) == ["sign.code_alone"]

    signs(town, **{VERDICT: "agree", CODED: code})

    assert state(town) is State.SUBMITTED
    assert "sign.code_used" in told(town)


def test_who_used_a_code_up_for_nothing_gets_another_one(town: Town):
    signs(town, **{CODED: code_of(town)})

    assert letters(town) == 2
    signs(town, **{VERDICT: "agree", CODED: code_of(town)})
    assert state(town) is State.APPROVED


def test_a_change_of_the_content_voids_the_code(town: Town):
    old = code_of(town)
    town.types(RAE, "claim", "a crane", amount=88000)
    town.settle()
    for desk, column in (("finance", "joint_finance"), ("marketing", "joint_marketing")):
        town.types(desk, "claim", "a crane", **{column: "agree"})
        town.settle()
    town.tell()

    signs(town, **{VERDICT: "agree", CODED: old})

    assert state(town) is State.SUBMITTED
    assert told(town) == ["sign.code_changed"]
    assert letters(town) == 2
    signs(town, **{VERDICT: "agree", CODED: code_of(town)})
    assert state(town) is State.APPROVED


def test_a_code_beside_an_amount_that_the_signer_typed_over_signs_nothing(town: Town):
    signs(town, **{VERDICT: "agree", CODED: code_of(town), "amount": "1"})

    assert state(town) is State.SUBMITTED
    assert "sign.stale" in told(town)


def test_the_code_of_one_record_is_none_for_another(town: Town):
    town.adds(RAE, "claim", what="a barge", amount=77000, submit="Yes")
    town.settle()
    for desk, column in (("finance", "joint_finance"), ("marketing", "joint_marketing")):
        town.types(desk, "claim", "a barge", **{column: "agree"})
        town.settle()
    crane = code_of(town)
    town.tell()

    town.types(MO, "claim", "a barge", **{VERDICT: "agree", CODED: crane})
    town.settle()

    assert town.record("claim", "a barge").state is State.SUBMITTED
    assert told(town) == ["sign.code_wrong"]


def test_a_code_lives_as_long_as_the_limit_says(town: Town):
    town.clock.step(hours=24)
    signs(town, **{VERDICT: "agree", CODED: code_of(town)})

    assert state(town) is State.SUBMITTED
    assert told(town) == ["sign.code_late"]
    assert letters(town) == 1, "it is not sent again unasked"

    signs(town, **{CODED: "?"})
    assert letters(town) == 2
    signs(town, **{VERDICT: "agree", CODED: code_of(town)})
    assert state(town) is State.APPROVED


def test_a_later_code_replaces_the_one_before(town: Town):
    first = code_of(town)
    signs(town, **{CODED: "重發"})

    signs(town, **{VERDICT: "agree", CODED: first})

    assert state(town) is State.SUBMITTED
    assert "sign.code_replaced" in told(town)


def test_codes_are_not_sent_without_end(town: Town):
    for _ in range(8):
        signs(town, **{CODED: "?"})
        signs(town, **{CODED: None})

    assert letters(town) == Terms().sends
    assert "sign.code_often" in told(town)
    town.clock.step(hours=25)
    signs(town, **{CODED: "?"})
    assert letters(town) == Terms().sends + 1


def guesses(town: Town) -> Iterator[str]:
    """Yield codes that are none, but look like some."""
    n = 0
    while True:
        n += 1
        yield Seal(secret=b"a forger's").code(Kind.SIGN, digest(str(n)))


def test_wrong_codes_are_counted_then_the_code_is_locked_and_people_are_told(town: Town):
    code, wrong = code_of(town), guesses(town)
    for _ in range(Terms().tries):
        signs(town, **{VERDICT: "agree", CODED: next(wrong)})
    assert "sign.code_locked" in told(town)

    signs(town, **{VERDICT: "agree", CODED: code})

    assert state(town) is State.SUBMITTED
    warned = [each.to for key, each in town.post.letters.items() if key.startswith("code.locked")]
    assert "mo@example.com" in warned
    signs(town, **{CODED: "?"})
    signs(town, **{VERDICT: "agree", CODED: code_of(town)})
    assert state(town) is State.APPROVED, "another one may be asked for"


def test_a_typo_is_no_wrong_try(town: Town):
    for n in range(9):
        signs(town, **{VERDICT: "agree", CODED: f"oops {n}"})
    assert "sign.code_typo" in told(town)

    signs(town, **{VERDICT: "agree", CODED: code_of(town)})
    assert state(town) is State.APPROVED


def test_the_same_save_read_again_is_no_second_try(town: Town):
    town.opens(MO)
    signs(town, **{VERDICT: "agree", CODED: next(guesses(town))})
    signs(town, note="saved once more")
    signs(town, note="and again")

    acts = [each for each in town.journal(CODE) if each == "wrong"]
    assert acts == ["wrong"]


# Where a code must not be found ---------------------------------------------------------------------------


def test_the_cell_is_emptied_whatever_was_typed(town: Town):
    for typed in ("?", "nonsense", next(guesses(town)), code_of(town)):
        signs(town, **{CODED: typed})
        assert town.shows(MO, "claim", "a crane", CODED) is None, typed


def test_a_code_stands_in_no_desk_no_journal_no_store_and_no_mail_but_its_own(town: Town):
    code = code_of(town)
    wrong = next(guesses(town))
    signs(town, **{VERDICT: "agree", CODED: wrong})
    signs(town, **{VERDICT: "agree", CODED: code})
    assert state(town) is State.APPROVED

    kept = repr(town.store._state.__dict__ if hasattr(town.store._state, "__dict__") else town.store._state)
    plain = code.replace("-", "")
    for each in (code, plain, wrong):
        assert each not in kept
        assert each not in repr(list(town.store.journal()))
        for path, file in town.workbooks.files.items():
            assert each not in repr(file), path
    others = [each for key, each in town.post.letters.items() if not key.startswith("sign:")]
    assert not any(code in each.text or code in each.html for each in others)


def test_only_those_who_sign_have_the_column(town: Town):
    field = town.declared.forms[CLAIM].field(FieldKey(CODED))
    assert field is not None

    for desk in town.engine.desks():
        columns = [each.key for each in town.declared.forms[CLAIM].columns(desk.role)]
        assert (CODED in columns) is (desk.role in {"manager", "leader", "master"}), desk.key


def test_what_a_rep_types_into_a_record_never_brings_him_a_code(town: Town):
    """A message is filled in only if Deskbook itself made it to carry a code."""
    town.adds(RAE, "claim", what="[[code]]", amount=600, submit="Yes")
    town.settle()
    town.tell()

    assert all(
        "[[code]]" in each.text for each in town.post.letters.values() if "[[code]]" in str(each.subject)
    )
    assert code_of(town) not in "".join(
        each.text for each in town.post.letters.values() if each.to != "mo@example.com"
    )


def test_without_an_address_nobody_waits_in_silence(town: Town):
    found = pristine().twin()
    found.types("admin", "people", "Mo", email=None)
    found.types("admin", "people", "Lou", role="admin")
    found.settle()
    found.tell()

    assert letters(found) == 0
    assert [each.to for key, each in found.post.letters.items() if key.startswith("code.no_address")] == [
        "lou@example.com"
    ]


def test_the_terms_are_limits_of_the_company():
    assert Terms.of({}) == Terms(hours=24, tries=5, sends=5)
    assert Terms.of(
        {"code_hours": Decimal(2), "code_tries": Decimal(0), "code_sends": Decimal("3.0")}
    ) == Terms(hours=2, tries=1, sends=3)
