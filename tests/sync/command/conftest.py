"""A company for every command: founded once, copied for each test, which may do anything with it."""

import shutil
from pathlib import Path

import pytest

from tests.support.acme import found


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("original") / "company"
    found(root)
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "company"))
