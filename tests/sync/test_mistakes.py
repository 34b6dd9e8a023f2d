"""Random companies in which people make mistakes in many rows: what is said of them is so, wherever it is cut off.

The rules are those of `tests.support.witness`; the bugs that are planted here must be found.
"""

from collections import Counter
from functools import cache
from random import Random

import pytest

from sync.edges.store.errors import Contradiction
from tests.support import planted_holds
from tests.support.mistakes import errs_in_many_rows
from tests.support.planted import Parts
from tests.support.scenes import Scenes
from tests.support.small_company import RAE, ROY
from tests.sync.test_engine_machine import pristine

PLAYS = 9
"""So many companies does it take until all of `PATHS` was come by, and each planted bug is found."""

PATHS = (
    *("hold", "take", "drop", "hold.dropped", "mass mistake", "hold take", "hold drop", "hold undone"),
    *("file.held.changed", "file.held.sorted", "file.held.missing", "crash"),
)


@cache
def plays(parts: Parts, many: int) -> Counter[str]:
    met: Counter[str] = Counter()
    for number in range(many):
        chance = Random(number)
        play = Scenes(pristine(), parts, met)
        for _ in range(2):
            desk, at = chance.choice((RAE, ROY)), chance.randrange(6)
            errs_in_many_rows(play, desk, at, chance.random() < 0.5, chance.random() < 0.5)
        play.go_home()
    return met


def test_what_is_said_of_a_mistake_is_so_wherever_it_is_cut_off():
    met = plays(Parts(), PLAYS)
    assert not [each for each in PATHS if not met[each]]


STORES = (
    planted_holds.TakesTwice,
    planted_holds.ForgetsWhatWasDropped,
    planted_holds.ForgetsWhatWasBrought,
    planted_holds.AsksAgain,
    planted_holds.HearsOldWords,
    planted_holds.ReadsEveryNewRowAgain,
    planted_holds.CrossesOffEverything,
)
ENGINES = (planted_holds.DropsByHalves, planted_holds.DropsNothing, planted_holds.NeverAsks)


@pytest.mark.long
@pytest.mark.parametrize(
    "parts",
    [
        *(pytest.param(Parts(store=each), id=each.__name__) for each in STORES),
        *(pytest.param(Parts(engine=each), id=each.__name__) for each in ENGINES),
        pytest.param(Parts(workbooks=planted_holds.WritesOtherCells), id="WritesOtherCells"),
    ],
)
def test_a_planted_bug_is_found(parts: Parts):
    with pytest.raises((AssertionError, Contradiction)):
        plays(parts, PLAYS)
