"""The examples of docs/add-a-form.md and docs/add-a-rule.md, tried as a company would: in a workspace, at a desk."""

import datetime as dt
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

import pytest

from sheet_templates.declaration import DeclarationError, Table
from sheet_templates.form import Desk, DeskKey, FieldKey, FormKey, Lang, Role
from sheet_templates.form_reader import Reading as FieldReading
from sheet_templates.form_reader import read_field, read_form
from sheet_templates.record import Cell, Record, Shown, State
from sync.edges.settings import Company
from sync.opening import OldRow, enter
from sync.ports import Refused
from sync.workspace import Workspace, create, opened
from tests.support.clock import FakeClock
from tests.support.ids import SequentialIds
from tests.support.office import declares
from tests.support.person import Person

pytestmark = pytest.mark.long


DOCS = Path(__file__).parent.parent / "docs"
COMPLAINT = FormKey("complaint")

STAFF = (
    {"name": "Lena Leader", "role": "leader"},
    {"name": "Max Manager", "role": "manager", "superior": "Lena Leader"},
    {"name": "Anna Rep", "role": "rep", "superior": "Max Manager", "region": "East"},
    {"name": "Sam Service", "role": "service", "superior": "Lena Leader"},
    {"name": "Tess Technical", "role": "technical", "superior": "Lena Leader"},
)


