"""Transfers that happen again and again: one line each, told once each time."""

import datetime as dt
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from sheet_templates.form import FieldKey, FormKey
from sheet_templates.record import Record, RecordId, State
from sync.consequences import settle
from sync.declared import Declared
from sync.receipts import OPEN_FOR, RECEIPT, every_open
from sync.work import Author, Work
from tests.support import shipped
from tests.support.clock import SHANGHAI
from tests.support.memory_store import MemoryStore

START = dt.datetime(2026, 10, 26, 9, 0, tzinfo=SHANGHAI)
PEOPLE, ORDER, IT = FormKey("people"), FormKey("order"), RecordId("it")
BY = Author(desk=None, person=None, cause="a test")


@cache
def _declared() -> Declared:
    return shipped.declared()


def _record(
    form: FormKey, record: str, number: str, state: State = State.RECORDED, **values: object
) -> Record:
    filled = {FieldKey(key): value for key, value in values.items()}
    return Record(form=form, id=RecordId(record), number=number, state=state, values=filled)


def _company() -> MemoryStore:
    declared = _declared()
    store = MemoryStore(declared.forms)
    work = Work.start(declared, store, START)
    staff = (
        ("Mo", "manager", None),
        ("Rae", "rep", "P-1"),
        ("Lou", "logistics", None),
        ("Sue", "service", None),
    )
    for n, (name, role, superior) in enumerate(staff, start=1):
        given_ = {"superior": superior} if superior else {}
        work.put(_record(PEOPLE, f"p{n}", f"P-{n}", name=name, role=role, **given_), BY)
    work.put(
        _record(ORDER, IT, "SO-1", State.APPROVED, owner="P-2", date=START.date(), status="confirmed"), BY
    )
    store.commit(work.commit(None, ()))
    return store


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["2026-12-01", "2026-12-02", "2026-12-03", "receives"]), max_size=7))
def test_nobody_ever_has_two_lines_for_the_same_and_nothing_is_told_twice(acts):
    store, declared, told = _company(), _declared(), []
    for n, act in enumerate(acts, start=1):
        work = Work.start(declared, store, START + dt.timedelta(minutes=n))
        if act == "receives":
            for each in tuple(every_open(store, SHANGHAI))[:1]:
                work.set(RECEIPT, each.id, {FieldKey("status"): "received", OPEN_FOR: None}, BY)
        else:
            work.set(ORDER, IT, {FieldKey("production_delay_to"): dt.date.fromisoformat(act)}, BY)
            settle(work, BY)
        told += work.notices
        store.commit(work.commit(None, ()))

        waiting = [
            (each.whom, each.record["rule"], each.content.record) for each in every_open(store, SHANGHAI)
        ]
        assert len(waiting) == len(set(waiting))
    assert len(told) == len(set(told))
    days = [each for each in acts if each != "receives"]
    changes = sum(each != before for before, each in zip([None, *days], days, strict=False))
    delays = [each for each in store.every(RECEIPT) if each["rule"] == "order_delayed"]
    assert len(delays) == 4 * changes, "service, logistics, the rep and his superior, each time"
