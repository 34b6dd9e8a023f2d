"""A short piece of what `make soak` does for as long as it is given."""

from collections import Counter
from pathlib import Path

import pytest

from tests.soak.files import walk
from tests.soak.kill import company
from tests.soak.promises import broken, put_right
from tests.support.office import furnish


@pytest.mark.long
def test_a_daemon_that_is_killed_again_and_again_keeps_every_promise(tmp_path: Path):
    with company(tmp_path / "company", 7, smtp=True) as here:
        for _ in range(4):
            here.one_life()
        put_right(here)

        assert here.kills == 4
        assert here.staff.typed
        assert broken(here) == []


@pytest.mark.long
def test_a_company_on_real_files_survives_a_random_day(tmp_path: Path):
    furnish(tmp_path)
    met: Counter[str] = Counter()

    walk(tmp_path, 11, 14, met)

    assert met["types"]
    assert met["crash"]
