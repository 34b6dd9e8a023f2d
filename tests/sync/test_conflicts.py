"""Two people change one cell, and choose: the stories of row C8 of docs/merge.md, on real files and in memory."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.period import Period, PeriodKind
from sheet_templates.form import MARK, FieldKey, FormKey, Lang
from sheet_templates.link import Nowhere
from sheet_templates.record import Severity, Value
from sheet_templates.value import parse
from sync.declared import Declared
from sync.ports import RowCopy
from sync.running import Duties
from tests.support import shipped
from tests.support.office import Office, furnish, open_office
from tests.support.small_company import MO, RAE, small_company
from tests.support.town import AtWork, Loud, Town

TODO = FormKey("todo")
PICK, MINE, THEIRS, BASE = FieldKey("pick"), FieldKey("mine"), FieldKey("theirs"), FieldKey("base")
HINT, WHAT, BY = FieldKey("hint"), FieldKey("what"), FieldKey("by")


def lines(at: AtWork, desk: str) -> list[RowCopy]:
    """Return the lines in which *desk* is told of a conflict."""
    return [each for each in at.hands.rows(at.path(desk), TODO) if each.cells.get(MINE)]


def picks(at: AtWork, desk: str, choice: str | None, line: int = 0) -> None:
    """Choose in a line of 待辦, and save."""
    at.hands.type_cell(at.path(desk), TODO, lines(at, desk)[line].at, PICK, choice)


def told(at: AtWork, desk: str) -> str:
    return str(lines(at, desk)[0].cells.get(HINT) or "")


def collide(office: Office, first: str = "Mo", second: str = "Rae") -> None:
    """Let two people change the remarks on Rae's customer; the value of the second is set aside."""
    office.opens(second)
    office.types(first, "customer", "Acme", remarks=f"{first}'s")
    office.settle()
    office.clock.step(minutes=5)
    office.types(second, "customer", "Acme", remarks=f"{second}'s")
    office.settle()
    office.closes(second)
    office.settle()
    assert office.value("customer", "Acme", "remarks") == f"{first}'s"


def remarks(office: Office) -> Value:
    return office.value("customer", "Acme", "remarks")


def logged(at: AtWork) -> set[Value]:
    """Return every value of a cell that the journal names."""
    return {value for line in at.store.journal() for value in (line.entry.old, line.entry.new)}


# On real files --------------------------------------------------------------------------------------------------


def test_a_conflict_stands_in_todo_with_all_three_values_who_and_when(office):
    collide(office)

    (line,) = lines(office, "Rae")
    assert [line.cells[each] for each in (BASE, MINE, THEIRS)] == ["likes tea", "Rae's", "Mo's"]
    assert str(line.cells[WHAT]).startswith("Choose: ")
    assert line.cells[PICK] is None
    assert line.cells[BY] == "Mo 10-26 09:00 / Rae 10-26 09:05", "whose stands, and whose does not"
    assert office.check("Rae", "customer", "Acme") == line.cells[HINT]
    assert len(office.todo("Rae")) == 1, "one line for one matter"
    assert lines(office, "Mo") == [], "what he typed stands, and it is not his customer"


def test_who_takes_his_own_value_has_it_and_the_other_is_told(office):
    collide(office)
    picks(office, "Rae", "Take mine")
    office.settle()

    assert remarks(office) == "Rae's"
    assert office.shows("Mo", "customer", "Acme", "remarks") == "Rae's"
    assert office.store.conflicts() == ()
    assert office.todo("Rae") == []
    assert office.shows("Rae", "customer", "Acme", "_mark") is None
    assert office.check("Rae", "customer", "Acme") == ""
    assert "Rae decided" in office.check("Mo", "customer", "Acme")
    assert "Rae decided" in office.hints("Mo")
    entry = next(each.entry for each in office.store.journal() if each.entry.kind == "pick")
    change = [each.entry for each in office.store.journal() if each.entry.kind == "change"][-1]
    assert (entry.old, entry.new, entry.desk) == ("Mo's", "Rae's", office.desk("Rae").key)
    assert (change.old, change.new, change.cause) == ("Mo's", "Rae's", entry.cause)
    assert office.folder.kept(entry.cause), "the file that says so"


