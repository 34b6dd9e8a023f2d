"""What an undo takes back and what it leaves, through real files and the real store, with the shipped forms and rules."""

import datetime as dt
from decimal import Decimal

import pytest

from sheet_templates.form import DeskKey, FieldKey, FormKey
from sheet_templates.record import State
from sync.chosen import Choice, acts
from sync.edges.store.digest import store_hash
from sync.opening import OldRow, enter
from sync.ports import Commit
from sync.undo import Stays, Undoing
from sync.undoing import Asked, plan
from tests.support.ids import SequentialIds
from tests.support.office import Office

pytestmark = pytest.mark.long


BY = "wang"


def saved(office: Office) -> str:
    """Return the version of the save that was taken last."""
    office.settle()
    return [each.cause for each in acts(office.store.journal()) if each.desk is not None][-1]


def planned(office: Office, choice: Choice) -> Undoing:
    return plan(choice, office.declared, office.store, office.clock.now())


def undone(office: Office, choice: Choice | str, name: str = "first") -> Commit | None:
    """Take back what is meant, and show it to everybody."""
    meant = Choice(cause=choice) if isinstance(choice, str) else choice
    office.clock.step(seconds=1)
    done = office.engine.undo(Asked(name=name, by=BY, choice=meant))
    office.settle()
    return done


def kept(undoing: Undoing) -> list[Stays]:
    return [each.why for each in undoing.kept]


def phone(office: Office, desk: str = "Rae", named: str = "Acme") -> tuple[object, object]:
    """Return the customer's phone in the store and in a desk."""
    return office.value("customer", named, "phone"), office.shows(desk, "customer", named, "phone")


def test_a_save_is_taken_back_in_the_store_and_in_every_desk_and_its_person_is_told(office: Office):
    office.types("Rae", "customer", "Acme", phone="555-7777", remarks="likes wine")
    save = saved(office)
    assert phone(office) == ("555-7777", "555-7777")

    done = undone(office, save[:12])

    assert done is not None
    assert phone(office) == ("555-1001", "555-1001")
    assert office.shows("master", "customer", "Acme", "remarks") == "likes tea"
    check = office.check("Rae", "customer", "Acme")
    assert BY in check
    assert "Phone from 555-7777 back to 555-1001" in check
    assert BY in office.hints("Rae")
    told = [each.notify for each in office.store.notices() if each.notify.rule == "undo"]
    assert [each.people for each in told] == [office.desk("Rae").people]

    mails = office.mailroom.digests(office.clock.now()).messages
    (mine,) = [each for each in mails if "took back" in each.text]
    assert mine.to == "rae@example.com"
    assert f"{BY} took back what you had saved" in mine.text
    assert "Phone from 555-7777 back to 555-1001" in mine.text

    assert office.problems(office.desk("Rae").key) == ["undo.told"]
    office.types("Rae", "customer", "Acme", fax="555-9")  # he has seen it
    office.settle()
    assert office.problems(office.desk("Rae").key) == []
    assert phone(office) == ("555-1001", "555-1001")


def test_a_desk_that_still_shows_what_was_taken_back_does_not_bring_it_back(office: Office):
    office.types("Rae", "customer", "Acme", phone="555-7777")
    save = saved(office)
    late = office.raw("Rae")
    office.opens("Rae")
    undone(office, save)
    assert phone(office) == ("555-1001", "555-7777")  # it is open: nothing is written to it

    office.types("Rae", "customer", "Acme", fax="555-9")  # saved while open, the phone as it was
    office.settle()
    assert office.value("customer", "Acme", "phone") == "555-1001"
    office.closes("Rae")
    office.settle()
    assert phone(office) == ("555-1001", "555-1001")
    assert office.shows("Rae", "customer", "Acme", "fax") == "555-9"

    office.place("Rae").write_bytes(late)  # a copy of then comes back
    office.settle()
    assert phone(office) == ("555-1001", "555-1001")
    assert office.shows("Rae", "customer", "Acme", "fax") == "555-9"


