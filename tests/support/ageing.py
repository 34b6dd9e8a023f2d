"""Scenes in which time has passed: what was remembered of old copies is forgotten."""

from dataclasses import replace

from tests.support.scenes import CUSTOMER, NOTE, Scenes
from tests.support.workbooks import FakeFile


def old_renders_are_thinned(play: Scenes, desk: str, at: int, one: bool, other: bool) -> None:
    """All but what the desks' files carry is forgotten; *one* brings a copy back of which nobody knows any more.

    *other* typed into it.
    """
    play.shut(desk)
    play.settle()
    old, row = play.file(desk), play.pick(desk, CUSTOMER, at)
    if row is None or play.held(desk):
        return
    play.put(desk, CUSTOMER, row, NOTE, play.token())
    play.settle()
    known = set(play.town.store._state.renders)
    play.town.store.thin(play.town.clock.now())
    forgotten = known - set(play.town.store._state.renders)
    play.witness.forgotten |= forgotten
    play.homes = [each for each in play.homes if each[1].render not in forgotten]
    play.met["thinned"] += len(forgotten)
    play.settle()
    if one and old.render in forgotten and not play.held(desk):
        _comes_back(play, desk, at, old, typed=play.token() if other else None)


def _comes_back(play: Scenes, desk: str, at: int, old: FakeFile, *, typed: str | None) -> None:
    rows, current, path = play.rows(old, CUSTOMER), play.file(desk), play.town.path(desk)
    if typed is not None:
        sheet = old.sheets[CUSTOMER].put(rows[at % len(rows)], NOTE, typed)
        old = replace(old, sheets={**old.sheets, CUSTOMER: sheet})
    before = {each.id: each.values for each in play.town.every(CUSTOMER)}
    play.town.workbooks.put_back(path, old)
    play.round()
    assert {each.id: each.values for each in play.town.every(CUSTOMER)} == before, (
        "F5: nobody knows what the copy was made from, and something of it was taken"
    )
    play.met["unknown base"] += 1
    play.town.workbooks.put_back(path, current)
    play.settle()
    assert not play.held(desk), "the present version was put back"
