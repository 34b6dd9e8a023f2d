"""What happens to desks' files in a folder that people and programs use: renamed, moved, deleted, copied, shared.

Everything here goes through real workbooks. The table of all of it is docs/files.md.
"""

import shutil
from pathlib import Path, PurePath

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from sheet_templates.form import FormKey
from sheet_templates.record import text
from sync.ports import Refused, Why, Written
from tests.support.house import Harming, House, put_aside
from tests.support.office import moved_in, open_office
from tests.support.small_company import ROY

CUSTOMER = FormKey("customer")
RAE = "desks/Rae/Rae.xlsx"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house"), tmp_path_factory.mktemp("declared"))


@pytest.fixture
def house(built: House, tmp_path: Path) -> House:
    """A house of its own: the same files, the same store, everything else begun anew."""
    return built.moved_to(tmp_path)


def rename(house: House, new: str, old: str = RAE) -> PurePath:
    place = house.root / "desks" / new
    place.parent.mkdir(parents=True, exist_ok=True)
    (house.root / old).rename(place)
    return PurePath("desks") / new


# Renamed and moved --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "new", ["Rae/My customers.xlsx", "Rae/2026/Rae.xlsx", "East/Rae/Rae.xlsx", "Rae.xlsx", "Rae old/Rae.xlsx"]
)
def test_a_desk_that_was_renamed_or_moved_lives_on_where_its_user_put_it(house: House, new: str):
    path = rename(house, new)
    files = len(house.files())
    house.waits()

    assert house.path("Rae") == path
    assert len(house.files()) == files, "it is not doubled"
    assert house.diary.told("moved") == [{"desk": "Rae", "to": str(path)}]

    house.types_in(path, "Acme", note="from its new place")
    house.adds("Mo", "customer", name="New", owner="Rae")
    house.settle()
    assert house.value("customer", "Acme", "note") == "from its new place"
    assert house.has("Rae", "customer", "Acme")
    assert len(house.files()) == files
    house.clock.step(minutes=5)
    house.settle()
    assert len(house.files()) == files


def test_what_was_typed_before_and_after_the_move_is_taken(house: House):
    house.types_in(PurePath(RAE), "Acme", note="typed, and moved at once")
    path = rename(house, "Rae/Moved.xlsx")
    house.settle()
    assert house.value("customer", "Acme", "note") == "typed, and moved at once", (
        "it is read before it is believed"
    )

    house.waits()
    assert house.path("Rae") == path


def test_a_move_while_nothing_ran_is_found_at_the_start(house: House):
    rename(house, "Rae/Moved.xlsx")
    house.start()
    house.waits()

    assert house.path("Rae") == PurePath("desks/Rae/Moved.xlsx")


def test_where_old_and_new_are_both_there_the_new_one_is_a_copy(house: House):
    copy = PurePath("desks/Rae/backup of Rae.xlsx")
    shutil.copy2(house.place("Rae"), house.root / copy)
    house.types_in(copy, "Acme", note="typed into the copy")
    house.waits()

    assert house.path("Rae") == PurePath(RAE)
    assert house.value("customer", "Acme", "note") == "typed into the copy"
    assert house.shows("Rae", "customer", "Acme", "note") == "typed into the copy"
    assert "Rae/backup of Rae.xlsx" in house.files(), "what a person put there stays"


@pytest.mark.parametrize("restarted", [False, True])
def test_a_backup_does_not_become_the_desk_when_the_desk_is_deleted(house: House, restarted: bool):
    copies = [house.place("Rae").with_name(name) for name in ("備份 Rae.xlsx", "before the audit.xlsx")]
    for each in copies:
        shutil.copy2(house.place("Rae"), each)
    house.types("Mo", "customer", "Acme", note="since then")
    house.settle()
    kept = [each.read_bytes() for each in copies]
    house.place("Rae").unlink()
    if restarted:
        house.start()
    house.waits()

    assert house.path("Rae") == PurePath(RAE)
    assert house.shows("Rae", "customer", "Acme", "note") == "since then"
    assert [each.read_bytes() for each in copies] == kept


