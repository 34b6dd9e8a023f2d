import datetime as dt
from decimal import Decimal
from typing import Any

from reports.books import Scope
from reports.period import Period
from reports.sign_off import sign_off
from reports.signed import Awaited, SignOff
from sheet_templates.form import FormKey, Labels, Role
from sheet_templates.record import RecordId, State
from tests.support.company import ZONE, books, record
from tests.support.pages import figure, rows, table

OCTOBER = Period.parse("2026-10")
LEADER = Scope(role=Role("leader"))
MIA = Scope(role=Role("manager"), me="P-1")
ORDERS = tuple(
    record("order", f"SO-{n}", State.SUBMITTED, owner=owner)
    for n, owner in ((1, "P-2"), (2, "P-3"), (3, "P-5"))
)
STEP = Labels(zh_hant="經理審批", zh_hans="经理审批", en="Manager's approval")


def given(order: int, person: str, hours: str, day: int = 7, **more: str | bool) -> SignOff:
    known: dict[str, Any] = {"grade": "C", **more}
    return SignOff(
        form=FormKey("order"),
        record=RecordId(f"order:SO-{order}"),
        step=STEP,
        role=Role("manager"),
        person=person,
        at=dt.datetime(2026, 10, day, 10, tzinfo=ZONE),
        hours=Decimal(hours),
        **known,
    )


def awaited(order: int, people: tuple[str, ...], hours: str, *, up: bool = False) -> Awaited:
    return Awaited(
        form=FormKey("order"),
        record=RecordId(f"order:SO-{order}"),
        step=STEP,
        role=Role("manager"),
        people=people,
        up=up,
        hours=Decimal(hours),
    )


GIVEN = (
    given(1, "P-1", "2"),
    given(1, "P-1", "20", 9, grade="D", voided="chain.void.changed"),
    given(2, "P-7", "4", 12, up=True, voided="chain.void.not_me"),
    given(3, "P-4", "30", 20, grade="A", behalf="P-1"),
)
WAITING = (awaited(2, ("P-1",), "9"), awaited(3, (), "1"), awaited(1, ("P-7",), "3", up=True))


def page(scope: Scope):
    known = {OCTOBER: GIVEN}
    return sign_off(
        books(*ORDERS, sign_offs=lambda period: known.get(period, ()), awaited=lambda: WAITING),
        OCTOBER,
        scope,
    )


def test_it_counts_the_sign_offs_how_long_they_took_and_what_they_prove():
    found = page(LEADER)

    assert figure(found, "reports.sign_off.given").value == 4
    assert figure(found, "reports.sign_off.given").before == 0
    assert figure(found, "reports.sign_off.median").value == 12
    assert figure(found, "reports.sign_off.late").numbers == ("SO-1", "SO-3")
    assert figure(found, "reports.sign_off.weak").numbers == ("SO-1",)
    assert figure(found, "reports.sign_off.disowned").numbers == ("SO-2",)
    assert rows(table(found, "reports.sign_off.by_step")) == [
        ("Sales orders", "Manager's approval", 4, 12, 30, 2),
    ]
    assert [(row[0], row[2]) for row in rows(table(found, "reports.sign_off.by_grade"))] == [
        ("A", 1),
        ("C", 2),
        ("D", 1),
    ]
    assert rows(table(found, "reports.sign_off.by_signer")) == [
        ("Mia Manager", 0, 2, 11, 20, 1),
        ("Leo Leader", 0, 1, 4, 4, 0),
        ("Max Manager", 1, 1, 30, 30, 1),
    ]


def test_an_empty_seat_and_what_went_up_are_shown():
    assert rows(table(page(LEADER), "reports.sign_off.gaps")) == [
        ("SO-3", "Sales orders", "Manager's approval", "Sales manager", "Nobody: appoint somebody", 1),
        ("SO-1", "Sales orders", "Manager's approval", "Sales manager", "Leo Leader", 3),
        ("SO-2", "Sales orders", "Manager's approval", "Sales manager", "Leo Leader", 4),
    ]


def test_what_waits_longer_than_the_companys_limit_is_listed():
    assert [row[0] for row in rows(table(page(LEADER), "reports.sign_off.waiting_list"))] == ["SO-2"]


def test_what_no_longer_counts_is_listed_with_the_reason():
    found = rows(table(page(LEADER), "reports.sign_off.voided"))

    assert [(row[0], row[3]) for row in found] == [("SO-1", "Mia Manager"), ("SO-2", "Leo Leader")]
    assert all(row[4] for row in found)


def test_a_manager_sees_the_sign_offs_of_his_people_only():
    found = page(MIA)

    assert figure(found, "reports.sign_off.given").value == 3
    assert [row[0] for row in rows(table(found, "reports.sign_off.gaps"))] == ["SO-1", "SO-2"]


def test_what_the_readers_desk_would_not_show_is_not_counted():
    nobodys = given(9, "P-1", "1")
    found = sign_off(books(sign_offs=lambda _: (nobodys,)), OCTOBER, LEADER)

    assert figure(found, "reports.sign_off.given").value == 0
    assert figure(found, "reports.sign_off.median").value is None