def test_typing_the_right_value_in_the_row_ends_it_too(office):
    collide(office)
    office.types("Rae", "customer", "Acme", remarks="agreed by phone")
    office.settle()

    assert remarks(office) == "agreed by phone"
    assert office.store.conflicts() == ()
    assert office.todo("Rae") == []
    assert "“agreed by phone” stands, not “Mo's”" in office.check("Mo", "customer", "Acme")


def test_a_conflict_does_not_go_away_because_its_person_saved_something_else(office):
    collide(office)
    for said in ("555-1", "555-2"):
        office.types("Rae", "customer", "Acme", phone=said)
        office.settle()

    assert len(office.store.conflicts()) == 1
    assert len(lines(office, "Rae")) == 1
    assert office.shows("Rae", "customer", "Acme", "_mark") == ",remarks,"
    assert "Rae's" in office.check("Rae", "customer", "Acme")


def test_a_pick_that_comes_late_does_not_count_and_the_line_is_shown_anew(office):
    collide(office)
    late = office.person.take(office.path("Rae"))
    office.types("Mo", "customer", "Acme", remarks="Mo's second")
    office.settle()
    assert lines(office, "Rae")[0].cells[THEIRS] == "Mo's second"
    assert "Mo's second" in office.check("Rae", "customer", "Acme")

    office.person.put_back(office.path("Rae"), late)
    picks(office, "Rae", "Take mine")
    office.settle()

    assert remarks(office) == "Mo's second"
    assert len(office.store.conflicts()) == 1
    assert lines(office, "Rae")[0].cells[PICK] is None
    assert lines(office, "Rae")[0].cells[THEIRS] == "Mo's second"
    assert "did not count" in told(office, "Rae")

    picks(office, "Rae", "Take mine")
    office.settle()
    assert remarks(office) == "Rae's"
    assert office.todo("Rae") == []


def test_the_same_pick_in_a_copy_that_comes_back_does_nothing_twice(office):
    collide(office)
    picks(office, "Rae", "Take mine")
    copy = office.person.take(office.path("Rae"))
    office.settle()
    office.types("Mo", "customer", "Acme", remarks="Mo's last")
    office.settle()
    before = len(office.journal("pick"))

    office.place("Rae").with_name("Rae - Copy.xlsx").write_bytes(copy)
    office.settle()
    office.person.put_back(office.path("Rae"), copy)
    office.settle()

    assert remarks(office) == "Mo's last"
    assert len(office.journal("pick")) == before == 1


def test_whose_record_it_is_has_the_last_word(office):
    collide(office, first="Rae", second="Mo")
    for desk, mine, theirs in (("Mo", "Mo's", "Rae's"), ("Rae", "Rae's", "Mo's")):
        (line,) = lines(office, desk)
        assert (line.cells[MINE], line.cells[THEIRS]) == (mine, theirs)
    assert "You have the last word" in str(lines(office, "Rae")[0].cells[HINT])

    picks(office, "Mo", "Take mine")
    office.settle()
    assert remarks(office) == "Mo's", "he may type it, so he may take it"
    assert lines(office, "Mo") == []
    (line,) = lines(office, "Rae")
    assert (line.cells[MINE], line.cells[THEIRS]) == ("Rae's", "Mo's")

    picks(office, "Rae", "Take mine")
    office.settle()
    assert remarks(office) == "Rae's"
    assert office.store.conflicts() == ()
    assert "Rae decided" in office.check("Mo", "customer", "Acme")
    assert lines(office, "Mo") == lines(office, "Rae") == []


def test_what_is_no_choice_stays_red_with_a_word_until_it_is_mended(office):
    collide(office)
    picks(office, "Rae", "whatever")
    office.settle()

    (line,) = lines(office, "Rae")
    assert (line.cells[PICK], line.cells[MARK]) == ("whatever", ",pick,")
    assert "“whatever” is not one of the choices" in told(office, "Rae")
    assert remarks(office) == "Mo's"
    (problem,) = [each for each in office.store.problems() if each.form == TODO]
    assert (problem.severity, problem.value) == (Severity.ERROR, "whatever")
    (mail,) = [
        each for each in office.mailroom.digests(office.clock.now()).messages if each.to.startswith("rae")
    ]
    assert "whatever" in mail.text

    picks(office, "Rae", "Take mine")
    office.settle()
    assert remarks(office) == "Rae's"
    assert office.store.problems(office.desk("Rae").key) == ()
    assert office.store.drafts(office.desk("Rae").key) == {}
    assert office.todo("Rae") == []


