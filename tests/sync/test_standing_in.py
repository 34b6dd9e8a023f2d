"""For whom something waits is said by every desk that shows it, when a leave begins and ends: by a word, or by a day."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import RecordId
from tests.support.forging import asked
from tests.support.planted import Parts
from tests.support.scenes import CLAIM, Scenes
from tests.support.small_company import LENA, MO, RAE, small_company
from tests.support.standing_in import LEAVE
from tests.support.town import Town

PEOPLE = FormKey("people")


@cache
def pristine() -> Town:
    return Town(small_company(Path(mkdtemp())))


@pytest.fixture
def play() -> Scenes:
    return Scenes(pristine(), Parts(), Counter())


def put_up(play: Scenes) -> RecordId:
    record = asked(play, Decimal(331))
    assert record is not None
    return record


def waits_for(play: Scenes, record: RecordId) -> set[str]:
    """Return what the desks that show a claim say of for whom it waits."""
    found = set()
    for desk in (RAE, MO, LENA):
        row = play.row_of(desk, CLAIM, record)
        if row is not None:
            found.add(str(play.cell(desk, CLAIM, row, "state")).partition("waits for Sales manager ")[2])
    return found


def to_sign(play: Scenes, desk: str) -> list[str]:
    return [
        str(each[FieldKey("subject_number")])
        for each in play.town.todo(desk)
        if str(each.get(FieldKey("what"))).startswith("Decide")
    ]


def next_day(play: Scenes, days: int = 1) -> None:
    play.town.clock.step(hours=24 * days)
    play.town.daily()
    play.settle()


@pytest.mark.parametrize(("named", "stands"), [({"delegate": "Lena"}, "(Lena for Mo)"), ({}, "(Lena)")])
@pytest.mark.parametrize("said", [True, False])
def test_when_a_leave_begins_and_ends_every_desk_says_for_whom_it_waits(play, named, stands, said):
    """*said*: it is entered and taken back on its own days; else it was entered before, and its days go by."""
    before = put_up(play)
    number = play.town.store.get(CLAIM, before).number
    assert waits_for(play, before) == {"(Mo)"}
    today = play.town.clock.now().date()
    start = today if said else today + dt.timedelta(days=1)
    leave = play.town.adds(MO, "leave", start_on=start, end_on=start + dt.timedelta(days=1), **named)
    play.settle()
    if not said:
        assert waits_for(play, before) == {"(Mo)"}
        assert number in to_sign(play, MO)
        next_day(play)

    assert waits_for(play, before) == {stands}
    assert number in to_sign(play, LENA)
    assert number not in to_sign(play, MO)

    within = put_up(play)
    assert waits_for(play, within) == {stands}
    if said:
        play.put(MO, LEAVE, play.row_of(MO, LEAVE, leave), "end_on", start - dt.timedelta(days=1))
        play.settle()
    else:
        next_day(play, 2)
    for each in (before, within):
        assert waits_for(play, each) == {"(Mo)"}
    assert not to_sign(play, LENA)
    assert len(to_sign(play, MO)) == 2
    play.go_home()


def test_who_gets_another_name_is_called_so_where_something_waits_for_him(play):
    record = put_up(play)
    row = play.row_named("admin", PEOPLE, "Mo")
    assert row is not None
    play.put("admin", PEOPLE, row, "name", "Moritz")
    play.settle()

    assert waits_for(play, record) == {"(Moritz)"}


def test_who_gets_another_superior_is_signed_for_by_that_one(play):
    record = put_up(play)
    row = play.row_named("admin", PEOPLE, "Rae")
    assert row is not None
    play.put("admin", PEOPLE, row, "superior", "Lena")
    play.settle()

    assert waits_for(play, record) == {"(Lena)"}
    assert to_sign(play, LENA)