def test_a_desk_that_was_saved_under_another_name_before_the_old_one_was_deleted_is_the_desk(house: House):
    new = PurePath("desks/Rae/Rae 2026.xlsx")
    shutil.copy2(house.place("Rae"), house.root / new)
    house.types_in(new, "Acme", note="typed under the new name")
    house.settle()
    house.types_in(new, "Acme", note="and once more")
    shutil.copy2(house.root / new, house.root / "x")
    house.place("Rae").unlink()
    house.waits()

    assert house.value("customer", "Acme", "note") == "and once more"
    assert len([each for each in house.files() if each.startswith("Rae/")]) in (1, 2)
    assert house.shows("Rae", "customer", "Acme", "note") == "and once more"


def test_a_desk_found_in_anothers_folder_was_not_moved_there(house: House):
    """Roy may write in his own folder: whatever lies there, he may have written."""
    path = rename(house, "Roy/Rae.xlsx")
    house.types_in(path, "Acme", note="forged")
    house.waits()

    assert house.path("Rae") == PurePath(RAE)
    assert house.place("Rae").exists()
    assert house.value("customer", "Acme", "note") is None
    assert "file.astray" in house.problems()


def test_a_deleted_desk_in_a_storage_boxs_bin_is_deleted(house: House):
    rename(house, "#recycle/Rae/Rae.xlsx")
    house.waits()

    assert house.path("Rae") == PurePath(RAE)
    assert house.shows("Rae", "customer", "Acme", "name") == "Acme"


def test_half_a_folder_that_nobody_may_read_stops_only_itself(house: House):
    closed = house.root / "desks" / "closed"
    closed.mkdir(mode=0o000)
    try:
        house.types_in(PurePath(RAE), "Acme", note="goes on")
        house.settle()
    finally:
        closed.chmod(0o700)

    assert house.value("customer", "Acme", "note") == "goes on"


# Deleted ------------------------------------------------------------------------------------------------------


def test_a_deleted_desk_is_made_anew_and_its_people_are_told_until_they_save(house: House):
    records = len(house.every("customer"))
    house.place("Rae").unlink()
    house.waits()

    assert house.shows("Rae", "customer", "Acme", "name") == "Acme"
    assert len(house.every("customer")) == records
    assert [each["desk"] for each in house.diary.told("made anew")] == ["Rae"]
    assert "Rae.xlsx was gone" in house.hints("Rae")
    assert "desk.revived" in house.problems()

    house.types("Rae", "customer", "Acme", note="seen")
    house.settle()
    assert house.todo("Rae") == []
    assert house.problems() == []


def test_many_desks_gone_at_once_are_waited_for_longer(house: House):
    """A share that is back with its canary, and not yet with all that is on it."""
    with put_aside(house.root / "desks" / "Rae"):
        others = ["Roy", "Mo", "Lena", "Finance", "Marketing", "Logistics"]
        for each in others:
            house.place(each).rename(house.root / f"{each}.away")
        house.waits(60)
        assert house.diary.told("made anew") == []
        assert house.diary.told("many desks are gone at once: they are waited for")
        for each in others:
            (house.root / f"{each}.away").rename(house.place(each))
    house.settle()

    assert house.rounds.absent.since == {}
    assert house.problems() == []


def test_many_desks_that_stay_away_are_made_anew_in_the_end(house: House):
    for each in ("Rae", "Roy", "Mo", "Lena", "Finance", "Marketing", "Logistics"):
        house.place(each).unlink()
    house.waits(60)
    assert not house.place("Rae").exists()
    house.waits(600)

    assert house.shows("Rae", "customer", "Acme", "name") == "Acme"
    assert house.shows("Roy", "customer", "Coda", "name") == "Coda"


