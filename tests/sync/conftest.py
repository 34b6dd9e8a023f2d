"""A company at work on real files, for every story: furnished once, copied for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.office import Office, furnish, moved_in, open_office


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("furnished")
    furnish(root)
    return root


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[Office]:
    with open_office(moved_in(furnished, tmp_path)) as found:
        yield found
