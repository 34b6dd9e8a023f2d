"""Every way to forge a sign-off that docs/sign-off.md lists, tried: what resists, and what is told."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sheet_templates.record import State
from sync.edges.store.chain import verify_journal
from sync.mailroom import head_of
from tests.support.small_company import LENA, MO, RAE, small_company
from tests.support.town import Town

CLAIM = FormKey("claim")
VERDICT = "manager_manager"
PAGE = Path(__file__).parents[2] / "docs" / "sign-off.md"


@cache
def pristine() -> Town:
    town = Town(small_company(Path(mkdtemp())))
    for what in ("a nail", "a screw"):
        town.adds(RAE, "claim", what=what, amount=500, submit="Yes")
        town.settle()
    town.tell()
    return town


@pytest.fixture
def town() -> Iterator[Town]:
    """A nail and a screw wait for Mo."""
    return pristine().twin()


def signs(town: Town, what: str = "a nail", **values: str) -> None:
    town.types(MO, "claim", what, **{VERDICT: "agree", **values})
    town.settle()
    town.tell()


def state(town: Town, what: str = "a nail") -> State:
    return town.record("claim", what).state


def letters(town: Town, event: str) -> list[str]:
    return [each.text for key, each in town.post.letters.items() if key.startswith(event)]


def test_to_sign_in_ones_own_desk_counts_for_nothing(town: Town):
    town.types(RAE, "claim", "a nail", **{VERDICT: "agree"})
    town.settle()

    assert state(town) is State.SUBMITTED
    assert "ownership.field" in town.problems(RAE)
    assert town.shows(RAE, "claim", "a nail", VERDICT) is None


def test_whose_name_the_program_writes_into_a_file_is_no_evidence(town: Town):
    town.hands.open_by(town.path(RAE), "Mo")
    town.types(RAE, "claim", "a nail", **{VERDICT: "agree"})
    town.hands.close(town.path(RAE))
    town.settle()

    assert state(town) is State.SUBMITTED


def test_where_others_may_write_a_forged_sign_off_is_known_for_what_it_is_worth_and_found(town: Town):
    town.workbooks.shared.add(town.path(MO))
    signs(town)

    (decision,) = town.decisions("claim", "a nail")
    assert decision.grade == "D"
    (letter,) = letters(town, "not-me:")
    assert "others may be able to write" in " ".join(letter.split())


def test_a_copied_row_takes_no_sign_off_along(town: Town):
    signs(town)
    new = town.workbooks.copy_row(town.path(RAE), CLAIM, town.at(RAE, "claim", "a nail"))
    town.workbooks.type_cell(town.path(RAE), CLAIM, new, FieldKey("what"), "a crane")
    town.settle()

    copied = town.record("claim", "a crane")
    assert copied.state is State.DRAFT
    assert town.store.run(CLAIM, copied.id) is None


def test_what_is_changed_after_its_approval_is_no_longer_approved(town: Town):
    signs(town)
    town.types(RAE, "claim", "a nail", amount=900)
    town.settle()

    assert state(town) is State.SUBMITTED
    assert [each.voided for each in town.decisions("claim", "a nail")] == ["chain.void.changed"]


def test_what_changed_while_the_signer_had_it_open_is_not_signed(town: Town):
    town.opens(MO)
    town.types(RAE, "claim", "a nail", amount=900)
    town.settle()
    town.types(MO, "claim", "a nail", **{VERDICT: "agree"})
    town.closes(MO)
    town.settle()

    assert state(town) is State.SUBMITTED
    assert "sign.stale" in town.problems(MO)


def test_who_signs_beside_an_amount_that_he_typed_over_signs_nothing(town: Town):
    signs(town, amount="1")

    assert state(town) is State.SUBMITTED
    assert "sign.stale" in town.problems(MO)


def test_an_old_signed_copy_that_comes_back_signs_nothing(town: Town):
    town.types(MO, "claim", "a nail", **{VERDICT: "agree"})
    signed = town.workbooks.files[town.path(MO)]
    town.settle()
    town.types(RAE, "claim", "a nail", amount=900)
    town.settle()
    assert state(town) is State.SUBMITTED

    town.workbooks.put_back(town.path(MO), signed)
    town.settle()

    assert state(town) is State.SUBMITTED
    assert not [each for each in town.decisions("claim", "a nail") if each.voided is None]


def test_a_file_that_was_prepared_elsewhere_is_held_not_read(town: Town):
    """Another desk's file in the signer's place, and the signer's file in a folder that is not his."""
    own = town.workbooks.files[town.path(MO)]
    town.workbooks.put_back(town.path(MO), town.workbooks.files[town.path(RAE)])
    town.round()
    assert town.engine.held(town.desk(MO))
    town.workbooks.put_back(town.path(MO), own)
    town.settle()

    at = town.at(MO, "claim", "a nail")
    forged = replace(own, sheets={**own.sheets, CLAIM: own.sheets[CLAIM].put(at, FieldKey(VERDICT), "agree")})
    town.workbooks.put_back(town.path(RAE).with_name("Mo.xlsx"), forged)
    town.round()

    assert state(town) is State.SUBMITTED


