"""Who is told of a transfer: what it declares, and what a company's sheet says beside it."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from rules.effect import Notify
from rules.matrix import NAMED, Entry, Matrix, declared_recipients, may_leave_out, names
from rules.rule import Book, Transfer
from sheet_templates.form import FieldKey, FormKey, Role
from sheet_templates.record import Record, RecordId, text
from tests.support import shipped
from tests.support.records import MemoryRecords

TODAY = dt.date(2026, 10, 26)


@cache
def _book() -> Book:
    return shipped.declared().book


def _transfer(key: str = "order_approved") -> Transfer:
    return next(each for each in _book().transfers if each.key == key)


def _notify(transfer: Transfer, people: tuple[str, ...] = ()) -> Notify:
    assert transfer.told is not None
    return Notify(
        event="it", roles=transfer.told.roles, people=people, urgent=transfer.told.urgent,
        headline=text("plain", value="x"), rule=f"transfer.{transfer.key}", clause=transfer.clause,
    )  # fmt: skip


_TELLING = tuple(each for each in _book().transfers if each.told is not None)
_WHOM = st.sampled_from(
    [NAMED, "finance", "production", "logistics", "marketing", "service", "technical", "P-0007"]
)
_ROWS = st.lists(
    st.builds(
        Entry,
        transfer=st.sampled_from([each.key for each in _TELLING]),
        whom=_WHOM,
        personal=st.just(value=False),
        urgent=st.sampled_from([None, True, False]),
        acknowledge=st.sampled_from([None, True, False]),
        hours=st.sampled_from([None, Decimal(2)]),
        off=st.booleans(),
        since=st.none(),
    ),
    unique_by=lambda each: (each.transfer, each.whom),
    max_size=8,
)


@given(_ROWS, st.sampled_from(_TELLING))
def test_whatever_the_sheet_says_nobody_is_told_twice_and_who_is_demanded_is_told(rows, transfer):
    rows = [replace(each, personal=each.whom.startswith("P-")) for each in rows]
    people = ("P-0001",) if names(transfer, NAMED) else ()

    told = Matrix(entries=tuple(rows)).recipients(transfer, _notify(transfer, people))

    whom = [each.whom for each in told]
    assert len(whom) == len(set(whom))
    for _, each in declared_recipients([transfer]):
        if not may_leave_out(transfer, each):
            assert each in whom
    off = {each.whom for each in rows if each.off and each.transfer == transfer.key}
    assert all(not may_leave_out(transfer, each) for each in off & set(whom))


def test_without_a_sheet_everybody_is_told_as_declared():
    transfer = _transfer()
    told = Matrix().recipients(transfer, _notify(transfer))
    assert [each.whom for each in told] == list(_notify(transfer).roles)
    assert all(each.urgent and each.acknowledge for each in told)


def _row(number: int, **values: object) -> Record:
    filled = {
        FieldKey(key): value for key, value in {"rule": "order_approved", "role": "finance", **values}.items()
    }
    return Record(form=FormKey("matrix"), id=RecordId(f"m{number}"), number=f"TR-{number:03}", values=filled)


def test_of_several_rows_the_one_counts_whose_day_came_last():
    shelf = MemoryRecords(
        [
            _row(1, acknowledge="no", from_on=TODAY - dt.timedelta(days=9)),
            _row(2, hours=Decimal(1), from_on=TODAY),
            _row(3, hours=Decimal(99), from_on=TODAY + dt.timedelta(days=1)),
        ]
    )
    (finance,) = [
        each
        for each in Matrix.open(shelf, TODAY).recipients(_transfer(), _notify(_transfer()))
        if each.whom == "finance"
    ]
    assert (finance.acknowledge, finance.hours) == (True, Decimal(1))


def test_a_role_that_a_company_adds_is_told_and_one_that_no_clause_demands_is_left_out():
    shelf = MemoryRecords(
        [
            _row(1, role="presales", acknowledge="no"),
            _row(2, role="logistics", off=True),
            _row(3, role="finance", off=True),
        ]
    )
    told = Matrix.open(shelf, TODAY).recipients(_transfer(), _notify(_transfer()))
    whom = {each.whom for each in told}
    assert {Role("presales"), Role("finance")} <= whom
    assert "logistics" not in whom
    assert next(each for each in told if each.whom == "presales").added
