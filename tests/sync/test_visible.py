"""Who sees what, and which rows must be shown anew after a change."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest

from sheet_templates.expression import Expression, Scope
from sheet_templates.form import MASTER, DeskKey, FormKey, Role
from sheet_templates.record import Problem, Record, RecordId, State, Value, text
from sync.consequences import settle
from sync.declared import TODO, Declared
from sync.eyes import Eyes
from sync.ports import Commit
from sync.visible import dirty, todos
from sync.work import Author, Work
from tests.support.clock import FakeClock
from tests.support.memory_store import MemoryStore
from tests.support.small_company import LENA, MO, RAE, ROY, cells, hire, small_company

NOW = FakeClock().now()
BY = Author(desk=None, person=None, cause="test")


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return small_company(tmp_path_factory.mktemp("company"))


@pytest.fixture
def store(declared: Declared) -> MemoryStore:
    store = MemoryStore(declared.forms)
    hire(store, declared, NOW)
    enter(
        store,
        record("customer", "c1", name="Acme", owner=RAE),
        record("customer", "c2", name="Coda", owner=ROY),
        record("claim", "k1", what="Fair", amount=Decimal(100), owner=RAE, customer="c1"),
        record("claim_line", "l1", claim="k1", cost=Decimal(5)),
    )
    return store


def record(form: str, number: str, state: State = State.RECORDED, **values: Value) -> Record:
    if form == "claim" and state is State.RECORDED:
        state = State.DRAFT
    return Record(form=FormKey(form), id=RecordId(number), number=number, values=cells(**values), state=state)


def enter(store: MemoryStore, *records: Record) -> None:
    store.commit(Commit(at=NOW, records=records))


def changed(declared: Declared, store: MemoryStore, *records: Record) -> Work:
    work = Work.start(declared, store, NOW)
    for each in records:
        work.put(each, BY)
    return work


def shown_anew(declared: Declared, store: MemoryStore, *records: Record) -> set[tuple[str, str]]:
    return {(desk, row) for desk, _, row in dirty(changed(declared, store, *records))}


def changing(store: MemoryStore, form: str, number: str, **values: Value) -> Record:
    found = store.numbered(FormKey(form), number)
    assert found is not None
    merged = {**found.values, **cells(**values)}
    return replace(found, values={key: value for key, value in merged.items() if value is not None})


def eyes(declared: Declared, store: MemoryStore) -> Eyes:
    return Eyes.open(declared, store, NOW.date())


def desks(found: Iterable[str]) -> set[str]:
    return set(found) - {MASTER}


def test_the_master_sees_everything_and_everybody_else_what_his_view_says(declared, store):
    acme = store.numbered(FormKey("customer"), "c1")

    assert eyes(declared, store).who(acme) == {MASTER, RAE, MO, "finance"}


def test_a_role_without_a_view_sees_nothing_of_a_form(declared, store):
    see = eyes(declared, store)
    acme = store.numbered(FormKey("customer"), "c1")

    assert [desk.key for desk in see.desks if see.sees(desk, acme)] == [MO, RAE, "finance"]


def test_a_view_that_is_unknown_hides_the_record(declared, store):
    ownerless = record("customer", "c3", name="Nobody's")

    assert desks(eyes(declared, store).who(ownerless)) == {MO, "finance"}


def test_who_and_sees_say_the_same(declared, store):
    see = eyes(declared, store)
    for form in declared.stored():
        for each in store.every(form.key):
            assert desks(see.who(each)) == {desk.key for desk in see.desks if see.sees(desk, each)}


def test_a_change_is_shown_where_the_record_is_seen(declared, store):
    assert shown_anew(declared, store, changing(store, "customer", "c2", note="x")) == {
        (MASTER, "c2"),
        (ROY, "c2"),
        (MO, "c2"),
        ("finance", "c2"),
    }


def test_what_is_no_longer_seen_is_taken_out_where_it_was_seen(declared, store):
    anew = shown_anew(declared, store, changing(store, "customer", "c1", owner=ROY))

    assert {(RAE, "c1"), (ROY, "c1")} <= anew


def test_a_state_opens_a_record_to_others(declared, store):
    claim = replace(changing(store, "claim", "k1"), state=State.SUBMITTED)

    anew = shown_anew(declared, store, claim)

    assert {("finance", "k1"), ("marketing", "k1"), (LENA, "k1")} <= anew
    assert ("logistics", "k1") not in anew


def test_a_new_name_is_shown_wherever_the_record_is_linked_to(declared, store):
    anew = shown_anew(declared, store, changing(store, "customer", "c1", name="Acme Ltd"))

    assert {(RAE, "k1"), (MO, "k1")} <= anew


def test_a_field_that_nobody_looks_through_moves_only_its_own_record(declared, store):
    anew = shown_anew(declared, store, changing(store, "customer", "c1", note="x"))

    assert {row for _, row in anew} == {"c1"}


def test_lines_are_seen_by_whom_sees_what_they_belong_to_however_far_that_is(declared, store):
    """The manager sees lines through the claim and its owner to the owner's superior: three steps."""
    enter(store, record("people", "m2", name="New Manager", role="manager"))

    anew = shown_anew(declared, store, changing(store, "people", RAE, superior="m2"))

    assert {("m2", "k1"), ("m2", "l1"), (MO, "k1"), (MO, "l1")} <= anew