def test_a_save_is_not_brought_back_by_the_very_file_that_was_saved_with_it(office: Office):
    """The file was read and not written since: it carries the value as what its copy delivered."""
    office.opens("Rae")
    office.types("Rae", "customer", "Acme", phone="555-7777")
    save = saved(office)
    undone(office, save)
    office.restart()
    office.types("Rae", "customer", "Acme", fax="555-9")
    office.settle()
    assert office.value("customer", "Acme", "phone") == "555-1001"
    office.closes("Rae")
    office.settle()
    assert phone(office) == ("555-1001", "555-1001")
    office.types("Rae", "customer", "Acme", phone="555-7777")  # meant after all
    office.settle()
    assert phone(office) == ("555-7777", "555-7777")


def test_what_others_did_on_top_stays(office: Office):
    office.types("Rae", "customer", "Acme", phone="555-7777", remarks="likes wine")
    save = saved(office)
    office.types("Mo", "customer", "Acme", remarks="allergic to wine")
    office.settle()
    assert office.value("customer", "Acme", "remarks") == "allergic to wine"

    undoing = planned(office, Choice(cause=save))
    assert [(each.address.field, each.now, each.to) for each in undoing.back] == [
        ("phone", "555-7777", "555-1001")
    ]
    assert kept(undoing) == [Stays.CHANGED]
    assert undoing.kept[0].by is not None
    assert undoing.kept[0].by.desk == office.desk("Mo").key

    undone(office, save)
    assert phone(office)[0] == "555-1001"
    assert office.shows("Rae", "customer", "Acme", "remarks") == "allergic to wine"


def test_an_undo_twice_does_nothing_the_second_time_and_an_undo_of_it_restores(office: Office):
    office.types("Rae", "customer", "Acme", phone="555-7777")
    save = saved(office)
    assert undone(office, save) is not None
    stands, head = store_hash(office.store), office.store.head()
    assert undone(office, save, "second") is None
    assert (store_hash(office.store), office.store.head()) == (stands, head)

    undone(office, "undo:first", "third")
    assert phone(office) == ("555-7777", "555-7777")
    assert undone(office, save, "fourth") is not None
    assert phone(office) == ("555-1001", "555-1001")


def test_an_hour_of_one_desk_is_taken_back_and_nobody_elses(office: Office):
    since = office.clock.now()
    office.types("Rae", "customer", "Acme", phone="555-2")
    office.settle()
    office.types("Roy", "customer", "Coda", phone="555-9")
    office.types("Rae", "customer", "Acme", phone="555-3", fax="555-4")
    office.settle()
    until = office.clock.step(hours=1)
    office.types("Rae", "customer", "Acme", email="rae@acme.example")
    office.settle()

    rae = office.desk("Rae").key
    undone(office, Choice(desk=rae, since=since, until=until))
    assert phone(office) == ("555-1001", "555-1001")
    assert office.value("customer", "Acme", "fax") is None
    assert office.value("customer", "Acme", "email") == "rae@acme.example"
    assert phone(office, "Roy", "Coda") == ("555-9", "555-9")


def test_a_record_that_a_save_brought_in_goes_and_comes_back(office: Office):
    office.adds("Rae", "customer", name="Bolt", phone="555-5")
    save = saved(office)
    number = office.record("customer", "Bolt").number
    assert office.has("master", "customer", "Bolt")

    undone(office, save)
    assert not office.has("Rae", "customer", "Bolt")
    assert not office.has("master", "customer", "Bolt")
    assert [each["name"] for each in office.every("customer")] == ["Acme", "Coda"]
    gone = office.store.numbered(FormKey("customer"), number)
    assert gone is not None
    assert (gone.state, gone["phone"]) == (State.RETRACTED, "555-5")
    assert number in {str(each.get(FieldKey("subject_number"))) for each in office.todo("Rae")}

    office.adds("Rae", "customer", name="Bolt")  # its name is free again, its number is not
    office.settle()
    assert office.record("customer", "Bolt").number != number
    assert office.problems(office.desk("Rae").key) == []
    assert kept(planned(office, Choice(cause="undo:first"))) == [Stays.WRONG]  # two may not be called Bolt

    office.types("Rae", "customer", "Bolt", name="Bolt Two")
    office.settle()
    undone(office, "undo:first", "second")
    assert office.record("customer", "Bolt").number == number
    assert office.shows("Rae", "customer", "Bolt", "phone") == "555-5"


