"""Who may write in whose folder: seen on a real file system, and told to the administrator."""

from sync.trust import look_at_rights
from tests.support.office import Office


def lines(office: Office) -> list[str]:
    return [each for each in office.problems("admin") if each.startswith("rights.")]


def test_a_folder_in_which_others_may_write_is_told_to_the_administrator_until_it_is_mended(office: Office):
    for each in office.place("Mo").parents[:2]:
        each.chmod(0o755)
    look_at_rights(office.engine)
    before = {
        each.what.params["desks"] for each in office.store.problems() if each.what.key == "rights.others"
    }

    office.place("Mo").parent.chmod(0o777)
    look_at_rights(office.engine)
    office.settle()

    assert not any("Mo" in str(each) for each in before)
    assert lines(office) == ["rights.others"]
    assert "detected, not prevented" in office.hints("Administrator")
    assert "Mo" in office.hints("Administrator")

    office.adds("Administrator", "product", name="Hose", price=5)
    office.settle()
    assert lines(office) == ["rights.others"], "a save does not end it"

    office.place("Mo").parent.chmod(0o755)
    look_at_rights(office.engine)
    office.settle()
    assert lines(office) == []


def test_it_is_told_once(office: Office):
    office.place("Mo").parent.chmod(0o777)
    look_at_rights(office.engine)
    head = office.store.head()

    look_at_rights(office.engine)

    assert office.store.head() == head


def test_a_sign_off_counts_as_much_as_the_folder_is_worth(office: Office):
    """C in a folder of one's own, D where others may write."""
    graded = {}
    for mode in (0o755, 0o777):
        for each in office.place("Mo").parents[:2]:
            each.chmod(0o755)
        office.place("Mo").chmod(0o644)
        office.place("Mo").parent.chmod(mode)
        number = f"{mode:o}"
        office.adds(
            "Rae",
            "expense",
            date="2026-10-26",
            category="travel",
            description=number,
            amount=90,
            attachments="receipt.pdf",
            submit="Yes",
        )
        office.settle()
        claim = next(each for each in office.every("expense") if each["description"] == number)
        office.types("Mo", "expense", claim.number, first_manager="Agree")
        office.settle()
        graded[mode] = [each.grade for each in office.decisions("expense", claim.number)]

    assert graded == {0o755: ["C"], 0o777: ["D"]}