def test_whatever_else_is_typed_or_deleted_in_todo_is_put_back(office):
    collide(office)
    at = lines(office, "Rae")[0].at
    office.person.type_cells(office.path("Rae"), TODO, at, {THEIRS: "something else", HINT: "notes"})
    office.settle()
    assert lines(office, "Rae")[0].cells[THEIRS] == "Mo's"
    assert "notes" not in office.hints("Rae")

    office.person.delete_row(office.path("Rae"), TODO, at)
    office.settle()
    assert len(lines(office, "Rae")) == 1
    assert remarks(office) == "Mo's"


def remind(office: Office) -> None:
    """Do what is due once a day, and mail what is urgent."""
    now = office.clock.now()
    duties = Duties(workspace=office.workspace, clock=office.clock, log=Loud())
    job = next(each for each in duties.jobs() if each.name == "reminders")
    job.run(Period.holding(PeriodKind.DAY, now.date()), now)
    office.mailroom.urgent(now)


def test_what_nobody_decides_is_told_to_the_superior_once(office):
    collide(office)
    office.clock.step(days=2)
    remind(office)
    office.settle()
    assert [each for each in office.store.messages() if "not been decided" in each.subject] == []

    for _ in range(3):
        office.clock.step(days=1)
        remind(office)
        office.settle()

    (mail,) = [each for each in office.store.messages() if "not been decided" in each.subject]
    assert mail.to == "mo@example.com", "Rae's superior"
    assert "Rae" in mail.subject
    (line,) = lines(office, "Mo")
    assert str(line.cells[WHAT]).startswith("Conflict not decided")
    assert "Rae should have decided" in str(line.cells[HINT])

    picks(office, "Mo", "Take theirs")
    office.settle()
    assert remarks(office) == "Mo's", "he is told; it is hers to decide"
    assert lines(office, "Mo")[0].cells[PICK] is None

    picks(office, "Rae", "Take mine")
    office.settle()
    assert remarks(office) == "Rae's"
    assert lines(office, "Mo") == []


def test_the_days_mail_tells_of_conflicts(office):
    collide(office)
    mails = {each.to: each.text for each in office.mailroom.digests(office.clock.now()).messages}

    assert "was changed by two people" in mails["rae@example.com"]
    assert "was changed by two people" not in mails.get("mo@example.com", "")


@pytest.mark.long
def test_it_is_asked_and_chosen_in_the_companys_language(tmp_path):
    furnish(tmp_path, language=Lang.ZH_HANT)
    with open_office(tmp_path) as office:
        collide(office)
        assert lines(office, "Rae")[0].cells[WHAT] == "衝突，請選擇：備註"
        picks(office, "Rae", "採用我的")
        office.settle()
        assert remarks(office) == "Rae's"
        assert office.todo("Rae") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("採用我的", "mine"), ("采用我的", "mine"), ("Take mine", "mine"), ("take MINE", "mine")),
        *(
            ("採用對方的", "theirs"),
            ("采用对方的", "theirs"),
            ("Take theirs", "theirs"),
            ("Keep theirs", "theirs"),
        ),
        *(("保留現有", "stands"), ("保留现有", "stands"), ("Keep what stands", "stands")),
    ],
)
def test_a_choice_is_understood_in_every_language(typed, meant):
    field = shipped.forms()[TODO].field(PICK)

    assert parse(field, typed, Nowhere()) == meant


# In memory ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return small_company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def crossed(declared: Declared) -> Town:
    """Rae and Mo have both changed the note on Rae's customer; Rae's was set aside."""
    return cross(declared, MO, RAE)


@pytest.fixture(scope="module")
def overruled(declared: Declared) -> Town:
    """Likewise, but Mo's was set aside; it is Rae's customer."""
    return cross(declared, RAE, MO)


def cross(declared: Declared, first: str, second: str) -> Town:
    town = Town(declared)
    town.adds(RAE, "customer", name="A", note="old", size=3)
    town.settle()
    town.opens(second)
    town.types(first, "customer", "A", note=VALUES[first])
    town.settle()
    town.closes(second)
    town.types(second, "customer", "A", note=VALUES[second])
    town.settle()
    assert town.value("customer", "A", "note") == VALUES[first]
    return town


VALUES = {RAE: "Rae's", MO: "Mo's"}


