"""Stories of working time: who is reminded when, by real desks, a real store and the daemon's duties."""

import datetime as dt

import pytest

from sheet_templates.form import FieldKey
from sync.reminding import remind
from sync.running import Duties
from tests.support.clock import SHANGHAI
from tests.support.house import Loud
from tests.support.office import Office

pytestmark = pytest.mark.long


WHAT = FieldKey("what")


class Days:
    """Lets the days pass, and says what mail each of them brought."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.duties = Duties(workspace=office.workspace, clock=office.clock, log=Loud())
        self.mailed = 0

    def at(self, day: int, hour: int = 9, month: int = 11) -> dict[str, str]:
        """Return the mail of that moment by receiver: all that it says."""
        self.office.clock.at = dt.datetime(2026, month, day, hour, tzinfo=SHANGHAI)
        self.duties.due()
        self.office.settle()
        mails = self.office.store.messages()[self.mailed :]
        self.mailed += len(mails)
        return {each.to.partition("@")[0]: each.text for each in mails if each.key.startswith("digest")}


@pytest.fixture
def days(office: Office) -> Days:
    return Days(office)


def visit(office: Office, next_on: dt.date) -> None:
    office.adds(
        "Rae",
        "contact",
        customer="Acme",
        on=dt.date(2026, 10, 26),
        how="Phone",
        content="Talked",
        next_step="Send the offer",
        next_on=next_on,
    )
    office.settle()


def company_day(office: Office, day: dt.date, works: str, **more: str) -> None:
    office.adds("Administrator", "calendar", on=day, works=works, why="Said so", **more)
    office.settle()


def test_nobody_is_reminded_on_a_holiday_and_what_waited_is_told_on_the_next_working_day(office, days):
    company_day(office, dt.date(2026, 11, 4), "Off")
    company_day(office, dt.date(2026, 11, 7), "Works")
    visit(office, dt.date(2026, 11, 4))
    visit(office, dt.date(2026, 11, 7))
    assert "Send the offer" not in str(days.at(3))

    assert days.at(4) == {}, "the company is closed"
    assert days.at(5, hour=0) == {}, "nobody gets mail at midnight"
    assert "Send the offer" in days.at(5)["rae"]
    assert "Send the offer" in days.at(7)["rae"], "a Saturday on which people work"
    assert days.at(8) == {}, "a Sunday"


def test_a_company_may_be_reminded_every_day(office, days):
    visit(office, dt.date(2026, 11, 7))
    office.types("Administrator", "limits", "remind_working_days", value=0)
    office.settle()
    office.signs_settings()

    assert "Send the offer" in days.at(7)["rae"]


def test_a_follow_up_that_is_not_done_goes_up_and_ends_when_it_is_done(office, days):
    company_day(office, dt.date(2026, 11, 4), "Off")
    visit(office, dt.date(2026, 11, 3))

    assert "rae" in days.at(3)
    assert "rae" not in days.at(3, hour=15), "once a rung"
    assert "Reminded again" in days.at(5)["rae"]
    up = days.at(6)
    assert "it waits for Rae" in up["mo"]

    office.adds(
        "Rae", "contact", customer="Acme", on=dt.date(2026, 11, 6), how="Visit", content="Offer handed over"
    )
    office.settle()
    assert "Send the offer" not in str(days.at(13))


def test_the_computer_was_off_and_only_the_highest_rung_is_made_up_for(office, days):
    visit(office, dt.date(2026, 11, 3))
    days.at(2)

    late = days.at(9)
    assert late["rae"].count("Send the offer") == 1
    assert "it waits for Rae" in late["mo"]
    assert "Send the offer" not in str(days.at(10))


def test_the_administrator_is_told_in_november_of_a_year_that_nobody_knows(office):
    # Beyond what any library was asked for when the daemon started.
    office.clock.at = dt.datetime(2028, 11, 6, 9, 0, tzinfo=SHANGHAI)
    year = office.declared.calendar.unannounced(office.clock.now().date())
    assert year is not None

    def said() -> list[str]:
        remind(office.declared, office.store, office.clock.now())
        office.settle()
        return [
            str(each.get(WHAT)) for each in office.todo("Administrator") if str(year) in str(each.get(WHAT))
        ]

    assert said() == [f"The holidays and make-up days of {year} are not known"]
    assert len(said()) == 1
    told = [each for each in office.store.notices() if each.notify.event == f"calendar.unknown:{year}"]
    assert len(told) == 1, "by mail he is told once"

    company_day(office, dt.date(year, 5, 3), "Off")
    assert len(said()) == 1, "a day of the company's own says nothing of the government's"
    company_day(office, dt.date(year, 2, 5), "Off", announced="Yes")
    assert [each for each in office.todo("Administrator") if str(year) in str(each.get(WHAT))] == []
