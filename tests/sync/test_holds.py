"""A save that looks like a mistake is held and asked about: the stories of rows F4 and R13 of docs/merge.md."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheet_templates.form import ID, FieldKey, FormKey
from sheet_templates.record import Severity
from sync.holds import late
from sync.ports import RowCopy
from tests.support.fuse import Crash, Fuse
from tests.support.office import Office
from tests.support.small_company import MO, RAE, ROY, small_company
from tests.support.town import Town
from tests.support.workbooks import FakeFile

CUSTOMER, TODO = FormKey("customer"), FormKey("todo")
NOTE, NAME, PICK, WHAT, HINT = map(FieldKey, ("note", "name", "pick", "what", "hint"))
NAMES = tuple(f"C{at:02}" for at in range(12))


@cache
def pristine() -> Town:
    """Return a company in which Rae has twelve customers, each with a note of its own."""
    town = Town(small_company(Path(mkdtemp())))
    for at, name in enumerate(NAMES):
        town.adds(RAE, "customer", name=name, note=f"note {at}", size=3)
    town.settle()
    return town


@pytest.fixture
def town() -> Town:
    return pristine().twin()


def turned(file: FakeFile, key: FieldKey = NOTE, by: int = 5) -> FakeFile:
    """Return the workbook with one column sorted alone."""
    sheet = file.sheets[CUSTOMER]
    rows = [at for at, row in sorted(sheet.rows.items()) if NAME in row]
    turn = [*rows[by:], *rows[:by]]
    turn[0], turn[1], turn[4], turn[9] = turn[1], turn[0], turn[9], turn[4]
    changed = sheet
    for to, source in zip(rows, turn, strict=True):
        changed = changed.put(to, key, sheet.rows[source].get(key))
    return replace(file, sheets={**file.sheets, CUSTOMER: changed})


def errs(town: Town) -> FakeFile:
    """Let Rae sort one column of hers; return what was in her workbook before."""
    path = town.path(RAE)
    before = town.workbooks.take(path)
    town.workbooks.put_back(path, turned(before))
    return before


def asked(town: Town, desk: str = RAE) -> list[RowCopy]:
    """Return the lines that ask about a held save."""
    rows = town.workbooks.rows(town.path(desk), TODO)
    return [each for each in rows if each.cells.get(WHAT) == "Your save waits for your word"]


def says(town: Town, word: str | None) -> None:
    (line,) = asked(town)
    town.workbooks.type_cell(town.path(RAE), TODO, line.at, PICK, word)


def notes(town: Town) -> dict[object, object]:
    return {each["name"]: each["note"] for each in town.every("customer")}


def in_desk(town: Town, desk: str = RAE) -> dict[object, object]:
    return {
        each.cells.get(NAME): each.cells.get(NOTE)
        for each in town.workbooks.rows(town.path(desk), CUSTOMER)
        if each.cells.get(NAME)
    }


WAS = {name: f"note {at}" for at, name in enumerate(NAMES)}


def mails(town: Town) -> list[str]:
    town.tell()
    return [each.key for each in town.store.messages() if each.key.startswith("hold")]


# Held and asked ---------------------------------------------------------------------------------------------------


def test_a_held_save_is_asked_about_in_one_line_and_no_other_cell_is_written(town):
    errs(town)
    bad = town.workbooks.take(town.path(RAE))
    town.settle()
    held = town.workbooks.take(town.path(RAE))

    assert notes(town) == WAS
    assert town.problems(RAE) == ["file.held.sorted"]
    assert {key: each for key, each in held.sheets.items() if key != TODO} == {
        key: each for key, each in bad.sheets.items() if key != TODO
    }
    (line,) = asked(town)
    assert line.cells[FieldKey("title")] == "Rae.xlsx"
    assert line.cells[FieldKey("form_label")] == "customer"
    assert line.cells[FieldKey("since")] == town.clock.now().date()
    assert "In 11 of 12 rows" in str(line.cells[HINT])
    assert "“drop” in the sheet" in str(line.cells[HINT])
    assert line.cells[PICK] is None
    before = (town.store.head(), town.workbooks.digest(town.path(RAE)))
    town.types(MO, "customer", "C03", note="Mo's")
    town.settle()
    assert town.workbooks.digest(town.path(RAE)) == before[1], "what others do waits"


def test_a_held_save_is_told_by_one_mail_at_once_however_often_it_is_saved(town):
    errs(town)
    town.settle()
    town.types(RAE, "customer", "C01", size=7)
    town.settle()
    town.start()
    town.settle()

    hold = town.held(RAE)
    assert hold is not None
    assert mails(town) == [f"hold:{hold.key}|{RAE}"]
    (message,) = [each for each in town.store.messages() if each.key.startswith("hold")]
    assert "Nothing of Rae.xlsx was taken" in message.subject
    assert "In 11 of 12 rows" in message.text
    assert "Ctrl+Z" in message.text


def test_who_undoes_it_and_saves_has_ended_it(town):
    before = errs(town)
    town.settle()
    town.workbooks.put_back(town.path(RAE), before)
    town.types(RAE, "customer", "C00", note="just this")
    town.types(MO, "customer", "C03", note="Mo's")
    town.settle()

    assert town.problems() == []
    assert asked(town) == []
    assert town.todo(RAE) == []
    assert notes(town) == {**WAS, "C00": "just this", "C03": "Mo's"} == in_desk(town)


def test_a_second_mistake_is_a_hold_of_its_own(town):
    before = errs(town)
    town.settle()
    town.workbooks.put_back(town.path(RAE), before)
    town.settle()
    errs(town)
    town.settle()

    assert len(mails(town)) == 2
    assert len(asked(town)) == 1


# The word in the sheet --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["take", "mine"])
def test_take_takes_the_whole_save_and_what_was_typed_with_the_word(town, word):
    errs(town)
    town.settle()
    says(town, word)
    town.types(RAE, "customer", "C02", size=8)
    town.settle()

    turned_ = notes(town)
    assert turned_ != WAS
    assert sorted(map(str, turned_.values())) == sorted(WAS.values())
    assert town.value("customer", "C02", "size") == 8
    assert in_desk(town) == turned_
    assert (town.problems(), asked(town), town.todo(RAE)) == ([], [], [])
    (entry,) = [each.entry for each in town.store.journal() if each.entry.kind == "take"]
    assert (entry.desk, entry.detail["what"]) == (RAE, "file.held.sorted")
    assert "by" not in entry.detail
    assert town.workbooks.versions[entry.cause]


@pytest.mark.parametrize("word", ["drop", "stands"])
def test_drop_takes_nothing_and_puts_the_desk_back(town, word):
    errs(town)
    town.types(MO, "customer", "C03", note="Mo's")
    town.settle()
    town.types(RAE, "customer", "C02", size=8)
    town.adds(RAE, "customer", name="New")
    below = town.adds_unstamped(RAE, "customer", name="Newer")
    says(town, word)
    dropped = town.workbooks.digest(town.path(RAE))
    town.settle()

    assert notes(town) == {**WAS, "C03": "Mo's"} == in_desk(town)
    assert town.value("customer", "C02", "size") == 3
    assert all(
        each.at != below or not each.cells.get(NAME) for each in town.workbooks.rows(town.path(RAE), CUSTOMER)
    )
    assert asked(town) == []
    (problem,) = town.store.problems(RAE)
    assert (problem.what.key, problem.severity) == ("hold.dropped", Severity.NOTICE)
    (entry,) = [each.entry for each in town.store.journal() if each.entry.kind == "drop"]
    assert (entry.cause, entry.desk) == (dropped, RAE)
    assert str(dropped) in str(town.todo(RAE)[0][HINT]), "where it is kept"
    assert town.workbooks.versions[dropped]

    town.types(RAE, "customer", "C02", size=9)
    town.settle()
    assert town.problems() == [], "read and over"


def test_who_goes_on_in_the_open_workbook_after_the_word_keeps_what_he_types_then(town):
    errs(town)
    town.settle()
    town.opens(RAE)
    says(town, "drop")
    town.settle()
    town.types(RAE, "customer", "C02", size=8)
    town.settle()
    assert town.held(RAE) is None, "what was dropped is not asked about again"
    assert notes(town) == WAS
    assert town.value("customer", "C02", "size") == 8
    assert town.problems(RAE) == ["hold.dropped"], "not seen yet"

    town.closes(RAE)
    town.settle()
    assert in_desk(town) == WAS
    assert "was dropped" in str(town.todo(RAE)[0][HINT])


@pytest.mark.parametrize("word", ["take", "drop"])
def test_rows_that_are_gone_are_not_asked_about_again_while_the_workbook_stays_open(town, word):
    town.opens(RAE)
    for _ in range(6):
        town.workbooks.delete_row(town.path(RAE), CUSTOMER, 3)
    town.settle()
    assert town.problems(RAE) == ["file.held.missing"]
    assert asked(town) == [], "it is open"

    town.answers(RAE, word)
    town.settle()
    town.types(RAE, "customer", "C11", size=8)
    town.settle()
    assert town.held(RAE) is None
    assert town.value("customer", "C11", "size") == 8
    town.start()
    town.closes(RAE)
    town.settle()
    assert in_desk(town) == WAS


@pytest.mark.parametrize("how", ["emptied", "cleared", "filled", "shifted", "changed"])
def test_each_kind_of_mistake_is_put_back_by_drop(town, how):
    path = town.path(RAE)
    sheet = town.workbooks.take(path).sheets[CUSTOMER]
    rows = [at for at, row in sorted(sheet.rows.items()) if NAME in row][:10]
    notes_ = [sheet.rows[at].get(NOTE) for at in rows]
    for place, at in enumerate(rows):
        match how:
            case "emptied":
                for key in [each for each in sheet.rows[at] if each != ID]:
                    town.workbooks.type_cell(path, CUSTOMER, at, key, None)
            case "cleared":
                town.workbooks.type_cell(path, CUSTOMER, at, NOTE, None)
            case "filled":
                town.workbooks.type_cell(path, CUSTOMER, at, NOTE, "all the same")
            case "shifted":
                town.workbooks.type_cell(path, CUSTOMER, at, NOTE, notes_[place - 1])
            case _:
                town.workbooks.type_cell(path, CUSTOMER, at, NOTE, f"typed {place}")
    town.settle()
    assert town.problems(RAE) == [f"file.held.{how}"]
    says(town, "drop")
    town.settle()
    assert in_desk(town) == notes(town) == WAS
    assert town.value("customer", "C00", "size") == 3


def test_a_dropped_save_that_comes_back_is_old(town):
    errs(town)
    town.settle()
    says(town, "drop")
    dropped = town.workbooks.take(town.path(RAE))
    town.settle()
    town.workbooks.put_back(town.path(RAE), dropped)
    town.settle()

    assert notes(town) == WAS == in_desk(town)
    assert town.held(RAE) is None


# What the word binds to -------------------------------------------------------------------------------------------


def test_a_word_in_an_old_copy_does_not_answer_a_later_hold(town):
    before = errs(town)
    town.settle()
    old = town.workbooks.take(town.path(RAE))
    town.workbooks.put_back(town.path(RAE), before)
    town.settle()
    (line,) = [at for at, row in old.sheets[TODO].rows.items() if row.get(WHAT)]
    said = replace(old, sheets={**old.sheets, TODO: old.sheets[TODO].put(line, PICK, "take")})
    town.workbooks.put_back(town.path(RAE), said)
    town.settle()

    assert notes(town) == WAS
    assert town.held(RAE) is not None, "it is asked about anew"
    assert asked(town)[0].cells[PICK] is None


def test_a_word_beside_a_line_that_was_typed_over_does_not_count(town):
    errs(town)
    town.settle()
    (line,) = asked(town)
    town.workbooks.type_cell(town.path(RAE), TODO, line.at, FieldKey("title"), "another.xlsx")
    says(town, "take")
    town.settle()

    assert notes(town) == WAS
    (line,) = asked(town)
    assert (line.cells[PICK], line.cells[FieldKey("title")]) == (None, "Rae.xlsx")
    assert "did not count" in str(line.cells[HINT])

    says(town, "take")
    town.settle()
    assert notes(town) != WAS
    assert town.problems() == []


def test_copies_of_the_line_with_different_words_do_not_count(town):
    errs(town)
    town.settle()
    says(town, "take")
    (line,) = asked(town)
    new = town.workbooks.copy_row(town.path(RAE), TODO, line.at)
    town.workbooks.type_cell(town.path(RAE), TODO, new, PICK, "drop")
    town.settle()

    assert notes(town) == WAS
    assert town.held(RAE) is not None
    assert "different answers" in str(asked(town)[0].cells[HINT])


def test_what_is_no_word_stays_in_its_cell_and_is_told(town):
    errs(town)
    town.settle()
    for said in ("yes please", "theirs"):
        says(town, said)
        town.settle()
        (line,) = asked(town)
        assert line.cells[PICK] == said
        assert line.cells[FieldKey("_mark")] == ",pick,"
        assert f"“{said}” is no answer" in str(line.cells[HINT])
    says(town, None)
    town.settle()
    assert "is no answer" not in str(asked(town)[0].cells[HINT])
    says(town, "drop")
    town.settle()
    assert town.problems() == ["hold.dropped"]
    assert town.store.drafts(town.desk(RAE).key) == {}


def test_a_word_in_somebody_elses_workbook_answers_nothing(town):
    errs(town)
    town.settle()
    (line,) = asked(town)
    path = town.path(ROY)
    for key, cell in {ID: line.id, **line.cells, PICK: "take"}.items():
        town.workbooks.type_cell(path, TODO, 3, key, cell)
    town.settle()

    assert notes(town) == WAS
    assert town.held(RAE) is not None


def test_a_word_beside_a_conflict_is_no_choice(town):
    town.opens(RAE)
    town.types(MO, "customer", "C01", note="Mo's")
    town.settle()
    town.types(RAE, "customer", "C01", note="Rae's")
    town.settle()
    town.closes(RAE)
    town.settle()
    (line,) = [each for each in town.workbooks.rows(town.path(RAE), TODO) if each.cells.get(FieldKey("mine"))]
    town.workbooks.type_cell(town.path(RAE), TODO, line.at, PICK, "drop")
    town.settle()

    assert town.value("customer", "C01", "note") == "Mo's"
    (line,) = [each for each in town.workbooks.rows(town.path(RAE), TODO) if each.cells.get(FieldKey("mine"))]
    assert (line.cells[PICK], line.cells[FieldKey("_mark")]) == ("drop", ",pick,")
    assert "answers a held save" in str(line.cells[HINT])


def test_choices_of_the_held_save_are_carried_out_with_it_or_dropped_with_it(town):
    town.opens(RAE)
    town.types(MO, "customer", "C01", note="Mo's")
    town.settle()
    town.types(RAE, "customer", "C01", note="Rae's")
    town.settle()
    town.closes(RAE)
    town.settle()
    errs(town)
    (line,) = [each for each in town.workbooks.rows(town.path(RAE), TODO) if each.cells.get(FieldKey("mine"))]
    town.workbooks.type_cell(town.path(RAE), TODO, line.at, PICK, "mine")
    town.settle()
    assert town.value("customer", "C01", "note") == "Mo's"
    says(town, "drop")
    town.settle()
    assert town.value("customer", "C01", "note") == "Mo's"
    assert len(town.store.conflicts()) == 1
    (line,) = [each for each in town.workbooks.rows(town.path(RAE), TODO) if each.cells.get(FieldKey("mine"))]
    assert line.cells[PICK] is None


# Elsewhere --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["take", "drop"])
def test_the_administrator_says_it_and_the_journal_knows_who(town, word):
    errs(town)
    town.settle()
    town.answers(RAE, word)
    town.settle()

    assert (notes(town) == WAS) == (word == "drop")
    assert in_desk(town) == notes(town)
    (entry,) = [each.entry for each in town.store.journal() if each.entry.kind == word]
    assert entry.detail["by"] == "boss"
    told = [each.notify for each in town.store.notices() if each.notify.event.startswith("hold.answered")]
    assert [each.people for each in told] == [(RAE,)]


def test_an_answer_that_comes_too_late_does_nothing(town):
    before = errs(town)
    town.settle()
    town.answers(RAE, "take")
    town.workbooks.put_back(town.path(RAE), before)
    town.settle()

    assert notes(town) == WAS
    assert town.wishes.answers == []


def test_nobody_who_answers_is_told_to_the_superior_once(town):
    errs(town)
    town.settle()
    assert late(town.declared, town.store, town.clock.now()) == ()
    town.clock.step(hours=24)
    (told,) = late(town.declared, town.store, town.clock.now())
    assert told.people == (MO,)
    assert told.urgent
    again = late(town.declared, town.store, town.clock.now())
    assert [each.event for each in again] == [told.event]


def test_a_copy_beside_the_workbook_is_told_and_holds_nothing_up(town):
    path = town.path(RAE)
    town.workbooks.put_back(path.with_name("home.xlsx"), turned(town.workbooks.take(path)))
    town.types(RAE, "customer", "C01", size=9)
    town.settle()

    assert town.held(RAE) is None
    assert town.value("customer", "C01", "size") == 9
    assert "This is a copy beside your workbook" in str(town.todo(RAE)[0][HINT])


def test_a_file_of_somebody_else_in_its_place_is_not_written(town):
    own = errs(town)
    town.settle()
    town.workbooks.put_back(town.path(RAE), town.workbooks.take(town.path(ROY)))
    town.settle()
    assert town.problems(RAE) == ["file.other_desk"]
    assert asked(town) == []
    town.workbooks.put_back(town.path(RAE), own)
    town.settle()
    assert town.problems() == []


def test_an_older_copy_that_is_held_is_brought_up_to_date_when_that_is_over(town):
    old = town.workbooks.take(town.path(RAE))
    town.types(RAE, "customer", "C01", note="newer")
    town.settle()
    town.workbooks.put_back(town.path(RAE), turned(old))
    town.settle()
    assert town.problems(RAE) == ["file.held.sorted"]
    says(town, "drop")
    town.settle()

    assert notes(town) == {**WAS, "C01": "newer"} == in_desk(town)


def test_what_earlier_saves_of_the_copy_brought_still_counts_when_the_line_was_written(town):
    """A new row without an id, saved while the workbook was open: it is one record, also after the hold."""
    town.opens(RAE)
    town.adds_unstamped(RAE, "customer", name="New", note="first")
    town.settle()
    errs(town)
    town.settle()
    town.closes(RAE)
    town.settle()
    assert asked(town)
    says(town, "drop")
    town.settle()

    assert [each["note"] for each in town.every("customer") if each["name"] == "New"] == ["first"]
    assert in_desk(town) == {**WAS, "New": "first"}


# Cut off anywhere ---------------------------------------------------------------------------------------------------


def states(town: Town) -> str:
    kinds = {each.entry.kind for each in town.store.journal()} & {"take", "drop"}
    if town.held(RAE) is not None:
        assert not kinds
        assert notes(town) == WAS
        return "held"
    (kind,) = kinds
    assert (notes(town) == WAS) == (kind == "drop")
    return str(kind)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    word=st.sampled_from(["take", "drop"]),
    sheet=st.booleans(),
    acts=st.integers(0, 9),
    after=st.booleans(),
)
def test_wherever_it_is_cut_off_it_is_held_or_taken_or_dropped_and_comes_to_an_end(word, sheet, acts, after):
    town = pristine().twin()
    errs(town)
    cut(town, acts, after, lambda: None)
    town.settle()
    assert states(town) == "held"
    assert len(mails(town)) == 1

    def answer() -> None:
        if not sheet:
            town.answers(RAE, word)

    if sheet:
        says(town, word)
    cut(town, acts, after, answer)
    assert states(town) in ("held", word)
    answers = town.held(RAE) is not None and not sheet
    if answers:
        town.answers(RAE, word)
    town.settle()
    assert states(town) == word
    assert in_desk(town) == notes(town)
    assert [each.entry.kind for each in town.store.journal()].count(word) == 1


def cut(town: Town, acts: int, after: bool, begin: Callable[[], None]) -> None:
    """Let two rounds begin, and pull the plug after so many acts."""
    left = [acts]
    town.start(*(Fuse(port, left, after=after) for port in (town.store, town.workbooks)))
    begin()
    try:
        town.round()
        town.round()
    except Crash:
        pass
    finally:
        town.start()


@pytest.mark.parametrize("word", [None, "drop"])
def test_a_held_workbook_that_is_removed_is_made_anew_as_the_store_has_it(town, word):
    errs(town)
    town.settle()
    if word is not None:
        town.opens(RAE)
        town.answers(RAE, word)
        town.settle()
        town.closes(RAE)
    town.workbooks.remove(town.path(RAE))
    for _ in range(3):
        town.clock.step(seconds=15)
        town.round()
    town.settle()

    assert town.held(RAE) is None
    assert in_desk(town) == notes(town) == WAS
    assert asked(town) == []


# On real files ----------------------------------------------------------------------------------------------------


def limits(office: Office) -> dict[object, object]:
    rows = office.hands.rows(office.path("Administrator"), FormKey("limits"))
    return {
        each.cells.get(FieldKey("key")): each.cells.get(FieldKey("value"))
        for each in rows
        if each.cells.get(FieldKey("key"))
    }


def sheets(office: Office) -> dict[str, bytes]:
    """Return the sheets of the administrator's workbook as they are written, by name."""
    parts = office.parts("Administrator")
    book, links = parts["xl/workbook.xml"].decode(), parts["xl/_rels/workbook.xml.rels"].decode()
    targets = {
        **dict(re.findall(r'Target="([^"]+)"[^>]*?Id="([^"]+)"', links)),
        **{target: key for key, target in re.findall(r'Id="([^"]+)"[^>]*?Target="([^"]+)"', links)},
    }
    places = {key: f"xl/{target.removeprefix('/xl/')}" for target, key in targets.items()}
    named = re.findall(r'<sheet [^>]*?name="([^"]+)"[^>]*?r:id="([^"]+)"', book)
    return {name: parts[places[key]] for name, key in named}