def test_a_folder_that_comes_back_after_its_desk_was_made_anew_is_an_old_copy(house: House):
    """One desk's folder on a share of its own: it was away for longer than anybody waits."""
    with put_aside(house.root / "desks" / "Rae"):
        house.waits()
        assert house.place("Rae").exists(), "made anew in the empty place"
        house.types("Mo", "customer", "Acme", note="meanwhile")
        house.settle()
        shutil.rmtree(house.root / "desks" / "Rae")
    house.settle()

    assert house.value("customer", "Acme", "note") == "meanwhile"
    assert house.shows("Rae", "customer", "Acme", "note") == "meanwhile"
    assert [each for each in house.files() if each.startswith("Rae/")] == ["Rae/Rae.xlsx"]
    assert len(house.every("customer")) == 2


# Conflict copies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Rae-DESKTOP-4F2K9QA.xlsx",
        "Rae (Rae's conflicted copy 2026-11-21).xlsx",
        "Rae (李雷 的冲突副本 2026-11-21).xlsx",
        "Rae.sync-conflict-20261121-160700-ABCDEFG.xlsx",
    ],
)
def test_a_conflict_copy_is_merged_and_filed_away(house: House, name: str):
    copy = PurePath("desks/Rae") / name
    shutil.copy2(house.place("Rae"), house.root / copy)
    house.types_in(copy, "Acme", note="offline")
    house.settle()

    assert house.value("customer", "Acme", "note") == "offline"
    assert house.shows("Rae", "customer", "Acme", "note") == "offline"
    assert name not in " ".join(house.files())
    assert house.filed() == [name]
    assert name in house.hints("Rae")


def test_a_conflict_copy_without_news_is_filed_away_too_even_after_a_restart(house: House):
    copy = house.place("Rae").with_name("Rae (1).xlsx")
    shutil.copy2(house.place("Rae"), copy)
    house.start()
    house.settle()

    assert not copy.exists()
    assert house.filed() == ["Rae (1).xlsx"]


def test_a_conflict_copy_that_somebody_has_open_waits_and_what_he_saves_is_read(house: House):
    copy = PurePath("desks/Rae/Rae (1).xlsx")
    shutil.copy2(house.place("Rae"), house.root / copy)
    house.person.open_by(copy, "Rae")
    house.settle()
    assert (house.root / copy).exists()

    house.types_in(copy, "Acme", note="saved while it waited")
    house.person.close(copy)
    house.settle()

    assert house.value("customer", "Acme", "note") == "saved while it waited"
    assert house.filed() == ["Rae (1).xlsx"]


def test_a_conflict_copy_that_cannot_be_read_is_told_and_stays(house: House):
    copy = house.place("Rae").with_name("Rae (1).xlsx")
    copy.write_bytes(house.raw("Rae")[:5000])
    house.settle()

    assert copy.exists()
    assert house.filed() == []
    assert house.problems() == ["file.half_written"]

    copy.unlink()
    house.settle()
    assert house.problems() == [], "what is gone is wrong no longer"


def test_a_conflict_copy_does_not_become_the_desk_when_the_desk_is_gone(house: House):
    """A program that saves has no file for a moment; and a person would not look for his desk under that name."""
    rename(house, "Rae/Rae (1).xlsx")
    house.waits()

    assert house.path("Rae") == PurePath(RAE)
    assert house.shows("Rae", "customer", "Acme", "name") == "Acme"
    assert house.filed() == ["Rae (1).xlsx"]


def test_a_file_that_is_gone_for_the_moment_of_a_save_is_no_move(house: House):
    backup = PurePath("desks/Rae/backup of Rae.xlsx")
    shutil.copy2(house.place("Rae"), house.root / backup)
    with put_aside(house.place("Rae")):
        house.types_in(backup, "Acme", note="read in that moment")
        house.settle()
    house.waits()

    assert house.path("Rae") == PurePath(RAE)
    assert house.shows("Rae", "customer", "Acme", "note") == "read in that moment"


