"""A LibreOffice that all tests of a process share, and a company at whose desks people sit in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sync.opening import OldRow
from tests.support import libreoffice
from tests.support.libreoffice import Client
from tests.support.office import Office, furnish, moved_in, open_office
from tests.support.seat import Seat

SitsDown: TypeAlias = Callable[..., Seat]

CUSTOMERS = (
    ("Delta", "retail"),
    ("Borneo", "mining"),
    ("Elbe", "retail"),
    ("Cairo", "shipping"),
    ("Fuji", "mining"),
)


@pytest.fixture(scope="session")
def libreoffice_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    lacking = libreoffice.missing()
    if lacking:
        pytest.skip(lacking)
    with libreoffice.run(tmp_path_factory.mktemp("libreoffice")) as client:
        yield client


@pytest.fixture
def client(libreoffice_running: Client) -> Iterator[Client]:
    libreoffice_running.type_as("en-US")
    yield libreoffice_running
    libreoffice_running.close_all()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, libreoffice_running: Client) -> Path:
    """The company of the stories, in which Rae has six customers."""
    root = tmp_path_factory.mktemp("furnished")
    furnish(root, (_customer(at, *each) for at, each in enumerate(CUSTOMERS, start=2001)))
    return root


def _customer(at: int, name: str, industry: str) -> OldRow:
    cells = {"name": name, "owner": "Rae", "industry": industry, "phone": f"555-{at}"}
    filled = {FieldKey(key): value for key, value in cells.items()}
    return OldRow(form=FormKey("customer"), desk=DeskKey("admin"), cells=filled)


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[Office]:
    with open_office(moved_in(furnished, tmp_path)) as found:
        yield found


@pytest.fixture
def sits(office: Office, client: Client) -> SitsDown:
    """Let somebody open his desk: `sits("Rae")`."""
    return lambda key, **how: Seat.taken(office, client, key, **how)