@pytest.mark.parametrize("ends", ["drop", "removed"])
def test_on_real_files_a_bad_sort_gets_one_line_and_is_put_back(office, ends):
    desk, form = "Administrator", FormKey("limits")
    was = limits(office)
    path = office.path(desk)
    with office.person.sheet(path, form) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "value")
        rows = range(3, 3 + len(was))
        values = [sheet.cell(row=row, column=column).value for row in rows]
        for row, value in zip(rows, sorted(values, reverse=True), strict=True):
            sheet.cell(row=row, column=column).value = value
    bad, before = limits(office), sheets(office)
    assert bad != was
    office.settle()

    assert office.problems(office.desk(desk).key) == ["file.held.sorted"]
    assert limits(office) == bad
    assert len(before) > 4
    assert {name for name, part in sheets(office).items() if before[name] != part} == {"To do", "_deskbook"}
    (line,) = [each for each in office.hands.rows(path, TODO) if each.cells.get(WHAT)]
    if ends == "drop":
        office.hands.type_cell(path, TODO, line.at, PICK, "Drop it and put back")
        office.settle()
        assert "was dropped" in office.hints(desk)
    else:
        office.person.remove(path)
        for _ in range(3):
            office.clock.step(seconds=15)
            office.round()
        office.settle()
    assert office.held(desk) is None
    assert limits(office) == was
