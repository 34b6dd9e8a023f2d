"""The registers that the public records become: nothing lost, nothing invented twice, no defect smoothed over."""

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from sheet_templates.form import DeskKey, FieldKey, Role
from sync.demo.company import DEPARTMENTS, Company, Names
from sync.demo.dates import Calendar
from sync.demo.plan import plan_of
from sync.demo.records import Deal, read_crm
from sync.opening import OldRow

CRM = read_crm()
CALENDAR = Calendar.before(dt.date(2026, 11, 21))


def company(*, teams: tuple[str, ...] = ()) -> Company:
    agents = tuple(each for each in CRM.agents if not teams or each.manager in teams)
    names = Names(
        leader="The leader", departments={role: f"The {role}" for role in DEPARTMENTS}, no_reason="unknown"
    )
    return Company(crm=CRM, calendar=CALENDAR, opening=CALENDAR.first, agents=agents, names=names)


@pytest.fixture(scope="module")
def whole() -> Company:
    return company()


@pytest.fixture(scope="module")
def rows(whole: Company) -> dict[str, list[OldRow]]:
    desks = {each.name: DeskKey(each.name) for each in whole.agents}
    found: defaultdict[str, list[OldRow]] = defaultdict(list)
    for row in whole.registers(desks):
        found[row.form].append(row)
    return found


def cell(row: OldRow, key: str) -> object:
    return row.cells.get(FieldKey(key))


def test_the_records_are_read_as_they_are():
    assert (len(CRM.agents), len(CRM.accounts), len(CRM.products), len(CRM.opportunities)) == (
        35,
        85,
        7,
        8800,
    )
    assert Counter(each.stage for each in CRM.opportunities)[Deal.WON] == 4238
    assert sum(1 for each in CRM.opportunities if not each.account) == 1425
    assert "GTXPro" in {each.product for each in CRM.opportunities} - {each.name for each in CRM.products}
    assert "technolgy" in {each.sector for each in CRM.accounts}


def test_everybody_has_a_superior_who_comes_before_him(whole: Company):
    people = list(whole.people())
    seen: set[object] = set()
    for row in people:
        superior = cell(row, "superior")
        assert superior in seen or (superior is None and cell(row, "role") == Role("leader"))
        seen.add(cell(row, "name"))
    roles = Counter(cell(row, "role") for row in people)
    assert (roles["rep"], roles["manager"], roles["leader"]) == (35, 6, 1)
    addresses = [str(cell(row, "email")) for row in people]
    assert len(set(addresses)) == len(addresses)
    assert all(each.endswith("@example.com") for each in addresses)


def test_reps_stand_under_their_teams_manager_and_region(whole: Company):
    reps = {cell(row, "name"): row for row in whole.people() if cell(row, "role") == "rep"}
    for agent in CRM.agents:
        row = reps[agent.name]
        assert (cell(row, "superior"), cell(row, "team"), cell(row, "region")) == (
            agent.manager,
            agent.manager,
            agent.office,
        )


def test_all_accounts_become_customers_with_their_defects(rows: dict[str, list[OldRow]]):
    customers = {cell(row, "name"): row for row in rows["customer"]}
    assert set(customers) == {each.name for each in CRM.accounts}
    assert cell(customers["Acme Corporation"], "industry") == "technolgy"
    assert cell(customers["Acme Corporation"], "revenue") == Decimal("1100040000.00")
    assert cell(customers["Bluth Company"], "parent_company") == "Acme Corporation"
    assert all(row.desk == cell(row, "owner") for row in rows["customer"])


def test_a_customer_belongs_to_who_has_most_opportunities_with_him(whole: Company):
    counts = Counter((each.account, each.agent) for each in whole.deals() if each.account)
    for account, rep in whole.reps().items():
        most = max((n for (name, _), n in counts.items() if name == account), default=0)
        assert counts[account, rep] == most


