"""Desks that are open in LibreOffice while Deskbook works and while others edit."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.ports import Refused, Why
from tests.clients.conftest import SitsDown
from tests.support.libreoffice import RefusedError
from tests.support.office import Office
from tests.support.shell import end, start

pytestmark = pytest.mark.client


def lock(place: Path) -> Path:
    return place.with_name(f".~lock.{place.name}#")


def test_an_open_desk_is_left_alone_and_brought_up_to_date_when_it_is_closed(office: Office, sits: SitsDown):
    rae = sits("Rae")
    assert lock(office.place("Rae")).read_text().startswith("Rae ,")
    opened = office.raw("Rae")
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    _, written = office.round()

    assert [each for each in written if isinstance(each, Refused)] == [Refused(why=Why.BUSY, who="Rae")]
    assert office.raw("Rae") == opened
    assert office.shows("master", "customer", "Acme", "class") == "A important", "the others do not wait"

    rae.types("customer", "Acme", remarks="written meanwhile")
    rae.save()
    saved = office.raw("Rae")
    office.settle()
    assert office.value("customer", "Acme", "remarks") == "written meanwhile"
    assert office.shows("Mo", "customer", "Acme", "remarks") == "written meanwhile"
    assert office.raw("Rae") == saved, "she has it open still"

    rae.types("customer", "Acme", phone="555-7777")
    rae.leaves()
    office.settle()
    acme = office.record("customer", "Acme")
    assert (acme["remarks"], acme["phone"], acme["class"]) == ("written meanwhile", "555-7777", "A")
    for field, shown in (("class", "A important"), ("remarks", "written meanwhile"), ("phone", "555-7777")):
        assert office.shows("Rae", "customer", "Acme", field) == shown
    assert not lock(office.place("Rae")).exists()
    assert office.problems() == []


def test_two_people_with_one_customer_before_them_disturb_each_other_only_in_one_cell(
    office: Office, sits: SitsDown
):
    rae, mo = sits("Rae"), sits("Mo")
    rae.types("customer", "Acme", phone="555-7777", remarks="prefers calls")
    mo.types("customer", "Acme", remarks="prefers mail", region="North", **{"class": "A important"})
    mo.save()
    office.settle()
    rae.save()
    office.settle()
    rae.opened.close()
    mo.opened.close()
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["region"], acme["class"]) == ("555-7777", "North", "A")
    assert acme["remarks"] == "prefers mail", "who saved first"
    (conflict,) = office.store.conflicts()
    assert (conflict.base, conflict.mine, conflict.theirs) == ("likes tea", "prefers calls", "prefers mail")
    said = office.check("Rae", "customer", "Acme")
    assert all(each in said for each in ("prefers calls", "prefers mail", "likes tea", "Mo"))
    assert office.check("Mo", "customer", "Acme") == ""
    for key in ("Rae", "Mo", "master"):
        assert office.shows(key, "customer", "Acme", "phone") == "555-7777"
        assert office.shows(key, "customer", "Acme", "remarks") == "prefers mail"

    office.types("Rae", "customer", "Acme", remarks="prefers calls")
    office.settle()
    assert office.value("customer", "Acme", "remarks") == "prefers calls"
    assert office.store.conflicts() == ()
    assert office.shows("Mo", "customer", "Acme", "remarks") == "prefers calls"


def test_a_copy_that_was_opened_an_hour_ago_is_merged_against_what_it_showed_then(
    office: Office, sits: SitsDown
):
    home = office.workspace.root / "at home.xlsx"
    shutil.copy(office.place("Rae"), home)
    away = sits("Rae", at=home)
    office.clock.step(hours=1)
    office.types("Rae", "customer", "Acme", phone="555-9999")
    office.types("Mo", "customer", "Delta", remarks="by Mo")
    office.adds("Rae", "customer", name="From the office")
    office.settle()

    away.types("customer", "Acme", remarks="on the train")
    away.types("customer", "Delta", remarks="by Rae")
    away.adds("customer", name="Met on the train")
    away.leaves()
    home.replace(office.place("Rae"))
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["remarks"]) == ("555-9999", "on the train")
    assert office.value("customer", "Delta", "remarks") == "by Mo"
    assert [(each.mine, each.theirs) for each in office.store.conflicts()] == [("by Rae", "by Mo")]
    for name in ("From the office", "Met on the train"):
        assert office.record("customer", name)
        for key in ("Rae", "Mo", "master"):
            assert office.has(key, "customer", name), (key, name)
    assert len(office.every("customer")) == 9
    assert office.shows("Rae", "customer", "Acme", "phone") == "555-9999"


def test_a_desk_that_is_saved_under_another_name_beside_it_is_read_and_left_where_it_is(
    office: Office, sits: SitsDown
):
    rae = sits("Rae")
    rae.types("customer", "Acme", remarks="in the copy")
    beside = office.place("Rae").with_name("Rae, mine.xlsx")
    rae.opened.save_as(beside)
    assert not lock(office.place("Rae")).exists()
    assert lock(beside).exists()
    office.settle()

    assert office.value("customer", "Acme", "remarks") == "in the copy"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "in the copy"

    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()
    assert office.shows("Rae", "customer", "Acme", "class") == "A important", "only the copy is open"
    rae.types("customer", "Acme", phone="555-7777")
    rae.adds("customer", name="Only in the copy")
    rae.leaves()
    office.settle()

    assert beside.exists()
    assert office.value("customer", "Acme", "phone") == "555-7777"
    assert office.shows("Rae", "customer", "Acme", "phone") == "555-7777"
    assert [each["name"] for each in office.every("customer")].count("Only in the copy") == 1
    assert office.has("Rae", "customer", "Only in the copy")
    assert office.problems() == []


def test_who_has_lost_the_lock_cannot_save_over_what_was_written_since(office: Office, sits: SitsDown):
    """As when a computer sleeps and a server clears its lock: what she then saves beside it is merged."""
    rae = sits("Rae")
    rae.types("customer", "Acme", remarks="typed before the lock went")
    lock(office.place("Rae")).unlink()
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"

    with pytest.raises(RefusedError, match="0x"):
        rae.save()
    rae.opened.save_as(office.place("Rae").with_name("Rae 2.xlsx"))
    rae.opened.close()
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["remarks"], acme["class"]) == ("typed before the lock went", "A")
    assert office.shows("Rae", "customer", "Acme", "remarks") == "typed before the lock went"
    assert office.shows("Rae", "customer", "Acme", "class") == "A important"


def test_the_daemon_reads_what_is_saved_and_writes_when_nobody_has_the_desk_open(
    office: Office, sits: SitsDown
):
    """The daemon's own process, with the computer's clock and its watch; the office only looks."""
    root = office.workspace.root
    rae, mo = sits("Rae"), sits("Mo")
    opened = office.raw("Rae")
    daemon = start("run", "-w", root, at=root.parent)
    try:
        mo.types("customer", "Acme", **{"class": "A important"})
        mo.leaves()
        until(lambda: waits(root, "Rae"))
        assert office.value("customer", "Acme", "class") == "A"
        assert office.raw("Rae") == opened

        rae.types("customer", "Acme", remarks="written meanwhile")
        rae.save()
        saved = office.raw("Rae")
        until(lambda: office.shows("Mo", "customer", "Acme", "remarks") == "written meanwhile")
        assert office.raw("Rae") == saved

        rae.opened.close()
        until(lambda: office.shows("Rae", "customer", "Acme", "class") == "A important")
        assert office.shows("Rae", "customer", "Acme", "remarks") == "written meanwhile"
    finally:
        daemon.send_signal(signal.SIGTERM)
        assert end(daemon).code == 0
    assert office.problems() == []


def waits(root: Path, desk: str) -> bool:
    """Return whether the daemon has noted that a desk cannot be written now."""
    log = root / ".deskbook" / "log" / "deskbook.log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else ()
    return any(each.get("event") == "waits" and each.get("desk") == desk for each in map(json.loads, lines))


def until(true: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until *true* says so."""
    patience = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < patience, "it never came"
        time.sleep(0.1)
