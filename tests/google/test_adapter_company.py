"""The company of `tests.sync.test_engine_machine`, some of whose desks are at Google, under faults, crashes and races.

Its rules, its scenes and its witness are the same; beside them happens what happens at Google (`tests.support.google_scenes`).
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from sync.edges.store.errors import Contradiction
from tests.support.google_scenes import (
    GOOGLE,
    TROUBLE,
    MixedScenes,
    begin,
    walk_at_google,
    walk_over_what_is_put,
)
from tests.support.mixed_town import MixedTown
from tests.support.mixed_workbooks import MixedWorkbooks
from tests.support.planted import Parts
from tests.support.planted_google import BESIDE, WRITING
from tests.support.scenes import MOVING, Scene
from tests.support.small_company import RAE, ROY, small_company
from tests.sync.test_engine_machine import CHECK_EXAMPLES, DESK, PICK, SCENES, YES, CompanyMachine, run


@cache
def mixed() -> MixedTown:
    """Return a company with desks of both kinds in which some work has been done."""
    town = MixedTown(small_company(Path(mkdtemp())))
    for desk, name, amount in ((RAE, "Acme", 100), (ROY, "Coda", 300), (ROY, "Dora", 2000)):
        town.adds(desk, "customer", name=name, note=f"of {name}")
        town.settle()
        town.adds(desk, "claim", what=f"for {name}", amount=Decimal(amount), customer=name)
    town.settle()
    return town


class MixedMachine(CompanyMachine):
    """The same people; Roy and Mo work at Google."""

    parts = Parts(workbooks=MixedWorkbooks)
    met: ClassVar[Counter[str]] = Counter()
    play: MixedScenes

    @initialize(apart=st.booleans(), follows=st.booleans())
    def begin(self, apart: bool, follows: bool) -> None:
        self.play = MixedScenes(mixed(), self.parts, self.met)
        begin(self.play, apart=apart, follows=follows)

    @rule(scene=st.sampled_from(GOOGLE), desk=DESK, at=PICK, one=YES, other=YES)
    def happens_at_google(self, scene: Scene, desk: str, at: int, one: bool, other: bool) -> None:
        scene(self.play, desk, at, one, other)


PATHS = (
    *(f"Google: {each}" for each in TROUBLE),
    *("token revoked", "login refused", "away for long", "forgotten"),
    *("crash", "crash between two requests", "a lock is left", "race", "disk fault"),
    *("between: types", "between: types_over_all", "between: clears", "between: begins_a_row"),
    *("between: inserts", "between: sorts", "between: deletes", "between: refused", "online, refused"),
    *("while put: inserts", "while put: sorts", "while put: deletes", "while put: refused"),
    *("taken away: unshared", "taken away: read-only", "taken away: in the bin", "taken away: deleted"),
    *("taken away: unshared from its people", "leave"),
    *("let in, and signed", "withdrawn in time", "signed online", "online, worth B", "online, worth D"),
    *("approved", "void", "code right", "code forged", "disowned"),
    *("change", "create", "reject", "draft", "conflict", "hold", "copy back", "undo", "row deleted"),
)
"""What the walks must have come across, of Google's own and of what goes through it."""

SEEN = 1
"""The walk that everybody has the time for."""
WALKS = 36
BUDGET = 60
STEPS = 10
CLOSE = 3
"""Walks about nothing but the shortest of all moments, which the others come by too seldom."""
RACES, LOSSES = 1, 2
"""Of three walks the second one is about races, and the third one about what is lost (`walk_at_google`)."""
MORE_RACES = range(WALKS + RACES, 2 * WALKS, 3)
"""They are so many, by who acts at which of the requests, that they come by more seldom."""


def strolls(kind: Parts, which: Iterable[int]) -> Counter[str]:
    """Let companies live through scenes in random order; return what was come across."""
    met: Counter[str] = Counter()
    for number in which:
        walk_at_google(MixedScenes(mixed(), kind, met), number, STEPS, (*SCENES, *MOVING))
    return met


def close_races(kind: Parts) -> None:
    """Let people type again and again where just then something is written."""
    for number in range(CLOSE):
        walk_over_what_is_put(MixedScenes(mixed(), kind, Counter()), number, STEPS)


def races(kind: Parts) -> None:
    """Let companies race, first where the moment is shortest."""
    close_races(kind)
    strolls(kind, range(RACES, BUDGET, 3))


def test_people_at_spreadsheets_and_at_workbooks_are_one_company():
    met: Counter[str] = Counter()
    walk_at_google(MixedScenes(mixed(), MixedMachine.parts, met), SEEN, 5, ())
    assert met["ingest"] + met["change"]


@pytest.mark.long
def test_whatever_happens_at_google_the_engine_keeps_its_promises():
    MixedMachine.met.clear()
    default = settings.default
    assert default is not None

    close_races(MixedMachine.parts)
    run(MixedMachine, 3, soak=default.max_examples > CHECK_EXAMPLES)

    met = MixedMachine.met + strolls(MixedMachine.parts, (*range(WALKS), *MORE_RACES))
    missed = [each for each in PATHS if not met[each]]
    assert not missed


@pytest.mark.long
@pytest.mark.parametrize("bug", WRITING)
def test_a_bug_in_what_is_written_or_read_is_found(bug: str):
    with pytest.raises((AssertionError, Contradiction)):
        races(Parts(workbooks=WRITING[bug]))


@pytest.mark.long
@pytest.mark.parametrize("bug", BESIDE)
def test_a_bug_in_which_spreadsheets_there_are_and_whose_is_found(bug: str):
    with pytest.raises((AssertionError, Contradiction)):
        strolls(Parts(workbooks=BESIDE[bug]), range(LOSSES, BUDGET, 3))