# Files of others ----------------------------------------------------------------------------------------------


def test_workbooks_that_are_nobodys_desk_are_told_once_and_left_alone(house: House):
    book = openpyxl.Workbook()
    book.active.append(["budget", 12])
    places = [house.root / "desks" / "Rae" / "Budget.xlsx", house.root / "desks" / "Plans.xlsx"]
    for place in places:
        book.save(place)
    before = [each.read_bytes() for each in places]
    house.settle()
    house.start()
    house.settle()

    assert [each.read_bytes() for each in places] == before
    assert house.problems() == ["file.not_a_desk", "file.not_a_desk"]
    assert {str(each["file"]) for each in house.diary.told("unreadable")} == {
        "desks/Rae/Budget.xlsx",
        "desks/Plans.xlsx",
    }
    assert len(house.diary.told("unreadable")) == 2, "once, not at every start"
    assert not house.mailroom.digests(house.clock.now()).messages, "nobody has to mend anything"
    for place in places:
        place.unlink()
    house.settle()
    assert house.problems() == []


# What waits, and what is told beside the file -------------------------------------------------------------------


def mailed(house: House) -> str:
    """Return what the day's mails say."""
    return " ".join(
        " ".join(each.text.split()) for each in house.mailroom.digests(house.clock.now()).messages
    )


NOTE = "Rae - a note from Deskbook.txt"


def test_a_save_that_is_held_is_told_in_a_note_beside_the_file_until_it_is_mended(house: House):
    good = house.raw("Rae")
    house.place("Rae").write_bytes(good[:9000])
    house.settle()

    said = house.person.noted(PurePath(RAE))[NOTE]
    assert "Rae.xlsx" in said
    assert "not complete" in said
    assert "made anew" in said
    assert (house.place("Rae").with_name(NOTE)).read_bytes().startswith(b"\xef\xbb\xbf")
    assert house.person.noted(house.path("Roy")) == {}

    house.start()
    house.place("Rae").write_bytes(good)
    house.settle()
    assert house.person.noted(PurePath(RAE)) == {}


@pytest.mark.long
def test_a_note_goes_by_its_new_name_when_the_workspace_speaks_another_language(
    furnished: Path, tmp_path: Path
):
    root = moved_in(furnished, tmp_path)
    with open_office(root) as office:
        for each in ("Rae", "Finance"):
            office.place(each).write_bytes(office.raw(each)[:9000])
        office.settle()
        finance, rae = office.path("Finance"), office.path("Rae")
        assert [*office.person.noted(rae)] == [NOTE]
        assert [*office.person.noted(finance)] == ["Finance - a note from Deskbook.txt"]
        office.place("Rae").with_name("mine.txt").write_text("Deskbook is a program", encoding="utf-8-sig")
    settings = root / "deskbook.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"en"', '"zh-Hant"'), encoding="utf-8")

    with open_office(root) as office:
        office.settle()

        assert sorted(office.person.noted(rae)) == ["Rae - Deskbook 提示.txt", "mine.txt"]
        assert [*office.person.noted(finance)] == ["財務 - Deskbook 提示.txt"]
        assert "（尚）不完整" in office.person.noted(finance)["財務 - Deskbook 提示.txt"]


def test_a_note_of_somebody_else_is_left_alone(house: House):
    place = house.place("Rae").with_name(NOTE)
    place.write_text("my own words", encoding="utf-8")
    house.start()
    house.place("Rae").write_bytes(b"")
    house.settle()

    assert place.read_text(encoding="utf-8") == "my own words"


