"""Forms, records and all the rest, as a store is given them in tests."""

import datetime as dt
from decimal import Decimal
from pathlib import PurePath
from zoneinfo import ZoneInfo

from rules.effect import Decision, Notify, Run, Verdict
from sheet_templates.form import DeskKey, FieldKey, FieldType, FormKey, Role
from sheet_templates.record import (
    Address,
    Problem,
    Record,
    RecordId,
    Severity,
    State,
    Value,
    text,
)
from sync.ports import (
    Commit,
    Conflict,
    Draft,
    Entry,
    Hash,
    Ingest,
    Message,
    Render,
    RenderId,
)
from tests.support.small import field, form

AT = dt.datetime(2026, 10, 30, 9, 15, 0, 250, tzinfo=ZoneInfo("Asia/Shanghai"))
LATER = AT + dt.timedelta(minutes=5)

CUSTOMER = form(
    "customer",
    field("name", unique=True),
    field("owner", FieldType.PERSON, link="people"),
    field("tax_no", FieldType.NUMBER, unique=True),
    field("founded", FieldType.DATE),
    field("opens", FieldType.TIME),
    field("budget", FieldType.MONEY),
    field("known", FieldType.YES_NO),
    title=FieldKey("name"),
)
ORDER = form(
    "order",
    field("customer", FieldType.LINK, link="customer"),
    field("total", FieldType.MONEY),
)
FORMS = {each.key: each for each in (CUSTOMER, ORDER)}

FILE = PurePath("desks/王/王.xlsx")
WANG = DeskKey("P-0001")
FINANCE = DeskKey("finance")


def customer(
    id_: str, number: str = "", *, version: int = 1, state: State = State.RECORDED, **values: Value
) -> Record:
    """Return a customer."""
    return _record("customer", id_, number, version=version, state=state, values=values)


def order(
    id_: str, number: str = "", *, version: int = 1, state: State = State.DRAFT, **values: Value
) -> Record:
    """Return an order."""
    return _record("order", id_, number, version=version, state=state, values=values)


def _record(
    form_: str, id_: str, number: str, *, version: int, state: State, values: dict[str, Value]
) -> Record:
    return Record(
        form=FormKey(form_),
        id=RecordId(id_),
        number=number,
        values={FieldKey(key): value for key, value in values.items()},
        state=state,
        version=version,
        created_at=AT,
        changed_at=LATER,
    )


def cell(field_: str = "name", record: str = "c1", form_: str = "customer") -> Address:
    """Return the address of a value."""
    return Address(form=FormKey(form_), record=RecordId(record), field=FieldKey(field_))


def entry(kind: str = "change", record: str = "c1", **more: object) -> Entry:
    """Return a line for the journal."""
    given = {"at": AT, "kind": kind, "form": FormKey("customer"), "record": RecordId(record), **more}
    return Entry(**given)  # type: ignore[arg-type]


def number_given(series: str, n: int) -> Entry:
    """Return the entry that gives a number."""
    return entry("number", detail={"series": series, "n": str(n)})


def run(record: str = "o1", state: State = State.SUBMITTED, round_: int = 1) -> Run:
    """Return an order's run."""
    return Run(
        form=FormKey("order"),
        record=RecordId(record),
        chain="order",
        frozen='{"steps":["manager"]}',
        round=round_,
        state=state,
        content="c0ffee",
        submitted_by="P-0001",
        submitted_at=AT,
        material={"total": "1200.00", "customer": "王記"},
    )


def decision(
    record: str = "o1", person: str = "P-0007", verdict: Verdict = Verdict.AGREE, voided: str | None = None
) -> Decision:
    """Return a sign-off of an order."""
    return Decision(
        form=FormKey("order"),
        record=RecordId(record),
        round=1,
        step="manager",
        role=Role("manager"),
        person=person,
        desk=DeskKey(person),
        verdict=verdict,
        opinion="可以\n下次早點",
        content="c0ffee",
        grade="C",
        at=LATER,
        voided=voided,
    )


