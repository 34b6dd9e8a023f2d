"""What the command line asks of a daemon that runs."""

import datetime as dt
from pathlib import Path

from sheet_templates.form import DeskKey
from sync.chosen import Choice
from sync.edges.requests import Releases, Undos
from sync.undoing import Asked


def test_what_is_asked_waits_until_it_is_done(tmp_path: Path):
    releases = Releases(folder=tmp_path / "release")
    assert releases.asked() == ()

    for desk in ("finance", "銷售/07", "finance"):
        releases.ask(DeskKey(desk))
    assert set(releases.asked()) == {"finance", "銷售/07"}

    releases.done(DeskKey("finance"))
    releases.done(DeskKey("nobody"))
    assert releases.asked() == ("銷售/07",)


def test_an_undo_that_is_asked_for_waits_as_it_was_asked_until_it_is_done(tmp_path: Path):
    undos = Undos(folder=tmp_path / "undo")
    assert undos.asked() == ()

    since = dt.datetime(2026, 11, 21, 14, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    one = Asked(name="k3k3k3k3k3k3", by="王", choice=Choice(cause="ab" * 32, upto=7))
    other = Asked(name="m4m4m4m4m4m4", by="wang", choice=Choice(desk=DeskKey("finance"), since=since))
    for each in (one, other, one):
        undos.ask(each)
    assert sorted(undos.asked(), key=lambda each: each.name) == [one, other]

    undos.done(one)
    undos.done(one)
    assert undos.asked() == (other,)
