"""Somebody writes in the manager's file, in every way, in any order; engines that let him are found out."""

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest

from tests.support import planted_codes
from tests.support.forging import FORGING
from tests.support.planted import Parts
from tests.support.scenes import Scenes
from tests.support.small_company import RAE, small_company
from tests.support.town import Town

WALKS = 9


@cache
def pristine() -> Town:
    town = Town(small_company(Path(mkdtemp())))
    town.adds(RAE, "customer", name="Acme")
    town.settle()
    return town


def walk(parts: Parts) -> Counter[str]:
    met: Counter[str] = Counter()
    for number in range(WALKS):
        chance = Random(number)
        play = Scenes(pristine(), parts, met)
        for step in range(3):
            scene = chance.choice((FORGING[0], *FORGING))
            scene(play, RAE, (number + 2 * step) % 6, chance.random() < 0.5, chance.random() < 0.5)
        play.go_home()
    return met


def test_nothing_but_the_right_code_signs_and_what_is_disowned_does_not_count():
    met = walk(Parts())

    for each in ("code right", "code forged", "disowned", "sign.code_needed", "sign.code_wrong"):
        assert met[each], each
    for each in ("sign.code_used", "sign.code_changed", "sign.code_alone"):
        assert met[each], each


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(Parts(engine=planted_codes.CodesBoundToNoContent), id="CodesBoundToNoContent"),
        pytest.param(Parts(engine=planted_codes.TakesAnyCode), id="TakesAnyCode"),
        pytest.param(Parts(engine=planted_codes.HearsNobodyDisown), id="HearsNobodyDisown"),
        pytest.param(Parts(store=planted_codes.ForgetsUsedCodes), id="ForgetsUsedCodes"),
        pytest.param(Parts(store=planted_codes.ConfirmsToNobody), id="ConfirmsToNobody"),
        pytest.param(Parts(declared=planted_codes.without_grades), id="without_grades"),
    ],
)
def test_an_engine_that_takes_sign_offs_for_better_than_they_are_is_found_out(parts: Parts):
    with pytest.raises(AssertionError):
        walk(parts)
