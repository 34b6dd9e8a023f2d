"""Online desks beside workbooks in one company: what the people there see."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from sync.edges.google.mirror import ENDING
from tests.support.google.people import NotAllowed
from tests.support.office import furnish
from tests.support.online_office import OnlineOffice, online_office

pytestmark = pytest.mark.long


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("furnished")
    furnish(root)
    return root


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[OnlineOffice]:
    with online_office(furnished, tmp_path, ("Mo", "finance")) as found:
        yield found


def test_a_claim_goes_from_a_workbook_to_spreadsheets_and_back(office: OnlineOffice):
    assert {key: office.path(key).suffix for key in ("Rae", "Mo", "Finance", "Lena")} == {
        "Rae": ".xlsx",
        "Mo": ENDING,
        "Finance": ENDING,
        "Lena": ".xlsx",
    }
    office.adds(
        "Rae",
        "expense",
        date="2026-10-26",
        category="Travel",
        description="Train",
        amount=Decimal(80),
        attachments="bill.pdf",
        invoice_no="F1",
        submit="Yes",
    )
    office.settle()
    claim = office.every("expense")[-1]
    assert office.shows("Mo", "expense", claim.number, "description") == "Train"

    office.types("Mo", "expense", claim.number, first_manager="Agree")
    office.settle()
    assert [(each.verdict, each.grade) for each in office.decisions("expense", claim.number)] == [
        ("agree", "B")
    ]
    office.types("Finance", "expense", claim.number, paid_on="2026-10-26")
    office.settle()
    assert office.shows("Finance", "expense", claim.number, "description") == "Train"


def test_what_people_type_at_the_same_time_in_a_workbook_and_a_spreadsheet_is_a_conflict(
    office: OnlineOffice,
):
    office.types("Mo", "customer", "Acme", remarks="Mo says")
    office.types("Rae", "customer", "Acme", remarks="Rae says")
    office.settle()

    assert {each.mine for each in office.store.conflicts()} | {
        office.value("customer", "Acme", "remarks")
    } == {
        "Mo says",
        "Rae says",
    }


def test_a_spreadsheet_is_shared_with_the_people_of_its_desk_and_nobody_else(office: OnlineOffice):
    mo, rae = office.google.person("mo@example.com"), office.google.person("rae@example.com")
    assert "todo" not in mo.open(office.id("Mo")).sheets()
    with pytest.raises(NotAllowed):
        rae.open(office.id("Mo"))


def test_a_desk_that_is_no_longer_named_becomes_a_workbook_again(furnished: Path, tmp_path: Path):
    with online_office(furnished, tmp_path, ("Mo",)) as office:
        office.types("Mo", "customer", "Acme", remarks="typed online")
        office.settle()
        id_ = office.id("Mo")
        office.engine.online = office.engine.places.online = frozenset()
        office.settle()

        assert office.path("Mo").suffix == ".xlsx"
        assert office.shows("Mo", "customer", "Acme", "remarks") == "typed online"
        # He finds what he had added himself: he may read it, and write there no more.
        hand = office.google.person("mo@example.com").open(id_)
        with pytest.raises(NotAllowed):
            hand.type(f"'{hand.sheets()[0]}'!A1", "still here")


def test_a_spreadsheet_that_is_deleted_is_made_anew_with_all_that_was_typed(office: OnlineOffice):
    office.types("Mo", "customer", "Acme", remarks="typed online")
    office.settle()
    office.google.person(office.google.service_account_mail).delete(office.id("Mo"))
    for _ in range(4):
        office.clock.step(seconds=30)
        office.settle()

    assert office.shows("Mo", "customer", "Acme", "remarks") == "typed online"
    assert office.google.person("mo@example.com").open(office.id("Mo")).sheets()
