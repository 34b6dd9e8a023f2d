"""The four packages have short names of their own at the top: nobody else may have them too."""

import importlib.metadata
import importlib.util
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PACKAGES = ("sync", "rules", "reports", "sheet_templates")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files in the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    [path] = WheelBuilder(str(ROOT)).build(directory=str(folder))
    with zipfile.ZipFile(path) as archive:
        return frozenset(archive.namelist())


def test_all_packages_live_in_one_folder():
    folders = set()
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        folders |= {Path(place).resolve().parent for place in spec.submodule_search_locations}

    assert len(folders) == 1


def test_no_other_distribution_claims_a_packages_name():
    claimed = importlib.metadata.packages_distributions()

    assert {name: claimed[name] for name in PACKAGES if set(claimed.get(name, ())) - {"deskbook"}} == {}


def test_the_command_is_called_deskbook_and_no_other_is_installed():
    [distribution] = importlib.metadata.distributions(name="deskbook")

    assert [(each.name, each.value) for each in distribution.entry_points] == [("deskbook", "sync.cli:main")]


def test_the_wheel_carries_all_that_the_packages_read_and_their_types(wheel: frozenset[str]):
    needed = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert needed <= wheel
    assert {f"{name}/py.typed" for name in PACKAGES} <= wheel
    assert any(name.startswith("sheet_templates/words/") and name.endswith(".toml") for name in wheel)


def test_the_wheel_carries_nothing_else(wheel: frozenset[str]):
    assert {name.partition("/")[0] for name in wheel} == {
        *PACKAGES,
        f"deskbook-{importlib.metadata.version('deskbook')}.dist-info",
    }
