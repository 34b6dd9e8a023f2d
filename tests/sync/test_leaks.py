"""What a desk's people may not see is nowhere in its file, nor in a mail, note or report: looked for byte by byte."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal

import pytest

from reports.catalogue import REPORTS, due
from sheet_templates.form import MASTER, Desk, Field, FieldKey, FieldType, Form, FormKey, Source
from sheet_templates.record import Record, RecordId, State, Value
from sheet_templates.scope import linked_form
from sync.eyes import Eyes
from sync.overlay import with_values
from sync.reporting import Reporting
from sync.visible import dirty, todos
from sync.work import Author, Work
from tests.support.hostile import with_texts
from tests.support.office import MONDAY, Office
from tests.support.packages import members, rezipped

BY = Author(desk=None, person=None, cause="planted")
_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.FILE, FieldType.EMAIL, FieldType.PHONE})
_INLINE = re.compile(rb'(<c [^<>]*?) t="inlineStr"[^<>]*><is>(.*?)</is></c>', re.DOTALL)
_SETTINGS = frozenset({"limits", "calendar", "sharing"})


FILLED = (
    ("lead", "Rae", State.RECORDED, {}),
    ("contact", "Rae", State.RECORDED, {"customer": "CU-0001"}),
    ("quotation", "Roy", State.SUBMITTED, {"customer": "CU-0002"}),
    ("quotation_line", None, State.RECORDED, {"quotation": "quotation-1"}),
    ("order", "Roy", State.APPROVED, {"customer": "CU-0002", "quotation": "quotation-1"}),
    ("order_line", None, State.RECORDED, {"order": "order-1"}),
    ("collection", "Roy", State.RECORDED, {"order": "order-1", "customer": "CU-0002"}),
    ("expense", "Rae", State.SUBMITTED, {}),
)
"""One record of each form that has none: whose it is, where it stands, and what it refers to."""


@pytest.fixture
def company(office: Office) -> Office:
    work = Work.start(office.declared, office.store, office.clock.now())
    for form, owner, state, links in FILLED:
        values: dict[FieldKey, Value] = {FieldKey(key): value for key, value in links.items()}
        if owner is not None:
            values[FieldKey("owner")] = office.record("people", owner).number
        number = f"{form}-1"
        work.put(
            Record(form=FormKey(form), id=RecordId(number), number=number, values=values, state=state), BY
        )
    office.store.commit(work.commit(None, dirty(work)))
    return office


def fields(form: Form) -> Iterator[Field]:
    """Yield the fields in which a secret can be planted."""
    for field in form.fields:
        plain = field.source in (Source.TYPED, Source.STAMPED) and field.key not in (
            "name",
            "role",
            "superior",
        )
        if plain and (field.type in _TEXTS or field.type is FieldType.MONEY):
            yield field


def plant(office: Office, wave: int) -> dict[tuple[str, str, str], str]:
    """Put another secret into every field of every record, as a rule would; return them by place."""
    work = Work.start(office.declared, office.store, office.clock.now())
    secrets: dict[tuple[str, str, str], str] = {}
    for form in office.declared.stored():
        if form.key in _SETTINGS:
            continue
        for record in list(office.store.every(form.key)):
            values: dict[object, Value] = {}
            for field in fields(form):
                n = wave * 100_000 + len(secrets)
                money = field.type is FieldType.MONEY
                values[field.key] = Decimal(f"{73_000_000 + n}.17") if money else f"zq{n:07}q@x.example"
                secrets[form.key, record.id, field.key] = f"{73_000_000 + n}.17" if money else f"zq{n:07}q"
            work.put(with_values(record, values), BY)  # type: ignore[arg-type]
    office.store.commit(work.commit(None, {*dirty(work), *todos(work)}))
    office.settle()
    return secrets


def files(office: Office, desk: Desk) -> bytes:
    """Return all that a desk's file holds, unpacked, its notes, and what they are called."""
    key = desk.name if desk.role != MASTER else "master"
    beside = [each for each in office.place(key).parent.iterdir() if each.suffix == ".txt"]
    return b"\n".join((*office.parts(key).values(), *(each.read_bytes() for each in beside)))


def shown(office: Office, eyes: Eyes, desk: Desk) -> set[tuple[str, str, str]]:
    """Return the places whose values *desk* may show: what it reads, and the titles of what that refers to."""
    found: set[tuple[str, str, str]] = set()
    for form in office.declared.stored():
        for record in office.store.every(form.key):
            for field in form.fields:
                if desk.role == MASTER or eyes.reads(desk, record, field.key):
                    found.add((form.key, record.id, field.key))
                    found.update(title(office, field, record))
    return found