@pytest.mark.parametrize("choice", ["theirs", "stands"])
def test_who_lets_the_other_value_stand_is_asked_no_more(crossed, choice):
    town = crossed.twin()
    picks(town, RAE, choice)
    town.settle()

    assert town.value("customer", "A", "note") == "Mo's"
    assert (town.store.conflicts(), town.problems()) == ((), [])
    assert (town.todo(RAE), town.todo(MO)) == ([], [])
    assert town.journal("pick") == ["Mo's"]
    assert {"Rae's", "Mo's"} <= logged(town)


def test_who_has_the_last_word_may_take_what_was_set_aside(overruled):
    town = overruled.twin()
    picks(town, RAE, "theirs")
    town.settle()

    assert town.value("customer", "A", "note") == "Mo's"
    assert town.store.conflicts() == ()
    assert lines(town, MO) == lines(town, RAE) == []
    assert town.problems(MO) == ["conflict.chosen"]


def test_of_two_picks_in_one_round_the_last_word_is_the_owners_whichever_is_read_first(overruled):
    town = overruled.twin()
    picks(town, MO, "mine")
    picks(town, RAE, "stands")
    town.settle()

    assert town.value("customer", "A", "note") == "Mo's", "Mo's was read first, and Rae had not seen it stand"
    (line,) = lines(town, RAE)
    assert "did not count" in told(town, RAE) or "had been decided" in str(
        town.shows(RAE, "customer", "A", "check")
    )
    assert (line.cells[MINE], line.cells[THEIRS]) == ("Rae's", "Mo's")
    picks(town, RAE, "mine")
    town.settle()

    assert town.value("customer", "A", "note") == "Rae's"
    assert town.store.conflicts() == ()
    assert {"Rae's", "Mo's"} <= logged(town)


def test_what_is_no_choice_can_be_taken_back(crossed):
    town = crossed.twin()
    picks(town, RAE, "whatever")
    town.settle()
    assert "whatever" in told(town, RAE)
    picks(town, RAE, None)
    town.settle()

    assert "whatever" not in told(town, RAE)
    assert lines(town, RAE)[0].cells[PICK] is None
    assert town.store.drafts(RAE) == {}
    assert len(town.store.conflicts()) == 1


def test_a_pick_beside_cells_that_were_typed_over_does_not_count(crossed):
    town = crossed.twin()
    town.hands.type_cell(town.path(RAE), TODO, lines(town, RAE)[0].at, THEIRS, "nothing")
    picks(town, RAE, "mine")
    town.settle()

    assert town.value("customer", "A", "note") == "Mo's"
    assert "did not count" in told(town, RAE)
    assert lines(town, RAE)[0].cells[THEIRS] == "Mo's"


def test_a_pick_belongs_to_its_line_wherever_that_is_sorted(crossed):
    town = crossed.twin()
    town.adds(RAE, "customer", name="B", note="old")
    town.settle()
    town.types(MO, "customer", "B", note="Mo on B")
    town.types(RAE, "customer", "B", note="Rae on B")
    town.settle()
    assert [each.cells[MINE] for each in lines(town, RAE)] == ["Rae's", "Rae on B"]

    town.workbooks.sort(town.path(RAE), TODO, MINE)
    assert [each.cells[MINE] for each in lines(town, RAE)] == ["Rae on B", "Rae's"]
    picks(town, RAE, "mine", line=0)
    town.settle()

    assert town.value("customer", "B", "note") == "Rae on B"
    assert town.value("customer", "A", "note") == "Mo's"
    assert [each.cells[MINE] for each in lines(town, RAE)] == ["Rae's"]


def test_a_value_that_is_no_longer_allowed_is_not_taken_by_a_pick_and_says_why(declared):
    town = Town(declared)
    town.adds(RAE, "customer", name="A", note="old")
    town.settle()
    town.types(MO, "customer", "A", name="B")
    town.types(RAE, "customer", "A", name="C")
    town.settle()
    town.adds(MO, "customer", name="C", owner="Roy")
    town.settle()
    picks(town, RAE, "mine")
    town.settle()

    assert town.value("customer", "B", "name") == "B"
    assert "check.unique" in town.problems(RAE)
    assert town.row(RAE, "customer", town.record("customer", "B").number).cells[FieldKey("name")] == "C"
    assert len(town.store.conflicts()) == 1


def test_who_types_the_value_that_was_set_aside_ends_the_conflict(crossed):
    town = crossed.twin()
    town.types(MO, "customer", "A", note="Rae's")
    town.settle()

    assert town.store.conflicts() == ()
    assert lines(town, RAE) == []
    assert town.problems(RAE) == []