def test_an_amount_that_a_cell_hides_stands_in_the_mail_that_confirms(town: Town):
    signs(town)

    (letter,) = letters(town, "not-me:")
    assert "500" in letter
    assert "a nail" in letter


def test_no_mail_holds_a_link_that_could_decide(town: Town):
    signs(town)
    town.adds(RAE, "claim", what="a crane", amount=77000, submit="Yes")
    town.settle()
    town.tell()

    for key, each in town.post.letters.items():
        assert not re.search(r"href=|https?://(?!www\.w3\.org)", each.html), key


def test_whoever_changes_who_signs_or_where_codes_go_does_it_before_witnesses(town: Town):
    town.types("admin", "people", "Mo", email="admin@example.com")
    town.settle()
    town.tell()

    told = {each.to for key, each in town.post.letters.items() if key.startswith("people.moved:")}
    assert "lena@example.com" in told


def test_a_journal_that_was_cut_off_or_made_anew_does_not_fit_the_head_that_was_mailed(town: Town):
    signs(town)
    (letter,) = letters(town, "not-me:")
    found = re.search(r"(\d+):([0-9a-f]{32})", letter)
    assert found is not None
    line, head = int(found[1]), found[2]

    assert verify_journal(town.store, (line, head)) == ()
    assert verify_journal(town.store, (line, "0" * 32))
    assert verify_journal(town.store, (town.store.head()[0] + 1, head))
    assert head_of(town.store).split(":")[0] == str(town.store.head()[0])


# Late, double, stale: answered, and never applied -----------------------------------------------------------


def refused(town: Town, desk: str, what: str, verdict: str = "agree") -> list[str]:
    """Let *desk* decide; return what it is told, if nothing came of it."""
    before = [each for each in town.decisions("claim", what) if each.voided is None]
    town.types(desk, "claim", what, **{VERDICT: verdict})
    town.settle()
    assert [each for each in town.decisions("claim", what) if each.voided is None] == before
    problems = [each for each in town.store.problems(DeskKey(desk)) if each.what.key.startswith("sign.")]
    for each in problems:
        said = town.declared.words.say(each.mend, town.desk(desk).lang)
        assert said, f"{each.what.key} does not say what to do"
    return [each.what.key for each in problems]


def test_a_decision_on_what_is_not_up_for_one_is_answered(town: Town):
    town.types(RAE, "claim", "a nail", submit=None)
    town.settle()

    assert refused(town, MO, "a nail") == ["sign.not_submitted"]


def test_a_decision_that_comes_too_late_is_answered(town: Town):
    signs(town)

    assert refused(town, MO, "a nail", "refuse") == ["sign.not_submitted"]
    assert state(town) is State.APPROVED


def test_a_decision_before_its_turn_is_answered(town: Town):
    town.adds(RAE, "claim", what="a boat", amount=5000, submit="Yes")
    town.settle()

    assert refused(town, MO, "a boat") == ["sign.out_of_turn"]


def test_a_second_decision_is_answered(town: Town):
    town.adds(RAE, "claim", what="a boat", amount=5000, submit="Yes")
    town.settle()
    town.types("finance", "claim", "a boat", joint_finance="agree")
    town.settle()
    town.types("finance", "claim", "a boat", joint_finance="refuse")
    town.settle()

    assert [each.what.key for each in town.store.problems(DeskKey("finance"))] == ["sign.doubled"]
    assert [each.verdict.value for each in town.decisions("claim", "a boat")] == ["agree"]


def test_a_decision_that_this_approval_does_not_ask_for_is_answered(town: Town):
    town.types("finance", "claim", "a nail", joint_finance="agree")
    town.settle()

    assert [each.what.key for each in town.store.problems(DeskKey("finance"))] == ["sign.not_needed"]
    assert town.decisions("claim", "a nail") == ()


def test_a_decision_in_anothers_place_is_answered(town: Town):
    """The leader has the column, for steps that go up; this one did not."""
    assert refused(town, LENA, "a nail") == ["sign.not_yours"]


# The page ------------------------------------------------------------------------------------------------


def test_each_way_on_the_page_names_tests_that_there_are():
    rows = [
        line
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "::" in line
    ]

    assert len(rows) >= 18
    for row in rows:
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row):
            place = PAGE.parents[1] / path
            assert place.is_file(), path
            assert f"{name}(" in place.read_text(encoding="utf-8"), f"{path} has no {name}"
