"""The fake workbooks keep the same promises as the real ones, so that what is tested on them holds on files."""

import pytest

from tests.support.workbooks import FakeWorkbooks
from tests.support.workbooks_contract import WorkbooksContract, World, contract_forms


class TestFake(WorkbooksContract):
    @pytest.fixture
    def world(self) -> World:
        fake = FakeWorkbooks(contract_forms())
        return World(
            workbooks=fake,
            hands=fake,
            vanish=lambda: setattr(fake, "gone", True),
            race=lambda race: setattr(fake, "race", race),
        )
