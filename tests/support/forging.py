"""Scenes in which somebody writes in a signer's file: forges what needs a code, or what its signer then disowns."""

from decimal import Decimal

from rules.effect import Run
from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import RecordId, State
from sync.codes import CODE, Act
from sync.confirming import CONFIRM
from sync.one_time import Kind, Seal, digest
from sync.ports import Entry
from tests.support.scenes import AMOUNT, CLAIM, SIGNERS, Scenes
from tests.support.small_company import MO, RAE
from tests.support.town import SEAL

VERDICT, CODED, NOT_ME = "manager_manager", "manager_manager_code", FieldKey("not_me")
TODO = FormKey("todo")


def signs_what_needs_a_code(play: Scenes, desk: str, at: int, one: bool, other: bool) -> None:
    """With no code, a guess, one that was used, one for the content before, another record's, or the right one."""
    record = _waits(play, at)
    if record is None:
        return
    code = _sent(play, record)
    match at % 6:
        case 0:
            typed = None
        case 1:
            typed = Seal(secret=b"a forger's").code(Kind.SIGN, digest(play.token()))
        case 2:
            _types(play, record, **{CODED: code})
            typed = code
        case 3:
            if not _changes(play, record, at):
                return
            typed = code
        case 4:
            elsewhere = _waits(play, at + 1)
            if elsewhere is None:
                return
            typed = _sent(play, elsewhere)
        case _:
            typed = code
    if run_of(play, record).state is not State.SUBMITTED:
        return
    _types(play, record, **{VERDICT: "agree", CODED: typed})
    right = at % 6 == 5
    state = run_of(play, record).state
    assert (state is State.APPROVED) is right, f"codes: way {at % 6} of signing, and the claim is {state}"
    grades = [each.grade for each in play.town.store.decisions(CLAIM, record) if each.step == "manager"]
    assert grades == (["A"] if right else []), f"codes: way {at % 6} is worth {grades}"
    play.met["code right" if right else "code forged"] += 1


def disowns_what_was_forged(play: Scenes, desk: str, at: int, one: bool, other: bool) -> None:
    """Somebody signs in the manager's file; the manager has a mail, and types its code (*other*: in a later session)."""
    record = asked(play, Decimal(300 + at))
    if record is None:
        return
    _types(play, record, **{VERDICT: "agree" if one else "refuse"})
    confirmed = _confirmed(play, record)
    if confirmed is None:
        return
    key = f"not-me:{confirmed.detail['about']}|"
    assert any(each.key.startswith(key) for each in play.town.store.messages()), "not me: nobody was asked"
    if other:
        play.town.clock.step(hours=30)
    # Something must wait for him, or 待辦 has no line: another claim does.
    if asked(play, Decimal(310 + at)) is None or play.held(MO):
        return
    lines = play.rows(play.file(MO), TODO)
    if not lines:
        return
    play.shut(MO)
    code = SEAL.code(Kind.NOT_ME, confirmed.detail["about"])
    play.town.workbooks.type_cell(play.town.path(MO), TODO, lines[0], NOT_ME, code)
    play.settle()
    run = run_of(play, record)
    standing = [each for each in play.town.store.decisions(CLAIM, record) if each.voided is None]
    assert run.state is State.SUBMITTED, f"not me: it is {run.state}"
    assert not any(each.step == "manager" for each in standing), "not me: it still counts"
    told = [
        key for key in play.town.post.taken if key.startswith(f"chain.not_me:claim:{record}:{run.round}|")
    ]
    waiting = [
        each.key for each in play.town.store.messages() if each.key.startswith(f"chain.not_me:claim:{record}")
    ]
    assert told or waiting, "not me: nobody was told"
    play.met["disowned"] += 1


FORGING = (signs_what_needs_a_code, disowns_what_was_forged)


def _waits(play: Scenes, at: int) -> RecordId | None:
    """Return a large claim for which it is the manager's turn, with a code."""
    record = asked(play, Decimal(77000 + at))
    if record is None:
        return None
    _others_sign(play, record)
    if run_of(play, record).state is State.SUBMITTED:
        assert _sent(play, record), "codes: it is the manager's turn, and he was sent none"
        return record
    raise AssertionError("codes: approved before the manager had signed")


def asked(play: Scenes, amount: Decimal) -> RecordId | None:
    """Return a claim that was put up; None if somebody's file is held."""
    for each in (RAE, MO, "finance", "marketing"):
        play.shut(each)
    play.settle()
    if any(play.held(each) for each in (RAE, MO, "finance", "marketing")):
        return None
    record = play.town.adds(RAE, "claim", what=play.token(), amount=amount, submit="Yes")
    play.settle()
    run = play.town.store.run(CLAIM, record) if record is not None else None
    return record if run is not None and run.state is State.SUBMITTED else None


def _others_sign(play: Scenes, record: RecordId) -> None:
    for signer, column in SIGNERS[:-1]:
        row = play.row_of(signer, CLAIM, record)
        if row is not None:
            play.put(signer, CLAIM, row, column, "agree")
            play.settle()


def _changes(play: Scenes, record: RecordId, at: int) -> bool:
    """Let the amount be another one, and the others sign that; return whether it is."""
    before, row = run_of(play, record).content, play.row_of(RAE, CLAIM, record)
    if row is None:
        return False
    play.put(RAE, CLAIM, row, AMOUNT, Decimal(88000 + at))
    play.settle()
    _others_sign(play, record)
    return run_of(play, record).content != before


def _types(play: Scenes, record: RecordId, **values: str | None) -> None:
    play.shut(MO)
    for key, value in values.items():
        row = play.row_of(MO, CLAIM, record)
        assert row is not None, "the manager sees what he is to sign"
        play.put(MO, CLAIM, row, key, value)
    play.settle()


def run_of(play: Scenes, record: RecordId) -> Run:
    run = play.town.store.run(CLAIM, record)
    assert run is not None
    return run


def _sent(play: Scenes, record: RecordId) -> str:
    """Return the code that the last mail about *record* says; '' if none was sent."""
    sent = [each for each in _entries(play, record, CODE) if each.new == Act.SENT.value]
    if not sent:
        return ""
    told = sent[-1].detail
    parts = (
        "claim",
        record,
        told["round"],
        told["step"],
        told["role"],
        told["signer"],
        told["content"],
        told["n"],
    )
    return SEAL.code(Kind.SIGN, digest(*parts))


def _confirmed(play: Scenes, record: RecordId) -> Entry | None:
    found = [each for each in _entries(play, record, CONFIRM) if each.detail["step"] == "manager"]
    return found[-1] if found else None


def _entries(play: Scenes, record: RecordId, kind: str) -> list[Entry]:
    return [each.entry for each in play.town.store.journal(CLAIM, record) if each.entry.kind == kind]