def notice(event: str = "order.approved:SO-1:1", record: str | None = "o1") -> Notify:
    """Return what somebody must be told."""
    return Notify(
        event=event,
        roles=(Role("finance"), Role("rep")),
        people=("P-0001",),
        urgent=True,
        headline=text("order.approved", number="SO-1", total=Decimal("1200.00"), days=3),
        lines=(text("order.line", by=text("role.manager"), on=AT.date()), text("order.at", when=AT)),
        form=FormKey("order"),
        record=None if record is None else RecordId(record),
        rule="order.approval",
        clause="TX-3.3.1",
    )


def problem(key: str = "number.not_a_number", desk: DeskKey | None = WANG, **more: object) -> Problem:
    """Return a problem of a cell."""
    given = {
        "what": text(key, value="abc"),
        "mend": text(f"{key}.mend", example=Decimal("12.5")),
        "severity": Severity.NOTICE,
        "desk": desk,
        "file": "desks/王/王.xlsx",
        "form": FormKey("customer"),
        "record": RecordId("c1"),
        "field": FieldKey("budget"),
        "row": 7,
        "value": "abc",
        "rule": "check.budget",
        "clause": "IT-5.1",
    }
    return Problem(**{**given, **more})  # type: ignore[arg-type]


def conflict(mine: Value = "王記", desk: DeskKey = WANG, record: str = "c1") -> Conflict:
    """Return a cell that two desks changed."""
    return Conflict(desk=desk, address=cell(record=record), base="王", mine=mine, theirs="王氏", at=AT)


def draft(typed: Value = "abc", desk: DeskKey = WANG, field_: str = "budget") -> Draft:
    """Return what cannot be taken yet."""
    return Draft(desk=desk, address=cell(field_), typed=typed)


def ingest(file: str = "aa", render: str | None = "r1", desk: DeskKey = WANG) -> Ingest:
    """Return the reading of a file."""
    return Ingest(
        desk=desk,
        path=FILE,
        file=Hash(file),
        render=None if render is None else RenderId(render),
    )


def render(
    id_: str,
    parent: str | None,
    rows: dict[str, dict[str, Value] | None],
    desk: DeskKey = WANG,
    at: dt.datetime = AT,
) -> Render:
    """Return a version of a desk that shows customers."""
    return Render(
        id=RenderId(id_),
        desk=desk,
        parent=None if parent is None else RenderId(parent),
        at=at,
        rows={
            (FormKey("customer"), RecordId(record)): None
            if shows is None
            else {FieldKey(key): value for key, value in shows.items()}
            for record, shows in rows.items()
        },
    )


def message(key: str = "digest:P-0001:2026-10-30", **more: object) -> Message:
    """Return a mail."""
    given = {"key": key, "to": "wang@example.com", "subject": "待辦", "text": "一", "html": "<p>一</p>"}
    return Message(**{**given, **more})  # type: ignore[arg-type]


def commit(**parts: object) -> Commit:
    """Return what a cycle changes."""
    return Commit(**{"at": AT, **parts})  # type: ignore[arg-type]


def everything(**other: object) -> Commit:
    """Return a commit that has one of everything."""
    parts: dict[str, object] = {
        "entries": (entry("create"),),
        "records": (customer("c1", "N-1", name="王記", owner="P-1"), order("o1", customer="N-1")),
        "runs": (run(),),
        "decisions": (decision(),),
        "notices": (notice(),),
        "ingest": ingest(),
        "delivered": ((cell(), "王記"),),
        "drafts": (draft(),),
        "problems": (problem(),),
        "conflicts": (conflict(),),
        "nicknames": ((WANG, FormKey("customer"), "新1", RecordId("c1")),),
        "dirty": frozenset({(WANG, FormKey("customer"), RecordId("c1"))}),
    }
    return commit(**{**parts, **other})
