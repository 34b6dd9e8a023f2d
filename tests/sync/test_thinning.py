"""Old copies: how long they are merged, and what becomes of one that is older than anything that is remembered."""

from reports.period import Period, PeriodKind
from sync.running import Duties
from tests.support.office import Office
from tests.support.town import Loud


def nightly(office: Office) -> None:
    """Do what is due in the first night of a month."""
    now = office.clock.now()
    duties = Duties(workspace=office.workspace, clock=office.clock, log=Loud())
    job = next(each for each in duties.jobs() if each.name == "thin_renders")
    job.run(Period.holding(PeriodKind.MONTH, now.date()), now)


def test_a_copy_that_was_away_for_a_year_is_merged_as_if_it_had_been_there_all_along(office):
    home = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", phone="555-9999")
    office.settle()
    for _ in range(12):
        office.clock.step(days=30)
        nightly(office)
    office.types("Mo", "customer", "Acme", **{"class": "A important"})
    office.settle()

    office.person.put_back(office.path("Rae"), home)
    office.types("Rae", "customer", "Acme", remarks="written a year ago")
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["class"], acme["remarks"]) == ("555-9999", "A", "written a year ago")


def test_a_copy_older_than_what_is_remembered_changes_nothing_without_a_person(office):
    home = office.person.take(office.path("Rae"))
    office.types("Rae", "customer", "Acme", phone="555-9999")
    office.settle()
    today = office.person.take(office.path("Rae"))
    office.clock.step(days=401)
    nightly(office)
    head = office.store.head()

    office.person.put_back(office.path("Rae"), home)
    office.types("Rae", "customer", "Acme", remarks="written long ago")
    brought = office.raw("Rae")
    office.settle()

    acme = office.record("customer", "Acme")
    assert (acme["phone"], acme["remarks"]) == ("555-9999", "likes tea")
    assert "file.unknown_base" in [each.what.key for each in office.store.problems()]
    assert office.raw("Rae") == brought, "it is left as it was brought"
    kept = office.store.file(office.desk("Rae").key)
    assert (
        office.workspace.root.joinpath(".deskbook", "versions", kept.file[:2], kept.file).read_bytes()
        == brought
    )

    office.person.put_back(office.path("Rae"), today)
    office.settle()
    assert not office.engine.held(office.desk("Rae"))
    assert office.store.head() > head


def test_a_desk_that_nobody_touched_for_two_years_goes_on_as_if_it_were_yesterday(office):
    before = office.store.latest(office.desk("Roy").key)
    office.clock.step(days=800)
    nightly(office)

    assert office.store.latest(office.desk("Roy").key) == before
    office.types("Roy", "customer", "Coda", phone="555-8888")
    office.settle()
    assert office.record("customer", "Coda")["phone"] == "555-8888"