def test_a_new_record_is_shown_to_those_who_see_it(declared, store):
    fresh = record("customer", "c9", name="Fresh", owner=RAE)

    assert {desk for desk, _ in shown_anew(declared, store, fresh)} == {MASTER, RAE, MO, "finance"}


def test_nothing_changed_is_nothing_to_show(declared, store):
    assert dirty(Work.start(declared, store, NOW)) == set()


def test_a_person_who_takes_another_role_is_shown_everything_of_it(declared, store):
    anew = shown_anew(declared, store, changing(store, "people", ROY, region="South"))

    assert (ROY, "c2") in anew
    assert (RAE, "c1") not in anew


def test_a_limit_that_a_view_asks_for_may_change_any_desk_and_another_none(declared, store):
    limit = next(iter(store.every(FormKey("limits"))))
    other = replace(limit, values={**limit.values, **cells(value=Decimal(5))})
    view = Expression.load(
        "size >= limit.joint", Scope.of(declared.forms[FormKey("customer")], declared.forms, limits=["joint"])
    )
    asking = replace(declared, views={**declared.views, (FormKey("customer"), Role("finance")): view})

    assert {row for _, row in shown_anew(declared, store, other)} == {limit.id}
    assert {(RAE, "c1"), (ROY, "c2"), (MO, "k1")} <= shown_anew(asking, store, other)


def test_who_left_is_shown_nothing_any_more_and_where_he_stood_is_shown_anew(declared, store):
    left = changing(store, "people", ROY, left=NOW.date())

    work = changed(declared, store, left)

    assert (MO, FormKey("people"), left.id) in dirty(work)
    assert ROY not in {desk.key for desk in eyes(declared, work.records).desks}


def waiting(*works: Work) -> set[str]:
    return {desk for work in works for desk, form, _ in todos(work) if form == TODO}


def test_a_todo_sheet_is_shown_anew_to_whom_something_is_told(declared, store):
    work = Work.start(declared, store, NOW)
    work.problems.append(Problem(what=text("x"), mend=text("x.mend"), desk=DeskKey(ROY)))
    work.solved.append(Problem(what=text("y"), mend=text("y.mend"), desk=DeskKey("finance")))
    work.problems.append(Problem(what=text("z"), mend=text("z.mend")))

    assert waiting(Work.start(declared, store, NOW)) == set()
    assert waiting(work) == {ROY, "finance"}


def submitted(declared: Declared, store: MemoryStore) -> Work:
    work = changed(declared, store, changing(store, "claim", "k1", submit=True))
    settle(work, Author(desk=DeskKey(RAE), person=RAE, cause="test"))
    return work


def test_a_todo_sheet_is_shown_anew_to_those_whose_turn_it_becomes_and_was(declared, store):
    work = submitted(declared, store)
    store.commit(work.commit(None, ()))
    withdrawn = changed(declared, store, changing(store, "claim", "k1", submit=None))
    settle(withdrawn, BY)

    assert waiting(work) == {MO}
    assert waiting(withdrawn) == {MO}


def test_who_takes_over_a_seat_finds_what_waits_for_it(declared, store):
    store.commit(submitted(declared, store).commit(None, ()))
    enter(store, record("people", "m2", name="New Manager", role="manager"))

    moved = changed(declared, store, changing(store, "people", RAE, superior="m2"))

    assert waiting(moved) == {MO, "m2"}
