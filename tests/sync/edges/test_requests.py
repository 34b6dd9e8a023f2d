"""What the command line asks of a daemon that runs."""

from pathlib import Path

from sheet_templates.form import DeskKey
from sync.edges.requests import Releases


def test_what_is_asked_waits_until_it_is_done(tmp_path: Path):
    releases = Releases(folder=tmp_path / "release")
    assert releases.asked() == ()

    for desk in ("finance", "銷售/07", "finance"):
        releases.ask(DeskKey(desk))
    assert set(releases.asked()) == {"finance", "銷售/07"}

    releases.done(DeskKey("finance"))
    releases.done(DeskKey("nobody"))
    assert releases.asked() == ("銷售/07",)