def test_the_registers_know_nothing_of_the_fortnight(whole: Company, rows: dict[str, list[OldRow]]):
    for row in rows["lead"]:
        assert cell(row, "found_on") < whole.opening
        closed = cell(row, "closed_on")
        assert closed is None or whole.window <= closed < whole.opening
        assert (closed is None) == (cell(row, "status") == "Engaging")
    assert all(cell(row, "date") < whole.opening for row in rows["order"])
    assert all(
        cell(row, "shipped_on") is None or cell(row, "shipped_on") < whole.opening for row in rows["order"]
    )
    received = [cell(row, "received_on") for row in rows["collection"] if cell(row, "received_on")]
    assert received
    assert max(received) < whole.opening


def test_each_won_opportunity_becomes_a_quotation_an_order_and_its_instalments(rows: dict[str, list[OldRow]]):
    won = {row.called: row for row in rows["lead"] if cell(row, "status") == "Won"}
    assert won
    assert set(won) == {row.called for row in rows["quotation"]} == {row.called for row in rows["order"]}
    assert all(row.approved for row in (*rows["quotation"], *rows["order"]))
    values = {each.id: each.value for each in CRM.opportunities}
    planned: defaultdict[object, Decimal] = defaultdict(Decimal)
    for row in rows["collection"]:
        planned[cell(row, "order")] += cell(row, "amount")
    for line in (*rows["quotation_line"], *rows["order_line"]):
        deal = cell(line, "order") or cell(line, "quotation")
        assert cell(line, "unit_price") == values[deal] == planned[deal]


def test_the_defects_stay_in_the_registers(rows: dict[str, list[OldRow]]):
    products = {cell(row, "product") for row in rows["lead"]}
    assert "GTXPro" in products
    assert any(cell(row, "customer") is None for row in rows["lead"])
    prices = {each.name: each.price for each in CRM.products}
    sold = [row for row in rows["order_line"] if cell(row, "product") in prices]
    assert any(cell(row, "unit_price") != prices[str(cell(row, "product"))] for row in sold)
    assert {cell(row, "lost_reason") for row in rows["lead"] if cell(row, "status") == "Lost"} == {"unknown"}


def test_an_order_is_as_far_as_its_date_allows(whole: Company, rows: dict[str, list[OldRow]]):
    for row in rows["order"]:
        status = cell(row, "status")
        assert (status in {"shipped", "completed"}) == (cell(row, "tracking_no") is not None)
        assert (status == "completed") == (cell(row, "accepted_on") is not None)
    assert set(Counter(cell(row, "status") for row in rows["order"])) == {
        "confirmed",
        "in_production",
        "shipped",
        "completed",
    }


def test_who_decides_slowly_pays_slowly(rows: dict[str, list[OldRow]]):
    lasted = {each.id: each.lasted.days for each in CRM.opportunities}
    deposits = [row for row in rows["collection"] if cell(row, "kind") == "deposit"]
    paid = [row for row in deposits if cell(row, "received_on") is not None]
    for row in paid:
        late = cell(row, "received_on") - cell(row, "due_on")
        assert abs(late.days - lasted[str(cell(row, "order"))] / 2) <= 2


def test_the_same_records_give_the_same_registers(whole: Company):
    again = company()
    desks = {each.name: DeskKey(each.name) for each in again.agents}
    assert list(map(repr, again.registers(desks))) == list(map(repr, whole.registers(desks)))


def test_the_plan_quotes_before_it_orders_and_closes_nothing_twice(whole: Company):
    days = CALENDAR.days
    plan = plan_of(whole.deals(), days)
    quoted = {deal.id: day for (day, _), deals in plan.quoted.items() for deal in deals}
    ordered = {deal.id: day for (day, _), deals in plan.ordered.items() for deal in deals}
    assert set(quoted) == set(ordered)
    assert all(quoted[deal] < ordered[deal] for deal in ordered)
    lost = {deal.id for deals in plan.lost.values() for deal in deals}
    begun = {deal.id for deals in plan.begun.values() for deal in deals}
    assert not lost & set(ordered)
    assert not begun & (lost | set(ordered))
    known = {row.called for row in whole.registers({each.name: DeskKey(each.name) for each in whole.agents})}
    assert set(ordered) | lost <= known
    assert not begun & known
