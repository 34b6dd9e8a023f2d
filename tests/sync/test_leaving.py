"""On leaving, access ends at once: the desk is withdrawn, and the superior knows what was given out (TX-5.4)."""

import pytest

from tests.support.office import MONDAY

pytestmark = pytest.mark.long


TODAY = MONDAY.date()


def leaves(office, name: str) -> None:
    office.types("Administrator", "people", name, left=TODAY, successor="Roy")
    office.settle()


def told(office) -> list:
    office.mailroom.urgent(office.clock.now())
    return [each for each in office.store.messages() if each.key.startswith("left:")]


def test_the_desk_of_who_left_is_withdrawn_with_the_copies_beside_it_and_nothing_is_deleted(office):
    place = office.place("Rae")
    (place.parent / "copy of Rae.xlsx").write_bytes(place.read_bytes())

    leaves(office, "Rae")

    assert list(place.parent.glob("*.xlsx")) == []
    filed = office.workspace.root / ".deskbook" / "filed"
    assert sorted(each.name.split(" ", 2)[2] for each in filed.rglob("*.xlsx")) == [
        "Rae.xlsx",
        "copy of Rae.xlsx",
    ]
    assert office.place("Roy").exists()
    kinds = [line.entry.detail["name"] for line in office.store.journal() if line.entry.kind == "withdraw"]
    assert "desks/Rae/Rae.xlsx" in kinds


def test_a_desk_that_is_open_is_withdrawn_when_it_is_closed(office):
    place, path = office.place("Rae"), office.path("Rae")
    office.person.open_by(path, "Rae")

    leaves(office, "Rae")
    assert place.exists()

    office.person.close(path)
    office.settle()
    assert not place.exists()


def test_the_superior_is_told_once_what_was_given_out(office):
    leaves(office, "Rae")
    office.types("Roy", "customer", "Coda", remarks="more")
    office.settle()

    messages = told(office)
    assert {each.to for each in messages} == {"mo@example.com"}
    assert "Rae has left" in messages[0].subject + messages[0].text
    assert "desks/Rae/Rae.xlsx" in messages[0].text
    assert "TX-5.4" in messages[0].text
    assert len(told(office)) == 1


def test_who_comes_back_has_a_desk_again(office):
    leaves(office, "Rae")
    office.types("Administrator", "people", "Rae", left=None)
    office.settle()
    office.clock.step(seconds=60)
    office.settle()

    assert office.has("Rae", "customer", "Acme")


def moved(office) -> dict[str, str]:
    """Return what was told of desks that were withdrawn from people who work here still, by receiver."""
    office.mailroom.urgent(office.clock.now())
    return {
        each.to: each.subject + each.text
        for each in office.store.messages()
        if each.key.startswith("withdrawn:")
    }


def changes_role(office, name: str, role: str) -> None:
    office.types("Administrator", "people", name, role=role)
    office.settle()
    office.signs_settings()
    office.settle()


def test_a_department_in_which_nobody_works_any_more_loses_its_desk_and_those_concerned_are_told(office):
    place = office.place("Production")
    changes_role(office, "Pia", "Logistics")

    assert not place.exists()
    assert office.place("Logistics").exists()
    told = moved(office)
    assert told.keys() == {"pia@example.com", "lena@example.com"}
    for each in told.values():
        assert "The desk “Production” is withdrawn" in each
        assert "Logistics" in each
        assert "TX-5.4" in each
    office.types("Rae", "customer", "Acme", remarks="more")
    office.settle()
    assert moved(office).keys() == told.keys(), "once"


def test_whoever_changes_to_a_department_is_told_that_her_own_desk_is_withdrawn(office):
    place = office.place("Rae")
    changes_role(office, "Rae", "Marketing")

    assert not place.exists()
    told = moved(office)
    assert told.keys() == {"rae@example.com", "mo@example.com"}
    assert all("The desk “Rae” is withdrawn" in each and "Marketing" in each for each in told.values())