def test_a_desk_that_may_not_be_written_is_told_and_the_others_go_on(house: House):
    house.start(Harming(house.folder, PurePath(RAE), Refused(why=Why.DENIED, detail="Permission denied")))
    house.types("Mo", "customer", "Acme", note="news")
    house.settle()

    assert house.shows("master", "customer", "Acme", "note") == "news"
    assert house.problems() == ["desk.denied"]
    assert "Rae.xlsx cannot be written (Permission denied)" in mailed(house)
    assert "Permission denied" in house.person.noted(PurePath(RAE))[NOTE]

    house.start()
    house.settle()
    assert house.shows("Rae", "customer", "Acme", "note") == "news"
    assert house.problems() == []
    assert house.person.noted(PurePath(RAE)) == {}


def test_a_cell_that_cannot_be_written_alone_is_told_beside_the_file_until_it_can(house: House):
    with house.person.sheet(PurePath(RAE), CUSTOMER) as sheet:
        at = next(cell.column_letter for cell in sheet[1] if cell.value == "note")
        row = next(row for row in range(3, 20) if "Acme" in [cell.value for cell in sheet[row]])
        sheet[f"{at}{row}"] = ArrayFormula(f"{at}{row}:{at}{row + 1}", "=1+1")
    house.settle()
    house.types("Mo", "customer", "Acme", note="news")
    house.settle()

    assert f"{at}{row} belongs to an array formula" in house.person.noted(PurePath(RAE))[NOTE]
    assert "array formula" in mailed(house)
    assert house.value("customer", "Acme", "note") == "news"

    with house.person.sheet(PurePath(RAE), CUSTOMER) as sheet:
        sheet[f"{at}{row}"] = "news"
    house.settle()
    assert house.person.noted(PurePath(RAE)) == {}


def test_a_desk_that_cannot_be_written_without_harm_is_told_and_tried_again_only_when_something_changed(
    house: House,
):
    refused = Refused(why=Why.HARM, detail="for the log", what=text("harm.signed"))
    harming = Harming(house.folder, PurePath(RAE), refused)
    house.start(harming)
    house.types("Mo", "customer", "Acme", note="news")
    house.settle()

    assert house.person.noted(PurePath(RAE))[NOTE].count("without damage") == 1
    assert "desk.not_written" in house.problems()
    assert "(it carries a digital signature, which any change would make void)" in mailed(house)
    tried = harming.tries
    for _ in range(5):
        house.round()
    assert harming.tries == tried, "nothing changed: it would be refused again"

    house.start()
    house.settle()
    assert house.shows("Rae", "customer", "Acme", "note") == "news"
    assert house.problems() == []
    assert house.person.noted(PurePath(RAE)) == {}


def test_a_desk_that_somebody_has_open_waits_without_a_note(house: House):
    house.opens("Rae")
    house.types("Mo", "customer", "Acme", note="news")
    house.settle()

    assert house.person.noted(PurePath(RAE)) == {}
    assert list(house.rounds.waiting.values()) == [Refused(why=Why.BUSY, who="Rae")]
    assert len(house.diary.told("waits")) == 1

    house.closes("Rae")
    _, written = house.round()
    assert any(isinstance(each, Written) for each in written)
    assert house.shows("Rae", "customer", "Acme", "note") == "news"


def test_roy_is_not_concerned_by_any_of_it(house: House):
    before = house.raw("Roy")
    house.place("Rae").unlink()
    shutil.copy2(house.place("Mo"), house.place("Mo").with_name("Mo (1).xlsx"))
    house.waits()

    assert house.raw("Roy") == before
    assert house.problems(ROY) == []


def test_a_note_goes_with_the_desk_when_it_moves(house: House):
    good = house.raw("Rae")
    house.place("Rae").write_bytes(b"")
    house.settle()
    assert NOTE in house.person.noted(PurePath(RAE))

    house.place("Rae").write_bytes(good)
    rename(house, "Rae/2026/Rae.xlsx")
    house.waits()
    assert house.path("Rae") == PurePath("desks/Rae/2026/Rae.xlsx")
    assert house.person.noted(PurePath(RAE)) == {}
    assert house.problems() == []
