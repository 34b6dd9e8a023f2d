"""The scene in which a signer is away, and somebody else signs in his place, or nobody does."""

import datetime as dt
from decimal import Decimal

from sheet_templates.form import FormKey
from sheet_templates.record import RecordId, State
from tests.support.forging import asked, run_of
from tests.support.scenes import CLAIM, Scenes
from tests.support.small_company import LENA, MO, RAE

LEAVE = FormKey("leave")
VERDICT = "manager_manager"


def goes_away_and_leaves_it_to_another(play: Scenes, desk: str, at: int, one: bool, other: bool) -> None:
    """The manager is away: what he signs counts for nothing, the leader signs in his place; then he is back.

    *one*: he names her; else it goes up to her.
    """
    for each in (RAE, MO, LENA):
        play.shut(each)
    record = asked(play, Decimal(300 + 20 * at))
    if record is None or play.held(LENA):
        return
    today = play.town.clock.now().date()
    named = {"delegate": "Lena"} if one else {}
    leave = play.town.adds(
        MO, "leave", start_on=today - dt.timedelta(days=2), end_on=today + dt.timedelta(days=30), **named
    )
    play.settle()
    if leave is None or play.held(MO) or play.held(LENA) or run_of(play, record).state is not State.SUBMITTED:
        _comes_back(play, leave, today)
        return

    _signs(play, MO, record)
    assert run_of(play, record).state is State.SUBMITTED, "3: signed by who is away"
    _signs(play, LENA, record)
    run = run_of(play, record)
    assert run.state is State.APPROVED, f"3: {run.state}: she signs in his place"
    (decision,) = [
        each
        for each in play.town.store.decisions(CLAIM, record)
        if each.step == "manager" and each.voided is None
    ]
    assert decision.person == LENA
    play.met["stood in"] += 1

    _comes_back(play, leave, today)
    standing = play.town.store.get(LEAVE, leave)
    # What he typed may not have come through yet: his file is held, or nobody can reach it.
    over = standing is not None and str(standing["end_on"]) < today.isoformat()
    again = asked(play, Decimal(300))
    if over and again is not None and not play.held(MO):
        _signs(play, LENA, again)
        assert run_of(play, again).state is State.SUBMITTED, "3: signed by a delegate whose time is over"
        _signs(play, MO, again)
        if run_of(play, again).state is not State.APPROVED:
            # Perhaps nobody could read it.
            play.well()
            play.settle()
        assert run_of(play, again).state is State.APPROVED, "3: he is back, and cannot sign"
        play.met["back"] += 1


def _comes_back(play: Scenes, leave: RecordId | None, today: dt.date) -> None:
    row = play.row_of(MO, LEAVE, leave) if leave is not None else None
    if row is not None:
        play.put(MO, LEAVE, row, "end_on", today - dt.timedelta(days=1))
        play.settle()


def _signs(play: Scenes, desk: str, record: RecordId) -> None:
    play.shut(desk)
    row = play.row_of(desk, CLAIM, record)
    if row is not None:
        play.put(desk, CLAIM, row, VERDICT, "agree")
    play.settle()