def test_a_record_to_which_others_refer_stays(office: Office):
    office.adds("Rae", "customer", name="Bolt", phone="555-5")
    save = saved(office)
    office.adds("Rae", "contact", customer="Bolt", on=dt.date(2026, 10, 26), content="called", how="phone")
    office.settle()
    assert not office.store.problems()
    assert len(office.every("contact")) == 1

    undoing = planned(office, Choice(cause=save))
    assert undoing.empty
    assert kept(undoing) == [Stays.REFERRED]
    assert undone(office, save) is None
    assert office.has("Rae", "customer", "Bolt")


def test_a_record_and_what_refers_to_it_go_together(office: Office):
    office.adds("Rae", "quotation", number="new1", customer="Acme")
    office.adds("Rae", "quotation_line", quotation="new1", product="Valve", quantity=Decimal(2))
    since = office.clock.now()
    office.settle()
    assert len(office.every("quotation_line")) == 1
    rae = office.desk("Rae").key
    undone(office, Choice(desk=rae, since=since))
    assert office.every("quotation") == office.every("quotation_line") == ()
    undone(office, "undo:first", "second")
    (quotation,) = office.every("quotation")
    assert quotation["total"] == Decimal(100)


def test_a_line_that_goes_takes_its_amount_from_the_total(office: Office):
    office.adds("Rae", "quotation", number="new1", customer="Acme")
    office.adds("Rae", "quotation_line", quotation="new1", product="Valve", quantity=Decimal(2))
    office.settle()
    number = office.every("quotation")[0].number
    office.adds("Rae", "quotation_line", quotation=number, product="Valve", quantity=Decimal(3))
    save = saved(office)
    assert office.value("quotation", number, "total") == Decimal(250)
    undone(office, save)
    assert office.value("quotation", number, "total") == Decimal(100)
    assert office.shows("Rae", "quotation", number, "total") == 100


def test_a_value_that_was_signed_voids_the_sign_offs_when_it_goes_back(office: Office):
    office.adds("Rae", "quotation", number="new1", customer="Acme")
    office.adds("Rae", "quotation_line", quotation="new1", product="Valve", quantity=Decimal(2))
    office.settle()
    number = office.every("quotation")[0].number
    line = office.every("quotation_line")[0].number
    office.types("Rae", "quotation_line", line, quantity=Decimal(5))
    save = saved(office)
    office.types("Rae", "quotation", number, submit="Yes")
    office.settle()
    office.types("Mo", "quotation", number, manager_manager="Agree")
    agreed = saved(office)
    assert office.record("quotation", number).state is State.APPROVED

    assert kept(planned(office, Choice(cause=agreed))) == [Stays.DECIDED]
    undone(office, save)
    assert office.value("quotation", number, "total") == Decimal(100)
    assert office.record("quotation", number).state is not State.APPROVED
    assert all(each.voided for each in office.decisions("quotation", number))


def test_an_import_is_taken_back_but_for_what_people_went_on_with(office: Office):
    rows = [
        OldRow(
            form=FormKey("customer"),
            desk=DeskKey("admin"),
            cells={FieldKey("name"): name, FieldKey("owner"): "Rae"},
        )
        for name in ("One", "Two", "Three")
    ]
    office.clock.step(hours=1)
    since = office.clock.now()
    enter(rows, office.declared, office.store, SequentialIds("i"), since)
    office.hands.remove(office.path("Rae"))
    office.engine.writing.remake(office.desk("Rae"))
    office.settle()
    office.types("Rae", "customer", "Two", phone="555-2")
    office.settle()

    meant = Choice(cause="opening", since=since)
    assert kept(planned(office, meant)) == [Stays.CHANGED]
    undone(office, meant)
    assert [each["name"] for each in office.every("customer")] == ["Acme", "Coda", "Two"]
    assert not office.has("Rae", "customer", "One")
    assert office.has("Rae", "customer", "Two")
    assert office.problems() == []


def test_what_is_typed_into_a_record_that_went_meanwhile_is_kept_and_told(office: Office):
    office.adds("Rae", "customer", name="Bolt", phone="555-5")
    save = saved(office)
    office.opens("Rae")
    undone(office, save)
    office.types("Rae", "customer", "Bolt", phone="555-6")
    office.settle()
    assert "merge.retracted" in office.problems(office.desk("Rae").key)
    assert "555-6" in office.journal("reject")
    office.closes("Rae")
    office.settle()
    assert not office.has("Rae", "customer", "Bolt")
    assert "was taken back meanwhile" in office.hints("Rae")
    assert [each["name"] for each in office.every("customer")] == ["Acme", "Coda"]