def form_examples() -> dict[str, str]:
    """Return the blocks of add-a-form.md by the path that their first line gives."""
    page = (DOCS / "add-a-form.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^```toml\n# (\S+\.toml)\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE))


def rule_examples() -> dict[str, str]:
    """Return the complete rules and sentences of add-a-rule.md, each as a file of its own."""
    page = (DOCS / "add-a-rule.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for n, block in enumerate(re.findall(r"(?:^    .*\n|^\n)+", page, flags=re.MULTILINE)):
        text = textwrap.dedent(block).strip()
        if re.match(r"\[(?:check|chain|transfer|reminder)\.", text):
            found[f"rules/example{n}.toml"] = text
        elif text.startswith('["check.'):
            found[f"words/example{n}.toml"] = text
    return found


def company(root: Path, files: dict[str, str]) -> Path:
    """Make a workspace in which *files* lie."""
    create(root, Company(id="co-docs", name="Docs", language=Lang.EN, zone="Asia/Shanghai", currency="CNY"))
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def cells(values: dict[str, Shown]) -> dict[FieldKey, Shown]:
    return {FieldKey(key): value for key, value in values.items()}


class Office:
    """A workspace at work, with people at its real workbooks."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.engine = workspace.engine
        self.person = Person(self.engine.workbooks)

    def desk(self, name: str) -> Desk:
        return next(each for each in self.engine.desks() if each.name == name)

    def path(self, name: str) -> PurePath:
        return self.engine.path_of(self.desk(name))

    def adds(self, name: str, form: FormKey, **values: Shown) -> None:
        """Type a row into *name*'s desk and save; the engine reads it and writes every desk."""
        self.person.add_row(self.path(name), form, cells(values))
        self.saved(name)

    def types(self, name: str, form: FormKey, number: str, **values: Shown) -> None:
        row = next(each for each in self.rows(name, form) if each["number"] == number)
        for key, value in values.items():
            self.person.type_cell(self.path(name), form, int(str(row["at"])), FieldKey(key), value)
        self.saved(name)

    def saved(self, name: str) -> None:
        read = self.engine.ingest(self.path(name))
        assert read.problem is None
        assert read.outcome is not None
        assert not read.outcome.held
        assert not [written for _, written in self.engine.writing.publish() if isinstance(written, Refused)]

    def rows(self, name: str, form: FormKey) -> list[dict[str, Cell]]:
        """Return the filled rows that *name*'s workbook shows."""
        return [
            {**each.cells, "at": each.at}
            for each in self.person.rows(self.path(name), form)
            if any(value is not None for value in each.cells.values())
        ]

    def records(self, form: FormKey) -> tuple[Record, ...]:
        return tuple(self.workspace.store.every(form))


@contextmanager
def office(root: Path, *, source: str = "Partner", anew: bool = True) -> Iterator[Office]:
    """Open the workspace at *root*, with its staff and a customer if it is *anew*, and let every desk be made."""
    with opened(root, FakeClock(), {}, SequentialIds("n" if anew else "m")) as workspace:
        workspace.engine.workbooks.found()
        if anew:
            old = [("people", each) for each in STAFF]
            old.append(
                ("customer", {"name": "Acme", "owner": "Anna Rep", "region": "East", "source": source})
            )
            rows = [
                OldRow(form=FormKey(form), desk=DeskKey("admin"), cells=cells(each)) for form, each in old
            ]
            ids, now = SequentialIds("o"), workspace.clock.now()
            assert not enter(rows, workspace.declared, workspace.store, ids, now).waiting
        workspace.engine.writing.publish()
        yield Office(workspace)


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Office]:
    with office(company(tmp_path / "company", form_examples())) as found:
        yield found


def test_the_page_has_a_form_its_rules_their_sentences_and_an_extension():
    assert set(form_examples()) == {
        "forms/complaint.toml",
        "rules/complaint.toml",
        "words/complaint.toml",
        "limits.toml",
        "forms/customer.toml",
        "roles.toml",
    }


def test_the_page_explains_just_the_keys_that_a_form_and_a_field_may_have():
    page = (DOCS / "add-a-form.md").read_text(encoding="utf-8")
    first, second = re.findall(r"\| Key \| Meaning \|\n(.*?)\n\n", page, flags=re.DOTALL)
    form = Table(entries={}, place="form", faults=[])
    field = Table(entries={"required": "save", "readers": []}, place="field", faults=[])
    read_form("visit", form, {})
    read_field("what", field, FieldReading(roles={}))

    assert explained(first) == form.taken - {"fields"}
    assert explained(second) == field.taken


def explained(table: str) -> set[str]:
    return {key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_a_row_typed_in_the_new_sheet_becomes_a_record_with_what_the_form_declares(example):
    example.adds("Customer service", COMPLAINT, subject="Broken fan", customer="Acme", department="Technical")

    (record,) = example.records(COMPLAINT)
    assert record.number == "CP-2026-0001"
    assert record["received_on"] == dt.date(2026, 11, 2)
    # The customer's rep is responsible, as the default says: so it is in his desk, and in his superior's.
    for name in ("Anna Rep", "Max Manager", "Lena Leader", "Technical", "Customer service"):
        assert [row["number"] for row in example.rows(name, COMPLAINT)] == ["CP-2026-0001"]


def test_only_who_may_read_a_field_has_its_column_and_only_who_has_a_view_has_the_sheet(example):
    example.adds("Anna Rep", COMPLAINT, subject="Late", customer="Acme", compensation=10)

    assert example.rows("Technical", COMPLAINT) == []
    assert all("compensation" not in row for row in example.rows("Technical", COMPLAINT))
    example.types("Anna Rep", COMPLAINT, "CP-2026-0001", department="技術")
    (row,) = example.rows("Technical", COMPLAINT)
    assert "compensation" not in row
    assert row["subject"] == "Late"
    assert Role("production") not in example.workspace.declared.forms[COMPLAINT].views


def test_what_the_check_finds_stays_in_the_row_with_its_sentence(example):
    example.adds("Anna Rep", COMPLAINT, subject="Late", customer="Acme", solved_on=dt.date(2026, 10, 1))

    (row,) = example.rows("Anna Rep", COMPLAINT)
    assert (
        row["check"]
        == "It was solved (1 Oct 2026) before it came in (2 Nov 2026). Correct one of the two dates."
    )
    assert example.records(COMPLAINT) == ()


def test_a_small_compensation_ends_with_the_manager_and_a_large_one_with_the_leader(example):
    example.adds("Anna Rep", COMPLAINT, subject="Late", customer="Acme", compensation=100, submit="Yes")
    example.adds("Anna Rep", COMPLAINT, subject="Broken", customer="Acme", compensation=9000, submit="Yes")
    assert [each.state for each in example.records(COMPLAINT)] == [State.SUBMITTED, State.SUBMITTED]

    for number in ("CP-2026-0001", "CP-2026-0002"):
        example.types("Max Manager", COMPLAINT, number, manager_manager="Agree")
    assert [each.state for each in example.records(COMPLAINT)] == [State.APPROVED, State.SUBMITTED]

    example.types("Lena Leader", COMPLAINT, "CP-2026-0002", leader_leader="Agree")
    assert [each.state for each in example.records(COMPLAINT)] == [State.APPROVED, State.APPROVED]


def test_the_limit_stands_on_the_administrators_desk_and_what_is_typed_there_counts(example):
    limits = FormKey("limits")
    row = next(each for each in example.rows("Administrator", limits) if each["key"] == "compensation_max")
    example.types("Administrator", limits, str(row["number"]), value=50)
    # Numbers of the policies are signed off themselves, here by whom the limit names and the leader.
    example.types("Lena Leader", FormKey("setting_change"), "ST-2026-001", decision_leader="Agree")
    example.adds("Anna Rep", COMPLAINT, subject="Late", customer="Acme", compensation=100, submit="Yes")
    example.types("Max Manager", COMPLAINT, "CP-2026-0001", manager_manager="Agree")

    assert example.records(COMPLAINT)[0].state is State.SUBMITTED


def test_the_departments_are_told_and_reminded_as_the_rules_say(example):
    example.adds("Anna Rep", COMPLAINT, subject="Late", customer="Acme", department="Technical")

    (notice,) = [each.notify for each in example.workspace.store.notices()]
    assert (notice.rule, notice.roles, notice.urgent) == (
        "transfer.complaint_passed_on",
        (Role("technical"),),
        True,
    )


def test_a_field_and_a_choice_are_added_to_a_shipped_form_and_the_rest_stays(example):
    customer = example.workspace.declared.forms[FormKey("customer")]
    keys = [each.key for each in customer.fields]

    assert keys[keys.index("name") + 1] == "tax_no"
    assert "correction" in keys
    assert example.records(FormKey("customer"))[0]["source"] == "partner"
    assert "tax_no" not in example.rows("Customer service", FormKey("customer"))[0]


@pytest.mark.parametrize("other", [False, True])
def test_reps_see_complaints_of_their_region_only_with_the_other_view_of_the_page(tmp_path, other):
    page = (DOCS / "add-a-form.md").read_text(encoding="utf-8")
    (view,) = re.findall(r"^    (rep = .*)$", page, flags=re.MULTILINE)
    files = form_examples()
    if other:
        text = re.sub(r"^rep = .*$", lambda _: view, files["forms/complaint.toml"], flags=re.MULTILINE)
        files["forms/complaint.toml"] = text

    with office(company(tmp_path / "company", files)) as found:
        found.adds("Customer service", COMPLAINT, subject="Late", customer="Acme")
        found.types("Max Manager", COMPLAINT, "CP-2026-0001", owner="Max Manager")
        assert len(found.rows("Anna Rep", COMPLAINT)) == other


def test_the_faults_that_the_page_quotes_are_those_that_are_said(tmp_path):
    page = (DOCS / "add-a-form.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^    (complaint\.toml: .*)$", page, flags=re.MULTILINE)
    files = form_examples()
    broken = files["forms/complaint.toml"].replace('link = "customer"', 'link = "custmer"')
    files["forms/complaint.toml"] = broken.replace('service = "true"\n', "")

    with pytest.raises(DeclarationError) as raised, office(company(tmp_path / "company", files)):
        pass

    assert len(quoted) == 2
    assert set(quoted) <= set(raised.value.faults)


def test_a_workbook_gets_the_new_form_and_one_that_was_deleted_is_made_anew_with_what_was_typed_before(
    tmp_path,
):
    root = company(tmp_path / "company", {})
    lead = FormKey("lead")
    with office(root, source="Web") as before:
        before.adds("Anna Rep", lead, title="Laptops", source="Web")
        assert COMPLAINT not in before.person.folder.forms
    declares(root, form_examples())
    with office(root, anew=False) as after:
        copy = after.engine.workbooks.read(after.path("Anna Rep"))
        assert COMPLAINT in copy.sheets
        (root / after.path("Anna Rep")).unlink()
        after.engine.writing.remake(after.desk("Anna Rep"))
        assert [row["title"] for row in after.rows("Anna Rep", lead)] == ["Laptops"]
        after.adds("Anna Rep", COMPLAINT, subject="Late", customer="Acme")
        assert len(after.records(COMPLAINT)) == 1


def test_the_rules_of_the_other_page_stand_in_a_workspace_and_hold_for_what_is_typed(tmp_path):
    examples = rule_examples()
    assert len(examples) == 7

    with office(company(tmp_path / "company", {**form_examples(), **examples})) as found:
        order = FormKey("order")
        found.adds(
            "Anna Rep",
            order,
            customer="Acme",
            date=dt.date(2026, 11, 2),
            delivery_on=dt.date(2026, 10, 1),
        )
        (row,) = found.rows("Anna Rep", order)

    assert row["check"] == (
        "The delivery date (1 Oct 2026) is before the date of the order (2 Nov 2026)."
        " Correct one of the two dates."
    )
