"""The real folder keeps what every `Workbooks` promises, and what only files can show."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sheet_templates.form import Desk
from sheet_templates.sheets import sheets_of
from sheet_templates.template import render_template
from sheet_templates.words import Words
from sync.edges.xlsx.folder import XlsxFolder
from sync.edges.xlsx.renames import exchange, no_exchange
from sync.edges.xlsx.versions import Versions
from tests.support.clock import FakeClock
from tests.support.person import Person
from tests.support.workbooks_contract import WorkbooksContract, World, contract_forms

WORDS = Words.load()


class Racing:
    """Exchanges names, after letting something happen once."""

    def __init__(self, really: Callable[[Path, Path], bool]) -> None:
        self.really = really
        self.race: Callable[[], None] | None = None

    def __call__(self, one: Path, other: Path) -> bool:
        race, self.race = self.race, None
        if race is not None:
            race()
        return self.really(one, other)

    def arm(self, race: Callable[[], None]) -> None:
        self.race = race


def folder(workspace: Path, really: Callable[[Path, Path], bool] = exchange) -> XlsxFolder:
    forms = contract_forms()

    def template(desk: Desk) -> bytes:
        return render_template(desk, sheets_of(desk.role, forms), WORDS)

    made = XlsxFolder(
        workspace=workspace,
        desks=Path("desks"),
        versions=Versions(folder=workspace / ".deskbook" / "versions"),
        forms=forms,
        template=template,
        clock=FakeClock(),
        exchange=Racing(really),
    )
    made.found()
    return made


def world_of(made: XlsxFolder) -> World:
    racing = made.exchange
    assert isinstance(racing, Racing)
    return World(
        workbooks=made,
        hands=Person(made),
        vanish=lambda: made.root.rename(made.root.with_name("unmounted")) and None,
        race=racing.arm,
    )


class TestFolder(WorkbooksContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return world_of(folder(tmp_path))


class TestFolderWithoutExchange(WorkbooksContract):
    """Where names cannot be exchanged in one step: Windows, macOS, many shares."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return world_of(folder(tmp_path, no_exchange))