def test_a_copied_line_says_nothing_more_than_the_line_itself(crossed):
    town = crossed.twin()
    at = lines(town, RAE)[0].at
    below = town.workbooks.copy_row(town.path(RAE), TODO, at)
    town.workbooks.type_cell(town.path(RAE), TODO, at, PICK, "mine")
    town.workbooks.type_cell(town.path(RAE), TODO, below, PICK, "mine")
    town.settle()

    assert town.value("customer", "A", "note") == "Rae's"
    assert town.journal("pick") == ["Rae's"]


@pytest.mark.parametrize("choice", ["mine", "theirs", "stands"])
def test_a_pick_on_a_value_that_has_changed_since_does_nothing(crossed, choice):
    town = crossed.twin()
    late = town.workbooks.take(town.path(RAE))
    town.types(MO, "customer", "A", note="Mo's second")
    town.settle()
    town.workbooks.put_back(town.path(RAE), late)
    picks(town, RAE, choice)
    town.settle()

    assert town.value("customer", "A", "note") == "Mo's second"
    assert town.journal("pick") == []
    assert len(town.store.conflicts()) == 1
    assert "did not count" in told(town, RAE)


def test_a_pick_in_a_workbook_that_stays_open_counts_once(crossed):
    town = crossed.twin()
    town.opens(RAE)
    picks(town, RAE, "mine")
    town.settle()
    town.types(MO, "customer", "A", note="Mo again")
    town.settle()
    town.types(RAE, "customer", "A", size=7)
    town.settle()
    assert town.value("customer", "A", "note") == "Mo again"
    assert "conflict.over" not in town.problems(RAE), "nothing was chosen again"
    town.closes(RAE)
    town.settle()

    assert town.value("customer", "A", "note") == "Mo again"
    assert town.journal("pick") == ["Rae's"]
    assert lines(town, RAE) == []


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("pick"), st.sampled_from((RAE, MO)), st.sampled_from(("mine", "theirs", "stands", "x"))
        ),
        st.tuples(st.just("type"), st.sampled_from((RAE, MO)), st.sampled_from(("Rae's", "Mo's", "third"))),
        st.tuples(st.just("take"), st.sampled_from((RAE, MO)), st.just("")),
        st.tuples(st.just("return"), st.sampled_from((RAE, MO)), st.just("")),
        st.tuples(st.just("settle"), st.just(""), st.just("")),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, aside=st.booleans())
def test_whatever_is_picked_both_values_are_in_the_journal_and_only_what_was_seen_is_decided(
    crossed, overruled, acts, aside
):
    town = (crossed if aside else overruled).twin()
    kept: dict[str, bytes] = {}
    for act, desk, said in acts:
        match act:
            case "pick" if lines(town, desk):
                picks(town, desk, said)
            case "type":
                town.types(desk, "customer", "A", note=said)
            case "take":
                kept[desk] = town.workbooks.take(town.path(desk))
            case "return" if desk in kept:
                town.workbooks.put_back(town.path(desk), kept[desk])
            case "settle":
                town.settle()
    town.settle()

    entries = [line.entry for line in town.store.journal()]
    assert {"Rae's", "Mo's", "old"} <= {value for each in entries for value in (each.old, each.new)}
    for n, entry in enumerate(entries):
        if entry.kind != "pick":
            continue
        # Of the same save only: another desk may have been read in the same round.
        stands = [
            each.new
            for each in entries
            if each.kind == "change"
            and (each.field, each.at, each.cause) == (entry.field, entry.at, entry.cause)
        ] or [each.new for each in entries[:n] if each.kind == "change" and each.field == entry.field]
        assert stands[-1] == entry.new, "what was chosen is what stands then"
        assert entry.old not in (None, entry.new), "what was given up for it"
    assert town.value("customer", "A", "note") == value_at(entries, dt.datetime.max.replace(tzinfo=dt.UTC))
    for each in town.store.conflicts():
        assert each.mine != town.value("customer", "A", "note")
        assert lines(town, each.desk), "who is asked finds it in his list"
    if not town.store.conflicts():
        assert lines(town, RAE) == lines(town, MO) == []


def value_at(entries: list, at: dt.datetime) -> Value:
    """Return the note that stood at a moment."""
    changes = [e.new for e in entries if e.kind == "change" and e.field == "note" and e.at <= at]
    return changes[-1] if changes else None