def title(office: Office, field: Field, record: Record) -> Iterator[tuple[str, str, str]]:
    target, number = linked_form(field), record[field.key]
    linked = office.store.numbered(target, str(number)) if target is not None and number else None
    titled = office.declared.forms[target].titled if target is not None else None
    if linked is not None and titled is not None:
        yield linked.form, linked.id, titled.key


def leaks(office: Office, secrets: dict[tuple[str, str, str], str]) -> list[str]:
    eyes = Eyes.open(office.declared, office.store, office.clock.now().date())
    found = []
    for desk in office.engine.desks():
        held, may = files(office, desk), shown(office, eyes, desk)
        for place, secret in secrets.items():
            if place not in may and secret.encode() in held:
                found.append(f"{desk.name}: {place[0]}.{place[2]}")
    return found


def resaved(office: Office, desk: str) -> None:
    """Let the desk's person save it with a program that keeps all texts in one table."""
    path, table = office.place(desk), []
    before = path.read_bytes()

    def shared(found: re.Match[bytes]) -> bytes:
        table.append(b"<si>%b</si>" % found[2])
        return b'%b t="s"%b' % (found[1], b"><v>%d</v></c>" % (len(table) - 1))

    changes = {
        name: _INLINE.sub(shared, part)
        for name, part in members(before).items()
        if name.startswith("xl/worksheets/sheet")
    }
    path.write_bytes(rezipped(before, {**changes, **with_texts(before, b"".join(table))}))
    assert len(table) > 100


def test_no_desk_holds_what_its_people_may_not_see_nor_what_was_there_before(company):
    first = plant(company, 1)
    assert leaks(company, first) == []
    everything = b"".join(files(company, each) for each in company.engine.desks() if each.role == MASTER)
    assert all(secret.encode() in everything for secret in first.values()), "each of them is somewhere"
    for name in ("Lena", "Finance"):
        resaved(company, name)
    company.settle()

    plant(company, 2)

    for desk in company.engine.desks():
        held = files(company, desk)
        assert [place for place, secret in first.items() if secret.encode() in held] == [], desk.name


def test_what_a_scope_takes_away_is_gone_from_the_table_of_texts_too(company):
    secrets = plant(company, 1)
    for name in ("Lena", "Finance"):
        resaved(company, name)
    company.settle()
    for what, who in (
        ("Customers", "Company leader"),
        ("Sales orders", "Finance"),
        ("Expense claims", "Finance"),
    ):
        company.adds("Administrator", "sharing", what=what, role=who, records="None", reason="planted")
    company.adds("Administrator", "sharing", what="Leads", person="Rae", records="None", reason="planted")
    company.settle()
    company.signs_settings()

    assert leaks(company, secrets) == []
    assert len(list(company.every("sharing"))) == 4


def test_no_mail_and_no_report_tells_what_its_receiver_may_not_see(company):
    secrets = plant(company, 1)
    office = company
    office.adds("Rae", "expense", date=MONDAY.date(), category="Travel", description="zq", amount="much")
    office.settle()
    reporting = Reporting(
        declared=office.declared, store=office.store, zone=MONDAY.tzinfo, currency="CNY", save=lambda *_: None
    )
    now = office.clock.now() + dt.timedelta(days=40)
    eyes = Eyes.open(office.declared, office.store, now.date())
    office.mailroom.urgent(now)
    messages = [*office.store.messages(), *office.mailroom.digests(now).messages]
    for each in REPORTS:
        messages.extend(reporting.messages(each, due(each, now), now))
    assert messages
    for message in messages:
        person = next(
            each
            for each in office.every("people")
            if each["email"] == message.to or secrets["people", each.id, "email"] in message.to
        )
        may = {
            place
            for desk in eyes.desks
            if person.number in desk.people
            for place in shown(office, eyes, desk)
        }
        told = b"\n".join(raw(message))
        tells = [place for place, secret in secrets.items() if secret.encode() in told and place not in may]
        # Whom a mail is for stands in it.
        assert [place for place in tells if place[0] != FormKey("people")] == [], message.key


def raw(message: object) -> Iterator[bytes]:
    yield from (getattr(message, each).encode() for each in ("subject", "text", "html"))
    for attached in message.attachments:  # type: ignore[attr-defined]
        yield attached.content
        if attached.name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(attached.content)) as package:
                yield from (package.read(each) for each in package.namelist())
