"""Disks that are full, forbidden or broken: the daemon says it, goes on, and loses nothing."""

from pathlib import Path
from random import Random

import pytest

from tests.support.fuse import Failing
from tests.support.small_company import MO, RAE, small_company
from tests.support.town import Calm, Town


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(small_company(Path(tmp_path_factory.mktemp("company"))))
    town.adds(RAE, "customer", name="Acme")
    town.settle()
    return town


@pytest.mark.parametrize("what", ["store", "workbooks"])
def test_a_save_that_a_full_disk_kept_from_being_taken_is_taken_when_there_is_room(settled: Town, what: str):
    town = settled.twin()
    failing = Failing(getattr(town, what), Random(0), 1.0)
    calm = Calm()
    town.start(**{what: failing}, log=calm)
    town.types(RAE, "customer", "Acme", note="news")

    for _ in range(4):
        town.clock.step(seconds=15)
        town.daemon_round()
    assert failing.faults
    assert calm.told
    assert town.value("customer", "Acme", "note") is None

    failing.fails = False
    for _ in range(3):
        town.clock.step(seconds=15)
        town.daemon_round()
    assert town.value("customer", "Acme", "note") == "news"
    assert town.shows(MO, "customer", "Acme", "note") == "news"


def test_mail_that_cannot_be_noted_keeps_nobody_from_being_read(settled: Town):
    town = settled.twin()
    calm = Calm()
    town.start(log=calm)
    town.outbox = Failing(town.store, Random(0), 1.0)
    town.adds(RAE, "claim", what="a trip", amount=100, submit="Yes")
    town.daemon_round()
    town.types(RAE, "customer", "Acme", note="news")
    town.daemon_round()

    assert calm.told["a part of a round failed"]
    assert town.value("customer", "Acme", "note") == "news"
