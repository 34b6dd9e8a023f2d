"""The example of docs/access.md: records that say themselves how confidential they are (TX-3.5.3)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.office import Office, declares, moved_in, open_office

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
SECRET = "they will halve their price"

pytestmark = pytest.mark.long


@pytest.fixture
def office(furnished: Path, tmp_path: Path) -> Iterator[Office]:
    root = moved_in(furnished, tmp_path)
    (example,) = re.findall(
        r"^```toml\n# forms/market\.toml\n(.*?)^```",
        PAGE.read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
    declares(root, {"forms/market.toml": example})
    with open_office(root) as found:
        found.settle()
        found.adds("Rae", "market", subject="A rumour", content=SECRET)
        found.settle()
        yield found


def tells(office: Office) -> set[str]:
    """Return the desks whose files hold what was told."""
    desks = ("Rae", "Roy", "Mo", "Lena", "Marketing", "Production", "Finance")
    return {each for each in desks if office.tells(each, SECRET)}


def test_a_hint_is_seen_by_who_gave_it_marketing_and_the_leader_until_it_is_verified(office):
    assert tells(office) == {"Rae", "Marketing", "Lena"}


def test_a_class_of_confidentiality_says_who_sees_a_record_that_marketing_has_verified(office):
    (number,) = (each.number for each in office.every("market"))
    known = {"Rae", "Marketing", "Lena"}

    office.types("Marketing", "market", number, verdict="Verified")
    office.settle()
    assert tells(office) == known | {"Mo"}, "restricted, as long as nobody says otherwise"
    office.types("Marketing", "market", number, **{"class": "Open"})
    office.settle()
    assert tells(office) == known | {"Mo", "Roy", "Production"}
    office.types("Marketing", "market", number, **{"class": "Internal"})
    office.settle()
    assert tells(office) == known | {"Mo", "Roy"}, "what is no longer open has left the file"
