"""Three days around a month's end, lived by a small company, and judged from outside: by its files and its mails."""

import datetime as dt
import email
import email.policy
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from rich.console import Console

from sheet_templates.form import FormKey, Lang
from sync.demo.days import Script
from sync.demo.fortnight import COMPANY_ID, Cast, live
from sync.edges.settings import make_company
from sync.edges.single import only_one
from sync.exits import Exit
from sync.opening import OPENING
from sync.workspace import Workspace, create, opened
from tests.support.clock import FakeClock

pytestmark = pytest.mark.long

TODAY = dt.date(2026, 11, 21)
AGENTS = ("Corliss Cosme", "Cassey Cress", "Donn Cantrell", "Boris Faz")
CAST = Cast(
    agents=frozenset(AGENTS),
    first=3,
    count=3,
    script=Script(leaves=0, returns=2, correction=0, clash=1, delay=2, leader=frozenset({1, 2})),
)
"""Thursday 29 and Friday 30 October, Monday 2 November 2026."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What is left of the days, as somebody finds it who was not there."""

    root: Path
    told: str

    def sheet(self, desk: str, label: str) -> list[dict[str, object]]:
        """Return the rows of a desk's sheet under their labels; `master` is the company's."""
        path = self.root / "master.xlsx" if desk == "master" else self.root / "desks" / desk / f"{desk}.xlsx"
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(label).to_python(skip_empty_area=False)
        labels = [str(each).rstrip("* ") for each in rows[1]]
        found = [dict(zip(labels, row, strict=True)) for row in rows[2:]]
        return [row for row in found if any(value not in ("", None) for key, value in row.items() if key)]

    def mails(self) -> Iterator[EmailMessage]:
        for path in sorted((self.root / "mail").glob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            yield mail

    def to(self, mailbox: str) -> list[EmailMessage]:
        return [mail for mail in self.mails() if mail["to"] == f"{mailbox}@example.com"]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    root = tmp_path_factory.mktemp("demo") / "company"
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    assert live(root, Lang.EN, TODAY, console, CAST) is Exit.OK
    assert isinstance(console.file, io.StringIO)
    return Lived(root=root, told=console.file.getvalue())


@pytest.fixture
def workspace(lived: Lived) -> Iterator[Workspace]:
    clock = FakeClock(dt.datetime(2026, 11, 2, 18, tzinfo=dt.UTC))
    with opened(lived.root, clock, {}) as found:
        yield found


def test_the_month_end_reports_went_out_as_mail_with_a_workbook(lived: Lived):
    october = {
        mail["subject"]: mail
        for mail in lived.to("finance")
        if mail["date"].datetime.date() == dt.date(2026, 11, 1)
    }
    receivables = next(mail for subject, mail in october.items() if "Receivables" in subject)
    assert any("Expenses October 2026" in subject for subject in october)
    attached = next(iter(receivables.iter_attachments()))
    book = CalamineWorkbook.from_filelike(io.BytesIO(attached.get_payload(decode=True)))
    assert len(book.sheet_names) > 1
    assert any("Sales October 2026" in mail["subject"] for mail in lived.to("leader"))
    assert {each.name for each in (lived.root / "reports").glob("monthly-2026-10*.xlsx")}


def test_no_mail_went_out_twice(lived: Lived):
    ids = [mail["message-id"] for mail in lived.mails()]
    assert len(ids) > 50
    assert len(set(ids)) == len(ids)
    assert all(mail["to"].endswith("@example.com") for mail in lived.mails())


def test_large_quotations_were_reviewed_jointly_and_small_ones_by_the_manager_alone(lived: Lived):
    decided = defaultdict(set)
    for row in lived.sheet("master", "Quotations"):
        signers = ("Finance: decision", "Marketing: decision", "Sales manager: decision")
        said = tuple(row[label] for label in signers)
        if row["State"] == "Approved" and any(said):
            decided[row["Total"] >= 5000].add(said)
    assert decided[False] == {("", "", "Agree")}
    assert decided.get(True, {("Agree", "Agree", "Agree")}) == {("Agree", "Agree", "Agree")}
    limits = {row["Limit"]: row["Value"] for row in lived.sheet("Administrator", "Limits")}
    assert limits["joint_review_amount"] == 5000


def test_departments_filled_their_columns_and_the_rep_sees_them(lived: Lived, workspace: Workspace):
    new = [
        each
        for each in workspace.store.every(FormKey("order"))
        if next(iter(workspace.store.journal(FormKey("order"), each.id))).entry.cause != OPENING
        and each.state.value == "approved"
    ]
    assert new
    for order in new:
        rep = str(workspace.store.numbered(FormKey("people"), str(order["owner"]))["name"])
        row = next(each for each in lived.sheet(rep, "Sales orders") if each["No."] == order.number)
        assert row["Planned completion"], "production planned it"
        assert row["Confirmed to customer on"], "service confirmed it"
        for desk in ("Production", "Logistics", "Technical", "Procurement"):
            assert order.number in {each["No."] for each in lived.sheet(desk, "Sales orders")}


def test_who_need_not_know_prices_has_no_column_for_them(lived: Lived):
    for desk in ("Production", "Logistics", "Technical", "Procurement"):
        assert not {"Total", "Margin", "Deposit"} & set(lived.sheet(desk, "Sales orders")[0])
        assert "Unit price" not in lived.sheet(desk, "Order lines")[0]


def test_a_rep_has_nobody_elses_leads_in_the_file(lived: Lived):
    for agent in AGENTS:
        leads = lived.sheet(agent, "Leads")
        assert leads
        assert all(agent in (row["Assigned to"], row["Registered by"]) for row in leads if row["No."])


def test_an_approved_orders_instalments_add_up_to_it(lived: Lived):
    planned: defaultdict[object, float] = defaultdict(float)
    for row in lived.sheet("Finance", "Collection plan"):
        planned[row["Order"]] += float(str(row["Amount"]))
    totals = {row["No."]: row["Total"] for row in lived.sheet("Finance", "Sales orders")}
    assert totals
    assert all(round(planned[number], 2) == total for number, total in totals.items())


def test_what_was_mistyped_was_said_and_mended_the_day_after(lived: Lived, workspace: Workspace):
    drafts = [line.entry for line in workspace.store.journal() if line.entry.kind == "draft"]
    wrong = {str(entry.new) for entry in drafts if entry.field in ("product", "unit_price")}
    assert any(each.startswith("about ") for each in wrong)
    lines = {record.id: record for record in workspace.store.every(FormKey("quotation_line"))}
    typos = [entry for entry in drafts if entry.form == "quotation_line" and entry.field == "product"]
    assert all(entry.record in lines for entry in typos), "each became a line in the end"
    mends = [mail for mail in lived.mails() if "to mend" in mail.get_body(("plain",)).get_content().lower()]
    assert mends or any("is not" in mail.get_body(("plain",)).get_content() for mail in lived.mails())


def test_what_is_left_in_red_says_what_is_meant(lived: Lived):
    red = [
        (row["Product"], row["Check"])
        for agent in AGENTS
        for row in lived.sheet(agent, "Leads")
        if row["Check"] and not row["No."]
    ]
    assert len(red) == 1
    typed, said = red[0]
    assert str(typed) in str(said)
    assert "GTX" in str(said).replace(str(typed), "")


def test_a_column_that_is_somebody_elses_was_put_back_and_told(lived: Lived, workspace: Workspace):
    rejected = [line.entry for line in workspace.store.journal() if line.entry.kind == "reject"]
    assert [(entry.form, entry.field) for entry in rejected] == [("customer", "class")]
    customer = workspace.store.get(FormKey("customer"), rejected[0].record)
    assert customer is not None
    assert customer["class"] is None
    rep = str(workspace.store.numbered(FormKey("people"), str(rejected[0].person))["name"])
    row = next(each for each in lived.sheet(rep, "Customers") if each["No."] == customer.number)
    assert row["Class"] == ""
    assert "Sales manager" in str(row["Check"])


def test_a_claim_was_returned_and_corrected_and_another_one_refused(lived: Lived, workspace: Workspace):
    claims = {row["What for"]: row for row in lived.sheet("master", "Expense claims")}
    fair = claims["Stand at the regional trade fair"]
    assert fair["State"] == "Refused"
    assert fair["Company leader: opinion"].startswith("Not in this year's budget")
    dinner = workspace.store.holding(FormKey("expense"), "invoice_no", "INV-20417")[0]  # type: ignore[arg-type]
    verdicts = [each.verdict.value for each in workspace.store.decisions(FormKey("expense"), dinner.id)]
    assert "return" in verdicts
    assert workspace.store.run(FormKey("expense"), dinner.id).round == 2


def test_what_the_manager_signed_on_the_plane_counts(lived: Lived, workspace: Workspace):
    manager = workspace.store.holding(FormKey("people"), "name", "Cara Losch")[0]  # type: ignore[arg-type]
    signed = [
        each
        for record in workspace.store.every(FormKey("quotation"))
        for each in workspace.store.decisions(FormKey("quotation"), record.id)
        if each.person == manager.number
    ]
    assert signed
    assert {each.at.date() for each in signed} == {dt.date(2026, 11, 2)}, "taken when the copy came back"
    numbers = {workspace.store.get(FormKey("quotation"), each.record).number for each in signed}
    shown = {row["No."]: row for row in lived.sheet("Cara Losch", "Quotations")}
    assert all(shown[number]["Sales manager: decision"] for number in numbers)


def test_two_who_changed_the_same_value_are_told_and_neither_value_is_lost(
    lived: Lived, workspace: Workspace
):
    entry = next(line.entry for line in workspace.store.journal() if line.entry.kind == "conflict")
    assert {str(entry.old), str(entry.new)} == {"6200.00", "5800.00"}
    lead = workspace.store.get(FormKey("lead"), entry.record)
    assert str(lead["expected_amount"]) == "6200.00"


def test_the_master_holds_what_the_store_holds(lived: Lived, workspace: Workspace):
    for form in workspace.declared.stored():
        shown = {row["No."] for row in lived.sheet("master", form.labels.en)}
        assert shown == {each.number for each in workspace.store.every(form.key)}, form.key


def test_everybodys_desk_shows_the_same_state_as_the_master(lived: Lived):
    master = {row["No."]: row["State"] for row in lived.sheet("master", "Sales orders")}
    for desk in (*AGENTS, "Cara Losch", "Rocco Neubert", "Finance", "Marketing"):
        for row in lived.sheet(desk, "Sales orders"):
            assert row["State"] == master[row["No."]]


def test_the_end_says_what_happened_and_where_to_look(lived: Lived, workspace: Workspace):
    assert "master.xlsx" in lived.told
    assert f"deskbook run -w {lived.root}" in lived.told
    assert "still has to decide: " in lived.told
    waiting = list(workspace.store.open_runs())
    assert waiting, "the managers did not come on the last day"
    number = lived.told.partition("deskbook log ")[2].partition(" ")[0]
    assert workspace.store.numbered(FormKey("order"), number) is not None


def test_what_waits_for_a_manager_says_what_it_is_and_where_to_decide(lived: Lived):
    waiting = [
        row
        for desk in ("Cara Losch", "Rocco Neubert")
        for row in lived.sheet(desk, "To do")
        if str(row["What"]).startswith("Decide")
    ]
    assert waiting
    orders = {row["No."]: row for row in lived.sheet("master", "Sales orders")}
    for row in waiting:
        assert "column “Sales manager: decision”" in str(row["What to do"])
        if row["Record"] in orders:
            order = orders[row["Record"]]
            assert row["About"] == f"{order['Customer']} · {order['Total']:,.2f}"


def test_no_lock_and_no_temporary_file_is_left(lived: Lived):
    left = [
        each.name for each in (lived.root / "desks").rglob("*") if each.is_file() and each.suffix != ".xlsx"
    ]
    assert left == [".deskbook-canary"]


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    console = Console(file=io.StringIO(), width=200)
    assert live(tmp_path, Lang.EN, TODAY, console, CAST) is Exit.USAGE
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]
    assert "is not empty" in console.file.getvalue()


