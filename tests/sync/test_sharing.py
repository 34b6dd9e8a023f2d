"""Sharing scopes: what a company edits of who sees what, and what its desks then hold."""

import datetime as dt

import pytest

from reports.catalogue import report
from reports.period import Period
from rules.effect import Notify
from sheet_templates.form import FormKey, Role
from sheet_templates.load import SHIPPED_FORMS
from sheet_templates.record import text
from sync.ports import Commit
from sync.reporting import Reporting
from sync.running import Duties
from tests.support.office import MONDAY, Office, declares, moved_in, open_office
from tests.support.town import Loud

pytestmark = pytest.mark.long


TODAY = MONDAY.date()


def shares(office: Office, **said: object) -> None:
    """Enter a sharing scope on the administrator's desk, have it signed off, and let everything be written."""
    office.adds("Administrator", "sharing", **{"reason": "agreed", **said})
    office.settle()
    office.signs_settings()


def test_a_group_of_fields_leaves_a_departments_desk_at_its_next_writing_and_comes_back(office):
    assert office.tells("Finance", "555-1001")

    shares(office, what="Customers › Ways to reach them (group)", role="Finance", records="None")

    assert office.has("Finance", "customer", "Acme")
    assert not office.tells("Finance", "555-1001")
    assert not office.tells("Finance", "555-2002")
    assert office.tells("Lena", "555-1001"), "it is about finance"

    office.types("Administrator", "sharing", "SH-001", until_on=TODAY - dt.timedelta(days=1), from_on=None)
    office.settle()
    assert office.hints("Administrator"), "a scope must say from when"
    office.types("Administrator", "sharing", "SH-001", records="All")
    office.settle()
    office.signs_settings()
    assert office.tells("Finance", "555-1001")


def test_a_scope_narrows_records_to_ones_own_people(office):
    assert office.has("Lena", "customer", "Acme")

    shares(office, what="Customers", person="Lena", records="Own")

    assert not office.has("Lena", "customer", "Acme")
    for secret in ("Acme", "555-1001", "Coda", "likes tea"):
        assert not office.tells("Lena", secret), secret
    assert office.has("Mo", "customer", "Acme")


def test_what_is_said_of_a_person_goes_before_what_is_said_of_his_role(office):
    shares(office, what="Customers", role="Sales rep", records="None")
    shares(office, what="Customers", person="Roy", records="All")

    assert not office.has("Rae", "customer", "Acme")
    assert office.has("Roy", "customer", "Coda")
    assert not office.has("Roy", "customer", "Acme"), "the form does not let a scope show more than its view"


def test_a_scope_that_means_nothing_is_told_and_waits(office):
    shares(office, what="Customers › Phone", role="Sales rep", records="None")
    assert "has to see it" in office.hints("Administrator")

    shares(office, what="Customers", role="Finance", records="Own team")
    assert "share one desk" in office.hints("Administrator")

    shares(office, what="Customers", records="None")
    assert "either a role or a person" in office.hints("Administrator")

    shares(office, what="Prices", role="Finance", person="Lena", records="None")
    assert not list(office.every("sharing"))
    assert office.tells("Rae", "555-1001")


def test_withdrawing_a_scope_gives_back_what_it_took(office):
    shares(office, what="Customers", role="Marketing", records="None")
    assert not office.has("Marketing", "customer", "Acme")

    at = office.at("Administrator", "sharing", "SH-001")
    office.hands.delete_row(office.path("Administrator"), FormKey("sharing"), at)
    office.settle()
    office.signs_settings()

    assert office.has("Marketing", "customer", "Acme")


def test_a_scope_begins_and_ends_on_its_days(office):
    duties = Duties(workspace=office.workspace, clock=office.clock, log=Loud())

    def day_after() -> None:
        office.clock.step(seconds=24 * 3600)
        duties.due()
        office.settle()

    tomorrow = TODAY + dt.timedelta(days=1)
    shares(
        office, what="Customers › Phone", role="Finance", records="None", from_on=tomorrow, until_on=tomorrow
    )
    assert office.tells("Finance", "555-1001")

    day_after()
    assert not office.tells("Finance", "555-1001")

    day_after()
    assert office.tells("Finance", "555-1001")


def test_a_mail_tells_nobody_what_a_scope_keeps_from_him(office):
    shares(office, what="Customers › Customer name", role="Marketing", records="None")
    notify = Notify(
        event="told", roles=(Role("marketing"), Role("service")), people=(), urgent=True,
        headline=text("plain", value="Acme wants more"), lines=(text("plain", value="555-1001"),),
        form=FormKey("customer"), record=office.record("customer", "Acme").id, rule="transfer.x", clause="TX-3.1.3",
    )  # fmt: skip
    office.store.commit(Commit(at=office.clock.now(), notices=(notify,)))

    office.mailroom.urgent(office.clock.now())

    (told,) = [each for each in office.store.messages() if each.key.startswith("told|")]
    assert told.to == "max@example.com"
    assert "Acme" not in told.text + told.html + told.subject
    assert "555-1001" not in told.text + told.html
    assert "CU-0001" in told.text


def test_a_report_counts_nothing_that_a_scope_keeps_from_who_gets_it(office):
    office.adds(
        "Rae",
        "expense",
        invoice_no="1",
        date=TODAY,
        category="Travel",
        description="taxi to Acme",
        amount=444.44,
        attachments="ticket.pdf",
        submit="Yes",
    )
    office.settle()
    reporting = Reporting(
        declared=office.declared, store=office.store, zone=MONDAY.tzinfo, currency="CNY", save=lambda *_: None
    )
    expense, october = report("expense"), Period.parse("2026-10")
    assert expense is not None

    def told() -> dict[str, str]:
        return {
            each.name.rpartition("-")[2]: each.rendered.text
            for each in reporting.make(expense, october, office.clock.now())
        }

    assert "444.44" in told()["leader"]
    shares(office, what="Expense claims", person="Lena", records="None")

    assert "444.44" not in told()["leader"]
    assert "444.44" in told()["finance"]


def test_only_where_the_form_allows_it_a_scope_shows_more(furnished, tmp_path):
    root = moved_in(furnished, tmp_path)
    shipped = (SHIPPED_FORMS / "customer.toml").read_text(encoding="utf-8")
    wider = shipped.replace("\nadders", '\nwider = ["rep"]\nadders', 1).replace(
        'aliases = ["聯繫電話", "手機", "聯繫方式", "Tel"] }\n',
        'aliases = ["Tel"] }\nwider = ["marketing"]\n',
        1,
    )
    declares(root, {"forms/customer.toml": wider})
    with open_office(root) as office:
        office.settle()
        assert not office.tells("Marketing", "555-1001")
        shares(office, what="Customers › Phone", role="Marketing", records="All")
        shares(office, what="Customers", person="Roy", records="All")

        assert office.has("Roy", "customer", "Acme")
        assert not office.has("Rae", "customer", "Coda")
        office.place("Marketing").unlink()
        office.engine.writing.remake(next(each for each in office.engine.desks() if each.name == "Marketing"))
        assert office.shows("Marketing", "customer", "Acme", "phone") == "555-1001"
