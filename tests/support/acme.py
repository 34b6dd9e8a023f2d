"""A company with four people and a few customers, for whoever types commands in it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path, PurePath

from sheet_templates.form import DeskKey, FieldKey, FormKey, Lang
from sync.edges.clock import SystemClock
from sync.edges.ids import RandomIds
from sync.edges.settings import Company, load_settings
from sync.edges.xlsx.folder import XlsxFolder
from sync.opening import OldRow, enter
from sync.workspace import Workspace, create, opened
from tests.support import shipped
from tests.support.person import Person

CUSTOMER, EXPENSE, QUOTATION = FormKey("customer"), FormKey("expense"), FormKey("quotation")
ANNA = PurePath("desks/Anna Rep/Anna Rep.xlsx")
MAX = PurePath("desks/Max Manager/Max Manager.xlsx")
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)


def old(form: str, **cells: object) -> OldRow:
    return OldRow(
        form=FormKey(form),
        desk=DeskKey("admin"),
        cells={FieldKey(key): value for key, value in cells.items()},  # type: ignore[misc]
    )


PEOPLE = (
    old("people", name="Lea Leader", role="leader", email="lea@example.com"),
    old(
        "people",
        name="Max Manager",
        role="manager",
        email="max@example.com",
        superior="Lea Leader",
        team="East",
    ),
    old("people", name="Anna Rep", role="rep", email="anna@example.com", superior="Max Manager", team="East"),
    old("people", name="Fay Finance", role="finance", email="fay@example.com"),
)
GOODS = (
    old("product", name="GTX Pro", series="GTX", price=4821),
    *(old("customer", name=f"Acme {n:02}", owner="Anna Rep", industry="retail") for n in range(1, 16)),
)


def found(root: Path) -> None:
    """Make the company at *root*, with all its desks; nobody has worked in it yet."""
    company = Company(
        id="co-test1234", name="Acme Ltd", language=Lang.EN, zone="Asia/Shanghai", currency="CNY"
    )
    create(root, company)
    clock = SystemClock(load_settings(root).zone)
    with opened(root, clock, os.environ, declared=shipped.known(root)) as here:
        for rows in (PEOPLE, GOODS):
            enter(rows, here.declared, here.store, RandomIds(), clock.now())
        assert here.store.problems() == ()
        here.engine.writing.publish()


def inside(root: Path) -> Iterator[Workspace]:
    clock = SystemClock(load_settings(root).zone)
    with opened(root, clock, os.environ, declared=shipped.known(root)) as here:
        yield here


def hands(root: Path) -> Person:
    """Return somebody who can work in the desks of *root*."""
    here = next(inside(root))
    assert isinstance(here.engine.workbooks, XlsxFolder)
    return Person(here.engine.workbooks)


def spoil(root: Path) -> None:
    """Let Anna change every customer in one save, as a shifted paste would."""
    with hands(root).sheet(ANNA, CUSTOMER) as sheet:
        column = next(cell.column for cell in sheet[1] if cell.value == "industry")
        for row in range(3, 18):
            sheet.cell(row=row, column=column).value = "mining"


def industries(root: Path) -> set[object]:
    for here in inside(root):
        return {record["industry"] for record in here.store.every(CUSTOMER)}
    raise AssertionError


def until(true: object, seconds: float = 60) -> None:
    """Wait until *true* says so."""
    assert callable(true)
    patience = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < patience, "it never came"
        time.sleep(0.05)