def test_somebody_elses_workspace_is_refused(tmp_path: Path):
    own = make_company(id="co-somebody", name="Somebody", language="en", zone="UTC", currency="USD")
    settings = create(tmp_path / "company", own)
    before = settings.read_bytes()
    console = Console(file=io.StringIO(), width=200)
    assert live(tmp_path / "company", Lang.ZH_HANS, TODAY, console, CAST) is Exit.USAGE
    assert settings.read_bytes() == before
    assert "文件夹" in console.file.getvalue()


@pytest.mark.slow
def test_an_earlier_demo_is_replaced_but_not_what_somebody_put_beside_it(tmp_path: Path):
    root = tmp_path / "公司"
    earlier = make_company(id=COMPANY_ID, name="Earlier", language="en", zone="UTC", currency="USD")
    create(root, earlier)
    (root / "desks" / "Somebody.xlsx").write_bytes(b"of the earlier demo")
    (root / "notes.txt").write_text("mine", encoding="utf-8")
    small = Cast(agents=frozenset({"Garret Kinder"}), count=1, script=Script(leader=frozenset()))
    console = Console(file=io.StringIO(), width=200)
    assert live(root, Lang.ZH_HANT, TODAY, console, small) is Exit.OK
    assert (root / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not (root / "desks" / "Somebody.xlsx").exists()
    assert (root / "desks" / "Garret Kinder" / "Garret Kinder.xlsx").exists()
    assert "第 1 天" in console.file.getvalue()


def test_a_demo_on_which_a_daemon_works_is_refused(tmp_path: Path):
    root = tmp_path / "company"
    create(root, make_company(id=COMPANY_ID, name="Demo", language="en", zone="UTC", currency="USD"))
    console = Console(file=io.StringIO(), width=200)
    with only_one(root / ".deskbook", FakeClock()):
        assert live(root, Lang.EN, TODAY, console, CAST) is Exit.USAGE
    assert (root / "deskbook.toml").exists()
    assert "works on" in console.file.getvalue()
